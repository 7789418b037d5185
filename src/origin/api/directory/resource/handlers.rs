//! The handlers of every resource.

use serde_json::{Map, Value};

use super::{ItemPath, ListOf, ListQuery, Served, Within, list::cursor, tag};
use crate::{
    core::directory::{Invalid, is_secret_member, merged, read as read_members},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, merged, paging::Paging},
            endpoint::{Call, Endpoint, Entity, NoBody, Object, Patched, View},
        },
        domain::resource::{self, Actor, Scene},
        http::{Conditions, Request, RestError},
        store::{
            query::load,
            resource::{self as rows, Meta, Page},
        },
    },
};

/// Lists the resources that the caller may see.
pub async fn list<R: Served, E>(
    origin: &Origin,
    call: Call<'_, E>,
) -> Result<View<ListOf<R>>, RestError>
where
    E: Endpoint<Caller = DirectoryCaller, Query = ListQuery<R>, Body = NoBody>,
{
    let Call { caller, query, .. } = call;
    let owner = caller.listed(query.owner.as_deref())?;
    match owner {
        Some(owner) => caller.reading(owner, R::READ)?,
        None => caller.platform()?,
    }
    let page = Page { owner: owner.map(str::to_owned), ..query.page };
    Ok(View(page_of(origin, page).await?))
}

/// A page of resources.
pub async fn page_of<R: Served>(origin: &Origin, mut page: Page) -> Result<ListOf<R>, RestError> {
    if page.prefix.is_some() && page.owner.is_none() {
        return Err(Invalid::member("q", "searches one organization: name it in owner").into());
    }
    let now = origin.clock.now();
    let limit = usize::try_from(page.limit).unwrap_or_default();
    // One more says whether there is a next page.
    page.limit += 1;
    let Page { limit: most, offset, .. } = page;
    let paging = Paging { limit: most, offset };
    let query = |limit, offset| {
        let page = Page { limit, offset, ..page.clone() };
        rows::list::<R>(&page, now).and(rows::count::<R>(&page))
    };
    let key = |record: &R| (record.meta().owner.clone(), record.meta().name.clone());
    let owner = page.owner.as_deref();
    let (mut found, total) = merged::paged(origin, owner, paging, query, key).await?;
    let has_next = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_next).map(|last| {
        let meta = last.meta();
        cursor(&meta.owner, &meta.name)
    });
    let entries = found.iter().map(R::view).collect();
    Ok(ListOf { entries, total, cursor: next.unwrap_or_default() })
}

/// Creates a resource.
pub async fn create<R: Served, E>(
    origin: &Origin,
    call: Call<'_, E>,
) -> Result<Entity<R::Item>, RestError>
where
    E: Endpoint<Caller = DirectoryCaller, Query: Within, Body = Object<R::Patch>>,
{
    let Object(members, _) = call.body;
    created::<R>(origin, &call.caller, call.query.owner(), members).await
}

async fn created<R: Served>(
    origin: &Origin,
    caller: &DirectoryCaller,
    within: Option<&str>,
    members: Map<String, Value>,
) -> Result<Entity<R::Item>, RestError> {
    let patch: R::Patch = read_members(members)?;
    let (owner, name) = R::named(&patch);
    if let (Some(owner), Some(within)) = (owner, within)
        && owner != within
    {
        return Err(Invalid::member("owner", "is not the organization of the query").into());
    }
    let owner = owner.or(within).unwrap_or(&caller.principal.owner).to_owned();
    caller.writing(&owner, R::GRANTS)?;
    let name = name.ok_or_else(|| Invalid::member("name", "is required"))?.to_owned();
    let resolved = rows::resolve(&owner, &R::wanted(&patch, &owner), &caller.principal.subject);
    let resolved = resolved.fetch(&*origin.database).await?;
    if !resolved.is_organization {
        return Err(Invalid::member("owner", "is not an organization").into());
    }
    let by = caller.acting(&owner);
    let mut record = R::blank(resource::meta(origin, &owner, &name), &by);
    record.apply(patch, &Scene { origin, owner: &owner, resolved, by, is_new: true })?;
    let created = Entity::new(tag(&record), R::item(record.view()));
    created.remember(origin, R::TABLE.name, &record.meta().id);
    resource::create(origin, &record).await?;
    Ok(created)
}

/// Returns a resource.
pub async fn read<R: Served, E>(
    origin: &Origin,
    call: Call<'_, E>,
) -> Result<Entity<R::Item>, RestError>
where
    E: Endpoint<Caller = DirectoryCaller, Path: ItemPath, Query: Within, Body = NoBody>,
{
    let owner = owner(&call.caller, &call.path, &call.query);
    call.caller.reading(owner, R::READ)?;
    let found = rows::find::<R>(owner, call.path.name(), origin.clock.now());
    let record = found.fetch(&*origin.database).await?.ok_or_else(RestError::not_found)?;
    Ok(Entity::unless_known(tag(&record), R::item(record.view()), call.request))
}

