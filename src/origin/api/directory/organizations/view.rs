//! The published organization (`IamOrganization`).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    core::{directory::Timestamp, principal::PLATFORM_ORGANIZATION},
    origin::{
        api::directory::{
            paging::Listed,
            versioned::{Editable, Versioned},
        },
        domain::organizations,
        store::organizations::Organization,
    },
};

/// An organization.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    /// Members without a field, as they were sent.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
    /// UUID; unlike the name it is never used again.
    pub id: String,
    /// Always `admin`.
    pub owner: &'static str,
    /// The name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// The same as `isDisabled`.
    pub disable_signin: bool,
    /// Whether the organization is suspended.
    pub is_disabled: bool,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl From<Organization> for OrganizationView {
    fn from(organization: Organization) -> Self {
        Self {
            attributes: organization.attributes,
            id: organization.id,
            owner: PLATFORM_ORGANIZATION,
            name: organization.name,
            display_name: organization.display_name,
            disable_signin: organization.is_disabled,
            is_disabled: organization.is_disabled,
            created_time: Timestamp(organization.created_at),
            updated_time: Timestamp(organization.updated_at),
        }
    }
}

impl Listed for OrganizationView {
    const PLURAL: &'static str = "organizations";
    const HAS_TOTAL: bool = false;
}

impl Versioned for Organization {
    const TABLE: &'static str = "organizations";

    fn version(&self) -> (&str, i64) {
        (&self.id, self.version)
    }
}

impl Editable for Organization {
    type View = OrganizationView;

    fn shown(&self) -> OrganizationView {
        self.clone().into()
    }

    fn blank(&self) -> Self {
        let blank = organizations::blank(self.id.clone(), self.name.clone(), self.created_at);
        Self { version: self.version, ..blank }
    }
}

/// The name of an organization that has been deleted.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TombstoneView {
    /// Always `admin`.
    pub owner: &'static str,
    /// The name that is not given again.
    pub name: String,
    /// The id of the organization that was deleted.
    pub id: String,
    /// When it was deleted.
    pub created_time: Timestamp,
}
