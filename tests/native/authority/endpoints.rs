//! The rows of the table: every endpoint, and what is called of it.

mod audit;
mod credentials;
mod decisions;
pub mod federation;
mod people;
pub mod resources;
mod scim;
pub mod webhooks;

use http::Method;
use serde_json::{Value, json};

use super::{cast::CLOUD, public};
use crate::{
    oauth::sql,
    world::{Call, World},
};

/// What a call sends.
#[derive(Clone)]
pub enum Body {
    Nothing,
    Json(Value),
    Form(Vec<(&'static str, String)>),
    Lines(&'static str),
}

/// What names something that does not exist.
pub enum Missing {
    Path(String),
    Body(Value),
}

/// One call of an endpoint.
pub struct Row {
    /// The endpoint: method and path, `{}` for what differs.
    pub endpoint: &'static str,
    /// What is called.
    pub about: &'static str,
    /// The path; `{me}` is the caller's `owner/name`.
    pub path: String,
    pub body: Body,
    /// What is named, for those who may see it: the path unless said otherwise.
    pub object: String,
    /// The same call of something that does not exist, if the call names an object.
    pub missing: Option<Missing>,
    /// The answers besides 401, 403 and 404 that a caller who is refused may get, each documented
    /// in WIRE: `e` an error in the envelope with status 200, `0` 400, `>` the sign-in page.
    pub documented: &'static str,
}

impl Row {
    pub fn method(&self) -> Method {
        self.endpoint.split(' ').next().unwrap().parse().unwrap()
    }

    /// The call of `path` by the user `me`.
    pub fn call<'a>(&self, world: &'a World, method: Method, path: &str, me: &str) -> Call<'a> {
        let call = world.call(method, &path.replace("{me}", me));
        match &self.body {
            Body::Nothing => call,
            Body::Json(body) => call.json(body),
            Body::Lines(text) => {
                let mut call = call.header("content-type", "application/x-ndjson");
                call.request.body = text.as_bytes().to_vec();
                call
            }
            Body::Form(pairs) => {
                let pairs: Vec<(&str, &str)> =
                    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
                call.form(&pairs)
            }
        }
    }
}

pub(super) fn row(endpoint: &'static str, about: &'static str, path: &str, body: Body) -> Row {
    let (path, object) = (path.to_owned(), path.to_owned());
    Row { endpoint, about, path, body, object, missing: None, documented: "" }
}

impl Row {
    pub(super) fn missing(self, path: &str) -> Self {
        Self { missing: Some(Missing::Path(path.to_owned())), ..self }
    }

    /// What the body names is at the path `object`.
    pub(super) fn missing_body(self, object: &str, body: Value) -> Self {
        Self { object: object.to_owned(), missing: Some(Missing::Body(body)), ..self }
    }

    /// The row whose call names something that does not exist.
    pub fn of_nothing(&self) -> Option<Self> {
        let (path, body) = match self.missing.as_ref()? {
            Missing::Path(path) => (path.clone(), self.body.clone()),
            Missing::Body(body) => (self.path.clone(), Body::Json(body.clone())),
        };
        Some(Self { path, body, missing: None, object: String::new(), ..*self })
    }

