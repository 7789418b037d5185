//! What migrations carry over from a deployment that is in use.

use hanzo_iam::{
    platform::native::Sqlite,
    ports::{Database, Statement},
};
use serde_json::{Value, json};

use crate::world::migrations;

/// A database migrated up to `before` (its number), with these rows, and then the rest of the way.
fn upgraded(before: &str, rows: &str) -> Sqlite {
    let mut scripts = migrations();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let earlier = names.filter(|name| name.to_str().unwrap() < before).count();
    scripts.insert(earlier, rows.to_owned());
    let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
    Sqlite::migrated(&scripts).unwrap()
}

fn all(database: &Sqlite, sql: &str) -> Value {
    let statement = Statement::new(sql.to_owned());
    let rows = pollster::block_on(database.run(statement)).unwrap();
    rows.into_iter().map(|row| Value::Object(row.0)).collect()
}

#[test]
fn grants_and_their_refresh_tokens_survive_when_access_tokens_lose_their_rows() {
    let grant = |id: &str, parent: &str| {
        format!(
            "INSERT INTO grants (id, client_id, user_id, organization, scope, is_public, parent_id, \
             kind, expires_at, created_at) VALUES \
             ('{id}', 'app', 'u', 'o', 'openid', 0, {parent}, 'password', 9000, 1);"
        )
    };
    let token = |jti: &str, expires_at: i64, revoked_at: &str| {
        format!(
            "INSERT INTO access_tokens (jti, grant_id, expires_at, revoked_at, created_at) \
             VALUES ('{jti}', 'parent', {expires_at}, {revoked_at}, 1);"
        )
    };
    let rows = [
        "INSERT INTO organizations (id, name, created_at, updated_at) VALUES ('i', 'o', 1, 1);
         INSERT INTO users (id, owner, name, created_at, updated_at) VALUES ('u', 'o', 'n', 1, 1);
         INSERT INTO codes (digest, client_id, user_id, redirect_uri, scope, auth_time, expires_at, \
         created_at, platform_asked) VALUES ('c', 'app', 'u', '', 'openid', 1, 300, 1, 1);
         INSERT INTO platform_grants VALUES ('parent', 'u', 'app', 1, 1);"
            .to_owned(),
        grant("parent", "NULL"),
        grant("child", "'parent'"),
        "INSERT INTO refresh_tokens (digest, grant_id, scope, expires_at, created_at) \
         VALUES ('r', 'parent', 'openid', 9000, 1);"
            .to_owned(),
        token("lives", 5000, "NULL"),
        token("revoked", 4000, "7"),
    ];
    let database = upgraded("0009", &rows.concat());
    let grants =
        json!([{"id": "child", "parent_id": "parent"}, {"id": "parent", "parent_id": null}]);
    assert_eq!(all(&database, "SELECT id, parent_id FROM grants ORDER BY id"), grants);
    let refresh = all(&database, "SELECT digest, grant_id FROM refresh_tokens");
    assert_eq!(refresh, json!([{"digest": "r", "grant_id": "parent"}]));
    // Codes are void (0011): they live for minutes.
    assert_eq!(all(&database, "SELECT digest FROM codes"), json!([]));
    let platform = all(&database, "SELECT grant_id FROM platform_grants");
    assert_eq!(platform, json!([{"grant_id": "parent"}]));
    let feed = all(&database, "SELECT kind, id, until FROM revocations");
    assert_eq!(feed, json!([{"kind": "token", "id": "revoked", "until": 4630}]));
    assert_eq!(all(&database, "SELECT until FROM token_horizon"), json!([{"until": 5000}]));
    // The tables refer to each other as before.
    assert_eq!(all(&database, "PRAGMA foreign_key_check"), json!([]));
    all(&database, "DELETE FROM grants WHERE id = 'parent'");
    assert_eq!(all(&database, "SELECT id FROM grants"), json!([]));
}
