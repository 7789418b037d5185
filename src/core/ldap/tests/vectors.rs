//! `tests/vectors/ldap/messages.json`: captures between OpenLDAP's clients and slapd.

use serde_json::Value;

use super::unhex;
use crate::core::ldap::{
    Filter, Incoming, LdapResult, Message, Operation, Page, Scope, Search, request,
};

pub(super) fn messages() -> Vec<Value> {
    let text = include_str!("../../../../tests/vectors/ldap/messages.json");
    serde_json::from_str(text).unwrap()
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn number(value: &Value, name: &str) -> u32 {
    u32::try_from(value[name].as_u64().unwrap()).unwrap()
}

fn search_of(decoded: &Value) -> Option<Search> {
    let search = &decoded["searchRequest"];
    let page = match decoded.get("controls").and_then(Value::as_array).map(Vec::as_slice) {
        None => None,
        Some([control]) => {
            let paged = control.get("paged")?;
            let critical = control["criticality"].as_bool().unwrap_or(false);
            let (size, cookie) = (number(paged, "size"), unhex(text(paged, "cookie_hex")));
            Some(Page { size, cookie, critical })
        }
        Some(_) => return None,
    };
    if search["typesOnly"] == true {
        return None;
    }
    let scope = match text(search, "scope") {
        "base" => Scope::Base,
        "one" => Scope::OneLevel,
        "sub" => Scope::Subtree,
        other => panic!("{other}"),
    };
    let attributes = search["attributes"].as_array().unwrap();
    Some(Search {
        base: text(search, "baseObject").to_owned(),
        scope,
        size_limit: number(search, "sizeLimit"),
        time_limit: number(search, "timeLimit"),
        filter: Filter::parse(text(search, "filter")).unwrap(),
        attributes: attributes.iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        page,
    })
}

#[test]
fn requests_are_the_bytes_that_openldaps_clients_send() {
    let (mut same, mut never_sent) = (0, Vec::new());
    for message in messages().iter().filter(|message| text(message, "direction") == "client") {
        let decoded = &message["decoded"];
        let id = number(decoded, "messageID");
        let bytes = match text(decoded, "op") {
            "bindRequest" if decoded["bindRequest"]["simple"].is_string() => {
                let bind = &decoded["bindRequest"];
                request::bind(id, text(bind, "name"), text(bind, "simple").as_bytes(), false)
            }
            "unbindRequest" => request::unbind(id),
            "extendedRequest" if text(message, "exchange") == "starttls" => request::start_tls(id),
            "searchRequest" if search_of(decoded).is_some() => {
                request::search(id, &search_of(decoded).unwrap()).unwrap()
            }
            _ => {
                never_sent.push(text(message, "name").to_owned());
                continue;
            }
        };
        assert_eq!(bytes, unhex(text(message, "hex")), "{}", text(message, "name"));
        same += 1;
    }
    // Operations and controls that this client does not have: "who am I", compare, abandon, types only,
    // another control, server-side sort, an undecodable bind.
    never_sent.sort();
    assert_eq!(
        never_sent,
        [
            "abandon-3-abandonRequest",
            "bind-backslash-name-2-extendedRequest",
            "bind-odd-name-2-extendedRequest",
            "bind-ok-2-extendedRequest",
            "compare-2-compareRequest",
            "compare-false-2-compareRequest",
            "critical-control-2-searchRequest",
            "notice-of-disconnection-0-bindRequest",
            "search-sorted-2-searchRequest",
            "search-types-only-2-searchRequest",
            "unknown-extended-0-extendedRequest",
        ]
    );
    assert_eq!(same, 92);
}

fn assert_result(result: &LdapResult, expected: &Value, name: &str) {
    assert_eq!(result.code.0, number(expected, "resultCode"), "{name}");
    if let Some(text) = result.code.name() {
        assert_eq!(text, expected["resultName"], "{name}");
    }
    assert_eq!(result.matched_dn, expected["matchedDN"], "{name}");
    assert_eq!(result.diagnostic, expected["diagnosticMessage"], "{name}");
    let referral = expected.get("referral").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    assert_eq!(serde_json::to_value(&result.referral).unwrap(), referral, "{name}");
}

fn assert_decoded(message: &Message, decoded: &Value, name: &str) {
    assert_eq!(message.id, number(decoded, "messageID"), "{name}");
    let op = text(decoded, "op");
    let expected = &decoded[op];
    match (&message.operation, op) {
        (Operation::Bind(result), "bindResponse")
        | (Operation::SearchDone(result), "searchResultDone") => {
            assert_result(result, expected, name);
        }
        (Operation::Extended { result, name: found }, "extendedResponse") => {
            assert_result(result, expected, name);
            assert_eq!(found.as_deref(), expected["responseName"].as_str(), "{name}");
        }
        (Operation::Reference(uris), "searchResultReference") => {
            assert_eq!(serde_json::to_value(uris).unwrap(), expected["uris"], "{name}");
        }
        (Operation::Entry(entry), "searchResultEntry") => {
            assert_eq!(entry.dn, expected["objectName"], "{name}");
            let attributes = expected["attributes"].as_array().unwrap();
            assert_eq!(entry.attributes.len(), attributes.len(), "{name}");
            for (found, expected) in entry.attributes.iter().zip(attributes) {
                assert_eq!(found.description, expected["type"], "{name}");
                let values = expected["vals"].as_array().unwrap();
                assert_eq!(found.values.len(), values.len(), "{name}");
                for (found, expected) in found.values.iter().zip(values) {
                    match expected {
                        Value::String(text) => assert_eq!(found, text.as_bytes(), "{name}"),
                        binary => {
                            use base64::{Engine, engine::general_purpose::STANDARD};
                            let bytes = STANDARD.decode(text(binary, "base64")).unwrap();
                            assert_eq!(found, &bytes, "{name}");
                        }
                    }
                }
            }
        }
        (Operation::Other(0x6f), "compareResponse") => {}
        other => panic!("{name}: {other:?}"),
    }
    let controls = decoded.get("controls").and_then(Value::as_array);
    let paged = controls.and_then(|controls| controls.iter().find_map(|one| one.get("paged")));
    let cookie = paged.map(|paged| unhex(text(paged, "cookie_hex")));
    assert_eq!(message.cookie, cookie, "{name}");
}

#[test]
fn every_answer_of_slapd_decodes_to_what_was_captured() {
    let all = messages();
    let mut count = 0;
    for message in all.iter().filter(|message| text(message, "direction") == "server") {
        let decoded = Message::decode(&unhex(text(message, "hex"))).unwrap();
        assert_decoded(&decoded, &message["decoded"], text(message, "name"));
        count += 1;
    }
    assert_eq!(count, 142);
}

#[test]
fn a_stream_gives_the_same_messages_however_it_is_cut() {
    let all = messages();
    let answers = all.iter().filter(|message| text(message, "direction") == "server");
    let stream: Vec<u8> = answers.flat_map(|message| unhex(text(message, "hex"))).collect();
    let whole = Incoming::new(1 << 20).push(&stream).unwrap();
    for size in [1, 2, 3, 7, 100, 4096] {
        let mut incoming = Incoming::new(1 << 20);
        let cut: Vec<_> =
            stream.chunks(size).flat_map(|chunk| incoming.push(chunk).unwrap()).collect();
        assert!(cut == whole, "chunks of {size}");
        assert!(incoming.is_empty());
    }
}
