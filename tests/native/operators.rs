//! What only operators may see: nothing of it without an edge proof, and nothing more with one (ATTACKS
//! H-116, F-90), and lists that grow beyond what one statement binds (H-112).

use hanzo_iam::core::request_head::RequestHead;
use serde_json::{Value, json};

use crate::{
    edge_world::{EdgeWorld, status_of},
    oauth::sql,
    world::World,
};

/// Where other identity providers have shown their metrics, health, profiles and consoles.
const CURIOUS: [&str; 24] = [
    "/",
    "/metrics",
    "/health",
    "/healthz",
    "/readyz",
    "/livez",
    "/status",
    "/debug",
    "/debug/pprof/heap",
    "/debug/vars",
    "/actuator",
    "/actuator/env",
    "/api/metrics",
    "/v1/iam/metrics",
    "/v1/iam/health",
    "/v1/iam/debug",
    "/v1/iam/debug/metrics",
    "/v1/iam/system",
    "/v1/iam/internal/edge",
    "/v1/iam/oauth/metrics",
    "/login/metrics",
    "/internal",
    "/internal/metrics",
    "/internal/debug",
];

/// What an edge or an operator may ask of the origin.
const INTERNAL: [(&str, &str); 7] = [
    ("GET", "/internal/edge"),
    ("GET", "/internal/revocations?epoch=1&after=0"),
    ("GET", "/internal/keys/x"),
    ("POST", "/internal/usage"),
    ("POST", "/internal/exposures"),
    ("POST", "/internal/bootstrap"),
    ("GET", "/v1/iam/users"),
];

#[test]
fn metrics_health_and_debug_routes_do_not_exist() {
    let world = World::demo();
    for path in CURIOUS {
        for caller in [None, Some("bob"), Some("root")] {
            let call = world.get(path);
            let answer = match caller {
                Some(name) => call.of(name).send(),
                None => call.send(),
            };
            assert!([401, 404].contains(&answer.status().as_u16()), "{path}: {}", answer.status());
            let body = answer.body();
            let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
            let told = ["status", "error", "code", "msg", "data", "data2"];
            assert!(members.iter().all(|name| told.contains(name)), "{path}: {body}");
        }
    }
}

#[test]
fn an_outsider_reaches_nothing_internal_through_the_edge() {
    let edge = EdgeWorld::new();
    let token = edge.token();
    let bearer = format!("Bearer {token}");
    let outside = CURIOUS.iter().copied().filter(|path| {
        !["/v1/iam", "/login", "/api"].iter().any(|served| path.starts_with(served))
    });
    let internal = INTERNAL.iter().map(|(_, path)| *path).filter(|path| path.contains("internal"));
    for path in outside.chain(internal) {
        for method in ["GET", "POST", "DELETE"] {
            for headers in [vec![], vec![("authorization", bearer.as_str())]] {
                let status = status_of(edge.send(&format!("{method} {path}"), &headers));
                assert!([401, 403, 404, 405].contains(&status), "{method} {path}: {status}");
            }
        }
    }
}

/// A request that reaches the origin by another way than the edge has no answer but 403.
#[test]
fn without_an_edge_proof_the_origin_shows_nothing() {
    let world = World::demo();
    let key = &world.keys["root"];
    for (method, path) in INTERNAL {
        for value in ["", "1795464000.AAAA"] {
            let proof =
                if value.is_empty() { String::new() } else { format!("\nx-hanzo-hop\n{value}") };
            let text = format!(
                "{method}\nhttps://hanzo.id{path}\n192.0.2.1\nauthorization\nBearer {key}\n\
                 x-hanzo-base\nhttps://hanzo.id\nx-request-id\nguessed{proof}"
            );
            let head = RequestHead::parse(&text).unwrap();
            let answer = pollster::block_on(world.origin.receive(&head, b"{}".to_vec()));
            assert_eq!(answer.status(), 403, "{method} {path}");
            let body: Value = serde_json::from_slice(answer.body()).unwrap();
            let expected = json!({
                "status": 403, "code": "forbidden", "error": "this host is reached through the edge",
            });
            assert_eq!(body, expected);
            // the operator learns why
            let lines = world.log.take();
            assert_eq!(lines.len(), 1, "{lines:?}");
            let cause = lines[0]["cause"].as_str().unwrap();
            let why =
                if proof.is_empty() { "x-hanzo-hop is missing" } else { "edge proof is forged" };
            assert!(cause.ends_with(why), "{cause}");
        }
    }
}

/// ATTACKS H-112: D1 binds at most 100 parameters; who belongs to more organizations is listed all
/// the same.
#[test]
fn a_caller_with_more_organizations_than_parameters_lists_them() {
    let world = World::demo();
    sql(
        &world,
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 150) \
         INSERT INTO organizations (id, name, created_at, updated_at) \
         SELECT 'id-' || n, 'org' || n, 0, 0 FROM number",
    );
    let bob = crate::oauth::subject(&world, "hanzo", "bob");
    sql(
        &world,
        &format!(
            "INSERT INTO memberships (user_id, organization, role, created_at) \
             SELECT '{bob}', name, 'admin', 0 FROM organizations WHERE name LIKE 'org%'"
        ),
    );
    let organizations = world.get("/v1/iam/organizations").of("bob").send().ok();
    assert_eq!(organizations["organizations"].as_array().unwrap().len(), 151);
    let application = json!({"owner": "org7", "organization": "org7", "name": "x"});
    world.post("/v1/iam/applications").of("bob").json(&application).send().ok();
    let applications = world.get("/v1/iam/applications").of("bob").send().ok();
    assert_eq!(applications["applications"].as_array().unwrap().len(), 1);
}
