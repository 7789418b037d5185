//! Authentication at the origin: the caller of a request, the client, the browser session, CSRF
//! tokens, and sign-in by password.

pub mod caller;
pub mod client;
pub mod csrf;
pub mod home;
pub mod id_token_hint;
pub mod password;
pub mod session;
