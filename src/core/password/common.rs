//! The most common passwords of at least eight characters.
//!
//! `common.txt` has the 2,000 most common ones, in lower case and sorted, of the list `passwords` of
//! zxcvbn 4.5.0 (`PyPI`; MIT, © 2016 Daniel Wolf, © 2012–2016 Dan Wheeler and Dropbox, Inc.), which ranks
//! Mark Burnett's ten million leaked passwords.

const LIST: &str = include_str!("common.txt");

/// Whether `password` is a common one, in any case, or one with digits or punctuation around it.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphabetic());
    // `password1!` is guessed as soon as `password`; a short word with much around it is not.
    let is_bare_common = bare.len() >= 8 && lower.len() <= bare.len() + 4 && is_listed(bare);
    is_listed(&lower) || is_bare_common || is_repeated(&lower)
}

fn is_listed(password: &str) -> bool {
    LIST.lines().any(|line| line == password)
}

/// Whether a part of at most four characters is all that the password has: `aaaaaaaa`, `abcabcabc`.
fn is_repeated(password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    (1..=4).any(|length| {
        characters.len() >= 2 * length
            && characters.iter().zip(characters.iter().skip(length)).all(|(a, b)| a == b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_in_lower_case() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert!(lines.len() > 1_900 && lines.is_sorted(), "{}", lines.len());
        assert!(lines.iter().all(|line| line.len() >= 8 && *line == line.to_lowercase()));
    }

    #[test]
    fn common_passwords_and_their_usual_variants_are_known() {
        for password in [
            "password",
            "PASSWORD",
            "Password1!",
            "12345678",
            "1234567890",
            "qwertyuiop",
            "Sunshine99",
            "aaaaaaaa",
            "abcabcabc",
            "12341234",
        ] {
            assert!(is_common(password), "{password}");
        }
        for password in
            ["a long password", "correct horse battery staple", "tr0ub4dor&3", "password of mine"]
        {
            assert!(!is_common(password), "{password}");
        }
    }
}
