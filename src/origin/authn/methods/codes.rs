//! Authenticator app codes and recovery codes, as second factors.

use crate::{
    core::{
        otp::{recovery::Digests, totp::Step},
        signin::{Evidence, Method},
    },
    origin::{
        Origin,
        domain::{
            change::{Change, Position},
            factors,
        },
        store::{
            factors::{self as rows, Held},
            json_text,
        },
    },
};

/// An entered second-factor code and its user.
#[derive(Debug, Clone, Copy)]
pub struct TypedCode<'a> {
    /// `users.id`
    pub user_id: &'a str,
    /// The user's second factors.
    pub held: &'a Held,
    /// The code as entered.
    pub code: &'a str,
}

/// Verifies an authenticator app code. The statement records its step, and takes no effect if a
/// code of the same step was accepted concurrently.
pub fn totp(
    origin: &Origin,
    typed: TypedCode<'_>,
    change: &mut Change,
) -> Option<(Evidence, Position)> {
    let TypedCode { user_id, held, code } = typed;
    let factor = held.factor("totp")?;
    let totp = factors::open_totp(origin, user_id, &factor.content)?;
    let now = origin.clock.now();
    let Step(step) = totp.verify(code, now, factor.last_step.map(Step))?;
    let position = change.write(rows::totp_used(user_id, step, now));
    Some((Evidence::by(Method::Totp, user_id.to_owned(), now), position))
}

/// Verifies a recovery code. The statement removes it, and takes no effect if the codes were
/// changed concurrently.
pub fn recovery(
    origin: &Origin,
    typed: TypedCode<'_>,
    change: &mut Change,
) -> Option<(Evidence, Position)> {
    let TypedCode { user_id, held, code } = typed;
    let factor = held.factor("recovery")?;
    let digests: Digests = serde_json::from_str(&factor.content).ok()?;
    let left = json_text(&digests.used(user_id, code)?);
    let now = origin.clock.now();
    let position = change.write(rows::recovery_used(user_id, &factor.content, &left, now));
    Some((Evidence::by(Method::Recovery, user_id.to_owned(), now), position))
}
