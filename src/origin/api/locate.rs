//! Selects the database of a request, before its handler runs.
//!
//! A request belongs to one organization: the one named in its path, query or body, or that of the
//! code or token that it redeems, else that of its credential. The credential's own rows may be in
//! another database ([`Origin::of_caller`]).

mod steps;

use std::rc::Rc;

use serde_json::Value;

use self::steps::Step;
use super::endpoint::{Declaration, Who};
use crate::{
    core::{encoding::digest, oauth::device::UserCode, principal::PLATFORM_ORGANIZATION},
    origin::{
        Origin, Place,
        authn::{
            federation,
            home::{self, Home},
        },
        domain::{codes, devices, homes},
        http::{Parameters, Request},
        store::homes::Thing,
    },
    ports::DatabaseError,
};

/// Parameters that name an organization in paths, queries and bodies, by precedence.
const NAMES: [&str; 3] = ["owner", "organization", "org"];

/// Operations on the caller's data (sign-in, memberships), even if they name another organization.
const OF_CALLER: [&str; 5] = [
    "acceptInvitation",
    "assumeOrganization",
    "foundOrganization",
    "releaseOrganization",
    "switchOrganization",
];

/// Sign-in steps for a client, in addition to its page forms.
const OF_CLIENT: [&str; 2] = ["beginWebauthnSignin", "finishWebauthnSignin"];

/// Operations on a user's data, and the parameters that name the user as `owner/name`.
const OF_PERSON: [(&str, &str); 6] = [
    ("addMembership", "user"),
    ("deleteMembership", "user"),
    ("listMemberships", "user"),
    ("listWebauthnCredentials", "user"),
    ("impersonateUser", "target"),
    ("signInToAccount", "username"),
];

/// Operations that name only a client, whose organization applies.
const SIGN_INS: [&str; 3] = ["requestDeviceCode", "requestWalletNonce", "verifyWallet"];

/// The context with the database of `request`.
pub(super) async fn located(
    origin: &Origin,
    request: &Request,
    declaration: &Declaration,
    segments: &[&str],
) -> Result<Origin, DatabaseError> {
    // The move itself bypasses the fence.
    if !origin.databases.are_several() || declaration.operation == "moveOrganization" {
        return Ok(origin.clone());
    }
    let named = Named { origin, request, declaration, segments };
    let Home { home, default } = home::of(origin, request).await?;
    let step = named.step(home.is_some()).await?;
    let (concerned, holder) = match (step, named.directly()) {
        (Step::Of(owner, number), _) => (Some(owner), number),
        (Step::Session, _) => (None, None),
        (Step::Unknown, None) => match named.device() {
            // It may be in another database than its client's organization.
            Some(device) => homes::found(origin, device.as_thing()).await?.unzip(),
            None => (named.indirectly().await?, None),
        },
        // As a token owner, it stands for the caller's organization.
        (Step::Unknown, Some(owner)) if owner == PLATFORM_ORGANIZATION && named.is_token() => {
            (None, None)
        }
        (Step::Unknown, concerned) => (concerned, None),
    };
    // The directory's default if a request names no organization.
    let is_directory = matches!(
        declaration.who,
        Who::Directory | Who::SelfOr(_) | Who::Organization(_) | Who::Platform
    );
    let concerned = concerned.or_else(|| default.filter(|_| is_directory));
    let mut organizations: Vec<(String, usize)> = Vec::new();
    for name in [&concerned, &home].into_iter().flatten() {
        if !organizations.iter().any(|(known, _)| known == name) {
            organizations.push((name.clone(), homes::number_of(origin, name).await?));
        }
    }
    let number_of = |name: &Option<String>| {
        let known = organizations.iter().find(|(known, _)| Some(known) == name.as_ref());
        known.map(|(_, number)| *number)
    };
    let caller = number_of(&home).unwrap_or_default();
    let number = match declaration.operation {
        // Organization names are allocated in one database.
        "createOrganization" | "provisionOrganization" | "bootstrap" => 0,
        operation if OF_CALLER.contains(&operation) => caller,
        _ => match named.user_code() {
            // A device is approved in the user's database.
            Some(code) if home.is_some() || (concerned.is_some() && holder.is_none()) => {
                let decides = if home.is_some() { &home } else { &concerned };
                let to = number_of(decides).unwrap_or(caller);
                devices::bring(origin, &code, to).await?;
                to
            }
            _ => holder.or_else(|| number_of(&concerned)).unwrap_or(caller),
        },
    };
    let place = Place { caller, organizations: Rc::new(organizations), ..Place::default() };
    Ok(Origin { place, ..origin.clone() }.at(number))
}

struct Named<'a> {
    origin: &'a Origin,
    request: &'a Request,
    declaration: &'a Declaration,
    segments: &'a [&'a str],
}

