//! Claims about hosts, deadlines and refusals at the edge: where services are reached, how long they
//! may take, and what a page reads of a refusal.

use hanzo_iam::{
    core::request_id::RequestId,
    edge::{Response, Target, Undelivered},
};

use crate::edge_world::{EdgeWorld, answered, forwarded, gateway_hosts, set};

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// Issue 10, fault 1: the content of a service runs in the web origin of the host that served it.
#[test]
fn services_are_reached_at_the_hosts_of_the_gateway_only() {
    let world = EdgeWorld::new();
    let token = world.token();
    forwarded(world.call("GET https://api.hanzo.ai/v1/echo/a", &token));
    forwarded(world.call("GET https://api.hanzo.ai:8443/v1/echo/a", &token));
    for host in [
        "hanzo.id",
        "lux.id",
        "iam.hanzo.ai",
        "api.hanzo.ai.evil.example",
        "evil.example",
        "api.hanzo.ai.",
        "127.0.0.1:8787",
    ] {
        for path in ["/v1/echo/a", "/v1/echo/public/a"] {
            let line = format!("GET https://{host}{path}");
            assert_eq!(answered(world.call(&line, &token)).status, 404, "{line}");
            assert_eq!(answered(world.send(&line, &[])).status, 404, "{line}");
        }
        let preflight =
            [("origin", "https://app.example"), ("access-control-request-method", "GET")];
        let answer = answered(world.send(&format!("OPTIONS https://{host}/v1/echo/a"), &preflight));
        assert_eq!(answer.status, 404, "{host}");
    }
    let nowhere = EdgeWorld::with(|config| config.gateway_hosts = gateway_hosts(&[], None));
    assert_eq!(answered(nowhere.call("GET /v1/echo/a", &nowhere.token())).status, 404);
}

#[test]
fn a_development_host_may_be_both() {
    let shared = gateway_hosts(&[], Some("hanzo.id"));
    let world = EdgeWorld::with(|config| config.gateway_hosts = shared);
    forwarded(world.call("GET https://hanzo.id/v1/echo/a", &world.token()));
    let cookie = [("cookie", "hanzo_session=s")];
    let sign_in = forwarded(world.send("GET https://hanzo.id/login/oauth/authorize", &cookie));
    assert_eq!(set(&sign_in, "cookie"), None);
    assert_eq!(sign_in.response_headers, []);
}

/// Issue 10, fault 1: a session at the gateway's host would be at the mercy of every service there.
#[test]
fn people_do_not_sign_in_at_a_host_of_the_gateway() {
    let world = EdgeWorld::new();
    for path in [
        "/login",
        "/account",
        "/account/factors",
        "/login/oauth/authorize",
        "/login/oauth/device/ABCD",
        "/v1/iam/oauth/authorize",
        "/oauth/authorize",
    ] {
        for method in ["GET", "POST"] {
            let line = format!("{method} https://api.hanzo.ai{path}");
            assert_eq!(answered(world.send(&line, &[])).status, 404, "{line}");
            let line = format!("{method} https://hanzo.id{path}");
            assert_eq!(forwarded(world.send(&line, &[])).target, Target::Origin, "{line}");
        }
    }
    let cookie = [("cookie", "a=1; hanzo_session=s; hanzo_token=t; __Host-hanzo_signin=u")];
    for path in ["/v1/iam/account", "/v1/iam/login", "/api/login", "/v1/iam/oauth/token"] {
        let forward = forwarded(world.send(&format!("POST https://api.hanzo.ai{path}"), &cookie));
        assert_eq!(set(&forward, "cookie"), Some("a=1; hanzo_token=t"), "{path}");
        assert_eq!(forward.response_headers, [("set-cookie", String::new())], "{path}");
        let forward = forwarded(world.send(&format!("POST https://hanzo.id{path}"), &cookie));
        assert_eq!(set(&forward, "cookie"), None, "{path}");
        assert_eq!(forward.response_headers, [], "{path}");
    }
}

/// Issue 10, fault 26.
#[test]
fn each_forwarded_request_has_a_deadline() {
    let world = EdgeWorld::with(|config| {
        config.origin_deadline = 7;
        config.service_deadline = 9;
    });
    let mut snapshot = world.edge_snapshot(&[&world.key]);
    snapshot.routes[1].deadline = Some(600);
    world.publish_snapshot(&snapshot);
    assert_eq!(forwarded(world.send("GET https://hanzo.id/v1/iam/users", &[])).deadline, 7);
    assert_eq!(forwarded(world.call("GET /v1/echo/a", &world.token())).deadline, 9);
    assert_eq!(forwarded(world.call("GET /v1/files/a", &world.token())).deadline, 600);
}

