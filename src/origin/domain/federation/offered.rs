//! The providers that a sign-in offers: those that the application lists, or those of the organization.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    core::{federation::Protocol, principal::PLATFORM_ORGANIZATION},
    origin::store::{
        applications::Application, organizations::Organization, providers::Provider,
        resource::Stored,
    },
};

/// A provider as an application lists it (`providers`).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Item {
    /// The name of the provider.
    pub name: String,
    /// Its organization; empty: the application's, else the platform.
    pub owner: String,
    /// Whether people sign in by it.
    pub can_sign_in: bool,
    /// Whether a person without an account gets one.
    pub can_sign_up: bool,
    /// Whether a person may remove the link.
    pub can_unlink: bool,
    /// `Email`: an account with the same address, which both sides have verified, is linked.
    pub binding_rule: Vec<String>,
}

impl Default for Item {
    fn default() -> Self {
        Self {
            name: String::new(),
            owner: String::new(),
            can_sign_in: true,
            can_sign_up: false,
            can_unlink: true,
            binding_rule: Vec::new(),
        }
    }
}

/// A provider that a sign-in offers.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The provider.
    pub provider: Provider,
    /// Its protocol.
    pub protocol: Protocol,
    /// What the application says of it.
    pub item: Item,
}

impl Offered {
    /// The name for people.
    pub fn name(&self) -> &str {
        let meta = self.provider.meta();
        [meta.display_name.as_str(), &self.provider.r#type]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or(&meta.name)
    }

    /// Whether an account of `owner` may be signed in by it: it is the organization's own, or the platform's.
    pub fn is_of(&self, owner: &str) -> bool {
        let of = &self.provider.meta().owner;
        of == owner || of == PLATFORM_ORGANIZATION
    }

    /// Whether `text` names it: as `owner/name`, or by the name alone.
    pub fn is_named(&self, text: &str) -> bool {
        let meta = self.provider.meta();
        match text.split_once('/') {
            Some((owner, name)) => owner == meta.owner && name == meta.name,
            None => text == meta.name,
        }
    }
}

/// The providers that `application` lists, in its order, of those that were `found`; of two with the same name,
/// the organization's.
pub fn by_application(application: &Application, found: &[Provider]) -> Vec<Offered> {
    let items = application.attributes.get("providers").and_then(Value::as_array);
    let items = items.into_iter().flatten();
    // One that cannot be read is left out: a misspelt setting must not allow anything.
    let items = items.filter_map(|item| Item::deserialize(item).ok());
    let offered = items.filter(|item| item.can_sign_in).filter_map(|item| {
        let named = |provider: &&Provider| provider.meta().name == item.name;
        let of = |owner: &str| {
            found.iter().filter(named).find(|provider| provider.meta().owner == owner)
        };
        let provider = match item.owner.as_str() {
            "" => of(&application.organization).or_else(|| of(PLATFORM_ORGANIZATION)),
            owner if owner == application.organization || owner == PLATFORM_ORGANIZATION => {
                of(owner)
            }
            _ => None,
        }?;
        let protocol = protocol_in_use(provider)?;
        Some(Offered { provider: provider.clone(), protocol, item })
    });
    offered.collect()
}

/// The providers of an organization, where the person's own account is opened.
pub fn by_organization(organization: &Organization, found: Vec<Provider>) -> Vec<Offered> {
    let offered = found.into_iter().filter_map(|provider| {
        let protocol = protocol_in_use(&provider)?;
        let name = provider.meta().name.clone();
        let item = Item {
            name,
            owner: organization.name.clone(),
            can_sign_up: provider.meta().attributes.get("enableSignUp") == Some(&Value::Bool(true)),
            ..Item::default()
        };
        Some(Offered { provider, protocol, item })
    });
    offered.collect()
}

/// The protocol of a provider by which people may sign in (`disableSignin` is not set).
pub(super) fn protocol_in_use(provider: &Provider) -> Option<Protocol> {
    let is_off = provider.meta().attributes.get("disableSignin") == Some(&Value::Bool(true));
    Protocol::of_category(&provider.category).filter(|_| !is_off)
}
