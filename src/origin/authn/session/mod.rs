//! Browser sessions: look-up, creation and continuation.
//!
//! A cookie names the user and the session, by which the row is found, and carries a secret of 256
//! random bits. Every sign-in starts a new session with a new id, so that a planted id is useless.
//! A step-up continues the session under a new secret ([`rotated`]).

mod accounts;
mod cookies;

use serde_json::json;

pub use self::{
    accounts::{SignedOut, accounts, accounts_everywhere, choose, sign_out},
    cookies::{COOKIE, is_secure, set_cookie, with_cookie},
};
use super::{
    familiar,
    password::{Proof, SigninError, are_current},
};
use crate::{
    core::{
        device,
        encoding::{base64url, digest},
        log::Caller,
        session::{Factor, proved},
        signin::{Acr, Resumed, Signed},
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::{
            audit::Subject,
            change::{Change, Committed, Position},
            people::Person,
        },
        http::{Request, Response},
        store::{
            accounts::Named,
            query::Query,
            sessions::{self, Session, SessionKey, Whereabouts},
        },
    },
    ports::DatabaseError,
};

/// A session and its user.
#[derive(Debug, Clone)]
pub struct Current {
    /// The session.
    pub session: Session,
    /// The user, who may currently sign in.
    pub person: Person,
}

impl Current {
    /// The session in the form that the state machine continues.
    pub fn resumed(&self) -> Resumed {
        self.session.resumed()
    }

    /// When it last proved the account's strongest factor ([`Resumed::confirmed_at`]).
    pub fn confirmed_at(&self) -> Option<UnixTime> {
        self.session.confirmed_at(self.person.enrolled)
    }

    /// Whether the proof is recent at `now`, as required for changing factors and credentials.
    pub fn is_fresh(&self, now: UnixTime) -> bool {
        Resumed::is_fresh(self.confirmed_at(), now)
    }
}

/// The session of the browser that sent `request`, if it is signed in.
pub async fn current(origin: &Origin, request: &Request) -> Result<Option<Current>, DatabaseError> {
    find(origin, request).fetch(&*origin.database).await
}

/// [`current`] as a query, which also records the use if due.
///
/// A session ends when it expires or is not used for too long, with the account or its
/// organization, and when the account is reset (a new password). Of several cookies, which sibling
/// hosts can set, the one with a valid session counts; two valid sessions count as none, so that a
/// planted one never replaces the user's own.
pub fn find(origin: &Origin, request: &Request) -> Query<Option<Current>> {
    let now = origin.clock.now();
    let of_cookie = |held: &cookies::Held| {
        let used = sessions::used(&held.key, whereabouts(request), now);
        of_key(origin, &held.key).and(used).map(|(current, ())| current)
    };
    let trace = request.trace.clone();
    Query::list(cookies::active(request).iter().map(of_cookie)).map(move |found| {
        let mut found = found.into_iter().flatten();
        let current = found.next().filter(|_| found.next().is_none())?;
        trace.note(caller(&current.person, "session", &current.session.id));
        Some(current)
    })
}

/// The session of `key`, if live.
fn of_key(origin: &Origin, key: &SessionKey) -> Query<Option<Current>> {
    let now = origin.clock.now();
    let account = crate::origin::store::accounts::find(Named::Id(&key.user_id));
    sessions::find(key, now).and(account).map(move |found| {
        let (session, account) = (found.0?, found.1?);
        let person = Person::standing(account, session.authenticated_at, now)?;
        session.is_within(person.sessions, now).then_some(Current { session, person })
    })
}

fn caller(person: &Person, credential: &'static str, id: &str) -> Caller {
    let user = &person.user;
    Caller {
        subject: user.id.clone(),
        organization: user.owner.clone(),
        client: String::new(),
        credential,
        id: id.to_owned(),
        name: format!("{}/{}", user.owner, user.name),
        acting: Vec::new(),
    }
}

/// The origin of a request. Cloudflare sets the country; elsewhere it comes from the client and is
/// only displayed.
fn whereabouts(request: &Request) -> Whereabouts<'_> {
    let country = request.header("cf-ipcountry").filter(|text| {
        text.len() == 2 && text.bytes().all(|it| it.is_ascii_uppercase()) && *text != "XX"
    });
    Whereabouts { address: &request.client_ip, country: country.unwrap_or_default() }
}

