use proptest::prelude::*;

use super::*;

fn match_one(registered: &str, requested: &str) -> Result<RedirectUri, RedirectError> {
    RedirectUri::registered(requested, &[registered.to_owned()])
}

/// ATTACKS C-39 (CVE-2024-52289, CVE-2026-41569, CVE-2023-6291).
#[test]
fn only_the_registered_address_itself_is_redirected_to() {
    let registered = "https://app.example/cb";
    assert!(match_one(registered, registered).is_ok());
    for other in [
        "https://app.example/cb/",
        "https://app.example/cb/more",
        "https://app.example/cb?x=1",
        "https://app.example/cb#f",
        "https://app.example/cb/../x",
        "https://app.example/cb/%2e%2e/x",
        "https://app.example/./cb",
        "https://app.example//cb",
        "https://evil.app.example/cb",
        "https://appXexample/cb",
        "https://app.example.evil/cb",
        "https://app.example@evil.example/cb",
        "https://user@app.example/cb",
        "https://app.example:8443/cb",
        "https://app.example:443/cb",
        "https://APP.example/cb",
        "http://app.example/cb",
        "HTTPS://app.example/cb",
        "https://app.example\\@evil.example/cb",
        "https://app.example/cb\n",
        " https://app.example/cb",
        "https:/app.example/cb",
        "https:app.example/cb",
        "//app.example/cb",
        "/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "",
    ] {
        assert!(match_one(registered, other).is_err(), "{other:?}");
    }
}

/// ATTACKS C-39: even a bad registration cannot be used.
#[test]
fn what_may_never_be_registered_matches_nothing_even_when_it_is() {
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://app.example/1",
        "http://app.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://0x7f.1/cb",
        "https://app.example/cb#f",
        "https://user:pass@app.example/cb",
        "https://app.example/a/../b",
        "https://app.example/a/%2E%2e/b",
        "https://app.example/a/..%2fb",
        "https://*.example/cb",
        "https://",
        "https://app.example:0/cb",
        "https://app.example:65536/cb",
        "https://app.example:+80/cb",
        "https://[::1/cb",
        "https://[x]/cb",
        "javascript.x:alert(1)\n",
        ".x:/cb",
    ] {
        assert_eq!(match_one(uri, uri), Err(RedirectError::Malformed), "{uri:?}");
        assert!(!is_registrable(uri));
    }
    assert!(is_registrable("ai.hanzo.app:/callback"));
    assert!(is_registrable("ai.hanzo.app://callback"));
}

/// ATTACKS C-41: no address is learnt on first use.
#[test]
fn a_client_without_addresses_is_redirected_nowhere() {
    assert_eq!(
        RedirectUri::registered("https://app.example/cb", &[]),
        Err(RedirectError::Unregistered)
    );
}

/// RFC 8252 §7.3.
#[test]
fn a_loopback_literal_may_have_any_port() {
    for host in ["127.0.0.1", "[::1]"] {
        let registered = format!("http://{host}/callback");
        for port in ["", ":1", ":8080", ":65535"] {
            let requested = format!("http://{host}{port}/callback");
            assert!(match_one(&registered, &requested).is_ok(), "{requested}");
            assert!(match_one(&requested, &registered).is_ok(), "{requested}");
        }
        for requested in [
            format!("http://{host}:0/callback"),
            format!("http://{host}:65536/callback"),
            format!("http://{host}:80:80/callback"),
            format!("http://{host}:8080/callback/x"),
            format!("http://{host}:8080/callback?x"),
            format!("https://{host}:8080/callback"),
            format!("http://x@{host}:8080/callback"),
            format!("http://{host}:8080@evil.example/callback"),
        ] {
            assert!(match_one(&registered, &requested).is_err(), "{requested}");
        }
    }
    assert!(match_one("http://127.0.0.1/cb", "http://[::1]:1/cb").is_err());
    assert!(match_one("https://127.0.0.1/cb", "https://127.0.0.1:1/cb").is_err());
}

/// ATTACKS C-40: only what is registered, port included.
#[test]
fn localhost_has_no_latitude() {
    let registered = "http://localhost:3000/callback";
    assert!(match_one(registered, registered).is_ok());
    for other in [
        "http://localhost:3001/callback",
        "http://localhost/callback",
        "http://127.0.0.1:3000/callback",
    ] {
        assert!(match_one(registered, other).is_err(), "{other}");
    }
}

#[test]
fn a_web_origin_is_written_as_browsers_write_it() {
    let origin = |uri| web_origin(uri);
    assert_eq!(origin("https://App.example/cb").as_deref(), Some("https://app.example"));
    assert_eq!(origin("https://a.example:443/").as_deref(), Some("https://a.example"));
    assert_eq!(origin("http://[::1]:80/cb").as_deref(), Some("http://[::1]"));
    assert_eq!(origin("http://localhost:3000/cb").as_deref(), Some("http://localhost:3000"));
    assert_eq!(origin("ai.hanzo.app://callback"), None);
    let native = match_one("ai.hanzo.app:/cb", "ai.hanzo.app:/cb").unwrap();
    assert_eq!(native.policy_source(), "ai.hanzo.app:");
}

#[test]
fn an_answer_keeps_the_query_of_the_address() {
    let parameters = [("code", "a b&c".to_owned()), ("state", "é=\"<".to_owned())];
    let text = "code=a%20b%26c&state=%C3%A9%3D%22%3C";
    for (uri, separator) in [
        ("https://a.example/cb", "?"),
        ("https://a.example/cb?", ""),
        ("https://a.example/cb?x=1", "&"),
    ] {
        let uri = match_one(uri, uri).unwrap();
        assert_eq!(with_query(&uri, &parameters), format!("{}{separator}{text}", uri.0));
        assert_eq!(with_fragment(&uri, &parameters), format!("{}#{text}", uri.0));
    }
}

proptest! {
    /// ATTACKS C-39: no character inserted, removed or replaced anywhere gives another
    /// address that matches, except in the port of a loopback literal.
    #[test]
    fn no_neighbour_of_an_address_matches(place in 0..40_usize, new in ".{0,3}") {
        let registered = "https://app.example.com/oauth/callback?a=b";
        prop_assume!(place < registered.len());
        let (head, tail) = registered.split_at(place);
        let shorter: String = tail.chars().skip(1).collect();
        for changed in [format!("{head}{new}{tail}"), format!("{head}{new}{shorter}")] {
            if changed != registered {
                prop_assert!(match_one(registered, &changed).is_err());
            }
        }
    }

    #[test]
    fn nothing_that_is_asked_for_panics(text in ".{0,200}") {
        let _ = match_one("http://127.0.0.1/cb", &text);
        let _ = web_origin(&text);
    }

    #[test]
    fn what_is_encoded_is_read_back(name in ".{0,20}", value in ".{0,50}") {
        let text = encoded(&[(name.as_str(), value.clone())]);
        let read: Vec<_> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        prop_assert_eq!(read, vec![(name, value)]);
    }
}
