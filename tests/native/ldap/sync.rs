//! Synchronization of a directory with the accounts of its organization.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Scene,
    server::{Entry, Mood},
};
use crate::oauth::sql;

impl Scene {
    /// Starts a run, and returns its id.
    fn start(&self, options: &Value) -> String {
        let mut body = json!({"owner": "hanzo", "provider": "corp"});
        body.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let begun = self.world.post("/v1/iam/ldap-syncs").of("alice").json(&body).send().ok();
        assert_eq!(begun["ldapSync"]["state"], "running");
        begun["ldapSync"]["id"].as_str().unwrap().to_owned()
    }

    fn sync(&self, id: &str) -> Value {
        let path = format!("/v1/iam/ldap-syncs/hanzo/{id}");
        self.world.get(&path).of("alice").send().ok()["ldapSync"].clone()
    }

    /// A tick of the schedule, a minute later.
    fn tick(&self) {
        self.world.clock.advance(60);
        pollster::block_on(self.world.origin.scheduled()).unwrap();
    }

    /// Starts a run and goes on until it ends. Returns it, and how many ticks it took.
    fn run(&self, options: &Value) -> (Value, u32) {
        let id = self.start(options);
        for ticks in 1..500 {
            self.tick();
            let sync = self.sync(&id);
            if sync["state"] != "running" {
                return (sync, ticks);
            }
        }
        unreachable!("the run does not end: {}", self.sync(&id));
    }

    fn state_of(&self, name: &str) -> (Value, Value) {
        let query = format!("SELECT is_forbidden, display_name FROM users WHERE name = '{name}'");
        let rows = sql(&self.world, &query);
        (rows[0]["is_forbidden"].clone(), rows[0]["display_name"].clone())
    }
}

/// A directory of which no one has the username of an account.
fn scene(record: &Value, application: &Value) -> Scene {
    let scene = Scene::new(record, application);
    scene.server.change("alice", |it| *it = it.clone().with("uid", &["erin"]));
    scene
}

fn counts(sync: &Value) -> [u64; 5] {
    let report = &sync["report"];
    ["created", "updated", "enabled", "disabled", "refused"]
        .map(|name| report[name].as_u64().unwrap())
}

#[test]
fn a_run_makes_accounts_and_another_one_changes_nothing() {
    let scene = scene(&json!({}), &json!({}));
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(sync["state"], "done", "{sync}");
    assert_eq!(counts(&sync), [3, 0, 0, 0, 0], "{sync}");
    assert!(scene.users().contains(&"dora".to_owned()));
    // They sign in by the directory.
    assert_eq!(scene.login("dora", "correct-dora")["data"], "hanzo/dora");
    let before = scene.users();
    let (sync, _) = scene.run(&json!({}));
    assert_eq!((counts(&sync), &sync["report"]["unchanged"]), ([0; 5], &json!(3)), "{sync}");
    assert_eq!(scene.users(), before);
    let entries = sql(&scene.world, "SELECT name FROM audit_entries WHERE kind = 'ldap-sync'");
    assert!(entries.len() >= 5, "{entries:?}");
}

/// The password of the account decides at that login name, not the directory's.
#[test]
fn a_person_with_the_username_of_an_account_gets_no_second_one() {
    let scene = Scene::new(&json!({}), &json!({}));
    for dry_run in [true, false] {
        let (sync, _) = scene.run(&json!({"dryRun": dry_run}));
        assert_eq!(counts(&sync), [2, 0, 0, 0, 1], "{sync}");
        let refused = sync["report"]["refusedEntries"].to_string();
        assert!(refused.contains("has the username alice"), "{refused}");
    }
}

