//! Signing in, as a state machine: which steps, in which order, under which policy.
//!
//! A sign-in begins with a first factor, which names the person. What the [`Policy`] demands then
//! decides about the next step: a second factor, the enrolment of one, or the session. The states are
//! types: [`Flow`] moves by [`Evidence`] only, which a verifier makes of what it has verified, and a
//! method whose verification needs a challenge accepts evidence only after that challenge was
//! [issued](Flow::issued). [`Signed`], by which a session begins, comes out of [`Flow::next`] and
//! nowhere else. A step-up ([`Flow::stepping_up`]) goes on with a session by one fresh proof.

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
