//! Services that send e-mail and SMS over HTTP, as data: one declaration each.

use std::fmt;

use base64ct::{Base64, Encoding};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{
    Channel, Mailbox, Message,
    template::{filled, known},
};
use crate::core::{secret::Secret, time::UnixTime, webhook::SigningSecret};

/// A service, and the request by which it sends a message.
///
/// The texts are templates: `$account`, `$key`, `$from`, `$from.name`, `$from.address`, `$to`,
/// `$to.digits`, `$subject`, `$text`, `$html`, `$kind`, `$channel`.
#[derive(Debug)]
pub struct Declaration {
    /// Its name in `MAIL_SERVICE` or `SMS_SERVICE`.
    pub name: &'static str,
    /// What it sends.
    pub channel: Channel,
    /// Where; empty: what the operator configures.
    url: &'static str,
    authentication: Authentication,
    body: Body,
}

#[derive(Debug)]
enum Authentication {
    /// A header, and the text before the key.
    Header(&'static str, &'static str),
    /// HTTP Basic with that name, and the key as password.
    Basic(&'static str),
    /// The signature of Standard Webhooks 1.0.
    Signature,
}

#[derive(Debug)]
enum Body {
    Json(&'static str),
    Form(&'static [(&'static str, &'static str)]),
}

/// All services.
pub const SERVICES: &[Declaration] = &[
    Declaration {
        name: "resend",
        channel: Channel::Email,
        url: "https://api.resend.com/emails",
        authentication: Authentication::Header("authorization", "Bearer "),
        body: Body::Json(
            r#"{"from": "$from", "to": ["$to"], "subject": "$subject", "text": "$text", "html": "$html"}"#,
        ),
    },
    Declaration {
        name: "sendgrid",
        channel: Channel::Email,
        url: "https://api.sendgrid.com/v3/mail/send",
        authentication: Authentication::Header("authorization", "Bearer "),
        body: Body::Json(
            r#"{"personalizations": [{"to": [{"email": "$to"}]}],
                "from": {"email": "$from.address", "name": "$from.name"}, "subject": "$subject",
                "content": [{"type": "text/plain", "value": "$text"},
                            {"type": "text/html", "value": "$html"}],
                "tracking_settings": {"click_tracking": {"enable": false},
                                      "open_tracking": {"enable": false}}}"#,
        ),
    },
    Declaration {
        name: "postmark",
        channel: Channel::Email,
        url: "https://api.postmarkapp.com/email",
        authentication: Authentication::Header("x-postmark-server-token", ""),
        body: Body::Json(
            r#"{"From": "$from", "To": "$to", "Subject": "$subject", "TextBody": "$text",
                "HtmlBody": "$html", "Tag": "$kind", "TrackOpens": false, "TrackLinks": "None"}"#,
        ),
    },
    Declaration {
        name: "mailgun",
        channel: Channel::Email,
        url: "https://api.mailgun.net/v3/$account/messages",
        authentication: Authentication::Basic("api"),
        body: Body::Form(&[
            ("from", "$from"),
            ("to", "$to"),
            ("subject", "$subject"),
            ("text", "$text"),
            ("html", "$html"),
            ("o:tracking", "no"),
        ]),
    },
    Declaration {
        name: "brevo",
        channel: Channel::Email,
        url: "https://api.brevo.com/v3/smtp/email",
        authentication: Authentication::Header("api-key", ""),
        body: Body::Json(
            r#"{"sender": {"email": "$from.address", "name": "$from.name"}, "to": [{"email": "$to"}],
                "subject": "$subject", "textContent": "$text", "htmlContent": "$html"}"#,
        ),
    },
    Declaration {
        name: "webhook",
        channel: Channel::Email,
        url: "",
        authentication: Authentication::Signature,
        body: Body::Json(
            r#"{"kind": "$kind", "channel": "$channel", "from": "$from", "to": "$to",
                "subject": "$subject", "text": "$text", "html": "$html"}"#,
        ),
    },
    Declaration {
        name: "twilio",
        channel: Channel::Sms,
        url: "https://api.twilio.com/2010-04-01/Accounts/$account/Messages.json",
        authentication: Authentication::Basic("$account"),
        body: Body::Form(&[("To", "$to"), ("From", "$from"), ("Body", "$text")]),
    },
    Declaration {
        name: "vonage",
        channel: Channel::Sms,
        url: "https://api.nexmo.com/v1/messages",
        authentication: Authentication::Basic("$account"),
        body: Body::Json(
            r#"{"message_type": "text", "channel": "sms", "to": "$to.digits", "from": "$from",
                "text": "$text"}"#,
        ),
    },
    Declaration {
        name: "messagebird",
        channel: Channel::Sms,
        url: "https://rest.messagebird.com/messages",
        authentication: Authentication::Header("authorization", "AccessKey "),
        body: Body::Json(
            r#"{"originator": "$from", "recipients": ["$to.digits"], "body": "$text",
                "datacoding": "auto"}"#,
        ),
    },
    Declaration {
        name: "plivo",
        channel: Channel::Sms,
        url: "https://api.plivo.com/v1/Account/$account/Message/",
        authentication: Authentication::Basic("$account"),
        body: Body::Json(r#"{"src": "$from", "dst": "$to.digits", "text": "$text"}"#),
    },
    Declaration {
        name: "webhook",
        channel: Channel::Sms,
        url: "",
        authentication: Authentication::Signature,
        body: Body::Json(
            r#"{"kind": "$kind", "channel": "$channel", "from": "$from", "to": "$to",
                "text": "$text"}"#,
        ),
    },
];

