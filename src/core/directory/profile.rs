//! Profile values: lines of text, addresses, pictures, passwords.

use super::{Invalid, MASK, Text, names::text};
use crate::core::password::{HashError, MINIMUM_LENGTH, Password, PasswordError, SALT_LENGTH};

/// The longest picture inside an object, in bytes.
const MAXIMUM_PICTURE: usize = 96 * 1024;

text! {
    /// One line of text without control characters, trimmed, at most 255 bytes.
    Line,
    line,
    {"type": "string", "maxLength": 255}
}

text! {
    /// Lines of text, trimmed, at most 2,000 bytes.
    Paragraph,
    |text| bounded(text.trim(), 2000, "must be a text of at most 2,000 bytes"),
    {"type": "string", "maxLength": 2000}
}

text! {
    /// A text that services write and read, at most 16 KiB.
    Metadata,
    |text| bounded(text, 16 * 1024, "must be a text of at most 16 KiB"),
    {"type": "string", "maxLength": 16384}
}

text! {
    /// An e-mail address in lower case; empty: none.
    Email,
    email,
    {"type": "string", "maxLength": 254}
}

text! {
    /// A telephone number: digits with an optional `+` and separators; empty: none.
    Phone,
    phone,
    {"type": "string", "maxLength": 32}
}

text! {
    /// A picture: an `https:` URL, or a bitmap of at most 96 KiB in a `data:` URL; empty: none. No
    /// SVG: it can run scripts (ATTACKS G-107).
    Picture,
    picture,
    {"type": "string", "maxLength": MAXIMUM_PICTURE}
}

/// A new password, to be hashed.
#[derive(Debug, Clone)]
pub struct NewPassword(Password);

impl NewPassword {
    /// The password, for the rules that it has to meet.
    pub const fn password(&self) -> &Password {
        &self.0
    }

    /// Its hash, with `salt`.
    pub fn hash(&self, salt: [u8; SALT_LENGTH]) -> Result<String, HashError> {
        self.0.hash(salt)
    }
}

impl Text for NewPassword {
    fn read(text: &str) -> Result<Self, Invalid> {
        if text.chars().count() < MINIMUM_LENGTH {
            return Err(Invalid::new("must have at least 8 characters".to_owned()));
        }
        let refused = |error: PasswordError| Invalid::new(format!("cannot be used: {error}"));
        Password::parse(text).map(Self).map_err(refused)
    }

    fn is_blank(text: &str) -> bool {
        text.is_empty() || text == MASK
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for NewPassword {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NewPassword".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "format": "password", "minLength": MINIMUM_LENGTH, "maxLength": 128,
        })
    }
}

/// `text`, unless it is longer than `maximum` bytes or holds control characters other than white
/// space.
fn bounded(text: &str, maximum: usize, why: &str) -> Result<String, Invalid> {
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    if text.len() <= maximum && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new(why))
    }
}

fn line(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.len() > 255 || text.chars().any(char::is_control) {
        return Err(Invalid::new("must be one line of at most 255 bytes".to_owned()));
    }
    Ok(text.to_owned())
}

fn email(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()\",;:\\".contains(c);
    let sound = text.len() <= 254
        && text.chars().all(plain)
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && domain.split('.').all(|label| !label.is_empty())
        });
    if text.is_empty() || sound {
        Ok(text.to_lowercase())
    } else {
        Err(Invalid::new("is not an e-mail address".to_owned()))
    }
}

fn phone(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let sound = text.bytes().all(|byte| byte.is_ascii_digit() || b"+ -().".contains(&byte));
    if text.is_empty() || (sound && (3..=15).contains(&digits) && text.len() <= 32) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("is not a telephone number".to_owned()))
    }
}

fn picture(text: &str) -> Result<String, Invalid> {
    const BITMAPS: [&str; 5] = ["png", "jpeg", "gif", "webp", "avif"];
    let url = |rest: &str| {
        text.len() <= 2048
            && !rest.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`".contains(&byte))
    };
    let data = |rest: &str| {
        let picture = rest.split_once(";base64,");
        picture.is_some_and(|(kind, base64)| {
            BITMAPS.contains(&kind)
                && !base64.is_empty()
                && base64.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        })
    };
    let sound = text.is_empty()
        || text.strip_prefix("https://").is_some_and(url)
        || (text.len() <= MAXIMUM_PICTURE && text.strip_prefix("data:image/").is_some_and(data));
    if sound {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("must be an https URL or a bitmap of at most 96 KiB".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_stored_in_lower_case() {
        assert_eq!(Email::read(" Alice@Example.COM ").unwrap().as_ref(), "alice@example.com");
        for text in ["a", "@b.c", "a@b", "a@@b.c", "a@b..c", "a b@c.d", "a@b.c\r\nBcc: x@y.z"] {
            assert!(Email::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_new_password_has_at_least_eight_characters_and_its_mask_is_blank() {
        assert!(NewPassword::read("eight ch").is_ok());
        assert!(NewPassword::read("seven c").is_err() && NewPassword::read("nul\0 nul\0").is_err());
        assert!(NewPassword::is_blank("***") && !NewPassword::is_blank("        "));
    }

    /// ATTACKS G-107.
    #[test]
    fn a_picture_cannot_carry_a_script() {
        let small = format!("data:image/png;base64,{}", "A".repeat(1000));
        for picture in ["", "https://cdn.example/a.png?x=1", &small] {
            assert!(Picture::read(picture).is_ok(), "{picture}");
        }
        let large = format!("data:image/png;base64,{}", "A".repeat(96 * 1024));
        for picture in [
            "http://cdn.example/a.png",
            "javascript:alert(1)",
            "https://x/\"><script>",
            "https://",
            "data:image/svg+xml;base64,AAAA",
            "data:text/html;base64,AAAA",
            "data:image/png,<svg>",
            "data:image/png;base64,",
            &large,
        ] {
            assert!(Picture::read(picture).is_err(), "{picture:.60}");
        }
    }
}