/// Changes a resource.
pub async fn update<R: Served, E>(
    origin: &Origin,
    call: Call<'_, E>,
) -> Result<Entity<R::Changed>, RestError>
where
    E: Endpoint<Caller = DirectoryCaller, Path: ItemPath, Query: Within, Body = Patched<R::Patch>>,
{
    let owner = owner(&call.caller, &call.path, &call.query);
    let place = (owner, call.path.name());
    let sent = (call.body.members, call.body.is_merge);
    updated::<R>(origin, &call.caller, call.request, place, sent).await
}

async fn updated<R: Served>(
    origin: &Origin,
    caller: &DirectoryCaller,
    request: &Request,
    (owner, name): (&str, &str),
    (members, is_merge): (Map<String, Value>, bool),
) -> Result<Entity<R::Changed>, RestError> {
    caller.writing(owner, R::GRANTS)?;
    let patch: R::Patch = read_members(members.clone())?;
    let queries = (
        rows::find::<R>(owner, name, origin.clock.now()),
        rows::resolve(owner, &R::wanted(&patch, owner), &caller.principal.subject),
    );
    let (before, resolved) = load(&*origin.database, queries).await?;
    let before = before.ok_or_else(RestError::not_found)?;
    let conditions = Conditions::of(request);
    conditions.check(&tag(&before))?;
    let (sent_owner, sent_name) = R::named(&patch);
    unchanged("owner", sent_owner, owner)?;
    unchanged("name", sent_name, name)?;
    let by = caller.acting(owner);
    let patch = if is_merge { read_members(merge(&before, members, &by))? } else { patch };
    let mut record = before.clone();
    record.apply(patch, &Scene { origin, owner, resolved, by, is_new: false })?;
    let updated = resource::update(origin, &before, &mut record).await;
    updated.map_err(|refused| conditions.lost(refused.into()))?;
    Ok(Entity::new(tag(&record), R::changed(record.view())))
}

/// Deletes a resource.
pub async fn delete<R: Served, E>(
    origin: &Origin,
    call: Call<'_, E>,
) -> Result<Entity<R::Gone>, RestError>
where
    E: Endpoint<Caller = DirectoryCaller, Path: ItemPath, Query: Within, Body = NoBody>,
{
    let owner = owner(&call.caller, &call.path, &call.query);
    call.caller.writing(owner, R::GRANTS)?;
    let now = origin.clock.now();
    let owners = rows::Wanted { owners: true, ..rows::Wanted::default() };
    let queries = (
        rows::find::<R>(owner, call.path.name(), now),
        rows::resolve(owner, &owners, &call.caller.principal.subject),
    );
    let (found, resolved) = load(&*origin.database, queries).await?;
    let record = found.ok_or_else(RestError::not_found)?;
    record.may_go(call.caller.acting(owner).is_owner || !resolved.has_owner, now)?;
    deleted(origin, &record, call.request).await
}

/// Deletes what the caller may delete.
pub async fn deleted<R: Served>(
    origin: &Origin,
    record: &R,
    request: &Request,
) -> Result<Entity<R::Gone>, RestError> {
    let conditions = Conditions::of(request);
    conditions.check(&tag(record))?;
    let deleted = resource::delete(origin, record).await;
    deleted.map_err(|refused| conditions.lost(refused.into()))?;
    Ok(Entity::gone(R::gone(record.view())))
}

/// The organization of a resource: the path's, the query's, or the caller's.
fn owner<'a>(
    caller: &'a DirectoryCaller,
    path: &'a impl ItemPath,
    query: &'a impl Within,
) -> &'a str {
    path.owner().or(query.owner()).unwrap_or(&caller.principal.owner)
}

/// Refuses a new owner or name.
fn unchanged(member: &str, sent: Option<&str>, stored: &str) -> Result<(), Invalid> {
    match sent {
        Some(sent) if sent != stored => Err(Invalid::at(member, "cannot be changed")),
        _ => Ok(()),
    }
}

/// The members that a merge patch gives the resource. Of a secret, whose value is not shown, `null`
/// stays `null`.
fn merge<R: Served>(before: &R, sent: Map<String, Value>, by: &Actor) -> Map<String, Value> {
    let object = |view: R::View| match serde_json::to_value(view) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let meta = Meta { attributes: Map::new(), ..before.meta().clone() };
    let mut blank = object(R::blank(meta, by).view());
    blank.retain(|name, _| !is_secret_member(name) && !KEPT.contains(&name.as_str()));
    blank.insert("displayName".to_owned(), "".into());
    merged(&object(before.view()), sent, &blank)
}

/// Members of the common columns that a blank resource has from the stored one.
const KEPT: [&str; 5] = ["id", "owner", "name", "organization", "displayName"];
