//! Second factors: enrolment and removal.

use serde_json::json;

use super::{
    audit::Subject,
    change::{Change, Position},
    commit::commit,
    revocation,
    sent_codes::recipient,
    users,
};
use crate::{
    core::{
        message::{Channel, Recipient},
        otp::{
            recovery::{self, Code, Digests},
            totp::{Step, Totp},
        },
        seal::{self, SealError},
        signin::Method,
    },
    origin::{
        Origin,
        store::{
            factors::{self as rows, Factor, Held},
            identities::Identity,
            json_text, publications,
            users::{self as user_rows, User},
            webauthn_credentials,
        },
    },
    ports::DatabaseError,
};

/// The context under which the secret of a user's authenticator app is sealed.
fn context(user_id: &str) -> String {
    format!("totp:{user_id}")
}

/// A new secret for the authenticator app of that user, sealed.
pub fn new_totp(origin: &Origin, user_id: &str) -> Result<(Totp, String), SealError> {
    let totp = Totp::generate(&*origin.random);
    let (roots, environment) = (&origin.config.root_keys, &origin.config.environment);
    let secret = totp.secret().expose();
    let sealed = seal::seal(roots, environment, &*origin.random, &context(user_id), secret)?;
    Ok((totp, sealed))
}

/// The secret of that user's authenticator app; `None`, with a log line, if it cannot be unsealed.
pub fn open_totp(origin: &Origin, user_id: &str, sealed: &str) -> Option<Totp> {
    let (roots, environment) = (&origin.config.root_keys, &origin.config.environment);
    let opened = seal::open(roots, environment, &context(user_id), sealed);
    opened.inspect_err(|error| origin.failed("factors.totp", error)).ok().map(Totp::new)
}

/// Enrols the authenticator app with that sealed secret, of which the code of `step` was accepted.
pub fn enrol_totp(origin: &Origin, change: &mut Change, user: &User, sealed: String, step: Step) {
    enrol(origin, change, user, "totp", sealed, Some(step.0));
}

/// The destination of codes of `method`: the account's address, else the one in `typed`, if valid.
pub fn destination(user: &User, method: Method, typed: Option<&str>) -> Option<Recipient> {
    let typed = || typed.unwrap_or_default();
    match method {
        Method::Email if user.email.is_empty() => recipient(Channel::Email, typed()),
        Method::Email => Recipient::email(&user.email),
        Method::Sms if user.phone.is_empty() => recipient(Channel::Sms, typed()),
        Method::Sms => Recipient::phone(&user.phone),
        _ => None,
    }
}

/// Enrols an address to which a code was sent that the person has typed, and which is the account's verified
/// one from now on. The statement at the position takes no effect if the account has been changed meanwhile.
pub fn enrol_address(
    origin: &Origin,
    change: &mut Change,
    user: &User,
    to: &Recipient,
) -> Position {
    let now = origin.clock.now();
    let mut after = user.clone();
    match to.channel() {
        Channel::Email => {
            to.address().clone_into(&mut after.email);
            after.email_verified = true;
        }
        Channel::Sms => to.address().clone_into(&mut after.phone),
    }
    if users::reach(user, &after) != users::Reach::Nothing {
        after.updated_at = now;
        change.record(Subject::updated(user, &after));
        change.write(user_rows::update(&after));
        if after.is_published_otherwise(user) {
            change.publish_keys(publications::keys_of_user(&user.id, now));
        }
    }
    let kind = to.channel().name();
    change.record(subject(user, kind, "enrolled"));
    change.write(rows::enrol_address(&user.id, &user.owner, kind, to.address(), now))
}

