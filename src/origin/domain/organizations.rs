//! Organizations: what a patch changes, and which changes only the platform makes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    core::{
        directory::{Attributes, Count, Invalid, Kept, Line, OrgName, Patch, Picture, UserRef},
        encoding::uuid,
    },
    origin::{Origin, store::organizations::Organization},
};

const ATTRIBUTES: Attributes = Attributes {
    ignored: &[
        // This server sets them.
        "id",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
        // They belong to other resources.
        "balance",
        "balanceCredit",
        "deleted",
        "orgBalance",
        "userBalance",
    ],
    maximum: 192 * 1024, // a picture of 96 KiB, and a logo
};

/// The attributes that only the platform sets.
const PLATFORMS: [&str; 5] =
    ["dcrPolicy", "hasPrivilegeConsent", "isPersonal", "platform", "quotas"];

/// What a request sets of an organization. Absent members stay as they are. Members without a field
/// are kept as attributes; `null` removes one.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct OrganizationPatch {
    /// Always `admin`.
    pub owner: Patch<OrgName>,
    /// The name. Cannot be changed.
    pub name: Patch<OrgName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// The same as `isDisabled`.
    pub disable_signin: Option<bool>,
    /// Whether the organization is suspended: none of its users, applications or keys is accepted.
    pub is_disabled: Option<bool>,
    /// On creation: the user (`owner/name`) who becomes its owner.
    pub founder: Patch<UserRef>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<OrganizationAttributes>,
}

/// The attributes of an organization that are checked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct OrganizationAttributes {
    avatar: Patch<Picture>,
    logo: Patch<Picture>,
    logo_dark: Patch<Picture>,
    favicon: Patch<Picture>,
    default_avatar: Patch<Picture>,
    /// How many objects of a kind the organization may have, where that differs from the
    /// deployment's default.
    quotas: Option<BTreeMap<QuotaKind, Option<Count<{ u32::MAX as u64 }>>>>,
}

/// What a quota bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum QuotaKind {
    /// OAuth clients.
    Applications,
    /// Users whose home it is.
    Users,
    /// API keys that are not revoked.
    Keys,
    /// Memberships of users of other organizations.
    Memberships,
}

impl OrganizationPatch {
    /// Changes `organization`, except its name, and returns whether only the platform may do so.
    pub fn apply(self, organization: &mut Organization) -> Result<bool, Invalid> {
        let before = organization.clone();
        if let Some(value) = self.display_name.change() {
            organization.display_name = value.map(String::from).unwrap_or_default();
        }
        for sent in [self.disable_signin, self.is_disabled] {
            if let Some(value) = sent.filter(|value| *value != before.is_disabled) {
                organization.is_disabled = value;
            }
        }
        organization.attributes =
            ATTRIBUTES.merged(&before.attributes, &self.attributes.members)?;
        let changed =
            |name: &&str| before.attributes.get(*name) != organization.attributes.get(*name);
        Ok(before.is_disabled != organization.is_disabled || PLATFORMS.iter().any(changed))
    }

    /// An organization that is not stored yet.
    pub fn create(self, origin: &Origin) -> Result<Organization, Invalid> {
        let name = self.name.as_given().cloned();
        let name = name.ok_or_else(|| Invalid::member("name", "is required"))?;
        let now = origin.clock.now();
        let mut organization = Organization {
            id: uuid(origin.random.bytes()),
            name: name.into(),
            display_name: String::new(),
            is_disabled: false,
            attributes: Map::<String, Value>::new(),
            created_at: now,
            updated_at: now,
            version: 0,
        };
        self.apply(&mut organization)?;
        Ok(organization)
    }
}
