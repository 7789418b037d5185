//! Verifies authentications (§7.2).

use serde::Deserialize;

use super::{
    Aaguid, Base64Url, Challenge, CredentialKey, Refusal, RelyingParty, UserHandle,
    authenticator_data::AuthenticatorData,
    client_data::{self, Ceremony},
    policy::{CounterRegression, Policy},
};
use crate::core::{crypto::Signatures, encoding::sha256};

/// `AuthenticationResponseJSON` (§5.1.8.2), as `PublicKeyCredential.toJSON()` makes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AuthenticationResponse {
    /// The credential's id, by which its record is found.
    pub raw_id: Base64Url,
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the authenticator returned.
    pub response: AssertionResponse,
}

/// `AuthenticatorAssertionResponseJSON` (§5.2.2).
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AssertionResponse {
    /// The client data, as it is hashed.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: Base64Url,
    /// The authenticator data, as it is signed.
    #[serde(rename = "authenticatorData")]
    pub authenticator_data: Base64Url,
    /// The signature.
    pub signature: Base64Url,
    /// The account, which discoverable credentials say.
    #[serde(default, rename = "userHandle")]
    pub user_handle: Option<Base64Url>,
}

impl AuthenticationResponse {
    /// The challenge that the response says it answers, by which the record of the begin is found.
    pub fn challenge(&self) -> Option<Challenge> {
        client_data::challenge(&self.response.client_data_json.0)
    }
}

/// What an authentication must be, from the record of its begin.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedAuthentication<'a> {
    /// The relying party.
    pub relying_party: &'a RelyingParty,
    /// The policy of the user's organization.
    pub policy: &'a Policy,
    /// The challenge of the begin.
    pub challenge: &'a Challenge,
    /// The account, if it was known at the begin: of the identifier, or of the first factor. `None`: the
    /// credential must be discoverable, and its record says whose it is.
    pub user: Option<&'a UserHandle>,
    /// The ids that were asked for; any if there are none.
    pub allowed: &'a [Base64Url],
}

/// The record of a credential, found by the id of the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRecord {
    /// Its id.
    pub id: Base64Url,
    /// The account that it is registered for.
    pub user: UserHandle,
    /// Its key.
    pub key: CredentialKey,
    /// The counter of its last use.
    pub sign_count: u32,
    /// The model.
    pub aaguid: Aaguid,
    /// Whether it may be synced.
    pub backup_eligible: bool,
}

/// An authentication that has been verified: this account's credential signed this challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedAuthentication {
    user: UserHandle,
    credential_id: Base64Url,
    user_verified: bool,
    backup_state: bool,
    previous_count: u32,
    sign_count: u32,
    clone_warning: bool,
}

impl VerifiedAuthentication {
    /// The account.
    pub const fn user(&self) -> &UserHandle {
        &self.user
    }

    /// The credential.
    pub const fn credential_id(&self) -> &Base64Url {
        &self.credential_id
    }

    /// Whether the authenticator verified the user: if so, the passkey is two factors.
    pub const fn user_verified(&self) -> bool {
        self.user_verified
    }

    /// Whether the credential is backed up now; its record keeps it.
    pub const fn backup_state(&self) -> bool {
        self.backup_state
    }

    /// The counter that the record had. The update is conditional on it, so that of two uses at the same
    /// time with one count only one succeeds.
    pub const fn previous_count(&self) -> u32 {
        self.previous_count
    }

    /// The counter that the record keeps from now on.
    pub const fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// Whether the counter did not increase, which the policy only warns of.
    pub const fn clone_warning(&self) -> bool {
        self.clone_warning
    }
}

/// Verifies an authentication: the steps of §7.2 in their order.
pub async fn verify_authentication(
    crypto: &dyn Signatures,
    expected: ExpectedAuthentication<'_>,
    record: &CredentialRecord,
    response: &AuthenticationResponse,
) -> Result<VerifiedAuthentication, Refusal> {
    let ExpectedAuthentication { relying_party, policy, .. } = expected;
    if response.kind != "public-key" {
        return Err(Refusal::Type);
    }
    if !expected.allowed.is_empty() && !expected.allowed.contains(&response.raw_id) {
        return Err(Refusal::NotAllowed);
    }
    if record.id != response.raw_id {
        return Err(Refusal::CredentialId);
    }
    owned(expected.user, record, response.response.user_handle.as_ref())?;
    let client_data = &response.response.client_data_json.0;
    client_data::verify(client_data, Ceremony::Get, expected.challenge, relying_party)?;
    let bytes = &response.response.authenticator_data.0;
    let data = AuthenticatorData::read(bytes).ok_or(Refusal::Malformed("authenticatorData"))?;
    data.verify(relying_party, true, policy.user_verification)?;
    if data.flags.backup_eligible() != record.backup_eligible {
        return Err(Refusal::BackupEligibility);
    }
    policy.admits(record.aaguid, record.backup_eligible)?;
    let signed = [bytes.as_slice(), &sha256(client_data)].concat();
    if !record.key.verify(crypto, &signed, &response.response.signature.0).await? {
        return Err(Refusal::Signature);
    }
    let counted = (data.sign_count, record.sign_count) != (0, 0);
    let clone_warning = counted && data.sign_count <= record.sign_count;
    if clone_warning && policy.counter_regression == CounterRegression::Refuse {
        return Err(Refusal::Counter);
    }
    Ok(VerifiedAuthentication {
        user: record.user.clone(),
        credential_id: record.id.clone(),
        user_verified: data.flags.user_verified(),
        backup_state: data.flags.backed_up(),
        previous_count: record.sign_count,
        sign_count: data.sign_count.max(record.sign_count),
        clone_warning,
    })
}

/// Step 6: the credential is that of the account. A response to a begin without account names it.
fn owned(
    user: Option<&UserHandle>,
    record: &CredentialRecord,
    named: Option<&Base64Url>,
) -> Result<(), Refusal> {
    let same_user = user.is_none_or(|user| *user == record.user);
    let same_name = match named {
        Some(named) => named.0 == record.user.as_bytes(),
        None => user.is_some(),
    };
    if same_user && same_name { Ok(()) } else { Err(Refusal::User) }
}
