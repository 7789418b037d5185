//! The origin's records and their SQL statements, one module per table.
//!
//! SQL is used only here. A function takes the [`crate::ports::Database`] and typed values; a
//! one-time operation is one conditional statement.

pub mod accounts;
pub mod agents;
pub mod applications;
pub mod attempts;
pub mod audit;
pub mod client_secrets;
pub mod clients;
pub mod codes;
pub mod consents;
pub mod deliveries;
pub mod device_codes;
pub mod domains;
pub mod exports;
pub mod factors;
pub mod federation;
mod filter;
pub mod flows;
pub mod grants;
pub mod guesses;
pub mod homes;
pub mod idempotency;
pub mod identities;
pub mod invitations;
pub mod keys;
pub mod keyset;
pub mod ldap_syncs;
pub mod left;
pub mod logouts;
pub mod memberships;
pub mod moves;
pub mod organizations;
pub mod owned;
pub mod people;
pub mod permissions;
pub mod policy;
pub mod preconditions;
pub mod preferences;
pub mod projects;
pub mod providers;
pub mod publications;
mod purges;
pub mod query;
pub mod records;
pub mod refresh_tokens;
pub mod relays;
pub mod resource;
pub mod revocations;
pub mod roles;
pub mod saml;
pub mod saml_keys;
pub mod scim;
pub mod sent_codes;
pub mod sessions;
pub mod signing_keys;
pub mod sql;
pub mod teams;
pub mod token_horizon;
pub mod transfer;
pub mod usage;
pub mod users;
pub mod webauthn_credentials;
pub mod webhooks;
pub mod workspaces;

/// The condition that the organization `?owner` may have one more object of a kind.
fn room(kind: &str, owner: u8, default: u8) -> String {
    format!("{} < {}", population(kind, owner), quota(kind, owner, default))
}

/// How many objects of a kind the organization `?owner` has.
fn population(kind: &str, owner: u8) -> String {
    format!(
        "coalesce((SELECT count FROM populations WHERE kind = '{kind}' AND organization = ?{owner}), 0)"
    )
}

/// How many it may have: `?default`, unless its own record says another number.
fn quota(kind: &str, owner: u8, default: u8) -> String {
    format!(
        "coalesce((SELECT json_extract(attributes, '$.quotas.{kind}') FROM organizations \
         WHERE name = ?{owner}), ?{default})"
    )
}

/// A value as the JSON text of a column.
pub(in crate::origin) fn json_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
