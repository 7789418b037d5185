//! Second factors of the signed-in account for published clients (WIRE §4.5): set up, prefer,
//! remove, and new recovery codes. All calls need a fresh proof, as on the account pages. The
//! secret of a setup stays on the server; the `secret` that Casdoor clients send back is ignored.

mod change;
mod enrolee;
mod setup;

use serde_json::{Value, json};

pub use self::{
    change::{DeleteMfa, ListMfa, RenewRecoveryCodes, SetPreferredMfa},
    setup::{EnableMfa, InitiateMfa, VerifyMfa},
};
use super::account::malformed;
use crate::{
    core::{otp::recovery::Digests, signin::Method},
    origin::{
        http::{Envelope, Parameters, Request},
        store::factors::Held,
    },
};

/// A factor, and the person whose it is. Parameters of the query count as well.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct MfaForm {
    /// `app`, `email` or `sms`.
    pub mfa_type: Option<String>,
    /// A code of the factor that is set up.
    pub passcode: Option<String>,
    /// Where codes go, if the account has no such address.
    pub dest: Option<String>,
    /// The home organization of the person, if an administrator asks.
    pub owner: Option<String>,
    /// The username of the person, likewise.
    pub name: Option<String>,
    /// The client of the sign-in that demands the factor, if it is not completed yet.
    pub client_id: Option<String>,
}

#[expect(clippy::result_large_err, reason = "as the handlers of the front door return it")]
fn parameters(request: &Request) -> Result<Parameters, Envelope> {
    Ok(request.body_parameters()?.joined(request.query_parameters()?))
}

/// The factor named in the call; an app by default.
#[expect(clippy::result_large_err, reason = "as the handlers of the front door return it")]
fn method(sent: &Parameters) -> Result<Method, Envelope> {
    let method =
        sent.any(&["mfaType", "mfa_type"]).map_or(Some(Method::Totp), Method::of_wire_name);
    method
        .filter(|it| matches!(it, Method::Totp | Method::Email | Method::Sms))
        .ok_or_else(|| malformed("mfaType must be app, email or sms").code("unsupported"))
}

/// The name of a factor in its row.
const fn kind(method: Method) -> &'static str {
    match method {
        Method::Totp => "totp",
        method => method.wire_name(),
    }
}

/// The user's factors in the published form: every kind, enabled or not.
fn listed(held: &Held) -> Value {
    let factor = |method: Method| {
        let factor = held.factor(kind(method));
        json!({
            "mfaType": method.wire_name(),
            "enabled": factor.is_some(),
            "isPreferred": factor.is_some_and(|factor| factor.is_preferred),
            "lastUsedTime": factor.and_then(|factor| factor.used_at).map(|at| at.to_string()),
        })
    };
    [Method::Totp, Method::Email, Method::Sms].map(factor).into_iter().collect()
}

/// The number of remaining recovery codes.
fn codes_left(held: &Held) -> usize {
    let digests = held.factor("recovery").map(|factor| serde_json::from_str(&factor.content));
    digests.and_then(Result::ok).map_or(0, |digests: Digests| digests.len())
}
