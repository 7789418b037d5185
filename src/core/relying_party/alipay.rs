//! Alipay's gateway: OAuth 2.0 by calls that are signed with RSA2, which is RSASSA-PKCS1-v1_5 of SHA-256.
//!
//! opendocs.alipay.com/common/02kf5q (requests), 02mse7 (answers). A request signs all of its parameters,
//! sorted and not encoded. An answer is `{"<method>_response":{…},"sign":"…"}`, and the signature is of the
//! object's very text.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use der::{
    AnyRef, Decode, EncodingRules, Reader, SliceReader, Tag, Tagged,
    asn1::{BitStringRef, UintRef},
};
use serde_json::{Map, Value, value::RawValue};

use super::{
    Grant, HttpCall, Provider, Reply, SettingsError, Tokens,
    callback::clipped,
    token_request::{FORM, RequestError},
    token_response::{ResponseError, scalar},
    url::{form, with_query},
};
use crate::core::{
    crypto::{Signatures, Signing},
    signature::{RsaKey, Scheme, VerifyingKey},
    time::UnixTime,
    token::{self, Algorithm},
};

const TOKEN: &str = "alipay.system.oauth.token";
const USERINFO: &str = "alipay.user.info.share";

/// `code` of success. The token method has none.
const SUCCESS: &str = "10000";

/// Offset of Beijing time in seconds, used by `timestamp`.
const BEIJING: i64 = 8 * 3600;

/// rsaEncryption (RFC 8017 §A.1), as DER content.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The request that redeems a code.
pub(super) async fn token_request(
    provider: &Provider<'_>,
    grant: &Grant,
    signing: &dyn Signing,
    now: UnixTime,
) -> Result<HttpCall, RequestError> {
    let body = [("code", grant.code.expose().as_str()), ("grant_type", "authorization_code")];
    call(provider, provider.token_endpoint(), TOKEN, None, &body, signing, now).await
}

/// The request for claims.
pub(super) async fn userinfo_request(
    provider: &Provider<'_>,
    tokens: &Tokens,
    signing: &dyn Signing,
    now: UnixTime,
) -> Result<HttpCall, RequestError> {
    let token = tokens.access_token.expose().as_str();
    let url = provider.userinfo_endpoint();
    call(provider, url, USERINFO, Some(token), &[], signing, now).await
}

/// Common parameters are sent in the query, the method's own in the body, as in Alipay's client.
async fn call(
    provider: &Provider<'_>,
    url: &str,
    method: &str,
    auth_token: Option<&str>,
    body: &[(&str, &str)],
    signing: &dyn Signing,
    now: UnixTime,
) -> Result<HttpCall, RequestError> {
    let timestamp = now.plus(BEIJING).to_string().replace('T', " ").replace('Z', "");
    let mut query = vec![
        ("app_id", provider.settings.client_id.as_str()),
        ("charset", "utf-8"),
        ("format", "JSON"),
        ("method", method),
        ("sign_type", "RSA2"),
        ("timestamp", &timestamp),
        ("version", "1.0"),
    ];
    query.extend(auth_token.map(|token| ("auth_token", token)));
    let mut signed: Vec<_> = query.iter().chain(body).collect();
    signed.sort_unstable();
    let lines: Vec<String> = signed.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let key = &provider.signing_key()?.private;
    let signature = signing.sign(Algorithm::Rs256, key, lines.join("&").as_bytes()).await?;
    let signature = STANDARD.encode(signature);
    query.push(("sign", &signature));
    let media_type = format!("{FORM};charset=utf-8");
    Ok(HttpCall::post(with_query(url, query), &media_type, form(body.iter().copied())))
}

/// Reads and verifies the token response.
pub async fn tokens(
    provider: &Provider<'_>,
    reply: &Reply<'_>,
    crypto: &dyn Signatures,
) -> Result<Tokens, ResponseError> {
    let members = verified(provider, reply, "alipay_system_oauth_token_response", crypto).await?;
    Tokens::of_members(provider, &members)
}

