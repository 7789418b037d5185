//! Wallet sign-in: the message that the server issues (EIP-4361, CAIP-122), and the exact verification
//! of its signature on each chain.
//!
//! [`verify`] is the only entry point and the only source of a [`VerifiedWallet`]. It does not
//! track issued messages: its caller consumes the issued message from the store, once, by the nonce
//! bound to the browser.

use serde::Deserialize;

use self::chain::Kind;
use super::time::UnixTime;

mod bip322;
mod bitcoin;
mod cardano;
mod cell;
mod chain;
mod contract;
mod digest;
mod evm;
mod message;
mod polkadot;
mod signature;
mod solana;
mod sr25519;
mod text;
mod ton;
mod uri;
mod xrp;

/// The address as far as a person needs it to know it again: `0x5aAe…BeAed`.
pub fn short(address: &str) -> String {
    let characters: Vec<char> = address.chars().collect();
    if characters.len() <= 16 {
        return address.to_owned();
    }
    let first: String = characters.iter().take(6).collect();
    let last: String = characters.iter().skip(characters.len().saturating_sub(5)).collect();
    format!("{first}…{last}")
}

#[cfg(test)]
mod tests;

pub use self::{
    chain::{Address, Chain},
    contract::EthCall,
    message::{Draft, Field, MAXIMUM_MESSAGE, Message},
};

/// How long the clock of a wallet may be ahead or behind, in seconds.
const CLOCK_SKEW: i64 = 60;

/// What a wallet sent.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The name of the chain.
    pub chain: Chain,
    /// The form of the signature where a chain has several: `eip191`, `eip1271`, `eip6492`, `siws`,
    /// `bip137`, `bip322`, `ton_proof`, `sign_data`, `ed25519`, `secp256k1`, `sr25519`, `ecdsa`,
    /// `cip8`. Without one it follows from the signature.
    pub scheme: Option<&'a str>,
    /// The address of the account.
    pub address: &'a str,
    /// The public key where the address and the signature do not contain it: hex for TON and XRP,
    /// a `COSE_Key` in hex for Cardano.
    pub public_key: Option<&'a str>,
    /// The text that was signed.
    pub message: &'a str,
    /// The signature, in the form that wallets of the chain return.
    pub signature: &'a str,
    /// More that the proof of the chain consists of.
    pub extra: &'a Extra,
}

/// The parts of a proof that only one chain has (TON Connect).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Extra {
    /// The initial state of the wallet's contract, a bag of cells in base64.
    #[serde(alias = "state_init", alias = "walletStateInit")]
    pub state_init: Option<String>,
    /// When the wallet signed, in seconds since 1970.
    pub timestamp: Option<i64>,
    /// The domain that the wallet saw.
    pub domain: Option<String>,
}

/// Why a wallet is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// The signature is of a text that is no sign-in message.
    #[error("the message is malformed: its {0}")]
    Malformed(Field),
    /// The signed message is another one than the issued one.
    #[error("the message is not the one that was issued: another {0}")]
    Differs(Field),
    /// The issued message is for another chain.
    #[error("the message was issued for another chain")]
    Chain,
    /// The issued message is no longer, or not yet, valid.
    #[error("the message has expired or is not valid yet; ask for a new one")]
    Expired,
    /// The address is not one of the chain's main network, or its checksum is wrong.
    #[error("the address is malformed, or its checksum is wrong")]
    Address,
    /// The message was issued for another address.
    #[error("the message was issued for another address")]
    AnotherAddress,
    /// The chain has no such form of signature.
    #[error("this form of signature is not accepted for the chain and the address")]
    Scheme,
    /// No signature was sent.
    #[error("the signature is missing")]
    MissingSignature,
    /// The signature has a form that the chain does not have.
    #[error("the signature is malformed")]
    SignatureForm,
    /// The signature's `s` is in the upper half.
    #[error("the signature is not canonical: its s is in the upper half")]
    HighS,
    /// The signature is not the key's.
    #[error("the signature is wrong")]
    Signature,
    /// The chain needs a public key.
    #[error("the public key is missing")]
    MissingPublicKey,
    /// The public key is malformed.
    #[error("the public key is malformed")]
    PublicKey,
    /// The key that signed is not the key of the address.
    #[error("the signature is of another account")]
    AnotherKey,
    /// The contract does not accept the signature.
    #[error("the contract of the account does not accept the signature")]
    Contract,
    /// The proof lacks a part, or a part of it is malformed.
    #[error("the proof is incomplete or malformed")]
    Proof,
    /// The contract of the wallet is not of a known version, so that its key cannot be read.
    #[error("the wallet's contract is not of a known version")]
    UnknownContract,
}

/// What the verification came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The account's key signed the issued message.
    Verified(VerifiedWallet),
    /// Only the account's contract can say; without a node of its chain the wallet is refused with
    /// [`ContractCheck::reason`].
    AskContract(ContractCheck),
}