/// The user of the session with that id among the (unverified) sessions in the cookies of
/// `request`.
pub fn person_of(origin: &Origin, request: &Request, session_id: &str) -> Option<String> {
    let all = cookies::active(request).into_iter().chain(cookies::held(origin, request));
    all.map(|held| held.key).find(|key| key.id == session_id).map(|key| key.user_id)
}

/// The user ids in the cookies of `request`, not verified.
pub fn claimed(request: &Request) -> Vec<String> {
    cookies::active(request).into_iter().map(|held| held.key.user_id).collect()
}

/// A session that is started or continued by a change.
#[derive(Debug)]
pub struct Begun {
    /// The session.
    pub current: Current,
    /// The cookies to set, one per line ([`with_cookie`]).
    pub cookie: String,
    /// The change, to which the caller adds its own statements and which it commits.
    pub change: Change,
    required: Vec<Position>,
}

impl Begun {
    /// The same, which also requires each statement of `positions` to take effect.
    #[must_use]
    pub fn requiring(mut self, positions: Vec<Position>) -> Self {
        for position in positions {
            self.change.require(position);
            self.required.push(position);
        }
        self
    }

    /// [`SigninError::Wrong`] if the password was changed, the account disabled, or the session ended or
    /// rotated, since it was read: then nothing has begun.
    pub fn check(&self, committed: &Committed) -> Result<(), SigninError> {
        are_current(committed, &self.required)
    }
}

/// The proven methods.
#[derive(Debug, Clone, Copy)]
pub struct Proved<'a> {
    /// The methods (`amr`).
    pub methods: &'a [&'a str],
    /// The second factors among them, by session names ([`Signed::seconds`]).
    pub seconds: &'a [String],
    /// The reached class (`acr`); empty if none is claimed.
    pub acr: &'a str,
}

impl Proved<'_> {
    /// All names whose time the session records.
    fn names(&self) -> Vec<&str> {
        self.methods.iter().copied().chain(self.seconds.iter().map(String::as_str)).collect()
    }
}

/// Starts a session of a user who has met the sign-in policy.
pub fn begin(origin: &Origin, request: &Request, proof: Proof, signed: &Signed) -> Begun {
    let methods: Vec<&str> = signed.amr().iter().map(String::as_str).collect();
    let acr = Acr::of(signed.amr()).as_str();
    let what = Proved { methods: &methods, seconds: signed.seconds(), acr };
    let mut factors = proved(Vec::new(), &what.names(), origin.clock.now());
    factors.extend_from_slice(signed.remembered());
    begin_knowing(origin, request, proof, (&methods, acr), factors)
}

/// Starts a session that replaces `current`, which ends with all others of the account, after a
/// proof of the password; earlier proofs keep their time.
pub fn replaced(origin: &Origin, request: &Request, proof: Proof, current: &Session) -> Begun {
    let methods: Vec<&str> = current.methods.iter().map(String::as_str).collect();
    let factors = proved(current.factors.clone(), &["pwd"], origin.clock.now());
    begin_knowing(origin, request, proof, (&methods, &current.acr), factors)
}

/// Starts a session of a user who has proved `factors`. The browser's earlier session of the same
/// account ends; those of other accounts stay in its cookie ([`accounts()`]), up to five.
fn begin_knowing(
    origin: &Origin,
    request: &Request,
    proof: Proof,
    (methods, acr): (&[&str], &str),
    factors: Vec<Factor>,
) -> Begun {
    let (person, mut change, mut required) = proof.into_parts();
    let now = origin.clock.now();
    let id = base64url(&origin.random.bytes::<16>());
    let value = fresh_value(origin, &person.user.id, &id);
    let from = whereabouts(request);
    let session = Session {
        id,
        digest: digest(&value),
        user_id: person.user.id.clone(),
        authenticated_at: now,
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        acr: acr.to_owned(),
        factors,
        issuer: origin.config.issuer_for(&request.base).to_owned(),
        expires_at: now.plus(person.sessions.lifetime),
        idle_ends_at: now.plus(person.sessions.idle),
        created_at: now,
        used_at: now,
        device: device::name(request.header("user-agent").unwrap_or_default()),
        address: from.address.to_owned(),
        country: from.country.to_owned(),
        used_address: from.address.to_owned(),
        used_country: from.country.to_owned(),
    };
    let insert = sessions::insert(&session, person.user.password_hash.as_deref());
    let user = &person.user;
    request.trace.note(caller(&person, "password", ""));
    let facts = json!({"id": session.id, "methods": session.methods});
    change.record(Subject::with(&user.owner, "session", &user.name, &facts));
    required.push(change.decide(insert));
    let (mut cookie, ended) = accounts::joined(origin, request, &session, &value);
    if let Some(known) = familiar::known(origin, request, &person.user) {
        cookie.push('\n');
        cookie.push_str(&known);
    }
    change.write_all(ended.iter().map(sessions::remove_of_cookie));
    let begun =
        Begun { current: Current { session, person }, cookie, change, required: Vec::new() };
    begun.requiring(required)
}

