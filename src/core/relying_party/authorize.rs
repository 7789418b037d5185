//! The authorization request (OpenID Connect Core §3.1.2.1) and the state kept until its response.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Provider, preset::Protocol, url::with_query};
use crate::core::{
    encoding::{base64url, sha256},
    random::Random,
    time::UnixTime,
};

/// Lifetime of a pending login, in seconds.
pub const LIFETIME: i64 = 600;

/// `prompt` (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// No page may be shown.
    None,
    /// Reauthentication.
    Login,
    /// Renewed consent.
    Consent,
    /// Account selection.
    SelectAccount,
}

impl Prompt {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// Options of the authorization request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// The login hint; may be empty.
    pub login_hint: &'a str,
    /// The `prompt` value.
    pub prompt: Option<Prompt>,
    /// Maximum authentication age in seconds. Only an ID token proves it: for other providers it is
    /// not sent, and the caller must not treat the login as fresh.
    pub max_age: Option<u32>,
    /// Languages (BCP 47), separated by spaces.
    pub ui_locales: &'a str,
    /// Authentication context classes, separated by spaces.
    pub acr_values: &'a str,
}

/// The redirect, and the state to keep.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The URL. For Telegram's widget it is the `data-auth-url` of the page that shows the widget.
    pub url: String,
    /// The look-up key of `pending`, bound to one browser: the caller stores it, or its digest, in
    /// a cookie and compares.
    pub state: String,
    /// To be stored under the state, and removed when it is read.
    pub pending: Pending,
}

/// A pending login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The provider's record.
    pub provider: String,
    /// The provider's issuer at the time of the request.
    pub issuer: Option<String>,
    /// `nonce`, which the ID token must repeat.
    pub nonce: Option<String>,
    /// The PKCE verifier (RFC 7636 §4.1).
    pub code_verifier: Option<String>,
    /// The redirect URI, repeated in the token request.
    pub redirect_uri: String,
    /// `max_age` of the request: `auth_time` is checked against it.
    pub max_age: Option<u32>,
    /// When the login began.
    pub created_at: UnixTime,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("provider", &self.provider)
            .field("issuer", &self.issuer)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

impl Pending {
    /// Whether the login has not expired.
    pub const fn is_current(&self, now: UnixTime) -> bool {
        let age = now.since(self.created_at);
        age >= 0 && age <= LIFETIME
    }
}

impl Provider<'_> {
    /// Starts a login.
    pub fn authorize(
        &self,
        redirect_uri: &str,
        wish: &Wish<'_>,
        random: &dyn Random,
        now: UnixTime,
    ) -> Authorization {
        let request = &self.preset.request;
        let state = base64url(&random.bytes::<32>());
        let nonce = request.nonce.then(|| base64url(&random.bytes::<32>()));
        let code_verifier = self.uses_pkce().then(|| base64url(&random.bytes::<32>()));
        let pending = Pending {
            provider: self.settings.name.clone(),
            issuer: self.issuer().map(ToString::to_string),
            nonce,
            code_verifier,
            redirect_uri: redirect_uri.to_owned(),
            max_age: wish.max_age.filter(|_| self.preset.protocol == Protocol::Oidc),
            created_at: now,
        };
        let url = match self.preset.protocol {
            Protocol::TelegramWidget => with_query(redirect_uri, [("state", state.as_str())]),
            _ => self.authorization_url(&pending, wish, &state),
        };
        Authorization { url, state, pending }
    }

    fn authorization_url(&self, pending: &Pending, wish: &Wish<'_>, state: &str) -> String {
        let request = &self.preset.request;
        let scope = match self.settings.scopes.as_slice() {
            [] => request.scopes.join(request.separator),
            scopes => scopes.join(request.separator),
        };
        let challenge = pending.code_verifier.as_ref();
        let challenge = challenge.map(|verifier| base64url(&sha256(verifier.as_bytes())));
        let max_age = pending.max_age.map(|seconds| seconds.to_string());
        let own = |name: &str| request.extra.iter().any(|(key, _)| *key == name);
        let prompt = wish.prompt.filter(|_| !own("prompt")).map(Prompt::name);
        let parameters = [
            (request.client_id, self.settings.client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", pending.redirect_uri.as_str()),
            ("scope", &scope),
            ("state", state),
            ("nonce", pending.nonce.as_deref().unwrap_or_default()),
            ("code_challenge", challenge.as_deref().unwrap_or_default()),
            ("code_challenge_method", if challenge.is_some() { "S256" } else { "" }),
            ("response_mode", request.response_mode),
            ("login_hint", wish.login_hint),
            ("prompt", prompt.unwrap_or_default()),
            ("max_age", max_age.as_deref().unwrap_or_default()),
            ("ui_locales", wish.ui_locales),
            ("acr_values", wish.acr_values),
        ];
        let parameters = parameters.into_iter().chain(request.extra.iter().copied());
        with_query(self.authorization_endpoint(), parameters) + request.fragment
    }
}
