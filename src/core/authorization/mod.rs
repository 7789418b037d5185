//! The authorization request: parsed once, then decided (RFC 6749 §4.1.1, OIDC Core §3.1.2, RFC
//! 7636, RFC 8707, RFC 9207).
//!
//! The states are types. Parameters become an [`AuthorizationRequest`] or an
//! [`AuthorizationError`], which says whether the error may be sent by a redirect: before the
//! client and its address are verified, there is no redirect (RFC 6749 §4.1.2.1). A request is then
//! [decided](AuthorizationRequest::decide) for the signed-in user.

mod decision;

use std::fmt;

pub use self::decision::{Approval, Interaction, Next, SignedIn};
use super::{
    oauth::{
        description::description,
        pkce::Challenge,
        scope::{Scope, ScopeError},
    },
    redirect::{RedirectError, RedirectUri, ResponseMode},
    signin::Acr,
};

/// What the decision needs to know of the client.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// `client_id`
    pub id: &'a str,
    /// It has no secret, so PKCE is all that protects its codes.
    pub is_public: bool,
    /// Its addresses.
    pub redirect_uris: &'a [String],
    /// Its grant types.
    pub grant_types: &'a [String],
    /// Its scopes beyond the standard ones.
    pub scopes: &'a [String],
    /// The audiences it may ask for.
    pub resources: &'a [String],
}

/// The address and mode of the authorization response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnAddress {
    /// Registered.
    pub redirect: RedirectUri,
    /// Query, fragment or form.
    pub mode: ResponseMode,
    /// Returned unchanged.
    pub state: Option<String>,
}

impl ReturnAddress {
    /// The parameters of a response: those in `answer`, the `state`, and the `iss` (RFC 9207).
    pub fn parameters(
        &self,
        answer: Vec<(&'static str, String)>,
        issuer: &str,
    ) -> Vec<(&'static str, String)> {
        let state = self.state.as_ref().map(|state| ("state", state.clone()));
        answer.into_iter().chain(state).chain([("iss", issuer.to_owned())]).collect()
    }
}

/// A well-formed request for access that the client may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: String,
    /// The address of the response.
    pub return_to: ReturnAddress,
    /// The scope asked for.
    pub scope: Scope,
    /// The audience asked for (RFC 8707).
    pub resource: Option<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// The pages that the person may or must see.
    pub prompt: Prompt,
    /// Whether the person must be asked for consent to what was allowed before
    /// (`prompt=consent`).
    pub asks_consent: bool,
    /// How many seconds ago the sign-in may have been.
    pub max_age: Option<i64>,
    /// The least class of the sign-in: the weakest of `acr_values` (OIDC Core §3.1.2.1, RFC 9470).
    pub acr: Option<Acr>,
    /// The login of the expected person, as it would be typed.
    pub login_hint: Option<String>,
    /// An ID token of the expected person, not yet verified.
    pub id_token_hint: Option<String>,
}

/// `prompt` (OIDC Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    /// A sign-in page only if it is needed.
    #[default]
    WhenNeeded,
    /// Never a page.
    None,
    /// Always a sign-in.
    Login,
    /// The person chooses an account, or signs in to another one.
    SelectAccount,
}

/// Why a request gets no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationError {
    /// The request has no redirect address to trust: an error page is shown.
    Page(&'static str),
    /// The browser is redirected to the client with an error.
    Redirect(ReturnAddress, Complaint),
}

/// The error that the client gets (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// `error`
    pub code: ErrorCode,
    /// `error_description`
    pub description: &'static str,
}

impl Complaint {
    /// No sign-in can satisfy an `id_token_hint` that this client was not issued (OIDC Core
    /// §3.1.2.2).
    pub const UNUSABLE_HINT: Self = Self {
        code: ErrorCode::LoginRequired,
        description: "the id_token_hint is not an ID token that was issued to this client",
    };
    /// The person said no.
    pub const DENIED: Self =
        Self { code: ErrorCode::AccessDenied, description: "the person did not allow the request" };
    /// RFC 9470 §5.
    pub const UNMET: Self = Self {
        code: ErrorCode::UnmetAuthenticationRequirements,
        description: "the account allows no sign-in that is as strong as the request demands",
    };
    /// The page's address has to carry the request.
    pub const TOO_LONG: Self =
        Self { code: ErrorCode::InvalidRequest, description: "the request is too long" };

