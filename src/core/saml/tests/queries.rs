//! Messages of the redirect binding.

use serde::Deserialize;

use super::{file, key_of};
use crate::{
    core::{
        saml::{
            Algorithms,
            binding::{Kind, Redirect},
            logout::{self, Expected},
            metadata, request,
            xml::{Limits, parse},
        },
        time::UnixTime,
    },
    platform::native::RustCrypto,
};

#[derive(Deserialize)]
struct Listed {
    name: String,
    role: String,
    query: String,
    expected: String,
    clock: String,
    signing_cert: String,
    in_response_to: Option<String>,
    signature_verifies: Option<bool>,
    policy: Option<String>,
}

/// The first check that fails, in words.
fn judge(query: &Listed, algorithms: Algorithms) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let redirect = Redirect::from_query(&query.query).map_err(|error| said(&error))?;
    let keys = key_of(&query.signing_cert, false);
    let verified = pollster::block_on(redirect.verify(&RustCrypto, &keys, algorithms));
    verified.map_err(|error| said(&error))?;
    let document = parse(&redirect.message, &Limits::MESSAGE).map_err(|error| said(&error))?;
    let now: UnixTime = query.clock.parse().unwrap();
    let at_provider = query.role.starts_with("identity provider");
    let (issuer, destination) = if at_provider {
        ("https://app.hanzo.test/saml/metadata", "https://iam.hanzo.test/saml/sso")
    } else {
        ("https://idp.hanzo.test/saml", "https://iam.hanzo.test/saml/slo")
    };
    let expected = Expected { now, issuer, destination, signed: true };
    let read = if at_provider {
        let entities = metadata::read(&file("made/sp-metadata.xml"), now).unwrap();
        request::authn_request(&document, &expected, &entities[0].roles[0]).map(drop)
    } else if redirect.kind == Kind::Request {
        logout::request(&document, &expected).map(drop)
    } else {
        logout::response(&document, &expected, query.in_response_to.as_deref().unwrap())
    };
    read.map_err(|error| said(&error))
}

#[test]
fn every_query_is_judged_as_listed() {
    let queries: Vec<Listed> = serde_json::from_slice(&file("made/redirect.json")).unwrap();
    assert_eq!(queries.len(), 15);
    for query in queries {
        let verdict = judge(&query, Algorithms::default());
        assert_eq!(verdict.is_ok(), query.expected == "accept", "{}: {verdict:?}", query.name);
        let by_key = verdict == Err("the signature is not of a trusted key".to_owned());
        if query.policy.is_none() {
            assert_eq!(by_key, query.signature_verifies == Some(false), "{}", query.name);
        } else {
            let weak = Algorithms { danger_sha1: true, ..Algorithms::default() };
            assert_eq!(judge(&query, weak), Ok(()), "{}", query.name);
        }
    }
}

#[test]
fn a_parameter_appears_once() {
    for query in [
        "SAMLRequest=a&SAMLRequest=b",
        "SAMLRequest=a&SAMLResponse=b",
        "RelayState=a",
        "SAMLRequest=a&RelayState=b&RelayState=c",
        "SAMLRequest=a&Signature=b",
        "SAMLRequest=a&SigAlg=b",
        "SAMLRequest=%%%&x",
        "SAMLRequest=a&SAMLEncoding=gzip",
        "",
    ] {
        assert!(Redirect::from_query(query).is_err(), "{query}");
    }
}
