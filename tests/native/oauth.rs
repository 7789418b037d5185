//! What the tests of the issuer have in common: codes given without a browser, and a look into
//! tokens and rows.

use hanzo_iam::{
    core::{
        encoding::{base64url, digest, from_base64url},
        oauth::{pkce::Challenge, scope::Scope},
        time::UnixTime,
    },
    origin::{
        domain::{
            audit::Subject,
            change::Change,
            codes::{self, CodeRequest},
            commit::commit,
            revocation,
        },
        store::users,
    },
    ports::{Clock, Statement},
};
use serde_json::Value;

use crate::{
    browser::{CALLBACK, CHALLENGE},
    world::{Answer, CLOUD_SECRET, World},
};

/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CLOUD_CALLBACK: &str = "https://cloud.hanzo.ai/callback";
pub const TOKEN: &str = "/v1/iam/oauth/token";
pub const RESOURCE: &str = "https://api.hanzo.ai";

/// Runs a statement beside the origin.
pub fn sql(world: &World, statement: &str) -> Vec<serde_json::Map<String, Value>> {
    let rows = pollster::block_on(world.origin.database.run(Statement::new(statement.to_owned())));
    rows.unwrap().into_iter().map(|row| row.0).collect()
}

/// The `sub` of a user.
pub fn subject(world: &World, owner: &str, name: &str) -> String {
    pollster::block_on(users::find(&*world.origin.database, owner, name)).unwrap().unwrap().id
}

/// The stored hash of a user's password.
pub fn password_hash(world: &World, owner: &str, name: &str) -> String {
    let user = pollster::block_on(users::find(&*world.origin.database, owner, name));
    user.unwrap().unwrap().password_hash.unwrap()
}

/// What `bob` allows `hanzo-app`.
pub fn allowed(world: &World) -> CodeRequest {
    CodeRequest {
        client_id: "hanzo-app".to_owned(),
        user_id: subject(world, "hanzo", "bob"),
        session_id: Some("session".to_owned()),
        redirect_uri: CALLBACK.to_owned(),
        scope: Scope::parse("openid profile email").unwrap(),
        resource: None,
        nonce: Some("n-0S6_WzA2Mj".to_owned()),
        challenge: Challenge::parse(CHALLENGE, Some("S256")).ok(),
        auth_time: UnixTime(world.clock.now().0 - 60),
        methods: vec!["pwd".to_owned()],
        platform_asked: true,
    }
}

/// What `bob` allows `hanzo-cloud`, which has a secret and sends no challenge.
pub fn allowed_to_cloud(world: &World) -> CodeRequest {
    CodeRequest {
        client_id: "hanzo-cloud".to_owned(),
        redirect_uri: CLOUD_CALLBACK.to_owned(),
        challenge: None,
        ..allowed(world)
    }
}

/// Begins a session of that id and user, without a cookie unless there is such a session.
pub fn begin_session(world: &World, id: &str, user_id: &str) {
    sql(
        world,
        &format!(
            "INSERT INTO sessions (id, digest, user_id, authenticated_at, expires_at, created_at, \
             used_at) VALUES ('{id}', '{id}', '{user_id}', {now}, {now} + 86400, {now}, {now}) \
             ON CONFLICT (user_id, id) DO NOTHING",
            now = world.clock.now().0
        ),
    );
}

/// The value of the cookie of a session of that user and id, with a secret of `c`s.
pub fn session_cookie(user_id: &str, id: &str) -> String {
    format!("{}.{id}.{}", base64url(user_id.as_bytes()), "c".repeat(43))
}

/// Begins the session `session` of bob, and returns its cookie, as in the header.
pub fn session_of_bob(world: &World) -> String {
    let user_id = sql(world, "SELECT id FROM users WHERE name = 'bob'")[0]["id"].clone();
    let value = session_cookie(user_id.as_str().unwrap(), "session");
    sql(
        world,
        &format!(
            "INSERT OR REPLACE INTO sessions (id, digest, user_id, authenticated_at, expires_at, \
             created_at, used_at) SELECT 'session', '{}', id, 1795464000, 1795564000, 1795464000, \
             1795464000 FROM users \
             WHERE name = 'bob'",
            digest(&value)
        ),
    );
    format!("hanzo_session={value}")
}

