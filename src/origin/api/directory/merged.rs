//! Lists over all organizations, which may live in several databases: each database returns its first
//! rows, and those that come first of all are the page.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::paging::Paging;
use crate::{
    core::directory::Invalid,
    origin::{Origin, domain::homes, http::RestError, store::query::Query},
    ports::DatabaseError,
};

/// The most rows that a page over several databases leaves out before its first: each of them reads these.
const MAXIMUM_OFFSET: i64 = 10_000;

/// The page of `query`, and how many rows there are. `query` returns the rows by `key`, organization and
/// name, for a limit and an offset. With an organization that is the page of the request's database.
pub async fn paged<T: 'static>(
    origin: &Origin,
    owner: Option<&str>,
    Paging { limit, offset }: Paging,
    query: impl Fn(i64, i64) -> Query<(Vec<T>, i64)>,
    key: impl Fn(&T) -> (String, String),
) -> Result<(Vec<T>, i64), RestError> {
    if owner.is_some() || !origin.databases.are_several() {
        return Ok(query(limit, offset).fetch(&*origin.database).await?);
    }
    if offset > MAXIMUM_OFFSET {
        let why = "is at most 10000 in a list of all organizations: name one in owner";
        return Err(Invalid::member("offset", why).into());
    }
    let (rows, total) = merged(origin, || query(offset + limit, 0), key).await?;
    let (skip, take) = (usize::try_from(offset), usize::try_from(limit));
    let rows = rows.into_iter().skip(skip.unwrap_or_default()).take(take.unwrap_or_default());
    Ok((rows.collect(), total))
}

/// The rows that `query` returns in every database, by `key`, and the sum of what it counts.
///
/// While an organization is moved, two databases have rows of it: those of its home count.
pub async fn merged<T: 'static>(
    origin: &Origin,
    query: impl Fn() -> Query<(Vec<T>, i64)>,
    key: impl Fn(&T) -> (String, String),
) -> Result<(Vec<T>, i64), DatabaseError> {
    let asked = origin.everywhere().map(async |at| query().fetch(&*at.database).await);
    let found = join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let total = found.iter().map(|(_, count)| count).sum();
    let owners = |rows: &[T]| rows.iter().map(|row| key(row).0).collect::<BTreeSet<_>>();
    let (mut once, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for owner in found.iter().flat_map(|(rows, _)| owners(rows)) {
        if !once.insert(owner.clone()) {
            twice.insert(owner);
        }
    }
    let mut elsewhere = BTreeSet::new();
    for owner in twice {
        let home = homes::number_of(origin, &owner).await?;
        elsewhere.extend((0..found.len()).filter(|it| *it != home).map(|it| (it, owner.clone())));
    }
    let numbered = found.into_iter().enumerate();
    let rows =
        numbered.flat_map(|(number, (rows, _))| rows.into_iter().map(move |row| (number, row)));
    let mut rows: Vec<T> = rows
        .filter(|(number, row)| elsewhere.is_empty() || !elsewhere.contains(&(*number, key(row).0)))
        .map(|(_, row)| row)
        .collect();
    rows.sort_by_cached_key(key);
    Ok((rows, total))
}
