//! The message senders configured in the environment: `MAIL_*` and `SMS_*`, the service bindings
//! `MAIL` and `SMS`, and Cloudflare's binding `SEND_EMAIL`.

use std::rc::Rc;

use async_trait::async_trait;
use js_sys::Promise;
use serde_json::json;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use super::{
    Environment, EnvironmentError, Internet, Service, message, sockets::CloudflareSockets,
};
use crate::{
    core::{
        message::{Channel, Mailbox, Message, Settings, mime, service},
        secret::Secret,
        smtp::{Login, Server},
    },
    origin::messages::{HttpSender, Senders, SmtpSender},
    ports::{Clock, Http, HttpRequest, MessageError, Messages, Random},
};

/// The names of the settings of a channel.
struct Names {
    channel: Channel,
    binding: &'static str,
    service: &'static str,
    from: &'static str,
    account: &'static str,
    key: &'static str,
    url: &'static str,
}

const EMAIL: Names = Names {
    channel: Channel::Email,
    binding: "MAIL",
    service: "MAIL_SERVICE",
    from: "MAIL_FROM",
    account: "MAIL_ACCOUNT",
    key: "MAIL_KEY",
    url: "MAIL_URL",
};

const SMS: Names = Names {
    channel: Channel::Sms,
    binding: "SMS",
    service: "SMS_SERVICE",
    from: "SMS_FROM",
    account: "SMS_ACCOUNT",
    key: "SMS_KEY",
    url: "SMS_URL",
};

impl Environment {
    /// The senders of e-mail and SMS.
    pub(super) fn senders(
        &self,
        clock: &Rc<dyn Clock>,
        random: &Rc<dyn Random>,
    ) -> Result<Senders, EnvironmentError> {
        Ok(Senders {
            email: self.sender(&EMAIL, clock, random)?,
            sms: self.sender(&SMS, clock, random)?,
        })
    }

    fn sender(
        &self,
        names: &Names,
        clock: &Rc<dyn Clock>,
        random: &Rc<dyn Random>,
    ) -> Result<Option<Rc<dyn Messages>>, EnvironmentError> {
        let (clock, random) = (Rc::clone(clock), Rc::clone(random));
        let Some(name) = self.text(names.service) else {
            let binding = self.binding(names.binding);
            return Ok(binding.map(|binding| {
                let service = Service(binding.unchecked_into());
                Rc::new(MessageService { service, channel: names.channel }) as _
            }));
        };
        let text = |name: &str| self.text(name).unwrap_or_default();
        let from = || {
            let from = Mailbox::parse(&text(names.from));
            from.ok_or(EnvironmentError::new(names.from, "is not Name <address>"))
        };
        match (names.channel, name.as_str()) {
            (Channel::Email, "smtp") => {
                let name = text(names.account);
                let login = (!name.is_empty())
                    .then(|| Login { name, password: Secret::new(text(names.key)) });
                let server = Server::parse(&text(names.url), login).map_err(|_| {
                    EnvironmentError::new(names.url, "is neither smtps://host nor smtp://host")
                })?;
                let sockets = Rc::new(CloudflareSockets);
                Ok(Some(Rc::new(SmtpSender { server, from: from()?, sockets, clock, random })))
            }
            (Channel::Email, "cloudflare") => {
                let binding = self.required_binding("SEND_EMAIL")?;
                Ok(Some(Rc::new(SendEmail { binding, from: from()?, clock, random })))
            }
            _ => {
                let service = service(names.channel, &name)
                    .ok_or(EnvironmentError::new(names.service, "is not the name of a service"))?;
                let settings = Settings {
                    from: text(names.from),
                    account: text(names.account),
                    key: Secret::new(text(names.key)),
                    url: text(names.url),
                };
                let sender = HttpSender::new(service, settings, Rc::new(Internet), clock, random);
                let sender =
                    sender.map_err(|refused| EnvironmentError::new(names.service, refused.0))?;
                Ok(Some(Rc::new(sender)))
            }
        }
    }
}

/// A worker of the operator that sends messages. It takes `POST /messages` with
/// `{kind, channel, to, subject, text, html}`, and responds with 2xx once it has accepted the message.
#[derive(Debug, Clone)]
struct MessageService {
    service: Service,
    channel: Channel,
}

#[async_trait(?Send)]
impl Messages for MessageService {
    fn carries(&self, channel: Channel) -> bool {
        self.channel == channel
    }

    async fn send(&self, message: &Message) -> Result<(), MessageError> {
        let body = json!({
            "kind": message.kind(),
            "channel": message.to().channel().name(),
            "to": message.to().address(),
            "subject": message.subject(),
            "text": message.text(),
            "html": message.html(),
        });
        let request = HttpRequest {
            method: "POST",
            url: "https://mail/messages".to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        };
        let response = self.service.send(request).await;
        let response = response.map_err(|error| MessageError(error.to_string()))?;
        if response.is_success() {
            Ok(())
        } else {
            Err(MessageError(format!("status {}", response.status)))
        }
    }
}

#[wasm_bindgen(module = "/src/platform/workers/sockets.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn send_email(binding: &JsValue, from: &str, to: &str, raw: &str) -> Result<Promise, JsValue>;
}

/// Cloudflare's binding that sends e-mail.
struct SendEmail {
    binding: JsValue,
    from: Mailbox,
    clock: Rc<dyn Clock>,
    random: Rc<dyn Random>,
}

#[async_trait(?Send)]
impl Messages for SendEmail {
    fn carries(&self, channel: Channel) -> bool {
        channel == Channel::Email
    }

    async fn send(&self, sent: &Message) -> Result<(), MessageError> {
        let raw = mime(sent, &self.from, self.clock.now(), self.random.bytes());
        let (from, to) = (self.from.address.address(), sent.to().address());
        let failed = |error: JsValue| MessageError(format!("cloudflare: {}", message(&error)));
        let accepted = send_email(&self.binding, from, to, &raw).map_err(failed)?;
        JsFuture::from(accepted).await.map_err(failed)?;
        Ok(())
    }
}
