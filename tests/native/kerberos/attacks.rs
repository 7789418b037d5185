//! What a ticket must not do (ATTACKS: replay, other realms, other services, other tenants).

use hanzo_iam::core::{time::UnixTime, token::Role};
use http::StatusCode;
use serde_json::json;

use super::{
    INSIDE, attempts, challenge, get,
    maker::{Ticket, keytab, own_keytab},
    offer, page, record, sends, sessions, world_with,
};
use crate::{
    browser::{Browser, location, parameter, query},
    oauth::sql,
    world::{START, World},
};

#[test]
fn a_token_counts_once_in_all_isolates() {
    let world = world_with(&record());
    let token = Ticket::of("bob@EXAMPLE.COM", START).header(2);
    let first = sends(&world, &mut Browser::at(&world, INSIDE), &page(), &token);
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    let other = World::from_image(&world.image());
    let again = sends(&other, &mut Browser::at(&other, INSIDE), &page(), &token);
    assert_eq!((again.status(), challenge(&again)), (StatusCode::FORBIDDEN, None));
    assert_eq!(attempts(&other)[1], ("refused".to_owned(), "replay".to_owned()));
    assert_eq!(sessions(&other), sessions(&world));
    // The note outlives the token.
    other.clock.advance(301);
    let late = sends(&other, &mut Browser::at(&other, INSIDE), &page(), &token);
    assert_eq!(late.status(), StatusCode::FORBIDDEN);
    assert_eq!(attempts(&other)[2].1, "clock");
}

#[test]
fn a_refused_ticket_shows_the_page_and_tells_the_administrators_which_check_failed() {
    let bob = Ticket::of("bob@EXAMPLE.COM", START);
    let named = |client: &str| Ticket::of(client, START);
    for (ticket, check) in [
        (named("bob@OTHER.COM"), "principal"),
        (named("bob/admin@EXAMPLE.COM"), "principal"),
        (named("BOB$@EXAMPLE.COM"), "principal"),
        (named(r"bob\@EXAMPLE.COM@EXAMPLE.COM"), "principal"),
        (named(r"hanzo\/bob@EXAMPLE.COM"), "principal"),
        (named("Bob@example.com"), "principal"),
        (named("nemo@EXAMPLE.COM"), "account"),
        (named("root@EXAMPLE.COM"), "account"),
        (named("erin@EXAMPLE.COM"), "account"),
        (Ticket { service: "HTTP/other.id@EXAMPLE.COM".into(), ..bob.clone() }, "service"),
        (Ticket { service: "host/hanzo.id@EXAMPLE.COM".into(), ..bob.clone() }, "service"),
        (Ticket { service: "HTTP/hanzo.id@OTHER.COM".into(), ..bob.clone() }, "service"),
        (Ticket { etype: 23, ..bob.clone() }, "encryption"),
        (Ticket { etype: 17, ..bob.clone() }, "keytab"),
        (Ticket { service_key: [3; 32], ..bob.clone() }, "key"),
        (Ticket { now: UnixTime(START.0 + 301), ..bob.clone() }, "clock"),
        (Ticket { now: UnixTime(START.0 - 301), ..bob.clone() }, "clock"),
        (Ticket { now: UnixTime(START.0 - 4000), ..bob.clone() }, "lifetime"),
    ] {
        let world = world_with(&record());
        let before = sessions(&world);
        let mut browser = Browser::at(&world, INSIDE);
        let answer = sends(&world, &mut browser, &page(), &ticket.header(2));
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{check} {}", ticket.client);
        assert_eq!(challenge(&answer), if check == "account" { challenge(&answer) } else { None });
        let shown = answer.text();
        assert!(shown.contains("name=\"username\"") && !shown.contains("EXAMPLE.COM"), "{shown}");
        let refused = ("refused".to_owned(), check.to_owned());
        assert_eq!(attempts(&world), [refused], "{}", ticket.client);
        assert_eq!(sessions(&world), before, "{check} {}", ticket.client);
    }
}

