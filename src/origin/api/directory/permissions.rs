//! Permissions: the endpoints.

use super::resource::{bare, resource};
use crate::{
    core::{
        directory::{ObjectName, OrgName},
        token::Role,
    },
    origin::{domain::resource::permissions::PermissionView, store::permissions::Permission},
};

bare! { Permission, PermissionView, "permissions", read: Role::Admin, grants: true }

resource! {
    Permission: (OrgName, ObjectName), within: (), read: Role::Admin;
    /// Lists the permissions of an organization.
    ListPermissions = GET "/v1/iam/permissions" as "listPermissions";
    /// Creates a permission.
    ///
    /// An owner of the organization approves it by this; what another administrator submits is
    /// `Pending` until one who did not submit it sets `state` to `Approved`.
    CreatePermission = POST as "createPermission";
    /// Returns a permission.
    GetPermission = GET "/v1/iam/permissions/{owner}/{name}" as "getPermission";
    /// Changes the sent members of a permission, or approves or rejects it.
    ///
    /// A change of what it allows or denies has to be approved again.
    UpdatePermission = PUT as "updatePermission";
    /// Deletes a permission.
    DeletePermission = DELETE as "deletePermission";
}
