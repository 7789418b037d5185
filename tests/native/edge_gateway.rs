//! Claims about the gateway: what a service is told, and what never reaches one.

use hanzo_iam::{
    core::{
        gateway::{Call, IdentityKeys},
        publication::{EdgeSnapshot, KeyRecord},
        token::Claims,
    },
    edge::{Forward, Target},
};

use crate::edge_world::{EdgeWorld, START, answered, forwarded, root_keys, set};

fn call(world: &EdgeWorld, line: &str, headers: &[(&str, &str)]) -> Forward {
    let authorization = format!("Bearer {}", world.token());
    let mut all = vec![("authorization", authorization.as_str())];
    all.extend(headers);
    forwarded(world.send(line, &all))
}

/// A provider of an organization may say any address of a person.
#[test]
fn an_address_that_is_not_verified_is_not_told_to_a_service() {
    let world = EdgeWorld::new();
    let claims = Claims { email_verified: false, ..world.claims() };
    let credential = EdgeWorld::signed(&world.key, &claims);
    let authorization = format!("Bearer {credential}");
    let sent = world.send("GET /v1/echo/hello", &[("authorization", &authorization)]);
    let forward = forwarded(sent);
    assert_eq!(set(&forward, "x-user-id"), Some("u-alice"));
    assert_eq!(set(&forward, "x-user-email"), None);
}

#[test]
fn a_service_gets_the_caller_and_never_the_credential() {
    let world = EdgeWorld::new();
    let forward = call(&world, "GET /v1/echo/hello?a=b", &[("accept", "*/*")]);
    assert_eq!(forward.target, Target::Binding("ECHO".to_owned()));
    for (name, value) in [
        ("x-org-id", "hanzo"),
        ("x-user-id", "u-alice"),
        ("x-user-name", "alice"),
        ("x-user-email", "alice@hanzo.example"),
        ("x-user-owner", "hanzo"),
        ("x-user-isorgadmin", "true"),
        ("x-scope-role", "admin"),
        ("x-billing-account-id", "org:hanzo"),
        ("x-forwarded-for", "192.0.2.7"),
    ] {
        assert_eq!(set(&forward, name), Some(value), "{name}");
    }
    assert_eq!(set(&forward, "x-user-isadmin"), None);
    assert!(forward.remove.contains(&"authorization".to_owned()));
    assert!(!forward.remove.contains(&"accept".to_owned()));
}

#[test]
fn a_service_behind_a_url_is_called_with_the_whole_path() {
    let forward = call(&EdgeWorld::new(), "GET /v1/files/a?b=c", &[]);
    assert_eq!(forward.target, Target::Url("https://files.internal/v1/files/a?b=c".to_owned()));
}

