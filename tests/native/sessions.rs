//! Browser sessions: several accounts, lifetimes, rotation, and what a planted cookie reaches.

use hanzo_iam::{
    core::session::proved_at,
    origin::{
        Trace,
        authn::session::{self, Begun, Current, Proved},
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
        },
        http::Request,
    },
    ports::Clock,
};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, location, parameter},
    oauth::{is_active, redeem, sql, text},
    revocation::is_refused,
    world::{ISSUER, PASSWORD, World},
};

const DAY: i64 = 24 * 3600;
const ACCOUNTS: &str = "__Host-hanzo_accounts";

/// A request of a browser with those cookies.
fn request(cookies: &str) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert("cookie", HeaderValue::from_str(cookies).unwrap());
    Request {
        method: Method::GET,
        base: ISSUER.to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        headers,
        body: Vec::new(),
        client_ip: "192.0.2.7".to_owned(),
        request_id: "r".to_owned(),
        trace: Trace::default(),
    }
}

fn current(world: &World, cookies: &str) -> Option<Current> {
    pollster::block_on(session::current(&world.origin, &request(cookies))).unwrap()
}

fn accounts(world: &World, cookies: &str) -> Vec<Current> {
    let request = request(cookies);
    pollster::block_on(session::accounts_everywhere(&world.origin, &request)).unwrap()
}

/// The names of the accounts of a browser, as the endpoint lists them.
fn names(world: &World, cookies: &str) -> Vec<String> {
    let listed = world.get("/v1/iam/accounts").header("cookie", cookies).send().ok();
    let name = |account: &Value| text(account, "name").to_owned();
    listed["data"].as_array().unwrap().iter().map(name).collect()
}

fn committed(world: &World, begun: &mut Begun) -> bool {
    let committed = pollster::block_on(commit(&world.origin, begun.change.take())).unwrap();
    begun.check(&committed).is_ok()
}

/// The cookies of a browser after it has set those, one a line.
fn after(before: &str, set: &str) -> String {
    let pairs = |text: &str| -> Vec<(String, String)> {
        let pair = |pair: &str| pair.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
        text.split("; ").filter_map(pair).collect()
    };
    let mut all = pairs(before);
    for line in set.lines() {
        let (name, value) = pairs(line.split(';').next().unwrap()).remove(0);
        all.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            all.push((name, value));
        }
    }
    all.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

fn sign_in<'a>(world: &'a World, name: &str) -> Browser<'a> {
    let mut browser = Browser::new(world);
    browser.sign_in(&[], name, PASSWORD);
    browser
}

/// The browser signs in to a further account.
fn sign_in_too(browser: &mut Browser<'_>, name: &str) {
    browser.sign_in(&[("prompt", "login")], name, PASSWORD);
}

fn value(browser: &Browser<'_>, name: &str) -> String {
    browser.cookies.iter().find(|(known, _)| known == name).unwrap().1.clone()
}

fn count(world: &World) -> usize {
    sql(world, "SELECT 1 AS one FROM sessions").len()
}

#[test]
fn another_account_of_the_browser_stays_signed_in_and_the_same_one_is_replaced() {
    let world = World::demo();
    let mut browser = sign_in(&world, "alice");
    let first = value(&browser, "hanzo_session");
    sign_in_too(&mut browser, "bob");
    assert_eq!(names(&world, &browser.cookie()), ["bob", "alice"]);
    assert!(current(&world, &format!("hanzo_session={first}")).is_some());
    sign_in_too(&mut browser, "alice");
    assert_eq!(names(&world, &browser.cookie()), ["alice", "bob"]);
    assert!(current(&world, &format!("hanzo_session={first}")).is_none());
    assert_eq!(count(&world), 2);
    assert_eq!(names(&world, "x=y"), [""; 0]);
}

#[test]
fn the_accounts_cookie_is_host_only_and_out_of_reach_of_scripts() {
    let world = World::demo();
    let body = json!({"type": "login", "application": "hanzo-app", "username": "bob",
        "password": PASSWORD});
    let answer = world.post("/v1/iam/login").json(&body).send();
    let set: Vec<&str> =
        answer.0.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
    let held = set.iter().find(|it| it.starts_with(ACCOUNTS)).unwrap();
    for attribute in ["; Path=/;", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(held.contains(attribute), "{held}");
    }
    assert!(!held.contains("Domain"));
}

