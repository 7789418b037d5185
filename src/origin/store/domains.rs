//! Email domains claimed by organizations.

use serde::Deserialize;

use super::query::Query;
use crate::{
    core::time::UnixTime,
    ports::{Statement, flag},
};

/// A domain that an organization has claimed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Domain {
    /// In lower case.
    pub domain: String,
    /// The organization.
    pub owner: String,
    /// The organization's provider for the domain; empty if none.
    pub provider: String,
    /// Whether they sign in by it only.
    #[serde(deserialize_with = "flag")]
    pub is_enforced: bool,
    /// The token expected in DNS.
    pub token: String,
    /// When the DNS had it; `None`: it has not yet.
    pub verified_at: Option<UnixTime>,
    /// When it was claimed.
    pub created_at: UnixTime,
}

/// The domains of that organization.
pub fn of_owner(owner: &str) -> Query<Vec<Domain>> {
    Query::all(Statement::new("SELECT * FROM domains WHERE owner = ?1 ORDER BY domain").bind(owner))
}

/// The domain as that organization has claimed it.
pub fn find(owner: &str, domain: &str) -> Query<Option<Domain>> {
    let sql = "SELECT * FROM domains WHERE domain = ?1 AND owner = ?2";
    Query::first(Statement::new(sql).bind(domain).bind(owner))
}

/// The domain, if it has been verified for an organization.
pub fn verified(domain: &str) -> Query<Option<Domain>> {
    let sql = "SELECT * FROM domains WHERE domain = ?1 AND verified_at IS NOT NULL";
    Query::first(Statement::new(sql).bind(domain))
}

/// Claims the domain, unless the organization has claimed `most`, or changes the provider of a claim. Returns a
/// row if it did.
pub fn claim(domain: &Domain, most: i64) -> Statement {
    let sql = "INSERT INTO domains (domain, owner, provider, is_enforced, token, created_at) \
               SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
               WHERE (SELECT count(*) FROM domains WHERE owner = ?2 AND domain <> ?1) < ?7 \
               ON CONFLICT (domain, owner) DO UPDATE SET provider = ?3, is_enforced = ?4 RETURNING domain";
    Statement::new(sql)
        .bind(&domain.domain)
        .bind(&domain.owner)
        .bind(&domain.provider)
        .bind(domain.is_enforced)
        .bind(&domain.token)
        .bind(domain.created_at)
        .bind(most)
}

/// Notes that the DNS has the token of that organization, and no longer that of another one.
pub fn verify(owner: &str, domain: &str, now: UnixTime) -> [Statement; 2] {
    let of_others = "UPDATE domains SET verified_at = NULL WHERE domain = ?1 AND owner <> ?2";
    let of_owner =
        "UPDATE domains SET verified_at = ?3 WHERE domain = ?1 AND owner = ?2 RETURNING domain";
    [
        Statement::new(of_others).bind(domain).bind(owner),
        Statement::new(of_owner).bind(domain).bind(owner).bind(now),
    ]
}

/// Gives the domain up. Returns a row if the organization had claimed it.
pub fn remove(owner: &str, domain: &str) -> Statement {
    let sql = "DELETE FROM domains WHERE domain = ?1 AND owner = ?2 RETURNING domain";
    Statement::new(sql).bind(domain).bind(owner)
}
