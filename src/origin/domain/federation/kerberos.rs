//! Kerberos providers: acceptor settings of a record, and mapping of principals to accounts.

use super::{Refusal, SETTINGS, offered::Offered, secret_text};
use crate::{
    core::{
        directory::is_username,
        federation::{KerberosSettings, Protocol},
        kerberos::{Bindings, Keytab, Service},
    },
    origin::{
        Origin,
        domain::resource::kerberos::{KEYTAB, host_of, read},
        store::{providers::Provider, resource::Stored},
    },
};

/// The parsed provider record with its keys.
#[derive(Debug)]
pub struct Acceptor {
    /// The settings of the record.
    pub settings: KerberosSettings,
    keytab: Keytab,
}

impl Acceptor {
    /// Reads the record of `provider`, for the host of `issuer`.
    pub fn of(origin: &Origin, provider: &Provider, issuer: &str) -> Result<Self, Refusal> {
        let settings = settings(provider, issuer)?;
        let encoded = secret_text(origin, provider, KEYTAB)?;
        if encoded.is_empty() {
            return Err(Refusal::new(SETTINGS, "the record has no keytab"));
        }
        let keytab = read(&encoded).map_err(|error| Refusal::new(SETTINGS, error))?;
        Ok(Self { settings, keytab })
    }

    /// The service that tokens are verified against.
    pub fn service(&self) -> Service<'_> {
        let KerberosSettings { services, bindings, requires_bindings, .. } = &self.settings;
        let bindings = match (bindings.as_slice(), requires_bindings) {
            ([], _) => Bindings::Ignored,
            (ours, false) => Bindings::IfSent(ours),
            (ours, true) => Bindings::Required(ours),
        };
        Service { keytab: &self.keytab, principals: services, bindings }
    }
}

/// The settings of the record, for the host of `issuer`.
pub fn settings(provider: &Provider, issuer: &str) -> Result<KerberosSettings, Refusal> {
    KerberosSettings::read(&provider.meta().attributes, host_of(issuer))
        .map_err(|error| Refusal::of(SETTINGS, error))
}

/// The username of the existing account of `owner` that the record maps to the principal `subject`,
/// if any. Only an organization's own record can map its accounts.
pub fn existing(offered: &Offered, owner: &str, subject: &str) -> Option<String> {
    let provider = &offered.provider;
    if offered.protocol != Protocol::Kerberos || provider.meta().owner != *owner {
        return None;
    }
    // The service principal is irrelevant here.
    let mapped = settings(provider, "https://localhost").ok()?.user(subject)?;
    let username = mapped.username.to_lowercase();
    (mapped.is_existing && is_username(&username)).then_some(username)
}
