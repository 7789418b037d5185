//! One-time codes: authenticator apps (HOTP and TOTP), recovery codes, numeric codes sent to an
//! address, and link tokens. Codes are never stored: [`recovery`], [`numeric`] and [`link`] provide
//! digests. The secret of a [`Totp`] must be readable, and is sealed.

pub mod base32;
pub mod hotp;
pub mod link;
pub mod numeric;
mod purpose;
pub mod qr;
pub mod recovery;
pub mod totp;
pub mod uri;

pub use self::purpose::Purpose;

pub use hotp::Algorithm;
pub use totp::{Step, Totp};

/// The ASCII digits of what a person typed: separators are dropped, and the decimal digits of Arabic,
/// Persian, Devanagari and full-width keyboards are read. `None` if it contains anything else, or more
/// than 16 digits.
pub fn typed_digits(text: &str) -> Option<String> {
    let mut digits = String::new();
    for character in text.chars() {
        if character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}') {
            continue;
        }
        let zero = [0x0030, 0x0660, 0x06f0, 0x0966, 0xff10];
        let value = |zero: u32| u32::from(character).checked_sub(zero).filter(|value| *value < 10);
        let value = zero.into_iter().find_map(value)?;
        digits.push(char::from_digit(value, 10)?);
        if digits.len() > 16 {
            return None;
        }
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::typed_digits;

    #[test]
    fn digits_of_other_keyboards_and_separators_are_read() {
        for typed in
            ["123456", "123 456", " 123-456\n", "١٢٣٤٥٦", "۱۲۳۴۵۶", "１２３４５６", "१२३४५६"]
        {
            assert_eq!(typed_digits(typed).as_deref(), Some("123456"), "{typed}");
        }
        for other in ["12345a", "12345.6", "+123456", "12345²", "12345678901234567"] {
            assert_eq!(typed_digits(other), None, "{other}");
        }
    }
}
