//! The reference page: it has every operation with its `curl`, needs no script, and is small.

use crate::world::{Answer, World};
use hanzo_iam::origin::api::openapi;

const PAGE: &str = "/v1/iam/docs";

/// Bytes of a page: readers on slow connections, and a browser that lays it out.
const MAXIMUM: usize = 120_000;

fn page(world: &World, query: &str) -> String {
    let answer = world.get(&format!("{PAGE}{query}")).send();
    assert_eq!(answer.status(), 200, "{query}");
    answer.text()
}

fn operations() -> Vec<String> {
    let document = openapi::generate();
    let paths = document["paths"].as_object().unwrap();
    let items = paths.values().flat_map(|item| item.as_object().unwrap().values());
    items.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_reference_page_has_a_curl_for_each_operation_and_is_small() {
    let world = World::demo();
    let page = page(&world, "");
    assert!(page.len() < MAXIMUM, "{} bytes", page.len());
    for operation in operations() {
        let article =
            page.split("<article ").find(|it| it.starts_with(&format!("id={operation}>")));
        let article = article.unwrap_or_else(|| panic!("{operation} is missing"));
        assert!(article.contains("<pre>curl "), "{operation}");
        assert!(article.contains("<em>By "), "{operation}");
    }
}

#[test]
fn the_page_of_each_operation_is_complete_and_small() {
    let world = World::demo();
    let document = openapi::generate();
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            let page = page(&world, &format!("?operation={id}"));
            assert!(page.len() < MAXIMUM, "{id}: {} bytes", page.len());
            assert!(page.contains(path) && page.contains("<pre>curl "), "{id}");
            let parameters = operation["parameters"].as_array().unwrap().iter();
            let names = parameters.map(|parameter| parameter["name"].as_str().unwrap());
            let statuses = operation["responses"].as_object().unwrap().keys().map(String::as_str);
            for name in names {
                assert!(page.contains(&format!("<dt><code>{name}</code>")), "{id}: {name}");
            }
            for status in statuses {
                assert!(page.contains(&format!("<dt>{status}<dd>")), "{id}: {status}");
            }
        }
    }
}

#[test]
fn the_reference_page_runs_no_script_and_loads_nothing() {
    let world = World::demo();
    for query in ["", "?q=users", "?operation=createUser", "?q=%3Cscript%3E"] {
        let answer = world.get(&format!("{PAGE}{query}")).send();
        let policy = answer.header("content-security-policy").unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("script-src"));
        assert!(policy.contains("form-action 'self'; frame-ancestors 'none'"), "{policy}");
        let page = answer.text();
        for forbidden in ["<script", " src=", "<link", "<img", "onclick"] {
            assert!(!page.contains(forbidden), "{query}: {forbidden}");
        }
    }
}

#[test]
fn a_search_shows_only_what_it_finds() {
    let world = World::demo();
    let found = page(&world, "?q=signing+discard");
    assert!(found.contains("id=discardSigningKey>"));
    assert!(!found.contains("id=createUser>"));
    let nothing = page(&world, "?q=no-operation-says-this");
    assert!(nothing.contains("<p role=status>0 of ") && !nothing.contains("<article"));
    assert_eq!(world.get("/v1/iam/docs?operation=none").send().status(), 404);
}

#[test]
fn a_browser_that_has_the_page_or_the_document_does_not_get_it_again() {
    let world = World::demo();
    for path in [PAGE, "/v1/iam/openapi.json"] {
        let first = world.get(path).send();
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!(first.header("cache-control"), Some("public, max-age=300"));
        let again: Answer = world.get(path).header("if-none-match", &tag).send();
        assert_eq!((again.status().as_u16(), again.text().as_str()), (304, ""), "{path}");
        let other = world.get(path).header("if-none-match", "\"other\"").send();
        assert_eq!(other.status(), 200);
    }
}

/// The document of an operation names what may happen to any request.
#[test]
fn every_operation_declares_the_refusals_of_the_edge_and_of_the_router() {
    let document = openapi::generate();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            for status in ["400", "405", "414"] {
                let declared = operation["responses"].get(status).is_some();
                assert!(declared, "{verb} {path}: {status}");
            }
        }
    }
    let forms = ["authorizeByPost", "logoutByPost", "getUserinfoByPost", "signIn", "decideDevice"];
    let has_body = |id: &str| {
        let items = document["paths"].as_object().unwrap().values();
        let mut operations = items.flat_map(|item| item.as_object().unwrap().values());
        let operation = operations.find(|operation| operation["operationId"] == id);
        operation.is_some_and(|operation| operation["requestBody"]["content"].is_object())
    };
    for id in forms {
        assert!(has_body(id), "{id}");
    }
}
