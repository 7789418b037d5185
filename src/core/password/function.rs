//! Password hash functions: argon2, bcrypt, PBKDF2, scrypt, and the salted digests of other
//! systems, each with cost bounds.

use std::cell::RefCell;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use blowfish::Blowfish;
use md5::Md5;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::core::encoding::hex;

/// The output of a function.
pub(super) type Output = Zeroizing<Vec<u8>>;

/// A function with its parameters and salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Function {
    /// Argon2 (RFC 9106).
    Argon2 { algorithm: Algorithm, version: Version, cost: Cost, salt: Vec<u8>, length: usize },
    /// bcrypt: two to the power of `cost` expansions of the key.
    Bcrypt { cost: u32, salt: [u8; 16] },
    /// PBKDF2 (RFC 8018) with HMAC of `digest`.
    Pbkdf2 { digest: Hash, iterations: u32, salt: Vec<u8>, length: usize },
    /// scrypt (RFC 7914).
    Scrypt { log_n: u8, r: u32, p: u32, salt: Vec<u8>, length: usize },
    /// A digest of the password followed by the salt, as LDAP servers store it (`{SSHA256}`).
    Salted { digest: Hash, salt: Vec<u8> },
    /// Casdoor's digests: the hexadecimal digest of the password; with a salt, the digest of that text
    /// followed by the salt. Of each hash it is unknown which of the salts was used.
    Nested { digest: Hash, salts: Vec<Option<Vec<u8>>> },
}

/// What argon2 costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// KiB
    pub(super) memory: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

/// A digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// Whether the cost of a function is right for the hash of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// A guess costs too little: the hash may be stored only inside a stronger one.
    Weak,
    /// Stored as it is.
    Strong,
    /// A sign-in would cost too much time or memory.
    Excessive,
}

/// The most salts that one hash may have been made with.
pub(super) const MAXIMUM_SALTS: usize = 3;

/// Blocks of 1 KiB that are kept for the next hash: those of a hash of our own.
const KEPT: usize = super::COST.memory as usize;

/// KiB that one sign-in may fill: an isolate has 128 MiB for all its requests.
const MAXIMUM_MEMORY: u64 = 64 * 1024;

impl Hash {
    /// Its name in stored hashes.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// The digest of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512]
            .into_iter()
            .find(|digest| digest.name() == name)
    }

    /// The length of its output.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn of(self, text: &[u8], salt: &[u8]) -> Output {
        fn digest<D: Digest>(text: &[u8], salt: &[u8]) -> Output {
            Zeroizing::new(D::new().chain_update(text).chain_update(salt).finalize().to_vec())
        }
        match self {
            Self::Md5 => digest::<Md5>(text, salt),
            Self::Sha1 => digest::<Sha1>(text, salt),
            Self::Sha256 => digest::<Sha256>(text, salt),
            Self::Sha512 => digest::<Sha512>(text, salt),
        }
    }
}

impl Function {
    /// The length of its output.
    pub(super) const fn length(&self) -> usize {
        match self {
            Self::Argon2 { length, .. }
            | Self::Pbkdf2 { length, .. }
            | Self::Scrypt { length, .. } => *length,
            Self::Bcrypt { .. } => 23,
            Self::Salted { digest, .. } | Self::Nested { digest, .. } => digest.length(),
        }
    }

    /// Whether a stored hash may be of this function. The upper bounds are near the cost of four passes
    /// of argon2 over 64 MiB, about a third of a second of wasm: above them a sign-in is a weapon
    /// against the server.
    pub(super) fn strength(&self) -> Strength {
        let (cost, least, most) = match self {
            // OWASP's rows all fill at least 7 MiB, and 35 MiB in all passes together.
            Self::Argon2 { cost: Cost { memory, passes, lanes }, .. } => {
                let (memory, most) = (u64::from(*memory), 256 * 1024);
                if memory > MAXIMUM_MEMORY || *lanes > 64 {
                    return Strength::Excessive;
                }
                let work = memory * u64::from(*passes);
                if memory < 7 * 1024 && work <= most {
                    return Strength::Weak;
                }
                (work, 35 * 1024, most)
            }
            Self::Bcrypt { cost, .. } => (u64::from(*cost), 9, 13),
            Self::Pbkdf2 { digest, iterations, length, .. } => {
                let blocks = length.div_ceil(digest.length());
                (u64::from(*iterations) * blocks as u64, 10_000, 1_200_000)
            }
            Self::Scrypt { log_n, r, p, .. } => {
                if *log_n > 20 {
                    return Strength::Excessive;
                }
                let (block, p) = (u64::from(*r) * 128, u64::from(*p));
                let mixed = block << log_n;
                let memory = mixed.saturating_add(block.saturating_mul(p));
                if memory > (MAXIMUM_MEMORY + 1024) * 1024 {
                    return Strength::Excessive;
                }
                (mixed.saturating_mul(p) / 1024, 16 * 1024, 256 * 1024)
            }
            Self::Salted { .. } | Self::Nested { .. } => return Strength::Weak,
        };
        match cost {
            _ if cost < least => Strength::Weak,
            _ if cost > most => Strength::Excessive,
            _ => Strength::Strong,
        }
    }

