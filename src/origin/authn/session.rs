//! The browser's session and its cookie.
//!
//! The cookie is `hanzo_session` (WIRE §12), a name that published clients know, which is why it
//! does not carry the `__Host-` prefix; it is set as if it did: host-only, `Path=/`, `HttpOnly`,
//! and `Secure` wherever the issuer is `https`. `SameSite=Lax` lets a client's redirect find the
//! session and keeps it out of what other sites post or embed. Its value names the person and the
//! session, by which the row is found, and carries 256 random bits, which prove it. Every sign-in
//! begins a new session under a new id, so that an id planted beforehand is worth nothing.

use http::header::SET_COOKIE;
use serde_json::json;

use super::password::{Proof, SigninError, is_current};
use crate::{
    core::{
        encoding::{base64url, digest, from_base64url},
        log::Caller,
    },
    origin::{
        Origin,
        domain::{
            audit::Subject,
            change::{Change, Committed, Position},
            people::Person,
        },
        http::{Request, Response, response},
        store::{
            accounts::{self, Named},
            query::Query,
            sessions::{self, Session, SessionKey},
        },
    },
    ports::DatabaseError,
};

/// The cookie's name.
pub const COOKIE: &str = "hanzo_session";

/// 14 days (WIRE §2.3), in seconds.
const LIFETIME: i64 = 14 * 24 * 3600;

/// A session and its person.
#[derive(Debug, Clone)]
pub struct Current {
    /// The session.
    pub session: Session,
    /// The person, who currently may sign in.
    pub person: Person,
}

/// The session of the browser that sent `request`, if it is signed in.
pub async fn current(origin: &Origin, request: &Request) -> Result<Option<Current>, DatabaseError> {
    find(origin, request).fetch(&*origin.database).await
}

/// [`current`] as a query.
///
/// A session ends when it expires, with the account or its organization, and when the account is
/// reset (a new password). Of several cookies, which neighbouring hosts can set beside ours, the one
/// with a session counts; two valid sessions count as none, so that a planted one never takes the
/// place of the person's own.
pub fn find(origin: &Origin, request: &Request) -> Query<Option<Current>> {
    let now = origin.clock.now();
    let of_cookie = |key: &SessionKey| {
        sessions::find(key, now).and(accounts::find(Named::Id(&key.user_id))).map(move |found| {
            let (session, account) = (found.0?, found.1?);
            let person = Person::standing(account, session.authenticated_at, now)?;
            Some(Current { session, person })
        })
    };
    let trace = request.trace.clone();
    Query::list(cookies(request).iter().map(of_cookie)).map(move |found| {
        let mut found = found.into_iter().flatten();
        let current = found.next().filter(|_| found.next().is_none())?;
        let user = &current.person.user;
        trace.note(Caller {
            subject: user.id.clone(),
            organization: user.owner.clone(),
            client: String::new(),
            credential: "session",
            id: current.session.id.clone(),
            name: format!("{}/{}", user.owner, user.name),
            acting: Vec::new(),
        });
        Some(current)
    })
}

/// The ids of the users that the cookies of `request` name, verified or not.
pub fn claimed(request: &Request) -> Vec<String> {
    cookies(request).into_iter().map(|key| key.user_id).collect()
}

/// A session that begins with a change.
#[derive(Debug)]
pub struct Begun {
    /// The session.
    pub current: Current,
    /// The cookie to set.
    pub cookie: String,
    /// The change, to which the caller adds its own statements and which it commits.
    pub change: Change,
    required: Vec<Position>,
}

impl Begun {
    /// [`SigninError::Wrong`] if the password was changed, or the account disabled, since it was
    /// read: then no session has begun.
    pub fn check(&self, committed: &Committed) -> Result<(), SigninError> {
        self.required.iter().try_for_each(|position| is_current(committed, *position))
    }
}

/// Begins a session of the person who has just signed in by `methods` (`amr`), and ends all earlier ones
/// of the browser.
pub fn begin(origin: &Origin, request: &Request, proof: Proof, methods: &[&str]) -> Begun {
    let (person, mut change, signed_in) = proof.into_parts();
    let now = origin.clock.now();
    let id = base64url(&origin.random.bytes::<16>());
    let secret = base64url(&origin.random.bytes::<32>());
    let value = format!("{}.{id}.{secret}", base64url(person.user.id.as_bytes()));
    let session = Session {
        id,
        digest: digest(&value),
        user_id: person.user.id.clone(),
        authenticated_at: now,
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        expires_at: now.plus(LIFETIME),
        created_at: now,
    };
    let insert = sessions::insert(&session, person.user.password_hash.as_deref());
    let user = &person.user;
    request.trace.note(Caller {
        subject: user.id.clone(),
        organization: user.owner.clone(),
        client: String::new(),
        credential: "password",
        id: String::new(),
        name: format!("{}/{}", user.owner, user.name),
        acting: Vec::new(),
    });
    let facts = json!({"id": session.id, "methods": session.methods});
    change.record(Subject::with(&user.owner, "session", &user.name, &facts));
    let required = vec![signed_in, change.decide(insert)];
    change.write_all(cookies(request).iter().map(sessions::remove_of_cookie));
    let cookie = set_cookie(origin, request, COOKIE, &value, Some(LIFETIME));
    Begun { current: Current { session, person }, cookie, change, required }
}

/// The response that also makes the browser forget its session.
pub fn forget(origin: &Origin, request: &Request, response: Response) -> Response {
    with_cookie(response, &set_cookie(origin, request, COOKIE, "", Some(0)))
}

/// The response that also sets `cookie`.
pub fn with_cookie(response: Response, cookie: &str) -> Response {
    response::with_header(response, SET_COOKIE, cookie)
}

/// The text of a `Set-Cookie` header; without `lifetime` the cookie goes with the browser.
pub fn set_cookie(
    origin: &Origin,
    request: &Request,
    name: &str,
    value: &str,
    lifetime: Option<i64>,
) -> String {
    let lifetime = lifetime.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if is_secure(origin, request) { "; Secure" } else { "" };
    format!("{name}={value}; Path=/{lifetime}; HttpOnly; SameSite=Lax{secure}")
}

/// Whether cookies travel over `https` only: everywhere but in development.
pub fn is_secure(origin: &Origin, request: &Request) -> bool {
    origin.config.issuer_for(&request.base).starts_with("https://")
}

/// How many session cookies of a request are looked up.
const MAXIMUM_COOKIES: usize = 4;

/// How long the parts of a cookie may be that name the person and the session.
const MAXIMUM_PART: usize = 128;

/// The cookies that are formed like ours, each once.
/// The people whom the cookies of `request` name, whether or not they are signed in.
pub(super) fn people(request: &Request) -> Vec<String> {
    cookies(request).into_iter().map(|key| key.user_id).collect()
}

fn cookies(request: &Request) -> Vec<SessionKey> {
    let mut found: Vec<SessionKey> = Vec::new();
    for key in request.cookies(COOKIE).filter_map(key) {
        if !found.contains(&key) && found.len() < MAXIMUM_COOKIES {
            found.push(key);
        }
    }
    found
}

/// Reads the value of a cookie: `<base64url(user id)>.<session id>.<secret>`.
fn key(value: &str) -> Option<SessionKey> {
    let mut parts = value.splitn(3, '.');
    let (user, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
    if secret.len() != 43 || user.len() > MAXIMUM_PART || id.len() > MAXIMUM_PART {
        return None;
    }
    let user_id = String::from_utf8(from_base64url(user)?).ok()?;
    Some(SessionKey { user_id, id: id.to_owned(), digest: digest(value) })
}
