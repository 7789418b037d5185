//! Path validation: ambiguous paths are refused (ATTACKS F-88).

use percent_encoding::percent_decode_str;

/// Longer targets are refused (414).
pub const MAXIMUM_TARGET: usize = 8 * 1024;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathError {
    /// Another reader could see another path in it.
    Ambiguous,
    /// Too long.
    TooLong,
}

/// A path `/v1/<service>…` that every reader understands alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServicePath<'a> {
    /// The first segment after `/v1/`.
    pub service: &'a str,
    /// What follows it: empty, or beginning with `/`.
    pub rest: &'a str,
}

impl<'a> ServicePath<'a> {
    /// The parts of a path that [`check`] has accepted; `None` if it is of no service.
    pub fn of(path: &'a str) -> Option<Self> {
        let tail = path.strip_prefix("/v1/")?;
        let (service, rest) =
            tail.find('/').and_then(|at| tail.split_at_checked(at)).unwrap_or((tail, ""));
        (!service.is_empty()).then_some(Self { service, rest })
    }
}

/// What the segments of an accepted path hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slashes {
    /// No encoded slash: every reader sees the same segments.
    Plain,
    /// `%2F` inside a segment below the service: only a service that decodes it sees more segments.
    /// No policy depends on those, and a public pattern matches no such path.
    Encoded,
}

/// Accepts a path whose segments mean the same to every reader: no empty, `.` or `..` segment, no
/// segment that ends in a dot, no `;` and no backslash, nothing percent-encoded that separates
/// segments or need not be encoded (RFC 3986 §6.2.2: `%65` and `e` are one) or is not UTF-8 without
/// control characters. `%2F` is accepted below the service only, and what it separates is held to
/// the same rules, except that it may be empty.
pub fn check(path: &str) -> Result<Slashes, PathError> {
    if path.len() > MAXIMUM_TARGET {
        return Err(PathError::TooLong);
    }
    let rest = path.strip_prefix('/').ok_or(PathError::Ambiguous)?;
    let mut slashes = Slashes::Plain;
    let mut segments = rest.split('/').enumerate().peekable();
    while let Some((place, segment)) = segments.next() {
        let is_last = segments.peek().is_none();
        let accepted = if has_encoded_slash(segment) {
            slashes = Slashes::Encoded;
            place >= BELOW_SERVICE && between_encoded_slashes(segment).all(is_plain)
        } else {
            is_plain(segment) && (is_last || !segment.is_empty())
        };
        if !accepted {
            return Err(PathError::Ambiguous);
        }
    }
    Ok(slashes)
}

/// The first segment after `/v1/<service>`.
const BELOW_SERVICE: usize = 2;

/// Whether `text` has `%2F` (RFC 3986 §2.1: in either case).
pub(super) fn has_encoded_slash(text: &str) -> bool {
    between_encoded_slashes(text).nth(1).is_some()
}

fn between_encoded_slashes(text: &str) -> impl Iterator<Item = &str> {
    text.split("%2F").flat_map(|part| part.split("%2f"))
}

fn is_plain(segment: &str) -> bool {
    if segment.ends_with('.') {
        return false;
    }
    let mut is_encoded = false;
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        let plain = match byte {
            b'%' => {
                is_encoded = true;
                is_needed(hex(bytes.next()), hex(bytes.next()))
            }
            b';' | b'\\' => false,
            _ => byte.is_ascii_graphic(),
        };
        if !plain {
            return false;
        }
    }
    !is_encoded || is_text(segment)
}

/// Whether a segment decodes to UTF-8, whose overlong forms (`%c0%ae` for a dot) are none, without
/// control characters.
fn is_text(segment: &str) -> bool {
    let decoded = percent_decode_str(segment).decode_utf8();
    decoded.is_ok_and(|text| !text.chars().any(char::is_control))
}

/// Whether an encoded byte had to be encoded, and hides nothing.
fn is_needed(high: Option<u8>, low: Option<u8>) -> bool {
    let (Some(high), Some(low)) = (high, low) else { return false };
    let byte = high << 4 | low;
    let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let separates = b"/\\;?#%".contains(&byte);
    !(unreserved || separates || byte.is_ascii_control())
}