/// Issue 10, fault 26; RFC 6749 §5.2, WIRE §5 and §6.
#[test]
fn a_response_that_does_not_come_is_replaced_in_the_form_of_the_protocol() {
    for (path, late, failed) in [
        (
            "/v1/iam/oauth/token",
            r#"{"error":"temporarily_unavailable","error_description":"the server did not answer in time"}"#,
            r#"{"error":"temporarily_unavailable","error_description":"the server did not answer"}"#,
        ),
        (
            "/v1/iam/users",
            r#"{"status":504,"error":"the server did not answer in time"}"#,
            r#"{"status":502,"error":"the server did not answer"}"#,
        ),
        (
            "/v1/echo/iam/oauth",
            r#"{"error":"gateway_timeout","message":"The service did not answer in time"}"#,
            r#"{"error":"bad_gateway","message":"The service did not answer"}"#,
        ),
    ] {
        for (what, status, body) in
            [(Undelivered::Late, 504, late), (Undelivered::Failed, 502, failed)]
        {
            let answer = what.response(path, RequestId::new([0; 16]));
            assert_eq!((answer.status, answer.body.as_str()), (status, body), "{path}");
            assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_ok(), "{body}");
            assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"));
        }
    }
}

/// Issue 10, fault 18; Fetch standard §3.2.3.
#[test]
fn a_page_reads_why_the_gateway_refused_it() {
    let limited =
        EdgeWorld::with(|config| config.user_rate = hanzo_iam::core::limit::Rate::new(1, 60));
    let page = ("origin", "https://app.example");
    let bearer = format!("Bearer {}", limited.token());
    let with_token = [("authorization", bearer.as_str()), page];
    forwarded(limited.send("GET /v1/echo/a", &with_token));
    let cold = EdgeWorld::new();
    cold.backend.kv.borrow_mut().clear();
    for (status, answer) in [
        (400, limited.send("GET /v1/echo/a?access_token=x", &[page])),
        (401, limited.send("GET /v1/echo/a", &[page])),
        (401, limited.send("GET /v1/echo/a", &[("authorization", "Bearer a.b.c"), page])),
        (404, limited.send("GET /v1/nothing/a", &with_token)),
        (405, limited.send("TRACE /v1/echo/a", &with_token)),
        (429, limited.send("GET /v1/echo/a", &with_token)),
        (503, cold.send("GET /v1/echo/a", &with_token)),
    ] {
        let answer = answered(answer);
        assert_eq!(answer.status, status);
        assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"), "{status}");
        assert_eq!(header(&answer, "access-control-allow-credentials"), None, "{status}");
        let exposed = header(&answer, "access-control-expose-headers").unwrap();
        for name in ["x-request-id", "www-authenticate", "retry-after", "ratelimit"] {
            assert!(exposed.split(", ").any(|known| known == name), "{status} {name}");
        }
    }
}

/// Issue 10, fault 18: what tracing and frameworks add to each request of a page.
#[test]
fn a_preflight_to_a_service_allows_what_libraries_add() {
    let world = EdgeWorld::new();
    let asked = "authorization,baggage,sentry-trace,traceparent,x-requested-with";
    let preflight = [
        ("origin", "http://127.0.0.1:5173"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", asked),
    ];
    let answer = answered(world.send("OPTIONS /v1/echo/a", &preflight));
    assert_eq!(answer.status, 204);
    assert_eq!(header(&answer, "access-control-allow-headers"), Some(asked));
    assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&answer, "access-control-allow-credentials"), None);
}

/// RFC 6750 §3.1 (issue 10, fault 21): no error code for a request without a credential.
#[test]
fn a_request_without_a_credential_gets_the_realm_and_no_error_code() {
    let world = EdgeWorld::new();
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        let answer = answered(world.send(&format!("{method} /v1/echo/a"), &[]));
        assert_eq!(answer.status, 401, "{method}");
        assert_eq!(header(&answer, "www-authenticate"), Some(r#"Bearer realm="https://hanzo.id""#));
    }
}

/// RFC 9110 §9.1, §15.5.6 (issue 10, fault 20).
#[test]
fn the_edges_own_paths_answer_head_as_get_and_name_their_methods() {
    let world = EdgeWorld::new();
    for name in ["openid-configuration", "oauth-authorization-server", "jwks"] {
        for base in ["/.well-known/", "/v1/iam/.well-known/"] {
            let path = format!("https://hanzo.id{base}{name}");
            let get = answered(world.send(&format!("GET {path}"), &[]));
            let head = answered(world.send(&format!("HEAD {path}"), &[]));
            assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
            assert_eq!(head.headers, get.headers, "{path}");
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let answer = answered(world.send(&format!("{method} {path}"), &[]));
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(header(&answer, "allow"), Some("GET, HEAD, OPTIONS"), "{method} {path}");
            }
        }
    }
}
