//! The edge's log: one line for each refusal and each failure, of the origin's form, and nothing of
//! what is granted (ATTACKS H-117). Every other test of the edge has its lines scanned for secrets too.

use hanzo_iam::{
    core::{limit::Budget, publication::KeyRecord, request_head::RequestHead, revocation::Subject},
    edge::Undelivered,
};
use serde_json::{Value, json};

use crate::edge_world::{EdgeWorld, START, answered, forwarded, new_key};

const READ: &str = "GET /v1/echo/a?q=private";

/// The one line of a request that is refused. It says the answer's status and id, and no more of the
/// address than the path.
#[track_caller]
fn refused(world: &EdgeWorld, line: &str, headers: &[(&str, &str)]) -> Value {
    world.log.take();
    let answer = answered(world.send(line, headers));
    let lines: Vec<_> =
        world.log.take().into_iter().filter(|line| line["event"] == "request").collect();
    let [line] = lines.as_slice() else { unreachable!("{lines:?}") };
    assert_eq!(line["status"], answer.status);
    assert_eq!(line["requestId"], answer.request_id.as_str());
    assert!(answer.body.contains(line["reason"].as_str().unwrap()), "{line} {}", answer.body);
    assert!(!line.to_string().contains("private"), "{line}");
    line.clone()
}

#[track_caller]
fn refused_with(world: &EdgeWorld, credential: &str) -> Value {
    refused(world, READ, &[("authorization", &format!("Bearer {credential}"))])
}

fn cause(line: &Value) -> &str {
    line["cause"].as_str().unwrap_or_default()
}

fn published(world: &EdgeWorld, change: impl FnOnce(&mut KeyRecord)) -> String {
    let (key, mut record) = EdgeWorld::mint_key(7);
    change(&mut record);
    world.publish_key(&key, &record);
    key
}

/// The holder of [`published`], as the log names them.
fn bob() -> Value {
    json!({"subject": "u-bob", "organization": "hanzo", "credential": "key", "id": "k7"})
}

/// Fault "every refusal and every failure leaves one structured line".
#[test]
fn each_refusal_of_a_request_leaves_one_line() {
    let world = EdgeWorld::new();
    forwarded(world.call(READ, &world.token())); // the snapshot is there from here on
    let line = refused(&world, READ, &[]);
    let expected = json!({
        "level": "refusal", "event": "request", "requestId": line["requestId"], "method": "GET",
        "path": "/v1/echo/a", "status": 401, "reason": "Authentication required",
    });
    assert_eq!(line, expected);
    for (line, headers, status, because) in [
        ("GET /v1/none/a", [("x-a", "")], 404, "no route has the service"),
        ("GET /elsewhere", [("x-a", "")], 404, "the path names no service"),
        (
            "GET https://hanzo.id/v1/echo",
            [("x-a", "")],
            404,
            "no services are reached at this host",
        ),
        (
            "GET https://api.hanzo.ai/login",
            [("x-a", "")],
            404,
            "the sign-in is not reached at this host",
        ),
        ("TRACE /v1/echo", [("x-a", "")], 405, ""),
        ("GET /v1/echo/%2e%2e/a", [("x-a", "")], 400, ""),
        (
            "GET /v1/echo",
            [("authorization", "Digest private")],
            401,
            "a credential of that kind is not taken there",
        ),
        ("POST /v1/echo", [("cookie", "access_token=a.b.c")], 403, ""),
    ] {
        let line = refused(&world, line, &headers);
        assert_eq!((&line["status"], cause(&line)), (&json!(status), because), "{line}");
        assert_eq!(line["level"], "refusal");
    }
    let long = format!("GET /v1/echo/{}", "a/".repeat(20_000));
    assert_eq!(refused(&world, &long, &[])["status"], 414);
}

#[test]
fn the_log_line_holds_the_reason_that_the_client_does_not_get() {
    let world = EdgeWorld::new();
    let changed = |change: &dyn Fn(&mut hanzo_iam::core::token::Claims)| {
        let mut claims = world.claims();
        change(&mut claims);
        EdgeWorld::signed(&world.key, &claims)
    };
    let expired = changed(&|claims| claims.exp = hanzo_iam::core::time::UnixTime(START.0 - 3600));
    let elsewhere = changed(&|claims| claims.iss = "https://other.example".to_owned());
    let forged = {
        let token = world.token();
        let (head, _) = token.rsplit_once('.').unwrap();
        let other = changed(&|claims| claims.jti = "other".to_owned());
        format!("{head}.{}", other.rsplit_once('.').unwrap().1)
    };
    for (token, because) in [
        ("nonsense", "the credential is no JWT of ours"),
        (expired.as_str(), "the token has expired"),
        (&elsewhere, "the token is of another issuer"),
        (&forged, "the token's signature is wrong"),
        (&forged, "the token's signature is wrong"), // from memory
    ] {
        let line = refused_with(&world, token);
        assert_eq!(cause(&line), because);
        assert_eq!((&line["status"], &line["caller"]), (&json!(401), &Value::Null));
    }
}

#[test]
fn the_line_names_whose_credential_was_revoked_and_not_their_address() {
    let world = EdgeWorld::new();
    let token = world.token();
    forwarded(world.call(READ, &token));
    world.backend.revoke(Subject::User("u-alice"));
    world.clock.advance(30);
    forwarded(world.send_and_renew("GET /v1/echo/public/a", &[])); // the feed is renewed behind it
    let line = refused_with(&world, &token);
    let alice = json!({
        "subject": "u-alice", "organization": "hanzo", "client": "hanzo-app",
        "credential": "token", "id": "j",
    });
    assert_eq!((cause(&line), &line["caller"]), ("the token is revoked", &alice));
    assert!(!line.to_string().contains("alice@"), "{line}");
}

