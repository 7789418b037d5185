//! Passkeys and security keys, as first or second factor.

use crate::{
    core::{
        signin::Evidence,
        webauthn::{
            AuthenticationResponse, Challenge, CoseAlgorithm, ExpectedAuthentication,
            ExpectedRegistration, Policy, Refusal, RegistrationResponse, RelyingParty,
            VerifiedRegistration, verify_authentication, verify_registration,
        },
    },
    origin::{
        Origin,
        domain::{
            change::{Change, Position},
            passkeys,
        },
        store::webauthn_credentials::{self as rows, Use, WebauthnCredential},
    },
};

/// The expectations for an authenticator response.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The relying party of the host.
    pub relying_party: &'a RelyingParty,
    /// The policy of the user's organization.
    pub policy: &'a Policy,
    /// The consumed challenge.
    pub challenge: &'a Challenge,
    /// The user who has proven another factor or is signed in; `None` if the credential identifies
    /// the user.
    pub user_id: Option<&'a str>,
}

/// Verifies an assertion of `credential`, which was found by the response's id. The statement notes the use,
/// and takes no effect if the credential has been used with the same count meanwhile.
pub async fn verify(
    origin: &Origin,
    expected: Expected<'_>,
    credential: &WebauthnCredential,
    response: &AuthenticationResponse,
    change: &mut Change,
) -> Result<(Evidence, Position), Refusal> {
    let Expected { relying_party, policy, challenge, user_id } = expected;
    let now = origin.clock.now();
    let record = passkeys::record(credential).ok_or(Refusal::Key)?;
    let user = user_id.map(|id| passkeys::handle(id).ok_or(Refusal::User)).transpose()?;
    let expected = ExpectedAuthentication {
        relying_party,
        policy,
        challenge,
        user: user.as_ref(),
        allowed: &[],
    };
    let verified = verify_authentication(&*origin.crypto, expected, &record, response).await?;
    let position = change.write(rows::used(Use {
        id: &credential.meta.id,
        previous_count: verified.previous_count(),
        sign_count: verified.sign_count(),
        backup_state: verified.backup_state(),
        clone_warning: verified.clone_warning(),
        now,
    }));
    let (user_verified, is_bound) = (verified.user_verified(), !credential.backup_eligible);
    let evidence = Evidence::by_passkey(credential.user_id.clone(), now, user_verified, is_bound);
    Ok((evidence, position))
}

/// The change after a refusal: a counter regression is recorded with the credential.
pub fn after(refusal: &Refusal, credential: &WebauthnCredential, change: &mut Change) {
    if *refusal == Refusal::Counter {
        change.write(rows::warn(&credential.meta.id));
    }
}

/// Verifies the registration of a credential for [`Expected::user_id`].
pub async fn verify_new(
    origin: &Origin,
    expected: Expected<'_>,
    response: &RegistrationResponse,
) -> Result<(VerifiedRegistration, Evidence), Refusal> {
    let Expected { relying_party, policy, challenge, user_id } = expected;
    let now = origin.clock.now();
    let user_id = user_id.ok_or(Refusal::User)?;
    let user = passkeys::handle(user_id).ok_or(Refusal::User)?;
    let expected = ExpectedRegistration {
        relying_party,
        policy,
        challenge,
        user: &user,
        algorithms: &CoseAlgorithm::ALL,
        conditional: false,
        anchors: &policy.anchors(),
        now,
    };
    let verified = verify_registration(&*origin.crypto, expected, response).await?;
    let evidence = Evidence::by_passkey(
        user_id.to_owned(),
        now,
        verified.user_verified(),
        !verified.backup_eligible(),
    );
    Ok((verified, evidence))
}
