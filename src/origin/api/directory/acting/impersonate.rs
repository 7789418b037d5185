//! `POST /v1/iam/impersonate`

use serde::{Deserialize, Serialize};

use super::{actor, client, ended, not_issued, own_sign_in};
use crate::{
    core::{
        authority::Trust,
        directory::{Invalid, Line, Patch},
        oauth::scope::Scope,
        principal::PLATFORM_ORGANIZATION,
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::{DirectoryCaller, forbidden},
                envelope::{Enveloped, enveloped},
                errors::conflict,
            },
            endpoint::{Call, Documented, Json, Who, endpoint},
        },
        domain::{
            people::Person,
            revocation::Moment,
            tokens::{
                acting::{self, Acting, Holder, IMPERSONATION, LIFETIME},
                issue::Issued,
            },
        },
        http::RestError,
        store::{
            accounts, clients,
            query::load,
            signing_keys,
            users::{self, Named, target},
        },
    },
};

endpoint! {
    /// Issues a token with which an administrator sees what a user sees.
    ///
    /// It takes the administrator's own sign-in and a reason, which the audit trail keeps. The user
    /// holds no role that the administrator has not, and none of the platform. The token is of the
    /// client that is named, says who acts (`act`, `imp`), ends in 15 minutes and with the sign-in, is
    /// not refreshed, and opens neither the directory nor the account.
    pub Impersonate = POST "/v1/iam/impersonate" as "impersonateUser",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<ImpersonationIn>,
    reply: Documented<Enveloped<Impersonation>>,
    error: RestError;
    impersonate
}

/// Who is impersonated, and why.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct ImpersonationIn {
    /// The user: `owner/name` or the id.
    target: Patch<String>,
    /// Why; the audit trail keeps it.
    reason: Patch<Line>,
    /// The client that the token is of, which admits the user and is no third party's.
    client_id: Patch<String>,
    /// The resource that the token is for (RFC 8707); the client itself if absent.
    resource: Patch<String>,
}

/// A token with which the caller acts as a user.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Impersonation {
    /// The user, as `owner/name`.
    target: String,
    /// The client.
    client_id: String,
    /// `login_hint` of an authorization request of the client, by which this browser gets a code for
    /// the user.
    login_hint: String,
    /// The access token.
    access_token: String,
    /// Seconds until it expires.
    expires_in: i64,
    /// The same as `expiresIn`.
    ttl: i64,
}

async fn impersonate(
    origin: &Origin,
    call: Call<'_, Impersonate>,
) -> Result<Documented<Enveloped<Impersonation>>, RestError> {
    let caller = &call.caller;
    let Json(sent) = call.body;
    own_sign_in(caller)?;
    caller.administering(&caller.principal.owner)?;
    let required = |member: &str| Invalid::member(member, "is required");
    let name = sent.target.as_given().ok_or_else(|| required("target"))?;
    let reason = sent.reason.as_given().ok_or_else(|| required("reason"))?;
    let client_id = sent.client_id.as_given().ok_or_else(|| required("clientId"))?;
    let now = origin.clock.now();
    let reference = users::reference(&caller.principal.owner, name);
    let queries = (
        Moment::query(now),
        signing_keys::signing_now(now),
        clients::find(client_id),
        target(Named::Reference(&reference)),
        accounts::find(accounts::Named::Reference(&reference)),
    );
    let (moment, signing, found, target, account) = load(&*origin.database, queries).await?;
    // Users of organizations that the caller does not administer are treated as nonexistent.
    let target = target.filter(|target| caller.administers(&target.user.owner));
    let target = target.ok_or_else(RestError::not_found)?;
    caller.may_impersonate(&target)?;
    if caller.is_self(&target.user.id) {
        return Err(Invalid::member("target", "is yourself").into());
    }
    if !origin.place.is_of_caller() {
        // The token ends with the caller's sign-in, which is revoked in the caller's database.
        return Err(conflict(
            "the user lives in another database than you: assume the organization",
        ));
    }
    if target.roles().iter().any(|role| role.org == PLATFORM_ORGANIZATION) {
        return Err(forbidden("users of the platform's organization are not impersonated"));
    }
    let person = account.and_then(|account| Person::active(account, now));
    let person = person.ok_or_else(|| Invalid::member("target", "is disabled"))?;
    let client = client("clientId", found)?;
    let application = &client.application;
    if application.trust() == Trust::ThirdParty || !person.is_admitted_to(application) {
        return Err(Invalid::member("clientId", "is not a client that the user signs in to").into());
    }
    let issued = acting::issue(
        origin,
        Acting {
            moment,
            keys: &signing,
            issuer: origin.config.issuer_for(&call.request.base),
            client: &client,
            organization: &person.user.owner,
            person: &person,
            actor: Some(actor(caller)),
            holder: Holder::of(&caller.principal),
            scope: Scope::parse("openid profile email").map_err(RestError::internal)?,
            resource: sent.resource.as_given().map(String::as_str),
            kind: IMPERSONATION,
            lifetime: LIFETIME,
            code: None,
            reason: reason.as_ref(),
        },
    );
    let acted = issued.await.map_err(not_issued)?.ok_or_else(ended)?;
    let Issued { access_token, expires_in, .. } = acted.tokens;
    Ok(enveloped(&Impersonation {
        target: format!("{}/{}", person.user.owner, person.user.name),
        client_id: client_id.clone(),
        login_hint: format!("impersonation:{}", acted.grant_id),
        access_token,
        expires_in,
        ttl: expires_in,
    }))
}
