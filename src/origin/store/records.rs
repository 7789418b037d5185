//! Keys and the rows of their published records. All rows for any number of keys are read in one
//! transaction: rows and feed are consistent, so that no revocation falls between them, and the
//! number of queries does not grow with the number of keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    agents::{BOUND, Bound},
    applications::Application,
    keys::{self, Key},
    revocations,
    users::{Membership, User},
};
use crate::{
    core::revocation::Sequence,
    ports::{Database, DatabaseError, Row, Statement, json},
};

/// Keys, and what their records depend on.
#[derive(Debug, Default)]
pub struct Facts {
    /// Those of the keys that exist, by id.
    pub keys: Vec<Key>,
    organizations: BTreeSet<String>,
    clients: BTreeMap<String, Application>,
    users: BTreeMap<String, User>,
    memberships: BTreeMap<String, Vec<Membership>>,
    bounds: BTreeMap<String, Bound>,
    /// The end of the revocation feed.
    pub sequence: Sequence,
}

impl Facts {
    /// Whether the organization exists and is not suspended.
    pub fn is_live(&self, organization: &str) -> bool {
        self.organizations.contains(organization)
    }

    /// The client that a key is bound to.
    pub fn client(&self, client_id: &str) -> Option<&Application> {
        self.clients.get(client_id)
    }

    /// The holder of a key.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    /// What bounds a holder that is an agent.
    pub fn bound(&self, user_id: &str) -> Option<&Bound> {
        self.bounds.get(user_id)
    }

    /// The further organizations of a holder that are not suspended, by name.
    pub fn memberships(&self, user_id: &str) -> &[Membership] {
        self.memberships.get(user_id).map_or(&[], Vec::as_slice)
    }
}

/// The keys of those digests, `?1`.
const NAMED: &str = "WITH named AS (SELECT id, owner, user_id, application FROM keys \
     WHERE digest IN (SELECT value FROM json_each(?1)))";

/// The organizations that their records may name.
const ORGANIZATIONS: &str = "SELECT owner FROM named \
     UNION SELECT users.owner FROM users JOIN named ON users.id = named.user_id \
     UNION SELECT organization FROM memberships JOIN named USING (user_id)";

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
struct Newest {
    seq: Sequence,
}

#[derive(Deserialize)]
struct OfAgent {
    id: String,
    #[serde(deserialize_with = "json")]
    bound: Option<Bound>,
}

#[derive(Deserialize)]
struct Member {
    user_id: String,
    #[serde(flatten)]
    membership: Membership,
}

/// Reads all about the keys with those digests.
pub async fn facts(database: &dyn Database, digests: &[&str]) -> Result<Facts, DatabaseError> {
    let digests = super::json_text(&digests);
    let statement = |sql: String| Statement::new(sql).bind(&digests);
    let statements = vec![
        revocations::newest_sequence(),
        keys::with_digests(&digests),
        statement(format!(
            "{NAMED} SELECT name FROM organizations WHERE is_disabled = 0 AND name IN ({ORGANIZATIONS})"
        )),
        statement(format!(
            "{NAMED} SELECT * FROM applications \
             WHERE client_id IN (SELECT application FROM named)"
        )),
        statement(format!("{NAMED} SELECT * FROM users WHERE id IN (SELECT user_id FROM named)")),
        statement(format!(
            "{NAMED} SELECT user_id, organization, role FROM memberships \
             JOIN organizations ON organizations.name = organization \
             WHERE NOT is_disabled AND user_id IN (SELECT user_id FROM named) \
             ORDER BY organization"
        )),
        statement(format!(
            "{NAMED} SELECT users.id, {BOUND} AS bound FROM users JOIN agents \
             ON agents.user_id = users.id WHERE users.id IN (SELECT user_id FROM named)"
        )),
    ];
    let mut results = database.batch(statements).await?.into_iter();
    let mut next = || results.next().unwrap_or_default();
    let sequence = records::<Newest>(next())?.pop().map(|row| row.seq).unwrap_or_default();
    let keys = records(next())?;
    let organizations = records::<Name>(next())?.into_iter().map(|row| row.name).collect();
    let clients = records::<Application>(next())?.into_iter();
    let clients = clients.map(|client| (client.client_id.clone(), client)).collect();
    let users = records::<User>(next())?.into_iter().map(|user| (user.id.clone(), user)).collect();
    let mut memberships: BTreeMap<String, Vec<Membership>> = BTreeMap::new();
    for member in records::<Member>(next())? {
        memberships.entry(member.user_id).or_default().push(member.membership);
    }
    let bounds = records::<OfAgent>(next())?.into_iter();
    let bounds = bounds.filter_map(|it| Some((it.id, it.bound?))).collect();
    Ok(Facts { keys, organizations, clients, users, memberships, bounds, sequence })
}

fn records<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Vec<T>, DatabaseError> {
    rows.into_iter().map(Row::into_record).collect()
}
