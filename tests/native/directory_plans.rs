//! How SQLite finds the rows of the directory's lists: by an index and in its order, with each
//! filter.

use hanzo_iam::{
    origin::store::{
        keys, organizations,
        query::Query,
        users::{self, Order, Selection},
    },
    ports::Statement,
};

use crate::{oauth::sql, world::World};

/// The plans of the statements of `query`, a line for each step.
fn plans<T: 'static>(world: &World, query: &Query<T>) -> Vec<String> {
    let explain = |statement: &Statement| {
        let mut statement = statement.clone();
        statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql).into();
        let rows = pollster::block_on(world.origin.database.run(statement)).unwrap();
        let step = |row: hanzo_iam::ports::Row| row.0["detail"].as_str().unwrap().to_owned();
        rows.into_iter().map(step).collect::<Vec<_>>()
    };
    query.statements().iter().flat_map(explain).collect()
}

#[test]
fn the_lists_of_the_directory_are_searched_and_sorted_by_indexes() {
    let world = World::demo();
    let selections = [
        Selection { owner: Some("acme"), ..Selection::default() },
        Selection { owner: Some("acme"), email: Some("x"), ..Selection::default() },
        Selection { email: Some("x"), ..Selection::default() },
        Selection { owner: Some("acme"), only: Some("x"), ..Selection::default() },
        Selection { owner: Some("acme"), phone: Some("x"), ..Selection::default() },
        Selection { owner: Some("acme"), order: Order::Newest, ..Selection::default() },
        Selection::default(),
    ];
    let mut steps = Vec::new();
    for selection in &selections {
        steps.push((format!("{selection:?}"), plans(&world, &users::list(selection, 10, 0))));
    }
    for (owner, holder) in [(Some("acme"), None), (Some("acme"), Some("x")), (None, None)] {
        let list = keys::list(owner, holder, 10, 0);
        steps.push((format!("keys of {owner:?} {holder:?}"), plans(&world, &list)));
    }
    steps.push(("a key by name".to_owned(), plans(&world, &keys::named("acme", "x"))));
    let among = ["acme".to_owned()];
    for among in [None, Some(among.as_slice())] {
        let list = organizations::list(among, "", "", 10);
        steps.push((format!("organizations {among:?}"), plans(&world, &list)));
    }
    for (list, steps) in steps {
        for step in steps {
            let by_index = !step.starts_with("SCAN") || step.contains("USING");
            assert!(by_index || step == "SCAN json_each VIRTUAL TABLE INDEX 1:", "{list}: {step}");
        }
    }
}

/// The counts that quotas and totals rely on agree with the rows after every way that these come and
/// go.
#[test]
fn the_populations_are_those_of_the_tables() {
    let world = World::demo();
    let counted = |world: &World| {
        let kept = sql(
            world,
            "SELECT kind, organization, count FROM populations WHERE count <> 0 \
             ORDER BY kind, organization",
        );
        let rows = sql(
            world,
            "SELECT 'applications' AS kind, organization, count(*) AS count FROM applications GROUP BY organization \
             UNION ALL SELECT 'keys', owner, count(*) FROM keys WHERE state <> 'Revoked' GROUP BY owner \
             UNION ALL SELECT 'memberships', organization, count(*) FROM memberships GROUP BY organization \
             UNION ALL SELECT 'users', owner, count(*) FROM users GROUP BY owner ORDER BY 1, 2",
        );
        assert_eq!(kept, rows);
        rows
    };
    let before = counted(&world);
    world.join("hanzo", "bob", "acme", hanzo_iam::core::token::Role::Member);
    world.join("hanzo", "bob", "acme", hanzo_iam::core::token::Role::Admin);
    let user = serde_json::json!({"name": "zoe"});
    world.post("/v1/iam/users").of("alice").json(&user).send().ok();
    world.post("/v1/iam/keys").of("alice").json(&user).send().ok();
    assert_ne!(counted(&world), before);
    world.delete("/v1/iam/keys/hanzo/zoe").of("alice").send().ok();
    counted(&world);
    world.delete("/v1/iam/users/hanzo/zoe").of("alice").send().ok();
    counted(&world);
    // With his keys and memberships, which go by the foreign key.
    world.delete("/v1/iam/users/hanzo/bob").of("root").send().ok();
    counted(&world);
    let console = "/v1/iam/applications/admin/hanzo-app";
    world.delete(console).of("root").send().ok();
    counted(&world);
}
