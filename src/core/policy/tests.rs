//! The rules of the decision as examples and as properties.

use proptest::prelude::*;

use super::*;
use crate::core::{apikey::KeyScope, time::UnixTime, token::Role};

const NOW: UnixTime = UnixTime(1_800_000_000);

fn permission(effect: Effect, resources: &[&str], actions: &[&str]) -> Permission {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Permission {
        name: format!("{effect:?}-{}", resources.join("-")),
        effect,
        standing: Standing::Active,
        resource_type: String::new(),
        resources: texts(resources),
        actions: texts(actions),
        narrowing: Narrowing::default(),
        users: vec![("u".to_owned(), None)],
        groups: Vec::new(),
        roles: Vec::new(),
        expires_at: None,
    }
}

fn group(kind: GroupKind, name: &str, member_of: &[usize]) -> Group {
    let member_of = member_of.iter().map(|&group| Assignment { group, expires_at: None }).collect();
    let (standing, narrowing) = (Standing::Active, Narrowing::default());
    Group { kind, name: name.to_owned(), standing, narrowing, member_of }
}

fn only_group(permission: &mut Permission, group: usize) {
    permission.users.clear();
    permission.groups.push(Assignment { group, expires_at: None });
}

fn only_role(permission: &mut Permission, role: Role) {
    permission.users.clear();
    permission.roles.push((role, None));
}

fn policy(groups: Vec<Group>, of_user: &[usize], permissions: Vec<Permission>) -> Policy {
    let own = of_user.iter().map(|&group| Assignment { group, expires_at: None }).collect();
    Policy { groups, users: vec![("u".to_owned(), own)], permissions }
}

fn member() -> Subject<'static> {
    Subject { user: "u", role: Some(Role::Member), limits: Limits::default() }
}

