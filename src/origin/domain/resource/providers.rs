//! Providers: patches, sealed secrets, and the published form.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Actor, IGNORED, Resource, Scene, kerberos};
use crate::{
    core::{
        audit::Members,
        directory::{
            Attributes, Count, Invalid, Kept, Line, MASK, ObjectName, OrgName, Patch, Timestamp,
            is_secret_member,
        },
        federation::{Mapping, MappingError, Protocol},
        ldap, saml, seal,
        secret::Secret,
    },
    origin::{
        domain::{change_error::ChangeError, resealing::Sealing},
        store::{
            providers::Provider,
            resource::{Meta, Wanted},
        },
    },
};

const ATTRIBUTES: Attributes = Attributes { ignored: IGNORED, maximum: 64 * 1024 };

/// The member whose values are secrets: credentials may be in any header.
const HEADERS: &str = "httpHeaders";

/// The longest secret, in bytes.
const MAXIMUM_SECRET: usize = 8 * 1024;

/// The attributes that determine where and how the secrets are sent. When one of them changes, the
/// secrets must be sent again (Keycloak CVE-2026-15943), so that they do not follow to another
/// host.
const DESTINATIONS: [&str; 17] = [
    "customAuthUrl",
    "customTokenUrl",
    "customUserInfoUrl",
    "disableSsl",
    "domain",
    "endpoint",
    "enableProxy",
    "enableSsl",
    "host",
    "idP",
    "intranetEndpoint",
    "isLocal",
    "issuerUrl",
    "metadata",
    "port",
    "providerUrl",
    "sslMode",
];

/// What a request sets of a provider. Absent members stay as they are. Members without a field are
/// kept as attributes; `null` removes one.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct ProviderPatch {
    /// The organization; the caller's if absent. Cannot be changed.
    pub owner: Patch<OrgName>,
    /// Unique in the organization. Cannot be changed.
    pub name: Patch<ObjectName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// `OAuth`, `SAML`, `Email`, `SMS`, `Storage`, …
    pub category: Patch<Line>,
    /// `GitHub`, `Google`, `Custom`, …
    pub r#type: Patch<Line>,
    /// The id that the provider has given.
    pub client_id: Patch<Line>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<ProviderAttributes>,
}

/// The attributes of a provider that are checked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct ProviderAttributes {
    /// A secret. `""` and `***` leave it as it is, `null` removes it.
    client_secret: Option<String>,
    /// The same for a second secret.
    client_secret2: Option<String>,
    /// Headers of requests to the provider. The values are secrets: `""` and `***` leave one as it
    /// is.
    http_headers: Option<BTreeMap<String, String>>,
    /// The port of the server.
    port: Option<Count<65_535>>,
    /// Whether an owner of the organization stands behind what the provider says of owners. Only an owner sets
    /// it; a change by another administrator unsets it.
    vouches_for_owners: Option<bool>,
}

