//! Claims about a user from an external identity provider, independent of the protocol, and their
//! mapping to an account.
//!
//! Each protocol produces a verified [`Assertion`]; a [`Mapping`] turns it into a [`Profile`].

mod assertion;
mod kerberos;
mod mapping;
mod settings;

pub use assertion::{Assertion, Attributes};
pub use kerberos::{ClientRefusal, KerberosSettings, Mapped, SettingError};
pub use mapping::{Group, Mapping, MappingError, Profile};
pub use settings::{Protocol, domain_of, is_domain};
