//! What an object of the directory may say: names, addresses, pictures, and the many members of a
//! published object that no code reads.

mod attributes;
mod members;
mod names;
mod registration;
mod restrictions;

pub use attributes::{Attributes, is_secret_member};
pub use members::{Invalid, Members};
pub use names::{
    avatar, client_id, email, folded, is_object_name, is_organization_name,
    is_reserved_organization, is_username, namespaces, phone, text,
};
pub use registration::{grant_type, redirect_uri, resource};
pub use restrictions::{Administrator, Move, RESTRICTIONS, Restrictions};