/// Has the codes of the factor that was the address of the account go to the new one, `to`, which the person
/// has proved.
pub async fn readdressed(
    origin: &Origin,
    before: &User,
    to: &Recipient,
) -> Result<(), DatabaseError> {
    let (kind, old) = match to.channel() {
        Channel::Email => ("email", before.email.clone()),
        Channel::Sms => {
            let known = Recipient::phone(&before.phone);
            ("sms", known.map_or_else(String::new, |known| known.address().to_owned()))
        }
    };
    let mut change = Change::of(subject(before, kind, "readdressed"));
    change.decide(rows::readdress(&before.id, kind, &old, to.address()));
    commit(origin, change).await.map(drop)
}

/// Replaces the user's recovery codes. They are shown once.
pub fn renew_recovery(origin: &Origin, change: &mut Change, user: &User) -> Vec<String> {
    let codes = recovery::generate(&*origin.random);
    let digests = json_text(&Digests::of(&user.id, &codes));
    enrol(origin, change, user, "recovery", digests, None);
    codes.iter().map(Code::expose).collect()
}

fn enrol(
    origin: &Origin,
    change: &mut Change,
    user: &User,
    kind: &'static str,
    content: String,
    last_step: Option<i64>,
) {
    let now = origin.clock.now();
    let factor = Factor {
        kind: kind.to_owned(),
        content,
        last_step,
        is_preferred: false,
        is_barred: false,
        created_at: now,
        used_at: None,
    };
    change.record(subject(user, kind, "enrolled"));
    change.write(rows::enrol(&user.id, &user.owner, &factor));
}

/// Removes the factor of that kind. Removing the last primary second factor also removes recovery
/// codes and remembered browsers.
pub fn remove(change: &mut Change, user: &User, held: &Held, kind: &str) {
    change.record(subject(user, kind, "removed"));
    change.write(rows::remove(&user.id, kind));
    let asks = |factor: &&Factor| factor.kind != "recovery" && factor.kind != kind;
    if held.factors.iter().find(asks).is_none() {
        change.write(rows::forget_browsers(&user.id));
        if held.passkeys == 0 {
            change.write(rows::remove(&user.id, "recovery"));
        }
    }
}

/// Removes what stands in for second factors, if a user who had `held` has removed the last passkey and no
/// other factor is left.
pub fn passkey_removed(change: &mut Change, user: &User, held: &Held) {
    let is_left = held.factors.iter().any(|factor| factor.kind != "recovery");
    if held.passkeys <= 1 && !is_left {
        change.write(rows::forget_browsers(&user.id));
        change.write(rows::remove(&user.id, "recovery"));
    }
}

/// Makes the factor of that kind the preferred one.
pub fn prefer(change: &mut Change, user: &User, kind: &str) {
    change.record(subject(user, kind, "preferred"));
    change.write(rows::prefer(&user.id, kind));
}

/// Removes all second factors of a user who has lost them, including passkeys, and ends everything
/// issued to the account; for administrators. The user then signs in with a first factor and enrols
/// new ones.
pub async fn reset(origin: &Origin, user: &User) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    let mut change = Change::of(subject(user, "all", "reset"));
    change.write(rows::remove_all(&user.id));
    change.write(rows::forget_browsers(&user.id));
    change.write(webauthn_credentials::remove_of_user(&user.id));
    change.revoke(revocation::user(&user.id, &[], now));
    commit(origin, change).await.map(drop)
}

/// Whether codes to a mailbox may be a second factor of the user with `held` and `identities`: not
/// if such a code is the only first factor, because the user could no longer sign in.
pub fn may_enrol(method: Method, user: &User, held: &Held, identities: &[Identity]) -> bool {
    method != Method::Email
        || user.password_hash.is_some()
        || held.passkeys > 0
        || !identities.is_empty()
}

/// Removes remembered browsers.
pub fn forget_browsers(change: &mut Change, user: &User) {
    change.record(subject(user, "browsers", "forgotten"));
    change.write(rows::forget_browsers(&user.id));
}

fn subject(user: &User, kind: &str, what: &str) -> Subject {
    Subject::with(&user.owner, "factor", &user.name, &json!({"kind": kind, "change": what}))
}
