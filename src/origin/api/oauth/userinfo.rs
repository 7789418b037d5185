//! Userinfo (OIDC Core §5.3; WIRE §2.5): the current claims of a token's user or program.

use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    core::{
        apikey::is_api_key,
        authority::Authority,
        credential::Authorization,
        oauth::{profile, scope::Scope},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            endpoint::{Audit, Call, ErrorReply, Posted, Verb, View, Who, endpoint},
            oauth::forms::BearerForm,
        },
        authn::{caller, client::refuse_secrets_in_url},
        domain::{people, tokens::live},
        http::{OAuthError, OAuthErrorCode, Request, Response, RestError},
        store::users::User,
    },
};

endpoint! {
    /// Returns the claims of the token's user (OIDC Core §5.3).
    ///
    /// Takes an access token, that of a person with the scope `openid`, or an API key.
    pub Userinfo = GET "/v1/iam/oauth/userinfo" as "getUserinfo",
    who: Who::Bearer, also: &[Verb::Post], audit: Audit::Nothing("reads");
    body: Posted<BearerForm>,
    reply: View<Map<String, Value>>,
    error: UserinfoError;
    userinfo
}

/// An error of the userinfo endpoint.
#[derive(Debug)]
pub enum UserinfoError {
    /// The request has no credential, so the response has no error code (RFC 6750 §3.1).
    Unauthenticated,
    /// An error according to RFC 6750 §3.
    OAuth(OAuthError),
}

impl<E: Into<OAuthError>> From<E> for UserinfoError {
    fn from(error: E) -> Self {
        Self::OAuth(error.into())
    }
}

impl ErrorReply for UserinfoError {
    const STATUSES: &'static [u16] = <OAuthError as ErrorReply>::STATUSES;

