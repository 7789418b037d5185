//! The functions of the edge that `entry.js` calls.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::Env;

use super::{Environment, SystemClock, SystemRandom, WebCrypto, report_panics};
use crate::{
    core::head::Head,
    edge::{Config, Edge, World},
};

thread_local! {
    static EDGE: RefCell<Option<Rc<Edge>>> = const { RefCell::new(None) };
}

/// Reads the environment, once an isolate; `report` is told of panics.
#[wasm_bindgen]
pub fn configure(env: Env, report: js_sys::Function) -> Result<(), JsValue> {
    report_panics(report);
    let environment = Environment(env);
    let config = Config {
        issuer: environment.issuer()?,
        issuers_by_host: environment.issuers_by_host()?,
        root_keys: environment.root_keys()?,
        environment: environment.require("ENVIRONMENT")?,
        audiences: environment.list("GATEWAY_ALLOWED_AUDIENCES"),
    };
    let world = World {
        snapshots: Rc::new(environment.snapshots()?),
        origin: Rc::new(environment.service("ORIGIN")?),
        clock: Rc::new(SystemClock),
        random: Rc::new(SystemRandom::new()),
        crypto: Rc::new(WebCrypto::default()),
    };
    EDGE.set(Edge::new(config, world).map(Rc::new));
    Ok(())
}

/// What is to be done with a request, if that needs no I/O: the text of a
/// [`Decision`](crate::edge::Decision). `head` is that of [`Head`].
#[wasm_bindgen]
pub fn decide(head: &str) -> Option<String> {
    let head = Head::parse(head)?;
    EDGE.with_borrow(|edge| Some(edge.as_ref()?.decide(&head)?.to_text()))
}

/// What is to be done with a request, whatever must be asked for it.
#[wasm_bindgen]
pub async fn resolve(head: String) -> Option<String> {
    let edge = EDGE.with_borrow(Clone::clone)?;
    let head = Head::parse(&head)?;
    Some(edge.resolve(&head).await.to_text())
}

/// Whether [`renew`] should be called behind this request.
#[wasm_bindgen]
pub fn wants_renewal() -> bool {
    EDGE.with_borrow(|edge| edge.as_ref().is_some_and(|edge| edge.wants_renewal()))
}

/// Renews what the origin published.
#[wasm_bindgen]
pub async fn renew() {
    if let Some(edge) = EDGE.with_borrow(Clone::clone) {
        edge.renew().await;
    }
}
