//! Sign-in by tickets of Kerberos at the pages (HTTP Negotiate, RFC 4559).

mod attacks;
mod maker;
mod records;
mod vectors;

use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use serde_json::{Value, json};

use self::maker::{Ticket, own_keytab};
use crate::{
    browser::{Browser, location, parameter, query},
    oauth::sql,
    resources::make,
    world::{Answer, START, World},
};

/// Each request has an id of its own, so that attempts of one second are told apart.
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// An address in the network of the provider.
const INSIDE: &str = "10.1.2.3";

/// The record of the provider `ad`.
fn record() -> Value {
    json!({
        "name": "ad", "displayName": "Example AD", "category": "Kerberos", "type": "Active Directory",
        "realm": "EXAMPLE.COM", "keytab": own_keytab(), "networks": ["10.0.0.0/8"],
        "principalMapping": [{"realm": "EXAMPLE.COM", "username": "{primary}", "existing": true}],
    })
}

/// The demo, whose `hanzo-app` offers the provider `ad` of that record.
fn world_with(record: &Value) -> World {
    let world = World::demo();
    make(&world, "providers", record).ok();
    offer(&world, "hanzo-app", &json!([{"name": "ad"}]));
    world
}

fn offer(world: &World, client_id: &str, providers: &Value) {
    sql(
        world,
        &format!(
            "UPDATE applications SET attributes = json_set(attributes, '$.providers', \
             json('{providers}')) WHERE client_id = '{client_id}'"
        ),
    );
}

fn page() -> String {
    format!("/login/oauth/authorize?{}", query(&[]))
}

/// A request of the browser with these headers.
fn get(world: &World, browser: &mut Browser<'_>, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut call = world.get(path).header("cookie", &browser.cookie());
    call.request.client_ip.clone_from(&browser.ip);
    call.request.request_id = format!("{:09}", REQUESTS.fetch_add(1, Ordering::Relaxed));
    for (name, value) in headers {
        call = call.header(name, value);
    }
    browser.keep(call.send())
}

/// The browser gets the page, is asked, and sends the token.
fn sends(world: &World, browser: &mut Browser<'_>, path: &str, token: &str) -> Answer {
    let asked = get(world, browser, path, &[]);
    assert_eq!(asked.status(), StatusCode::UNAUTHORIZED, "{}", asked.text());
    get(world, browser, path, &[("authorization", token)])
}

fn challenge(answer: &Answer) -> Option<&str> {
    answer.header("www-authenticate")
}

/// What the administrators of the providers read: outcome and check of each attempt.
fn attempts(world: &World) -> Vec<(String, String)> {
    let rows =
        sql(world, "SELECT outcome, check_name FROM federation_attempts ORDER BY at, request_id");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(&row["outcome"]), text(&row["check_name"]))).collect()
}

fn sessions(world: &World) -> usize {
    sql(world, "SELECT id FROM sessions").len()
}

