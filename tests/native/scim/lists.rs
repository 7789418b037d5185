//! Lists: filters, order, pages and attributes.

use http::Method;
use serde_json::{Value, json};

use super::{created, error, get, id, patch, send};
use crate::{oauth::sql, world::World};

fn names(list: &Value) -> Vec<&str> {
    let users = list["Resources"].as_array().unwrap();
    users.iter().map(|user| user["userName"].as_str().unwrap()).collect()
}

fn found(world: &World, filter: &str) -> Vec<String> {
    let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let list = get(world, &format!("/Users?filter={filter}")).ok();
    assert_eq!(list["totalResults"], json!(names(&list).len()));
    names(&list).into_iter().map(str::to_owned).collect()
}

fn staffed() -> World {
    let world = World::demo();
    for (name, title, further) in [
        ("Carl@x.example", "b", Some("c2@x.example")),
        ("adam", "C", None),
        ("bert@x.example", "a", None),
    ] {
        let mut emails = vec![
            json!({"value": format!("{name}.mail@x.example").replace("@x.example.", "."), "type": "work"}),
        ];
        emails.extend(further.map(|value| json!({"value": value, "type": "home"})));
        created(
            &world,
            &json!({"userName": name, "title": title, "externalId": format!("E-{name}"), "emails": emails}),
        );
    }
    world
}

