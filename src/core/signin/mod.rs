//! The sign-in state machine: steps, their order, and the policy.
//!
//! A sign-in begins with a first factor, which identifies the user. The [`Policy`] then determines
//! the next step: a second factor, its enrolment, or the session.
//!
//! The states are types: [`Flow`] advances only on [`Evidence`], created by verifiers, and a method
//! that needs a challenge accepts evidence only after that challenge was [issued](Flow::issued).
//! [`Signed`], which starts a session, is only returned by [`Flow::next`]. A step-up
//! ([`Flow::stepping_up`]) continues a session with one fresh proof.

#[cfg(feature = "origin")]
mod demand;
mod flow;
mod method;
mod policy;
mod step_up;

#[cfg(feature = "origin")]
pub use self::demand::{Demand, MfaItem, RememberedHours, RequireMfa};
pub use self::{
    flow::{Challenge, Evidence, Flow, Next, Proven, Refusal, Signed, own_factors},
    method::{Acr, Method, Methods},
    policy::{Account, Policy, Remembered, second_name},
    step_up::{FRESH, Resumed},
};

#[cfg(test)]
mod tests;
