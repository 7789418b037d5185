//! Passkeys and security keys: the relying party, the policy of an organization, the options of ceremonies,
//! and the record of a credential.

use serde_json::Value;

use super::{
    audit::Subject,
    change::{Change, Position},
    resource::{self, Resource},
};
use crate::{
    core::{
        device,
        encoding::hex,
        webauthn::{
            Account, Attachment, Base64Url, Challenge, CoseAlgorithm, Creation, CredentialKey,
            CredentialRecord, Descriptor, Policy, RelyingParty, Request, Requirement, UserHandle,
            VerifiedRegistration,
        },
    },
    origin::{
        Origin,
        store::{
            organizations::Organization, resource as rows, users::User,
            webauthn_credentials::WebauthnCredential,
        },
    },
};

/// The attribute of an organization that has its authenticator policy.
const ATTRIBUTE: &str = "passkeyPolicy";

/// The relying party of the host that the client used: the issuer's host, whose pages and related origins
/// may use its credentials.
pub fn relying_party(origin: &Origin, base: &str) -> RelyingParty {
    let issuer = origin.config.issuer_for(base);
    let authority = issuer.split_once("://").map_or(issuer, |(_, authority)| authority);
    let id = authority.split_once(':').map_or(authority, |(host, _)| host);
    let mut origins = vec![issuer.to_owned()];
    origins.extend(origin.config.related_origins.iter().cloned());
    RelyingParty { id: id.to_owned(), name: id.to_owned(), origins, embedders: Vec::new() }
}

/// The authenticator policy of an organization.
pub fn policy(organization: Option<&Organization>) -> Policy {
    stated(organization)
        .and_then(|stated| serde_json::from_value(stated.clone()).ok())
        .unwrap_or_default()
}

/// The policy of a passkey that follows another factor: a security key without PIN suffices unless the
/// organization demands user verification.
pub fn second_policy(organization: Option<&Organization>) -> Policy {
    let is_stated = stated(organization).is_some_and(|it| it.get("userVerification").is_some());
    let policy = policy(organization);
    if is_stated { policy } else { policy.with_user_verification(Requirement::Preferred) }
}

fn stated(organization: Option<&Organization>) -> Option<&Value> {
    organization?.attributes.get(ATTRIBUTE)
}

/// The user handle for authenticators: the id, which reveals nothing about the user. `None` for an
/// imported id longer than 64 bytes.
pub fn handle(user_id: &str) -> Option<UserHandle> {
    UserHandle::new(user_id.as_bytes())
}

/// The options of a sign-in. `allowed`: the credentials of a person who has proven another factor; none
/// before that.
pub fn request(
    relying_party: &RelyingParty,
    policy: &Policy,
    challenge: &Challenge,
    allowed: &[WebauthnCredential],
) -> Value {
    let allow = descriptors(allowed);
    Request { relying_party, policy, challenge, allow: &allow, hints: &[] }.to_json()
}

/// The options of a registration for `user`, who has the credentials of `held`.
pub fn creation(
    relying_party: &RelyingParty,
    policy: &Policy,
    challenge: &Challenge,
    user: &User,
    held: &[WebauthnCredential],
) -> Option<Value> {
    let handle = handle(&user.id)?;
    let exclude = descriptors(held);
    let name = if user.email.is_empty() { &user.name } else { &user.email };
    let account = Account { handle: &handle, name, display_name: &user.display_name };
    let algorithms = &CoseAlgorithm::ALL;
    let options = Creation {
        relying_party,
        policy,
        challenge,
        account,
        algorithms,
        exclude: &exclude,
        hints: &[],
    };
    Some(options.to_json())
}

fn descriptors(credentials: &[WebauthnCredential]) -> Vec<Descriptor> {
    let one = |credential: &WebauthnCredential| {
        let id = Base64Url::from_text(&credential.credential_id)?;
        Some(Descriptor { id, transports: credential.transports.clone() })
    };
    credentials.iter().filter_map(one).collect()
}

/// The credential as the verification of a sign-in reads it; `None` if it is not one that was registered.
pub fn record(credential: &WebauthnCredential) -> Option<CredentialRecord> {
    let key = Base64Url::from_text(&credential.public_key)?;
    Some(CredentialRecord {
        id: Base64Url::from_text(&credential.credential_id)?,
        user: handle(&credential.user_id)?,
        key: CredentialKey::from_cose(&key.0)?,
        sign_count: u32::try_from(credential.sign_count).ok()?,
        aaguid: credential.aaguid.parse().unwrap_or_default(),
        backup_eligible: credential.backup_eligible,
    })
}

/// Registers a verified credential of `user`, which the browser with that `User-Agent` made. Each statement of
/// those positions has to take effect: none does if the user or the organization has the most already. A
/// batch with an id that another credential has fails as a conflict.
pub fn register(
    origin: &Origin,
    change: &mut Change,
    user: &User,
    verified: &VerifiedRegistration,
    user_agent: &str,
) -> (WebauthnCredential, Vec<Position>) {
    let name = hex(&origin.random.bytes::<16>());
    let mut meta = resource::meta(origin, &user.owner, &name);
    meta.display_name = display_name(verified, user_agent);
    let credential = WebauthnCredential {
        meta,
        user_id: user.id.clone(),
        user: Some(format!("{}/{}", user.owner, user.name)),
        credential_id: verified.credential_id().to_string(),
        public_key: verified.public_key().to_string(),
        aaguid: verified.aaguid().to_string(),
        attachment: verified.attachment().map_or("", Attachment::name).to_owned(),
        attestation_type: verified.attestation().name().to_owned(),
        attestation_format: verified.format().to_owned(),
        transports: verified.transports().to_vec(),
        sign_count: verified.sign_count().into(),
        user_present: verified.user_present(),
        user_verified: verified.user_verified(),
        backup_eligible: verified.backup_eligible(),
        backup_state: verified.backup_state(),
        clone_warning: false,
        used_at: None,
    };
    change.record(Subject::created(&credential));
    // One statement, as a credential has no members.
    let statements = rows::insert(&credential, WebauthnCredential::QUOTA);
    let required = statements.into_iter().map(|statement| change.decide(statement)).collect();
    (credential, required)
}

/// `Passkey (Safari on iPhone)`, or a security key, which cannot be synced and is not part of the device.
fn display_name(verified: &VerifiedRegistration, user_agent: &str) -> String {
    let is_key =
        verified.attachment() == Some(Attachment::CrossPlatform) && !verified.backup_eligible();
    let kind = if is_key { "Security key" } else { "Passkey" };
    match device::name(user_agent) {
        name if name.is_empty() => kind.to_owned(),
        name => format!("{kind} ({name})"),
    }
}
