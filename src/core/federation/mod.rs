//! What another identity system says of a person, whatever its protocol, and what an account takes of it.
//!
//! Each protocol ends in an [`Assertion`] that it has verified; a [`Mapping`] makes a [`Profile`] of it.

mod assertion;
mod kerberos;
mod mapping;
mod settings;

pub use assertion::{Assertion, Attributes};
pub use kerberos::{ClientRefusal, KerberosSettings, Mapped, SettingError};
pub use mapping::{Group, Mapping, MappingError, Profile};
pub use settings::{Protocol, domain_of, is_domain};
