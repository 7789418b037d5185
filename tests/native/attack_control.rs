//! Combinations of legitimate steps of the control plane that once gave a credential, a former
//! administrator or a tenant's file more than it has.

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    mailbox::Mailbox,
    oauth::{RESOURCE, TOKEN, allowed_to_cloud, cloud_tokens_of, sql, subject, text},
    world::{Answer, CLOUD_SECRET, World},
};

const DIRECTORY: &str = "https://hanzo.id/v1/iam";

/// A key of alice, who administers hanzo, with those limits.
fn limited(world: &World, limits: &Value) -> String {
    let made = world.post("/v1/iam/keys").of("alice").json(limits).send().ok();
    text(&made, "accessSecret").to_owned()
}

/// A token of alice that a service obtained by exchange, for an hour.
fn exchanged(world: &World) -> String {
    let mut request = allowed_to_cloud(world);
    request.user_id = subject(world, "hanzo", "alice");
    request.resource = Some(DIRECTORY.to_owned());
    let original = cloud_tokens_of(world, request);
    let service = json!({
        "owner": "admin", "name": "hanzo-api", "organization": "hanzo", "clientId": "hanzo-api",
        "clientSecret": CLOUD_SECRET, "isFirstParty": true, "scopes": ["iam"],
        "grantTypes": ["token-exchange"], "capabilities": ["token-exchange"],
    });
    world.post("/v1/iam/applications").of("root").json(&service).send().ok();
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", text(&original, "access_token")),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ];
    let gained = world.post(TOKEN).basic("hanzo-api", CLOUD_SECRET).form(&form).send().ok();
    text(&gained, "access_token").to_owned()
}

/// Credentials of alice that are less than alice: limited keys, and one that ends within the hour.
fn lesser(world: &World) -> Vec<String> {
    let mut found: Vec<String> = [
        json!({"name": "a", "scope": "product:iam"}),
        json!({"name": "b", "expireTime": "2026-11-24T20:00:00Z"}),
        json!({"name": "c", "rate": 5}),
    ]
    .iter()
    .map(|limits| limited(world, limits))
    .collect();
    found.push(exchanged(world));
    found
}

fn post(world: &World, credential: &str, path: &str, body: &Value) -> Answer {
    world.post(path).bearer(credential).json(body).send()
}

fn patch(world: &World, credential: &str, path: &str, body: &Value) -> Answer {
    world.call(http::Method::PATCH, path).bearer(credential).json(body).send()
}

fn put(world: &World, credential: &str, path: &str, body: &Value) -> Answer {
    world.put(path).bearer(credential).json(body).send()
}

/// ATTACKS F-85, H-110: a role outlives the credential that gives it.
#[test]
fn a_lesser_credential_makes_no_administrator() {
    let world = World::demo();
    world.join("acme", "erin", "hanzo", Role::Member);
    let admin = json!({"isAdmin": true});
    for (place, credential) in lesser(&world).iter().enumerate() {
        put(&world, credential, "/v1/iam/users/hanzo/bob", &admin).refused(403);
        patch(&world, credential, "/v1/iam/users/hanzo/bob", &admin).refused(403);
        let older = json!({"owner": "hanzo", "name": "bob", "isAdmin": true});
        let older = post(&world, credential, "/api/update-user", &older);
        assert_eq!(older.body()["status"], "error", "{}", older.text());
        let upsert = "/v1/iam/admin/users/upsert";
        post(&world, credential, upsert, &json!({"name": "bob", "isAdmin": true})).refused(403);
        post(&world, credential, upsert, &json!({"name": "eve", "isAdmin": true})).refused(403);
        let eve = json!({"name": "eve", "isAdmin": true});
        post(&world, credential, "/v1/iam/users", &eve).refused(403);
        let erin = json!({"user": "acme/erin", "org": "hanzo", "role": "admin"});
        post(&world, credential, "/v1/iam/memberships", &erin).refused(403);
        let path = "/v1/iam/memberships/hanzo/acme/erin";
        put(&world, credential, path, &json!({"role": "admin"})).refused(403);
        let mut call = world
            .post("/v1/iam/organizations/admin/hanzo/import?existing=update")
            .bearer(credential)
            .header("content-type", "application/x-ndjson");
        call.request.body = json!({"kind": "user", "object": {
            "owner": "hanzo", "name": "bob", "isAdmin": true,
        }})
        .to_string()
        .into_bytes();
        assert_eq!(call.send().ok()["refused"], 1);
        // what gives no authority, it still may
        let member = json!({"name": format!("member-{place}"), "isAdmin": false});
        post(&world, credential, "/v1/iam/users", &member).ok();
        put(&world, credential, "/v1/iam/users/hanzo/bob", &json!({"tag": "x"})).ok();
    }
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&admin).send().ok();
}

