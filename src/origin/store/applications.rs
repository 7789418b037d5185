//! Applications: the OAuth clients.

use serde::{Deserialize, Serialize};

use super::{
    filter::Filter,
    keyset::{BY_NAME, Part},
    query::Query,
};
use crate::{
    core::{
        authority::{Marks, Trust},
        oauth::audience::Registration,
        redirect::loopback_host,
        time::UnixTime,
        token::{Algorithm, TokenType},
    },
    ports::{Database, DatabaseError, Statement, flag, json},
};

/// An application, which is an OAuth client (RFC 6749 §2).
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Application {
    /// UUID.
    pub id: String,
    /// `admin` for the platform's own.
    pub owner: String,
    /// Unique in the owner.
    pub name: String,
    /// The organization whose users sign in to it.
    pub organization: String,
    /// Unique everywhere.
    pub client_id: String,
    /// base64url(SHA-256) of the secret; `None`: a public client.
    pub client_secret_digest: Option<String>,
    /// The display name.
    pub display_name: String,
    /// The allowed grant types.
    #[serde(deserialize_with = "json")]
    pub grant_types: Vec<String>,
    /// Matched exactly (loopback addresses: without the port, RFC 8252 §7.3).
    #[serde(deserialize_with = "json")]
    pub redirect_uris: Vec<String>,
    /// Matched exactly, after logout.
    #[serde(deserialize_with = "json")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where a logout token is posted when a session ends (Back-Channel Logout 1.0); empty: nowhere.
    pub backchannel_logout_uri: String,
    /// Whether the token must name the session; it always does.
    #[serde(deserialize_with = "flag")]
    pub backchannel_logout_session_required: bool,
    /// The front-channel logout URI (Front-Channel Logout 1.0); empty if none.
    pub frontchannel_logout_uri: String,
    /// Whether the frame's address must name the session; it always does.
    #[serde(deserialize_with = "flag")]
    pub frontchannel_logout_session_required: bool,
    /// Scopes beyond the standard ones.
    #[serde(deserialize_with = "json")]
    pub scopes: Vec<String>,
    /// Audiences that it may ask for (RFC 8707).
    #[serde(deserialize_with = "json")]
    pub resources: Vec<String>,
    /// What else it may do: `key-resolve`, `publishable-resolve`, `token-exchange`, ….
    #[serde(deserialize_with = "json")]
    pub capabilities: Vec<String>,
    /// Whether users of every organization may sign in.
    #[serde(deserialize_with = "flag")]
    pub is_shared: bool,
    /// Whether the platform marked it as its own (see [`Trust`]).
    #[serde(deserialize_with = "flag")]
    pub is_first_party: bool,
    /// Whether the platform lets it carry platform authority.
    #[serde(deserialize_with = "flag")]
    pub platform_access: bool,
    /// Disabled: it gets no token and its tokens are not accepted.
    #[serde(deserialize_with = "flag")]
    pub is_disabled: bool,
    /// Whether the sign-in page asks for a password.
    #[serde(deserialize_with = "flag")]
    pub enable_password: bool,
    /// Whether a code with a PKCE challenge is redeemed, and what it gave refreshed, without the
    /// secret that the client has.
    #[serde(deserialize_with = "flag")]
    pub pkce_without_secret: bool,
    /// `ES256` or `RS256`, for both kinds of token; empty: each kind has its default.
    pub token_signing_method: String,
    /// Seconds.
    pub access_token_lifetime: i64,
    /// Seconds, of a whole refresh family.
    pub refresh_token_lifetime: i64,
    /// Published members that no code reads.
    #[serde(deserialize_with = "json")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// When it was created.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
    /// How often it has been changed.
    pub version: i64,
}

impl Application {
    /// What signs its tokens of that kind: the algorithm that it pins, else ES256 for access
    /// tokens, and RS256 for ID tokens, which every client reads (OIDC Core §15.1).
    pub fn signing_algorithm(&self, kind: TokenType) -> Algorithm {
        Algorithm::from_name(&self.token_signing_method).unwrap_or(match kind {
            TokenType::Access => Algorithm::Es256,
            TokenType::Id => Algorithm::Rs256,
        })
    }

    /// Whether it equals `before`, apart from timestamps.
    pub fn is_same(&self, before: &Self) -> bool {
        let text = |application: &Self| {
            let (updated_at, version) = (before.updated_at, before.version);
            super::json_text(&Self { updated_at, version, ..application.clone() })
        };
        text(self) == text(before)
    }

