//! The policy of a sign-in, as organizations and applications configure it, and what an account has to meet
//! it with.
//!
//! An organization demands a second factor by `requireMfa` (`true`, or a list of roles) or by an entry of
//! `mfaItems` with the rule `Required`; `mfaItems` also lists the factors that count, all if it is empty.
//! An application demands one by its own `requireMfa`.

use serde_json::Value;

use crate::{
    core::{
        message::Channel,
        signin::{Account, Acr, Method, Methods, Policy, demand},
        token::OrganizationRole,
    },
    origin::{
        Origin,
        domain::people::Person,
        store::{applications::Application, factors::Held, organizations::Organization},
    },
};

/// How long a browser may be remembered unless the organization says otherwise, in hours.
const REMEMBERED_HOURS: i64 = 30 * 24;

/// The longest that an organization may allow, in hours.
const MAXIMUM_HOURS: i64 = 90 * 24;

/// The policy of a sign-in to `application` of a person of `organization`.
#[derive(Debug, Clone, Copy)]
pub struct SigninRules<'a> {
    /// The client; `None`: the person's own account.
    pub application: Option<&'a Application>,
    /// The home organization of the person.
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
    }

    /// What a person with `roles` must prove; `acr`: the least class that the request demands.
    pub fn policy(&self, origin: &Origin, roles: &[OrganizationRole], acr: Option<Acr>) -> Policy {
        let attributes = [
            self.organization.map(|organization| &organization.attributes),
            self.application.map(|application| &application.attributes),
        ];
        let requires_second = attributes.into_iter().flatten().any(|it| demand::is_due(it, roles));
        Policy {
            first: self.first(origin),
            second: self.counting(),
            requires_second,
            acr,
            remembers: self.remembered_hours() > 0,
        }
    }

    /// What that person must prove: what the client's organization demands, and the person's own.
    pub fn policy_of(&self, origin: &Origin, person: &Person, acr: Option<Acr>) -> Policy {
        let policy = self.policy(origin, &person.roles, acr);
        Policy { requires_second: policy.requires_second || person.demands_second, ..policy }
    }

    /// The second factors that count.
    fn counting(&self) -> Methods {
        let listed = Methods::of(self.mfa_items().filter_map(|(method, _)| method));
        let all = Methods::of(Method::ALL).that(Method::is_second);
        if listed.is_empty() { all } else { listed.with(Method::Recovery) }
    }

    fn mfa_items(&self) -> impl Iterator<Item = (Option<Method>, bool)> {
        self.organization.into_iter().flat_map(|it| demand::items(&it.attributes))
    }

    /// How long a browser may be remembered, in hours; 0: it may not.
    pub fn remembered_hours(&self) -> i64 {
        let set = self.organization.and_then(|it| it.attributes.get("mfaRememberInHours"));
        set.and_then(Value::as_i64).unwrap_or(REMEMBERED_HOURS).clamp(0, MAXIMUM_HOURS)
    }
}

/// What an account has to meet a policy with.
pub fn account(held: &Held) -> Account {
    let of_kind = |kind: &str| held.factor(kind).is_some();
    let chosen = Methods::NONE
        .with_if(of_kind("totp"), Method::Totp)
        .with_if(of_kind("email"), Method::Email)
        .with_if(of_kind("sms"), Method::Sms);
    Account {
        enrolled: chosen
            .with_if(held.passkeys > 0, Method::Passkey)
            .with_if(of_kind("recovery"), Method::Recovery),
        wants_second: !chosen.is_empty(),
        is_remembered: held.is_remembered,
    }
}
