//! The operator's configuration of the origin.

mod limits;

use std::collections::BTreeMap;

pub use self::limits::{Limits, Quotas};
use crate::core::{
    apikey::{ApiKey, MacKeys},
    publication::Route,
    root_key::RootKeys,
};

/// The origin's configuration. Nothing in it can relax a verification.
#[derive(Debug, Clone)]
pub struct Config {
    /// The `iss` of every token, without a trailing slash: `https://hanzo.id`.
    pub issuer: String,
    /// Other hosts and their issuers (`IAM_ISSUER_MAP`).
    pub issuers_by_host: Vec<(String, String)>,
    /// From which everything sealed and every MAC is derived.
    pub root_keys: RootKeys,
    /// Names the deployment (`production`, `development`); keys of one are unknown in another.
    pub environment: String,
    /// The services behind the gateway, published to the edges.
    pub routes: Vec<Route>,
    /// How long after a sign-in platform authority lasts, in seconds (`IAM_PLATFORM_MAX_AGE`).
    pub platform_max_age: i64,
    /// How long a used refresh token gets its successor again, in seconds (`REFRESH_GRACE`).
    pub refresh_grace: i64,
    /// Origins whose pages may call the credentialed sign-in endpoints (`IAM_SESSION_ORIGINS`).
    pub session_origins: Vec<String>,
    /// Origins outside the issuers' hosts whose pages may use their passkeys (`IAM_RELATED_ORIGINS`,
    /// Web Authentication Level 3 §5.11).
    pub related_origins: Vec<String>,
    /// How much one network, client, account and organization may do.
    pub limits: Limits,
    /// Hosts, with a port, that webhooks may be sent to although they are private.
    pub webhook_hosts: Vec<String>,
    /// Hosts, with a port, at which identity providers are asked although they are private
    /// (`DANGER_FEDERATION_HOSTS`).
    pub federation_hosts: Vec<String>,
    /// Where the DNS is asked (`DNS_OVER_HTTPS`).
    pub dns_over_https: String,
    /// Where ranges of breached passwords are read (`PASSWORD_BREACH_RANGE`); `None`: none are.
    pub breach_range: Option<String>,
    /// The nodes that are asked about wallets of contracts, by the EIP-155 id of their chain (`WEB3_RPC`).
    pub nodes: BTreeMap<u64, String>,
}

impl Config {
    /// The issuer of the host that the client used (`base`: scheme and host), which is the default
    /// one unless configured otherwise: a host chooses among issuers and never makes one.
    pub fn issuer_for(&self, base: &str) -> &str {
        let host = base.split_once("://").map_or(base, |(_, host)| host);
        self.issuers_by_host
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(host))
            .map_or(&self.issuer, |(_, issuer)| issuer)
    }

    /// Reads an API key; `None` if it is none, or one that we would have made and have not.
    pub fn api_key(&self, text: &str) -> Option<ApiKey> {
        let macs = MacKeys::derive(&self.root_keys, &self.environment);
        ApiKey::parse(text).ok().filter(|key| key.verify_mac(&macs))
    }

    /// Every issuer whose tokens are ours.
    pub fn issuers(&self) -> Vec<String> {
        let mut issuers = vec![self.issuer.clone()];
        for (_, issuer) in &self.issuers_by_host {
            if !issuers.contains(issuer) {
                issuers.push(issuer.clone());
            }
        }
        issuers
    }
}
