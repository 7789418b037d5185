//! Request and response vocabulary of the edge: decisions, errors, documents, admissible requests.

mod decision;
mod documents;
mod error;
mod identity;
mod request;
mod response;

pub(super) use documents::{discovery, document};
pub(super) use request::{
    admitted, check_length, is_origin_path, is_page, is_preflight, preflight,
};

pub use decision::{Decision, Forward, Target};
pub use error::{Error, Undelivered};
pub use identity::IdentityHeaders;
pub use response::Response;
