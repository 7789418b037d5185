//! Messages to users: codes and account change notices.

use super::text::{Messages, Signin, plain};
use crate::core::{
    locale::Language,
    message::{Channel, Letter, Message, Recipient},
    otp::Purpose,
    time::UnixTime,
};

/// Who a message speaks for, and in which language.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The language of the page that the person is at.
    pub language: Language,
    /// The name of the application; that of the organization for the person's own account.
    pub application: &'a str,
    /// The name of the organization.
    pub organization: &'a str,
}

/// What has changed in an account.
#[derive(Debug, Clone, Copy)]
pub enum Changed<'a> {
    /// The password.
    Password,
    /// The e-mail address, which is that now.
    Email(&'a str),
    /// The phone number, which is that now.
    Phone(&'a str),
    /// An administrator removed the second factors.
    Factors,
}

impl Sender<'_> {
    /// The message with a code, which comes first. `link` leads to a page on which the person goes on by a
    /// click; opening it does nothing.
    pub fn code(&self, to: Recipient, purpose: Purpose, code: &str, link: Option<&str>) -> Message {
        let texts = Messages::of(self.language);
        let places = [
            ("code", code),
            ("application", self.application),
            ("organization", self.organization),
        ];
        let (subject, why) = match purpose {
            Purpose::Signin | Purpose::Second => (texts.signin_subject, texts.signin),
            Purpose::Signup => (texts.signup_subject, texts.signup),
            Purpose::Reset => (texts.reset_subject, texts.reset),
            Purpose::Verify => (texts.verify_subject, texts.verify),
        };
        let subject = plain(subject, &places);
        if to.channel() == Channel::Sms {
            let text = format!("{code}\n{}", plain(texts.short, &places));
            return Message::new("code", to, &subject, &text);
        }
        let mut letter = self.letter(&subject).code(code);
        if let Some(link) = link {
            letter = letter.link(texts.open, link);
        }
        let letter = letter.paragraph(&plain(why, &places));
        let letter = letter.paragraph(texts.lasts).paragraph(texts.not_you);
        Message::of("code", to, &subject, &letter)
    }

    /// The message to an address that has an account, for which another one was asked for.
    pub fn exists(&self, to: Recipient) -> Message {
        let texts = Messages::of(self.language);
        let places = [("organization", self.organization)];
        let subject = plain(texts.exists_subject, &places);
        let letter = self.letter(&subject).paragraph(&plain(texts.exists, &places));
        Message::of("account-exists", to, &subject, &letter.paragraph(texts.exists_what))
    }

    /// The notice of a change of the account `owner/name` at `now`, in the language that the account has
    /// chosen.
    pub fn changed(
        &self,
        to: Recipient,
        account: (&str, Option<Language>),
        what: Changed<'_>,
        now: UnixTime,
    ) -> Message {
        let (account, language) = account;
        let sender = Self { language: language.unwrap_or(self.language), ..*self };
        let texts = Messages::of(sender.language);
        let (subject, text, address) = match what {
            Changed::Password => (texts.password_subject, texts.password, ""),
            Changed::Email(address) => (texts.email_subject, texts.email, address),
            Changed::Phone(number) => (texts.phone_subject, texts.phone, number),
            Changed::Factors => (texts.reset_factors_subject, texts.reset_factors, ""),
        };
        let time = now.to_string();
        let places = [
            ("account", account),
            ("time", time.as_str()),
            ("address", address),
            ("organization", self.organization),
        ];
        let letter = sender.letter(subject).paragraph(&plain(text, &places));
        let alarm = match what {
            Changed::Factors => texts.not_asked,
            _ => texts.was_it_you,
        };
        let letter = letter.paragraph(&plain(alarm, &places));
        Message::of("account-changed", to, subject, &letter)
    }

    fn letter(&self, heading: &str) -> Letter {
        let language = self.language;
        let is_rtl = language.direction() == "rtl";
        Letter::new(heading).language(language.tag(), is_rtl, Signin::of(language).code_label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Sender<'static> =
        Sender { language: Language::English, application: "Hanzo App", organization: "Hanzo" };

    /// The list of messages and the notice of a phone show the beginning of a subject.
    #[test]
    fn a_message_is_in_its_language_and_the_code_comes_first_in_each() {
        for language in Language::ALL {
            let sender = Sender { language, ..FROM };
            let email = Recipient::email("a@b.example").unwrap();
            let letter = sender.code(email, Purpose::Signin, "123456", None);
            assert!(letter.subject().starts_with("123456"), "{}", letter.subject());
            let texts = Messages::of(language);
            assert!(letter.text().contains(texts.lasts), "{}", letter.text());
            let label = Signin::of(language).code_label;
            assert!(letter.text().starts_with(&format!("{label}: 123456\n")), "{}", letter.text());
            let phone = Recipient::phone("+15550000000").unwrap();
            let short = sender.code(phone, Purpose::Signin, "123456", None);
            let length = short.text().chars().count();
            assert!(length <= 160, "{length}: {}", short.text());
        }
    }

    #[test]
    fn the_code_comes_first_and_no_link_is_in_a_text_message() {
        let email = Recipient::email("a@b.example").unwrap();
        let link = "https://hanzo.id/login/code/123456?client_id=x";
        let letter = FROM.code(email, Purpose::Signin, "123456", Some(link));
        assert_eq!(letter.subject(), "123456 is your code for Hanzo App");
        assert!(letter.text().starts_with("Code: 123456\n"), "{}", letter.text());
        assert!(letter.text().contains(link) && letter.text().contains("Hanzo App"));
        let phone = Recipient::phone("+15550000000").unwrap();
        let short = FROM.code(phone, Purpose::Signin, "123456", Some(link));
        assert!(short.text().starts_with("123456\n") && !short.text().contains("https:"));
    }
}