#[test]
fn a_list_is_paged_in_the_order_of_user_names() {
    let world = staffed();
    let list = get(&world, "/Users").ok();
    assert_eq!(list["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    let all = ["adam", "alice", "bert@x.example", "bob", "Carl@x.example"];
    assert_eq!(names(&list), all);
    assert_eq!(
        (&list["totalResults"], &list["startIndex"], &list["itemsPerPage"]),
        (&json!(5), &json!(1), &json!(5))
    );
    for (start, count, expected) in [
        (1, 2, &all[..2]),
        (3, 2, &all[2..4]),
        (5, 2, &all[4..]),
        (6, 2, &[][..]),
        (-3, 1, &all[..1]),
        (2, -1, &[]),
    ] {
        let page = get(&world, &format!("/Users?startIndex={start}&count={count}")).ok();
        assert_eq!(names(&page), expected);
        assert_eq!(
            (&page["totalResults"], &page["itemsPerPage"]),
            (&json!(5), &json!(expected.len()))
        );
        assert_eq!(page["startIndex"], json!(start.max(1)));
    }
    error(&get(&world, "/Users?count=many"), 400, None);
}

#[test]
fn filters_by_an_index_and_others_choose_the_same_users_as_they_say() {
    let world = staffed();
    let bob = id(&world, "hanzo", "bob");
    for (filter, expected) in [
        (r#"userName eq "carl@X.example""#.to_owned(), vec!["Carl@x.example"]),
        (r#"userName eq "carl""#.to_owned(), vec![]),
        (r#"userName eq "bob" and active eq true"#.to_owned(), vec!["bob"]),
        (r#"userName eq "bob" and active eq false"#.to_owned(), vec![]),
        (r#"externalId eq "E-adam""#.to_owned(), vec!["adam"]),
        (r#"externalId eq "e-adam""#.to_owned(), vec![]),
        (format!(r#"id eq "{bob}""#), vec!["bob"]),
        (r#"emails eq "BOB@hanzo.example""#.to_owned(), vec!["bob"]),
        (r#"emails.value eq "c2@X.example""#.to_owned(), vec!["Carl@x.example"]),
        (r#"emails[type eq "work" and value eq "c2@x.example"]"#.to_owned(), vec![]),
        (
            r#"emails[type eq "home" and value eq "c2@x.example"]"#.to_owned(),
            vec!["Carl@x.example"],
        ),
        (r#"userName sw "B""#.to_owned(), vec!["bert@x.example", "bob"]),
        (r#"userName eq "adam" or userName eq "bob""#.to_owned(), vec!["adam", "bob"]),
        (r#"emails co "hanzo.example""#.to_owned(), vec!["alice", "bob"]),
        (r#"title gt "a" and not (title eq "c")"#.to_owned(), vec!["Carl@x.example"]),
        (
            r#"meta.created ge "2026-11-23T20:00:00Z" and title pr"#.to_owned(),
            vec!["adam", "bert@x.example", "Carl@x.example"],
        ),
        ("active eq false".to_owned(), vec![]),
    ] {
        assert_eq!(found(&world, &filter), expected, "{filter}");
    }
}

/// The users of another organization are found by no filter.
#[test]
fn no_filter_reaches_another_organization() {
    let world = World::demo();
    let dave = id(&world, "acme", "dave");
    for filter in [
        r#"userName eq "dave""#.to_owned(),
        format!(r#"id eq "{dave}""#),
        r#"emails eq "dave@acme.example""#.to_owned(),
        r#"userName sw "d""#.to_owned(),
        r#"userName co "a" or not (userName co "a")"#.to_owned(),
    ] {
        assert!(!found(&world, &filter).contains(&"dave".to_owned()), "{filter}");
    }
    error(&get(&world, &format!("/Users/{dave}")), 404, None);
}

#[test]
fn a_list_is_sorted_and_has_the_attributes_that_are_asked_for() {
    let world = staffed();
    let order = |query: &str| {
        let list = get(&world, &format!("/Users?{query}")).ok();
        names(&list).join(" ")
    };
    let titled = "filter=title%20pr&sortBy=title";
    assert_eq!(order(titled), "bert@x.example Carl@x.example adam");
    assert_eq!(
        order(&format!("{titled}&sortOrder=descending")),
        "adam Carl@x.example bert@x.example"
    );
    assert_eq!(order(&format!("{titled}&startIndex=2&count=1")), "Carl@x.example");
    assert_eq!(order("sortBy=userName&sortOrder=descending&count=2"), "Carl@x.example bob");
    let only = get(&world, "/Users?attributes=userName&count=1").ok();
    assert_eq!(only["Resources"][0].as_object().unwrap().len(), 3);
    let without = get(&world, "/Users?excludedAttributes=emails,meta&count=1").ok();
    let user = without["Resources"][0].as_object().unwrap();
    assert!(!user.contains_key("emails") && !user.contains_key("meta") && user.contains_key("id"));
    error(&get(&world, "/Users?sortBy=nope"), 400, Some("invalidPath"));
    error(&get(&world, "/Users?attributes=id&excludedAttributes=meta"), 400, Some("invalidValue"));
}

/// RFC 7644 §3.4.3.
#[test]
fn a_search_by_post_is_the_same_as_by_get() {
    let world = staffed();
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "title pr", "sortBy": "title", "startIndex": 2, "count": 1, "attributes": ["userName"],
    });
    let list = send(&world, Method::POST, "/Users/.search", &search).ok();
    assert_eq!((names(&list), &list["totalResults"]), (vec!["Carl@x.example"], &json!(3)));
    assert_eq!(list["Resources"][0].as_object().unwrap().len(), 3);
    let wrong = json!({"filter": 5});
    error(&send(&world, Method::POST, "/Users/.search", &wrong), 400, Some("invalidSyntax"));
}

#[test]
fn a_filter_that_needs_too_many_users_is_refused_unless_an_index_narrows_it() {
    let world = World::demo();
    sql(
        &world,
        "INSERT INTO users (id, owner, name, created_at, updated_at) \
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000) \
        SELECT 'u-' || n, 'hanzo', 'u' || n, 0, 0 FROM n",
    );
    let refused = error(&get(&world, "/Users?filter=title%20pr"), 400, Some("tooMany"));
    assert!(refused.contains("1000"), "{refused}");
    error(&get(&world, "/Users?sortBy=title"), 400, Some("tooMany"));
    let narrowed = get(&world, "/Users?filter=title+eq+null+and+userName+eq+%22u7%22").ok();
    assert_eq!(names(&narrowed), ["u7"]);
    assert_eq!(get(&world, "/Users?count=0").ok()["totalResults"], 1002);
    assert_eq!(get(&world, "/Users?count=5000").ok()["itemsPerPage"], 200);
}

/// ATTACKS H-113.
#[test]
fn a_filter_that_is_malformed_too_deep_or_too_long_is_refused() {
    let world = World::demo();
    for filter in
        ["userName", "userName eq", "nope eq 1", &"(".repeat(4000), &"userName pr and ".repeat(100)]
    {
        let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        error(&get(&world, &format!("/Users?filter={filter}")), 400, Some("invalidFilter"));
    }
    let bob = id(&world, "hanzo", "bob");
    let deep = format!("emails[{}type pr]", "(".repeat(1000));
    error(
        &patch(&world, &bob, &json!([{"op": "remove", "path": deep}])),
        400,
        Some("invalidFilter"),
    );
}
