//! Identity headers: those of the client are removed, and new ones are minted from the verified
//! principal (WIRE §6; ATTACKS F-86: CVE-2025-64484, CVE-2025-48865).

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::cookie::SESSION_COOKIES;
use crate::core::{
    credential::{TOKEN_COOKIES, cookies},
    principal::Principal,
    publication::Route,
    request_head::RequestHead,
    token::Role,
};

/// Headers (in lower case, with `-`) that a client may not send to a service: those that we mint,
/// those that older gateways minted, credentials, addresses that only we may set, what would make an
/// upstream see another method or path than we do, and `Expect`, which concerns this connection: the
/// body is sent immediately, and the platform would take the service's 100 (Continue) for its final response.
const OURS: [&str; 41] = [
    "authorization",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "connection",
    "expect",
    "forwarded",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "true-client-ip",
    "x-api-key",
    "x-authorization",
    "x-billing-account-id",
    "x-client-ip",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-user",
    "x-http-method",
    "x-http-method-override",
    "x-identity-signature",
    "x-method-override",
    "x-org",
    "x-org-id",
    "x-original-method",
    "x-original-uri",
    "x-original-url",
    "x-phone-number",
    "x-project-id",
    "x-real-ip",
    "x-request-id",
    "x-rewrite-url",
    "x-roles",
    "x-scope",
    "x-scope-role",
    "x-tenant-id",
    "x-workspace-id",
];

/// Prefixes of headers that are ours too.
const OUR_PREFIXES: [&str; 5] =
    ["x-iam-", "x-hanzo-", "x-user-", "x-forwarded-", "x-auth-request-"];

/// Whether a header is ours to set: any case, and `_` for `-`, which some servers fold.
pub fn is_ours(name: &str) -> bool {
    let folded: String;
    let name = if name.bytes().any(|byte| byte == b'_' || byte.is_ascii_uppercase()) {
        folded = name.to_ascii_lowercase().replace('_', "-");
        folded.as_str()
    } else {
        name
    };
    OURS.binary_search(&name).is_ok() || OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The headers of a request that are not forwarded: ours, and those that `Connection` names
/// (RFC 9110 §7.6.1), which a later hop would drop, ours among them.
pub fn to_remove(head: &RequestHead<'_>) -> Vec<String> {
    let mut names: Vec<String> = head
        .headers
        .iter()
        .filter(|(name, _)| is_ours(name))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    if let Some(named) = head.header("connection") {
        let options = named.split(',').map(|option| option.trim().to_ascii_lowercase());
        let kept = |option: &String| !option.is_empty() && option != "upgrade";
        for option in options.filter(kept) {
            if is_token(&option) && !names.contains(&option) && head.header(&option).is_some() {
                names.push(option);
            }
        }
    }
    names
}

fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The `Cookie` header without credentials; `None` if it may be forwarded unchanged.
pub fn remaining_cookies(head: &RequestHead<'_>) -> Option<String> {
    let header = head.header("cookie")?;
    let secret = |name: &str| SESSION_COOKIES.contains(&name) || TOKEN_COOKIES.contains(&name);
    if !cookies(header).any(|(name, _)| secret(name)) {
        return None;
    }
    let rest: Vec<&str> = header
        .split(';')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .filter(|pair| !secret(pair.split_once('=').map_or(*pair, |(name, _)| name.trim())))
        .collect();
    Some(rest.join("; "))
}

/// Bytes of an organization's name.
const MAXIMUM_ORGANIZATION: usize = 63;

/// The organization that the client selects, if there can be one of that name.
pub fn selected_organization<'a>(head: &RequestHead<'a>) -> Option<&'a str> {
    head.header("x-org-id").filter(|name| (1..=MAXIMUM_ORGANIZATION).contains(&name.len()))
}

/// The organization that the call is for: the one that the client selects, if the credential
/// names it (or belongs to a SuperAdmin), otherwise the home. A publishable key selects none.
pub fn effective_organization<'a>(principal: &'a Principal, selected: Option<&'a str>) -> &'a str {
    if principal.is_publishable() {
        return &principal.owner;
    }
    let allowed = |organization: &str| {
        principal.authority.roles().iter().any(|role| role.org == organization)
            || (principal.is_super_admin() && is_organization(organization))
    };
    selected.filter(|organization| allowed(organization)).unwrap_or(&principal.owner)
}

fn is_organization(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    (1..=MAXIMUM_ORGANIZATION).contains(&name.len()) && name.bytes().all(plain)
}

