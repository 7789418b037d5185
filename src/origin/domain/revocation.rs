//! Revocation: statements that end objects, with their entries in the revocation feed.
//!
//! Each function returns the statements of one event, first those that tell applications of the end of a
//! session, then the entries: both leave out what is already revoked. A [`Change`](super::change::Change) holds them together with the other statements of the
//! request, so that there is neither a change without its entry nor an entry without its change.

pub use super::moment::Moment;
use super::{audit, change::Change};
use crate::{
    core::{
        apikey::KeyScope, authority::ADMINISTRATION, oauth::lifetime::Lifetimes,
        revocation::Subject, time::UnixTime, token::Claims,
    },
    origin::store::{
        applications, codes, device_codes, factors, grants, invitations,
        keys::{self, Key, KeyState},
        left::Left,
        logouts::{self, Ending},
        memberships, owned,
        query::Query,
        revocations::{
            Since,
            append::{self, Cause},
        },
        sessions, token_horizon,
        users::{self, User},
    },
    ports::Statement,
};

/// One access token, which expires at `expires_at`.
pub fn token(jti: &str, expires_at: UnixTime, now: UnixTime) -> Vec<Statement> {
    vec![append::token(jti, expires_at, now)]
}

/// A grant: its refresh token family, access tokens, and tokens exchanged from them.
pub fn grant(id: &str, now: UnixTime) -> Vec<Statement> {
    vec![append::grant(id, now), grants::revocation(id, now)]
}

/// The change that ends the grant `id` of `organization`.
pub fn of_grant(organization: &str, id: &str, now: UnixTime) -> Change {
    Change::of(audit::Subject::new(organization, "grant", id)).revoking(grant(id, now))
}

/// The user's grants and codes for the client.
pub fn consent_between(user_id: &str, client_id: &str, now: UnixTime) -> Vec<Statement> {
    let mut statements = grants_between(user_id, client_id, now);
    statements.push(codes::voiding_between(user_id, client_id));
    statements.push(device_codes::voiding_between(user_id, client_id));
    statements
}

/// The application's participation in all sessions of the user, with its grants.
pub fn client_everywhere(user_id: &str, client_id: &str, now: UnixTime) -> Vec<Statement> {
    let mut statements = vec![logouts::queue(user_id, Ending::Client(client_id), now)];
    statements.extend(consent_between(user_id, client_id, now));
    statements
}

/// The user's grants to the client.
pub fn grants_between(user_id: &str, client_id: &str, now: UnixTime) -> Vec<Statement> {
    vec![
        append::grants_between(user_id, client_id, now),
        grants::revocation_between(user_id, client_id, now),
    ]
}

/// The user's grants to the client in a browser session.
pub fn grants_in_session(
    user_id: &str,
    client_id: &str,
    session_id: &str,
    now: UnixTime,
) -> Vec<Statement> {
    vec![
        logouts::queue(user_id, Ending::ClientInSession(client_id, session_id), now),
        append::grants_in_session(user_id, client_id, session_id, now),
        grants::revocation_of_client_in_session(user_id, client_id, session_id, now),
        codes::voiding_between(user_id, client_id),
        device_codes::voiding_between(user_id, client_id),
    ]
}

/// A browser session and its grants.
pub fn session(user_id: &str, id: &str, now: UnixTime) -> Vec<Statement> {
    vec![
        logouts::queue(user_id, Ending::Session(id), now),
        append::session(user_id, id, now),
        grants::revocation_in_session(user_id, id, now),
        grants::revocation_issued_by(&format!("user:{user_id}"), Some(id), now),
        codes::voiding_in_session(user_id, id),
        device_codes::voiding_in_session(user_id, id),
        sessions::remove(user_id, id),
    ]
}

/// All browser sessions of a user and their grants.
pub fn sessions(user_id: &str, now: UnixTime) -> Vec<Statement> {
    vec![
        logouts::queue(user_id, Ending::Every, now),
        append::sessions(user_id, now),
        append::issued_by(&format!("user:{user_id}"), now),
        grants::revocation_in_sessions(user_id, now),
        grants::revocation_issued_by(&format!("user:{user_id}"), None, now),
        codes::voiding_of_user(user_id),
        device_codes::voiding_of_user(user_id),
        sessions::remove_of_user(user_id),
    ]
}

/// Everything of the user: sessions, grants, and with them every token. No browser stands for a second factor
/// any longer.
pub fn user(id: &str, causes: &[Cause], now: UnixTime) -> Vec<Statement> {
    let [sessions, grants] = users::end_sessions_and_grants(id, now);
    let as_user = format!("user:{id}");
    vec![
        logouts::queue(id, Ending::Every, now),
        append::user(id, causes, now),
        append::issued_by(&as_user, now),
        append::issued_by_keys_of(id, now),
        sessions,
        grants,
        grants::revocation_issued_by(&as_user, None, now),
        grants::revocation_issued_by_keys_of(id, now),
        codes::voiding_of_user(id),
        device_codes::voiding_of_user(id),
        factors::forget_browsers(id),
    ]
}

