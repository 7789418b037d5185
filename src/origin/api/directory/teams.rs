//! Teams: the endpoints. A path names the team only: the organization is the query's or the caller's.

use super::resource::{WithinQuery, bare, resource};
use crate::{
    core::{directory::ObjectName, token::Role},
    origin::{domain::resource::teams::TeamView, store::teams::Team},
};

bare! { Team, TeamView, "teams", read: Role::Admin, grants: true }

resource! {
    Team: (ObjectName,), within: WithinQuery, read: Role::Admin;
    /// Lists the teams of an organization.
    ListTeams = GET "/v1/iam/teams" as "listTeams";
    /// Creates a team.
    ///
    /// The members of a team are members of its `parent` too. A team cannot be above itself.
    CreateTeam = POST as "createTeam";
    /// Returns a team.
    GetTeam = GET "/v1/iam/teams/{name}" as "getTeam";
    /// Changes the sent members of a team.
    UpdateTeam = PUT as "updateTeam";
    /// Deletes a team that has no team below it.
    DeleteTeam = DELETE as "deleteTeam";
}
