//! Names, addresses and pictures.

use super::Invalid;

/// How long a picture inside an object may be.
const MAXIMUM_PICTURE: usize = 96 * 1024;

/// Organizations that are the platform's own (WIRE §7).
const RESERVED: [&str; 6] = ["admin", "built-in", "app", "id", "org", "iam"];

/// `^[a-z0-9][a-z0-9._-]{0,62}$`
pub fn is_username(text: &str) -> bool {
    is_slug(text, b"._-", 63)
}

/// `^[a-z0-9][a-z0-9-]{0,62}$`: it stands in URLs, claims and audiences.
pub fn is_organization_name(text: &str) -> bool {
    is_slug(text, b"-", 63)
}

/// Whether no client may make an organization of that name.
pub fn is_reserved_organization(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The name of an application or key: `^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`.
pub fn is_object_name(text: &str) -> bool {
    text.len() <= 100
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A `client_id`: as the name of an application.
pub fn client_id(text: &str) -> Result<String, Invalid> {
    if is_object_name(text) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::member("clientId", "must be letters, digits, '.', '_' and '-'"))
    }
}

/// A login, username or organization as it is compared: trimmed and in lower case, since a phone's
/// keyboard writes `Alice`.
pub fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The organizations whose clients' ids begin as `client_id` does, if there are such organizations:
/// each part that ends before a `-`.
pub fn namespaces(client_id: &str) -> impl Iterator<Item = &str> {
    client_id.match_indices('-').filter_map(|(end, _)| client_id.get(..end))
}

fn is_slug(text: &str, marks: &[u8], maximum: usize) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= maximum
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || marks.contains(&byte))
}

/// A line of text for people: no control characters, at most 255 bytes.
pub fn text(name: &str, value: &str) -> Result<String, Invalid> {
    let value = value.trim();
    if value.len() > 255 || value.chars().any(char::is_control) {
        return Err(Invalid::member(name, "must be one line of at most 255 bytes"));
    }
    Ok(value.to_owned())
}

/// An e-mail address in lower case, or nothing.
pub fn email(value: &str) -> Result<String, Invalid> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(String::new());
    }
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()\",;:\\".contains(c);
    let sound = value.len() <= 254
        && value.chars().all(plain)
        && value.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && domain.split('.').all(|label| !label.is_empty())
        });
    if sound {
        Ok(value.to_lowercase())
    } else {
        Err(Invalid::member("email", "is not an e-mail address"))
    }
}

/// A telephone number: digits with an optional `+` and separators, or nothing.
pub fn phone(value: &str) -> Result<String, Invalid> {
    let value = value.trim();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let sound = value.bytes().all(|byte| byte.is_ascii_digit() || b"+ -().".contains(&byte));
    if value.is_empty() || (sound && (3..=15).contains(&digits) && value.len() <= 32) {
        Ok(value.to_owned())
    } else {
        Err(Invalid::member("phone", "is not a telephone number"))
    }
}

/// A picture: an `https:` URL, or a small bitmap in a `data:` URL. No SVG: it can run scripts
/// (ATTACKS G-107).
pub fn avatar(name: &str, value: &str) -> Result<String, Invalid> {
    const BITMAPS: [&str; 5] = ["png", "jpeg", "gif", "webp", "avif"];
    let url = |rest: &str| {
        value.len() <= 2048
            && !rest.is_empty()
            && value.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`".contains(&byte))
    };
    let data = |rest: &str| {
        let picture = rest.split_once(";base64,");
        picture.is_some_and(|(kind, base64)| {
            BITMAPS.contains(&kind)
                && !base64.is_empty()
                && base64.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        })
    };
    let sound = value.is_empty()
        || value.strip_prefix("https://").is_some_and(url)
        || (value.len() <= MAXIMUM_PICTURE && value.strip_prefix("data:image/").is_some_and(data));
    if sound {
        Ok(value.to_owned())
    } else {
        Err(Invalid::member(name, "must be an https URL or a bitmap of at most 96 KiB"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_follow_their_rule() {
        for name in ["a", "0", "alice", "a.b_c-d", &"a".repeat(63)] {
            assert!(is_username(name), "{name}");
        }
        for name in ["", "-a", ".a", "A", "a/b", "a b", "ä", "a@b", "a\n", &"a".repeat(64)] {
            assert!(!is_username(name), "{name}");
        }
        assert!(!is_organization_name("a.b") && !is_organization_name("a_b"));
    }

    #[test]
    fn the_namespaces_of_a_client_id_are_its_beginnings() {
        assert_eq!(namespaces("acme-corp-app").collect::<Vec<_>>(), ["acme", "acme-corp"]);
        assert_eq!(namespaces("acme").count(), 0);
    }

    #[test]
    fn logins_are_compared_without_case_and_space() {
        for text in ["Alice", " alice ", "ALICE"] {
            assert_eq!(folded(text), "alice");
        }
    }

    #[test]
    fn an_address_is_stored_in_lower_case() {
        assert_eq!(email(" Alice@Example.COM ").unwrap(), "alice@example.com");
        for text in ["a", "@b.c", "a@b", "a@@b.c", "a@b..c", "a b@c.d", "a@b.c\r\nBcc: x@y.z"] {
            assert!(email(text).is_err(), "{text}");
        }
    }

    /// ATTACKS G-107.
    #[test]
    fn a_picture_cannot_carry_a_script() {
        let small = format!("data:image/png;base64,{}", "A".repeat(1000));
        for picture in ["", "https://cdn.example/a.png?x=1", &small] {
            assert!(avatar("avatar", picture).is_ok(), "{picture}");
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
            assert!(avatar("avatar", picture).is_err(), "{picture:.60}");
        }
    }
}
