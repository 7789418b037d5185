//! Messages that are sent after the response.
//!
//! A request that sends a message to an account must not take longer than one that finds no account
//! (ATTACKS G-98), so that the service is called when the response is on its way.

use std::cell::RefCell;

use super::Origin;
use crate::core::message::Message;

/// The messages of requests whose response is on its way.
#[derive(Debug, Default)]
pub struct Outbox(RefCell<Vec<Message>>);

impl Origin {
    /// Sends `message` after the response.
    pub fn send_later(&self, message: Message) {
        self.outbox.0.borrow_mut().push(message);
    }

    /// Hands over the messages of [`Self::send_later`]: the platform calls it after each response. What a
    /// service does not accept is in the log.
    pub async fn send_outbox(&self) {
        let messages = self.outbox.0.take();
        for message in &messages {
            if let Err(error) = self.messages.send(message).await {
                self.failed("messages.send", error);
            }
        }
    }
}
