//! The steps of one submission: greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, QUIT.

use base64ct::{Base64, Encoding};

use super::{Login, Reply, Security, Server, SmtpError};
use crate::core::message::Recipient;

/// From and to whom the message goes.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The sender, to which bounces go.
    pub from: Recipient,
    /// The recipient.
    pub to: Recipient,
}

/// What to do after a reply.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes, then wait for the next reply.
    Send(Vec<u8>),
    /// Begin TLS, then ask [`Dialog::secured`].
    StartTls,
    /// The message is accepted. Send `QUIT` and close; no reply is waited for.
    Done,
}

/// It may contain a password.
impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Send(_) => "Send(…)",
            Self::StartTls => "StartTls",
            Self::Done => "Done",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Greeting,
    Ehlo,
    StartTls,
    Plain,
    LoginName,
    LoginPassword,
    LoginDone,
    Mail,
    Recipient,
    Data,
    Content,
    Done,
}

/// One submission.
pub struct Dialog {
    security: Security,
    login: Option<Login>,
    envelope: Envelope,
    content: String,
    domain: String,
    state: State,
    is_secure: bool,
    international: bool,
}

impl std::fmt::Debug for Dialog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialog").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Dialog {
    /// The submission of `content`, a message with CRLF, to `server`. It begins with the server's reply.
    pub fn new(server: &Server, envelope: Envelope, content: String) -> Self {
        let domain = envelope.from.address().rsplit_once('@').map_or("", |(_, domain)| domain);
        // RFC 5321 §4.1.1.1: the name must be one of the DNS.
        let domain = if domain.is_ascii() { domain } else { "localhost" }.to_owned();
        Self {
            security: server.security,
            login: server.login.clone(),
            envelope,
            content,
            domain,
            state: State::Greeting,
            is_secure: server.security == Security::Tls,
            international: false,
        }
    }

    /// What to do after `reply`. `rest`: whether bytes after it have come already.
    pub fn after(&mut self, reply: &Reply, has_more: bool) -> Result<Action, SmtpError> {
        match self.state {
            State::Greeting => {
                expect("the connection", reply, 220)?;
                Ok(self.hello())
            }
            State::Ehlo => {
                expect("EHLO", reply, 250)?;
                self.after_hello(reply)
            }
            State::StartTls => {
                expect("STARTTLS", reply, 220)?;
                if has_more { Err(SmtpError::Injected) } else { Ok(Action::StartTls) }
            }
            State::LoginName => {
                expect("AUTH", reply, 334)?;
                let name = self.login.as_ref().map(|login| login.name.clone()).unwrap_or_default();
                Ok(self.line(State::LoginPassword, &Base64::encode_string(name.as_bytes())))
            }
            State::LoginPassword => {
                expect("AUTH", reply, 334)?;
                let password = self.login.as_ref().map(|login| login.password.expose().as_bytes());
                let password = Base64::encode_string(password.unwrap_or_default());
                Ok(self.line(State::LoginDone, &password))
            }
            State::Plain | State::LoginDone => {
                expect("AUTH", reply, 235)?;
                Ok(self.mail())
            }
            State::Mail => {
                expect("MAIL", reply, 250)?;
                let command = format!("RCPT TO:<{}>", self.envelope.to.address());
                Ok(self.line(State::Recipient, &command))
            }
            State::Recipient => {
                if reply.code != 251 {
                    expect("RCPT", reply, 250)?;
                }
                Ok(self.line(State::Data, "DATA"))
            }
            State::Data => {
                expect("DATA", reply, 354)?;
                self.state = State::Content;
                Ok(Action::Send(stuffed(&self.content).into_bytes()))
            }
            State::Content => {
                expect("the message", reply, 250)?;
                self.state = State::Done;
                Ok(Action::Done)
            }
            State::Done => Err(SmtpError::Malformed),
        }
    }

    /// What to do once TLS has begun: what the server offered before counts no longer (RFC 3207 §4.2).
    pub fn secured(&mut self) -> Action {
        self.is_secure = true;
        self.hello()
    }

    fn hello(&mut self) -> Action {
        let command = format!("EHLO {}", self.domain);
        self.line(State::Ehlo, &command)
    }

    fn after_hello(&mut self, reply: &Reply) -> Result<Action, SmtpError> {
        let offered = || reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase());
        let offers = |name: &str| offered().any(|line| line.split(' ').next() == Some(name));
        if self.security == Security::StartTls && !self.is_secure {
            if !offers("STARTTLS") {
                return Err(SmtpError::Missing("STARTTLS"));
            }
            return Ok(self.line(State::StartTls, "STARTTLS"));
        }
        let is_ascii = |recipient: &Recipient| recipient.address().is_ascii();
        if !is_ascii(&self.envelope.from) || !is_ascii(&self.envelope.to) {
            if !offers("SMTPUTF8") {
                return Err(SmtpError::Missing("SMTPUTF8, which the address needs"));
            }
            self.international = true;
        }
        let Some(login) = &self.login else { return Ok(self.mail()) };
        // `AUTH=` is an old spelling of some servers.
        let mechanisms: Vec<String> = offered()
            .filter_map(|line| line.strip_prefix("AUTH").map(|rest| rest.replace('=', " ")))
            .flat_map(|rest| rest.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let has = |name: &str| mechanisms.iter().any(|mechanism| mechanism == name);
        if has("PLAIN") {
            // RFC 4616 §2.
            let text = format!("\0{}\0{}", login.name, login.password.expose());
            let command = format!("AUTH PLAIN {}", Base64::encode_string(text.as_bytes()));
            Ok(self.line(State::Plain, &command))
        } else if has("LOGIN") {
            Ok(self.line(State::LoginName, "AUTH LOGIN"))
        } else {
            Err(SmtpError::Missing("AUTH PLAIN or LOGIN"))
        }
    }

    fn mail(&mut self) -> Action {
        let options = if self.international { " SMTPUTF8 BODY=8BITMIME" } else { "" };
        let command = format!("MAIL FROM:<{}>{options}", self.envelope.from.address());
        self.line(State::Mail, &command)
    }

    fn line(&mut self, next: State, command: &str) -> Action {
        self.state = next;
        Action::Send(format!("{command}\r\n").into_bytes())
    }
}

