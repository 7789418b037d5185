//! `grant_type=authorization_code` (RFC 6749 §4.1.3, RFC 7636).

use super::{TokenCall, TokenRequest, invalid_grant};
use crate::{
    core::oauth::{
        audience,
        code::{Code, CodeRefusal, Issued as Unused, Proof, Redemption},
        scope::Scope,
    },
    origin::{
        domain::{
            clients::Client,
            codes::key,
            commit::commit,
            people::Person,
            revocation,
            tokens::{
                acting::{self, Acting, Holder, IMPERSONATION, LIFETIME, RedeemedCode},
                issue::{self, GrantRequest, Issued},
            },
        },
        http::OAuthError,
        store::{
            accounts::{self, Named},
            codes,
            grants::{self, Given, Grant},
            query::Query,
        },
    },
};

const REFUSED: &str = "the code, its redirect_uri or its code_verifier is not valid";

/// The client's only registered redirect URI, if the authorization request named it: the client may
/// then omit it (OpenID Connect Core §3.1.3.2).
fn only_address<'a>(client: &'a Client, code: &codes::Code) -> Option<&'a str> {
    let [only] = client.application.redirect_uris.as_slice() else { return None };
    (client.authenticated && *only == code.redirect_uri).then_some(only)
}

/// Redeems a code, once. A second use revokes the tokens of the first (RFC 6749 §4.1.2).
pub async fn answer(call: TokenCall<'_>) -> Result<Issued, OAuthError> {
    let code = call.parameters.get("code").map(key).unwrap_or_default();
    let (named, client_id) = (Named::Code(&code), call.client.client_id());
    let grant = codes::Code::grant_id(&code);
    let facts: Query<_> = codes::find(&code)
        .and(grants::find(grants::Named::Id(&grant)))
        .and(accounts::find(named))
        .and(accounts::consent(named, client_id))
        .and(grants::find(grants::Named::ActingOfCode(&code)));
    let (request, ((((stored, redeemed), account), consent), impersonation)) =
        call.load(facts).await?;
    let TokenRequest { origin, moment, keys, issuer, client, parameters } = request;
    client.must_list("authorization_code")?;
    client.must_authenticate_unless_by_pkce()?;
    parameters.require("code")?;
    let now = moment.now;
    let organization = &client.application.organization;
    let Some(stored) = stored else { return Err(invalid_grant(REFUSED, "no such code")) };
    let redemption = Redemption {
        client_id: client.client_id(),
        authenticated: client.authenticated,
        redirect_uri: parameters.get("redirect_uri").or_else(|| only_address(&client, &stored)),
        verifier: parameters.get("code_verifier"),
    };
    let proof = match state(&stored, redeemed).redeem(redemption, now) {
        Ok(proof) => proof,
        Err(refusal) => {
            match &refusal {
                CodeRefusal::Redeemed { grant } if stored.client_id == client.client_id() => {
                    commit(origin, revocation::of_grant(organization, grant, now)).await?;
                }
                CodeRefusal::Unproven => client.must_authenticate_if_confidential()?,
                _ => {}
            }
            return Err(invalid_grant(REFUSED, refusal));
        }
    };
    audience::narrowed(stored.resource.as_deref(), parameters.get("resource"))?;
    let person = account
        .and_then(|account| Person::standing(account, stored.created_at, moment.now))
        .filter(|person| person.is_admitted_to(&client.application))
        .ok_or_else(|| invalid_grant(REFUSED, "the user is not in good standing"))?;
    if stored.acting_grant.is_some() {
        let impersonation = impersonation.filter(|grant| grant.is_live(now));
        let impersonation =
            impersonation.ok_or_else(|| invalid_grant(REFUSED, "the impersonation has ended"))?;
        let acting = Acting {
            moment,
            keys: &keys,
            issuer,
            client: &client,
            organization: &person.user.owner,
            person: &person,
            actor: impersonation.actor.clone(),
            holder: Holder::of_impersonation(&impersonation),
            scope: Scope::parse(&stored.scope)?,
            resource: stored.resource.as_deref(),
            kind: IMPERSONATION,
            lifetime: LIFETIME,
            reason: "",
            code: Some(RedeemedCode { digest: &code, nonce: stored.nonce.as_deref() }),
        };
        let acted = acting::issue(origin, acting).await?;
        return acted
            .map(|acted| acted.tokens)
            .ok_or_else(|| invalid_grant(REFUSED, "redeemed at the same moment"));
    }
    let request = GrantRequest {
        moment,
        keys: &keys,
        issuer,
        client: &client,
        person: &person,
        consent: consent.as_ref(),
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
    if let Some(issued) = issue::establish(origin, request, Given::ByCode(&code)).await? {
        return Ok(issued);
    }
    // A concurrent request redeemed the same code.
    let redeemed = grants::find(grants::Named::Id(&grant)).fetch(&*origin.database).await?;
    if redeemed.is_some() {
        commit(origin, revocation::of_grant(organization, &grant, now)).await?;
    }
    Err(invalid_grant(REFUSED, "redeemed at the same moment"))
}

fn state(stored: &codes::Code, redeemed: Option<Grant>) -> Code {
    match redeemed {
        None => Code::Issued(Unused {
            client_id: stored.client_id.clone(),
            redirect_uri: stored.redirect_uri.clone(),
            challenge: stored.code_challenge.clone(),
            expires_at: stored.expires_at,
        }),
        Some(grant) => Code::Redeemed { grant: grant.id },
    }
}