#[test]
fn browsers_are_asked_where_the_record_the_address_or_an_earlier_success_says_so() {
    let world = world_with(&record());
    let elsewhere = "192.0.2.7";
    let page = page();
    let frame: &[(&str, &str)] = &[("sec-fetch-dest", "iframe")];
    let shown: &[(&str, &str)] = &[("sec-fetch-dest", "document")];
    let spnego = format!("/v1/iam/spnego?{}", query(&[]));
    for (ip, path, headers, is_asked) in [
        (INSIDE, page.clone(), shown, true),
        (INSIDE, page.clone(), frame, false),
        (INSIDE, format!("{page}&kerberos=0"), shown, false),
        (INSIDE, format!("{page}&another=1"), shown, false),
        (INSIDE, format!("/login/oauth/authorize?{}", query(&[("prompt", "login")])), shown, false),
        (elsewhere, page.clone(), shown, false),
        (elsewhere, format!("{page}&kerberos=1"), &[], true),
        (elsewhere, format!("{page}&provider=ad"), &[], true),
        (elsewhere, format!("{page}&provider=hanzo%2Fad"), &[], true),
        (elsewhere, format!("{page}&provider=other"), &[], false),
        (elsewhere, spnego, &[], true),
        (elsewhere, "/login?organization=hanzo&kerberos=1".to_owned(), &[], true),
        (elsewhere, "/v1/iam/spnego?organization=hanzo".to_owned(), &[], true),
        (elsewhere, "/v1/iam/spnego?organization=acme".to_owned(), &[], false),
    ] {
        let answer = get(&world, &mut Browser::at(&world, ip), &path, headers);
        let expected = if is_asked { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        assert_eq!(answer.status(), expected, "{ip} {path} {headers:?}");
        assert_eq!(challenge(&answer), is_asked.then_some("Negotiate"), "{ip} {path}");
        // No dead end: the body is the page.
        assert!(answer.text().contains("name=\"username\""), "{}", answer.text());
    }
    // A client that wants no page gets none.
    let silent = Browser::at(&world, INSIDE).authorize(&[("prompt", "none")]);
    assert_eq!(parameter(&location(&silent), "error").as_deref(), Some("login_required"));
    // A client that offers no such provider asks no one.
    offer(&world, "hanzo-app", &json!([]));
    let answer = get(&world, &mut Browser::at(&world, INSIDE), &format!("{page}&kerberos=1"), &[]);
    assert_eq!((answer.status(), challenge(&answer)), (StatusCode::OK, None));
}

#[test]
fn a_ticket_signs_in_the_user_whom_the_record_names_and_is_answered() {
    let world = world_with(&record());
    let mut browser = Browser::at(&world, INSIDE);
    let token = Ticket::of("bob@EXAMPLE.COM", START).header(2);
    let answer = sends(&world, &mut browser, &page(), &token);
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(parameter(&location(&answer), "code").is_some(), "{}", location(&answer));
    // The AP-REP (RFC 4121 §4.1: token id 02 00).
    let reply = challenge(&answer).unwrap().strip_prefix("Negotiate ").unwrap().to_owned();
    assert!(reply.len() > 40);
    let linked = sql(
        &world,
        "SELECT users.name, identities.provider, identities.subject FROM identities \
         JOIN users ON users.id = identities.user_id",
    );
    assert_eq!(
        (&linked[0]["name"], &linked[0]["provider"], &linked[0]["subject"]),
        (&json!("bob"), &json!("hanzo/ad"), &json!("bob@EXAMPLE.COM"))
    );
    assert_eq!(attempts(&world), [("accepted".to_owned(), String::new())]);
    // The browser is asked again in another network, and goes on by its session until then.
    let session = |(name, _): &(String, String)| !name.contains("kerberos");
    browser.ip = "192.0.2.7".to_owned();
    assert_eq!(browser.get(&page()).status(), StatusCode::SEE_OTHER);
    browser.cookies.retain(|cookie| !session(cookie) || cookie.0.ends_with("hanzo_signin"));
    let again = browser.get(&page());
    assert_eq!((again.status(), challenge(&again)), (StatusCode::UNAUTHORIZED, Some("Negotiate")));
    // Without a ticket it is not asked a third time.
    let ntlm = "Negotiate TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGNFAAAADw==";
    let page_shown = get(&world, &mut browser, &page(), &[("authorization", ntlm)]);
    assert_eq!((page_shown.status(), challenge(&page_shown)), (StatusCode::OK, None));
    assert_eq!(browser.get(&page()).status(), StatusCode::OK);
}

#[test]
fn the_button_of_the_page_leads_to_the_question() {
    let world = world_with(&record());
    let mut browser = Browser::new(&world);
    let shown = browser.get(&page()).text();
    assert!(shown.contains("Example AD"), "{shown}");
    let token = crate::browser::form_token(&shown);
    let form = [("form_token", &*token), ("step", "provider"), ("provider", "hanzo/ad")];
    let led = browser.post(&page(), &form);
    let address = location(&led);
    assert!(address.ends_with("&another=1&provider=hanzo%2Fad"), "{address}");
    let asked = browser.get(&address);
    assert_eq!((asked.status(), challenge(&asked)), (StatusCode::UNAUTHORIZED, Some("Negotiate")));
    let token = Ticket::of("bob@EXAMPLE.COM", START).header(0);
    let answer = get(&world, &mut browser, &address, &[("authorization", &token)]);
    assert!(parameter(&location(&answer), "code").is_some());
}

#[test]
fn a_ticket_opens_the_own_account() {
    let world = world_with(&record());
    let mut browser = Browser::at(&world, INSIDE);
    let token = Ticket::of("bob@EXAMPLE.COM", START).header(0);
    let answer = sends(&world, &mut browser, "/login?organization=hanzo", &token);
    assert_eq!(location(&answer), "/account");
    assert_eq!(browser.get("/account").status(), StatusCode::OK);
}

#[test]
fn a_person_without_an_account_gets_one_where_the_application_says_so() {
    let world = world_with(&record());
    let sent = |number| {
        let ticket = Ticket { number, ..Ticket::of("Zoe@EXAMPLE.COM", START) };
        sends(&world, &mut Browser::at(&world, INSIDE), &page(), &ticket.header(0))
    };
    assert_eq!(sent(1).status(), StatusCode::FORBIDDEN);
    sql(
        &world,
        "UPDATE applications SET attributes = json_set(attributes, '$.enableSignUp', json('true'))",
    );
    offer(&world, "hanzo-app", &json!([{"name": "ad", "canSignUp": true}]));
    assert!(parameter(&location(&sent(2)), "code").is_some());
    let users = sql(&world, "SELECT owner FROM users WHERE name = 'zoe'");
    assert_eq!(users[0]["owner"], "hanzo");
    // The next time it is the same account.
    assert!(parameter(&location(&sent(3)), "code").is_some());
    assert_eq!(sql(&world, "SELECT subject FROM identities").len(), 1);
}

#[test]
fn an_old_ticket_is_no_new_sign_in() {
    let world = world_with(&record());
    let since = hanzo_iam::core::time::UnixTime(START.0 - 3000);
    let signed_in = |changes: &[(&str, &str)], number| {
        let path = format!("/login/oauth/authorize?{}&provider=ad", query(changes));
        let ticket = Ticket { since, number, ..Ticket::of("bob@EXAMPLE.COM", START) };
        sends(&world, &mut Browser::at(&world, INSIDE), &path, &ticket.header(0)).status()
    };
    assert_eq!(signed_in(&[("max_age", "600")], 1), StatusCode::FORBIDDEN);
    assert_eq!(signed_in(&[("prompt", "login")], 2), StatusCode::FORBIDDEN);
    assert_eq!(signed_in(&[("max_age", "3600")], 3), StatusCode::SEE_OTHER);
    assert_eq!(attempts(&world)[0].1, "age");
}
