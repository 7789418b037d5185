//! The published user (`IamUser`, OPERATIONS.md part B) and the stored one.

use serde_json::{Map, Value, json};

use crate::{
    core::directory::{Attributes, Invalid, Members, RESTRICTIONS, avatar, email, phone, text},
    origin::store::users::User,
};

const ATTRIBUTES: Attributes = Attributes {
    known: &[
        "id",
        "owner",
        "name",
        "displayName",
        "email",
        "emailVerified",
        "phone",
        "avatar",
        "type",
        "isAdmin",
        "isForbidden",
        "externalId",
        "password",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
        "lastSigninTime",
    ],
    // Other resources own them, or only a process of the platform sets them.
    ignored: &[
        "accessSecret",
        "balance",
        "balanceCredit",
        "balanceCurrency",
        "deleted",
        "deletedTime",
        "faceIds",
        "groups",
        "isDeleted",
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
        RESTRICTIONS,
    ],
    maximum: 16 * 1024,
};

/// The attributes that people may change of themselves, besides name and picture. The rest is their
/// administrator's: addresses have to be proved; roles and what services may rely on (`properties`,
/// `tag`) are given; a new password (`needUpdatePassword`) is demanded.
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

/// What a change touches, which decides who may make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing.
    Nothing,
    /// The profile: the user too.
    Profile,
    /// Role, state, classification, and what a sign-in relies on: an administrator.
    Standing,
}

/// Changes `user` as `sent` says, except the password; tells how far that reaches.
pub fn apply(user: &mut User, sent: &Map<String, Value>) -> Result<Reach, Invalid> {
    let before = user.clone();
    let members = Members(sent);
    if let Some(value) = members.text("displayName")? {
        user.display_name = text("displayName", value)?;
    }
    if let Some(value) = members.text("email")? {
        user.email = email(value)?;
        // An address that has changed has to be proved again, unless the administrator vouches.
        user.email_verified &= user.email == before.email;
    }
    if let Some(value) = members.flag("emailVerified")? {
        user.email_verified = value && !user.email.is_empty();
    }
    if let Some(value) = members.text("phone")? {
        user.phone = phone(value)?;
    }
    if let Some(value) = members.text("avatar")? {
        user.avatar = avatar("avatar", value)?;
    }
    if let Some(value) = members.text("type")?.filter(|value| !value.is_empty()) {
        user.r#type = text("type", value)?;
    }
    if let Some(value) = members.flag("isAdmin")? {
        user.is_admin = value;
    }
    if let Some(value) = members.flag("isForbidden")? {
        user.is_forbidden = value;
    }
    if let Some(value) = members.text("externalId")? {
        user.external_id = Some(text("externalId", value)?).filter(|id| !id.is_empty());
    }
    user.attributes = ATTRIBUTES.merged(&before.attributes, sent)?;
    Ok(reach(&before, user))
}

fn reach(before: &User, after: &User) -> Reach {
    let standing = before.email != after.email
        || before.email_verified != after.email_verified
        || before.phone != after.phone
        || before.external_id != after.external_id
        || before.is_admin != after.is_admin
        || before.is_forbidden != after.is_forbidden
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

/// The user as it is published: no secret is in it, because none is in an attribute.
pub fn published(user: &User) -> Value {
    let mut object = user.attributes.clone();
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    set("id", json!(user.id));
    set("owner", json!(user.owner));
    set("name", json!(user.name));
    set("displayName", json!(user.display_name));
    set("email", json!(user.email));
    set("emailVerified", json!(user.email_verified));
    set("phone", json!(user.phone));
    set("avatar", json!(user.avatar));
    set("type", json!(user.r#type));
    set("isAdmin", json!(user.is_admin));
    set("isForbidden", json!(user.is_forbidden));
    set("createdTime", json!(user.created_at.to_string()));
    set("updatedTime", json!(user.updated_at.to_string()));
    if let Some(external_id) = &user.external_id {
        set("externalId", json!(external_id));
    }
    if let Some(time) = user.last_signin_at {
        set("lastSigninTime", json!(time.to_string()));
    }
    Value::Object(object)
}
