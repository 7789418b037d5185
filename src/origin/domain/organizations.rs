//! Organizations: patches, platform-only changes, and state changes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    core::{
        directory::{
            Attributes, Count, Invalid, Kept, Line, MASK, OrgName, Patch, Picture, UserRef,
        },
        encoding::uuid,
        principal::PLATFORM_ORGANIZATION,
        signin::{MfaItem, RememberedHours, RequireMfa},
        time::UnixTime,
        token::Role,
        webauthn,
    },
    origin::{
        Origin,
        domain::{
            audit::Subject,
            change::{Change, Unrecorded},
            change_error::ChangeError,
            commit::commit,
            relay, revocation,
        },
        store::{
            homes, memberships,
            organizations::{self, Organization},
            publications,
            users::User,
        },
    },
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

/// The bounds of both limits of sessions, in seconds ([`crate::core::session::BOUNDS`]).
const LEAST_SESSION: u64 = 15 * 60;
const MOST_SESSION: u64 = 90 * 24 * 3600;

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
    /// How long a browser's session lives, in seconds: 900 to 7776000; 14 days if absent.
    session_lifetime: Option<Count<MOST_SESSION>>,
    /// How long it lives without being used, in seconds: 900 to 7776000; three days if absent.
    session_idle_time: Option<Count<MOST_SESSION>>,
    /// Which passkeys and security keys the organization admits; the default if absent.
    passkey_policy: Option<webauthn::Policy>,
    /// Who needs a second factor: everyone (`true`), or those with one of these roles.
    require_mfa: Option<RequireMfa>,
    /// The second factors that count; all if absent.
    mfa_items: Option<Vec<MfaItem>>,
    /// How long a browser may stand for one, in hours: at most 2160, 720 if absent, 0: it may not.
    mfa_remember_in_hours: Option<RememberedHours>,
    /// Blank or `***`: a keytab is a secret of a provider of category `Kerberos`.
    kerberos_keytab: Option<String>,
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
    /// Teams.
    Teams,
    /// Roles.
    Roles,
    /// Permissions.
    Permissions,
    /// Workspaces.
    Workspaces,
    /// Projects.
    Projects,
    /// Providers.
    Providers,
}

impl OrganizationPatch {
    /// Changes `organization`, except its name, and returns whether only the platform may do so.
    pub fn apply(self, organization: &mut Organization) -> Result<bool, Invalid> {
        let before = organization.clone();
        self.display_name.set(&mut organization.display_name);
        let OrganizationAttributes { session_lifetime, session_idle_time, kerberos_keytab, .. } =
            &self.attributes.checked;
        let limits =
            [("sessionLifetime", session_lifetime), ("sessionIdleTime", session_idle_time)];
        for (name, limit) in limits {
            if limit.as_ref().is_some_and(|Count(seconds)| *seconds < LEAST_SESSION) {
                return Err(Invalid::member(name, "must be at least 900 seconds"));
            }
        }
        let is_blank = |text: &String| text.is_empty() || text == MASK;
        if !kerberos_keytab.as_ref().is_none_or(is_blank) {
            let why = "is not kept here: send it as keytab of a provider of category Kerberos, \
                       where it is sealed";
            return Err(Invalid::member("kerberosKeytab", why));
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
        let id = uuid(origin.random.bytes());
        let mut organization = blank(id, name.into(), origin.clock.now());
        self.apply(&mut organization)?;
        Ok(organization)
    }
}

/// An organization with default values.
pub fn blank(id: String, name: String, now: UnixTime) -> Organization {
    Organization {
        id,
        name,
        display_name: String::new(),
        is_disabled: false,
        attributes: Map::new(),
        created_at: now,
        updated_at: now,
        version: 0,
    }
}

/// Stores a new organization, and makes `founder` its owner. `change` is what else the action
/// changes.
pub async fn create(
    origin: &Origin,
    mut change: Change,
    organization: &Organization,
    founder: Option<&str>,
) -> Result<(), ChangeError> {
    let name = &organization.name;
    let now = organization.created_at;
    change.record(Subject::created(organization));
    let inserted = change.decide(organizations::insert(organization));
    let joined = founder.map(|user_id| {
        let quota = origin.config.limits.quotas.memberships;
        let joined = change.write(memberships::join(user_id, name, Role::Owner, now, quota));
        change.publish_keys(publications::keys_of_user(user_id, now));
        joined
    });
    let committed = commit(origin, change).await?;
    if !committed.took_effect(inserted) {
        let why = format!("an application of another organization has a client id with {name}-");
        return Err(ChangeError::Conflict(why));
    }
    if joined.is_some_and(|joined| !committed.took_effect(joined)) {
        return Err(ChangeError::Quota { organization: name.clone(), kind: "memberships" });
    }
    Ok(())
}

/// A new organization created by a user.
#[derive(Debug)]
pub struct Founding<'a> {
    /// The URL name ([`slug`]).
    pub name: String,
    /// The display name.
    pub display_name: &'a str,
    /// The founder.
    pub founder: &'a User,
    /// Whether it is the person's own.
    pub personal: bool,
}

