//! The published application (`IamApplication`) and the stored one.

use serde_json::{Map, Value, json};

use crate::{
    core::{
        directory::{
            Attributes, Invalid, Members, RESTRICTIONS, avatar, grant_type, is_object_name,
            redirect_uri, resource, text,
        },
        principal::PLATFORM_ORGANIZATION,
        token::Algorithm,
    },
    origin::store::applications::Application,
};

/// What stands in place of a secret; written back, it changes nothing.
pub const BLANK: &str = "***";

const ATTRIBUTES: Attributes = Attributes {
    known: &[
        "id",
        "owner",
        "name",
        "organization",
        "clientId",
        "clientSecret",
        "public",
        "displayName",
        "grantTypes",
        "redirectUris",
        "postLogoutRedirectUris",
        "resources",
        "capabilities",
        "isShared",
        "isFirstParty",
        "platformAccess",
        "trust",
        "isDisabled",
        "disableSignin",
        "enablePassword",
        "pkceWithoutSecret",
        "tokenSigningMethod",
        "expireInHours",
        "refreshExpireInHours",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
    ],
    ignored: &["cert", "certObj", "certPublicKey", "deleted", "organizationObj", RESTRICTIONS],
    maximum: 128 * 1024, // its pages have texts and styles of their own
};

/// What only the platform decides about an application.
const PLATFORMS: [&str; 2] = ["platform", "orgChoiceMode"];

/// Seconds: a minute to a week.
const ACCESS_LIFETIMES: std::ops::RangeInclusive<i64> = 60..=7 * 24 * 3600;
/// Seconds: to a year.
const MAXIMUM_REFRESH_LIFETIME: i64 = 365 * 24 * 3600;

/// Changes `application` as `sent` says, except what names it and its secret; answers whether
/// that takes a platform administrator.
pub fn apply(application: &mut Application, sent: &Map<String, Value>) -> Result<bool, Invalid> {
    let before = application.clone();
    let members = Members(sent);
    if let Some(value) = members.text("displayName")? {
        application.display_name = text("displayName", value)?;
    }
    for picture in ["logo", "favicon"] {
        if let Some(value) = members.text(picture)? {
            avatar(picture, value)?;
        }
    }
    if let Some(values) = members.texts("grantTypes")? {
        application.grant_types = each(&values, grant_type)?;
    }
    if let Some(values) = members.texts("redirectUris")? {
        application.redirect_uris = each(&values, redirect_uri)?;
    }
    if let Some(values) = members.texts("postLogoutRedirectUris")? {
        application.post_logout_redirect_uris = each(&values, redirect_uri)?;
    }
    if let Some(values) = members.texts("resources")? {
        application.resources = each(&values, resource)?;
    }
    if let Some(values) = members.texts("capabilities")? {
        application.capabilities = each(&values, capability)?;
    }
    if let Some(scopes) = scopes(sent)? {
        application.scopes = scopes;
    }
    for (name, place) in [
        ("isShared", &mut application.is_shared),
        ("isFirstParty", &mut application.is_first_party),
        ("platformAccess", &mut application.platform_access),
        ("isDisabled", &mut application.is_disabled),
        ("enablePassword", &mut application.enable_password),
        ("pkceWithoutSecret", &mut application.pkce_without_secret),
    ] {
        *place = members.flag(name)?.unwrap_or(*place);
    }
    if let Some(value) = members.flag("disableSignin")?.filter(|v| *v != before.is_disabled) {
        application.is_disabled = value;
    }
    if let Some(value) = members.text("tokenSigningMethod")? {
        if !value.is_empty() && Algorithm::from_name(value).is_none() {
            return Err(Invalid::member("tokenSigningMethod", "must be ES256, RS256 or empty"));
        }
        value.clone_into(&mut application.token_signing_method);
    }
    if application.is_first_party && application.owner != PLATFORM_ORGANIZATION {
        return Err(Invalid::member("isFirstParty", "needs an application owned by the platform"));
    }
    if application.platform_access && !application.is_first_party {
        return Err(Invalid::member("platformAccess", "needs a first-party application"));
    }
    lifetimes(application, members)?;
    application.attributes = ATTRIBUTES.merged(&before.attributes, sent)?;
    let changed = |name: &&str| before.attributes.get(*name) != application.attributes.get(*name);
    Ok(before.is_shared != application.is_shared
        || before.is_first_party != application.is_first_party
        || before.platform_access != application.platform_access
        || before.capabilities != application.capabilities
        || before.resources != application.resources
        || PLATFORMS.iter().any(changed))
}

