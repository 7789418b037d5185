//! Senders of messages: over HTTP services, over SMTP, and the one that chooses by the channel.

mod http;
mod smtp;

use std::{fmt, rc::Rc};

use async_trait::async_trait;

pub use self::{http::HttpSender, smtp::SmtpSender};
use crate::{
    core::message::{Channel, Message},
    ports::{MessageError, Messages},
};

/// The senders of the channels.
#[derive(Clone, Default)]
pub struct Senders {
    /// Of e-mail.
    pub email: Option<Rc<dyn Messages>>,
    /// Of SMS.
    pub sms: Option<Rc<dyn Messages>>,
}

impl Senders {
    fn of(&self, channel: Channel) -> Option<&Rc<dyn Messages>> {
        match channel {
            Channel::Email => self.email.as_ref(),
            Channel::Sms => self.sms.as_ref(),
        }
    }
}

impl fmt::Debug for Senders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |channel| self.of(channel).is_some();
        write!(f, "Senders(email: {}, sms: {})", known(Channel::Email), known(Channel::Sms))
    }
}

#[async_trait(?Send)]
impl Messages for Senders {
    fn carries(&self, channel: Channel) -> bool {
        self.of(channel).is_some()
    }

    async fn send(&self, message: &Message) -> Result<(), MessageError> {
        match self.of(message.to().channel()) {
            Some(sender) => sender.send(message).await,
            None => Err(MessageError("no service is configured for the channel".to_owned())),
        }
    }
}
