//! Claims about discovery and JWKS.

use hanzo_iam::origin::api::{endpoint::Worker, list::ENDPOINTS};

use crate::edge_world::{EdgeWorld, answered};

const JWKS: [&str; 2] = ["/.well-known/jwks", "/v1/iam/.well-known/jwks"];

#[test]
fn discovery_is_served_at_four_addresses_with_the_issuer_of_the_host() {
    let world = EdgeWorld::new();
    for name in ["openid-configuration", "oauth-authorization-server"] {
        for base in ["/.well-known/", "/v1/iam/.well-known/"] {
            for (host, issuer) in [
                ("hanzo.id", "https://hanzo.id"),
                ("lux.id", "https://lux.id"),
                ("evil.example", "https://hanzo.id"),
            ] {
                let line = format!("GET https://{host}{base}{name}");
                let forged =
                    [("x-forwarded-host", "evil.example"), ("authorization", "Basic eA==")];
                let answer = answered(world.send(&line, &forged));
                let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
                assert_eq!(document["issuer"], issuer, "{line}");
            }
        }
    }
    assert_eq!(world.asked(), (0, 0));
}

/// WIRE §1.3.
#[test]
fn jwks_is_served_with_a_strong_etag_and_returns_304() {
    let world = EdgeWorld::new();
    for path in JWKS {
        let answer = answered(world.send(&format!("GET {path}"), &[]));
        assert_eq!(answer.status, 200);
        let jwks: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let key = &jwks["keys"][0];
        assert_eq!(key["kid"], world.key.public.id().0);
        assert_eq!((&key["use"], &key["alg"]), (&"sig".into(), &"ES256".into()));
        let header = |wanted: &str| {
            answer.headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
        };
        let etag = header("etag").unwrap();
        let digest = hanzo_iam::core::encoding::sha256(answer.body.as_bytes());
        assert_eq!(etag, format!("\"{}\"", hanzo_iam::core::encoding::hex(&digest[..16])));
        assert_eq!(header("cache-control").as_deref(), Some("public, max-age=60"));
        for known in [etag.clone(), format!("\"x\", {etag}"), "*".to_owned()] {
            let answer = answered(world.send(&format!("GET {path}"), &[("if-none-match", &known)]));
            assert_eq!((answer.status, answer.body.as_str()), (304, ""));
        }
        assert_eq!(answered(world.send(&format!("POST {path}"), &[])).status, 405);
    }
}

#[test]
fn jwks_is_served_from_memory_while_everything_else_is_down() {
    let world = EdgeWorld::new();
    answered(world.send("GET /.well-known/jwks", &[]));
    *world.backend.kv_is_down.borrow_mut() = true;
    *world.backend.origin_is_down.borrow_mut() = true;
    world.clock.advance(24 * 3600);
    assert!(world.edge.wants_renewal());
    assert!(!world.edge.wants_renewal(), "one request renews, the others go on");
    pollster::block_on(world.edge.renew());
    assert_eq!(answered(world.send("GET /.well-known/jwks", &[])).status, 200);
}

#[test]
fn an_edge_without_any_snapshot_asks_the_origin() {
    let world = EdgeWorld::new();
    world.backend.kv.borrow_mut().clear();
    assert_eq!(answered(world.send("GET /.well-known/jwks", &[])).status, 503);
    let snapshot = world.snapshot(&[&world.key]);
    world.backend.origin.borrow_mut().insert("/internal/edge".to_owned(), snapshot);
    assert_eq!(answered(world.send("GET /.well-known/jwks", &[])).status, 200);
}

#[test]
fn an_older_snapshot_does_not_replace_a_newer_one() {
    let world = EdgeWorld::new();
    let old = world.snapshot(&[]);
    world.clock.advance(60);
    world.publish(&[&world.key]);
    answered(world.send("GET /.well-known/jwks", &[]));
    world.backend.kv.borrow_mut().clear();
    world.backend.origin.borrow_mut().insert("/internal/edge".to_owned(), old);
    pollster::block_on(world.edge.renew());
    let answer = answered(world.send("GET /.well-known/jwks", &[]));
    assert!(answer.body.contains(&world.key.public.id().0));
}

/// The list of endpoints says which of them the edge serves itself.
#[test]
fn what_the_list_marks_as_the_edges_is_served_without_the_origin() {
    let world = EdgeWorld::new();
    let at_the_edge = ENDPOINTS.iter().filter(|entry| entry.declaration.worker == Worker::Edge);
    let mut served = 0;
    for entry in at_the_edge {
        let answer = answered(world.send(&format!("GET {}", entry.declaration.path), &[]));
        assert_eq!(answer.status, 200, "{}", entry.declaration.path);
        served += 1;
    }
    assert_eq!((served, world.asked().1), (3, 0));
}
