//! Errors of an exchange with a directory. For the administrator's log and the test endpoint, never
//! shown to the user.

use super::{AdReason, DnError, FilterError, PolicyError, ResultCode, message::MessageError};

/// The pending request, for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing.
    Nothing,
    /// StartTLS.
    StartTls,
    /// The bind of the service account.
    ServiceBind,
    /// The bind of the user.
    PersonBind,
    /// A search for users.
    People,
    /// A search for groups.
    Groups,
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "no request",
            Self::StartTls => "StartTLS",
            Self::ServiceBind => "the bind of the service account",
            Self::PersonBind => "the bind of the person",
            Self::People => "the search for people",
            Self::Groups => "the search for groups",
        })
    }
}

/// The party responsible for an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The user: name, password, or account state. Counts as a failed attempt.
    Person,
    /// The administrator: settings or directory data.
    Settings,
    /// The server or the network: a retry may succeed.
    Server,
}

/// An error of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LdapError {
    /// A message violates RFC 4511.
    #[error("the server's answer is malformed: {0}")]
    Message(MessageError),
    /// A message is larger than the limit.
    #[error("a message of {announced} bytes is larger than the limit of {limit}")]
    TooLarge {
        /// The announced length.
        announced: usize,
        /// The limit.
        limit: usize,
    },
    /// The exchange received more than the limit.
    #[error("the server sent more than {0} bytes")]
    TooMuch(usize),
    /// The connection ended too early.
    #[error("the connection closed while an answer to {0} was due")]
    Closed(Asked),
    /// The connection ended inside a message.
    #[error("the connection closed inside a message")]
    Truncated,
    /// The exchange timed out.
    #[error("no answer to {0} in time")]
    TimedOut(Asked),
    /// The server ended the connection (RFC 4511 §4.4.1).
    #[error("the server disconnects: {code} {diagnostic:?}")]
    Disconnected {
        /// The cause.
        code: ResultCode,
        /// The server's diagnostic message.
        diagnostic: String,
    },
    /// A response has the wrong message ID.
    #[error("message id {found} while {asked} has {due:?}")]
    MessageId {
        /// The pending request.
        asked: Asked,
        /// Its id.
        due: Option<u32>,
        /// The id of the answer.
        found: u32,
    },
    /// A response does not match the request.
    #[error("{found} in answer to {asked}")]
    Unexpected {
        /// What was asked.
        asked: Asked,
        /// The received operation.
        found: &'static str,
    },
    /// The event is invalid in the current state: a caller error.
    #[error("the event {0} is out of order")]
    OutOfOrder(&'static str),
    /// StartTLS was refused. The connection is not used unencrypted.
    #[error("StartTLS was refused: {code} {diagnostic:?}")]
    StartTls {
        /// The cause.
        code: ResultCode,
        /// The server's diagnostic message.
        diagnostic: String,
    },
    /// Unencrypted bytes followed the StartTLS response: possible injection.
    #[error("the server sent bytes in clear after its answer to StartTLS")]
    BytesBeforeTls,
    /// The service account cannot bind.
    #[error("the service account cannot bind: {code} {}{diagnostic:?}", described(.reason.as_ref()))]
    ServiceBind {
        /// The cause.
        code: ResultCode,
        /// The Active Directory reason.
        reason: Option<AdReason>,
        /// The server's diagnostic message.
        diagnostic: String,
    },
    /// A name or password is empty, which would be an anonymous or unauthenticated bind (RFC 4513
    /// §5.1.2).
    #[error("the {0} is empty, which would be an anonymous bind")]
    Empty(&'static str),
    /// The password exceeds 1024 bytes or contains NUL, at which a server may truncate it.
    #[error("the password is longer than 1024 bytes or contains NUL")]
    Password,
    /// The login name exceeds 256 bytes or has control characters.
    #[error("the login name is longer than 256 bytes or contains control characters")]
    Login,
    /// No entry matches.
    #[error("no entry matches the login name")]
    NoSuchPerson,
    /// More than one entry matches.
    #[error("several entries match the login name")]
    SeveralPeople,
    /// The exchange did not verify a password.
    #[error("the account has a password of its own, which decides: the directory was not asked")]
    NotAsked,
    /// The user is disabled in the directory.
    #[error("the person is disabled in the directory")]
    PersonDisabled,
    /// The server refuses the user's bind, or accepts it only for a password change.
    #[error(
        "the person cannot bind: {code} {}{}{diagnostic:?}",
        described(.reason.as_ref()),
        described(.policy.as_ref())
    )]
    PersonBind {
        /// The cause.
        code: ResultCode,
        /// The Active Directory reason.
        reason: Option<AdReason>,
        /// The password policy error.
        policy: Option<PolicyError>,
        /// The server's diagnostic message.
        diagnostic: String,
    },
    /// A search failed.
    #[error("{asked} fails: {code} {diagnostic:?} (matched {matched_dn:?})")]
    Search {
        /// The search.
        asked: Asked,
        /// The cause.
        code: ResultCode,
        /// The existing part of the base.
        matched_dn: String,
        /// The server's diagnostic message.
        diagnostic: String,
    },
    /// The server returned a referral, which is not followed.
    #[error("the server refers {asked} to {to:?}, which is not followed")]
    Referral {
        /// The pending request.
        asked: Asked,
        /// The referral URLs.
        to: Vec<String>,
    },
    /// An entry's name is not a valid distinguished name.
    #[error("the server's name {name:?} is malformed: {source}")]
    Dn {
        /// The text.
        name: String,
        /// The cause.
        source: DnError,
    },
    /// An entry is outside the search base.
    #[error("{0} is outside of the base of the search")]
    OutsideBase(String),
    /// The identifying attribute is absent, malformed or has several values.
    #[error("{attribute} of {dn} is not one valid value")]
    Subject {
        /// The attribute.
        attribute: String,
        /// The entry.
        dn: String,
    },
    /// There are more search references than allowed entries.
    #[error("the server sent more than {0} search references")]
    TooManyReferences(u64),
    /// A user is in too many groups.
    #[error("the person is in more than {0} groups")]
    TooManyGroups(usize),
    /// Groups are nested too deeply.
    #[error("groups nest deeper than {0}")]
    GroupsTooDeep(usize),
    /// The server returned only a range of the values (`;range=`).
    #[error("the server returns only a part of {0}")]
    Incomplete(String),
    /// The server ignored the paged results control (RFC 2696).
    #[error("the server does not make pages (RFC 2696)")]
    NoPages,
    /// The server keeps sending empty pages.
    #[error("the server sent more than {0} pages")]
    TooManyPages(u32),
    /// A filter is invalid.
    #[error("{0}")]
    Filter(#[from] FilterError),
}

