//! Converts the query of a legacy request.

use super::aliases::{Alias, Named};
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION},
    origin::http::{Parameters, Request, RestError},
};

/// Converts the query of `alias` to that of `operation`.
pub(super) fn adapt(
    request: &mut Request,
    alias: &Alias,
    operation: &str,
) -> Result<(), RestError> {
    let query = request.query_parameters()?;
    let id = || query.get("id").unwrap_or_default();
    let adapted = match alias.spelling {
        "get-sorted-users" => with(&query, "sort", sort(&query)?),
        "get-user-count" if query.get("isOnline").is_some() => {
            return Err(Invalid::member("isOnline", "is not known: leave it out").into());
        }
        "get-user-roles" => of_object("user", id())?,
        "get-permissions-by-role" => of_object("role", id())?,
        "get-permissions-by-submitter" => of_object("submitter", id())?,
        // The number of an entry is its name.
        "get-records" if operation == "getAuditLog" => {
            with(&query, "name", query.get("value").unwrap_or_default())
        }
        // In Casdoor, the platform owns every token and application: return those of the caller's
        // organizations.
        "get-tokens" | "get-applications" | "get-organization-applications"
            if query.get("owner") == Some(PLATFORM_ORGANIZATION) =>
        {
            without(&query, "owner")
        }
        // No organization has certificates of its own.
        "get-certs" | "get-global-certs" => without(&query, "owner"),
        _ => {
            unfiltered(alias, &query)?;
            return Ok(());
        }
    };
    request.query = adapted;
    Ok(())
}

/// The query for the object `owner/name`.
pub(super) fn of_object(parameter: &str, id: &str) -> Result<String, Invalid> {
    let (owner, _) =
        id.split_once('/').ok_or_else(|| Invalid::member("id", "must be owner/name"))?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    Ok(query.append_pair("owner", owner).append_pair(parameter, id).finish())
}

/// Refuses Casdoor's list filters, because the client would take the full list for the filtered
/// one.
fn unfiltered(alias: &Alias, query: &Parameters) -> Result<(), Invalid> {
    let name = ["field", "sortField"].into_iter().find(|name| query.get(name).is_some());
    match name.filter(|_| alias.object == Named::Nowhere) {
        None => Ok(()),
        Some(name) => Err(Invalid::member(
            name,
            "is not known: the parameters of the list are in /v1/iam/docs",
        )),
    }
}

fn sort(query: &Parameters) -> Result<&'static str, Invalid> {
    match query.get("sorter") {
        Some("created_time" | "createdTime") => Ok("-createdTime"),
        Some("name") => Ok("name"),
        _ => Err(Invalid::member("sorter", "must be created_time or name")),
    }
}

fn with(query: &Parameters, name: &str, value: &str) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.extend_pairs(query.iter()).append_pair(name, value).finish()
}

fn without(query: &Parameters, name: &str) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.extend_pairs(query.iter().filter(|(known, _)| *known != name)).finish()
}
