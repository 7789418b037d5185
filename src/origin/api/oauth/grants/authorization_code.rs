//! `grant_type=authorization_code` (RFC 6749 §4.1.3, RFC 7636).

use super::{TokenRequest, invalid_grant};
use crate::{
    core::{
        encoding::digest,
        oauth::{
            audience,
            code::{Code, CodeRefusal, Issued, Presented, Proof},
            scope::Scope,
        },
    },
    origin::{
        Origin,
        domain::{
            revocation, subject,
            tokens::issue::{self, Allowed, TokenAnswer},
        },
        http::OAuthError,
        store::{codes, grants::Given},
    },
};

const REFUSED: &str = "the code, its redirect_uri or its code_verifier is not valid";

/// Redeems a code, once. A second use takes back what the first gave (RFC 6749 §4.1.2).
pub async fn answer(origin: &Origin, request: TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let TokenRequest { moment, issuer, client, parameters } = request;
    client.must_list("authorization_code")?;
    client.must_authenticate_unless_by_pkce()?;
    let digest = digest(parameters.require("code")?);
    let database = &*origin.database;
    let now = moment.now;
    let Some(stored) = codes::find(database, &digest).await? else {
        return Err(invalid_grant(REFUSED, "no such code"));
    };
    let presented = Presented {
        client_id: client.client_id(),
        authenticated: client.authenticated,
        redirect_uri: parameters.get("redirect_uri"),
        verifier: parameters.get("code_verifier"),
    };
    let proof = match state(&stored).redeem(presented, now) {
        Ok(proof) => proof,
        Err(refusal) => {
            match &refusal {
                CodeRefusal::Redeemed { grant } if stored.client_id == client.client_id() => {
                    revocation::commit(origin, revocation::grant(grant, now)).await?;
                }
                CodeRefusal::Unproven => client.must_authenticate_if_confidential()?,
                _ => {}
            }
            return Err(invalid_grant(REFUSED, refusal));
        }
    };
    audience::narrowed(stored.resource.as_deref(), parameters.get("resource"))?;
    let person = subject::standing(origin, &stored.user_id, stored.created_at)
        .await?
        .filter(|person| person.is_admitted_to(&client.application))
        .ok_or_else(|| invalid_grant(REFUSED, "the user is not in good standing"))?;
    let allowed = Allowed {
        moment,
        issuer,
        client: &client,
        person: &person,
        scope: Scope::parse(&stored.scope)?,
        resource: stored.resource,
        is_public: proof == Proof::Verifier,
        session_id: stored.session_id,
        auth_time: stored.auth_time,
        methods: stored.methods,
        platform_asked: stored.platform_asked,
        nonce: stored.nonce,
        kind: "authorization_code",
    };
    if let Some(answer) = issue::establish(origin, allowed, Given::ByCode(&digest)).await? {
        return Ok(answer);
    }
    // Somebody else was quicker with the same code.
    if let Some(grant) = codes::find(database, &digest).await?.and_then(|code| code.grant_id) {
        revocation::commit(origin, revocation::grant(&grant, now)).await?;
    }
    Err(invalid_grant(REFUSED, "redeemed at the same moment"))
}

fn state(stored: &codes::Code) -> Code {
    match (stored.redeemed_at, &stored.grant_id) {
        (None, None) => Code::Issued(Issued {
            client_id: stored.client_id.clone(),
            redirect_uri: stored.redirect_uri.clone(),
            challenge: stored.code_challenge.clone(),
            expires_at: stored.expires_at,
        }),
        (_, grant) => Code::Redeemed { grant: grant.clone().unwrap_or_default() },
    }
}
