//! The standard-conformant provider, the base of the presets.

use super::{
    preset::{
        Access, ClaimNames, EmailTrust, Encoding, Issuers, Preset, Protocol, RequestDialect,
        TokenDialect, UserinfoDialect,
    },
    settings::ClientAuth,
};

/// An authorization request of OpenID Connect Core §3.1.2.1.
pub(super) const REQUEST: RequestDialect = RequestDialect {
    scopes: &["openid", "profile", "email"],
    separator: " ",
    pkce: true,
    nonce: true,
    response_mode: "",
    client_id: "client_id",
    extra: &[],
    fragment: "",
    code: "code",
    silent_denial: false,
};

/// A token request of RFC 6749 §4.1.3.
pub(super) const REDEEM: TokenDialect = TokenDialect {
    encoding: Encoding::Form,
    auth: ClientAuth::SecretBasic,
    names: ["client_id", "client_secret", "grant_type"],
    redirect_uri: true,
    answer: ["access_token", "refresh_token", "expires_in"],
    identity: &[],
};

/// The same with the secret in the body.
pub(super) const REDEEM_POST: TokenDialect =
    TokenDialect { auth: ClientAuth::SecretPost, ..REDEEM };

/// A userinfo request of OpenID Connect Core §5.3.1.
pub(super) const READ: UserinfoDialect = UserinfoDialect {
    access: Access::Bearer,
    query: &[],
    forward: "",
    object: "",
    coded: false,
    emails: "",
};

/// OpenID Connect Core §5.1.
pub(super) const CLAIMS: ClaimNames = ClaimNames {
    subject: &["sub"],
    email: &["email"],
    email_verified: "email_verified",
    name: &["name"],
    username: &["preferred_username", "nickname"],
    picture: &["picture"],
    picture_template: "",
    phone: &["phone_number"],
};

/// A provider that conforms to OpenID Connect.
pub(super) const OIDC: Preset = Preset {
    kind: "Oidc",
    protocol: Protocol::Oidc,
    issuer: "",
    issuers: Issuers::One,
    domain: "",
    tenant: "",
    authorization: "",
    token: "",
    userinfo: "",
    request: REQUEST,
    redeem: REDEEM,
    read: READ,
    claims: CLAIMS,
    email: EmailTrust::ClaimIfTrusted,
};

/// A plain OAuth 2.0 provider, with common claim names.
pub(super) const OAUTH2: Preset = Preset {
    kind: "OAuth2",
    protocol: Protocol::OAuth2,
    request: RequestDialect { scopes: &[], nonce: false, ..REQUEST },
    claims: ClaimNames { subject: &["sub", "id"], ..CLAIMS },
    ..OIDC
};
