//! The inquiry to the platform's rate limiter, which counts per location.

use std::fmt;

use crate::core::revocation::Fingerprint;

/// The question to the platform's rate limiter whether the isolates of this location together have
/// admitted too many calls of a consumer. It is asked behind the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inquiry {
    /// The consumer. Only the fingerprint leaves the isolate.
    pub consumer: Fingerprint,
    /// The kind of consumer, as in the `RateLimit` fields.
    pub kind: &'static str,
    /// The longest refusal of the consumer because of the result, in seconds.
    pub window: u32,
}

/// The kinds of consumers, and the binding that counts each of them.
const BINDINGS: [(&str, &str); 3] =
    [("key", "LIMIT_KEYS"), ("user", "LIMIT_USERS"), ("address", "LIMIT_ADDRESSES")];

impl fmt::Display for Inquiry {
    /// `<binding> <key in it> <seconds>`, as `edge.js` reads it and gives it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binding = BINDINGS.iter().find(|(kind, _)| *kind == self.kind);
        let binding = binding.map_or("", |(_, binding)| binding);
        write!(f, "{binding} {:016x} {}", self.consumer.0, self.window)
    }
}

impl Inquiry {
    /// Reads what [`Self::fmt`](fmt::Display::fmt) writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (binding, consumer, window) = (parts.next()?, parts.next()?, parts.next()?);
        let (kind, _) = BINDINGS.iter().find(|(_, known)| *known == binding)?;
        let consumer = Fingerprint(u64::from_str_radix(consumer, 16).ok()?);
        Some(Self { consumer, kind, window: window.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inquiry_reads_back_what_it_writes_and_nothing_else() {
        for (kind, binding) in BINDINGS {
            let inquiry = Inquiry { consumer: Fingerprint(0xab), kind, window: 60 };
            assert_eq!(inquiry.to_string(), format!("{binding} 00000000000000ab 60"));
            assert_eq!(Inquiry::parse(&inquiry.to_string()), Some(inquiry));
        }
        for text in ["", "ORIGIN 00 60", "LIMIT_KEYS xy 60", "LIMIT_KEYS 00", "LIMIT_KEYS 00 -1"] {
            assert_eq!(Inquiry::parse(text), None, "{text}");
        }
    }
}
