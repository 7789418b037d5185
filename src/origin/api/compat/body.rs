//! Converts the body of a legacy write to the current JSON.
//!
//! Earlier clients send JSON without its media type, or a form. An endpoint that accepts cookies
//! must not accept either, because a cross-site form sends them without a preflight. They are
//! therefore accepted only from programs.

use http::{HeaderValue, Method, header};
use serde_json::{Map, Value, json};

use super::envelope::OLDER_NAMES;
use crate::{
    core::{directory::Invalid, multipart, principal::PLATFORM_ORGANIZATION},
    origin::{
        authn::caller,
        http::{Parameters, Request, RestError},
    },
};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// Headers that browsers add to writes or send automatically.
const OF_BROWSERS: [header::HeaderName; 3] =
    [header::COOKIE, header::ORIGIN, header::HeaderName::from_static("sec-fetch-site")];

/// Whether a program sent the request: its credential is in a header, and there are no browser
/// headers. A browser may add `Authorization` itself, with a previously entered password.
fn is_of_a_program(request: &Request) -> bool {
    caller::is_presented(request)
        && !OF_BROWSERS.iter().any(|name| request.headers.contains_key(name))
}

/// Converts a program's JSON or form body to JSON with its media type.
pub(super) fn to_json(request: &mut Request) {
    let media_type = request.media_type();
    if request.method != Method::POST
        || request.body.is_empty()
        || media_type.as_deref() == Some(JSON)
        || !is_of_a_program(request)
    {
        return;
    }
    if !is_json(&request.body) {
        let Some(body) = form(request, media_type.as_deref()) else { return };
        request.body = body;
    }
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
}

/// Removes the client secret from the JSON body of a token request if the header also has it, as
/// `casdoor-nodejs-sdk` sends both; the header takes precedence.
pub(super) fn by_header(request: &mut Request) {
    let is_basic = caller::is_basic(request);
    if !is_basic || request.media_type().as_deref() != Some(JSON) {
        return;
    }
    if let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(&request.body)
        && body.remove("client_secret").is_some()
    {
        request.body = serde_json::to_vec(&body).unwrap_or_default();
    }
}

fn is_json(body: &[u8]) -> bool {
    matches!(serde_json::from_slice(body), Ok(Value::Object(_) | Value::Array(_)))
}

/// The fields of a form, as a JSON object of strings.
fn form(request: &Request, media_type: Option<&str>) -> Option<Vec<u8>> {
    let mut object = Map::new();
    match media_type? {
        FORM => {
            let parameters = Parameters::from_urlencoded(&request.body).ok()?;
            object.extend(parameters.iter().map(|(name, value)| (name.into(), value.into())));
        }
        MULTIPART => {
            let body = str::from_utf8(&request.body).ok()?;
            for (name, value) in multipart::fields(request.header("content-type")?, body)? {
                if object.insert(name.into(), value.into()).is_some() {
                    return None;
                }
            }
        }
        _ => return None,
    }
    serde_json::to_vec(&object).ok()
}

/// Reduces the object to the intended members: its key and, if present, those named in `columns`;
/// drops empty names in lists, because Casdoor clients write `[""]` for an empty list. Renames
/// members of roles, permissions and teams to their current names.
pub(super) fn adapt(request: &mut Request, operation: &str) -> Result<(), RestError> {
    let Ok(mut object) = serde_json::from_slice::<Map<String, Value>>(&request.body) else {
        return Ok(()); // today's endpoint says what is wrong
    };
    let query = request.query_parameters()?;
    if let Some(columns) = query.get("columns") {
        let is_key = |name: &str| {
            matches!(name, "owner" | "name")
                || name == "application" && operation.ends_with("Session")
        };
        object.retain(|name, _| {
            is_key(name) || columns.split(',').any(|column| is_column(column, name))
        });
    }
    // Casdoor clients send every member, with blanks for unset ones: drop them for new objects, and
    // a blank state always.
    let is_new = operation.starts_with("create");
    object.retain(|name, value| value.as_str() != Some("") || !is_new && name != "state");
    for member in object.values_mut() {
        if let Value::Array(list) = member {
            list.retain(|item| item.as_str() != Some(""));
        }
    }
    if operation.ends_with("Cert") {
        // All certificates belong to the platform: ignore the owner sent by legacy clients.
        object.insert("owner".to_owned(), PLATFORM_ORGANIZATION.into());
    }
    if ["Role", "Permission", "Team"].iter().any(|kind| operation.ends_with(kind)) {
        for (today, older) in OLDER_NAMES {
            if let Some(value) = object.remove(older) {
                object.entry(today).or_insert(value);
            }
        }
    }
    request.body = serde_json::to_vec(&object).unwrap_or_default();
    Ok(())
}

/// Converts `{user, role}`, each `owner/name`, to a change of the role.
pub(super) fn of_role(request: &mut Request, adds: bool) -> Result<(), RestError> {
    let sent: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = |name| {
        let text = sent.get(name).and_then(Value::as_str).filter(|text| text.contains('/'));
        text.ok_or_else(|| Invalid::member(name, "must be owner/name"))
    };
    let (user, role) = (text("user")?, text("role")?);
    let mut query = form_urlencoded::Serializer::new(String::new());
    request.query = query.append_pair("id", role).finish();
    let member = if adds { "addUsers" } else { "removeUsers" };
    request.body = serde_json::to_vec(&json!({member: [user]})).unwrap_or_default();
    Ok(())
}

/// Whether `column`, in either spelling, is the member `name`.
fn is_column(column: &str, name: &str) -> bool {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    plain(column) == plain(name)
}
