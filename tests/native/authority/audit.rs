//! Every writing operation of the list leaves an entry in the audit trail.

use std::collections::BTreeSet;

use hanzo_iam::origin::api::{
    endpoint::{Audit, Declaration, Verb, Worker},
    list::ENDPOINTS,
};

use serde_json::{Value, json};

use super::{callers::world_and_callers, endpoints::rows, who::shape};
use crate::{
    browser::{Browser, form_token},
    mailbox::Mailbox,
    oauth::{self, allowed, as_cloud, cloud_tokens, code, redeem, sql, text},
    world::{Answer, CLOUD_SECRET, PASSWORD, World},
};

fn count(world: &World) -> i64 {
    sql(world, "SELECT count(*) AS count FROM audit_entries")[0]["count"].as_i64().unwrap()
}

fn writes(declaration: &Declaration) -> bool {
    declaration.worker == Worker::Origin
        && declaration.verbs().any(|verb| verb != Verb::Get)
        && declaration.audit == Audit::Entry
}

/// The operations whose rows of the table change nothing, each done with success.
fn by_hand(world: &World) -> Vec<(&'static str, Answer)> {
    let login = json!({
        "type": "login", "application": "hanzo-app", "organization": "hanzo", "username": "bob",
        "password": PASSWORD,
    });
    let signed_in = world.post("/v1/iam/login").json(&login).send();
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let change = json!({"oldPassword": PASSWORD, "password": "another long password"});
    let changed = world.put("/v1/iam/password").header("cookie", &cookie).json(&change);
    let set =
        [("userOwner", "hanzo"), ("userName", "bob"), ("newPassword", "a third long password")];
    let kid = sql(world, "SELECT kid FROM signing_keys LIMIT 1")[0]["kid"].clone();
    let kid = kid.as_str().unwrap();
    let other = format!("SELECT kid FROM signing_keys WHERE kid <> '{kid}'");
    let other = sql(world, &other)[0]["kid"].as_str().unwrap().to_owned();
    let tokens = cloud_tokens(world);
    let revoked = [("token", text(&tokens, "refresh_token"))];
    let service_key = "/v1/iam/users/hanzo/bob/keys?type=secret";
    world.post(service_key).basic("hanzo-cloud", CLOUD_SECRET).send().ok();
    let secrets = "/v1/iam/applications/acme/acme-app/secrets";
    world.post(secrets).of("dave").json(&json!({"overlap": 60})).send().ok();
    let retiring = world.get(secrets).of("dave").send().ok()["secrets"][1]["id"].clone();
    let retiring = format!("{secrets}/{}", retiring.as_str().unwrap());
    let mut browser = Browser::new(world);
    vec![
        ("login", signed_in),
        ("changePassword", changed.send()),
        ("setPassword", world.post("/v1/iam/set-password").of("alice").form(&set).send()),
        ("requestToken", redeem(world, &code(world, allowed(world)))),
        ("revokeToken", as_cloud(world, "/v1/iam/oauth/revoke", &revoked)),
        ("deleteApplicationSecret", world.delete(&retiring).of("dave").send()),
        ("revokeUserKey", world.delete(service_key).basic("hanzo-cloud", CLOUD_SECRET).send()),
        ("signIn", browser.sign_in(&[], "alice", PASSWORD)),
        ("decideDevice", decided(world, &mut browser)),
        (
            "discardSigningKey",
            world.delete(&format!("/v1/iam/signing-keys/{kid}")).of("root").send(),
        ),
        ("deleteCert", world.delete(&format!("/v1/iam/certs/admin/{other}")).of("root").send()),
        ("foundOrganization", {
            let token = oauth::tokens(world)["access_token"].as_str().unwrap().to_owned();
            world.post("/v1/iam/onboard").bearer(&token).json(&json!({"name": "bobs"})).send()
        }),
        ("acceptInvitation", {
            let invited = json!({"name": "for-bob", "role": "member"});
            let made = world.post("/v1/iam/invitations").of("dave").json(&invited).send().ok();
            let token = oauth::tokens(world)["access_token"].as_str().unwrap().to_owned();
            let acceptance = json!({"owner": "acme", "code": made["code"]});
            world.post("/v1/iam/invitations/accept").bearer(&token).json(&acceptance).send()
        }),
        ("replaceScimGroup", scim_group(world, http::Method::PUT, &json!({"displayName": "b"}))),
        ("patchScimGroup", {
            let operation = json!({"op": "replace", "path": "displayName", "value": "c"});
            scim_group(world, http::Method::PATCH, &json!({"Operations": [operation]}))
        }),
        ("eraseAccount", {
            let erase = json!({"confirm": "hanzo/alice", "password": PASSWORD});
            let erased = world.post("/v1/iam/account/erase").header("cookie", &browser.cookie());
            erased.header("sec-fetch-site", "same-origin").json(&erase).send()
        }),
        ("bootstrap", {
            let seed = json!({"organizations": [{"name": "initech"}]});
            world.post("/internal/bootstrap").json(&seed).send()
        }),
    ]
}

/// The answer to a change of a new SCIM group.
fn scim_group(world: &World, method: http::Method, change: &Value) -> Answer {
    let groups = "/v1/iam/scim/v2/Groups";
    let name = if method == http::Method::PUT { "put" } else { "patch" };
    let made = world.post(groups).of("alice").json(&json!({"displayName": name})).send();
    let id = made.body()["id"].as_str().unwrap().to_owned();
    world.call(method, &format!("{groups}/{id}")).of("alice").json(change).send()
}

