//! Single sign-on (SAML profiles §4.1) as identity provider.
//!
//! A SAML request is converted to an authorization request, whose page signs the user in under all
//! rules of the application, asks for consent, and returns to [`Continue`] with a code that cannot
//! be redeemed elsewhere.

use super::{application, failed};
use crate::{
    core::{cors::CorsClass, encoding::base64url, redirect::encoded},
    origin::{
        Origin,
        api::{
            endpoint::{Audit, Call, Page, Posted, Rate, Who, endpoint},
            saml::{MessageForm, led},
            signin::respond::{broken, issuer_host, plain_look, refused_here},
        },
        authn::{
            federation::{
                Failure,
                saml::clients::{Asked, Status, answering, asked, refusing, unasked, unmet},
            },
            session,
        },
        domain::{
            codes,
            federation::{Refusal, requests::new_state},
            homes,
            saml::clients::{Wanted, addresses},
        },
        http::{Request, Response, RestError, response},
        store::{self, applications::Application, homes::Thing},
    },
};

/// Reason for not auditing a sign-in that continues elsewhere.
const LATER: &str = "the sign-in that follows leaves an entry";

endpoint! {
    /// Signs a person in to an application that speaks SAML 2.0 (HTTP Redirect).
    ///
    /// Without a `SAMLRequest` the sign-in goes to the address of the application's record unasked.
    pub SingleSignOn = GET "/v1/iam/saml/idp/{owner}/{application}/sso" as "samlSingleSignOn",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited;
    path: (String, String),
    reply: Page,
    error: RestError;
    sign_on
}

async fn sign_on(origin: &Origin, call: Call<'_, SingleSignOn>) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    page(origin, call.request, owner, name).await
}

endpoint! {
    /// Signs a person in to an application that speaks SAML 2.0 (HTTP POST).
    pub SingleSignOnByPost = POST "/v1/iam/saml/idp/{owner}/{application}/sso" as "samlSingleSignOnByForm",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited, audit: Audit::Nothing(LATER);
    path: (String, String),
    body: Posted<MessageForm>,
    reply: Page,
    error: RestError;
    sign_on_by_post
}

async fn sign_on_by_post(
    origin: &Origin,
    call: Call<'_, SingleSignOnByPost>,
) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    page(origin, call.request, owner, name).await
}

endpoint! {
    /// Signs a person in at the address that Casdoor has it.
    pub OlderSingleSignOn = GET "/api/saml/redirect/{owner}/{application}" as "samlSingleSignOnAtOlderAddress",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited;
    path: (String, String),
    reply: Page,
    error: RestError;
    sign_on_at_older_address
}

/// The signature covers the query, and the destination is the current URL.
async fn sign_on_at_older_address(
    _: &Origin,
    call: Call<'_, OlderSingleSignOn>,
) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    let address = format!("/v1/iam/saml/idp/{owner}/{name}/sso?{}", call.request.query);
    let onward = response::redirect(&address).ok_or_else(RestError::not_found)?;
    Ok(Page(onward))
}

