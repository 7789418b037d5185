//! `POST /v1/iam/switch`: switches to another organization of the user (WIRE §7, HIP-0527).

use serde::{Deserialize, Serialize};

use super::{client, ended, meets_demand, not_issued, own_sign_in};
use crate::{
    core::{
        authority::{Directory, Trust},
        directory::{Invalid, OrgName, Patch},
        oauth::scope::Scope,
        principal::Credential,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::{DirectoryCaller, forbidden},
                envelope::{Enveloped, enveloped},
            },
            endpoint::{Call, Caller, Documented, Json, Who, endpoint},
        },
        domain::{
            people::Person,
            revocation::Moment,
            tokens::{
                acting::{self, Acting, Holder, ISSUE_LIFETIME, SWITCH},
                issue::Issued,
            },
        },
        http::{Request, RestError},
        store::{accounts, clients, query::load, signing_keys},
    },
};

endpoint! {
    /// Issues a token with which a person acts in another organization of theirs.
    ///
    /// It carries the role that the person has there at the moment, and nothing of other organizations
    /// or the platform. It takes the person's own sign-in through a first-party client, is not
    /// refreshed, and ends with the token or session that it is issued to: keep that one to switch
    /// again.
    pub Switch = POST "/v1/iam/switch" as "switchOrganization", who: Who::Person;
    caller: SignedIn,
    body: Json<SwitchIn>,
    reply: Documented<Enveloped<Switched>>,
    error: RestError;
    switch
}

/// The organization to act in.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct SwitchIn {
    /// The organization.
    org: Patch<OrgName>,
    /// The same as `org`.
    organization: Patch<OrgName>,
    /// With a browser's session: the first-party client that the token is of.
    client_id: Patch<String>,
}

/// A token that acts in an organization.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Switched {
    /// The organization.
    org: String,
    /// `owner`, `admin` or `member`: the role that the token carries there.
    role: &'static str,
    /// The client.
    client_id: String,
    /// The access token.
    access_token: String,
    /// Seconds until it expires.
    expires_in: i64,
}

/// A caller that does not need directory access.
#[derive(Debug)]
pub struct SignedIn(DirectoryCaller);

impl Caller for SignedIn {
    async fn authenticate(origin: &Origin, request: &Request, _: Who) -> Result<Self, RestError> {
        DirectoryCaller::reaching(origin, request, Directory::Closed).await.map(Self)
    }
}

async fn switch(
    origin: &Origin,
    call: Call<'_, Switch>,
) -> Result<Documented<Enveloped<Switched>>, RestError> {
    let caller = &call.caller.0;
    let Json(sent) = call.body;
    own_sign_in(caller)?;
    let org = sent.org.as_given().or(sent.organization.as_given());
    let org = org.ok_or_else(|| Invalid::member("org", "is required"))?.as_str();
    let principal = &caller.principal;
    let is_token = matches!(principal.credential, Credential::Token { .. });
    let asked = sent.client_id.as_given();
    if is_token && asked.is_some_and(|asked| *asked != principal.client_id) {
        return Err(forbidden("a token switches for its own client only"));
    }
    let client_id = asked.unwrap_or(&principal.client_id);
    let now = origin.clock.now();
    let queries = (
        Moment::query(now),
        signing_keys::signing_now(now),
        clients::find(client_id),
        accounts::find(accounts::Named::Id(&principal.subject)),
    );
    let (moment, signing, found, account) = load(&*origin.database, queries).await?;
    let client = client("clientId", found)?;
    if !matches!(client.application.trust(), Trust::FirstParty { .. }) {
        return Err(forbidden("only a client of the platform itself switches"));
    }
    let person = account.and_then(|account| Person::active(account, now)).ok_or_else(ended)?;
    meets_demand(origin, caller, &person).await?;
    // The refusal is the same whether or not there is such an organization.
    let person = acting::switching(org, person)
        .ok_or_else(|| forbidden("you have no role in an organization in use of that name"))?;
    let role = person.roles.first().map_or("member", |role| role.role.name());
    let scope = if is_token { principal.scope.as_str() } else { "openid profile email" };
    let mut scope = Scope::parse(scope).map_err(RestError::internal)?;
    if !is_token {
        scope = scope.with_administration(&client.application.scopes);
    }
    let issued = acting::issue(
        origin,
        Acting {
            moment,
            keys: &signing,
            issuer: origin.config.issuer_for(&call.request.base),
            client: &client,
            organization: org,
            person: &person,
            actor: None,
            holder: Holder::of(principal),
            scope,
            resource: None,
            kind: SWITCH,
            lifetime: ISSUE_LIFETIME,
            code: None,
            reason: "",
        },
    );
    let acted = issued.await.map_err(not_issued)?.ok_or_else(ended)?;
    let Issued { access_token, expires_in, .. } = acted.tokens;
    let (org, client_id) = (org.to_owned(), client_id.clone());
    Ok(enveloped(&Switched { org, role, client_id, access_token, expires_in }))
}
