//! Directory settings: stored and validated forms.

mod presets;
mod record;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Dn, DnError, Filter, FilterError, Placeholder, Scope, Template, is_attribute};
use crate::core::secret::Secret;

pub use presets::Preset;
pub use record::RecordError;

/// How the connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum TlsMode {
    /// TLS from the first byte; port 636.
    #[default]
    Ldaps,
    /// TLS by StartTLS (RFC 4511 §4.14) before anything else is sent; port 389.
    StartTls,
    /// No TLS. Only for a server that the administrator has marked as local; port 389.
    PlainLocal,
}

/// What identifies a person for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum SubjectRule {
    /// `entryUUID` (RFC 4530).
    EntryUuid,
    /// `objectGUID` of Active Directory, written as Microsoft writes GUIDs.
    ObjectGuid,
    /// An attribute with one value of text that is never given to another person.
    Attribute(String),
}

impl SubjectRule {
    /// The attribute.
    pub fn attribute(&self) -> &str {
        match self {
            Self::EntryUuid => "entryUUID",
            Self::ObjectGuid => "objectGUID",
            Self::Attribute(name) => name,
        }
    }
}

/// How the groups of a person are found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum GroupRule {
    /// Not at all.
    None,
    /// By `memberOf` of the person: direct groups.
    MemberOf,
    /// By a search at sign-in.
    Search {
        /// The base of the search.
        base: String,
        /// The filter, with `{dn}`: `(member={dn})`, or
        /// `(member:1.2.840.113556.1.4.1941:={dn})` for nested groups of Active Directory.
        filter: String,
        /// Whether the groups of groups are searched too, with the same filter.
        nested: bool,
    },
}

/// How the directory marks people who must not sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Active {
    /// Everyone who is found is active.
    Everyone,
    /// Bit 2 of `userAccountControl` (`ACCOUNTDISABLE`) disables.
    UserAccountControl,
    /// This value of this attribute disables, in any case.
    DisabledIf {
        /// The attribute.
        attribute: String,
        /// The value.
        value: String,
    },
}

/// The attribute by whose order a synchronization is cut into ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum KeyRule {
    /// A UUID with an ordering rule, such as `entryUUID` of OpenLDAP.
    Uuid(String),
    /// A time that never changes, such as `whenCreated` of Active Directory.
    Time(String),
    /// None: all people must fit into one range.
    Whole,
}

/// Limits on what a server may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Limits {
    /// Bytes of one message.
    pub message: usize,
    /// Bytes of one exchange of a sign-in.
    pub received: usize,
    /// Bytes of one exchange of a synchronization.
    pub received_sync: usize,
    /// Seconds that the server may spend on one search.
    pub seconds: u32,
    /// Groups of a person.
    pub groups: usize,
    /// Levels of groups of groups.
    pub group_depth: usize,
    /// Entries of a page.
    pub page: u32,
    /// Entries of a range of a synchronization: what is held in memory at once.
    pub range: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 1 << 20,
            received: 8 << 20,
            received_sync: 48 << 20,
            seconds: 15,
            groups: 1000,
            group_depth: 10,
            page: 500,
            range: 5000,
        }
    }
}

/// Settings of a directory, as they are stored. The password of the service account is not among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Settings {
    /// Host name or address, without port.
    pub host: String,
    /// The port, if it is not the usual one.
    pub port: Option<u16>,
    /// How the connection is secured.
    pub tls: TlsMode,
    /// The base below which people are.
    pub base: String,
    /// How far below it.
    pub scope: Scope,
    /// The name that the service account binds as. Active Directory also takes `name@domain`.
    pub service_account: String,
    /// Finds the person who signs in; has `{login}`.
    pub login_filter: String,
    /// Finds all people who are synchronized.
    pub people_filter: String,
    /// What identifies a person.
    pub subject: SubjectRule,
    /// The attributes to read, such as `mail` or `userCertificate;binary`.
    pub attributes: Vec<String>,
    /// How groups are found.
    pub groups: GroupRule,
    /// Who is active.
    pub active: Active,
    /// The time of the last change of an entry: `modifyTimestamp` or `whenChanged`.
    pub modified: String,
    /// How a synchronization is cut.
    pub key: KeyRule,
    /// Limits.
    pub limits: Limits,
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The host is not a host name or address.
    #[error("`{0}` is not a host name or address")]
    Host(String),
    /// Port 0.
    #[error("the port is 0")]
    Port,
    /// A public address without TLS.
    #[error("{0} is a public address: it needs TLS")]
    PlainPublic(IpAddr),
    /// A name is malformed or empty.
    #[error("{field}: {source}")]
    Dn {
        /// Which setting.
        field: &'static str,
        /// Why.
        source: DnError,
    },
    /// A setting is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A filter is malformed.
    #[error("{field}: {source}")]
    Filter {
        /// Which setting.
        field: &'static str,
        /// Why.
        source: FilterError,
    },
    /// An attribute is malformed.
    #[error("`{0}` is not an attribute")]
    Attribute(String),
    /// More attributes than 100.
    #[error("there are more than 100 attributes")]
    TooManyAttributes,
    /// A limit is 0 or beyond what a Worker can hold.
    #[error("the limit `{0}` is out of range")]
    Limit(&'static str),
}

