//! Generic handlers of resources.

use serde_json::{Map, Value};

use super::{super::acting::may_open_accounts, ItemPath, ListQuery, Served, Within};
use crate::{
    core::directory::{Invalid, read as read_members},
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                merged,
                paging::{ListOf, Paging},
                versioned::{self, Versioned},
            },
            endpoint::{Call, Endpoint, Entity, NoBody, Object, Patched, View},
        },
        domain::resource::{self, Scene},
        http::{Request, RestError},
        store::{
            keyset::{BY_NAME, Part},
            query::{Query, load},
            resource::{self as rows, Page, Resolved, Wanted},
        },
    },
};

/// Lists the resources that the caller may see.
pub async fn list<R: Served, E>(
    origin: &Origin,
    call: Call<'_, E>,
) -> Result<View<ListOf<R::View>>, RestError>
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
    Ok(View(page_of::<R>(origin, page, &query.paging).await?))
}

/// A page of resources.
pub async fn page_of<R: Served>(
    origin: &Origin,
    page: Page,
    paging: &Paging,
) -> Result<ListOf<R::View>, RestError> {
    if page.prefix.is_some() && page.owner.is_none() {
        return Err(Invalid::member("q", "searches one organization: name it in owner").into());
    }
    let now = origin.clock.now();
    let query = |part: &Part| {
        let page = Page { part: part.clone(), ..page.clone() };
        rows::list::<R>(&page, now).and(rows::count::<R>(&page))
    };
    let place = |record: &R| {
        let meta = record.meta();
        vec![(&meta.owner).into(), (&meta.name).into()]
    };
    let (owner, paging) = (page.owner.as_deref(), (BY_NAME, paging));
    let (found, total, cursor) = merged::paged(origin, owner, paging, query, place).await?;
    Ok(ListOf { entries: found.iter().map(R::view).collect(), total, cursor })
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
    opens_accounts::<R>(origin, caller).await?;
    let name = name.ok_or_else(|| Invalid::member("name", "is required"))?.to_owned();
    let resolved = rows::resolve(&owner, &R::wanted(&patch, &owner), &caller.principal.subject);
    let resolved = resolved.fetch(&*origin.database).await?;
    if !resolved.is_organization {
        return Err(Invalid::member("owner", "is not an organization").into());
    }
    let by = caller.acting(&owner);
    let mut record = R::blank(resource::meta(origin, &owner, &name), &by);
    record.apply(patch, &Scene { origin, owner: &owner, resolved, by, is_new: true })?;
    let created = versioned::created(origin, &record, R::item(record.view()));
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
    Ok(Entity::unless_known(record.tag(), R::item(record.view()), call.request))
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

/// Checks [`may_open_accounts`] before writing resources that control sign-in.
async fn opens_accounts<R: Served>(
    origin: &Origin,
    caller: &DirectoryCaller,
) -> Result<(), RestError> {
    if R::OPENS_ACCOUNTS { may_open_accounts(origin, caller).await } else { Ok(()) }
}

async fn updated<R: Served>(
    origin: &Origin,
    caller: &DirectoryCaller,
    request: &Request,
    (owner, name): (&str, &str),
    (members, is_merge): (Map<String, Value>, bool),
) -> Result<Entity<R::Changed>, RestError> {
    caller.writing(owner, R::GRANTS)?;
    opens_accounts::<R>(origin, caller).await?;
    let patch: R::Patch = read_members(members.clone())?;
    let queries = (
        rows::find::<R>(owner, name, origin.clock.now()),
        rows::resolve(owner, &R::wanted(&patch, owner), &caller.principal.subject),
    );
    let (before, resolved) = load(&*origin.database, queries).await?;
    let before = before.ok_or_else(RestError::not_found)?;
    versioned::check(origin, request, &before)?;
    let (sent_owner, sent_name) = R::named(&patch);
    unchanged("owner", sent_owner, owner)?;
    unchanged("name", sent_name, name)?;
    let by = caller.acting(owner);
    let merged = is_merge.then(|| read_members(versioned::members(members, true, &before)));
    let patch = merged.unwrap_or(Ok(patch))?;
    let mut record = before.clone();
    record.apply(patch, &Scene { origin, owner, resolved, by, is_new: false })?;
    let updated = resource::update(origin, &before, &mut record).await;
    versioned::settled(origin, request, updated, || present::<R>(origin, &before)).await?;
    Ok(Entity::new(record.tag(), R::changed(record.view())))
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
    let found = rows::find::<R>(owner, call.path.name(), origin.clock.now());
    let resolved = if R::OWNERS_DECIDE {
        let owners = Wanted { owners: true, ..Wanted::default() };
        rows::resolve(owner, &owners, &call.caller.principal.subject)
    } else {
        Query::ready(Resolved::default())
    };
    let (record, resolved) = load(&*origin.database, (found, resolved)).await?;
    let record = record.ok_or_else(RestError::not_found)?;
    let by = call.caller.acting(owner);
    record.may_go(&Scene { origin, owner, resolved, by, is_new: false })?;
    deleted(origin, &record, call.request).await
}

/// Deletes a resource, if the caller may.
pub async fn deleted<R: Served>(
    origin: &Origin,
    record: &R,
    request: &Request,
) -> Result<Entity<R::Gone>, RestError> {
    versioned::check(origin, request, record)?;
    let deleted = resource::delete(origin, record).await;
    versioned::settled(origin, request, deleted, || present::<R>(origin, record)).await?;
    Ok(Entity::gone(R::gone(record.view())))
}

/// The current resource.
fn present<R: Served>(origin: &Origin, record: &R) -> Query<Option<R>> {
    let meta = record.meta();
    rows::find(&meta.owner, &meta.name, origin.clock.now())
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
