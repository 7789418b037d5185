//! Sends e-mail over SMTP.

use std::{fmt, rc::Rc};

use async_trait::async_trait;
use futures_util::future::{Either, select};

use crate::{
    core::{
        message::{Channel, Mailbox, Message, mime},
        smtp::{Action, Dialog, Envelope, Replies, Security, Server},
    },
    ports::{Clock, MessageError, Messages, Random, Sockets, StreamError, Tls},
};

/// Milliseconds that a whole submission may take.
const DEADLINE: u32 = 20_000;

/// A server with the sender's address.
pub struct SmtpSender {
    /// The server.
    pub server: Server,
    /// The sender.
    pub from: Mailbox,
    /// Connections.
    pub sockets: Rc<dyn Sockets>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub random: Rc<dyn Random>,
}

impl fmt::Debug for SmtpSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpSender({}:{})", self.server.host, self.server.port)
    }
}

impl From<StreamError> for MessageError {
    fn from(error: StreamError) -> Self {
        Self(error.to_string())
    }
}

impl From<crate::core::smtp::SmtpError> for MessageError {
    fn from(error: crate::core::smtp::SmtpError) -> Self {
        Self(error.to_string())
    }
}

impl SmtpSender {
    async fn submit(&self, message: &Message) -> Result<(), MessageError> {
        let content = mime(message, &self.from, self.clock.now(), self.random.bytes());
        let envelope = Envelope { from: self.from.address.clone(), to: message.to().clone() };
        let mut dialog = Dialog::new(&self.server, envelope, content);
        let tls = match self.server.security {
            Security::Tls => Tls::Now,
            Security::StartTls => Tls::Later,
            Security::Plain => Tls::Never,
        };
        let mut stream = self.sockets.connect(&self.server.host, self.server.port, tls).await?;
        let mut replies = Replies::default();
        loop {
            let reply = loop {
                if let Some(reply) = replies.take()? {
                    break reply;
                }
                let bytes = stream.read().await?;
                if bytes.is_empty() {
                    return Err(MessageError("smtp: the server closed the connection".to_owned()));
                }
                replies.add(&bytes);
            };
            let mut action = dialog.after(&reply, !replies.is_empty())?;
            if action == Action::StartTls {
                stream.start_tls().await?;
                action = dialog.secured();
            }
            match action {
                Action::Send(bytes) => stream.write(&bytes).await?,
                Action::StartTls => {}
                Action::Done => {
                    // The message is accepted whether or not the server hears this.
                    let _ = stream.write(b"QUIT\r\n").await;
                    return Ok(());
                }
            }
        }
    }
}

#[async_trait(?Send)]
impl Messages for SmtpSender {
    fn carries(&self, channel: Channel) -> bool {
        channel == Channel::Email
    }

    async fn send(&self, message: &Message) -> Result<(), MessageError> {
        if message.to().channel() != Channel::Email {
            return Err(MessageError("smtp: the recipient has no e-mail address".to_owned()));
        }
        let submitted = Box::pin(self.submit(message));
        match select(submitted, self.clock.pause(DEADLINE)).await {
            Either::Left((submitted, _)) => submitted,
            Either::Right(_) => Err(MessageError("smtp: the server took too long".to_owned())),
        }
    }
}
