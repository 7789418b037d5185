//! Users: what a patch changes, which changes only an administrator makes, and the changes of state.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    core::{
        directory::{
            Attributes, Email, Invalid, Kept, Line, NewPassword, OrgName, Patch, Phone, Picture,
            RESTRICTIONS, Unchecked, Username,
        },
        encoding::uuid,
        password::Account,
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::{
            audit::Subject, change::Change, change_error::ChangeError, commit::commit, passwords,
            revocation,
        },
        store::{
            audit, exports, owned, publications,
            query::load,
            users::{self, User},
        },
    },
};

pub(super) const ATTRIBUTES: Attributes = Attributes {
    ignored: &[
        // This server sets them.
        "id",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
        "lastSigninTime",
        RESTRICTIONS,
        // Provisioning clients set it (`domain::scim`).
        "scim",
        // They belong to other resources, or the platform's own processes set them.
        "accessSecret",
        "balance",
        "balanceCredit",
        "balanceCurrency",
        "deleted",
        "deletedTime",
        "faceIds",
        "groups",
        "isGlobalAdmin",
        "isOnline",
        "isSuperAdmin",
        "isVerified",
        "karma",
        "lastSigninIp",
        "lastSigninWrongTime",
        "mfaAccounts",
        "mfaEmailEnabled",
        "mfaItems",
        "mfaPhoneEnabled",
        "mfaPushEnabled",
        "mfaPushReceiver",
        "mfaRadiusEnabled",
        "multiFactorAuths",
        "nameKey",
        "orgs",
        "permissions",
        "phoneVerified",
        "preferredMfaType",
        "ranking",
        "roles",
        "score",
        "signinWrongTimes",
        "applicationScopes",
        "wallets",
        "webauthnCredentials",
    ],
    maximum: 16 * 1024,
};

/// The attributes that users change themselves, besides name and picture. All others are an
/// administrator's: addresses have to be proved; services rely on `properties` and `tag`;
/// `needUpdatePassword` demands a new password.
const OWN: [&str; 18] = [
    "address",
    "addresses",
    "affiliation",
    "avatarType",
    "bio",
    "birthday",
    "countryCode",
    "education",
    "firstName",
    "gender",
    "homepage",
    "language",
    "lastName",
    "location",
    "realName",
    "region",
    "title",
    "permanentAvatar",
];

/// What a request sets of a user. Absent members stay as they are. Members without a field are kept
/// as attributes; `null` removes one.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct UserPatch {
    /// The home organization. Cannot be changed.
    pub owner: Patch<OrgName>,
    /// The username. Cannot be changed.
    pub name: Patch<Username>,
    /// The person's name.
    pub display_name: Patch<Line>,
    /// The e-mail address; `""` removes it. A new one is unverified unless `emailVerified` is sent.
    pub email: Patch<Email>,
    /// Whether the address is known to be the user's.
    pub email_verified: Option<bool>,
    /// The telephone number; `""` removes it.
    pub phone: Patch<Phone>,
    /// URL or `data:image`; `""` removes it.
    pub avatar: Patch<Picture>,
    /// `normal-user`, `service-account`, …
    pub r#type: Patch<Line>,
    /// Whether the user administers the home organization.
    pub is_admin: Option<bool>,
    /// Whether the account is disabled.
    pub is_forbidden: Option<bool>,
    /// Whether the account is deleted and keeps its row: nothing of it is accepted, and lists leave it
    /// out. `false` restores it. Ignored on creation.
    pub is_deleted: Option<bool>,
    /// The id in another system; `""` removes it.
    pub external_id: Patch<Line>,
    /// A new password. `""` and `***` set none.
    pub password: Patch<NewPassword>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

/// What a change touches, which decides who may make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing.
    Nothing,
    /// The profile, which the user changes too.
    Profile,
    /// Role, state, classification, and what a sign-in relies on: an administrator's.
    Standing,
}

