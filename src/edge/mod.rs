//! The edge: the service in every location. It verifies whoever calls and forwards the call with
//! a trustworthy identity; it has no database.
//!
//! [`Edge::decide`] answers at once whatever needs no I/O, which is nearly every request;
//! [`Edge::resolve`] answers the rest. Both say what to do with a request, never do it: the
//! platform streams it.

mod decision;
mod router;

use std::{fmt, rc::Rc};

pub use decision::{Answer, Decision, Forward, Target};

use crate::{
    core::{
        head::Head,
        hop::{BASE_HEADER, CLIENT_IP_HEADER, HOP_HEADER, Hop, HopKeys},
        root_key::RootKeys,
    },
    world::{Clock, Crypto, Http, Random, Snapshots},
};

/// What the operator sets for the edge. Nothing in it can relax a verification.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuer of hosts that are not in the map.
    pub issuer: String,
    /// Other hosts and their issuers (`IAM_ISSUER_MAP`).
    pub issuers_by_host: Vec<(String, String)>,
    /// From which every MAC is derived.
    pub root_keys: RootKeys,
    /// Names the deployment (`production`, `development`).
    pub environment: String,
    /// Audiences accepted besides the published ones (`GATEWAY_ALLOWED_AUDIENCES`).
    pub audiences: Vec<String>,
}

/// The world of the edge.
pub struct World {
    /// What the origin published.
    pub snapshots: Rc<dyn Snapshots>,
    /// The origin.
    pub origin: Rc<dyn Http>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Chance.
    pub random: Rc<dyn Random>,
    /// Signatures.
    pub crypto: Rc<dyn Crypto>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World(…)")
    }
}

/// The edge and what it remembers.
#[derive(Debug)]
pub struct Edge {
    config: Config,
    world: World,
    hop: HopKeys,
}

impl Edge {
    /// An edge that remembers nothing yet.
    pub fn new(config: Config, world: World) -> Option<Self> {
        let hop = HopKeys::derive(&config.root_keys, &config.environment)?;
        Some(Self { config, world, hop })
    }

    /// Sends the request on to the origin, which verifies everything itself.
    fn to_origin(&self, head: &Head<'_>, request_id: String) -> Forward {
        let hop = Hop {
            method: head.method,
            target: head.target,
            base: head.base,
            client_ip: head.client_ip,
            request_id: &request_id,
        };
        let signature = self.hop.sign(&hop, self.world.clock.now());
        let set = vec![
            (BASE_HEADER, head.base.to_owned()),
            (CLIENT_IP_HEADER, head.client_ip.to_owned()),
            (HOP_HEADER, signature),
        ];
        Forward { target: Target::Origin, request_id, remove: Vec::new(), set }
    }
}
