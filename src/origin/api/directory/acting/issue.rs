//! `POST /v1/iam/tokens/issue?id=&aud=`

use serde::Serialize;
use serde_json::json;

use super::{ended, not_issued};
use crate::{
    core::{
        apikey::KeyScope,
        authority::{Trust, resource::is_directory},
        directory::Invalid,
        oauth::scope::Scope,
        principal::{Credential, PLATFORM_ORGANIZATION},
        token::{Actor, Role},
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::{DirectoryCaller, forbidden},
                envelope::failed,
            },
            endpoint::{Call, Caller, Documented, Parameter, Query, Who, endpoint},
        },
        authn::caller::client_by_token,
        domain::{
            applications::has_capability,
            clients::Client,
            people::Person,
            revocation::Moment,
            tokens::{
                acting::{self, Acting, Holder, ISSUE, ISSUE_LIFETIME},
                issue::Issued,
            },
        },
        http::{Parameters, Request, RestError, response},
        store::{
            accounts,
            applications::Application,
            clients::{self, Registered},
            keys::{self, Key, KeyLimits},
            query::{Query as Rows, load},
            signing_keys,
            users::{self, Named, Target, target},
        },
    },
};

/// The client capability for obtaining tokens for users, shared with creating keys for them.
const CAPABILITY: &str = "key-mint";

endpoint! {
    /// Issues a token with which a client or a key acts as a user.
    ///
    /// For a client with the capability `key-mint`, by its id and secret or its own token, or a key
    /// without scope, rate and budget that may `act` in its organization. The user is named by `owner/name`, by id or by `externalId`,
    /// and administers nothing. The token says who acts, ends within the hour and with the credential,
    /// and administers nothing either. A token for one API obtains tokens for that API only. A user
    /// who does not exist, or is of another organization, is status 200 with `status: "error"`.
    pub IssueToken = POST "/v1/iam/tokens/issue" as "issueToken", who: Who::Capability(CAPABILITY);
    caller: Minter,
    query: IssueQuery,
    reply: Documented<IssuedToken>,
    error: RestError;
    issue
}

/// Whom the token is for.
#[derive(Debug)]
pub struct IssueQuery {
    id: String,
    aud: Option<String>,
    client_id: Option<String>,
}

impl Query for IssueQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("id", "The user: `owner/name`, the id, or the `externalId`."),
        Parameter::optional("aud", "The resource that the token is for (RFC 8707)."),
        Parameter::optional(
            "clientId",
            "With a key: the client of its organization that the token is of.",
        ),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let id = parameters.get("id").filter(|id| !id.is_empty() && id.len() <= 256);
        let id = id.ok_or_else(|| Invalid::member("id", "must name a user"))?;
        let text = |name| parameters.get(name).map(str::to_owned);
        Ok(Self { id: id.to_owned(), aud: text("aud"), client_id: text("clientId") })
    }
}

/// The token, at both levels: published clients read either (WIRE §4.4).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IssuedToken {
    /// `ok` or `error`.
    status: &'static str,
    /// The access token.
    access_token: String,
    /// Seconds until it expires.
    expires_in: i64,
    /// The same again.
    data: IssuedData,
}

/// The token.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct IssuedData {
    /// The access token.
    access_token: String,
    /// Seconds until it expires.
    expires_in: i64,
}

/// The caller: a client for itself, by a token for any API, or a key.
#[derive(Debug)]
pub struct Minter(DirectoryCaller);

impl Caller for Minter {
    async fn authenticate(origin: &Origin, request: &Request, _: Who) -> Result<Self, RestError> {
        if let Some(principal) = client_by_token(origin, request).await? {
            return Ok(Self(DirectoryCaller::client_by_token(principal, request)));
        }
        DirectoryCaller::of(origin, request).await.map(Self)
    }
}

