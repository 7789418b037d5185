//! Every endpoint × every kind of caller, compared with a file that is reviewed.
//! `UPDATE_GOLDEN=1 cargo test authority::table` writes the file anew.

use std::{collections::BTreeMap, fmt::Write};

use hanzo_iam::core::request_head::RequestHead;
use http::Method;
use serde_json::Value;

use super::{
    callers::{Caller, GROUPS, LEGEND, world_and_callers},
    endpoints::{Row, rows},
    older,
};
use crate::{
    browser::{location, parameter},
    world::{Answer, Call, Image, World},
};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/authority.txt");

const SIGNS: &str = "\
+ done; in a list: * rows of every organization, + of the own one, o only the caller's own, - none
1 401, 3 403, 4 404; where WIRE documents it: 0 400, e an error in the envelope with status 200,
> the sign-in page, c a code for the client; . there is no such credential
";

/// An answer in one character.
fn sign(row: &Row, answer: &Answer) -> char {
    match answer.status().as_u16() {
        200 if answer.body()["status"] == "error" => 'e',
        200 if row.endpoint.starts_with("GET") && !row.endpoint.ends_with('}') => extent(answer),
        200..=299 => '+',
        303 => match parameter(&location(answer), "code") {
            Some(_) => 'c',
            None => '>',
        },
        400 => '0',
        401 => '1',
        403 => '3',
        404 => '4',
        405 => '5',
        _ => '?',
    }
}

/// How much a list shows, by the marks of the cast.
fn extent(answer: &Answer) -> char {
    let body = answer.body();
    let plurals = [
        "users",
        "keys",
        "applications",
        "organizations",
        "auditLogs",
        "teams",
        "roles",
        "permissions",
        "workspaces",
        "projects",
        "providers",
        "sessions",
        "tokens",
        "certs",
        "webauthnCredentials",
    ];
    let list = plurals.iter().find_map(|name| body[*name].as_array());
    let Some(list) = list else { return '+' };
    let is_of =
        |entry: &&Value, owner: &str| entry["organization"] == owner || entry["owner"] == owner;
    let hanzos = list.iter().filter(|entry| is_of(entry, "hanzo")).count();
    match list.len() {
        0 => '-',
        _ if hanzos > 0 && hanzos < list.len() => '*',
        1 => 'o',
        _ => '+',
    }
}

fn is_internal(row: &Row) -> bool {
    row.path.starts_with("/internal/")
}

/// The answer to `caller`, who has a copy of the world to spoil.
fn answer(image: &Image, row: &Row, method: Method, path: &str, caller: &Caller) -> Option<Answer> {
    let world = World::from_image(image);
    let mut call = caller.on(row.call(&world, method, path, caller.me))?;
    if path.starts_with("/v1/account/") && !call.request.method.is_safe() {
        // What a page of ours sends with it.
        let token = caller.on(world.get("/v1/account/csrf"))?.send().body();
        call = call.header("x-csrf-token", token["csrfToken"].as_str().unwrap_or_default());
    }
    Some(if is_internal(row) { through_the_door(&world, call) } else { call.send() })
}

/// As the origin's own host takes a request: without a hop.
fn through_the_door(world: &World, call: Call<'_>) -> Answer {
    let request = call.request;
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let target = format!("{}?{}", request.path, request.query);
    let head = RequestHead {
        method: request.method.as_str(),
        base: &request.base,
        path: &request.path,
        query: &request.query,
        target: &target,
        client_ip: "",
        headers,
    };
    Answer(pollster::block_on(world.origin.receive(&head, request.body)))
}

fn header() -> String {
    let (mut names, mut letters) = (String::new(), String::new());
    for (name, group) in GROUPS {
        let width = group.len().max(name.len());
        write!(names, " {name:width$}").unwrap();
        write!(letters, " {group:width$}").unwrap();
    }
    format!("{LEGEND}\n{SIGNS}\n{:72}{}\n{:72}{}\n", "", names.trim_end(), "", letters.trim_end())
}

/// What each caller gets. A sign that no line of the table has is a complaint.
fn signs(image: &Image, row: &Row, callers: &[Caller], complaints: &mut String) -> String {
    let mut signs = String::new();
    for caller in callers {
        let answer = answer(image, row, row.method(), &row.path, caller);
        let sign = answer.as_ref().map_or('.', |answer| sign(row, answer));
        if !"+*oc-.134".contains(sign) && !row.documented.contains(sign) {
            let text = answer.map(|answer| answer.text()).unwrap_or_default();
            writeln!(complaints, "{} {} {sign} {text}", row.endpoint, caller.name).unwrap();
        }
        signs.push(sign);
    }
    signs
}

/// What is refused with 409 if hanzo lives in another database than the caller: its reason is in the reply.
const DIVIDED: [&str; 2] = ["POST /v1/iam/invitations/accept", "POST /v1/iam/impersonate"];

