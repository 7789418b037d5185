//! The languages of the pages: which one a person gets, and that it stays through the steps.

use hanzo_iam::{
    core::{locale::Language, time::UnixTime},
    origin::pages::text::{Account, Common, Messages, Signin},
};
use http::StatusCode;

use crate::{
    browser::{Browser, form_token, location, query},
    codes::with_codes,
    oauth::sql,
    world::{Answer, ISSUER, PASSWORD, START, World},
};

fn sign_in_page(ui_locales: &str) -> String {
    format!("/login/oauth/authorize?{}", query(&[("ui_locales", ui_locales)]))
}

fn is_in(page: &str, language: Language) {
    let (tag, direction) = (language.tag(), language.direction());
    let root = format!("<html lang=\"{tag}\" dir=\"{direction}\"");
    assert!(page.contains(&root), "{tag}: {page}");
}

/// The addresses to which the foot of a page leads, by language.
fn choices(page: &str) -> Vec<(Language, String)> {
    let foot = page.split_once("<footer>").expect("a foot").1;
    let mut found = Vec::new();
    for language in Language::ALL {
        let name = format!(">{}</a>", language.name());
        let Some((before, _)) = foot.split_once(&name) else { continue };
        let address = before.rsplit_once("href=\"").unwrap().1.split('"').next().unwrap();
        found.push((language, address.replace("&amp;", "&")));
    }
    found
}

fn post(
    browser: &mut Browser<'_>,
    address: &str,
    page: &Answer,
    fields: &[(&str, &str)],
) -> Answer {
    let token = form_token(&page.text());
    let form: Vec<(&str, &str)> =
        [("form_token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
    browser.post(address, &form)
}

/// The address to which the first form of a page posts.
fn action(page: &str) -> String {
    let (_, after) = page.split_once("action=\"").expect("a form");
    after.split('"').next().unwrap().replace("&amp;", "&")
}

#[test]
fn the_sign_in_page_is_in_the_language_that_the_request_or_the_browser_asks_for() {
    let world = World::demo();
    for language in Language::ALL {
        let tag = language.tag();
        let asked = world.get(&sign_in_page(tag)).header("accept-language", "xx, en;q=0.5");
        let accepted = format!("xx, {tag}-XX;q=0.9, en;q=0.5");
        let plain = format!("/login/oauth/authorize?{}", query(&[]));
        let accepted = world.get(&plain).header("accept-language", &accepted);
        for answer in [asked.send(), accepted.send()] {
            let page = answer.text();
            is_in(&page, language);
            let texts = Signin::of(language);
            for text in [texts.sign_in, texts.login, texts.password] {
                assert!(page.contains(&format!(">{text}</")), "{tag}: {text}");
            }
        }
    }
    let both = world.get(&sign_in_page("xx de-AT ja")).header("accept-language", "ar").send();
    is_in(&both.text(), Language::German);
}

#[test]
fn each_page_leads_to_itself_in_every_other_language_by_its_own_name() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    for language in Language::ALL {
        let page = browser.get(&sign_in_page(language.tag())).text();
        let choices = choices(&page);
        let others: Vec<Language> = choices.iter().map(|(other, _)| *other).collect();
        let expected: Vec<Language> =
            Language::ALL.into_iter().filter(|other| *other != language).collect();
        assert_eq!(others, expected);
        for (other, address) in choices {
            assert_eq!(address.matches("ui_locales=").count(), 1, "{address}");
            is_in(&browser.get(&address).text(), other);
        }
    }
}

#[test]
fn the_language_stays_after_a_wrong_password_and_can_be_changed_there() {
    let world = World::demo();
    for language in Language::ALL {
        let mut browser = Browser::new(&world);
        let address = sign_in_page(language.tag());
        let form = browser.get(&address);
        let posts_to = action(&form.text());
        let wrong = [("username", "bob"), ("password", "not the password")];
        let refused = post(&mut browser, &posts_to, &form, &wrong);
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let page = refused.text();
        is_in(&page, language);
        assert!(page.contains(Signin::of(language).wrong), "{page}");
        assert_eq!(action(&page), posts_to);
        let (other, elsewhere) = choices(&page).remove(3);
        is_in(&browser.get(&elsewhere).text(), other);
        world.clock.advance(3600);
    }
}

#[test]
fn the_language_stays_when_the_endpoint_leads_to_the_page_and_the_page_onward() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let page = location(&browser.authorize(&[("ui_locales", "ja")]));
    let form = browser.get(&page);
    is_in(&form.text(), Language::Japanese);
    let signed_in = [("username", "alice"), ("password", PASSWORD)];
    let onward = post(&mut browser, &page, &form, &signed_in).text();
    is_in(&onward, Language::Japanese);
    assert!(onward.contains(Common::of(Language::Japanese).redirected), "{onward}");
}

#[test]
fn the_language_stays_while_a_device_is_connected() {
    let world = World::demo();
    crate::signin_device::waiting(&world, "hanzo-app", "openid", UnixTime(START.0 + 900));
    let mut browser = Browser::new(&world);
    let asks = browser.get("/login/oauth/device?ui_locales=fr").text();
    is_in(&asks, Language::French);
    assert!(asks.contains("<input type=\"hidden\" name=\"ui_locales\" value=\"fr\">"), "{asks}");
    let page = location(&browser.get("/login/oauth/device?ui_locales=fr&code=ABCDEFGH"));
    let form = browser.get(&page);
    is_in(&form.text(), Language::French);
    let signed_in = [("username", "alice"), ("password", PASSWORD)];
    let page = location(&post(&mut browser, &action(&form.text()), &form, &signed_in));
    let decision = browser.get(&page);
    is_in(&decision.text(), Language::French);
    let allowed =
        post(&mut browser, &action(&decision.text()), &decision, &[("decision", "allow")]);
    is_in(&allowed.text(), Language::French);
    assert!(allowed.text().contains(Signin::of(Language::French).device_connected));
}

