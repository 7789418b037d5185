//! The functions of the origin that `entry.js` calls.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::{Headers, Response, ResponseInit};

use super::{
    Console, Environment, EnvironmentError, Internet, SystemClock, SystemRandom, WebCrypto,
    report_panics, sockets::CloudflareSockets,
};
use crate::{
    core::{
        authority::PLATFORM_MAX_AGE, limit::AttemptLimit, oauth::refresh, request_head::RequestHead,
    },
    origin::{Config, Databases, Limits, Occasion, Origin, Place},
    ports::{Clock, Random},
};

thread_local! {
    static ORIGIN: RefCell<Option<Rc<Origin>>> = const { RefCell::new(None) };
}

/// Reads the environment, once per isolate; `report` is called on panics.
#[wasm_bindgen]
pub fn configure(env: js_sys::Object, report: js_sys::Function) -> Result<(), JsValue> {
    report_panics(report);
    let origin = assemble(&Environment(env))?;
    ORIGIN.set(Some(Rc::new(origin)));
    Ok(())
}

/// Handles a request. `head` is that of [`RequestHead`], its `authorization` apart.
#[wasm_bindgen]
pub async fn answer(
    head: String,
    authorization: String,
    body: Vec<u8>,
) -> Result<Response, JsValue> {
    let origin = configured()?;
    let head =
        RequestHead::parse(&head).ok_or_else(|| JsValue::from_str("not the head of a request"))?;
    response(origin.receive(&head.with_authorization(&authorization), body).await)
}

/// Sends the messages of the requests that have been answered.
#[wasm_bindgen]
pub async fn deliver() -> Result<(), JsValue> {
    configured()?.send_outbox().await;
    Ok(())
}

/// Runs the scheduled jobs.
#[wasm_bindgen]
pub async fn scheduled() -> Result<(), JsValue> {
    let done = configured()?.scheduled().await;
    done.map_err(|error| JsValue::from_str(&error.to_string()))
}

fn configured() -> Result<Rc<Origin>, JsValue> {
    ORIGIN.with_borrow(Clone::clone).ok_or_else(|| JsValue::from_str("not configured"))
}

fn assemble(environment: &Environment) -> Result<Origin, EnvironmentError> {
    let config = Config {
        issuer: environment.issuer()?,
        issuers_by_host: environment.issuers_by_host()?,
        root_keys: environment.root_keys()?,
        environment: environment.require("ENVIRONMENT")?,
        routes: environment.routes()?,
        platform_max_age: environment
            .seconds("IAM_PLATFORM_MAX_AGE", 60..=PLATFORM_MAX_AGE * 2)?
            .unwrap_or(PLATFORM_MAX_AGE),
        refresh_grace: environment
            .seconds("REFRESH_GRACE", 0..=refresh::MAXIMUM_GRACE)?
            .unwrap_or(refresh::GRACE),
        session_origins: environment.list("IAM_SESSION_ORIGINS"),
        related_origins: environment.list("IAM_RELATED_ORIGINS"),
        limits: limits(environment)?,
        webhook_hosts: environment.list("DANGER_WEBHOOK_HOSTS"),
        federation_hosts: environment.list("DANGER_FEDERATION_HOSTS"),
        dns_over_https: environment
            .text("DNS_OVER_HTTPS")
            .unwrap_or_else(|| DNS_OVER_HTTPS.to_owned()),
        breach_range: breach_range(environment)?,
        nodes: nodes(environment)?,
    };
    let clock: Rc<dyn Clock> = Rc::new(SystemClock::default());
    let random: Rc<dyn Random> = Rc::new(SystemRandom::new());
    let messages = environment.senders(&clock, &random)?;
    Ok(Origin {
        config: Rc::new(config),
        database: Rc::new(environment.database()?),
        databases: Rc::new(Databases::new(environment.databases()?)),
        place: Place::default(),
        snapshots: Rc::new(environment.snapshots()?),
        clock,
        random,
        crypto: Rc::new(WebCrypto::default()),
        outbound: Rc::new(Internet),
        sockets: Rc::new(CloudflareSockets),
        messages: Rc::new(messages),
        outbox: Rc::default(),
        log: Rc::new(Console),
        watch: Rc::default(),
        occasion: Occasion::default(),
    })
}

/// Where the DNS is asked unless the operator configures another resolver.
const DNS_OVER_HTTPS: &str = "https://cloudflare-dns.com/dns-query";

/// `PASSWORD_BREACH_RANGE`, an `https:` address.
fn breach_range(environment: &Environment) -> Result<Option<String>, EnvironmentError> {
    let name = "PASSWORD_BREACH_RANGE";
    let range = environment.text(name);
    if range.as_ref().is_some_and(|range| !range.starts_with("https://")) {
        return Err(EnvironmentError::new(name, "does not begin with https://"));
    }
    Ok(range)
}

/// `WEB3_RPC`, `https:` addresses by the ids of chains.
fn nodes(environment: &Environment) -> Result<BTreeMap<u64, String>, EnvironmentError> {
    let name = "WEB3_RPC";
    let nodes: BTreeMap<u64, String> = environment.json(name)?;
    if nodes.values().any(|address| !address.starts_with("https://")) {
        return Err(EnvironmentError::new(
            name,
            "has an address that does not begin with https://",
        ));
    }
    Ok(nodes)
}

fn limits(environment: &Environment) -> Result<Limits, EnvironmentError> {
    let default = Limits::default();
    Ok(Limits {
        signin_failures: environment
            .limit("SIGNIN_FAILURES")?
            .map_or(default.signin_failures, AttemptLimit::from),
        signin_attempts: environment
            .limit("SIGNIN_ATTEMPTS")?
            .map_or(default.signin_attempts, AttemptLimit::from),
        quotas: environment.json("QUOTAS")?,
    })
}

fn response(answer: http::Response<Vec<u8>>) -> Result<Response, JsValue> {
    let (parts, mut body) = answer.into_parts();
    let headers = Headers::new()?;
    for (name, value) in &parts.headers {
        headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    let init = ResponseInit::new();
    init.set_status(parts.status.as_u16());
    init.set_headers_headers(&headers);
    // A body is not even allowed to be empty for 204 and 304.
    let body = (!body.is_empty()).then_some(body.as_mut_slice());
    Response::new_with_opt_u8_array_and_init(body, &init)
}