#[test]
fn the_line_names_the_key_that_may_not_call() {
    let world = EdgeWorld::new();
    forwarded(world.call(READ, &world.token()));
    let dead = published(&world, |key| key.active = false);
    for _ in 0..2 {
        // looked up, and from memory
        let line = refused_with(&world, &dead);
        let told = "the key is revoked or has expired, or its holder is disabled";
        assert_eq!((cause(&line), &line["caller"]), (told, &bob()));
    }
    let forged = format!("{}x", &dead[..dead.len() - 1]);
    assert_eq!(cause(&refused_with(&world, &forged)), "the key was not made here");
    let (unknown, _) = EdgeWorld::mint_key(8);
    assert_eq!(cause(&refused_with(&world, &unknown)), "there is no such key");

    let world = EdgeWorld::new();
    let line = refused_with(&world, &published(&world, |key| key.publishable = true));
    assert_eq!((&line["status"], &line["caller"]), (&json!(403), &bob()));

    let world = EdgeWorld::new();
    let key = published(&world, |key| key.rate = Some(1));
    forwarded(world.call(READ, &key));
    let line = refused_with(&world, &key);
    assert_eq!((&line["status"], cause(&line)), (&json!(429), "limit: key"));
    assert_eq!(line["caller"], bob());

    let world = EdgeWorld::new();
    let key = published(&world, |key| key.budget = Budget { month: None, total: Some(1) });
    forwarded(world.call(READ, &key));
    let line = refused_with(&world, &key);
    assert_eq!((&line["status"], &line["caller"]), (&json!(402), &bob()));
}

/// ATTACKS F-83: the address with the key in it is what must not be kept.
#[test]
fn a_key_in_an_address_is_in_no_line() {
    let world = EdgeWorld::new();
    let (key, _) = EdgeWorld::mint_key(9);
    let encoded: String = key.bytes().map(percent_encoding::percent_encode_byte).collect();
    let twice = encoded.replace('%', "%25");
    let token = world.token();
    for text in [&key, &encoded, &twice, &key.replacen('-', "%2D", 1), &token] {
        for line in [
            format!("GET /v1/echo/{text}/b"),
            format!("GET /v1/none/{text}"),
            format!("GET /v1/echo/a?key={text}"),
            format!("{text} /v1/echo"),
        ] {
            let written = refused(&world, &line, &[]).to_string();
            assert!(!written.contains(text.as_str()), "{written}");
            assert!(!written.contains(&key[3..]) && !written.contains(&encoded[9..]), "{written}");
        }
    }
}

#[test]
fn a_failure_is_logged_with_its_cause_and_the_failed_call() {
    let world = EdgeWorld::new();
    forwarded(world.call(READ, &world.token()));
    world.backend.origin_is_down.replace(true);
    let (key, _) = EdgeWorld::mint_key(8);
    answered(world.call(READ, &key));
    let lines = world.log.take();
    let [asked, line] = lines.as_slice() else { unreachable!("{lines:?}") };
    assert_eq!((&asked["event"], &asked["cause"]), (&json!("origin"), &json!("http: down")));
    assert_eq!(asked["path"], "/internal/keys/[redacted]");
    assert_eq!((&line["level"], &line["status"]), (&json!("failure"), &json!(503)));
    assert_eq!(cause(line), "the origin did not return the key");

    let other = EdgeWorld::signed(&new_key(), &world.claims());
    let line = refused_with(&world, &other);
    assert_eq!(line["status"], 503);
    assert_eq!(cause(&line), "no snapshot is new enough for the signing key");
}

/// 502 and 504: the platform tells of them.
#[test]
fn a_call_without_a_response_names_its_caller() {
    let world = EdgeWorld::new();
    let token = world.token();
    forwarded(world.call(READ, &token));
    let text =
        format!("GET\nhttps://api.hanzo.ai/v1/echo/a?q=private\n\nauthorization\nBearer {token}");
    let head = RequestHead::parse(&text).unwrap();
    for (what, cause, status) in
        [(Undelivered::Failed, Some("Error: connection lost"), 502), (Undelivered::Late, None, 504)]
    {
        let answer = world.edge.undelivered(&head, what, cause, "0123456789abcdef0123456789abcdef");
        let lines = world.log.take();
        let [line] = lines.as_slice() else { unreachable!("{lines:?}") };
        assert_eq!((answer.status, &line["status"]), (status, &json!(status)));
        assert_eq!((&line["level"], &line["path"]), (&json!("failure"), &json!("/v1/echo/a")));
        assert_eq!(line["requestId"], "0123456789abcdef0123456789abcdef");
        assert_eq!(
            (&line["cause"], &line["caller"]["subject"]),
            (&json!(cause), &json!("u-alice"))
        );
    }
}

#[test]
fn what_is_granted_leaves_no_line() {
    let world = EdgeWorld::new();
    let key = published(&world, |_| {});
    for _ in 0..3 {
        forwarded(world.call(READ, &world.token()));
        forwarded(world.call(READ, &key));
        forwarded(world.send("GET /v1/echo/public/a", &[("cookie", "access_token=a.b.c")]));
        forwarded(world.send("GET https://hanzo.id/v1/iam/users", &[]));
        answered(world.send("GET https://hanzo.id/v1/iam/.well-known/jwks", &[]));
    }
    assert_eq!(world.log.take(), Vec::<Value>::new());
}
