//! `GET /v1/iam/users/{owner}/{name}/export`

use serde::Serialize;
use serde_json::{Map, Value};

use super::view::UserView;
use crate::{
    core::{
        directory::{OrgName, Timestamp},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, View, Who, endpoint},
        },
        domain::{change_error::ChangeError, users},
        http::RestError,
        store::users::{Named, User, target},
    },
};

endpoint! {
    /// Returns everything that is recorded about a person.
    ///
    /// Without secrets. Needs an administrator of every organization that the person belongs to; leaves
    /// an entry in the audit trail. A person exports the own account at `/v1/iam/account/export`.
    pub ExportUser = GET "/v1/iam/users/{owner}/{name}/export" as "exportUser",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<PersonExport>,
    error: RestError;
    export
}

/// Everything that is recorded about a person.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PersonExport {
    /// When it was made.
    pub exported_time: Timestamp,
    /// The account.
    pub user: UserView,
    /// Sessions, grants, consents, memberships, keys without their text, …: a list each.
    #[serde(flatten)]
    pub records: Map<String, Value>,
}

impl PersonExport {
    /// The export of a user.
    pub async fn of(origin: &Origin, user: User) -> Result<Self, ChangeError> {
        let records = users::export(origin, &user).await?;
        let exported_time = Timestamp(origin.clock.now());
        Ok(Self { exported_time, user: UserView::from(user), records })
    }
}

async fn export(
    origin: &Origin,
    call: Call<'_, ExportUser>,
) -> Result<View<PersonExport>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.administering(owner)?;
    let found = target(Named::Path { owner, name }).fetch(&*origin.database).await?;
    let target = caller.found(owner, found)?;
    caller.administers_all_of(&target)?;
    Ok(View(PersonExport::of(origin, target.user).await?))
}
