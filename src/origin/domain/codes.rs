//! Authorization codes, redeemed by the token endpoint.

use crate::{
    core::{
        encoding::{base64url, digest, from_base64url},
        oauth::{code::LIFETIME, pkce::Challenge, scope::Scope},
        time::UnixTime,
    },
    origin::{Origin, store::codes},
    ports::{DatabaseError, Statement},
};

/// The access granted to a client, to be issued as a code.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// The client, enabled.
    pub client_id: String,
    /// The person, signed in and admitted to the client's application.
    pub user_id: String,
    /// The browser session, if there is one.
    pub session_id: Option<String>,
    /// The registered address that the code goes to; empty if the request named none.
    pub redirect_uri: String,
    /// The granted scope ([`Scope::granted`]).
    pub scope: Scope,
    /// The registered audience asked for (RFC 8707).
    pub resource: Option<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge. Without one the client must present its secret.
    pub challenge: Option<Challenge>,
    /// When the person signed in.
    pub auth_time: UnixTime,
    /// The methods of the sign-in (`amr`, RFC 8176): `pwd`, …
    pub methods: Vec<String>,
    /// Whether the person was asked for platform authority.
    pub platform_asked: bool,
}

/// A code for it, and the statement that issues it: 256 random bits, valid once and for five minutes,
/// of which only the digest is stored. The statement takes no effect if the session has ended.
pub fn giving(origin: &Origin, request: CodeRequest) -> (String, Statement) {
    giving_with(origin, request, None)
}

/// A code with which an administrator acts for the user of the request, and the statement that issues
/// it. What it gives ends with the impersonation `acting_grant`.
pub fn giving_for(
    origin: &Origin,
    request: CodeRequest,
    acting_grant: &str,
) -> (String, Statement) {
    giving_with(origin, request, Some(acting_grant.to_owned()))
}

fn giving_with(
    origin: &Origin,
    request: CodeRequest,
    acting_grant: Option<String>,
) -> (String, Statement) {
    let secret = base64url(&origin.random.bytes::<32>());
    let code = format!("{}.{secret}", base64url(request.user_id.as_bytes()));
    let now = origin.clock.now();
    let record = codes::Code {
        digest: key(&code),
        client_id: request.client_id,
        user_id: request.user_id,
        session_id: request.session_id,
        redirect_uri: request.redirect_uri,
        scope: request.scope.to_string(),
        resource: request.resource,
        nonce: request.nonce,
        code_challenge: request.challenge.map(|challenge| challenge.to_string()),
        auth_time: request.auth_time,
        methods: request.methods,
        platform_asked: request.platform_asked,
        acting_grant,
        expires_at: now.plus(LIFETIME),
        created_at: now,
    };
    let statement = codes::insert(&record);
    (code, statement)
}

/// The key of a code's row. The code names its user, so that those of a user are found without an index.
pub fn key(code: &str) -> String {
    let user = code.split_once('.').and_then(|(user, _)| from_base64url(user));
    let user_id = user.and_then(|user| String::from_utf8(user).ok()).unwrap_or_default();
    codes::Code::key(&user_id, &digest(code))
}

/// Issues a code for it; `None` if the session has ended concurrently.
pub async fn issue(origin: &Origin, request: CodeRequest) -> Result<Option<String>, DatabaseError> {
    let (code, statement) = giving(origin, request);
    Ok((!origin.database.run(statement).await?.is_empty()).then_some(code))
}