fn hex(byte: Option<u8>) -> Option<u8> {
    u8::try_from(char::from(byte?).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// ATTACKS F-88; oauth2-proxy CVE-2026-40575.
    #[test]
    fn a_path_that_two_readers_could_read_differently_is_refused() {
        for path in [
            "",
            "v1/echo",
            "//v1/echo",
            "/v1//echo",
            "/v1/echo//",
            "/v1/./echo",
            "/v1/../echo",
            "/v1/echo/..",
            "/v1/echo/.",
            "/v1/%2e%2e/iam",
            "/v1/%2E/iam",
            "/v1/echo;x=1/a",
            "/v1/echo%3Bx",
            "/v1/echo%2Fadmin",
            "/v1/echo%2fadmin",
            "/v1/echo%5cadmin",
            "/v1/echo\\admin",
            "/v1/echo./a",
            "/v1/echo/a.",
            "/v1/%65cho",
            "/v1/echo%00",
            "/v1/echo%0a",
            "/v1/echo%7f",
            "/v1/echo%25",
            "/v1/echo%3Fa",
            "/v1/echo%23a",
            "/v1/echo%2",
            "/v1/echo%",
            "/v1/echo%zz",
            "/v1/echo\t",
            "/v1/ech\u{f6}",
            "/v1/a b",
            "/v1%2Fecho/a",
            "/v1/iam%2fusers",
            "/v1/echo/..%2Fadmin",
            "/v1/echo/a%2F..",
            "/v1/echo/a%2f..%2Fb",
            "/v1/echo/a%2F.%2Fb",
            "/v1/echo/a%2F%2e%2e%2Fb",
            "/v1/echo/%2e%2e%2fb",
            "/v1/echo/a%2Fb.",
            "/v1/echo/a.%2Fb",
            "/v1/echo/a%2Fb;c",
            "/v1/echo/a%2Fb%5Cc",
            "/v1/echo/a%252Fb",
            "/v1/echo/%c0%ae%c0%ae/b",
            "/v1/echo/%c0%afb",
            "/v1/echo/%e0%80%ae",
            "/v1/echo/%ff",
            "/v1/echo/%c3",
            "/v1/echo/%c3%2F%b6",
            "/v1/echo/%ed%a0%80",
            "/v1/echo/%c2%85",
        ] {
            assert_eq!(check(path), Err(PathError::Ambiguous), "{path:?}");
        }
    }

    #[test]
    fn an_ordinary_path_is_accepted() {
        for path in ["/", "/v1/echo", "/v1/echo/", "/v1/echo/a%20b/c:d@e", "/v1/echo/v1.2/%C3%B6"] {
            assert_eq!(check(path), Ok(Slashes::Plain), "{path:?}");
        }
        assert_eq!(check(&format!("/{}", "a".repeat(MAXIMUM_TARGET))), Err(PathError::TooLong));
    }

    /// Issue 10, fault 34.
    #[test]
    fn an_encoded_slash_is_accepted_inside_a_segment_below_the_service() {
        for path in [
            "/v1/models/hanzo%2Fzen5",
            "/v1/models/hanzo%2fzen5/x",
            "/v1/files/a%2Fb%2fc.txt",
            "/v1/fetch/https:%2F%2Fhanzo.example%2F",
        ] {
            assert_eq!(check(path), Ok(Slashes::Encoded), "{path:?}");
        }
    }

    #[test]
    fn a_service_is_the_first_segment_after_v1() {
        let path = |service, rest| Some(ServicePath { service, rest });
        assert_eq!(ServicePath::of("/v1/echo"), path("echo", ""));
        assert_eq!(ServicePath::of("/v1/echo/a/b"), path("echo", "/a/b"));
        for other in ["/v1", "/v1/", "/V1/echo", "/v2/echo", "/"] {
            assert_eq!(ServicePath::of(other), None, "{other:?}");
        }
    }

    proptest! {
        /// What is accepted has the same segments before and after decoding and normalizing.
        #[test]
        fn an_accepted_path_is_its_own_normal_form(
            path in "(/([a-z.%2eEfF;\\\\]{0,6}|(%2[fF]|%2[eE]|[.a]){0,4})){1,5}",
        ) {
            if let Ok(slashes) = check(&path) {
                let decoded = percent_decode_str(&path).decode_utf8().unwrap();
                let count = |text: &str| text.split(['/', '\\']).count();
                prop_assert_eq!(count(&path) == count(&decoded), slashes == Slashes::Plain);
                prop_assert!(!decoded.split('/').any(|segment| segment == "." || segment == ".."));
            }
        }
    }
}
