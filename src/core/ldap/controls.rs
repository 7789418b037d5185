//! Response controls: paged results (RFC 2696) and password policy.

use std::fmt;

use super::{
    Message,
    ber::{self, BerError, INTEGER, OCTETS, Reader, SEQUENCE},
    message::{PAGED_RESULTS, PASSWORD_POLICY},
};

const MOST_CONTROLS: usize = 16;
/// Maximum length of a paged-results cookie; Active Directory's have a few hundred octets.
const LONGEST_COOKIE: usize = 16_384;

/// A password policy error of an account (draft-behera-ldap-password-policy §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyError {
    /// The password has expired.
    PasswordExpired,
    /// The account is locked.
    AccountLocked,
    /// The password must be changed first. The bind succeeds.
    ChangeAfterReset,
    /// Another error, by number.
    Other(u32),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PasswordExpired => f.write_str("the password has expired"),
            Self::AccountLocked => f.write_str("the account is locked"),
            Self::ChangeAfterReset => f.write_str("the password must be changed first"),
            Self::Other(number) => write!(f, "the password policy has error {number}"),
        }
    }
}

/// Reads known controls. Response controls are never critical (RFC 4511 §4.1.11), so unknown ones
/// are skipped.
pub(super) fn read(controls: &[u8], into: &mut Message) -> Result<(), BerError> {
    let mut list = Reader::new(controls);
    let mut count = 0;
    let mut policy_seen = false;
    while !list.is_empty() {
        count += 1;
        if count > MOST_CONTROLS {
            return Err(BerError::TooMany);
        }
        let mut control = Reader::new(list.expect(SEQUENCE)?);
        let oid = control.text(OCTETS)?;
        if let Some(critical) = control.optional(ber::BOOLEAN)? {
            ber::boolean(critical)?;
        }
        let value = control.optional(OCTETS)?;
        control.finish()?;
        match oid {
            PAGED_RESULTS => {
                let cookie = cookie(value.ok_or(BerError::Missing)?)?;
                if into.cookie.replace(cookie).is_some() {
                    return Err(BerError::TooMany);
                }
            }
            PASSWORD_POLICY => {
                if std::mem::replace(&mut policy_seen, true) {
                    return Err(BerError::TooMany);
                }
                into.policy = policy(value.ok_or(BerError::Missing)?)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn sequence(value: &[u8]) -> Result<Reader<'_>, BerError> {
    let mut outer = Reader::new(value);
    let inner = outer.expect(SEQUENCE)?;
    outer.finish()?;
    Ok(Reader::new(inner))
}

fn cookie(value: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut paged = sequence(value)?;
    paged.expect(INTEGER)?; // an estimate of the total, which is not used
    let cookie = paged.expect(OCTETS)?;
    paged.finish()?;
    if cookie.len() > LONGEST_COOKIE { Err(BerError::TooMany) } else { Ok(cookie.to_vec()) }
}

fn policy(value: &[u8]) -> Result<Option<PolicyError>, BerError> {
    let mut policy = sequence(value)?;
    policy.optional(0xa0)?; // a warning: seconds or sign-ins until the password expires
    let error = policy.optional(0x81)?.map(ber::number).transpose()?;
    policy.finish()?;
    Ok(error.map(|error| match error {
        0 => PolicyError::PasswordExpired,
        1 => PolicyError::AccountLocked,
        2 => PolicyError::ChangeAfterReset,
        other => PolicyError::Other(other),
    }))
}
