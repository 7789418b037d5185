//! HTTP requests and responses of the origin: typed parameters, conditions, and the error forms of
//! OAuth, REST and the older envelope.

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
