//! Provider presets: endpoints and deviations from the standards.

use super::{presets::PRESETS, settings::ClientAuth};

/// A known provider. Texts may contain `{domain}` and `{tenant}`, filled in from the settings.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in a provider record's `type`, as Casdoor writes it.
    pub kind: &'static str,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its issuer, for discovery of endpoints and keys; empty if set in the settings.
    pub issuer: &'static str,
    /// How the issuer of its tokens may differ.
    pub issuers: Issuers,
    /// The default `{domain}`.
    pub domain: &'static str,
    /// The default `{tenant}`.
    pub tenant: &'static str,
    /// The authorization endpoint, if not discovered.
    pub authorization: &'static str,
    /// The token endpoint, if not discovered.
    pub token: &'static str,
    /// The userinfo endpoint, if not discovered; empty if there is none.
    pub userinfo: &'static str,
    /// Deviations of the authorization request from RFC 6749 §4.1.1.
    pub request: RequestDialect,
    /// Deviations of the token request from RFC 6749 §4.1.3.
    pub redeem: TokenDialect,
    /// How claims are read.
    pub read: UserinfoDialect,
    /// The claim names.
    pub claims: ClaimNames,
    /// When its e-mail address counts as verified.
    pub email: EmailTrust,
}

/// The flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OpenID Connect: the ID token identifies the user.
    Oidc,
    /// OAuth 2.0: the userinfo endpoint identifies the user.
    OAuth2,
    /// Alipay's gateway: OAuth 2.0 with signed calls.
    Alipay,
    /// Telegram's login widget: the callback itself is signed.
    TelegramWidget,
}

/// The issuers of a provider's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuers {
    /// The discovered one.
    One,
    /// One for each tenant: `{tenantid}` in the discovered issuer is the token's `tid`, a UUID.
    PerTenant,
}

/// An authorization request.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestDialect {
    /// The default scopes.
    pub scopes: &'static [&'static str],
    /// Their separator.
    pub separator: &'static str,
    /// Whether `code_challenge` is sent (RFC 7636).
    pub pkce: bool,
    /// Whether its ID tokens repeat the `nonce`.
    pub nonce: bool,
    /// `response_mode`, if it is to be sent.
    pub response_mode: &'static str,
    /// The name of `client_id`, here and in the token request.
    pub client_id: &'static str,
    /// Parameters that are always sent.
    pub extra: &'static [(&'static str, &'static str)],
    /// The URL fragment.
    pub fragment: &'static str,
    /// The name of `code` in the callback.
    pub code: &'static str,
    /// Whether a callback without code and error means that the user declined.
    pub silent_denial: bool,
}

/// A token request and its response.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenDialect {
    /// The encoding of its parameters.
    pub encoding: Encoding,
    /// The default client authentication.
    pub auth: ClientAuth,
    /// The names of `client_id`, `client_secret` and `grant_type`.
    pub names: [&'static str; 3],
    /// Whether `redirect_uri` is sent.
    pub redirect_uri: bool,
    /// The names of `access_token`, `refresh_token` and `expires_in` in the response.
    pub answer: [&'static str; 3],
    /// Members of the response that must equal those of the same name in the userinfo.
    pub identity: &'static [&'static str],
}

/// The encoding of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `POST` with a form.
    Form,
    /// `POST` with a JSON object.
    Json,
    /// `GET` with a query, secrets included.
    Query,
}

/// A userinfo request and its response.
#[derive(Debug, PartialEq, Eq)]
pub struct UserinfoDialect {
    /// How the access token is presented.
    pub access: Access,
    /// Parameters that are always sent.
    pub query: &'static [(&'static str, &'static str)],
    /// A member of the token response that is also sent, under that name.
    pub forward: &'static str,
    /// The object that holds the claims, a JSON Pointer (RFC 6901).
    pub object: &'static str,
    /// Whether a `code` other than 0 in the response is an error.
    pub coded: bool,
    /// Path of the e-mail address list below the userinfo endpoint, as at GitHub.
    pub emails: &'static str,
}

/// How an access token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// `Authorization: Bearer` (RFC 6750 §2.1).
    Bearer,
    /// A header of that name.
    Header(&'static str),
    /// The query parameter `access_token`.
    Query,
    /// The same with `appsecret_proof`, its HMAC-SHA-256 by the client secret.
    QueryWithProof,
    /// Not at all: the ID token is posted with `client_id` and `nonce`, and the provider verifies it.
    IdToken,
}

/// Names of claims, the first present one is used. A name that begins with `/` is a JSON Pointer.
#[derive(Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The stable subject.
    pub subject: &'static [&'static str],
    /// The e-mail address.
    pub email: &'static [&'static str],
    /// Whether it is verified.
    pub email_verified: &'static str,
    /// The name to show.
    pub name: &'static [&'static str],
    /// The username.
    pub username: &'static [&'static str],
    /// The picture URL.
    pub picture: &'static [&'static str],
    /// The template of the picture URL, with `{subject}` and `{picture}`; if empty, the claim
    /// itself.
    pub picture_template: &'static str,
    /// The phone number.
    pub phone: &'static [&'static str],
}

/// When an e-mail address counts as verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailTrust {
    /// If the provider's claim says so.
    Claim,
    /// If the claim says so and the settings trust the provider, whose operator controls its
    /// claims.
    ClaimIfTrusted,
    /// If it is the primary, verified one in the address list.
    List,
    /// Never.
    Never,
}

impl Preset {
    /// All presets.
    pub const ALL: &'static [Self] = PRESETS;

    /// The preset of that name; case does not matter.
    pub fn find(kind: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.kind.eq_ignore_ascii_case(kind))
    }
}