    /// The outputs for `password`: one for each salt that may have been used. None if the function
    /// cannot be computed.
    pub(super) fn outputs(&self, password: &[u8]) -> Vec<Output> {
        match self {
            Self::Nested { digest, salts } => {
                let first = digest.of(password, b"");
                let text = Zeroizing::new(hex(&first));
                let again = |salt: &Option<Vec<u8>>| match salt {
                    Some(salt) => digest.of(text.as_bytes(), salt),
                    None => first.clone(),
                };
                salts.iter().map(again).collect()
            }
            _ => self.output(password).into_iter().collect(),
        }
    }

    fn output(&self, password: &[u8]) -> Option<Output> {
        let mut output = Zeroizing::new(vec![0; self.length()]);
        match self {
            Self::Argon2 { algorithm, version, cost, salt, length } => {
                let Cost { memory, passes, lanes } = *cost;
                let params = Params::new(memory, passes, lanes, Some(*length)).ok()?;
                let count = params.block_count();
                let argon2 = Argon2::new(*algorithm, *version, params);
                with_blocks(count, |blocks| {
                    argon2.hash_password_into_with_memory(password, salt, &mut output, blocks).ok()
                })?;
            }
            Self::Bcrypt { cost, salt } => return Some(bcrypt(*cost, salt, password)),
            Self::Pbkdf2 { digest, iterations, salt, .. } => match digest {
                Hash::Sha1 => pbkdf2_hmac::<Sha1>(password, salt, *iterations, &mut output),
                Hash::Sha256 => pbkdf2_hmac::<Sha256>(password, salt, *iterations, &mut output),
                Hash::Sha512 => pbkdf2_hmac::<Sha512>(password, salt, *iterations, &mut output),
                Hash::Md5 => return None,
            },
            Self::Scrypt { log_n, r, p, salt, .. } => {
                let params = scrypt::Params::new(*log_n, *r, *p).ok()?;
                scrypt::scrypt(password, salt, &params, &mut output).ok()?;
            }
            Self::Salted { digest, salt } => return Some(digest.of(password, salt)),
            Self::Nested { .. } => return None,
        }
        Some(output)
    }
}

thread_local! {
    /// The memory of one hash. It is kept because small allocations would divide it between two hashes, so that
    /// the next one needs new memory, and a WebAssembly memory never shrinks.
    static BLOCKS: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Calls `hash` with `count` blocks of argon2's memory, which it fills before it reads them (RFC 9106 §3.2).
fn with_blocks(count: usize, hash: impl FnOnce(&mut [Block]) -> Option<()>) -> Option<()> {
    if count > KEPT {
        return hash(&mut vec![Block::default(); count]);
    }
    BLOCKS.with_borrow_mut(|blocks| {
        if blocks.is_empty() {
            blocks.resize(KEPT, Block::default());
        }
        hash(blocks.get_mut(..count)?)
    })
}

/// The 23 bytes that bcrypt stores (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999).
/// It reads 72 bytes of the password and of the NUL that ends it.
fn bcrypt(cost: u32, salt: &[u8; 16], password: &[u8]) -> Output {
    let key: Zeroizing<Vec<u8>> =
        Zeroizing::new(password.iter().copied().chain([0]).take(72).collect());
    let mut state: Blowfish = Blowfish::bc_init_state();
    state.salted_expand_key(salt, &key);
    for _ in 0..1_u64 << cost {
        state.bc_expand_key(&key);
        state.bc_expand_key(salt);
    }
    let text = b"OrpheanBeholderScryDoubt";
    let mut output = Zeroizing::new(Vec::with_capacity(24));
    let words = text.as_chunks::<4>().0.iter().map(|bytes| u32::from_be_bytes(*bytes));
    let words: Vec<u32> = words.collect();
    for block in words.as_chunks::<2>().0 {
        let mut halves = *block;
        for _ in 0..64 {
            halves = state.bc_encrypt(halves);
        }
        output.extend(halves.into_iter().flat_map(u32::to_be_bytes));
    }
    output.truncate(23);
    output
}
