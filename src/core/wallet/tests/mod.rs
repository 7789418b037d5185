//! Vectors, signatures of the wallets' own libraries, and attacks (ATTACKS 100).

use serde::Deserialize;

use super::*;

mod addresses;
mod attacks;
mod contracts;
mod properties;
mod signed;
mod siwe;

/// 2026-11-26T12:02:00Z, two minutes after the messages of `signed.json` were issued.
const NOW: UnixTime = UnixTime(1_795_694_520);

/// A message that a library signed (`tests/vectors/wallets`).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    chain: Chain,
    by: String,
    scheme: Option<String>,
    address: String,
    public_key: Option<String>,
    message: String,
    signature: String,
    #[serde(default)]
    extra: Extra,
}

impl Signed {
    fn all() -> Vec<Self> {
        let text = include_str!("../../../../tests/vectors/wallets/signed.json");
        serde_json::from_str(text).unwrap()
    }

    fn of(chain: Chain) -> Self {
        Self::all().into_iter().find(|signed| signed.chain == chain).unwrap()
    }

    fn issued(&self) -> Message {
        Message::parse(&self.message).unwrap()
    }

    fn presented(&self) -> Presented<'_> {
        Presented {
            chain: self.chain,
            scheme: self.scheme.as_deref(),
            address: &self.address,
            public_key: self.public_key.as_deref(),
            message: &self.message,
            signature: &self.signature,
            extra: &self.extra,
        }
    }

    fn verify(&self) -> Result<Outcome, WalletError> {
        verify(&self.issued(), &self.presented(), NOW)
    }

    /// Why it is refused, with no node to ask contracts.
    fn refused(&self) -> Option<WalletError> {
        reason(self.verify())
    }
}

fn reason(result: Result<Outcome, WalletError>) -> Option<WalletError> {
    match result {
        Ok(Outcome::Verified(_)) => None,
        Ok(Outcome::AskContract(check)) => Some(check.reason()),
        Err(error) => Some(error),
    }
}