/// ATTACKS F-86: CVE-2025-64484, CVE-2025-48865.
#[test]
fn identity_headers_of_the_client_do_not_reach_a_service() {
    let world = EdgeWorld::new();
    let evil = [
        ("x-user-id", "root"),
        ("x_user_id", "root"),
        ("x-user-isadmin", "true"),
        ("x-hanzo-user", "root"),
        ("x_hanzo_user", "root"),
        ("x-iam-roles", "admin"),
        ("x-roles", "admin"),
        ("x-tenant-id", "acme"),
        ("x-identity-signature", "t=1,v1=x"),
        ("x-custom", "dropped"),
        ("connection", "x-user-id, X-Custom"),
        ("cookie", "a=1; hanzo_session=s; access_token=t"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-http-method-override", "DELETE"),
    ];
    let forward = call(&world, "GET /v1/echo", &evil);
    for (name, value) in evil {
        let ours = set(&forward, name);
        assert!(forward.remove.contains(&name.to_owned()) || ours.is_some(), "{name}");
        assert_ne!(ours, Some(value), "{name}");
    }
    assert_eq!(set(&forward, "x-user-id"), Some("u-alice"));
    assert_eq!(set(&forward, "cookie"), Some("a=1"));
}

proptest::proptest! {
    /// ATTACKS F-86: in any spelling, repeated, named by `Connection`, with and without a caller.
    #[test]
    fn no_spelling_of_an_identity_header_passes(
        name in proptest::sample::select(&[
            "x-user-id", "x-hanzo-user", "x-org-id", "x-user-isadmin", "x-iam-roles", "x-scope",
            "x-billing-account-id", "x-identity-signature", "x-request-id", "x-forwarded-for",
        ][..]),
        folds in proptest::collection::vec((proptest::bool::ANY, proptest::bool::ANY), 24),
        is_public in proptest::bool::ANY,
    ) {
        let spelling: String = name
            .chars()
            .zip(folds)
            .map(|(letter, (upper, underscore))| match letter {
                '-' if underscore => '_',
                letter if upper => letter.to_ascii_uppercase(),
                letter => letter,
            })
            .collect();
        let world = EdgeWorld::new();
        let connection = format!("keep-alive, {spelling}, {name}");
        let forged = [
            (spelling.as_str(), "forged"),
            (name, "forged"),
            ("connection", connection.as_str()),
        ];
        let forward = if is_public {
            forwarded(world.send("GET /v1/echo/public/a", &forged))
        } else {
            call(&world, "GET /v1/echo", &forged)
        };
        proptest::prop_assert!(forward.remove.contains(&spelling));
        proptest::prop_assert!(forward.remove.iter().any(|removed| removed == name));
        let identity = forward.identity.iter().flat_map(|identity| identity.headers());
        let told = identity.chain(&forward.set).all(|(_, value)| !value.contains("forged"));
        proptest::prop_assert!(told);
    }
}

#[test]
fn x_org_id_only_selects_among_the_signed_organizations() {
    let world = EdgeWorld::new();
    let organization = |selected: &str| {
        let forward = call(&world, "GET /v1/echo", &[("x-org-id", selected)]);
        (
            set(&forward, "x-org-id").map(str::to_owned),
            set(&forward, "x-scope-role").map(str::to_owned),
        )
    };
    assert_eq!(organization("acme"), (Some("acme".to_owned()), Some("member".to_owned())));
    for other in ["lux", "", "hanzo, acme", "HANZO"] {
        assert_eq!(organization(other).0.as_deref(), Some("hanzo"), "{other}");
    }
}

/// ATTACKS F-91: the identity is bound to its request and its service.
#[test]
fn a_forwarded_identity_is_signed_for_its_request_and_service() {
    let world = EdgeWorld::new();
    let forward = call(&world, "GET /v1/echo/a?b=c", &[]);
    let identity = forward.identity.as_ref().unwrap().headers();
    let call =
        Call { request_id: forward.request_id.as_str(), method: "GET", target: "/v1/echo/a?b=c" };
    let signature = set(&forward, "x-identity-signature").unwrap();
    let verify = |service, call: &Call<'_>| {
        IdentityKeys::derive(&root_keys(), service).verify(identity, call, signature, START).is_ok()
    };
    assert!(verify("echo", &call));
    assert!(!verify("files", &call));
    assert!(!verify("echo", &Call { request_id: "other", ..call }));
    assert!(!verify("echo", &Call { target: "/v1/echo/b?b=c", ..call }));
}

/// ATTACKS F-88: CVE-2026-40575.
#[test]
fn policy_sees_the_path_that_the_service_sees() {
    let world = EdgeWorld::new();
    world.send("GET /v1/echo/public/a", &[]);
    for path in [
        "/v1/echo//public/a",
        "/v1//echo/public/a",
        "//v1/echo/public/a",
        "/v1/echo/public/../private",
        "/v1/echo/public/%2e%2e/private",
        "/v1/echo/public/%2E%2E%2Fprivate",
        "/v1/echo/public;x/../private",
        "/v1/echo;public/a",
        "/v1/echo%2Fpublic/a",
        "/v1/echo/public\\..\\private",
        "/v1/echo/public./a",
        "/v1/%65cho/public/a",
        "/v1/echo/public/a%00",
        "/v1/echo/public%3Fa",
    ] {
        assert_eq!(answered(world.send(&format!("GET {path}"), &[])).status, 400, "{path}");
    }
    for path in
        ["/V1/echo/public/a", "/v1/Echo/public/a", "/v1/echo2", "/v1", "/", "/internal/edge"]
    {
        assert_eq!(answered(world.send(&format!("GET {path}"), &[])).status, 404, "{path}");
    }
    assert_eq!(answered(world.send("GET /v1/echo?/public/a", &[])).status, 401);
    forwarded(world.send("GET /v1/echo/public/a", &[]));
}

