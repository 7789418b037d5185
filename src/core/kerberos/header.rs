//! The values of the HTTP headers (RFC 4559 §4, RFC 9110 §11).

use base64ct::{Base64, Encoding};

use super::Refusal;

/// The longest base64 that is decoded: that of a token of 64 KiB.
const LONGEST: usize = 64 * 1024 / 3 * 4 + 8;

/// The token in the value of an `Authorization` header. `None` if its scheme is another.
pub fn authorization_token(value: &str) -> Option<Result<Vec<u8>, Refusal>> {
    let value = value.trim_matches([' ', '\t']);
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("Negotiate") {
        return None;
    }
    let token = token.trim_start_matches(' ');
    Some(match token.len() {
        0 => Err(Refusal::Header),
        1..=LONGEST => Base64::decode_vec(token).map_err(|_| Refusal::Header),
        _ => Err(Refusal::TooLong),
    })
}

/// The value of a `WWW-Authenticate` header, without a token for the first 401.
pub fn challenge(token: Option<&[u8]>) -> String {
    token.map_or_else(
        || String::from("Negotiate"),
        |token| format!("Negotiate {}", Base64::encode_string(token)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_has_any_case_and_the_token_must_be_base64() {
        assert_eq!(authorization_token("negotiate  AQI="), Some(Ok(vec![1, 2])));
        assert_eq!(authorization_token("Bearer AQI="), None);
        for value in ["Negotiate", "Negotiate ", "Negotiate AQI", "Negotiate AQ!=", "Negotiate A B"]
        {
            assert_eq!(authorization_token(value), Some(Err(Refusal::Header)), "{value:?}");
        }
        let long = format!("Negotiate {}", "A".repeat(LONGEST + 1));
        assert_eq!(authorization_token(&long), Some(Err(Refusal::TooLong)));
    }

    #[test]
    fn a_challenge_reads_back() {
        assert_eq!(challenge(None), "Negotiate");
        assert_eq!(authorization_token(&challenge(Some(b"abc"))), Some(Ok(b"abc".to_vec())));
    }
}
