//! The device authorization grant (RFC 8628): a device requests and polls, a user decides.

use std::fmt;

use crate::core::time::UnixTime;

/// How long a device code lives, in seconds.
pub const LIFETIME: i64 = 900;

/// Seconds between polls, to begin with.
pub const INTERVAL: i64 = 5;

/// What each poll that came too fast adds (RFC 8628 §3.5), up to [`MAXIMUM_INTERVAL`].
const PENALTY: i64 = 5;

/// The longest interval that polling too fast leads to, so that a device is never shut out.
const MAXIMUM_INTERVAL: i64 = 60;

/// The symbols of a user code: none that is taken for another (no I, O, 0, 1).
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Symbols of a user code: 40 bits.
const USER_CODE_LENGTH: usize = 8;

/// What a person types to name a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// The code of these random bytes, five bits a symbol.
    pub fn from_random(bytes: [u8; USER_CODE_LENGTH]) -> Self {
        let symbol = |byte: u8| ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'A');
        Self(bytes.map(symbol).map(char::from).iter().collect())
    }

    /// Reads what a person typed: any case, with separators.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 4 * USER_CODE_LENGTH {
            return None;
        }
        let code: String = text
            .chars()
            .filter(|symbol| !matches!(symbol, ' ' | '-' | '_' | '.'))
            .map(|symbol| symbol.to_ascii_uppercase())
            .collect();
        let whole = code.len() == USER_CODE_LENGTH;
        (whole && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(Self(code))
    }

    /// The code in its one spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The state of a stored device code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// The person has not decided.
    Pending(DeviceFlow),
    /// A person allowed it.
    Approved(DeviceFlow),
    /// A person refused it.
    Denied(DeviceFlow),
    /// Its tokens have been issued.
    Redeemed(DeviceFlow),
}

/// The facts of a device flow that hold in every state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFlow {
    /// The client that asked.
    pub client_id: String,
    /// Seconds that must pass between polls.
    pub interval: i64,
    /// The last poll.
    pub polled_at: Option<UnixTime>,
    /// When it ends.
    pub expires_at: UnixTime,
}

impl Device {
    /// The state, from its stored word; `None` for another word.
    pub fn read(state: &str, flow: DeviceFlow) -> Option<Self> {
        match state {
            "pending" => Some(Self::Pending(flow)),
            "approved" => Some(Self::Approved(flow)),
            "denied" => Some(Self::Denied(flow)),
            "redeemed" => Some(Self::Redeemed(flow)),
            _ => None,
        }
    }

    /// Polls at `now`: `Ok` is the right to redeem it.
    pub fn poll(self, client_id: &str, now: UnixTime) -> Result<Approval, PollRefusal> {
        let (Self::Pending(flow)
        | Self::Approved(flow)
        | Self::Denied(flow)
        | Self::Redeemed(flow)) = &self;
        if flow.client_id != client_id {
            return Err(PollRefusal::OtherClient);
        }
        if now >= flow.expires_at {
            return Err(PollRefusal::Expired);
        }
        match &self {
            Self::Redeemed(_) => return Err(PollRefusal::Expired),
            Self::Denied(_) => return Err(PollRefusal::Denied),
            Self::Pending(_) | Self::Approved(_) => {}
        }
        if flow.polled_at.is_some_and(|last| now.since(last) < flow.interval) {
            let interval = flow.interval.saturating_add(PENALTY).min(MAXIMUM_INTERVAL);
            return Err(PollRefusal::TooFast { interval });
        }
        match self {
            Self::Approved(_) => Ok(Approval(())),
            _ => Err(PollRefusal::Pending),
        }
    }
}

/// The right to redeem a device code.
#[derive(Debug, PartialEq, Eq)]
pub struct Approval(());

/// Why a poll gives no token (RFC 8628 §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollRefusal {
    /// `authorization_pending`
    Pending,
    /// `slow_down`, to that interval.
    TooFast {
        /// Seconds between polls from now on.
        interval: i64,
    },
    /// `access_denied`
    Denied,
    /// `expired_token`; also for what was redeemed already (WIRE §4.3).
    Expired,
    /// `invalid_grant`: given to another client.
    OtherClient,
}

impl fmt::Display for PollRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "the person has not decided yet",
            Self::TooFast { .. } => "polled too fast",
            Self::Denied => "the request was refused",
            Self::Expired => "the device code has expired",
            Self::OtherClient => "the device code is another client's",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flow(polled_at: Option<i64>) -> DeviceFlow {
        DeviceFlow {
            client_id: "tv".to_owned(),
            interval: INTERVAL,
            polled_at: polled_at.map(UnixTime),
            expires_at: UnixTime(LIFETIME),
        }
    }

    #[test]
    fn each_state_has_its_answer() {
        let poll = |device: Device| device.poll("tv", UnixTime(10));
        assert_eq!(poll(Device::Pending(flow(None))), Err(PollRefusal::Pending));
        assert!(poll(Device::Approved(flow(None))).is_ok());
        assert_eq!(poll(Device::Denied(flow(None))), Err(PollRefusal::Denied));
        assert_eq!(poll(Device::Redeemed(flow(None))), Err(PollRefusal::Expired));
    }

    /// ATTACKS D-66.
    #[test]
    fn a_device_that_polls_too_fast_is_slowed_down_even_when_approved() {
        let device = Device::Approved(flow(Some(6)));
        assert_eq!(
            device.clone().poll("tv", UnixTime(10)),
            Err(PollRefusal::TooFast { interval: 10 })
        );
        assert!(device.poll("tv", UnixTime(11)).is_ok());
    }

    /// ATTACKS D-66.
    #[test]
    fn an_expired_code_and_another_client_get_nothing() {
        let device = Device::Approved(flow(None));
        assert_eq!(device.clone().poll("tv", UnixTime(LIFETIME)), Err(PollRefusal::Expired));
        assert_eq!(device.poll("phone", UnixTime(0)), Err(PollRefusal::OtherClient));
    }

    /// ATTACKS D-66: confusable letters.
    #[test]
    fn a_user_code_is_read_as_people_type_it() {
        assert_eq!(UserCode::parse(" abcd-2345 ").unwrap().as_str(), "ABCD2345");
        for text in ["ABCD234", "ABCD23456", "ABCD234O", "ABCD2341", "ABCDI345", "ABCD234ß", ""] {
            assert_eq!(UserCode::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_user_code_has_only_symbols_that_are_not_confused(bytes: [u8; 8]) {
            let code = UserCode::from_random(bytes);
            prop_assert!(!code.as_str().contains(['I', 'O', '0', '1']));
            prop_assert_eq!(UserCode::parse(code.as_str()), Some(code));
        }

        #[test]
        fn a_user_code_never_panics(text: String) {
            let _ = UserCode::parse(&text);
        }
    }
}