fn described(reason: Option<&impl std::fmt::Display>) -> String {
    reason.map(|reason| format!("{reason} ")).unwrap_or_default()
}

impl LdapError {
    /// Whether the error depends on the requested user: then the user only learns that name or
    /// password are wrong.
    pub const fn depends_on_person(&self) -> bool {
        matches!(self.fault(), Fault::Person)
            || matches!(
                self,
                Self::SeveralPeople
                    | Self::OutsideBase(_)
                    | Self::Subject { .. }
                    | Self::Incomplete(_)
                    | Self::Dn { .. }
            )
    }

    /// The name of the failed check, for administrators.
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Closed(_) | Self::Truncated | Self::TimedOut(_) | Self::Disconnected { .. } => {
                "connection"
            }
            Self::StartTls { .. } | Self::BytesBeforeTls => "tls",
            Self::ServiceBind { .. } => "service account",
            Self::Empty(_) | Self::Password | Self::PersonBind { .. } | Self::NotAsked => {
                "password"
            }
            Self::Login | Self::NoSuchPerson | Self::SeveralPeople => "login name",
            Self::PersonDisabled => "account",
            Self::Search { .. } | Self::Referral { .. } | Self::TooManyReferences(_) => "search",
            Self::OutsideBase(_) | Self::Subject { .. } | Self::Dn { .. } | Self::Incomplete(_) => {
                "entry"
            }
            Self::TooManyGroups(_) | Self::GroupsTooDeep(_) => "groups",
            Self::NoPages | Self::TooManyPages(_) => "pages",
            Self::Filter(_) => "settings",
            Self::Message(_)
            | Self::TooLarge { .. }
            | Self::TooMuch(_)
            | Self::MessageId { .. }
            | Self::Unexpected { .. }
            | Self::OutOfOrder(_) => "protocol",
        }
    }

    /// The responsible party.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Empty(_)
            | Self::Password
            | Self::Login
            | Self::NoSuchPerson
            | Self::NotAsked
            | Self::PersonDisabled
            | Self::PersonBind {
                code:
                    ResultCode::SUCCESS
                    | ResultCode::INVALID_CREDENTIALS
                    | ResultCode::INAPPROPRIATE_AUTHENTICATION
                    | ResultCode::UNWILLING_TO_PERFORM
                    | ResultCode::INSUFFICIENT_ACCESS_RIGHTS,
                ..
            } => Fault::Person,
            Self::SeveralPeople
            | Self::StartTls { .. }
            | Self::ServiceBind { .. }
            | Self::Referral { .. }
            | Self::Search { .. }
            | Self::OutsideBase(_)
            | Self::Subject { .. }
            | Self::TooManyGroups(_)
            | Self::GroupsTooDeep(_)
            | Self::Incomplete(_)
            | Self::NoPages
            | Self::Filter(_) => Fault::Settings,
            _ => Fault::Server,
        }
    }
}
