//! Contract accounts: the `eth_call` that verifies a signature (EIP-1271, and ERC-6492 for a
//! contract that is not deployed yet), and the judgement of its result.
//!
//! The contract at an address of one chain says nothing about the same address of another chain, so
//! such a wallet is one of its chain only ([`super::VerifiedWallet::account`]).

use serde_json::{Value, json};

use super::{WalletError, evm::EvmAddress, text::from_hex};
use crate::core::encoding::hex;

/// `isValidSignature(bytes32,bytes)`, and what it returns for a signature that is accepted.
const SELECTOR: [u8; 4] = [0x16, 0x26, 0xba, 0x7e];

/// What ends a signature that says how its contract is deployed (ERC-6492): these two bytes, 16 times.
const DEPLOYED_LATER: [u8; 2] = [0x64, 0x92];

/// ERC-6492's `ValidateSigOffchain`, compiled: a constructor that deploys the contract, asks it, and
/// returns one byte.
const VALIDATOR: &str = include_str!("erc6492_validator.hex");

/// A call for a node of one chain (`eth_call`), which changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EthCall {
    /// The EIP-155 ID of the chain whose node must be asked.
    pub chain_id: u64,
    /// The contract that is called; none if the data is code that runs once.
    pub to: Option<String>,
    /// The data in hex, with `0x`.
    pub data: String,
}

impl EthCall {
    /// The parameters of the JSON-RPC request.
    pub fn params(&self) -> Value {
        match &self.to {
            Some(to) => json!([{"to": to, "data": self.data}, "latest"]),
            None => json!([{"data": self.data}, "latest"]),
        }
    }
}

/// The call that asks the contract at `address` whether `signature` of `digest` is its own.
pub(super) fn call(
    chain_id: u64,
    address: &EvmAddress,
    digest: &[u8; 32],
    signature: &[u8],
) -> EthCall {
    if is_deployed_later(signature) {
        let arguments = [&word(&address.0), digest.as_slice(), &bytes(96, signature)].concat();
        let data = format!("{}{}", VALIDATOR.trim_end(), hex(&arguments));
        return EthCall { chain_id, to: None, data };
    }
    let arguments = [&SELECTOR, digest.as_slice(), &bytes(64, signature)].concat();
    EthCall { chain_id, to: Some(address.to_string()), data: format!("0x{}", hex(&arguments)) }
}

/// Whether `result`, in hex, accepts the signature: the selector in a word of its own (EIP-1271), or
/// the validator's one byte. Anything longer is refused: the precompiled contract at address 4 returns
/// its input, which begins with the selector.
pub(super) fn accepts(call: &EthCall, result: &str) -> Result<(), WalletError> {
    let expected = match call.to {
        Some(_) => [SELECTOR.as_slice(), &[0; 28]].concat(),
        None => vec![1],
    };
    match result.strip_prefix("0x").and_then(from_hex) {
        Some(result) if result == expected => Ok(()),
        _ => Err(WalletError::Contract),
    }
}

pub(super) fn is_deployed_later(signature: &[u8]) -> bool {
    signature.ends_with(&DEPLOYED_LATER.repeat(16))
}

/// An address in a word of the ABI, padded on its left.
fn word(address: &[u8; 20]) -> [u8; 32] {
    let mut word = [0; 32];
    for (to, from) in word.iter_mut().skip(12).zip(address) {
        *to = *from;
    }
    word
}

/// `bytes` as the last, dynamic argument of the ABI, whose part begins at `offset`.
fn bytes(offset: u64, bytes: &[u8]) -> Vec<u8> {
    let mut encoded = [number(offset), number(bytes.len() as u64)].concat();
    encoded.extend(bytes);
    encoded.resize(encoded.len().next_multiple_of(32), 0);
    encoded
}

fn number(value: u64) -> [u8; 32] {
    let mut word = [0; 32];
    for (to, from) in word.iter_mut().skip(24).zip(value.to_be_bytes()) {
        *to = from;
    }
    word
}