/// A code for it.
pub fn code(world: &World, request: CodeRequest) -> String {
    if let Some(id) = &request.session_id {
        begin_session(world, id, &request.user_id);
    }
    pollster::block_on(codes::issue(&world.origin, request)).unwrap().expect("a session")
}

/// Posts a form to the token endpoint.
pub fn post(world: &World, form: &[(&str, &str)]) -> Answer {
    world.post(TOKEN).form(form).send()
}

/// Posts a form to `path` as `hanzo-cloud`.
pub fn as_cloud(world: &World, path: &str, form: &[(&str, &str)]) -> Answer {
    world.post(path).basic("hanzo-cloud", CLOUD_SECRET).form(form).send()
}

/// Redeems a code of `hanzo-app`.
pub fn redeem(world: &World, code: &str) -> Answer {
    post(
        world,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", "hanzo-app"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ],
    )
}

/// Tokens of `bob` for `hanzo-app`.
pub fn tokens(world: &World) -> Value {
    redeem(world, &code(world, allowed(world))).ok()
}

/// Tokens of `bob` for `hanzo-cloud`.
pub fn cloud_tokens(world: &World) -> Value {
    cloud_tokens_of(world, allowed_to_cloud(world))
}

/// Tokens of what was allowed to `hanzo-cloud`.
pub fn cloud_tokens_of(world: &World, request: CodeRequest) -> Value {
    let code = code(world, request);
    as_cloud(
        world,
        TOKEN,
        &[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CLOUD_CALLBACK)],
    )
    .ok()
}

/// Appends to the feed that the access token of an answer is revoked.
pub fn end_token(world: &World, tokens: &Value) {
    let claims = access_claims(tokens);
    let (jti, end) = (text(&claims, "jti"), UnixTime(claims["exp"].as_i64().unwrap()));
    let entry = revocation::token(jti, end, world.clock.now());
    pollster::block_on(commit(
        &world.origin,
        Change::of(Subject::new("hanzo", "test", "test")).revoking(entry),
    ))
    .unwrap();
}

/// Refreshes as `hanzo-app`.
pub fn refresh(world: &World, tokens: &Value) -> Answer {
    refresh_with(world, tokens, &[])
}

/// Refreshes as `hanzo-app` with further parameters.
pub fn refresh_with(world: &World, tokens: &Value, further: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", "hanzo-app"),
        ("refresh_token", text(tokens, "refresh_token")),
    ];
    form.extend_from_slice(further);
    post(world, &form)
}

/// A member of an answer.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect(name)
}

/// The header and the claims of a token.
pub fn read(token: &str) -> (Value, Value) {
    let mut segments = token
        .split('.')
        .map(|segment| serde_json::from_slice(&from_base64url(segment).unwrap_or_default()));
    (segments.next().unwrap().unwrap(), segments.next().unwrap().unwrap())
}

/// The claims of a token.
pub fn payload(token: &str) -> Value {
    read(token).1
}

/// The claims of the access token of an answer.
pub fn access_claims(tokens: &Value) -> Value {
    read(text(tokens, "access_token")).1
}

/// Asserts a refusal in the form of RFC 6749 §5.2.
pub fn assert_refused(answer: &Answer, status: u16, error: &str) {
    let body = answer.refused(status);
    assert_eq!(body["error"], error, "{body}");
    assert!(body["error_description"].is_string(), "{body}");
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
}

/// Whether the access token of an answer still opens anything at the issuer.
pub fn is_active(world: &World, tokens: &Value) -> bool {
    let token = text(tokens, "access_token");
    let answer = as_cloud(world, "/v1/iam/oauth/introspect", &[("token", token)]).ok();
    answer["active"].as_bool().unwrap()
}
