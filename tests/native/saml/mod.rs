//! SAML 2.0: identity providers sign people in here.

mod attacks;
mod peer;
mod sp;
