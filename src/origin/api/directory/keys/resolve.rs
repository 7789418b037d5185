//! `GET /v1/iam/keys/principal` and `GET /v1/iam/keys/org`, for services that receive keys
//! themselves (WIRE §3.3). An invalid key returns HTTP 200 with `status: "error"` and a code.

use serde::Serialize;

use super::view;
use crate::{
    core::{directory::Invalid, publication::KeyRecord, token::Role},
    origin::{
        Origin,
        api::{
            directory::{
                caller::{DirectoryCaller, forbidden},
                envelope::{Enveloped, enveloped, failed},
            },
            endpoint::{Call, Documented, Parameter, Query, Who, endpoint},
        },
        domain::publication,
        http::{Parameters, RestError},
        store::{
            keys::{self, Key, KeyKind, KeyState},
            query::{Query as Rows, load},
            users::{Named, Target, target},
        },
    },
};

/// The capability that resolves secret keys.
const SECRET: &str = "key-resolve";
/// The capability that resolves publishable keys.
const PUBLISHABLE: &str = "publishable-resolve";

endpoint! {
    /// Returns the user for whom a secret key acts.
    ///
    /// For services that receive keys themselves (WIRE §3.3). A key that does not work is status 200
    /// with `status: "error"` and a code.
    pub ResolvePrincipal = GET "/v1/iam/keys/principal" as "resolveKey",
    who: Who::Capability(SECRET);
    caller: DirectoryCaller,
    query: KeyQuestion,
    reply: Documented<Enveloped<KeyPrincipal>>,
    error: RestError;
    principal
}

endpoint! {
    /// Returns the organization of a publishable key.
    ///
    /// For services that receive keys themselves (WIRE §3.3). A key that does not work is status 200
    /// with `status: "error"` and a code.
    pub ResolveOrganization = GET "/v1/iam/keys/org" as "resolveKeyOrganization",
    who: Who::Capability(PUBLISHABLE);
    caller: DirectoryCaller,
    query: KeyQuestion,
    reply: Documented<Enveloped<KeyOrganization>>,
    error: RestError;
    organization
}

/// The key that is asked about.
#[derive(Debug)]
pub struct KeyQuestion {
    access_key: String,
}

impl Query for KeyQuestion {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("accessKey", "The text of the key.")];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self { access_key: parameters.get("accessKey").unwrap_or_default().to_owned() })
    }
}

/// The user for whom a key acts.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeyPrincipal {
    /// The home organization.
    owner: String,
    /// The username.
    name: String,
    /// Empty if none.
    email: String,
    /// Whether the key administers the home organization.
    #[serde(rename = "isAdmin")]
    is_admin: bool,
    /// `org:<owner>`
    billing_account: String,
    /// The limits of the key; empty: unlimited.
    scope: String,
}

/// The organization of a publishable key.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeyOrganization {
    /// Its name.
    org: String,
    /// The limits of the key, with `publish`.
    scope: String,
}

struct Resolved {
    key: Key,
    holder: Option<Target>,
    record: KeyRecord,
}

async fn principal(
    origin: &Origin,
    call: Call<'_, ResolvePrincipal>,
) -> Result<Documented<Enveloped<KeyPrincipal>>, RestError> {
    let found = match resolved(origin, &call.caller, &call.query, SECRET).await? {
        Ok(found) if found.key.kind == KeyKind::Publishable => {
            return Ok(refused("key_wrong_door"));
        }
        Ok(found) => found,
        Err(code) => return Ok(refused(code)),
    };
    let Resolved { key, holder, record } = found;
    let Some(Target { user, .. }) = holder else { return Ok(refused("key_dangling_user")) };
    if user.owner != key.owner {
        return Ok(refused("key_foreign_user"));
    }
    // The roles that the key carries: platform roles only with its `platform` flag.
    let administers_home =
        record.orgs.iter().any(|role| role.org == user.owner && role.role >= Role::Admin);
    Ok(enveloped(&KeyPrincipal {
        billing_account: format!("org:{}", user.owner),
        owner: user.owner,
        name: user.name,
        email: user.email,
        is_admin: administers_home,
        scope: key.scope,
    }))
}

async fn organization(
    origin: &Origin,
    call: Call<'_, ResolveOrganization>,
) -> Result<Documented<Enveloped<KeyOrganization>>, RestError> {
    Ok(match resolved(origin, &call.caller, &call.query, PUBLISHABLE).await? {
        Ok(found) if found.key.kind == KeyKind::Secret => refused("key_not_publishable"),
        Ok(Resolved { key, .. }) => {
            let scope = view::scope(&key);
            enveloped(&KeyOrganization { org: key.owner, scope })
        }
        Err(code) => refused(code),
    })
}

/// The key, if valid; else the error code.
async fn resolved(
    origin: &Origin,
    caller: &DirectoryCaller,
    question: &KeyQuestion,
    capability: &str,
) -> Result<Result<Resolved, &'static str>, RestError> {
    let text = origin.config.api_key(&question.access_key);
    let digest = text.map(|text| text.digest());
    let queries = match &digest {
        Some(digest) => {
            (caller.client(), keys::by_digest(digest), target(Named::HolderOfDigest(digest)))
        }
        None => (caller.client(), Rows::ready(None), Rows::ready(None)),
    };
    let (client, key, holder) = load(&*origin.database, queries).await?;
    let has = |organization: &str| {
        DirectoryCaller::has_capability(client.as_ref(), capability, organization)
    };
    if !has(&caller.principal.owner) {
        return Err(forbidden(format!("this needs a client with the capability {capability}")));
    }
    // For a client limited to its own tenant, other tenants' keys do not exist.
    let Some(key) = key.filter(|key| has(&key.owner)) else { return Ok(Err("key_unknown")) };
    let now = origin.clock.now();
    let record = publication::key_record(origin, &key).await?;
    Ok(if key.expires_at.is_some_and(|end| end <= now) {
        Err("key_expired")
    } else if key.state != KeyState::Active || !record.active {
        Err("key_disabled")
    } else {
        Ok(Resolved { key, holder, record })
    })
}

/// The response for an invalid key.
fn refused<T>(code: &'static str) -> Documented<Enveloped<T>> {
    failed("the entity does not exist", code)
}
