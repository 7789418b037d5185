//! The chains whose wallets can sign in, and the addresses of their accounts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{WalletError, bitcoin, cardano, evm, polkadot, solana, ton, xrp};

/// A family of chains that share a form of account and signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Chain {
    /// Ethereum and the chains that run its virtual machine.
    Evm,
    /// Solana.
    Solana,
    /// Bitcoin, its main network.
    Bitcoin,
    /// TON, its main network.
    Ton,
    /// The XRP Ledger.
    Xrp,
    /// Polkadot and the other Substrate chains.
    Polkadot,
    /// Cardano, its main network.
    Cardano,
}

impl Chain {
    /// Every chain.
    pub const ALL: [Self; 7] = [
        Self::Evm,
        Self::Solana,
        Self::Bitcoin,
        Self::Ton,
        Self::Xrp,
        Self::Polkadot,
        Self::Cardano,
    ];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Evm => "evm",
            Self::Solana => "solana",
            Self::Bitcoin => "bitcoin",
            Self::Ton => "ton",
            Self::Xrp => "xrp",
            Self::Polkadot => "polkadot",
            Self::Cardano => "cardano",
        }
    }

    /// The chain of a name on the wire.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chain| chain.name() == name)
    }

    /// Its CAIP-2 namespace.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Evm => "eip155",
            Self::Solana => "solana",
            Self::Bitcoin => "bip122",
            Self::Ton => "ton",
            Self::Xrp => "xrpl",
            Self::Polkadot => "polkadot",
            Self::Cardano => "cip34",
        }
    }

    /// The CAIP-2 reference of its main network.
    pub const fn main_network(self) -> &'static str {
        match self {
            Self::Evm => "1",
            Self::Solana => "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
            Self::Bitcoin => "000000000019d6689c085ae165831e93",
            Self::Ton => "-239",
            Self::Xrp => "0",
            Self::Polkadot => "91b171bb158e2d3848fa23a9f1c25182",
            Self::Cardano => "1-764824073",
        }
    }

    /// Its main network as a message names it: the reference, but Solana's wallets know a name (Sign In
    /// With Solana).
    pub const fn message_reference(self) -> &'static str {
        match self {
            Self::Solana => "mainnet",
            other => other.main_network(),
        }
    }

    /// What the first line of a message calls it (`… sign in with your Ethereum account:`).
    pub const fn account_name(self) -> &'static str {
        match self {
            Self::Evm => "Ethereum",
            Self::Solana => "Solana",
            Self::Bitcoin => "Bitcoin",
            Self::Ton => "TON",
            Self::Xrp => "XRP Ledger",
            Self::Polkadot => "Polkadot",
            Self::Cardano => "Cardano",
        }
    }

    pub(super) fn of_account_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chain| chain.account_name() == name)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The address of an account. Its text is the canonical one of its chain, so that equal addresses
/// have equal texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Kind);

/// What an address says, by chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Evm(evm::EvmAddress),
    Solana(solana::SolanaAddress),
    Bitcoin(bitcoin::BitcoinAddress),
    Ton(ton::TonAddress),
    Xrp(xrp::XrpAddress),
    Polkadot(polkadot::PolkadotAddress),
    Cardano(cardano::CardanoAddress),
}

impl Address {
    /// Reads an address of `chain`, with its checksum. An EVM address in one case has none
    /// (EIP-55); in mixed case it must be right.
    pub fn parse(chain: Chain, text: &str) -> Result<Self, WalletError> {
        let kind = match chain {
            Chain::Evm => evm::EvmAddress::parse(text).map(Kind::Evm),
            Chain::Solana => solana::SolanaAddress::parse(text).map(Kind::Solana),
            Chain::Bitcoin => bitcoin::BitcoinAddress::parse(text).map(Kind::Bitcoin),
            Chain::Ton => ton::TonAddress::parse(text).map(Kind::Ton),
            Chain::Xrp => xrp::XrpAddress::parse(text).map(Kind::Xrp),
            Chain::Polkadot => polkadot::PolkadotAddress::parse(text).map(Kind::Polkadot),
            Chain::Cardano => cardano::CardanoAddress::parse(text).map(Kind::Cardano),
        };
        kind.map(Self).ok_or(WalletError::Address)
    }

    /// The chain that it is an address of.
    pub const fn chain(&self) -> Chain {
        match self.0 {
            Kind::Evm(_) => Chain::Evm,
            Kind::Solana(_) => Chain::Solana,
            Kind::Bitcoin(_) => Chain::Bitcoin,
            Kind::Ton(_) => Chain::Ton,
            Kind::Xrp(_) => Chain::Xrp,
            Kind::Polkadot(_) => Chain::Polkadot,
            Kind::Cardano(_) => Chain::Cardano,
        }
    }

    pub(super) const fn kind(&self) -> &Kind {
        &self.0
    }
}

/// The canonical text.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Evm(address) => address.fmt(f),
            Kind::Solana(address) => address.fmt(f),
            Kind::Bitcoin(address) => address.fmt(f),
            Kind::Ton(address) => address.fmt(f),
            Kind::Xrp(address) => address.fmt(f),
            Kind::Polkadot(address) => address.fmt(f),
            Kind::Cardano(address) => address.fmt(f),
        }
    }
}