fn question<'a>(action: &'a [&'a str], names: &'a [&'a str]) -> Question<'a> {
    Question { actions: action, resource_type: None, names, place: Place::default() }
}

fn reason(policy: &Policy, action: &str, name: &str) -> Reason {
    policy.decide(&member(), &question(&[action], &[name]), NOW).reason
}

#[test]
fn nothing_is_allowed_by_default() {
    assert_eq!(reason(&Policy::default(), "read", "a"), Reason::NotGranted);
}

#[test]
fn a_deny_overrides_every_allow() {
    let allow = permission(Effect::Allow, &["*"], &["*"]);
    let deny = permission(Effect::Deny, &["secret/*"], &["write"]);
    for permissions in [vec![allow.clone(), deny.clone()], vec![deny, allow]] {
        let policy = policy(Vec::new(), &[], permissions);
        assert_eq!(reason(&policy, "write", "secret/a"), Reason::Denied);
        assert_eq!(reason(&policy, "read", "secret/a"), Reason::Allowed);
        assert_eq!(reason(&policy, "write", "other"), Reason::Allowed);
    }
}

#[test]
fn a_member_of_a_member_is_a_member_and_the_way_is_told() {
    let groups = vec![
        group(GroupKind::Team, "builders", &[1]),
        group(GroupKind::Team, "engineering", &[2]),
        group(GroupKind::Role, "deployer", &[]),
    ];
    let mut allow = permission(Effect::Allow, &["site"], &["deploy"]);
    only_group(&mut allow, 2);
    let policy = policy(groups, &[0], vec![allow]);
    let asked = question(&["deploy"], &["site"]);
    let decision = policy.decide(&member(), &asked, NOW);
    assert!(decision.is_allowed());
    let names: Vec<_> = decision.path.iter().map(|step| step.name).collect();
    assert_eq!(names, ["builders", "engineering", "deployer"]);
    let other = Subject { user: "v", ..member() };
    assert_eq!(policy.decide(&other, &asked, NOW).reason, Reason::NotGranted);
}

#[test]
fn a_circle_of_groups_is_harmless() {
    let groups = vec![
        group(GroupKind::Role, "a", &[1]),
        group(GroupKind::Role, "b", &[2, 0]),
        group(GroupKind::Role, "c", &[0, 2]),
    ];
    let mut allow = permission(Effect::Allow, &["*"], &["*"]);
    only_group(&mut allow, 2);
    assert_eq!(reason(&policy(groups, &[0], vec![allow]), "read", "x"), Reason::Allowed);
}

#[test]
fn a_nest_deeper_than_the_bound_allows_nothing() {
    let chain = |length: usize| -> Policy {
        let groups = (0..length).map(|place| {
            let next = if place + 1 < length { vec![place + 1] } else { Vec::new() };
            group(GroupKind::Team, "t", &next)
        });
        policy(groups.collect(), &[0], vec![permission(Effect::Allow, &["*"], &["*"])])
    };
    assert_eq!(reason(&chain(MAXIMUM_DEPTH), "read", "x"), Reason::Allowed);
    assert_eq!(reason(&chain(MAXIMUM_DEPTH + 1), "read", "x"), Reason::TooLarge);
    assert_eq!(reason(&chain(100_000), "read", "x"), Reason::TooLarge);
}

#[test]
fn what_ends_ends_at_its_second() {
    let mut allow = permission(Effect::Allow, &["*"], &["*"]);
    allow.expires_at = Some(NOW.plus(1));
    let ending = policy(Vec::new(), &[], vec![allow.clone()]);
    assert_eq!(reason(&ending, "read", "x"), Reason::Allowed);
    allow.expires_at = Some(NOW);
    assert_eq!(reason(&policy(Vec::new(), &[], vec![allow]), "read", "x"), Reason::NotGranted);

    let mut allow = permission(Effect::Allow, &["*"], &["*"]);
    only_group(&mut allow, 0);
    let mut policy = policy(vec![group(GroupKind::Role, "r", &[])], &[0], vec![allow]);
    policy.users[0].1[0].expires_at = Some(NOW);
    assert_eq!(reason(&policy, "read", "x"), Reason::NotGranted);
}

#[test]
fn what_is_disabled_or_not_approved_does_not_count() {
    for standing in [Standing::Disabled, Standing::Unapproved] {
        let mut allow = permission(Effect::Allow, &["*"], &["*"]);
        allow.standing = standing;
        let standing_only = policy(Vec::new(), &[], vec![allow]);
        assert_eq!(reason(&standing_only, "read", "x"), Reason::NotGranted);

        let mut allow = permission(Effect::Allow, &["*"], &["*"]);
        only_group(&mut allow, 1);
        let mut groups = vec![group(GroupKind::Team, "t", &[1]), group(GroupKind::Role, "r", &[])];
        groups[0].standing = standing;
        assert_eq!(reason(&policy(groups, &[0], vec![allow]), "read", "x"), Reason::NotGranted);
    }
}

#[test]
fn an_organization_role_is_named_from_the_least_on() {
    let mut allow = permission(Effect::Allow, &["*"], &["*"]);
    only_role(&mut allow, Role::Admin);
    let policy = policy(Vec::new(), &[], vec![allow]);
    let asked = question(&["read"], &["x"]);
    for (role, expected) in [
        (None, Reason::NotMember),
        (Some(Role::Member), Reason::NotGranted),
        (Some(Role::Admin), Reason::Allowed),
        (Some(Role::Owner), Reason::Allowed),
    ] {
        assert_eq!(policy.decide(&Subject { role, ..member() }, &asked, NOW).reason, expected);
    }
}

/// ATTACKS F-88: of two spellings of a path, a Deny of either is enough and an Allow needs both.
#[test]
fn a_resource_of_two_names_is_denied_by_either_and_allowed_by_both() {
    let allow = permission(Effect::Allow, &["/v1/m/*"], &["*"]);
    let deny = permission(Effect::Deny, &["/v1/m/a/*"], &["*"]);
    let policy = policy(Vec::new(), &[], vec![allow, deny]);
    let asked = |names: &[&str]| policy.decide(&member(), &question(&["read"], names), NOW).reason;
    assert_eq!(asked(&["/v1/m/a%2Fb"]), Reason::Allowed);
    assert_eq!(asked(&["/v1/m/a%2Fb", "/v1/m/a/b"]), Reason::Denied);
    assert_eq!(asked(&["/v1/m/b", "/v1/n"]), Reason::NotGranted);
    assert_eq!(asked(&[]), Reason::NotGranted);
}

#[test]
fn a_pattern_without_a_meaning_denies_everything_and_allows_nothing() {
    let odd = |effect| {
        policy(
            Vec::new(),
            &[],
            vec![
                permission(Effect::Allow, &["x"], &["*"]),
                permission(effect, &["a**b"], &["read"]),
            ],
        )
    };
    assert_eq!(reason(&odd(Effect::Deny), "read", "x"), Reason::Denied);
    assert_eq!(reason(&odd(Effect::Deny), "write", "x"), Reason::Allowed);
    assert_eq!(reason(&odd(Effect::Allow), "read", "a**b"), Reason::NotGranted);
}

/// The effects that there are, and a spelling of none.
#[test]
fn an_effect_that_is_not_known_denies() {
    assert_eq!(
        ["Allow", "allow", "Deny", "permit", ""].map(Effect::stored),
        [Effect::Allow, Effect::Allow, Effect::Deny, Effect::Deny, Effect::Deny,]
    );
}

#[test]
fn a_policy_reads_back_what_it_writes() {
    let mut allow = permission(Effect::Allow, &["*"], &["*"]);
    allow.roles.push((Role::Owner, Some(NOW)));
    allow.expires_at = Some(NOW);
    allow.narrowing.projects.push("p".to_owned());
    let policy = policy(vec![group(GroupKind::Team, "t", &[0])], &[0], vec![allow]);
    let texts = policy.encode();
    assert_eq!(Policy::decode(texts.clone()).as_ref(), Some(&policy));
    // One text more or less is no policy, and a count that is too large reserves nothing.
    for place in 0..texts.len() {
        let mut less = texts.clone();
        less.remove(place);
        assert_ne!(Policy::decode(less), Some(policy.clone()));
    }
    let mut more = texts.clone();
    more.push(String::new());
    assert_eq!(Policy::decode(more), None);
    assert_eq!(Policy::decode(vec![usize::MAX.to_string()]), None);
}

#[test]
fn effective_permissions_tell_the_way_and_the_first_end() {
    let groups = vec![group(GroupKind::Team, "t", &[1]), group(GroupKind::Role, "r", &[])];
    let mut by_group = permission(Effect::Allow, &["a"], &["*"]);
    only_group(&mut by_group, 1);
    by_group.expires_at = Some(NOW.plus(100));
    let mut by_role = permission(Effect::Deny, &["b"], &["*"]);
    only_role(&mut by_role, Role::Member);
    let mut policy = policy(groups, &[0], vec![by_group, by_role]);
    policy.users[0].1[0].expires_at = Some(NOW.plus(50));
    let effective = policy.effective(&member(), NOW);
    let [first, second] = effective.as_slice() else { panic!("{effective:?}") };
    assert_eq!(first.path.iter().map(|step| step.name).collect::<Vec<_>>(), ["t", "r"]);
    assert_eq!((first.expires_at, first.role), (Some(NOW.plus(50)), None));
    assert_eq!((second.path.len(), second.role), (0, Some(Role::Member)));
}

// Properties over random policies of a few groups and permissions.

const GROUPS: usize = 5;

fn any_end() -> impl Strategy<Value = Option<UnixTime>> {
    prop_oneof![6 => Just(None), 1 => Just(Some(NOW)), 1 => Just(Some(NOW.plus(9)))]
}

fn any_assignments() -> impl Strategy<Value = Vec<Assignment>> {
    let assignment =
        (0..GROUPS, any_end()).prop_map(|(group, expires_at)| Assignment { group, expires_at });
    prop::collection::vec(assignment, 0..3)
}

fn any_standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        6 => Just(Standing::Active),
        1 => Just(Standing::Disabled),
        1 => Just(Standing::Unapproved),
    ]
}

