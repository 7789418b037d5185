//! What an object of the directory may say: names, addresses, pictures, and the many members of a
//! published object that no code reads.

mod attributes;
mod members;
mod names;
mod registration;

pub use attributes::{Attributes, is_secret_member};
pub use members::{Invalid, Members};
pub use names::{
    avatar, client_id, email, folded, is_object_name, is_organization_name,
    is_reserved_organization, is_username, phone, text,
};
pub use registration::{grant_type, redirect_uri, resource};