/// The URL name derived from a display name; `None` if that has too few ASCII letters and digits.
pub fn slug(name: &str) -> Option<String> {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(LONGEST_NAME);
    let slug = slug.trim_end_matches('-');
    (slug.len() >= SHORTEST_NAME).then(|| slug.to_owned())
}

/// The shortest name that a person gives: shorter ones are the platform's.
const SHORTEST_NAME: usize = 3;

/// The longest: client ids, which begin with it, have room.
const LONGEST_NAME: usize = 40;

/// Creates an organization owned by the founder, within the founder's quota.
pub async fn found(origin: &Origin, founding: Founding<'_>) -> Result<Organization, ChangeError> {
    let now = origin.clock.now();
    let Founding { name, display_name, founder, personal } = founding;
    let mut attributes = Map::new();
    if personal {
        attributes.insert("isPersonal".to_owned(), Value::Bool(true));
    }
    let display_name = display_name.to_owned();
    let blank = blank(uuid(origin.random.bytes()), name, now);
    let organization = Organization { display_name, attributes, ..blank };
    let limits = origin.config.limits.quotas;
    let (id, name) = (&organization.id, &organization.name);
    let number = origin.place.number;
    let mut change = Change::unrecorded(Unrecorded::Step);
    let inserted = change.write(organizations::insert(&organization));
    change.record(Subject::created(&organization));
    let founded =
        change.decide(organizations::note_founder(id, &founder.id, personal, limits.organizations));
    change.write(organizations::remove_unfounded(id));
    let mut joining = Change::unrecorded(Unrecorded::Continuation);
    joining.write(memberships::join(&founder.id, name, Role::Owner, now, limits.memberships));
    joining.publish_keys(publications::keys_of_user(&founder.id, now));
    let committed = if number == 0 {
        change.append(joining);
        change.publish_snapshot();
        commit(origin, change).await?
    } else {
        // The first database gives names. The organization lives with its founder.
        change.write_all(homes::placed(id, number));
        change.publish_snapshot();
        let committed = commit(&origin.directory(), change).await?;
        if committed.took_effect(founded) {
            let known = relay::told_to(&origin.directory(), origin).await;
            let joined = match known {
                Ok(()) => commit(origin, joining).await.map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = joined {
                origin.directory().database.run(organizations::remove(id)).await?;
                return Err(error.into());
            }
        }
        committed
    };
    if committed.took_effect(founded) {
        return Ok(organization);
    }
    Err(ChangeError::Conflict(if committed.took_effect(inserted) {
        format!(
            "you have founded {} organizations, or one of your own already: delete one first",
            limits.organizations
        )
    } else {
        format!("an application of another organization has a client id with {name}-")
    }))
}

/// Stores a changed organization, unless it has been changed since `before` was read. Suspending it
/// ends what its users, applications and keys have.
pub async fn update(
    origin: &Origin,
    before: &Organization,
    organization: &mut Organization,
) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    organization.updated_at = now;
    let name = &organization.name;
    let mut change = Change::updated(before, organization);
    let updated = change.decide(organizations::update(organization));
    if organization.is_disabled && !before.is_disabled {
        change.revoke(revocation::organization_disabled(name, now));
    }
    if before.is_disabled && !organization.is_disabled {
        change.revoke(revocation::organization_reinstated(name, now));
    }
    if before.is_disabled != organization.is_disabled {
        change.publish_keys(publications::keys_of_organization(name, now));
    }
    if commit(origin, change).await?.took_effect(updated) {
        organization.version += 1;
        Ok(())
    } else {
        Err(ChangeError::Stale)
    }
}

/// Deletes an organization that has neither users nor applications, with its keys.
pub async fn delete(origin: &Origin, organization: &Organization) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    let name = &organization.name;
    let mut change = Change::deleted(organization);
    change.publish_keys(publications::keys_of_organization(name, now));
    change.revoke(revocation::organization_deleted(name, now));
    change.write_all(organizations::delete(organization, now));
    change.publish_snapshot();
    commit(origin, change).await?;
    Ok(())
}

/// Releases the name of a deleted organization; returns whether there was one.
pub async fn release(origin: &Origin, name: &str) -> Result<bool, ChangeError> {
    let mut change = Change::of(Subject::new(PLATFORM_ORGANIZATION, "tombstone", name));
    let released = change.decide(organizations::release(name));
    Ok(commit(origin, change).await?.took_effect(released))
}
