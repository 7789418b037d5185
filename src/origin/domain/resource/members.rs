//! References to an organization's objects in requests, and the members of a resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    core::{
        directory::{Invalid, List, Patch, Text, Timestamp, folded},
        time::UnixTime,
    },
    origin::{
        Origin,
        store::{
            policy::ORGANIZATION_ROLES,
            resource::{Kind, Member, Resolved, Wanted},
        },
    },
};

/// Maximum number of members of one kind per resource.
const MAXIMUM_MEMBERS: usize = 1000;

/// The actor of a change.
#[derive(Debug, Clone)]
pub struct Actor {
    /// `users.id`, or `owner/name` of an application.
    pub id: String,
    /// `owner/name`.
    pub name: String,
    /// Whether the actor owns the organization, or administers the platform.
    pub is_owner: bool,
}

/// The context of a change.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The configuration and the ports.
    pub origin: &'a Origin,
    /// The organization.
    pub owner: &'a str,
    /// Which of the named objects exist.
    pub resolved: Resolved,
    /// The actor.
    pub by: Actor,
    /// Whether the resource is not stored yet.
    pub is_new: bool,
}

/// An object of the organization as a request names it: `owner/name`, or `name` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    owner: Option<String>,
    name: String,
}

impl Reference {
    /// Owner and name.
    fn within<'a>(&'a self, organization: &'a str) -> (&'a str, &'a str) {
        (self.owner.as_deref().unwrap_or(organization), &self.name)
    }

    /// The name, if the object is one of the organization.
    pub fn of(&self, organization: &str) -> Option<&str> {
        let is_own = self.owner.as_deref().is_none_or(|owner| owner == organization);
        is_own.then_some(self.name.as_str())
    }
}

impl Text for Reference {
    fn read(text: &str) -> Result<Self, Invalid> {
        let (owner, name) = match text.split_once('/') {
            Some((owner, name)) => (Some(owner.to_owned()), name),
            None => (None, text),
        };
        let sound =
            |text: &str| !text.is_empty() && text.len() <= 100 && !text.contains(['/', '\0']);
        if !sound(name) || !owner.as_deref().is_none_or(sound) {
            return Err(Invalid::new("must be a name, or owner/name"));
        }
        Ok(Self { owner, name: name.to_owned() })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Reference {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Reference".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^([^/]+/)?[^/]+$", "maxLength": 201})
    }
}

/// The members of one kind that a request gives.
pub type References = List<Reference, MAXIMUM_MEMBERS>;

/// When members stop being members: kind → member (`owner/name`) → time. A member that is not named
/// stays one for good.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Expirations {
    /// Of users.
    pub users: BTreeMap<String, Patch<Timestamp>>,
    /// Of teams.
    pub teams: BTreeMap<String, Patch<Timestamp>>,
    /// Of roles.
    pub roles: BTreeMap<String, Patch<Timestamp>>,
}

/// When members stop being members: kind → member (`owner/name`) → time.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ExpirationsView {
    /// Of users.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default))]
    pub users: BTreeMap<String, Timestamp>,
    /// Of teams.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default))]
    pub teams: BTreeMap<String, Timestamp>,
    /// Of roles.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default))]
    pub roles: BTreeMap<String, Timestamp>,
}

impl ExpirationsView {
    /// Those of `members`.
    pub fn of(members: &[Member]) -> Self {
        let of = |kind| {
            let members = members.iter().filter(|member| member.kind == kind);
            let ending = members
                .filter_map(|member| Some((member.name.clone(), Timestamp(member.expires_at?))));
            ending.collect()
        };
        Self { users: of(Kind::User), teams: of(Kind::Team), roles: of(Kind::Role) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.teams.is_empty() && self.roles.is_empty()
    }
}

/// The names of the members of that kind.
pub(super) fn names(members: &[Member], kind: Kind) -> Vec<String> {
    let members = members.iter().filter(|member| member.kind == kind);
    members.map(|member| member.name.clone()).collect()
}

/// Adds the objects of a sent list to what has to be resolved.
pub(super) fn want(wanted: &mut Wanted, kind: Kind, sent: Option<&References>, organization: &str) {
    let Some(List(sent)) = sent else { return };
    for reference in sent {
        let (owner, name) = reference.within(organization);
        match kind {
            Kind::User => wanted.users.push((owner.to_owned(), name.to_owned())),
            Kind::Team => wanted.teams.push(name.to_owned()),
            Kind::Role => wanted.roles.push(name.to_owned()),
            Kind::Everyone => {}
        }
    }
}

/// The text that stands for every user of the organization, in a list of users.
const EVERYONE: &str = "*";

impl Scene<'_> {
    /// The time of the change.
    pub fn now(&self) -> UnixTime {
        self.origin.clock.now()
    }

    /// Replaces the members of a kind by those sent. Those that stay keep their expiry.
    pub fn replace(
        &self,
        members: &mut Vec<Member>,
        kind: Kind,
        member: &str,
        sent: Option<References>,
    ) -> Result<(), Invalid> {
        if sent.is_none() {
            return Ok(());
        }
        let before: BTreeMap<String, Option<UnixTime>> =
            members.iter().map(|member| (member.id.clone(), member.expires_at)).collect();
        members.retain(|member| member.kind != kind);
        self.add(members, kind, member, sent)?;
        for member in members.iter_mut().filter(|member| member.kind == kind) {
            member.expires_at = before.get(&member.id).copied().flatten();
        }
        Ok(())
    }

