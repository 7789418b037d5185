//! Methods: HEAD wherever there is GET, and 405 with `Allow` for another one (issue 10, fault 20;
//! RFC 9110 §9.3.2, §15.5.6).

use std::collections::BTreeSet;

use http::Method;

use crate::world::World;

const READ: &str = "GET, HEAD";
const POST: &str = "POST";
const COLLECTION: &str = "GET, HEAD, POST";
const ITEM: &str = "GET, HEAD, PUT, PATCH, DELETE";

/// Every path of the origin and the methods that it takes.
const PATHS: [(&str, &str); 48] = [
    ("/internal/edge", READ),
    ("/internal/revocations", READ),
    ("/internal/keys/x", READ),
    ("/internal/usage", POST),
    ("/internal/exposures", POST),
    ("/internal/bootstrap", POST),
    ("/v1/iam/oauth/token", POST),
    ("/v1/iam/oauth/refresh_token", POST),
    ("/v1/iam/oauth/access_token", POST),
    ("/v1/iam/oauth/device", POST),
    ("/v1/iam/oauth/introspect", POST),
    ("/v1/iam/oauth/revoke", POST),
    ("/v1/iam/oauth/userinfo", COLLECTION),
    ("/v1/iam/oauth/authorize", COLLECTION),
    ("/v1/iam/oauth/logout", COLLECTION),
    ("/v1/iam/oauth/device/info", POST),
    ("/login/oauth/authorize", COLLECTION),
    ("/login/oauth/device", READ),
    ("/login/oauth/device/ABCDEFGH", COLLECTION),
    ("/login", COLLECTION),
    ("/account", READ),
    ("/account/factors", COLLECTION),
    ("/v1/iam/login", POST),
    ("/v1/iam/auth/application", READ),
    ("/v1/iam/auth/methods", READ),
    ("/v1/iam/auth/identifier", POST),
    ("/v1/iam/whoami", READ),
    ("/v1/iam/account", "GET, HEAD, PUT"),
    ("/v1/iam/accounts", READ),
    ("/v1/iam/password", "PUT"),
    ("/v1/iam/users", COLLECTION),
    ("/v1/iam/users/hanzo/bob", ITEM),
    ("/v1/iam/users/hanzo/bob/keys", "GET, HEAD, POST, DELETE"),
    ("/v1/iam/set-password", POST),
    ("/v1/iam/organizations", COLLECTION),
    ("/v1/iam/organizations/avatar", POST),
    ("/v1/iam/organizations/profile", POST),
    ("/v1/iam/organizations/tombstones/admin/gone", "GET, HEAD, DELETE"),
    ("/v1/iam/organizations/admin/hanzo", ITEM),
    ("/v1/iam/applications", COLLECTION),
    ("/v1/iam/applications/admin/hanzo-app", ITEM),
    ("/v1/iam/keys", COLLECTION),
    ("/v1/iam/keys/principal", READ),
    ("/v1/iam/keys/org", READ),
    ("/v1/iam/keys/hanzo/bob", ITEM),
    ("/v1/iam/signing-keys", READ),
    ("/v1/iam/signing-keys/x", "DELETE"),
    ("/oauth/token", POST),
];

fn methods() -> impl Iterator<Item = Method> {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .map(|name| name.parse().unwrap())
}

#[test]
fn another_method_on_a_known_path_is_405_with_the_methods_that_it_takes() {
    let world = World::demo();
    for (path, allow) in PATHS {
        let allowed: BTreeSet<&str> = allow.split(", ").collect();
        for method in methods() {
            let answer = world.call(method.clone(), path).send();
            let is_refused = answer.status().as_u16() == 405;
            assert_eq!(is_refused, !allowed.contains(method.as_str()), "{method} {path}");
            assert_eq!(answer.header("allow"), is_refused.then_some(allow), "{method} {path}");
        }
    }
}

#[test]
fn an_older_spelling_takes_the_method_that_it_took() {
    let world = World::demo();
    for (path, allow) in [
        ("/api/get-users", READ),
        ("/api/get-user", READ),
        ("/v1/iam/users/get", READ),
        ("/v1/iam/resolve-key", READ),
        ("/api/add-user", POST),
        ("/v1/iam/update-user", POST),
        ("/v1/iam/delete-user", POST),
        ("/api/get-account", "GET, HEAD, PUT"),
    ] {
        let answer = world.call(Method::PATCH, path).send();
        answer.refused(405);
        assert_eq!(answer.header("allow"), Some(allow), "{path}");
    }
}

#[test]
fn an_unknown_path_is_404_with_every_method() {
    let world = World::demo();
    for path in ["/v1/iam/users/a", "/v1/iam/nothing", "/internal/nothing", "/", "/login/x"] {
        for method in methods() {
            let answer = world.call(method.clone(), path).send();
            assert_eq!(answer.status().as_u16(), 404, "{method} {path}");
        }
    }
}

/// The same status and the same headers as GET, without the content.
#[test]
fn head_is_get_without_the_content() {
    let world = World::demo();
    for (path, _) in PATHS.into_iter().filter(|(_, allow)| allow.contains("HEAD")) {
        let ask = |method| world.call(method, path).of("root").send();
        let (get, head) = (ask(Method::GET), ask(Method::HEAD));
        assert_eq!(head.status(), get.status(), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert!(head.0.body().is_empty(), "{path}");
    }
    let users = world.call(Method::HEAD, "/v1/iam/users?owner=hanzo").of("alice").send();
    assert_eq!(users.status().as_u16(), 200);
}

/// A sign-out that GET confirms with the person first is not done by HEAD.
#[test]
fn head_signs_out_only_where_get_does() {
    let world = World::demo();
    let mut browser = crate::browser::Browser::new(&world);
    browser.sign_in(&[], "alice", crate::world::PASSWORD);
    let logout = world
        .call(Method::HEAD, "/v1/iam/oauth/logout")
        .header("cookie", &browser.cookie())
        .header("sec-fetch-site", "cross-site")
        .send();
    assert_eq!(logout.status().as_u16(), 200);
    assert!(crate::browser::location(&browser.authorize(&[])).contains("code="));
}
