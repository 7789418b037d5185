//! A wallet's response, as posted by clients and pages.

use serde::Deserialize;

use crate::{
    core::wallet::{Chain, Extra, Presented},
    origin::http::{Parameters, Request},
};

/// A signed message. The members of a login beside it name the application and the authorization request.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct WalletForm {
    /// The chain: `evm` unless another one is named.
    pub chain: Option<String>,
    /// The form of the signature, where the chain has several: `eip191`, `eip1271`, `siws`, `bip322`, ….
    pub scheme: Option<String>,
    /// The address of the account.
    pub address: String,
    /// The public key, where the address and the signature do not contain it.
    #[serde(alias = "public_key")]
    pub public_key: Option<String>,
    /// The text that was signed: the issued one, byte for byte.
    pub message: String,
    /// The signature, as wallets of the chain return it.
    pub signature: String,
    /// What else the proof of the chain consists of (TON Connect).
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Value>"))]
    pub extra: Option<Extra>,
    #[serde(skip)]
    no_extra: Extra,
}

impl WalletForm {
    /// Parses a request body; `None` if it is not a JSON object with these members.
    pub fn read(request: &Request) -> Option<Self> {
        serde_json::from_slice(&request.body).ok()
    }

    /// The fields of a form.
    pub fn of(form: &Parameters) -> Self {
        let text = |name: &str| form.get(name).map(str::to_owned);
        let extra = form.get("extra").and_then(|text| serde_json::from_str(text).ok());
        Self {
            chain: text("chain"),
            scheme: text("scheme"),
            address: text("address").unwrap_or_default(),
            public_key: text("publicKey"),
            // Browsers post line ends in forms as CR LF (HTML §4.10.21.8).
            message: text("message").unwrap_or_default().replace("\r\n", "\n"),
            signature: text("signature").unwrap_or_default(),
            extra,
            no_extra: Extra::default(),
        }
    }

    /// The wallet's proof; `None` for an unknown chain.
    pub fn presented(&self) -> Option<Presented<'_>> {
        let present = |text: &'_ Option<String>| text.as_deref().is_some_and(|it| !it.is_empty());
        Some(Presented {
            chain: chain_of(self.chain.as_deref())?,
            scheme: self.scheme.as_deref().filter(|_| present(&self.scheme)),
            address: &self.address,
            public_key: self.public_key.as_deref().filter(|_| present(&self.public_key)),
            message: &self.message,
            signature: &self.signature,
            extra: self.extra.as_ref().unwrap_or(&self.no_extra),
        })
    }
}

/// The chain of that name; EVM by default.
pub(super) fn chain_of(name: Option<&str>) -> Option<Chain> {
    match name.unwrap_or_default() {
        "" => Some(Chain::Evm),
        name => Chain::named(name),
    }
}