/// Issue 10, fault 34: `openai.models.retrieve("hanzo/zen5")`.
#[test]
fn an_encoded_slash_goes_through_unchanged_where_a_credential_is_required() {
    let world = EdgeWorld::new();
    let forward = call(&world, "GET /v1/files/hanzo%2Fzen5?a=b%2Fc", &[]);
    let unchanged = "https://files.internal/v1/files/hanzo%2Fzen5?a=b%2Fc";
    assert_eq!(forward.target, Target::Url(unchanged.to_owned()));
    call(&world, "GET /v1/echo/a%2fb/c", &[]);
    // No public pattern matches it.
    for path in ["/v1/echo/public/a%2Fb", "/v1/echo/public%2Fa", "/v1/echo/public/%2f"] {
        assert_eq!(answered(world.send(&format!("GET {path}"), &[])).status, 401, "{path}");
        let (key, record) = EdgeWorld::mint_key(1);
        world.publish_key(&key, &KeyRecord { publishable: true, ..record });
        assert_eq!(answered(world.call(&format!("GET {path}"), &key)).status, 403, "{path}");
        call(&world, &format!("GET {path}"), &[]);
    }
    for path in [
        "/v1/echo/public/..%2Fprivate",
        "/v1/echo/a%2F..%2F..%2Fadmin",
        "/v1/echo/a%2F%2e%2E%2Fb",
        "/v1/echo/%2F.",
        "/v1/echo%2Fa",
        "/v1%2Fecho/a",
        "/v1/iam/users/hanzo%2Fbob",
        "/v1/iam%2Fusers",
        "/login%2Foauth",
        "/oauth/a%2Fb",
    ] {
        let answer = answered(world.call(&format!("GET {path}"), &world.token()));
        assert_eq!(answer.status, 400, "{path}");
    }
}

/// Issue 10, fault 25: overlong UTF-8 is a dot to some decoders (CVE-2008-2938).
#[test]
fn a_path_that_does_not_decode_to_utf8_is_refused() {
    let world = EdgeWorld::new();
    for path in ["%c0%ae%c0%ae/private", "%c0%af", "%e0%80%af", "%ff", "%ed%a0%80", "a%c3"] {
        let line = format!("GET /v1/echo/public/{path}");
        assert_eq!(answered(world.call(&line, &world.token())).status, 400, "{path}");
    }
    forwarded(world.send("GET /v1/echo/public/%C3%B6", &[]));
}

/// ATTACKS F-89: policy is about the method that the request has.
#[test]
fn no_method_and_no_upgrade_goes_round_the_policy() {
    let world = EdgeWorld::new();
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert_eq!(answered(world.send(&format!("{method} /v1/echo"), &[])).status, 401);
    }
    for method in ["TRACE", "TRACK", "CONNECT", "get", "PROPFIND", "FOO"] {
        let answer = answered(world.call(&format!("{method} /v1/echo"), &world.token()));
        assert_eq!(answer.status, 405, "{method}");
    }
    let upgrade = [("upgrade", "websocket"), ("connection", "Upgrade")];
    assert_eq!(answered(world.send("GET /v1/echo", &upgrade)).status, 401);
    let forward = call(&world, "GET /v1/echo", &upgrade);
    assert!(!forward.remove.contains(&"upgrade".to_owned()));

    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &KeyRecord { scope: "read:*".to_owned(), ..record });
    forwarded(world.call("HEAD /v1/echo", &key));
    let bearer = format!("Bearer {key}");
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let headers = [("authorization", bearer.as_str()), (name, "DELETE")];
        let forward = forwarded(world.send("GET /v1/echo", &headers));
        assert!(forward.remove.contains(&name.to_owned()));
        let headers = [("authorization", bearer.as_str()), (name, "GET")];
        assert_eq!(answered(world.send("POST /v1/echo", &headers)).status, 403);
    }
}

#[test]
fn a_key_reaches_no_further_than_its_scope_and_class() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &KeyRecord { scope: "product:files".to_owned(), ..record.clone() });
    forwarded(world.call("POST /v1/files/a", &key));
    let answer = answered(world.call("GET /v1/echo", &key));
    assert_eq!(answer.status, 403);
    assert!(answer.headers.iter().any(|(_, value)| value.contains("insufficient_scope")));

    let (key, _) = EdgeWorld::mint_key(2);
    world.publish_key(&key, &KeyRecord { publishable: true, ..record });
    forwarded(world.call("GET /v1/echo/public/a", &key));
    assert_eq!(answered(world.call("GET /v1/echo/private", &key)).status, 403);
}

#[test]
fn a_public_path_needs_no_credential_but_refuses_a_bad_one() {
    let world = EdgeWorld::new();
    let forward = forwarded(world.send("GET /v1/echo/public/a", &[("x-user-id", "root")]));
    assert_eq!(set(&forward, "x-user-id"), None);
    assert!(forward.remove.contains(&"x-user-id".to_owned()));
    assert_eq!(answered(world.call("GET /v1/echo/public/a", "a.b.c")).status, 401);
}

