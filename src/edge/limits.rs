//! What a caller may still do, and what is reported to the origin of what it did.
//!
//! Every limit is decided in the isolate, by what it has counted itself and what it was told since
//! by those who see more: the origin, to which the calls of keys are reported
//! ([`Edge::send_report`]), and the platform's limiter, which counts for a location ([`Inquiry`]).
//! Both are asked behind the response; how far that may be off, [`crate::core::limit`] says.

use std::fmt;

use super::{Edge, Error, caller::Caller};
use crate::core::{
    limit::{Admission, Batch, Consumer, LimitReached, Rate, UsageReply, policy, remaining},
    network::network,
    revocation::Fingerprint,
};

/// The longest window that the platform's limiter has, in seconds.
const PLATFORM_WINDOW: u32 = 60;

/// A call that was let through, and the limit of whoever made it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admitted {
    kind: &'static str,
    subject: Fingerprint,
    rate: Rate,
    admission: Admission,
}

/// What the platform's limiter is asked behind the response: whether there have been too many
/// calls of a subject, in all isolates of the location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inquiry {
    /// Who. Only the fingerprint leaves the isolate.
    subject: Fingerprint,
    /// The kind, as in the `RateLimit` fields.
    kind: &'static str,
    /// Seconds: for no longer is a caller refused because of the answer.
    window: u32,
}

/// The kinds of subjects, and the binding that counts each of them.
const BINDINGS: [(&str, &str); 3] =
    [("key", "LIMIT_KEYS"), ("user", "LIMIT_USERS"), ("address", "LIMIT_ADDRESSES")];

impl fmt::Display for Inquiry {
    /// `<binding> <key in it> <seconds>`, as `edge.js` reads it and gives it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binding = BINDINGS.iter().find(|(kind, _)| *kind == self.kind);
        let binding = binding.map_or("", |(_, binding)| binding);
        write!(f, "{binding} {:016x} {}", self.subject.0, self.window)
    }
}

impl Inquiry {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (binding, subject, window) = (parts.next()?, parts.next()?, parts.next()?);
        let (kind, _) = BINDINGS.iter().find(|(_, known)| *known == binding)?;
        let subject = Fingerprint(u64::from_str_radix(subject, 16).ok()?);
        Some(Self { subject, kind, window: window.parse().ok()? })
    }
}

impl Admitted {
    /// The `RateLimit` fields of the answer.
    pub(super) fn fields(&self) -> [(&'static str, String); 2] {
        fields(self.kind, self.rate, self.admission)
    }

    /// What the platform's limiter is asked.
    pub(super) fn inquiry(&self) -> Inquiry {
        let window = self.rate.window().min(PLATFORM_WINDOW);
        Inquiry { subject: self.subject, kind: self.kind, window }
    }
}

/// The `RateLimit` fields, of an answer and of a refusal.
pub(super) fn fields(kind: &str, rate: Rate, admission: Admission) -> [(&'static str, String); 2] {
    [("ratelimit-policy", policy(kind, rate)), ("ratelimit", remaining(kind, admission))]
}

impl Edge {
    /// Counts a call that may be made otherwise, if no limit is against it. `None` for whoever has
    /// none.
    pub(super) fn admit(
        &self,
        caller: Option<&Caller>,
        client_ip: &str,
    ) -> Result<Option<Admitted>, Error> {
        let now = self.ports.clock.now();
        let mut meter = self.meter.borrow_mut();
        let (kind, subject, counted) = match (caller, caller.and_then(Caller::key)) {
            (Some(caller), Some((record, _))) => {
                let subject = caller.counted_as();
                ("key", subject, meter.key(record, subject, now))
            }
            (Some(caller), None) => {
                let Some(rate) = self.config.user_rate else { return Ok(None) };
                let subject = caller.counted_as();
                let admission = meter.subject(subject, rate, now);
                ("user", subject, admission.map(|admission| Some((rate, admission))))
            }
            (None, _) => {
                let Some(rate) = self.config.anonymous_rate else { return Ok(None) };
                let subject = Consumer::Address(&network(client_ip)).fingerprint();
                let admission = meter.subject(subject, rate, now);
                ("address", subject, admission.map(|admission| Some((rate, admission))))
            }
        };
        match counted {
            Ok(limited) => {
                let admitted = |(rate, admission)| Admitted { kind, subject, rate, admission };
                Ok(limited.map(admitted))
            }
            Err(LimitReached::Rate(rate, admission)) => {
                Err(Error::TooManyRequests { kind, rate, admission })
            }
            Err(LimitReached::Budget) => {
                let user = caller.and_then(Caller::key);
                let user = user.map(|(key, _)| {
                    if key.publishable {
                        key.owner.clone() // any visitor of a page may have the key
                    } else {
                        [key.owner.as_str(), "/", &key.name].concat()
                    }
                });
                Err(Error::BudgetSpent { user: user.unwrap_or_default() })
            }
        }
    }

    /// The platform's limiter has said no to this [`Inquiry`]: whom it names is refused here until
    /// the limiter's window ends.
    pub fn too_many(&self, inquiry: &str) {
        let Some(inquiry) = Inquiry::parse(inquiry) else { return };
        // How many calls there may be, the next one tells; only the window matters here.
        let Some(rate) = Rate::new(1, inquiry.window) else { return };
        self.meter.borrow_mut().too_many(inquiry.subject, rate, self.ports.clock.now());
    }

    /// Whether calls of keys wait to be reported.
    pub(super) fn has_report(&self) -> bool {
        self.meter.borrow().usage.is_due(self.ports.clock.now())
    }

    /// The calls of keys that are to be reported now.
    pub(super) fn take_report(&self) -> Option<Batch> {
        self.meter.borrow_mut().usage.take_batch(self.ports.clock.now())
    }

    /// Reports the calls of keys. It happens behind a response, since an isolate does nothing
    /// without one: when a key goes quiet, its last calls are told with whatever request this
    /// isolate has next.
    pub(super) async fn send_report(&self, batch: Batch) {
        let Ok(body) = serde_json::to_vec(&batch) else { return };
        let answer = self.ask_origin("POST", "/internal/usage", body).await;
        let now = self.ports.clock.now();
        let mut meter = self.meter.borrow_mut();
        match answer {
            Some(answer) if answer.is_success() => {
                // Whatever it says of the keys, the batch has been counted.
                let told: UsageReply = answer.json().unwrap_or_default();
                meter.confirm(batch.number, &told, now);
            }
            Some(answer) if answer.is_client_error() => {
                meter.usage.give_up(batch.number);
            }
            _ => meter.usage.fail(batch.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inquiry_reads_back_what_it_writes_and_nothing_else() {
        for (kind, binding) in BINDINGS {
            let inquiry = Inquiry { subject: Fingerprint(0xab), kind, window: 60 };
            assert_eq!(inquiry.to_string(), format!("{binding} 00000000000000ab 60"));
            assert_eq!(Inquiry::parse(&inquiry.to_string()), Some(inquiry));
        }
        for text in ["", "ORIGIN 00 60", "LIMIT_KEYS xy 60", "LIMIT_KEYS 00", "LIMIT_KEYS 00 -1"] {
            assert_eq!(Inquiry::parse(text), None, "{text}");
        }
    }
}
