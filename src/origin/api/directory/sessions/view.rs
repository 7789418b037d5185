//! The published session (`IamSession`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::EVERY;
use crate::{
    core::{directory::Timestamp, session::Factor},
    origin::store::{sessions::SignIn, users::Target},
};

/// The sessions of a person in which an application is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// `owner/name/application`
    pub id: String,
    /// The person's home organization.
    pub owner: String,
    /// The username.
    pub name: String,
    /// The `client_id`; `-` for the browser's sign-in itself, with all applications.
    pub application: String,
    /// When the newest of them began.
    pub created_time: Timestamp,
    /// Always false: a person may be signed in with several browsers.
    pub exclusive_signin: bool,
    /// The ids of the sessions: the `sid` of their tokens.
    pub session_id: Vec<String>,
    /// The sessions.
    pub sessions: Vec<BrowserSession>,
}

/// A browser's sign-in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BrowserSession {
    /// The `sid` of its tokens.
    pub id: String,
    /// When the person signed in.
    pub signin_time: Timestamp,
    /// When it began.
    pub created_time: Timestamp,
    /// When it ends, unless it is not used for too long before.
    pub expire_time: Timestamp,
    /// When it ends unless it is used.
    pub idle_expire_time: Timestamp,
    /// When it was last used, to within an hour.
    pub used_time: Timestamp,
    /// The browser and the operating system that it began with; empty: unknown.
    pub device: String,
    /// The address that it began from.
    pub address: String,
    /// The country of that address (ISO 3166-1 alpha-2); empty: unknown.
    pub country: String,
    /// The address of the last use.
    pub used_address: String,
    /// The country of that address; empty: unknown.
    pub used_country: String,
    /// How the person signed in (`amr`, RFC 8176).
    pub methods: Vec<String>,
    /// The authentication context class that was reached (`acr`); empty: none.
    pub acr: String,
    /// When each method was last proved.
    pub factors: Vec<ProvedFactor>,
    /// The clients that have a live grant in it.
    pub applications: Vec<String>,
}

/// A method that was proved in a sign-in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProvedFactor {
    /// Its name (`amr`, RFC 8176).
    pub method: String,
    /// When it was last proved.
    pub time: Timestamp,
}

/// The entries of a user: one per application, and one for the sign-ins themselves.
pub fn entries(target: &Target, sessions: &[SignIn]) -> Vec<SessionView> {
    let mut by_application: BTreeMap<&str, Vec<&SignIn>> = BTreeMap::new();
    for signin in sessions.iter().filter(|it| it.session.user_id == target.user.id) {
        by_application.entry(EVERY).or_default().push(signin);
        for application in &signin.applications {
            by_application.entry(application).or_default().push(signin);
        }
    }
    let entry = |(application, sessions): (&str, Vec<&SignIn>)| {
        let newest = sessions.iter().map(|signin| signin.session.created_at).max()?;
        let (owner, name) = (&target.user.owner, &target.user.name);
        Some(SessionView {
            id: format!("{owner}/{name}/{application}"),
            owner: owner.clone(),
            name: name.clone(),
            application: application.to_owned(),
            created_time: Timestamp(newest),
            exclusive_signin: false,
            session_id: sessions.iter().map(|signin| signin.session.id.clone()).collect(),
            sessions: sessions.into_iter().map(BrowserSession::from).collect(),
        })
    };
    by_application.into_iter().filter_map(entry).collect()
}

impl From<&Factor> for ProvedFactor {
    fn from(factor: &Factor) -> Self {
        Self { method: factor.method.clone(), time: Timestamp(factor.at) }
    }
}

impl From<&SignIn> for BrowserSession {
    fn from(signin: &SignIn) -> Self {
        let session = &signin.session;
        Self {
            id: session.id.clone(),
            signin_time: Timestamp(session.authenticated_at),
            created_time: Timestamp(session.created_at),
            expire_time: Timestamp(session.expires_at),
            idle_expire_time: Timestamp(session.idle_ends_at),
            used_time: Timestamp(session.used_at),
            device: session.device.clone(),
            address: session.address.clone(),
            country: session.country.clone(),
            used_address: session.used_address.clone(),
            used_country: session.used_country.clone(),
            methods: session.methods.clone(),
            acr: session.acr.clone(),
            factors: session.factors.iter().map(ProvedFactor::from).collect(),
            applications: signin.applications.clone(),
        }
    }
}
