//! Writes the messages of a server.

use crate::core::ldap::ber::{ENUMERATED, INTEGER, SEQUENCE, SET, element, octets, write_number};

pub(super) fn message(id: u32, operation: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&write_number(INTEGER, id), operation])
}

pub(super) fn result(tag: u8, code: u32, diagnostic: &str) -> Vec<u8> {
    element(tag, &[&write_number(ENUMERATED, code), &octets(b""), &octets(diagnostic.as_bytes())])
}

pub(super) fn bound(id: u32) -> Vec<u8> {
    message(id, &result(0x61, 0, ""))
}

pub(super) fn bind_refused(id: u32, code: u32, diagnostic: &str) -> Vec<u8> {
    message(id, &result(0x61, code, diagnostic))
}

pub(super) fn done(id: u32) -> Vec<u8> {
    message(id, &result(0x65, 0, ""))
}

fn with_control(id: u32, operation: &[u8], oid: &[u8], value: &[u8]) -> Vec<u8> {
    let control = element(SEQUENCE, &[&octets(oid), &octets(value)]);
    let controls = element(0xa0, &[&control]);
    element(SEQUENCE, &[&write_number(INTEGER, id), operation, &controls])
}

/// The end of a page.
pub(super) fn page_done(id: u32, cookie: &[u8]) -> Vec<u8> {
    let value = element(SEQUENCE, &[&write_number(INTEGER, 0), &octets(cookie)]);
    with_control(id, &result(0x65, 0, ""), b"1.2.840.113556.1.4.319", &value)
}

/// A bind that succeeds, with the password policy control.
pub(super) fn bound_with_policy(id: u32, value: &[u8]) -> Vec<u8> {
    with_control(id, &result(0x61, 0, ""), b"1.3.6.1.4.1.42.2.27.8.5.1", value)
}

pub(super) fn entry(id: u32, dn: &str, attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, values)| {
            let values: Vec<u8> = values.iter().flat_map(|value| octets(value)).collect();
            element(SEQUENCE, &[&octets(name.as_bytes()), &element(SET, &[&values])])
        })
        .collect();
    message(id, &element(0x64, &[&octets(dn.as_bytes()), &element(SEQUENCE, &[&attributes])]))
}

/// A person with a subject.
pub(super) fn person(id: u32, uid: &str, number: u128) -> Vec<u8> {
    let subject = format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        number >> 96,
        number >> 80 & 0xffff,
        number >> 64 & 0xffff,
        number >> 48 & 0xffff,
        number & 0xffff_ffff_ffff
    );
    let dn = format!("uid={uid},ou=people,dc=hanzo,dc=test");
    let time: &[u8] = b"20261125184943Z";
    entry(
        id,
        &dn,
        &[
            ("entryUUID", &[subject.as_bytes()]),
            ("uid", &[uid.as_bytes()]),
            ("modifyTimestamp", &[time]),
        ],
    )
}
