//! The sign-in endpoints: authorization, hosted pages, calls of the published clients, sessions,
//! logout.

pub mod account;
pub mod account_data;
pub mod account_pages;
pub mod addresses;
pub mod approval;
pub mod authorize;
pub mod code_link;
pub mod consent;
pub mod device;
pub mod enrolment;
pub mod federation;
pub mod invitation;
pub mod links;
pub mod login;
pub mod login_code;
pub mod logout;
pub mod logout_everywhere;
pub mod methods;
pub mod mfa;
pub mod onboard;
pub mod preferences;
pub mod request;
pub mod reset;
pub mod respond;
pub mod schemas;
pub mod signup;
pub mod spnego;
pub mod terms;
pub mod verification_codes;
pub mod visit;
pub mod web3;
pub mod webauthn;
