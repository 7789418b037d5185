//! What a key stands for, for services that receive keys themselves (WIRE §3.3). A refusal is an
//! answer here: HTTP 200, `status: "error"` and a code.

use serde_json::json;

use super::{capability, view};
use crate::{
    core::{publication::KeyRecord, token::Role},
    origin::{
        Origin,
        api::directory::access::{Access, forbidden},
        domain::publication,
        http::{Envelope, Request, Response, RestError},
        store::{
            keys::{self, Key, KeyKind, KeyState},
            users,
        },
    },
};

/// `GET /v1/iam/keys/principal?accessKey=`: whom a secret key acts for.
pub(super) async fn principal(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let (key, record) = match resolved(origin, request, "key-resolve").await? {
        Ok((key, _)) if key.kind == KeyKind::Publishable => return Ok(refused("key_wrong_door")),
        Ok(found) => found,
        Err(code) => return Ok(refused(code)),
    };
    let user = match &key.user_id {
        Some(id) => users::find_by_id(&*origin.database, id).await?,
        None => None,
    };
    let Some(user) = user else { return Ok(refused("key_dangling_user")) };
    if user.owner != key.owner {
        return Ok(refused("key_foreign_user"));
    }
    // What the key carries of it: without its mark, not the platform.
    let administers_home =
        record.orgs.iter().any(|role| role.org == user.owner && role.role >= Role::Admin);
    Ok(Envelope::ok(json!({
        "owner": user.owner,
        "name": user.name,
        "email": user.email,
        "isAdmin": administers_home,
        "billing_account": format!("org:{}", user.owner),
        "scope": key.scope,
    }))
    .into_response())
}

/// `GET /v1/iam/keys/org?accessKey=`: whose a publishable key is.
pub(super) async fn organization(
    origin: &Origin,
    request: &Request,
) -> Result<Response, RestError> {
    Ok(match resolved(origin, request, "publishable-resolve").await? {
        Ok((key, _)) if key.kind == KeyKind::Secret => refused("key_not_publishable"),
        Ok((key, _)) => {
            let scope = view::scope(&key);
            Envelope::ok(json!({"org": key.owner, "scope": scope})).into_response()
        }
        Err(code) => refused(code),
    })
}

/// The key, if it works; else the code that says why not.
async fn resolved(
    origin: &Origin,
    request: &Request,
    needed: &str,
) -> Result<Result<(Key, KeyRecord), &'static str>, RestError> {
    let access = Access::of(origin, request).await?;
    let home = &access.principal.owner;
    if !capability(origin, &access, needed, home).await? {
        return Err(forbidden(format!("this needs a client with the capability {needed}")));
    }
    let query = request.query_parameters()?;
    let text = origin.config.api_key(query.get("accessKey").unwrap_or_default());
    let Some(text) = text else { return Ok(Err("key_unknown")) };
    let key = keys::find_by_digest(&*origin.database, &text.digest()).await?;
    let Some(key) = key else { return Ok(Err("key_unknown")) };
    // Another tenant's key does not exist for a client that serves only its own.
    if !capability(origin, &access, needed, &key.owner).await? {
        return Ok(Err("key_unknown"));
    }
    let now = origin.clock.now();
    let record = publication::key_record(origin, &key).await?;
    Ok(if key.expires_at.is_some_and(|end| end <= now) {
        Err("key_expired")
    } else if key.state != KeyState::Active || !record.active {
        Err("key_disabled")
    } else {
        Ok((key, record))
    })
}

fn refused(code: &'static str) -> Response {
    Envelope::error("the entity does not exist").code(code).into_response()
}
