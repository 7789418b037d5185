//! The client's side of SMTP submission (RFC 5321, RFC 6409) as a state machine: replies in, commands out.
//! It reads and writes nothing itself.

mod dialog;
mod reply;
mod server;

pub use dialog::{Action, Dialog, Envelope};
pub use reply::{Replies, Reply};
pub use server::{Login, Security, Server, ServerError};

use std::fmt;

/// Why a message was not accepted. Nothing of it is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmtpError {
    /// The server refused a step: the step, the code and the text of its reply.
    Refused(&'static str, u16, String),
    /// A reply is not of the form of RFC 5321 §4.2, or too long.
    Malformed,
    /// The server does not offer what the configuration requires.
    Missing(&'static str),
    /// The server sent more before TLS began: an attacker may have added it (RFC 3207 §5).
    Injected,
}

impl fmt::Display for SmtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(step, code, text) => write!(f, "smtp: {step} was refused: {code} {text}"),
            Self::Malformed => f.write_str("smtp: malformed reply"),
            Self::Missing(what) => write!(f, "smtp: the server does not offer {what}"),
            Self::Injected => f.write_str("smtp: replies before TLS began"),
        }
    }
}

impl std::error::Error for SmtpError {}
