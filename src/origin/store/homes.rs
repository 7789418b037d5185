//! Placement with several databases: the database of each organization, and the organization of a
//! key, user or code that a request names without it.

use serde::Deserialize;

use super::query::Query;
use crate::ports::{Row, Statement};

/// The number of an organization's database; `None`: number 0. Asked of database 0.
pub fn number_of(organization: &str) -> Query<Option<usize>> {
    #[derive(Deserialize)]
    struct Home {
        number: usize,
    }
    let statement = Statement::new("SELECT number FROM homes WHERE organization = ?1");
    let home = Query::<Option<Home>>::first(statement.bind(organization));
    home.map(|home| home.map(|home| home.number))
}

/// Places an organization in a database.
pub fn place(organization: &str, number: usize) -> Statement {
    let number = i64::try_from(number).unwrap_or_default();
    if number == 0 {
        return Statement::new("DELETE FROM homes WHERE organization = ?1").bind(organization);
    }
    Statement::new(
        "INSERT INTO homes (organization, number) VALUES (?1, ?2) \
         ON CONFLICT (organization) DO UPDATE SET number = excluded.number",
    )
    .bind(organization)
    .bind(number)
}

/// Places the organization of that id, which is new, in another database than the first one, which takes no
/// writes of it. Nothing, if there is no such organization.
pub fn placed(id: &str, number: usize) -> [Statement; 2] {
    let number = i64::try_from(number).unwrap_or_default();
    [
        Statement::new(
            "INSERT INTO homes (organization, number) SELECT name, ?2 FROM organizations \
             WHERE id = ?1 ON CONFLICT (organization) DO UPDATE SET number = excluded.number",
        )
        .bind(id)
        .bind(number),
        Statement::new(
            "INSERT INTO fences (organization) SELECT name FROM organizations WHERE id = ?1 \
             ON CONFLICT DO NOTHING",
        )
        .bind(id),
    ]
}

/// What a request may name without its organization.
#[derive(Debug, Clone, Copy)]
pub enum Thing<'a> {
    /// A key, by its digest.
    Key(&'a str),
    /// A person, by the id.
    User(&'a str),
    /// An authorization code, by its digest.
    Code(&'a str),
    /// A refresh token, by its digest.
    RefreshToken(&'a str),
    /// A device code, by its digest.
    DeviceCode(&'a str),
    /// A device code, by what the person types.
    UserCode(&'a str),
    /// A client, by its id.
    Client(&'a str),
    /// A passkey or security key, by its id.
    Credential(&'a str),
}

impl<'a> Thing<'a> {
    const fn parts(self) -> (&'static str, &'a str) {
        match self {
            Self::Key(digest) => ("SELECT owner FROM keys WHERE digest = ?1", digest),
            Self::User(id) => ("SELECT owner FROM users WHERE id = ?1", id),
            Self::Code(digest) => (
                "SELECT owner FROM codes JOIN users ON users.id = user_id WHERE digest = ?1",
                digest,
            ),
            Self::RefreshToken(digest) => (
                "SELECT coalesce((SELECT owner FROM users WHERE users.id = user_id), \
                 organization) AS owner FROM refresh_tokens \
                 JOIN grants ON grants.id = grant_id WHERE digest = ?1",
                digest,
            ),
            Self::DeviceCode(digest) => (
                "SELECT coalesce((SELECT owner FROM users WHERE users.id = user_id), \
                 organization) AS owner FROM device_codes \
                 JOIN applications USING (client_id) WHERE digest = ?1",
                digest,
            ),
            Self::UserCode(code) => (
                "SELECT organization AS owner FROM device_codes \
                 JOIN applications USING (client_id) WHERE user_code = ?1",
                code,
            ),
            Self::Credential(id) => (
                "SELECT users.owner FROM webauthn_credentials \
                 JOIN users ON users.id = user_id WHERE credential_id = ?1",
                id,
            ),
            Self::Client(id) => {
                ("SELECT organization AS owner FROM applications WHERE client_id = ?1", id)
            }
        }
    }

    /// The name under which an isolate remembers its organization; `None`: it is used once.
    pub fn remembered(self) -> Option<String> {
        match self {
            Self::Key(digest) => Some(["key:", digest].concat()),
            Self::User(id) => Some(["user:", id].concat()),
            Self::Client(id) => Some(["client:", id].concat()),
            _ => None,
        }
    }

    /// Its organization, as a database knows it.
    pub fn owner(self) -> Query<Option<String>> {
        #[derive(Deserialize)]
        struct Owner {
            owner: String,
        }
        let (sql, value) = self.parts();
        Query::rows(Statement::new(sql).bind(value), |rows| {
            let owner = rows.into_iter().next().map(Row::into_record::<Owner>).transpose()?;
            Ok(owner.map(|row| row.owner))
        })
    }
}
