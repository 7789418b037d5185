//! What operations may ask of the database, as data: round trips (a batch is one) and rows written
//! (index entries included, as D1 counts them).

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use async_trait::async_trait;
use hanzo_iam::ports::{Database, DatabaseError, Row, Statement};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, CALLBACK, CHALLENGE},
    directory_trips::DIRECTORY,
    oauth::{allowed, as_cloud, cloud_tokens, code, redeem, refresh, sql, text, tokens},
    scim::trips::SCIM,
    world::{Answer, ISSUER, PASSWORD, World},
};

/// An operation, and what it may cost.
pub struct Budget {
    pub name: &'static str,
    pub trips: usize,
    pub rows: usize,
    /// What the operation needs.
    pub prepare: fn(&World) -> Value,
    pub run: fn(&World, &Value) -> Answer,
}

const OPERATIONS: [Budget; 20] = [
    Budget {
        name: "client token",
        trips: 1,
        rows: 0,
        prepare: |_| Value::Null,
        run: |world, _| as_cloud(world, TOKEN, &[("grant_type", "client_credentials")]),
    },
    Budget { name: "refresh", trips: 2, rows: 2, prepare: tokens, run: refresh },
    Budget {
        name: "code redemption",
        trips: 2,
        rows: 4,
        prepare: |world| code(world, allowed(world)).into(),
        run: |world, code| redeem(world, code.as_str().unwrap()),
    },
    Budget {
        name: "token exchange",
        trips: 2,
        rows: 3,
        prepare: tokens,
        run: |world, tokens| {
            let form = [
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                ("subject_token", text(tokens, "access_token")),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ];
            as_cloud(world, TOKEN, &form)
        },
    },
    Budget {
        name: "introspection of an access token",
        trips: 1,
        rows: 0,
        prepare: tokens,
        run: |world, tokens| introspect(world, text(tokens, "access_token")),
    },
    Budget {
        name: "introspection of a refresh token",
        trips: 1,
        rows: 0,
        prepare: cloud_tokens,
        run: |world, tokens| introspect(world, text(tokens, "refresh_token")),
    },
    Budget {
        name: "userinfo with a token",
        trips: 1,
        rows: 0,
        prepare: tokens,
        run: |world, tokens| userinfo(world, text(tokens, "access_token")),
    },
    Budget {
        name: "userinfo with a key",
        trips: 2,
        rows: 0,
        prepare: |_| Value::Null,
        run: |world, _| userinfo(world, &world.keys["bob"]),
    },
    Budget {
        name: "list of users with a token",
        trips: 3,
        rows: 0,
        prepare: own_token,
        run: |world, tokens| users(world, text(tokens, "access_token")),
    },
    Budget {
        name: "list of users with a key",
        trips: 3,
        rows: 0,
        prepare: |_| Value::Null,
        run: |world, _| users(world, &world.keys["alice"]),
    },
    Budget {
        name: "revocation of an access token",
        // Two of them copy the entry to the second place.
        trips: 4,
        rows: 6,
        prepare: tokens,
        run: |world, tokens| {
            let form = [("client_id", "hanzo-app"), ("token", text(tokens, "access_token"))];
            world.post("/v1/iam/oauth/revoke").form(&form).send()
        },
    },
    Budget {
        name: "sign-in by a call, with a code",
        trips: 3,
        rows: 8,
        prepare: |_| Value::Null,
        run: |world, _| signed_in(world),
    },
    Budget {
        // The endpoint, which redirects to the page, and the page take one round trip each.
        name: "sign-in by the page, with a code",
        trips: 5,
        rows: 8,
        prepare: |_| Value::Null,
        run: |world, _| Browser::new(world).sign_in(&[], "bob", PASSWORD),
    },
    Budget {
        name: "a sign-in with a wrong password",
        trips: 3,
        rows: 5,
        prepare: |_| Value::Null,
        run: |world, _| called(world, "a wrong password"),
    },
    Budget {
        name: "a code by the browser's session",
        trips: 2,
        rows: 2,
        prepare: session,
        run: |world, cookie| {
            let call = world.post("/v1/iam/login").json(&code_request(&json!({})));
            call.header("cookie", cookie.as_str().unwrap()).send()
        },
    },
    Budget {
        name: "whoami by the browser's session",
        trips: 1,
        rows: 0,
        prepare: session,
        run: |world, cookie| get(world, "whoami", cookie),
    },
    Budget {
        name: "the account by the browser's session",
        trips: 2,
        rows: 0,
        prepare: session,
        run: |world, cookie| get(world, "account", cookie),
    },
    Budget {
        name: "the consents by the browser's session",
        trips: 2,
        rows: 0,
        prepare: session,
        run: |world, cookie| get(world, "consent", cookie),
    },
    Budget {
        name: "a change of the password",
        // One reads the rules of the organization; two copy the entry to the second place.
        trips: 6,
        rows: 19,
        prepare: session,
        run: |world, cookie| {
            let body = json!({"oldPassword": PASSWORD, "password": "another password"});
            let call = world.put("/v1/iam/password").json(&body);
            call.header("cookie", cookie.as_str().unwrap()).header("origin", ISSUER).send()
        },
    },
    Budget {
        name: "a logout",
        // Two of them copy the entry to the second place.
        trips: 4,
        rows: 8,
        prepare: session,
        run: |world, cookie| {
            let call = world.post("/v1/iam/oauth/logout").json(&json!({}));
            call.header("cookie", cookie.as_str().unwrap()).header("origin", ISSUER).send()
        },
    },
];