/// By its address an account is found and recovered: SCIM refuses it, and so does every other way.
#[test]
fn a_lesser_credential_changes_no_address_of_an_administrator() {
    let world = World::demo();
    let carol = json!({"name": "carol", "isAdmin": true, "email": "carol@hanzo.example"});
    world.post("/v1/iam/users").of("alice").json(&carol).send().ok();
    for (place, credential) in lesser(&world).iter().enumerate() {
        for name in ["carol", "alice"] {
            let path = format!("/v1/iam/users/hanzo/{name}");
            let email = json!({"email": "mallory@evil.example", "emailVerified": true});
            put(&world, credential, &path, &email).refused(403);
            put(&world, credential, &path, &json!({"phone": "+12015550123"})).refused(403);
            let id = subject(&world, "hanzo", name);
            let operation = json!({"Operations": [{
                "op": "replace", "path": "emails", "value": [{"value": "mallory@evil.example"}],
            }], "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
            let scim = format!("/v1/iam/scim/v2/Users/{id}");
            assert_eq!(patch(&world, credential, &scim, &operation).status(), 403);
        }
        let email = json!({"email": format!("bob-{place}@hanzo.example")});
        put(&world, credential, "/v1/iam/users/hanzo/bob", &email).ok();
    }
}

/// A token of an hour makes nothing that acts for the organization for good.
#[test]
fn an_exchanged_token_makes_no_key_of_the_organization_and_no_administrators_credential() {
    let world = World::demo();
    let carol = json!({"name": "carol", "isAdmin": true});
    world.post("/v1/iam/users").of("alice").json(&carol).send().ok();
    let keeper = json!({
        "owner": "hanzo", "organization": "hanzo", "name": "hanzo-keeper",
        "clientId": "hanzo-keeper", "capabilities": ["directory"],
        "grantTypes": ["client_credentials"],
    });
    world.post("/v1/iam/applications").of("root").json(&keeper).send().ok();
    let token = exchanged(&world);
    for body in [
        json!({"name": "k1", "type": "Organization", "act": true}),
        json!({"name": "k2", "type": "Organization"}),
        json!({"name": "k3", "type": "Application"}),
    ] {
        post(&world, &token, "/v1/iam/keys", &body).refused(403);
    }
    let password = json!({"password": "a long enough password"});
    put(&world, &token, "/v1/iam/users/hanzo/carol", &password).refused(403);
    let form =
        [("userOwner", "hanzo"), ("userName", "carol"), ("newPassword", "a long enough password")];
    world.post("/v1/iam/set-password").bearer(&token).form(&form).send().refused(403);
    let secrets = "/v1/iam/applications/hanzo/hanzo-keeper/secrets";
    post(&world, &token, secrets, &json!({})).refused(403);
    let secret = json!({"clientSecret": "a secret that is long enough for it"});
    put(&world, &token, "/v1/iam/applications/hanzo/hanzo-keeper", &secret).refused(403);
    // of a member it may set the password
    put(&world, &token, "/v1/iam/users/hanzo/bob", &password).ok();
    world.post(secrets).of("alice").json(&json!({})).send().ok();
}

/// What sends the trail elsewhere, or lets people sign in, outlives the credential too.
#[test]
fn a_lesser_credential_makes_no_webhook_and_no_provider() {
    let world = World::demo();
    let webhook = json!({"name": "w", "url": "https://hooks.example.com/"});
    world.post("/v1/iam/webhooks").of("alice").json(&webhook).send().ok();
    let key = limited(&world, &json!({"name": "a", "scope": "product:iam"}));
    for credential in [key, exchanged(&world)] {
        let evil = json!({"name": "e", "url": "https://evil.example/"});
        post(&world, &credential, "/v1/iam/webhooks", &evil).refused(403);
        let url = json!({"url": "https://evil.example/"});
        put(&world, &credential, "/v1/iam/webhooks/hanzo/w", &url).refused(403);
        post(&world, &credential, "/v1/iam/webhooks/hanzo/w/secret", &json!({})).refused(403);
        let provider = json!({"name": "p", "category": "OAuth", "type": "GitHub"});
        post(&world, &credential, "/v1/iam/providers", &provider).refused(403);
    }
}

/// With a redirect address, or without a secret, its holder could receive the codes of people who have no
/// limits.
#[test]
fn a_key_with_limits_opens_no_client() {
    let world = World::demo();
    let client = json!({
        "name": "hanzo-desk", "organization": "hanzo", "clientId": "hanzo-desk", "clientSecret": CLOUD_SECRET,
        "redirectUris": ["https://desk.example/cb"],
    });
    world.post("/v1/iam/applications").of("alice").json(&client).send().ok();
    let path = "/v1/iam/applications/hanzo/hanzo-desk";
    for credential in lesser(&world).into_iter().take(3) {
        for change in [
            json!({"redirectUris": ["https://desk.example/cb", "https://evil.example/"]}),
            json!({"public": true}),
            json!({"pkceWithoutSecret": true}),
            json!({"backchannelLogoutUri": "https://evil.example/"}),
            json!({"frontchannelLogoutUri": "https://desk.example/"}),
        ] {
            put(&world, &credential, path, &change).refused(403);
        }
        put(&world, &credential, path, &json!({"displayName": "Desk"})).ok();
    }
    let cb = json!({"redirectUris": ["https://desk.example/other"]});
    world.put(path).of("alice").json(&cb).send().ok();
}

/// A token that a limited key obtains for a user would have none of its limits.
#[test]
fn a_limited_key_acts_for_no_user() {
    let world = World::demo();
    let issue = "/v1/iam/tokens/issue?id=hanzo/bob&clientId=hanzo-cloud";
    let act = |limits: Value| {
        let mut body = json!({"user": "", "type": "Organization", "act": true});
        body.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
        limited(&world, &body)
    };
    let whole = act(json!({"name": "whole"}));
    assert_eq!(post(&world, &whole, issue, &json!({})).ok()["status"], "ok");
    for limits in [
        json!({"name": "a", "scope": "product:echo"}),
        json!({"name": "b", "scope": "read:*"}),
        json!({"name": "c", "rate": 5}),
    ] {
        post(&world, &act(limits), issue, &json!({})).refused(403);
    }
}

/// A credential that only reads obtains no digests of passwords.
#[test]
fn a_platform_key_that_reads_exports_no_secrets() {
    let world = World::demo();
    let key = json!({
        "owner": "admin", "name": "reads", "platform": true, "scope": "read:iam",
        "expireTime": "2026-11-30T00:00:00Z",
    });
    let made = world.post("/v1/iam/keys").of("root").json(&key).send().ok();
    let key = text(&made, "accessSecret");
    let path = "/v1/iam/organizations/admin/hanzo/export";
    assert_eq!(world.get(path).bearer(key).send().status(), 200);
    world.get(&format!("{path}?secrets=true")).bearer(key).send().refused(403);
    assert_eq!(world.get(&format!("{path}?secrets=true")).of("root").send().status(), 200);
}

fn invite(world: &World, by: &str, body: &Value) -> Value {
    world.post("/v1/iam/invitations").of(by).json(body).send().ok()
}

fn bob(world: &World) -> String {
    text(&crate::oauth::tokens(world), "access_token").to_owned()
}

fn accept(world: &World, token: &str, body: &Value) -> Answer {
    world.post("/v1/iam/invitations/accept").bearer(token).json(body).send()
}

/// ATTACKS G-95: what one tenant's administrator says of an address proves nothing to another tenant.
#[test]
fn an_address_that_another_tenant_vouches_for_does_not_accept_an_invitation() {
    let mut world = World::demo();
    let made = invite(
        &world,
        "dave",
        &json!({"name": "x", "email": "victim@else.example", "role": "admin"}),
    );
    let claimed = json!({"email": "victim@else.example", "emailVerified": true});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&claimed).send().ok();
    let token = bob(&world);
    let sent = json!({"owner": "acme", "code": made["code"]});
    accept(&world, &token, &sent).refused(503);
    let mailbox = Mailbox::of(&mut world);
    assert_eq!(accept(&world, &token, &sent).refused(403)["code"], "email_code_required");
    let with = json!({"owner": "acme", "code": made["code"], "emailCode": mailbox.last_code()});
    accept(&world, &token, &with).ok();
}

/// The inviter who administers the account's home knows who vouches for the address there.
#[test]
fn an_inviter_who_administers_the_home_trusts_its_addresses() {
    let world = World::demo();
    world.join("hanzo", "alice", "acme", Role::Admin);
    let body = json!({"owner": "acme", "name": "x", "email": "bob@hanzo.example"});
    let made = invite(&world, "alice", &body);
    accept(&world, &bob(&world), &json!({"owner": "acme", "code": made["code"]})).ok();
}

/// The proof of one address is none of the address that the invitation has afterwards.
#[test]
fn a_proof_is_of_the_address_that_it_was_sent_to() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    let made = invite(&world, "dave", &json!({"name": "x", "email": "wrong@else.example"}));
    let token = bob(&world);
    accept(&world, &token, &json!({"owner": "acme", "code": made["code"]})).refused(403);
    let corrected = json!({"email": "right@else.example"});
    world.put("/v1/iam/invitations/acme/x").of("dave").json(&corrected).send().ok();
    let with = json!({"owner": "acme", "code": made["code"], "emailCode": mailbox.last_code()});
    assert_eq!(accept(&world, &token, &with).refused(403)["code"], "email_code_invalid");
}

