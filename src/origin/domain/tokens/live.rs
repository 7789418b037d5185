//! Tokens that are good at this moment: on record, not revoked, and their user, application and
//! organization still in good standing.

use crate::{
    core::{
        authority::{
            Authority, Ceiling, Directory,
            resource::{Presenter, directory_accepts},
        },
        encoding::digest,
        oauth::audience::audience,
        time::UnixTime,
        token::{self, Audience, Claims, Expectation, KeySet, TokenError, Verified},
    },
    origin::{
        Origin,
        authn::client::Client,
        domain::{
            authority::{self, TokenLimits},
            keyring, revocation,
            subject::{self, Person},
        },
        http::OAuthError,
        store::{
            access_tokens::{self, LiveToken},
            applications::{self, Application},
            grants::{self, Grant},
            organizations,
            refresh_tokens::{self, RefreshToken},
        },
    },
};

/// A live access token.
#[derive(Debug)]
pub struct Live {
    /// What it says.
    pub claims: Verified<Claims>,
    /// What is on record of it.
    pub record: LiveToken,
    /// The client that obtained it.
    pub application: Application,
    /// The user, as the directory knows them now; `None`: the client itself.
    pub person: Option<Person>,
    /// What the token carries now.
    pub authority: Authority,
}

impl Live {
    /// Whether the directory under `/v1/iam` takes it, as far as its audience and scope go.
    pub fn opens_directory(&self, issuers: &[String]) -> bool {
        let presenter = Presenter {
            own_audience: &audience(None, self.application.registration(), &self.claims.owner),
            trust: &self.application.trust(),
            acts_for_itself: self.person.is_none() && !self.application.capabilities.is_empty(),
        };
        self.authority.directory() > Directory::Closed
            && directory_accepts(&self.claims.aud, presenter, issuers)
    }
}

/// A live refresh token.
#[derive(Debug)]
pub struct LiveRefresh {
    /// What is on record of it.
    pub record: RefreshToken,
    /// Its family.
    pub grant: Grant,
    /// The user, as the directory knows them now.
    pub person: Person,
}

impl LiveRefresh {
    /// When it ends.
    pub fn expires_at(&self) -> UnixTime {
        self.record.expires_at.min(self.grant.expires_at)
    }
}

/// The live refresh token of `client` that `text` is; `None` if it is not one, whatever the reason.
pub async fn refresh_token(
    origin: &Origin,
    client: &Client,
    text: &str,
) -> Result<Option<LiveRefresh>, OAuthError> {
    let database = &*origin.database;
    let now = origin.clock.now();
    let Some(record) = refresh_tokens::find(database, &digest(text)).await? else {
        return Ok(None);
    };
    let grant = grants::find(database, &record.grant_id).await?;
    let Some(grant) = grant
        .filter(|grant| grant.client_id == client.client_id() && grant.is_live(now))
        .filter(|_| record.consumed_at.is_none() && now < record.expires_at)
    else {
        return Ok(None);
    };
    let Some(user_id) = &grant.user_id else { return Ok(None) };
    let person = subject::standing(origin, user_id, grant.created_at).await?;
    let person = person.filter(|person| person.is_admitted_to(&client.application));
    Ok(person.map(|person| LiveRefresh { record, grant, person }))
}

/// The live access token that `text` is; `None` if it is not one, whatever the reason.
pub async fn access_token(origin: &Origin, text: &str) -> Result<Option<Live>, OAuthError> {
    let Some(claims) = verified(origin, text).await? else { return Ok(None) };
    let database = &*origin.database;
    if revocation::is_revoked(origin, &claims).await? {
        return Ok(None);
    }
    let Some(record) = access_tokens::live(database, &claims.jti, origin.clock.now()).await? else {
        return Ok(None);
    };
    let application = applications::find_by_client_id(database, &record.client_id).await?;
    let Some(application) = application.filter(|known| !known.is_disabled) else {
        return Ok(None);
    };
    if !organizations::is_live(database, &application.organization).await? {
        return Ok(None);
    }
    let Some(user_id) = &record.user_id else {
        let authority = authority::of_application(origin, &application);
        return Ok(Some(Live { claims, record, application, person: None, authority }));
    };
    let Some(person) = subject::standing(origin, user_id, claims.iat).await? else {
        return Ok(None);
    };
    let (roles, grant, at) = (&person.roles, &record.grant_id, claims.auth_time);
    let limits = TokenLimits {
        client: &application,
        scope: &claims.scope,
        authenticated_at: authority::platform_sign_in(origin, &application, roles, grant, at)
            .await?,
        ceiling: claims.act.is_some().then(|| Ceiling::of(&claims)),
    };
    let authority = authority::of_token(origin, &person.user, &person.roles, limits);
    if authority.is_void() {
        return Ok(None);
    }
    Ok(Some(Live { claims, record, application, person: Some(person), authority }))
}

/// The claims of an access token of ours that has not expired, revoked or not.
pub async fn verified(origin: &Origin, text: &str) -> Result<Option<Verified<Claims>>, OAuthError> {
    let keys: KeySet = keyring::public_keys(origin).await?.into_iter().collect();
    let issuers = origin.config.issuers();
    let expectation = Expectation::access(&issuers, Audience::Whoever, origin.clock.now());
    match token::verify(&*origin.crypto, &keys, text, &expectation).await {
        Ok(claims) => Ok(Some(claims)),
        Err(TokenError::Backend(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}
