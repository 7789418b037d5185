//! Moving an organization between databases: its rows, and the state of the move.

use serde::Deserialize;

use super::{query::Query, relays};
use crate::{
    core::time::UnixTime,
    ports::{Row, Statement, Value},
};

/// A pass over a table.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// The table.
    pub table: &'static str,
    /// The columns whose order the pass is in: unique within the organization.
    keys: &'static [&'static str],
    /// Which rows are those of the organization `?1`.
    of: &'static str,
    /// Columns that a later pass fills: they refer to rows of the same table, or triggers count them.
    later: &'static [&'static str],
    is_later: bool,
}

const fn pass(table: &'static str, keys: &'static [&'static str], of: &'static str) -> Pass {
    Pass { table, keys, of, later: &[], is_later: false }
}

/// The same pass without some columns.
const fn without(pass: Pass, later: &'static [&'static str]) -> Pass {
    Pass { later, ..pass }
}

/// A pass that fills the columns that an earlier one left out.
const fn filling(pass: Pass) -> Pass {
    Pass { is_later: true, ..pass }
}

const OWN: &str = "owner = ?1";
const OF_USERS: &str = "user_id IN (SELECT id FROM users WHERE owner = ?1)";
const OF_GRANTS: &str = "grant_id IN (SELECT id FROM grants \
     WHERE user_id IN (SELECT id FROM users WHERE owner = ?1))";

const GRANTS: Pass = without(pass("grants", &["id"], OF_USERS), &["parent_id"]);
const TEAMS: Pass = without(pass("teams", &["name"], OWN), &["parent_id", "member_count"]);
const ROLES: Pass = without(pass("roles", &["name"], OWN), &["member_count"]);
const PERMISSIONS: Pass = without(pass("permissions", &["name"], OWN), &["member_count"]);

/// All passes, in the order in which rows refer to each other.
pub const PASSES: &[Pass] = &[
    pass("users", &["name"], OWN),
    pass("agents", &["name"], OWN),
    pass("memberships", &["user_id", "organization"], OF_USERS),
    pass("keys", &["name", "created_at", "id"], OWN),
    pass("key_usage", &["key_id"], "key_id IN (SELECT id FROM keys WHERE owner = ?1)"),
    pass("sessions", &["user_id", "id"], OF_USERS),
    GRANTS,
    filling(GRANTS),
    pass("refresh_tokens", &["digest"], OF_GRANTS),
    pass("platform_grants", &["grant_id"], OF_USERS),
    pass("codes", &["digest"], OF_USERS),
    pass(
        "device_codes",
        &["digest"],
        "(user_id IN (SELECT id FROM users WHERE owner = ?1) OR (user_id IS NULL \
         AND client_id IN (SELECT client_id FROM applications WHERE organization = ?1)))",
    ),
    pass("consents", &["user_id", "client_id"], OF_USERS),
    TEAMS,
    pass("team_members", &["team_id", "kind", "member_id"], OWN),
    filling(TEAMS),
    ROLES,
    pass("role_members", &["role_id", "kind", "member_id"], OWN),
    filling(ROLES),
    PERMISSIONS,
    pass("permission_subjects", &["permission_id", "kind", "member_id"], OWN),
    filling(PERMISSIONS),
    pass("workspaces", &["name"], OWN),
    pass("projects", &["name"], OWN),
    pass("providers", &["name"], OWN),
    pass("webauthn_credentials", &["name"], OWN),
    pass("factors", &["user_id", "kind"], OWN),
    pass("remembered_browsers", &["user_id", "digest"], OWN),
    pass("identities", &["provider", "subject"], OWN),
    pass("saml_names", &["user_id", "application_id"], OF_USERS),
    pass("saml_sessions", &["id"], OF_USERS),
    pass("ldap_syncs", &["id"], OWN),
    pass("erasures", &["user_id"], OWN),
    pass("acceptances", &["user_id", "document", "version"], OF_USERS),
    pass("preferences", &["user_id"], OF_USERS),
    pass("invitations", &["name"], OWN),
    pass("address_proofs", &["invitation_id", "user_id"], OF_USERS),
    pass(
        "audit_entries",
        &["number"],
        "organization_id = (SELECT id FROM organizations WHERE name = ?1)",
    ),
    // After the audit trail, whose copied entries are not delivered again. The source sends what it has to
    // tell of ended sessions.
    pass("webhooks", &["name"], OWN),
    pass(
        "deliveries",
        &["receiver", "number"],
        "receiver IN (SELECT id FROM webhooks WHERE owner = ?1)",
    ),
];

