//! Roles: the endpoints.

use super::resource::{bare, resource};
use crate::{
    core::{
        directory::{ObjectName, OrgName},
        token,
    },
    origin::{domain::resource::roles::RoleView, store::roles::Role},
};

bare! { Role, RoleView, "roles", read: token::Role::Admin, grants: true }

resource! {
    Role: (OrgName, ObjectName), within: (), read: token::Role::Admin;
    /// Lists the roles of an organization.
    ListRoles = GET "/v1/iam/roles" as "listRoles";
    /// Creates a role.
    ///
    /// Users, teams and the holders of other roles have it, for good or until `expirations`. A role
    /// cannot contain itself, directly or through others.
    CreateRole = POST as "createRole";
    /// Returns a role.
    GetRole = GET "/v1/iam/roles/{owner}/{name}" as "getRole";
    /// Changes the sent members of a role.
    UpdateRole = PUT as "updateRole";
    /// Deletes a role: it is taken from all who have it.
    DeleteRole = DELETE as "deleteRole";
}