/// What an organization has in another database is seen, done and refused as in the first.
#[test]
fn with_hanzo_in_a_second_database_every_caller_gets_the_same() {
    let (mut world, mut callers) = world_and_callers();
    // One kind of credential of each.
    for caller in &mut callers {
        if !caller.name.ends_with([' ', '-', 'f', 'F', 'b']) {
            caller.credential = None;
        }
    }
    let rows = rows(&world);
    world.second_database();
    crate::databases::moved(&world, 1, |_| {});
    let image = world.image();
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    let table = golden.lines().skip(header().lines().count());
    let mut complaints = String::new();
    for (row, expected) in rows.iter().zip(table) {
        if row.endpoint.ends_with("/database") {
            continue; // the move itself
        }
        let (mut odd, is_divided) = (String::new(), DIVIDED.contains(&row.endpoint));
        let signs = signs(&image, row, &callers, &mut odd);
        let line = line(row, &signs);
        let differs = |(now, then)| now != then && now != '.' && !(is_divided && now == '?');
        if line.chars().zip(expected.chars()).any(differs) {
            complaints.push_str(&odd);
            writeln!(complaints, "{expected}\n{line}").unwrap();
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn every_caller_gets_what_the_table_says_at_every_endpoint() {
    let (world, callers) = world_and_callers();
    let image = world.image();
    let rows = rows(&world);
    let mut table = header();
    let mut complaints = String::new();
    let mut first: BTreeMap<String, (&Row, String)> = BTreeMap::new();
    for row in &rows {
        let signs = signs(&image, row, &callers, &mut complaints);
        writeln!(table, "{}", line(row, &signs)).unwrap();
        for key in [row.endpoint.to_owned(), format!("{} {}", row.endpoint, row.about)] {
            first.entry(key).or_insert((row, signs.clone()));
        }
    }
    table.push_str(OLDER);
    for old in older::rows() {
        let (row, today) = &first[old.today];
        let (path, row) = (old.call(row), old.row(row));
        for (caller, today) in callers.iter().zip(today.chars()) {
            let answer = answer(&image, &row, old.method.clone(), &path, caller);
            let sign = answer.as_ref().map_or('.', |answer| sign(&row, answer));
            if outcome(sign) != outcome(today) && !(old.is_enveloped && sign == 'e') {
                let text = answer.map(|answer| answer.text()).unwrap_or_default();
                writeln!(complaints, "{} {} {sign} {text}", old.path, caller.name).unwrap();
            }
        }
        writeln!(table, "{} {} = {}", old.method, old.path, old.today).unwrap();
    }
    for &(other, today) in older::SAME {
        let (row, signs) = &first[today];
        let (method, path) = other.split_once(' ').unwrap();
        let path = if path.ends_with('}') { &*row.path } else { path };
        for (caller, today) in callers.iter().zip(signs.chars()) {
            let answer = answer(&image, row, method.parse().unwrap(), path, caller);
            let sign = answer.as_ref().map_or('.', |answer| sign(row, answer));
            if sign != today {
                writeln!(complaints, "{other} {} {sign}", caller.name).unwrap();
            }
        }
        writeln!(table, "{other} = {today}").unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &table).unwrap();
    }
    assert!(complaints.is_empty(), "not as documented:\n{complaints}");
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert!(table == golden, "review the difference and run with UPDATE_GOLDEN=1:\n{table}");
}

fn line(row: &Row, signs: &str) -> String {
    let mut signs = signs.chars();
    let mut line = format!("{:72}", format!("{} {}", row.endpoint, row.about).trim_end());
    for (name, group) in GROUPS {
        let cells: String = signs.by_ref().take(group.len()).collect();
        write!(line, " {cells:width$}", width = group.len().max(name.len())).unwrap();
    }
    line.trim_end().to_owned()
}

/// A list in the envelope does not show its extent, unlike the current endpoint's.
fn outcome(sign: char) -> char {
    if "*o-".contains(sign) { '+' } else { sign }
}

const OLDER: &str = "
Other spellings, which give every caller the same; a verb (get-, add-, …) has 400, 404 and 409 in
the envelope with status 200.
";

/// ATTACKS H-116: a caller who may not see an object does not learn whether it exists.
#[test]
fn a_refusal_does_not_tell_whether_the_object_exists() {
    let (world, callers) = world_and_callers();
    let image = world.image();
    let mut complaints = String::new();
    for row in &rows(&world) {
        let Some(nothing) = row.of_nothing() else { continue };
        for caller in &callers {
            let Some(existing) = answer(&image, row, row.method(), &row.path, caller) else {
                continue;
            };
            let read = answer(&image, row, Method::GET, &row.object, caller).unwrap();
            if read.status().is_success() {
                continue; // the caller may see it
            }
            if existing.status().is_success() && existing.body()["status"] != "error" {
                continue;
            }
            let missing = answer(&image, &nothing, row.method(), &nothing.path, caller).unwrap();
            let told = |answer: &Answer| {
                (
                    answer.status(),
                    answer.text(),
                    answer.header("www-authenticate").map(str::to_owned),
                )
            };
            let (existing, missing) = (named(told(&existing)), named(told(&missing)));
            if existing != missing {
                let call = format!("{} {} {}", row.endpoint, row.about, caller.name);
                writeln!(complaints, "{call}: {existing:?}, {missing:?}").unwrap();
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

/// Without the names that the call itself carried.
fn named<T>(told: (T, String, Option<String>)) -> (T, String, Option<String>) {
    let (status, text, challenge) = told;
    let text = ["nowhere", "hanzo", "acme", "admin"]
        .iter()
        .fold(text, |text, name| text.replace(&format!("organization {name}"), "organization"));
    (status, text, challenge)
}