/// A wallet that has signed the issued message. Only this module makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedWallet {
    address: Address,
    /// The chain of a contract's account; an account with a key is the same on all of them.
    contract_on: Option<u64>,
}

impl VerifiedWallet {
    /// The address of the account.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The chain of the account.
    pub const fn chain(&self) -> Chain {
        self.address.chain()
    }

    /// What identifies the account, to store and to compare: `chain:address`, and for a contract
    /// `eip155:<chain ID>:address` (CAIP-10). The two never compare equal: a contract can be put at an
    /// address of one chain that belongs to another owner on another chain.
    pub fn account(&self) -> String {
        match self.contract_on {
            Some(id) => format!("{}:{id}:{}", self.chain().namespace(), self.address),
            None => format!("{}:{}", self.chain(), self.address),
        }
    }

    /// Whether a contract accepted the signature.
    pub const fn is_contract(&self) -> bool {
        self.contract_on.is_some()
    }
}

/// A question for a contract, from which a verified wallet can come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractCheck {
    address: Address,
    call: EthCall,
    reason: WalletError,
}

impl ContractCheck {
    /// The call to make on a node of its chain.
    pub const fn call(&self) -> &EthCall {
        &self.call
    }

    /// Why the signature is not the one of an account with a key.
    pub const fn reason(&self) -> WalletError {
        self.reason
    }

    /// Judges the result of the call, in hex as the node returned it.
    pub fn conclude(self, result: &str) -> Result<VerifiedWallet, WalletError> {
        contract::accepts(&self.call, result)?;
        Ok(VerifiedWallet { address: self.address, contract_on: Some(self.call.chain_id) })
    }
}

/// Verifies that the account of the `issued` message signed it.
pub fn verify(
    issued: &Message,
    presented: &Presented<'_>,
    now: UnixTime,
) -> Result<Outcome, WalletError> {
    if presented.message != issued.text() {
        return Err(match Message::parse(presented.message) {
            Ok(other) => WalletError::Differs(issued.difference(&other)),
            Err(field) => WalletError::Malformed(field),
        });
    }
    let address = issued.address();
    if address.chain() != presented.chain {
        return Err(WalletError::Chain);
    }
    if Address::parse(presented.chain, presented.address)? != *address {
        return Err(WalletError::AnotherAddress);
    }
    if !issued.is_current(now) {
        return Err(WalletError::Expired);
    }
    if presented.signature.is_empty() {
        return Err(WalletError::MissingSignature);
    }
    if presented.signature.len() > text::MAXIMUM_TEXT {
        return Err(WalletError::SignatureForm);
    }
    let Presented { scheme, public_key, message, signature, extra, .. } = *presented;
    match address.kind() {
        Kind::Evm(account) => return verify_evm(issued, account, scheme, signature),
        Kind::Solana(account) => {
            require_scheme(scheme, &["siws", "ed25519"])?;
            solana::verify(account, message, signature)?;
        }
        Kind::Bitcoin(account) => bitcoin::verify(account, scheme, message, signature)?,
        Kind::Ton(account) => {
            ton::verify(account, scheme, public_key, issued, signature, extra, now)?;
        }
        Kind::Xrp(account) => {
            require_scheme(scheme, &["ed25519", "secp256k1"])?;
            xrp::verify(account, public_key, message, signature)?;
        }
        Kind::Polkadot(account) => polkadot::verify(account, scheme, message, signature)?,
        Kind::Cardano(account) => {
            require_scheme(scheme, &["cip8", "cip30"])?;
            cardano::verify(account, public_key, message, signature)?;
        }
    }
    Ok(Outcome::Verified(VerifiedWallet { address: address.clone(), contract_on: None }))
}

/// By recovery of the key, or by a question for the account's contract.
fn verify_evm(
    issued: &Message,
    account: &evm::EvmAddress,
    scheme: Option<&str>,
    signature: &str,
) -> Result<Outcome, WalletError> {
    require_scheme(scheme, &["eip191", "eip4361", "eip1271", "eip6492"])?;
    let signature = text::signature_hex(signature)?;
    if signature.is_empty() {
        return Err(WalletError::MissingSignature);
    }
    let digest = evm::personal_digest(issued.text());
    let address = issued.address().clone();
    let reason = match evm::verify(account, &digest, &signature) {
        Ok(()) => {
            return Ok(Outcome::Verified(VerifiedWallet { address, contract_on: None }));
        }
        Err(reason) if scheme == Some("eip191") => return Err(reason),
        Err(reason) => reason,
    };
    let chain_id = issued.chain_id().parse().map_err(|_| WalletError::Chain)?;
    let call = contract::call(chain_id, account, &digest, &signature);
    Ok(Outcome::AskContract(ContractCheck { address, call, reason }))
}

fn require_scheme(scheme: Option<&str>, accepted: &[&str]) -> Result<(), WalletError> {
    if scheme.is_none_or(|scheme| accepted.contains(&scheme)) {
        Ok(())
    } else {
        Err(WalletError::Scheme)
    }
}
