//! Users under `/v1/iam/users`.

pub mod create;
mod keys;
mod password;
pub mod view;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use self::view::{UserBody, UserView};
use super::{
    access::{Access, forbidden},
    keys::limits::lasting,
    request::{self, Page},
};
use crate::{
    core::directory::{Invalid, Move, Restrictions, folded},
    origin::{
        Origin,
        authn::password::accounts_of,
        domain::{publication, revocation, users::Reach},
        http::{Request, Response, RestError, response},
        store::{
            attempts, organizations, publications,
            users::{self, Selection, User},
        },
    },
};

/// Answers `/v1/iam/users…`; `None` if the path is not one of them.
pub async fn route(
    origin: &Origin,
    request: &Request,
    path: &[&str],
) -> Option<Result<Response, RestError>> {
    Some(match (&request.method, path) {
        (&Method::GET, ["users"]) => list(origin, request).await,
        (&Method::POST, ["users"]) => create(origin, request).await,
        (&Method::GET, ["users", owner, name]) => read(origin, request, owner, name).await,
        (&Method::PUT | &Method::PATCH, ["users", owner, name]) => {
            update(origin, request, owner, name).await
        }
        (&Method::DELETE, ["users", owner, name]) => delete(origin, request, owner, name).await,
        (&Method::POST, ["users", owner, name, "keys"]) => {
            keys::replace(origin, request, owner, name).await
        }
        (&Method::DELETE, ["users", owner, name, "keys"]) => {
            keys::revoke(origin, request, owner, name).await
        }
        (&Method::POST, ["set-password"]) => password::set(origin, request).await,
        (_, ["users"]) => Err(RestError::method("GET, HEAD, POST")),
        (_, ["users", _, _]) => Err(RestError::method("GET, HEAD, PUT, PATCH, DELETE")),
        (_, ["users", _, _, "keys"]) => Err(RestError::method("POST, DELETE")),
        (_, ["set-password"]) => Err(RestError::method("POST")),
        _ => return None,
    })
}

/// An administrator sees everybody of the organization, everybody else only himself.
async fn list(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let query = request.query_parameters()?;
    let page = Page::of(&query)?;
    let owner = match query.get("owner") {
        Some(owner) => {
            access.scoped_to(owner)?;
            Some(owner)
        }
        None if access.is_platform() => None,
        None => Some(access.principal.owner.as_str()),
    };
    access.somebody()?;
    let email = query.get("email").map(str::to_lowercase);
    let administers = owner.is_none_or(|owner| access.administers(owner));
    let only = (!administers).then_some(access.principal.subject.as_str());
    let selection = Selection { owner, email: email.as_deref(), only };
    let (users, total) =
        users::list(&*origin.database, &selection, page.limit, page.offset).await?;
    let users: Vec<UserView> = users.into_iter().map(UserView::from).collect();
    Ok(answer(&json!({"users": users, "total": total})))
}

async fn read(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let user = reached(origin, &access, owner, name).await?;
    Ok(answer(&UserView::from(user)))
}

async fn create(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let UserBody { user, password } = request::body(request)?;
    let owner = user.owner.as_given().map_or(access.principal.owner.as_str(), AsRef::as_ref);
    let owner = owner.to_owned();
    access.administering(&owner)?;
    if organizations::find(&*origin.database, &owner).await?.is_none() {
        return Err(Invalid::member("owner", "is not an organization").into());
    }
    if password.is_some() {
        lasting(origin, &access).await?;
    }
    let user = create::create(origin, &owner, user, password.as_ref()).await?;
    Ok(answer(&UserView::from(user)))
}

async fn update(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let mut user = reached(origin, &access, owner, name).await?;
    let UserBody { user: patch, password } = request::body(request)?;
    patch.owner.unchanged("owner", &user.owner)?;
    patch.name.unchanged("name", &user.name)?;
    let before = user.clone();
    let mut reach = patch.apply(&mut user)?;
    if let Some(password) = &password {
        if access.is_self(&user.id) {
            return Err(forbidden("your own password is changed with the old one"));
        }
        access.may_impersonate(origin, &before).await?;
        lasting(origin, &access).await?;
        user.password_hash = Some(create::hashed(origin, password)?);
        reach = Reach::Standing;
    }
    permitted(origin, &access, &before, &mut user, reach).await?;
    save(origin, &before, &mut user).await?;
    Ok(answer(&UserView::from(user)))
}