/// A refresh token that ends with the access token is born dead (WIRE §10, 5): it lives longer.
fn lifetimes(application: &mut Application, members: Members<'_>) -> Result<(), Invalid> {
    // 0 is how earlier systems write "not set".
    if let Some(seconds) = members.hours("expireInHours")?.filter(|seconds| *seconds > 0) {
        application.access_token_lifetime = seconds;
    }
    if let Some(seconds) = members.hours("refreshExpireInHours")?.filter(|seconds| *seconds > 0) {
        application.refresh_token_lifetime = seconds;
    }
    if !ACCESS_LIFETIMES.contains(&application.access_token_lifetime) {
        return Err(Invalid::member("expireInHours", "must be between a minute and a week"));
    }
    if application.refresh_token_lifetime <= application.access_token_lifetime
        || application.refresh_token_lifetime > MAXIMUM_REFRESH_LIFETIME
    {
        let why = "must be more than expireInHours and at most a year";
        return Err(Invalid::member("refreshExpireInHours", why));
    }
    Ok(())
}

fn each(
    values: &[String],
    read: impl Fn(&str) -> Result<String, Invalid>,
) -> Result<Vec<String>, Invalid> {
    values.iter().map(|value| read(value)).collect()
}

fn capability(value: &str) -> Result<String, Invalid> {
    if is_object_name(value) {
        Ok(value.to_owned())
    } else {
        Err(Invalid::member("capabilities", "has an entry that is not a name"))
    }
}

/// Scopes are names, or objects that have one (`IamScopeItem`); the objects round-trip.
fn scopes(sent: &Map<String, Value>) -> Result<Option<Vec<String>>, Invalid> {
    let list = match sent.get("scopes") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) if list.len() <= 100 => list,
        Some(_) => return Err(Invalid::member("scopes", "must be a list")),
    };
    list.iter()
        .map(|entry| {
            let name = entry.as_str().or_else(|| entry.get("name")?.as_str());
            // RFC 6749 §3.3: printable ASCII without space, quote, backslash.
            let sound = |name: &&str| {
                !name.is_empty()
                    && name.len() <= 128
                    && name.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
            };
            let name = name.filter(sound).map(str::to_owned);
            name.ok_or_else(|| Invalid::member("scopes", "has an entry that is not a scope"))
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

/// The application as it is published: the secret is blank.
pub fn published(application: &Application) -> Value {
    let mut object = application.attributes.clone();
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    let secret = if application.client_secret_digest.is_some() { BLANK } else { "" };
    set("id", json!(application.id));
    set("owner", json!(application.owner));
    set("name", json!(application.name));
    set("organization", json!(application.organization));
    set("clientId", json!(application.client_id));
    set("clientSecret", json!(secret));
    set("public", json!(application.client_secret_digest.is_none()));
    set("displayName", json!(application.display_name));
    set("grantTypes", json!(application.grant_types));
    set("redirectUris", json!(application.redirect_uris));
    set("postLogoutRedirectUris", json!(application.post_logout_redirect_uris));
    set("resources", json!(application.resources));
    set("capabilities", json!(application.capabilities));
    set("isShared", json!(application.is_shared));
    set("isFirstParty", json!(application.is_first_party));
    set("platformAccess", json!(application.platform_access));
    set("trust", json!(application.trust().name()));
    set("isDisabled", json!(application.is_disabled));
    set("disableSignin", json!(application.is_disabled));
    set("enablePassword", json!(application.enable_password));
    set("pkceWithoutSecret", json!(application.pkce_without_secret));
    set("tokenSigningMethod", json!(application.token_signing_method));
    set("expireInHours", hours(application.access_token_lifetime));
    set("refreshExpireInHours", hours(application.refresh_token_lifetime));
    set("createdTime", json!(application.created_at.to_string()));
    set("updatedTime", json!(application.updated_at.to_string()));
    let details = object.get("scopes").and_then(Value::as_array).cloned().unwrap_or_default();
    let scopes = details.into_iter().map(|entry| match entry {
        Value::String(name) => json!({ "name": name }),
        item => item,
    });
    let scopes = scopes.collect();
    object.insert("scopes".to_owned(), Value::Array(scopes));
    Value::Object(object)
}

/// A whole number where it is one: some clients read an integer.
fn hours(seconds: i64) -> Value {
    if seconds % 3600 == 0 {
        return json!(seconds / 3600);
    }
    let seconds = i32::try_from(seconds).unwrap_or(i32::MAX);
    json!(f64::from(seconds) / 3600.0)
}
