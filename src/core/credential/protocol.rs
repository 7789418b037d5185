//! A key among the subprotocols of a WebSocket: the only header of an upgrade that a page can set
//! (RFC 6455 §4.1, §11.3.4; the convention of the realtime API of `OpenAI`).

use super::{CredentialError, key_alone};
use crate::core::request_head::RequestHead;

/// The header of subprotocols.
pub const PROTOCOL_HEADER: &str = "sec-websocket-protocol";

/// What precedes the key.
const KEY_PROTOCOL: &str = "openai-insecure-api-key.";

/// The key that an upgrade names as a subprotocol.
pub(super) fn key<'a>(head: &RequestHead<'a>) -> Result<Option<&'a str>, CredentialError> {
    let Some(header) = head.header(PROTOCOL_HEADER) else { return Ok(None) };
    if !head.is_upgrade() {
        return Ok(None);
    }
    let mut keys = protocols(header).filter_map(key_in);
    match (keys.next(), keys.next()) {
        (Some(_), Some(_)) => Err(CredentialError::Several),
        (Some(key), None) => key_alone(key).map(Some),
        (None, _) => Ok(None),
    }
}

/// The subprotocols that a service may see; `None` if that is all of them.
pub fn remaining_protocols(head: &RequestHead<'_>) -> Option<String> {
    let header = head.header(PROTOCOL_HEADER)?;
    protocols(header).find_map(key_in)?;
    let rest: Vec<&str> = protocols(header).filter(|name| key_in(name).is_none()).collect();
    Some(rest.join(", "))
}

fn protocols(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(str::trim).filter(|name| !name.is_empty())
}

fn key_in(protocol: &str) -> Option<&str> {
    let (prefix, key) = protocol.split_at_checked(KEY_PROTOCOL.len())?;
    prefix.eq_ignore_ascii_case(KEY_PROTOCOL).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_sees_every_subprotocol_but_the_key() {
        let remaining = |value: &str| {
            let text = format!("GET\nhttps://a/\n\n{PROTOCOL_HEADER}\n{value}");
            remaining_protocols(&RequestHead::parse(&text).unwrap())
        };
        assert_eq!(remaining("realtime, v1"), None);
        assert_eq!(remaining("a, openai-insecure-api-key.hk-1,b").as_deref(), Some("a, b"));
        assert_eq!(remaining("OpenAI-Insecure-API-Key.x").as_deref(), Some(""));
        let twice = "openai-insecure-api-key.1, openai-insecure-api-key.2, c";
        assert_eq!(remaining(twice).as_deref(), Some("c"));
    }
}
