//! The OpenAPI document: it is the list of endpoints, it is what is served, and every endpoint is
//! unambiguous.

use std::collections::BTreeSet;

use crate::world::World;
use hanzo_iam::origin::api::{
    compat::ALIASES,
    list::{self, ENDPOINTS},
    openapi, reference,
};

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ENDPOINTS.md");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

/// `UPDATE_GOLDEN=1 cargo test --test native openapi` writes the file anew.
#[test]
fn the_committed_document_is_generated_from_the_list() {
    let generated = serde_json::to_string_pretty(&openapi::generate()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(FILE, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap();
    assert!(committed == generated, "docs/openapi.json is stale: UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn the_committed_list_of_endpoints_is_generated_from_the_list() {
    let generated = reference::generate();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(LIST, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(LIST).unwrap();
    assert!(committed == generated, "docs/ENDPOINTS.md is stale: UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn every_older_spelling_means_an_operation_of_the_list() {
    for alias in ALIASES {
        assert!(list::operation(alias.operation).is_some(), "{}", alias.spelling);
    }
}

#[test]
fn the_document_is_served_to_every_page() {
    let world = World::demo();
    let answer = world.get("/v1/iam/openapi.json").header("origin", "https://any.example").send();
    assert!(answer.ok() == openapi::generate(), "docs/openapi.json is not what is served");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn operation_ids_and_routes_are_unique() {
    let mut operations = BTreeSet::new();
    let mut routes = BTreeSet::new();
    for entry in ENDPOINTS {
        let declaration = entry.declaration;
        assert!(!declaration.summary().is_empty(), "{}", declaration.operation);
        for verb in declaration.verbs() {
            assert!(operations.insert(declaration.operation_of(verb)), "{}", declaration.operation);
            let shape: Vec<&str> = declaration
                .path
                .split('/')
                .map(|segment| if segment.starts_with('{') { "{}" } else { segment })
                .collect();
            assert!(routes.insert((verb, shape.join("/"))), "{}", declaration.operation);
        }
    }
}