/// An administrator redirects another one's invitation to an own address, and is removed.
#[test]
fn an_invitation_ends_with_the_administrator_who_last_widened_it() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    world.join("hanzo", "alice", "acme", Role::Admin);
    for (name, widening) in [
        ("a", json!({"email": "bob@hanzo.example"})),
        ("b", json!({"quota": 9})),
        ("c", json!({"expireTime": "2026-12-24T00:00:00Z"})),
        ("d", json!({"state": "Active"})),
    ] {
        let path = format!("/v1/iam/invitations/acme/{name}");
        invite(&world, "dave", &json!({"name": name, "email": "x@else.example", "role": "admin"}));
        if name == "d" {
            world.put(&path).of("dave").json(&json!({"state": "Suspended"})).send().ok();
        }
        let changed = world.put(&path).of("alice").json(&widening).send().ok();
        assert_eq!(changed["inviter"], "hanzo/alice", "{widening}");
        // a name, or less, makes no inviter
        let narrower = json!({"displayName": "x", "state": "Suspended"});
        let changed = world.put(&path).of("dave").json(&narrower).send().ok();
        assert_eq!(changed["inviter"], "hanzo/alice", "{widening}");
        if name == "a" {
            world.put(&path).of("alice").json(&json!({"state": "Active"})).send().ok();
            world.post(&format!("{path}/send")).of("alice").send().ok();
        }
    }
    let code = mailbox.last_code();
    world.delete("/v1/iam/memberships/acme/hanzo/alice").of("dave").send().ok();
    let refused = accept(&world, &bob(&world), &json!({"owner": "acme", "code": code}));
    assert_eq!(refused.refused(400)["code"], "invitation_unknown");
}