#[test]
fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let scene = scene(&json!({}), &json!({}));
    let before = scene.users();
    let (sync, _) = scene.run(&json!({"dryRun": true}));
    assert_eq!((&sync["state"], counts(&sync)), (&json!("done"), [3, 0, 0, 0, 0]), "{sync}");
    assert_eq!(scene.users(), before);
    scene.run(&json!({}));
    scene.server.entries.borrow_mut().retain(|entry| !entry.dn.starts_with("uid=dora"));
    let (sync, _) = scene.run(&json!({"dryRun": true}));
    assert_eq!(counts(&sync), [0, 0, 0, 1, 0], "{sync}");
    assert_eq!(scene.state_of("dora").0, 0);
}

#[test]
fn who_leaves_is_disabled_with_every_session_and_who_comes_back_is_enabled() {
    let scene = scene(&json!({}), &json!({}));
    scene.run(&json!({}));
    let answer = scene.world.post("/v1/iam/login").json(&json!({
        "type": "login", "clientId": "hanzo-app", "username": "dora", "password": "correct-dora",
    }));
    let answer = answer.send();
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let account = || scene.world.get("/v1/iam/account").header("cookie", &cookie).send().text();
    assert!(account().contains("dora@hanzo.test"), "{}", account());
    let dora = scene.server.entries.borrow().iter().find(|it| it.dn.contains("dora")).cloned();
    scene.server.entries.borrow_mut().retain(|entry| !entry.dn.starts_with("uid=dora"));
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(counts(&sync), [0, 0, 0, 1, 0], "{sync}");
    assert_eq!(scene.state_of("dora").0, 1);
    assert!(!account().contains("dora@hanzo.test"), "{}", account());
    assert!(scene.users().contains(&"dora".to_owned()), "nothing is deleted");
    scene.server.entries.borrow_mut().push(dora.unwrap());
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(counts(&sync), [0, 0, 1, 0, 0], "{sync}");
    assert_eq!(scene.state_of("dora").0, 0);
}

#[test]
fn an_account_that_an_administrator_has_disabled_stays_so() {
    let scene = scene(&json!({}), &json!({}));
    scene.run(&json!({}));
    let path = "/v1/iam/users/hanzo/dora";
    scene.world.put(path).of("alice").json(&json!({"isForbidden": true})).send().ok();
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(counts(&sync), [0; 5], "{sync}");
    assert_eq!(scene.state_of("dora").0, 1);
}

#[test]
fn a_directory_does_not_enable_an_account_that_an_administrator_has_disabled_after_it() {
    let scene = scene(&json!({}), &json!({}));
    scene.run(&json!({}));
    let dora = scene.server.entries.borrow().iter().find(|it| it.dn.contains("dora")).cloned();
    let set = |by: &str, is_forbidden: bool| {
        let body = json!({"isForbidden": is_forbidden});
        scene.world.put("/v1/iam/users/hanzo/dora").of(by).json(&body).send()
    };
    // A run disables the account, an administrator enables it, and the entry comes back.
    let leave = || {
        scene.server.entries.borrow_mut().retain(|entry| !entry.dn.starts_with("uid=dora"));
        scene.run(&json!({}));
        assert_eq!(scene.state_of("dora").0, 1);
    };
    let come_back = || scene.server.entries.borrow_mut().push(dora.clone().unwrap());
    leave();
    set("alice", false).ok();
    come_back();
    scene.run(&json!({}));
    for (by, others) in [("alice", 200), ("root", 403)] {
        set(by, true).ok();
        let (sync, _) = scene.run(&json!({}));
        assert_eq!((counts(&sync), scene.state_of("dora").0), ([0; 5], json!(1)), "{by}: {sync}");
        assert_eq!(set("alice", false).status(), others, "{by}");
    }
    // It is disabled already when the administrator disables it.
    set("root", false).ok();
    leave();
    set("root", true).ok();
    come_back();
    scene.run(&json!({}));
    assert_eq!(scene.state_of("dora").0, 1);
    set("alice", false).refused(403);
    set("root", false).ok();
    scene.run(&json!({}));
    assert_eq!(scene.state_of("dora").0, 0);
}