impl UserPatch {
    /// Changes `user`, except the password, owner and name, and returns what that touches.
    pub fn apply(self, user: &mut User) -> Result<Reach, Invalid> {
        let before = user.clone();
        self.display_name.set(&mut user.display_name);
        if let Some(value) = self.email.change() {
            user.email = cleared(value);
            // A new address has to be proved again, unless the administrator vouches for it.
            user.email_verified &= user.email == before.email;
        }
        if let Some(value) = self.email_verified {
            user.email_verified = value && !user.email.is_empty();
        }
        self.phone.set(&mut user.phone);
        self.avatar.set(&mut user.avatar);
        if let Some(value) = self.r#type.given() {
            user.r#type = value.into();
        }
        user.is_admin = self.is_admin.unwrap_or(user.is_admin);
        user.is_forbidden = self.is_forbidden.unwrap_or(user.is_forbidden);
        if let Some(value) = self.external_id.change() {
            user.external_id = value.map(String::from).filter(|id| !id.is_empty());
        }
        user.attributes = ATTRIBUTES.merged(&before.attributes, &self.attributes.members)?;
        Ok(reach(&before, user))
    }

    /// A user of `owner` that is not stored yet, without a password.
    pub fn create(self, origin: &Origin, owner: &str) -> Result<User, Invalid> {
        let name = self.name.as_given().cloned();
        let name = name.ok_or_else(|| Invalid::member("name", "is required"))?;
        let mut user = blank(uuid(origin.random.bytes()), owner, name.into(), origin.clock.now());
        self.apply(&mut user)?;
        Ok(user)
    }
}

/// A user of whom no request has set anything.
pub fn blank(id: String, owner: &str, name: String, now: UnixTime) -> User {
    User {
        id,
        owner: owner.to_owned(),
        name,
        display_name: String::new(),
        email: String::new(),
        email_verified: false,
        phone: String::new(),
        avatar: String::new(),
        r#type: "normal-user".to_owned(),
        is_admin: false,
        is_forbidden: false,
        deleted_at: None,
        external_id: None,
        password_hash: None,
        last_signin_at: None,
        not_before: UnixTime(0),
        attributes: Map::new(),
        created_at: now,
        updated_at: now,
        version: 0,
    }
}

fn cleared<T: Into<String>>(value: Option<T>) -> String {
    value.map(Into::into).unwrap_or_default()
}

/// What a change touches.
pub fn reach(before: &User, after: &User) -> Reach {
    let standing = before.email != after.email
        || before.email_verified != after.email_verified
        || before.phone != after.phone
        || before.external_id != after.external_id
        || before.is_admin != after.is_admin
        || before.is_forbidden != after.is_forbidden
        || before.deleted_at != after.deleted_at
        || before.r#type != after.r#type
        || differing(&before.attributes, &after.attributes).any(|name| !OWN.contains(&name));
    let profile = before.display_name != after.display_name
        || before.avatar != after.avatar
        || before.attributes != after.attributes;
    if standing {
        Reach::Standing
    } else if profile {
        Reach::Profile
    } else {
        Reach::Nothing
    }
}

fn differing<'a>(
    before: &'a Map<String, Value>,
    after: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a str> {
    let names = before.keys().chain(after.keys());
    names.filter(|name| before.get(*name) != after.get(*name)).map(String::as_str)
}

/// A user of `owner` that is not stored yet.
pub async fn new(
    origin: &Origin,
    owner: &str,
    sent: UserPatch,
    password: Option<&NewPassword>,
) -> Result<User, ChangeError> {
    let mut user = sent.create(origin, owner)?;
    if let Some(password) = password {
        set_password(origin, &mut user, password).await?;
    }
    Ok(user)
}

/// Gives `user`, whose name and address are the new ones, a new password, if it meets the rules.
pub async fn set_password(
    origin: &Origin,
    user: &mut User,
    password: &NewPassword,
) -> Result<(), ChangeError> {
    let account = Account { name: &user.name, email: &user.email };
    let hash = passwords::hashed(origin, &user.owner, account, password).await?;
    user.password_hash = Some(hash);
    Ok(())
}

/// Stores a new user, unless the organization has as many as its quota allows.
pub async fn create(origin: &Origin, user: &User) -> Result<(), ChangeError> {
    let mut change = Change::created(user);
    let inserted = change.decide(users::insert(user, origin.config.limits.quotas.users));
    if commit(origin, change).await?.took_effect(inserted) {
        return Ok(());
    }
    Err(ChangeError::Quota { organization: user.owner.clone(), kind: "users" })
}

