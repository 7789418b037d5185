//! Passkeys and security keys in an export. The API lists those of one user and cannot register
//! them from a description; a platform import stores them as they are in the file.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    export::{Page, Place},
    restore::is_id,
};
use crate::{
    core::{
        directory::{Line, ObjectName, Text, read},
        encoding::from_base64url,
    },
    origin::{
        Origin,
        domain::{
            change_error::ChangeError,
            resource::{self, Resource as _},
        },
        http::RestError,
        store::{
            keyset::Part,
            query::load,
            resource::{self as rows, find},
            users::{Named, target},
            webauthn_credentials::WebauthnCredential,
        },
    },
    ports::DatabaseError,
};

/// Maximum size of a credential id (Web Authentication §4) and of a COSE key, in bytes.
const MAXIMUM_ID: usize = 1023;
const MAXIMUM_KEY: usize = 2048;

/// A page of the credentials of the users of an organization.
pub(super) async fn page(
    origin: &Origin,
    organization: &str,
    place: &Place,
    limit: usize,
) -> Result<Page, RestError> {
    let offset = match place {
        Place::Offset(offset) => *offset,
        Place::Cursor(_) => 0,
    };
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let page = rows::Page {
        owner: Some(organization.to_owned()),
        part: Part { limit: whole(limit), offset: whole(offset), after: None },
        ..rows::Page::default()
    };
    let found = rows::list::<WebauthnCredential>(&page, origin.clock.now());
    let found = found.fetch(&*origin.database).await?;
    let next = (found.len() == limit).then_some(Place::Offset(offset + limit));
    let views = found.iter().map(|record| serde_json::to_value(record.view()).unwrap_or_default());
    let objects = views.filter_map(|view| match view {
        Value::Object(object) => Some(object),
        _ => None,
    });
    Ok(Page { objects: objects.collect(), next })
}

/// A credential in a line.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the flags of the specification")]
struct Sent {
    id: String,
    name: String,
    display_name: String,
    user: String,
    credential_id: String,
    public_key: String,
    aaguid: String,
    attachment: String,
    attestation_type: String,
    attestation_format: String,
    transport: Vec<String>,
    sign_count: u32,
    user_present: bool,
    user_verified: bool,
    backup_eligible: bool,
    backup_state: bool,
    clone_warning: bool,
    created_time: String,
}

/// Stores the credential of a line for a user of `organization`; false if it exists. The inner
/// error is the reason of a refusal.
pub(super) async fn store(
    origin: &Origin,
    organization: &str,
    members: Map<String, Value>,
) -> Result<Result<bool, String>, RestError> {
    let sent: Sent = match read(members) {
        Ok(sent) => sent,
        Err(why) => return Ok(Err(why.to_string())),
    };
    let name = sent.user.strip_prefix(organization).and_then(|name| name.strip_prefix('/'));
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(Err("user: is not a user of the organization".to_owned()));
    };
    let now = origin.clock.now();
    let queries = (
        target(Named::Name { owner: organization, name }),
        find::<WebauthnCredential>(organization, &sent.name, now),
    );
    let (user, existing) = load(&*origin.database, queries).await?;
    if existing.is_some() {
        return Ok(Ok(false));
    }
    let Some(user) = user else { return Ok(Err(format!("user: {name:.100} does not exist"))) };
    let record = match record(origin, organization, &user.user.id, sent) {
        Ok(record) => record,
        Err(why) => return Ok(Err(why)),
    };
    match resource::create(origin, &record).await {
        Ok(()) => Ok(Ok(true)),
        Err(ChangeError::Database(DatabaseError::Conflict)) => {
            Ok(Err("another credential has its id or credentialId".to_owned()))
        }
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(refused) => Ok(Err(refused.to_string())),
    }
}

fn record(
    origin: &Origin,
    organization: &str,
    user_id: &str,
    sent: Sent,
) -> Result<WebauthnCredential, String> {
    let lines = [&sent.display_name, &sent.aaguid, &sent.attachment, &sent.attestation_type];
    for text in lines.into_iter().chain([&sent.attestation_format]).chain(&sent.transport) {
        Line::read(text).map_err(|why| format!("{text:.100}: {why}"))?;
    }
    if sent.transport.len() > 16 {
        return Err("transport: has more than 16 entries".to_owned());
    }
    let binary = |member: &str, text: &str, most: usize| match from_base64url(text) {
        Some(bytes) if (1..=most).contains(&bytes.len()) => Ok(()),
        _ => Err(format!("{member}: is not base64url of 1 to {most} bytes")),
    };
    binary("credentialId", &sent.credential_id, MAXIMUM_ID)?;
    binary("publicKey", &sent.public_key, MAXIMUM_KEY)?;
    let name = ObjectName::read(&sent.name).map_err(|why| format!("name: {why}"))?;
    let mut meta = resource::meta(origin, organization, name.as_str());
    meta.display_name = sent.display_name;
    if is_id(&sent.id) {
        meta.id = sent.id;
    }
    meta.created_at = sent.created_time.parse().unwrap_or(meta.created_at);
    Ok(WebauthnCredential {
        meta,
        user_id: user_id.to_owned(),
        user: Some(sent.user),
        credential_id: sent.credential_id,
        public_key: sent.public_key,
        aaguid: sent.aaguid,
        attachment: sent.attachment,
        attestation_type: sent.attestation_type,
        attestation_format: sent.attestation_format,
        transports: sent.transport,
        sign_count: sent.sign_count.into(),
        user_present: sent.user_present,
        user_verified: sent.user_verified,
        backup_eligible: sent.backup_eligible,
        backup_state: sent.backup_state,
        clone_warning: sent.clone_warning,
        used_at: None,
    })
}
