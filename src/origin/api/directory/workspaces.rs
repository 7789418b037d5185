//! Workspaces: the endpoints.

use super::resource::{bare, resource};
use crate::{
    core::{
        directory::{ObjectName, OrgName},
        token::Role,
    },
    origin::{domain::resource::workspaces::WorkspaceView, store::workspaces::Workspace},
};

bare! { Workspace, WorkspaceView, "workspaces", read: Role::Member, grants: false }

resource! {
    Workspace: (OrgName, ObjectName), within: (), read: Role::Member;
    /// Lists the workspaces of an organization.
    ListWorkspaces = GET "/v1/iam/workspaces" as "listWorkspaces";
    /// Creates a workspace.
    CreateWorkspace = POST as "createWorkspace";
    /// Returns a workspace.
    GetWorkspace = GET "/v1/iam/workspaces/{owner}/{name}" as "getWorkspace";
    /// Changes the sent members of a workspace.
    UpdateWorkspace = PUT as "updateWorkspace";
    /// Deletes a workspace that has no projects.
    DeleteWorkspace = DELETE as "deleteWorkspace";
}
