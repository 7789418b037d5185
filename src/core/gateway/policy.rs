//! Authorization of gateway calls: routes, public paths, key limits, methods.

use http::Method;

use super::path::has_encoded_slash;
use crate::core::{
    apikey::KeyScope,
    policy::{path_names, stands_for},
    publication::{Requirement, Route},
};

/// Why a call with a valid credential is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallDenied {
    /// Publishable keys may call only endpoints marked public.
    Publishable,
    /// Beyond the limits of the key.
    Scope,
}

/// Whether `rest` (the path below the service) needs no credential. With an encoded slash it needs
/// one regardless of the patterns: a service may split it into other segments than they do.
pub fn is_public(route: &Route, rest: &str) -> bool {
    !has_encoded_slash(rest)
        && route.public.iter().any(|pattern| match pattern.strip_suffix("/*") {
            Some(base) => {
                rest.strip_prefix(base).is_some_and(|tail| tail.is_empty() || tail.starts_with('/'))
            }
            None => pattern == rest,
        })
}

/// The requirements of a route that concern a call of `rest`, however a service may read it.
pub fn requirements<'a>(route: &'a Route, rest: &str, method: &Method) -> Vec<&'a Requirement> {
    if route.requires.is_empty() {
        return Vec::new();
    }
    let names = path_names(rest);
    // A service answers HEAD as GET without the content (RFC 9110 §9.3.2).
    let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
    let concerns = |requirement: &&Requirement| {
        let methods = &requirement.methods;
        (methods.is_empty() || methods.iter().any(|known| known == method.as_str()))
            && names.iter().any(|name| stands_for(&requirement.path, name))
    };
    route.requires.iter().filter(concerns).collect()
}

/// Whether a key may make a call. HEAD and OPTIONS count as they are defined, as safe methods
/// (RFC 9110 §9.2.1); headers that override the method are ignored.
pub fn permit(
    publishable: bool,
    scope: &KeyScope,
    route: &Route,
    rest: &str,
    method: &Method,
) -> Result<(), CallDenied> {
    if publishable && !is_public(route, rest) {
        return Err(CallDenied::Publishable);
    }
    if scope.permits(&route.service, method) { Ok(()) } else { Err(CallDenied::Scope) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::publication::Upstream;

    #[test]
    fn a_pattern_covers_what_lies_below_it_and_nothing_beside_it() {
        let route = Route {
            service: "echo".to_owned(),
            upstream: Upstream::Binding("ECHO".to_owned()),
            public: vec!["/public/*".to_owned(), "/health".to_owned()],
            identity: None,
            audiences: Vec::new(),
            requires: Vec::new(),
            deadline: None,
        };
        for rest in ["/public", "/public/", "/public/a/b", "/health"] {
            assert!(is_public(&route, rest), "{rest}");
        }
        for rest in ["/public/a%2Fb", "/public/a%2fb", "/public/%2F", "/public%2Fa"] {
            assert!(!is_public(&route, rest), "{rest}");
        }
        for rest in ["", "/", "/publication", "/Public/a", "/health/", "/a/public/b"] {
            assert!(!is_public(&route, rest), "{rest}");
        }
    }
}
