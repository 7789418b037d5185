//! The keys of SAML of an organization, for its administrators.

use serde::{Deserialize, Serialize};

use crate::{
    core::{
        directory::{Invalid, OrgName, Patch, Timestamp},
        encoding::{certificate_pem, from_base64url},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, owner_query::OwnerQuery},
            endpoint::{Call, Json, View, Who, endpoint},
        },
        domain::{
            change_error::ChangeError,
            saml::keys::{self, RotationError, Use},
        },
        http::RestError,
        store::{organizations, saml_keys::SamlKey},
    },
};

/// How long a successor is published before it signs if the call does not say, in seconds: partners that read
/// metadata by hand need the time.
const NOTICE: i64 = 30 * 24 * 3600;

/// The longest notice, in seconds.
const LONGEST_NOTICE: i64 = 365 * 24 * 3600;

endpoint! {
    /// Lists the SAML keys of an organization, with their certificates.
    ///
    /// The first one is made when the metadata is first read. A key signs for three years; its successor is announced
    /// 90 days before.
    pub ListSamlKeys = GET "/v1/iam/saml-keys" as "listSamlKeys",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: OwnerQuery,
    reply: View<SamlKeyList>,
    error: RestError;
    list
}

endpoint! {
    /// Announces a SAML key: it is in the metadata at once, and signs from `signsFrom` on.
    ///
    /// The present key then decrypts for 30 days more.
    pub AnnounceSamlKey = POST "/v1/iam/saml-keys" as "announceSamlKey",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<Announcement>,
    reply: View<SamlKeyList>,
    error: RestError;
    announce
}

endpoint! {
    /// Discards a SAML key that may have leaked: it neither signs nor decrypts, and is not in the metadata.
    ///
    /// If it is the one that signs, the announced key signs from now on, or a new one if none is announced. Partners
    /// refuse what it signs until they have the new metadata.
    pub DiscardSamlKey = DELETE "/v1/iam/saml-keys/{owner}/{kid}" as "discardSamlKey",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<SamlKeyList>,
    error: RestError;
    discard
}

/// A key that is announced.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "SamlKeyAnnouncement"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Announcement {
    /// The organization; the caller's if absent.
    owner: Option<String>,
    /// When it begins to sign, within a year; in 30 days if absent.
    #[serde(default)]
    signs_from: Patch<Timestamp>,
}

/// The SAML keys of an organization.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SamlKeyList {
    /// The one that signs last first.
    saml_keys: Vec<SamlKeyView>,
}

/// A SAML key.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "SamlKey"))]
#[serde(rename_all = "camelCase")]
pub struct SamlKeyView {
    /// Its name: the thumbprint of the public key (RFC 7638).
    kid: String,
    /// `announced`, `signing` or `kept`: that one decrypts only.
    state: &'static str,
    /// The certificate, in PEM.
    certificate: String,
    /// When it was made, and published.
    created_time: Timestamp,
    /// Its first second as the signing key.
    signs_from: Timestamp,
}

impl From<(SamlKey, Use)> for SamlKeyView {
    fn from((key, usage): (SamlKey, Use)) -> Self {
        let state = match usage {
            Use::Announced => "announced",
            Use::Signing => "signing",
            Use::Kept => "kept",
        };
        Self {
            certificate: certificate_pem(&from_base64url(&key.certificate).unwrap_or_default()),
            created_time: Timestamp(key.created_at),
            signs_from: Timestamp(key.signs_from),
            kid: key.kid,
            state,
        }
    }
}

impl From<RotationError> for RestError {
    fn from(error: RotationError) -> Self {
        match error {
            RotationError::Unknown => Self::not_found(),
            RotationError::Announced => ChangeError::Conflict(error.to_string()).into(),
            RotationError::Key(error) => Self::internal(error),
        }
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListSamlKeys>,
) -> Result<View<SamlKeyList>, RestError> {
    let owner = call.query.owner(&call.caller);
    call.caller.administering(owner)?;
    listed(origin, owner).await
}

async fn announce(
    origin: &Origin,
    call: Call<'_, AnnounceSamlKey>,
) -> Result<View<SamlKeyList>, RestError> {
    let Json(Announcement { owner, signs_from }) = call.body;
    let owner = owner.as_ref().map_or(call.caller.principal.owner.as_str(), String::as_str);
    call.caller.writing(owner, true)?;
    let now = origin.clock.now();
    let signs_from = signs_from.given().map_or(now.plus(NOTICE), |from| from.0);
    if signs_from < now || signs_from > now.plus(LONGEST_NOTICE) {
        return Err(Invalid::member("signsFrom", "must be within a year from now").into());
    }
    if organizations::by_name(owner).fetch(&*origin.directory().database).await?.is_none() {
        return Err(RestError::not_found());
    }
    keys::announce(origin, owner, signs_from).await?;
    listed(origin, owner).await
}

async fn discard(
    origin: &Origin,
    call: Call<'_, DiscardSamlKey>,
) -> Result<View<SamlKeyList>, RestError> {
    let (owner, kid) = &call.path;
    call.caller.writing(owner.as_str(), true)?;
    keys::discard(origin, owner.as_str(), kid).await?;
    listed(origin, owner.as_str()).await
}

async fn listed(origin: &Origin, owner: &str) -> Result<View<SamlKeyList>, RestError> {
    let keys = keys::list(origin, owner).await?;
    Ok(View(SamlKeyList { saml_keys: keys.into_iter().map(SamlKeyView::from).collect() }))
}
