//! Parameter schemas of the OAuth endpoints for the OpenAPI document. The handlers parse
//! [`Parameters`](crate::origin::http::Parameters) by each grant's rules.

/// A token request (RFC 6749 §3.2). Which parameters are required depends on the grant.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenForm {
    /// `authorization_code`, `refresh_token`, `client_credentials`, `password`, or the URN of the
    /// device grant (RFC 8628) or of token exchange (RFC 8693).
    pub grant_type: String,
    /// The client, unless it authenticates by Basic.
    pub client_id: Option<String>,
    /// Its secret, unless it authenticates by Basic.
    pub client_secret: Option<String>,
    /// The authorization code.
    pub code: Option<String>,
    /// The PKCE verifier of the code (RFC 7636 §4.5).
    pub code_verifier: Option<String>,
    /// The redirect URI of the authorization request.
    pub redirect_uri: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// The device code.
    pub device_code: Option<String>,
    /// The username of the password grant.
    pub username: Option<String>,
    /// The password of the password grant.
    pub password: Option<String>,
    /// The scope, separated by spaces.
    pub scope: Option<String>,
    /// The resource that the token is for (RFC 8707).
    pub resource: Option<String>,
    /// The audience of an exchange (RFC 8693 §2.1).
    pub audience: Option<String>,
    /// The token to exchange.
    pub subject_token: Option<String>,
    /// Its type.
    pub subject_token_type: Option<String>,
    /// The token of who acts.
    pub actor_token: Option<String>,
    /// Its type.
    pub actor_token_type: Option<String>,
    /// The type of the token to issue.
    pub requested_token_type: Option<String>,
}

/// A request about a token: introspection (RFC 7662 §2.1), revocation (RFC 7009 §2.1).
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AboutToken {
    /// The token.
    pub token: String,
    /// Read and not needed: the kinds of token cannot be confused.
    pub token_type_hint: Option<String>,
    /// The client, unless it authenticates by Basic.
    pub client_id: Option<String>,
    /// Its secret, unless it authenticates by Basic.
    pub client_secret: Option<String>,
}

/// A device authorization request (RFC 8628 §3.1).
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeviceForm {
    /// The client, unless it authenticates by Basic.
    pub client_id: Option<String>,
    /// Its secret, unless it authenticates by Basic.
    pub client_secret: Option<String>,
    /// The scope, separated by spaces.
    pub scope: Option<String>,
    /// The resource that the token is for (RFC 8707).
    pub resource: Option<String>,
}

/// The token of a userinfo request by POST (RFC 6750 §2.2).
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BearerForm {
    /// The access token, unless it is in the `Authorization` header.
    pub access_token: Option<String>,
}
