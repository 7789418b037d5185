//! Issues tokens: decides what they carry, signs them, and establishes the grant that they belong to.

use super::{
    IssueError,
    claims::{self, TokenInput},
};
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
        domain::{
            audit::Subject, change::Change, clients::Client, commit::commit, consent,
            people::Person, revocation::Moment, signing,
        },
        store::{
            codes::Code,
            consents::{self, Consent},
            device_codes,
            grants::{self, Given, Grant},
            refresh_tokens,
            signing_keys::SigningKey,
            users::User,
        },
    },
};
use serde_json::json;

/// Tokens that a client obtains.
#[derive(Debug)]
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// What it allows.
    pub scope: String,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// The ID token.
    pub id_token: Option<String>,
}

/// Signed tokens, whose grant is not stored yet.
#[derive(Debug)]
pub struct Signed {
    /// Whether they carry platform authority.
    pub is_platform: bool,
    /// The tokens.
    pub tokens: Issued,
}

/// Whether an ID token goes with an access token.
#[derive(Debug, Clone, Copy)]
pub enum IdToken<'a> {
    /// No one has signed in.
    Never,
    /// When the scope says `openid`.
    IfAsked {
        /// `nonce` of the authorization request. Not repeated when refreshed (OIDC Core §12.2).
        nonce: Option<&'a str>,
    },
}

/// Signs an access token, and an ID token if one goes with it. Everything in `input` was read at
/// `moment` or after it, `keys` ([`signing_keys::signing_now`]) as well.
///
/// [`signing_keys::signing_now`]: crate::origin::store::signing_keys::signing_now
pub async fn sign(
    origin: &Origin,
    keys: &[SigningKey],
    moment: Moment,
    input: TokenInput<'_>,
    id_token: IdToken<'_>,
) -> Result<Signed, IssueError> {
    let (access_algorithm, id_algorithm) = (
        input.application.signing_algorithm(TokenType::Access),
        input.application.signing_algorithm(TokenType::Id),
    );
    let authority = input.authority(origin);
    let authority = authority.as_ref();
    // Without any role a token would still name a tenant, that of the client.
    if authority.is_some_and(Authority::is_void) {
        return Err(IssueError::NoRole);
    }
    let openid = input.scope.split(' ').any(|name| name == "openid");
    let id = match id_token {
        IdToken::IfAsked { nonce } if openid => Some(claims::id(origin, &input, authority, nonce)),
        _ => None,
    };
    let scope = input.scope.clone();
    let ends_at = input.person.and_then(|person| person.ends_at);
    let mut access = claims::access(origin, input, authority);
    // A token that administers the platform ends when the sign-in is too old for that.
    if let Some(end) = authority.and_then(Authority::platform_until) {
        access.exp = access.exp.min(end);
    }
    if let Some(end) = ends_at {
        access.exp = access.exp.min(end);
    }
    access.seq = moment.sequence;
    let expires_in = access.exp.since(access.nbf);
    let access = size::fitted(access, access_algorithm);
    let access_token = mint(origin, keys, access_algorithm, &access).await?;
    let id_token = match id {
        Some(mut id) => {
            id.iat = access.iat;
            id.at_hash = token::at_hash(&access_token);
            Some(mint(origin, keys, id_algorithm, &size::fitted(id, id_algorithm)).await?)
        }
        None => None,
    };
    let is_platform = authority.is_some_and(Authority::is_platform);
    let tokens = Issued { access_token, expires_in, scope, refresh_token: None, id_token };
    Ok(Signed { is_platform, tokens })
}

async fn mint(
    origin: &Origin,
    keys: &[SigningKey],
    algorithm: Algorithm,
    claims: &Claims,
) -> Result<String, IssueError> {
    let (key, private_key) = signing::signing_key_among(origin, keys, algorithm).await?;
    Ok(token::mint(&*origin.crypto, &key, &private_key, claims).await?)
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
pub struct GrantRequest<'a> {
    /// Before all of this was checked.
    pub moment: Moment,
    /// The keys that sign at that moment.
    pub keys: &'a [SigningKey],
    /// `iss` of the tokens.
    pub issuer: &'a str,
    /// The client.
    pub client: &'a Client,
    /// The person.
    pub person: &'a Person,
    /// What the person allowed the client before, if it is a third-party client.
    pub consent: Option<&'a Consent>,
    /// The scope.
    pub scope: Scope,
    /// The audience (RFC 8707).
    pub resource: Option<String>,
    /// Whether it is established without a client secret.
    pub is_public: bool,
    /// The browser session.
    pub session_id: Option<String>,
    /// When the person signed in.
    pub auth_time: UnixTime,
    /// The methods of the sign-in (`amr`).
    pub methods: Vec<String>,
    /// Whether the person was asked for platform authority.
    pub platform_asked: bool,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The grant type.
    pub kind: &'a str,
}

