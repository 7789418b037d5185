//! Services that deliver messages to users.

use std::fmt;

use async_trait::async_trait;

use crate::core::message::{Channel, Message};

/// Sends e-mail, SMS or both.
#[async_trait(?Send)]
pub trait Messages {
    /// Whether messages of that channel can be sent.
    fn carries(&self, channel: Channel) -> bool;

    /// Hands `message` to the service: it is accepted for delivery, or the reason why it is not.
    async fn send(&self, message: &Message) -> Result<(), MessageError>;
}

/// The service did not accept the message. The text is for the log.
#[derive(Debug, Clone)]
pub struct MessageError(pub String);

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "messages: {}", self.0)
    }
}

impl std::error::Error for MessageError {}
