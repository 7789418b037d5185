//! `userName` and the username. A provisioning client may use an e-mail address as `userName` and
//! change it; the username, which is part of tokens and paths, follows its own rule and is
//! immutable.

use crate::core::{
    directory::{Invalid, Line, Text, Username, folded},
    scim::Refusal,
};

use super::refused;

/// The longest username that is made of a `userName`, so that an ending fits behind it.
const MAXIMUM: usize = 48;

/// A `userName`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName {
    /// As the client writes it.
    pub text: String,
    /// As it is compared.
    pub key: String,
}

impl UserName {
    /// Reads one.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let line = Line::read(text).map_err(|why| refused("userName", &why))?;
        let key = folded(line.as_ref());
        if key.is_empty() {
            return Err(refused("userName", &Invalid::new("is required")));
        }
        Ok(Self { text: line.into(), key })
    }

    /// The username of a new user: the `userName` itself if it is one, else what stands before its
    /// `@`, made into one.
    pub fn candidate(&self) -> String {
        if let Ok(name) = Username::read(&self.key) {
            return name.into();
        }
        let local = self.key.split('@').next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let slug: String = local
            .chars()
            .map(|c| if plain(c) || "._-".contains(c) { c } else { '-' })
            .skip_while(|c| !plain(*c))
            .take(MAXIMUM)
            .collect();
        let slug = slug.trim_end_matches(['.', '_', '-']);
        if slug.is_empty() { "user".to_owned() } else { slug.to_owned() }
    }
}

/// The name of a new team that is shown as `display`.
pub fn team_name(display: &str) -> String {
    let slug: String = display
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' })
        .skip_while(|c| !c.is_ascii_alphanumeric())
        .take(MAXIMUM)
        .collect();
    let slug = slug.trim_end_matches(['.', '_', '-']);
    if slug.is_empty() { "team".to_owned() } else { slug.to_owned() }
}

/// The username of a new user. A made-up one that is taken gets the ending.
pub fn new_name(user_name: &UserName, ending: &str, is_taken: bool) -> String {
    let candidate = user_name.candidate();
    if !is_taken || candidate == user_name.key {
        return candidate;
    }
    format!("{candidate}-{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str, is_taken: bool) -> String {
        new_name(&UserName::read(text).unwrap(), "0f1e2d3c", is_taken)
    }

    #[test]
    fn the_username_is_the_user_name_or_made_of_it() {
        assert_eq!(name(" BJensen ", true), "bjensen");
        assert_eq!(name("Barbara.Jensen@Example.com", false), "barbara.jensen");
        assert_eq!(name("barbara.jensen@example.com", true), "barbara.jensen-0f1e2d3c");
        assert_eq!(name("_O'Brien+x@example.com", false), "o-brien-x");
        assert_eq!(name("@", false), "user");
        assert_eq!(name("Ünal", false), "nal");
        for text in [&"x".repeat(200), "a b", "日本", &format!("{}@x.y", "é".repeat(60))] {
            for is_taken in [false, true] {
                assert!(Username::read(&name(text, is_taken)).is_ok(), "{text}");
            }
        }
        for text in ["", "  ", "a\nb", &"x".repeat(300)] {
            assert!(UserName::read(text).is_err());
        }
    }
}