/// Whether the caller may make a change of that reach; notes an account that an administrator of the
/// platform has disabled, which only another of the platform enables.
async fn permitted(
    origin: &Origin,
    access: &Access,
    before: &User,
    after: &mut User,
    reach: Reach,
) -> Result<(), RestError> {
    if reach > Reach::Profile {
        access.administering(&before.owner)?;
    }
    if reach > Reach::Nothing {
        access.not_below(origin, before).await?;
    }
    let mut restrictions = Restrictions::of(&after.attributes);
    let disabling = Move::of_switch(before.is_forbidden, after.is_forbidden);
    access.may_widen(restrictions.needed("isForbidden", disabling), &before.owner)?;
    let by = access.administrator(Some(&before.id));
    restrictions.changed("isForbidden", disabling, !after.is_forbidden, by);
    restrictions.store(&mut after.attributes);
    // ATTACKS H-110: nobody changes his own role.
    if before.is_admin != after.is_admin && access.is_self(&before.id) && !access.is_platform() {
        return Err(forbidden("your own role is another administrator's to change"));
    }
    Ok(())
}

/// Stores `user`. Whatever takes something away (a password, a role, the account) ends every
/// session, grant and token, and reaches the edges in this request.
async fn save(origin: &Origin, before: &User, user: &mut User) -> Result<(), RestError> {
    let now = origin.clock.now();
    user.updated_at = now;
    let password_changed = before.password_hash != user.password_hash;
    let mut statements = revocation::user_changed(before, user, now);
    let ends = !statements.is_empty();
    if ends {
        user.not_before = now;
    }
    statements.insert(0, users::update(user));
    if password_changed {
        statements.extend(accounts_of(origin, user).iter().map(attempts::forget));
    }
    // Edges do not believe records that are older than what ended the user.
    if ends || user.is_published_otherwise(before) {
        statements.push(publications::keys_of_user(&user.id, now));
    }
    let rows = revocation::commit(origin, statements).await?;
    request::unchanged_meanwhile(rows.first())?;
    publication::settle(origin).await;
    Ok(())
}

async fn delete(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    access.administering(owner)?;
    let user = reached(origin, &access, owner, name).await?;
    access.not_below(origin, &user).await?;
    // An account that the platform has disabled is not made anew either.
    let restrictions = Restrictions::of(&user.attributes);
    access.may_widen(restrictions.needed("isForbidden", Move::Wider), owner)?;
    let now = origin.clock.now();
    let mut statements = vec![publications::keys_of_user(&user.id, now)];
    statements.extend(revocation::user_deleted(&user.id, now));
    statements.extend(accounts_of(origin, &user).iter().map(attempts::forget));
    revocation::commit(origin, statements).await?;
    publication::settle(origin).await;
    Ok(answer(&json!({"deleted": true})))
}

/// The user that the path names (by username, or by subject), if the caller may see that one:
/// nobody learns from the refusal whether there is such a user.
async fn reached(
    origin: &Origin,
    access: &Access,
    owner: &str,
    name: &str,
) -> Result<User, RestError> {
    access.scoped_to(owner)?;
    let own = owner == access.principal.owner
        && (folded(name) == access.principal.name || access.is_self(name));
    if !own {
        access.administering(owner)?;
    }
    let database = &*origin.database;
    let found = match users::find(database, owner, name).await? {
        Some(user) => Some(user),
        None => users::find_by_id(database, name).await?.filter(|user| user.owner == owner),
    };
    let user = found.ok_or_else(RestError::not_found)?;
    if access.administers(owner) || access.is_self(&user.id) {
        return Ok(user);
    }
    Err(RestError::not_found())
}

fn answer(value: &impl Serialize) -> Response {
    response::no_store(response::json(StatusCode::OK, value))
}
