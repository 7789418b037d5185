//! Certificates: the public part of the platform's signing keys. The JWKS is authoritative; private
//! keys are neither shown nor accepted.

use http::StatusCode;
use serde::Serialize;
use serde_json::Map;

use super::{
    caller::DirectoryCaller,
    paging::{ListOf, Listed, Paging},
};
use crate::{
    core::{
        directory::{Invalid, OrgName, Patch, Timestamp, is_secret_member, read},
        principal::PLATFORM_ORGANIZATION,
        time::UnixTime,
        token::{Algorithm, KeyId, PublicKey, rotation::Phase},
    },
    origin::{
        Origin,
        api::endpoint::{
            Audit, Call, Deleted, Entity, Object, Parameter, Patched, Query, View, Who, endpoint,
        },
        domain::{commit::commit, keyring},
        http::{Conditions, EntityTag, Parameters, RestError},
        store::{
            keyset::BY_NAME,
            signing_keys::{self, SigningKey},
        },
    },
    ports::Value,
};

endpoint! {
    /// Lists the platform's signing certificates.
    ///
    /// The JWKS has the same public keys.
    pub ListCerts = GET "/v1/iam/certs" as "listCerts", who: Who::Directory;
    caller: DirectoryCaller,
    query: CertQuery,
    reply: View<ListOf<CertView>>,
    error: RestError;
    list
}

endpoint! {
    /// Announces a new signing key before that is due.
    ///
    /// It signs a day later, when all verifiers know it. Private keys are made here and not taken.
    pub CreateCert = POST "/v1/iam/certs" as "createCert", who: Who::Platform;
    caller: DirectoryCaller,
    body: Object<CertPatch>,
    reply: View<CertView>,
    error: RestError;
    create
}

endpoint! {
    /// Returns a signing certificate.
    pub GetCert = GET "/v1/iam/certs/{owner}/{name}" as "getCert", who: Who::Directory;
    caller: DirectoryCaller,
    path: (OrgName, KeyId),
    reply: Entity<CertView>,
    error: RestError;
    get
}

endpoint! {
    /// Refuses to change a signing certificate: create a new one instead.
    pub UpdateCert = PUT "/v1/iam/certs/{owner}/{name}" as "updateCert", who: Who::Platform,
    audit: Audit::Nothing("refuses");
    caller: DirectoryCaller,
    path: (OrgName, KeyId),
    body: Patched<CertPatch>,
    reply: Entity<CertView>,
    error: RestError;
    update
}

endpoint! {
    /// Discards a signing key whose private half may have leaked.
    ///
    /// Every token that it signed is refused from now on; another key signs at once.
    pub DeleteCert = DELETE "/v1/iam/certs/{owner}/{name}" as "deleteCert", who: Who::Platform;
    caller: DirectoryCaller,
    path: (OrgName, KeyId),
    reply: View<Deleted>,
    error: RestError;
    delete
}

/// What a request says of a certificate.
#[derive(Debug, Default, serde::Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct CertPatch {
    /// Always `admin`.
    owner: Patch<OrgName>,
    /// `ES256`, which is the default, or `RS256`.
    crypto_algorithm: Patch<String>,
}

/// The requested part of the list.
#[derive(Debug)]
pub struct CertQuery {
    owner: Option<String>,
    paging: Paging,
}

impl Query for CertQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "The organization: only `admin` has certificates."),
        Paging::LIMIT,
        Paging::CURSOR,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let owner = parameters.get("owner").map(str::to_owned);
        Ok(Self { owner, paging: Paging::by(BY_NAME, parameters)? })
    }
}

/// The public part of a signing key.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CertView {
    /// The same as `name`.
    id: String,
    /// Always `admin`.
    owner: &'static str,
    /// The `kid`: RFC 7638 thumbprint.
    name: String,
    /// Its algorithm and state, for people.
    display_name: String,
    /// `JWT`: what it signs.
    scope: &'static str,
    /// `x509`: the form of `certificate`.
    r#type: &'static str,
    /// The `alg` of what it signs.
    crypto_algorithm: &'static str,
    /// The public key as an unsigned X.509 certificate (RFC 9925), in PEM.
    certificate: String,
    /// The public key as the JWKS has it, as JSON text.
    jwk: String,
    /// `announced`, `signing`, `retired` or `removed`.
    state: &'static str,
    /// When it was made.
    created_time: Timestamp,
    /// From when on it signs.
    signs_from: Timestamp,
    /// When it leaves the JWKS; empty: that is not known yet.
    expire_time: String,
}

impl Listed for CertView {
    const PLURAL: &'static str = "certs";
}

