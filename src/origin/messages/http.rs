//! Sends messages over the HTTP service of a declaration.

use std::{fmt, rc::Rc};

use async_trait::async_trait;

use crate::{
    core::{
        encoding::uuid,
        message::{Channel, Declaration, Message, Refused, Request, Settings},
    },
    ports::{Clock, Http, HttpRequest, MessageError, Messages, Random},
};

/// A service with its settings.
pub struct HttpSender {
    service: &'static Declaration,
    settings: Settings,
    http: Rc<dyn Http>,
    clock: Rc<dyn Clock>,
    random: Rc<dyn Random>,
}

impl HttpSender {
    /// The sender, if the settings suffice.
    pub fn new(
        service: &'static Declaration,
        settings: Settings,
        http: Rc<dyn Http>,
        clock: Rc<dyn Clock>,
        random: Rc<dyn Random>,
    ) -> Result<Self, Refused> {
        service.check(&settings)?;
        Ok(Self { service, settings, http, clock, random })
    }
}

impl fmt::Debug for HttpSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpSender({})", self.service.name)
    }
}

#[async_trait(?Send)]
impl Messages for HttpSender {
    fn carries(&self, channel: Channel) -> bool {
        self.service.channel == channel
    }

    async fn send(&self, message: &Message) -> Result<(), MessageError> {
        let id = format!("msg_{}", uuid(self.random.bytes()));
        let now = self.clock.now();
        let Request { url, headers, body } =
            self.service.request(&self.settings, message, &id, now);
        let request = HttpRequest { method: "POST", url, headers, body: body.into_bytes() };
        let name = self.service.name;
        match self.http.send(request).await {
            Ok(response) if response.is_success() => Ok(()),
            Ok(response) => Err(MessageError(format!("{name}: status {}", response.status))),
            Err(error) => Err(MessageError(format!("{name}: {error}"))),
        }
    }
}