fn import(world: &World, name: &str, lines: &[Value]) -> Value {
    let path = format!("/v1/iam/organizations/admin/{name}/import?existing=update");
    let mut call = world.post(&path).of("root").header("content-type", "application/x-ndjson");
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    call.request.body = lines.join("\n").into_bytes();
    call.send().ok()
}

/// A tenant's file, which an administrator of the platform imports for it.
#[test]
fn a_tenants_file_brings_no_client_with_capabilities() {
    let world = World::demo();
    let secret = "a secret that the tenant has chosen itself";
    let client = |owner: &str, name: &str| {
        json!({"kind": "application", "object": {
            "owner": owner, "name": name, "organization": "acme", "clientId": name,
            "capabilities": ["key-mint", "directory", "key-resolve"], "isShared": true,
            "resources": [RESOURCE, DIRECTORY], "orgChoiceMode": "Select",
            "grantTypes": ["client_credentials"],
        }, "secrets": {"clientSecretDigest": hanzo_iam::core::encoding::digest(secret)}})
    };
    let report = import(&world, "acme", &[client("admin", "acme-one"), client("acme", "acme-two")]);
    assert_eq!(report["created"], 2, "{report:#}");
    let note = "left out: capabilities, isShared, orgChoiceMode, resources";
    for (place, path) in ["admin/acme-one", "acme/acme-two"].iter().enumerate() {
        assert_eq!(report["lines"][place]["note"], note, "{report:#}");
        let path = format!("/v1/iam/applications/{path}");
        let made = world.get(&path).of("root").send().ok();
        assert_eq!((&made["capabilities"], &made["resources"]), (&json!([]), &json!([])));
        assert_eq!((&made["isShared"], made.get("orgChoiceMode")), (&json!(false), None));
    }
    let mut call = world.post("/v1/iam/users/hanzo/bob/keys").basic("acme-one", secret);
    call.request.query = "type=secret".to_owned();
    call.send().refused(403);
    // Nor does a second line give it what the first has not.
    let change = json!({"kind": "application", "change": {
        "owner": "admin", "name": "acme-one", "organization": "acme", "capabilities": ["key-mint"],
    }});
    import(&world, "acme", &[change, client("admin", "acme-one")]);
    let made = world.get("/v1/iam/applications/admin/acme-one").of("root").send().ok();
    assert_eq!(made["capabilities"], json!([]));
}

