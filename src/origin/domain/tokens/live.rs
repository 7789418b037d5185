//! Tokens that are live at this moment: signed by us, not expired, neither they nor their grant
//! revoked, and their user, application and organization in good standing.

use crate::{
    core::{
        authority::{
            Authority, Ceiling, Directory,
            resource::{Presenter, directory_accepts},
        },
        oauth::audience::audience,
        time::UnixTime,
        token::{self, Audience, Claims, Expectation, TokenError, TokenType, Untrusted, Verified},
    },
    origin::{
        Origin,
        domain::{
            authority::{self, TokenLimits},
            clients::Client,
            keyring::{self, KeyringError},
            people::Person,
            revocation,
            tokens::acting,
        },
        store::{
            accounts::{self, Account},
            applications::Application,
            clients::{self, Registered},
            grants::{self, Grant},
            query::Query,
            refresh_tokens::{self, RefreshToken},
            signing_keys::{self, SigningKey},
        },
    },
};

/// A live access token.
#[derive(Debug)]
pub struct LiveToken {
    /// Its claims.
    pub claims: Verified<Claims>,
    /// The grant that it belongs to; `None`: the client obtained it for itself.
    pub grant: Option<Grant>,
    /// The client that obtained it.
    pub application: Application,
    /// The user, as the directory knows them now; `None`: the client itself.
    pub person: Option<Person>,
    /// What the token carries now.
    pub authority: Authority,
}

impl LiveToken {
    /// Whether the directory under `/v1/iam` accepts it, as far as its audience goes.
    pub fn is_for_directory(&self, issuers: &[String]) -> bool {
        let presenter = Presenter {
            own_audience: &audience(None, self.application.registration(), &self.claims.owner),
            trust: &self.application.trust(),
            acts_for_itself: self.person.is_none() && !self.application.capabilities.is_empty(),
        };
        directory_accepts(&self.claims.aud, presenter, issuers)
    }

    /// Whether the directory under `/v1/iam` accepts it, as far as its audience and scope go.
    pub fn opens_directory(&self, issuers: &[String]) -> bool {
        self.authority.directory() > Directory::Closed && self.is_for_directory(issuers)
    }
}

/// The rows that decide whether an access token is live, which may be forged.
#[derive(Debug)]
pub struct TokenFacts {
    text: String,
    keys: Vec<SigningKey>,
    client: Option<Registered>,
    grant: Option<Grant>,
    account: Option<Account>,
    is_revoked: bool,
}

/// Reads what decides whether `text` is a live access token. What to read is what it claims;
/// [`TokenFacts::live`] believes none of that before it has verified the signature. `None`: it does
/// not have the form of an access token.
pub fn facts(text: &str, now: UnixTime) -> Query<Option<TokenFacts>> {
    let untrusted = Untrusted::parse(text).ok();
    let claims = untrusted
        .filter(|token| token.token_type() == TokenType::Access)
        .and_then(|token| token.danger_unverified_claims());
    let Some(claims) = claims else { return Query::ready(None) };
    let text = text.to_owned();
    let grant = grants::find(grants::Named::Id(&claims.gid));
    signing_keys::published(now)
        .and(clients::find(&claims.azp))
        .and(grant.and(accounts::find(accounts::Named::Id(&claims.sub))))
        .and(revocation::is_revoked(&claims))
        .map(|(((keys, client), (grant, account)), is_revoked)| {
            Some(TokenFacts { text, keys, client, grant, account, is_revoked })
        })
}

