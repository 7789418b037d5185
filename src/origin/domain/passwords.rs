//! Passwords: hashing new ones, and the effects of a change.

use super::{change::Change, change_error::ChangeError, revocation};
use crate::{
    core::{
        directory::{Invalid, NewPassword},
        password::{Account, Inquiry, Weakness},
        time::UnixTime,
    },
    origin::{
        Origin,
        store::{organizations, users::User},
    },
    ports::HttpRequest,
};

/// The hash of the new password of an account of `owner`: every password that is set comes from here. It
/// has to meet the rules of all and those of the organization, and must not be known from a breach.
pub async fn hashed(
    origin: &Origin,
    owner: &str,
    account: Account<'_>,
    password: &NewPassword,
) -> Result<String, ChangeError> {
    let organization = organizations::find(&*origin.database, owner).await?;
    let policy = organization.map(|it| it.password_policy()).unwrap_or_default();
    let refused = |why: Weakness| Invalid::member("password", &why.to_string());
    policy.check(password.password(), account).map_err(refused)?;
    if is_breached(origin, password).await {
        return Err(refused(Weakness::Breached).into());
    }
    Ok(password.hash(origin.random.bytes())?)
}

/// Whether the configured service lists the password. A service that fails lists nothing: it must not keep
/// people from setting a password.
async fn is_breached(origin: &Origin, password: &NewPassword) -> bool {
    let Some(endpoint) = &origin.config.breach_range else { return false };
    let inquiry = Inquiry::about(password.password());
    let request = HttpRequest {
        method: "GET",
        url: inquiry.url(endpoint),
        // Responses of equal length do not tell which range was asked for.
        headers: vec![("add-padding", "true".to_owned())],
        body: Vec::new(),
    };
    let why = match origin.outbound.send(request).await {
        Ok(response) if response.is_success() => {
            return inquiry.is_listed(&String::from_utf8_lossy(&response.body));
        }
        Ok(response) => format!("status {}", response.status),
        Err(error) => error.to_string(),
    };
    origin.failed("password.breach", why);
    false
}

/// Adds what goes with the change of a user's password from `before` to `after`: what was issued to the user
/// ends, and no browser stands for a second factor. Every lock of the account opens, because its counters name [`User::not_before`].
pub fn changed(change: &mut Change, before: &User, after: &User, now: UnixTime) {
    change.revoke(revocation::user_changed(before, after, now));
}