/// "The id is never given again", by an import neither.
#[test]
fn an_import_does_not_give_the_id_of_an_erased_person() {
    let world = World::demo();
    let id = subject(&world, "hanzo", "bob");
    world.post("/v1/iam/users/hanzo/bob/erase").of("alice").send().ok();
    let line = json!({"kind": "user", "object": {"owner": "acme", "name": "heir", "id": id}});
    let report = import(&world, "acme", &[line]);
    assert_eq!(report["created"], 1, "{report:#}");
    assert!(!report["lines"][0]["note"].is_null(), "{report:#}");
    assert_ne!(subject(&world, "acme", "heir"), id);
}

/// A Deny of an owner is not lifted by an administrator whom it concerns.
#[test]
fn an_administrator_does_not_lift_an_owners_deny() {
    let world = World::demo();
    world.join("acme", "erin", "hanzo", Role::Owner);
    let deny = json!({
        "owner": "hanzo", "name": "d", "users": ["hanzo/alice"], "resources": ["billing"],
        "actions": ["*"], "effect": "Deny",
    });
    let made = world.post("/v1/iam/permissions").of("erin").json(&deny).send().ok();
    assert_eq!(made["state"], "Approved");
    let (path, alice) = ("/v1/iam/permissions/hanzo/d", &*world.keys["alice"]);
    for change in [
        json!({"users": []}),
        json!({"effect": "Allow"}),
        json!({"isEnabled": false}),
        json!({"state": "Rejected"}),
        json!({"state": "Pending"}),
        json!({"actions": ["read"]}),
        json!({"expiresAt": "2026-11-24T13:00:00Z"}),
    ] {
        world.put(path).of("alice").json(&change).send().refused(403);
        patch(&world, alice, path, &change).refused(403);
    }
    patch(&world, alice, path, &json!({"users": null})).refused(403);
    world.delete(path).of("alice").send().refused(403);
    assert_eq!(world.get(path).of("alice").send().ok()["state"], "Approved");
    // A text may change; one that does not count yet is anyone's to withdraw; an owner lifts it.
    world.put(path).of("alice").json(&json!({"description": "x"})).send().ok();
    let pending = json!({"name": "p", "users": ["hanzo/bob"], "effect": "Deny"});
    world.post("/v1/iam/permissions").of("alice").json(&pending).send().ok();
    world.delete("/v1/iam/permissions/hanzo/p").of("alice").send().ok();
    world.put(path).of("erin").json(&json!({"isEnabled": false})).send().ok();
    world.delete(path).of("erin").send().ok();
}

