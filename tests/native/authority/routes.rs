//! The table is complete: its rows are the endpoints of the list and the older spellings.

use std::collections::BTreeSet;

use hanzo_iam::origin::api::{
    compat::{ALIASES, Alias},
    endpoint::Worker,
    list::ENDPOINTS,
};

use super::{endpoints, older};
use crate::world::World;

/// Every endpoint of the list, `{}` for what differs.
fn declared() -> BTreeSet<String> {
    let mut endpoints = BTreeSet::new();
    for entry in ENDPOINTS.iter().filter(|entry| entry.declaration.worker == Worker::Origin) {
        let path: Vec<&str> = (entry.declaration.path.split('/'))
            .map(|segment| if segment.starts_with('{') { "{}" } else { segment })
            .collect();
        let verbs = entry.declaration.verbs();
        endpoints.extend(verbs.map(|verb| format!("{} {}", verb.as_str(), path.join("/"))));
    }
    endpoints
}

#[test]
fn the_table_has_every_route_and_no_other() {
    let world = World::empty();
    let mut listed: BTreeSet<String> =
        endpoints::rows(&world).iter().map(|row| row.endpoint.to_owned()).collect();
    listed.extend(older::SAME.iter().map(|(endpoint, _)| (*endpoint).to_owned()));
    assert_eq!(listed, declared());
}

/// The golden table lists them by hand, so that a spelling that disappears is noticed.
#[test]
fn the_table_has_every_older_spelling() {
    let mut expected: BTreeSet<String> = ALIASES.iter().flat_map(Alias::paths).collect();
    // It is today's spelling too.
    expected.remove("/v1/iam/set-password");
    let listed: BTreeSet<String> = older::rows().into_iter().map(|old| old.path).collect();
    assert_eq!(listed, expected);
}
