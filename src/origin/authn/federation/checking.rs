//! Provider checks for administrators: each check and its finding.

use super::{Failure, kerberos, oauth, saml};
use crate::{
    core::federation::{Mapping, Protocol},
    origin::{
        Origin,
        domain::federation::{Refusal, SETTINGS, directory},
        store::{providers::Provider, resource::Stored},
    },
};

/// A check of a provider's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, as in the provider's attempts.
    pub name: &'static str,
    /// The finding, or the reason of the failure.
    pub result: Result<String, String>,
}

impl Check {
    /// A check of that name; a refusal overrides the name.
    pub(super) fn of(name: &'static str, result: Result<String, Refusal>) -> Self {
        match result {
            Ok(found) => Self { name, result: Ok(found) },
            Err(Refusal { check, detail }) => Self { name: check, result: Err(detail) },
        }
    }
}

/// Checks the provider record and the provider's published documents. No user is signed in.
pub async fn check(origin: &Origin, provider: &Provider) -> Result<Vec<Check>, Failure> {
    let mapping = Mapping::read(&provider.meta().attributes);
    let mapping =
        mapping.map(|mapping| format!("groups give {} roles and teams", mapping.grants().len()));
    let mapping = Check::of("mapping", mapping.map_err(|error| Refusal::of("mapping", error)));
    let mut checks = vec![mapping];
    match Protocol::of_category(&provider.category) {
        Some(Protocol::OAuth) => checks.extend(oauth::check(origin, provider).await),
        Some(Protocol::Ldap) => {
            checks.push(Check::of("directory", directory::probe(origin, provider).await));
        }
        Some(Protocol::Saml) => {
            checks.push(Check::of("metadata", saml::probe(origin, provider).await));
        }
        Some(Protocol::Kerberos) => {
            checks.push(Check::of("keytab", kerberos::probe(origin, provider)));
        }
        None => {
            let why = "no one signs in by providers of this category";
            checks.push(Check::of(SETTINGS, Err(Refusal::new(SETTINGS, why))));
        }
    }
    Ok(checks)
}
