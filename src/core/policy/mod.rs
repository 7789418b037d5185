//! Role-based access control: the decision whether a principal may perform an action on a resource.
//!
//! A [`Policy`] holds roles and teams, their members, and permissions; [`Policy::decide`] is the one
//! decision function, of the origin over the part that it read for one principal and of the edge over
//! an organization's published snapshot. Its rules:
//!
//! - **default deny**: without a permission that allows it, nothing is allowed;
//! - **deny overrides**: one Deny that applies is final, in any order of the rules;
//! - **members of members are members**: roles and teams nest, and circles are harmless;
//! - what is disabled, not approved or expired does not count;
//! - **unknown facts are decided against the principal**: a Deny applies where an Allow would need
//!   a fact missing from the query ([`Place`]), and an invalid pattern matches everything in a Deny
//!   and nothing in an Allow;
//! - **authority only shrinks**: the organization role comes from the credential's
//!   [`Authority`](super::authority::Authority), and [`Limits`] bound the result.

mod codec;
mod decision;
mod grounds;
mod limits;
mod membership;
mod narrowing;
mod path;
mod pattern;
mod record;
mod request;
#[cfg(test)]
mod tests;

pub use decision::{Decision, Question, Reason, Subject};
pub use grounds::Effective;
pub use limits::Limits;
pub use membership::Step;
pub use narrowing::{Certainty, Narrowing, Place};
pub use path::{method_names, path_names};
pub use pattern::{MAXIMUM_PATTERN, is_action, is_pattern, stands_for};
pub use record::{
    Assignment, Effect, Group, GroupKind, MAXIMUM_DEPTH, Permission, Policy, Standing,
};
pub use request::DecisionRequest;