    /// Adds members of a kind. Those that are members already keep their expiry.
    pub fn add(
        &self,
        members: &mut Vec<Member>,
        kind: Kind,
        member: &str,
        sent: Option<References>,
    ) -> Result<(), Invalid> {
        for found in self.named(kind, member, sent)? {
            if members.iter().all(|known| known.id != found.id) {
                members.push(found);
            }
        }
        if members.iter().filter(|known| known.kind == kind).count() > MAXIMUM_MEMBERS {
            let why = format!("would make more than {MAXIMUM_MEMBERS} members");
            return Err(Invalid::member(member, &why));
        }
        Ok(())
    }

    /// Removes members of a kind.
    pub fn remove(
        &self,
        members: &mut Vec<Member>,
        kind: Kind,
        member: &str,
        sent: Option<References>,
    ) -> Result<(), Invalid> {
        let removed = self.named(kind, member, sent)?;
        members.retain(|known| removed.iter().all(|removed| removed.id != known.id));
        Ok(())
    }

    /// What a request names, as members for good.
    fn named(
        &self,
        kind: Kind,
        member: &str,
        sent: Option<References>,
    ) -> Result<Vec<Member>, Invalid> {
        let sent = sent.map(|List(sent)| sent).unwrap_or_default();
        let found = sent.into_iter().enumerate().map(|(place, reference)| {
            let (owner, name) = reference.within(self.owner);
            let id = match kind {
                Kind::User => self.resolved.user(owner, name),
                _ if owner != self.owner => None,
                _ => self.resolved.named(kind, name),
            };
            let id = id.ok_or_else(|| self.unknown(kind, &format!("{member}[{place}]")))?;
            let name = if kind == Kind::User { folded(name) } else { name.to_owned() };
            let (id, name) = (id.to_owned(), format!("{owner}/{name}"));
            Ok(Member { kind, id, name, expires_at: None })
        });
        found.collect()
    }

    /// Takes the entry that stands for every user out of a list of users, if it is there.
    pub fn everyone(&self, members: &mut Vec<Member>, sent: &mut Option<References>) {
        let Some(List(sent)) = sent else { return };
        let count = sent.len();
        sent.retain(|reference| reference.of(self.owner) != Some(EVERYONE));
        members.retain(|member| member.kind != Kind::Everyone);
        if sent.len() < count {
            members.push(Member {
                kind: Kind::Everyone,
                name: String::new(),
                id: String::new(),
                expires_at: None,
            });
        }
    }

    /// The organization roles among the roles that were sent (`@member`, `@admin`, `@owner`), taken out of
    /// them. One that was a member keeps its expiry.
    pub fn organization_roles(
        &self,
        members: &[Member],
        sent: &mut Option<References>,
    ) -> Vec<Member> {
        let Some(List(sent)) = sent else { return Vec::new() };
        let mut found: Vec<Member> = Vec::new();
        sent.retain(|reference| {
            let name = reference.of(self.owner);
            let Some((id, _)) = ORGANIZATION_ROLES.iter().find(|(id, _)| Some(*id) == name) else {
                return true;
            };
            if !found.iter().any(|known| known.id == *id) {
                let before = members.iter().find(|member| member.id == *id);
                found.push(Member {
                    kind: Kind::Role,
                    id: (*id).to_owned(),
                    name: format!("{}/{id}", self.owner),
                    expires_at: before.and_then(|member| member.expires_at),
                });
            }
            false
        });
        found
    }

    /// Sets when members stop being members: those that are not named stay for good.
    pub fn expire(
        &self,
        members: &mut [Member],
        sent: Option<&Expirations>,
    ) -> Result<(), Invalid> {
        let Some(sent) = sent else { return Ok(()) };
        for (kind, plural, times) in [
            (Kind::User, "users", &sent.users),
            (Kind::Team, "teams", &sent.teams),
            (Kind::Role, "roles", &sent.roles),
        ] {
            for member in members.iter_mut().filter(|member| member.kind == kind) {
                member.expires_at = None;
            }
            for (name, time) in times {
                let Patch::Value(Timestamp(time)) = time else { continue };
                let path = format!("expirations.{plural}.{name}");
                if *time <= self.now() {
                    return Err(Invalid::member(&path, "must be in the future"));
                }
                let full =
                    if name.contains('/') { name } else { &format!("{}/{name}", self.owner) };
                let member =
                    members.iter_mut().find(|member| member.kind == kind && member.name == *full);
                member.ok_or_else(|| Invalid::member(&path, "is not a member"))?.expires_at =
                    Some(*time);
            }
        }
        Ok(())
    }

    fn unknown(&self, kind: Kind, path: &str) -> Invalid {
        let what = match kind {
            Kind::User | Kind::Everyone => "user",
            Kind::Team => "team",
            Kind::Role => "role",
        };
        Invalid::member(path, &format!("is not a {what} of the organization {}", self.owner))
    }
}
