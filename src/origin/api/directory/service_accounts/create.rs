//! `POST /v1/iam/service-accounts`

use serde::Deserialize;
use serde_json::Map;

use super::{
    end,
    view::{NewKeyView, ServiceAccountView},
};
use crate::{
    core::{
        apikey::KeyScope,
        directory::{Invalid, Line, OrgName, Patch, Text, Timestamp, Username},
        time::UnixTime,
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                acting::may_leave_a_key,
                caller::DirectoryCaller,
                envelope::{Enveloped, enveloped},
                keys::{expiry, within},
            },
            endpoint::{Call, Documented, Json, Who, endpoint},
        },
        domain::{
            agents,
            keys::{SentScope, mint::NewKey},
            users::UserPatch,
        },
        http::RestError,
        store::{
            agents::{Agent, Bound, Listed},
            keys::{KeyKind, KeyLimits},
            organizations,
            query::load,
            users::{Named, Target, User, target},
        },
    },
};

endpoint! {
    /// Creates a service account for an agent, with its first key.
    ///
    /// A person answers for it, the caller unless `user` names another: the account never has more
    /// authority than that person has at the moment, and none of the platform. It ends within a year.
    /// The reply shows the text of the key, once; `firstKey: false` makes none.
    pub CreateServiceAccount = POST "/v1/iam/service-accounts" as "createServiceAccount",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<ServiceAccountIn>,
    reply: Documented<Enveloped<NewKeyView>>,
    error: RestError;
    create
}

/// What a new service account is to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceAccountIn {
    /// The organization; the caller's if absent.
    organization: Patch<OrgName>,
    /// The name of the agent: that of the account is `<organization>-<agent>`.
    name: Patch<Username>,
    /// What the agent is called elsewhere.
    agent_ref: Patch<Line>,
    /// The name for people.
    display_name: Patch<Line>,
    /// The person who answers for it, as `name` or `owner/name`; the caller if absent.
    user: Patch<String>,
    /// `member`, the default, or `admin`, as far as its person is one.
    role: Patch<AgentRole>,
    /// When it ends; in 90 days if absent.
    expire_time: Patch<Timestamp>,
    /// The limits of its key, comma separated; unlimited if absent.
    scope: Patch<SentScope>,
    /// `false`: without a first key.
    first_key: Option<bool>,
}

/// The role of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AgentRole(Role);

impl Text for AgentRole {
    fn read(text: &str) -> Result<Self, Invalid> {
        match text {
            "member" => Ok(Self(Role::Member)),
            "admin" => Ok(Self(Role::Admin)),
            _ => Err(Invalid::new("must be member or admin")),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for AgentRole {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AgentRole".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "enum": ["member", "admin"]})
    }
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateServiceAccount>,
) -> Result<Documented<Enveloped<NewKeyView>>, RestError> {
    let caller = &call.caller;
    let Json(sent) = call.body;
    let owner = sent.organization.as_given().map_or(&*caller.principal.owner, OrgName::as_str);
    caller.administering(owner)?;
    caller.whole()?;
    let queries =
        (target(person(caller, owner, &sent)?), organizations::by_name(owner), caller.key());
    let (sponsor, organization, presented) = load(&*origin.database, queries).await?;
    caller.may_make_keys(presented.as_ref())?;
    may_leave_a_key(origin, caller).await?;
    if organization.is_none() {
        return Err(Invalid::member("organization", "does not exist").into());
    }
    let sponsor = answering(caller, owner, sponsor)?;
    let scope = scope(caller, &sent)?;
    let ends_at = end(origin, sent.expire_time.as_given().map(|Timestamp(end)| *end))?;
    let user = account(origin, owner, &sent)?;
    let agent = Agent {
        user_id: user.id.clone(),
        owner: user.owner.clone(),
        name: user.name.clone(),
        sponsor_id: sponsor.user.id.clone(),
        agent_ref: sent.agent_ref.as_given().map_or("", AsRef::as_ref).to_owned(),
        expires_at: ends_at,
        created_at: user.created_at,
    };
    let first = match sent.first_key {
        Some(false) => None,
        _ => Some(key_of(origin, caller, &agent, scope, Some(ends_at))?.minted(origin)),
    };
    agents::create(origin, &user, &agent, first.as_ref().map(|(key, _)| key)).await?;
    let listed = Listed {
        agent,
        display_name: user.display_name,
        is_admin: user.is_admin,
        is_forbidden: false,
        bound: Some(Bound::of(&sponsor, ends_at)),
        sponsor: Some(format!("{}/{}", sponsor.user.owner, sponsor.user.name)),
    };
    let view = ServiceAccountView::new(listed, origin.clock.now());
    Ok(enveloped(&match first {
        Some((key, text)) => NewKeyView::new(view, key, text.text(), None),
        None => NewKeyView::without(view),
    }))
}

/// The user responsible for the agent.
fn person<'a>(
    caller: &'a DirectoryCaller,
    owner: &'a str,
    sent: &'a ServiceAccountIn,
) -> Result<Named<'a>, RestError> {
    match sent.user.as_given() {
        Some(name) => {
            let qualified = name.split_once('/').filter(|(home, _)| *home == owner);
            let name = qualified.map_or(name.as_str(), |(_, name)| name);
            Ok(Named::Name { owner, name })
        }
        None if caller.is_user() => Ok(Named::Id(&caller.principal.subject)),
        None => Err(Invalid::member("user", "is required: a program answers for nothing").into()),
    }
}

