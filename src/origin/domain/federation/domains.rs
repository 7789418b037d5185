//! Email domains of an organization: claim, DNS verification, and home realm discovery.

use serde::Deserialize;
use serde_json::json;

use super::{Refusal, documents::ask};
use crate::{
    core::{
        encoding::base64url,
        federation::{domain_of, is_domain},
    },
    origin::{
        Origin,
        domain::{audit::Subject, change::Change, change_error::ChangeError, commit::commit},
        store::domains::{self as rows, Domain},
    },
    ports::{DatabaseError, HttpRequest},
};

/// Maximum number of domains per organization.
const MOST: i64 = 100;

/// Name of the DNS record check.
const CHECK: &str = "DNS";

/// Why a domain is not verified.
#[derive(Debug, thiserror::Error)]
pub enum DomainError {
    /// The organization has not claimed it.
    #[error("the domain has not been claimed")]
    Unknown,
    /// The DNS record is missing or has another value.
    #[error("{0} has no TXT record {1:?} yet")]
    NoRecord(String, String),
    /// The DNS query failed.
    #[error("the DNS could not be asked: {0}")]
    NotAsked(Refusal),
    /// The database failed.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<DatabaseError> for DomainError {
    fn from(error: DatabaseError) -> Self {
        Self::Change(error.into())
    }
}

/// The name of the TXT record of a domain.
pub fn record_name(domain: &str) -> String {
    format!("_hanzo-iam.{domain}")
}

/// The value of the TXT record.
pub fn record_value(domain: &Domain) -> String {
    format!("hanzo-iam={}", domain.token)
}

/// Claims the domain for an organization; `None` if it is not a valid domain or the limit is
/// reached.
pub async fn claim(
    origin: &Origin,
    owner: &str,
    domain: &str,
    (provider, is_enforced): (&str, bool),
) -> Result<Option<Domain>, ChangeError> {
    let domain = domain.trim().to_ascii_lowercase();
    if !is_domain(&domain) {
        return Ok(None);
    }
    let claimed = Domain {
        domain,
        owner: owner.to_owned(),
        provider: provider.to_owned(),
        is_enforced,
        token: base64url(&origin.random.bytes::<18>()),
        verified_at: None,
        created_at: origin.clock.now(),
    };
    let facts = json!({"provider": provider, "isEnforced": is_enforced});
    let mut change = Change::of(Subject::with(owner, "domain", &claimed.domain, &facts));
    let position = change.decide(rows::claim(&claimed, MOST));
    let directory = origin.directory();
    if !commit(&directory, change).await?.took_effect(position) {
        return Ok(None);
    }
    Ok(rows::find(owner, &claimed.domain).fetch(&*directory.database).await?)
}

/// Verifies the organization's claim against DNS.
pub async fn verify(origin: &Origin, owner: &str, domain: &str) -> Result<Domain, DomainError> {
    let directory = origin.directory();
    let found = rows::find(owner, domain).fetch(&*directory.database).await?;
    let mut claimed = found.ok_or(DomainError::Unknown)?;
    let (name, value) = (record_name(domain), record_value(&claimed));
    let records = txt(origin, &name).await.map_err(DomainError::NotAsked)?;
    if !records.contains(&value) {
        return Err(DomainError::NoRecord(name, value));
    }
    let now = origin.clock.now();
    let facts = json!({"change": "verified"});
    let mut change = Change::of(Subject::with(owner, "domain", domain, &facts));
    let [of_others, of_owner] = rows::verify(owner, domain, now);
    change.write(of_others);
    let position = change.decide(of_owner);
    if !commit(&directory, change).await?.took_effect(position) {
        return Err(DomainError::Unknown);
    }
    claimed.verified_at = Some(now);
    Ok(claimed)
}

/// Removes the claim.
pub async fn remove(origin: &Origin, owner: &str, domain: &str) -> Result<bool, ChangeError> {
    let facts = json!({"change": "removed"});
    let mut change = Change::of(Subject::with(owner, "domain", domain, &facts));
    let position = change.decide(rows::remove(owner, domain));
    Ok(commit(&origin.directory(), change).await?.took_effect(position))
}

/// The verified domain of an e-mail address entered as login; `None` if it is not an address or the
/// domain is not verified.
pub async fn of_login(origin: &Origin, login: &str) -> Result<Option<Domain>, DatabaseError> {
    let Some(domain) = domain_of(login) else { return Ok(None) };
    rows::verified(&domain).fetch(&*origin.directory().database).await
}

/// The TXT records of `name`, queried with DNS over HTTPS (JSON format).
async fn txt(origin: &Origin, name: &str) -> Result<Vec<String>, Refusal> {
    #[derive(Deserialize)]
    struct Answers {
        #[serde(rename = "Answer", default)]
        answers: Vec<Answer>,
    }
    #[derive(Deserialize)]
    struct Answer {
        data: String,
    }
    let request = HttpRequest {
        method: "GET",
        url: format!("{}?name={name}&type=TXT", origin.config.dns_over_https),
        headers: vec![("accept", "application/dns-json".to_owned())],
        body: Vec::new(),
    };
    let response = ask(origin, CHECK, request).await?;
    let answers: Option<Answers> = response.json().filter(|_| response.is_success());
    let answers = answers
        .ok_or_else(|| Refusal::new(CHECK, format!("the resolver answered {}", response.status)))?;
    // A record is one or more quoted strings (RFC 1035 §3.3.14).
    let text = |answer: Answer| answer.data.replace("\" \"", "").trim_matches('"').to_owned();
    Ok(answers.answers.into_iter().map(text).collect())
}
