use proptest::prelude::*;

use super::*;

const NOW: UnixTime = UnixTime(1_800_000_000);
const FRESH: UnixTime = UnixTime(1_800_000_000 - 60);

fn role(org: &str, role: Role) -> OrganizationRole {
    OrganizationRole { org: org.to_owned(), role }
}

/// A platform administrator who also owns `acme` and belongs to `hanzo`.
fn root() -> Vec<OrganizationRole> {
    vec![role("admin", Role::Admin), role("acme", Role::Owner), role("hanzo", Role::Member)]
}

fn token<'a>(scope: &'a str, registered: &'a [String]) -> CredentialLimits<'a> {
    CredentialLimits::Token { scope, registered, authenticated_at: Some(FRESH), ceiling: None }
}

fn of_root(client: Option<Trust>, limits: CredentialLimits<'_>) -> Authority {
    let roles = root();
    let inputs = Inputs {
        subject: SubjectKind::User,
        home: "admin",
        roles: &roles,
        client,
        limits,
        platform_max_age: PLATFORM_MAX_AGE,
    };
    Authority::compute(&inputs, NOW)
}

fn registered() -> Vec<String> {
    vec![ADMINISTRATION.to_owned()]
}

const FIRST: Trust = Trust::FirstParty { platform: false };
const CONSOLE: Trust = Trust::FirstParty { platform: true };

fn tenant(organization: &str) -> Trust {
    Trust::Tenant { organization: organization.to_owned() }
}

#[test]
fn a_tenant_client_carries_the_role_in_its_organization_and_nothing_else() {
    let registered = registered();
    let authority = of_root(Some(tenant("acme")), token("openid iam", &registered));
    assert_eq!(authority.roles(), [role("acme", Role::Owner)]);
    assert_eq!(authority.organization(), "acme");
    assert!(!authority.is_platform() && authority.role_in("hanzo").is_none());
    assert_eq!(authority.cuts()[0].by, Source::Client);
    assert!(of_root(Some(tenant("other")), token("openid", &registered)).is_void());
}

#[test]
fn a_tenant_client_of_the_platform_organization_carries_no_platform_role() {
    let registered = registered();
    let authority = of_root(Some(tenant("admin")), token("iam", &registered));
    assert_eq!(authority.roles(), [role("admin", Role::Member)]);
}

#[test]
fn a_third_party_client_never_administers() {
    let registered = registered();
    let authority = of_root(Some(Trust::ThirdParty), token("openid iam", &registered));
    assert_eq!(authority.roles(), [role("admin", Role::Member)]);
    assert_eq!(authority.directory(), Directory::Closed);
}

#[test]
fn platform_authority_needs_a_marked_client_a_recent_sign_in_and_the_scope() {
    let registered = registered();
    assert!(of_root(Some(CONSOLE), token("iam", &registered)).is_platform());
    assert!(!of_root(Some(FIRST), token("iam", &registered)).is_platform());
    assert!(!of_root(Some(CONSOLE), token("openid", &registered)).is_platform());
    assert!(!of_root(Some(CONSOLE), token("iam", &[])).is_platform());
    for (age, carries) in [(PLATFORM_MAX_AGE - 1, true), (PLATFORM_MAX_AGE, false)] {
        let authenticated_at = Some(NOW.plus(-age));
        let limits = CredentialLimits::Token {
            scope: "iam",
            registered: &registered,
            authenticated_at,
            ceiling: None,
        };
        let authority = of_root(Some(CONSOLE), limits);
        assert_eq!(authority.is_platform(), carries, "{age}");
        let end = authenticated_at.map(|at| at.plus(PLATFORM_MAX_AGE)).filter(|_| carries);
        assert_eq!(authority.platform_until(), end);
    }
    let without_sign_in = CredentialLimits::Token {
        scope: "iam",
        registered: &registered,
        authenticated_at: None,
        ceiling: None,
    };
    assert!(!of_root(Some(CONSOLE), without_sign_in).is_platform());
}

#[test]
fn a_session_on_our_pages_carries_platform_authority_for_the_maximum_age() {
    let session = |authenticated_at| of_root(None, CredentialLimits::Session { authenticated_at });
    assert!(session(Some(FRESH)).is_platform());
    for weak in [Some(NOW.plus(-PLATFORM_MAX_AGE)), None] {
        let weak = session(weak);
        assert!(!weak.is_platform() && weak.administers("acme"));
    }
}

