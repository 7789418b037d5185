//! The published vectors of EIP-4361, and messages of our own.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;

#[test]
fn every_valid_message_of_eip_4361_is_read_with_its_fields() {
    let text = include_str!("../../../../tests/vectors/siwe/parsing_positive.json");
    let vectors: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.len(), 19);
    for (name, vector) in vectors {
        let text = vector["message"].as_str().unwrap();
        let message = Message::parse(text).unwrap_or_else(|field| panic!("{name}: {field}"));
        let fields = &vector["fields"];
        assert_eq!(message.text(), text);
        assert_eq!(message.scheme(), fields["scheme"].as_str(), "{name}");
        assert_eq!(message.domain(), fields["domain"], "{name}");
        assert_eq!(message.address().to_string(), fields["address"].as_str().unwrap(), "{name}");
        assert_eq!(message.statement(), fields["statement"].as_str(), "{name}");
        assert_eq!(message.uri(), fields["uri"], "{name}");
        assert_eq!(message.chain_id(), fields["chainId"].to_string(), "{name}");
        assert_eq!(message.nonce(), fields["nonce"], "{name}");
        let issued_at = fields["issuedAt"].as_str().unwrap().parse();
        assert_eq!(Ok(message.issued_at()), issued_at, "{name}");
        let resources = fields["resources"].as_array().cloned().unwrap_or_default();
        assert_eq!(Value::from(message.resources().to_vec()), Value::from(resources), "{name}");
    }
}

#[test]
fn every_invalid_message_of_eip_4361_is_refused() {
    let text = include_str!("../../../../tests/vectors/siwe/parsing_negative.json");
    let vectors: BTreeMap<String, String> = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.len(), 29);
    for (name, text) in vectors {
        assert!(Message::parse(&text).is_err(), "{name}");
    }
}

#[test]
fn every_signature_of_eip_4361_is_accepted_at_its_time() {
    let text = include_str!("../../../../tests/vectors/siwe/verification_positive.json");
    let vectors: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.len(), 4);
    for (name, vector) in vectors {
        let field = |name: &str| vector[name].as_str().unwrap_or_default().to_owned();
        let mut text = format!(
            "{} wants you to sign in with your Ethereum account:\n{}\n\n{}\n\nURI: {}\nVersion: \
             {}\nChain ID: {}\nNonce: {}\nIssued At: {}",
            field("domain"),
            field("address"),
            field("statement"),
            field("uri"),
            field("version"),
            vector["chainId"],
            field("nonce"),
            field("issuedAt"),
        );
        for (tag, name) in [("Expiration Time", "expirationTime"), ("Not Before", "notBefore")] {
            if let Some(time) = vector[name].as_str() {
                text += &["\n", tag, ": ", time].concat();
            }
        }
        let issued = Message::parse(&text).unwrap();
        let now = vector["time"].as_str().map_or(NOW, |time| time.parse().unwrap());
        let (address, signature) = (field("address"), field("signature"));
        let presented = Presented {
            chain: Chain::Evm,
            scheme: Some("eip191"),
            address: &address,
            public_key: None,
            message: &text,
            signature: &signature,
            extra: &Extra::default(),
        };
        assert_eq!(reason(verify(&issued, &presented, now)), None, "{name}");
        if let Some(end) = issued.expires_at() {
            let result = verify(&issued, &presented, end);
            assert_eq!(reason(result), Some(WalletError::Expired), "{name}");
        }
        if vector["notBefore"].is_string() {
            assert_eq!(reason(verify(&issued, &presented, NOW)), Some(WalletError::Expired));
        }
    }
}

fn draft(address: &Address) -> Draft<'_> {
    Draft {
        domain: "hanzo.id",
        address,
        statement: Some("Sign in to Hanzo."),
        uri: "https://hanzo.id/login",
        chain_id: None,
        nonce: "0123456789abcdef0123456789abcdef",
        issued_at: UnixTime(1_795_694_400),
        expires_at: UnixTime(1_795_694_700),
        request_id: None,
        resources: &[],
    }
}

#[test]
fn an_issued_message_has_the_text_that_libraries_write() {
    let signed = Signed::of(Chain::Evm);
    let address = Address::parse(Chain::Evm, &signed.address).unwrap();
    assert_eq!(Message::issue(&draft(&address)).unwrap().text(), signed.message);

    // The message that viem's `createSiweMessage` made, but for its milliseconds.
    let by_viem = Signed::all().into_iter().find(|signed| signed.by.starts_with("viem")).unwrap();
    let address = Address::parse(Chain::Evm, &by_viem.address).unwrap();
    let resources = ["https://hanzo.id/terms".to_owned()];
    let issued = Message::issue(&Draft {
        chain_id: Some("8453"),
        request_id: Some("r-1"),
        resources: &resources,
        ..draft(&address)
    });
    assert_eq!(issued.unwrap().text(), by_viem.message.replace(".000Z", "Z"));
}

#[test]
fn a_message_is_issued_for_every_chain() {
    for signed in Signed::all().into_iter().filter(|signed| !signed.by.starts_with("viem")) {
        let address = Address::parse(signed.chain, &signed.address).unwrap();
        assert_eq!(
            Message::issue(&draft(&address)).unwrap().text(),
            signed.message,
            "{}",
            signed.by
        );
    }
}

#[test]
fn a_field_cannot_pretend_to_be_another_one() {
    let signed = Signed::of(Chain::Evm);
    let address = Address::parse(Chain::Evm, &signed.address).unwrap();
    let plain = draft(&address);
    let forged = "Sign in.\n\nURI: https://evil.example";
    let injected = ["https://hanzo.id/\nRequest ID: 1".to_owned()];
    for (draft, field) in [
        (Draft { statement: Some(forged), ..plain.clone() }, Field::Version),
        (Draft { statement: Some("ünïcode"), ..plain.clone() }, Field::Statement),
        (Draft { statement: Some(""), ..plain.clone() }, Field::Uri),
        (Draft { domain: "hanzo.id evil", ..plain.clone() }, Field::Domain),
        (Draft { domain: "https://hanzo.id", ..plain.clone() }, Field::Domain),
        (Draft { uri: "https://hanzo.id/\nVersion: 1", ..plain.clone() }, Field::ChainId),
        (Draft { uri: "hanzo.id", ..plain.clone() }, Field::Uri),
        (Draft { nonce: "short", ..plain.clone() }, Field::Nonce),
        (Draft { chain_id: Some("0x1"), ..plain.clone() }, Field::ChainId),
        (Draft { chain_id: Some(""), ..plain.clone() }, Field::ChainId),
        (Draft { request_id: Some("a/b"), ..plain.clone() }, Field::RequestId),
        (Draft { resources: &injected, ..plain }, Field::End),
    ] {
        assert_eq!(Message::issue(&draft), Err(field));
    }
}