#[test]
fn a_changed_entry_updates_the_account_as_the_record_says() {
    let scene = scene(
        &json!({"syncProfile": true, "groupSource": "memberOf",
        "groupMapping": {"cn=ops,ou=groups,dc=hanzo,dc=test": "admin"}}),
        &json!({}),
    );
    scene.run(&json!({}));
    let group = "CN=ops,OU=groups,DC=hanzo,DC=test";
    scene.server.change("carol", |it| {
        *it = it.clone().with("cn", &["Carol Danvers"]).with("memberOf", &[group]);
    });
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(counts(&sync), [0, 1, 0, 0, 0], "{sync}");
    assert_eq!(scene.state_of("carol").1, "Carol Danvers");
    let admin = sql(&scene.world, "SELECT is_admin FROM users WHERE name = 'carol'");
    assert_eq!(admin[0]["is_admin"], 1);
}

#[test]
fn a_directory_that_is_emptied_or_hidden_disables_no_one() {
    let people = |scene: &Scene| {
        for number in 10..60 {
            let entry = Entry::person(&format!("p{number}"), number);
            scene.server.entries.borrow_mut().push(entry);
        }
    };
    let scene = scene(&json!({}), &json!({}));
    people(&scene);
    scene.run(&json!({}));
    scene.server.entries.borrow_mut().retain(|entry| !entry.dn.contains("uid=p"));
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(sync["state"], "failed", "{sync}");
    assert!(sync["why"].as_str().unwrap().contains("50 of 53"), "{sync}");
    let dry = scene.run(&json!({"dryRun": true})).0;
    assert_eq!(dry["state"], "failed", "{dry}");
    let left = sql(&scene.world, "SELECT name FROM users WHERE is_forbidden");
    assert!(left.is_empty(), "{left:?}");
    // An administrator may mean it.
    scene.provider(&json!({"syncDisablePercent": 100})).ok();
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(counts(&sync), [0, 0, 0, 50, 0], "{sync}");
}

#[test]
fn thousands_of_people_are_read_in_ranges_over_several_ticks() {
    let scene = scene(&json!({}), &json!({}));
    for number in 1000..5000 {
        let entry = Entry::person(&format!("p{number}"), number);
        scene.server.entries.borrow_mut().push(entry);
    }
    let (sync, ticks) = scene.run(&json!({}));
    assert_eq!(counts(&sync), [4003, 0, 0, 0, 0], "{}", sync["why"]);
    assert!(ticks > 1, "one tick has read everything");
    assert!(sync["report"]["splits"].as_u64().unwrap() > 10, "{sync}");
    let identities = sql(&scene.world, "SELECT count(*) AS n FROM identities");
    assert_eq!(identities[0]["n"], 4003);
}

#[test]
fn a_server_that_is_away_is_asked_again_and_the_run_resumes() {
    let scene = scene(&json!({"syncRange": 2}), &json!({}));
    let id = scene.start(&json!({}));
    scene.server.mood.set(Mood::Unreachable);
    for _ in 0..3 {
        scene.tick();
    }
    let sync = scene.sync(&id);
    assert_eq!(sync["state"], "running");
    assert!(sync["why"].as_str().unwrap().starts_with("connection"), "{sync}");
    scene.server.mood.set(Mood::Well);
    scene.tick();
    assert_eq!(scene.sync(&id)["state"], "done", "{}", scene.sync(&id));
    // One that stays away ends the run, and disables no one.
    let id = scene.start(&json!({}));
    scene.server.mood.set(Mood::Silent);
    for _ in 0..10 {
        scene.tick();
    }
    assert_eq!(scene.sync(&id)["state"], "failed");
    assert!(sql(&scene.world, "SELECT name FROM users WHERE is_forbidden").is_empty());
}