/// A provider.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProviderView {
    /// Members without a field, as they were sent; of a secret whether it is set (`***`).
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
    /// UUID.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// Unique in the organization.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// `OAuth`, `SAML`, `Email`, `SMS`, `Storage`, …
    pub category: String,
    /// `GitHub`, `Google`, `Custom`, …
    pub r#type: String,
    /// The id that the provider has given.
    pub client_id: String,
    /// `***` if it is set, else empty.
    pub client_secret: &'static str,
    /// Whether an owner of the organization stands behind what it says of owners.
    pub vouches_for_owners: bool,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl Resource for Provider {
    const KIND: &'static str = "provider";
    const QUOTA: u32 = 100;
    type Patch = ProviderPatch;
    type View = ProviderView;

    fn named(patch: &ProviderPatch) -> (Option<&str>, Option<&str>) {
        let (owner, name) = (patch.owner.as_given(), patch.name.as_given());
        (owner.map(OrgName::as_str), name.map(ObjectName::as_str))
    }

    fn wanted(_: &ProviderPatch, _: &str) -> Wanted {
        Wanted::default()
    }

    fn blank(meta: Meta, _: &Actor) -> Self {
        Self {
            meta,
            category: String::new(),
            r#type: String::new(),
            client_id: String::new(),
            sealed_secrets: BTreeMap::new(),
            vouches_for_owners: false,
        }
    }

    fn apply(&mut self, patch: ProviderPatch, scene: &Scene<'_>) -> Result<(), ChangeError> {
        let before = self.clone();
        patch.display_name.set(&mut self.meta.display_name);
        patch.category.set(&mut self.category);
        if let Some(value) = patch.r#type.change() {
            self.r#type = value.map(String::from).unwrap_or_default();
        }
        patch.client_id.set(&mut self.client_id);
        let Kept { mut members, checked } = patch.attributes;
        members.remove("vouchesForOwners");
        let keytab = members.get(kerberos::KEYTAB).and_then(Value::as_str).map(str::to_owned);
        members.remove(kerberos::KEYS);
        let sent = self.seal(&mut members, checked.http_headers, scene)?;
        self.meta.attributes = ATTRIBUTES.merged(&self.meta.attributes, &members)?;
        kerberos::check(self, keytab.as_deref(), &scene.origin.config.issuer)?;
        self.keeps_its_destination(&before, &sent)?;
        self.vouch(&before, checked.vouches_for_owners, scene.by.is_owner)?;
        self.check_signin(scene)
    }

    fn view(&self) -> ProviderView {
        let Meta { id, owner, name, display_name, mut attributes, created_at, updated_at, .. } =
            self.meta.clone();
        let mut headers = Map::new();
        for member in self.sealed_secrets.keys() {
            match member.strip_prefix(HEADERS).and_then(|rest| rest.strip_prefix('.')) {
                Some(header) => headers.insert(header.to_owned(), MASK.into()),
                None if member == "clientSecret" => None,
                None => attributes.insert(member.clone(), MASK.into()),
            };
        }
        if !headers.is_empty() {
            attributes.insert(HEADERS.to_owned(), headers.into());
        }
        let is_set = self.sealed_secrets.contains_key("clientSecret");
        ProviderView {
            attributes,
            id,
            owner,
            name,
            display_name,
            category: self.category.clone(),
            r#type: self.r#type.clone(),
            client_id: self.client_id.clone(),
            client_secret: if is_set { MASK } else { "" },
            vouches_for_owners: self.vouches_for_owners,
            created_time: Timestamp(created_at),
            updated_time: Timestamp(updated_at),
        }
    }

    /// With the sealed texts in place of the masks, so that a secret that changes is a difference.
    fn recorded(&self) -> Members {
        let Ok(Value::Object(mut all)) = serde_json::to_value(self.view()) else {
            return Members::default();
        };
        all.remove(HEADERS);
        for (member, sealed) in &self.sealed_secrets {
            all.insert(member.clone(), sealed.as_str().into());
        }
        let names: Vec<&str> = self.sealed_secrets.keys().map(String::as_str).collect();
        Members::of(&Value::Object(all), &names)
    }
}

impl Sealing for Provider {
    const COLUMNS: &'static str = "sealed_secrets";

    fn sealed(&mut self) -> Vec<(String, &mut String)> {
        let id = &self.meta.id;
        let sealed = self.sealed_secrets.iter_mut();
        sealed.map(|(member, sealed)| (purpose(id, member), sealed)).collect()
    }
}

/// The sealing purpose of a secret of the provider `id`.
pub fn purpose(id: &str, member: &str) -> String {
    format!("provider:{id}:{member}")
}

impl Provider {
    /// Seals the secrets among `members` and takes them out. Returns the names of the secrets that were
    /// sent anew or removed.
    fn seal(
        &mut self,
        members: &mut Map<String, Value>,
        headers: Option<BTreeMap<String, String>>,
        scene: &Scene<'_>,
    ) -> Result<BTreeSet<String>, ChangeError> {
        let mut secrets: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (name, value) in &*members {
            if !is_secret_member(name) || value.is_boolean() {
                continue;
            }
            match value {
                Value::Null => secrets.insert(name.clone(), None),
                Value::String(text) => secrets.insert(name.clone(), Some(text.clone())),
                _ => return Err(Invalid::member(name, "must be a string").into()),
            };
        }
        members.retain(|name, value| !is_secret_member(name) || value.is_boolean());
        members.remove(HEADERS);
        if let Some(headers) = headers {
            let prefix = format!("{HEADERS}.");
            for known in self.sealed_secrets.keys().filter(|known| known.starts_with(&prefix)) {
                secrets.insert(known.clone(), None);
            }
            for (header, value) in headers {
                secrets.insert(format!("{prefix}{header}"), Some(value));
            }
        }
        let mut sent = BTreeSet::new();
        for (member, secret) in secrets {
            match secret {
                None => {
                    self.sealed_secrets.remove(&member);
                }
                Some(text) if text.is_empty() || text == MASK => continue,
                Some(text) if text.len() > MAXIMUM_SECRET => {
                    return Err(Invalid::member(&member, "is too long").into());
                }
                Some(text) => {
                    let config = &scene.origin.config;
                    let sealed = seal::seal(
                        &config.root_keys,
                        &config.environment,
                        &*scene.origin.random,
                        &purpose(&self.meta.id, &member),
                        text.as_bytes(),
                    );
                    let sealed =
                        sealed.map_err(|error| Invalid::member(&member, &error.to_string()))?;
                    self.sealed_secrets.insert(member.clone(), sealed);
                }
            }
            sent.insert(member);
        }
        Ok(sent)
    }

