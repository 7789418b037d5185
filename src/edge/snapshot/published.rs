//! A snapshot prepared for use.

use std::rc::Rc;

use crate::{
    core::{
        encoding::{hex, sha256},
        gateway::IdentityKeys,
        publication::{EdgeSnapshot, Route},
        time::UnixTime,
        token::{KeySet, PublicKey},
    },
    edge::config::Config,
};

/// A snapshot prepared for use.
#[derive(Debug)]
pub(in crate::edge) struct Published {
    /// When the origin wrote it.
    pub(in crate::edge) written_at: UnixTime,
    /// The signing keys.
    pub(in crate::edge) keys: KeySet,
    /// The JWKS document (RFC 7517 §5).
    pub(in crate::edge) jwks: String,
    /// Its strong `ETag`, quotes included.
    pub(in crate::edge) etag: String,
    /// Audiences accepted at every service.
    pub(in crate::edge) audiences: Vec<String>,
    /// These, and those that a service accepts for itself.
    pub(in crate::edge) known_audiences: Vec<String>,
    /// The services.
    pub(in crate::edge) services: Vec<Rc<Service>>,
    /// How many databases the origin has.
    pub(in crate::edge) databases: usize,
    /// Changes with the keys and audiences; never 0.
    pub(in crate::edge) version: u64,
}

/// A service behind the gateway.
#[derive(Debug)]
pub(in crate::edge) struct Service {
    /// Its route.
    pub(in crate::edge) route: Route,
    /// The keys that attest identities to it.
    pub(in crate::edge) keys: IdentityKeys,
}

impl Published {
    /// Prepares a snapshot. What it has in common with the one `held` before keeps its version and
    /// its `Rc`, so that cached callers and identity headers stay valid.
    pub(super) fn new(snapshot: &EdgeSnapshot, config: &Config, held: Option<&Self>) -> Self {
        let keys: KeySet =
            snapshot.keys.iter().filter_map(|jwk| PublicKey::from_jwk(jwk.as_str())).collect();
        let jwks: Vec<String> = keys.iter().map(PublicKey::to_jwk).collect();
        let jwks = [r#"{"keys":["#, &jwks.join(","), "]}"].concat();
        let digest = hex(&sha256(jwks.as_bytes()));
        let tag = digest.get(..32).unwrap_or_default();
        let mut audiences = config.audiences.clone();
        audiences.extend(snapshot.audiences.iter().cloned());
        let mut known_audiences = audiences.clone();
        known_audiences.extend(snapshot.routes.iter().flat_map(|route| route.audiences.clone()));
        let version = match held {
            Some(held)
                if held.jwks == jwks
                    && held.audiences == audiences
                    && held.known_audiences == known_audiences =>
            {
                held.version
            }
            _ => held.map_or(0, |held| held.version) + 1,
        };
        let service = |route: &Route| {
            let mut held = held.iter().flat_map(|held| &held.services);
            let same = held.find(|service| service.route == *route);
            same.map_or_else(|| Rc::new(Service::new(route, config)), Rc::clone)
        };
        Self {
            written_at: snapshot.published_at,
            keys,
            etag: ["\"", tag, "\""].concat(),
            jwks,
            audiences,
            known_audiences,
            services: snapshot.routes.iter().map(service).collect(),
            databases: snapshot.databases,
            version,
        }
    }

    /// The service of that name.
    pub(in crate::edge) fn service(&self, name: &str) -> Option<&Rc<Service>> {
        self.services.iter().find(|service| service.route.service == name)
    }
}

impl Service {
    fn new(route: &Route, config: &Config) -> Self {
        let keys = IdentityKeys::derive(&config.root_keys, &route.service);
        Self { route: route.clone(), keys }
    }
}
