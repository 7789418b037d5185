//! Decisions of the token endpoint (RFC 6749, 7636, 8628, 8693, 8707): plain functions over loaded
//! states, each transition consuming the previous state.

pub mod audience;
pub mod client;
pub mod code;
pub mod description;
pub mod device;
pub mod disclosure;
pub mod exchange;
pub mod frontchannel;
pub mod lifetime;
pub mod pkce;
pub mod profile;
pub mod refresh;
pub mod scope;
pub mod size;
