//! `orgChoiceMode`: at a shared application the person says which organization the account is of.

use http::StatusCode;
use serde_json::json;

use crate::{
    account_pages,
    browser::{Browser, form_token, location, query},
    codes::with_codes,
    oauth::{password_hash, sql},
    world::{Answer, PASSWORD, World},
};

fn page() -> String {
    format!("/login/oauth/authorize?{}", query(&[]))
}

/// `hanzo-app` is shared and asks in that way; dave of acme has the password of the tests.
fn asking(world: &World, mode: &str) {
    let body = json!({"isShared": true, "orgChoiceMode": mode});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&body).send().ok();
    let hash = password_hash(world, "hanzo", "alice");
    sql(
        world,
        &format!(
            "UPDATE users SET password_hash = '{hash}' WHERE owner = 'acme' AND name = 'dave'"
        ),
    );
}

fn sign_in(browser: &mut Browser<'_>, form: &[(&str, &str)]) -> Answer {
    let token = form_token(&browser.get(&page()).text());
    let mut all = vec![("form_token", token.as_str()), ("password", PASSWORD)];
    all.extend_from_slice(form);
    browser.post(&page(), &all)
}

#[test]
fn the_page_asks_for_the_organization_where_the_application_says_so() {
    let world = World::demo();
    for (mode, asks) in [("Input", true), ("Select", true), ("None", false), ("", false)] {
        asking(&world, mode);
        let text = Browser::new(&world).get(&page()).text();
        assert_eq!(text.contains("id=\"organization\""), asks, "{mode}: {text}");
        let shown = world.get("/v1/iam/auth/application?clientId=hanzo-app").send().ok();
        assert_eq!(shown["data"]["orgChoiceMode"], mode);
    }
    // An application of one organization has no choice.
    sql(&world, "UPDATE applications SET is_shared = 0 WHERE client_id = 'hanzo-app'");
    let body = json!({"orgChoiceMode": "Input"});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&body).send().ok();
    assert!(!Browser::new(&world).get(&page()).text().contains("id=\"organization\""));
}

#[test]
fn the_login_is_looked_up_in_the_chosen_organization() {
    let world = World::demo();
    asking(&world, "Input");
    let chosen = [("organization", " acme "), ("username", "dave")];
    assert!(location(&sign_in(&mut Browser::new(&world), &chosen)).contains("code="));
    // Without a choice it is the application's own; a login that names one needs none.
    let own = [("organization", ""), ("username", "alice")];
    assert!(location(&sign_in(&mut Browser::new(&world), &own)).contains("code="));
    let named = [("organization", "hanzo"), ("username", "acme/dave")];
    assert!(location(&sign_in(&mut Browser::new(&world), &named)).contains("code="));
    for wrong in [
        [("organization", "hanzo"), ("username", "dave")],
        [("organization", "no-such"), ("username", "dave")],
    ] {
        let refused = sign_in(&mut Browser::new(&world), &wrong);
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    // Where the application does not ask, a field that a form has anyway is read as before.
    asking(&world, "None");
    assert!(location(&sign_in(&mut Browser::new(&world), &chosen)).contains("code="));
}

/// The names of other tenants are not published.
#[test]
fn what_is_offered_is_the_application_s_own_organization_and_that_of_the_last_sign_in() {
    let world = World::demo();
    asking(&world, "Select");
    let options = |text: &str| text.matches("<option value=").count();
    let text = Browser::new(&world).get(&page()).text();
    assert!(text.contains("<option value=\"hanzo\">") && options(&text) == 1, "{text}");
    let mut browser = Browser::new(&world);
    account_pages::sign_in(&mut browser, "/login?organization=acme", "dave");
    browser.cookies.retain(|(name, _)| name.contains("hanzo_organization"));
    let text = browser.get(&page()).text();
    assert!(text.contains("<option value=\"acme\">") && options(&text) == 2, "{text}");
}

/// The steps after the first one know the organization.
#[test]
fn a_code_goes_to_the_person_of_the_chosen_organization() {
    let (world, mailbox) = with_codes();
    asking(&world, "Input");
    sql(
        &world,
        "UPDATE users SET email = 'dave@acme.example', email_verified = 1 \
         WHERE owner = 'acme' AND name = 'dave'",
    );
    let mut browser = Browser::new(&world);
    let token = form_token(&browser.get(&page()).text());
    let next = [
        ("form_token", &*token),
        ("step", "identify"),
        ("organization", "acme"),
        ("username", "dave"),
    ];
    let shown = browser.post(&page(), &next).text();
    assert!(
        shown.contains("value=\"acme/dave\"") && !shown.contains("id=\"organization\""),
        "{shown}"
    );
    let send = [("form_token", &*token), ("step", "code"), ("username", "acme/dave")];
    browser.post(&page(), &send);
    pollster::block_on(world.origin.send_outbox());
    assert_eq!(mailbox.last().to().address(), "dave@acme.example");
    let code = mailbox.last_code();
    let verify = [
        ("form_token", &*token),
        ("step", "code-verify"),
        ("username", "acme/dave"),
        ("code", &code),
    ];
    let done = browser.post(&page(), &verify);
    assert!(location(&done).contains("code="), "{}", done.text());
}