fn any_narrowing() -> impl Strategy<Value = Narrowing> {
    prop_oneof![
        4 => Just(Narrowing::default()),
        1 => prop::sample::select(vec!["application:a", "project:p", "project:q", "eu"])
            .prop_map(|entry| Narrowing::of_domains(&[entry.to_owned()])),
    ]
}

fn any_group() -> impl Strategy<Value = Group> {
    (any_standing(), any_narrowing(), any_assignments()).prop_map(
        |(standing, narrowing, member_of)| {
            let (kind, name) = (GroupKind::Role, "g".to_owned());
            Group { kind, name, standing, narrowing, member_of }
        },
    )
}

fn any_permission() -> impl Strategy<Value = Permission> {
    let texts = |texts: &[&'static str]| {
        prop::collection::vec(prop::sample::select(texts.to_vec()), 1..3)
            .prop_map(|texts| texts.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    (
        prop::sample::select(vec![Effect::Allow, Effect::Allow, Effect::Deny]),
        any_standing(),
        texts(&["*", "x", "x/*", "x*", "a*b"]),
        texts(&["*", "read", "write", "re*"]),
        any_narrowing(),
        prop::sample::select(vec!["u", "v"]),
        any_assignments(),
        prop::sample::select(vec![None, None, Some(Role::Member), Some(Role::Admin)]),
        (any_end(), any_end(), any_end()),
    )
        .prop_map(
            |(effect, standing, resources, actions, narrowing, user, groups, role, ends)| {
                Permission {
                    name: "p".to_owned(),
                    effect,
                    standing,
                    resource_type: String::new(),
                    resources,
                    actions,
                    narrowing,
                    users: vec![(user.to_owned(), ends.0)],
                    groups,
                    roles: role.map(|role| (role, ends.1)).into_iter().collect(),
                    expires_at: ends.2,
                }
            },
        )
}

fn any_policy() -> impl Strategy<Value = Policy> {
    (
        prop::collection::vec(any_group(), GROUPS),
        any_assignments(),
        prop::collection::vec(any_permission(), 0..6),
    )
        .prop_map(|(groups, own, permissions)| Policy {
            groups,
            users: vec![("u".to_owned(), own)],
            permissions,
        })
}

#[derive(Debug, Clone)]
struct Asked {
    action: &'static str,
    name: &'static str,
    application: Option<&'static str>,
    project: Option<&'static str>,
    domain: Option<&'static str>,
    role: Option<Role>,
}

fn any_asked() -> impl Strategy<Value = Asked> {
    (
        prop::sample::select(vec!["read", "write", "READ"]),
        prop::sample::select(vec!["x", "x/y", "xy", "z"]),
        prop::sample::select(vec![None, Some("a"), Some("b")]),
        prop::sample::select(vec![None, Some("p"), Some("q")]),
        prop::sample::select(vec![None, Some("eu"), Some("us")]),
        prop::sample::select(vec![None, Some(Role::Member), Some(Role::Owner)]),
    )
        .prop_map(|(action, name, application, project, domain, role)| Asked {
            action,
            name,
            application,
            project,
            domain,
            role,
        })
}

impl Asked {
    fn of(&self, policy: &Policy, limits: Limits<'_>) -> Reason {
        let application = self.application.as_slice();
        let place = Place {
            application: (!application.is_empty()).then_some(application),
            project: self.project,
            domain: self.domain,
        };
        let subject = Subject { user: "u", role: self.role, limits };
        let (actions, names) = (&[self.action][..], &[self.name][..]);
        policy
            .decide(&subject, &Question { actions, resource_type: None, names, place }, NOW)
            .reason
    }

    fn is_allowed(&self, policy: &Policy) -> bool {
        self.of(policy, Limits::default()) == Reason::Allowed
    }
}

/// The groups of the user by the definition: the least set closed under membership, of those that
/// count surely, or possibly.
fn closure(policy: &Policy, place: &Place<'_>, least: Certainty) -> Vec<bool> {
    let counts = |it: &Assignment| {
        let group = &policy.groups[it.group];
        it.expires_at.is_none_or(|end| end > NOW)
            && group.standing == Standing::Active
            && group.narrowing.admits(place) >= Some(least)
    };
    let mut found = vec![false; policy.groups.len()];
    for _ in 0..=policy.groups.len() {
        let mut next: Vec<&Assignment> = policy.users[0].1.iter().collect();
        for (place, _) in found.iter().enumerate().filter(|(_, found)| **found) {
            next.extend(&policy.groups[place].member_of);
        }
        for assignment in next.into_iter().filter(|it| counts(it)) {
            found[assignment.group] = true;
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// For each order of rules.
    #[test]
    fn the_order_of_permissions_decides_nothing(
        policy in any_policy(), asked in any_asked(), turn in 0usize..6,
    ) {
        let mut turned = policy.clone();
        turned.permissions.reverse();
        if !turned.permissions.is_empty() {
            let by = turn % turned.permissions.len();
            turned.permissions.rotate_left(by);
        }
        prop_assert_eq!(asked.of(&policy, Limits::default()), asked.of(&turned, Limits::default()));
    }

    #[test]
    fn an_allow_that_is_added_turns_no_deny(
        policy in any_policy(), mut added in any_permission(), asked in any_asked(),
    ) {
        added.effect = Effect::Allow;
        let mut more = policy.clone();
        more.permissions.push(added);
        if asked.of(&policy, Limits::default()) == Reason::Denied {
            prop_assert_eq!(asked.of(&more, Limits::default()), Reason::Denied);
        }
    }

    #[test]
    fn a_grant_that_is_removed_adds_no_allow(
        policy in any_policy(), asked in any_asked(), place in 0usize..6,
    ) {
        let mut less = policy.clone();
        if let Some(permission) = less.permissions.get(place)
            && permission.effect == Effect::Allow
        {
            less.permissions.remove(place);
        }
        prop_assert!(!asked.is_allowed(&less) || asked.is_allowed(&policy));
    }

    #[test]
    fn a_membership_that_is_removed_adds_no_allow_without_a_deny(
        mut policy in any_policy(), asked in any_asked(), group in 0..GROUPS,
    ) {
        policy.permissions.retain(|permission| permission.effect == Effect::Allow);
        let mut less = policy.clone();
        less.groups[group].member_of.pop();
        less.users[0].1.pop();
        prop_assert!(!asked.is_allowed(&less) || asked.is_allowed(&policy));
    }

    #[test]
    fn a_question_that_says_less_is_allowed_no_more(policy in any_policy(), asked in any_asked()) {
        for less in [
            Asked { application: None, ..asked.clone() },
            Asked { project: None, ..asked.clone() },
            Asked { domain: None, ..asked.clone() },
        ] {
            prop_assert!(!less.is_allowed(&policy) || asked.is_allowed(&policy));
        }
    }

    /// Authority only shrinks.
    #[test]
    fn a_credential_with_limits_is_allowed_no_more(
        policy in any_policy(), asked in any_asked(), read_only in any::<bool>(),
        scope in prop::sample::select(vec!["", "read:*", "product:x", "project:p", "odd"]),
    ) {
        let scope = KeyScope::stored(scope);
        let limits = Limits { scope: Some(&scope), read_only };
        if asked.of(&policy, limits) == Reason::Allowed {
            prop_assert!(asked.is_allowed(&policy));
        }
    }

    #[test]
    fn what_is_published_decides_the_same(policy in any_policy(), asked in any_asked()) {
        let published = policy.clone().in_force(NOW);
        let read = Policy::decode(published.encode()).unwrap();
        prop_assert_eq!(asked.of(&policy, Limits::default()), asked.of(&read, Limits::default()));
    }

    /// The decision by its definition.
    #[test]
    fn the_decision_agrees_with_its_definition(policy in any_policy(), asked in any_asked()) {
        let application = asked.application.as_slice();
        let place = Place {
            application: (!application.is_empty()).then_some(application),
            project: asked.project,
            domain: asked.domain,
        };
        let applies = |permission: &Permission, least: Certainty, unclear: bool| {
            let groups = closure(&policy, &place, least);
            let current = |end: &Option<UnixTime>| end.is_none_or(|end| end > NOW);
            permission.standing == Standing::Active
                && permission.expires_at.is_none_or(|end| end > NOW)
                && permission.narrowing.admits(&place) >= Some(least)
                && (permission.users.iter().any(|(user, end)| user == "u" && current(end))
                    || permission.groups.iter().any(|it| groups[it.group] && current(&it.expires_at))
                    || permission.roles.iter().any(|(role, end)| asked.role >= Some(*role) && current(end)))
                && permission.actions.iter().any(|action| {
                    pattern::names_action(action, asked.action).unwrap_or(unclear)
                })
                && permission.resources.iter().any(|resource| {
                    pattern::matches(resource, asked.name).unwrap_or(unclear)
                })
        };
        let of = |effect| {
            policy.permissions.iter().filter(move |permission| permission.effect == effect)
        };
        let expected = if asked.role.is_none() {
            Reason::NotMember
        } else if of(Effect::Deny).any(|it| applies(it, Certainty::Possible, true)) {
            Reason::Denied
        } else if of(Effect::Allow).any(|it| applies(it, Certainty::Sure, false)) {
            Reason::Allowed
        } else {
            Reason::NotGranted
        };
        prop_assert_eq!(asked.of(&policy, Limits::default()), expected);
    }
}
