//! Older spellings of the routes (WIRE §0, §4.7), as thin adapters over the same handlers.

use super::http::Request;

/// The request in today's spelling.
pub fn modernized(request: Request) -> Request {
    request
}
