//! How SQLite finds the rows of the directory's lists: by an index and in its order, with each
//! filter.

use hanzo_iam::{
    origin::store::{
        agents, applications, invitations, keys,
        keyset::{BY_NAME, Order, Part},
        memberships, organizations,
        query::Query,
        users,
    },
    ports::{Statement, Value},
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

/// The lists by every combination of conditions that has an index of its own, and whether SQLite sorts
/// their rows: only those of a few conditions, which find few rows.
fn lists(world: &World, part: &dyn Fn(Order) -> Part) -> Vec<(String, bool, Vec<String>)> {
    let mut lists = Vec::new();
    let of_acme = users::Selection { owner: Some("acme"), ..Default::default() };
    for (selection, order, sorts) in [
        (of_acme.clone(), BY_NAME, false),
        (of_acme.clone(), users::BY_AGE, false),
        (users::Selection::default(), BY_NAME, false),
        (users::Selection { email: Some("x"), ..of_acme.clone() }, BY_NAME, false),
        (users::Selection { email: Some("x"), ..Default::default() }, BY_NAME, true),
        (users::Selection { only: Some("x"), ..of_acme.clone() }, BY_NAME, false),
        (users::Selection { phone: Some("x"), ..of_acme.clone() }, BY_NAME, true),
        (users::Selection { prefix: Some("x"), ..of_acme.clone() }, BY_NAME, true),
        (users::Selection { is_admin: Some(true), ..of_acme.clone() }, BY_NAME, false),
        (users::Selection { is_admin: Some(false), ..of_acme.clone() }, BY_NAME, false),
        (users::Selection { is_forbidden: Some(true), ..of_acme.clone() }, BY_NAME, false),
        (users::Selection { r#type: Some("x"), ..of_acme.clone() }, BY_NAME, false),
        (users::Selection { r#type: Some("normal-user"), ..of_acme.clone() }, BY_NAME, false),
        (users::Selection { deleted: users::Deleted::Only, ..of_acme }, BY_NAME, false),
    ] {
        let plans = plans(world, &users::list(&selection, order, &part(order)));
        lists.push((format!("{selection:?} {}", order.name), sorts, plans));
    }
    let of_acme = keys::Selection { owner: Some("acme"), ..Default::default() };
    for (selection, order, sorts) in [
        (of_acme.clone(), keys::BY_NAME, false),
        (of_acme.clone(), keys::BY_AGE, false),
        (keys::Selection::default(), keys::BY_NAME, false),
        (keys::Selection { holder: Some("x"), ..of_acme.clone() }, keys::BY_NAME, true),
        (keys::Selection { user: Some("x"), ..of_acme.clone() }, keys::BY_AGE, true),
        (keys::Selection { application: Some("x"), ..of_acme.clone() }, keys::BY_NAME, true),
        (keys::Selection { prefix: Some("x"), ..of_acme }, keys::BY_NAME, true),
    ] {
        let plans = plans(world, &keys::list(&selection, order, &part(order)));
        lists.push((format!("{selection:?} {}", order.name), sorts, plans));
    }
    let among = ["acme".to_owned()];
    let two = ["acme".to_owned(), "hanzo".to_owned()];
    for (names, sorts) in [(None, false), (Some(&among[..]), false), (Some(&two[..]), true)] {
        let order = organizations::BY_NAME;
        let plan = plans(world, &organizations::list(names, "", &part(order)));
        lists.push((format!("organizations {names:?}"), sorts, plan));
        let selection = applications::Selection { among: names, ..Default::default() };
        let plan = plans(world, &applications::list(selection, &part(BY_NAME)));
        lists.push((format!("applications {names:?}"), sorts, plan));
    }
    let order = agents::BY_NAME;
    lists.push(("agents".to_owned(), false, plans(world, &agents::list("acme", &part(order)))));
    let invited = invitations::list("acme", &part(BY_NAME));
    lists.push(("invitations".to_owned(), false, plans(world, &invited)));
    let members = memberships::of_organization("acme", None, &part(memberships::BY_USER));
    lists.push(("members".to_owned(), false, plans(world, &members)));
    lists
}

#[test]
fn the_lists_of_the_directory_are_searched_and_sorted_by_indexes() {
    let world = World::demo();
    let first = |_: Order| Part { limit: 10, ..Part::default() };
    let further = |order: Order| {
        let value = |column: &&str| {
            if column.ends_with("created_at") { Value::Integer(1) } else { Value::from("acme") }
        };
        Part { after: Some(order.columns.iter().map(value).collect()), ..first(order) }
    };
    let mut all = lists(&world, &first);
    all.extend(lists(&world, &further));
    all.push(("a key by name".to_owned(), false, plans(&world, &keys::named("acme", "x"))));
    for (list, sorts, steps) in all {
        for step in steps {
            // What is counted has a limit.
            let bounded = step == "SCAN (subquery-1)";
            let by_index = bounded || !step.starts_with("SCAN") || step.contains("USING");
            assert!(by_index || step == "SCAN json_each VIRTUAL TABLE INDEX 1:", "{list}: {step}");
            assert!(sorts || !step.contains("TEMP B-TREE"), "{list}: {step}");
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