const TOKEN: &str = crate::oauth::TOKEN;

fn introspect(world: &World, token: &str) -> Answer {
    let answer = as_cloud(world, "/v1/iam/oauth/introspect", &[("token", token)]);
    assert_eq!(answer.ok()["active"], true);
    answer
}

fn userinfo(world: &World, credential: &str) -> Answer {
    world.get("/v1/iam/oauth/userinfo").bearer(credential).send()
}

fn users(world: &World, credential: &str) -> Answer {
    world.get("/v1/iam/users").bearer(credential).send()
}

/// The body of a call of `POST /v1/iam/login` for a code, with the members of `more`.
fn code_request(more: &Value) -> Value {
    let mut body = json!({
        "type": "code", "clientId": "hanzo-app", "redirectUri": CALLBACK, "scope": "openid",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn called(world: &World, password: &str) -> Answer {
    let body = code_request(&json!({"username": "bob", "password": password}));
    world.post("/v1/iam/login").json(&body).send()
}

fn signed_in(world: &World) -> Answer {
    let answer = called(world, PASSWORD);
    assert_eq!(answer.ok()["status"], "ok");
    answer
}

/// A session of bob, as its cookie.
fn session(world: &World) -> Value {
    let answer = signed_in(world);
    answer.header("set-cookie").unwrap().split(';').next().unwrap().into()
}

fn get(world: &World, name: &str, cookie: &Value) -> Answer {
    let call = world.get(&format!("/v1/iam/{name}"));
    let answer = call.header("cookie", cookie.as_str().unwrap()).send();
    assert_eq!(answer.ok()["status"], "ok");
    answer
}

/// A token of `hanzo-cloud` for itself.
fn own_token(world: &World) -> Value {
    as_cloud(world, TOKEN, &[("grant_type", "client_credentials")]).ok()
}

#[test]
fn no_operation_costs_more_than_its_budget() {
    let mut over = Vec::new();
    for Budget { name, trips, rows, prepare, run } in
        OPERATIONS.into_iter().chain(DIRECTORY).chain(SCIM)
    {
        let mut world = World::demo();
        let prepared = prepare(&world);
        let database = Rc::new(Counted::new(&world));
        world.origin.database = Rc::clone(&database) as _;
        let answer = run(&world, &prepared);
        assert!(answer.status().is_success(), "{name}: {}", answer.text());
        let cost = (database.trips.get(), database.rows.get());
        if cost.0 > trips || cost.1 > rows {
            let trace = database.trace.borrow().join("\n    ");
            over.push(format!("{name}: {cost:?}, the budget is {:?}\n    {trace}", (trips, rows)));
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));
}

/// A database that counts round trips and rows written.
struct Counted {
    database: Rc<dyn Database>,
    indexes: Vec<Index>,
    /// The tables and the definitions of triggers, each of which writes one row.
    triggers: Vec<(String, String)>,
    trips: Cell<usize>,
    rows: Cell<usize>,
    trace: RefCell<Vec<String>>,
}

/// An index that a change of its table writes too. That of a primary key counts unless the table is
/// stored in its order.
struct Index {
    table: String,
    columns: Vec<String>,
}

/// Indexes of rows that none of the operations here writes, or few.
const PARTIAL: &str = "'grants_by_parent', 'grants_by_holder', 'users_by_provisioned_id', 'users_by_external_id', \
    'users_with_addresses', 'users_who_administer', 'users_who_are_disabled', 'users_who_are_deleted', \
    'users_of_type'";

impl Counted {
    fn new(world: &World) -> Self {
        let indexes = sql(
            world,
            &format!(
                "SELECT tables.name AS name, (SELECT group_concat(name) \
                 FROM pragma_index_info(indexes.name)) AS columns \
                 FROM pragma_table_list AS tables JOIN pragma_index_list(tables.name) AS indexes \
                 WHERE NOT (tables.wr AND indexes.origin = 'pk') \
                 AND indexes.name NOT IN ({PARTIAL})"
            ),
        );
        // An index of an expression has no column.
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let index = |row: serde_json::Map<String, Value>| Index {
            table: text(&row["name"]),
            columns: text(&row["columns"]).split(',').map(str::to_owned).collect(),
        };
        Self {
            database: Rc::clone(&world.origin.database),
            indexes: indexes.into_iter().map(index).collect(),
            triggers: sql(world, "SELECT tbl_name, sql FROM sqlite_schema WHERE type = 'trigger'")
                .into_iter()
                .map(|row| (text(&row["tbl_name"]), text(&row["sql"])))
                .collect(),
            trips: Cell::default(),
            rows: Cell::default(),
            trace: RefCell::default(),
        }
    }

    /// How many rows one changed row of the statement writes; 0 for a statement that only reads.
    fn written(&self, sql: &str) -> usize {
        let change = ["INSERT OR IGNORE INTO ", "INSERT INTO ", "UPDATE ", "DELETE FROM "];
        let found = change.iter().find_map(|verb| Some((*verb, sql.split_once(verb)?.1)));
        let Some((verb, rest)) = found else { return 0 };
        let table = rest.split([' ', '(']).next().unwrap();
        let set = rest.split(" WHERE ").next().unwrap();
        let is_written = |index: &&Index| {
            let is_set = |column: &String| set.contains(&format!(" {column} ="));
            index.table == table && (verb != "UPDATE " || index.columns.iter().any(is_set))
        };
        let event = if verb == "DELETE FROM " { "AFTER DELETE" } else { "AFTER INSERT" };
        // A trigger that tells other databases does nothing while there is one.
        let fires = |(name, trigger): &&(String, String)| {
            name == table
                && verb != "UPDATE "
                && trigger.contains(event)
                && !trigger.contains("is_several")
                // Nor does the one that queues deliveries, where no webhook is.
                && !trigger.contains("INSERT INTO deliveries")
        };
        1 + self.indexes.iter().filter(is_written).count()
            + self.triggers.iter().filter(fires).count()
    }
}

#[async_trait(?Send)]
impl Database for Counted {
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.trips.set(self.trips.get() + 1);
        let written: Vec<usize> = statements.iter().map(|it| self.written(&it.sql)).collect();
        let sqls: Vec<String> = statements.iter().map(|it| it.sql.to_string()).collect();
        let with_counts = statements.into_iter().zip(&written).flat_map(|(statement, written)| {
            let count = (*written > 0).then(|| Statement::new("SELECT changes() AS changed"));
            [Some(statement), count].into_iter().flatten()
        });
        let mut results = self.database.batch(with_counts.collect()).await?.into_iter();
        let mut trace = self.trace.borrow_mut();
        let mut answers = Vec::new();
        for (sql, written) in sqls.iter().zip(written) {
            answers.push(results.next().unwrap());
            let changed = if written == 0 {
                0
            } else {
                let rows = results.next().unwrap();
                usize::try_from(rows[0].0["changed"].as_i64().unwrap()).unwrap()
            };
            self.rows.set(self.rows.get() + written * changed);
            trace.push(format!("trip {}, {} rows: {sql}", self.trips.get(), written * changed));
        }
        Ok(answers)
    }
}
