//! The audience of a token (RFC 8707): the client itself, or a resource that it is registered for.

/// The registered facts of a client that decide the audience.
#[derive(Debug, Clone, Copy)]
pub struct Registration<'a> {
    /// The client.
    pub client_id: &'a str,
    /// Whether users of every organization sign in to it.
    pub is_shared: bool,
    /// The resources that it may ask for.
    pub resources: &'a [String],
}

/// `resource`, if the client may ask for it: an absolute URI without a fragment (RFC 8707 §2),
/// registered in exactly that spelling.
pub fn registered(
    resource: Option<&str>,
    registration: Registration<'_>,
) -> Result<Option<String>, InvalidTarget> {
    let Some(resource) = resource else { return Ok(None) };
    let known = registration.resources.iter().any(|known| known == resource);
    let absolute = resource.split_once("://").is_some_and(|(_, rest)| !rest.is_empty());
    if known && absolute && !resource.contains('#') {
        Ok(Some(resource.to_owned()))
    } else {
        Err(InvalidTarget)
    }
}

/// `requested` at the token endpoint, against what was granted before: the same, or nothing said.
pub fn narrowed(granted: Option<&str>, requested: Option<&str>) -> Result<(), InvalidTarget> {
    if requested.is_none() || requested == granted { Ok(()) } else { Err(InvalidTarget) }
}

/// The `aud` of an access token (WIRE §2.1): the resource if one was granted; else the client,
/// in a shared application together with the organization of the user.
pub fn audience(
    resource: Option<&str>,
    registration: Registration<'_>,
    organization: &str,
) -> Vec<String> {
    let client_id = registration.client_id;
    vec![match resource {
        Some(resource) => resource.to_owned(),
        None if registration.is_shared => format!("{client_id}-org-{organization}"),
        None => client_id.to_owned(),
    }]
}

/// The resource is unknown, or not the client's to ask for (`invalid_target`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTarget;

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS C-53.
    #[test]
    fn a_resource_that_is_relative_has_a_fragment_or_is_unknown_is_refused() {
        let resources =
            ["https://api.hanzo.ai", "/v1", "https://api.hanzo.ai#f"].map(str::to_owned);
        let app = Registration { client_id: "app", is_shared: false, resources: &resources };
        assert_eq!(registered(None, app), Ok(None));
        assert!(registered(Some("https://api.hanzo.ai"), app).is_ok());
        for other in [
            "/v1",
            "https://api.hanzo.ai#f",
            "https://api.hanzo.ai/",
            "https://API.hanzo.ai",
            "https://api.hanzo.ai.evil.example",
            "app",
        ] {
            assert_eq!(registered(Some(other), app), Err(InvalidTarget), "{other}");
        }
    }

    #[test]
    fn the_audience_is_the_resource_or_the_client() {
        let app = Registration { client_id: "app", is_shared: false, resources: &[] };
        assert_eq!(audience(None, app, "acme"), ["app"]);
        assert_eq!(audience(Some("https://api"), app, "acme"), ["https://api"]);
        let shared = Registration { is_shared: true, ..app };
        assert_eq!(audience(None, shared, "acme"), ["app-org-acme"]);
    }

    #[test]
    fn the_token_endpoint_does_not_change_the_resource() {
        assert_eq!(narrowed(Some("https://a"), None), Ok(()));
        assert_eq!(narrowed(Some("https://a"), Some("https://a")), Ok(()));
        assert_eq!(narrowed(None, Some("https://a")), Err(InvalidTarget));
        assert_eq!(narrowed(Some("https://a"), Some("https://b")), Err(InvalidTarget));
    }
}