/// The digest of a request whose body has a password is not one that can be guessed offline.
#[test]
fn the_digest_of_a_repeated_creation_is_keyed() {
    let world = World::demo();
    let body = json!({"name": "p", "category": "Email", "type": "SMTP", "clientSecret": "hunter2"});
    let call = world.post("/v1/iam/providers").of("alice").header("idempotency-key", "k");
    let call = call.json(&body);
    let asked = ["POST", "/v1/iam/providers", "", &body.to_string()].join("\n");
    call.send().ok();
    let stored = sql(&world, "SELECT digest FROM idempotency_keys");
    let digest = stored[0]["digest"].as_str().unwrap();
    assert_ne!(digest, hanzo_iam::core::encoding::digest(&asked));
    assert!(digest.len() >= 22, "{digest}");
}

/// Four eyes are those of two people: an agent's are its person's, and a client's are those of each
/// administrator.
#[test]
fn a_permission_is_not_approved_by_the_submitters_agent_or_by_a_program() {
    let world = World::demo();
    world.join("acme", "erin", "hanzo", Role::Owner);
    let agent = |name: &str| {
        let body = json!({"name": name, "role": "admin"});
        world.post("/v1/iam/service-accounts").of("alice").json(&body).send().ok();
        let rotated = format!("/v1/iam/service-accounts/hanzo-{name}/keys");
        let made = world.post(&rotated).of("alice").json(&json!({})).send().ok();
        text(&made["data"], "accessSecret").to_owned()
    };
    let (first, second) = (agent("first"), agent("second"));
    let alice = world.keys["alice"].clone();
    let approve = json!({"state": "Approved"});
    let client = |call: crate::world::Call<'_>| call.basic("hanzo-cloud", CLOUD_SECRET).send();
    let submit = |name: &str, credential: &str| {
        let body = json!({"owner": "hanzo", "name": name, "actions": ["read"]});
        post(&world, credential, "/v1/iam/permissions", &body).ok();
        format!("/v1/iam/permissions/hanzo/{name}")
    };
    let by_alice = submit("by-alice", &alice);
    put(&world, &first, &by_alice, &approve).refused(403);
    client(world.put(&by_alice).json(&approve)).refused(403);
    let by_agent = submit("by-agent", &first);
    put(&world, &alice, &by_agent, &approve).refused(403);
    put(&world, &second, &by_agent, &approve).refused(403);
    let body = json!({"owner": "hanzo", "name": "by-client", "actions": ["read"]});
    client(world.post("/v1/iam/permissions").json(&body)).ok();
    let by_client = "/v1/iam/permissions/hanzo/by-client";
    put(&world, &alice, by_client, &approve).refused(403);
    for path in [&*by_alice, &by_agent, by_client] {
        world.put(path).of("erin").json(&approve).send().ok();
    }
}

