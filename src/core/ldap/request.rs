//! Encodes client requests (RFC 4511 §4).

use serde::{Deserialize, Serialize};

use super::{
    Filter, FilterError,
    ber::{self, ENUMERATED, INTEGER, SEQUENCE, element, octets, write_boolean, write_number},
    message::{PAGED_RESULTS, PASSWORD_POLICY, START_TLS},
};

/// What a search looks at, seen from its base (RFC 4511 §4.5.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Scope {
    /// The base alone.
    Base,
    /// Its children.
    OneLevel,
    /// The base and all below it.
    #[default]
    Subtree,
}

/// A search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The DN of the base.
    pub base: String,
    /// The scope.
    pub scope: Scope,
    /// Maximum number of entries; 0 for no limit.
    pub size_limit: u32,
    /// Time limit of the server in seconds; 0 for no limit.
    pub time_limit: u32,
    /// The filter.
    pub filter: Filter,
    /// The attributes to return; empty for all user attributes.
    pub attributes: Vec<String>,
    /// The page of results, if paged.
    pub page: Option<Page>,
}

/// A page of results (RFC 2696).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Maximum number of entries per page.
    pub size: u32,
    /// The cookie of the previous page; empty for the first.
    pub cookie: Vec<u8>,
    /// Whether the server must fail if it does not support paging.
    pub critical: bool,
}

fn message(id: u32, operation: &[u8], controls: &[u8]) -> Vec<u8> {
    let id = write_number(INTEGER, id);
    element(SEQUENCE, &[&id, operation, controls])
}

/// A simple bind (RFC 4511 §4.2). The caller must ensure that the password is not empty. `policy`
/// requests the password policy control, which unsupporting servers ignore.
pub(super) fn bind(id: u32, dn: &str, password: &[u8], policy: bool) -> Vec<u8> {
    let version = write_number(INTEGER, 3);
    let operation = element(0x60, &[&version, &octets(dn.as_bytes()), &element(0x80, &[password])]);
    let control = element(SEQUENCE, &[&octets(PASSWORD_POLICY.as_bytes())]);
    let controls = if policy { element(0xa0, &[&control]) } else { Vec::new() };
    message(id, &operation, &controls)
}

/// StartTLS (RFC 4511 §4.14.1).
pub(super) fn start_tls(id: u32) -> Vec<u8> {
    message(id, &element(0x77, &[&element(0x80, &[START_TLS.as_bytes()])]), &[])
}

/// An unbind request (RFC 4511 §4.3).
pub(super) fn unbind(id: u32) -> Vec<u8> {
    message(id, &element(0x42, &[]), &[])
}

/// A search (RFC 4511 §4.5.1). Aliases are never dereferenced, because they could lead outside the
/// base.
pub(super) fn search(id: u32, search: &Search) -> Result<Vec<u8>, FilterError> {
    let scope = match search.scope {
        Scope::Base => 0,
        Scope::OneLevel => 1,
        Scope::Subtree => 2,
    };
    let attributes: Vec<u8> =
        search.attributes.iter().flat_map(|name| octets(name.as_bytes())).collect();
    let operation = element(
        0x63,
        &[
            &octets(search.base.as_bytes()),
            &write_number(ENUMERATED, scope),
            &write_number(ENUMERATED, 0),
            &write_number(INTEGER, search.size_limit),
            &write_number(INTEGER, search.time_limit),
            &write_boolean(ber::BOOLEAN, false),
            &search.filter.encode()?,
            &element(SEQUENCE, &[&attributes]),
        ],
    );
    let controls = search.page.as_ref().map(paged).unwrap_or_default();
    Ok(message(id, &operation, &controls))
}

fn paged(page: &Page) -> Vec<u8> {
    let value = element(SEQUENCE, &[&write_number(INTEGER, page.size), &octets(&page.cookie)]);
    let critical = if page.critical { write_boolean(ber::BOOLEAN, true) } else { Vec::new() };
    let control =
        element(SEQUENCE, &[&octets(PAGED_RESULTS.as_bytes()), &critical, &octets(&value)]);
    element(0xa0, &[&control])
}
