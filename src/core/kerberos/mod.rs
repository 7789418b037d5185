//! A Kerberos 5 acceptor for HTTP Negotiate: SPNEGO (RFC 4178), GSS tokens (RFC 4121), AP-REQ and AP-REP
//! (RFC 4120), AES encryption types only (RFC 3962, RFC 8009).
//!
//! The flow, without I/O, clock or randomness:
//!
//! 1. [`authorization_token`] extracts the token from the header.
//! 2. [`Service::begin`] verifies it; or [`Service::resume`], if it [continues][continues_negotiation]
//!    what a [`Step::Continue`] began.
//! 3. For a [`Candidate`], the caller stores [`Candidate::replay`] in a place shared by all
//!    isolates, and calls [`Candidate::admit`] with whether it was new.
//! 4. [`Established`] has the [`Identity`] and the response token.
//!
//! Not supported: NTLM, RC4, DES, user-to-user, DCE style, delegated credentials, addresses, the
//! PAC.

mod acceptor;
mod bindings;
mod cipher;
mod der_read;
mod der_write;
mod error;
mod etype;
mod gss;
mod header;
mod key;
mod keytab;
mod message;
mod mic;
mod negotiate;
mod negotiation;
mod principal;
mod reply;
mod request;
#[cfg(test)]
mod tests;
mod ticket;

pub use acceptor::{Candidate, Continue, Established, Step, continues_negotiation};
pub use bindings::{Bindings, ChannelBinding};
pub use cipher::{checksum, decrypt, encrypt, usage};
pub use error::{CipherError, KeytabError, Refusal};
pub use etype::{Etype, etype_name};
pub use header::{authorization_token, challenge};
pub use key::Key;
pub use keytab::{Entry, Keytab};
pub use negotiation::Negotiation;
pub use principal::{NT_PRINCIPAL, NT_WELLKNOWN, Principal};
pub use request::{Identity, Replay, SKEW, Service};
pub use ticket::{TicketFlags, Transited};
