//! TON: addresses, and the two proofs of TON Connect, `ton_proof` (over the message's nonce) and
//! `signData` (over its text). The key comes out of the initial state of the wallet's contract, whose
//! hash is the address and whose code must be that of a published wallet.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use crc::{CRC_16_XMODEM, Crc, NoTable};

use super::{
    CLOCK_SKEW, Extra, Message, WalletError,
    cell::{Bag, Cell},
    signature::verify_ed25519,
    text::{from_base64, from_hex},
};
use crate::core::{encoding::hex, encoding::sha256, time::UnixTime};

/// The tags of a text form: for transfers that bounce, and for those that do not.
const BOUNCEABLE: u8 = 0x11;
const NON_BOUNCEABLE: u8 = 0x51;

/// The workchain and the hash of a contract's initial state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TonAddress {
    workchain: i8,
    hash: [u8; 32],
}

impl TonAddress {
    /// Reads the raw form (`0:` and 64 digits of hex) and the main network's forms of 48 characters in
    /// either alphabet of base64.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((workchain, hash)) = text.split_once(':') {
            let workchain = workchain.parse().ok().filter(|id| [0, -1].contains(id))?;
            let hash = Some(hash).filter(|hash| hash.len() == 64).and_then(from_hex)?;
            return Some(Self { workchain, hash: hash.try_into().ok()? });
        }
        if text.len() != 48 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text.replace('+', "-").replace('/', "_")).ok()?;
        let (body, checksum) = bytes.split_last_chunk::<2>()?;
        let [BOUNCEABLE | NON_BOUNCEABLE, workchain @ (0 | 0xff), hash @ ..] = body else {
            return None;
        };
        let workchain = i8::from_be_bytes([*workchain]);
        let address = Self { workchain, hash: hash.try_into().ok()? };
        (crc16(body).to_be_bytes() == *checksum).then_some(address)
    }
}

