//! The pages of a sign-in, of an approval, of a device and of signing out.

mod approval;
mod device;
mod identify;
mod signed_out;

pub use self::{
    approval::{Approval, permissions},
    device::{DeviceRequest, device_code},
    identify::Identify,
    signed_out::{sign_out, signed_out},
};