#[test]
fn a_key_carries_platform_authority_only_if_its_record_says_so() {
    let scope = KeyScope::default();
    let key = |platform, publishable| {
        of_root(None, CredentialLimits::Key { scope: &scope, publishable, platform })
    };
    assert!(key(true, false).is_platform() && key(true, false).platform_until().is_none());
    assert!(!key(false, false).is_platform() && key(false, false).administers("acme"));
    assert!(!key(true, true).is_platform());
    let bound = CredentialLimits::Key { scope: &scope, publishable: false, platform: true };
    assert!(!of_root(Some(FIRST), bound).is_platform());
}

#[test]
fn an_exchanged_token_exceeds_neither_its_source_nor_its_client() {
    let (registered, roles) = (registered(), [role("acme", Role::Member)]);
    let exchanged = |client, roles: &'static [OrganizationRole]| {
        let ceiling = Some(Ceiling { organization: "acme", roles });
        let limits = CredentialLimits::Token {
            scope: "iam",
            registered: &registered,
            authenticated_at: Some(FRESH),
            ceiling,
        };
        of_root(Some(client), limits)
    };
    let roles: &'static [OrganizationRole] = Box::leak(Box::new(roles));
    let authority = exchanged(CONSOLE, roles);
    assert_eq!(authority.roles(), roles);
    assert_eq!(authority.organization(), "acme");
    assert!(exchanged(tenant("hanzo"), roles).is_void());
    // A service account's token lists no organization: it stands for its home.
    assert_eq!(exchanged(CONSOLE, &[]).roles(), [role("acme", Role::Owner)]);
}

#[test]
fn the_scope_of_a_token_opens_the_directory_only_while_its_client_is_registered_for_it() {
    let read = [ADMINISTRATION_READ.to_owned()];
    for (scope, registered, directory) in [
        ("openid profile", registered(), Directory::Closed),
        ("openid iam", registered(), Directory::Open),
        ("openid iam", Vec::new(), Directory::Closed),
        ("iam:read", registered(), Directory::Closed),
        ("iam:read", read.to_vec(), Directory::Read),
        ("iams", registered(), Directory::Closed),
    ] {
        assert_eq!(
            of_root(Some(FIRST), token(scope, &registered)).directory(),
            directory,
            "{scope}"
        );
    }
}

fn trusts() -> impl Strategy<Value = Option<Trust>> {
    prop_oneof![
        Just(None),
        any::<bool>().prop_map(|platform| Some(Trust::FirstParty { platform })),
        prop_oneof!["admin", "acme", "hanzo"].prop_map(|name| Some(tenant(&name))),
        Just(Some(Trust::ThirdParty)),
    ]
}

fn roles() -> impl Strategy<Value = Vec<OrganizationRole>> {
    let ranks =
        || prop::option::of(prop_oneof![Just(Role::Member), Just(Role::Admin), Just(Role::Owner),]);
    (ranks(), ranks(), ranks()).prop_filter_map("no role at all", |(admin, acme, hanzo)| {
        let all = [("admin", admin), ("acme", acme), ("hanzo", hanzo)];
        let held: Vec<_> =
            all.into_iter().filter_map(|(org, rank)| Some(role(org, rank?))).collect();
        (!held.is_empty()).then_some(held)
    })
}

proptest! {
    /// For all inputs, nothing is carried that the subject does not hold.
    #[test]
    fn authority_never_exceeds_the_subject(
        held in roles(), client in trusts(), ceiling in prop::option::of(roles()),
        age in 0..2 * PLATFORM_MAX_AGE, scope in prop_oneof!["", "iam", "iam:read", "openid iam"],
    ) {
        let registered = registered();
        let authority = {
            let inputs = Inputs {
                subject: SubjectKind::User,
                home: &held[0].org,
                roles: &held,
                client: client.clone(),
                limits: CredentialLimits::Token {
                    scope: &scope,
                    registered: &registered,
                    authenticated_at: Some(NOW.plus(-age)),
                    ceiling: ceiling.as_ref().map(|roles| Ceiling {
                        organization: &roles[0].org,
                        roles,
                    }),
                },
                platform_max_age: PLATFORM_MAX_AGE,
            };
            Authority::compute(&inputs, NOW)
        };
        for carried in authority.roles() {
            let role_of = |roles: &[OrganizationRole]| {
                roles.iter().find(|role| role.org == carried.org).map(|role| role.role)
            };
            prop_assert!(role_of(&held) >= Some(carried.role));
            if let Some(ceiling) = &ceiling {
                prop_assert!(role_of(ceiling) >= Some(carried.role));
            }
            if let Some(Trust::Tenant { organization }) = &client {
                prop_assert_eq!(&carried.org, organization);
            }
        }
        let marked = client == Some(CONSOLE);
        prop_assert!(!authority.is_platform() || (marked && age < PLATFORM_MAX_AGE));
        prop_assert!(client != Some(Trust::ThirdParty) || authority.directory() == Directory::Closed);
    }
}