    pub(super) fn documented(self, documented: &'static str) -> Self {
        Self { documented, ..self }
    }
}

/// Every row, in the order of the file.
pub fn rows(world: &World) -> Vec<Row> {
    let mut rows = users();
    rows.extend(organizations());
    rows.extend(people::rows());
    rows.extend(transfer::rows());
    rows.extend(applications());
    rows.extend(keys(world));
    rows.extend(audit::rows());
    rows.extend(webhooks::rows(world));
    rows.extend(federation::rows());
    rows.extend(resources::rows());
    rows.extend(credentials::rows(world));
    rows.extend(account());
    rows.extend(scim::rows(world));
    rows.extend(decisions::rows());
    rows.extend(oauth());
    rows.extend(public::pages());
    rows.extend(public::saml());
    rows.extend(public::account_pages());
    rows.extend(public::internal());
    rows
}

use Body::{Form, Json, Nothing};

mod transfer;

fn users() -> Vec<Row> {
    const LIST: &str = "GET /v1/iam/users";
    const CREATE: &str = "POST /v1/iam/users";
    const READ: &str = "GET /v1/iam/users/{}/{}";
    const UPDATE: &str = "PUT /v1/iam/users/{}/{}";
    const DELETE: &str = "DELETE /v1/iam/users/{}/{}";
    const KEYS: &str = "GET /v1/iam/users/{}/{}/keys";
    let (mia, gone) = ("/v1/iam/users/hanzo/mia", "/v1/iam/users/hanzo/nobody");
    let (root, no_root) = ("/v1/iam/users/admin/root", "/v1/iam/users/admin/nobody");
    let set = |owner: &str, name: &str| json!({"userOwner": owner, "userName": name, "newPassword": "short"});
    let password = |owner: &str, name: &str| Json(set(owner, name));
    vec![
        row(LIST, "", "/v1/iam/users", Nothing),
        row(LIST, "of hanzo", "/v1/iam/users?owner=hanzo", Nothing),
        row(LIST, "of admin", "/v1/iam/users?owner=admin", Nothing)
            .missing("/v1/iam/users?owner=nowhere"),
        row(CREATE, "in hanzo", "/v1/iam/users", Json(json!({"owner": "hanzo", "name": "made"}))),
        row(CREATE, "in admin", "/v1/iam/users", Json(json!({"owner": "admin", "name": "made"}))),
        row(READ, "oneself", "/v1/iam/users/{me}", Nothing),
        row(READ, "hanzo/mia", mia, Nothing).missing(gone),
        row(READ, "admin/root", root, Nothing).missing(no_root),
        row(UPDATE, "own profile", "/v1/iam/users/{me}", Json(json!({"displayName": "x"}))),
        row(UPDATE, "own role", "/v1/iam/users/{me}", Json(json!({"type": "x"}))),
        row(UPDATE, "profile of hanzo/mia", mia, Json(json!({"displayName": "x"}))).missing(gone),
        row(UPDATE, "role of hanzo/mia", mia, Json(json!({"isAdmin": true}))).missing(gone),
        row(UPDATE, "address of hanzo/mia", mia, Json(json!({"email": "x@x.example"})))
            .missing(gone),
        row(UPDATE, "address of admin/root", root, Json(json!({"email": "x@x.example"})))
            .missing(no_root),
        row(DELETE, "hanzo/mia", mia, Nothing).missing(gone),
        row(DELETE, "admin/root", root, Nothing).missing(no_root),
        row(KEYS, "oneself", "/v1/iam/users/{me}/keys", Nothing),
        row(KEYS, "hanzo/mia", &format!("{mia}/keys"), Nothing).missing(&format!("{gone}/keys")),
        row(KEYS, "admin/root", &format!("{root}/keys"), Nothing)
            .missing(&format!("{no_root}/keys")),
        row(
            "POST /v1/iam/users/{}/{}/keys",
            "hanzo/mia",
            &format!("{mia}/keys?type=publishable"),
            Nothing,
        )
        .missing(&format!("{gone}/keys?type=publishable")),
        row(
            "POST /v1/iam/users/{}/{}/keys",
            "admin/root",
            &format!("{root}/keys?type=publishable"),
            Nothing,
        )
        .missing(&format!("{no_root}/keys?type=publishable")),
        row(
            "DELETE /v1/iam/users/{}/{}/keys",
            "hanzo/mia",
            &format!("{mia}/keys?type=secret"),
            Nothing,
        )
        .missing(&format!("{gone}/keys?type=secret")),
        // too short: only callers who may set it get this error
        row(
            "POST /v1/iam/set-password",
            "hanzo/mia",
            "/v1/iam/set-password",
            password("hanzo", "mia"),
        )
        .missing_body(mia, set("hanzo", "nobody"))
        .documented("e"),
        row(
            "POST /v1/iam/set-password",
            "admin/root",
            "/v1/iam/set-password",
            password("admin", "root"),
        )
        .missing_body(root, set("admin", "nobody"))
        .documented("e"),
    ]
}

fn organizations() -> Vec<Row> {
    const ONE: &str = "/v1/iam/organizations/admin/hanzo";
    const NONE: &str = "/v1/iam/organizations/admin/nowhere";
    const GONE: &str = "/v1/iam/organizations/tombstones/admin/gone";
    const NOT_GONE: &str = "/v1/iam/organizations/tombstones/admin/nowhere";
    let displayed = || Json(json!({"name": "hanzo", "displayName": "x"}));
    vec![
        row("GET /v1/iam/organizations", "", "/v1/iam/organizations", Nothing),
        row(
            "POST /v1/iam/organizations",
            "",
            "/v1/iam/organizations",
            Json(json!({"name": "made"})),
        ),
        row("GET /v1/iam/organizations/admin/{}", "hanzo", ONE, Nothing).missing(NONE),
        row("PUT /v1/iam/organizations/admin/{}", "hanzo", ONE, displayed()).missing(NONE),
        row(
            "PUT /v1/iam/organizations/admin/{}",
            "suspend hanzo",
            ONE,
            Json(json!({"isDisabled": true})),
        )
        .missing(NONE),
        row(
            "DELETE /v1/iam/organizations/admin/{}",
            "empty",
            "/v1/iam/organizations/admin/empty",
            Nothing,
        )
        .missing(NONE),
        row(
            "POST /v1/iam/admin/provision",
            "",
            "/v1/iam/admin/provision",
            Json(json!({"organization": {"name": "made"}, "user": {"name": "made"}})),
        ),
        row(
            "POST /v1/iam/organizations/avatar",
            "hanzo",
            "/v1/iam/organizations/avatar",
            displayed(),
        ),
        row(
            "POST /v1/iam/organizations/profile",
            "hanzo",
            "/v1/iam/organizations/profile",
            displayed(),
        ),
        row(
            "PUT /v1/iam/organizations/admin/{}/database",
            "hanzo",
            "/v1/iam/organizations/admin/hanzo/database",
            Json(json!({"database": 0})),
        )
        .missing("/v1/iam/organizations/admin/nowhere/database"),
        row("GET /v1/iam/organizations/tombstones/admin/{}", "gone", GONE, Nothing)
            .missing(NOT_GONE),
        row("DELETE /v1/iam/organizations/tombstones/admin/{}", "gone", GONE, Nothing)
            .missing(NOT_GONE),
    ]
}

fn applications() -> Vec<Row> {
    const CREATE: &str = "POST /v1/iam/applications";
    const READ: &str = "GET /v1/iam/applications/{}/{}";
    const UPDATE: &str = "PUT /v1/iam/applications/{}/{}";
    const DELETE: &str = "DELETE /v1/iam/applications/{}/{}";
    let (desk, gone) =
        ("/v1/iam/applications/hanzo/hanzo-desk", "/v1/iam/applications/hanzo/nothing");
    let (cloud, none) =
        ("/v1/iam/applications/admin/hanzo-cloud", "/v1/iam/applications/admin/nothing");
    let made =
        |owner: &str| Json(json!({"owner": owner, "organization": "hanzo", "name": "hanzo-made"}));
    vec![
        row("GET /v1/iam/applications", "", "/v1/iam/applications", Nothing),
        row(
            "GET /v1/iam/applications",
            "of hanzo",
            "/v1/iam/applications?organization=hanzo",
            Nothing,
        ),
        row(
            "GET /v1/iam/applications",
            "of admin",
            "/v1/iam/applications?organization=admin",
            Nothing,
        )
        .missing("/v1/iam/applications?organization=nowhere"),
        row(CREATE, "in hanzo", "/v1/iam/applications", made("hanzo")),
        row(CREATE, "the platform's", "/v1/iam/applications", made("admin")),
        row(READ, "hanzo/hanzo-desk", desk, Nothing).missing(gone),
        row(READ, "admin/hanzo-cloud", cloud, Nothing).missing(none),
        row(UPDATE, "hanzo/hanzo-desk", desk, Json(json!({"displayName": "x"}))).missing(gone),
        row(
            UPDATE,
            "secret of hanzo/hanzo-desk",
            desk,
            Json(json!({"clientSecret": "x".repeat(32)})),
        )
        .missing(gone),
        row(
            UPDATE,
            "capability for hanzo/hanzo-desk",
            desk,
            Json(json!({"capabilities": ["key-mint"]})),
        )
        .missing(gone),
        row(UPDATE, "sharing of hanzo/hanzo-desk", desk, Json(json!({"isShared": true})))
            .missing(gone),
        row(
            UPDATE,
            "secret of admin/hanzo-cloud",
            cloud,
            Json(json!({"clientSecret": "x".repeat(32)})),
        )
        .missing(none),
        row(DELETE, "hanzo/hanzo-desk", desk, Nothing).missing(gone),
        row(DELETE, "admin/hanzo-cloud", cloud, Nothing).missing(none),
    ]
}

fn keys(world: &World) -> Vec<Row> {
    const CREATE: &str = "POST /v1/iam/keys";
    const EXPLAIN: &str = "POST /v1/iam/authority/explain";
    let (mia, gone) = ("/v1/iam/keys/hanzo/mia", "/v1/iam/keys/hanzo/nothing");
    let id = sql(world, "SELECT id FROM keys WHERE name = 'mia'");
    let id = id.first().map_or(Value::Null, |row| row["id"].clone());
    let text = world.keys.get("mia").map_or("", String::as_str);
    let made = |further: Value| {
        let mut body = json!({"name": "made"});
        body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        Json(body)
    };
    vec![
        row("GET /v1/iam/keys", "", "/v1/iam/keys", Nothing),
        row("GET /v1/iam/keys", "of hanzo", "/v1/iam/keys?owner=hanzo", Nothing),
        row("GET /v1/iam/keys", "of admin", "/v1/iam/keys?owner=admin", Nothing)
            .missing("/v1/iam/keys?owner=nowhere"),
        row(CREATE, "one's own", "/v1/iam/keys", made(json!({}))),
        row(
            CREATE,
            "of organization hanzo",
            "/v1/iam/keys",
            made(json!({"owner": "hanzo", "type": "Organization"})),
        ),
        row(
            CREATE,
            "for hanzo/mia",
            "/v1/iam/keys",
            made(json!({"owner": "hanzo", "user": "mia"})),
        )
        .missing_body(
            "/v1/iam/users/hanzo/mia",
            json!({"name": "made", "owner": "hanzo", "user": "nobody"}),
        ),
        row("GET /v1/iam/keys/{}/{}", "hanzo/mia's", mia, Nothing).missing(gone),
        row("PUT /v1/iam/keys/{}/{}", "hanzo/mia's", mia, Json(json!({"displayName": "x"})))
            .missing(gone),
        row("DELETE /v1/iam/keys/{}/{}", "hanzo/mia's", mia, Nothing).missing(gone),
        row(
            "GET /v1/iam/keys/principal",
            "hanzo/mia's",
            &format!("/v1/iam/keys/principal?accessKey={text}"),
            Nothing,
        )
        .missing("/v1/iam/keys/principal?accessKey=hk-nothing"),
        row(
            "GET /v1/iam/keys/org",
            "hanzo/mia's",
            &format!("/v1/iam/keys/org?accessKey={text}"),
            Nothing,
        )
        .missing("/v1/iam/keys/org?accessKey=hk-nothing")
        .documented("e"), // a secret key
        row(EXPLAIN, "hanzo/mia's", "/v1/iam/authority/explain", Json(json!({ "key": id })))
            .missing_body(mia, json!({"key": "nothing"})),
        row("GET /v1/iam/signing-keys", "", "/v1/iam/signing-keys", Nothing),
        row("DELETE /v1/iam/signing-keys/{}", "unknown", "/v1/iam/signing-keys/nothing", Nothing),
    ]
}

const WALLET: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

/// The front door has its errors in the envelope (WIRE §4.5).
fn account() -> Vec<Row> {
    let password = json!({"oldPassword": "not this one", "password": "short"});
    vec![
        row("GET /v1/iam/whoami", "", "/v1/iam/whoami", Nothing).documented("e"),
        row("GET /v1/iam/account", "", "/v1/iam/account", Nothing).documented("e"),
        row("PUT /v1/iam/account", "", "/v1/iam/account", Json(json!({"displayName": "x"})))
            .documented("e"),
        row("GET /v1/iam/accounts", "", "/v1/iam/accounts", Nothing),
        row("GET /v1/iam/linked-accounts", "", "/v1/iam/linked-accounts", Nothing).documented("e"),
        row("GET /v1/iam/link", "", &format!("/v1/iam/link?address={WALLET}"), Nothing)
            .documented("e0"),
        row("POST /v1/iam/link", "not signed", "/v1/iam/link", Json(json!({"address": WALLET})))
            .documented("e0"),
        row("POST /v1/iam/unlink", "unknown", "/v1/iam/unlink", Json(json!({"address": WALLET})))
            .documented("e0"),
        row("GET /v1/iam/mfa", "", "/v1/iam/mfa", Nothing).documented("e"),
        row("DELETE /v1/iam/mfa", "none that is had", "/v1/iam/mfa?mfaType=app", Nothing)
            .documented("e0"),
        row("DELETE /v1/iam/mfa", "hanzo/mia's", "/v1/iam/mfa?owner=hanzo&name=mia", Nothing)
            .documented("e0"),
        row("POST /v1/iam/mfa", "none that is had", "/v1/iam/mfa", Json(json!({"mfaType": "app"})))
            .documented("e0"),
        row(
            "POST /v1/iam/mfa/preferred",
            "none that is had",
            "/v1/iam/mfa/preferred",
            Json(json!({"mfaType": "app"})),
        )
        .documented("e0"),
        row("POST /v1/iam/mfa/recovery-codes", "", "/v1/iam/mfa/recovery-codes", Nothing)
            .documented("e0"),
        row(
            "POST /v1/iam/mfa/setup/initiate",
            "",
            "/v1/iam/mfa/setup/initiate",
            Json(json!({"mfaType": "app"})),
        )
        .documented("e0"),
        row(
            "POST /v1/iam/mfa/setup/verify",
            "not begun",
            "/v1/iam/mfa/setup/verify",
            Json(json!({"mfaType": "app", "passcode": "123456"})),
        )
        .documented("e0"),
        row(
            "POST /v1/iam/mfa/setup/enable",
            "not begun",
            "/v1/iam/mfa/setup/enable",
            Json(json!({"mfaType": "app", "passcode": "123456"})),
        )
        .documented("e0"),
        row("GET /v1/iam/consent", "", "/v1/iam/consent", Nothing).documented("e"),
        row(
            "PUT /v1/iam/consent",
            "",
            "/v1/iam/consent",
            Json(json!({"application": "acme-widget", "grantedScopes": []})),
        )
        .documented("e"),
        // too short: only callers who may change it get this error
        row("PUT /v1/iam/password", "", "/v1/iam/password", Json(password)).documented("e0"),
        row("POST /v1/iam/sso-logout", "", "/v1/iam/sso-logout", Nothing).documented("e"),
        row(
            "POST /v1/iam/sso-logout",
            "of the token or session",
            "/v1/iam/sso-logout?logoutAll=false",
            Nothing,
        )
        .documented("e"),
    ]
}

fn oauth() -> Vec<Row> {
    const TOKEN: &str = "POST /v1/iam/oauth/token";
    let form = |pairs: &[(&'static str, &str)]| {
        Form(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    };
    let code = [("grant_type", "authorization_code"), ("code", "unknown"), ("client_id", CLOUD.id)];
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", "unknown"), ("client_id", CLOUD.id)];
    vec![
        row(TOKEN, "code", "/v1/iam/oauth/token", form(&code)).documented("0"),
        row(TOKEN, "refresh", "/v1/iam/oauth/token", form(&refresh)).documented("0"),
        row(
            TOKEN,
            "for itself",
            "/v1/iam/oauth/token",
            form(&[("grant_type", "client_credentials"), ("client_id", CLOUD.id)]),
        ),
        row(
            "POST /v1/iam/oauth/introspect",
            "unknown",
            "/v1/iam/oauth/introspect",
            form(&[("token", "x"), ("client_id", CLOUD.id)]),
        ),
        row(
            "POST /v1/iam/oauth/revoke",
            "unknown",
            "/v1/iam/oauth/revoke",
            form(&[("token", "x"), ("client_id", CLOUD.id)]),
        ),
        row("GET /v1/iam/oauth/userinfo", "", "/v1/iam/oauth/userinfo", Nothing),
        row("POST /v1/iam/oauth/userinfo", "", "/v1/iam/oauth/userinfo", Nothing),
        row(
            "POST /v1/iam/oauth/device",
            "",
            "/v1/iam/oauth/device",
            form(&[("client_id", "hanzo-app")]),
        )
        .documented("0"), // two clients in one request
    ]
}
