//! The policy of a sign-in, as organizations and applications configure it, and what an account has to meet
//! it with.
//!
//! A sign-in meets the demands of the client, of the client's organization, and of the person's home together
//! ([`Demand`]). An organization that the person belongs to besides demands a second factor of every sign-in too,
//! and leaves open which.

use serde_json::Value;

use crate::{
    core::{
        authority::administers_platform,
        message::Channel,
        signin::{Account, Acr, Demand, Method, Methods, Policy},
    },
    origin::{
        Origin,
        domain::people::Person,
        store::{applications::Application, factors::Held, organizations::Organization},
    },
};

/// What decides about the sign-ins of a client.
#[derive(Debug, Clone, Copy)]
pub struct SigninRules<'a> {
    /// The client; `None`: the person's own account.
    pub application: Option<&'a Application>,
    /// The organization of the client. A person's own account follows the person's home alone.
    pub organization: Option<&'a Organization>,
}

impl<'a> SigninRules<'a> {
    /// The client id; empty: the person's own account.
    pub fn client_id(self) -> &'a str {
        self.application.map_or("", |application| &application.client_id)
    }

    /// The methods by which a sign-in may begin.
    pub fn first(&self, origin: &Origin) -> Methods {
        let is_on = |name: &str, default: bool| {
            let set = self.application.and_then(|application| application.attributes.get(name));
            set.and_then(Value::as_bool).unwrap_or(default)
        };
        let by_code = is_on("enableCodeSignin", self.application.is_none());
        Methods::NONE
            .with_if(self.application.is_none_or(|it| it.enable_password), Method::Password)
            .with_if(by_code && origin.messages.carries(Channel::Email), Method::Email)
            .with_if(is_on("enableWebAuthn", true), Method::Passkey)
            .with_if(is_on("enableWeb3", self.application.is_none()), Method::Wallet)
            .with_if(self.lists_providers(), Method::Provider)
    }

    /// Whether people may sign in by identity providers.
    fn lists_providers(&self) -> bool {
        self.application.is_none_or(|application| {
            let listed = application.attributes.get("providers").and_then(Value::as_array);
            listed.is_some_and(|listed| !listed.is_empty())
        })
    }

    /// What everyone must prove who begins a sign-in; `acr`: the least class that the request demands.
    pub fn policy(&self, origin: &Origin, acr: Option<Acr>) -> Policy {
        self.meeting(origin, self.demand(None), acr)
    }

    /// What that person must prove.
    pub fn policy_of(&self, origin: &Origin, person: &Person, acr: Option<Acr>) -> Policy {
        self.meeting(origin, self.demand(Some(person)), acr)
    }

    fn meeting(&self, origin: &Origin, demand: Demand, acr: Option<Acr>) -> Policy {
        let Demand { requires_second, second, remembered_hours } = demand;
        let first = self.first(origin);
        Policy { first, second, requires_second, acr, remembered_hours }
    }

    /// What the client, its organization, and the organizations of the person demand together. No browser stands for
    /// the second factor of a platform administrator.
    fn demand(&self, person: Option<&Person>) -> Demand {
        let mut demand = person.map_or_else(Demand::default, |person| person.demand);
        if person.is_some_and(|person| administers_platform(&person.roles)) {
            demand.remembered_hours = 0;
        }
        let Some(application) = self.application else { return demand };
        let role_in = |name: &str| person.and_then(|person| person.role_in(name));
        let role = role_in(&application.organization);
        let demand = demand.and(Demand::of(&application.attributes, role));
        self.organization.map_or(demand, |organization| {
            let role = role_in(&organization.name);
            demand.and(Demand::of(&organization.attributes, role))
        })
    }

    /// How long that person may have a browser remembered, in hours; 0: not at all.
    pub fn remembered_hours(&self, person: &Person) -> i64 {
        self.demand(Some(person)).remembered_hours
    }
}

/// What that person's account has to meet a policy with. A platform administrator proves a second factor
/// that the account has, a passkey too, at each sign-in.
pub fn account(person: &Person, held: &Held) -> Account {
    let enrolled = held.enrolled();
    let is_platforms = administers_platform(&person.roles);
    let asked = if is_platforms { enrolled } else { enrolled.without(Method::Passkey) };
    Account {
        enrolled,
        wants_second: asked.has_second(),
        remembered: held.remembered(),
        barred: held.barred(),
    }
}
