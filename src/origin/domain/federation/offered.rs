//! Providers offered at a sign-in: those listed by the application, or those of the organization.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    core::{federation::Protocol, principal::PLATFORM_ORGANIZATION},
    origin::store::{
        applications::Application, organizations::Organization, providers::Provider,
        resource::Stored,
    },
};

/// A `providers` item of an application.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Item {
    /// The name of the provider.
    pub name: String,
    /// Its owner; if empty, the application's organization, else the platform.
    pub owner: String,
    /// Whether users can sign in with it.
    pub can_sign_in: bool,
    /// Whether a missing account is created.
    pub can_sign_up: bool,
    /// Whether the user can unlink it.
    pub can_unlink: bool,
    /// `Email`: links an account with the same address if both sides have verified it.
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

/// A provider offered at a sign-in.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The provider.
    pub provider: Provider,
    /// Its protocol.
    pub protocol: Protocol,
    /// The application's settings for it.
    pub item: Item,
}

impl Offered {
    /// The display name.
    pub fn name(&self) -> &str {
        let meta = self.provider.meta();
        [meta.display_name.as_str(), &self.provider.r#type]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or(&meta.name)
    }

    /// Whether it may sign in accounts of `owner`: it belongs to that organization or to the
    /// platform.
    pub fn is_of(&self, owner: &str) -> bool {
        let of = &self.provider.meta().owner;
        of == owner || of == PLATFORM_ORGANIZATION
    }

    /// Whether `text` refers to it, as `owner/name` or `name`.
    pub fn is_named(&self, text: &str) -> bool {
        let meta = self.provider.meta();
        match text.split_once('/') {
            Some((owner, name)) => owner == meta.owner && name == meta.name,
            None => text == meta.name,
        }
    }
}

/// The providers in `found` that `application` lists, in its order; of two with the same name, the
/// organization's.
pub fn by_application(application: &Application, found: &[Provider]) -> Vec<Offered> {
    let items = application.attributes.get("providers").and_then(Value::as_array);
    let items = items.into_iter().flatten();
    // Skip unreadable items: a misspelt setting must not grant anything.
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

/// The providers of an organization, for sign-in to the account pages.
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

/// The protocol of a provider enabled for sign-in (no `disableSignin`).
pub(super) fn protocol_in_use(provider: &Provider) -> Option<Protocol> {
    let is_off = provider.meta().attributes.get("disableSignin") == Some(&Value::Bool(true));
    Protocol::of_category(&provider.category).filter(|_| !is_off)
}
