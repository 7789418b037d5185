//! Conversion of exported hashes of other systems to the stored form.

use std::fmt;

use base64ct::{Base64, Base64Unpadded, Encoding};

use super::{
    SALT_LENGTH,
    function::{Hash, Strength},
    stored::StoredHash,
};

/// Why a hash is not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignHashError {
    /// Not a form that is read here.
    Unknown,
    /// A sign-in would cost too much time or memory.
    Excessive,
    /// There is no memory to hash it once more.
    Hash,
}

impl fmt::Display for ForeignHashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => {
                "the password hash is not bcrypt, argon2i, argon2id, PBKDF2, scrypt or a salted digest"
            }
            Self::Excessive => {
                "the password hash costs more than a sign-in may (bcrypt 13, argon2 and scrypt \
                 64 MiB, PBKDF2 1200000 iterations)"
            }
            Self::Hash => "the password hash could not be computed",
        })
    }
}

impl std::error::Error for ForeignHashError {}

/// `text`, a hash of another system, as it is stored: a weak hash only inside argon2id, made with the
/// fresh random `salt`. It is replaced when its password is next typed.
///
/// Forms: PHC strings of argon2, PBKDF2 and scrypt; `$2a$`, `$2b$` and `$2y$`; Django's
/// `pbkdf2_sha256$…`; passlib's `$pbkdf2-sha256$29000$…`; LDAP's `{SSHA256}…`; and
/// `$nested-sha256$salt,salt$…` for Casdoor's digests, where `-` stands for no salt.
pub fn adopted(text: &str, salt: [u8; SALT_LENGTH]) -> Result<String, ForeignHashError> {
    let canonical = canonical(text).ok_or(ForeignHashError::Unknown)?;
    let mut stored = StoredHash::read(&canonical).ok_or(ForeignHashError::Unknown)?;
    if stored.outer.is_none() && stored.function.strength() == Strength::Weak {
        let outer = super::today(salt);
        let output = outer.outputs(&stored.output).pop().ok_or(ForeignHashError::Hash)?;
        stored.output = output.to_vec();
        stored.outer = Some(outer);
    }
    if stored.is_acceptable() { Ok(stored.text()) } else { Err(ForeignHashError::Excessive) }
}

/// `text` in the one form of its function that [`StoredHash`] reads.
fn canonical(text: &str) -> Option<String> {
    if let Some((scheme, rest)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        return ldap(&scheme.to_ascii_uppercase(), rest);
    }
    if let Some(rest) = text.strip_prefix("pbkdf2_") {
        return django(rest);
    }
    let (name, rest) = text.strip_prefix('$')?.split_once('$')?;
    Some(match name {
        "2a" | "2y" => format!("$2b${rest}"),
        // Version 1.0 of argon2 wrote none.
        "argon2i" | "argon2id" if rest.starts_with("m=") => format!("${name}$v=16${rest}"),
        "pbkdf2" => passlib("sha1", rest)?,
        _ => match name.strip_prefix("pbkdf2-") {
            Some(digest) => passlib(digest, rest)?,
            None => text.to_owned(),
        },
    })
}

/// `{SSHA256}`, base64 of the digest and the salt after it (RFC 2307), or `{CRYPT}` and
/// `{ARGON2}` before one of the other forms.
fn ldap(scheme: &str, rest: &str) -> Option<String> {
    let digest = match scheme {
        "BCRYPT" | "CRYPT" | "ARGON2" if rest.starts_with('$') => return canonical(rest),
        "MD5" | "SMD5" => Hash::Md5,
        "SHA" | "SSHA" => Hash::Sha1,
        "SHA256" | "SSHA256" => Hash::Sha256,
        "SHA512" | "SSHA512" => Hash::Sha512,
        _ => return None,
    };
    let bytes = Base64::decode_vec(rest).ok()?;
    let (output, salt) = bytes.split_at_checked(digest.length())?;
    let text = Base64Unpadded::encode_string;
    Some(format!("$salted-{}${}${}", digest.name(), text(salt), text(output)))
}

/// Django's `sha256$iterations$salt$output`: the salt is a text, the output base64.
fn django(rest: &str) -> Option<String> {
    let mut fields = rest.split('$');
    let (digest, iterations) = (fields.next()?, fields.next()?);
    let salt = Base64Unpadded::encode_string(fields.next()?.as_bytes());
    let output = fields.next()?.trim_end_matches('=');
    Some(format!("$pbkdf2-{digest}$i={iterations}${salt}${output}"))
}

/// `$pbkdf2-sha256$` with `i=…`, `i=…,l=…` (PHC), or only the iterations and `.` for `+` (passlib).
fn passlib(digest: &str, rest: &str) -> Option<String> {
    let (iterations, rest) = rest.split_once('$')?;
    let iterations = iterations.split(',').next()?;
    let iterations = iterations.strip_prefix("i=").unwrap_or(iterations);
    Some(format!("$pbkdf2-{digest}$i={iterations}${}", rest.replace('.', "+")))
}
