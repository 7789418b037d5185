//! Clients with the state of their organization, in one row.

use serde::Deserialize;

use super::{
    applications::Application,
    client_secrets::{OF_CLIENT, Retiring},
    query::Query,
};
use crate::{
    core::{secret::constant_time_eq, time::UnixTime},
    ports::{DatabaseError, Row, Statement, json},
};

const ORGANIZATION_IS_LIVE: &str = "EXISTS (SELECT 1 FROM organizations \
     WHERE organizations.name = applications.organization AND NOT is_disabled) \
     AS organization_is_live";

/// An application together with what decides whether it may act.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The application.
    pub application: Application,
    /// Whether its organization exists and is not suspended.
    pub organization_is_live: bool,
    /// The secrets that have a successor, ended or not.
    pub retiring: Vec<Retiring>,
}

impl Registered {
    /// Whether `digest` is that of a secret which is valid at `now`; each is compared, even
    /// after a match.
    pub fn has_secret(&self, digest: &str, now: UnixTime) -> bool {
        let current = self.application.client_secret_digest.as_deref().filter(|it| !it.is_empty());
        let is = |known: &str| constant_time_eq(digest.as_bytes(), known.as_bytes());
        let mut right = is(current.unwrap_or_default()) && current.is_some();
        for secret in &self.retiring {
            right |= is(&secret.digest) && current.is_some() && now < secret.ends_at;
        }
        right
    }

    /// Whether neither the application nor its organization is disabled.
    pub const fn is_enabled(&self) -> bool {
        !self.application.is_disabled && self.organization_is_live
    }

    /// The application, unless it or its organization is disabled.
    pub fn enabled(self) -> Option<Application> {
        self.is_enabled().then_some(self.application)
    }
}

/// The client with that `client_id`.
pub fn find(client_id: &str) -> Query<Option<Registered>> {
    selected("client_id = ?1", client_id)
}

/// The client for which `condition` over `?1` holds.
pub(super) fn selected(condition: &str, value: &str) -> Query<Option<Registered>> {
    let statement = Statement::new(format!(
        "SELECT applications.*, {ORGANIZATION_IS_LIVE}, {OF_CLIENT} AS retiring \
         FROM applications WHERE {condition}"
    ));
    Query::rows(statement.bind(value), |rows| rows.into_iter().next().map(registered).transpose())
}

/// The client of the tokens that a key obtains for users: the one that the key is bound to, else that of
/// the id `client_id`, else the first one of its organization that is in use, its own before those
/// that the platform has for it. No other organization's.
pub fn of_key(key_id: &str, client_id: Option<&str>) -> Query<Option<Registered>> {
    let statement = Statement::new(format!(
        "SELECT applications.*, {ORGANIZATION_IS_LIVE}, NULL AS retiring \
         FROM keys JOIN applications \
         ON applications.organization = keys.owner WHERE keys.id = ?1 \
         AND client_id = coalesce(keys.application, ?2, client_id) \
         ORDER BY applications.is_disabled, applications.owner = keys.owner DESC, \
         applications.name LIMIT 1"
    ));
    Query::rows(statement.bind(key_id).bind(client_id), |rows| {
        rows.into_iter().next().map(registered).transpose()
    })
}

/// The client that `name` means: a `client_id`, `owner/name`, or the name of one of the platform's
/// applications, or of the only application of that name. A tenant's application does not shadow a
/// platform application of the same name.
pub fn named(name: &str) -> Query<Option<Registered>> {
    #[derive(Deserialize)]
    struct Ranked {
        rank: i64,
    }
    let statement = Statement::new(format!(
        "SELECT applications.*, {ORGANIZATION_IS_LIVE}, {OF_CLIENT} AS retiring, CASE WHEN client_id = ?1 THEN 0 \
         WHEN owner || '/' || name = ?1 THEN 1 WHEN owner = 'admin' THEN 2 ELSE 3 END AS rank \
         FROM applications WHERE name = ?1 OR (owner = ?2 AND name = ?3) OR client_id = ?1 \
         ORDER BY rank LIMIT 2"
    ));
    let (owner, of_owner) = name.split_once('/').unwrap_or_default();
    Query::rows(statement.bind(name).bind(owner).bind(of_owner), |rows| {
        let rank = |row: &Row| row.clone().into_record().map(|Ranked { rank }| rank);
        let ranks = rows.iter().map(rank).collect::<Result<Vec<_>, _>>()?;
        if matches!(ranks.as_slice(), [first, second] if first == second) {
            return Ok(None);
        }
        rows.into_iter().next().map(registered).transpose()
    })
}

fn registered(row: Row) -> Result<Registered, DatabaseError> {
    #[derive(Deserialize)]
    struct Secrets {
        #[serde(deserialize_with = "json")]
        retiring: Vec<Retiring>,
    }
    let organization_is_live = row.is_set("organization_is_live");
    let Secrets { retiring } = row.clone().into_record()?;
    Ok(Registered { application: row.into_record()?, organization_is_live, retiring })
}
