//! The query plans of the statements that the origin runs: none reads a whole table that grows, and none reads
//! the list of a parameter once for each row of such a table.
//!
//! Each statement that a request of a test runs is explained once. If its plan reads all rows of a table
//! whose size depends on the number of organizations, people or calls, or that product, the test fails, unless
//! [`SCANS`] has the statement with the reason.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use hanzo_iam::platform::native::Sqlite;

use crate::{oauth, world::World};

/// The tables whose size depends on neither organizations, people nor calls.
const FIXED: [&str; 7] = [
    "signing_keys",
    "saml_keys",
    "token_horizon",
    "revocation_history",
    "attempts",
    "purges",
    "topology",
];

/// Statements that may read all rows: a part of the text, and why.
const SCANS: &[(&str, &str)] = &[
    ("FROM saml_keys WHERE instr(sealed_private", "while the root key changes, one page"),
    ("SELECT 1 FROM keys WHERE state <> 'Revoked' AND (true)", "stops at the first row"),
    ("FROM revocations WHERE is_copied = 0", "the index has only what is not copied yet"),
    ("|| '-org-' || organizations.name", "the snapshot of the edges names every organization"),
    ("FROM applications WHERE ?1 IS NULL AND ?2 IS NULL ORDER BY owner, name LIMIT", "one page"),
    ("ORDER BY owner, name LIMIT", "one page, in the order of the index"),
    ("AS count FROM (SELECT 1 FROM", "the platform counts to 10,000"),
    (
        "FROM users WHERE deleted_at IS NULL ORDER BY owner, name LIMIT",
        "the same, mostly not deleted",
    ),
    (
        "FROM keys LEFT JOIN users ON users.id = keys.user_id LEFT JOIN key_usage ON \
      key_usage.key_id = keys.id ORDER BY",
        "one page, in the order of the index",
    ),
    ("FROM grants WHERE client_id = ?", "an application ends; an index is a row for each sign-in"),
    ("FROM sessions WHERE ?3 IS NULL AND id = ?1", "the platform looks a session up by its id"),
    ("EXISTS (SELECT 1 FROM revocation_history WHERE healer = ?1)", "a backup was restored"),
    ("AS known WHERE EXISTS (SELECT 1 FROM audit_entries", "two searches for each, in a job"),
    ("WHERE name = '", "what a test does in between"),
];

static SOUND: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

thread_local! {
    static OBSERVING: Cell<bool> = const { Cell::new(true) };
    static FOUND: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The texts of the statements that `run` runs on this thread, in their order.
pub fn seen(run: impl FnOnce()) -> Vec<String> {
    SEEN.take();
    run();
    SEEN.take()
}

/// Fails if a statement that `run` runs reads a whole table that grows.
pub fn checking<T>(run: impl FnOnce() -> T) -> T {
    FOUND.take();
    let result = run();
    let found = FOUND.take();
    assert!(found.is_empty(), "these statements of the origin read whole tables: {found:#?}");
    result
}

/// Explains no statement that `run` runs on this thread.
pub fn unobserved<T>(run: impl FnOnce() -> T) -> T {
    let before = OBSERVING.replace(false);
    let result = run();
    OBSERVING.set(before);
    result
}

/// The observer of every database of the tests.
pub fn observe(sql: &str, plan: &dyn Fn() -> Vec<String>) {
    SEEN.with_borrow_mut(|seen| seen.push(sql.to_owned()));
    let has_reason = || SCANS.iter().any(|(part, _)| sql.contains(part));
    let sound = || SOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if !OBSERVING.get() || has_reason() || sound().contains(sql) {
        return;
    }
    let plan = plan();
    let products = nested(&plan).filter(|(outer, inner)| is_product(sql, outer, inner));
    let products = products.map(|(outer, inner)| format!("{inner} for each row of {outer}"));
    let whole = plan.iter().filter(|step| reads_all(sql, step)).cloned();
    let steps = whole.chain(products).collect::<Vec<_>>();
    if steps.is_empty() {
        sound().insert(sql.to_owned());
    } else {
        FOUND.with_borrow_mut(|found| found.push(format!("{}: {sql}", steps.join(", "))));
    }
}

/// Whether a step of the plan of `sql` reads all rows of a table that grows, or of its index.
fn reads_all(sql: &str, step: &str) -> bool {
    let Some(scanned) = step.trim_start().strip_prefix("SCAN ") else { return false };
    let name = scanned.split(' ').next().unwrap_or_default();
    let is_table = |name: &str| !FIXED.contains(&name) && tables().contains(name);
    // A plan names the alias of a table.
    let of_alias = |table: &String| sql.contains(&format!("{table} AS {name}")) && is_table(table);
    !scanned.contains("VIRTUAL TABLE") && (is_table(name) || tables().iter().any(of_alias))
}

/// The steps of a plan with the one that is done for each row of theirs: the next of the same level.
fn nested(plan: &[String]) -> impl Iterator<Item = (&str, &str)> {
    let level = |step: &str| step.len() - step.trim_start().len();
    plan.iter().enumerate().filter_map(move |(at, outer)| {
        let below = plan[at + 1..].iter().take_while(|step| level(step) >= level(outer));
        let inner = below.into_iter().find(|step| level(step) == level(outer))?;
        Some((outer.trim_start(), inner.trim_start()))
    })
}

/// Whether `inner` reads the list of a parameter for each row that `outer` finds in a table that grows: a hundred
/// thousand rows times a thousand members.
fn is_product(sql: &str, outer: &str, inner: &str) -> bool {
    // One row has the id.
    let searched = outer.strip_prefix("SEARCH ").filter(|step| !step.ends_with("(id=?)"));
    let Some(searched) = searched else { return false };
    let name = searched.split(' ').next().unwrap_or_default();
    let grows = |table: &String| {
        let is_named = table == name || sql.contains(&format!("{table} AS {name}"));
        is_named && !FIXED.contains(&table.as_str())
    };
    let Some(list) = inner.strip_prefix("SCAN ").filter(|it| it.contains("VIRTUAL TABLE")) else {
        return false;
    };
    let list = list.split(' ').next().unwrap_or_default();
    // A list in a column is another one for each row.
    let is_parameter = sql.split("json_each(?").skip(1).any(|rest| {
        let rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        list == "json_each" || rest.starts_with(&format!(") AS {list}"))
    });
    is_parameter && tables().iter().any(grows)
}

/// The names of all tables.
fn tables() -> &'static HashSet<String> {
    static TABLES: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        let rows = unobserved(|| oauth::sql(&World::empty(), sql));
        rows.into_iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    });
    &TABLES
}

