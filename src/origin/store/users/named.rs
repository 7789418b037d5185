//! User references in requests, and their resolution with all roles.

use serde::Deserialize;

use super::{LISTED, Membership, Target};
use crate::{
    core::directory::folded,
    origin::store::{json_text, keys, query::Query},
    ports::{Row, Statement, json},
};

/// How a request names a user.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// By `users.id`.
    Id(&'a str),
    /// By the username in an organization; case does not count.
    Name {
        /// The home organization.
        owner: &'a str,
        /// The username.
        name: &'a str,
    },
    /// By the username or the id.
    Path {
        /// The home organization.
        owner: &'a str,
        /// The username or the id.
        name: &'a str,
    },
    /// By the e-mail address, in lower case.
    Address {
        /// The home organization.
        owner: &'a str,
        /// The address.
        email: &'a str,
    },
    /// As the holder of a key.
    HolderOf {
        /// The organization of the key.
        owner: &'a str,
        /// The name of the key.
        key: &'a str,
    },
    /// As the holder of the key of that id.
    HolderOfKey {
        /// The organization of the key.
        owner: &'a str,
        /// The id of the key.
        id: &'a str,
    },
    /// As the holder of the key with that digest.
    HolderOfDigest(&'a str),
    /// By the text of [`reference`].
    Reference(&'a str),
    /// As the person of the grant of that id.
    HolderOfGrant(&'a str),
}

impl Named<'_> {
    /// The id of the user, as an expression over the parameters that [`Self::bind`] binds.
    pub(in crate::origin::store) fn expression(self) -> String {
        let by_name = "SELECT id FROM users WHERE owner = ?1 AND name = ?2";
        match self {
            Self::Id(_) => "?1".to_owned(),
            Self::Name { .. } => format!("({by_name})"),
            Self::Path { .. } => {
                format!(
                    "coalesce(({by_name}), (SELECT id FROM users WHERE id = ?3 AND owner = ?1))"
                )
            }
            Self::Address { .. } => {
                "(SELECT id FROM users WHERE email = ?2 AND owner = ?1 AND email <> '')".to_owned()
            }
            Self::HolderOf { .. } => {
                format!("(SELECT user_id FROM keys WHERE id = {})", keys::NAMED)
            }
            Self::HolderOfKey { .. } => {
                "(SELECT user_id FROM keys WHERE id = ?2 AND owner = ?1)".to_owned()
            }
            Self::HolderOfDigest(_) => "(SELECT user_id FROM keys WHERE digest = ?1)".to_owned(),
            Self::Reference(_) => OF_REFERENCE.to_owned(),
            Self::HolderOfGrant(_) => "(SELECT user_id FROM grants WHERE id = ?1)".to_owned(),
        }
    }

    /// Binds the first parameters of a statement.
    pub(in crate::origin::store) fn bind(self, statement: Statement) -> Statement {
        match self {
            Self::Id(text)
            | Self::HolderOfDigest(text)
            | Self::HolderOfGrant(text)
            | Self::Reference(text) => statement.bind(text),
            Self::Name { owner, name } => statement.bind(owner).bind(folded(name)),
            Self::Path { owner, name } => statement.bind(owner).bind(folded(name)).bind(name),
            Self::Address { owner, email } => statement.bind(owner).bind(email),
            Self::HolderOf { owner, key: of } | Self::HolderOfKey { owner, id: of } => {
                statement.bind(owner).bind(of)
            }
        }
    }
}

/// The user that a request names.
pub fn target(named: Named<'_>) -> Query<Option<Target>> {
    let id = named.expression();
    let statement =
        Statement::new(format!("SELECT users.*, {FURTHER} AS further FROM users WHERE id = {id}"));
    all_targets(named.bind(statement)).map(|found| found.into_iter().next())
}

/// The text by which [`Named::Reference`] names a user: `owner/name`, an id, or the `externalId` of one
/// user of `owner`.
pub fn reference(owner: &str, text: &str) -> String {
    let (home, name) = text.split_once('/').unwrap_or_default();
    json_text(&[folded(owner), folded(home), folded(name), text.to_owned()])
}

/// The id, as an expression, of the user whom the text of [`reference`] in `?1` names.
pub(in crate::origin::store) const OF_REFERENCE: &str = "coalesce(\
     (SELECT id FROM users WHERE owner = json_extract(?1, '$[1]') \
     AND name = json_extract(?1, '$[2]')), \
     (SELECT id FROM users WHERE id = json_extract(?1, '$[3]')), \
     (SELECT CASE WHEN count(*) = 1 THEN max(id) END FROM users \
     WHERE owner = json_extract(?1, '$[0]') AND external_id = json_extract(?1, '$[3]')))";

/// The further organizations of a user, suspended ones included, as JSON.
const FURTHER: &str = "(SELECT json_group_array(json_object('organization', organization, \
     'role', role)) FROM (SELECT organization, role FROM memberships \
     WHERE user_id = users.id ORDER BY organization))";

/// A statement whose rows [`all_targets`] reads: the users of that condition, as a list shows them.
pub(in crate::origin::store) fn targets(condition: &str) -> String {
    format!("SELECT {LISTED}, {FURTHER} AS further FROM users WHERE {condition}")
}

/// The users that `statement` reads, with all that [`Target`] holds.
pub(in crate::origin::store) fn all_targets(statement: Statement) -> Query<Vec<Target>> {
    #[derive(Deserialize)]
    struct Further {
        #[serde(deserialize_with = "json")]
        further: Vec<Membership>,
    }
    Query::rows(statement, |rows| {
        let target = |row: Row| {
            let Further { further: memberships } = row.clone().into_record()?;
            Ok(Target { user: row.into_record()?, memberships })
        };
        rows.into_iter().map(target).collect()
    })
}