#[test]
fn the_language_stays_when_a_person_signs_out() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let asks = browser.get("/v1/iam/oauth/logout?ui_locales=de").text();
    is_in(&asks, Language::German);
    let signs_out = world
        .post(&action(&asks))
        .header("cookie", &browser.cookie())
        .header("origin", ISSUER)
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .form(&[]);
    let onward = browser.keep(signs_out.send());
    is_in(&onward.text(), Language::German);
    let landing = location(&onward);
    let (_, path) = landing.split_once("/login").unwrap();
    let page = browser.get(&format!("/login{path}")).text();
    is_in(&page, Language::German);
    assert!(page.contains(Signin::of(Language::German).signed_out), "{page}");
}

#[test]
fn the_language_stays_from_the_sign_in_through_the_account_pages() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let page = location(&browser.get("/account/keys?ui_locales=pt"));
    let form = browser.get(&page);
    is_in(&form.text(), Language::Portuguese);
    let wrong = [("username", "hanzo/alice"), ("password", "not the password")];
    let refused = post(&mut browser, &action(&form.text()), &form, &wrong);
    assert!(refused.text().contains(Signin::of(Language::Portuguese).wrong));
    let signed_in = [("username", "hanzo/alice"), ("password", PASSWORD)];
    let page = location(&post(&mut browser, &action(&form.text()), &form, &signed_in));
    assert_eq!(page, "/account/keys?ui_locales=pt");
    let keys = browser.get(&page).text();
    is_in(&keys, Language::Portuguese);
    assert!(keys.contains(Account::of(Language::Portuguese).keys_why), "{keys}");
    for address in ["/account/profile?ui_locales=pt", "/account/delete?ui_locales=pt"] {
        assert!(keys.contains(&format!("href=\"{address}\"")), "{keys}");
    }
    let profile = browser.get("/account/profile?ui_locales=pt");
    let changed = [("display_name", "Alice"), ("language", "ja")];
    let saved = post(&mut browser, &action(&profile.text()), &profile, &changed);
    is_in(&browser.get(&location(&saved)).text(), Language::Portuguese);
    // Without a language in the address it is the one that the person has chosen.
    is_in(&browser.get("/account").text(), Language::Japanese);
}

#[test]
fn a_code_is_sent_in_the_language_of_the_page_and_a_notice_in_the_one_that_the_person_chose() {
    let (world, mailbox) = with_codes();
    sql(
        &world,
        "UPDATE users SET attributes = json_set(attributes, '$.language', 'ja') WHERE name = 'bob'",
    );
    let mut browser = Browser::new(&world);
    let address = sign_in_page("de");
    let mut page = browser.get(&address);
    let bob = ("username", "bob");
    for (step, form) in [("forgot", vec![]), ("forgot-send", vec![bob])] {
        page = post(&mut browser, &address, &page, &[&[("step", step)], &form[..]].concat());
        is_in(&page.text(), Language::German);
    }
    let code = mailbox.last_code();
    let subject = Messages::of(Language::German).reset_subject.replace("{code}", &code);
    assert_eq!(mailbox.last().subject(), subject);
    let proof = [("step", "forgot-verify"), bob, ("code", &*code)];
    let proven = post(&mut browser, &address, &page, &proof);
    let new = [("step", "forgot-save"), bob, ("password", "a rather different passphrase")];
    let saved = post(&mut browser, &address, &proven, &new);
    assert!(saved.text().contains(Signin::of(Language::German).password_changed));
    assert_eq!(mailbox.last().subject(), Messages::of(Language::Japanese).password_subject);
}

#[test]
fn a_page_in_arabic_reads_from_right_to_left_and_its_style_follows() {
    let world = World::demo();
    let page = world.get(&sign_in_page("ar")).send().text();
    is_in(&page, Language::Arabic);
    let style = page.split_once("<style").unwrap().1.split("</style>").next().unwrap();
    for physical in ["-left", "-right", "left:", "right:", ":left", ":right", "float:"] {
        assert!(!style.contains(physical), "{physical}");
    }
    let (rule, _) = style.split_once("{direction:ltr;unicode-bidi:isolate}").expect("a rule");
    let selectors = rule.rsplit('}').next().unwrap();
    for kept in [".code,", ".key,", ".codes,", "input.digits,", "[type=email]", "[type=tel]"] {
        assert!(selectors.contains(kept), "{kept}: {selectors}");
    }
    // The names of the languages keep their own direction.
    assert!(page.contains("lang=\"en\" dir=\"ltr\""), "{page}");
}

#[test]
fn a_browser_shows_a_refusal_as_a_page_and_a_program_gets_its_text() {
    let world = World::demo();
    let asked = || world.get("/login/oauth/authorize?client_id=unknown&ui_locales=de");
    let program = asked().send();
    assert_eq!(
        (program.status(), program.text()),
        (StatusCode::BAD_REQUEST, "the client is unknown".to_owned())
    );
    let browser = asked().header("accept", "text/html,*/*;q=0.8").send();
    assert_eq!(browser.status(), StatusCode::BAD_REQUEST);
    let page = browser.text();
    is_in(&page, Language::German);
    assert!(page.contains("<p class=\"alert\" lang=\"en\" dir=\"ltr\">the client is unknown</p>"));
    assert_eq!(choices(&page).len(), Language::ALL.len() - 1);
}