#[test]
fn a_run_can_be_cancelled_and_two_of_a_directory_do_not_run_at_once() {
    let scene = scene(&json!({}), &json!({}));
    let id = scene.start(&json!({}));
    let body = json!({"owner": "hanzo", "provider": "corp"});
    let again = scene.world.post("/v1/iam/ldap-syncs").of("alice").json(&body).send();
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let path = format!("/v1/iam/ldap-syncs/hanzo/{id}/cancel");
    let cancelled = scene.world.post(&path).of("alice").send().ok();
    assert_eq!(cancelled["ldapSync"]["state"], "cancelled");
    let before = scene.users();
    scene.tick();
    assert_eq!(scene.users(), before);
    let list = scene.world.get("/v1/iam/ldap-syncs?owner=hanzo").of("alice").send().ok();
    assert_eq!(list["ldapSyncs"].as_array().unwrap().len(), 1);
}

#[test]
fn entries_that_are_no_account_are_in_the_report_with_the_reason() {
    let scene = scene(&json!({}), &json!({}));
    scene.server.change("carol", |it| *it = it.clone().with("mail", &["bob@hanzo.example"]));
    scene.server.change("dora", |it| *it = it.clone().with("entryUUID", &["nonsense"]));
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(counts(&sync), [1, 0, 0, 0, 2], "{sync}");
    let refused = sync["report"]["refusedEntries"].to_string();
    assert!(refused.contains("has the address bob@hanzo.example"), "{refused}");
    assert!(refused.contains("entryUUID"), "{refused}");
}

#[test]
fn a_run_makes_as_many_accounts_as_the_quota_allows_and_a_dry_run_foresees_it() {
    let mut scene = scene(&json!({"syncRange": 20}), &json!({}));
    for number in 1000..1100 {
        scene.server.entries.borrow_mut().push(Entry::person(&format!("p{number}"), number));
    }
    let users = u32::try_from(scene.users().len()).unwrap();
    scene.world.config_mut().limits.quotas.users = users + 50;
    let (rehearsed, _) = scene.run(&json!({"dryRun": true}));
    let (sync, _) = scene.run(&json!({}));
    for sync in [rehearsed, sync] {
        assert_eq!(counts(&sync), [50, 0, 0, 0, 53], "{sync}");
        let refused = sync["report"]["refusedEntries"].to_string();
        assert!(refused.contains("as many users as its quota allows"), "{refused}");
    }
    assert_eq!(scene.users().len(), usize::try_from(users).unwrap() + 50);
}

#[test]
fn a_directory_disables_no_account_that_holds_more_than_its_administrators() {
    let scene = scene(&json!({}), &json!({}));
    scene.run(&json!({}));
    // The organization's owner, and an administrator of the platform.
    sql(
        &scene.world,
        "INSERT INTO memberships (user_id, organization, role, created_at) \
         SELECT id, 'admin', 'admin', 0 FROM users WHERE name = 'dora'",
    );
    scene.server.entries.borrow_mut().retain(|entry| !entry.dn.starts_with("uid=dora"));
    let (sync, _) = scene.run(&json!({}));
    assert_eq!(counts(&sync), [0, 0, 0, 0, 1], "{sync}");
    assert_eq!(scene.state_of("dora").0, 0);
}

#[test]
fn the_schedule_starts_a_run_as_often_as_the_record_says() {
    let scene = scene(&json!({"syncEvery": 2}), &json!({}));
    scene.tick();
    assert!(scene.users().contains(&"dora".to_owned()));
    let runs = || sql(&scene.world, "SELECT started_by FROM ldap_syncs").len();
    assert_eq!(runs(), 1);
    scene.world.clock.advance(3600);
    scene.tick();
    assert_eq!(runs(), 1);
    scene.world.clock.advance(3600);
    scene.tick();
    assert_eq!(runs(), 2);
}

