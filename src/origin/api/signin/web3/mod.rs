//! Wallet sign-in for published clients (WIRE §4.5, §4.6, §8): the message to sign, and its
//! signature.

mod form;
mod nonce;
pub(super) mod verify;

use serde_json::json;

pub(super) use self::nonce::{Asked, issued_reply, too_many};
pub use self::{
    form::WalletForm,
    nonce::{NonceQuery, RequestWalletNonce},
    verify::VerifyWallet,
};
use crate::{core::wallet::Message, origin::http::Envelope};

/// The issued message, for clients that sign it as is and for those that compose it themselves.
fn described(message: &Message) -> serde_json::Value {
    json!({
        "message": message.text(),
        "domain": message.domain(),
        "address": message.address().to_string(),
        "chain": message.address().chain(),
        "chainId": message.chain_id(),
        "uri": message.uri(),
        "statement": message.statement(),
        "version": "1",
        "nonce": message.nonce(),
        "issuedAt": message.issued_at().to_string(),
        "expirationTime": message.expires_at().map(|at| at.to_string()),
    })
}

/// The refusal of a malformed body.
pub(super) fn unreadable() -> Envelope {
    super::account::malformed(
        "the body must be a JSON object of chain, address, message and signature (texts)",
    )
}

/// The refusal if wallets are not enabled.
pub(super) fn unsupported() -> Envelope {
    Envelope::error("this application does not take wallets").code("unsupported")
}
