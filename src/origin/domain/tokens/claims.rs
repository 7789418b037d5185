//! The claims of our tokens (WIRE §2.1; RFC 9068 §2.2; OIDC Core §2).

use super::acting::{ASSUMPTION, IMPERSONATION};
use crate::{
    core::{
        authority::{Authority, Ceiling, Trust},
        encoding::base64url,
        oauth::disclosure,
        revocation::Sequence,
        signin::Acr,
        time::UnixTime,
        token::{Claims, TokenType},
    },
    origin::{
        Origin,
        domain::people::Person,
        store::{applications::Application, grants::Grant},
    },
};

/// The input of a token's claims.
#[derive(Debug)]
pub struct TokenInput<'a> {
    /// `iss`
    pub issuer: &'a str,
    /// The client that obtains it.
    pub application: &'a Application,
    /// The grant that it belongs to; `None`: the client speaks for itself.
    pub grant: Option<&'a Grant>,
    /// The user; `None`: the client speaks for itself.
    pub person: Option<&'a Person>,
    /// The sign-in that platform authority goes back to.
    pub authenticated_at: Option<UnixTime>,
    /// The authority of the token that is exchanged, which bounds this one.
    pub ceiling: Option<Ceiling<'a>>,
    /// The scope.
    pub scope: String,
    /// The audience.
    pub audience: Vec<String>,
    /// When it ends.
    pub expires_at: UnixTime,
}

impl TokenInput<'_> {
    /// The claims about the person that the client gets.
    fn disclosed(&self, claims: Claims) -> Claims {
        let is_third_party = self.application.trust() == Trust::ThirdParty;
        if self.person.is_some() && is_third_party {
            disclosure::within_scope(claims, &self.scope)
        } else {
            claims
        }
    }

    /// What the tokens carry of the person's authority; `None`: the client speaks for itself.
    pub fn authority(&self, origin: &Origin) -> Option<Authority> {
        let client = self.application;
        let of = |person: &Person| {
            person.authority(origin, client, self.authenticated_at, &self.scope, self.ceiling)
        };
        self.person.map(of)
    }

    /// A new `jti`. It begins with what the token belongs to: its grant, or the client itself.
    fn id(&self, origin: &Origin) -> String {
        let owner = self.grant.map_or(&self.application.client_id, |grant| &grant.id);
        format!("{owner}.{}", base64url(&origin.random.bytes::<16>()))
    }
}

/// What a token belongs to, by its `jti`: the id of a grant or a `client_id`.
pub fn owner_of(jti: &str) -> Option<&str> {
    jti.rsplit_once('.').map(|(owner, _)| owner)
}

/// The claims of an access token that carries `authority`.
pub fn access(origin: &Origin, input: TokenInput<'_>, authority: Option<&Authority>) -> Claims {
    let mut claims = identity(origin, &input, authority);
    claims = input.disclosed(claims);
    claims.gid = input.grant.map_or_else(String::new, |grant| grant.id.clone());
    claims.scope = input.scope;
    claims.aud = input.audience;
    claims.client_id.clone_from(&claims.azp);
    claims
}

/// The claims of an ID token that goes with `access_token` (OIDC Core §3.1.3.6).
pub fn id(
    origin: &Origin,
    input: &TokenInput<'_>,
    authority: Option<&Authority>,
    nonce: Option<&str>,
) -> Claims {
    let mut claims = identity(origin, input, authority);
    claims.token_type = TokenType::Id;
    claims.aud = vec![input.application.client_id.clone()];
    nonce.unwrap_or_default().clone_into(&mut claims.nonce);
    if let Some(person) = input.person {
        // A picture inside the directory would make the token as large as itself.
        let linked = person.user.avatar.starts_with("https://") && person.user.avatar.len() <= 512;
        if linked {
            claims.picture.clone_from(&person.user.avatar);
        }
    }
    input.disclosed(claims)
}

/// The claims that both have in common: issuer, times and subject.
fn identity(origin: &Origin, input: &TokenInput<'_>, authority: Option<&Authority>) -> Claims {
    let now = origin.clock.now();
    let (grant, application) = (input.grant, input.application);
    let claims = Claims {
        iss: input.issuer.to_owned(),
        sub: format!("{}/{}", application.owner, application.name),
        aud: Vec::new(),
        exp: input.expires_at,
        nbf: now,
        iat: now,
        jti: input.id(origin),
        token_type: TokenType::Access,
        gid: String::new(),
        sid: grant.and_then(|grant| grant.session_id.clone()).unwrap_or_default(),
        scope: String::new(),
        azp: application.client_id.clone(),
        client_id: String::new(),
        owner: application.organization.clone(),
        organization: application.organization.clone(),
        orgs: Vec::new(),
        name: application.name.clone(),
        preferred_username: String::new(),
        display_name: application.display_name.clone(),
        email: String::new(),
        email_verified: false,
        picture: String::new(),
        billing_account: format!("org:{}", application.organization),
        kind: "application".to_owned(),
        groups: Vec::new(),
        act: grant.and_then(|grant| grant.actor.clone()),
        auth_time: grant.and_then(|grant| grant.auth_time),
        amr: grant.map_or_else(Vec::new, |grant| grant.methods.clone()),
        acr: grant
            .filter(|grant| !grant.methods.is_empty())
            .map_or_else(String::new, |grant| Acr::of(&grant.methods).as_str().to_owned()),
        seq: Sequence::default(),
        nonce: String::new(),
        at_hash: String::new(),
        imp: grant.is_some_and(|grant| grant.kind == IMPERSONATION),
        assumed: grant
            .filter(|grant| grant.kind == ASSUMPTION)
            .map_or_else(String::new, |grant| grant.organization.clone()),
        cnf: None,
    };
    let (Some(Person { user, .. }), Some(authority)) = (input.person, authority) else {
        return claims;
    };
    let organization = authority.organization();
    Claims {
        sub: user.id.clone(),
        owner: organization.to_owned(),
        organization: organization.to_owned(),
        // A program has no organizations to choose among (WIRE §2.1).
        orgs: if user.is_machine() { Vec::new() } else { authority.roles().to_vec() },
        name: user.name.clone(),
        preferred_username: user.name.clone(),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        email_verified: user.email_verified,
        billing_account: format!("org:{organization}"),
        kind: user.r#type.clone(),
        ..claims
    }
}
