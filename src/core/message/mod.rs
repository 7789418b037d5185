//! Messages to users by e-mail and SMS: parts that cannot inject headers or recipients, and the
//! requests of the sending services.

pub mod letter;
mod mime;
mod recipient;
mod services;
mod template;

pub use letter::Letter;
pub use mime::mime;
pub use recipient::{Channel, Mailbox, Recipient};
pub use services::{Declaration, Refused, Request, SERVICES, Settings, service};

/// The most characters of a subject.
const LONGEST_SUBJECT: usize = 200;

/// A message to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    kind: &'static str,
    to: Recipient,
    subject: String,
    text: String,
    html: Option<String>,
}

/// The text is not shown: it may contain a code.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

impl Message {
    /// A message in plain text. Control characters of `subject` become spaces, so that it is one line of
    /// at most 200 characters; those of `text` other than line breaks and tabs are dropped.
    pub fn new(kind: &'static str, to: Recipient, subject: &str, text: &str) -> Self {
        let subject = subject.split(|c: char| c.is_control() || c.is_whitespace());
        let subject = subject.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let subject = subject.chars().take(LONGEST_SUBJECT).collect();
        let text = text.replace("\r\n", "\n");
        let text = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        Self { kind, to, subject, text, html: None }
    }

    /// The message that `letter` says: text, and HTML in an e-mail.
    pub fn of(kind: &'static str, to: Recipient, subject: &str, letter: &Letter) -> Self {
        let html = (to.channel() == Channel::Email).then(|| letter.html());
        let text = match to.channel() {
            Channel::Email => letter.text(),
            Channel::Sms => letter.short(),
        };
        Self { html, ..Self::new(kind, to, subject, &text) }
    }

    /// What it is for: `invitation`, `address-proof`.
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// The recipient.
    pub const fn to(&self) -> &Recipient {
        &self.to
    }

    /// One line; services of SMS do not send it.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Plain text, its lines ending with `\n`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same in HTML, if an e-mail has it.
    pub fn html(&self) -> Option<&str> {
        self.html.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS G-107.
    #[test]
    fn a_subject_and_a_text_add_no_header() {
        let to = Recipient::email("a@b.example").unwrap();
        let message = Message::new("x", to, "Hi\r\nBcc: x@evil.example\0", "a\r\nb\u{8}\0c\td");
        assert_eq!(message.subject(), "Hi Bcc: x@evil.example");
        assert_eq!(message.text(), "a\nbc\td");
        assert_eq!(message.html(), None);
        assert!(!format!("{message:?}").contains("bc"));
    }
}
