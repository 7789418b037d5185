//! SAML 2.0: identity providers sign people in here, and we sign them in at applications.

mod attacks;
mod idp;
mod logout;
mod peer;
mod sp;
