//! Calls of older clients that mean more than another path: users by what they have, a login without a
//! redirect URI, a sign-out everywhere, and what this server has not.

use hanzo_iam::{
    core::cors::CorsClass,
    origin::api::{
        compat::{ALIASES, REFUSED, Refused},
        list,
    },
};
use http::Method;
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    oauth::{as_cloud, cloud_tokens, is_active, text, tokens},
    world::{CLOUD_SECRET, PASSWORD, World},
};

#[test]
fn a_user_is_found_by_address_phone_number_and_id() {
    let world = World::demo();
    let phone = json!({"owner": "hanzo", "name": "bob", "phone": "+14155550123"});
    world.post("/api/update-user").of("alice").json(&phone).send().ok();
    let id = world.get("/v1/iam/users/hanzo/bob").of("alice").send().ok()["id"].clone();
    let found = |query: &str| {
        let answer =
            world.get(&format!("/api/get-user?owner=hanzo&{query}")).of("alice").send().ok();
        (answer["status"].clone(), answer["data"]["name"].clone())
    };
    let bob = (json!("ok"), json!("bob"));
    assert_eq!(found("email=bob%40hanzo.example"), bob);
    assert_eq!(found("email=BOB%40hanzo.example"), bob);
    assert_eq!(found("phone=%2B14155550123"), bob);
    assert_eq!(found(&format!("userId={}", id.as_str().unwrap())), bob);
    assert_eq!(found("email=none%40hanzo.example"), (json!("error"), Value::Null));
    world.get("/api/get-user?owner=acme&email=bob%40hanzo.example").of("alice").send().refused(403);
    // A member finds only itself.
    let by_bob = world.get("/api/get-user?owner=hanzo&email=alice%40hanzo.example").of("bob");
    assert_eq!(by_bob.send().ok()["status"], "error");
}

#[test]
fn a_user_is_changed_by_its_id() {
    let world = World::demo();
    let id = world.get("/v1/iam/users/hanzo/bob").of("alice").send().ok()["id"].clone();
    let path = format!("/api/update-user?owner=hanzo&userId={}", id.as_str().unwrap());
    let body = json!({"owner": "hanzo", "name": "bob", "displayName": "Robert"});
    assert_eq!(world.post(&path).of("alice").json(&body).send().ok()["status"], "ok");
    let bob = world.get("/v1/iam/users/hanzo/bob").of("alice").send().ok();
    assert_eq!(bob["displayName"], "Robert");
}

