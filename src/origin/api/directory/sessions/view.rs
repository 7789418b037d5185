//! The published session (`IamSession`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::EVERY;
use crate::{
    core::directory::Timestamp,
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
    /// When it ends.
    pub expire_time: Timestamp,
    /// How the person signed in (`amr`, RFC 8176).
    pub methods: Vec<String>,
    /// The clients that have a live grant in it.
    pub applications: Vec<String>,
}

/// The entries of a person: one for each application, and one for the sign-ins themselves.
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

impl From<&SignIn> for BrowserSession {
    fn from(signin: &SignIn) -> Self {
        let session = &signin.session;
        Self {
            id: session.id.clone(),
            signin_time: Timestamp(session.authenticated_at),
            created_time: Timestamp(session.created_at),
            expire_time: Timestamp(session.expires_at),
            methods: session.methods.clone(),
            applications: signin.applications.clone(),
        }
    }
}
