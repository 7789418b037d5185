//! Messages to people.

use std::fmt;

use async_trait::async_trait;

/// A service that delivers messages.
#[async_trait(?Send)]
pub trait Mail {
    /// Hands `message` to the service: it is accepted for delivery, or the reason why it is not.
    async fn send(&self, message: &Message) -> Result<(), MailError>;
}

/// A message to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is for: `invitation`, `address-proof`.
    pub kind: &'static str,
    /// The e-mail address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// The service did not accept the message.
#[derive(Debug, Clone)]
pub struct MailError(pub String);

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mail: {}", self.0)
    }
}

impl std::error::Error for MailError {}
