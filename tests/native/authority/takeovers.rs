//! The takeovers of the platform that once worked, step by step.

use hanzo_iam::core::token::Role;

use super::{
    attack::Attack,
    cast::{self, ACME, Person, WIDGET},
    steps::{Extra, Start, Step, UserChange},
};
use crate::world::World;

/// Makes every step, then demands that the attacker has come to nothing more.
fn gains_nothing_in(world: World, start: Start, steps: &[Step]) {
    let mut attack = Attack::begin(world, start).unwrap();
    for step in steps {
        attack.step(*step);
    }
    let findings = attack.findings();
    assert!(findings.0.is_empty(), "{}\n{findings}", attack.log.join("\n"));
}

fn gains_nothing(start: Start, steps: &[Step]) {
    gains_nothing_in(cast::world(), start, steps);
}

#[test]
fn a_tenants_client_does_not_carry_a_platform_administrators_authority() {
    gains_nothing(
        Start::Session(Person::Dave),
        &[
            Step::RegisterClient {
                with: 0,
                owner: "acme",
                organization: "acme",
                extra: Extra::Nothing,
            },
            Step::Link { victim: Person::Root, client: 6, scope: "openid", resource: false },
        ],
    );
}

#[test]
fn a_tenants_administrator_sets_no_secret_of_a_platform_client() {
    gains_nothing(
        Start::Session(Person::Alice),
        &[Step::AlterClient { with: 0, client: 1, change: Extra::Secret }],
    );
}

#[test]
fn a_service_account_is_not_the_client_that_it_signed_in_through() {
    gains_nothing(
        Start::Session(Person::Alice),
        &[
            Step::CreateUser {
                with: 0,
                owner: "hanzo",
                r#type: "service-account",
                is_admin: false,
            },
            Step::SignIn { user: 0, client: 1, scope: "openid" },
        ],
    );
}

/// Fault 22.
#[test]
fn a_narrow_key_that_expires_mints_no_unlimited_one() {
    gains_nothing(
        Start::Key { person: Person::Root, scope: "product:iam", expires: true },
        &[Step::MintKey { with: 0, person: Person::Root }],
    );
}

/// A third-party client is for signing in: its token opens nothing of the account but userinfo.
#[test]
fn a_third_partys_token_neither_reads_nor_changes_the_account() {
    gains_nothing(
        Start::Secret(WIDGET),
        &[
            Step::Link { victim: Person::Bob, client: 4, scope: "openid iam", resource: true },
            Step::Read { with: 1, what: 0 },
            Step::AlterAccount { with: 1 },
        ],
    );
}

/// A person of two organizations signs in to a client of one: the other's administrators gain
/// nothing by it.
#[test]
fn a_tenants_token_of_a_member_from_elsewhere_reaches_nothing_elsewhere() {
    let world = cast::world();
    world.join("hanzo", "alice", "acme", Role::Member);
    gains_nothing_in(
        world,
        Start::Secret(ACME),
        &[
            Step::Link { victim: Person::Alice, client: 2, scope: "openid iam", resource: true },
            Step::Read { with: 1, what: 0 },
            Step::AlterAccount { with: 1 },
            Step::MakeKey { with: 1, owner: "hanzo", of_organization: false, act: false },
            Step::MakeKey { with: 1, owner: "acme", of_organization: false, act: false },
        ],
    );
}

/// A member of a tenant who administers the platform is the platform's to change.
#[test]
fn a_tenants_administrator_neither_deletes_nor_demotes_a_platform_administrator() {
    let changes = [UserChange::Admin, UserChange::ServiceAccount, UserChange::Email];
    let person = Person::Bob;
    let alter = |change| Step::AlterUser { with: 0, person, change };
    let steps = changes.map(alter).into_iter().chain([Step::Delete { with: 0, what: 0 }]);
    let world = cast::world();
    world.join("hanzo", "bob", "admin", Role::Admin);
    gains_nothing_in(world, Start::Session(Person::Alice), &steps.collect::<Vec<_>>());
}