/// Those of one organization do not keep another one's people enabled.
#[test]
fn records_that_cannot_begin_or_do_not_respond_keep_no_other_directory_waiting() {
    let scene = scene(&json!({"syncEvery": 1}), &json!({}));
    // Their passwords do not open: they are sealed for another record.
    let numbers: Vec<u8> = (1..=20).collect();
    let copies = format!(
        "INSERT INTO providers (id, owner, name, display_name, attributes, created_at, updated_at, category, type, \
         sealed_secrets) SELECT printf('00000000-0000-4000-8000-%012d', value), 'acme', 'x' || value, '', \
         attributes, 0, 0, category, providers.type, sealed_secrets FROM providers, json_each('{}') WHERE name = 'corp'",
        json!(numbers)
    );
    sql(&scene.world, &copies);
    scene.tick();
    scene.tick();
    assert!(scene.users().contains(&"dora".to_owned()));
    let failed = "SELECT why FROM ldap_syncs WHERE state = 'failed' AND owner = 'acme'";
    let failed = || sql(&scene.world, failed).len();
    assert_eq!(failed(), 20);
    for _ in 0..5 {
        scene.tick();
    }
    assert_eq!(failed(), 20, "not before the interval of the record");
}

#[test]
fn the_schedule_reads_changes_between_the_full_runs() {
    let scene =
        scene(&json!({"syncProfile": true, "syncEvery": 24, "syncChangesEvery": 10}), &json!({}));
    let runs =
        || sql(&scene.world, "SELECT json_extract(cursor, '$.scope') AS scope FROM ldap_syncs");
    scene.tick();
    assert_eq!(runs().iter().map(|run| run["scope"].clone()).collect::<Vec<_>>(), ["full"]);
    scene.server.change("carol", |it| {
        *it = it.clone().with("cn", &["Carol D."]).with("modifyTimestamp", &["20261126184943Z"]);
    });
    scene.server.entries.borrow_mut().retain(|entry| !entry.dn.starts_with("uid=dora"));
    let entries =
        || sql(&scene.world, "SELECT name FROM audit_entries WHERE kind = 'ldap-sync'").len();
    let before = entries();
    for _ in 0..10 {
        scene.tick();
    }
    assert_eq!(runs().len(), 2, "{:?}", runs());
    assert!(runs()[1]["scope"].as_str().unwrap().contains("changes"), "{:?}", runs());
    assert_eq!(scene.state_of("carol").1, "Carol D.");
    assert_eq!(scene.state_of("dora").0, 0, "who has left is seen by full runs");
    assert_eq!(entries(), before + 1, "what it has changed");
    // However many runs over changes there are, the next full one begins when it is due, and not before.
    let ten_minutes = || {
        scene.world.clock.advance(540);
        scene.tick();
    };
    for _ in 0..(23 * 6) {
        ten_minutes();
    }
    assert_eq!(scene.state_of("dora").0, 0);
    assert_eq!(entries(), before + 1, "runs without effect leave no entry");
    for _ in 0..6 {
        ten_minutes();
    }
    assert_eq!(scene.state_of("dora").0, 1);
    assert!(runs().len() <= 51);
}

#[test]
fn a_run_over_changes_reads_what_has_changed_since_the_full_one() {
    let scene = scene(&json!({"syncProfile": true}), &json!({}));
    let body = json!({"owner": "hanzo", "provider": "corp", "changesOnly": true});
    let early = scene.world.post("/v1/iam/ldap-syncs").of("alice").json(&body).send();
    assert_eq!(early.status(), StatusCode::BAD_REQUEST);
    scene.run(&json!({}));
    scene.server.change("carol", |it| {
        *it = it.clone().with("cn", &["Carol D."]).with("modifyTimestamp", &["20261126184943Z"]);
    });
    scene.server.entries.borrow_mut().retain(|entry| !entry.dn.starts_with("uid=dora"));
    scene.server.taken();
    let (sync, _) = scene.run(&json!({"changesOnly": true}));
    assert_eq!(counts(&sync), [0, 1, 0, 0, 0], "{sync}");
    assert!(scene.server.taken().iter().any(|it| it.contains("modifyTimestamp>=")));
    assert_eq!(scene.state_of("dora").0, 0, "who has left is seen by full runs");
}
