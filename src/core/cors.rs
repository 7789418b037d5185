//! Cross-origin requests from browsers: the origins allowed per endpoint class (Fetch standard
//! §3.2, WIRE §4.5).
//!
//! An origin is allowed if an application registered a redirect address there (bearer endpoints,
//! without cookies) or if the operator listed it exactly (the credentialed sign-in endpoints). Public
//! endpoints allow `*`, which no browser combines with cookies.

/// Response headers that a page may read besides the safelisted ones (Fetch §2.2.2).
pub const EXPOSED_HEADERS: &str =
    "x-request-id, www-authenticate, retry-after, allow, ratelimit, ratelimit-policy";

/// The methods that a page may use.
pub const ALLOWED_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// Bytes of a list of header names that a preflight may ask for.
const MAXIMUM_ASKED: usize = 2048;

/// The header names that a page may send: those that it `asked` for, with those that libraries add
/// (`traceparent`, `sentry-trace`, `x-requested-with`). Which page may call at all has been decided
/// by its origin; no header adds to that.
pub fn allowed_headers(asked: Option<&str>) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~, ".contains(&byte);
    asked
        .filter(|names| !names.is_empty() && names.len() <= MAXIMUM_ASKED)
        .filter(|names| names.bytes().all(is_plain))
        .unwrap_or("authorization, content-type")
}

/// The pages that may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorsClass {
    /// All pages: discovery and keys.
    Public,
    /// Pages of registered applications, with a bearer token and no cookies.
    Applications,
    /// Pages of registered applications as above; the operator's own with cookies as well.
    ApplicationsAndSessions,
    /// The operator's own pages, with cookies.
    Sessions,
    /// None: hosted pages and internal endpoints, which scripts do not call.
    None,
}

impl CorsClass {
    /// Whether pages of registered applications may call.
    pub fn includes_applications(self) -> bool {
        matches!(self, Self::Applications | Self::ApplicationsAndSessions)
    }
}

/// What a page at the request's origin may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Nothing: no header allows it.
    Refused,
    /// Read the response, from anywhere.
    Anyone,
    /// Read the response.
    Origin(String),
    /// Read the response, and send cookies.
    OriginWithCookies(String),
}

impl Permission {
    /// Decides. `is_registered`: whether an application has a redirect address at that origin,
    /// which matters only where [`CorsClass::includes_applications`].
    pub fn decide(
        class: CorsClass,
        origin: Option<&str>,
        session_origins: &[String],
        is_registered: bool,
    ) -> Self {
        if class == CorsClass::Public {
            return Self::Anyone;
        }
        let Some(origin) = origin.filter(|origin| is_origin(origin)) else {
            return Self::Refused;
        };
        let is_listed = session_origins.iter().any(|listed| listed == origin);
        match class {
            CorsClass::Sessions | CorsClass::ApplicationsAndSessions if is_listed => {
                Self::OriginWithCookies(origin.to_owned())
            }
            _ if class.includes_applications() && (is_listed || is_registered) => {
                Self::Origin(origin.to_owned())
            }
            _ => Self::Refused,
        }
    }

    /// The headers of a response.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let (origin, with_cookies) = match self {
            Self::Refused => return vec![("vary", "origin".to_owned())],
            Self::Anyone => ("*", false),
            Self::Origin(origin) => (origin.as_str(), false),
            Self::OriginWithCookies(origin) => (origin.as_str(), true),
        };
        let mut headers = vec![
            ("access-control-allow-origin", origin.to_owned()),
            ("access-control-expose-headers", EXPOSED_HEADERS.to_owned()),
        ];
        if origin != "*" {
            headers.push(("vary", "origin".to_owned()));
        }
        if with_cookies {
            headers.push(("access-control-allow-credentials", "true".to_owned()));
        }
        headers
    }

    /// The headers of the response to a preflight request that `asked` for these header names.
    pub fn preflight_headers(&self, asked: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = self.headers();
        if *self != Self::Refused {
            headers.extend([
                ("access-control-allow-methods", ALLOWED_METHODS.to_owned()),
                ("access-control-allow-headers", allowed_headers(asked).to_owned()),
                ("access-control-max-age", "600".to_owned()),
            ]);
        }
        headers
    }
}

/// Whether `text` is a web origin as browsers write it. `null` is not one.
pub fn is_origin(text: &str) -> bool {
    super::redirect::web_origin(text).as_deref() == Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "https://app.example";
    const PORTAL: &str = "https://portal.example";

    fn decide(class: CorsClass, origin: Option<&str>) -> Permission {
        Permission::decide(class, origin, &[PORTAL.to_owned()], origin == Some(APP))
    }

    /// ATTACKS H-115.
    #[test]
    fn an_origin_that_is_not_registered_is_not_reflected() {
        for class in
            [CorsClass::Applications, CorsClass::Sessions, CorsClass::ApplicationsAndSessions]
        {
            for origin in [
                None,
                Some("null"),
                Some("*"),
                Some("https://evil.example"),
                Some("https://app.example.evil.example"),
                Some("https://app.example/"),
                Some("https://app.example@evil.example"),
                Some("http://app.example"),
                Some("HTTPS://APP.EXAMPLE"),
                Some("https://app.example, https://evil.example"),
            ] {
                let permission = decide(class, origin);
                assert_eq!(permission, Permission::Refused, "{class:?} {origin:?}");
                assert!(
                    !permission
                        .preflight_headers(Some("authorization"))
                        .iter()
                        .any(|(name, _)| name.starts_with("access"))
                );
            }
        }
    }

    /// ATTACKS H-115; WIRE §4.5.
    #[test]
    fn cookies_go_only_with_listed_origins_and_only_where_they_are_needed() {
        let with_cookies = Permission::OriginWithCookies(PORTAL.into());
        for (class, portal, app) in [
            (CorsClass::Sessions, with_cookies.clone(), Permission::Refused),
            (CorsClass::ApplicationsAndSessions, with_cookies, Permission::Origin(APP.into())),
            (
                CorsClass::Applications,
                Permission::Origin(PORTAL.into()),
                Permission::Origin(APP.into()),
            ),
            (CorsClass::None, Permission::Refused, Permission::Refused),
        ] {
            assert_eq!(decide(class, Some(PORTAL)), portal);
            assert_eq!(decide(class, Some(APP)), app);
        }
    }

    #[test]
    fn what_is_public_is_public_to_all_and_never_with_cookies() {
        let headers = decide(CorsClass::Public, Some("https://evil.example")).headers();
        assert!(headers.contains(&("access-control-allow-origin", "*".to_owned())));
        assert!(!headers.iter().any(|(name, _)| *name == "access-control-allow-credentials"));
    }

    /// Issue 10, fault 18: what tracing and frameworks add to each request of a page.
    #[test]
    fn a_preflight_allows_the_headers_that_libraries_add() {
        let permission = decide(CorsClass::Applications, Some(APP));
        let asked = "authorization,baggage,sentry-trace,traceparent,tracestate,x-requested-with";
        let allowed = ("access-control-allow-headers", asked.to_owned());
        assert!(permission.preflight_headers(Some(asked)).contains(&allowed));
        let long = "a".repeat(MAXIMUM_ASKED + 1);
        for asked in [None, Some(""), Some("x:y"), Some("a\tb"), Some("é"), Some(&long)] {
            assert_eq!(allowed_headers(asked), "authorization, content-type");
        }
    }
}
