//! Lists of keys.

use super::{Key, KeyState, SELECT};
use crate::origin::store::{
    filter::Filter,
    keyset::{Order, Part},
    query::Query,
};

/// By organization and name: a name may be that of several keys, of which all but one are revoked.
pub const BY_NAME: Order = Order {
    name: "name",
    columns: &["keys.owner", "keys.name", "keys.created_at", "keys.id"],
    descends: false,
};

/// The newest first, of one organization.
pub const BY_AGE: Order = Order {
    name: "-createdTime",
    columns: &["keys.owner", "keys.created_at", "keys.id"],
    descends: true,
};

/// The keys of an organization (or of all) that satisfy the conditions that are given.
#[derive(Debug, Clone, Default)]
pub struct Selection<'a> {
    /// The organization.
    pub owner: Option<&'a str>,
    /// The id of the holder.
    pub holder: Option<&'a str>,
    /// The username of the holder, in lower case. Only together with an owner.
    pub user: Option<&'a str>,
    /// The `client_id` that they are bound to.
    pub application: Option<&'a str>,
    /// Their state.
    pub state: Option<KeyState>,
    /// The beginning of the name, or of the name for people in any case. Only together with an owner.
    pub prefix: Option<&'a str>,
}

/// A part of the selected keys in that order, revoked ones included.
pub fn list(selection: &Selection<'_>, order: Order, part: &Part) -> Query<Vec<Key>> {
    let Selection { owner, holder, user, application, state, prefix } = selection;
    let mut filter = Filter::default()
        .is("keys.owner", *owner)
        .is("keys.user_id", *holder)
        .is("keys.application", *application)
        .is("keys.state", state.map(KeyState::as_str));
    if let Some(owner) = owner {
        if let Some(user) = user {
            let of = "keys.user_id = (SELECT id FROM users WHERE name = ? AND owner = keys.owner)";
            filter = filter.holds(of, *user);
        }
        let expressions = ["keys.name", "lower(keys.display_name)"];
        filter = filter.begins(("keys.owner", owner), &expressions, *prefix);
    }
    Query::all(filter.part(SELECT, order, usize::from(owner.is_some()), part))
}
