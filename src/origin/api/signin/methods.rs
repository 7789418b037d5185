//! Data for a client's sign-in page: application, methods, identifier.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    respond::name_of,
    schemas::{ApplicationQuery, IdentifierForm, InEnvelope, Object, enveloped},
};
use crate::{
    core::{limit::AttemptLimit, network::network, signin::Method, wallet::Chain},
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Rate, Unread, Who, endpoint},
        domain::{
            federation::{
                offered::{self, Offered},
                text,
            },
            signin::SigninRules,
        },
        http::{Envelope, Request, Response, RestError, response},
        store::{
            applications::Application,
            attempts::{self, Attempt},
            clients::{self, Registered},
            providers,
            query::load,
        },
    },
};

endpoint! {
    /// Returns the public members of an application, for its sign-in page.
    pub GetLoginApplication = GET "/v1/iam/auth/application" as "getLoginApplication",
    who: Who::Public;
    query: ApplicationQuery,
    reply: InEnvelope<Object>,
    error: RestError;
    get_login_application
}

async fn get_login_application(
    origin: &Origin,
    call: Call<'_, GetLoginApplication>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(described(origin, call.request).await))
}

async fn described(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let (application, offered) = asked(origin, request).await?;
    Ok(Envelope::ok(public(origin, &application, &offered)))
}

endpoint! {
    /// Returns the methods of sign-in of an application; without one, those of the platform.
    pub ListLoginMethods = GET "/v1/iam/auth/methods" as "listLoginMethods",
    who: Who::Public;
    query: ApplicationQuery,
    reply: InEnvelope<Object>,
    error: RestError;
    list_login_methods
}

async fn list_login_methods(
    origin: &Origin,
    call: Call<'_, ListLoginMethods>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(methods(origin, call.request).await.into())
}

endpoint! {
    /// Returns the methods by which an identifier may sign in.
    ///
    /// The reply is the same for an unknown identifier.
    pub IdentifyLogin = POST "/v1/iam/auth/identifier" as "identifyLogin",
    who: Who::Public, rate: Rate::Guesses, audit: Audit::Nothing("reads");
    body: Unread<IdentifierForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    identify_login
}

async fn identify_login(
    origin: &Origin,
    call: Call<'_, IdentifyLogin>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(identified(origin, call.request).await))
}

/// `GET /v1/iam/auth/methods`: the portal's shape in `data`, the SDK's beside it (WIRE §4.5).
/// Without a client it returns the methods of the platform.
async fn methods(origin: &Origin, request: &Request) -> Response {
    let parameters = match request.query_parameters() {
        Ok(parameters) => parameters,
        Err(error) => return Envelope::from(error).into_response(),
    };
    let asked = if parameters.any(&["clientId", "client_id"]).is_some() {
        match asked(origin, request).await {
            Ok(asked) => Some(asked),
            Err(refusal) => return refusal.into_response(),
        }
    } else {
        None
    };
    let (application, offered) = asked.unzip();
    let rules = SigninRules { application: application.as_ref(), organization: None };
    let first = rules.first(origin);
    let offered = offered.unwrap_or_default();
    let oauth: Vec<Value> = offered.iter().map(listed).collect();
    let (password, webauthn) = (first.has(Method::Password), first.has(Method::Passkey));
    let wallet = first.has(Method::Wallet);
    let chains = if wallet { json!(Chain::ALL) } else { json!(false) };
    let code = first.has(Method::Email);
    let signs_up = application.as_ref().is_some_and(|it| is_on(it, "enableSignUp"));
    let by_password = json!({
        "kind": "password", "label": "Password", "is_primary": true, "is_secondary": false,
    });
    let by_wallet = json!({
        "kind": "wallet", "label": "Wallet", "is_primary": !password, "is_secondary": password,
    });
    let by_code = json!({
        "kind": "email_otp", "label": "Code by email", "is_primary": !password,
        "is_secondary": password,
    });
    let methods =
        [password.then_some(by_password), code.then_some(by_code), wallet.then_some(by_wallet)];
    let social = offered.iter().filter(|it| it.protocol.is_redirecting()).map(|it| {
        let name = &it.provider.meta.name;
        json!({
            "kind": "social", "provider": name, "label": it.name(), "is_primary": false,
            "is_secondary": true,
        })
    });
    let methods: Vec<Value> = methods.into_iter().flatten().chain(social).collect();
    let body = json!({
        "status": "ok",
        "msg": "",
        "data": {
            "password": password, "code": code, "webauthn": webauthn, "web3": chains,
            "oauth": oauth, "signup": signs_up,
        },
        "data2": null,
        "methods": methods,
        "require_2fa": false,
    });
    response::no_store(response::json(StatusCode::OK, &body))
}

