//! Addresses of e-mail and SMS that are safe in a header, a command and a request.

/// How a message reaches a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// E-mail.
    Email,
    /// A text message to a telephone.
    Sms,
}

impl Channel {
    /// `email` or `sms`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

/// One recipient. A text that would be read as several, or as a header or parameter, is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    channel: Channel,
    address: String,
}

impl Recipient {
    /// The e-mail address `local@domain`: `None` if it has a control character, white space, or one of
    /// the characters that end an address or begin another (RFC 5322 §3.4), or a part that is too long
    /// (RFC 5321 §4.5.3.1).
    pub fn email(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let plain =
            |c: char| !c.is_control() && !c.is_whitespace() && !"()<>[]:;@\\,\"".contains(c);
        let sound = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && text.len() <= 254
            && local.chars().all(plain)
            && domain.split('.').all(|label| {
                let edge = |c: char| c.is_alphanumeric();
                label.len() <= 63
                    && label.starts_with(edge)
                    && label.ends_with(edge)
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        sound.then(|| Self { channel: Channel::Email, address: text.to_owned() })
    }

    /// A telephone number in E.164, `+` and 7 to 15 digits, as people write it: with spaces, hyphens,
    /// dots and parentheses. `None` if it has no country code.
    pub fn phone(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('+')?;
        let digits: String = digits.chars().filter(|c| !" -.()/\u{a0}".contains(*c)).collect();
        let sound = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        sound.then(|| Self { channel: Channel::Sms, address: format!("+{digits}") })
    }

    /// How it is reached.
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The address, or the number with its `+`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// A sender of e-mail: an address, and a name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name; may be empty.
    pub name: String,
    /// The address.
    pub address: Recipient,
}

impl Mailbox {
    /// Reads `Name <address>` or `address`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<')?,
            None => ("", text),
        };
        let name = name.trim().trim_matches('"');
        if name.chars().any(|c| c.is_control() || "\"<>\\".contains(c)) {
            return None;
        }
        Some(Self { name: name.to_owned(), address: Recipient::email(address.trim())? })
    }

    /// `Name <address>`; a name that is no list of atoms is quoted (RFC 5322 §3.2.4).
    pub fn text(&self) -> String {
        let address = self.address.address();
        if self.name.is_empty() {
            return address.to_owned();
        }
        let atom = |c: char| c.is_alphanumeric() || c == ' ' || "!#$%&'*+-/=?^_`{|}~".contains(c);
        if self.name.chars().all(atom) {
            format!("{} <{address}>", self.name)
        } else {
            format!("\"{}\" <{address}>", self.name)
        }
    }

    /// The domain of the address.
    pub fn domain(&self) -> &str {
        self.address.address().rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS G-97 and G-107: one recipient, and no header.
    #[test]
    fn a_text_that_is_read_as_more_than_one_address_is_no_recipient() {
        for text in
            ["a@b.example", "a.b+c@x-y.example", "o'neill@b.example", "\u{fc}@b\u{fc}cher.example"]
        {
            assert_eq!(Recipient::email(text).unwrap().address(), text);
        }
        for text in [
            "",
            "a",
            "@b.example",
            "a@",
            "a@b.example,c@evil.example",
            "a@b.example c@evil.example",
            "a@b.example\r\nBcc: c@evil.example",
            "a@b.example\n",
            "a@b.example>",
            "<a@b.example",
            "a@evil.example@b.example",
            "\"a b\"@b.example",
            "a@[127.0.0.1]",
            "a@b..example",
            "a@-b.example",
            "a..b@b.example",
            ".a@b.example",
            "a@b.example\0",
            "a\u{2028}b@b.example",
            "a@b.example?bcc=c@evil.example",
            "a;c@b.example",
        ] {
            assert_eq!(Recipient::email(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_number_is_read_as_people_write_it_and_needs_a_country_code() {
        for text in ["+49 (170) 123-4567", "+491701234567", " +49.170.123.4567 "] {
            assert_eq!(Recipient::phone(text).unwrap().address(), "+491701234567");
        }
        for text in [
            "",
            "0170 1234567",
            "+",
            "+0170123456",
            "+12345",
            "+1234567890123456",
            "+1555000000a",
            "+15550000000,+15550000001",
            "+١٢٣٤٥٦٧٨",
        ] {
            assert_eq!(Recipient::phone(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_sender_is_read_and_written() {
        for (text, name, written) in [
            ("Hanzo <no-reply@hanzo.id>", "Hanzo", "Hanzo <no-reply@hanzo.id>"),
            ("no-reply@hanzo.id", "", "no-reply@hanzo.id"),
            ("\"Hanzo, Inc.\" <a@b.example>", "Hanzo, Inc.", "\"Hanzo, Inc.\" <a@b.example>"),
        ] {
            let mailbox = Mailbox::parse(text).unwrap();
            assert_eq!((mailbox.name.as_str(), mailbox.text().as_str()), (name, written));
        }
        for text in
            ["", "Hanzo", "A\r\nB <a@b.example>", "A <a@b.example> <c@d.example>", "A <a@b.example"]
        {
            assert_eq!(Mailbox::parse(text), None, "{text}");
        }
    }
}
