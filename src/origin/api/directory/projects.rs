//! Projects: the endpoints.

use super::resource::{bare, resource};
use crate::{
    core::{
        directory::{ObjectName, OrgName},
        token::Role,
    },
    origin::{domain::resource::projects::ProjectView, store::projects::Project},
};

bare! { Project, ProjectView, "projects", read: Role::Member, grants: false }

resource! {
    Project: (OrgName, ObjectName), within: (), read: Role::Member;
    /// Lists the projects of an organization.
    ListProjects = GET "/v1/iam/projects" as "listProjects";
    /// Creates a project, in a workspace or in none.
    CreateProject = POST as "createProject";
    /// Returns a project.
    GetProject = GET "/v1/iam/projects/{owner}/{name}" as "getProject";
    /// Changes the sent members of a project.
    UpdateProject = PUT as "updateProject";
    /// Deletes a project.
    DeleteProject = DELETE as "deleteProject";
}
