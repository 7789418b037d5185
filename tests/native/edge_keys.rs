//! API keys at the edge: where they are accepted, what they carry, and what refusals reveal
//! (ATTACKS F-82, F-85; issue 10, faults 4, 35, 36).

use base64ct::{Base64, Encoding};
use hanzo_iam::{
    core::{
        apikey::ApiKey,
        limit::Budget,
        publication::KeyRecord,
        request_id::RequestId,
        revocation::Subject,
        root_key::{RootKey, RootKeys},
        token::{OrganizationRole, Role},
    },
    edge::Response,
    platform::native::SeededRandom,
};

use crate::edge_world::{EdgeWorld, START, answered, forwarded, set, status_of};

const PROTOCOL: &str = "sec-websocket-protocol";

fn member(org: &str, role: Role) -> OrganizationRole {
    OrganizationRole { org: org.to_owned(), role }
}

/// A publishable key of an administrator of the platform and of acme.
fn publishable(world: &EdgeWorld) -> (String, KeyRecord) {
    let (key, record) = EdgeWorld::mint_key(1);
    let record = KeyRecord {
        publishable: true,
        owner: "admin".to_owned(),
        name: "root".to_owned(),
        email: "root@hanzo.example".to_owned(),
        orgs: vec![member("admin", Role::Owner), member("acme", Role::Admin)],
        billing_account: "org:admin".to_owned(),
        scope: "model:zen5".to_owned(),
        ..record
    };
    world.publish_key(&key, &record);
    (key, record)
}

/// Issue 10, fault 4: the key is embedded in pages, so that any client may use it.
#[test]
fn a_publishable_key_carries_its_organization_and_class_but_no_person() {
    let world = EdgeWorld::new();
    let (key, _) = publishable(&world);
    let bearer = format!("Bearer {key}");
    for selected in ["admin", "acme", "hanzo", ""] {
        let headers = [("authorization", bearer.as_str()), ("x-org-id", selected)];
        let forward = forwarded(world.send("GET /v1/echo/public/a", &headers));
        let told = [
            ("x-org-id", "admin".to_owned()),
            ("x-billing-account-id", "org:admin".to_owned()),
            ("x-scope", "publish,model:zen5".to_owned()),
        ];
        assert_eq!(forward.identity.unwrap().headers(), told, "{selected:?}");
    }
}

#[test]
fn a_publishable_key_that_is_spent_does_not_name_its_holder() {
    let world = EdgeWorld::new();
    let (key, record) = publishable(&world);
    let budget = Budget { total: Some(0), ..Budget::default() };
    world.publish_key(&key, &KeyRecord { budget, ..record });
    let answer = answered(world.call("GET /v1/echo/public/a", &key));
    assert_eq!(answer.status, 402);
    assert!(answer.body.contains(r#""user":"admin""#), "{}", answer.body);
}

/// ATTACKS F-85.
#[test]
fn a_key_that_only_reads_writes_at_no_service() {
    let world = EdgeWorld::new();
    for (seed, scope) in [(1, "read:*"), (2, "read:echo"), (3, "read:echo,product:echo")] {
        let (key, record) = EdgeWorld::mint_key(seed);
        world.publish_key(&key, &KeyRecord { scope: scope.to_owned(), ..record });
        for path in ["/v1/echo", "/v1/echo/public/a", "/v1/echo/a%2Fb"] {
            for method in ["GET", "HEAD"] {
                let call = world.call(&format!("{method} {path}"), &key);
                assert_eq!(status_of(call), 200, "{scope} {method} {path}");
            }
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let answer = answered(world.call(&format!("{method} {path}"), &key));
                assert_eq!(answer.status, 403, "{scope} {method} {path}");
                let challenge = r#"error="insufficient_scope""#;
                assert!(answer.headers.iter().any(|(_, value)| value.contains(challenge)));
            }
        }
        if scope != "read:*" {
            assert_eq!(status_of(world.call("GET /v1/files/a", &key)), 403, "{scope}");
        }
    }
}

/// The places in which a header carries a key.
fn places(key: &str) -> Vec<Vec<(&'static str, String)>> {
    vec![
        vec![("authorization", format!("Bearer {key}"))],
        vec![("x-authorization", format!("bearer {key}"))],
        vec![(
            "authorization",
            format!("Basic {}", Base64::encode_string(format!("x:{key}").as_bytes())),
        )],
        vec![("x-api-key", key.to_owned())],
        vec![
            ("upgrade", "websocket".to_owned()),
            (PROTOCOL, format!("realtime, openai-insecure-api-key.{key}, v1")),
        ],
    ]
}

fn send(world: &EdgeWorld, headers: &[(&'static str, String)]) -> hanzo_iam::edge::Decision {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.send("GET /v1/echo", &headers)
}

/// Issue 10, faults 35 and 36: taken from each place, and in none of them left to the service.
#[test]
fn a_key_is_taken_from_each_header_and_no_service_sees_it() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &record);
    for headers in places(&key) {
        let forward = forwarded(send(&world, &headers));
        assert_eq!(set(&forward, "x-user-id"), Some("u-bob"), "{headers:?}");
        for (name, value) in &headers {
            let passes = !forward.remove.contains(&(*name).to_owned());
            let seen = set(&forward, name).unwrap_or(if passes { value } else { "" });
            assert!(!seen.contains(&key), "{name}: {seen}");
        }
        if headers.iter().any(|(name, _)| *name == PROTOCOL) {
            assert_eq!(set(&forward, PROTOCOL), Some("realtime, v1"));
        }
    }
    // Alone it leaves no header: a service then chooses no subprotocol.
    let alone =
        [("upgrade", "websocket".to_owned()), (PROTOCOL, format!("openai-insecure-api-key.{key}"))];
    assert_eq!(set(&forwarded(send(&world, &alone)), PROTOCOL), Some(""));
}

#[test]
fn a_key_beside_another_credential_is_one_too_many_and_a_token_is_no_key() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &record);
    let token = world.token();
    for one in places(&key) {
        let beside = if one.iter().any(|(name, _)| *name == "x-api-key") {
            ("authorization", format!("Bearer {token}"))
        } else {
            ("x-api-key", key.clone())
        };
        let both = [one.as_slice(), &[beside]].concat();
        assert_eq!(status_of(send(&world, &both)), 400, "{both:?}");
    }
    for headers in &places(&token)[3..] {
        assert_eq!(status_of(send(&world, headers)), 401, "{headers:?}");
    }
}

