//! Claims about a user disclosed to a client (OIDC Core §5.4): those of the scope for a third-party
//! client; all for a first-party client and one of the user's organization (WIRE §2.1).

use crate::core::token::{Claims, TokenType};

/// `claims` without what `scope` does not say.
#[must_use]
pub fn within_scope(claims: Claims, scope: &str) -> Claims {
    let says = |name| scope.split(' ').any(|known| known == name);
    let mut claims = claims;
    if !says("profile") {
        for claim in [
            &mut claims.name,
            &mut claims.preferred_username,
            &mut claims.display_name,
            &mut claims.picture,
        ] {
            claim.clear();
        }
    }
    if !says("email") {
        claims.email.clear();
        claims.email_verified = false;
    }
    // No scope says anything of organizations. An access token needs its tenant.
    if claims.token_type == TokenType::Id {
        for claim in [
            &mut claims.owner,
            &mut claims.organization,
            &mut claims.billing_account,
            &mut claims.kind,
        ] {
            claim.clear();
        }
        claims.orgs.clear();
        claims.groups.clear();
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(kind: &str) -> Claims {
        serde_json::from_value(serde_json::json!({
            "iss": "https://hanzo.id", "sub": "s", "aud": "app", "exp": 1, "nbf": 1, "iat": 1,
            "jti": "j", "tokenType": kind, "azp": "app", "sid": "sid", "nonce": "n",
            "owner": "hanzo", "organization": "hanzo", "orgs": [{"org": "hanzo", "role": "member"}],
            "groups": ["hanzo"], "billing_account": "org:hanzo", "type": "normal-user",
            "name": "bob", "preferred_username": "bob", "displayName": "Bob",
            "picture": "https://a.example/b", "email": "bob@hanzo.example", "email_verified": true,
        }))
        .unwrap()
    }

    fn names(kind: &str, scope: &str) -> String {
        let claims = serde_json::to_value(within_scope(claims(kind), scope)).unwrap();
        let ours =
            ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "tokenType", "azp", "sid", "nonce"];
        let names = claims.as_object().unwrap().keys().map(String::as_str);
        names.filter(|name| !ours.contains(name)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_scope_says_its_claims_and_no_others() {
        assert_eq!(names("id-token", "openid"), "");
        assert_eq!(names("id-token", "openid email"), "email email_verified");
        let profile = "displayName name picture preferred_username";
        assert_eq!(names("id-token", "openid profile profile2"), profile);
        assert_eq!(names("id-token", "openid emails"), "");
        let tenant = "billing_account groups organization orgs owner type";
        assert_eq!(names("access-token", "openid"), tenant);
    }
}