/// The service of that name for `channel`.
pub fn service(channel: Channel, name: &str) -> Option<&'static Declaration> {
    SERVICES.iter().find(|service| service.channel == channel && service.name == name)
}

/// What the operator configures of a service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The sender: `Name <address>` of e-mail; a number, or a name, of SMS.
    pub from: String,
    /// The account (Twilio, Plivo), the API key (Vonage) or the domain (Mailgun).
    pub account: String,
    /// The secret.
    pub key: Secret<String>,
    /// Of a webhook, its address; of others, the scheme and host of a region.
    pub url: String,
}

/// What is missing of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A POST to a service.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The address.
    pub url: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// It contains the key and perhaps a code.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Declaration {
    /// Whether the service can be used with `settings`.
    pub fn check(&self, settings: &Settings) -> Result<(), Refused> {
        let sound = |text: &str| !text.chars().any(char::is_control);
        if settings.key.expose().is_empty() || !sound(settings.key.expose()) {
            return Err(Refused("KEY is missing"));
        }
        if self.channel == Channel::Email && Mailbox::parse(&settings.from).is_none() {
            return Err(Refused("FROM is not Name <address>"));
        }
        if settings.from.is_empty() || !sound(&settings.from) {
            return Err(Refused("FROM is missing"));
        }
        let needs_account = self.url.contains("$account")
            || matches!(self.authentication, Authentication::Basic("$account"));
        if needs_account && settings.account.is_empty() {
            return Err(Refused("ACCOUNT is missing"));
        }
        if self.url.is_empty() && settings.url.is_empty() {
            return Err(Refused("URL is missing"));
        }
        let is_local = ["http://127.0.0.1:", "http://localhost:"];
        let is_local = is_local.iter().any(|start| settings.url.starts_with(start));
        if !settings.url.is_empty() && !settings.url.starts_with("https://") && !is_local {
            return Err(Refused("URL does not begin with https://"));
        }
        Ok(())
    }

    /// The request that sends `message`; a webhook is told its `id` and the time.
    pub fn request(
        &self,
        settings: &Settings,
        message: &Message,
        id: &str,
        now: UnixTime,
    ) -> Request {
        let from = Mailbox::parse(&settings.from);
        let value = |name: &str| match name {
            "account" => Some(settings.account.clone()),
            "from" => Some(from.as_ref().map_or_else(|| settings.from.clone(), Mailbox::text)),
            "from.name" => {
                from.as_ref().map(|from| from.name.clone()).filter(|name| !name.is_empty())
            }
            "from.address" => from.as_ref().map(|from| from.address.address().to_owned()),
            "to" => Some(message.to().address().to_owned()),
            "to.digits" => Some(message.to().address().trim_start_matches('+').to_owned()),
            "subject" => Some(message.subject().to_owned()),
            "text" => Some(message.text().to_owned()),
            "html" => message.html().map(str::to_owned),
            "kind" => Some(message.kind().to_owned()),
            "channel" => Some(message.to().channel().name().to_owned()),
            _ => None,
        };
        let (media, body) = match &self.body {
            Body::Json(template) => {
                let template: Value = serde_json::from_str(template).unwrap_or_default();
                ("application/json", filled(&template, &value).to_string())
            }
            Body::Form(fields) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, template) in *fields {
                    if let Some(text) = known(template, &value) {
                        form.append_pair(name, &text);
                    }
                }
                ("application/x-www-form-urlencoded", form.finish())
            }
        };
        let mut headers =
            vec![("content-type", media.to_owned()), ("accept", "application/json".to_owned())];
        let key = settings.key.expose();
        match self.authentication {
            Authentication::Header(name, prefix) => headers.push((name, format!("{prefix}{key}"))),
            Authentication::Basic(name) => {
                let name = known(name, &value).unwrap_or_default();
                let credentials = Base64::encode_string(format!("{name}:{key}").as_bytes());
                headers.push(("authorization", format!("Basic {credentials}")));
            }
            Authentication::Signature => {
                let bytes =
                    key.strip_prefix("whsec_").and_then(|text| Base64::decode_vec(text).ok());
                let secret = bytes.unwrap_or_else(|| key.as_bytes().to_vec());
                let signature = SigningSecret::of_bytes(secret).sign(id, now, &body);
                headers.push(("webhook-id", id.to_owned()));
                headers.push(("webhook-timestamp", now.0.to_string()));
                headers.push(("webhook-signature", signature));
            }
        }
        Request { url: self.address(settings), headers, body }
    }

    /// The declared address with the account, at the host of the region if one is configured.
    fn address(&self, settings: &Settings) -> String {
        if self.url.is_empty() {
            return settings.url.clone();
        }
        let account = utf8_percent_encode(&settings.account, PATH).to_string();
        let declared = self.url.replace("$account", &account);
        let path = declared.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        match path {
            Some((_, path)) if !settings.url.is_empty() => {
                format!("{}/{path}", settings.url.trim_end_matches('/'))
            }
            _ => declared,
        }
    }
}