/// Stores a changed user, unless it has been changed since `before` was read. The loss of a
/// password, a role or the account ends every session, grant and token.
pub async fn update(origin: &Origin, before: &User, user: &mut User) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    user.updated_at = now;
    let ended = revocation::user_changed(before, user, now);
    let ends = !ended.is_empty();
    if ends {
        user.not_before = now;
    }
    let mut change = Change::updated(before, user);
    let updated = change.decide(users::update(user));
    change.require(updated);
    change.revoke(ended);
    if !ends && before.is_barred() && !user.is_barred() {
        change.revoke(revocation::user_reinstated(&user.id, now));
    }
    // Edges do not believe records that are older than the end of what the user had.
    if ends || user.is_published_otherwise(before) {
        change.publish_keys(publications::keys_of_user(&user.id, now));
    }
    if commit(origin, change).await?.took_effect(updated) {
        user.version += 1;
        Ok(())
    } else {
        Err(ChangeError::Stale)
    }
}

/// Marks the account as deleted, or restores it, and returns what that touches.
pub fn set_deleted(user: &mut User, is_deleted: bool, now: UnixTime) -> Reach {
    if user.deleted_at.is_some() == is_deleted {
        return Reach::Nothing;
    }
    user.deleted_at = is_deleted.then_some(now);
    Reach::Standing
}

/// Deletes a user with all that belongs to it.
pub async fn delete(origin: &Origin, user: &User) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    let mut change = Change::deleted(user);
    change.publish_keys(publications::keys_of_user(&user.id, now));
    change.revoke(revocation::user_deleted(&user.id, now));
    commit(origin, change).await?;
    Ok(())
}

/// Erases the data of a person: everything that [`delete`] deletes, and what names the person in
/// records that stay. The id is never given again. The audit trail keeps its entries; that of the
/// erasure says nothing about the person but the id.
pub async fn erase(origin: &Origin, user: &User) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    let mut change = Change::of(Subject::new(&user.owner, "erasure", &user.id));
    change.publish_keys(publications::keys_of_user(&user.id, now));
    change.revoke(revocation::user_erased(&user.id, now));
    let email = (user.email_verified && !user.email.is_empty()).then_some(user.email.as_str());
    change.write_all(owned::forget_person(&user.id, &user.owner, &user.name, email));
    change.write(owned::note_erasure(&user.id, &user.owner, now));
    commit(origin, change).await?;
    Ok(())
}

/// Refuses to remove a user who is the only owner of organizations: `alone` are their names.
pub fn may_go(alone: &[String]) -> Result<(), ChangeError> {
    if alone.is_empty() {
        return Ok(());
    }
    Err(ChangeError::Conflict(format!(
        "the user is the only owner of {}: make another member an owner first",
        alone.join(", ")
    )))
}

/// Everything that is recorded about a person, but for the account itself: the rows of every table, by
/// member, and `auditEntries`, those of the home organization's trail that the person caused or is
/// the subject of, the latest first, of the last 10,000 entries. Leaves an entry in the trail.
pub async fn export(origin: &Origin, user: &User) -> Result<Map<String, Value>, ChangeError> {
    let by = audit::Selection { actor: Some(&user.id), ..audit::Selection::default() };
    let by = audit::Selection { owner: &user.owner, ..by };
    let about = audit::Selection { kind: Some("user"), name: Some(&user.name), ..by.clone() };
    let about = audit::Selection { actor: None, ..about };
    let queries = (
        exports::of_user(&user.id),
        audit::list(&by, MOST_ENTRIES),
        audit::list(&about, MOST_ENTRIES),
    );
    let (mut members, mut entries, about) = load(&*origin.database, queries).await?;
    entries.extend(about);
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.number));
    entries.dedup_by_key(|entry| entry.number);
    let entries = entries.iter().map(|entry| {
        json!({
            "number": entry.number, "action": entry.action, "kind": entry.kind,
            "name": entry.name, "actor": entry.actor, "record": entry.content(),
            "recordedTime": entry.recorded_at.to_string(),
        })
    });
    members.insert("auditEntries".to_owned(), entries.collect());
    commit(origin, Change::of(Subject::new(&user.owner, "export", &user.id))).await?;
    Ok(members)
}

/// The most entries of the audit trail of each kind that an export has.
const MOST_ENTRIES: i64 = 1_000;
