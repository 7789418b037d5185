//! E-mail as it is transported: headers (RFC 5322, RFC 2047) and quoted-printable parts (RFC 2045,
//! RFC 2046).

use base64ct::{Base64, Encoding};
use chrono::DateTime;

use super::{Mailbox, Message};
use crate::core::{encoding::hex, time::UnixTime};

/// The longest line of quoted-printable (RFC 2045 §6.7).
const LINE: usize = 76;

/// Bytes of one encoded word: a line of them has at most 76 characters (RFC 2047 §2).
const WORD: usize = 39;

/// The message as text with CRLF: two alternatives if it has HTML, else plain text. `random` makes its
/// id and its boundary.
pub fn mime(message: &Message, from: &Mailbox, now: UnixTime, random: [u8; 16]) -> String {
    let id = hex(&random);
    let date = DateTime::from_timestamp(now.0, 0).unwrap_or_default().to_rfc2822();
    let sender = if from.name.is_ascii() {
        from.text()
    } else {
        format!("{} <{}>", encoded(&from.name), from.address.address())
    };
    let subject = message.subject();
    let subject = if subject.is_ascii() && subject.len() <= LINE - 9 && !subject.contains("=?") {
        subject.to_owned()
    } else {
        encoded(subject)
    };
    // RFC 3834 §5: no vacation notice answers it.
    let head = format!(
        "Date: {date}\r\nFrom: {sender}\r\nTo: {}\r\nSubject: {subject}\r\nMessage-ID: <{id}@{}>\r\n\
         MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n",
        message.to().address(),
        from.domain(),
    );
    let part = |kind: &str, text: &str| {
        format!(
            "Content-Type: text/{kind}; charset=utf-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
            quoted_printable(text)
        )
    };
    let text = part("plain", message.text());
    match message.html() {
        None => head + &text,
        Some(html) => format!(
            "{head}Content-Type: multipart/alternative; boundary=\"=_{id}\"\r\n\r\n\
             --=_{id}\r\n{text}--=_{id}\r\n{}--=_{id}--\r\n",
            part("html", html)
        ),
    }
}

/// `text` in encoded words, each on a line of its own.
fn encoded(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for character in text.chars() {
        if word.len() + character.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(character);
    }
    words.push(word);
    let words =
        words.iter().map(|word| format!("=?utf-8?B?{}?=", Base64::encode_string(word.as_bytes())));
    words.collect::<Vec<_>>().join("\r\n ")
}

/// `text` in quoted-printable (RFC 2045 §6.7), with CRLF between its lines.
fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (at, line) in text.trim_end_matches('\n').split('\n').enumerate() {
        if at > 0 {
            out.push_str("\r\n");
        }
        let mut length = 0;
        let bytes = line.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            let is_last = at + 1 == bytes.len();
            let plain = match byte {
                b' ' | b'\t' => !is_last,
                b'=' => false,
                _ => byte.is_ascii_graphic(),
            };
            let width = if plain { 1 } else { 3 };
            // The last column is for the `=` of a soft line break.
            if length + width > LINE - usize::from(!is_last) {
                out.push_str("=\r\n");
                length = 0;
            }
            if plain {
                out.push(char::from(*byte));
            } else {
                out.push('=');
                out.push_str(&hex(&[*byte]).to_uppercase());
            }
            length += width;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::message::{Letter, Recipient};

    fn of(subject: &str, text: &str) -> String {
        let to = Recipient::email("a@b.example").unwrap();
        let from = Mailbox::parse("Hanzo <no-reply@hanzo.id>").unwrap();
        let message = Message::new("x", to, subject, text);
        mime(&message, &from, UnixTime(1_800_000_000), [1; 16])
    }

    #[test]
    fn a_message_has_the_headers_of_rfc_5322() {
        assert_eq!(
            of("Your code", "Code: 1\n"),
            "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nFrom: Hanzo <no-reply@hanzo.id>\r\n\
             To: a@b.example\r\nSubject: Your code\r\n\
             Message-ID: <01010101010101010101010101010101@hanzo.id>\r\nMIME-Version: 1.0\r\n\
             Auto-Submitted: auto-generated\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\nCode: 1\r\n"
        );
    }

    #[test]
    fn no_line_is_too_long_and_every_byte_is_ascii() {
        let text = format!(
            "{}\n{} \n=\u{1f600}{}\n.\n",
            "x".repeat(500),
            "y".repeat(76),
            "\u{fc}".repeat(90)
        );
        let mail = of(&"\u{65e5}\u{672c}".repeat(60), &text);
        assert!(mail.is_ascii());
        for line in mail.split("\r\n") {
            assert!(line.len() <= 78 && !line.contains(['\r', '\n']), "{line}");
            assert!(!line.ends_with(' '), "{line}");
        }
    }

    #[test]
    fn quoted_printable_is_undone_to_the_same_text() {
        let undone = |text: &str| {
            let text = text.replace("=\r\n", "");
            let mut bytes = Vec::new();
            let mut rest = text.as_bytes();
            while let [first, others @ ..] = rest {
                if *first == b'=' {
                    let digits = std::str::from_utf8(&others[..2]).unwrap();
                    bytes.push(u8::from_str_radix(digits, 16).unwrap());
                    rest = &others[2..];
                } else {
                    bytes.push(*first);
                    rest = others;
                }
            }
            String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
        };
        for text in
            ["", "a=b", "x \ny\t\nz", &"\u{fc}=".repeat(200), &"a".repeat(76), &"a".repeat(77)]
        {
            assert_eq!(undone(&quoted_printable(text)), text, "{text}");
        }
    }

    #[test]
    fn html_is_the_second_of_two_alternatives() {
        let to = Recipient::email("a@b.example").unwrap();
        let from = Mailbox::parse("\u{65e5}\u{672c} <no-reply@hanzo.id>").unwrap();
        let message = Message::of("x", to, "s", &Letter::new("Hello").code("123456"));
        let mail = mime(&message, &from, UnixTime(1_800_000_000), [1; 16]);
        assert!(mail.contains("From: =?utf-8?B?5pel5pys?= <no-reply@hanzo.id>\r\n"), "{mail}");
        let plain = mail.find("text/plain").unwrap();
        assert!(plain < mail.find("text/html").unwrap());
        assert_eq!(mail.matches("--=_01010101010101010101010101010101").count(), 3);
        assert!(mail.ends_with("--=_01010101010101010101010101010101--\r\n"));
    }

    /// A subject that looks like an encoded word is not one (RFC 2047 §5).
    #[test]
    fn a_subject_is_not_decoded_to_something_else() {
        assert!(
            of("=?utf-8?B?eA==?=", "x").contains("Subject: =?utf-8?B?PT91dGYtOD9CP2VBPT0/PQ==?=")
        );
    }
}
