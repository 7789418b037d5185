//! `/v1/iam/applications/{owner}/{name}/secrets`: the secrets of a client, rotated with an overlap.

use serde::{Deserialize, Serialize};

use super::{changeable, may_make_secret, may_seek, visible};
use crate::{
    core::{
        directory::{Count, Invalid, OrgName, Timestamp},
        encoding::digest,
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, errors::conflict},
            endpoint::{Call, Deleted, OptionalJson, View, Who, endpoint},
        },
        domain::{applications::random_secret, client_secrets},
        http::RestError,
        store::{
            applications as rows,
            client_secrets::{self as retiring, Retiring},
            query::load,
        },
    },
};

/// Maximum overlap of a secret and its successor, in seconds: a week.
const LONGEST_OVERLAP: u64 = 7 * 24 * 3600;

/// Maximum number of secrets in addition to the current one.
const MOST: usize = 5;

/// The id of the current secret.
const CURRENT: &str = "current";

endpoint! {
    /// Lists the secrets of a client, the current one first, without the secrets themselves.
    pub ListSecrets = GET "/v1/iam/applications/{owner}/{name}/secrets"
    as "listApplicationSecrets", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<SecretList>,
    error: RestError;
    list
}

endpoint! {
    /// Makes another secret for a client, which becomes the current one.
    ///
    /// The present one ends after `overlap` seconds, at most 7 days, and its tokens stay valid. Without
    /// `overlap` it ends at once, with every token of the client. The reply shows the secret, once.
    pub CreateSecret = POST "/v1/iam/applications/{owner}/{name}/secrets"
    as "createApplicationSecret", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    body: OptionalJson<SecretIn>,
    reply: View<SecretView>,
    error: RestError;
    create
}

endpoint! {
    /// Ends a secret that has a successor at once, with every token of the client.
    pub DeleteSecret = DELETE "/v1/iam/applications/{owner}/{name}/secrets/{id}"
    as "deleteApplicationSecret", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String, String),
    reply: View<Deleted>,
    error: RestError;
    delete
}

/// How a secret is replaced.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SecretIn {
    /// For how many seconds the present secret is still valid: at most 7 days; 0 if absent.
    overlap: Option<Count<LONGEST_OVERLAP>>,
}

/// A secret of a client.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecretView {
    /// `current`, or what names it in `DELETE`.
    id: String,
    /// Whether it is the current one.
    current: bool,
    /// The secret, in the reply that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// When its successor was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_time: Option<Timestamp>,
    /// When it ends, as it has a successor.
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    /// In the reply that makes it: when the one before ends; absent if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    present_expire_time: Option<Timestamp>,
}

/// The secrets of a client; none of a public client.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SecretList {
    /// The current one first.
    secrets: Vec<SecretView>,
}

impl SecretView {
    const fn current(id: String) -> Self {
        Self {
            id,
            current: true,
            client_secret: None,
            replaced_time: None,
            expire_time: None,
            present_expire_time: None,
        }
    }
}

impl From<Retiring> for SecretView {
    fn from(secret: Retiring) -> Self {
        Self {
            current: false,
            replaced_time: Some(Timestamp(secret.created_at)),
            expire_time: Some(Timestamp(secret.ends_at)),
            ..Self::current(secret.id)
        }
    }
}

async fn list(origin: &Origin, call: Call<'_, ListSecrets>) -> Result<View<SecretList>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let now = origin.clock.now();
    let queries = (rows::named(owner, name), retiring::of_named(owner, name, now));
    let (found, retiring) = load(&*origin.database, queries).await?;
    let application = visible(caller, found)?;
    let current = application.client_secret_digest.map(|_| SecretView::current(CURRENT.to_owned()));
    let secrets = current.into_iter().chain(retiring.into_iter().map(SecretView::from));
    Ok(View(SecretList { secrets: secrets.collect() }))
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateSecret>,
) -> Result<View<SecretView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let now = origin.clock.now();
    let queries = (rows::named(owner, name), retiring::of_named(owner, name, now), caller.key());
    let (found, retiring, key) = load(&*origin.database, queries).await?;
    let before = changeable(caller, found)?;
    may_make_secret(caller, &before, key.as_ref())?;
    if before.client_secret_digest.is_none() {
        let why = "has no secret: it is a public client, which public: false changes";
        return Err(Invalid::member("client", why).into());
    }
    let OptionalJson(sent) = call.body;
    let overlap = sent.overlap.and_then(|Count(seconds)| i64::try_from(seconds).ok());
    let ends_at = overlap.filter(|seconds| *seconds > 0).map(|seconds| now.plus(seconds));
    if ends_at.is_some() && retiring.len() >= MOST {
        return Err(conflict("the client has 6 secrets that are valid: end some first"));
    }
    let secret = random_secret(origin);
    let mut after = before.clone();
    after.client_secret_digest = Some(digest(secret.expose()));
    client_secrets::rotate(origin, &before, &mut after, ends_at).await?;
    Ok(View(SecretView {
        client_secret: Some(secret.expose().clone()),
        present_expire_time: ends_at.map(Timestamp),
        ..SecretView::current(CURRENT.to_owned())
    }))
}

async fn delete(origin: &Origin, call: Call<'_, DeleteSecret>) -> Result<View<Deleted>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let now = origin.clock.now();
    let queries = (rows::named(owner, name), retiring::of_named(owner, name, now));
    let (found, retiring) = load(&*origin.database, queries).await?;
    let application = changeable(caller, found)?;
    if call.path.2 == CURRENT {
        return Err(conflict("the current secret ends when another one is made"));
    }
    let is_known = retiring.iter().any(|secret| secret.id == call.path.2);
    if is_known && client_secrets::end(origin, &application, &call.path.2).await? {
        return Ok(View(Deleted::default()));
    }
    Err(RestError::not_found())
}
