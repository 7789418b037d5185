//! Passkeys and security keys of users (Web Authentication).

use serde::Deserialize;

use super::{
    query::Query,
    resource::{By, Filter, Guard, Meta, Record, Stored, Table},
    sql::Sql,
};
use crate::{
    core::time::UnixTime,
    origin::store::json_text,
    ports::{Statement, Value, flag, json},
};

/// The most that a user has.
pub const MOST: i64 = 20;

const TABLE: Table = Table {
    name: "webauthn_credentials",
    columns: &[
        "user_id",
        "credential_id",
        "public_key",
        "aaguid",
        "attachment",
        "attestation_type",
        "attestation_format",
        "transports",
        "sign_count",
        "user_present",
        "user_verified",
        "backup_eligible",
        "backup_state",
        "clone_warning",
        "used_at",
    ],
    computed: ", (SELECT owner || '/' || name FROM users WHERE users.id = webauthn_credentials.user_id) AS user",
    members: None,
    kept_by: None,
    filters: &[Filter {
        name: "user",
        about: "Whose they are, as `owner/name`; the caller's if absent.",
        is_flag: false,
        by: By::Column("user_id"),
    }],
};

/// A passkey or security key of a user.
#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of the specification")]
pub struct WebauthnCredential {
    /// The common columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// Whose it is.
    pub user_id: String,
    /// The name of that user.
    pub user: Option<String>,
    /// The id that the authenticator gave it (base64url).
    pub credential_id: String,
    /// The COSE key (base64url).
    pub public_key: String,
    /// The model of the authenticator.
    pub aaguid: String,
    /// `platform` or `cross-platform`.
    pub attachment: String,
    /// The type of its attestation.
    pub attestation_type: String,
    /// The format of its attestation.
    pub attestation_format: String,
    /// How browsers reach it.
    #[serde(deserialize_with = "json")]
    pub transports: Vec<String>,
    /// The counter of its last assertion.
    pub sign_count: i64,
    /// Whether the user was present when it was made.
    #[serde(deserialize_with = "flag")]
    pub user_present: bool,
    /// Whether the user was verified when it was made.
    #[serde(deserialize_with = "flag")]
    pub user_verified: bool,
    /// Whether it may be backed up.
    #[serde(deserialize_with = "flag")]
    pub backup_eligible: bool,
    /// Whether it is backed up.
    #[serde(deserialize_with = "flag")]
    pub backup_state: bool,
    /// Whether its counter has gone back.
    #[serde(deserialize_with = "flag")]
    pub clone_warning: bool,
    /// When it was last used.
    pub used_at: Option<UnixTime>,
}

impl Stored for WebauthnCredential {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.user_id.as_str().into(),
            self.credential_id.as_str().into(),
            self.public_key.as_str().into(),
            self.aaguid.as_str().into(),
            self.attachment.as_str().into(),
            self.attestation_type.as_str().into(),
            self.attestation_format.as_str().into(),
            json_text(&self.transports).into(),
            self.sign_count.into(),
            self.user_present.into(),
            self.user_verified.into(),
            self.backup_eligible.into(),
            self.backup_state.into(),
            self.clone_warning.into(),
            self.used_at.into(),
        ]
    }

    fn guards(&self, sql: &mut Sql) -> Vec<Guard> {
        let (user, id) = (sql.bind(&self.user_id), sql.bind(&self.meta.id));
        let condition = format!(
            "(SELECT count(*) FROM webauthn_credentials WHERE user_id = {user} AND id <> {id}) < {MOST}"
        );
        vec![Guard { condition, refusal: "the user has 20 passkeys and security keys, the most" }]
    }
}

impl Record for WebauthnCredential {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}

/// The credential with that id of its authenticator.
pub fn find(credential_id: &str) -> Query<Option<WebauthnCredential>> {
    let sql = "SELECT *, NULL AS user FROM webauthn_credentials WHERE credential_id = ?1";
    Query::first(Statement::new(sql).bind(credential_id))
}

/// The credentials of that user, by name.
pub fn of_user(user_id: &str) -> Query<Vec<WebauthnCredential>> {
    let sql = "SELECT *, NULL AS user FROM webauthn_credentials WHERE user_id = ?1 ORDER BY name LIMIT 100";
    Query::all(Statement::new(sql).bind(user_id))
}

/// What a use changes.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// `webauthn_credentials.id`
    pub id: &'a str,
    /// The counter that was read.
    pub previous_count: u32,
    /// The counter from now on.
    pub sign_count: u32,
    /// Whether it is backed up.
    pub backup_state: bool,
    /// Whether its counter has gone back.
    pub clone_warning: bool,
    /// Now.
    pub now: UnixTime,
}

/// Notes a use. Returns a row unless the counter has changed since it was read: of two uses with one count
/// only one succeeds.
pub fn used(by: Use<'_>) -> Statement {
    Statement::new(
        "UPDATE webauthn_credentials SET sign_count = ?3, backup_state = ?4, \
         clone_warning = max(clone_warning, ?5), used_at = ?6, version = version + 1 \
         WHERE id = ?1 AND sign_count = ?2 RETURNING id",
    )
    .bind(by.id)
    .bind(i64::from(by.previous_count))
    .bind(i64::from(by.sign_count))
    .bind(by.backup_state)
    .bind(by.clone_warning)
    .bind(by.now)
}

/// Notes that the credential may have been cloned.
pub fn warn(id: &str) -> Statement {
    Statement::new(
        "UPDATE webauthn_credentials SET clone_warning = 1, version = version + 1 \
         WHERE id = ?1 AND clone_warning = 0",
    )
    .bind(id)
}

/// Removes every credential of the user.
pub fn remove_of_user(user_id: &str) -> Statement {
    Statement::new("DELETE FROM webauthn_credentials WHERE user_id = ?1").bind(user_id)
}
