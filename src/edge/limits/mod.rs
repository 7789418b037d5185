//! Rate limits and budgets of callers, and the report of keys' calls to the origin.
//!
//! Every limit is decided in the isolate, by its own count and by reported counts of wider scope:
//! from the origin, to which the calls of keys are reported ([`RateLimits::send_report`]), and from
//! the platform's rate limiter, which counts per location ([`Inquiry`]). Both are queried after the
//! response; [`crate::core::limit`] states the bound of the error.

use std::{cell::RefCell, rc::Rc};

use super::{cache::Caller, config::Config, http::Error, origin::OriginClient, ports::Ports};
use crate::core::{
    limit::{
        Admission, Batch, Consumer, Inquiry, LimitReached, Meter, Rate, UsageReply,
        rate_limit_headers,
    },
    network::network,
    revocation::Fingerprint,
};

/// The longest window of the platform's rate limiter, in seconds.
const PLATFORM_WINDOW: u32 = 60;

/// The limits and counters of an isolate.
#[derive(Debug)]
pub(super) struct RateLimits {
    config: Rc<Config>,
    ports: Rc<Ports>,
    origin: Rc<OriginClient>,
    meter: RefCell<Meter>,
}

/// An admitted call, and the limit of its consumer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admitted {
    kind: &'static str,
    consumer: Fingerprint,
    rate: Rate,
    admission: Admission,
}

impl Admitted {
    /// The `RateLimit` fields of the response.
    pub(super) fn headers(&self) -> [(&'static str, String); 2] {
        rate_limit_headers(self.kind, self.rate, self.admission)
    }

    /// The inquiry to the platform's rate limiter.
    pub(super) fn inquiry(&self) -> Inquiry {
        let window = self.rate.window().min(PLATFORM_WINDOW);
        Inquiry { consumer: self.consumer, kind: self.kind, window }
    }
}

impl RateLimits {
    /// Limits with nothing counted yet.
    pub(super) fn new(config: Rc<Config>, ports: Rc<Ports>, origin: Rc<OriginClient>) -> Self {
        let meter = Meter::new(ports.random.bytes(), ports.random.bytes());
        Self { config, ports, origin, meter: RefCell::new(meter) }
    }

    /// Counts a call if it is within the limit; `None` if its consumer has no limit.
    pub(super) fn admit(
        &self,
        caller: Option<&Caller>,
        client_ip: &str,
    ) -> Result<Option<Admitted>, Error> {
        let now = self.ports.clock.now();
        let mut meter = self.meter.borrow_mut();
        let (kind, consumer, counted) = match (caller, caller.and_then(Caller::key)) {
            (Some(caller), Some((record, _))) => {
                let consumer = caller.consumer();
                ("key", consumer, meter.key(record, consumer, now))
            }
            (Some(caller), None) => {
                let Some(rate) = self.config.user_rate else { return Ok(None) };
                let consumer = caller.consumer();
                let admission = meter.consumer(consumer, rate, now);
                ("user", consumer, admission.map(|admission| Some((rate, admission))))
            }
            (None, _) => {
                let Some(rate) = self.config.anonymous_rate else { return Ok(None) };
                let consumer = Consumer::Address(&network(client_ip)).fingerprint();
                let admission = meter.consumer(consumer, rate, now);
                ("address", consumer, admission.map(|admission| Some((rate, admission))))
            }
        };
        match counted {
            Ok(limited) => {
                let admitted = |(rate, admission)| Admitted { kind, consumer, rate, admission };
                Ok(limited.map(admitted))
            }
            Err(LimitReached::Rate(rate, admission)) => {
                Err(Error::TooManyRequests { kind, rate, admission })
            }
            Err(LimitReached::Budget) => {
                let user = caller.and_then(Caller::key).map(|(key, _)| {
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

    /// Refuses the consumer of this [`Inquiry`], to which the platform's rate limiter said no, until
    /// the limiter's window ends.
    pub(super) fn rate_limited(&self, inquiry: &str) {
        let Some(inquiry) = Inquiry::parse(inquiry) else { return };
        // The next call brings the number of calls; only the window matters here.
        let Some(rate) = Rate::new(1, inquiry.window) else { return };
        self.meter.borrow_mut().rate_limited(inquiry.consumer, rate, self.ports.clock.now());
    }

    /// Counts a key look-up for the client's network, unless too many of its look-ups have failed.
    pub(super) fn charge_lookup(&self, client_ip: &str) -> Result<(), Error> {
        let Some(rate) = self.config.lookup_rate else { return Ok(()) };
        let consumer = Consumer::Lookup(&network(client_ip)).fingerprint();
        let kind = Consumer::Lookup("").name();
        match self.meter.borrow_mut().consumer(consumer, rate, self.ports.clock.now()) {
            Err(LimitReached::Rate(rate, admission)) => {
                Err(Error::TooManyRequests { kind, rate, admission })
            }
            _ => Ok(()),
        }
    }

    /// Takes back a look-up that found a working key, or failed for want of a response.
    pub(super) fn refund_lookup(&self, client_ip: &str) {
        let Some(rate) = self.config.lookup_rate else { return };
        let consumer = Consumer::Lookup(&network(client_ip)).fingerprint();
        self.meter.borrow_mut().refund(consumer, rate, self.ports.clock.now());
    }

    /// The counters, to be [restored](Self::restore) in another instance.
    pub(super) fn save(&self) -> Option<Vec<u8>> {
        Some(self.meter.try_borrow().ok()?.save())
    }

    /// Restores the counters of an instance that was lost.
    pub(super) fn restore(&self, saved: &[u8]) {
        if let Some(meter) = Meter::restore(saved) {
            self.meter.replace(meter);
        }
    }

    /// Whether calls of keys wait to be reported.
    pub(super) fn has_report(&self) -> bool {
        self.meter.borrow().usage.is_due(self.ports.clock.now())
    }

    /// The calls of keys that are to be reported now.
    pub(super) fn take_report(&self) -> Option<Batch> {
        self.meter.borrow_mut().usage.take_batch(self.ports.clock.now())
    }

    /// Reports the calls of keys, behind a response: an isolate does nothing without one. The last
    /// calls of a key are reported behind the isolate's next response to any request.
    pub(super) async fn send_report(&self, batch: Batch) {
        let Ok(body) = serde_json::to_vec(&batch) else { return };
        let response = self.origin.ask("POST", "/internal/usage", body).await;
        let now = self.ports.clock.now();
        let mut meter = self.meter.borrow_mut();
        match response {
            Some(response) if response.is_success() => {
                // The batch has been counted, even if the reply cannot be read.
                let reply: UsageReply = response.json().unwrap_or_default();
                meter.confirm(batch.number, &reply, now);
            }
            Some(response) if response.is_client_error() => meter.usage.give_up(batch.number),
            _ => meter.usage.fail(batch.number),
        }
    }
}
