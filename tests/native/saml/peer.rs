//! An identity provider of others, and a browser that goes there.

use base64ct::{Base64, Encoding};
use hanzo_iam::{
    core::{
        crypto::Signing,
        saml::{
            Attribute, NameId, Recipient, Signer,
            binding::Redirect,
            issue::{self, Assertion},
            message::Head,
            xml::{Limits, parse},
        },
        secret::Secret,
        signature::{RsaKey, VerifyingKey},
        time::UnixTime,
        token::Algorithm,
        x509::SelfSigned,
    },
    platform::native::RustCrypto,
    ports::Clock,
};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, form_token, location, parameter, query},
    oauth::sql,
    world::{Answer, ISSUER, World},
};

pub const IDP: &str = "https://idp.example/metadata";
pub const SSO: &str = "https://idp.example/sso";
pub const SLO: &str = "https://idp.example/slo";
pub const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
pub const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
pub const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// Where the service provider of `hanzo/okta` takes responses.
pub const ACS: &str = "/v1/iam/saml/sp/hanzo/okta/acs";

/// A key pair with a certificate.
pub struct Pair {
    private: Secret<Vec<u8>>,
    pub certificate: Vec<u8>,
}

impl Pair {
    pub fn new() -> Self {
        let pair = pollster::block_on(RustCrypto.generate(Algorithm::Rs256)).unwrap();
        let (modulus, exponent) = pair.public.rsa_numbers().unwrap();
        let key = RsaKey::new(&modulus, &exponent).unwrap();
        let wanted = SelfSigned {
            name: "idp.example",
            serial: &[1; 16],
            key: &key,
            begins: UnixTime(0),
            ends: UnixTime(4_000_000_000),
        };
        let certificate = wanted.certificate(&RustCrypto, &pair.private);
        let certificate = pollster::block_on(certificate).unwrap();
        Self { private: pair.private, certificate }
    }

    pub fn private(&self) -> Secret<Vec<u8>> {
        Secret::new(self.private.expose().clone())
    }

    pub fn pem(&self) -> String {
        let body = Base64::encode_string(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    pub fn signer(&self) -> Signer<'_> {
        Signer {
            crypto: &RustCrypto,
            algorithm: Algorithm::Rs256,
            private_key: &self.private,
            certificate: &self.certificate,
        }
    }
}

/// What an identity provider says, to be altered.
#[derive(Clone)]
pub struct Said {
    pub issuer: String,
    pub audience: String,
    pub recipient: String,
    pub answers: Option<String>,
    pub id: String,
    pub name: NameId,
    pub attributes: Vec<(String, Vec<String>)>,
    pub at: UnixTime,
    pub session_index: String,
}

impl Said {
    /// That `name` has signed in, in answer to the request with that ID.
    pub fn of(world: &World, name: &str, answers: Option<&str>) -> Self {
        Self {
            issuer: IDP.to_owned(),
            audience: format!("{ISSUER}/v1/iam/saml/sp/hanzo/okta/metadata"),
            recipient: format!("{ISSUER}{ACS}"),
            answers: answers.map(str::to_owned),
            id: format!("_a{}", answers.unwrap_or("0")),
            name: NameId {
                value: name.to_owned(),
                format: Some(EMAIL.to_owned()),
                qualifier: None,
                sp_qualifier: None,
            },
            attributes: vec![("displayName".to_owned(), vec!["Ada L.".to_owned()])],
            at: world.clock.now(),
            session_index: "_index".to_owned(),
        }
    }

    pub fn signed(&self, pair: &Pair) -> String {
        self.sent(pair, None)
    }

    pub fn encrypted(&self, pair: &Pair, for_us: &VerifyingKey) -> String {
        let content_key = Secret::new([7; 32]);
        let recipient = Recipient {
            crypto: &RustCrypto,
            key: for_us,
            content_key: &content_key,
            nonce: [9; 12],
        };
        self.sent(pair, Some(&recipient))
    }

