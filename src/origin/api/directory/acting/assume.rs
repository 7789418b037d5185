//! `POST /v1/iam/assume` and `POST /v1/iam/release`

use serde::{Deserialize, Serialize};

use super::{client, ended, not_issued, own_sign_in};
use crate::{
    core::{
        authority::Trust,
        directory::{Invalid, Line, OrgName, Patch},
        oauth::scope::Scope,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                envelope::{Enveloped, enveloped},
            },
            endpoint::{Call, Documented, Json, OptionalJson, Who, endpoint},
        },
        domain::{
            people::Person,
            revocation::Moment,
            tokens::{
                acting::{self, ASSUMPTION, Acting, Holder, LIFETIME},
                issue::Issued,
            },
        },
        http::RestError,
        store::{accounts, clients, organizations, query::load, signing_keys},
    },
};

endpoint! {
    /// Issues a token with which an administrator of the platform administers one organization.
    ///
    /// It carries the role of an administrator there (`assumed`) and nothing else, none of the
    /// platform. It takes the administrator's own sign-in, ends in 15 minutes and with that, and is
    /// not refreshed.
    pub Assume = POST "/v1/iam/assume" as "assumeOrganization", who: Who::Platform;
    caller: DirectoryCaller,
    body: Json<AssumptionIn>,
    reply: Documented<Enveloped<Assumption>>,
    error: RestError;
    assume
}

endpoint! {
    /// Ends the tokens with which the caller administers organizations as their own administrator.
    pub Release = POST "/v1/iam/release" as "releaseOrganization", who: Who::Directory;
    caller: DirectoryCaller,
    body: OptionalJson<ReleaseIn>,
    reply: Documented<Enveloped<Released>>,
    error: RestError;
    release
}

/// Which organization is stepped into.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct AssumptionIn {
    /// The organization.
    org: Patch<OrgName>,
    /// Why; the audit trail keeps it.
    reason: Patch<Line>,
    /// The client that the token is of, one that may carry platform authority; that of the caller's
    /// token if absent.
    client_id: Patch<String>,
}

/// Which of the caller's tokens end.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct ReleaseIn {
    /// Those of this organization; all if absent.
    org: Patch<OrgName>,
}

/// A token with which the caller administers an organization.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Assumption {
    /// The organization.
    org: String,
    /// The client.
    client_id: String,
    /// The access token.
    access_token: String,
    /// Seconds until it expires.
    expires_in: i64,
}

/// Whether a token ended.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Released {
    /// Whether there was one.
    released: bool,
}

async fn assume(
    origin: &Origin,
    call: Call<'_, Assume>,
) -> Result<Documented<Enveloped<Assumption>>, RestError> {
    let caller = &call.caller;
    let Json(sent) = call.body;
    own_sign_in(caller)?;
    let org = sent.org.as_given().ok_or_else(|| Invalid::member("org", "is required"))?;
    let client_id = sent.client_id.as_given().unwrap_or(&caller.principal.client_id);
    let now = origin.clock.now();
    let queries = (
        Moment::query(now),
        signing_keys::signing_now(now),
        clients::find(client_id),
        organizations::by_name(org.as_str()),
        accounts::find(accounts::Named::Id(&caller.principal.subject)),
    );
    let (moment, signing, found, organization, account) = load(&*origin.database, queries).await?;
    let organization = organization.filter(|organization| !organization.is_disabled);
    if organization.is_none() {
        return Err(Invalid::member("org", "is not an organization in use").into());
    }
    let client = client("clientId", found)?;
    if client.application.trust() != (Trust::FirstParty { platform: true }) {
        let why = "must be a client that may carry platform authority";
        return Err(Invalid::member("clientId", why).into());
    }
    let person = account.and_then(|account| Person::active(account, now)).ok_or_else(ended)?;
    let person = acting::assuming(org.as_str(), person).ok_or_else(ended)?;
    let scope = Scope::parse("openid profile email").map_err(RestError::internal)?;
    let issued = acting::issue(
        origin,
        Acting {
            moment,
            keys: &signing,
            issuer: origin.config.issuer_for(&call.request.base),
            client: &client,
            organization: org.as_str(),
            person: &person,
            actor: None,
            holder: Holder::of(&caller.principal),
            scope: scope.with_administration(&client.application.scopes),
            resource: None,
            kind: ASSUMPTION,
            lifetime: LIFETIME,
            code: None,
            reason: sent.reason.as_given().map_or("", AsRef::as_ref),
        },
    );
    let acted = issued.await.map_err(not_issued)?.ok_or_else(ended)?;
    let Issued { access_token, expires_in, .. } = acted.tokens;
    let (org, client_id) = (org.as_str().to_owned(), client_id.clone());
    Ok(enveloped(&Assumption { org, client_id, access_token, expires_in }))
}

async fn release(
    origin: &Origin,
    call: Call<'_, Release>,
) -> Result<Documented<Enveloped<Released>>, RestError> {
    let principal = &call.caller.principal;
    let OptionalJson(sent) = call.body;
    let org = sent.org.as_given().map(OrgName::as_str);
    let released = acting::release(origin, principal, org).await?;
    Ok(enveloped(&Released { released }))
}
