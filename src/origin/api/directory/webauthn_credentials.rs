//! Passkeys and security keys: users list, read and delete their own, administrators those of the
//! organization's users. They cannot be created or changed here.

use http::StatusCode;
use serde::Serialize;

use super::{
    acting::{may_take_over, signed_in_recently},
    caller::DirectoryCaller,
    paging::{ListOf, Listed},
    resource::{
        ListQuery, Served,
        handlers::{deleted, page_of},
    },
    versioned::Versioned,
};
use crate::{
    core::{
        directory::{ObjectName, OrgName},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Entity, Object, Patched, View, Who, endpoint},
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
            factors,
            resource::webauthn_credentials::{
                REFUSED, WebauthnCredentialPatch, WebauthnCredentialView,
            },
        },
        http::RestError,
        store::{
            accounts, factors as rows_of_factors,
            query::load,
            resource::{self as rows, By, Page},
            users::{Named, Target, target},
            webauthn_credentials::WebauthnCredential,
        },
    },
    ports::Value,
};

/// A credential.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CredentialResult {
    /// The credential.
    webauthn_credential: WebauthnCredentialView,
}

/// A credential that has been deleted.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CredentialMutation {
    /// Always true: a refusal is an error.
    affected: bool,
    /// The credential as it was.
    webauthn_credential: WebauthnCredentialView,
}

impl Listed for WebauthnCredentialView {
    const PLURAL: &'static str = "webauthnCredentials";
    const HAS_TOTAL: bool = false;
}

impl Served for WebauthnCredential {
    const READ: Role = Role::Member;
    const GRANTS: bool = false;
    type Item = CredentialResult;
    type Changed = CredentialMutation;
    type Gone = CredentialMutation;

    fn item(webauthn_credential: WebauthnCredentialView) -> CredentialResult {
        CredentialResult { webauthn_credential }
    }

    fn changed(webauthn_credential: WebauthnCredentialView) -> CredentialMutation {
        CredentialMutation { affected: true, webauthn_credential }
    }

    fn gone(webauthn_credential: WebauthnCredentialView) -> CredentialMutation {
        CredentialMutation { affected: true, webauthn_credential }
    }
}

endpoint! {
    /// Lists the passkeys and security keys of a user.
    pub ListWebauthnCredentials = GET "/v1/iam/webauthn-credentials" as "listWebauthnCredentials",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    query: ListQuery<WebauthnCredential>,
    reply: View<ListOf<WebauthnCredentialView>>,
    error: RestError;
    list
}

endpoint! {
    /// Refuses to create a credential: its authenticator registers it.
    pub CreateWebauthnCredential = POST "/v1/iam/webauthn-credentials"
    as "createWebauthnCredential", who: Who::Directory,
    audit: Audit::Nothing("refuses");
    caller: DirectoryCaller,
    body: Object<WebauthnCredentialPatch>,
    reply: View<CredentialResult>,
    error: RestError;
    create
}

endpoint! {
    /// Returns a passkey or security key.
    pub GetWebauthnCredential = GET "/v1/iam/webauthn-credentials/{owner}/{name}"
    as "getWebauthnCredential", who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    reply: Entity<CredentialResult>,
    error: RestError;
    read
}

endpoint! {
    /// Refuses to change a credential: delete it and register another one.
    pub UpdateWebauthnCredential = PUT "/v1/iam/webauthn-credentials/{owner}/{name}"
    as "updateWebauthnCredential", who: Who::Directory,
    audit: Audit::Nothing("refuses");
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    body: Patched<WebauthnCredentialPatch>,
    reply: View<CredentialMutation>,
    error: RestError;
    update
}

endpoint! {
    /// Deletes a passkey or security key: it signs in no more.
    pub DeleteWebauthnCredential = DELETE "/v1/iam/webauthn-credentials/{owner}/{name}"
    as "deleteWebauthnCredential", who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    reply: Entity<CredentialMutation>,
    error: RestError;
    delete
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListWebauthnCredentials>,
) -> Result<View<ListOf<WebauthnCredentialView>>, RestError> {
    let Call { caller, mut query, .. } = call;
    let user = match query.take(By::Column("user_id")) {
        Some(Value::Text(user)) => user,
        _ => caller.actor(),
    };
    let (owner, name) = user.split_once('/').unwrap_or((&caller.principal.owner, &user));
    if query.owner.as_deref().is_some_and(|named| named != owner) {
        caller.scoped_to(query.owner.as_deref().unwrap_or_default())?;
    }
    caller.may_seek(owner, name)?;
    let found = target(Named::Path { owner, name }).fetch(&*origin.database).await?;
    let user = caller.found(owner, found)?.user;
    query.only(By::Column("user_id"), user.id);
    let page = Page { owner: Some(user.owner), ..query.page };
    Ok(View(page_of::<WebauthnCredential>(origin, page, &query.paging).await?))
}

async fn create(
    _: &Origin,
    _: Call<'_, CreateWebauthnCredential>,
) -> Result<View<CredentialResult>, RestError> {
    Err(RestError::new(StatusCode::CONFLICT, REFUSED).coded("registered_by_authenticator"))
}

async fn update(
    _: &Origin,
    call: Call<'_, UpdateWebauthnCredential>,
) -> Result<View<CredentialMutation>, RestError> {
    call.caller.scoped_to(call.path.0.as_str())?;
    Err(RestError::new(StatusCode::CONFLICT, REFUSED).coded("registered_by_authenticator"))
}

/// The credential, and its user, if the caller may see them.
async fn find(
    origin: &Origin,
    caller: &DirectoryCaller,
    (owner, name): &(OrgName, ObjectName),
) -> Result<(WebauthnCredential, Target), RestError> {
    caller.scoped_to(owner.as_str())?;
    let found = rows::find::<WebauthnCredential>(owner.as_str(), name.as_str(), origin.clock.now());
    let record = found.fetch(&*origin.database).await?.ok_or_else(RestError::not_found)?;
    let user = target(Named::Id(&record.user_id)).fetch(&*origin.database).await?;
    let user = caller.found(owner.as_str(), user)?;
    Ok((record, user))
}

async fn read(
    origin: &Origin,
    call: Call<'_, GetWebauthnCredential>,
) -> Result<Entity<CredentialResult>, RestError> {
    let (record, _) = find(origin, &call.caller, &call.path).await?;
    let item = WebauthnCredential::item(crate::origin::domain::resource::Resource::view(&record));
    Ok(Entity::unless_known(record.tag(), item, call.request))
}

async fn delete(
    origin: &Origin,
    call: Call<'_, DeleteWebauthnCredential>,
) -> Result<Entity<CredentialMutation>, RestError> {
    let caller = &call.caller;
    let (record, target) = find(origin, caller, &call.path).await?;
    let held = rows_of_factors::held(accounts::Named::Id(&record.user_id), "", origin.clock.now());
    let (held, key) = load(&*origin.database, (held, caller.key())).await?;
    // An unattended session does not suffice to remove a factor, nor does a token or key.
    if caller.is_self(&record.user_id) {
        signed_in_recently(origin, caller).await?;
    } else {
        // Afterwards the password may suffice, so this requires the same rights as setting the
        // password.
        caller.may_impersonate(&target)?;
        caller.may_make_secrets(key.as_ref())?;
        may_take_over(origin, caller, &target).await?;
    }
    let reply = deleted(origin, &record, call.request).await?;
    let mut change = Change::unrecorded(Unrecorded::Continuation);
    factors::passkey_removed(&mut change, &target.user, &held);
    if !change.is_empty() {
        commit(origin, change).await?;
    }
    Ok(reply)
}