    fn sent(&self, pair: &Pair, recipient: Option<&Recipient<'_>>) -> String {
        let head =
            Head { id: "_r", now: self.at, issuer: &self.issuer, destination: &self.recipient };
        let attribute = |(name, values): &(String, Vec<String>)| Attribute {
            name: name.clone(),
            name_format: None,
            friendly_name: None,
            values: values.clone(),
        };
        let attributes: Vec<Attribute> = self.attributes.iter().map(attribute).collect();
        let assertion = Assertion {
            id: &self.id,
            audience: &self.audience,
            in_response_to: self.answers.as_deref(),
            name_id: &self.name,
            attributes: &attributes,
            until: self.at.plus(300),
            session_index: &self.session_index,
            session_ends: None,
            authenticated_at: self.at,
            context: "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        };
        let signer = pair.signer();
        let written = issue::response(&head, &assertion, &signer, recipient);
        pollster::block_on(written).unwrap()
    }
}

/// The record of the provider `hanzo/okta`, with further or other members.
pub fn record(pair: &Pair, further: &Value) -> Value {
    let mut record = json!({
        "owner": "hanzo", "name": "okta", "displayName": "Okta", "category": "SAML", "type": "Okta",
        "issuerUrl": IDP, "endpoint": SSO, "singleLogoutUrl": SLO, "cert": pair.pem(),
    });
    record.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    record
}

/// A world in which `hanzo-app` offers that provider, and makes accounts for its people.
pub fn world(pair: &Pair, further: &Value) -> World {
    let world = World::demo();
    world.post("/v1/iam/providers").of("alice").json(&record(pair, further)).send().ok();
    let offers = json!({"enableSignUp": true, "providers": [{"name": "okta", "canSignUp": true}]});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&offers).send().ok();
    world
}

/// The page of the sign-in of `hanzo-app`.
pub fn page() -> String {
    format!("/login/oauth/authorize?{}", query(&[]))
}

/// Sends the browser to the provider; returns the address that it is led to.
pub fn leave(browser: &mut Browser<'_>) -> String {
    let token = form_token(&browser.get(&page()).text());
    let form = [("form_token", token.as_str()), ("step", "provider"), ("provider", "hanzo/okta")];
    location(&browser.post(&page(), &form))
}

/// The ID of the request in an address.
pub fn request_id(address: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let redirect = Redirect::from_query(query).unwrap();
    let document = parse(&redirect.message, &Limits::MESSAGE).unwrap();
    document.root().unwrap().attribute("ID").unwrap().to_owned()
}

/// Posts a response from another site, which brings no cookies.
pub fn post(world: &World, path: &str, message: &str, relay_state: &str) -> Answer {
    let value = Base64::encode_string(message.as_bytes());
    let form = [("SAMLResponse", value.as_str()), ("RelayState", relay_state)];
    let call = world.post(path).header("origin", "https://idp.example");
    call.header("sec-fetch-site", "cross-site").form(&form).send()
}

/// A whole sign-in with what `altered` makes of it: the answer of our service.
pub fn answered(
    world: &World,
    browser: &mut Browser<'_>,
    pair: &Pair,
    name: &str,
    altered: impl FnOnce(&mut Said),
) -> Answer {
    world.clock.advance(1);
    let address = leave(browser);
    let mut said = Said::of(world, name, Some(&request_id(&address)));
    altered(&mut said);
    let state = parameter(&address, "RelayState").unwrap();
    post(world, ACS, &said.signed(pair), &state)
}

/// The last sign-in, as the administrators of the provider read it: which check failed, and how.
pub fn last_attempt(world: &World) -> (String, String) {
    let rows = sql(world, "SELECT check_name, detail FROM federation_attempts ORDER BY at DESC");
    let text = |name: &str| rows[0][name].as_str().unwrap().to_owned();
    (text("check_name"), text("detail"))
}
