//! The edge's configuration and its defaults.

use crate::core::{gateway::GatewayHosts, limit::Rate, root_key::RootKeys};

/// The default of [`Config::revocation_grace`], in seconds.
pub const DEFAULT_GRACE: i64 = 60;

/// The longest [`Config::revocation_grace`], in seconds: after that an edge without a newer feed
/// cannot tell who may call.
pub const MAXIMUM_GRACE: i64 = 300;

/// The default of [`Config::anonymous_rate`]: ten calls a second for a minute, above what several
/// people behind one address need on public pages.
pub const DEFAULT_ANONYMOUS_RATE: Option<Rate> = Rate::new(600, 60);

/// The default of [`Config::origin_deadline`]: as long as a statement of the origin's database may
/// take.
pub const DEFAULT_ORIGIN_DEADLINE: u32 = 30;

/// The default of [`Config::service_deadline`]: as long as the platform waits for a customer's
/// server.
pub const DEFAULT_SERVICE_DEADLINE: u32 = 100;

/// The default of [`Config::lookup_rate`]. Look-ups that find a working key are refunded, so many
/// customers behind one address reach it only with that many look-ups under way at once.
pub const DEFAULT_LOOKUP_RATE: Option<Rate> = Rate::new(300, 60);

/// The operator's settings for the edge. None of them can relax a verification.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuer of hosts that are not in the map.
    pub issuer: String,
    /// Other hosts and their issuers (`IAM_ISSUER_MAP`).
    pub issuers_by_host: Vec<(String, String)>,
    /// The keys from which every MAC key is derived.
    pub root_keys: RootKeys,
    /// The name of the deployment (`production`, `development`).
    pub environment: String,
    /// The hosts of the gateway (`GATEWAY_HOSTS`), and the one host that is an issuer's as well
    /// (`DANGER_GATEWAY_ON_ISSUER_HOST`).
    pub gateway_hosts: GatewayHosts,
    /// Seconds for the head of a response from the origin (`ORIGIN_DEADLINE`).
    pub origin_deadline: u32,
    /// Seconds for the head of a response from a service (`SERVICE_DEADLINE`), unless its route sets
    /// another deadline.
    pub service_deadline: u32,
    /// Audiences accepted besides the published ones (`GATEWAY_ALLOWED_AUDIENCES`).
    pub audiences: Vec<String>,
    /// Origins whose pages may act with a cookie as pages of this origin may
    /// (`IAM_SESSION_ORIGINS`).
    pub session_origins: Vec<String>,
    /// How old the revocation feed may be, in seconds, for safe requests while the origin cannot be
    /// reached (`REVOCATION_GRACE`); at most [`MAXIMUM_GRACE`].
    pub revocation_grace: i64,
    /// Whether responses carry the feed's age, in seconds, in `x-revocation-age`
    /// (`REVOCATION_AGE_HEADER`).
    pub shows_revocation_age: bool,
    /// The rate of a user or an application over all of its tokens (`LIMIT_USER`,
    /// `<calls>/<seconds>`); `None`, the default: unlimited, and nothing is counted. The rate of a
    /// key is in its record.
    pub user_rate: Option<Rate>,
    /// The rate of a client without a credential on public paths, by its
    /// [`network`](crate::core::network::network) (`LIMIT_ANONYMOUS`, `<calls>/<seconds>` or
    /// `none`).
    pub anonymous_rate: Option<Rate>,
    /// The rate of a client's failing key look-ups, by its network (`LIMIT_KEY_LOOKUPS`,
    /// `<look-ups>/<seconds>` or `none`).
    pub lookup_rate: Option<Rate>,
}

impl Config {
    /// The issuer of a host: configuration chooses it, a host never makes one.
    pub fn issuer_for(&self, host: &str) -> &str {
        let mapped = self.issuers_by_host.iter().find(|(known, _)| known == host);
        mapped.map_or(&self.issuer, |(_, issuer)| issuer)
    }

    /// All issuers.
    pub(super) fn issuers(&self) -> Vec<String> {
        let mapped = self.issuers_by_host.iter().map(|(_, issuer)| issuer.clone());
        std::iter::once(self.issuer.clone()).chain(mapped).collect()
    }
}