/// ATTACKS F-82: form, checksum and MAC are checked without a look-up, and no response reveals
/// which of them failed, wherever the key is sent.
#[test]
fn all_keys_that_are_not_valid_get_one_answer_and_made_up_ones_no_look_up() {
    let world = EdgeWorld::new();
    let answer = |headers: &[(&'static str, String)]| {
        let answer = answered(send(&world, headers));
        Response { request_id: RequestId::new([0; 16]), ..answer }
    };
    forwarded(world.call("GET /v1/echo", &world.token()));
    let refusal = answer(&places("hk-")[0]);
    assert_eq!(refusal.status, 401);

    let (key, record) = EdgeWorld::mint_key(1);
    let mint = |root: u8, environment: &str| {
        let roots = RootKeys { current: RootKey::new([root; 32]), previous: None };
        ApiKey::mint(&SeededRandom::new(5), &roots, environment).text().expose().clone()
    };
    let last = if key.ends_with('a') { "b" } else { "a" };
    let made_up = [
        ("prefix", key.replacen("hk-", "hq-", 1)),
        ("prefix of a key", "sk-hk-".to_owned()),
        ("checksum", format!("{}{last}", &key[..57])),
        (
            "checksum by one byte within",
            key.replacen(&key[20..21], if &key[20..21] == "x" { "y" } else { "x" }, 1),
        ),
        ("MAC of another root", mint(8, "test")),
        ("MAC of another environment", mint(7, "live")),
        ("length", format!("{key}{key}")),
        ("endless", format!("hk-{}", "a".repeat(7000))),
        ("homoglyph", key.replacen('h', "\u{4bb}", 1)),
        ("homoglyph in the prefix's end", key.replacen('-', "\u{2010}", 1)),
    ];
    let asked = world.asked();
    for (what, key) in &made_up {
        for headers in places(key) {
            assert_eq!(answer(&headers), refusal, "{what}: {:?}", headers[0]);
        }
    }
    assert_eq!(world.asked(), asked, "none of them is looked up");

    assert_eq!(answer(&places(&key)[0]), refusal, "unknown");
    for (seed, what, dead) in [
        (2, "revoked before it was seen", KeyRecord { active: false, ..record.clone() }),
        (3, "expired", KeyRecord { expires_at: Some(START), ..record.clone() }),
        (4, "revoked after it was seen", KeyRecord { id: "k4".to_owned(), ..record }),
    ] {
        let (key, _) = EdgeWorld::mint_key(seed);
        world.publish_key(&key, &dead);
        if seed == 4 {
            forwarded(world.call("GET /v1/echo", &key));
            world.backend.revoke(Subject::Key("k4"));
            world.clock.advance(10);
        }
        for headers in places(&key) {
            assert_eq!(answer(&headers), refusal, "{what}: {:?}", headers[0]);
        }
    }
}