impl CertView {
    fn of(key: SigningKey, now: UnixTime) -> Self {
        let state = match key.term().phase(now) {
            Phase::Announced => "announced",
            Phase::Signing => "signing",
            Phase::Retired => "retired",
            Phase::Removed => "removed",
        };
        let public = PublicKey::from_jwk(&key.public_jwk);
        let certificate = public.and_then(|it| it.to_certificate(key.created_at, key.removed_at));
        Self {
            id: key.kid.0.clone(),
            owner: PLATFORM_ORGANIZATION,
            display_name: format!("{} ({state})", key.algorithm.name()),
            name: key.kid.0,
            scope: "JWT",
            r#type: "x509",
            crypto_algorithm: key.algorithm.name(),
            certificate: certificate.unwrap_or_default(),
            jwk: key.public_jwk,
            state,
            created_time: Timestamp(key.created_at),
            signs_from: Timestamp(key.signs_from),
            expire_time: key.removed_at.map(|time| time.to_string()).unwrap_or_default(),
        }
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListCerts>,
) -> Result<View<ListOf<CertView>>, RestError> {
    let Call { caller, query, .. } = call;
    if let Some(owner) = query.owner.as_deref().filter(|owner| *owner != PLATFORM_ORGANIZATION) {
        caller.scoped_to(owner)?;
        // An organization has no certificates of its own.
        return Ok(View(ListOf { entries: Vec::new(), total: 0, cursor: String::new() }));
    }
    let now = origin.clock.now();
    let mut keys = signing_keys::all(&*origin.database).await?;
    let total = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    keys.sort_by(|one, other| one.kid.0.cmp(&other.kid.0));
    let place =
        |key: &SigningKey| vec![PLATFORM_ORGANIZATION.into(), Value::Text(key.kid.0.clone())];
    let after = query.paging.after.as_ref().and_then(|after| after.last());
    if let Some(Value::Text(after)) = after {
        keys.retain(|key| key.kid.0 > *after);
    }
    let cursor = query.paging.next(BY_NAME, &mut keys, place);
    let entries = keys.into_iter().map(|key| CertView::of(key, now)).collect();
    Ok(View(ListOf { entries, total, cursor }))
}

async fn find(origin: &Origin, (owner, kid): &(OrgName, KeyId)) -> Result<CertView, RestError> {
    let keys = signing_keys::all(&*origin.database).await?;
    let is_it = |key: &SigningKey| owner.as_str() == PLATFORM_ORGANIZATION && key.kid == *kid;
    let key = keys.into_iter().find(is_it).ok_or_else(RestError::not_found)?;
    Ok(CertView::of(key, origin.clock.now()))
}

async fn get(origin: &Origin, call: Call<'_, GetCert>) -> Result<Entity<CertView>, RestError> {
    let view = find(origin, &call.path).await?;
    let tag = EntityTag::new(&view.name, 0).computed(view.state.len());
    Ok(Entity::unless_known(tag, view, call.request))
}

/// Refuses private keys before any other check. A blank member that is written back changes
/// nothing.
fn refuse_private(members: &Map<String, serde_json::Value>) -> Result<(), Invalid> {
    let is_private = |(name, value): &(&String, &serde_json::Value)| {
        (is_secret_member(name) || name.eq_ignore_ascii_case("certificate"))
            && !value.is_null()
            && !matches!(value.as_str(), Some("" | "***"))
    };
    match members.iter().find(is_private) {
        None => Ok(()),
        Some((name, _)) => Err(Invalid::member(
            name,
            "cannot be sent: signing keys are made by this server, and their private half never \
             enters or leaves it",
        )),
    }
}

async fn create(origin: &Origin, call: Call<'_, CreateCert>) -> Result<View<CertView>, RestError> {
    let Object(members, _) = call.body;
    refuse_private(&members)?;
    let sent: CertPatch = read(members)?;
    sent.owner.unchanged("owner", PLATFORM_ORGANIZATION)?;
    let algorithm = match sent.crypto_algorithm.as_given().map(String::as_str) {
        None => Algorithm::Es256,
        Some(name) => Algorithm::from_name(name)
            .ok_or_else(|| Invalid::member("cryptoAlgorithm", "must be ES256 or RS256"))?,
    };
    let succeeding = keyring::succeeding(origin, algorithm).await?;
    let (change, kid) = succeeding.ok_or_else(|| {
        let why = "a new key of this algorithm is announced already";
        RestError::new(StatusCode::CONFLICT, why)
    })?;
    commit(origin, change).await?;
    let keys = signing_keys::all(&*origin.database).await?;
    let key = keys.into_iter().find(|key| key.kid == kid).ok_or_else(RestError::not_found)?;
    Ok(View(CertView::of(key, origin.clock.now())))
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateCert>,
) -> Result<Entity<CertView>, RestError> {
    refuse_private(&call.body.members)?;
    let view = find(origin, &call.path).await?;
    Conditions::of(call.request)
        .check(&EntityTag::new(&view.name, 0).computed(view.state.len()))?;
    let why = "a signing key does not change: POST /v1/iam/certs makes a new one";
    Err(RestError::new(StatusCode::CONFLICT, why))
}

async fn delete(origin: &Origin, call: Call<'_, DeleteCert>) -> Result<View<Deleted>, RestError> {
    let view = find(origin, &call.path).await?;
    let discarding = keyring::discarding(origin, &KeyId(view.name)).await?;
    commit(origin, discarding.ok_or_else(RestError::not_found)?).await?;
    Ok(View(Deleted::default()))
}