/// Tables whose rows stay where they are: those of the database itself, those that triggers keep, and the
/// queue of publications, which the move fills again.
pub const STAY: &[&str] = &[
    // They end within a day.
    "idempotency_keys",
    "attempts",
    "flows",
    "sent_codes",
    // In the first database.
    "federation_requests",
    "federation_replays",
    "federation_attempts",
    "federation_documents",
    "domains",
    "saml_keys",
    "fences",
    "guards",
    "homes",
    "moves",
    "populations",
    "preconditions",
    "publications",
    "purges",
    "redirect_origins",
    "relayed",
    "relays",
    "requirements",
    "revocation_history",
    "revocations",
    "topology",
    "usage_reporters",
];

impl Pass {
    /// The rows of the organization after the row `after`, a JSON list of keys; `None`: from the first on.
    pub fn read(self, organization: &str, after: Option<&str>, limit: i64) -> Query<Vec<Row>> {
        let Self { table, of, .. } = self;
        let keys = self.keys.join(", ");
        let later = if after.is_none() {
            "?2 IS NULL".to_owned()
        } else {
            let value = |place| format!("json_extract(?2, '$[{place}]')");
            let values: Vec<String> = (0..self.keys.len()).map(value).collect();
            format!("({keys}) > ({})", values.join(", "))
        };
        let sql = format!("SELECT * FROM {table} WHERE {of} AND {later} ORDER BY {keys} LIMIT ?3");
        Query::rows(Statement::new(sql).bind(organization).bind(after).bind(limit), Ok)
    }

    /// The keys of a row: what [`read`](Self::read) takes for `after`.
    pub fn position(self, row: &Row) -> String {
        let keys: Vec<_> = self.keys.iter().map(|key| row.0.get(*key)).collect();
        super::json_text(&keys)
    }

    /// Writes rows that were read elsewhere. Those that exist are the same.
    pub fn written(self, mut rows: Vec<Row>) -> Option<Statement> {
        if self.is_later {
            let set: Vec<String> =
                self.later.iter().map(|column| format!("{column} = excluded.{column}")).collect();
            let conflict = format!("ON CONFLICT (id) DO UPDATE SET {}", set.join(", "));
            return relays::inserted(self.table, &rows, &conflict);
        }
        for row in &mut rows {
            row.0.retain(|column, _| !self.later.contains(&column.as_str()));
        }
        relays::inserted(self.table, &rows, "ON CONFLICT DO NOTHING")
    }

    /// How many rows of the organization there are.
    pub fn count(self, organization: &str) -> Query<i64> {
        #[derive(Deserialize)]
        struct Count {
            count: i64,
        }
        let sql = format!("SELECT count(*) AS count FROM {} WHERE {}", self.table, self.of);
        let count = Query::<Option<Count>>::first(Statement::new(sql).bind(organization));
        count.map(|row| row.map_or(0, |row| row.count))
    }

    /// Whether the rows can be removed where they were: the audit trail is kept.
    pub fn is_cleared(self) -> bool {
        !self.is_later && self.table != "audit_entries"
    }

    /// Removes at most `limit` rows of the organization, and returns them.
    pub fn cleared(self, organization: &str, limit: i64) -> Statement {
        let Self { table, of, .. } = self;
        let keys = self.keys.join(", ");
        let part = format!("SELECT {keys} FROM {table} WHERE {of} LIMIT ?2");
        let sql =
            format!("DELETE FROM {table} WHERE {of} AND ({keys}) IN ({part}) RETURNING 1 AS one");
        Statement::new(sql).bind(organization).bind(limit)
    }
}

/// How far a move has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The rows are being copied; both databases take no writes of the organization.
    Copying,
    /// The organization lives in the target; the target takes no writes yet, because isolates may still
    /// read the source.
    Settling,
    /// The target takes writes, and the rows in the source are being removed.
    Clearing,
    /// It has ended.
    Done,
}

impl State {
    /// How it is stored and told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Copying => "copying",
            Self::Settling => "settling",
            Self::Clearing => "clearing",
            Self::Done => "done",
        }
    }
}

