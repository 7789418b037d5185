//! The authorization response: a query, or a form if `response_mode` is `form_post`.

use super::{Pending, Provider, url::pairs};
use crate::core::{secret::Secret, time::UnixTime};

/// Maximum length of a callback, in bytes.
const MAXIMUM_LENGTH: usize = 16 * 1024;
/// Maximum number of parameters, including Apple's `user`.
const MAXIMUM_PARAMETERS: usize = 32;
/// Maximum length of a stored provider error, in characters.
const MAXIMUM_ERROR: usize = 200;

/// An unchecked callback.
#[derive(Clone)]
pub struct Callback {
    parameters: Vec<(String, String)>,
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Callback(…)")
    }
}

/// A code to redeem.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The code.
    pub code: Secret<String>,
    /// Apple's `user`: the user's name, sent only the first time. It is sent by the browser and
    /// unsigned, so it is only used as a display name.
    pub user: Option<String>,
}

/// Why a callback is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// It is too long.
    #[error("the callback is too long")]
    TooLong,
    /// A parameter is repeated, or there are too many (RFC 6749 §3.1).
    #[error("the parameter {0:?} is repeated, or there are too many")]
    Repeated(String),
    /// There is no `state`.
    #[error("state is missing")]
    State,
    /// The login was started with another provider.
    #[error("the login was begun with provider {0:?}")]
    Provider(String),
    /// The provider's issuer has changed since the login was started.
    #[error("the provider's issuer has changed since")]
    IssuerChanged,
    /// It is too late (or precedes the login).
    #[error("the login was begun too long ago")]
    TooLate,
    /// `iss` names another issuer (RFC 9207 §2.4): a mix-up attack.
    #[error("iss is {0:?}, which is not the provider's issuer")]
    Issuer(String),
    /// `iss` is missing although the metadata announces it.
    #[error("iss is missing, which the provider's metadata promises")]
    NoIssuer,
    /// The user or the provider declined.
    #[error("access was denied")]
    Denied,
    /// The provider reports another error.
    #[error("the provider reports {error}: {description}")]
    Failed {
        /// `error`.
        error: String,
        /// `error_description`, or empty.
        description: String,
    },
    /// There is neither code nor error.
    #[error("there is neither a code nor an error")]
    NoCode,
    /// The signature of Telegram's widget is wrong or missing.
    #[error("the callback's hash is wrong")]
    Hash,
    /// Telegram's `auth_date` or `id` is malformed, or too old.
    #[error("the callback's {0} is malformed or too old")]
    Field(&'static str),
}

impl Callback {
    /// Reads the query or the form.
    pub fn parse(text: &str) -> Result<Self, CallbackError> {
        if text.len() > MAXIMUM_LENGTH {
            return Err(CallbackError::TooLong);
        }
        let parameters = pairs(text, MAXIMUM_PARAMETERS).map_err(|mut name| {
            name.truncate(name.char_indices().nth(64).map_or(name.len(), |(at, _)| at));
            CallbackError::Repeated(name)
        })?;
        Ok(Self { parameters })
    }

    /// `state`, the look-up key of the pending login. The caller must check that it belongs to this
    /// browser and is unused.
    pub fn state(&self) -> Result<&str, CallbackError> {
        self.parameter("state").ok_or(CallbackError::State)
    }

    /// The value of a non-empty parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// The value of a parameter, empty or not.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Checks that it answers `pending`, before anything else is read.
    pub(super) fn check(
        &self,
        provider: &Provider<'_>,
        pending: &Pending,
        now: UnixTime,
    ) -> Result<(), CallbackError> {
        self.state()?;
        if pending.provider != provider.settings.name {
            return Err(CallbackError::Provider(pending.provider.clone()));
        }
        if pending.issuer != provider.issuer().map(ToString::to_string) {
            return Err(CallbackError::IssuerChanged);
        }
        if !pending.is_current(now) {
            return Err(CallbackError::TooLate);
        }
        // If the provider's issuer is unknown, `iss` is meaningless; the state binds the login to
        // the provider.
        match (self.parameter("iss"), provider.issuer()) {
            (Some(iss), Some(rule)) if !rule.accepts(iss, None) => {
                Err(CallbackError::Issuer(clipped(iss)))
            }
            (None, _) if provider.promises_issuer() => Err(CallbackError::NoIssuer),
            _ => Ok(()),
        }
    }

    /// The code, if the callback answers `pending`.
    pub fn accept(
        &self,
        provider: &Provider<'_>,
        pending: &Pending,
        now: UnixTime,
    ) -> Result<Grant, CallbackError> {
        self.check(provider, pending, now)?;
        if let Some(error) = self.parameter("error") {
            return Err(self.failure(error));
        }
        match self.parameter(provider.preset.request.code) {
            Some(code) => Ok(Grant {
                code: Secret::new(code.to_owned()),
                user: self.parameter("user").map(str::to_owned),
            }),
            None if provider.preset.request.silent_denial => Err(CallbackError::Denied),
            None => Err(CallbackError::NoCode),
        }
    }

    fn failure(&self, error: &str) -> CallbackError {
        match error {
            // The latter are Apple's and LinkedIn's.
            "access_denied" | "user_cancelled_authorize" | "user_cancelled_login" => {
                CallbackError::Denied
            }
            _ => CallbackError::Failed {
                error: clipped(error),
                description: clipped(self.parameter("error_description").unwrap_or_default()),
            },
        }
    }
}

/// A truncated external text, for the log.
pub(super) fn clipped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAXIMUM_ERROR).collect()
}