/// Python: `hanzo-iam` and `hanzoai-iam`, `login()`.
#[test]
fn a_login_without_a_redirect_gives_a_code_for_the_first_registered_one() {
    let world = World::demo();
    let login = |application: &str, username: &str| {
        let body = json!({
            "type": "code", "username": username, "password": PASSWORD, "organization": "hanzo",
            "application": application,
        });
        world.post("/api/login").json(&body).send().ok()
    };
    let answer = login("hanzo-cloud", "alice");
    assert_eq!(answer["status"], "ok", "{answer}");
    let redeem = |redirect: &str| {
        let code = login("hanzo-cloud", "alice")["data"].as_str().unwrap().to_owned();
        let form =
            [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", redirect)];
        as_cloud(&world, "/oauth/token", &form)
    };
    assert!(redeem("https://cloud.hanzo.ai/callback").ok()["access_token"].is_string());
    redeem("https://evil.example/callback").refused(400);
    // A public client still needs a challenge, and a wrong password gets nothing.
    assert_eq!(login("hanzo-app", "alice")["status"], "error");
    let wrong = json!({"type": "code", "username": "alice", "password": "wrong", "application": "hanzo-cloud"});
    assert_eq!(world.post("/api/login").json(&wrong).send().ok()["status"], "error");
    // The session alone is not a login: the browser's request names its redirect URI.
    let mut browser = Browser::new(&world);
    browser.authorize(&[]);
    browser.sign_in(&[], "alice", PASSWORD);
    let silent = json!({"type": "code", "application": "hanzo-cloud"});
    let call = world.post("/api/login").header("cookie", &browser.cookie()).json(&silent);
    assert_eq!(call.send().ok()["msg"], "redirect_uri is required");
}

/// Python: `hanzoai` mints a token without a scope and asks who it is.
#[test]
fn userinfo_answers_the_token_of_a_program_without_openid() {
    let world = World::demo();
    let form = [("grant_type", "client_credentials"), ("resource", "https://api.hanzo.ai")];
    let token = as_cloud(&world, "/v1/iam/oauth/token", &form).ok();
    let info = world.get("/v1/iam/oauth/userinfo").bearer(text(&token, "access_token")).send().ok();
    assert_eq!((&info["owner"], &info["isAdmin"]), (&json!("hanzo"), &json!(false)));
    assert!(info["sub"].is_string() && info.get("email").is_none());
}

#[test]
fn a_person_signs_out_everywhere_or_of_one_session() {
    let world = World::demo();
    let (one, other) = (tokens(&world), tokens(&world));
    let post = |query: &str, token: &Value| {
        let call = world.post(&format!("/api/sso-logout{query}"));
        call.bearer(text(token, "access_token")).send()
    };
    assert_eq!(post("?logoutAll=false", &one).ok()["status"], "ok");
    assert!(!is_active(&world, &one) && is_active(&world, &other));
    let third = tokens(&world);
    assert_eq!(post("?logoutAll=true", &other).ok()["status"], "ok");
    assert!(!is_active(&world, &other) && !is_active(&world, &third));
    assert_eq!(post("", &third).ok()["status"], "error");
    // The person's keys stay.
    world.get("/v1/iam/users/hanzo/bob").of("bob").send().ok();
    assert_eq!(world.post("/api/sso-logout?logoutAll=x").of("bob").send().status(), 400);
}

/// ATTACKS C-55: neither another site nor a key nor a program signs a person out everywhere.
#[test]
fn only_the_persons_own_sign_in_signs_out_everywhere() {
    let world = World::demo();
    let held = cloud_tokens(&world);
    let mut browser = Browser::new(&world);
    browser.authorize(&[]);
    browser.sign_in(&[], "bob", PASSWORD);
    let cookie = browser.cookie();
    for call in [
        world.post("/v1/iam/sso-logout"),
        world.post("/v1/iam/sso-logout").of("bob"),
        world.post("/v1/iam/sso-logout").basic("hanzo-cloud", CLOUD_SECRET),
        world
            .post("/v1/iam/sso-logout")
            .header("cookie", &cookie)
            .header("origin", "https://evil.example"),
        world
            .post("/v1/iam/sso-logout?logoutAll=false")
            .header("cookie", &cookie)
            .header("sec-fetch-site", "cross-site"),
    ] {
        assert_ne!(call.send().body()["status"], "ok");
    }
    assert!(is_active(&world, &held));
    let account = || world.get("/v1/iam/account").header("cookie", &cookie).send().ok();
    assert_eq!(account()["status"], "ok");
    let call = world
        .post("/v1/iam/sso-logout")
        .header("cookie", &cookie)
        .header("origin", "https://hanzo.id");
    assert_eq!(call.send().ok()["status"], "ok");
    assert_eq!(account()["status"], "error");
    assert!(!is_active(&world, &held));
}

/// Issue 12: `/api/*` and `/oauth/*` are for the pages that today's paths are for, refusals included.
#[test]
fn a_registered_origin_reads_every_older_spelling() {
    let world = World::demo();
    let origin = "http://localhost:3000";
    let allowed = |method: Method, path: &str| {
        let call = world.call(method, path).header("origin", origin);
        let call = call.header("access-control-request-method", "POST");
        let answer = call.header("access-control-request-headers", "authorization").send();
        answer.header("access-control-allow-origin") == Some(origin)
    };
    let unknown = ["/api/unknown", "/oauth/unknown", "/v1/iam/unknown", "/api/get-products"];
    for path in unknown {
        assert!(allowed(Method::OPTIONS, path) && allowed(Method::GET, path), "{path}");
    }
    for alias in ALIASES {
        let class = list::operation(alias.operation).unwrap().cors;
        let expected = class.includes_applications() || class == CorsClass::Public;
        for path in alias.paths() {
            for method in [Method::OPTIONS, Method::GET, Method::POST] {
                assert_eq!(allowed(method, &path), expected, "{path}");
            }
        }
    }
}

#[test]
fn what_casdoor_has_and_iam_has_not_is_refused_in_words() {
    let world = World::demo();
    for prefix in ["/api/", "/v1/iam/"] {
        let path = format!("{prefix}buy-product?id=hanzo/one");
        let answer = world.post(&path).of("root").send().refused(410);
        let why = "IAM sells nothing and takes no payments: use the commerce service";
        assert_eq!(answer, json!({"status": "error", "msg": why, "data": null, "data2": null}));
        let later = world.get(&format!("{prefix}get-ldap-users")).of("root").send().refused(410);
        assert!(later["msg"].as_str().unwrap().contains("/v1/iam/ldap-syncs"), "{later}");
    }
    for call in ["get-plans", "get-plan", "add-plan", "update-plan", "delete-plan"] {
        assert!(Refused::find(&format!("/api/{call}")).is_some(), "{call}");
    }
    for path in ["/api/get-planets", "/api/plan", "/get-plans", "/v1/iam/users/get-plans", "/api/"]
    {
        assert!(Refused::find(path).is_none(), "{path}");
    }
}

#[test]
fn no_endpoint_and_no_older_spelling_is_refused_and_the_documentation_says_why() {
    let document = include_str!("../../docs/COMPATIBILITY.md").replace('\n', " ");
    for alias in ALIASES {
        for path in alias.paths() {
            assert!(Refused::find(&path).is_none(), "{path}");
        }
    }
    for entry in list::ENDPOINTS {
        assert!(Refused::find(entry.declaration.path).is_none(), "{}", entry.declaration.path);
    }
    for refused in REFUSED {
        for call in refused.verbs.iter().chain(refused.nouns) {
            assert!(
                document.contains(&format!("`{call}`")),
                "{call} is not in docs/COMPATIBILITY.md"
            );
        }
        let [first, ..] = refused.text.split(':').collect::<Vec<_>>()[..] else { unreachable!() };
        assert!(document.contains(first), "{first}");
    }
}

#[test]
fn what_is_unknown_is_a_json_404() {
    let world = World::demo();
    for path in ["/v1/iam/none?owner=hanzo", "/v1/iam/get-none", "/api/get-none", "/oauth/none"] {
        let answer = world.get(path).of("root").send();
        assert_eq!(answer.refused(404)["status"], 404);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

/// Casdoor's groups, roles and permissions, in its spelling from creation to deletion.
#[test]
fn groups_roles_and_permissions_keep_what_older_clients_do_not_know() {
    let world = World::demo();
    let post = |call: &str, body: &Value| {
        let answer = world.post(&format!("/api/{call}")).of("alice").json(body).send().ok();
        assert_eq!(answer["status"], "ok", "{call}: {answer}");
    };
    let get =
        |call: &str| world.get(&format!("/api/{call}")).of("alice").send().ok()["data"].clone();
    let group = |name: &str, parent: &str| json!({"owner": "hanzo", "name": name, "parentId": parent, "users": ["hanzo/bob"]});
    post("add-group?id=hanzo/all", &group("all", ""));
    post("add-group?id=hanzo/engineers", &group("engineers", "all"));
    let found = get("get-group?id=hanzo/engineers");
    assert_eq!((&found["parent"], &found["parentId"]), (&json!("all"), &json!("all")));
    let role = json!({
        "owner": "hanzo", "name": "reader", "users": [""], "groups": ["hanzo/engineers"], "roles": [""],
        "domains": [""], "isEnabled": true,
    });
    post("add-role?id=hanzo/reader", &role);
    let mut found = get("get-role?id=hanzo/reader");
    assert_eq!((&found["groups"], &found["users"]), (&found["teams"], &json!([])));
    assert_eq!(found["teams"].as_array().unwrap().len(), 1);
    // Casdoor's client reads and writes the names that it knows.
    found.as_object_mut().unwrap().remove("teams");
    found["displayName"] = json!("Reader");
    post("update-role?id=hanzo/reader", &found);
    let after = get("get-role?id=hanzo/reader");
    assert_eq!((&after["displayName"], &after["teams"]), (&json!("Reader"), &found["groups"]));
    assert_eq!(get("get-roles?owner=hanzo")[0]["name"], "reader");
    let permission = json!({
        "owner": "hanzo", "name": "read", "roles": ["hanzo/reader"], "resources": ["reports"],
        "actions": ["Read"], "effect": "Allow", "isEnabled": true,
    });
    post("add-permission?id=hanzo/read", &permission);
    assert_eq!(get("get-permission?id=hanzo/read")["roles"].as_array().unwrap().len(), 1);
    post("delete-permission?id=hanzo/read", &permission);
    post("delete-role?id=hanzo/reader", &role);
    post("delete-group?id=hanzo/engineers", &group("engineers", ""));
    world.get("/api/get-group?id=acme/all").of("alice").send().refused(403);
    world.post("/api/delete-group?id=acme/all").of("alice").json(&json!({})).send().refused(403);
}

/// `hanzo-iam` and `hanzoai-iam`: `add_role_for_user`, `remove_role_from_user`, `get_user_roles`.
#[test]
fn one_holder_of_a_role_comes_and_goes_and_the_others_stay() {
    let world = World::demo();
    let role = json!({"owner": "hanzo", "name": "reader", "users": ["hanzo/bob"]});
    world.post("/v1/iam/roles").of("alice").json(&role).send().ok();
    let of = |prefix: &str, user: &str| {
        let call = world.get(&format!("{prefix}get-user-roles?id=hanzo/{user}")).of("alice");
        let found = call.send().ok()["data"].clone();
        found.as_array().unwrap().iter().map(|role| role["name"].clone()).collect::<Vec<_>>()
    };
    let change = |call: &str, user: &str, role: &str| {
        let body = json!({"user": user, "role": role});
        world.post(call).of("alice").json(&body).send()
    };
    for prefix in ["/api/", "/v1/iam/"] {
        for _ in 0..2 {
            let added = change(&format!("{prefix}add-user-role"), "hanzo/alice", "hanzo/reader");
            assert_eq!(added.ok()["data"], "Affected");
            assert_eq!(
                (of(prefix, "alice"), of(prefix, "bob")),
                (vec!["reader".into()], vec!["reader".into()])
            );
        }
        for _ in 0..2 {
            change(&format!("{prefix}delete-user-role"), "hanzo/alice", "hanzo/reader").ok();
            assert_eq!((of(prefix, "alice"), of(prefix, "bob")), (vec![], vec!["reader".into()]));
        }
    }
    let unknown = change("/api/add-user-role", "hanzo/nobody", "hanzo/reader").ok();
    assert_eq!(unknown["msg"], "addUsers[0] is not a user of the organization hanzo");
    assert_eq!(change("/api/add-user-role", "alice", "hanzo/reader").ok()["status"], "error");
    change("/api/add-user-role", "hanzo/alice", "acme/reader").refused(403);
    // What else the body has is no change of the role.
    let more = json!({"user": "hanzo/alice", "role": "hanzo/reader", "isEnabled": false});
    world.post("/api/add-user-role").of("alice").json(&more).send().ok();
    assert_eq!(world.get("/v1/iam/roles/hanzo/reader").of("alice").send().ok()["isEnabled"], true);
}

#[test]
fn permissions_are_found_by_role_and_by_submitter() {
    let world = World::demo();
    for name in ["reader", "writer"] {
        let role = json!({"owner": "hanzo", "name": name, "users": ["hanzo/bob"]});
        world.post("/v1/iam/roles").of("alice").json(&role).send().ok();
        let permission = json!({
            "owner": "hanzo", "name": format!("as-{name}"), "roles": [format!("hanzo/{name}")],
            "resources": ["reports"], "actions": ["Read"], "effect": "Allow",
        });
        world.post("/v1/iam/permissions").of("alice").json(&permission).send().ok();
    }
    let found = |query: &str| {
        let found = world.get(&format!("/api/get-permissions-{query}")).of("alice").send().ok();
        found["data"]
            .as_array()
            .map(|list| list.iter().map(|one| one["name"].clone()).collect::<Vec<_>>())
    };
    assert_eq!(found("by-role?id=hanzo/reader"), Some(vec!["as-reader".into()]));
    assert_eq!(found("by-role?id=hanzo/none"), Some(vec![]));
    assert_eq!(found("by-role?id=reader"), None);
    assert_eq!(found("by-submitter?id=hanzo/alice").unwrap().len(), 2);
    assert_eq!(found("by-submitter?id=hanzo/bob"), Some(vec![]));
    world.get("/api/get-permissions-by-role?id=acme/reader").of("alice").send().refused(403);
}

/// Casdoor's lists have pages by number; those of people have a cursor.
#[test]
fn sessions_and_tokens_are_listed_by_pages() {
    let world = World::demo();
    for _ in 0..3 {
        tokens(&world);
    }
    let page = |query: &str| {
        let found = world.get(&format!("/api/get-tokens?{query}")).of("alice").send().ok();
        assert_eq!(found["status"], "ok", "{found}");
        let names: Vec<Value> =
            found["data"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
        (names, found["data2"].clone())
    };
    let (all, count) = page("owner=admin");
    assert_eq!((all.len(), &count), (3, &json!(3)));
    assert_eq!(page("owner=hanzo&p=1&pageSize=2"), (all[..2].to_vec(), count.clone()));
    assert_eq!(page("owner=hanzo&p=2&pageSize=2"), (all[2..].to_vec(), count.clone()));
    assert_eq!(page("owner=hanzo&p=3&pageSize=2"), (vec![], count));
    world.get("/api/get-tokens?owner=acme").of("alice").send().refused(403);
}

/// A part would be taken for all.
#[test]
fn a_list_that_goes_on_is_refused() {
    let world = World::demo();
    tokens(&world);
    let part = world.get("/api/get-tokens?owner=hanzo&limit=1").of("alice").send().ok();
    assert_eq!(
        part["msg"],
        "the list is too long for one reply: page by cursor at GET /v1/iam/tokens"
    );
    let filtered =
        world.get("/api/get-users?owner=hanzo&field=email&value=x").of("alice").send().ok();
    assert_eq!(
        filtered["msg"],
        "field is not known: the parameters of the list are in /v1/iam/docs"
    );
}

/// Earlier servers owned every token as `admin`; the organization is that of its person.
#[test]
fn a_token_of_admin_is_one_of_the_callers_organization() {
    let world = World::demo();
    tokens(&world);
    let listed = |who: &str| {
        let found = world.get("/api/get-tokens?owner=admin").of(who).send().ok();
        found["data"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    let of_bob = listed("alice").pop().unwrap();
    let call = |verb: &str| format!("/api/{verb}-token?id=admin/{}", of_bob.as_str().unwrap());
    assert_eq!(world.get(&call("get")).of("alice").send().ok()["data"]["user"], "bob");
    assert_eq!(world.get(&call("get")).of("bob").send().ok()["data"]["user"], "bob");
    assert!(!listed("dave").contains(&of_bob));
    for who in ["dave", "erin"] {
        assert_eq!(world.get(&call("get")).of(who).send().ok()["msg"], "not found");
        let ended = world.post(&call("delete")).of(who).json(&json!({})).send().ok();
        assert_eq!(ended["msg"], "not found");
    }
    assert_eq!(world.get(&call("get")).of("root").send().ok()["data"]["user"], "bob");
    assert_eq!(
        world.post(&call("delete")).of("alice").json(&json!({})).send().ok()["data"],
        "Affected"
    );
    assert!(!listed("alice").contains(&of_bob));
}

/// `PyPI`'s `casdoor`, `get_record`; its pages are by number.
#[test]
fn an_entry_of_the_trail_is_found_by_its_name_and_pages_go_on() {
    let world = World::demo();
    for name in ["one", "two", "three"] {
        let role = json!({"owner": "hanzo", "name": name});
        world.post("/v1/iam/roles").of("alice").json(&role).send().ok();
    }
    let names = |query: &str| {
        let found =
            world.get(&format!("/api/get-records?owner=hanzo&{query}")).of("alice").send().ok();
        found["data"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    let all = names("");
    assert_eq!(names("p=2&pageSize=2"), all[2..4.min(all.len())]);
    assert_eq!(names("field=name&value=1"), ["1"]);
    assert_eq!(names("field=name&value=999"), Vec::<Value>::new());
    world.get("/api/get-records?owner=acme&field=name&value=1").of("alice").send().refused(403);
    let one = world.get("/api/get-record?id=hanzo/1").of("alice").send().ok();
    assert_eq!(one["data"]["name"], "1");
}

/// `hanzo-iam` asks for a user's roles so; all roles would be taken for the user's.
#[test]
fn the_roles_of_a_user_are_not_all_roles() {
    let world = World::demo();
    for (name, user) in [("one", "hanzo/bob"), ("two", "hanzo/alice")] {
        let role = json!({"owner": "hanzo", "name": name, "users": [user], "isEnabled": true});
        world.post("/v1/iam/roles").of("alice").json(&role).send();
    }
    let found = world.get("/v1/iam/roles?id=hanzo%2Fbob").of("alice").send().ok();
    let names: Vec<&Value> =
        found["roles"].as_array().unwrap().iter().map(|role| &role["name"]).collect();
    assert_eq!(names, [&json!("one")]);
    world.get("/v1/iam/roles?id=bob").of("alice").send().refused(400);
}
