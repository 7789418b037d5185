//! URLs and forms.

use form_urlencoded::Serializer;

/// Maximum length of a URL, in bytes.
const MAXIMUM_LENGTH: usize = 2048;

/// Whether `text` is an absolute https URL without credentials and fragment; with `localhost`, also http to
/// this machine.
pub(super) fn is_endpoint(text: &str, localhost: bool) -> bool {
    let clean = text.len() <= MAXIMUM_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !br#"\#"<>`{}|^"#.contains(&byte));
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[') {
        Some(address) => address.split_once(']').unwrap_or_default(),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_is_one = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let host_is_one = !host.is_empty() && !host.contains(['@', '[', ']', '%']);
    let here = matches!(host, "localhost" | "127.0.0.1" | "::1");
    clean
        && port_is_one
        && host_is_one
        && (scheme == "https" || (scheme == "http" && localhost && here))
}

/// A form of these pairs, without empty values.
pub(super) fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `url` with these pairs added to its query.
pub(super) fn with_query<'a>(
    url: &str,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let query = form(pairs);
    let separator = match url.split_once('?') {
        _ if query.is_empty() => "",
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{url}{separator}{query}")
}

/// The pairs of a form; `Err` with the repeated (RFC 6749 §3.1) or excess name.
pub(super) fn pairs(text: &str, maximum: usize) -> Result<Vec<(String, String)>, String> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if pairs.len() >= maximum || pairs.iter().any(|(seen, _)| *seen == name) {
            return Err(name.into_owned());
        }
        pairs.push((name.into_owned(), value.into_owned()));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_https_url_without_credentials_and_fragment() {
        for url in ["https://a.example", "https://a.example:8443/x?y=z", "https://[2001:db8::1]/x"]
        {
            assert!(is_endpoint(url, false), "{url}");
        }
        for url in [
            "http://a.example",
            "http://localhost/x",
            "https://",
            "https:///x",
            "https://user@a.example/",
            "https://a.example/#x",
            "https://a.example\\@b.example/",
            "https://a.example:0/",
            "https://a.example:x/",
            "https://a.example /",
            "https://\u{e4}.example/",
            "javascript://a.example/",
            "//a.example",
            "https://{domain}/",
        ] {
            assert!(!is_endpoint(url, false), "{url}");
        }
    }

    #[test]
    fn http_is_accepted_to_this_machine_only_and_by_setting_only() {
        assert!(is_endpoint("http://localhost:8080/x", true));
        assert!(is_endpoint("http://[::1]:1/", true));
        assert!(!is_endpoint("http://localhost.example/", true));
        assert!(!is_endpoint("http://127.0.0.1@a.example/", true));
    }
}