    /// The parameters `error` and `error_description`.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("error", self.code.as_str().to_owned()),
            ("error_description", description(self.description)),
        ]
    }
}

/// The error codes of the authorization endpoint (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6,
/// RFC 8707 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum ErrorCode {
    InvalidRequest,
    UnauthorizedClient,
    AccessDenied,
    UnsupportedResponseType,
    InvalidScope,
    InvalidTarget,
    LoginRequired,
    InteractionRequired,
    ConsentRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    UnmetAuthenticationRequirements,
}

impl ErrorCode {
    /// The code as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The longest `state`, in characters.
pub const MAXIMUM_STATE: usize = 4096;
/// The longest `nonce` and `login_hint`, in characters.
const MAXIMUM_NONCE: usize = 1024;
const MAXIMUM_LOGIN_HINT: usize = 256;

/// The parameters that are read; others are ignored (RFC 6749 §3.1).
pub const PARAMETERS: [&str; 16] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "acr_values",
    "ui_locales",
];

impl AuthorizationRequest {
    /// Reads the request of `client` from `parameter`, which returns the one value of a name.
    /// Those that are `repeated` have none.
    pub fn read<'a>(
        client: Client<'_>,
        parameter: impl Fn(&str) -> Option<&'a str>,
        repeated: &[&str],
    ) -> Result<Self, AuthorizationError> {
        if repeated.contains(&"redirect_uri") {
            return Err(AuthorizationError::Page("the redirect_uri occurs more than once"));
        }
        let redirect = parameter("redirect_uri")
            .ok_or(AuthorizationError::Page("redirect_uri is required"))
            .and_then(|uri| {
                RedirectUri::registered(uri, client.redirect_uris).map_err(|error| match error {
                    RedirectError::Malformed => {
                        AuthorizationError::Page("the redirect_uri is malformed")
                    }
                    RedirectError::Unregistered => AuthorizationError::Page(
                        "the redirect_uri is not registered for this client",
                    ),
                })
            })?;
        // A client that does not get its state back must refuse the response (RFC 6749 §10.12), so
        // without it there is no redirect.
        if repeated.contains(&"state") {
            return Err(AuthorizationError::Page("the state occurs more than once"));
        }
        let state = parameter("state");
        if state.is_some_and(|state| state.chars().count() > MAXIMUM_STATE) {
            return Err(AuthorizationError::Page("the state is longer than 4096 characters"));
        }
        let mode = parameter("response_mode").map(ResponseMode::from_name);
        let return_to = ReturnAddress {
            redirect,
            mode: mode.flatten().unwrap_or_default(),
            state: state.map(str::to_owned),
        };
        if mode == Some(None) {
            return Err(return_to.complain(
                ErrorCode::InvalidRequest,
                "response_mode must be query, fragment or form_post",
            ));
        }
        // RFC 8707 §2: a token is for one resource.
        if repeated.contains(&"resource") {
            let why = "only one resource may be asked for at a time";
            return Err(return_to.complain(ErrorCode::InvalidTarget, why));
        }
        if !repeated.is_empty() {
            let why = "a parameter occurs more than once";
            return Err(return_to.complain(ErrorCode::InvalidRequest, why));
        }
        match Self::asked(client, &return_to, &parameter) {
            Ok(request) => Ok(request),
            Err((code, description)) => Err(return_to.complain(code, description)),
        }
    }

    fn asked<'a>(
        client: Client<'_>,
        return_to: &ReturnAddress,
        parameter: &impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, (ErrorCode, &'static str)> {
        use ErrorCode as E;
        let within = |name, limit| match parameter(name) {
            Some(text) if text.chars().count() > limit => {
                Err((E::InvalidRequest, "a parameter is too long"))
            }
            other => Ok(other),
        };
        if parameter("request").is_some() {
            return Err((E::RequestNotSupported, "request objects are not supported"));
        }
        if parameter("request_uri").is_some() {
            return Err((E::RequestUriNotSupported, "request_uri is not supported"));
        }
        match parameter("response_type") {
            None => return Err((E::InvalidRequest, "response_type is required")),
            Some("code") => {}
            Some(_) => return Err((E::UnsupportedResponseType, "response_type must be code")),
        }
        if !client.grant_types.iter().any(|grant| grant == "authorization_code") {
            return Err((E::UnauthorizedClient, "the client may not use authorization codes"));
        }
        let scope = Scope::granted(parameter("scope"), client.scopes).map_err(|error| {
            let why = match error {
                ScopeError::Malformed => "the scope is malformed",
                ScopeError::Wider => "the scope goes beyond what this client may have",
            };
            (E::InvalidScope, why)
        })?;
        // A registered resource is absolute and has no fragment, so this is all of RFC 8707 §2.
        let resource = parameter("resource");
        if resource.is_some_and(|resource| !client.resources.iter().any(|known| known == resource))
        {
            return Err((E::InvalidTarget, "the resource is not registered for this client"));
        }
        Ok(Self {
            client_id: client.id.to_owned(),
            return_to: return_to.clone(),
            scope,
            resource: resource.map(str::to_owned),
            nonce: within("nonce", MAXIMUM_NONCE)?.map(str::to_owned),
            challenge: challenge(client, parameter)?,
            prompt: Prompt::read(parameter("prompt"))?,
            asks_consent: asks_consent(parameter("prompt")),
            max_age: max_age(parameter("max_age"))?,
            acr: parameter("acr_values")
                .and_then(|values| values.split(' ').filter_map(Acr::parse).min()),
            login_hint: within("login_hint", MAXIMUM_LOGIN_HINT)?.map(str::to_owned),
            id_token_hint: parameter("id_token_hint").map(str::to_owned),
        })
    }
}