    fn into_response(self) -> Response {
        match self {
            Self::Unauthenticated => RestError::unauthenticated().into_response(),
            Self::OAuth(error) => error.into_response(),
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let forms = [
            <OAuthError as ErrorReply>::schema(generator),
            <RestError as ErrorReply>::schema(generator),
        ];
        schemars::json_schema!({"anyOf": forms})
    }
}

async fn userinfo(
    origin: &Origin,
    call: Call<'_, Userinfo>,
) -> Result<View<Map<String, Value>>, UserinfoError> {
    let request = call.request;
    refuse_secrets_in_url(request)?;
    // A key in a cookie is refused even if there is a valid token.
    let cookies = caller::cookie_tokens(origin, request).await?;
    let claims = match bearer(request)? {
        None if cookies.is_empty() => return Err(UserinfoError::Unauthenticated),
        Some(key) if is_api_key(&key) => of_key(origin, request, &key).await?,
        Some(token) => of_token(origin, &token).await?,
        None => of_cookies(origin, &cookies).await?,
    };
    Ok(View(claims))
}

/// The one bearer token in the header, or in the form of a POST
/// (RFC 6750 §2.1, §2.2).
fn bearer(request: &Request) -> Result<Option<String>, OAuthError> {
    let malformed = |why: &str| OAuthError::new(OAuthErrorCode::InvalidRequest, why);
    let header = request.authorization()?;
    let posted = request.method == Method::POST && !request.body.is_empty();
    let form = if posted {
        let form = request.body_parameters()?;
        form.get("access_token").map(str::to_owned)
    } else {
        None
    };
    let query = request.query_parameters()?;
    if query.get("access_token").is_some() {
        return Err(malformed("a token does not belong in a URL"));
    }
    let Some(header) = header else { return Ok(form) };
    if form.is_some() {
        return Err(malformed("the token may stand in one place only"));
    }
    let invalid = || OAuthError::new(OAuthErrorCode::InvalidToken, "the token is not valid");
    let Ok(Authorization::Bearer(token)) = Authorization::parse(header) else {
        return Err(invalid());
    };
    Ok(Some(token.to_owned()))
}

/// The claims of the first valid token cookie; other applications may set cookies with the same
/// names.
async fn of_cookies(origin: &Origin, tokens: &[&str]) -> Result<Map<String, Value>, OAuthError> {
    let mut refusal = OAuthError::new(OAuthErrorCode::InvalidToken, "the token is not valid");
    for token in tokens {
        match of_token(origin, token).await {
            Err(error) if error.code == OAuthErrorCode::InvalidToken => refusal = error,
            found => return found,
        }
    }
    Err(refusal)
}

async fn of_token(origin: &Origin, text: &str) -> Result<Map<String, Value>, OAuthError> {
    let live = live::access_token(origin, text)
        .await?
        .ok_or_else(|| OAuthError::new(OAuthErrorCode::InvalidToken, "the token is not valid"))?;
    let scope = Scope::parse(&live.claims.scope)?;
    // A program requests no OpenID Connect scope, and its token has the same claims as the reply.
    if live.person.is_some() && !scope.contains("openid") {
        return Err(OAuthError::new(
            OAuthErrorCode::InsufficientScope,
            "the token does not have the scope openid",
        ));
    }
    let mut members = Map::new();
    members.insert("sub".into(), json!(live.claims.sub));
    members.insert("iss".into(), json!(live.claims.iss));
    members.insert("aud".into(), json!(live.claims.aud.first()));
    match &live.person {
        Some(person) => describe(&mut members, &person.user, &live.authority, &scope),
        None => describe_program(&mut members, &live.claims.owner, &live.claims.kind),
    }
    Ok(members)
}

/// The claims of a key's holder, with every standard scope.
async fn of_key(
    origin: &Origin,
    request: &Request,
    key: &str,
) -> Result<Map<String, Value>, OAuthError> {
    let principal = caller::of_key(origin, key).await?;
    if principal.is_publishable() {
        return Err(OAuthError::new(OAuthErrorCode::InvalidToken, "the key is not valid"));
    }
    let issuer = origin.config.issuer_for(&request.base);
    let mut members = Map::new();
    members.insert("sub".into(), json!(principal.subject));
    members.insert("iss".into(), json!(issuer));
    let person = people::standing(origin, &principal.subject, origin.clock.now()).await?;
    if let Some(person) = person {
        let scope = Scope::parse("openid profile email address phone")?;
        describe(&mut members, &person.user, &principal.authority, &scope);
    } else {
        describe_program(&mut members, &principal.owner, "service-account");
    }
    Ok(members)
}

/// Adds the user's claims, with only the organizations and roles that the credential carries.
fn describe(members: &mut Map<String, Value>, user: &User, authority: &Authority, scope: &Scope) {
    let (organization, roles) = (authority.organization(), authority.roles());
    let administers_home =
        roles.iter().any(|role| role.org == organization && role.role >= Role::Admin);
    let mut put = |name: &str, value: Value| {
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        if !empty {
            members.insert(name.to_owned(), value);
        }
    };
    let attribute = |name: &str| user.attributes.get(name).cloned().unwrap_or_default();
    put("owner", json!(organization));
    put("organization", json!(organization));
    put("isAdmin", json!(administers_home));
    put("orgs", json!(roles));
    put("type", json!(user.r#type));
    if scope.contains("profile") {
        put("preferred_username", json!(user.name));
        put("name", json!(user.name));
        put("displayName", json!(user.display_name));
        put("picture", json!(user.avatar));
        for (claim, value) in profile::profile(&user.attributes) {
            put(claim, value);
        }
        put("real_name", attribute("realName"));
        put("groups", json!(roles.iter().map(|role| &role.org).collect::<Vec<_>>()));
        put("is_verified", json!(user.email_verified));
        put("updated_at", json!(user.updated_at));
    }
    if scope.contains("email") {
        put("email", json!(user.email));
        if !user.email.is_empty() {
            put("email_verified", json!(user.email_verified));
        }
    }
    if scope.contains("address") {
        put("address", profile::address(&user.attributes).unwrap_or_default());
    }
    if scope.contains("phone") {
        put("phone", json!(user.phone));
        put("phone_number", json!(user.phone));
        if !user.phone.is_empty() {
            // Phone numbers are not verified yet.
            put("phone_number_verified", json!(false));
        }
    }
}

fn describe_program(members: &mut Map<String, Value>, owner: &str, kind: &str) {
    members.insert("owner".into(), json!(owner));
    members.insert("organization".into(), json!(owner));
    members.insert("isAdmin".into(), json!(false));
    members.insert("type".into(), json!(kind));
}