/// Reads and verifies the userinfo response.
pub(super) async fn userinfo(
    provider: &Provider<'_>,
    reply: &Reply<'_>,
    crypto: &dyn Signatures,
) -> Result<Map<String, Value>, ResponseError> {
    verified(provider, reply, "alipay_user_info_share_response", crypto).await
}

async fn verified(
    provider: &Provider<'_>,
    reply: &Reply<'_>,
    name: &str,
    crypto: &dyn Signatures,
) -> Result<Map<String, Value>, ResponseError> {
    let text = reply.text().ok_or(ResponseError::Malformed)?;
    let answer: BTreeMap<String, &RawValue> =
        serde_json::from_str(text).map_err(|_| ResponseError::Malformed)?;
    // Errors need no signature, because they grant nothing.
    if let Some(error) = answer.get("error_response") {
        return Err(refusal(&token::from_object(error.get()).ok_or(ResponseError::Malformed)?));
    }
    if !reply.is_success() {
        return Err(ResponseError::Status(reply.status));
    }
    let content = answer.get(name).ok_or(ResponseError::Malformed)?.get();
    let signature: Option<String> =
        answer.get("sign").and_then(|sign| serde_json::from_str(sign.get()).ok());
    let signature = signature.and_then(|text| STANDARD.decode(text).ok());
    let signature = signature.ok_or(ResponseError::Signature)?;
    let key = public_key(&provider.settings.provider_key)
        .map_err(|_| ResponseError::Member("provider_key"))?;
    let genuine = crypto.verify_with(&key, Scheme::RsaSha256, content.as_bytes(), &signature).await;
    if !genuine.is_ok_and(|genuine| genuine) {
        return Err(ResponseError::Signature);
    }
    let members: Map<String, Value> =
        token::from_object(content).ok_or(ResponseError::Malformed)?;
    match members.get("code").and_then(scalar) {
        Some(code) if code != SUCCESS => Err(refusal(&members)),
        _ => Ok(members),
    }
}

fn refusal(members: &Map<String, Value>) -> ResponseError {
    let text = |name: &str| members.get(name).and_then(scalar);
    ResponseError::Refused {
        error: clipped(&text("sub_code").or_else(|| text("code")).unwrap_or_default()),
        description: clipped(&text("sub_msg").or_else(|| text("msg")).unwrap_or_default()),
    }
}

/// The key of Alipay's console: the base64 of a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), with or without
/// the lines of PEM around it.
pub fn public_key(text: &str) -> Result<VerifyingKey, SettingsError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let bytes = STANDARD.decode(lines.collect::<String>()).ok();
    let key = bytes.and_then(|bytes| rsa_key(&bytes).ok().flatten());
    key.map(VerifyingKey::Rsa).ok_or(SettingsError::Malformed("provider_key"))
}

fn rsa_key(bytes: &[u8]) -> der::Result<Option<RsaKey>> {
    let mut info = sequence(&mut contents(bytes)?)?;
    let mut algorithm = sequence(&mut info)?;
    let identifier = AnyRef::decode(&mut algorithm)?;
    let bits = BitStringRef::decode(&mut info)?;
    info.finish()?;
    let mut key = sequence(&mut contents(bits.as_bytes().unwrap_or_default())?)?;
    let (modulus, exponent) = (UintRef::decode(&mut key)?, UintRef::decode(&mut key)?);
    key.finish()?;
    let is_rsa = identifier.tag() == Tag::ObjectIdentifier && identifier.value() == RSA;
    Ok(is_rsa.then(|| RsaKey::new(modulus.as_bytes(), exponent.as_bytes())).flatten())
}

fn contents(bytes: &[u8]) -> der::Result<SliceReader<'_>> {
    SliceReader::new_with_encoding_rules(bytes, EncodingRules::Der)
}

/// The content of the next element, which must be a SEQUENCE.
fn sequence<'a>(reader: &mut SliceReader<'a>) -> der::Result<SliceReader<'a>> {
    let element = AnyRef::decode(reader)?;
    element.tag().assert_eq(Tag::Sequence)?;
    contents(element.value())
}