#[test]
fn a_browser_keeps_five_further_accounts_and_the_oldest_ends() {
    let world = World::demo();
    for name in ["u1", "u2", "u3", "u4", "u5"] {
        let user = json!({"owner": "hanzo", "name": name});
        world.post("/v1/iam/users").of("alice").json(&user).send().ok();
    }
    sql(
        &world,
        "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE name = 'bob') \
         WHERE name LIKE 'u_'",
    );
    let mut browser = sign_in(&world, "alice");
    let first = value(&browser, "hanzo_session");
    for name in ["bob", "u1", "u2", "u3", "u4"] {
        sign_in_too(&mut browser, name);
    }
    assert_eq!(names(&world, &browser.cookie()), ["u4", "u3", "u2", "u1", "bob", "alice"]);
    sign_in_too(&mut browser, "u5");
    assert_eq!(names(&world, &browser.cookie()), ["u5", "u4", "u3", "u2", "u1", "bob"]);
    assert!(current(&world, &format!("hanzo_session={first}")).is_none());
}

#[test]
fn a_switch_of_the_account_makes_the_earlier_cookie_worthless() {
    let world = World::demo();
    let mut browser = sign_in(&world, "alice");
    sign_in_too(&mut browser, "bob");
    let cookies = browser.cookie();
    let chosen = accounts(&world, &cookies).pop().unwrap();
    let sid = chosen.session.id.clone();
    let mut begun = session::choose(&world.origin, &request(&cookies), chosen.clone());
    assert!(committed(&world, &mut begun));
    let cookies_after = after(&cookies, &begun.cookie);
    assert_eq!(names(&world, &cookies_after), ["alice", "bob"]);
    assert_eq!(current(&world, &cookies_after).unwrap().session.id, sid);
    // What was in the accounts' cookie before is dead; so is a second switch by what was read before.
    assert_eq!(names(&world, &cookies), ["bob"]);
    let mut again = session::choose(&world.origin, &request(&cookies), chosen);
    assert!(!committed(&world, &mut again));
    assert_eq!(names(&world, &cookies_after), ["alice", "bob"]);
}

#[test]
fn one_account_or_all_of_them_sign_out() {
    let world = World::demo();
    let mut browser = sign_in(&world, "alice");
    sign_in_too(&mut browser, "bob");
    let cookies = browser.cookie();
    let all = accounts(&world, &cookies);
    let out = session::sign_out(&world.origin, &request(&cookies), &all[1..]);
    pollster::block_on(commit(&world.origin, out.change)).unwrap();
    let cookies = after(&cookies, &out.cookie);
    assert_eq!(names(&world, &cookies), ["bob"]);
    assert_eq!(current(&world, &cookies).unwrap().person.user.name, "bob");
    let all = accounts(&world, &cookies);
    let out = session::sign_out(&world.origin, &request(&cookies), &all);
    pollster::block_on(commit(&world.origin, out.change)).unwrap();
    let cookies = after(&cookies, &out.cookie);
    assert!(!cookies.contains("hanzo_session") && !cookies.contains(ACCOUNTS), "{cookies}");
    assert_eq!(count(&world), 0);
}

#[test]
fn a_logout_ends_the_active_account_and_leaves_the_other_ones() {
    let world = World::demo();
    let mut browser = sign_in(&world, "alice");
    sign_in_too(&mut browser, "bob");
    browser.post("/v1/iam/oauth/logout", &[]);
    assert!(!browser.cookie().contains("hanzo_session"));
    assert_eq!(names(&world, &browser.cookie()), ["alice"]);
    assert!(current(&world, &browser.cookie()).is_none());
}

/// A neighbouring host sets `hanzo_session` for the whole domain. A `__Host-` cookie it cannot set.
#[test]
fn a_planted_session_never_becomes_an_account_of_the_browser() {
    let world = World::demo();
    let planted = value(&sign_in(&world, "bob"), "hanzo_session");
    let mut victim = Browser::new(&world);
    victim.cookies.push(("hanzo_session".to_owned(), planted.clone()));
    sign_in_too(&mut victim, "alice");
    assert_eq!(names(&world, &victim.cookie()), ["alice"]);
    assert!(!value(&victim, ACCOUNTS).contains(&planted));
    assert!(current(&world, &format!("hanzo_session={planted}")).is_none());
}

#[test]
fn a_planted_session_beside_the_own_one_is_neither_taken_nor_kept() {
    let world = World::demo();
    let planted = value(&sign_in(&world, "bob"), "hanzo_session");
    let mut victim = sign_in(&world, "alice");
    let both = format!("hanzo_session={planted}; {}", victim.cookie());
    assert!(current(&world, &both).is_none(), "two valid sessions count as none");
    assert_eq!(names(&world, &both), ["alice"]);
    victim.cookies.push(("hanzo_session".to_owned(), planted.clone()));
    sign_in_too(&mut victim, "alice");
    let still = format!("hanzo_session={planted}; {}", victim.cookie());
    assert_eq!(current(&world, &still).unwrap().person.user.name, "alice");
}

