//! The first accounts: an operator's seed document. What exists already stays as it is, so that
//! the same document may be sent again.
//!
//! ```json
//! {"organizations": [{"name": "admin", "displayName": "Platform"}],
//!  "users": [{"owner": "admin", "name": "root", "email": "…", "password": "…", "isAdmin": true}],
//!  "applications": [{"owner": "admin", "name": "hanzo-cloud", "organization": "hanzo",
//!                    "clientId": "hanzo-cloud", "clientSecret": "…", "redirectUris": []}],
//!  "keys": [{"owner": "admin", "user": "root", "name": "bootstrap", "scope": ""}]}
//! ```
//!
//! Each object is as `/v1/iam` takes it. A `clientSecret` of `null` makes a public client; without
//! the member a secret is generated and returned. A key may carry an earlier system's text in `key`
//! (or its SHA-256, as base64url or hex, in `digest`), and limits as `/v1/iam/keys` takes them.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    core::{
        apikey::ApiKey,
        cors::CorsClass,
        directory::{Administrator, Invalid, Patch, Timestamp, read},
        encoding::{base64url, from_base64url},
        principal::PLATFORM_ORGANIZATION,
        secret::Secret,
    },
    origin::{
        Origin,
        api::endpoint::{Call, Internal, Who, endpoint},
        domain::{
            applications::{self, ApplicationPatch},
            change::{Change, Unrecorded},
            homes,
            keys::{
                KeyPatch, SentScope,
                limits::note_creation,
                mint::{self, NewKey},
            },
            organizations::{self, OrganizationPatch},
            publication,
            users::{self, UserPatch},
        },
        http::{RestError, response},
        store::{self, keys::KeyLimits},
    },
    ports::DatabaseError,
};

type Object = Map<String, Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(default)]
    organizations: Vec<Object>,
    #[serde(default)]
    users: Vec<Object>,
    #[serde(default)]
    applications: Vec<Object>,
    #[serde(default)]
    keys: Vec<Object>,
}

/// Members of a key that only a seed may have.
#[derive(Default, Deserialize)]
#[serde(default)]
struct KeyText {
    /// The text of a key of an earlier system.
    key: Patch<String>,
    /// Its SHA-256.
    digest: Patch<String>,
}

endpoint! {
    /// Creates what is missing of the operator's seed, and returns the secrets that are shown once.
    pub Bootstrap = POST "/internal/bootstrap" as "bootstrap",
    who: Who::Operator, cors: CorsClass::None;
    reply: Internal,
    error: RestError;
    bootstrap
}

