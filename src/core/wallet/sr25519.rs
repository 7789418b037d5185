//! sr25519, the Schnorr signature of Substrate: Ristretto, with a challenge out of a Merlin transcript.
//!
//! `schnorrkel` would bring an older generation of every curve crate. Only verification is here:
//! STROBE-128 with the two operations that Merlin uses, and one equation.

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto};

use super::WalletError;

/// Verifies a signature in the signing context `substrate`.
pub(super) fn verify(key: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), WalletError> {
    let (r, s) = signature.split_first_chunk::<32>().ok_or(WalletError::SignatureForm)?;
    let mut s: [u8; 32] = s.try_into().map_err(|_| WalletError::SignatureForm)?;
    // The mark of this kind of signature, which a scalar leaves free.
    let [.., last] = &mut s;
    if *last & 0x80 == 0 {
        return Err(WalletError::SignatureForm);
    }
    *last &= 0x7f;
    let s = Option::from(Scalar::from_canonical_bytes(s)).ok_or(WalletError::SignatureForm)?;
    let point = CompressedRistretto(*key).decompress().ok_or(WalletError::PublicKey)?;

    let mut transcript = Transcript::new(b"SigningContext");
    transcript.append(b"", b"substrate");
    transcript.append(b"sign-bytes", message);
    transcript.append(b"proto-name", b"Schnorr-sig");
    transcript.append(b"sign:pk", key);
    transcript.append(b"sign:R", r);
    let challenge = transcript.challenge(b"sign:c");
    // R = sB - cA.
    let expected = RistrettoPoint::vartime_double_scalar_mul_basepoint(&challenge, &-point, &s);
    if expected.compress().to_bytes() == *r { Ok(()) } else { Err(WalletError::Signature) }
}

/// A Merlin transcript (version 1.0).
struct Transcript(Strobe);

impl Transcript {
    fn new(label: &[u8]) -> Self {
        let mut transcript = Self(Strobe::new(b"Merlin v1.0"));
        transcript.append(b"dom-sep", label);
        transcript
    }

    fn append(&mut self, label: &[u8], message: &[u8]) {
        self.label(label, message.len());
        self.0.begin(OPERATION_A);
        self.0.absorb(message);
    }

    fn challenge(&mut self, label: &[u8]) -> Scalar {
        let mut bytes = [0; 64];
        self.label(label, bytes.len());
        self.0.begin(OPERATION_I | OPERATION_A | OPERATION_C);
        self.0.squeeze(&mut bytes);
        Scalar::from_bytes_mod_order_wide(&bytes)
    }

    /// The metadata in front of a message: its label and its length.
    fn label(&mut self, label: &[u8], length: usize) {
        self.0.begin(OPERATION_M | OPERATION_A);
        self.0.absorb(label);
        self.0.absorb(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }
}

const OPERATION_I: u8 = 1;
const OPERATION_A: u8 = 1 << 1;
const OPERATION_C: u8 = 1 << 2;
const OPERATION_M: u8 = 1 << 4;

/// The bytes of the sponge that a STROBE-128 duplex uses for data.
const RATE: usize = 166;

/// STROBE v1.0.2 at 128 bits, with the operations AD, `meta-AD` and PRF.
struct Strobe {
    state: [u8; 200],
    position: usize,
    /// Where the present operation began, plus one.
    begin: u8,
}

impl Strobe {
    fn new(protocol: &[u8]) -> Self {
        let mut state = [0; 200];
        let first = [1, 168, 1, 0, 1, 96].into_iter().chain(*b"STROBEv1.0.2");
        for (to, from) in state.iter_mut().zip(first) {
            *to = from;
        }
        let mut strobe = Self { state, position: 0, begin: 0 };
        strobe.permute();
        strobe.begin(OPERATION_M | OPERATION_A);
        strobe.absorb(protocol);
        strobe
    }

    fn begin(&mut self, flags: u8) {
        let before = self.begin;
        self.begin = u8::try_from(self.position + 1).unwrap_or_default();
        self.absorb(&[before, flags]);
        if flags & OPERATION_C != 0 && self.position != 0 {
            self.run();
        }
    }

    fn absorb(&mut self, data: &[u8]) {
        for byte in data {
            self.mix(self.position, *byte);
            self.advance();
        }
    }

    fn squeeze(&mut self, data: &mut [u8]) {
        for byte in data {
            if let Some(from) = self.state.get_mut(self.position) {
                *byte = std::mem::take(from);
            }
            self.advance();
        }
    }

    fn advance(&mut self) {
        self.position += 1;
        if self.position == RATE {
            self.run();
        }
    }

    /// Pads the block and permutes the state.
    fn run(&mut self) {
        self.mix(self.position, self.begin);
        self.mix(self.position + 1, 0x04);
        self.mix(RATE + 1, 0x80);
        self.permute();
        self.position = 0;
        self.begin = 0;
    }

    fn mix(&mut self, position: usize, byte: u8) {
        if let Some(to) = self.state.get_mut(position) {
            *to ^= byte;
        }
    }

    fn permute(&mut self) {
        let mut words = [0; 25];
        let (bytes, _) = self.state.as_chunks::<8>();
        for (word, bytes) in words.iter_mut().zip(bytes) {
            *word = u64::from_le_bytes(*bytes);
        }
        keccak::Keccak::new().with_f1600(|permute| permute(&mut words));
        for (to, from) in self.state.iter_mut().zip(words.into_iter().flat_map(u64::to_le_bytes)) {
            *to = from;
        }
    }
}
