//! Provider presets: endpoints and deviations from the standards.

use super::{presets::PRESETS, settings::ClientAuth};

/// A known provider. Texts may hold `{domain}` and `{tenant}`, which the settings fill in.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in a provider record's `type`, as Casdoor writes it.
    pub kind: &'static str,
    /// How it signs people in.
    pub protocol: Protocol,
    /// Its issuer, from which endpoints and keys are discovered; empty for one that the settings name.
    pub issuer: &'static str,
    /// How the issuer of its tokens may differ from that.
    pub issuers: Issuers,
    /// The `{domain}` unless the settings name one.
    pub domain: &'static str,
    /// The `{tenant}` unless the settings name one.
    pub tenant: &'static str,
    /// Where the browser is sent, if it is not discovered.
    pub authorization: &'static str,
    /// Where a code is redeemed, if it is not discovered.
    pub token: &'static str,
    /// Where claims are read, if it is not discovered; empty if there is no such endpoint.
    pub userinfo: &'static str,
    /// How the authorization request departs from RFC 6749 §4.1.1.
    pub request: RequestDialect,
    /// How the token request departs from RFC 6749 §4.1.3.
    pub redeem: TokenDialect,
    /// How claims are read.
    pub read: UserinfoDialect,
    /// What the claims are called.
    pub claims: ClaimNames,
    /// When its e-mail address counts as verified.
    pub email: EmailTrust,
}

/// The flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OpenID Connect: the ID token tells who signed in.
    Oidc,
    /// OAuth 2.0: the userinfo endpoint tells it.
    OAuth2,
    /// Alipay's gateway: OAuth 2.0 by signed calls.
    Alipay,
    /// Telegram's login widget: the callback itself is signed.
    TelegramWidget,
}

/// Which issuers a provider's tokens name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuers {
    /// The one that was discovered.
    One,
    /// One for each tenant: `{tenantid}` in the discovered issuer is the token's `tid`, a UUID.
    PerTenant,
}

/// An authorization request.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestDialect {
    /// The scopes that are asked for unless the settings name others.
    pub scopes: &'static [&'static str],
    /// What separates them.
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
    /// What the URL ends with.
    pub fragment: &'static str,
    /// The name of `code` in the callback.
    pub code: &'static str,
    /// Whether a callback without code and error means that the person declined.
    pub silent_denial: bool,
}

/// A token request and its answer.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenDialect {
    /// How its parameters travel.
    pub encoding: Encoding,
    /// How the client authenticates unless the settings say otherwise.
    pub auth: ClientAuth,
    /// The names of `client_id`, `client_secret` and `grant_type`.
    pub names: [&'static str; 3],
    /// Whether `redirect_uri` is sent.
    pub redirect_uri: bool,
    /// The names of `access_token`, `refresh_token` and `expires_in` in the answer.
    pub answer: [&'static str; 3],
    /// Members of the answer that must agree with those of that name in the userinfo.
    pub identity: &'static [&'static str],
}

/// How parameters travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `POST` with a form.
    Form,
    /// `POST` with a JSON object.
    Json,
    /// `GET` with a query, secrets included.
    Query,
}

/// A userinfo request and its answer.
#[derive(Debug, PartialEq, Eq)]
pub struct UserinfoDialect {
    /// How the access token is presented.
    pub access: Access,
    /// Parameters that are always sent.
    pub query: &'static [(&'static str, &'static str)],
    /// A member of the token response that is sent by that name too.
    pub forward: &'static str,
    /// The object that holds the claims, a JSON Pointer (RFC 6901).
    pub object: &'static str,
    /// Whether `code` other than 0 in the answer is an error.
    pub coded: bool,
    /// Below the userinfo endpoint: the list of e-mail addresses, as GitHub has it.
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

/// Names of claims, the first that is present counts. One that begins with `/` is a JSON Pointer.
#[derive(Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The person, unchanging.
    pub subject: &'static [&'static str],
    /// The e-mail address.
    pub email: &'static [&'static str],
    /// Whether that is verified.
    pub email_verified: &'static str,
    /// The name to show.
    pub name: &'static [&'static str],
    /// The name to sign in by.
    pub username: &'static [&'static str],
    /// The address of a picture.
    pub picture: &'static [&'static str],
    /// How that is made of the claim: `{subject}` and `{picture}` are filled in. Empty: it is the claim.
    pub picture_template: &'static str,
    /// The phone number.
    pub phone: &'static [&'static str],
}

/// When an e-mail address counts as verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailTrust {
    /// If the provider's claim says so.
    Claim,
    /// If the claim says so and the settings trust the provider: whoever runs it decides what it claims.
    ClaimIfTrusted,
    /// If it is the primary, verified one of the list of addresses.
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