impl Prompt {
    fn read(text: Option<&str>) -> Result<Self, (ErrorCode, &'static str)> {
        let words: Vec<&str> = text.unwrap_or_default().split(' ').collect();
        match words.as_slice() {
            ["" | "consent"] => Ok(Self::WhenNeeded),
            ["none"] => Ok(Self::None),
            words
                if words
                    .iter()
                    .all(|&word| matches!(word, "login" | "select_account" | "consent")) =>
            {
                let signs_in = words.contains(&"login");
                Ok(if signs_in { Self::Login } else { Self::SelectAccount })
            }
            words if words.contains(&"none") => {
                Err((ErrorCode::InvalidRequest, "prompt=none goes with no other value"))
            }
            _ => Err((
                ErrorCode::InvalidRequest,
                "prompt must be none, login, consent or select_account",
            )),
        }
    }
}

impl ReturnAddress {
    fn complain(self, code: ErrorCode, description: &'static str) -> AuthorizationError {
        AuthorizationError::Redirect(self, Complaint { code, description })
    }
}

fn asks_consent(prompt: Option<&str>) -> bool {
    prompt.is_some_and(|prompt| prompt.split(' ').any(|word| word == "consent"))
}

fn max_age(text: Option<&str>) -> Result<Option<i64>, (ErrorCode, &'static str)> {
    let Some(text) = text else { return Ok(None) };
    let is_number = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse().ok().filter(|_| is_number) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err((ErrorCode::InvalidRequest, "max_age must be a number of seconds")),
    }
}

fn challenge<'a>(
    client: Client<'_>,
    parameter: &impl Fn(&str) -> Option<&'a str>,
) -> Result<Option<Challenge>, (ErrorCode, &'static str)> {
    use super::oauth::pkce::ChallengeError;
    match (parameter("code_challenge"), parameter("code_challenge_method")) {
        (Some(text), method) => {
            let challenge = Challenge::parse(text, method).map_err(|error| {
                let why = match error {
                    ChallengeError::Method => "code_challenge_method must be S256",
                    ChallengeError::Form => "the code_challenge is malformed",
                };
                (ErrorCode::InvalidRequest, why)
            })?;
            Ok(Some(challenge))
        }
        (None, Some(_)) => Err((ErrorCode::InvalidRequest, "code_challenge is required")),
        (None, None) if client.is_public => {
            Err((ErrorCode::InvalidRequest, "a public client must send a code_challenge"))
        }
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests;