/// `curl --negotiate` sends a ticket before it is asked.
#[test]
fn a_ticket_that_comes_first_begins_a_sign_in_of_that_browser() {
    let world = world_with(&record());
    let mut browser = Browser::at(&world, "192.0.2.7");
    let token = Ticket::of("bob@EXAMPLE.COM", START).header(2);
    let answer = get(&world, &mut browser, &page(), &[("authorization", &token)]);
    assert!(parameter(&location(&answer), "code").is_some());
    assert!(challenge(&answer).unwrap().len() > 40);
    assert!(browser.cookie().contains("__Host-hanzo_signin="), "{}", browser.cookie());
    // A second factor waits in the same browser, and in no other.
    sql(
        &world,
        "UPDATE organizations SET attributes = json_set(attributes, '$.requireMfa', json('true')) WHERE name = 'hanzo'",
    );
    let mut browser = Browser::at(&world, INSIDE);
    let token = Ticket { number: 1, ..Ticket::of("bob@EXAMPLE.COM", START) }.header(2);
    let second = get(&world, &mut browser, &page(), &[("authorization", &token)]);
    assert_eq!((second.status(), challenge(&second).is_some()), (StatusCode::OK, true));
    let waiting = browser.get(&page());
    assert_eq!((waiting.status(), challenge(&waiting)), (StatusCode::OK, None));
    assert!(!waiting.text().contains("name=\"username\""), "{}", waiting.text());
    assert!(Browser::new(&world).get(&page()).text().contains("name=\"username\""));
}

#[test]
fn what_is_no_ticket_shows_the_page() {
    let world = world_with(&record());
    for (value, status) in [
        // NTLM: there is no ticket, and nothing went wrong.
        ("Negotiate TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGNFAAAADw==", StatusCode::OK),
        ("Negotiate", StatusCode::FORBIDDEN),
        ("Negotiate !!", StatusCode::FORBIDDEN),
        ("Negotiate YII=", StatusCode::FORBIDDEN),
    ] {
        let answer = sends(&world, &mut Browser::at(&world, INSIDE), &page(), value);
        assert_eq!((answer.status(), challenge(&answer)), (status, None), "{value}");
    }
    // Another scheme is no token, and is ignored as on any page.
    for value in ["Bearer x", "Basic eDp5"] {
        let answer = sends(&world, &mut Browser::at(&world, INSIDE), &page(), value);
        assert_eq!(challenge(&answer), Some("Negotiate"), "{value}");
    }
    // A ticket is no credential elsewhere.
    let token = Ticket::of("alice@EXAMPLE.COM", START).header(0);
    let directory = world.get("/v1/iam/users").header("authorization", &token).send();
    assert_eq!(directory.status(), StatusCode::UNAUTHORIZED);
}

/// Who has no ticket cannot push what happened out of the list.
#[test]
fn of_one_network_few_tokens_that_are_none_are_noted() {
    let world = world_with(&record());
    let mut browser = Browser::at(&world, INSIDE);
    for _ in 0..30 {
        let answer = get(&world, &mut browser, &page(), &[("authorization", "Negotiate YII=")]);
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(attempts(&world).len(), 20);
    // A ticket counts all the same.
    let token = Ticket::of("bob@EXAMPLE.COM", START).header(0);
    let answer = get(&world, &mut browser, &page(), &[("authorization", &token)]);
    assert!(parameter(&location(&answer), "code").is_some());
}

/// Two tenants whose realms have the same name share nothing.
#[test]
fn a_realm_of_the_same_name_is_another_one() {
    let world = world_with(&record());
    let key = [7; 32];
    let mut theirs = record();
    theirs["owner"] = json!("acme");
    theirs["keytab"] = json!(keytab(&[("HTTP/hanzo.id@EXAMPLE.COM", 3, 18, &key)]));
    world.post("/v1/iam/providers").of("dave").json(&theirs).send().ok();
    offer(&world, "acme-app", &json!([{"name": "ad"}]));
    let acme = [("client_id", "acme-app"), ("redirect_uri", "https://acme.example/callback")];
    let acme = format!("/login/oauth/authorize?{}", query(&acme));
    let ticket = |client: &str, service_key, number| {
        Ticket { service_key, number, ..Ticket::of(client, START) }.header(0)
    };
    let sent =
        |path: &str, token: &str| sends(&world, &mut Browser::at(&world, INSIDE), path, token);
    // Tickets of one are nothing to the other.
    for (path, key) in [(&page(), key), (&acme, [1; 32])] {
        let refused = sent(path, &ticket("bob@EXAMPLE.COM", key, 1));
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    }
    assert!(attempts(&world).iter().all(|(_, check)| check == "key"), "{:?}", attempts(&world));
    // Nor does the same principal lead to the account of the other.
    let own = sent(&page(), &ticket("bob@EXAMPLE.COM", [1; 32], 2));
    assert!(parameter(&location(&own), "code").is_some());
    let nobody = sent(&acme, &ticket("bob@EXAMPLE.COM", key, 3));
    assert_eq!(nobody.status(), StatusCode::FORBIDDEN);
    // Even a key that both have lets no token count twice.
    let path = "/v1/iam/providers/acme/ad";
    let same = json!({"keytab": own_keytab()});
    world.put(path).of("dave").json(&same).send().ok();
    let token = ticket("bob@EXAMPLE.COM", [1; 32], 4);
    assert!(parameter(&location(&sent(&page(), &token)), "code").is_some());
    assert_eq!(sent(&acme, &token).status(), StatusCode::FORBIDDEN);
    assert_eq!(attempts(&world).last().unwrap().1, "replay");
}

#[test]
fn a_disabled_person_is_not_signed_in() {
    let world = world_with(&record());
    let sent = |number| {
        let token = Ticket { number, ..Ticket::of("bob@EXAMPLE.COM", START) }.header(2);
        sends(&world, &mut Browser::at(&world, INSIDE), &page(), &token)
    };
    assert_eq!(sent(1).status(), StatusCode::SEE_OTHER);
    let disabled = json!({"isForbidden": true});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&disabled).send().ok();
    let refused = sent(2);
    assert_eq!((refused.status(), challenge(&refused)), (StatusCode::UNAUTHORIZED, None));
    assert_eq!(sessions(&world), 0);
}

