//! Rules for new passwords: general rules, an organization's rules (`passwordOptions` of WIRE
//! §4.5), and the refusal reasons. They do not apply to sign-ins.

use std::fmt;

use super::{MINIMUM_LENGTH, Password, common::is_common};

/// The rules of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    mixed: bool,
    special: bool,
    no_repeat: bool,
}

/// The account whose password is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account<'a> {
    /// The username.
    pub name: &'a str,
    /// The e-mail address; may be empty.
    pub email: &'a str,
}

/// Why a new password is refused: what to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// `AtLeast8`, which holds for all.
    Short,
    /// It is one of the most common ones.
    Common,
    /// It contains the username or the e-mail address.
    Personal,
    /// `Aa123`
    Mixed,
    /// `SpecialChar`
    Special,
    /// `NoRepeat`
    Repeats,
    /// It is known from a breach.
    Breached,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "must have at least 8 characters",
            Self::Common => "is one of the most common ones: choose another",
            Self::Personal => "must not contain the username or the e-mail address",
            Self::Mixed => "must have a capital letter, a small letter and a digit",
            Self::Special => "must have a character that is neither a letter nor a digit",
            Self::Repeats => "must not have the same character twice in a row",
            Self::Breached => "has appeared in a data breach: choose another",
        })
    }
}

impl std::error::Error for Weakness {}

impl Weakness {
    /// Its code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Short => "password_short",
            Self::Common => "password_common",
            Self::Personal => "password_personal",
            Self::Mixed => "password_needs_letters_and_digits",
            Self::Special => "password_needs_special",
            Self::Repeats => "password_repeats",
            Self::Breached => "password_breached",
        }
    }
}

impl Policy {
    /// The rules of these options. `AtLeast6` and `AtLeast8` add nothing: every password has at least
    /// eight characters. An unknown option is ignored, as Casdoor does.
    pub fn of<'a>(options: impl IntoIterator<Item = &'a str>) -> Self {
        let mut policy = Self::default();
        for option in options {
            match option {
                "Aa123" => policy.mixed = true,
                "SpecialChar" => policy.special = true,
                "NoRepeat" => policy.no_repeat = true,
                _ => {}
            }
        }
        policy
    }

    /// Whether `password` may be the new one of `account`.
    pub fn check(self, password: &Password, account: Account<'_>) -> Result<(), Weakness> {
        let text = password.0.expose().as_str();
        let has = |kind: fn(char) -> bool| text.chars().any(kind);
        if text.chars().count() < MINIMUM_LENGTH {
            return Err(Weakness::Short);
        }
        if is_common(text) {
            return Err(Weakness::Common);
        }
        if is_personal(text, account) {
            return Err(Weakness::Personal);
        }
        let mixed = has(char::is_uppercase) && has(char::is_lowercase) && has(char::is_numeric);
        if self.mixed && !mixed {
            return Err(Weakness::Mixed);
        }
        if self.special && !has(|c| !c.is_alphanumeric()) {
            return Err(Weakness::Special);
        }
        if self.no_repeat && text.chars().zip(text.chars().skip(1)).any(|(a, b)| a == b) {
            return Err(Weakness::Repeats);
        }
        Ok(())
    }
}

/// Whether `text` contains the username or the local part of the address. Names of less than four
/// characters are in many words.
fn is_personal(text: &str, account: Account<'_>) -> bool {
    let text = text.to_lowercase();
    let local = account.email.split('@').next().unwrap_or_default();
    [account.name, local]
        .into_iter()
        .map(str::to_lowercase)
        .any(|name| name.chars().count() >= 4 && text.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: &[&str], password: &str) -> Result<(), Weakness> {
        let account = Account { name: "alice", email: "wonder.land@hanzo.example" };
        Policy::of(options.iter().copied()).check(&Password::parse(password).unwrap(), account)
    }

    #[test]
    fn each_rule_says_what_to_change() {
        for (options, password, result) in [
            (&[][..], "a long password", Ok(())),
            (&[], "seven77", Err(Weakness::Short)),
            (&["AtLeast6"], "seven77", Err(Weakness::Short)),
            (&["AtLeast8", "Unknown"], "eightxyz", Ok(())),
            (&[], "Password123", Err(Weakness::Common)),
            (&[], "my name is ALICE", Err(Weakness::Personal)),
            (&[], "xxWonder.Landxx", Err(Weakness::Personal)),
            (&[], "not for hanzo.example", Ok(())),
            (&["Aa123"], "lower case 1", Err(Weakness::Mixed)),
            (&["Aa123"], "UPPER CASE 1", Err(Weakness::Mixed)),
            (&["Aa123"], "Without digits", Err(Weakness::Mixed)),
            (&["Aa123"], "\u{c4}pfel und 7 Birnen", Ok(())),
            (&["SpecialChar"], "OnlyLetters1", Err(Weakness::Special)),
            (&["SpecialChar"], "with a space", Ok(())),
            (&["NoRepeat"], "a balloon up", Err(Weakness::Repeats)),
            (&["NoRepeat"], "ababcdcd", Ok(())),
        ] {
            assert_eq!(check(options, password), result, "{options:?} {password}");
        }
    }

    #[test]
    fn an_account_without_an_address_and_with_a_short_name_is_no_rule() {
        let account = Account { name: "al", email: "" };
        let password = Password::parse("always the same").unwrap();
        assert_eq!(Policy::default().check(&password, account), Ok(()));
    }
}
