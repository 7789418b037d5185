//! TOTP (RFC 6238): a time-based code, accepted once.

use super::{Algorithm, hotp, typed_digits};
use crate::core::{
    random::Random,
    secret::{Secret, constant_time_eq},
    time::UnixTime,
};

/// Bytes of a new secret: the output of SHA-1 (RFC 4226 §4, R6).
const SECRET_LENGTH: usize = 20;

/// Digits of a new secret's codes: what all authenticator apps show.
const DIGITS: u32 = 6;

/// Seconds of a step (RFC 6238 §4.1).
const PERIOD: u32 = 30;

/// Steps of drift that are accepted, either side (RFC 6238 §5.2).
const DRIFT: i64 = 1;

/// The number of a period since the epoch: `T` of RFC 6238 §4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(pub i64);

/// The secret that an authenticator app and this server share, and how codes are made of it.
#[derive(Debug, Clone)]
pub struct Totp {
    secret: Secret<Vec<u8>>,
    algorithm: Algorithm,
    digits: u32,
    period: u32,
}

impl Totp {
    /// A new secret of 160 bits, for SHA-1, six digits and 30 seconds, as all authenticator apps take it.
    pub fn generate(random: &dyn Random) -> Self {
        Self::new(Secret::new(random.bytes::<SECRET_LENGTH>().to_vec()))
    }

    /// That secret, for SHA-1, six digits and 30 seconds.
    pub const fn new(secret: Secret<Vec<u8>>) -> Self {
        Self { secret, algorithm: Algorithm::Sha1, digits: DIGITS, period: PERIOD }
    }

    /// The same secret with other parameters, as another system may have enrolled it; `None` if they are
    /// not 6 to 8 digits and 15 to 120 seconds.
    pub fn with(self, algorithm: Algorithm, digits: u32, period: u32) -> Option<Self> {
        let sound = (6..=8).contains(&digits) && (15..=120).contains(&period);
        sound.then_some(Self { algorithm, digits, period, ..self })
    }

    /// The secret, to be sealed, or shown at enrolment.
    pub const fn secret(&self) -> &Secret<Vec<u8>> {
        &self.secret
    }

    /// The hash function.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Digits of a code.
    pub const fn digits(&self) -> u32 {
        self.digits
    }

    /// Seconds of a step.
    pub const fn period(&self) -> u32 {
        self.period
    }

    /// The step of that time; `None` before the epoch.
    pub fn step(&self, now: UnixTime) -> Option<Step> {
        (now.0 >= 0).then_some(Step(now.0 / i64::from(self.period)))
    }

    /// The code of a step.
    pub fn code(&self, step: Step) -> String {
        let counter = u64::try_from(step.0).unwrap_or_default();
        hotp::code(self.algorithm, self.secret.expose(), counter, self.digits)
    }

    /// The step whose code was typed: the present one, or one either side, for a clock that is wrong
    /// (RFC 6238 §5.2). A step at or before `last`, which is the last one that was accepted, is refused:
    /// a code works once (ATTACKS G-104). The caller stores the step that is returned as the next `last`,
    /// by a statement that fails if it has been stored meanwhile.
    ///
    /// All three codes are compared, each in constant time.
    pub fn verify(&self, typed: &str, now: UnixTime, last: Option<Step>) -> Option<Step> {
        let typed = typed_digits(typed)?;
        let Step(present) = self.step(now)?;
        let mut found = None;
        for step in (present - DRIFT).max(0)..=present + DRIFT {
            let step = Step(step);
            let matches = constant_time_eq(self.code(step).as_bytes(), typed.as_bytes());
            if matches && last.is_none_or(|last| step > last) {
                found = Some(step);
            }
        }
        found
    }
}

/// [`Totp::verify`] for a secret with the usual parameters.
pub fn verify(
    secret: &Secret<Vec<u8>>,
    typed: &str,
    now: UnixTime,
    last: Option<Step>,
) -> Option<Step> {
    Totp::new(secret.clone()).verify(typed, now, last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::SeededRandom;

    /// The time of a step in the middle.
    const NOW: UnixTime = UnixTime(1_800_000_015);

    fn totp() -> Totp {
        Totp::generate(&SeededRandom::new(1))
    }

    fn code_at(seconds: i64) -> String {
        let totp = totp();
        totp.code(totp.step(NOW.plus(seconds)).unwrap())
    }

    #[test]
    fn the_vectors_of_rfc_6238_are_accepted_at_their_time() {
        let text = include_str!("../../../tests/vectors/otp/rfc6238-totp.json");
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        assert_eq!(vectors.len(), 18);
        for vector in vectors {
            let name = vector["algorithm"].as_str().unwrap();
            let secret = file["secrets"][name]["ascii"].as_str().unwrap().as_bytes().to_vec();
            let base32 = file["secrets"][name]["base32"].as_str().unwrap();
            assert_eq!(super::super::base32::decode(base32), Some(secret.clone()));
            let totp = Totp::new(Secret::new(secret));
            let totp = totp.with(Algorithm::named(name).unwrap(), 8, 30).unwrap();
            let time = UnixTime(vector["time"].as_i64().unwrap());
            let step = Step(vector["step"].as_i64().unwrap());
            let code = vector["otp"].as_str().unwrap();
            assert_eq!(totp.code(step), code);
            assert_eq!(totp.verify(code, time, None), Some(step), "{vector}");
            assert_eq!(totp.verify(code, time, Some(step)), None);
            assert_eq!(totp.verify(code, time.plus(60), None), None);
        }
    }

    /// ATTACKS G-104, RFC 6238 §5.2.
    #[test]
    fn one_step_of_drift_is_accepted_and_two_are_not() {
        let present = totp().step(NOW).unwrap().0;
        for (seconds, accepted) in [
            (-60, None),
            (-30, Some(present - 1)),
            (0, Some(present)),
            (30, Some(present + 1)),
            (60, None),
        ] {
            let step = totp().verify(&code_at(seconds), NOW, None);
            assert_eq!(step, accepted.map(Step), "{seconds}");
        }
    }

    /// ATTACKS G-104.
    #[test]
    fn a_code_is_accepted_once_and_none_before_it_after_it() {
        let last = totp().verify(&code_at(0), NOW, None);
        assert_eq!(totp().verify(&code_at(0), NOW, last), None);
        assert_eq!(totp().verify(&code_at(0), NOW.plus(20), last), None);
        assert_eq!(totp().verify(&code_at(-30), NOW, last), None);
        assert!(totp().verify(&code_at(30), NOW, last) > last);
    }

    #[test]
    fn a_text_that_is_no_code_matches_nothing() {
        let code = code_at(0);
        let (start, end) = code.split_at(3);
        let grouped = format!("{start} {end}");
        assert!(totp().verify(&grouped, NOW, None).is_some());
        for typed in
            ["", "0", code.get(1..).unwrap(), &format!("{code}0"), &format!("{code}x"), "０", "\0"]
        {
            assert_eq!(totp().verify(typed, NOW, None), None, "{typed}");
        }
        assert_eq!(totp().verify(&code, UnixTime(-1), None), None);
    }

    #[test]
    fn parameters_that_weaken_a_code_are_refused() {
        for (digits, period) in [(5, 30), (9, 30), (6, 0), (6, 14), (6, 121)] {
            assert!(totp().with(Algorithm::Sha1, digits, period).is_none());
        }
    }

    #[test]
    fn the_free_function_is_the_method_with_the_usual_parameters() {
        let secret = totp().secret().clone();
        assert_eq!(verify(&secret, &code_at(0), NOW, None), totp().step(NOW));
    }
}