    /// Records whether an owner vouches for the record. A change by a non-owner resets it.
    fn vouch(&mut self, before: &Self, asked: Option<bool>, by_owner: bool) -> Result<(), Invalid> {
        if asked == Some(true) && !by_owner && !before.vouches_for_owners {
            return Err(Invalid::member("vouchesForOwners", "is set by an owner only"));
        }
        if by_owner {
            self.vouches_for_owners = asked.unwrap_or(before.vouches_for_owners);
        } else if asked == Some(false) || self.says_otherwise(before) {
            self.vouches_for_owners = false;
        }
        Ok(())
    }

    /// Whether its assertions may differ from before.
    fn says_otherwise(&self, before: &Self) -> bool {
        self.meta.attributes != before.meta.attributes
            || self.category != before.category
            || self.r#type != before.r#type
            || self.client_id != before.client_id
            || self.sealed_secrets != before.sealed_secrets
    }

    /// Refuses settings that no sign-in can use.
    fn check_signin(&self, scene: &Scene<'_>) -> Result<(), ChangeError> {
        let Some(protocol) = Protocol::of_category(&self.category) else { return Ok(()) };
        if protocol == Protocol::Saml {
            let read =
                saml::settings::Settings::read(&self.meta.attributes, scene.origin.clock.now());
            read.map_err(|wrong| Invalid::member(wrong.member, &wrong.why))?;
        }
        let mapping = Mapping::read(&self.meta.attributes);
        let refused = |error: MappingError| Invalid::member(error.member(), &error.why());
        let mapping = mapping.map_err(refused)?;
        if protocol == Protocol::Ldap {
            let mut settings = ldap::Settings::of_record(&self.r#type, &self.meta.attributes)
                .map_err(|error| Invalid::member(error.member, &error.why))?;
            settings.read_claims(&mapping);
            let unknown = Secret::new("unknown".to_owned());
            let checked = ldap::Directory::new(settings, unknown);
            checked.map_err(|error| Invalid::member("userMapping", &error.to_string()))?;
            if !self.sealed_secrets.contains_key("password") {
                let why = "of the service account must be set for a directory";
                return Err(Invalid::member("password", why).into());
            }
        }
        Ok(())
    }

    /// Refuses to send the secrets of `before` elsewhere, unless they were `sent` again.
    fn keeps_its_destination(&self, before: &Self, sent: &BTreeSet<String>) -> Result<(), Invalid> {
        // Earlier clients send every member, blank if it is not set.
        let attribute = |of: &Self, name: &str| {
            of.meta.attributes.get(name).filter(|value| value.as_str() != Some("")).cloned()
        };
        let moved = DESTINATIONS
            .into_iter()
            .find(|name| attribute(self, name) != attribute(before, name))
            .or_else(|| (self.r#type != before.r#type).then_some("type"))
            .or_else(|| (self.category != before.category).then_some("category"));
        let Some(moved) = moved else { return Ok(()) };
        let mut kept = self.sealed_secrets.keys();
        match kept
            .find(|member| before.sealed_secrets.contains_key(*member) && !sent.contains(*member))
        {
            None => Ok(()),
            Some(member) => Err(Invalid::member(
                member,
                &format!("must be sent again, or null, because {moved} changes"),
            )),
        }
    }
}
