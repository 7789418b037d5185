//! The published tickets at the pages: each with its verdict.

use base64ct::{Base64, Encoding};
use http::StatusCode;
use serde_json::{Value, json};

use super::{INSIDE, get, page, sends, sessions, world_with};
use crate::{
    browser::Browser,
    world::{START, World},
};

fn read() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/kerberos/vectors.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn all() -> Vec<Value> {
    read()["vectors"].as_array().unwrap().clone()
}

/// A world at the time and with the keytab of the vector.
pub fn world(vector: &Value) -> World {
    let keytab = &read()["keytabs"][vector["keytab"].as_str().unwrap()]["base64"];
    let world = world_with(&json!({
        "name": "ad", "category": "Kerberos", "realm": "HANZO.TEST", "networks": ["10.0.0.0/8"],
        "principals": [vector["service"]], "keytab": keytab,
        "principalMapping": [{"realm": "HANZO.TEST", "username": "{primary}", "existing": true}],
    }));
    world.clock.advance(vector["clock"].as_i64().unwrap() - START.0);
    world
}

/// The token of a first request as that of a second one: `NegTokenResp` with a responseToken (RFC 4178 §4.2.2).
pub fn continuing(authorization: &str) -> String {
    let token = authorization.strip_prefix("Negotiate ").unwrap();
    let mut token = Base64::decode_vec(token).unwrap();
    for tag in [0x04, 0xa2, 0x30, 0xa1] {
        let length = u16::try_from(token.len()).unwrap().to_be_bytes();
        assert!(token.len() > 255);
        token = [&[tag, 0x82][..], &length, &token].concat();
    }
    format!("Negotiate {}", Base64::encode_string(&token))
}

#[test]
fn every_vector_has_its_verdict_at_the_page() {
    let mut accepted = 0;
    for vector in all() {
        let world = world(&vector);
        let before = sessions(&world);
        let mut browser = Browser::at(&world, INSIDE);
        let token = vector["authorization"].as_str().unwrap();
        let answer = sends(&world, &mut browser, &page(), token);
        let name = &vector["name"];
        let is_accepted = vector["expected"] == "accept";
        accepted += usize::from(is_accepted);
        assert_eq!(answer.status() == StatusCode::SEE_OTHER, is_accepted, "{name}");
        assert_eq!(sessions(&world) > before, is_accepted, "{name}");
        let is_mutual = vector["mutual_required"] == true;
        if is_accepted && is_mutual {
            assert!(answer.header("www-authenticate").is_some(), "{name}");
        }
        // Once only.
        let again =
            get(&world, &mut Browser::at(&world, INSIDE), &page(), &[("authorization", token)]);
        assert_ne!(again.status(), StatusCode::SEE_OTHER, "{name}");
    }
    assert_eq!(accepted, 16);
}
