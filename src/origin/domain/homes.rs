//! The mapping of organizations to databases.

use std::rc::Rc;

use futures_util::future::join_all;

use crate::{
    origin::{
        Origin, Place,
        store::{
            flows,
            homes::{self, Thing},
        },
    },
    ports::DatabaseError,
};

/// The database number of the organization, cached in the isolate for some seconds.
pub async fn number_of(origin: &Origin, organization: &str) -> Result<usize, DatabaseError> {
    if !origin.databases.are_several() {
        return Ok(0);
    }
    let now = origin.clock.now();
    if let Some(number) = origin.databases.home(organization, now) {
        return Ok(number);
    }
    let directory = origin.directory();
    let number = homes::number_of(organization).fetch(&*directory.database).await?;
    let number = number.filter(|number| *number < origin.databases.count()).unwrap_or_default();
    origin.databases.remember_home(organization, now, number);
    Ok(number)
}

/// Whether `organization` lives in another database than the request's.
pub async fn is_elsewhere(origin: &Origin, organization: &str) -> Result<bool, DatabaseError> {
    if !origin.databases.are_several() {
        return Ok(false);
    }
    let known = origin.place.organizations.iter().find(|(name, _)| name == organization);
    let number = match known {
        Some((_, number)) => *number,
        None => number_of(origin, organization).await?,
    };
    Ok(number != origin.place.number)
}

/// The same context over the database of the organization, for what is written of it. That it is being moved
/// does not make the response of the request 503.
pub async fn at(origin: &Origin, organization: &str) -> Result<Origin, DatabaseError> {
    let number = number_of(origin, organization).await?;
    let organizations = Rc::new(vec![(organization.to_owned(), number)]);
    let place = Place { organizations, is_moving: Rc::default(), ..origin.place.clone() };
    Ok(Origin { place, ..origin.clone() }.at(number))
}

/// The organization of `thing`, queried in all databases at once.
pub async fn owner_of(origin: &Origin, thing: Thing<'_>) -> Result<Option<String>, DatabaseError> {
    let now = origin.clock.now();
    let name = thing.remembered();
    if let Some(owner) = name.as_deref().and_then(|name| origin.databases.owner(name, now)) {
        return Ok(owner);
    }
    let owner = found(origin, thing).await?.map(|(owner, _)| owner);
    // Do not cache misses: a key must work as soon as it is created.
    if let (Some(name), Some(owner)) = (name, &owner) {
        origin.databases.remember_owner(&name, now, Some(owner.clone()));
    }
    Ok(owner)
}

/// The organization of the person whom a browser's sign-in with that id is about, and the number of the
/// database in which it waits: of several the one that ends last, which began last.
pub async fn waiting(origin: &Origin, id: &str) -> Result<Option<(String, usize)>, DatabaseError> {
    let asked = origin.everywhere().map(async |at| flows::owner(id).fetch(&*at.database).await);
    let found = join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let numbered = found.into_iter().enumerate().filter_map(|(number, row)| Some((row?, number)));
    let last = numbered.max_by_key(|(row, _)| row.expires_at);
    Ok(last.map(|(row, number)| (row.owner, number)))
}

/// The organization of `thing`, and the number of the database with its row.
pub async fn found(
    origin: &Origin,
    thing: Thing<'_>,
) -> Result<Option<(String, usize)>, DatabaseError> {
    let asked =
        origin.everywhere().map(async |origin| thing.owner().fetch(&*origin.database).await);
    let found = join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut numbered = found.into_iter().enumerate();
    Ok(numbered.find_map(|(number, owner)| Some((owner?, number))))
}