async fn page(origin: &Origin, http: &Request, owner: &str, name: &str) -> Result<Page, RestError> {
    if let Some(elsewhere) = issuer_host(origin, http) {
        return Ok(Page(elsewhere));
    }
    let application = application(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    Ok(Page(begun(origin, http, &application).await.unwrap_or_else(failed)))
}

async fn begun(
    origin: &Origin,
    http: &Request,
    application: &Application,
) -> Result<Response, Failure> {
    let is_asked = http.method == http::Method::POST
        || http.query_parameters().is_ok_and(|query| query.get("SAMLRequest").is_some());
    let asked = if is_asked {
        asked(origin, http, application).await?
    } else {
        unasked(origin, application)?
    };
    let Asked { wanted, force_authn, is_passive, acr, unmet: refused } = asked;
    if let Some(status) = refused {
        let leading = refusing(origin, http, application, &wanted, status).await?;
        return Ok(led(&plain_look(origin, http), leading));
    }
    let ticket = new_state(origin);
    wanted.store(origin, application, &ticket).await?;
    let back = addresses(origin.config.issuer_for(&http.base), application).at("continue");
    // A challenge without a known verifier, so that the token endpoint cannot redeem the code.
    let challenge = base64url(&origin.random.bytes::<32>());
    let mut parameters = vec![
        ("client_id", application.client_id.clone()),
        ("redirect_uri", back),
        ("response_type", "code".to_owned()),
        // The content of the assertion.
        ("scope", "openid profile email phone".to_owned()),
        ("state", ticket),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
    ];
    parameters.extend(acr.map(|acr| ("acr_values", acr.to_owned())));
    let prompt = match (force_authn, is_passive) {
        (true, _) => Some("login"),
        (_, true) => Some("none"),
        _ => None,
    };
    parameters.extend(prompt.map(|prompt| ("prompt", prompt.to_owned())));
    let address = format!("/v1/iam/oauth/authorize?{}", encoded(&parameters));
    Ok(response::redirect(&address).unwrap_or_else(|| broken(&"the page has no address")))
}

endpoint! {
    /// Posts the response to the application, after the person has signed in.
    pub Continue = GET "/v1/iam/saml/idp/{owner}/{application}/continue" as "continueSamlSingleSignOn",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Unlimited;
    path: (String, String),
    reply: Page,
    error: RestError;
    go_on
}

async fn go_on(origin: &Origin, call: Call<'_, Continue>) -> Result<Page, RestError> {
    let (owner, name) = &call.path;
    let application = application(origin, owner, name).await?.ok_or_else(RestError::not_found)?;
    Ok(Page(answered(origin, call.request, &application).await.unwrap_or_else(failed)))
}

async fn answered(
    origin: &Origin,
    http: &Request,
    application: &Application,
) -> Result<Response, Failure> {
    let query = http.query_parameters().unwrap_or_default();
    let ended = || Ok(refused_here("the sign-in has ended: start again at the application"));
    let ticket = query.get("state").unwrap_or_default();
    let Some(wanted) = Wanted::take(origin, application, ticket).await? else { return ended() };
    let look = plain_look(origin, http);
    if let Some(error) = query.get("error") {
        let status = Status::of_error(error);
        let leading = refusing(origin, http, application, &wanted, status).await?;
        return Ok(led(&look, leading));
    }
    let key = codes::key(query.get("code").unwrap_or_default());
    let owner = homes::owner_of(origin, Thing::Code(&key)).await?;
    let Some(owner) = owner else { return ended() };
    let at = homes::at(origin, &owner).await?;
    let back = addresses(origin.config.issuer_for(&http.base), application).at("continue");
    let taken = store::codes::take(&key, &application.client_id, &back, origin.clock.now());
    let code = taken.fetch(&*at.database).await?;
    let current = session::current(&at, http).await?;
    // The session must be that of this browser: otherwise, another user's code would sign that user
    // in here.
    let (Some(code), Some(current)) = (code, current) else { return ended() };
    if code.user_id != current.person.user.id
        || code.session_id.as_ref() != Some(&current.session.id)
        || code.acting_grant.is_some()
    {
        return ended();
    }
    let denied = (!current.person.is_admitted_to(application)).then_some(Status::RequestDenied);
    if let Some(status) = denied.or_else(|| unmet(&wanted, &current.session)) {
        let leading = refusing(origin, http, application, &wanted, status).await?;
        return Ok(led(&look, leading));
    }
    let leading = answering(&at, http, application, &wanted, &current).await;
    if let Err(Failure::Refused(refusal)) = &leading {
        let Refusal { check, detail } = refusal;
        origin.failed("saml.sso", format!("{check}: {detail}"));
    }
    Ok(led(&look, leading?))
}