async fn issue(
    origin: &Origin,
    call: Call<'_, IssueToken>,
) -> Result<Documented<IssuedToken>, RestError> {
    let (caller, query) = (&call.caller.0, &call.query);
    let principal = &caller.principal;
    let owner = principal.owner.as_str();
    let now = origin.clock.now();
    let key_id = match &principal.credential {
        Credential::Key { id, .. } => Some(id.as_str()),
        _ if principal.authority.is_client() => None,
        _ => return Err(refused()),
    };
    let client = match key_id {
        Some(id) => clients::of_key(id, query.client_id.as_deref()),
        None => clients::find(&principal.client_id),
    };
    let reference = users::reference(owner, &query.id);
    let queries = (
        Moment::query(now),
        signing_keys::signing_now(now),
        client,
        key_id.map_or_else(|| Rows::ready(None), keys::by_id),
        target(Named::Reference(&reference)),
        accounts::find(accounts::Named::Reference(&reference)),
    );
    let (moment, signing, client, key, found, account) = load(&*origin.database, queries).await?;
    let client = client.and_then(Registered::enabled);
    let actor = match (key_id, &key) {
        (None, _) => of_client(client.as_ref())?,
        (Some(_), Some(key)) => of_key(caller, key)?,
        (Some(_), None) => return Err(refused()),
    };
    let application = client.filter(|client| client.trust() != Trust::ThirdParty);
    let application = application.ok_or_else(|| {
        Invalid::member("clientId", "must name a client of the organization that is in use")
    })?;
    let reaches = |target: &Target| match &key {
        Some(key) => target.user.owner == key.owner,
        None => has_capability(&application, CAPABILITY, &target.user.owner),
    };
    let is_platforms =
        |target: &Target| target.roles().iter().any(|role| role.org == PLATFORM_ORGANIZATION);
    let Some(target) = found.filter(|found| reaches(found) && !is_platforms(found)) else {
        return Ok(unknown());
    };
    if target.roles().iter().any(|role| role.role > Role::Member) {
        return Err(forbidden("a token is issued for users who administer nothing"));
    }
    let Some(person) = account.and_then(|account| Person::active(account, now)) else {
        return Ok(unknown());
    };
    let resource = resource(origin, caller, query)?;
    let client = Client { application, authenticated: true };
    let issued = acting::issue(
        origin,
        Acting {
            moment,
            keys: &signing,
            issuer: origin.config.issuer_for(&call.request.base),
            client: &client,
            organization: &person.user.owner,
            person: &person,
            actor: Some(actor),
            holder: Holder::of(principal),
            scope: Scope::parse("openid profile email").map_err(RestError::internal)?,
            resource: resource.as_deref(),
            kind: ISSUE,
            lifetime: ISSUE_LIFETIME,
            reason: "",
            code: None,
        },
    );
    let acted = issued.await.map_err(not_issued)?.ok_or_else(ended)?;
    Ok(granted(acted.tokens))
}

/// The client as the actor, if allowed.
fn of_client(client: Option<&Application>) -> Result<Actor, RestError> {
    let client = client.ok_or_else(refused)?;
    if !has_capability(client, CAPABILITY, &client.organization) {
        return Err(refused());
    }
    Ok(Actor {
        sub: format!("{}/{}", client.owner, client.name),
        owner: client.organization.clone(),
        name: client.name.clone(),
        act: None,
    })
}

/// The key holder as the actor, if the key allows it and the holder still administers the
/// organization.
fn of_key(caller: &DirectoryCaller, key: &Key) -> Result<Actor, RestError> {
    if !key.act || (key.user_id.is_some() && !caller.administers(&key.owner)) {
        return Err(refused());
    }
    // The token would not have the key's limits.
    if caller.scope != KeyScope::default() || key.limits() != KeyLimits::default() {
        return Err(forbidden("a key with a scope, a rate or a budget acts for no user"));
    }
    let principal = &caller.principal;
    Ok(Actor {
        sub: principal.subject.clone(),
        owner: key.owner.clone(),
        name: principal.name.clone(),
        act: None,
    })
}

/// The resource: a token for one API can obtain tokens for that API only.
fn resource(
    origin: &Origin,
    caller: &DirectoryCaller,
    query: &IssueQuery,
) -> Result<Option<String>, RestError> {
    let asked = query.aud.clone();
    let Credential::Token { audience, .. } = &caller.principal.credential else {
        return Ok(asked);
    };
    let issuers = origin.config.issuers();
    let own = |audience: &String| {
        *audience == caller.principal.client_id || is_directory(audience, &issuers)
    };
    if audience.iter().any(own) {
        return Ok(asked);
    }
    match asked {
        None => Ok(audience.first().cloned()),
        Some(asked) if audience.contains(&asked) => Ok(Some(asked)),
        Some(_) => Err(forbidden("aud is another API than the one that the token is for")),
    }
}

fn refused() -> RestError {
    forbidden("this needs a client that may make keys, or a key that may act")
}

fn unknown() -> Documented<IssuedToken> {
    let refused: Documented<crate::origin::api::directory::envelope::Enveloped<()>> =
        failed("the entity does not exist", "user_unknown");
    refused.0.into()
}

fn granted(issued: Issued) -> Documented<IssuedToken> {
    let Issued { access_token, expires_in, .. } = issued;
    let data = IssuedData { access_token: access_token.clone(), expires_in };
    let token = IssuedToken { status: "ok", access_token, expires_in, data };
    response::no_store(response::json(http::StatusCode::OK, &json!(token))).into()
}
