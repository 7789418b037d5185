//! Keeps tokens below 2 KB, so that they fit into any header and cookie, for users in any number of
//! organizations.

use crate::core::{
    principal::PLATFORM_ORGANIZATION,
    token::{Algorithm, Claims, OrganizationRole},
};

/// The longest token, in bytes.
pub const MAXIMUM: usize = 2000;

/// Bytes of claims that make a token of [`MAXIMUM`] with header, dots and signature around them.
const fn budget(algorithm: Algorithm) -> usize {
    let header = 120;
    let signature = match algorithm {
        Algorithm::Es256 => 86,
        Algorithm::Rs256 => 342,
    };
    (MAXIMUM - header - 2 - signature) * 3 / 4
}

/// The claims with as much of them as fits. What has to go, goes in this order: organizations
/// (never the home, nor the platform's own; those in which the bearer has the strongest role stay
/// longest), the display name, the address. Userinfo and the origin know them all, so that a
/// missing organization can only mean less, never more.
#[must_use]
pub fn fitted(mut claims: Claims, algorithm: Algorithm) -> Claims {
    // A long nonce of the client's own makes the ID token longer and costs it nothing else.
    let budget = budget(algorithm) + claims.nonce.len();
    if length(&claims) <= budget {
        return claims;
    }
    let mut orgs = std::mem::take(&mut claims.orgs).into_iter();
    claims.orgs.extend(orgs.next());
    let mut rest: Vec<OrganizationRole> = orgs.collect();
    rest.sort_by_key(|role| (role.org != PLATFORM_ORGANIZATION, std::cmp::Reverse(role.role)));
    if rest.first().is_some_and(|role| role.org == PLATFORM_ORGANIZATION) {
        claims.orgs.push(rest.remove(0));
    }
    if length(&claims) > budget {
        claims.display_name = String::new();
    }
    if length(&claims) > budget {
        claims.email = String::new();
        claims.email_verified = false;
    }
    let mut room = budget.saturating_sub(length(&claims));
    for role in rest {
        let cost = length(&role) + 1;
        if cost <= room {
            room -= cost;
            claims.orgs.push(role);
        }
    }
    claims
}

fn length(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |text| text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::token::Role;

    fn claims(orgs: usize, display_name: usize) -> Claims {
        let mut claims: Claims = serde_json::from_value(serde_json::json!({
            "iss": "https://hanzo.id", "sub": "0".repeat(36), "aud": "hanzo-app", "exp": 1, "nbf": 1,
            "iat": 1, "jti": "j".repeat(22), "tokenType": "access-token", "owner": "hanzo",
            "name": "alice", "email": "a".repeat(100), "displayName": "d".repeat(display_name),
        }))
        .unwrap();
        claims.orgs = (0..orgs)
            .map(|index| OrganizationRole {
                org: format!("organization-number-{index}"),
                role: if index == orgs - 1 { Role::Owner } else { Role::Member },
            })
            .collect();
        claims
    }

    #[test]
    fn claims_that_fit_are_left_alone() {
        let claims = claims(3, 20);
        assert_eq!(fitted(claims.clone(), Algorithm::Es256), claims);
    }

    #[test]
    fn a_long_nonce_costs_no_other_claim() {
        let mut claims = claims(3, 20);
        claims.nonce = "n".repeat(1024);
        assert_eq!(fitted(claims.clone(), Algorithm::Rs256), claims);
    }

    #[test]
    fn the_home_the_platform_and_the_strongest_roles_stay() {
        let mut many = claims(400, 20);
        many.orgs.push(OrganizationRole { org: "admin".to_owned(), role: Role::Admin });
        let fitted = fitted(many.clone(), Algorithm::Rs256);
        let names: Vec<_> = fitted.orgs.iter().map(|role| role.org.as_str()).collect();
        assert_eq!(
            names[..3],
            ["organization-number-0", "admin", "organization-number-399"],
            "{names:?}"
        );
        assert!(fitted.orgs.iter().all(|role| many.orgs.contains(role)));
    }

    proptest! {
        #[test]
        fn an_access_token_stays_below_two_kilobytes(
            orgs in 1_usize..500, display_name in 0_usize..5000
        ) {
            for algorithm in Algorithm::ALL {
                let fitted = fitted(claims(orgs, display_name), algorithm);
                prop_assert!(length(&fitted) <= budget(algorithm));
            }
        }
    }
}
