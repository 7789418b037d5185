//! Invitations to an organization (WIRE §5).

pub mod change;
pub mod list;
pub mod read;
pub mod send;
pub mod view;