#[test]
fn a_statement_that_reads_a_whole_table_is_found() {
    let plan = |sql: &str| {
        let world = World::demo();
        let steps = oauth::sql(&world, &format!("EXPLAIN QUERY PLAN {sql}"));
        steps.iter().any(|step| reads_all(sql, step["detail"].as_str().unwrap()))
    };
    for sql in [
        "SELECT * FROM users",
        "SELECT count(*) FROM users WHERE display_name = 'x'",
        "SELECT 1 FROM users AS person WHERE person.phone = 'x'",
        "SELECT id FROM users WHERE phone = 'x' ORDER BY owner, name LIMIT 1",
        "DELETE FROM sessions WHERE expires_at < 1",
        "SELECT 1 FROM keys JOIN users ON users.id = user_id",
    ] {
        assert!(plan(sql), "{sql}");
    }
    for sql in [
        "SELECT * FROM users WHERE id = 'x'",
        "SELECT * FROM signing_keys",
        "SELECT * FROM users WHERE id IN (SELECT value FROM json_each('[]'))",
        "SELECT max(seq) FROM revocations",
    ] {
        assert!(!plan(sql), "{sql}");
    }
}

#[test]
fn a_statement_that_reads_a_list_for_each_row_is_found() {
    let world = World::demo();
    let plan = |sql: &str| {
        let statement = hanzo_iam::ports::Statement::new(sql.to_owned()).bind("[]");
        pollster::block_on(hanzo_iam::ports::Database::run(&*world.database, statement)).unwrap();
        !FOUND.take().is_empty()
    };
    assert!(plan(
        "UPDATE identities SET seen_by = '' FROM json_each(?1) AS seen WHERE owner = 'a' \
         AND provider = 'b' AND subject = seen.value"
    ));
    for sql in [
        "SELECT * FROM users WHERE id IN (SELECT value FROM json_each(?1))",
        "SELECT * FROM json_each(?1) AS wanted CROSS JOIN users ON users.id = wanted.value",
    ] {
        assert!(!plan(sql), "{sql}");
    }
}

#[test]
fn the_schedule_reads_no_whole_table() {
    let world = World::demo();
    checking(|| pollster::block_on(world.origin.scheduled())).unwrap();
}

/// The observer stays with a copy of a database.
#[test]
#[should_panic(expected = "read whole tables")]
fn a_request_whose_statement_reads_a_whole_table_fails_its_test() {
    let world = World::demo();
    let copy: Sqlite = world.database.backup().unwrap();
    let statement = hanzo_iam::ports::Statement::new("SELECT display_name FROM users");
    checking(|| pollster::block_on(hanzo_iam::ports::Database::run(&copy, statement))).unwrap();
}
