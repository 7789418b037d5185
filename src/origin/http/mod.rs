//! HTTP requests and responses of the origin: typed parameters, preconditions, and the error
//! formats of OAuth, REST and the legacy envelope.

mod conditions;
mod envelope;
mod error;
pub(super) mod journal;
mod parameters;
pub mod request;
pub mod response;

pub use conditions::{Conditions, EntityTag};
pub use envelope::Envelope;
pub use error::{OAuthError, OAuthErrorCode, RestError};
pub use parameters::{ParameterError, Parameters};
pub use request::Request;
pub use response::Response;
