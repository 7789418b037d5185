//! Service accounts of agents (WIRE §3.3), one file per endpoint: programs with a responsible user
//! in the organization, an expiry date, and never more authority than that user.

pub mod create;
pub mod delete;
pub mod list;
pub mod rotate;
pub mod view;

use http::StatusCode;

use crate::{
    core::{directory::Invalid, time::UnixTime},
    origin::{Origin, http::RestError, store::agents::Listed},
};

/// Maximum lifetime of an agent, in seconds: 366 days.
const LONGEST: i64 = 366 * 24 * 3600;

/// Default lifetime of an agent, in seconds: 90 days.
const USUAL: i64 = 90 * 24 * 3600;

/// Maximum number of active keys per agent.
const MOST_KEYS: usize = 10;

/// The expiry of an agent: in the future, within a year.
fn end(origin: &Origin, wanted: Option<UnixTime>) -> Result<UnixTime, Invalid> {
    let now = origin.clock.now();
    let Some(end) = wanted else { return Ok(now.plus(USUAL)) };
    if end <= now {
        return Err(Invalid::member("expireTime", "is over"));
    }
    if end > now.plus(LONGEST) {
        return Err(Invalid::member("expireTime", "must be within 366 days"));
    }
    Ok(end)
}

/// The agent named in a path, or 404.
fn existing(found: Option<Listed>) -> Result<Listed, RestError> {
    found.ok_or_else(RestError::not_found)
}

/// 409 for an agent that cannot get another key.
fn no_key(why: &str) -> RestError {
    RestError::new(StatusCode::CONFLICT, why)
}
