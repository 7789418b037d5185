//! Passkeys and security keys, and the certificates of the signing keys.

use serde_json::json;

use crate::{oauth::sql, world::World};

fn with_credential(world: &World) {
    sql(
        world,
        "INSERT INTO webauthn_credentials (id, owner, name, user_id, credential_id, public_key, \
         created_at, updated_at) SELECT 'c', 'hanzo', 'laptop', id, 'Y3JlZA', 'a2V5', 1, 1 \
         FROM users WHERE owner = 'hanzo' AND name = 'bob'",
    );
}

const LAPTOP: &str = "/v1/iam/webauthn-credentials/hanzo/laptop";

#[test]
fn users_see_their_own_passkeys_and_administrators_delete_those_of_their_users() {
    let world = World::demo();
    with_credential(&world);
    let own = world.get("/v1/iam/webauthn-credentials").of("bob").send().ok();
    assert_eq!(own["webauthnCredentials"][0]["user"], "hanzo/bob");
    let of_alice = world.get("/v1/iam/webauthn-credentials").of("alice").send().ok();
    assert_eq!(of_alice["webauthnCredentials"], json!([]));
    let of_bob = "/v1/iam/webauthn-credentials?user=hanzo/bob";
    assert_eq!(world.get(of_bob).of("alice").send().ok(), own);
    for who in ["dave", "erin"] {
        world.get(of_bob).of(who).send().refused(403);
        world.get(LAPTOP).of(who).send().refused(403);
        world.delete(LAPTOP).of(who).send().refused(403);
    }
    let read = world.get(LAPTOP).of("bob").send().ok();
    assert_eq!(read["webauthnCredential"]["credentialId"], "Y3JlZA");
    // The own one takes a recent sign-in, which a key is not.
    world.delete(LAPTOP).of("bob").send().refused(403);
    assert_eq!(world.delete(LAPTOP).of("alice").send().ok()["affected"], true);
    world.get(LAPTOP).of("bob").send().refused(404);
}

#[test]
fn a_passkey_is_neither_made_nor_changed_by_describing_it() {
    let world = World::demo();
    with_credential(&world);
    let body = json!({"owner": "hanzo", "name": "x", "user": "hanzo/alice", "publicKey": "a2V5"});
    for who in ["bob", "alice", "root"] {
        world.post("/v1/iam/webauthn-credentials").of(who).json(&body).send().refused(409);
        world.put(LAPTOP).of(who).json(&body).send().refused(409);
    }
}

#[test]
fn certificates_are_the_keys_of_the_jwks_and_take_no_private_material() {
    let world = World::demo();
    let kids: Vec<_> = sql(&world, "SELECT kid FROM signing_keys ORDER BY kid")
        .into_iter()
        .map(|row| row["kid"].clone())
        .collect();
    let certs = world.get("/v1/iam/certs?owner=admin").of("bob").send().ok();
    let list = certs["certs"].as_array().unwrap().iter();
    assert_eq!(list.map(|cert| cert["name"].clone()).collect::<Vec<_>>(), kids);
    assert!(!certs.to_string().contains("rivate"));
    let first = &certs["certs"][0];
    assert!(first["certificate"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert!(first["jwk"].as_str().unwrap().contains(&format!(r#""kid":{}"#, kids[0])));
    // A member that is written back blank, as it is read, changes nothing.
    let blank = json!({"privateKey": "", "accessSecret": "***", "certificate": null, "cryptoAlgorithm": "RS256"});
    world.post("/v1/iam/certs").of("root").json(&blank).send().ok();
    for body in [json!({"privateKey": "x"}), json!({"certificate": "x"})] {
        let path = format!("/v1/iam/certs/admin/{}", kids[0].as_str().unwrap());
        world.post("/v1/iam/certs").of("root").json(&body).send().refused(400);
        world.put(&path).of("root").json(&body).send().refused(400);
    }
}

#[test]
fn a_new_certificate_is_announced_before_it_signs() {
    let world = World::demo();
    world.post("/v1/iam/certs").of("alice").json(&json!({})).send().refused(403);
    let made = world.post("/v1/iam/certs").of("root").json(&json!({})).send().ok();
    assert_eq!((&made["state"], &made["cryptoAlgorithm"]), (&"announced".into(), &"ES256".into()));
    world.post("/v1/iam/certs").of("root").json(&json!({})).send().refused(409);
    let path = format!("/v1/iam/certs/admin/{}", made["name"].as_str().unwrap());
    world.clock.advance(24 * 3600);
    assert_eq!(world.get(&path).of("bob").send().ok()["state"], "signing");
}