/// Refuses users of another organization, users with roles that the caller lacks, and programs.
fn answering(
    caller: &DirectoryCaller,
    owner: &str,
    sponsor: Option<Target>,
) -> Result<Target, RestError> {
    let sponsor = sponsor.filter(|sponsor| sponsor.user.owner == owner);
    let sponsor =
        sponsor.ok_or_else(|| Invalid::member("user", "is not a user of the organization"))?;
    caller.may_impersonate(&sponsor)?;
    if sponsor.user.is_machine() {
        return Err(Invalid::member("user", "must be a person").into());
    }
    Ok(sponsor)
}

/// The limits of the first key: at most those of the caller's key.
fn scope(caller: &DirectoryCaller, sent: &ServiceAccountIn) -> Result<KeyScope, RestError> {
    let Some(SentScope { kind, scope }) = sent.scope.as_given() else {
        return Ok(caller.scope.clone());
    };
    if *kind == KeyKind::Publishable {
        return Err(Invalid::member("scope", "an agent has secret keys only").into());
    }
    within(caller, scope)?;
    Ok(scope.clone())
}

fn account(origin: &Origin, owner: &str, sent: &ServiceAccountIn) -> Result<User, Invalid> {
    let name = sent.name.as_given().ok_or_else(|| Invalid::member("name", "is required"))?;
    let prefix = format!("{owner}-");
    let name = match name.as_str().strip_prefix(&prefix) {
        Some(agent) if !agent.is_empty() => name.clone(),
        _ => Username::read(&format!("{prefix}{}", name.as_str()))
            .map_err(|why| Invalid::member("name", &why.why))?,
    };
    let AgentRole(role) = *sent.role.as_given().unwrap_or(&AgentRole(Role::Member));
    let patch = UserPatch {
        name: Patch::Value(name),
        display_name: sent.display_name.clone(),
        is_admin: Some(role == Role::Admin),
        ..UserPatch::default()
    };
    let user = patch.create(origin, owner)?;
    Ok(User { r#type: "service-account".to_owned(), ..user })
}

/// A key of the agent, which expires no later than the agent.
pub(super) fn key_of(
    origin: &Origin,
    caller: &DirectoryCaller,
    agent: &Agent,
    scope: KeyScope,
    end: Option<UnixTime>,
) -> Result<NewKey, RestError> {
    let end = [expiry(origin, caller, end)?, Some(agent.expires_at)].into_iter().flatten().min();
    Ok(NewKey {
        owner: agent.owner.clone(),
        name: None,
        display_name: String::new(),
        kind: KeyKind::Secret,
        holder: Some((agent.user_id.clone(), agent.name.clone())),
        application: None,
        scope,
        act: false,
        platform: false,
        expires_at: end,
        creator: caller.actor(),
        limits: KeyLimits::default(),
        attributes: Map::new(),
    })
}