async fn bootstrap(origin: &Origin, call: Call<'_, Bootstrap>) -> Result<Internal, RestError> {
    let seed: Seed = serde_json::from_slice(&call.request.body)
        .map_err(|error| RestError::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let mut answer = json!({"organizations": [], "users": [], "applications": [], "keys": []});
    for object in &seed.organizations {
        push(&mut answer, "organizations", organization(origin, object).await?);
    }
    for object in &seed.users {
        push(&mut answer, "users", user(&of_owner(origin, object).await?, object).await?);
    }
    for object in &seed.applications {
        push(
            &mut answer,
            "applications",
            application(&of_owner(origin, object).await?, object).await?,
        );
    }
    for object in &seed.keys {
        push(&mut answer, "keys", key(&of_owner(origin, object).await?, object).await?);
    }
    publication::edge(origin).await;
    Ok(Internal(response::no_store(response::json(StatusCode::OK, &answer))))
}

/// The context with the database of the object's organization.
async fn of_owner(origin: &Origin, object: &Object) -> Result<Origin, DatabaseError> {
    let owner = object.get("owner").and_then(Value::as_str).unwrap_or(PLATFORM_ORGANIZATION);
    homes::at(origin, owner).await
}

fn push(answer: &mut Value, name: &str, entry: Value) {
    if let Some(Value::Array(list)) = answer.get_mut(name) {
        list.push(entry);
    }
}

async fn organization(origin: &Origin, object: &Object) -> Result<Value, RestError> {
    let sent: OrganizationPatch = read(object.clone())?;
    let name = &required(sent.name.clone(), "name")?;
    let exists = store::organizations::find(&*origin.database, name).await?.is_some();
    if !exists {
        let organization = sent.create(origin)?;
        organizations::create(origin, Change::unrecorded(Unrecorded::Step), &organization, None)
            .await?;
    }
    Ok(json!({"name": name, "created": !exists}))
}

async fn user(origin: &Origin, object: &Object) -> Result<Value, RestError> {
    let mut sent: UserPatch = read(object.clone())?;
    let owner = &required(sent.owner.clone(), "owner")?;
    let name = &required(sent.name.clone(), "name")?;
    let found = store::users::find(&*origin.database, owner, name).await?;
    let created = found.is_none();
    let user = if let Some(user) = found {
        user
    } else {
        let password = std::mem::take(&mut sent.password).given();
        let user = users::new(origin, owner, sent, password.as_ref()).await?;
        users::create(origin, &user).await?;
        user
    };
    Ok(json!({"owner": owner, "name": name, "id": user.id, "created": created}))
}

async fn application(origin: &Origin, object: &Object) -> Result<Value, RestError> {
    let sent: ApplicationPatch = read(object.clone())?;
    let owner = sent.owner.as_given().map_or(PLATFORM_ORGANIZATION, AsRef::as_ref).to_owned();
    let (owner, name) = (owner.as_str(), &required(sent.name.clone(), "name")?);
    let organization = &required(sent.organization.clone(), "organization")?;
    if let Some(found) = store::applications::named(owner, name).fetch(&*origin.database).await? {
        return Ok(json!({
            "owner": owner, "name": name, "clientId": found.client_id, "created": false,
        }));
    }
    let new = sent.create(origin, owner, organization)?;
    applications::create(origin, Change::unrecorded(Unrecorded::Step), &new.application, &[])
        .await?;
    Ok(json!({
        "owner": owner,
        "name": name,
        "clientId": new.application.client_id,
        "clientSecret": new.secret.as_ref().map(Secret::expose),
        "created": true,
    }))
}

async fn key(origin: &Origin, object: &Object) -> Result<Value, RestError> {
    let text: KeyText = read(object.clone())?;
    let sent: KeyPatch = read(object.clone())?;
    let owner = &required(sent.owner.clone(), "owner")?;
    let name = &required(sent.name.clone(), "name")?;
    let holder = sent.user.as_given();
    let described = |created: bool| {
        json!({
            "owner": owner, "user": holder, "name": name, "created": created,
        })
    };
    if store::keys::named(owner, name).fetch(&*origin.database).await?.is_some() {
        return Ok(described(false));
    }
    let user = match holder {
        None => None,
        Some(holder) => {
            let user = store::users::find(&*origin.database, owner, holder).await?;
            let missing =
                || Invalid::new(format!("the key {name} names a user who does not exist"));
            Some(user.ok_or_else(missing)?)
        }
    };
    let SentScope { kind, scope } = sent.scope.clone().or_default();
    let new = NewKey {
        owner: owner.to_owned(),
        name: Some(name.to_owned()),
        display_name: sent.display_name.clone().given().map(String::from).unwrap_or_default(),
        kind,
        holder: user.map(|user| (user.id, user.name)),
        application: sent.application.clone().given(),
        scope,
        act: sent.act.unwrap_or(false),
        platform: sent.platform.unwrap_or(false),
        expires_at: sent.expire_time.clone().given().map(|Timestamp(end)| end),
        creator: "bootstrap".to_owned(),
        limits: sent.limits(KeyLimits::default()),
        attributes: Map::new(),
    };
    let mut entry = described(true);
    let mut key = if let Some(text) = text.key.as_given() {
        new.imported(origin, &ApiKey::parse(text).map_err(invalid)?)
    } else if let Some(digest) = text.digest.as_given() {
        new.of_digest(origin, &digest_of(digest)?)
    } else {
        let (key, text) = new.minted(origin);
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("key".to_owned(), json!(text.text().expose()));
        }
        key
    };
    note_creation(&mut key, holder.is_some().then_some(Administrator::Platform));
    mint::create(origin, &key).await?;
    Ok(entry)
}

/// Normalizes a digest: earlier systems use hex.
fn digest_of(text: &str) -> Result<String, Invalid> {
    let bytes = match text.len() {
        43 => from_base64url(text),
        64 => (0..64)
            .step_by(2)
            .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
            .collect::<Option<Vec<u8>>>(),
        _ => None,
    };
    let bytes = bytes.ok_or_else(|| Invalid::member("digest", "is not a SHA-256"))?;
    Ok(base64url(&bytes))
}

fn required<T: Into<String>>(sent: Patch<T>, name: &str) -> Result<String, Invalid> {
    sent.given().map(Into::into).ok_or_else(|| Invalid::member(name, "is required"))
}

#[expect(clippy::needless_pass_by_value, reason = "so that `map_err` takes it by name")]
fn invalid(error: impl ToString) -> Invalid {
    Invalid::new(error.to_string())
}
