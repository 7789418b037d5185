//! Accounts: a user with additional organizations and the state of the home organization, in one
//! row.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    agents::{BOUND, Bound},
    consents::Consent,
    identities::{self, Identity},
    json_text,
    query::Query,
    users::{self, Membership, User},
};
use crate::{
    core::{
        directory::folded,
        session::Limits,
        signin::{Method, Methods},
    },
    ports::{Statement, json},
};

/// A user together with what decides whether the user may act, and as what.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The further organizations that are not suspended, by name.
    pub memberships: Vec<Membership>,
    /// Whether the home organization exists and is not suspended.
    pub home_is_live: bool,
    /// The bound of an agent; `None` if it is not one.
    pub bound: Option<Bound>,
    /// The session limits of the home organization.
    pub sessions: Limits,
    /// The attributes by which each organization of the user demands a second factor, with its name, the home
    /// first.
    pub demands: Vec<(String, Map<String, Value>)>,
    /// The second factors that the user has.
    pub enrolled: Methods,
}

/// How a request names a user.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// By `users.id`.
    Id(&'a str),
    /// By organization and login: the text of [`login`].
    Login(&'a str),
    /// By organization and username, or by id: the text of [`user`].
    User(&'a str),
    /// By the text of [`users::reference`].
    Reference(&'a str),
    /// By the digest of an authorization code that the user gave.
    Code(&'a str),
    /// By the digest of a refresh token that was given for the user.
    RefreshToken(&'a str),
    /// By the digest of a device code that the user approved.
    DeviceCode(&'a str),
    /// By the id of a sign-in in which the user was proven.
    Flow(&'a str),
    /// By the id of a passkey or security key.
    Credential(&'a str),
    /// By a linked identity: the text of [`identities::key`].
    Identity(&'a str),
}

impl<'a> Named<'a> {
    /// The user's id as an expression over `?1`, and the value of `?1`.
    pub(super) fn expression(self) -> (String, &'a str) {
        let (sql, value) = match self {
            Self::Login(login) => return (of_login("?1"), login),
            Self::User(user) => (
                "coalesce((SELECT id FROM users WHERE owner = json_extract(?1, '$[0]') \
                 AND name = json_extract(?1, '$[1]')), \
                 (SELECT id FROM users WHERE id = json_extract(?1, '$[2]')))",
                user,
            ),
            Self::Reference(text) => return (users::OF_REFERENCE.to_owned(), text),
            Self::Id(id) => ("?1", id),
            Self::Identity(key) => (identities::OF_KEY, key),
            Self::Flow(id) => ("(SELECT user_id FROM flows WHERE id = ?1)", id),
            Self::Credential(id) => {
                ("(SELECT user_id FROM webauthn_credentials WHERE credential_id = ?1)", id)
            }
            Self::Code(digest) => ("(SELECT user_id FROM codes WHERE digest = ?1)", digest),
            Self::RefreshToken(digest) => (
                "(SELECT user_id FROM grants JOIN refresh_tokens ON grants.id = grant_id \
                 WHERE digest = ?1)",
                digest,
            ),
            Self::DeviceCode(digest) => {
                ("(SELECT user_id FROM device_codes WHERE digest = ?1)", digest)
            }
        };
        (sql.to_owned(), value)
    }
}

/// The text by which [`Named::Login`] names the user in `owner` who has that username, e-mail address
/// or phone number.
pub fn login(owner: &str, login: &str) -> String {
    json_text(&[folded(owner), folded(login)])
}

/// The text by which [`Named::User`] names the user in `owner` with that username, or else the user of
/// any organization with that id.
pub fn user(owner: &str, name_or_id: &str) -> String {
    json_text(&[folded(owner), folded(name_or_id), name_or_id.to_owned()])
}

/// The id, as an expression, of the user whom the text in `parameter` names: by username, else by
/// e-mail address, else by phone.
pub(super) fn of_login(parameter: &str) -> String {
    let owner = format!("json_extract({parameter}, '$[0]')");
    let login = format!("json_extract({parameter}, '$[1]')");
    // Each part is one search in an index; one condition with `OR` would scan the organization.
    format!(
        "(SELECT id FROM (\
         SELECT id, 0 AS rank FROM users WHERE owner = {owner} AND name = {login} UNION ALL \
         SELECT id, 1 FROM users WHERE owner = {owner} AND email = {login} AND email <> '' UNION ALL \
         SELECT id, 2 FROM users WHERE owner = {owner} AND phone = {login} AND phone <> '') \
         ORDER BY rank LIMIT 1)"
    )
}

/// The account of that user.
pub fn find(named: Named<'_>) -> Query<Option<Account>> {
    #[derive(Deserialize)]
    struct Beside {
        #[serde(deserialize_with = "json")]
        further: Vec<Membership>,
        #[serde(deserialize_with = "json")]
        bound: Option<Bound>,
        #[serde(deserialize_with = "json")]
        sessions: Option<(i64, i64)>,
        #[serde(deserialize_with = "json")]
        demands: Vec<(String, Map<String, Value>)>,
        #[serde(deserialize_with = "json")]
        kinds: Vec<String>,
    }
    let (id, value) = named.expression();
    let statement = Statement::new(format!(
        "SELECT users.*, EXISTS (SELECT 1 FROM organizations \
         WHERE organizations.name = users.owner AND NOT is_disabled) AS home_is_live, \
         (SELECT json_group_array(json_object('organization', organization, 'role', role)) \
         FROM (SELECT organization, role FROM memberships \
         JOIN organizations ON organizations.name = organization \
         WHERE user_id = users.id AND NOT is_disabled ORDER BY organization)) AS further, \
         (SELECT json_array(session_lifetime, session_idle_time) FROM organizations \
         WHERE organizations.name = users.owner) AS sessions, \
         (SELECT json_group_array(json_array(name, json(second_factor))) \
         FROM (SELECT name, second_factor FROM organizations WHERE name = users.owner UNION ALL \
         SELECT name, second_factor FROM memberships JOIN organizations ON name = organization \
         WHERE user_id = users.id AND NOT is_disabled)) AS demands, \
         (SELECT json_group_array(kind) FROM factors WHERE user_id = users.id) AS kinds, \
         EXISTS (SELECT 1 FROM webauthn_credentials WHERE user_id = users.id) AS has_passkeys, \
         {BOUND} AS bound FROM users WHERE id = {id}"
    ));
    Query::rows(statement.bind(value), |rows| {
        let account = rows.into_iter().next().map(|row| {
            let home_is_live = row.is_set("home_is_live");
            let has_passkeys = row.is_set("has_passkeys");
            let Beside { further: memberships, bound, sessions, demands, kinds } =
                row.clone().into_record()?;
            let (lifetime, idle) = sessions.unwrap_or_default();
            let sessions = Limits::configured(lifetime, idle);
            Ok(Account {
                user: row.into_record()?,
                memberships,
                home_is_live,
                bound,
                sessions,
                demands,
                enrolled: Methods::of(kinds.iter().filter_map(|kind| Method::of_wire_name(kind)))
                    .with_if(has_passkeys, Method::Passkey),
            })
        });
        account.transpose()
    })
}

/// The user's consent to the client.
pub fn consent(named: Named<'_>, client_id: &str) -> Query<Option<Consent>> {
    let (id, value) = named.expression();
    let sql = format!("SELECT * FROM consents WHERE user_id = {id} AND client_id = ?2");
    Query::first(Statement::new(sql).bind(value).bind(client_id))
}

/// The identities at these providers of the user whom the text of [`login`] names.
pub fn links(login: &str, providers: &[String]) -> Query<Vec<Identity>> {
    let sql = format!(
        "SELECT * FROM identities WHERE user_id = {} \
         AND provider IN (SELECT value FROM json_each(?2)) ORDER BY provider, subject",
        of_login("?1")
    );
    Query::all(Statement::new(sql).bind(login).bind(json_text(&providers)))
}
