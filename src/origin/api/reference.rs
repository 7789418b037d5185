//! Generates the endpoint reference (`docs/ENDPOINTS.md`). Native only.

use std::fmt::Write;

use super::{
    compat::ALIASES,
    endpoint::{Entry, Worker},
    list::ENDPOINTS,
};

const HEAD: &str = "\
# Endpoints

Generated from the list in `src/origin/api/list.rs` by `UPDATE_GOLDEN=1 cargo test --test native openapi`.
Requests and replies are in [openapi.json](openapi.json); who gets what, tried with every kind of
credential, in `tests/golden/authority.txt`.

| Endpoint | Operation | Does | Who may call |
|---|---|---|---|
";

const OLDER: &str = "
## Older spellings

Paths of earlier generations of clients (contract/WIRE.md §0). A verb takes `?id=owner/name` and returns
`{status, msg, data, data2}`.

| Path | Operation |
|---|---|
";

/// The page.
pub fn generate() -> String {
    let mut page = HEAD.to_owned();
    for Entry { declaration, .. } in ENDPOINTS {
        let methods: Vec<&str> = declaration.verbs().map(super::endpoint::Verb::as_str).collect();
        let at = if declaration.worker == Worker::Edge { " Served by the edge." } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "| `{} {}` | `{}` | {}{at} | {} |",
            methods.join(", "),
            declaration.path,
            declaration.operation,
            declaration.summary(),
            declaration.who.described(),
        );
    }
    page.push_str(OLDER);
    for alias in ALIASES {
        let paths: Vec<String> =
            alias.paths().into_iter().map(|path| format!("`{path}`")).collect();
        let _ = writeln!(page, "| {} | `{}` |", paths.join(", "), alias.operation);
    }
    page
}
