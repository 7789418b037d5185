//! Protocol tests over the origin's one way in: a request, an answer, and a clock that moves.
#![expect(clippy::string_slice, clippy::missing_panics_doc, reason = "a test may panic")]

mod browser;
mod internal;
mod signin_authorize;
mod signin_device;
mod signin_login;
mod world;