/// What `after` has less than `before`, if that ends what was given to the user.
pub fn user_changed(before: &User, after: &User, now: UnixTime) -> Vec<Statement> {
    let losses = [
        (before.password_hash != after.password_hash, Cause::Password),
        (after.is_barred() && !before.is_barred(), Cause::Disabled),
        (before.is_admin && !after.is_admin, Cause::Role),
    ];
    let causes: Vec<Cause> =
        losses.into_iter().filter_map(|(lost, cause)| lost.then_some(cause)).collect();
    if causes.is_empty() { Vec::new() } else { user(&after.id, &causes, now) }
}

/// An account that is accepted again. Nothing ends, because what was issued to it has ended already: the
/// entries have edges read its keys again, and those of its agents.
pub fn user_reinstated(id: &str, now: UnixTime) -> Vec<Statement> {
    vec![append::user(id, &[], now)]
}

/// A deleted user, with every key and everything else that belongs to it.
pub fn user_deleted(id: &str, now: UnixTime) -> Vec<Statement> {
    deleted(id, Cause::Deleted, now)
}

/// A person whose data are erased. A restored row is erased again.
pub fn user_erased(id: &str, now: UnixTime) -> Vec<Statement> {
    deleted(id, Cause::Erased, now)
}

fn deleted(id: &str, cause: Cause, now: UnixTime) -> Vec<Statement> {
    let mut statements = user(id, &[cause], now);
    statements.push(append::keys_of_user(id, now));
    statements.extend(owned::delete_user(id));
    statements
}

/// What a user held in an organization that it has left, or in which it has a smaller role, to stand
/// after the change of the membership.
pub fn membership(
    user_id: &str,
    organization: &str,
    left: Left,
    revoker: &str,
    now: UnixTime,
) -> Vec<Statement> {
    let mut statements = vec![
        append::membership(user_id, organization, left, now),
        invitations::end_of_inviter(user_id, organization, left),
    ];
    if left == Left::Nothing {
        statements.push(append::keys_held(user_id, organization, now));
        statements.push(keys::revoke_held(user_id, organization, revoker, now));
        statements.extend(memberships::remove_holdings(user_id, organization, now));
        // The published one has the roles and teams that the user would come back to.
        statements.push(append::policy(organization, now));
    }
    statements
}

/// The grants of the client, and those that were exchanged from them.
pub fn application(client_id: &str, causes: &[Cause], now: UnixTime) -> Vec<Statement> {
    vec![
        append::application(client_id, causes, now),
        append::exchanged_from(client_id, now),
        grants::revocation_of_client(client_id, now),
    ]
}

/// Every token of the client, which obtains others; what people allowed it stays.
pub fn tokens_of_client(client_id: &str, causes: &[Cause], now: UnixTime) -> Vec<Statement> {
    vec![append::application(client_id, causes, now)]
}

/// A secret of the client that has a successor: a restored backup does not make it the current one
/// again. No token names this entry.
pub fn secret_retired(client_id: &str, now: UnixTime) -> Vec<Statement> {
    vec![append::application(&format!("{client_id}#secret"), &[Cause::Secret], now)]
}

/// What `after` has less than `before`. Disabled or less trusted: everything ends. Under another
/// secret, for other people or without a resource: tokens end, grants are looked at again when they
/// are refreshed.
pub fn application_changed(
    before: &applications::Application,
    after: &applications::Application,
    now: UnixTime,
) -> Vec<Statement> {
    let disabled = after.is_disabled && !before.is_disabled;
    let another_secret = before.client_secret_digest.is_some()
        && before.client_secret_digest != after.client_secret_digest;
    let mut causes = Vec::new();
    causes.extend(disabled.then_some(Cause::Disabled));
    causes.extend(another_secret.then_some(Cause::Secret));
    let mut statements = ended_with(before, after, &causes, now);
    let lifetime = |application: &applications::Application| {
        Lifetimes::configured(application.access_token_lifetime, 0).access
    };
    if lifetime(after) < lifetime(before) {
        statements.insert(0, token_horizon::extend(now.plus(lifetime(before))));
    }
    statements
}