/// The identity headers that there are, in the order in which they are minted.
pub const IDENTITY_HEADERS: [&str; 10] = [
    "x-org-id",
    "x-user-id",
    "x-user-name",
    "x-user-email",
    "x-user-owner",
    "x-user-isadmin",
    "x-user-isorgadmin",
    "x-billing-account-id",
    "x-scope",
    "x-scope-role",
];

/// The values of the identity headers for `principal` in `organization`, in their order; empty if
/// there is none. A publishable key, which is embedded in pages, yields its organization, the
/// account that its calls are charged to and its scope, which names its class; nothing about its
/// holder.
pub fn identity<'a>(
    principal: &'a Principal,
    organization: &'a str,
) -> [&'a str; IDENTITY_HEADERS.len()] {
    if principal.is_publishable() {
        let (charged, scope) = (principal.billing_account.as_str(), principal.scope.as_str());
        return [organization, "", "", "", "", "", "", charged, scope, ""];
    }
    let role = principal.role_in(organization);
    let flag = |holds: bool| if holds { "true" } else { "" };
    let role_name = match role {
        Some(Role::Owner) => "owner",
        Some(Role::Admin) => "admin",
        Some(Role::Member) => "member",
        None => "",
    };
    [
        organization,
        &principal.subject,
        &principal.name,
        &principal.email,
        &principal.owner,
        flag(principal.is_super_admin()),
        flag(role.is_some_and(|role| role >= Role::Admin)),
        &principal.billing_account,
        &principal.scope,
        role_name,
    ]
}

/// The headers of an [`identity`] that the service of `route` gets, without empty ones.
pub fn mint(
    identity: &[&str; IDENTITY_HEADERS.len()],
    route: &Route,
) -> Vec<(&'static str, String)> {
    IDENTITY_HEADERS
        .into_iter()
        .zip(identity)
        .filter(|(name, value)| !value.is_empty() && route.sends(name))
        .map(|(name, value)| (name, header_value(value)))
        .collect()
}

