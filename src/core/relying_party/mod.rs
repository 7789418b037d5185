//! OAuth 2.0 and OpenID Connect client: sign-in through an external identity provider.
//!
//! ```text
//! settings ─┬─▶ discovery ─▶ Provider ──authorize──▶ URL to redirect to, Pending to store
//!           │                    │
//! callback ─┴─▶ Callback ──accept─▶ Grant ──token_request──▶ Tokens ──verify──▶ IdToken
//!                                                              │                  │
//!                                                              └──userinfo──▶ Login
//! ```
//!
//! Requests are returned as [`HttpCall`] values; the caller sends them and passes the responses
//! back. What differs between providers is data in [`preset`]; only Alipay's signed gateway and
//! Telegram's widget have code of their own.

pub mod alipay;
pub mod authorize;
pub mod callback;
mod client_auth;
pub mod discovery;
pub mod http;
pub mod id_token;
pub mod jws;
pub mod keys;
pub mod login;
pub mod logout;
pub mod preset;
mod presets;
pub mod provider;
pub mod settings;
mod standard;
pub mod telegram;
#[cfg(test)]
mod tests;
pub mod token_request;
pub mod token_response;
mod url;
pub mod userinfo;

pub use authorize::{Authorization, Pending, Prompt};
pub use callback::{Callback, CallbackError, Grant};
pub use discovery::Metadata;
pub use http::{HttpCall, Method, Reply};
pub use id_token::{IdToken, IdTokenError};
pub use keys::JsonWebKeys;
pub use login::Login;
pub use preset::Preset;
pub use provider::Provider;
pub use settings::{ClientAuth, ProviderSettings, SettingsError, SigningKey};
pub use token_response::Tokens;
pub use userinfo::Userinfo;

/// Seconds by which the provider's clock may differ from ours (ATTACKS A-18).
pub const SKEW: i64 = 60;
