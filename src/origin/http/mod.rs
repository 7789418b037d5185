//! Requests and answers of the origin: read once into typed parameters at the door, written in
//! the form that each family of routes promises.

mod envelope;
mod error;
pub(super) mod journal;
mod parameters;
pub mod request;
pub mod response;

pub use self::journal::Trace;
pub use envelope::Envelope;
pub use error::{OAuthError, OAuthErrorCode, RestError};
pub use parameters::{ParameterError, Parameters};
pub use request::Request;
pub use response::Response;
