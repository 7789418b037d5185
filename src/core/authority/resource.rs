//! The resource's demand: which tokens the directory and a gateway route accept (RFC 8707).

use super::Trust;

/// The path of the directory's resource below the issuer.
const DIRECTORY_PATH: &str = "/v1/iam";

/// The resource identifier of the directory at `issuer` (RFC 8707 §2).
pub fn directory(issuer: &str) -> String {
    [issuer, DIRECTORY_PATH].concat()
}

/// Whether `resource` is the directory of one of `issuers`.
pub fn is_directory(resource: &str, issuers: &[String]) -> bool {
    resource
        .strip_suffix(DIRECTORY_PATH)
        .is_some_and(|issuer| issuers.iter().any(|known| known == issuer))
}

/// The client of a token, as the directory looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Presenter<'a> {
    /// What an access token of the client names when it names no resource
    /// ([`audience`](crate::core::oauth::audience::audience)).
    pub own_audience: &'a [String],
    /// How far it is trusted.
    pub trust: &'a Trust,
    /// Whether the token is the client's own, and the platform gave the client a capability.
    pub acts_for_itself: bool,
}

/// Whether the directory accepts a token for `audience`: one issued for it, one of a first-party
/// client for that client itself, or a capable client's own. A token for another API is refused,
/// however valid.
pub fn directory_accepts(
    audience: &[String],
    presenter: Presenter<'_>,
    issuers: &[String],
) -> bool {
    let trusted = presenter.acts_for_itself || matches!(presenter.trust, Trust::FirstParty { .. });
    audience.iter().any(|audience| {
        is_directory(audience, issuers) || (trusted && presenter.own_audience.contains(audience))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(audience: &str, trust: &Trust, acts_for_itself: bool) -> bool {
        let own = ["app".to_owned()];
        let presenter = Presenter { own_audience: &own, trust, acts_for_itself };
        directory_accepts(&[audience.to_owned()], presenter, &["https://hanzo.id".to_owned()])
    }

    /// ATTACKS A-20.
    #[test]
    fn the_directory_refuses_a_token_for_another_api() {
        let first = Trust::FirstParty { platform: true };
        let tenant = Trust::Tenant { organization: "acme".to_owned() };
        for trust in [&first, &tenant, &Trust::ThirdParty] {
            assert!(accepts("https://hanzo.id/v1/iam", trust, false));
            for other in [
                "https://api.hanzo.ai",
                "https://hanzo.id",
                "https://hanzo.id/v1/iam/",
                "https://evil.example/v1/iam",
                "app2",
                "app-org-acme",
            ] {
                assert!(!accepts(other, trust, false), "{other}");
            }
        }
        assert!(accepts("app", &first, false));
        assert!(!accepts("app", &tenant, false) && !accepts("app", &Trust::ThirdParty, false));
        assert!(accepts("app", &tenant, true));
    }
}
