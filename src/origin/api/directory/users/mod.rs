//! Users, one file per endpoint.

pub mod create;
pub mod delete;
pub mod erase;
pub mod export;
pub mod list;
pub mod read;
pub mod replace_key;
pub mod reset_factors;
pub mod revoke_key;
mod service_keys;
pub mod set_password;
pub mod update;
pub mod upsert;
pub mod view;
