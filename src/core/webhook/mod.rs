//! Webhooks: delivery signatures, retry delays, and allowed targets.
//!
//! Deliveries are signed according to Standard Webhooks 1.0, so that receivers can verify them with
//! its libraries.

mod target;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use self::target::{Target, TargetError, is_public};
use super::{secret::Secret, time::UnixTime};

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";

/// Seconds after each failed attempt until the next; after the last one the delivery has failed.
const DELAYS: [i64; 8] = [60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600];

/// The secret that signs the deliveries of a webhook.
#[derive(Debug, Clone)]
pub struct SigningSecret(Secret<Vec<u8>>);

impl SigningSecret {
    /// A new one from 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Secret::new(random.to_vec()))
    }

    /// The secret of these bytes.
    pub const fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(Secret::new(bytes))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.expose()
    }

    /// Its text, which its receiver configures: `whsec_` and base64.
    pub fn text(&self) -> Secret<String> {
        Secret::new(format!("{PREFIX}{}", Base64::encode_string(self.0.expose())))
    }

    /// The signature of a delivery: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.
    pub fn sign(&self, id: &str, at: UnixTime, body: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose()) else {
            return String::new();
        };
        mac.update(format!("{id}.{}.{body}", at.0).as_bytes());
        format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
    }
}

/// When a delivery is tried again whose `attempts` have failed, the last one at `now`; `None`: it is
/// given up.
pub fn next_attempt(attempts: i64, now: UnixTime) -> Option<UnixTime> {
    let delay = usize::try_from(attempts - 1).ok().and_then(|place| DELAYS.get(place));
    delay.map(|delay| now.plus(*delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, "Signature scheme".
    #[test]
    fn a_delivery_is_signed_as_standard_webhooks_says() {
        let secret = Base64::decode_vec("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let secret = SigningSecret::of_bytes(secret);
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = secret.sign(id, UnixTime(1_614_265_330), r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(secret.text().expose(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    #[test]
    fn a_delivery_is_tried_for_two_days_and_then_given_up() {
        let mut now = UnixTime(0);
        let mut attempts = 1;
        while let Some(next) = next_attempt(attempts, now) {
            assert!(next > now);
            now = next;
            attempts += 1;
        }
        assert_eq!(attempts, 9);
        assert!(now.0 > 2 * 24 * 3600 && now.0 < 4 * 24 * 3600);
    }
}