/// What a part of a path keeps.
const PATH: &percent_encoding::AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::core::message::{Letter, Recipient};

    fn settings(from: &str) -> Settings {
        Settings {
            from: from.to_owned(),
            account: "account/1".to_owned(),
            key: Secret::new("key".to_owned()),
            url: String::new(),
        }
    }

    fn sent(service: &Declaration) -> String {
        let (to, from) = match service.channel {
            Channel::Email => ("a+b@c.example", "Hanzo, Inc. <no-reply@hanzo.id>"),
            Channel::Sms => ("+491701234567", "Hanzo"),
        };
        let to = Recipient::email(to).or_else(|| Recipient::phone(to)).unwrap();
        let mut settings = settings(from);
        if service.url.is_empty() {
            settings.url = "https://messages.example/in".to_owned();
        }
        service.check(&settings).unwrap();
        let mut text = format!("{} {}\n", service.channel.name(), service.name);
        let letter = Letter::new("Sign in").code("123456");
        let messages = [
            Message::new("signin", to.clone(), "Code \u{fc} & <b>", "Code: 1\n\"two\""),
            Message::of("signin", to, "Code", &letter),
        ];
        let messages = match service.channel {
            Channel::Email => &messages[..],
            Channel::Sms => &messages[..1],
        };
        for message in messages {
            let mut request = service.request(&settings, message, "msg_1", UnixTime(1_800_000_000));
            // The page itself is the letter's test.
            if let Some(html) = message.html() {
                let escaped = serde_json::to_string(html).unwrap();
                let form: String = form_urlencoded::byte_serialize(html.as_bytes()).collect();
                request.body = request.body.replace(&escaped, "\"HTML\"").replace(&form, "HTML");
                for (name, value) in &mut request.headers {
                    if *name == "webhook-signature" {
                        "(of the whole body)".clone_into(value);
                    }
                }
            }
            let _ = writeln!(text, "POST {}", request.url);
            for (name, value) in &request.headers {
                let _ = writeln!(text, "{name}: {value}");
            }
            let _ = write!(text, "\n{}\n\n", request.body);
        }
        text
    }

    /// The exact request of each service.
    #[test]
    fn each_service_is_sent_the_request_of_its_documentation() {
        let all: String = SERVICES.iter().map(sent).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/messages.txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &all).unwrap();
        }
        assert_eq!(all, std::fs::read_to_string(path).unwrap());
    }

    #[test]
    fn a_region_has_the_same_path_at_another_host() {
        let mailgun = service(Channel::Email, "mailgun").unwrap();
        let mut settings = settings("a@b.example");
        settings.account = "mg.hanzo.id".to_owned();
        settings.url = "https://api.eu.mailgun.net/".to_owned();
        assert_eq!(
            mailgun.address(&settings),
            "https://api.eu.mailgun.net/v3/mg.hanzo.id/messages"
        );
    }

    #[test]
    fn settings_that_cannot_work_are_refused_with_what_is_missing() {
        let mailgun = service(Channel::Email, "mailgun").unwrap();
        let with = |change: fn(&mut Settings)| {
            let mut settings = settings("a@b.example");
            change(&mut settings);
            mailgun.check(&settings).map_err(|refused| refused.0)
        };
        assert_eq!(with(|_| {}), Ok(()));
        assert_eq!(with(|settings| settings.url = "http://127.0.0.1:9/".to_owned()), Ok(()));
        for (change, why) in [
            (
                (|settings| settings.key = Secret::new(String::new())) as fn(&mut Settings),
                "KEY is missing",
            ),
            (|settings| settings.key = Secret::new("a\nb".to_owned()), "KEY is missing"),
            (|settings| settings.from = "Hanzo".to_owned(), "FROM is not Name <address>"),
            (|settings| settings.account = String::new(), "ACCOUNT is missing"),
            (
                |settings| settings.url = "http://x.example".to_owned(),
                "URL does not begin with https://",
            ),
        ] {
            assert_eq!(with(change), Err(why));
        }
        let webhook = service(Channel::Sms, "webhook").unwrap();
        assert_eq!(webhook.check(&settings("x")), Err(Refused("URL is missing")));
        assert!(service(Channel::Sms, "resend").is_none());
    }
}