    /// Its trust class.
    pub fn trust(&self) -> Trust {
        let marks = Marks {
            is_first_party: self.is_first_party,
            platform_access: self.platform_access,
            is_shared: self.is_shared,
        };
        Trust::of(&self.owner, &self.organization, marks)
    }

    /// The audiences that its tokens may have.
    pub fn registration(&self) -> Registration<'_> {
        Registration {
            client_id: &self.client_id,
            is_shared: self.is_shared,
            resources: &self.resources,
        }
    }
}

/// The application with that `client_id`.
pub fn by_client_id(client_id: &str) -> Query<Option<Application>> {
    let statement = Statement::new("SELECT * FROM applications WHERE client_id = ?1");
    Query::first(statement.bind(client_id))
}

/// The applications with those client ids.
pub fn by_client_ids(client_ids: &[String]) -> Query<Vec<Application>> {
    let sql = "SELECT * FROM applications WHERE client_id IN (SELECT value FROM json_each(?1))";
    Query::all(Statement::new(sql).bind(super::json_text(&client_ids)))
}

/// The application with that `client_id`.
pub async fn find_by_client_id(
    database: &dyn Database,
    client_id: &str,
) -> Result<Option<Application>, DatabaseError> {
    by_client_id(client_id).fetch(database).await
}

/// The application of that name. `owner` is its owner, or, as older clients write it, the
/// organization of one that the platform owns.
pub fn named(owner: &str, name: &str) -> Query<Option<Application>> {
    let statement = Statement::new(
        "SELECT * FROM applications \
         WHERE name = ?2 AND (owner = ?1 OR (owner = 'admin' AND organization = ?1)) \
         ORDER BY owner = ?1 DESC LIMIT 1",
    );
    Query::first(statement.bind(owner).bind(name))
}

/// The applications that satisfy the conditions that are given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// The owner.
    pub owner: Option<&'a str>,
    /// The organizations that administer them.
    pub among: Option<&'a [String]>,
    /// A text in the name, the `client_id`, or the name for people.
    pub text: &'a str,
}

/// A part of the selected applications, by owner and name.
pub fn list(selection: Selection<'_>, part: &Part) -> Query<Vec<Application>> {
    let Selection { owner, among, text } = selection;
    let mut filter = Filter::default();
    let mut fixed = 0;
    match among {
        // In the order of the index.
        Some([organization]) => filter = filter.is("organization", Some(organization)),
        Some(names) => {
            let among = "organization IN (SELECT value FROM json_each(?))";
            filter = filter.holds(among, super::json_text(&names));
        }
        None => {}
    }
    if owner.is_some() {
        filter = filter.is("owner", owner);
        fixed = 1;
    }
    if !text.is_empty() {
        let contains = "(instr(lower(name), ?) > 0 OR instr(lower(client_id), ?) > 0 \
                        OR instr(lower(display_name), ?) > 0)";
        filter = filter.holds(contains, text.to_lowercase());
    }
    Query::all(filter.part("SELECT * FROM applications", BY_NAME, fixed, part))
}

/// The longest lifetime of an access token that any application has, in seconds, before it
/// is brought into bounds; 0 without applications.
pub async fn longest_access_token_lifetime(database: &dyn Database) -> Result<i64, DatabaseError> {
    #[derive(Deserialize)]
    struct Longest {
        seconds: Option<i64>,
    }
    let statement =
        Statement::new("SELECT max(access_token_lifetime) AS seconds FROM applications");
    let row: Option<Longest> = database.first(statement).await?;
    Ok(row.and_then(|row| row.seconds).unwrap_or_default())
}

/// The audiences that live first-party applications stand for: client ids, those of shared
/// applications for each organization too (WIRE §2.1), and resources.
pub async fn first_party_audiences(database: &dyn Database) -> Result<Vec<String>, DatabaseError> {
    #[derive(Deserialize)]
    struct Audience {
        audience: String,
    }
    let statement = Statement::new(
        "WITH first_party AS (SELECT * FROM applications \
         WHERE is_first_party = 1 AND owner = 'admin' AND is_disabled = 0) \
         SELECT client_id AS audience FROM first_party \
         UNION SELECT client_id || '-org-' || organizations.name FROM first_party, organizations \
         WHERE is_shared = 1 \
         UNION SELECT value FROM first_party, json_each(resources) ORDER BY 1",
    );
    let rows: Vec<Audience> = database.all(statement).await?;
    Ok(rows.into_iter().map(|row| row.audience).collect())
}

