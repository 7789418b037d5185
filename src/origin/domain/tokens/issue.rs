//! Makes tokens and the answer that carries them (RFC 6749 §5.1).

use http::StatusCode;
use serde::Serialize;

use super::claims::{self, Material};
use crate::{
    core::{
        authority::{Authority, Trust},
        encoding::{base64url, digest},
        oauth::{audience, scope::Scope, size},
        time::UnixTime,
        token::{self, Algorithm, Claims, TokenType},
    },
    origin::{
        Origin,
        authn::client::Client,
        domain::{consent, revocation::Moment, signing, subject::Person},
        http::{OAuthError, OAuthErrorCode, Response, response},
        store::{
            access_tokens, codes, consents, device_codes,
            grants::{self, Given, Grant},
            refresh_tokens,
        },
    },
};

/// What the token endpoint answers.
#[derive(Debug, Serialize)]
pub struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    /// RFC 8693 §2.2.1
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

impl TokenAnswer {
    /// The answer, never stored (RFC 6749 §5.1).
    pub fn into_response(self) -> Response {
        response::no_store(response::json(StatusCode::OK, &self))
    }

    /// With a refresh token beside it.
    #[must_use]
    pub fn with_refresh_token(self, refresh_token: Option<String>) -> Self {
        Self { refresh_token, ..self }
    }

    /// As the answer to an exchange.
    #[must_use]
    pub fn of_type(self, issued_token_type: &'static str) -> Self {
        Self { issued_token_type: Some(issued_token_type), ..self }
    }
}

/// Tokens that are signed but not yet on record.
#[derive(Debug)]
pub struct Signed {
    /// The `jti` to put on record.
    pub jti: String,
    /// Whether it carries platform authority.
    pub is_platform: bool,
    /// What the client will read.
    pub answer: TokenAnswer,
}

/// Whether an ID token goes with an access token.
#[derive(Debug, Clone, Copy)]
pub enum IdToken<'a> {
    /// Nobody has signed in.
    Never,
    /// When the scope says `openid`.
    IfAsked {
        /// `nonce` of the authorization request. Not repeated when refreshed (OIDC Core §12.2).
        nonce: Option<&'a str>,
    },
}

/// Signs an access token, and an ID token if one goes with it. Everything in `material` was
/// read after `moment`.
pub async fn sign(
    origin: &Origin,
    moment: Moment,
    material: Material<'_>,
    id_token: IdToken<'_>,
) -> Result<Signed, OAuthError> {
    let application = &material.client.application;
    let (access_algorithm, id_algorithm) = (
        application.signing_algorithm(TokenType::Access),
        application.signing_algorithm(TokenType::Id),
    );
    let authority = material.authority(origin);
    let authority = authority.as_ref();
    // Without any role a token would still name a tenant, that of the client.
    if authority.is_some_and(Authority::is_void) {
        return Err(OAuthError::new(
            OAuthErrorCode::InvalidGrant,
            "the client is not for people of this organization",
        ));
    }
    let openid = material.scope.split(' ').any(|name| name == "openid");
    let id = match id_token {
        IdToken::IfAsked { nonce } if openid => {
            Some(claims::id(origin, &material, authority, nonce))
        }
        _ => None,
    };
    let scope = material.scope.clone();
    let mut access = claims::access(origin, material, authority);
    // A token that administers the platform ends when the sign-in is too old for that.
    if let Some(end) = authority.and_then(Authority::platform_until) {
        access.exp = access.exp.min(end);
    }
    let expires_at = access.exp;
    access.seq = moment.sequence;
    let access = size::fitted(access, access_algorithm);
    let access_token = mint(origin, access_algorithm, &access).await?;
    let id_token = match id {
        Some(mut id) => {
            id.iat = access.iat;
            id.at_hash = token::at_hash(&access_token);
            Some(mint(origin, id_algorithm, &size::fitted(id, id_algorithm)).await?)
        }
        None => None,
    };
    let answer = TokenAnswer {
        access_token,
        token_type: "Bearer",
        expires_in: expires_at.since(access.nbf),
        scope,
        refresh_token: None,
        id_token,
        issued_token_type: None,
    };
    let is_platform = authority.is_some_and(Authority::is_platform);
    Ok(Signed { jti: access.jti, is_platform, answer })
}

async fn mint(
    origin: &Origin,
    algorithm: Algorithm,
    claims: &Claims,
) -> Result<String, OAuthError> {
    let (key, private_key) = signing::signing_key(origin, algorithm).await?;
    Ok(token::mint(&*origin.crypto, &key, &private_key, claims).await?)
}

/// The refusal of a request whose grant could not be added ([`grants::insert`]).
pub fn revoked_meanwhile() -> OAuthError {
    OAuthError {
        cause: Some("what the grant depends on was revoked concurrently".to_owned()),
        ..OAuthError::new(OAuthErrorCode::InvalidGrant, "the grant is not valid")
    }
}

