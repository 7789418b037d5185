//! The path, read once: whatever two readers could take for two paths is refused (ATTACKS F-88).

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

/// Accepts a path whose segments mean the same to everybody: no empty, `.` or `..` segment, no
/// segment that ends in a dot, no `;` and no backslash, nothing percent-encoded that separates
/// segments or need not be encoded (RFC 3986 §6.2.2: `%65` and `e` are one).
pub fn check(path: &str) -> Result<(), PathError> {
    if path.len() > MAXIMUM_TARGET {
        return Err(PathError::TooLong);
    }
    let rest = path.strip_prefix('/').ok_or(PathError::Ambiguous)?;
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if !(is_plain(segment) && (last || !segment.is_empty())) {
            return Err(PathError::Ambiguous);
        }
    }
    Ok(())
}

fn is_plain(segment: &str) -> bool {
    if segment.ends_with('.') {
        return false;
    }
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        let plain = match byte {
            b'%' => is_needed(hex(bytes.next()), hex(bytes.next())),
            b';' | b'\\' => false,
            _ => byte.is_ascii_graphic(),
        };
        if !plain {
            return false;
        }
    }
    true
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
        ] {
            assert_eq!(check(path), Err(PathError::Ambiguous), "{path:?}");
        }
    }

    #[test]
    fn an_ordinary_path_is_accepted() {
        for path in ["/", "/v1/echo", "/v1/echo/", "/v1/echo/a%20b/c:d@e", "/v1/echo/v1.2/%C3%B6"] {
            assert_eq!(check(path), Ok(()), "{path:?}");
        }
        assert_eq!(check(&format!("/{}", "a".repeat(MAXIMUM_TARGET))), Err(PathError::TooLong));
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
        fn an_accepted_path_is_its_own_normal_form(path in "(/[a-z.%2eEfF;\\\\]{0,6}){1,5}") {
            if check(&path).is_ok() {
                let decoded = percent_encoding::percent_decode_str(&path).decode_utf8_lossy();
                let count = |text: &str| text.split(['/', '\\']).count();
                prop_assert_eq!(count(&path), count(&decoded));
                prop_assert!(!decoded.split('/').any(|segment| segment == "." || segment == ".."));
            }
        }
    }
}
