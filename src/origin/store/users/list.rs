//! Lists of users.

use serde::Deserialize;

use super::User;
use crate::origin::store::{
    filter::Filter,
    keyset::{Order, Part},
    query::Query,
};

/// The newest first, of one organization.
pub const BY_AGE: Order =
    Order { name: "-createdTime", columns: &["owner", "created_at", "name"], descends: true };

/// The users of an organization (or of all) that satisfy the conditions that are given.
#[derive(Debug, Clone, Default)]
pub struct Selection<'a> {
    /// The organization.
    pub owner: Option<&'a str>,
    /// Lower case.
    pub email: Option<&'a str>,
    /// As it is stored.
    pub phone: Option<&'a str>,
    /// The beginning of the name or the address, or of the name for people in any case. Only together
    /// with an owner.
    pub prefix: Option<&'a str>,
    /// `normal-user`, `service-account`, …
    pub r#type: Option<&'a str>,
    /// Whether they administer the organization.
    pub is_admin: Option<bool>,
    /// Whether they are disabled.
    pub is_forbidden: Option<bool>,
    /// The id of the only user that the caller may see.
    pub only: Option<&'a str>,
    /// Which of them, as to deletion.
    pub deleted: Deleted,
}

/// Whether a list has users who are deleted and keep their row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deleted {
    /// It leaves them out.
    #[default]
    Without,
    /// It has them too.
    With,
    /// It has only them.
    Only,
}

/// Without the password, which a list never needs, and without large pictures: a thousand of them
/// would not fit into an isolate.
pub(in crate::origin::store) const LISTED: &str = "id, owner, name, display_name, email, email_verified, phone, \
     CASE WHEN length(avatar) > 2048 THEN '' ELSE avatar END AS avatar, type, is_admin, \
     is_forbidden, deleted_at, external_id, last_signin_at, not_before, attributes, created_at, updated_at, \
     version";

/// The type of most users.
const USUAL: &str = "normal-user";

/// A part of the selected users in that order, and how many there are in all; by other conditions than
/// the organization and deletion at most 10,000.
pub fn list(selection: &Selection<'_>, order: Order, part: &Part) -> Query<(Vec<User>, i64)> {
    let fixed = usize::from(selection.owner.is_some());
    let select = format!("SELECT {LISTED} FROM users");
    let page = selection.filter().part(&select, order, fixed, part);
    Query::all(page).and(selection.count())
}

impl Selection<'_> {
    fn filter(&self) -> Filter {
        // The indexes cover users with an address or number only.
        let by = |filter: Filter, column: &str, value: Option<&str>| match value {
            Some(value) => filter.is(column, Some(value)).also(&format!("{column} <> ''")),
            None => filter,
        };
        // Some indexes have the few rows only of which a flag is set: the condition says it as they do.
        let flag = |filter: Filter, column: &str, value: Option<bool>| match value {
            Some(value) => filter.also(&format!("{column} = {}", i32::from(value))),
            None => filter,
        };
        let filter = Filter::default().is("owner", self.owner);
        let filter = by(by(filter, "email", self.email), "phone", self.phone);
        let filter = filter.is("id", self.only).is("type", self.r#type);
        let filter = match self.r#type {
            Some(r#type) if r#type != USUAL => filter.also("type <> 'normal-user'"),
            _ => filter,
        };
        let filter = flag(filter, "is_admin", self.is_admin);
        let filter = flag(filter, "is_forbidden", self.is_forbidden);
        let filter = match self.owner {
            Some(owner) => filter.begins(
                ("owner", owner),
                &["name", "lower(display_name)", "email"],
                self.prefix,
            ),
            None => filter,
        };
        match self.deleted {
            Deleted::Without => filter.also("deleted_at IS NULL"),
            Deleted::With => filter,
            Deleted::Only => filter.also("deleted_at IS NOT NULL"),
        }
    }

    /// Whether the organization and deletion are the only conditions.
    const fn is_plain(&self) -> bool {
        let Self { email, phone, prefix, r#type, is_admin, is_forbidden, only, .. } = self;
        email.is_none()
            && phone.is_none()
            && prefix.is_none()
            && r#type.is_none()
            && is_admin.is_none()
            && is_forbidden.is_none()
            && only.is_none()
    }

    /// How many there are. All users of an organization are counted already.
    pub(in crate::origin::store) fn count(&self) -> Query<i64> {
        #[derive(Deserialize)]
        struct Count {
            count: i64,
        }
        if !self.is_plain() {
            return self.filter().count("users", true);
        }
        let sum = match self.deleted {
            Deleted::Without => "sum(CASE kind WHEN 'users' THEN count ELSE -count END)",
            Deleted::With => "sum(CASE kind WHEN 'users' THEN count ELSE 0 END)",
            Deleted::Only => "sum(CASE kind WHEN 'users' THEN 0 ELSE count END)",
        };
        let sum = format!("SELECT coalesce({sum}, 0) AS count FROM populations");
        let counted = Filter::default().also("kind IN ('users', 'deleted-users')");
        let statement = counted.is("organization", self.owner).statement(&sum);
        Query::<Option<Count>>::first(statement).map(|row| row.map_or(0, |row| row.count))
    }
}
