//! SCIM: users as resources (RFC 7643 §4.1), and applying resources to users. Data known to the
//! directory is stored in its columns and members; the rest of a resource is stored in the
//! attribute `scim`, which only provisioning clients write.

mod group;
mod lists;
mod names;
mod user;

pub use self::{
    group::{assign_team, member_ids, represent_team},
    names::{UserName, new_name, team_name},
    user::{assign, represent},
};

use crate::core::{
    directory::Invalid,
    scim::{Refusal, ScimType},
};

/// The attribute that keeps what has no place of its own.
const KEPT: &str = "scim";

/// `W/"…"`: the version of a resource (RFC 7644 §3.14).
pub fn version(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The refusal of the value of `attribute`.
fn refused(attribute: &str, why: &Invalid) -> Refusal {
    Refusal::new(ScimType::InvalidValue, format!("{attribute} {why}"))
}
