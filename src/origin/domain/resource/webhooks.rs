//! Webhooks: patches, the signing secret, and the published form.

use serde::{Deserialize, Serialize};

use super::{Actor, IGNORED, Resource, Scene};
use crate::{
    core::{
        audit::Members,
        directory::{
            Attributes, Invalid, Kept, Line, List, ObjectName, OrgName, Patch, Timestamp, Unchecked,
        },
        seal::{self, SealError},
        time::UnixTime,
        webhook::{SigningSecret, Target},
    },
    origin::{
        Origin,
        domain::{change_error::ChangeError, resealing::Sealing},
        store::{
            resource::{Meta, Wanted},
            webhooks::Webhook,
        },
    },
};

const ATTRIBUTES: Attributes = Attributes { ignored: IGNORED, maximum: 4 * 1024 };

/// How long the secret before also signs after a rotation, in seconds.
const OVERLAP: i64 = 24 * 3600;

/// What a request sets of a webhook. Absent members stay as they are. Members without a field are kept
/// as attributes; `null` removes one.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct WebhookPatch {
    /// The organization; the caller's if absent. Cannot be changed.
    pub owner: Patch<OrgName>,
    /// Unique in the organization. Cannot be changed.
    pub name: Patch<ObjectName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// Where deliveries are sent: an `https` address on the public Internet. Required on creation.
    pub url: Patch<String>,
    /// The operation ids (`createUser`) and kinds (`user`) of the entries that are delivered; empty:
    /// all.
    pub events: Option<List<ObjectName>>,
    /// Whether deliveries are made.
    pub is_enabled: Option<bool>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

/// A webhook.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Webhook"))]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    /// Members without a field, as they were sent.
    #[serde(flatten)]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// UUID.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// Unique in the organization.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// Where deliveries are sent.
    pub url: String,
    /// The operation ids and kinds of the entries that are delivered; empty: all.
    pub events: Vec<String>,
    /// Whether deliveries are made.
    pub is_enabled: bool,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl Resource for Webhook {
    const KIND: &'static str = "webhook";
    const QUOTA: u32 = 20;
    type Patch = WebhookPatch;
    type View = WebhookView;

    fn named(patch: &WebhookPatch) -> (Option<&str>, Option<&str>) {
        let (owner, name) = (patch.owner.as_given(), patch.name.as_given());
        (owner.map(OrgName::as_str), name.map(ObjectName::as_str))
    }

    fn wanted(_: &WebhookPatch, _: &str) -> Wanted {
        Wanted::default()
    }

    fn blank(meta: Meta, _: &Actor) -> Self {
        Self {
            meta,
            url: String::new(),
            events: Vec::new(),
            is_enabled: true,
            sealed_secret: String::new(),
            sealed_previous_secret: String::new(),
            previous_until: UnixTime(0),
        }
    }

    fn apply(&mut self, patch: WebhookPatch, scene: &Scene<'_>) -> Result<(), ChangeError> {
        patch.display_name.set(&mut self.meta.display_name);
        if let Some(url) = patch.url.given() {
            let exempt = &scene.origin.config.webhook_hosts;
            let target = Target::read(&url, exempt);
            let target = target.map_err(|error| Invalid::member("url", &error.to_string()))?;
            self.url = target.into();
        }
        if self.url.is_empty() {
            return Err(Invalid::member("url", "is required").into());
        }
        if let Some(List(events)) = patch.events {
            self.events = events.into_iter().map(String::from).collect();
        }
        self.is_enabled = patch.is_enabled.unwrap_or(self.is_enabled);
        self.meta.attributes =
            ATTRIBUTES.merged(&self.meta.attributes, &patch.attributes.members)?;
        if self.sealed_secret.is_empty() {
            let secret = SigningSecret::new(scene.origin.random.bytes());
            self.sealed_secret = self.seal(scene.origin, &secret)?;
        }
        Ok(())
    }

    fn view(&self) -> WebhookView {
        let Meta { id, owner, name, display_name, attributes, created_at, updated_at, .. } =
            self.meta.clone();
        WebhookView {
            attributes,
            id,
            owner,
            name,
            display_name,
            url: self.url.clone(),
            events: self.events.clone(),
            is_enabled: self.is_enabled,
            created_time: Timestamp(created_at),
            updated_time: Timestamp(updated_at),
        }
    }

    /// With the sealed secret, so that a new one is a difference; it is masked.
    fn recorded(&self) -> Members {
        #[derive(Serialize)]
        struct Recorded<'a> {
            #[serde(flatten)]
            view: WebhookView,
            secret: &'a str,
        }
        Members::of(&Recorded { view: self.view(), secret: &self.sealed_secret }, &["secret"])
    }
}

impl Sealing for Webhook {
    const COLUMNS: &'static str = "sealed_secret || sealed_previous_secret";

    fn sealed(&mut self) -> Vec<(String, &mut String)> {
        let purpose = self.purpose();
        vec![
            (purpose.clone(), &mut self.sealed_secret),
            (purpose, &mut self.sealed_previous_secret),
        ]
    }
}

impl Webhook {
    /// Gives the webhook a new secret, and returns it. The one before signs for a day besides it.
    pub fn rotate(&mut self, origin: &Origin) -> Result<SigningSecret, ChangeError> {
        let secret = SigningSecret::new(origin.random.bytes());
        let sealed = self.seal(origin, &secret)?;
        self.sealed_previous_secret = std::mem::replace(&mut self.sealed_secret, sealed);
        self.previous_until = origin.clock.now().plus(OVERLAP);
        Ok(secret)
    }

    /// The secrets that sign a delivery at `now`, the latest first.
    pub fn secrets(&self, origin: &Origin, now: UnixTime) -> Result<Vec<SigningSecret>, SealError> {
        let previous = (now < self.previous_until).then_some(&self.sealed_previous_secret);
        let config = &origin.config;
        std::iter::once(&self.sealed_secret)
            .chain(previous)
            .map(|sealed| {
                let opened =
                    seal::open(&config.root_keys, &config.environment, &self.purpose(), sealed)?;
                Ok(SigningSecret::of_bytes(opened.expose().clone()))
            })
            .collect()
    }

    fn seal(&self, origin: &Origin, secret: &SigningSecret) -> Result<String, Invalid> {
        let config = &origin.config;
        let (roots, environment) = (&config.root_keys, &config.environment);
        let purpose = self.purpose();
        let sealed = seal::seal(roots, environment, &*origin.random, &purpose, secret.bytes());
        sealed.map_err(|error| Invalid::new(error.to_string()))
    }

    fn purpose(&self) -> String {
        format!("webhook:{}", self.meta.id)
    }
}
