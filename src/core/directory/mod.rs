//! Directory objects: validated member types, attributes, and limits set by administrators.

mod attributes;
mod invalid;
mod merge;
mod names;
mod patch;
mod profile;
mod registration;
mod restrictions;
mod timestamp;

pub use attributes::{Attributes, is_secret_member};
pub use invalid::Invalid;
pub use merge::merged;
pub use names::{
    ClientId, ObjectName, OrgName, UserRef, Username, folded, is_object_name, is_organization_name,
    is_reserved_organization, is_username, namespaces,
};
pub use patch::{Count, Kept, List, Patch, Seconds, Text, Unchecked, read};
pub use profile::{Email, Line, Metadata, NewPassword, Paragraph, Phone, Picture};
pub use registration::{ClientSecret, GrantType, MASK, RedirectUri, Resource, ScopeNames};
pub use restrictions::{Administrator, Move, RESTRICTIONS, Restrictions};
pub use timestamp::Timestamp;
