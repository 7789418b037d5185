//! Sign-in, consent, device and sign-out pages.

mod approval;
mod choose;
mod code;
mod confirm;
mod device;
mod enrolment;
mod identify;
mod introduction;
mod passkey;
mod provider;
mod second;
mod signed_out;
mod signup;
mod telling;
mod wallet;

pub(super) use self::{
    approval::meaning,
    enrolment::{address, by_code},
};
pub use self::{
    approval::{Approval, permissions},
    choose::{Choosable, ChooseAccount},
    code::{EnterCode, code_link},
    confirm::Confirm,
    device::{DeviceRequest, device_code},
    enrolment::{EnrolCode, Enrolment, RecoveryCodes, TotpSetup},
    identify::Identify,
    introduction::Introduction,
    passkey::{PasskeyForm, SCRIPT as PASSKEY_SCRIPT, add_passkey},
    provider::{Completion, ProviderButton, unverified},
    second::SecondFactor,
    signed_out::{sign_out, signed_out},
    signup::{AskAddress, ChoosePassword, NewAccount},
    telling::telling,
    wallet::link_wallet,
};
