//! Who may call an endpoint, as its declaration says, agrees with what every caller gets.

use hanzo_iam::origin::api::{
    endpoint::{Declaration, Who},
    list::ENDPOINTS,
};

use super::callers::GROUPS;

const GOLDEN: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/authority.txt"));

/// A row of the golden table: what it is about, and the signs by group of callers.
struct Row<'a> {
    declaration: &'a Declaration,
    about: &'a str,
    signs: Vec<(&'static str, Vec<char>)>,
}

pub(super) fn shape(declaration: &Declaration) -> String {
    let path: Vec<&str> = (declaration.path.split('/'))
        .map(|segment| if segment.starts_with('{') { "{}" } else { segment })
        .collect();
    path.join("/")
}

fn rows() -> Vec<Row<'static>> {
    let mut rows = Vec::new();
    for line in GOLDEN.lines() {
        let Some((head, cells)) = line.split_at_checked(72) else { continue };
        let mut words = head.trim().splitn(3, ' ');
        let (Some(method), Some(path)) = (words.next(), words.next()) else { continue };
        let declared = ENDPOINTS.iter().map(|entry| &entry.declaration).find(|known| {
            shape(known) == path && known.verbs().any(|verb| verb.as_str() == method)
        });
        let Some(declaration) = declared else { continue };
        let mut rest = cells.get(1..).unwrap_or_default();
        let mut signs = Vec::new();
        for (name, group) in GROUPS {
            let width = group.len().max(name.len());
            let cell: Vec<char> = rest.chars().take(width).filter(|sign| *sign != ' ').collect();
            rest = rest.get(width + 1..).unwrap_or_default();
            signs.push((name, cell));
        }
        rows.push(Row { declaration, about: words.next().unwrap_or_default(), signs });
    }
    rows
}

/// Whether the caller is refused; `e` is an error in the envelope.
fn is_refused(sign: char) -> bool {
    "134.e".contains(sign)
}

/// The groups whose callers may never be admitted to the row.
fn excluded(row: &Row) -> Vec<&'static str> {
    let groups = |admitted: &[&str]| {
        let names = GROUPS.iter().map(|(name, _)| *name);
        names.filter(|name| !admitted.contains(name)).collect()
    };
    match row.declaration.who {
        Who::Public | Who::Client => Vec::new(),
        Who::Bearer | Who::Person | Who::Directory | Who::Capability(_) => vec!["anon"],
        Who::SelfOr(_) | Who::Organization(_) => {
            if row.about.contains("hanzo") || row.about.contains("admin") {
                vec!["anon", "other"]
            } else {
                vec!["anon"]
            }
        }
        Who::Platform => groups(&["platform"]),
        Who::Edge | Who::Operator => groups(&[]),
    }
}

#[test]
fn no_caller_is_admitted_that_the_declaration_excludes() {
    let rows = rows();
    let mut complaints = Vec::new();
    for row in &rows {
        for (name, signs) in &row.signs {
            if excluded(row).contains(name) && !signs.iter().all(|sign| is_refused(*sign)) {
                let Declaration { operation, who, .. } = row.declaration;
                let about = row.about;
                complaints.push(format!("{operation} {about}: {who:?}, but {name} {signs:?}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    for entry in ENDPOINTS {
        let Declaration { operation, worker, .. } = entry.declaration;
        let is_read = rows.iter().any(|row| row.declaration.operation == operation);
        assert!(is_read || worker == hanzo_iam::origin::api::endpoint::Worker::Edge, "{operation}");
    }
}
