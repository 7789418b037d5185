//! SAML 2.0: identity providers sign people in here.

mod attacks;
mod logout;
mod peer;
mod sp;