/// A tenant's file does with the platform's authority nothing to those who are more than the tenant's:
/// bob of hanzo administers the platform.
#[test]
fn a_tenants_file_takes_over_neither_a_platform_administrator_nor_a_platform_client() {
    let world = World::demo();
    world.join("hanzo", "bob", "admin", Role::Admin);
    let before = world.get("/v1/iam/users/hanzo/bob").of("root").send().ok();
    let hash = || sql(&world, "SELECT password_hash AS hash FROM users WHERE name = 'bob'");
    let password = hash();
    let user = |form: &str| {
        json!({"kind": "user", form: {
            "owner": "hanzo", "name": "bob", "password": "what the tenant knows",
            "email": "mallory@evil.example", "emailVerified": true,
        }})
    };
    let client = |form: &str| {
        json!({"kind": "application", form: {
            "owner": "admin", "organization": "hanzo", "name": "hanzo-cloud",
            "clientSecret": "a secret that the tenant has chosen",
            "redirectUris": ["https://evil.example/callback"],
        }})
    };
    let digest = hanzo_iam::core::encoding::digest("a key that the tenant knows");
    let key = json!({"kind": "key", "object": {"owner": "hanzo", "name": "gained", "user": "bob"},
        "secrets": {"digest": digest}});
    let passkey = json!({"kind": "webauthn-credential", "object": {
        "owner": "hanzo", "name": "gained", "user": "hanzo/bob", "credentialId": "AAAA",
        "publicKey": "AAAA",
    }});
    let lines = [user("object"), user("change"), client("object"), client("change"), key, passkey];
    let report = import(&world, "hanzo", &lines);
    assert_eq!(report["refused"], 6, "{report:#}");
    assert_eq!(world.get("/v1/iam/users/hanzo/bob").of("root").send().ok(), before);
    assert_eq!(hash(), password);
    let cloud = world.get("/v1/iam/applications/admin/hanzo-cloud").of("root").send().ok();
    assert_eq!(cloud["redirectUris"], json!(["https://cloud.hanzo.ai/callback"]));
    world.get("/v1/iam/keys/hanzo/gained").of("root").send().refused(404);
    assert!(sql(&world, "SELECT 1 AS it FROM webauthn_credentials").is_empty());
    // Of its own people it changes what is no credential.
    let of_alice = || sql(&world, "SELECT password_hash AS hash FROM users WHERE name = 'alice'");
    let password = of_alice();
    let line = json!({"kind": "user", "object": {
        "owner": "hanzo", "name": "alice", "displayName": "A", "password": "what the file knows",
    }});
    let suspended = json!({"isDisabled": true});
    let report = import(&world, "hanzo", &[line]);
    assert_eq!(report["updated"], 1, "{report:#}");
    assert_eq!(of_alice(), password);
    // Nor does a suspended tenant end its suspension.
    world.put("/v1/iam/organizations/admin/acme").of("root").json(&suspended).send().ok();
    let line = json!({"kind": "organization", "object": {
        "owner": "admin", "name": "acme", "isDisabled": false, "quotas": {"users": 1_000_000},
    }});
    import(&world, "acme", &[line]);
    let acme = world.get("/v1/iam/organizations/admin/acme").of("root").send().ok();
    assert_eq!((&acme["isDisabled"], acme.get("quotas")), (&json!(true), None));
}