#[test]
fn a_planted_accounts_cookie_counts_for_nothing() {
    let world = World::demo();
    let planted = value(&sign_in(&world, "bob"), "hanzo_session");
    let victim = sign_in(&world, "alice");
    for cookie in [
        format!("hanzo_accounts={planted}; {}", victim.cookie()),
        format!("{}; {ACCOUNTS}={planted}", victim.cookie()),
        format!("{ACCOUNTS}={planted}; {}", victim.cookie()),
    ] {
        assert_eq!(names(&world, &cookie), ["alice"], "{cookie}");
    }
    // A session that is not bob's own, and texts that are none.
    let forged = format!("{}x", planted.get(..planted.len() - 1).unwrap());
    for text in [forged.as_str(), "~~~", "a.b.c~", &"x".repeat(5000)] {
        let cookie =
            format!("hanzo_session={}; {ACCOUNTS}={text}", value(&victim, "hanzo_session"));
        assert_eq!(names(&world, &cookie), ["alice"], "{text}");
    }
}

#[test]
fn a_session_that_is_not_used_ends_and_one_that_is_used_lives_for_two_weeks() {
    let world = World::demo();
    let idle = sign_in(&world, "alice").cookie();
    let used = sign_in(&world, "bob").cookie();
    for _ in 0..6 {
        world.clock.advance(2 * DAY);
        assert!(current(&world, &used).is_some());
    }
    assert!(current(&world, &idle).is_none());
    world.clock.advance(2 * DAY - 1);
    assert!(current(&world, &used).is_some());
    world.clock.advance(1);
    assert!(current(&world, &used).is_none());
}

#[test]
fn an_idle_session_is_not_listed_and_is_purged() {
    let world = World::demo();
    sign_in(&world, "bob");
    world.clock.advance(3 * DAY);
    let listed = world.get("/v1/iam/sessions").of("bob").send().ok();
    assert_eq!(listed, json!({"sessions": []}));
    assert_eq!(count(&world), 1);
    world.clock.advance(3600);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(count(&world), 0);
}

#[test]
fn a_use_is_written_once_an_hour_with_its_address() {
    let world = World::demo();
    let cookie = sign_in(&world, "bob").cookie();
    let row = || sql(&world, "SELECT * FROM sessions").remove(0);
    let begun = row();
    world.clock.advance(3599);
    current(&world, &cookie).unwrap();
    assert_eq!(row(), begun);
    world.clock.advance(1);
    current(&world, &cookie).unwrap();
    let noted = row();
    assert_eq!(noted["used_at"], json!(world.clock.now().0));
    assert_eq!(noted["used_address"], "192.0.2.7");
    assert_eq!(noted["address"], begun["address"]);
    world.clock.advance(3599);
    current(&world, &cookie).unwrap();
    assert_eq!(row(), noted);
}

/// A read is not refused for a move, and a use is not noted behind the copy.
#[test]
fn a_session_is_read_while_its_organization_is_moved() {
    let mut world = World::demo();
    let cookie = sign_in(&world, "bob").cookie();
    let used = |world: &World| {
        sql(world, "SELECT used_at FROM sessions").pop().map(|row| row["used_at"].clone())
    };
    let begun = used(&world);
    let _second = world.second_database();
    world.clock.advance(7200);
    crate::databases::moved_of(&world, "hanzo", 1, |state| {
        let answer = world.get("/v1/iam/whoami").header("cookie", &cookie).send().ok();
        assert_eq!(answer["status"], "ok", "{state}");
        if state == "copying" {
            assert_eq!(used(&world), begun);
        }
    });
}

#[test]
fn an_organization_sets_both_limits_within_bounds() {
    let world = World::demo();
    let path = "/v1/iam/organizations/admin/hanzo";
    for (name, seconds) in [
        ("sessionIdleTime", json!(899)),
        ("sessionLifetime", json!(0)),
        ("sessionLifetime", json!(90 * DAY + 1)),
        ("sessionIdleTime", json!(-1)),
        ("sessionIdleTime", json!("900")),
    ] {
        let sent = json!({ name: seconds });
        world.put(path).of("root").json(&sent).send().refused(400);
    }
    let before = sign_in(&world, "bob").cookie();
    let sent = json!({"sessionIdleTime": 900, "sessionLifetime": 7200});
    let stored = world.put(path).of("root").json(&sent).send().ok();
    assert_eq!(stored["sessionIdleTime"], 900);
    // Those that have begun are bound too.
    world.clock.advance(899);
    assert!(current(&world, &before).is_some());
    world.clock.advance(900);
    assert!(current(&world, &before).is_none());
    let after = sign_in(&world, "bob").cookie();
    for _ in 0..9 {
        world.clock.advance(720);
        assert!(current(&world, &after).is_some());
    }
    world.clock.advance(720);
    assert!(current(&world, &after).is_none());
    // The default is in force again.
    let sent = json!({"sessionIdleTime": null, "sessionLifetime": null});
    world.put(path).of("root").json(&sent).send().ok();
    let later = sign_in(&world, "bob").cookie();
    world.clock.advance(2 * DAY);
    assert!(current(&world, &later).is_some());
}

