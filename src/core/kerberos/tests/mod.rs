//! The vectors of `shared/vectors/kerberos`, and what they do not have.

mod crypto;
mod made;
mod maker;
mod mit;
mod negotiation;
mod vectors;

use std::{cell::Cell, path::Path};

use serde_json::Value;

use super::*;
use crate::core::{random::Random, time::UnixTime};

/// Repeatable randomness: bytes that count up.
pub(super) struct Counting(Cell<u8>);

impl Counting {
    pub(super) const fn new() -> Self {
        Self(Cell::new(1))
    }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.get();
            self.0.set(byte.wrapping_add(1));
        }
    }
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

pub(super) fn file(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/kerberos");
    serde_json::from_slice(&std::fs::read(Path::new(folder).join(name)).unwrap()).unwrap()
}

pub(super) fn unbase64(text: &str) -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    Base64::decode_vec(text).unwrap()
}

/// The vectors and their keytabs.
pub(super) struct World(Value);

impl World {
    pub(super) fn load() -> Self {
        Self(file("vectors.json"))
    }

    pub(super) fn keytab_bytes(&self, name: &str) -> Vec<u8> {
        unbase64(self.0["keytabs"][name]["base64"].as_str().unwrap())
    }

    pub(super) fn keytab(&self, name: &str) -> Keytab {
        Keytab::read(&self.keytab_bytes(name)).unwrap()
    }

    pub(super) fn vectors(&self) -> &[Value] {
        self.0["vectors"].as_array().unwrap()
    }

    pub(super) fn vector(&self, name: &str) -> &Value {
        self.vectors().iter().find(|vector| vector["name"] == name).unwrap()
    }
}

pub(super) fn service_names(text: &str) -> Vec<Principal> {
    vec![Principal::parse(text).unwrap()]
}

pub(super) fn token(vector: &Value) -> Result<Vec<u8>, Refusal> {
    authorization_token(vector["authorization"].as_str().unwrap()).unwrap()
}

pub(super) fn clock(vector: &Value) -> UnixTime {
    UnixTime(vector["clock"].as_i64().unwrap())
}

/// The first step of a vector, with these channel bindings.
pub(super) fn begin(
    world: &World,
    vector: &Value,
    bindings: Bindings<'_>,
) -> Result<Step, Refusal> {
    let keytab = world.keytab(vector["keytab"].as_str().unwrap());
    let principals = service_names(vector["service"].as_str().unwrap());
    let service = Service { keytab: &keytab, principals: &principals, bindings };
    service.begin(&token(vector)?, clock(vector))
}

pub(super) fn candidate(step: Step) -> Candidate {
    let Step::Candidate(candidate) = step else { panic!("no candidate: {step:?}") };
    *candidate
}

pub(super) fn established(step: Step) -> Established {
    let Step::Established(established) = step else { panic!("not established: {step:?}") };
    established
}

/// A session key or subkey of a vector.
pub(super) fn key(etype: &Value, hex: &Value) -> Key {
    let number = i32::try_from(etype.as_i64().unwrap()).unwrap();
    Key::new(Etype::from_number(number).unwrap(), &unhex(hex.as_str().unwrap())).unwrap()
}
