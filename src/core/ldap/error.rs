//! Why an exchange with a directory fails. For the administrator's log and the test endpoint, never for the
//! person.

use super::{AdReason, DnError, FilterError, PolicyError, ResultCode, message::MessageError};

/// What was asked of the server, for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing.
    Nothing,
    /// StartTLS.
    StartTls,
    /// The bind of the service account.
    ServiceBind,
    /// The bind of the person.
    PersonBind,
    /// A search for people.
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

/// Who must change something so that the exchange succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The person: the name, the password, or the state of the account. Counts as a failed attempt.
    Person,
    /// The administrator: the settings, or the data in the directory.
    Settings,
    /// The server or the network: it may succeed later.
    Server,
}

/// Why an exchange fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LdapError {
    /// A message is not one of RFC 4511.
    #[error("the server's answer is malformed: {0}")]
    Message(MessageError),
    /// A message is larger than the limit.
    #[error("a message of {announced} bytes is larger than the limit of {limit}")]
    TooLarge {
        /// The length in its header.
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
    /// The caller's time is over.
    #[error("no answer to {0} in time")]
    TimedOut(Asked),
    /// The server ended the connection (RFC 4511 §4.4.1).
    #[error("the server disconnects: {code} {diagnostic:?}")]
    Disconnected {
        /// Why.
        code: ResultCode,
        /// In the server's words.
        diagnostic: String,
    },
    /// An answer has the id of another request.
    #[error("message id {found} while {asked} has {due:?}")]
    MessageId {
        /// What waits.
        asked: Asked,
        /// Its id.
        due: Option<u32>,
        /// The id of the answer.
        found: u32,
    },
    /// An answer is of another kind than the request.
    #[error("{found} in answer to {asked}")]
    Unexpected {
        /// What was asked.
        asked: Asked,
        /// The operation that came.
        found: &'static str,
    },
    /// The event does not fit the state: an error of the caller.
    #[error("the event {0} is out of order")]
    OutOfOrder(&'static str),
    /// StartTLS was refused. The connection is not used in clear.
    #[error("StartTLS was refused: {code} {diagnostic:?}")]
    StartTls {
        /// Why.
        code: ResultCode,
        /// In the server's words.
        diagnostic: String,
    },
    /// Bytes followed the answer to StartTLS in clear: an attacker may have put them there.
    #[error("the server sent bytes in clear after its answer to StartTLS")]
    BytesBeforeTls,
    /// The service account cannot bind.
    #[error("the service account cannot bind: {code} {}{diagnostic:?}", described(.reason.as_ref()))]
    ServiceBind {
        /// Why.
        code: ResultCode,
        /// Active Directory's reason.
        reason: Option<AdReason>,
        /// In the server's words.
        diagnostic: String,
    },
    /// A name or password is empty, which a server would take for an anonymous bind (RFC 4513 §5.1.2).
    #[error("the {0} is empty, which would be an anonymous bind")]
    Empty(&'static str),
    /// The password is over 1024 bytes or has a NUL, at which a server may cut it.
    #[error("the password is longer than 1024 bytes or contains NUL")]
    Password,
    /// The login name is over 256 bytes or has control characters.
    #[error("the login name is longer than 256 bytes or contains control characters")]
    Login,
    /// No entry matches.
    #[error("no entry matches the login name")]
    NoSuchPerson,
    /// More than one entry matches.
    #[error("several entries match the login name")]
    SeveralPeople,
    /// The exchange was to ask for no password.
    #[error("the password is not one of the directory's: it was not asked")]
    NotAsked,
    /// The person is marked as disabled in the directory.
    #[error("the person is disabled in the directory")]
    PersonDisabled,
    /// The server refuses the person's bind, or accepts it only to change the password.
    #[error(
        "the person cannot bind: {code} {}{}{diagnostic:?}",
        described(.reason.as_ref()),
        described(.policy.as_ref())
    )]
    PersonBind {
        /// Why.
        code: ResultCode,
        /// Active Directory's reason.
        reason: Option<AdReason>,
        /// What the password policy says against it.
        policy: Option<PolicyError>,
        /// In the server's words.
        diagnostic: String,
    },
    /// A search fails, by the result code.
    #[error("{asked} fails: {code} {diagnostic:?} (matched {matched_dn:?})")]
    Search {
        /// Which.
        asked: Asked,
        /// Why.
        code: ResultCode,
        /// The part of the base that exists.
        matched_dn: String,
        /// In the server's words.
        diagnostic: String,
    },
    /// The server does not have the data and names another one, which is not followed.
    #[error("the server refers {asked} to {to:?}, which is not followed")]
    Referral {
        /// What.
        asked: Asked,
        /// The addresses.
        to: Vec<String>,
    },
    /// An entry's name is no distinguished name.
    #[error("the server's name {name:?} is malformed: {source}")]
    Dn {
        /// The text.
        name: String,
        /// Why.
        source: DnError,
    },
    /// An entry lies outside of the base of the search.
    #[error("{0} is outside of the base of the search")]
    OutsideBase(String),
    /// The attribute that identifies a person is absent, has several values or a malformed one.
    #[error("{attribute} of {dn} is not one valid value")]
    Subject {
        /// The attribute.
        attribute: String,
        /// The entry.
        dn: String,
    },
    /// A server sends more search references than entries are allowed.
    #[error("the server sent more than {0} search references")]
    TooManyReferences(u64),
    /// A person is in more groups than the limit.
    #[error("the person is in more than {0} groups")]
    TooManyGroups(usize),
    /// Groups nest deeper than the limit.
    #[error("groups nest deeper than {0}")]
    GroupsTooDeep(usize),
    /// The server returns only a part of the values (`;range=`).
    #[error("the server returns only a part of {0}")]
    Incomplete(String),
    /// The server answers a search in pages without the control of RFC 2696.
    #[error("the server does not make pages (RFC 2696)")]
    NoPages,
    /// The server goes on with empty pages.
    #[error("the server sent more than {0} pages")]
    TooManyPages(u32),
    /// A filter cannot be sent.
    #[error("{0}")]
    Filter(#[from] FilterError),
}

fn described(reason: Option<&impl std::fmt::Display>) -> String {
    reason.map(|reason| format!("{reason} ")).unwrap_or_default()
}

impl LdapError {
    /// Whether it depends on which person was looked for: then the person is told no more than that name or
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

    /// The name of the check that failed, for administrators.
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

    /// Who must change something.
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
