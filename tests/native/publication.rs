//! Claims about publication: every key is published however many there are, a store that fails
//! costs no caller the answer, and the schedule repairs what a request left.

use std::{
    cell::{Cell, RefCell},
    future::pending,
    rc::Rc,
};

use async_trait::async_trait;
use hanzo_iam::{
    core::{
        encoding::digest,
        publication::{EDGE_SNAPSHOT, EdgeSnapshot, KeyRecord, key_record_name},
    },
    platform::native::{MemorySnapshots, Sqlite},
    ports::{Database, DatabaseError, Publishing, Row, Snapshots, SnapshotsError, Statement},
};
use serde_json::{Value, json};

use crate::{
    oauth::{sql, subject, text},
    world::World,
};

/// What one invocation of a worker may ask of D1, and of other services.
const QUERIES: usize = 1_000;
const REQUESTS: usize = 1_000;

/// A database that counts statements.
struct Counted {
    database: Rc<Sqlite>,
    queries: Cell<usize>,
}

#[async_trait(?Send)]
impl Database for Counted {
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        self.queries.set(self.queries.get() + 1);
        self.database.run(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.queries.set(self.queries.get() + statements.len());
        self.database.batch(statements).await
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    Well,
    Failing,
    Hanging,
}

/// A store that counts what it is asked, and can fail or hang.
struct Store {
    snapshots: MemorySnapshots,
    health: Cell<Health>,
    requests: Cell<usize>,
    writes: RefCell<Vec<String>>,
}

impl Store {
    async fn asked(&self) -> Result<(), SnapshotsError> {
        self.requests.set(self.requests.get() + 1);
        match self.health.get() {
            Health::Well => Ok(()),
            Health::Failing => Err(SnapshotsError("down".to_owned())),
            Health::Hanging => pending().await,
        }
    }
}

#[async_trait(?Send)]
impl Snapshots for Store {
    async fn get(&self, name: &str) -> Result<Option<String>, SnapshotsError> {
        self.asked().await?;
        self.snapshots.get(name).await
    }
}

#[async_trait(?Send)]
impl Publishing for Store {
    async fn put(&self, name: &str, text: &str, ttl: Option<u64>) -> Result<(), SnapshotsError> {
        self.asked().await?;
        self.writes.borrow_mut().push(name.to_owned());
        self.snapshots.put(name, text, ttl).await
    }

    async fn delete(&self, name: &str) -> Result<(), SnapshotsError> {
        self.asked().await?;
        self.snapshots.delete(name).await
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SnapshotsError> {
        self.asked().await?;
        self.snapshots.names(prefix).await
    }
}

/// The demo over a database and a store that count.
struct Watched {
    world: World,
    database: Rc<Counted>,
    store: Rc<Store>,
}

impl Watched {
    fn demo() -> Self {
        let mut world = World::demo();
        let database =
            Rc::new(Counted { database: Rc::clone(&world.database), queries: Cell::new(0) });
        let store = Rc::new(Store {
            snapshots: MemorySnapshots::default(),
            health: Cell::new(Health::Well),
            requests: Cell::new(0),
            writes: RefCell::default(),
        });
        world.origin.database = Rc::clone(&database) as _;
        world.origin.snapshots = Rc::clone(&store) as _;
        let watched = Self { world, database, store };
        watched.scheduled();
        watched
    }

    /// Runs the schedule within what a worker may ask.
    fn scheduled(&self) {
        self.within_limits(|| pollster::block_on(self.world.origin.scheduled()).unwrap());
    }

    /// Runs the schedule until nothing is queued; returns how many runs that took.
    fn settled(&self) -> usize {
        let is_settled = |runs: &usize| {
            if *runs > 0 {
                self.world.clock.advance(60);
                self.scheduled();
            }
            sql(&self.world, "SELECT 1 FROM publications LIMIT 1").is_empty()
        };
        (0..100).find(is_settled).expect("the queue empties")
    }

