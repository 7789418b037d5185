//! What docs/OPERATIONS.md says of the settings, against what the workers read.

use std::{collections::BTreeSet, fs, path::Path};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The texts between two of `mark` that are names of settings. `mark` is no part of such a name, so
/// that it does not matter which of its occurrences begin one.
fn names(text: &str, mark: char) -> BTreeSet<String> {
    let is_name = |name: &&str| {
        name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    text.split(mark).filter(is_name).map(str::to_owned).collect()
}

/// Issue 10, part 4.
#[test]
fn the_table_of_settings_has_what_the_workers_read_and_nothing_else() {
    let read_by_workers: BTreeSet<String> = [
        "src/platform/workers/edge.rs",
        "src/platform/workers/origin.rs",
        "src/platform/workers/environment.rs",
        "src/platform/workers/messages.rs",
        "src/core/limit/inquiry.rs",
    ]
    .iter()
    .flat_map(|file| names(&read(file), '"'))
    .filter(|name| name != "POST")
    .collect();
    let operations = read("docs/OPERATIONS.md");
    let settings = operations.split("## Settings").nth(1).unwrap();
    let table = settings.lines().skip_while(|line| !line.starts_with('|'));
    let documented: BTreeSet<String> = table
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| names(cell, '`'))
        .collect();
    assert_eq!(read_by_workers, documented, "on the left, what src/platform/workers reads");
}
