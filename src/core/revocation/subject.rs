//! Subjects of revocations, and their short names in the feed.

use sha2::{Digest, Sha256};

/// A subject of revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// One access token (`jti`).
    Token(&'a str),
    /// A sign-in and every token of it (`sid`).
    Session(&'a str),
    /// A grant: the family of its refresh tokens and every access token of it (`gid`).
    Grant(&'a str),
    /// An API key, by its id.
    Key(&'a str),
    /// A signing key, by its `kid`: every token that it signed.
    SigningKey(&'a str),
    /// A user, by the stable subject.
    User(&'a str),
    /// A client and everything that was granted to it, by its `client_id`.
    Application(&'a str),
    /// An organization, by its slug: every token that names it.
    Organization(&'a str),
    /// The roles, teams and permissions of an organization, by its slug: the published policy.
    Policy(&'a str),
    /// An organization that has moved to another database: nothing is revoked, but credentials
    /// issued before must be compared with that database's feed.
    Departure(&'a str),
    /// Everything: the database was restored from a backup.
    Everything,
}

/// The first 64 bits of `SHA-256(kind ":" id)`: all that an edge has to remember. By a million
/// entries, fewer than one in 10¹² credentials is refused by mistake; its holder signs in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// That of `id` among those of its kind.
    pub fn of(kind: &str, id: &str) -> Self {
        let digest = Sha256::new_with_prefix(kind).chain_update(":").chain_update(id).finalize();
        Self(u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()))
    }
}

impl<'a> Subject<'a> {
    /// How the kind is written, in the feed's table too.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Session(_) => "session",
            Self::Grant(_) => "grant",
            Self::Key(_) => "key",
            Self::SigningKey(_) => "signing-key",
            Self::User(_) => "user",
            Self::Application(_) => "application",
            Self::Organization(_) => "organization",
            Self::Policy(_) => "policy",
            Self::Departure(_) => "departure",
            Self::Everything => "everything",
        }
    }

    /// The identifier; empty for [`Self::Everything`].
    pub const fn id(self) -> &'a str {
        match self {
            Self::Token(id)
            | Self::Session(id)
            | Self::Grant(id)
            | Self::Key(id)
            | Self::SigningKey(id)
            | Self::User(id)
            | Self::Application(id)
            | Self::Organization(id)
            | Self::Policy(id)
            | Self::Departure(id) => id,
            Self::Everything => "",
        }
    }

    /// The subject of that kind and identifier.
    pub fn new(kind: &str, id: &'a str) -> Option<Self> {
        Some(match kind {
            "token" => Self::Token(id),
            "session" => Self::Session(id),
            "grant" => Self::Grant(id),
            "key" => Self::Key(id),
            "signing-key" => Self::SigningKey(id),
            "user" => Self::User(id),
            "application" => Self::Application(id),
            "organization" => Self::Organization(id),
            "policy" => Self::Policy(id),
            "departure" => Self::Departure(id),
            "everything" => Self::Everything,
            _ => return None,
        })
    }

    /// Whether an entry revokes credentials with any number, because the id is never reused. The
    /// number proves nothing if the signing key may have leaked.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Token(_) | Self::Session(_) | Self::Grant(_) | Self::SigningKey(_))
    }

    /// Its name in the feed.
    pub fn fingerprint(self) -> Fingerprint {
        Fingerprint::of(self.kind(), self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back_its_kind_and_id() {
        for subject in [
            Subject::Token("a"),
            Subject::Session("a"),
            Subject::Grant("a"),
            Subject::Key("a"),
            Subject::SigningKey("a"),
            Subject::User("a"),
            Subject::Application("a"),
            Subject::Organization("a"),
            Subject::Policy("a"),
            Subject::Departure("a"),
            Subject::Everything,
        ] {
            assert_eq!(Subject::new(subject.kind(), subject.id()), Some(subject));
        }
        assert_eq!(Subject::new("other", "a"), None);
    }

    /// `printf user:u1 | sha256sum | head -c 16`
    #[test]
    fn a_fingerprint_is_the_head_of_a_digest_and_differs_by_kind() {
        assert_eq!(Subject::User("u1").fingerprint(), Fingerprint(0x6daf_61bb_15aa_1c6e));
        assert_ne!(Subject::Grant("u1").fingerprint(), Subject::User("u1").fingerprint());
    }
}
