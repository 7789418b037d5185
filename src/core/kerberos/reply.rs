//! Writes Kerberos replies: AP-REP (RFC 4120 §5.5.2) and KRB-ERROR (§5.9.1).

use super::{
    Key, Refusal, Service,
    cipher::{encrypt, usage},
    der_write::{SEQUENCE, application, element, integer, octets, tagged, text, time},
    error::CipherError,
    gss,
    negotiate::{self, Response},
    request::Verified,
};
use crate::core::{random::Random, secret::Secret, time::UnixTime};

/// An AP-REP and its negotiated values.
pub(super) struct ApRep {
    /// The message.
    pub(super) message: Vec<u8>,
    /// The acceptor's subkey.
    pub(super) subkey: Key,
    /// The first sequence number of the acceptor.
    pub(super) sequence: u32,
}

impl ApRep {
    /// Creates the proof for the client that the ticket was decrypted.
    pub(super) fn new(request: &Verified, random: &dyn Random) -> Result<Self, CipherError> {
        let etype = request.session.etype();
        let bytes = Secret::new(random.bytes::<32>());
        let subkey = bytes.expose().get(..etype.key_length()).unwrap_or_default();
        let subkey = Key::new(etype, subkey).ok_or(CipherError::Key)?;
        // Below 2^30, like MIT: some peers read the number as signed.
        let sequence = u32::from_be_bytes(random.bytes()) & 0x3fff_ffff;
        let key = Secret::new(element(
            SEQUENCE,
            &[&tagged(0, &integer(i64::from(etype.number()))), &tagged(1, &octets(subkey.bytes()))],
        ));
        let part = Secret::new(application(
            27,
            &[
                &tagged(0, &time(request.time)),
                &tagged(1, &integer(i64::from(request.microseconds))),
                &tagged(2, key.expose()),
                &tagged(3, &integer(i64::from(sequence))),
            ],
        ));
        let cipher = encrypt(&request.session, usage::AP_REP, &random.bytes(), part.expose())?;
        let encrypted = element(
            SEQUENCE,
            &[&tagged(0, &integer(i64::from(etype.number()))), &tagged(2, &octets(&cipher))],
        );
        let message = application(
            15,
            &[&tagged(0, &integer(5)), &tagged(1, &integer(15)), &tagged(2, &encrypted)],
        );
        Ok(Self { message, subkey, sequence })
    }
}

impl Service<'_> {
    /// The optional token for the 401 that refuses `token`: it tells the client software which
    /// check failed, like MIT's acceptor. `None` if `token` is neither SPNEGO nor Kerberos, or raw
    /// Kerberos refused for a reason without a Kerberos error code. Unauthenticated and not secret.
    pub fn refusal_token(&self, token: &[u8], refusal: &Refusal, now: UnixTime) -> Option<Vec<u8>> {
        let error = || self.krb_error(refusal, now).map(|message| gss::error_token(&message));
        match gss::initial_token(token) {
            Ok((mechanism, _)) if gss::is_kerberos(mechanism) => error(),
            Ok((gss::oid::SPNEGO, _)) => Some(negotiate::reject(error().as_deref())),
            _ if Response::is(token) => Some(negotiate::reject(error().as_deref())),
            _ => None,
        }
    }

    /// KRB-ERROR (RFC 4120 §5.9.1); `None` if the refusal has no code.
    fn krb_error(&self, refusal: &Refusal, now: UnixTime) -> Option<Vec<u8>> {
        let code = i64::from(refusal.krb_error_code()?);
        let service = match refusal {
            Refusal::Service(asked) => asked,
            _ => self.principals.first()?,
        };
        Some(application(
            30,
            &[
                &tagged(0, &integer(5)),
                &tagged(1, &integer(30)),
                &tagged(4, &time(now)),
                &tagged(5, &integer(0)),
                &tagged(6, &integer(code)),
                &tagged(9, &text(&service.realm)),
                &tagged(10, &service.name_der()),
            ],
        ))
    }
}