impl TokenFacts {
    /// The claims, if the token is an access token of ours that has not expired, revoked or not.
    pub async fn verified(
        &self,
        origin: &Origin,
    ) -> Result<Option<Verified<Claims>>, KeyringError> {
        let keys = keyring::key_set_of(&self.keys)?;
        let issuers = origin.config.issuers();
        let now = origin.clock.now();
        let expectation = Expectation::access(&issuers, Audience::Any, now);
        match token::verify(&*origin.crypto, &keys, &self.text, &expectation).await {
            // The leeway is for other clocks; the issuer knows when its tokens expire.
            Ok(claims) => Ok(Some(claims).filter(|claims| now < claims.exp)),
            Err(TokenError::Backend(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// The grant that the token with these `claims` belongs to, revoked or not.
    pub fn grant_of(&self, claims: &Claims) -> Option<&Grant> {
        let is_of = |grant: &&Grant| grant.id == claims.gid && grant.client_id == claims.azp;
        self.grant.as_ref().filter(is_of)
    }

    /// The live access token; `None` if it is malformed, forged, expired or revoked.
    pub async fn live(self, origin: &Origin) -> Result<Option<LiveToken>, KeyringError> {
        let claims = self.verified(origin).await?;
        Ok(claims.and_then(|claims| self.standing(origin, claims)))
    }

    fn standing(self, origin: &Origin, claims: Verified<Claims>) -> Option<LiveToken> {
        if self.is_revoked {
            return None;
        }
        let application = self.client?.enabled()?;
        let grant = match self.grant {
            Some(grant) => {
                let is_of = grant.client_id == application.client_id;
                Some(grant).filter(|grant| is_of && grant.is_live(origin.clock.now())).map(Some)?
            }
            None if !claims.gid.is_empty() => return None,
            None => None,
        };
        let Some(grant) = grant.filter(|grant| grant.user_id.is_some()) else {
            // Only a client's own token has no grant; older ones have one without a user.
            let subject = format!("{}/{}", application.owner, application.name);
            let is_own = claims.sub == subject && claims.azp == application.client_id;
            let authority = authority::of_application(origin, &application);
            return is_own.then_some(LiveToken {
                claims,
                grant: None,
                application,
                person: None,
                authority,
            });
        };
        let person = Person::standing(self.account?, claims.iat, origin.clock.now())
            .filter(|person| grant.user_id.as_ref() == Some(&person.user.id))?;
        let person = acting::holding(&grant, person)?;
        let is_limited = claims.act.is_some() || acting::is_confined(&grant);
        let limits = TokenLimits {
            client: &application,
            scope: &claims.scope,
            authenticated_at: authority::platform_sign_in(
                &application,
                &person.roles,
                grant.is_platform,
                claims.auth_time,
            ),
            ceiling: is_limited.then(|| Ceiling::of(&claims)),
        };
        let authority = authority::of_token(origin, &person.user, &person.roles, limits);
        if authority.is_void() {
            return None;
        }
        let grant = Some(grant);
        Some(LiveToken { claims, grant, application, person: Some(person), authority })
    }
}

/// The live access token that `text` is; `None` if it is malformed, forged, expired or revoked.
pub async fn access_token(origin: &Origin, text: &str) -> Result<Option<LiveToken>, KeyringError> {
    match facts(text, origin.clock.now()).fetch(&*origin.database).await? {
        Some(facts) => facts.live(origin).await,
        None => Ok(None),
    }
}

/// A live refresh token.
#[derive(Debug)]
pub struct LiveRefreshToken {
    /// The token as stored.
    pub record: RefreshToken,
    /// Its family.
    pub grant: Grant,
    /// The user, as the directory knows them now.
    pub person: Person,
}

impl LiveRefreshToken {
    /// When it ends.
    pub fn expires_at(&self) -> UnixTime {
        self.record.expires_at.min(self.grant.expires_at)
    }
}

/// The rows that decide whether a refresh token is live.
#[derive(Debug)]
pub struct RefreshFacts {
    /// The token as stored, used or not.
    pub record: RefreshToken,
    /// Its family, revoked or not.
    pub grant: Grant,
    /// The user, in good standing or not.
    pub account: Option<Account>,
}

/// Reads what decides whether the refresh token with that digest is live. `None`: there is none.
pub fn refresh_facts(digest: &str) -> Query<Option<RefreshFacts>> {
    refresh_tokens::find(digest)
        .and(grants::find(grants::Named::RefreshToken(digest)))
        .and(accounts::find(accounts::Named::RefreshToken(digest)))
        .map(|((record, grant), account)| {
            record.zip(grant).map(|(record, grant)| RefreshFacts { record, grant, account })
        })
}

impl RefreshFacts {
    /// The live refresh token of `client`; `None` if it is unknown, expired, revoked or another client's.
    pub fn live(self, client: &Client, now: UnixTime) -> Option<LiveRefreshToken> {
        let Self { record, grant, account } = self;
        let is_live = grant.client_id == client.client_id()
            && grant.is_live(now)
            && record.consumed_at.is_none()
            && now < record.expires_at;
        let person = account.filter(|_| is_live)?;
        let person = Person::standing(person, grant.created_at, now)?;
        let is_admitted = person.is_admitted_to(&client.application);
        is_admitted.then_some(LiveRefreshToken { record, grant, person })
    }
}
