//! Which old path means which of today's.

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::Style;
use crate::{
    core::directory::{Invalid, Members},
    origin::http::{Request, RestError},
};

/// What an old path means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    target: Target,
    /// How it wants the answer.
    pub(super) style: Style,
}

#[derive(Debug, Clone, Copy)]
enum Target {
    /// That path, whatever the method.
    Path(&'static str),
    /// That collection, read or added to.
    Collection(Verb, &'static str),
    /// The one of that collection that `?id=owner/name` or the body names.
    Item(Verb, &'static str),
    /// A user, by key or by name.
    UserOrKey,
}

/// A method that can stand in a constant.
#[derive(Debug, Clone, Copy)]
enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl From<Verb> for Method {
    fn from(method: Verb) -> Self {
        match method {
            Verb::Get => Self::GET,
            Verb::Post => Self::POST,
            Verb::Put => Self::PUT,
            Verb::Delete => Self::DELETE,
        }
    }
}

/// Whole paths, which answer as today (Era A's and B's OAuth, the front door).
const PATHS: [(&str, &str); 21] = [
    ("/api/login/oauth/access_token", "/v1/iam/oauth/token"),
    ("/api/login/oauth/refresh_token", "/v1/iam/oauth/token"),
    ("/api/login/oauth/introspect", "/v1/iam/oauth/introspect"),
    ("/api/userinfo", "/v1/iam/oauth/userinfo"),
    ("/api/user", "/v1/iam/oauth/userinfo"),
    ("/api/login", "/v1/iam/login"),
    ("/api/logout", "/v1/iam/oauth/logout"),
    ("/api/get-account", "/v1/iam/account"),
    ("/api/get-app-login", "/v1/iam/auth/application"),
    ("/oauth/token", "/v1/iam/oauth/token"),
    ("/oauth/access_token", "/v1/iam/oauth/token"),
    ("/oauth/refresh_token", "/v1/iam/oauth/token"),
    ("/oauth/authorize", "/v1/iam/oauth/authorize"),
    ("/oauth/introspect", "/v1/iam/oauth/introspect"),
    ("/oauth/revoke", "/v1/iam/oauth/revoke"),
    ("/oauth/userinfo", "/v1/iam/oauth/userinfo"),
    ("/oauth/device", "/v1/iam/oauth/device"),
    ("/oauth/logout", "/v1/iam/oauth/logout"),
    ("/v1/iam/oauth/access_token", "/v1/iam/oauth/token"),
    ("/v1/iam/get-account", "/v1/iam/account"),
    ("/v1/iam/get-app-login", "/v1/iam/auth/application"),
];

/// Items by `?id=`, which answer as today (Era B).
const ITEMS: [(&str, &str); 4] = [
    ("/v1/iam/users/get", "users"),
    ("/v1/iam/application", "applications"),
    ("/v1/iam/applications/get", "applications"),
    ("/v1/iam/organizations/get", "organizations"),
];

/// The resources that have verbs: one, several.
const RESOURCES: [(&str, &str); 4] = [
    ("user", "users"),
    ("organization", "organizations"),
    ("application", "applications"),
    ("key", "keys"),
];

/// What `path` means, if it is an old one.
pub(super) fn find(path: &str) -> Option<Route> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if let Some((_, target)) = PATHS.iter().find(|(old, _)| *old == path) {
        return Some(Route { target: Target::Path(target), style: Style::Today });
    }
    if let Some((_, collection)) = ITEMS.iter().find(|(old, _)| *old == path) {
        let target = Target::Item(Verb::Get, collection);
        return Some(Route { target, style: Style::Today });
    }
    let verb = path.strip_prefix("/api/").or_else(|| path.strip_prefix("/v1/iam/"))?;
    let (target, style) = match verb {
        "set-password" => (Target::Path("/v1/iam/set-password"), Style::Affected),
        "resolve-key" => (Target::Path("/v1/iam/keys/principal"), Style::Object),
        "get-user" => (Target::UserOrKey, Style::Object),
        "get-user-count" => (Target::Collection(Verb::Get, "users"), Style::Count),
        "get-global-users" => (Target::Collection(Verb::Get, "users"), Style::List("users")),
        "get-organization-applications" => {
            (Target::Collection(Verb::Get, "applications"), Style::List("applications"))
        }
        verb => {
            let (action, resource) = verb.split_once('-')?;
            let one = RESOURCES.iter().find(|(one, _)| *one == resource).map(|(_, many)| *many);
            let many = RESOURCES.iter().find(|(_, many)| *many == resource).map(|(_, many)| *many);
            match (action, one, many) {
                ("get", _, Some(many)) => (Target::Collection(Verb::Get, many), Style::List(many)),
                ("get", Some(many), _) => (Target::Item(Verb::Get, many), Style::Object),
                // The answer shows a key or a secret once.
                ("add", Some(many @ ("keys" | "applications")), _) => {
                    (Target::Collection(Verb::Post, many), Style::Object)
                }
                ("add", Some(many), _) => (Target::Collection(Verb::Post, many), Style::Affected),
                ("update", Some(many), _) => (Target::Item(Verb::Put, many), Style::Affected),
                ("delete", Some(many), _) => (Target::Item(Verb::Delete, many), Style::Affected),
                _ => return None,
            }
        }
    };
    Some(Route { target, style })
}

impl Route {
    /// Whether it administers the directory; the others are OAuth's and the front door's.
    pub(super) fn is_directory(self) -> bool {
        self.style != Style::Today || !matches!(self.target, Target::Path(_))
    }

    /// `request` in today's spelling. What reads was a GET then too, and what writes a POST: a
    /// link on another page must not write.
    pub(super) fn rewrite(self, mut request: Request) -> Result<Request, RestError> {
        let method = match self.target {
            Target::Path(_) => None,
            Target::Collection(method, _) | Target::Item(method, _) => Some(method),
            Target::UserOrKey => Some(Verb::Get),
        };
        if let Some(method) = method {
            let (expected, allow) = match method {
                Verb::Get => (Method::GET, "GET, HEAD"),
                _ => (Method::POST, "POST"),
            };
            if request.method != expected {
                return Err(RestError::method(allow));
            }
            request.method = method.into();
        }
        request.path = match self.target {
            Target::Path(path) => path.to_owned(),
            Target::Collection(_, collection) => format!("/v1/iam/{collection}"),
            Target::UserOrKey if has_key(&request) => "/v1/iam/keys/principal".to_owned(),
            Target::UserOrKey => item(&request, "users")?,
            Target::Item(_, collection) => item(&request, collection)?,
        };
        Ok(request)
    }
}

fn has_key(request: &Request) -> bool {
    request.query_parameters().is_ok_and(|query| query.get("accessKey").is_some())
}

/// The path of the object that the request names: `?id=owner/name`, `?owner=&name=`, or the
/// members of the body.
fn item(request: &Request, collection: &str) -> Result<String, Invalid> {
    let query = request.query_parameters().map_err(|error| Invalid(error.to_string()))?;
    let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    let body = body.get("user").and_then(Value::as_object).unwrap_or(&body);
    let members = Members(body);
    let named = match query.get("id") {
        Some(id) => id.split_once('/'),
        None => query
            .get("owner")
            .or(members.text("owner")?)
            .zip(query.get("name").or(members.text("name")?)),
    };
    // Every organization is the platform's, whatever an old client writes.
    let named = if collection == "organizations" {
        let name = named.map(|(_, name)| name).or(query.get("id")).or(members.text("name")?);
        name.map(|name| ("admin", name))
    } else {
        named
    };
    let named = named.filter(|(owner, name)| !owner.is_empty() && !name.is_empty());
    let (owner, name) = named.ok_or_else(|| Invalid::member("id", "must be owner/name"))?;
    let segment = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    Ok(format!("/v1/iam/{collection}/{}/{}", segment(owner), segment(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, path: &str, query: &str, body: &str) -> Request {
        Request {
            method,
            base: String::new(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: http::HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            client_ip: String::new(),
            request_id: String::new(),
            trace: crate::origin::http::Trace::default(),
        }
    }

    fn rewritten(method: Method, path: &str, query: &str, body: &str) -> Option<(Method, String)> {
        let route = find(path)?;
        let request = route.rewrite(request(method, path, query, body)).ok()?;
        Some((request.method, request.path))
    }

    #[test]
    fn each_old_spelling_means_one_of_todays() {
        for (method, old, query, body, today) in [
            (Method::GET, "/api/get-users", "owner=hanzo", "", "GET /v1/iam/users"),
            (Method::GET, "/v1/iam/get-user", "id=hanzo/bob", "", "GET /v1/iam/users/hanzo/bob"),
            (Method::GET, "/v1/iam/users/get", "id=hanzo/bob", "", "GET /v1/iam/users/hanzo/bob"),
            (Method::GET, "/api/get-user", "accessKey=hk-x", "", "GET /v1/iam/keys/principal"),
            (Method::GET, "/v1/iam/application", "id=a/b", "", "GET /v1/iam/applications/a/b"),
            (
                Method::GET,
                "/api/get-organization",
                "id=admin/a",
                "",
                "GET /v1/iam/organizations/admin/a",
            ),
            (Method::POST, "/v1/iam/add-user", "", "{}", "POST /v1/iam/users"),
            (
                Method::POST,
                "/v1/iam/update-user",
                "",
                r#"{"owner":"a","name":"b"}"#,
                "PUT /v1/iam/users/a/b",
            ),
            (
                Method::POST,
                "/api/delete-user",
                "",
                r#"{"user":{"owner":"a","name":"b"}}"#,
                "DELETE /v1/iam/users/a/b",
            ),
            (Method::POST, "/oauth/token", "", "", "POST /v1/iam/oauth/token"),
            (Method::POST, "/api/login/oauth/access_token", "", "", "POST /v1/iam/oauth/token"),
            (Method::GET, "/api/get-app-login", "", "", "GET /v1/iam/auth/application"),
        ] {
            let (method, path) = rewritten(method, old, query, body).unwrap();
            assert_eq!(format!("{method} {path}"), today);
        }
    }

    #[test]
    fn a_name_from_an_old_request_stays_one_segment() {
        let path = rewritten(Method::GET, "/api/get-user", "id=hanzo/../../internal/edge", "");
        assert_eq!(path.unwrap().1, "/v1/iam/users/hanzo/%2E%2E%2F%2E%2E%2Finternal%2Fedge");
    }

    #[test]
    fn what_writes_is_not_called_by_a_link() {
        assert!(rewritten(Method::GET, "/api/delete-user", "id=hanzo/bob", "").is_none());
        assert!(rewritten(Method::POST, "/api/get-users", "", "").is_none());
    }

    #[test]
    fn todays_paths_and_unknown_ones_stay_as_they_are() {
        for path in ["/v1/iam/users", "/v1/iam/roles", "/api/unknown", "/api/get-roles", "/"] {
            assert!(find(path).is_none(), "{path}");
        }
    }
}