/// A move.
#[derive(Debug, Clone, Deserialize)]
pub struct Move {
    /// The organization.
    pub organization: String,
    /// The database that it leaves.
    pub source: usize,
    /// The one that it comes to.
    pub target: usize,
    /// How far it has come.
    pub state: State,
    /// The place in [`PASSES`].
    pub step: usize,
    /// The keys of the last row that is copied; empty before the first.
    pub after: String,
    /// How many rows are copied.
    pub copied: i64,
    /// When `state` was reached.
    pub changed_at: UnixTime,
}

/// The last move of an organization. Asked of database 0, as all about moves.
pub fn find(organization: &str) -> Query<Option<Move>> {
    let statement = Statement::new("SELECT * FROM moves WHERE organization = ?1");
    Query::first(statement.bind(organization))
}

/// Stores a move.
pub fn store(moved: &Move) -> Statement {
    let number = |number: usize| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    Statement::new(
        "INSERT OR REPLACE INTO moves (organization, source, target, state, step, after, copied, \
         changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(&moved.organization)
    .bind(number(moved.source))
    .bind(number(moved.target))
    .bind(moved.state.as_str())
    .bind(number(moved.step))
    .bind(&moved.after)
    .bind(moved.copied)
    .bind(moved.changed_at)
}

/// Keeps a database from taking writes of the organization.
pub fn fence(organization: &str) -> Statement {
    Statement::new("INSERT INTO fences (organization) VALUES (?1) ON CONFLICT DO NOTHING")
        .bind(organization)
}

/// Lets a database take writes of the organization.
pub fn open(organization: &str) -> Statement {
    Statement::new("DELETE FROM fences WHERE organization = ?1").bind(organization)
}

/// Whether a key of the organization is a person's of another, or the other way round: such a key needs
/// the rows of two organizations in one database.
pub fn shares_keys(organization: &str) -> Query<bool> {
    let statement = Statement::new(
        "SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM keys JOIN users ON users.id = keys.user_id \
         WHERE keys.owner = ?1 AND users.owner <> ?1) OR EXISTS (SELECT 1 FROM users \
         JOIN keys ON keys.user_id = users.id WHERE users.owner = ?1 AND keys.owner <> ?1)",
    );
    Query::rows(statement.bind(organization), |rows| Ok(!rows.is_empty()))
}

/// Whether a team, role or permission of the organization has a person of another one, or the other way
/// round: what ends a membership removes such a place, in one database.
pub fn shares_places(organization: &str) -> Query<bool> {
    let tables = ["team_members", "role_members", "permission_subjects"];
    let shared: Vec<String> = tables
        .iter()
        .map(|table| {
            format!(
                "EXISTS (SELECT 1 FROM memberships JOIN users ON users.id = memberships.user_id \
                 JOIN {table} ON {table}.member_id = users.id \
                 AND {table}.owner = memberships.organization \
                 WHERE memberships.organization = ?1 AND users.owner <> ?1) \
                 OR EXISTS (SELECT 1 FROM users JOIN {table} ON {table}.member_id = users.id \
                 WHERE users.owner = ?1 AND {table}.owner <> ?1)"
            )
        })
        .collect();
    let statement = Statement::new(format!("SELECT 1 AS found WHERE {}", shared.join(" OR ")));
    Query::rows(statement.bind(organization), |rows| Ok(!rows.is_empty()))
}

/// The live entries of a feed that concern one person, key, session, grant or token, from `after` on.
pub fn entries(after: i64, now: UnixTime, limit: i64) -> Query<Vec<super::revocations::Entry>> {
    let statement = Statement::new(
        "SELECT seq, kind, id, until, cause FROM revocations WHERE seq > ?1 AND until > ?2 \
         AND kind IN ('token', 'session', 'grant', 'user', 'key') ORDER BY seq LIMIT ?3",
    );
    Query::all(statement.bind(after).bind(now).bind(limit))
}

/// Appends an entry of another feed, unless this one has it.
pub fn appended(entry: &super::revocations::Entry, now: UnixTime) -> Statement {
    Statement::new(
        "INSERT INTO revocations (kind, id, until, cause, recorded_at) SELECT ?1, ?2, ?3, ?4, ?5 \
         WHERE NOT EXISTS (SELECT 1 FROM revocations WHERE kind = ?1 AND id = ?2 AND until >= ?3) \
         RETURNING seq, kind, id, until, cause",
    )
    .bind(&entry.kind)
    .bind(&entry.id)
    .bind(entry.until)
    .bind(&entry.cause)
    .bind(now)
}