fn ended_with(
    before: &applications::Application,
    after: &applications::Application,
    causes: &[Cause],
    now: UnixTime,
) -> Vec<Statement> {
    let disabled = causes.contains(&Cause::Disabled);
    let another_secret = causes.contains(&Cause::Secret);
    if disabled || carries_less(before, after) {
        application(&after.client_id, causes, now)
    } else if before.is_shared != after.is_shared || loses_resource(before, after) {
        let client_id = &after.client_id;
        vec![append::application(client_id, causes, now), append::exchanged_from(client_id, now)]
    } else if another_secret {
        vec![append::application(&after.client_id, causes, now)]
    } else {
        Vec::new()
    }
}

fn loses_resource(before: &applications::Application, after: &applications::Application) -> bool {
    before.resources.iter().any(|resource| !after.resources.contains(resource))
}

/// Whether tokens of the client, and what was exchanged for them, carry what it is no longer
/// trusted with.
fn carries_less(before: &applications::Application, after: &applications::Application) -> bool {
    let administers = |application: &applications::Application| {
        application.scopes.iter().any(|scope| scope == ADMINISTRATION)
    };
    (before.is_first_party && !after.is_first_party)
        || (before.platform_access && !after.platform_access)
        || (administers(before) && !administers(after))
}

/// An organization that is suspended, with the clients that are its own. Grants stay: they are of
/// no use until it is reinstated.
pub fn organization_disabled(name: &str, now: UnixTime) -> Vec<Statement> {
    vec![
        append::organization(name, &[Cause::Disabled], now),
        append::applications_of(name, now),
        append::people_elsewhere(name, now),
    ]
}

/// An organization that is accepted again. Nothing ends, because what was issued for it has ended already:
/// the entries have edges read the keys again that they found dead.
pub fn organization_reinstated(name: &str, now: UnixTime) -> Vec<Statement> {
    vec![append::organization(name, &[], now), append::people_elsewhere(name, now)]
}

/// A client that is accepted again: edges read the keys again that are bound to it.
pub fn application_reinstated(client_id: &str, now: UnixTime) -> Vec<Statement> {
    vec![append::keys_of_application(client_id, now)]
}

/// An organization that is deleted, to go before its rows do: with every key, and every membership
/// that people elsewhere had in it.
pub fn organization_deleted(name: &str, now: UnixTime) -> Vec<Statement> {
    vec![
        append::organization(name, &[Cause::Deleted], now),
        append::keys_of_organization(name, now),
        append::members(name, now),
        // Another organization may get its name.
        append::policy(name, now),
    ]
}

/// A permanently revoked key.
pub fn key(id: &str, revoker: &str, now: UnixTime) -> Vec<Statement> {
    let holder = format!("key:{id}");
    vec![
        append::key(id, now),
        append::issued_by(&holder, now),
        grants::revocation_issued_by(&holder, None, now),
        keys::revoke(id, revoker, now),
    ]
}

/// Changes a key; edges read it again immediately if their record of it differs. The last statement
/// returns the id unless the key has been changed concurrently.
pub fn key_changed(before: &Key, after: &Key, now: UnixTime) -> Vec<Statement> {
    let update = keys::update(after);
    if after.agrees(before) {
        return vec![update];
    }
    let within = KeyScope::stored(&before.scope).is_within(&KeyScope::stored(&after.scope));
    let sooner =
        after.expires_at.is_some_and(|end| before.expires_at.is_none_or(|before| end < before));
    let narrowed = !within
        || sooner
        || (before.act && !after.act)
        || (before.state == KeyState::Active && after.state == KeyState::Disabled);
    let causes: &[Cause] = if narrowed { &[Cause::Narrowed] } else { &[] };
    let mut statements = vec![append::key_changed(&after.id, before.version, causes, now)];
    if narrowed && before.act {
        let holder = format!("key:{}", after.id);
        statements.push(append::issued_by(&holder, now));
        statements.push(grants::revocation_issued_by(&holder, None, now));
    }
    statements.push(update);
    statements
}

/// The subjects of a token whose revocation ends it, and which may be reinstated later.
pub fn bearers(claims: &Claims) -> Vec<Subject<'_>> {
    let mut subjects = vec![
        Subject::User(&claims.sub),
        Subject::Application(&claims.azp),
        Subject::Organization(&claims.owner),
        Subject::Everything,
    ];
    let further = claims.orgs.iter().map(|role| role.org.as_str());
    subjects.extend(further.filter(|org| *org != claims.owner).map(Subject::Organization));
    subjects
}

/// Whether the feed says that an access token is revoked: the question that an edge asks of its
/// copy, asked of the database.
pub fn is_revoked(claims: &Claims) -> Query<bool> {
    let mut subjects = bearers(claims);
    subjects.push(Subject::Token(&claims.jti));
    subjects.push(Subject::Grant(&claims.gid));
    subjects.push(Subject::Session(&claims.sid));
    Since::new(&subjects, claims.seq).is_revoked()
}