/// ATTACKS F-87, F-90.
#[test]
fn iam_goes_to_the_origin_with_a_hop_that_the_client_cannot_choose() {
    let world = EdgeWorld::new();
    for path in ["/v1/iam/users", "/login/oauth/authorize", "/api/login", "/oauth/token", "/login"]
    {
        let headers = [("x-hanzo-hop", "1.x"), ("x-hanzo-client-ip", "10.0.0.1")];
        let forward = forwarded(world.send(&format!("POST https://hanzo.id{path}"), &headers));
        assert_eq!(forward.target, Target::Origin);
        assert_eq!(set(&forward, "x-hanzo-base"), Some("https://hanzo.id"));
        assert_eq!(set(&forward, "x-hanzo-client-ip"), Some("192.0.2.7"));
        assert_ne!(set(&forward, "x-hanzo-hop"), Some("1.x"));
    }
    for path in ["/v1/account/keys", "/v1/account/keys/x", "/v1/account/csrf"] {
        let call = format!("GET https://api.hanzo.ai{path}");
        assert_eq!(forwarded(world.send(&call, &[])).target, Target::Origin, "{path}");
    }
    for path in ["/internal/edge", "/v1/internal/edge", "/", "/v1/account/keysx", "/v1/account"] {
        assert_eq!(answered(world.send(&format!("GET {path}"), &[])).status, 404, "{path}");
    }
}

#[test]
fn refusals_have_the_shape_of_the_contract() {
    let world = EdgeWorld::new();
    let answer = answered(world.send("GET /v1/echo", &[]));
    assert_eq!(answer.body, r#"{"error":"unauthorized","message":"Authentication required"}"#);
    assert!(
        answer
            .headers
            .contains(&("www-authenticate", r#"Bearer realm="https://hanzo.id""#.to_owned()))
    );
    assert_eq!(answer.request_id.as_str().len(), 32);
    let answer = answered(world.call("GET /v1/echo", "a.b.c"));
    assert_eq!(answer.body, r#"{"error":"unauthorized","message":"Invalid token"}"#);
    assert!(answer.headers.iter().any(|(_, value)| value.contains(r#"error="invalid_token""#)));
}

/// What the platform keeps of a call it keeps by the number of the introduction.
#[test]
fn each_difference_in_identity_headers_has_its_own_number() {
    let world = EdgeWorld::new();
    let mut claims = world.claims();
    let number = |request: &str, token: &str| {
        forwarded(world.call(request, token)).identity.unwrap().number()
    };
    let first = number("GET /v1/echo/hello", &world.token());
    assert_eq!(number("POST /v1/echo/other", &world.token()), first);
    claims.jti = "another".to_owned();
    let second_token = EdgeWorld::signed(&world.key, &claims);
    assert_eq!(number("GET /v1/echo", &second_token), first, "another token says the same");
    claims.jti = "a third".to_owned();
    claims.scope = "openid".to_owned();
    let mut numbers = vec![first, number("GET /v1/files/a", &world.token())];
    numbers.push(number("GET /v1/echo", &EdgeWorld::signed(&world.key, &claims)));
    claims.jti = "a fourth".to_owned();
    claims.sub = "somebody else".to_owned();
    numbers.push(number("GET /v1/echo", &EdgeWorld::signed(&world.key, &claims)));
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
}

/// Otherwise each renewal, every twenty seconds, would cost each caller what a first call costs.
#[test]
fn a_renewed_snapshot_changes_introductions_to_no_service_but_those_that_it_changes() {
    let world = EdgeWorld::new();
    let token = world.token();
    let numbers = || {
        ["GET /v1/echo", "GET /v1/files/a"]
            .map(|request| forwarded(world.call(request, &token)).identity.unwrap().number())
    };
    let renewed = |change: fn(&mut EdgeSnapshot)| {
        world.clock.advance(30);
        let mut snapshot = world.edge_snapshot(&[&world.key]);
        change(&mut snapshot);
        world.publish_snapshot(&snapshot);
        pollster::block_on(world.edge.renew());
        numbers()
    };
    let [echo, files] = numbers();
    assert_eq!(renewed(|_| {}), [echo, files]);
    assert_eq!(renewed(|snapshot| snapshot.audiences.push("another".to_owned())), [echo, files]);
    let told_less = renewed(|snapshot| snapshot.routes[0].identity = Some(Vec::new()));
    assert_ne!(told_less[0], echo);
    assert_eq!(told_less[1], files);
}
