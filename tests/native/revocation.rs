//! What the tests of the revocation feed have in common: an edge that reads it.

use hanzo_iam::core::revocation::{Feed, Page, Sequence, Subject};
use serde_json::Value;

use crate::{
    oauth::{read, sql, text},
    world::World,
};

/// A page of the feed.
pub fn page(world: &World, epoch: u64, after: u64) -> Page {
    let answer = world.get(&format!("/internal/revocations?epoch={epoch}&after={after}")).send();
    assert_eq!(answer.status().as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    Page::from_bytes(answer.0.body()).unwrap()
}

/// Reads what is new into `feed`, as an edge does.
pub fn follow(world: &World, feed: &mut Feed) {
    loop {
        let (epoch, after) = feed.position();
        let page = page(world, epoch, after);
        let more = page.more;
        feed.apply(&page, world.origin.clock.now());
        if !more && feed.position().0 == page.epoch && epoch == page.epoch {
            return;
        }
    }
}

/// What an edge knows that has just started.
pub fn feed(world: &World) -> Feed {
    let mut feed = Feed::default();
    follow(world, &mut feed);
    feed
}

/// Whether an edge with that feed refuses the token.
pub fn refuses(feed: &Feed, token: &str) -> bool {
    let (header, claims) = read(token);
    let claim = |name: &str| claims[name].as_str().unwrap_or_default();
    let issued = Sequence(claims["seq"].as_u64().unwrap_or_default());
    let orgs = claims["orgs"].as_array().into_iter().flatten();
    let mut subjects = vec![
        Subject::Token(claim("jti")),
        Subject::Grant(claim("gid")),
        Subject::Session(claim("sid")),
        Subject::SigningKey(header["kid"].as_str().unwrap()),
        Subject::User(claim("sub")),
        Subject::Application(claim("azp")),
        Subject::Organization(claim("owner")),
        Subject::Everything,
    ];
    subjects.extend(orgs.map(|role| Subject::Organization(role["org"].as_str().unwrap())));
    subjects.iter().any(|subject| feed.is_revoked(*subject, issued))
}

/// Whether an edge that has just started refuses the access token of an answer.
pub fn is_refused(world: &World, tokens: &Value) -> bool {
    refuses(&feed(world), text(tokens, "access_token"))
}

/// All entries, in order: kind, id and cause.
pub fn entries(world: &World) -> Vec<(String, String, String)> {
    let text =
        |row: &serde_json::Map<String, Value>, name: &str| row[name].as_str().unwrap().to_owned();
    sql(world, "SELECT * FROM revocations ORDER BY seq")
        .iter()
        .map(|row| (text(row, "kind"), text(row, "id"), text(row, "cause")))
        .collect()
}
