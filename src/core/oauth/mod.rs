//! What the token endpoint decides (RFC 6749, 7636, 8628, 8693, 8707): plain functions over states
//! that the store has read, each transition consuming the state it leaves.

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
