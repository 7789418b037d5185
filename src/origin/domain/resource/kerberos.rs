//! Validates Kerberos provider records: checks the keytab and records its keys.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::{
    core::{
        directory::{Invalid, MASK},
        federation::{KerberosSettings, Protocol},
        kerberos::{Keytab, Principal, etype_name},
    },
    origin::store::providers::Provider,
};

/// The secret member with the keytab, in base64.
pub const KEYTAB: &str = "keytab";

/// The server-set attribute that lists the keys of the keytab.
pub const KEYS: &str = "keytabKeys";

/// Checks the record of a Kerberos provider that is written, and notes which keys its keytab has. `sent`: the
/// keytab in the request.
pub fn check(provider: &mut Provider, sent: Option<&str>, issuer: &str) -> Result<(), Invalid> {
    let is_kerberos = Protocol::of_category(&provider.category) == Some(Protocol::Kerberos);
    if !is_kerberos || !provider.sealed_secrets.contains_key(KEYTAB) {
        provider.meta.attributes.remove(KEYS);
    }
    if !is_kerberos {
        return Ok(());
    }
    let attributes = &mut provider.meta.attributes;
    let settings = KerberosSettings::read(attributes, host_of(issuer))
        .map_err(|error| Invalid::member(error.member, &error.problem))?;
    let named = attributes.get("userMapping").and_then(Value::as_object);
    if named.is_some_and(|named| named.contains_key("subject") || named.contains_key("id")) {
        let why = "must not have subject: the subject is the principal with its realm";
        return Err(Invalid::member("userMapping", why));
    }
    if let Some(sent) = sent.filter(|text| !text.is_empty() && *text != MASK) {
        let keytab = read(sent).map_err(|why| Invalid::member(KEYTAB, &why))?;
        attributes.insert(KEYS.to_owned(), described(&keytab));
    }
    let keys = attributes.get(KEYS).and_then(Value::as_array);
    let usable: Option<Vec<&str>> = keys.map(|keys| {
        let used = keys.iter().filter(|key| key.get("used") == Some(&Value::Bool(true)));
        used.filter_map(|key| key.get("principal").and_then(Value::as_str)).collect()
    });
    let Some(usable) = usable else { return Ok(()) };
    let is_service = |name: &&str| {
        let named = Principal::parse(name);
        named.is_some_and(|named| settings.services.iter().any(|ours| ours.is_service(&named)))
    };
    if usable.iter().any(is_service) {
        return Ok(());
    }
    let ours: Vec<String> = settings.services.iter().map(Principal::to_string).collect();
    let mut held: Vec<&str> = usable;
    held.dedup();
    let (ours, held) = (ours.join(", "), held.join(", "));
    let why = format!("has no AES key of {ours}; it has those of {held}");
    Err(Invalid::member(KEYTAB, &why))
}

/// Parses the keytab from base64.
pub fn read(encoded: &str) -> Result<Keytab, String> {
    let compact: String = encoded.split_ascii_whitespace().collect();
    let file = Base64::decode_vec(&compact).map_err(|_| "must be base64".to_owned())?;
    Keytab::read(&file).map_err(|error| format!("cannot be used: {error}"))
}

/// The published keys: principal, version and encryption type.
fn described(keytab: &Keytab) -> Value {
    let used = keytab.entries().iter().map(|entry| {
        let encryption = etype_name(entry.key.etype().number());
        json!({
            "principal": entry.principal.to_string(), "kvno": entry.kvno, "encryption": encryption,
            "used": true,
        })
    });
    let ignored = keytab.ignored().iter().map(|(principal, number)| {
        let encryption = etype_name(*number);
        json!({"principal": principal.to_string(), "encryption": encryption, "used": false})
    });
    used.chain(ignored).collect()
}

/// The host of an issuer, without its port.
pub fn host_of(issuer: &str) -> &str {
    let authority = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    let host = authority.split('/').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
