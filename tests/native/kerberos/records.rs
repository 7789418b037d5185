//! The record of a Kerberos provider: what is sealed, what is shown and what is refused.

use serde_json::{Value, json};

use super::{
    maker::{keytab, own_keytab},
    record,
};
use crate::{
    oauth::sql,
    resources::{item, make},
    world::World,
};

const KEY: [u8; 32] = [1; 32];
const SERVICE: &str = "HTTP/hanzo.id@EXAMPLE.COM";

#[test]
fn a_keytab_is_sealed_and_only_its_principals_versions_and_types_are_shown() {
    let world = World::demo();
    let mut sent = record();
    let secret =
        keytab(&[(SERVICE, 3, 18, &KEY), (SERVICE, 4, 20, &[9; 32]), (SERVICE, 4, 23, &[5; 16])]);
    sent["keytab"] = json!(secret);
    sent["keytabKeys"] = json!([{"principal": "forged"}]);
    let made = make(&world, "providers", &sent).ok()["provider"].clone();
    assert_eq!(made["keytab"], "***");
    let keys = json!([
        {"principal": SERVICE, "kvno": 3, "encryption": "aes256-cts-hmac-sha1-96", "used": true},
        {"principal": SERVICE, "kvno": 4, "encryption": "aes256-cts-hmac-sha384-192", "used": true},
        {"principal": SERVICE, "encryption": "rc4-hmac, withdrawn", "used": false},
    ]);
    assert_eq!(made["keytabKeys"], keys);
    let stored = format!(
        "{:?}{:?}",
        sql(&world, "SELECT * FROM providers"),
        sql(&world, "SELECT record FROM audit_entries")
    );
    assert!(!stored.contains(&secret[..40]), "{stored}");
    // What was read is written back: the keytab and what is known of it stay.
    let path = item("providers", "ad");
    let written = world.put(&path).of("alice").json(&made).send().ok();
    assert_eq!(written["provider"]["keytabKeys"], keys);
    let removed = world.put(&path).of("alice").json(&json!({"keytab": null})).send().ok();
    assert_eq!(removed["provider"].get("keytabKeys"), None);
    assert_eq!(removed["provider"].get("keytab"), None);
}

#[test]
fn a_wrong_record_is_refused_by_the_name_of_its_member() {
    let world = World::demo();
    let cases: [(&str, Value, &str); 11] = [
        ("keytab", json!("no base64!"), "base64"),
        ("keytab", json!("AAAA"), "not a keytab"),
        ("keytab", json!(&own_keytab()[..80]), "truncated"),
        ("keytab", json!(keytab(&[(SERVICE, 1, 23, &[1; 16])])), "no AES key"),
        ("keytab", json!(keytab(&[(SERVICE, 1, 3, &[1; 8])])), "no AES key"),
        (
            "keytab",
            json!(keytab(&[("HTTP/other.id@EXAMPLE.COM", 1, 18, &KEY)])),
            "has no AES key of HTTP/hanzo.id@EXAMPLE.COM; it has those of HTTP/other.id@EXAMPLE.COM",
        ),
        ("keytab", json!(7), "string"),
        ("realm", json!(""), "required"),
        ("networks", json!(["10.0.0.0/99"]), "10.0.0.0/99"),
        ("principalMapping", json!([{"realm": "EXAMPLE.COM", "username": "x"}]), "{primary}"),
        ("userMapping", json!({"subject": "realm"}), "principal"),
    ];
    for (member, value, why) in cases {
        let mut sent = record();
        sent[member] = value.clone();
        let refused = make(&world, "providers", &sent).refused(400);
        assert_eq!(refused["field"], member, "{refused}");
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

/// The realm, or the service, cannot change under the keytab.
#[test]
fn a_keytab_has_to_be_of_the_services_of_the_record() {
    let world = World::demo();
    make(&world, "providers", &record()).ok();
    let path = item("providers", "ad");
    for (changes, member) in [
        (json!({"principals": ["HTTP/other.id"]}), "keytab"),
        (json!({"realm": "OTHER.COM"}), "keytab"),
    ] {
        let refused = world.put(&path).of("alice").json(&changes).send().refused(400);
        assert_eq!(refused["field"], member, "{refused}");
    }
    let both = keytab(&[("HTTP/other.id@EXAMPLE.COM", 2, 17, &[4; 16])]);
    let changes = json!({"principals": ["HTTP/other.id"], "keytab": both});
    world.put(&path).of("alice").json(&changes).send().ok();
}

/// Casdoor keeps a keytab in the organization, in clear.
#[test]
fn the_keytab_of_an_organization_is_refused_and_never_kept() {
    let world = World::demo();
    let path = "/v1/iam/organizations/admin/hanzo";
    let sent = json!({"kerberosRealm": "EXAMPLE.COM", "kerberosKeytab": own_keytab()});
    let refused = world.put(path).of("root").json(&sent).send().refused(400);
    assert_eq!(refused["field"], "kerberosKeytab");
    assert!(refused.to_string().contains("provider of category Kerberos"), "{refused}");
    for blank in [json!(""), json!("***"), json!(null)] {
        let sent = json!({"kerberosRealm": "EXAMPLE.COM", "kerberosKeytab": blank});
        world.put(path).of("root").json(&sent).send().ok();
    }
    let shown = world.get(path).of("root").send().text();
    assert!(shown.contains("EXAMPLE.COM") && !shown.contains("kerberosKeytab"), "{shown}");
}
