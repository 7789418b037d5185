//! Rewrites a legacy request to its endpoint.

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::{
    aliases::{Alias, Named},
    body, query,
};
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION},
    origin::{
        api::{
            endpoint::{Declaration, Verb},
            list,
        },
        http::{Request, RestError},
    },
};

/// Operations whose callers send no media type, or a multipart form.
const FORMS: [&str; 7] = [
    "enforce",
    "batchEnforce",
    "initiateMfaSetup",
    "verifyMfaSetup",
    "enableMfa",
    "setPreferredMfa",
    "deleteMfa",
];

impl Alias {
    /// Rewrites `request` to the current form. Reads must be GET and writes POST, as before: a
    /// cross-site link must not write.
    pub(super) fn rewrite(&self, mut request: Request) -> Result<Request, RestError> {
        let (operation, _) = self.meaning(&request);
        let Declaration { method: verb, path: template, .. } =
            *list::operation(operation).ok_or_else(RestError::not_found)?;
        if self.object != Named::AsToday {
            let (expected, allow) = match verb {
                Verb::Get => (Method::GET, "GET, HEAD"),
                _ => (Method::POST, "POST"),
            };
            if request.method != expected {
                return Err(RestError::method(allow));
            }
            body::to_json(&mut request);
            if self.object == Named::Role {
                body::of_role(&mut request, self.spelling == "add-user-role")?;
            } else if expected == Method::POST {
                body::adapt(&mut request, operation)?;
            }
            request.method = verb.into();
        } else if self.is_directory() || FORMS.contains(&operation) {
            body::to_json(&mut request);
        } else if self.spelling.starts_with("/api/login/oauth/") {
            body::by_header(&mut request);
        }
        query::adapt(&mut request, self, operation)?;
        if self.object == Named::Session {
            session(&mut request, template)?;
        } else if template.contains('{') {
            object(&mut request, template)?;
        } else {
            template.clone_into(&mut request.path);
        }
        Ok(request)
    }
}

/// Sets the path to that of the named object: `?id=owner/name`, `?owner=&name=`, or members of the
/// body.
fn object(request: &mut Request, template: &str) -> Result<(), Invalid> {
    let query = request.query_parameters().map_err(|error| Invalid::new(error.to_string()))?;
    let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    let body = body.get("user").and_then(Value::as_object).unwrap_or(&body);
    let text = |name| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(Invalid::member(name, "must be a string")),
    };
    let named = if let Some(id) = query.get("id") {
        id.split_once('/')
    } else {
        let name = query.any(&["name", "userId"]).or(text("name")?);
        query.get("owner").or(text("owner")?).zip(name)
    };
    let is_team = template.starts_with("/v1/iam/teams/");
    // All organizations and certificates belong to the platform: ignore the owner sent by legacy
    // clients.
    let is_platforms = template.starts_with("/v1/iam/certs/") || !template.contains("{owner}");
    let named = if is_team || !is_platforms {
        named
    } else {
        let name = named.map(|(_, name)| name).or(query.get("id")).or(text("name")?);
        name.map(|name| (PLATFORM_ORGANIZATION, name))
    };
    let named = named.filter(|(owner, name)| !owner.is_empty() && !name.is_empty());
    let (owner, name) = named.ok_or_else(|| Invalid::member("id", "must be owner/name"))?;
    let path = template.replace("{owner}", &segment(owner)).replace("{name}", &segment(name));
    // The path of a team does not name its organization.
    if is_team {
        let mut query = form_urlencoded::Serializer::new(String::new());
        request.query = query.append_pair("owner", owner).finish();
    }
    request.path = path;
    Ok(())
}

/// Sets the path to that of the named sessions: `?sessionPkId=owner/name/application`, or members
/// of the body.
fn session(request: &mut Request, template: &str) -> Result<(), Invalid> {
    let query = request.query_parameters().map_err(|error| Invalid::new(error.to_string()))?;
    let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = |name| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let names = match query.get("sessionPkId") {
        Some(key) => key.splitn(3, '/').map(str::to_owned).collect(),
        None => ["owner", "name", "application"].map(text).map(str::to_owned).to_vec(),
    };
    let [owner, name, application] = names.as_slice() else {
        return Err(Invalid::member("sessionPkId", "must be owner/name/application"));
    };
    if [owner, name, application].iter().any(|name| name.is_empty()) {
        return Err(Invalid::member("sessionPkId", "must be owner/name/application"));
    }
    let path = template.replace("{owner}", &segment(owner)).replace("{name}", &segment(name));
    request.path = path.replace("{application}", &segment(application));
    Ok(())
}

/// `text` as one segment of a path.
fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
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
            trace: crate::origin::Trace::default(),
        }
    }

    fn rewritten(method: Method, path: &str, query: &str, body: &str) -> Option<(Method, String)> {
        let alias = Alias::find(path)?;
        let request = alias.rewrite(request(method, path, query, body)).ok()?;
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
        for path in ["/v1/iam/users", "/v1/iam/roles", "/api/unknown", "/api/get-unknown", "/"] {
            assert!(Alias::find(path).is_none(), "{path}");
        }
    }
}
