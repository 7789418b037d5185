//! The origin: the service near the database, which issues tokens and administers the directory.
//!
//! Requests enter by [`Origin::receive`] (with an edge proof), jobs by [`Origin::scheduled`].
//! Imports between the modules only go down: api, pages, jobs → authn → domain → store → ports
//! (`tests/native/layers.rs`).

pub mod api;
pub mod authn;
pub mod config;
mod context;
pub mod domain;
pub mod http;
mod jobs;
pub mod messages;
pub mod pages;
pub mod store;

pub use self::{
    config::{Config, Limits},
    context::{Databases, Occasion, Once, Origin, Place, Trace, Watch},
};
