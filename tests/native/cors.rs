//! Which pages may call which endpoint: the classes of the list (ATTACKS H-115; WIRE §4.5).

use std::collections::BTreeSet;

use hanzo_iam::{core::cors::CorsClass, origin::api::list::ENDPOINTS};

use crate::world::World;

fn operations(audience: CorsClass) -> BTreeSet<&'static str> {
    let declared = ENDPOINTS.iter().map(|entry| entry.declaration);
    declared.filter(|known| known.cors == audience).map(|known| known.operation).collect()
}

/// These two parts of the list are complete: a further entry is a decision.
#[test]
fn cookies_of_other_origins_are_taken_where_the_sign_in_needs_them_and_nowhere_else() {
    let signing_in = [
        "beginWebauthnSignin",
        "finishWebauthnSignin",
        "login",
        "requestWalletNonce",
        "verifyWallet",
    ];
    assert_eq!(operations(CorsClass::Sessions), BTreeSet::from(signing_in));
    let both = operations(CorsClass::ApplicationsAndSessions);
    assert_eq!(both, BTreeSet::from(["logout", "revokeToken"]));
}

#[test]
fn no_script_calls_the_pages_or_what_the_workers_ask_each_other() {
    for entry in ENDPOINTS {
        let known = entry.declaration;
        let is_api = ["/v1/iam/", "/v1/account/", "/v1/authz/", "/access/v1/"]
            .iter()
            .any(|api| known.path.starts_with(api));
        // Documents for every page.
        if ["getAuthzenConfiguration", "getRelatedOrigins"].contains(&known.operation) {
            continue;
        }
        if !is_api || known.operation == "authorize" {
            assert_eq!(known.cors, CorsClass::None, "{}", known.operation);
        }
    }
}

/// An older spelling is for the pages that its operation is for.
#[test]
fn a_registered_origin_may_call_the_older_spellings() {
    let world = World::demo();
    let origin = "http://localhost:3000";
    for path in ["/v1/iam/oauth/token", "/oauth/token", "/api/login/oauth/access_token"] {
        let answer = world.post(path).header("origin", origin).form(&[]).send();
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{path}");
    }
    let answer = world.get("/oauth/authorize").header("origin", origin).send();
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
