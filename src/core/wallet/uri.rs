//! The syntax of RFC 3986 that a sign-in message refers to: authority and URI.

/// Whether `text` is an authority with a host (RFC 3986 §3.2), as EIP-4361 asks of its domain.
pub(super) fn is_authority(text: &str) -> bool {
    let (user, host_and_port) = match text.split_once('@') {
        Some((user, rest)) => (user, rest),
        None => ("", text),
    };
    let (host, port) = match host_and_port.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((literal, port)) if is_ip_literal(literal) => ("[]", port),
            _ => return false,
        },
        None => host_and_port.split_at(host_and_port.find(':').unwrap_or(host_and_port.len())),
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|digit| digit.is_ascii_digit()),
        None => port.is_empty(),
    };
    !host.is_empty()
        && is_port
        && is_made_of(user, |byte| is_unreserved(byte) || is_sub_delimiter(byte) || byte == b':')
        && (host == "[]" || is_made_of(host, |byte| is_unreserved(byte) || is_sub_delimiter(byte)))
}

/// Whether `text` is a URI (RFC 3986 §3): with a scheme, and each part in its own alphabet.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if !authority.is_empty() && !is_authority(authority) {
                return false;
            }
            path
        }
        None => rest,
    };
    is_scheme(scheme)
        && is_made_of(path, |byte| is_path(byte) || byte == b'/')
        && [query, fragment]
            .into_iter()
            .all(|part| is_made_of(part, |byte| is_path(byte) || b"/?".contains(&byte)))
}

/// Whether `text` is a scheme (RFC 3986 §3.1).
pub(super) fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether `text` is `*pchar` (RFC 3986 §3.3), as EIP-4361 asks of its request ID.
pub(super) fn is_segment(text: &str) -> bool {
    is_made_of(text, is_path)
}

fn is_ip_literal(text: &str) -> bool {
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return true;
    }
    // IPvFuture: `v`, hex digits, a full stop, and what it is.
    let Some((version, address)) =
        text.strip_prefix(['v', 'V']).and_then(|text| text.split_once('.'))
    else {
        return false;
    };
    !version.is_empty()
        && version.bytes().all(|digit| digit.is_ascii_hexdigit())
        && !address.is_empty()
        && address.bytes().all(|byte| is_unreserved(byte) || is_sub_delimiter(byte) || byte == b':')
}

/// Whether every byte is allowed or belongs to a percent-encoded one.
fn is_made_of(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_right = if byte == b'%' {
            let mut digit = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
            digit() && digit()
        } else {
            allowed(byte)
        };
        if !is_right {
            return false;
        }
    }
    true
}

fn is_path(byte: u8) -> bool {
    is_unreserved(byte) || is_sub_delimiter(byte) || b":@".contains(&byte)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_sub_delimiter(byte: u8) -> bool {
    b"!$&'()*+,;=".contains(&byte)
}
