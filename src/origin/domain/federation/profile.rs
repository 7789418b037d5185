//! Profile synchronization at sign-in: name, address and picture, and the roles and teams mapped
//! from groups.

use crate::{
    core::{
        directory::{Email, Line, Phone, Picture, Text},
        federation::{Group, Mapping, Profile},
        time::UnixTime,
        token::Role as OrganizationRole,
    },
    origin::{
        Origin,
        domain::{
            change_error::ChangeError,
            people::Person,
            resource::{self, Resource},
            users,
        },
        store::{
            providers::Provider,
            resource::{self as resources, Kind, Member, Stored},
            roles::Role,
            teams::Team,
            users::User,
        },
    },
};

/// Fills in a new account. Invalid values are omitted, as is an unverified address, unless the
/// provider is the organization's own (`is_own`).
pub fn fill(user: &mut User, profile: &Profile, is_own: bool) {
    if let Ok(name) = Line::read(&profile.display_name) {
        user.display_name = name.into();
    }
    if let Ok(email) = Email::read(&profile.email)
        && (profile.email_verified || is_own)
    {
        user.email = email.into();
        user.email_verified = profile.email_verified && !user.email.is_empty();
    }
    if let Ok(phone) = Phone::read(&profile.phone) {
        user.phone = phone.into();
    }
    if let Ok(picture) = Picture::read(&profile.picture) {
        user.avatar = picture.into();
    }
}

/// Updates name and picture from the provider if its record sets `syncProfile`, and grants or
/// revokes the roles and teams that its groups control. An owner of the organization remains owner.
/// Returns the updated user.
pub async fn sync(
    origin: &Origin,
    provider: &Provider,
    mapping: &Mapping,
    profile: &Profile,
    person: &Person,
) -> Result<User, ChangeError> {
    let before = &person.user;
    let mut user = before.clone();
    let is_on = |member: &str| super::is_on(provider, member);
    if is_on("syncProfile") {
        if let Ok(name) = Line::read(&profile.display_name)
            && !profile.display_name.is_empty()
        {
            user.display_name = name.into();
        }
        if let Ok(picture) = Picture::read(&profile.picture)
            && !profile.picture.is_empty()
        {
            user.avatar = picture.into();
        }
    }
    let decided = mapping.grants();
    if decided.contains(&Group::Administrators)
        && person.role_in(&before.owner) != Some(OrganizationRole::Owner)
    {
        user.is_admin = profile.grants.contains(&Group::Administrators);
    }
    let differs = user.display_name != before.display_name
        || user.avatar != before.avatar
        || user.is_admin != before.is_admin;
    if differs {
        users::update(origin, before, &mut user).await?;
    }
    for group in &decided {
        let is_given = profile.grants.contains(group);
        match group {
            Group::Administrators => {}
            Group::Role(name) => decide::<Role>(origin, &user, name, is_given).await?,
            Group::Team(name) => decide::<Team>(origin, &user, name, is_given).await?,
        }
    }
    Ok(user)
}

/// A resource whose members are users.
trait Membered: Resource {
    fn members_mut(&mut self) -> &mut Vec<Member>;
}

impl Membered for Role {
    fn members_mut(&mut self) -> &mut Vec<Member> {
        &mut self.members
    }
}

impl Membered for Team {
    fn members_mut(&mut self) -> &mut Vec<Member> {
        &mut self.members
    }
}

/// Adds the user to the named resource or removes it. A missing resource is ignored.
async fn decide<R: Membered>(
    origin: &Origin,
    user: &User,
    name: &str,
    is_given: bool,
) -> Result<(), ChangeError> {
    let now: UnixTime = origin.clock.now();
    let found = resources::find::<R>(&user.owner, name, now).fetch(&*origin.database).await?;
    let Some(before) = found else { return Ok(()) };
    let is_member = |member: &Member| member.kind == Kind::User && member.id == user.id;
    if Stored::members(&before).iter().any(is_member) == is_given {
        return Ok(());
    }
    let mut record = before.clone();
    let members = record.members_mut();
    if is_given {
        let name = format!("{}/{}", user.owner, user.name);
        members.push(Member { kind: Kind::User, name, id: user.id.clone(), expires_at: None });
        members.sort();
    } else {
        members.retain(|member| !is_member(member));
    }
    resource::update(origin, &before, &mut record).await
}
