//! An LDAPv3 client (RFC 4511) without I/O: sign-in with a simple bind, groups, and
//! synchronization.
//!
//! 1. [`Directory::new`] checks the [`Settings`].
//! 2. An [`Exchange`] of a [`SignIn`], [`Lookup`] or [`Pull`] is driven over one connection: the
//!    caller reports each [`Event`] and performs each [`Action`].
//! 3. [`SignIn`] ends with a [`SignedIn`], which requires a successful bind with the user's own
//!    password.
//! 4. [`Pull`] ends with a [`Batch`]; [`Cursor::advance`] updates the remaining ranges, [`changes`]
//!    and [`disables`] return the changes to write.
//!
//! Not supported: SASL, referrals, search references, alias dereferencing, writes, anonymous or
//! unauthenticated binds (RFC 4513 §5.1), and unencrypted binds unless the server is marked local.

mod ber;
mod controls;
mod dn;
mod entry;
mod error;
mod exchange;
mod filter;
mod finder;
mod groups;
mod incoming;
mod message;
mod person;
mod request;
mod result_code;
mod settings;
mod signin;
mod sync;
#[cfg(test)]
mod tests;

pub use ber::BerError;
pub use controls::PolicyError;
pub use dn::{Dn, DnError};
pub use error::{Asked, Fault, LdapError};
pub use exchange::{Action, Answer, Event, Exchange, Step, Task};
pub use filter::{Filter, FilterError, IN_CHAIN, Placeholder, Template, is_attribute};
pub use groups::Group;
pub use incoming::Incoming;
pub use message::{Attribute, Entry, LdapResult, Message, MessageError, Operation};
pub use person::Person;
pub use request::{Page, Scope, Search};
pub use result_code::{AdReason, ResultCode};
pub use settings::{
    Active, Directory, GroupRule, KeyRule, Limits, Preset, RecordError, Settings, SettingsError,
    SubjectRule, TlsMode,
};
pub use signin::{Lookup, SignIn, SignedIn};
pub use sync::{
    Batch, Change, Cursor, CursorError, Known, Outcome, Pull, Range, RefusedEntry, Report,
    Safeguard, SafeguardError, SyncScope, changes, disables,
};