impl Named<'_> {
    /// The organization named in the path, query or body.
    fn directly(&self) -> Option<String> {
        if let Some(owner) = self.of_person() {
            return Some(owner);
        }
        let path = self.declaration.path;
        if path.contains("/organizations/") {
            return self.variable("name").map(str::to_owned);
        }
        let of_path = ["organization", "owner", "org"].iter().find_map(|name| self.variable(name));
        of_path.map(str::to_owned).or_else(|| NAMES.iter().find_map(|name| self.parameter(name)))
    }

    /// The home organization of the request's user, whose database has the memberships.
    fn of_person(&self) -> Option<String> {
        let Declaration { path, operation, .. } = self.declaration;
        if path.starts_with("/v1/iam/memberships/") {
            return self.variable("owner").map(str::to_owned);
        }
        let (_, name) = OF_PERSON.iter().find(|(known, _)| known == operation)?;
        let person = self.parameter(name)?;
        person.split_once('/').map(|(owner, _)| owner.to_owned())
    }

    /// A parameter of the query, or a member of the body.
    fn parameter(&self, name: &str) -> Option<String> {
        let query = Parameters::collected(self.request.query.as_bytes()).unwrap_or_default();
        non_empty(query.get(name)).or_else(|| self.member(name))
    }

    fn is_token(&self) -> bool {
        self.declaration.path.starts_with("/v1/iam/tokens/")
    }

    /// The path segment for `{name}` in the template.
    fn variable(&self, name: &str) -> Option<&str> {
        let variables = self.declaration.path.split('/').filter(|part| part.starts_with('{'));
        let place = variables.enumerate().find(|(_, part)| part.trim_matches(['{', '}']) == name);
        self.segments.get(place?.0).copied()
    }

    /// A text member of the body (form or JSON object).
    fn member(&self, name: &str) -> Option<String> {
        if let Ok(Value::Object(object)) = serde_json::from_slice(&self.request.body) {
            return non_empty(object.get(name)?.as_str());
        }
        non_empty(Parameters::collected(&self.request.body).ok()?.get(name))
    }

    /// The user code of a device, entered or from a link.
    fn user_code(&self) -> Option<String> {
        let Declaration { path, operation, .. } = self.declaration;
        let code = if path.contains("/device/{code}") {
            self.segments.first().map(|code| (*code).to_owned())
        } else if ["getDevice", "getDeviceCodePage"].contains(operation) {
            self.parameter("userCode").or_else(|| self.parameter("user_code"))
        } else {
            None
        };
        Some(UserCode::parse(&code?)?.as_str().to_owned())
    }

    /// The device code of the request.
    fn device(&self) -> Option<Device> {
        let polled = || Some(Device::Polls(digest(&self.member("device_code")?)));
        self.user_code().map(Device::IsDecided).or_else(polled)
    }

    /// Whether the request is a federated sign-in: a provider response or Kerberos ticket.
    fn is_vouched_for(&self) -> bool {
        let is_sign_in = ["getSignInPage", "signInByTicket"].contains(&self.declaration.operation);
        is_sign_in
            && (self.parameter(federation::ARRIVED).is_some()
                || federation::kerberos::token_of(self.request).is_some())
    }

    /// The organization of the code, token, key or client in the request.
    async fn indirectly(&self) -> Result<Option<String>, DatabaseError> {
        let origin = self.origin;
        if self.declaration.path.contains("{digest}") {
            let digest = self.segments.first().copied().unwrap_or_default();
            return homes::owner_of(origin, Thing::Key(digest)).await;
        }
        let text = |name| self.member(name);
        if let Some((_, name)) =
            OF_PERSON.iter().find(|(known, _)| *known == self.declaration.operation)
            && let Some(id) = self.parameter(name)
        {
            return homes::owner_of(origin, Thing::User(&id)).await;
        }
        let client = self.parameter("client_id").or_else(|| self.parameter("clientId"));
        if let Some(client) = &client
            && (text("step").is_some() || OF_CLIENT.contains(&self.declaration.operation))
        {
            return homes::owner_of(origin, Thing::Client(client)).await;
        }
        if let Some(code) = text("code") {
            return homes::owner_of(origin, Thing::Code(&codes::key(&code))).await;
        }
        if let Some(digest) = text("digest") {
            return homes::owner_of(origin, Thing::Key(&digest)).await;
        }
        for name in ["refresh_token", "subject_token", "token", "key"] {
            let Some(token) = text(name) else { continue };
            let of_refresh = homes::owner_of(origin, Thing::RefreshToken(&digest(&token))).await?;
            return match of_refresh {
                None => Ok(home::of_text(origin, &token).await?.home),
                owner => Ok(owner),
            };
        }
        // For a sign-in, the account is in the client's organization unless the request names
        // another.
        match client {
            Some(client)
                if text("username").is_some()
                    || text("client_secret").is_some()
                    || SIGN_INS.contains(&self.declaration.operation)
                    || self.is_vouched_for() =>
            {
                homes::owner_of(origin, Thing::Client(&client)).await
            }
            _ => Ok(None),
        }
    }
}

fn non_empty(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// How a request names a device code.
enum Device {
    IsDecided(String),
    Polls(String),
}

impl Device {
    fn as_thing(&self) -> Thing<'_> {
        match self {
            Self::IsDecided(user_code) => Thing::UserCode(user_code),
            Self::Polls(digest) => Thing::DeviceCode(digest),
        }
    }
}
