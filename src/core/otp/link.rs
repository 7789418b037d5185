//! Tokens in e-mail links.

use crate::core::{
    encoding::{base64url, digest, from_base64url},
    random::Random,
    secret::Secret,
};

/// Bytes of randomness: 256 bits.
const LENGTH: usize = 32;

/// A new token, for the address of the link only: what is stored is its [`digest_of`].
pub fn generate(random: &dyn Random) -> Secret<String> {
    Secret::new(base64url(&random.bytes::<LENGTH>()))
}

/// The digest under which a token is stored and found, for one purpose; `None` if it is no token. A
/// lookup by the digest needs no comparison in constant time.
pub fn digest_of(purpose: &str, token: &str) -> Option<String> {
    let bytes = from_base64url(token)?;
    (bytes.len() == LENGTH).then(|| digest(&format!("link:{purpose}:{token}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::SeededRandom;

    #[test]
    fn a_token_has_256_bits_and_one_digest_for_each_purpose() {
        let token = generate(&SeededRandom::new(1));
        assert_eq!(token.expose().len(), 43);
        let digest = digest_of("signin", token.expose()).unwrap();
        assert!(!digest.contains(token.expose()));
        assert_ne!(digest_of("reset", token.expose()).unwrap(), digest);
        assert_eq!(digest_of("signin", token.expose()).unwrap(), digest);
    }

    #[test]
    fn a_text_that_is_no_token_has_no_digest() {
        let token = generate(&SeededRandom::new(1));
        let short = base64url(&[1; 16]);
        for text in
            ["", "x", &short, &format!("{} ", token.expose()), token.expose().get(1..).unwrap()]
        {
            assert_eq!(digest_of("signin", text), None, "{text}");
        }
    }
}
