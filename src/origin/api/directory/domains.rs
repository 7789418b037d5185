//! Email domains of an organization, which route users to its identity provider.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{acting::may_open_accounts, caller::DirectoryCaller, owner_query::OwnerQuery};
use crate::{
    core::{
        directory::{Invalid, OrgName, Timestamp},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Call, Json, View, Who, endpoint},
        domain::federation::domains::{self, DomainError, record_name, record_value},
        http::RestError,
        store::{
            domains::{self as rows, Domain},
            providers::Provider,
            resource::find,
        },
    },
};

endpoint! {
    /// Lists the domains that an organization has claimed, and the DNS record that proves each.
    pub ListDomains = GET "/v1/iam/domains" as "listDomains",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: OwnerQuery,
    reply: View<DomainList>,
    error: RestError;
    list
}

endpoint! {
    /// Claims a domain, or changes the provider of a claim.
    ///
    /// Once the DNS has its record and the claim is verified, people who type an address of the domain at a
    /// sign-in of the organization are led to the provider.
    pub ClaimDomain = POST "/v1/iam/domains" as "claimDomain",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<Claim>,
    reply: View<DomainView>,
    error: RestError;
    claim
}

endpoint! {
    /// Verifies that the DNS has the record of a claimed domain.
    ///
    /// A domain that was verified for another organization is no longer that one's.
    pub VerifyDomain = POST "/v1/iam/domains/{owner}/{domain}/verify" as "verifyDomain",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<DomainView>,
    error: RestError;
    verify
}

endpoint! {
    /// Gives a claimed domain up.
    pub RemoveDomain = DELETE "/v1/iam/domains/{owner}/{domain}" as "removeDomain",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<RemovedDomain>,
    error: RestError;
    remove
}

/// A claim of a domain.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "DomainClaim"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// The organization; the caller's if absent.
    owner: Option<String>,
    /// The domain: `example.com`.
    domain: String,
    /// The provider of the organization by which its people sign in; absent: none.
    provider: Option<String>,
    /// Whether people who type an address of the domain with a password are led to the provider too.
    #[serde(default)]
    is_enforced: bool,
}

/// The domains of an organization.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DomainList {
    /// In alphabetical order.
    domains: Vec<DomainView>,
}

/// A domain that an organization has claimed.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Domain"))]
#[serde(rename_all = "camelCase")]
pub struct DomainView {
    /// In lower case.
    domain: String,
    /// The organization.
    owner: String,
    /// The provider of the organization; empty: none.
    provider: String,
    /// Whether people who type an address of the domain with a password are led to the provider too.
    is_enforced: bool,
    /// Whether the DNS had the record when it was last asked.
    is_verified: bool,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_time: Option<Timestamp>,
    /// The name of the TXT record that proves the claim.
    record_name: String,
    /// Its value.
    record_value: String,
    /// When it was claimed.
    created_time: Timestamp,
}

/// A domain that has been given up.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RemovedDomain {
    /// Always true: a refusal is an error.
    affected: bool,
}

impl From<Domain> for DomainView {
    fn from(domain: Domain) -> Self {
        Self {
            record_name: record_name(&domain.domain),
            record_value: record_value(&domain),
            is_verified: domain.verified_at.is_some(),
            verified_time: domain.verified_at.map(Timestamp),
            created_time: Timestamp(domain.created_at),
            domain: domain.domain,
            owner: domain.owner,
            provider: domain.provider,
            is_enforced: domain.is_enforced,
        }
    }
}

async fn list(origin: &Origin, call: Call<'_, ListDomains>) -> Result<View<DomainList>, RestError> {
    let owner = call.query.owner(&call.caller);
    call.caller.administering(owner)?;
    let found = rows::of_owner(owner).fetch(&*origin.directory().database).await?;
    Ok(View(DomainList { domains: found.into_iter().map(DomainView::from).collect() }))
}

async fn claim(
    origin: &Origin,
    call: Call<'_, ClaimDomain>,
) -> Result<View<DomainView>, RestError> {
    let Json(Claim { owner, domain, provider, is_enforced }) = call.body;
    let owner = owner.as_ref().map_or(call.caller.principal.owner.as_str(), String::as_str);
    call.caller.writing(owner, true)?;
    may_open_accounts(origin, &call.caller).await?;
    let provider = provider.unwrap_or_default();
    if !provider.is_empty() {
        let found = find::<Provider>(owner, &provider, origin.clock.now());
        if found.fetch(&*origin.database).await?.is_none() {
            return Err(Invalid::member("provider", "is no provider of the organization").into());
        }
    }
    let claimed = domains::claim(origin, owner, &domain, (&provider, is_enforced)).await?;
    let refused = || Invalid::member("domain", "must be a domain, of which there may be 100");
    Ok(View(DomainView::from(claimed.ok_or_else(refused)?)))
}

async fn verify(
    origin: &Origin,
    call: Call<'_, VerifyDomain>,
) -> Result<View<DomainView>, RestError> {
    let (owner, domain) = &call.path;
    call.caller.writing(owner.as_str(), true)?;
    may_open_accounts(origin, &call.caller).await?;
    let verified = domains::verify(origin, owner.as_str(), &domain.to_ascii_lowercase()).await;
    verified.map(|domain| View(domain.into())).map_err(|error| match error {
        DomainError::Unknown => RestError::not_found(),
        DomainError::Change(error) => error.into(),
        error @ DomainError::NoRecord(..) => {
            RestError::new(StatusCode::CONFLICT, error.to_string()).coded("no_record")
        }
        error @ DomainError::NotAsked(_) => {
            RestError::new(StatusCode::BAD_GATEWAY, error.to_string()).coded("dns_failed")
        }
    })
}

async fn remove(
    origin: &Origin,
    call: Call<'_, RemoveDomain>,
) -> Result<View<RemovedDomain>, RestError> {
    let (owner, domain) = &call.path;
    call.caller.writing(owner.as_str(), true)?;
    if !domains::remove(origin, owner.as_str(), &domain.to_ascii_lowercase()).await? {
        return Err(RestError::not_found());
    }
    Ok(View(RemovedDomain { affected: true }))
}
