//! `grant_type=password` (RFC 6749 §4.3): for confidential clients that are registered for it, and
//! only because published clients still use it (RFC 9700 §2.4 forbids it).

use super::{TokenCall, TokenRequest, invalid_grant};
use crate::{
    core::oauth::{audience, scope::Scope},
    origin::{
        authn::password::{self, PasswordLogin, Source},
        domain::{
            people,
            signin::{SigninRules, account},
            tokens::issue::{self, GrantRequest, Issued},
        },
        http::OAuthError,
        store::{
            accounts::{self, Named},
            factors,
            grants::Given,
            organizations,
            query::Query,
        },
    },
};

/// Signs a user in with the password from the client.
pub async fn answer(call: TokenCall<'_>) -> Result<Issued, OAuthError> {
    let (request, ()) = call.load(Query::ready(())).await?;
    let TokenRequest { origin, moment, keys, issuer, client, parameters } = request;
    client.must_authenticate()?;
    client.must_list("password")?;
    let application = &client.application;
    let scope = Scope::granted(parameters.get("scope"), &application.scopes)?;
    let resource = audience::registered(parameters.get("resource"), client.registration())?;
    let (owner, login) =
        people::login(application, parameters.get("organization"), parameters.require("username")?);
    let attempt = PasswordLogin {
        source: Source::Client(client.client_id()),
        owner,
        login,
        password: parameters.require("password")?,
    };
    let further = |named: Named<'_>| {
        let held = factors::held(named, "", moment.now);
        let organization = organizations::of_client(client.client_id());
        accounts::consent(named, client.client_id()).and(held.and(organization))
    };
    let (proof, (consent, (held, organization))) =
        password::verify(origin, attempt, further).await?;
    let person = proof.commit(origin).await?;
    let wrong = || password::SigninError::Wrong.to_string();
    if !person.is_admitted_to(application) {
        return Err(invalid_grant(&wrong(), "the application is not for this organization"));
    }
    // The client has only the password, so only accounts that need no second factor can sign in.
    let rules = SigninRules { application: Some(application), organization: organization.as_ref() };
    let policy = rules.policy_of(origin, &person, None);
    if policy.requires_second || account(&person, &held).wants_second {
        let text = "the account needs a second factor: sign in by the authorization endpoint";
        return Err(invalid_grant(text, "mfa_required"));
    }
    let request = GrantRequest {
        moment,
        keys: &keys,
        issuer,
        client: &client,
        person: &person,
        consent: consent.as_ref(),
        scope,
        resource,
        is_public: false,
        session_id: None,
        auth_time: moment.now,
        methods: vec!["pwd".to_owned()],
        platform_asked: true,
        nonce: None,
        kind: "password",
    };
    let hash = person.user.password_hash.as_deref().unwrap_or_default();
    let given = Given::ByPassword { hash, consent: consent.as_ref().map(|it| it.scope.as_str()) };
    issue::establish(origin, request, given).await?.ok_or_else(|| {
        invalid_grant(&wrong(), "the password was changed or the account disabled concurrently")
    })
}
