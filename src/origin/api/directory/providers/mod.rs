//! Providers: the endpoints.

pub mod attempts;
pub mod check;
pub mod mapping;

use serde::Serialize;

use super::{
    caller::DirectoryCaller,
    paging::Listed,
    resource::{Served, resource},
};
use crate::{
    core::{
        directory::{ObjectName, OrgName},
        token::Role,
    },
    origin::{
        Origin,
        domain::resource::providers::ProviderView,
        http::RestError,
        store::{providers::Provider, resource::find},
    },
};

/// A provider.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProviderResult {
    /// The provider.
    provider: ProviderView,
}

/// A provider that has been changed or deleted.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProviderMutation {
    /// Always true: a refusal is an error.
    affected: bool,
    /// The provider as it is now, or was.
    provider: ProviderView,
}

impl Listed for ProviderView {
    const PLURAL: &'static str = "providers";
}

impl Served for Provider {
    const READ: Role = Role::Admin;
    const GRANTS: bool = true;
    const OPENS_ACCOUNTS: bool = true;
    type Item = ProviderResult;
    type Changed = ProviderMutation;
    type Gone = ProviderMutation;

    fn item(provider: ProviderView) -> ProviderResult {
        ProviderResult { provider }
    }

    fn changed(provider: ProviderView) -> ProviderMutation {
        ProviderMutation { affected: true, provider }
    }

    fn gone(provider: ProviderView) -> ProviderMutation {
        ProviderMutation { affected: true, provider }
    }
}

resource! {
    Provider: (OrgName, ObjectName), within: (), read: Role::Admin;
    /// Lists the providers of an organization.
    ///
    /// Secrets are shown as `***`.
    ListProviders = GET "/v1/iam/providers" as "listProviders";
    /// Creates a provider.
    ///
    /// Its secrets and the values of `httpHeaders` are kept sealed and never shown.
    CreateProvider = POST as "createProvider";
    /// Returns a provider.
    GetProvider = GET "/v1/iam/providers/{owner}/{name}" as "getProvider";
    /// Changes the sent members of a provider.
    ///
    /// `""` and `***` leave a secret as it is, `null` removes it. When a member changes that says
    /// where secrets are sent, they have to be sent again.
    UpdateProvider = PUT as "updateProvider";
    /// Deletes a provider.
    DeleteProvider = DELETE as "deleteProvider";
}

/// The provider at that path, for administrators of its organization.
pub(super) async fn found(
    origin: &Origin,
    caller: &DirectoryCaller,
    (owner, name): &(OrgName, ObjectName),
) -> Result<Provider, RestError> {
    caller.administering(owner.as_str())?;
    let found = find::<Provider>(owner.as_str(), name.as_str(), origin.clock.now());
    found.fetch(&*origin.database).await?.ok_or_else(RestError::not_found)
}
