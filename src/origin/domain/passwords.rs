//! Passwords: hashes of new ones, what a new one ends, and where wrong ones are counted.

use super::{change::Change, change_error::ChangeError, revocation};
use crate::{
    core::{
        directory::{Invalid, NewPassword, folded},
        limit::{AttemptLimit, Slot},
        password::{Account, Inquiry, Weakness},
        time::UnixTime,
    },
    origin::{
        Origin,
        store::{attempts, organizations, users::User},
    },
    ports::HttpRequest,
};

/// Five wrong passwords or codes, then a lock of a quarter of an hour (WIRE §4.5). A few wrong ones are
/// forgotten after a day.
pub const LOCKOUT: AttemptLimit =
    AttemptLimit { attempts: 5, window: 24 * 3600, freeze: Some(15 * 60) };

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

/// Adds what goes with the change of a user's password from `before` to `after`: every lock of the
/// account opens, and what was issued to the user ends.
pub fn changed(origin: &Origin, change: &mut Change, before: &User, after: &User, now: UnixTime) {
    change.write_all(slots(origin, after).iter().map(attempts::forget));
    change.revoke(revocation::user_changed(before, after, now));
}

/// Where wrong passwords for `login` in `owner` are counted.
pub fn slot(origin: &Origin, owner: &str, login: &str) -> Slot {
    origin.slot("password", &format!("{}/{}", folded(owner), folded(login)))
}

/// Where wrong passwords for `user` are counted, by each of its logins; forgetting them
/// ([`attempts::forget`]) unlocks the user.
pub fn slots(origin: &Origin, user: &User) -> Vec<Slot> {
    [&user.name, &user.email, &user.phone]
        .into_iter()
        .filter(|login| !login.is_empty())
        .map(|login| slot(origin, &user.owner, login))
        .collect()
}