/// The realm of a tenant says nothing about those who administer the platform.
#[test]
fn a_tenants_realm_signs_in_no_administrator_of_the_platform() {
    let world = world_with(&record());
    let sent = |number| {
        let token = Ticket { number, ..Ticket::of("bob@EXAMPLE.COM", START) }.header(0);
        sends(&world, &mut Browser::at(&world, INSIDE), &page(), &token).status()
    };
    // Neither an account that was linked before, nor one that would be.
    assert_eq!(sent(1), StatusCode::SEE_OTHER);
    world.join("hanzo", "bob", "admin", Role::Admin);
    assert_eq!(sent(2), StatusCode::FORBIDDEN);
    sql(&world, "DELETE FROM identities");
    assert_eq!(sent(3), StatusCode::FORBIDDEN);
    assert!(sql(&world, "SELECT user_id FROM identities").is_empty());
}

#[test]
fn an_allowed_realm_signs_in_whom_a_rule_names() {
    let mut trusted = record();
    trusted["allowedRealms"] = json!(["PARTNER.COM"]);
    trusted["principalMapping"] = json!([
        {"principal": "robert@PARTNER.COM", "username": "bob"},
        {"realm": "EXAMPLE.COM", "username": "{primary}"},
    ]);
    let world = world_with(&trusted);
    let sent = |client: &str| {
        let token = Ticket::of(client, START).header(0);
        sends(&world, &mut Browser::at(&world, INSIDE), &page(), &token).status()
    };
    assert_eq!(sent("robert@PARTNER.COM"), StatusCode::SEE_OTHER);
    assert_eq!(sent("bob@PARTNER.COM"), StatusCode::FORBIDDEN);
    // A rule for a realm takes no account that exists unless it says so.
    assert_eq!(sent("bob@EXAMPLE.COM"), StatusCode::FORBIDDEN);
}

/// The state of one browser is nothing to another, and to no request besides the next.
#[test]
fn a_negotiation_of_two_requests_is_of_one_browser() {
    let vectors = super::vectors::all();
    let of = |name: &str| vectors.iter().find(|it| it["name"] == name).unwrap().clone();
    let (first, second) = (of("etype18-spnego-no-mechtoken"), of("etype18-krb5"));
    let world = super::vectors::world(&second);
    let first = first["authorization"].as_str().unwrap();
    let second = super::vectors::continuing(second["authorization"].as_str().unwrap());
    let begin = |browser: &mut Browser<'_>| {
        let answer = sends(&world, browser, &page(), first);
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert!(
            challenge(&answer).unwrap().starts_with("Negotiate oR"),
            "{:?}",
            challenge(&answer)
        );
    };
    let mut browser = Browser::at(&world, INSIDE);
    let mut thief = Browser::at(&world, INSIDE);
    begin(&mut browser);
    let stolen = sends(&world, &mut thief, &page(), &second);
    assert_eq!(stolen.status(), StatusCode::FORBIDDEN);
    let answer = get(&world, &mut browser, &page(), &[("authorization", &second)]);
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text());
    let checks = || -> Vec<String> { attempts(&world).into_iter().map(|(_, it)| it).collect() };
    assert_eq!(checks(), ["negotiation", ""]);
    // What waited was taken, by this or by any other token; and it ends by itself.
    let mut other = Browser::at(&world, INSIDE);
    begin(&mut other);
    get(&world, &mut other, &page(), &[("authorization", "Negotiate YIIB")]);
    assert_eq!(
        get(&world, &mut other, &page(), &[("authorization", &second)]).status(),
        StatusCode::FORBIDDEN
    );
    begin(&mut other);
    world.clock.advance(121);
    get(&world, &mut other, &page(), &[("authorization", &second)]);
    assert_eq!(checks().last().unwrap(), "negotiation");
}