/// Stores a new application, and returns its id, unless its organization has as many as its quota
/// allows (`quota`, if it has none of its own), or one of the `reserved` names is or was an
/// organization's.
pub fn insert(application: &Application, quota: u32, reserved: &[String]) -> Statement {
    let (room, named) = (super::room("applications", 4, 30), super::organizations::NAMED);
    let statement = Statement::new(format!(
        "INSERT INTO applications (id, owner, name, organization, client_id, \
         client_secret_digest, display_name, grant_types, redirect_uris, \
         post_logout_redirect_uris, scopes, resources, capabilities, is_shared, is_disabled, \
         enable_password, token_signing_method, access_token_lifetime, refresh_token_lifetime, \
         attributes, updated_at, pkce_without_secret, is_first_party, platform_access, \
         backchannel_logout_uri, backchannel_logout_session_required, frontchannel_logout_uri, \
         frontchannel_logout_session_required, created_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, \
         ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29 WHERE {room} \
         AND NOT EXISTS ({named} (SELECT value FROM json_each(?31))) RETURNING id"
    ));
    bound(statement, application)
        .bind(application.created_at)
        .bind(i64::from(quota))
        .bind(super::json_text(&reserved))
}

/// Stores what has changed, and returns the id, unless the application has changed since it was
/// read. Owner, name and client id never change.
pub fn update(application: &Application) -> Statement {
    let statement = Statement::new(
        "UPDATE applications SET organization = ?4, client_secret_digest = ?6, \
         display_name = ?7, grant_types = ?8, redirect_uris = ?9, \
         post_logout_redirect_uris = ?10, scopes = ?11, resources = ?12, capabilities = ?13, \
         is_shared = ?14, is_disabled = ?15, enable_password = ?16, token_signing_method = ?17, \
         access_token_lifetime = ?18, refresh_token_lifetime = ?19, attributes = ?20, \
         updated_at = ?21, pkce_without_secret = ?22, is_first_party = ?23, \
         platform_access = ?24, backchannel_logout_uri = ?25, \
         backchannel_logout_session_required = ?26, frontchannel_logout_uri = ?27, \
         frontchannel_logout_session_required = ?28, version = version + 1 WHERE id = ?1 AND owner = ?2 AND name = ?3 \
         AND client_id = ?5 AND version = ?29 RETURNING id",
    );
    bound(statement, application).bind(application.version)
}

fn bound(statement: Statement, application: &Application) -> Statement {
    let list = |texts: &[String]| super::json_text(&texts);
    statement
        .bind(&application.id)
        .bind(&application.owner)
        .bind(&application.name)
        .bind(&application.organization)
        .bind(&application.client_id)
        .bind(application.client_secret_digest.as_ref())
        .bind(&application.display_name)
        .bind(list(&application.grant_types))
        .bind(list(&application.redirect_uris))
        .bind(list(&application.post_logout_redirect_uris))
        .bind(list(&application.scopes))
        .bind(list(&application.resources))
        .bind(list(&application.capabilities))
        .bind(application.is_shared)
        .bind(application.is_disabled)
        .bind(application.enable_password)
        .bind(&application.token_signing_method)
        .bind(application.access_token_lifetime)
        .bind(application.refresh_token_lifetime)
        .bind(super::json_text(&application.attributes))
        .bind(application.updated_at)
        .bind(application.pkce_without_secret)
        .bind(application.is_first_party)
        .bind(application.platform_access)
        .bind(&application.backchannel_logout_uri)
        .bind(application.backchannel_logout_session_required)
        .bind(&application.frontchannel_logout_uri)
        .bind(application.frontchannel_logout_session_required)
}

/// Deletes the application.
pub fn delete(id: &str) -> Statement {
    Statement::new("DELETE FROM applications WHERE id = ?1").bind(id)
}

/// Whether an application in use has a redirect address at that web origin.
pub async fn has_redirect_at(database: &dyn Database, origin: &str) -> Result<bool, DatabaseError> {
    let rows = database
        .run(
            Statement::new(
                "SELECT 1 AS found FROM redirect_origins WHERE origin = ?1 OR host = ?2 LIMIT 1",
            )
            .bind(origin)
            .bind(loopback_host(origin)),
        )
        .await?;
    Ok(!rows.is_empty())
}