/// A new refresh token: 256 random bits.
pub fn refresh_token(origin: &Origin) -> String {
    base64url(&origin.random.bytes::<32>())
}

/// A new id of a grant.
pub fn grant_id(origin: &Origin) -> String {
    base64url(&origin.random.bytes::<16>())
}

/// What a person allowed a client, ready to become a grant.
#[derive(Debug)]
pub struct Allowed<'a> {
    /// Before all of this was checked.
    pub moment: Moment,
    /// `iss` of the tokens.
    pub issuer: &'a str,
    /// To whom.
    pub client: &'a Client,
    /// Who.
    pub person: &'a Person,
    /// What.
    pub scope: Scope,
    /// For which audience.
    pub resource: Option<String>,
    /// Without a secret.
    pub is_public: bool,
    /// In which browser session.
    pub session_id: Option<String>,
    /// When the person signed in.
    pub auth_time: UnixTime,
    /// How.
    pub methods: Vec<String>,
    /// Whether the person was asked for platform authority.
    pub platform_asked: bool,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The grant type.
    pub kind: &'a str,
}

/// Makes the grant and its first tokens in one transaction, together with the redemption of what
/// `given` names. `None`: that was redeemed before, and nothing has been written.
pub async fn establish(
    origin: &Origin,
    allowed: Allowed<'_>,
    given: Given<'_>,
) -> Result<Option<TokenAnswer>, OAuthError> {
    let now = allowed.moment.now;
    let asked = consent::Asked { scope: &allowed.scope, resource: allowed.resource.as_deref() };
    let (user_id, application) = (&allowed.person.user.id, &allowed.client.application);
    if !consent::is_given(origin, user_id, application, asked).await? {
        return Err(OAuthError::new(
            OAuthErrorCode::InvalidGrant,
            "the person has not allowed the client what it asks for",
        ));
    }
    let lifetimes = allowed.client.lifetimes();
    let refreshable = allowed.client.lists("refresh_token");
    let life = if refreshable { lifetimes.family } else { lifetimes.access };
    let owner = &allowed.person.user.owner;
    let registration = allowed.client.registration();
    let resource = audience::registered(allowed.resource.as_deref(), registration)?;
    let audience = audience::audience(resource.as_deref(), registration, owner);
    let scope = match application.trust() {
        Trust::FirstParty { .. } => allowed.scope.with_administration(&application.scopes),
        _ => allowed.scope,
    };
    let grant = Grant {
        id: grant_id(origin),
        client_id: allowed.client.client_id().to_owned(),
        user_id: Some(allowed.person.user.id.clone()),
        organization: owner.clone(),
        session_id: allowed.session_id,
        scope: scope.to_string(),
        resource,
        is_public: allowed.is_public,
        auth_time: Some(allowed.auth_time),
        methods: allowed.methods,
        actor: None,
        parent_id: None,
        kind: allowed.kind.to_owned(),
        expires_at: now.plus(life),
        revoked_at: None,
        created_at: now,
    };
    let expires_at = now.plus(lifetimes.access).min(grant.expires_at);
    let material = Material {
        issuer: allowed.issuer,
        client: allowed.client,
        grant: &grant,
        authenticated_at: grant.auth_time.filter(|_| allowed.platform_asked),
        person: Some(allowed.person),
        ceiling: None,
        scope: grant.scope.clone(),
        audience,
        expires_at,
    };
    let signed = sign(
        origin,
        allowed.moment,
        material,
        IdToken::IfAsked { nonce: allowed.nonce.as_deref() },
    )
    .await?;
    let refresh_token = refreshable.then(|| refresh_token(origin));

    let mut batch = Vec::with_capacity(4);
    match given {
        Given::Freely | Given::ByPassword(_) | Given::ByExchange(_) => {}
        Given::ByCode(digest) => batch.push(codes::redemption(digest, &grant.id, now)),
        Given::ByDevice(digest) => batch.push(device_codes::redemption(digest, &grant.id, now)),
    }
    let conditional = !batch.is_empty() || matches!(given, Given::ByPassword(_));
    let position = batch.len();
    batch.push(grants::insert(&grant, given, allowed.moment.sequence));
    if signed.is_platform {
        batch.push(consents::record_platform(&grant.id));
    }
    batch.push(access_tokens::insert(&signed.jti, &grant.id, expires_at, now));
    if let Some(token) = &refresh_token {
        let digest = digest(token);
        batch.push(refresh_tokens::insert(&digest, &grant.id, &grant.scope, grant.expires_at, now));
    }
    let answers = origin.database.batch(batch).await?;
    if conditional && answers.first().is_none_or(Vec::is_empty) {
        return Ok(None);
    }
    if answers.get(position).is_none_or(Vec::is_empty) {
        return Err(revoked_meanwhile());
    }
    Ok(Some(signed.answer.with_refresh_token(refresh_token)))
}
