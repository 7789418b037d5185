//! Random attackers in random worlds.

use std::fmt;

use hanzo_iam::core::token::Role;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{
    attack::Attack,
    cast::{self, ACME, APP, CLOUD, Client, DESK, Person, TOOL, WIDGET},
    oracle::Findings,
    steps::{DELETES, Extra, HOME, READS, Start, Step, UserChange},
};
use crate::world::World;

/// Further memberships, what the attacker begins with, and what the attacker does.
#[derive(Clone)]
struct Case {
    memberships: Vec<(Person, &'static str, Role)>,
    start: Start,
    steps: Vec<Step>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}, {:?}", self.memberships, self.start)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "    {step:?},"))
    }
}

fn world_of(memberships: &[(Person, &str, Role)]) -> World {
    let world = cast::world();
    for (person, organization, role) in memberships {
        world.join(person.owner(), person.name(), organization, *role);
    }
    world
}

fn people() -> impl Strategy<Value = Person> {
    select(Person::ALL.to_vec())
}

/// Attackers exclude the platform's administrator, who may do everything.
fn attackers() -> impl Strategy<Value = Person> {
    use Person::{Alice, Bob, Dave, Erin, Mia};
    select(vec![Dave, Alice, Dave, Alice, Mia, Bob, Erin])
}

/// An organization; [`HOME`] more often than another one.
fn places() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just(HOME), 2 => organizations()]
}

fn organizations() -> impl Strategy<Value = &'static str> {
    select(vec!["acme", "hanzo", "admin"])
}

fn memberships() -> impl Strategy<Value = Vec<(Person, &'static str, Role)>> {
    let roles = select(vec![Role::Member, Role::Admin, Role::Owner]);
    let elsewhere = |(person, organization, _): &(Person, &str, Role)| {
        person.owner() != *organization && *person != Person::Root
    };
    prop::collection::vec((people(), organizations(), roles).prop_filter("home", elsewhere), 0..4)
        .prop_map(|mut list| {
            list.sort_by_key(|(person, organization, _)| (*person, *organization));
            list.dedup_by_key(|(person, organization, _)| (*person, *organization));
            list
        })
}

fn starts() -> impl Strategy<Value = Start> {
    let clients = select(vec![APP, CLOUD, ACME, DESK, WIDGET, TOOL]);
    let secrets: Vec<Client> = vec![ACME, DESK, WIDGET];
    let scopes = select(vec!["openid", "openid profile iam", "openid iam:read"]);
    let limits = select(vec!["", "read:*", "product:echo", "product:iam", "model:zen5"]);
    prop_oneof![
        4 => attackers().prop_map(Start::Session),
        2 => (attackers(), clients, scopes)
            .prop_map(|(person, client, scope)| Start::Token { person, client, scope }),
        3 => (people(), limits, any::<bool>())
            .prop_map(|(person, scope, expires)| Start::Key { person, scope, expires }),
        1 => select(secrets).prop_map(Start::Secret),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let held = || 0_usize..4;
    // the seeded clients, and twice as often those that the attacker registered
    let place = || prop_oneof![1 => 0_usize..6, 2 => 6_usize..8];
    let scope = || select(vec!["openid", "openid iam", "openid profile iam:read"]);
    let extras = || {
        select(vec![
            Extra::Nothing,
            Extra::Secret,
            Extra::Redirect,
            Extra::Public,
            Extra::Scopes,
            Extra::Resource,
            Extra::Shared,
            Extra::Capabilities,
            Extra::FirstParty,
            Extra::WithoutSecret,
            Extra::Grants,
        ])
    };
    let kinds = select(vec!["normal-user", "service-account", "application"]);
    let changes = select(vec![
        UserChange::Email,
        UserChange::Password,
        UserChange::Admin,
        UserChange::ServiceAccount,
    ]);
    prop_oneof![
        3 => (held(), places(), places(), extras()).prop_map(
            |(with, owner, organization, extra)| {
                Step::RegisterClient { with, owner, organization, extra }
            }
        ),
        3 => (held(), place(), extras())
            .prop_map(|(with, client, change)| Step::AlterClient { with, client, change }),
        2 => (held(), places(), kinds, any::<bool>()).prop_map(
            |(with, owner, r#type, is_admin)| Step::CreateUser { with, owner, r#type, is_admin }
        ),
        2 => (held(), people(), changes)
            .prop_map(|(with, person, change)| Step::AlterUser { with, person, change }),
        2 => (held(), places(), any::<bool>(), any::<bool>()).prop_map(
            |(with, owner, of_organization, act)| {
                Step::MakeKey { with, owner, of_organization, act }
            }
        ),
        2 => (held(), people()).prop_map(|(with, person)| Step::MintKey { with, person }),
        1 => (held(), people()).prop_map(|(with, person)| Step::WidenKey { with, person }),
        4 => (people(), place(), scope(), any::<bool>()).prop_map(
            |(victim, client, scope, resource)| Step::Link { victim, client, scope, resource }
        ),
        3 => (0_usize..2, place(), scope())
            .prop_map(|(user, client, scope)| Step::SignIn { user, client, scope }),
        2 => (held(), place(), scope(), any::<bool>()).prop_map(
            |(with, client, scope, resource)| Step::Authorize { with, client, scope, resource }
        ),
        1 => (0_usize..3, select(vec!["", "openid iam"]))
            .prop_map(|(token, scope)| Step::Refresh { token, scope }),
        2 => (held(), held(), any::<bool>())
            .prop_map(|(with, subject, resource)| Step::Exchange { with, subject, resource }),
        1 => (held(), any::<bool>())
            .prop_map(|(with, resource)| Step::ClientToken { with, resource }),
        1 => (held(), 0_usize..2, scope())
            .prop_map(|(with, user, scope)| Step::PasswordGrant { with, user, scope }),
        1 => held().prop_map(|with| Step::CreateOrganization { with }),
        1 => held().prop_map(|with| Step::AlterAccount { with }),
        2 => (held(), 0..READS.len()).prop_map(|(with, what)| Step::Read { with, what }),
        1 => (held(), 0..DELETES.len()).prop_map(|(with, what)| Step::Delete { with, what }),
    ]
}

fn cases() -> impl Strategy<Value = Case> {
    (memberships(), starts(), prop::collection::vec(steps(), 1..8))
        .prop_map(|(memberships, start, steps)| Case { memberships, start, steps })
}

fn findings(case: &Case) -> (Findings, String) {
    let Some(mut attack) = Attack::begin(world_of(&case.memberships), case.start) else {
        return (Findings::default(), String::new());
    };
    for step in &case.steps {
        attack.step(*step);
    }
    (attack.findings(), attack.log.join("\n"))
}

/// For any sequence of calls: the attacker reads and changes only objects that the people behind
/// their credentials may, and obtains no credential that opens more than those they began with.
///
/// The cases are the same in every run. To search further:
/// `AUTHORITY_SEED=7 PROPTEST_CASES=2000 cargo test no_sequence_of_calls`.
#[test]
fn no_sequence_of_calls_gives_more_than_its_credentials() {
    let number = |name: &str, default: u32| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let config = Config {
        cases: number("PROPTEST_CASES", 32),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let seed = number("AUTHORITY_SEED", 1).to_le_bytes().repeat(8);
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let outcome = TestRunner::new_with_rng(config, random).run(&cases(), |case| {
        let (findings, log) = findings(&case);
        prop_assert!(findings.0.is_empty(), "{log}\n{findings}");
        Ok(())
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
}