#[test]
fn a_person_sees_where_and_with_what_a_session_began() {
    let world = World::demo();
    let body = json!({"type": "login", "application": "hanzo-app", "username": "bob",
        "password": PASSWORD});
    let call = world.post("/v1/iam/login").json(&body).header("cf-ipcountry", "PT");
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
    call.header("user-agent", agent).send().ok();
    let listed = world.get("/v1/iam/sessions").of("bob").send().ok();
    let session = &listed["sessions"][0]["sessions"][0];
    assert_eq!(session["device"], "Firefox on Linux");
    assert_eq!((&session["country"], &session["usedCountry"]), (&json!("PT"), &json!("PT")));
    assert_eq!(session["factors"][0]["method"], "pwd");
}

/// The step-up of a session with live tokens.
fn stepped_up(world: &World, cookies: &str) -> Begun {
    let current = current(world, cookies).unwrap();
    let proved = Proved { methods: &["otp", "mfa"], seconds: &[], acr: "urn:hanzo:2" };
    let change = Change::unrecorded(Unrecorded::Step);
    session::rotated(&world.origin, &request(cookies), current, change, proved)
}

#[test]
fn a_step_up_goes_on_with_the_session_under_another_secret() {
    let world = World::demo();
    let before = sign_in(&world, "bob").cookie();
    let start = world.clock.now();
    world.clock.advance(600);
    let mut begun = stepped_up(&world, &before);
    assert!(committed(&world, &mut begun));
    let cookies = after(&before, &begun.cookie);
    assert!(current(&world, &before).is_none(), "the earlier cookie is worth nothing");
    let Current { session, .. } = current(&world, &cookies).unwrap();
    assert_eq!(session.methods, ["pwd", "otp", "mfa"]);
    assert_eq!(session.acr, "urn:hanzo:2");
    assert_eq!(session.authenticated_at, world.clock.now());
    assert_eq!(proved_at(&session.factors, &["pwd"]), Some(start));
    assert_eq!(proved_at(&session.factors, &["otp"]), Some(world.clock.now()));
    assert_eq!(session.created_at, start, "the session ends when it would have ended");
}

#[test]
fn of_two_step_ups_at_once_one_counts() {
    let world = World::demo();
    let cookies = sign_in(&world, "bob").cookie();
    let (mut first, mut second) = (stepped_up(&world, &cookies), stepped_up(&world, &cookies));
    assert!(committed(&world, &mut first));
    assert!(!committed(&world, &mut second));
    assert!(current(&world, &after(&cookies, &first.cookie)).is_some());
    assert!(current(&world, &after(&cookies, &second.cookie)).is_none());
}

#[test]
fn a_session_that_ended_meanwhile_is_not_stepped_up() {
    let world = World::demo();
    let cookies = sign_in(&world, "bob").cookie();
    for end in ["DELETE FROM sessions", "UPDATE users SET is_forbidden = 1 WHERE name = 'bob'"] {
        let image = World::from_image(&world.image());
        let mut begun = stepped_up(&image, &cookies);
        sql(&image, end);
        assert!(!committed(&image, &mut begun), "{end}");
        assert!(current(&image, &after(&cookies, &begun.cookie)).is_none());
    }
}

#[test]
fn tokens_from_before_a_step_up_live_on_and_end_with_the_session() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let to = location(&browser.sign_in(&[], "bob", PASSWORD));
    let given = redeem(&world, &parameter(&to, "code").unwrap()).ok();
    let cookies = browser.cookie();
    let mut begun = stepped_up(&world, &cookies);
    assert!(committed(&world, &mut begun));
    assert!(is_active(&world, &given) && !is_refused(&world, &given));
    let path = format!("/v1/iam/sessions/hanzo/bob/-?sessionId={}", begun.current.session.id);
    world.delete(&path).of("bob").send().ok();
    assert!(!is_active(&world, &given) && is_refused(&world, &given));
    assert!(current(&world, &after(&cookies, &begun.cookie)).is_none());
}