/// Continues a session after the step-up of `signed`, under a new secret ([`rotated`]).
pub fn stepped_up(
    origin: &Origin,
    request: &Request,
    current: Current,
    change: Change,
    signed: &Signed,
) -> Begun {
    let all: Vec<String> = current.session.methods.iter().chain(signed.amr()).cloned().collect();
    let methods: Vec<&str> = signed.amr().iter().map(String::as_str).collect();
    let (seconds, acr) = (signed.seconds(), Acr::of(&all).as_str());
    let proved = Proved { methods: &methods, seconds, acr };
    rotated(origin, request, current, change, proved)
}

/// Continues a session after a step-up or new sign-in of the same user; earlier proofs keep
/// counting, with their own time. `change` has the caller's own statements, and becomes
/// [`Begun::change`].
///
/// The cookie gets a new secret, and the earlier cookie becomes invalid. The id stays: it is the
/// `sid` of ID tokens, by which applications identify the session at logout (Back-Channel Logout
/// §2.4) and by which its grants are revoked. The expiry is unchanged.
pub fn rotated(
    origin: &Origin,
    request: &Request,
    current: Current,
    mut change: Change,
    what: Proved<'_>,
) -> Begun {
    let Proved { methods, acr, .. } = what;
    let now = origin.clock.now();
    let Current { session: before, person } = current;
    let mut all = before.methods.clone();
    all.extend(
        methods
            .iter()
            .filter(|&&it| !before.methods.iter().any(|known| known == it))
            .map(|&method| method.to_owned()),
    );
    let session = Session {
        authenticated_at: now,
        methods: all,
        acr: if acr.is_empty() { before.acr.clone() } else { acr.to_owned() },
        factors: proved(before.factors.clone(), &what.names(), now),
        ..before.clone()
    };
    let user = &person.user;
    let facts = json!({"id": session.id, "methods": session.methods, "acr": session.acr});
    change.record(Subject::with(&user.owner, "session", &user.name, &facts));
    continued(origin, request, Current { session, person }, &before.digest, change)
}

/// The session under a new secret; `digest` is that of its current cookie.
fn continued(
    origin: &Origin,
    request: &Request,
    mut current: Current,
    before: &str,
    mut change: Change,
) -> Begun {
    let now = origin.clock.now();
    let session = &mut current.session;
    let value = fresh_value(origin, &session.user_id, &session.id);
    let from = whereabouts(request);
    session.digest = digest(&value);
    session.used_at = now;
    session.idle_ends_at = now.plus(current.person.sessions.idle);
    from.address.clone_into(&mut session.used_address);
    from.country.clone_into(&mut session.used_country);
    let rotated = change.decide(sessions::rotate(session, before, now));
    let (cookie, ended) = accounts::joined(origin, request, session, &value);
    // The row of the session itself has another digest by now.
    change.write_all(ended.iter().map(sessions::remove_of_cookie));
    Begun { current, cookie, change, required: Vec::new() }.requiring(vec![rotated])
}

fn fresh_value(origin: &Origin, user_id: &str, id: &str) -> String {
    let secret = base64url(&origin.random.bytes::<32>());
    format!("{}.{id}.{secret}", base64url(user_id.as_bytes()))
}

/// The response that also clears the active session cookie.
pub fn forget(origin: &Origin, request: &Request, response: Response) -> Response {
    let active = cookies::active(request);
    let cookies = accounts::without(origin, request, |held| {
        active.iter().any(|other| other.key.user_id == held.key.user_id)
    });
    with_cookie(response, &cookies)
}

/// The users named in the cookies of `request`, signed in or not.
pub(super) fn people(request: &Request) -> Vec<String> {
    claimed(request)
}