/// The form that wallets show: base64url, for transfers that do not bounce.
impl fmt::Display for TonAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![NON_BOUNCEABLE];
        bytes.extend(self.workchain.to_be_bytes());
        bytes.extend(self.hash);
        let checksum = crc16(&bytes);
        bytes.extend(checksum.to_be_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

fn crc16(bytes: &[u8]) -> u16 {
    Crc::<u16, NoTable>::new(&CRC_16_XMODEM).checksum(bytes)
}

/// Published wallets: the hash of the code, and the bit of the data at which the key begins.
const WALLETS: [(&str, usize); 10] = [
    // v1r1, v1r2, v1r3, v2r1, v2r2: sequence number, key.
    ("a0cfc2c48aee16a271f2cfc0b7382d81756cecb1017d077faaab3bb602f6868c", 32),
    ("d4902fcc9fad74698fa8e353220a68da0dcf72e32bcb2eb9ee04217c17d3062c", 32),
    ("587cc789eff1c84f46ec3797e45fc809a14ff5ae24f1e0c7a6a99cc9dc9061ff", 32),
    ("5c9a5e68c108e18721a07c42f9956bfb39ad77ec6d624b60c576ec88eee65329", 32),
    ("fe9530d3243853083ef2ef0b4c2908c0abf6fa1c31ea243aacaa5bf8c7d753f1", 32),
    // v3r1, v3r2, v4r2: sequence number, wallet number, key.
    ("b61041a58a7980b946e8fb9e198e3c904d24799ffa36574ea4251c41a566f581", 64),
    ("84dafa449f98a6987789ba232358072bc0f76dc4524002a5d0918b9a75d2d599", 64),
    ("feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0", 64),
    // v5 beta: sequence number of 33 bits, wallet number of 80, key.
    ("f3d7ca53493deedac28b381986a849403cbac3d2c584779af081065af0ac4b93", 113),
    // v5r1: whether signatures are allowed, sequence number, wallet number, key.
    (V5R1, 65),
];
const V5R1: &str = "20834b7b72b112147e1b2fb457b84e74d1a30f04f737d4f62a668e9552d2b72f";

/// Verifies a proof of TON Connect.
pub(super) fn verify(
    address: &TonAddress,
    scheme: Option<&str>,
    public_key: Option<&str>,
    issued: &Message,
    signature: &str,
    extra: &Extra,
    now: UnixTime,
) -> Result<(), WalletError> {
    let signature = from_base64(signature).ok_or(WalletError::SignatureForm)?;
    let state = extra.state_init.as_deref().ok_or(WalletError::Proof)?;
    let key = key(address, &from_base64(state).ok_or(WalletError::Proof)?)?;
    if let Some(public_key) = public_key
        && from_hex(public_key).is_none_or(|public_key| public_key != key)
    {
        return Err(WalletError::AnotherKey);
    }
    if extra.domain.as_deref().is_some_and(|domain| domain != issued.domain()) {
        return Err(WalletError::Differs(super::Field::Domain));
    }
    let signed_at = UnixTime(extra.timestamp.ok_or(WalletError::Proof)?);
    if now.since(signed_at) < -CLOCK_SKEW || signed_at.since(issued.issued_at()) < -CLOCK_SKEW {
        return Err(WalletError::Expired);
    }
    let digest = match scheme {
        None | Some("ton_proof") => proof_digest(address, issued, signed_at),
        Some("sign_data" | "signData") => data_digest(address, issued, signed_at),
        Some(_) => return Err(WalletError::Scheme),
    };
    verify_ed25519(&key, &digest, &signature)
}

/// What `ton_proof` signs.
fn proof_digest(address: &TonAddress, issued: &Message, signed_at: UnixTime) -> [u8; 32] {
    let domain = issued.domain().as_bytes();
    let mut item = b"ton-proof-item-v2/".to_vec();
    item.extend(i32::from(address.workchain).to_be_bytes());
    item.extend(address.hash);
    item.extend(length(domain).to_le_bytes());
    item.extend(domain);
    item.extend(signed_at.0.to_le_bytes());
    item.extend(issued.nonce().as_bytes());
    let mut bytes = b"\xff\xffton-connect".to_vec();
    bytes.extend(sha256(&item));
    sha256(&bytes)
}

/// What `signData` signs of a text.
fn data_digest(address: &TonAddress, issued: &Message, signed_at: UnixTime) -> [u8; 32] {
    let (domain, text) = (issued.domain().as_bytes(), issued.text().as_bytes());
    let mut bytes = b"\xff\xffton-connect/sign-data/".to_vec();
    bytes.extend(i32::from(address.workchain).to_be_bytes());
    bytes.extend(address.hash);
    bytes.extend(length(domain).to_be_bytes());
    bytes.extend(domain);
    bytes.extend(signed_at.0.to_be_bytes());
    bytes.extend(b"txt");
    bytes.extend(length(text).to_be_bytes());
    bytes.extend(text);
    sha256(&bytes)
}

/// The length of a part of a message, which is bounded far below 4 GiB.
fn length(part: &[u8]) -> u32 {
    u32::try_from(part.len()).unwrap_or(u32::MAX)
}

/// The key of the wallet whose initial state has this address.
fn key(address: &TonAddress, state: &[u8]) -> Result<[u8; 32], WalletError> {
    let bag = Bag::parse(state).ok_or(WalletError::Proof)?;
    let root = bag.root().ok_or(WalletError::Proof)?;
    if root.hash != address.hash {
        return Err(WalletError::AnotherKey);
    }
    // No split depth, not special, code and data, no library.
    if root.bits != 5 || root.data != [0b0011_0100] {
        return Err(WalletError::UnknownContract);
    }
    let mut references = bag.references(root);
    let (Some(code), Some(data), None) = (references.next(), references.next(), references.next())
    else {
        return Err(WalletError::UnknownContract);
    };
    key_in(code, data).ok_or(WalletError::UnknownContract)
}

fn key_in(code: &Cell, data: &Cell) -> Option<[u8; 32]> {
    let hash = hex(&code.hash);
    let (_, from) = WALLETS.iter().find(|(code, _)| *code == hash)?;
    let allows_signatures = hash != V5R1 || data.data.first()? & 0x80 != 0;
    data.bytes32(*from).filter(|_| allows_signatures)
}