    fn within_limits<T>(&self, work: impl FnOnce() -> T) -> T {
        self.database.queries.set(0);
        self.store.requests.set(0);
        let result = work();
        let (queries, requests) = (self.database.queries.get(), self.store.requests.get());
        assert!(queries < QUERIES && requests < REQUESTS, "{queries} queries, {requests} requests");
        result
    }

    fn record(&self, digest: &str) -> Option<KeyRecord> {
        let record =
            pollster::block_on(self.store.snapshots.get(&key_record_name(digest))).unwrap();
        record.map(|record| serde_json::from_str(&record).unwrap())
    }

    /// How many of the many keys are published as live.
    fn live(&self, many: usize) -> usize {
        (0..many).filter(|n| self.record(&format!("d{n}")).is_some_and(|it| it.active)).count()
    }
}

/// Adds `many` keys with the digests `d0`, `d1`, …, and has them published.
fn add_keys(watched: &Watched, many: usize, owner: &str, user: Option<&str>, client: Option<&str>) {
    let quoted = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
    let (user, client) = (quoted(user), quoted(client));
    sql(
        &watched.world,
        &format!(
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {many} - 1) \
             INSERT INTO keys (id, owner, name, kind, user_id, application, digest, prefix, \
             last_four, created_at, updated_at) SELECT 'k' || n, '{owner}', 'many-' || n, \
             'secret', {user}, {client}, 'd' || n, 'hk-', 'xxxx', 0, 0 FROM n"
        ),
    );
    sql(
        &watched.world,
        "INSERT INTO publications (digest, key_id, owner, name, due_at) \
         SELECT digest, id, owner, name, 0 FROM keys WHERE id LIKE 'k%' AND digest LIKE 'd%'",
    );
    watched.settled();
    assert_eq!(watched.live(many), many);
}

const MANY: usize = 1_100;

/// Fault 3.
#[test]
fn a_deleted_user_leaves_no_key_published_as_live_however_many_there_were() {
    let watched = Watched::demo();
    let bob = subject(&watched.world, "hanzo", "bob");
    add_keys(&watched, MANY, "hanzo", Some(&bob), None);
    watched
        .within_limits(|| watched.world.delete("/v1/iam/users/hanzo/bob").of("alice").send().ok());
    watched.settled();
    assert_eq!(watched.live(MANY), 0);
    assert!(watched.record("d1099").is_some(), "a dead record, so that no edge asks");
}

/// Fault 3.
#[test]
fn a_disabled_user_or_application_leaves_no_key_published_as_live_however_many_there_are() {
    let watched = Watched::demo();
    let bob = subject(&watched.world, "hanzo", "bob");
    add_keys(&watched, MANY, "hanzo", Some(&bob), Some("hanzo-app"));
    let change = |path: &str, member: &str, value: bool| {
        let sent = json!({ member: value });
        watched.within_limits(|| watched.world.put(path).of("root").json(&sent).send().ok());
        watched.settled();
    };
    for (path, member) in [
        ("/v1/iam/users/hanzo/bob", "isForbidden"),
        ("/v1/iam/applications/admin/hanzo-app", "isDisabled"),
    ] {
        change(path, member, true);
        assert_eq!(watched.live(MANY), 0, "{path}");
        change(path, member, false);
        assert_eq!(watched.live(MANY), MANY, "{path}");
    }
    watched.world.delete("/v1/iam/applications/admin/hanzo-app").of("root").send().ok();
    watched.settled();
    assert_eq!(watched.live(MANY), 0);
}

#[test]
fn the_record_of_a_key_has_the_address_of_its_holder_while_it_is_verified() {
    let watched = Watched::demo();
    let bob = subject(&watched.world, "hanzo", "bob");
    add_keys(&watched, 1, "hanzo", Some(&bob), None);
    for (verified, email) in [(false, ""), (true, "bob@hanzo.example")] {
        let sent = json!({"emailVerified": verified});
        watched.world.put("/v1/iam/users/hanzo/bob").of("root").json(&sent).send().ok();
        watched.settled();
        assert_eq!(watched.record("d0").unwrap().email, email);
    }
}

/// Fault 3: the keys of members whose home is elsewhere name the organization too.
#[test]
fn a_deleted_organization_is_in_no_record_however_many_name_it() {
    let watched = Watched::demo();
    let created = json!({"name": "guild", "founder": "hanzo/bob"});
    watched.world.post("/v1/iam/organizations").of("root").json(&created).send().ok();
    let bob = subject(&watched.world, "hanzo", "bob");
    add_keys(&watched, MANY, "hanzo", Some(&bob), None);
    let names = |n: usize| {
        let record = watched.record(&format!("d{n}")).unwrap();
        record.active && record.orgs.iter().any(|role| role.org == "guild")
    };
    assert_eq!((0..MANY).filter(|n| names(*n)).count(), MANY);
    let path = "/v1/iam/organizations/admin/guild";
    watched.within_limits(|| watched.world.delete(path).of("root").send().ok());
    watched.settled();
    assert_eq!((0..MANY).filter(|n| names(*n)).count(), 0);
    assert_eq!(watched.live(MANY), MANY);
}

/// Fault 8: D1 runs 1,000 queries an invocation, and a worker makes 1,000 requests.
#[test]
fn an_organization_with_2000_keys_is_published_in_parts_that_the_schedule_goes_on_with() {
    let watched = Watched::demo();
    add_keys(&watched, 2_000, "hanzo", None, None);
    let path = "/v1/iam/organizations/admin/hanzo";
    for (is_disabled, expected) in [(true, 0), (false, 2_000)] {
        let sent = json!({ "isDisabled": is_disabled });
        watched.within_limits(|| watched.world.put(path).of("root").json(&sent).send().ok());
        let after_request = watched.live(2_000);
        assert_ne!(after_request, expected, "a part, in the request");
        assert_ne!(after_request, 2_000 - expected, "and not none");
        // The schedule stops in the middle, and continues there.
        watched.scheduled();
        let runs = watched.settled();
        assert!(runs < 15, "{runs} runs");
        assert_eq!(watched.live(2_000), expected);
    }
}

/// Everything that shows a secret once: the secret, and the key's digest if it is a key's.
fn secrets_shown_once(world: &World) -> Vec<(&'static str, String)> {
    let post =
        |path: &str, name: &str, sent: &Value| world.post(path).of(name).json(sent).send().ok();
    let made = post("/v1/iam/keys", "bob", &json!({"name": "mine"}));
    let replaced = post("/v1/iam/users/hanzo/bob/keys?type=secret", "root", &json!({}));
    let again = post("/v1/iam/users/hanzo/bob/keys?type=secret", "root", &json!({}));
    let application = json!({
        "owner": "acme", "name": "acme-new", "organization": "acme", "clientId": "acme-new",
        "redirectUris": ["https://acme.example/callback"],
    });
    let application = post("/v1/iam/applications", "root", &application);
    let path = "/v1/iam/applications/admin/hanzo-app";
    let confidential = world.put(path).of("root").json(&json!({"public": false})).send().ok();
    let seed = json!({
        "applications": [{"name": "seeded", "organization": "hanzo", "isFirstParty": true}],
        "keys": [{"owner": "acme", "name": "seeded"}],
    });
    let seeded = world.post("/internal/bootstrap").json(&seed).send().ok();
    vec![
        ("a key", text(&made, "accessSecret").to_owned()),
        ("a key for a user", text(&replaced["data"], "accessKey").to_owned()),
        ("a key in place of another", text(&again["data"], "accessKey").to_owned()),
        ("an application's secret", text(&application, "clientSecret").to_owned()),
        ("a new secret", text(&confidential, "clientSecret").to_owned()),
        ("a seeded application's", text(&seeded["applications"][0], "clientSecret").to_owned()),
        ("a seeded key", text(&seeded["keys"][0], "key").to_owned()),
    ]
}

/// Fault 10: the response reports what was committed, whether the store fails or hangs.
#[test]
fn a_store_that_fails_after_the_commit_loses_no_secret_that_is_shown_once() {
    for health in [Health::Failing, Health::Hanging] {
        let watched = Watched::demo();
        watched.store.health.set(health);
        let secrets = secrets_shown_once(&watched.world);
        let is_key = |secret: &str| secret.starts_with("hk-");
        for (what, secret) in &secrets {
            assert!(secret.len() > 20, "{what}: {secret}");
            if is_key(secret) {
                assert!(watched.record(&digest(secret)).is_none(), "{what}");
            }
        }
        // The schedule repairs, once the store is well.
        if health == Health::Failing {
            assert!(
                pollster::block_on(watched.world.origin.scheduled()).is_err(),
                "it reports the failure"
            );
        }
        watched.store.health.set(Health::Well);
        watched.settled();
        for (what, secret) in secrets.iter().filter(|(_, secret)| is_key(secret)) {
            let record = watched.record(&digest(secret)).unwrap();
            assert_eq!(record.active, *what != "a key for a user", "{what}");
        }
        let edge = pollster::block_on(watched.store.snapshots.get(EDGE_SNAPSHOT)).unwrap().unwrap();
        let edge: EdgeSnapshot = serde_json::from_str(&edge).unwrap();
        assert!(edge.audiences.iter().any(|audience| audience == "hanzo-seeded"));
    }
}

/// Fault 10, the rest of its kind: what ends something is not undone by a store that fails.
#[test]
fn a_store_that_fails_after_the_commit_fails_no_change_and_the_schedule_publishes_it() {
    let watched = Watched::demo();
    let bob = subject(&watched.world, "hanzo", "bob");
    add_keys(&watched, 3, "hanzo", Some(&bob), None);
    watched.store.health.set(Health::Failing);
    let world = &watched.world;
    let sent = json!({"state": "Disabled"});
    world.put("/v1/iam/keys/hanzo/many-0").of("alice").json(&sent).send().ok();
    world.delete("/v1/iam/keys/hanzo/many-1").of("alice").send().ok();
    let kid =
        sql(world, "SELECT kid FROM signing_keys LIMIT 1")[0]["kid"].as_str().unwrap().to_owned();
    world.delete(&format!("/v1/iam/signing-keys/{kid}")).of("root").send().ok();
    assert_eq!(watched.live(3), 3);
    watched.store.health.set(Health::Well);
    watched.settled();
    assert_eq!(watched.live(3), 1);
    world.delete("/v1/iam/users/hanzo/bob").of("alice").send().ok();
    assert_eq!(watched.live(3), 0);
}

/// A request that read the rows before a change can write its record after it: the schedule looks
/// once more, also when the key's row is gone.
#[test]
fn a_record_that_was_overwritten_by_an_older_one_is_written_again() {
    let watched = Watched::demo();
    let bob = subject(&watched.world, "hanzo", "bob");
    add_keys(&watched, 2, "hanzo", Some(&bob), None);
    let name = key_record_name("d1");
    let older = pollster::block_on(watched.store.snapshots.get(&name)).unwrap().unwrap();
    watched.world.delete("/v1/iam/users/hanzo/bob").of("alice").send().ok();
    assert_eq!(watched.live(2), 0);
    pollster::block_on(watched.store.snapshots.put(&name, &older, None)).unwrap();
    assert_eq!(watched.live(2), 1);
    watched.settled();
    assert_eq!(watched.live(2), 0);
}

/// A profile that is saved writes no record of a key: none says anything of it.
#[test]
fn a_change_that_no_record_contains_writes_none() {
    let watched = Watched::demo();
    let bob = subject(&watched.world, "hanzo", "bob");
    add_keys(&watched, 20, "hanzo", Some(&bob), None);
    watched.store.writes.borrow_mut().clear();
    let path = "/v1/iam/users/hanzo/bob";
    watched.world.put(path).of("bob").json(&json!({"displayName": "Bob"})).send().ok();
    assert_eq!(*watched.store.writes.borrow(), Vec::<String>::new());
    watched.world.put(path).of("alice").json(&json!({"email": "b@hanzo.example"})).send().ok();
    assert!(watched.store.writes.borrow().len() > 20);
}
