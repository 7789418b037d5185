//! Authentication at the origin: the caller of a request, the client, the browser session, CSRF
//! tokens, and sign-in: by password, and its further steps.

pub mod caller;
pub mod ceremony;
pub mod client;
pub mod cookie;
pub mod csrf;
pub mod enrolling;
pub mod familiar;
pub mod federation;
pub mod flow;
pub mod home;
pub mod id_token_hint;
pub mod methods;
pub mod password;
pub mod session;
pub mod steps;