fn expect(step: &'static str, reply: &Reply, code: u16) -> Result<(), SmtpError> {
    if reply.code == code {
        Ok(())
    } else {
        Err(SmtpError::Refused(step, reply.code, reply.summary()))
    }
}

/// `content` as DATA transports it: with CRLF only, a dot before each line that begins with one, and the
/// dot that ends it (RFC 5321 §4.5.2). A lone CR or LF, which servers read differently, becomes CRLF.
fn stuffed(content: &str) -> String {
    let content = content.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(content.len() + 64);
    for line in content.trim_end_matches('\n').split('\n') {
        if line.starts_with('.') {
            out.push('.');
        }
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.push_str(".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{secret::Secret, smtp::Replies};

    fn dialog(url: &str, to: &str) -> Dialog {
        let login = Login { name: "user".to_owned(), password: Secret::new("pass".to_owned()) };
        let server = Server::parse(url, Some(login)).unwrap();
        let address = |text| Recipient::email(text).unwrap();
        let envelope = Envelope { from: address("no-reply@hanzo.id"), to: address(to) };
        Dialog::new(&server, envelope, "A: b\r\n\r\n.x\r\n".to_owned())
    }

    /// What the client sends after each of `replies`.
    fn said(dialog: &mut Dialog, replies: &[&str]) -> Result<Vec<String>, SmtpError> {
        let mut said = Vec::new();
        for text in replies {
            let mut buffer = Replies::default();
            buffer.add(text.as_bytes());
            let reply = buffer.take().unwrap().unwrap();
            let mut action = dialog.after(&reply, !buffer.is_empty())?;
            if action == Action::StartTls {
                said.push("(TLS)".to_owned());
                action = dialog.secured();
            }
            match action {
                Action::Send(bytes) => said.push(String::from_utf8(bytes).unwrap()),
                _ => said.push("(done)".to_owned()),
            }
        }
        Ok(said)
    }

    #[test]
    fn a_message_is_submitted_after_starttls_and_a_login() {
        let replies = [
            "220 hi\r\n",
            "250-mail\r\n250 STARTTLS\r\n",
            "220 go\r\n",
            "250-mail\r\n250 AUTH LOGIN PLAIN\r\n",
            "235 ok\r\n",
            "250 ok\r\n",
            "250 ok\r\n",
            "354 go\r\n",
            "250 queued\r\n",
        ];
        let said = said(&mut dialog("smtp://mail.example", "a@b.example"), &replies).unwrap();
        assert_eq!(
            said,
            [
                "EHLO hanzo.id\r\n",
                "STARTTLS\r\n",
                "(TLS)",
                "EHLO hanzo.id\r\n",
                "AUTH PLAIN AHVzZXIAcGFzcw==\r\n",
                "MAIL FROM:<no-reply@hanzo.id>\r\n",
                "RCPT TO:<a@b.example>\r\n",
                "DATA\r\n",
                "A: b\r\n\r\n..x\r\n.\r\n",
                "(done)",
            ]
        );
    }

    #[test]
    fn a_server_with_login_only_is_sent_name_and_password() {
        let replies = [
            "220 hi\r\n",
            "250-mail\r\n250 AUTH=LOGIN\r\n",
            "334 VXNlcm5hbWU6\r\n",
            "334 UGFzc3dvcmQ6\r\n",
            "235 ok\r\n",
        ];
        let said = said(&mut dialog("smtps://mail.example", "a@b.example"), &replies).unwrap();
        assert_eq!(said[1..4], ["AUTH LOGIN\r\n", "dXNlcg==\r\n", "cGFzcw==\r\n"]);
    }

    /// The password and the message are not sent in plain text if STARTTLS was removed on the way.
    #[test]
    fn nothing_is_sent_without_tls() {
        let replies = ["220 hi\r\n", "250-mail\r\n250 AUTH PLAIN\r\n"];
        let error = said(&mut dialog("smtp://mail.example", "a@b.example"), &replies).unwrap_err();
        assert_eq!(error, SmtpError::Missing("STARTTLS"));
        let refused = ["220 hi\r\n", "250-mail\r\n250 STARTTLS\r\n", "454 no\r\n"];
        let error = said(&mut dialog("smtp://mail.example", "a@b.example"), &refused).unwrap_err();
        assert_eq!(error, SmtpError::Refused("STARTTLS", 454, "no".to_owned()));
    }

    /// RFC 3207 §5, CVE-2011-0411.
    #[test]
    fn replies_that_come_with_that_to_starttls_are_refused() {
        let replies =
            ["220 hi\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go\r\n250 AUTH PLAIN\r\n"];
        let error = said(&mut dialog("smtp://mail.example", "a@b.example"), &replies).unwrap_err();
        assert_eq!(error, SmtpError::Injected);
    }

    #[test]
    fn a_refusal_names_its_step() {
        let steps = [
            "250-mail\r\n250 AUTH PLAIN\r\n",
            "235 ok\r\n",
            "250 ok\r\n",
            "250 ok\r\n",
            "354 go\r\n",
        ];
        let names = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "the message"];
        for (at, name) in names.into_iter().enumerate() {
            let mut replies = vec!["220 hi\r\n"];
            replies.extend(&steps[..at]);
            replies.push("550 no such\r\n");
            let error =
                said(&mut dialog("smtps://m.example", "a@b.example"), &replies).unwrap_err();
            assert_eq!(error, SmtpError::Refused(name, 550, "no such".to_owned()));
        }
    }

    #[test]
    fn an_international_address_needs_a_server_that_takes_it() {
        let to = "\u{fc}@b.example";
        let without = ["220 hi\r\n", "250-mail\r\n250 AUTH PLAIN\r\n"];
        assert!(matches!(
            said(&mut dialog("smtps://m.example", to), &without),
            Err(SmtpError::Missing(_))
        ));
        let with = ["220 hi\r\n", "250-mail\r\n250-SMTPUTF8\r\n250 AUTH PLAIN\r\n", "235 ok\r\n"];
        let said = said(&mut dialog("smtps://m.example", to), &with).unwrap();
        assert_eq!(said[2], "MAIL FROM:<no-reply@hanzo.id> SMTPUTF8 BODY=8BITMIME\r\n");
    }

    /// SMTP smuggling: no server reads an end or a command in the content.
    #[test]
    fn no_content_ends_the_data() {
        let content = "a\r\n.\r\nMAIL FROM:<x@evil.example>\n.\nb\r.\rc\r\n..\r\n";
        let data = stuffed(content);
        assert_eq!(data.matches("\r\n.\r\n").count(), 1);
        assert!(data.ends_with("\r\n.\r\n"));
        assert!(!data.replace("\r\n", "").contains(['\r', '\n']));
        let undone: Vec<&str> =
            data.strip_suffix(".\r\n").unwrap().split_terminator("\r\n").collect();
        let undone: Vec<&str> =
            undone.iter().map(|line| line.strip_prefix('.').unwrap_or(line)).collect();
        assert_eq!(undone, ["a", ".", "MAIL FROM:<x@evil.example>", ".", "b", ".", "c", ".."]);
    }
}