/// The checked form of [`GroupRule::Search`].
#[derive(Debug, Clone)]
pub(super) struct GroupSearch {
    pub(super) base: Dn,
    pub(super) filter: Template,
    pub(super) nested: bool,
}

/// Checked settings, with the password of the service account.
#[derive(Debug, Clone)]
pub struct Directory {
    settings: Settings,
    pub(super) base: Dn,
    pub(super) login_filter: Template,
    pub(super) people_filter: Filter,
    pub(super) group_search: Option<GroupSearch>,
    pub(super) password: Secret<String>,
}

impl Directory {
    /// Checks settings.
    pub fn new(settings: Settings, password: Secret<String>) -> Result<Self, SettingsError> {
        check_host(&settings)?;
        if settings.service_account.is_empty() {
            return Err(SettingsError::Empty("service_account"));
        }
        if password.expose().is_empty() {
            return Err(SettingsError::Empty("the password of the service account"));
        }
        check_attributes(&settings)?;
        check_limits(&settings.limits)?;
        let base = dn("base", &settings.base)?;
        let filter = |field| move |source| SettingsError::Filter { field, source };
        let group_search = match &settings.groups {
            GroupRule::Search { base: below, filter: text, nested } => Some(GroupSearch {
                base: dn("groups.base", below)?,
                filter: Template::parse(text, Placeholder::Dn).map_err(filter("groups.filter"))?,
                nested: *nested,
            }),
            GroupRule::None | GroupRule::MemberOf => None,
        };
        Ok(Self {
            base,
            login_filter: Template::parse(&settings.login_filter, Placeholder::Login)
                .map_err(filter("login_filter"))?,
            people_filter: Filter::parse(&settings.people_filter)
                .map_err(filter("people_filter"))?,
            group_search,
            password,
            settings,
        })
    }

    /// The settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        let usual = if self.settings.tls == TlsMode::Ldaps { 636 } else { 389 };
        self.settings.port.unwrap_or(usual)
    }

    /// The attributes of people to ask for.
    pub(super) fn person_attributes(&self) -> Vec<String> {
        let settings = &self.settings;
        let mut names = settings.attributes.clone();
        let key = match &settings.key {
            KeyRule::Uuid(name) | KeyRule::Time(name) => Some(name.as_str()),
            KeyRule::Whole => None,
        };
        let active = match &settings.active {
            Active::Everyone => None,
            Active::UserAccountControl => Some("userAccountControl"),
            Active::DisabledIf { attribute, .. } => Some(attribute.as_str()),
        };
        let groups = (settings.groups == GroupRule::MemberOf).then_some("memberOf");
        let own =
            [Some(settings.subject.attribute()), Some(&settings.modified), key, active, groups];
        for name in own.into_iter().flatten() {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

fn dn(field: &'static str, text: &str) -> Result<Dn, SettingsError> {
    match Dn::parse(text) {
        Ok(dn) if dn.is_root() => Err(SettingsError::Empty(field)),
        other => other.map_err(|source| SettingsError::Dn { field, source }),
    }
}

fn check_host(settings: &Settings) -> Result<(), SettingsError> {
    let host = &settings.host;
    if settings.port == Some(0) {
        return Err(SettingsError::Port);
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return match settings.tls {
            TlsMode::PlainLocal if !is_local(address) => Err(SettingsError::PlainPublic(address)),
            _ => Ok(()),
        };
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let valid = host.len() <= 253 && host.split('.').all(label);
    if valid { Ok(()) } else { Err(SettingsError::Host(host.clone())) }
}

const fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

fn check_attributes(settings: &Settings) -> Result<(), SettingsError> {
    if settings.attributes.len() > 100 {
        return Err(SettingsError::TooManyAttributes);
    }
    let key = match &settings.key {
        KeyRule::Uuid(name) | KeyRule::Time(name) => Some(name.as_str()),
        KeyRule::Whole => None,
    };
    let active = match &settings.active {
        Active::DisabledIf { attribute, .. } => Some(attribute.as_str()),
        Active::Everyone | Active::UserAccountControl => None,
    };
    let own = [Some(settings.subject.attribute()), Some(settings.modified.as_str()), key, active];
    let mut names = settings.attributes.iter().map(String::as_str).chain(own.into_iter().flatten());
    match names.find(|name| !is_attribute(name)) {
        Some(name) => Err(SettingsError::Attribute(name.to_owned())),
        None => Ok(()),
    }
}

fn check_limits(limits: &Limits) -> Result<(), SettingsError> {
    let checks = [
        ("message", (1024..=16 << 20).contains(&limits.message)),
        ("received", (1024..=64 << 20).contains(&limits.received)),
        ("received_sync", (1024..=96 << 20).contains(&limits.received_sync)),
        ("seconds", (1..=600).contains(&limits.seconds)),
        ("groups", (1..=100_000).contains(&limits.groups)),
        ("group_depth", (1..=100).contains(&limits.group_depth)),
        ("page", (1..=10_000).contains(&limits.page)),
        ("range", (2..=50_000).contains(&limits.range)),
    ];
    match checks.into_iter().find(|(_, valid)| !valid) {
        Some((name, _)) => Err(SettingsError::Limit(name)),
        None => Ok(()),
    }
}
