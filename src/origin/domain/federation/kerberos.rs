//! Kerberos providers: what a record judges tokens by, and the account that it names.

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

/// The record of a provider, read, with its keys.
#[derive(Debug)]
pub struct Acceptor {
    /// What the record says.
    pub settings: KerberosSettings,
    keytab: Keytab,
}

impl Acceptor {
    /// That of `provider`, at `issuer`.
    pub fn of(origin: &Origin, provider: &Provider, issuer: &str) -> Result<Self, Refusal> {
        let settings = settings(provider, issuer)?;
        let encoded = secret_text(origin, provider, KEYTAB)?;
        if encoded.is_empty() {
            return Err(Refusal::new(SETTINGS, "the record has no keytab"));
        }
        let keytab = read(&encoded).map_err(|error| Refusal::new(SETTINGS, error))?;
        Ok(Self { settings, keytab })
    }

    /// What tokens are judged by.
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

/// What the record says, at `issuer`.
pub fn settings(provider: &Provider, issuer: &str) -> Result<KerberosSettings, Refusal> {
    KerberosSettings::read(&provider.meta().attributes, host_of(issuer))
        .map_err(|error| Refusal::of(SETTINGS, error))
}

/// The username of the account of `owner` that the record says is that of the client `subject`, if there is one.
/// Only the record of an organization says that of its own accounts.
pub fn existing(offered: &Offered, owner: &str, subject: &str) -> Option<String> {
    let provider = &offered.provider;
    if offered.protocol != Protocol::Kerberos || provider.meta().owner != *owner {
        return None;
    }
    // Which service we are has nothing to do with it.
    let mapped = settings(provider, "https://localhost").ok()?.user(subject)?;
    let username = mapped.username.to_lowercase();
    (mapped.is_existing && is_username(&username)).then_some(username)
}
