//! The tests' world: one provider, its keys, and a login that was begun.

mod discovery;
mod flow;
mod id_tokens;
mod keys;
mod logouts;
mod presets;
mod properties;
mod regional;
mod signed;
mod vectors;

use std::cell::Cell;

use serde_json::{Value, json};

use self::keys::TestKey;
use super::{
    Callback, Grant, HttpCall, IdToken, IdTokenError, JsonWebKeys, Pending, Provider,
    ProviderSettings, Reply, Tokens, Userinfo,
    authorize::{Authorization, Wish},
    jws::JwsAlgorithm,
};
use crate::{
    core::{encoding::base64url, random::Random, secret::Secret, time::UnixTime},
    platform::native::RustCrypto,
};

const NOW: UnixTime = UnixTime(1_800_000_000);
const ISSUER: &str = "https://idp.example";
const REDIRECT: &str = "https://hanzo.id/v1/iam/oauth/callback";
const ACCESS_TOKEN: &str = "the-access-token";
const CODE: &str = "the-code";

/// Not chance at all.
struct Repeatable(Cell<u8>);

impl Random for Repeatable {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.set(self.0.get() + 1);
        bytes.fill(self.0.get());
    }
}

fn random() -> Repeatable {
    Repeatable(Cell::new(0))
}

/// Claims as [`Provider::userinfo`] returns them.
fn info(claims: &Value) -> Userinfo {
    Userinfo(claims.as_object().unwrap().clone())
}

/// The settings of a provider of `kind`.
fn settings(kind: &str) -> ProviderSettings {
    ProviderSettings {
        name: format!("provider-{kind}"),
        kind: kind.to_owned(),
        client_id: "hanzo".to_owned(),
        client_secret: Secret::new("s3cret: +%".to_owned()),
        ..ProviderSettings::default()
    }
}

/// The settings of the generic OpenID Connect provider, endpoints included.
fn oidc() -> ProviderSettings {
    ProviderSettings {
        issuer: ISSUER.to_owned(),
        authorization_endpoint: format!("{ISSUER}/authorize"),
        token_endpoint: format!("{ISSUER}/token"),
        userinfo_endpoint: format!("{ISSUER}/userinfo"),
        jwks_uri: format!("{ISSUER}/jwks"),
        ..settings("Oidc")
    }
}

fn provider(settings: &ProviderSettings) -> Provider<'_> {
    Provider::new(settings, None).unwrap()
}

fn begin(provider: &Provider<'_>) -> Authorization {
    provider.authorize(REDIRECT, &Wish::default(), &random(), NOW)
}

fn grant() -> Grant {
    Grant { code: Secret::new(CODE.to_owned()), user: None }
}

fn json_reply(body: &str) -> Reply<'_> {
    Reply { status: 200, content_type: "application/json; charset=utf-8", body: body.as_bytes() }
}

fn token_call(provider: &Provider<'_>, pending: &Pending) -> HttpCall {
    let (grant, random) = (grant(), random());
    let call = provider.token_request(&grant, pending, &RustCrypto, &random, NOW);
    pollster::block_on(call).unwrap()
}

fn userinfo_call(provider: &Provider<'_>, tokens: &Tokens, pending: &Pending) -> HttpCall {
    let call = provider.userinfo_request(tokens, pending, &RustCrypto, NOW);
    pollster::block_on(call).unwrap().unwrap()
}

/// The value of a parameter of a query or a form.
fn parameter(text: &str, name: &str) -> Option<String> {
    let text = text.split_once('?').map_or(text, |(_, query)| query);
    let text = text.split('#').next().unwrap();
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn body_of(call: &HttpCall) -> &str {
    call.body.as_ref().unwrap().expose()
}

/// The claims of a good ID token for `pending`.
fn claims(pending: &Pending) -> Value {
    json!({
        "iss": ISSUER, "sub": "ada", "aud": "hanzo", "exp": NOW.0 + 3600, "iat": NOW.0,
        "nonce": pending.nonce,
    })
}

fn sign(key: TestKey, algorithm: JwsAlgorithm, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(algorithm, message.as_bytes());
    format!("{message}.{}", base64url(&signature))
}

/// A token by the P-256 key `k1`.
fn signed(claims: &Value) -> String {
    let header = json!({"alg": "ES256", "kid": "k1", "typ": "JWT"});
    sign(TestKey::P256(1), JwsAlgorithm::Es256, &header, claims)
}

/// A set of keys by name.
fn key_set(keys: &[(&str, TestKey)]) -> JsonWebKeys {
    let keys = keys.iter().map(|(kid, key)| {
        let mut jwk = key.jwk();
        if !kid.is_empty() {
            jwk["kid"] = json!(kid);
        }
        jwk
    });
    let set = json!({"keys": keys.collect::<Vec<_>>()}).to_string();
    JsonWebKeys::parse(&json_reply(&set)).unwrap()
}

fn key_set_1() -> JsonWebKeys {
    key_set(&[("k1", TestKey::P256(1)), ("k2", TestKey::P256(2))])
}

fn tokens_with(provider: &Provider<'_>, id_token: &str) -> Tokens {
    let body = json!({
        "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600,
        "id_token": id_token,
    });
    Tokens::parse(provider, &json_reply(&body.to_string())).unwrap()
}

fn verify_with(
    settings: &ProviderSettings,
    keys: &JsonWebKeys,
    token: &str,
    pending: &Pending,
    now: UnixTime,
) -> Result<IdToken, IdTokenError> {
    let provider = provider(settings);
    let tokens = tokens_with(&provider, token);
    let grant = grant();
    let verified = provider.verify_id_token(&RustCrypto, keys, &tokens, &grant, pending, now);
    pollster::block_on(verified)
}

/// The verdict on a good token that `change` has changed.
fn verdict(change: impl FnOnce(&mut Value)) -> Result<IdToken, IdTokenError> {
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    let mut claims = claims(&pending);
    change(&mut claims);
    verify_with(&settings, &key_set_1(), &signed(&claims), &pending, NOW)
}

fn accept(
    settings: &ProviderSettings,
    query: &str,
    pending: &Pending,
) -> Result<Grant, super::CallbackError> {
    Callback::parse(query).and_then(|callback| callback.accept(&provider(settings), pending, NOW))
}
