//! The person whom a step of a sign-in is about, where the request names none by organization: by the passkey,
//! the account of the browser or the login that the form has, or by the sign-in that waits in this browser.

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

/// The pages and calls by which people sign in, and which read a sign-in that waits.
const OF_BROWSER: [&str; 7] = [
    "getSignInPage",
    "signIn",
    "getLandingPage",
    "signInToAccount",
    "signInByTicket",
    "login",
    "getCodeLinkPage",
];

/// Those that begin one.
const BEGINNINGS: [&str; 5] =
    ["signIn", "signInToAccount", "login", "decideDevice", "finishWebauthnSignin"];

/// The steps of one that has begun.
const FURTHER: [&str; 5] = ["second", "enrol", "finish", "code-verify", "restart"];

/// What a step says about where it belongs.
pub(super) enum Step {
    /// To this organization, and to that database if it is known.
    Of(String, Option<usize>),
    /// To the session of the browser, which goes on.
    Session,
    /// Nothing.
    Unknown,
}

impl Named<'_> {
    /// Where the step of a sign-in belongs; `is_signed_in`: the browser has a session.
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

    /// The organization of the passkey that signs in.
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

    /// The organization of the account that is chosen among those of the browser, or signed out.
    async fn chosen(&self) -> Result<Option<String>, DatabaseError> {
        let named = self.member("choose").or_else(|| self.member("sign_out"));
        let user_id = named.and_then(|id| session::person_of(self.origin, self.request, &id));
        match user_id {
            Some(user_id) => homes::owner_of(self.origin, Thing::User(&user_id)).await,
            None => Ok(None),
        }
    }

    /// Where the sign-in of this browser waits.
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