/// `value` as it may stand in a header: what is not visible ASCII is percent-encoded.
fn header_value(value: &str) -> String {
    const HIDDEN: &AsciiSet = CONTROLS;
    utf8_percent_encode(value, HIDDEN).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::{
        authority::Authority,
        principal::{Credential, PrincipalKind},
        publication::Upstream,
        time::UnixTime,
        token::OrganizationRole,
    };

    fn route(identity: Option<&[&str]>) -> Route {
        Route {
            service: "echo".to_owned(),
            upstream: Upstream::Binding("ECHO".to_owned()),
            public: Vec::new(),
            deadline: None,
            identity: identity.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            audiences: Vec::new(),
            requires: Vec::new(),
        }
    }

    fn principal(orgs: &[(&str, Role)]) -> Principal {
        let role =
            |(org, role): &(&str, Role)| OrganizationRole { org: (*org).to_owned(), role: *role };
        let owner = orgs.first().map(|(org, _)| (*org).to_owned()).unwrap_or_default();
        Principal {
            subject: "u1".to_owned(),
            authority: Authority::attested(owner.clone(), orgs.iter().map(role).collect()),
            home: owner.clone(),
            owner,
            name: "alice".to_owned(),
            email: String::new(),
            kind: PrincipalKind::Person,
            billing_account: "org:hanzo".to_owned(),
            client_id: String::new(),
            scope: String::new(),
            acting: Vec::new(),
            credential: Credential::Key {
                id: "k".to_owned(),
                publishable: false,
                expires_at: None::<UnixTime>,
                is_metered: false,
            },
        }
    }

    #[test]
    fn the_list_is_sorted_so_that_the_search_in_it_works() {
        assert!(OURS.is_sorted());
    }

    /// ATTACKS F-86.
    #[test]
    fn every_spelling_of_our_headers_is_ours() {
        for name in [
            "x-user-id",
            "X-User-Id",
            "x_user_id",
            "X_HANZO_USER",
            "x-hanzo-user",
            "x-iam-sub",
            "x-user-isglobaladmin",
            "x_org_id",
            "Authorization",
            "x-identity_signature",
            "x-http-method-override",
            "x-tenant-id",
            "x-roles",
            "x-phone-number",
        ] {
            assert!(is_ours(name), "{name}");
        }
        for name in ["accept", "x-userid", "content-type", "x-organization", "cookie", "upgrade"] {
            assert!(!is_ours(name), "{name}");
        }
    }

    /// ATTACKS F-86, CVE-2025-48865.
    #[test]
    fn what_connection_names_is_removed() {
        let text = "GET\nhttps://a/v1/echo\n\nconnection\nX-Custom, upgrade, x-user-id\nx-custom\n1\
                    \nx_user_id\nroot\nupgrade\nwebsocket";
        let head = RequestHead::parse(text).unwrap();
        assert_eq!(to_remove(&head), ["connection", "x_user_id", "x-custom"]);
    }

    #[test]
    fn cookies_that_are_credentials_do_not_go_along() {
        let head = |cookie: &str| format!("GET\nhttps://a/\n\ncookie\n{cookie}");
        let remaining =
            |cookie: &str| remaining_cookies(&RequestHead::parse(&head(cookie)).unwrap());
        assert_eq!(remaining("a=1; b=2"), None);
        assert_eq!(remaining("a=1; hanzo_token=t; b=2").as_deref(), Some("a=1; b=2"));
        assert_eq!(remaining("hanzo_session=t").as_deref(), Some(""));
        let prefs = r#"prefs={"a":1,"b":"x"}"#;
        assert_eq!(remaining(&format!("{prefs}; access_token=t;")).as_deref(), Some(prefs));
        assert_eq!(remaining("last=a,access_token=old"), None);
        assert_eq!(remaining("a=1; __Host-hanzo_signin=t; hanzo_signin=t").as_deref(), Some("a=1"));
    }

    #[test]
    fn a_client_selects_only_an_organization_that_is_its_own() {
        let alice = principal(&[("hanzo", Role::Member), ("acme", Role::Admin)]);
        for (selected, effective) in
            [(None, "hanzo"), (Some("acme"), "acme"), (Some("lux"), "hanzo"), (Some(""), "hanzo")]
        {
            assert_eq!(effective_organization(&alice, selected), effective);
        }
        let root = principal(&[("admin", Role::Owner)]);
        assert_eq!(effective_organization(&root, Some("lux")), "lux");
        assert_eq!(effective_organization(&root, Some("a b")), "admin");
        let machine = principal(&[]);
        assert_eq!(effective_organization(&machine, Some("hanzo")), "");
    }

    /// Issue 10, fault 4.
    #[test]
    fn a_publishable_key_reveals_its_organization_and_class_and_no_person() {
        let mut root = principal(&[("admin", Role::Owner), ("hanzo", Role::Admin)]);
        root.email = "root@hanzo.example".to_owned();
        root.billing_account = "org:admin".to_owned();
        root.scope = "publish,model:zen5".to_owned();
        root.credential = Credential::Key {
            id: "k".to_owned(),
            publishable: true,
            expires_at: None,
            is_metered: false,
        };
        for selected in [None, Some("hanzo"), Some("admin"), Some("acme")] {
            assert_eq!(effective_organization(&root, selected), "admin");
        }
        let headers = [
            ("x-org-id", "admin".to_owned()),
            ("x-billing-account-id", "org:admin".to_owned()),
            ("x-scope", "publish,model:zen5".to_owned()),
        ];
        assert_eq!(mint(&identity(&root, "admin"), &route(None)), headers);
    }

    #[test]
    fn what_is_empty_is_not_minted() {
        let minted = mint(&identity(&principal(&[("hanzo", Role::Member)]), "hanzo"), &route(None));
        assert!(minted.contains(&("x-scope-role", "member".to_owned())));
        assert!(minted.iter().all(|(name, value)| !value.is_empty() && *name != "x-user-isadmin"));
    }

    #[test]
    fn a_service_gets_the_headers_that_its_route_names_and_no_more() {
        let alice = principal(&[("hanzo", Role::Admin)]);
        let headers = |names: &[&str]| mint(&identity(&alice, "hanzo"), &route(Some(names)));
        let two = [("x-org-id", "hanzo".to_owned()), ("x-user-id", "u1".to_owned())];
        assert_eq!(headers(&["x-user-id", "x-org-id"]), two);
        assert_eq!(headers(&[]), []);
    }

    proptest! {
        #[test]
        fn a_minted_value_cannot_break_out_of_its_header(name in ".{0,40}") {
            let mut principal = principal(&[("hanzo", Role::Member)]);
            principal.name = name;
            for (_, value) in mint(&identity(&principal, "hanzo"), &route(None)) {
                prop_assert!(http::HeaderValue::from_str(&value).is_ok());
            }
        }

        #[test]
        fn whatever_is_minted_is_removed_from_the_client(org in "[a-z]{1,8}") {
            for (name, _) in mint(&identity(&principal(&[(&org, Role::Owner)]), &org), &route(None)) {
                prop_assert!(is_ours(name) && is_ours(&name.replace('-', "_").to_uppercase()));
            }
        }
    }
}