/// The answer to the form by which the person of `browser` allows a device.
fn decided(world: &World, browser: &mut Browser<'_>) -> Answer {
    let form = [("client_id", "hanzo-app"), ("scope", "openid")];
    let device = world.post("/v1/iam/oauth/device").form(&form).send().ok();
    let page = format!("/login/oauth/device/{}", text(&device, "user_code").replace('-', ""));
    let token = form_token(&browser.get(&page).text());
    browser.post(&page, &[("form_token", &token), ("decision", "allow")])
}

/// Forms of pages, and steps that an authenticator, a wallet or a SAML partner answers: they need more than one request and
/// the form's token. Their own tests walk them.
const OF_PAGES: [&str; 22] = [
    "changeFactor",
    "changeOwnIdentity",
    "changeOwnKey",
    "changePasskey",
    "changeProfile",
    "confirmSession",
    "deleteOwnAccount",
    "enableMfa",
    "endOwnSession",
    "finishWebauthnSignin",
    "finishWebauthnSignup",
    "linkIdentity",
    "renewRecoveryCodes",
    "replacePassword",
    "samlIdentityProviderLogout",
    "samlServiceProviderLogout",
    "setPreferredMfa",
    "signInToAccount",
    "signUp",
    "unlinkIdentity",
    "verifyWallet",
    "withdrawConsent",
];

#[test]
fn every_writing_operation_leaves_an_entry() {
    let (world, callers) = world_and_callers();
    let image = world.image();
    let mut open: BTreeSet<&str> = ENDPOINTS
        .iter()
        .map(|entry| &entry.declaration)
        .filter(|declaration| writes(declaration))
        .map(|declaration| declaration.operation)
        .collect();
    let mut without = Vec::new();
    for row in rows(&world) {
        let declared = ENDPOINTS.iter().map(|entry| &entry.declaration).find(|known| {
            row.endpoint.split_once(' ').is_some_and(|(method, path)| {
                shape(known) == path && known.verbs().any(|verb| verb.as_str() == method)
            })
        });
        let Some(declared) = declared.filter(|declared| writes(declared)) else { continue };
        if row.method() == http::Method::GET || !open.contains(declared.operation) {
            continue;
        }
        for caller in &callers {
            let world = World::from_image(&image);
            let before = count(&world);
            let call = row.call(&world, row.method(), &row.path, caller.me);
            let Some(call) = caller.on(call) else { continue };
            let answer = call.send();
            let done = answer.status().is_success() || answer.status() == 303;
            if !done || answer.text().contains(r#""status":"error""#) {
                continue;
            }
            if count(&world) > before {
                open.remove(declared.operation);
                break;
            }
            without.push(format!("{} {} as {}", row.endpoint, row.about, caller.name));
        }
    }
    // Those that need more than one call.
    let actions = "SELECT DISTINCT action FROM audit_entries";
    let known = |world: &World| -> BTreeSet<String> {
        let rows = sql(world, actions);
        rows.iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
    };
    let world = World::demo();
    for (operation, answer) in by_hand(&world) {
        let status = answer.status().as_u16();
        assert!(matches!(status, 200..=303), "{operation}: {status} {}", answer.text());
        if known(&world).contains(operation) {
            open.remove(operation);
        }
    }
    // It needs a mail service.
    let mut mailed = World::demo();
    Mailbox::of(&mut mailed);
    let invited = json!({"name": "for-bob", "email": "bob@hanzo.example"});
    mailed.post("/v1/iam/invitations").of("dave").json(&invited).send().ok();
    mailed.post("/v1/iam/invitations/acme/for-bob/send").of("dave").send().ok();
    if known(&mailed).contains("sendInvitation") {
        open.remove("sendInvitation");
    }
    // The DNS of this one has the record.
    let resolved = World::demo();
    let claim = json!({"domain": "made.example"});
    let claimed = resolved.post("/v1/iam/domains").of("alice").json(&claim).send().ok();
    let answer = json!({"Answer": [{"data": claimed["recordValue"]}]});
    resolved.outbound.status.set(200);
    *resolved.outbound.body.borrow_mut() = answer.to_string();
    resolved.post("/v1/iam/domains/hanzo/made.example/verify").of("alice").send().ok();
    let directory = json!({
        "owner": "hanzo", "name": "directory", "category": "LDAP", "type": "OpenLDAP",
        "host": "ldap.example.com", "baseDn": "dc=x", "username": "cn=reader", "password": "x",
    });
    resolved.post("/v1/iam/providers").of("alice").json(&directory).send().ok();
    let run = json!({"owner": "hanzo", "provider": "directory"});
    resolved.post("/v1/iam/ldap-syncs").of("alice").json(&run).send().ok();
    for operation in ["verifyDomain", "startLdapSync"] {
        if known(&resolved).contains(operation) {
            open.remove(operation);
        }
    }
    for operation in OF_PAGES {
        assert!(open.remove(operation), "{operation} has an entry, or is none any more");
    }
    assert!(open.is_empty(), "no entry of {open:?}; successful without one: {without:#?}");
}
