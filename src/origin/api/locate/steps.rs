//! Locates the user of a sign-in step without a named organization: by passkey, browser account or
//! login in the form, or by the browser's pending sign-in.

use serde_json::Value;

use super::{Named, non_empty};
use crate::{
    core::directory::folded,
    origin::{
        authn::{flow, session},
        domain::homes,
        store::{clients, homes::Thing},
    },
    ports::DatabaseError,
};

/// Pages and calls of sign-ins, which read a pending sign-in.
const OF_BROWSER: [&str; 7] = [
    "getSignInPage",
    "signIn",
    "getLandingPage",
    "signInToAccount",
    "signInByTicket",
    "login",
    "getCodeLinkPage",
];

/// Steps that begin a sign-in.
const BEGINNINGS: [&str; 5] =
    ["signIn", "signInToAccount", "login", "decideDevice", "finishWebauthnSignin"];

/// Steps of a pending sign-in.
const FURTHER: [&str; 5] = ["second", "enrol", "finish", "code-verify", "restart"];

/// The location of a step.
pub(super) enum Step {
    /// An organization, and its database if known.
    Of(String, Option<usize>),
    /// The browser's session.
    Session,
    /// Unknown.
    Unknown,
}

impl Named<'_> {
    /// The location of a sign-in step; `is_signed_in` tells whether the browser has a session.
    pub(super) async fn step(&self, is_signed_in: bool) -> Result<Step, DatabaseError> {
        let operation = self.declaration.operation;
        let begins = BEGINNINGS.contains(&operation);
        if !begins && !OF_BROWSER.contains(&operation) {
            return Ok(Step::Unknown);
        }
        if self.parameter("step_up").is_some() {
            return Ok(Step::Session);
        }
        if begins {
            if let Some(owner) = self.by_credential().await? {
                return Ok(Step::Of(owner, None));
            }
            if let Some(owner) = self.chosen().await? {
                return Ok(Step::Of(owner, None));
            }
        }
        let step = self.member("step").unwrap_or_default();
        let any = |names: &[&str]| names.iter().find_map(|name| self.parameter(name));
        let login = any(&["username", "email", "phone"]);
        let is_further = FURTHER.contains(&step.as_str())
            || (login.is_none() && any(&["passcode", "recoveryCode"]).is_some());
        if begins && !is_further {
            let named = login.as_deref().and_then(|login| login.trim().split_once('/'));
            let owner = named.map(|(owner, _)| folded(owner)).filter(|owner| !owner.is_empty());
            return Ok(owner.map_or(Step::Unknown, |owner| Step::Of(owner, None)));
        }
        let is_page = !begins && !is_signed_in;
        if OF_BROWSER.contains(&operation) && (is_further || is_page) {
            return self.waiting().await;
        }
        Ok(Step::Unknown)
    }

    /// The organization of the passkey.
    async fn by_credential(&self) -> Result<Option<String>, DatabaseError> {
        let posted =
            self.member("credential").filter(|_| self.member("step").as_deref() == Some("passkey"));
        let id = match posted {
            Some(text) => serde_json::from_str::<Value>(&text)
                .ok()
                .and_then(|credential| non_empty(credential.get("rawId").and_then(Value::as_str))),
            None if self.declaration.operation == "finishWebauthnSignin" => self.member("rawId"),
            None => None,
        };
        match id {
            Some(id) => homes::owner_of(self.origin, Thing::Credential(&id)).await,
            None => Ok(None),
        }
    }

    /// The organization of the browser account being chosen or signed out.
    async fn chosen(&self) -> Result<Option<String>, DatabaseError> {
        let named = self.member("choose").or_else(|| self.member("sign_out"));
        let user_id = named.and_then(|id| session::person_of(self.origin, self.request, &id));
        match user_id {
            Some(user_id) => homes::owner_of(self.origin, Thing::User(&user_id)).await,
            None => Ok(None),
        }
    }

    /// The location of the browser's pending sign-in.
    async fn waiting(&self) -> Result<Step, DatabaseError> {
        let client_id = self.parameter("client_id").or_else(|| self.parameter("clientId"));
        let client_id = match (client_id, self.parameter("application")) {
            (Some(client_id), _) => client_id,
            (None, Some(name)) if self.declaration.operation == "login" => {
                let named = clients::named(&name).fetch(&*self.origin.database).await?;
                named.map(|registered| registered.application.client_id).unwrap_or_default()
            }
            (None, _) => String::new(),
        };
        let Some(id) = flow::id(self.origin, self.request, &client_id) else {
            return Ok(Step::Unknown);
        };
        let found = homes::waiting(self.origin, &id).await?;
        Ok(found.map_or(Step::Unknown, |(owner, number)| Step::Of(owner, Some(number))))
    }
}