/// The response does not depend on whether the identifier exists (ATTACKS G-98), only on the
/// application. Requests are still counted, as published (WIRE §4.5).
async fn identified(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    const BY_CLIENT: AttemptLimit = AttemptLimit::within(20, 600);
    const OVERALL: AttemptLimit = AttemptLimit::within(10_000, 600);
    let parameters = request.body_parameters()?;
    let now = origin.clock.now();
    let client = origin.slot("identifier", &network(&request.client_ip));
    let overall = origin.slot("identifiers", "");
    let client_id = parameters.any(&["clientId", "client_id"]).unwrap_or_default();
    let rate_limited = || {
        Envelope::error("too many requests, please try again later")
            .with_status(StatusCode::TOO_MANY_REQUESTS)
    };
    let database = &*origin.database;
    let directory = origin.directory().database;
    if attempts::count(&*directory, &client, BY_CLIENT, now).await? != Attempt::Allowed {
        return Err(rate_limited());
    }
    let queries = (attempts::counted(&overall, OVERALL, now), clients::find(client_id));
    let (attempt, application) = load(database, queries).await?;
    if attempt != Attempt::Allowed {
        return Err(rate_limited());
    }
    parameters.require("identifier")?;
    let application = application.and_then(Registered::enabled).ok_or_else(unknown)?;
    let data = json!({"account": true, "password": application.enable_password});
    Ok(Envelope::ok(data))
}

async fn asked(
    origin: &Origin,
    request: &Request,
) -> Result<(Application, Vec<Offered>), Envelope> {
    let parameters = request.query_parameters()?;
    let client_id = parameters.any(&["clientId", "client_id"]).unwrap_or_default();
    let queries = (clients::find(client_id), providers::of_client(client_id));
    let (found, providers) = load(&*origin.database, queries).await?;
    let application = found.and_then(Registered::enabled).ok_or_else(unknown)?;
    let offered = offered::by_application(&application, &providers);
    Ok((application, offered))
}

/// A provider for display by clients.
fn listed(offered: &Offered) -> Value {
    let provider = &offered.provider;
    json!({
        "owner": provider.meta.owner,
        "name": provider.meta.name,
        "displayName": offered.name(),
        "category": provider.category,
        "type": provider.r#type,
        "clientId": provider.client_id,
        "logo": text(provider, "customLogo"),
    })
}

fn unknown() -> Envelope {
    Envelope::error("the application is unknown")
        .code("invalid_client")
        .with_status(StatusCode::BAD_REQUEST)
}

fn is_on(application: &Application, name: &str) -> bool {
    application.attributes.get(name).and_then(Value::as_bool) == Some(true)
}

/// The public members of an application.
fn public(origin: &Origin, application: &Application, offered: &[Offered]) -> Value {
    let providers: Vec<Value> = offered
        .iter()
        .map(|it| {
            json!({
                "owner": it.provider.meta.owner,
                "name": it.provider.meta.name,
                "canSignIn": true,
                "canSignUp": it.item.can_sign_up,
                "canUnlink": it.item.can_unlink,
                "provider": listed(it),
            })
        })
        .collect();
    let first = SigninRules { application: Some(application), organization: None }.first(origin);
    let picture = |name: &str| application.attributes.get(name).cloned().unwrap_or(json!(""));
    json!({
        "owner": application.owner,
        "name": application.name,
        "organization": application.organization,
        "displayName": name_of(application),
        "clientId": application.client_id,
        "clientSecret": "",
        "grantTypes": application.grant_types,
        "redirectUris": application.redirect_uris,
        "isShared": application.is_shared,
        "orgChoiceMode": application.attributes.get("orgChoiceMode").cloned().unwrap_or(json!("")),
        "public": application.client_secret_digest.is_none(),
        "logo": picture("logo"),
        "homepageUrl": picture("homepageUrl"),
        "enablePassword": application.enable_password,
        "enableSignUp": is_on(application, "enableSignUp"),
        "enableCodeSignin": first.has(Method::Email),
        "enableWebAuthn": first.has(Method::Passkey),
        "providers": providers,
    })
}