impl GrantRequest<'_> {
    /// The grant, if the person has allowed it.
    fn grant(&self, id: String) -> Result<Grant, IssueError> {
        let application = &self.client.application;
        let asked = consent::Asked { scope: &self.scope, resource: self.resource.as_deref() };
        if !consent::covers(application, self.consent, asked) {
            return Err(IssueError::NoConsent);
        }
        let now = self.moment.now;
        let lifetimes = self.client.lifetimes();
        let life = if self.is_refreshable() { lifetimes.family } else { lifetimes.access };
        let scope = match application.trust() {
            Trust::FirstParty { .. } => self.scope.clone().with_administration(&application.scopes),
            _ => self.scope.clone(),
        };
        Ok(Grant {
            id,
            client_id: application.client_id.clone(),
            user_id: Some(self.person.user.id.clone()),
            organization: self.person.user.owner.clone(),
            session_id: self.session_id.clone(),
            scope: scope.to_string(),
            resource: audience::registered(self.resource.as_deref(), self.client.registration())?,
            is_public: self.is_public,
            auth_time: Some(self.auth_time),
            methods: self.methods.clone(),
            actor: None,
            parent_id: None,
            kind: self.kind.to_owned(),
            expires_at: now.plus(life),
            revoked_at: None,
            created_at: now,
            issued_by: None,
            is_platform: false,
        })
    }

    fn is_refreshable(&self) -> bool {
        self.client.lists("refresh_token")
    }
}

/// Adds the grant and its first tokens in one transaction, with the redemption of what `given` names.
/// `None` if that was redeemed before, or a code or password no longer holds.
pub async fn establish(
    origin: &Origin,
    request: GrantRequest<'_>,
    given: Given<'_>,
) -> Result<Option<Issued>, IssueError> {
    let (client, now) = (request.client, request.moment.now);
    let id = match given {
        Given::ByCode(digest) => Code::grant_id(digest),
        _ => grant_id(origin),
    };
    let grant = request.grant(id)?;
    let audience =
        audience::audience(grant.resource.as_deref(), client.registration(), &grant.organization);
    let input = TokenInput {
        issuer: request.issuer,
        application: &client.application,
        grant: Some(&grant),
        person: Some(request.person),
        authenticated_at: grant.auth_time.filter(|_| request.platform_asked),
        ceiling: None,
        scope: grant.scope.clone(),
        audience,
        expires_at: now.plus(client.lifetimes().access).min(grant.expires_at),
    };
    let id_token = IdToken::IfAsked { nonce: request.nonce.as_deref() };
    let Signed { is_platform, tokens } =
        Box::pin(sign(origin, request.keys, request.moment, input, id_token)).await?;
    let refresh_token = request.is_refreshable().then(|| refresh_token(origin));

    let mut change = Change::of(subject(&grant, &request.person.user));
    let redemption = match given {
        Given::ByPassword { .. }
        | Given::ByExchange { .. }
        | Given::ByHolder { .. }
        | Given::ByCode(_) => None,
        Given::ByDevice(digest) => Some(device_codes::redemption(digest, &grant.id, now)),
    };
    let redeemed = redemption.map(|statement| change.write(statement));
    let granted = change.decide(grants::insert(&grant, given, request.moment.sequence));
    if is_platform {
        change.write(consents::record_platform(&grant.id));
    }
    if let Some(token) = &refresh_token {
        let digest = digest(token);
        let (scope, end) = (&grant.scope, grant.expires_at);
        change.write(refresh_tokens::insert(&digest, &grant.id, scope, end, now));
    }
    let committed = Box::pin(commit(origin, change)).await?;
    let granted = committed.took_effect(granted);
    match redeemed {
        Some(redeemed) if !committed.took_effect(redeemed) => Ok(None),
        None if !granted => Ok(None),
        _ if !granted => Err(IssueError::Revoked),
        _ => Ok(Some(Issued { refresh_token, ..tokens })),
    }
}

/// What the audit trail says of a grant of `user`.
pub fn subject(grant: &Grant, user: &User) -> Subject {
    let facts = json!({
        "id": grant.id,
        "client": grant.client_id,
        "scope": grant.scope,
        "resource": grant.resource,
        "grantType": grant.kind,
    });
    Subject::with(&grant.organization, "grant", &user.name, &facts)
}
