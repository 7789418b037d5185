//! The browser's session and its cookie.
//!
//! The cookie is `hanzo_session` (WIRE §12), a name that published clients know, which is why it
//! does not carry the `__Host-` prefix; it is set as if it did: host-only, `Path=/`, `HttpOnly`,
//! and `Secure` wherever the issuer is `https`. `SameSite=Lax` lets a client's redirect find the
//! session and keeps it out of what other sites post or embed. Every sign-in begins a new session
//! under a new id, so that an id planted beforehand is worth nothing.

use http::header::SET_COOKIE;

use super::password::{SigninError, may_sign_in};
use crate::{
    core::{
        encoding::{base64url, digest},
        log::Caller,
    },
    origin::{
        Origin,
        http::{Request, Response, response},
        store::{
            sessions::{self, Session},
            users::{self, User},
        },
    },
    ports::DatabaseError,
};

/// The cookie's name.
pub const COOKIE: &str = "hanzo_session";

/// 14 days (WIRE §2.3), in seconds.
const LIFETIME: i64 = 14 * 24 * 3600;

/// Who is signed in, in which session.
#[derive(Debug, Clone)]
pub struct Current {
    /// The session.
    pub session: Session,
    /// The person, who may sign in as things stand now.
    pub user: User,
}

/// Who is signed in on the browser that sent `request`. A session ends when it expires, with
/// the account or its organization, and when the account is reset (a new password). Of several
/// cookies, which neighbouring hosts can set beside ours, the one with a session counts; two
/// valid sessions count as none, so that a planted one never takes the place of the person's own.
pub async fn current(origin: &Origin, request: &Request) -> Result<Option<Current>, DatabaseError> {
    let mut found: Option<Current> = None;
    for cookie in cookies(request) {
        match of_cookie(origin, cookie).await? {
            Some(_) if found.is_some() => return Ok(None),
            Some(current) => found = Some(current),
            None => {}
        }
    }
    if let Some(Current { session, user }) = &found {
        request.trace.note(Caller {
            subject: user.id.clone(),
            organization: user.owner.clone(),
            client: String::new(),
            credential: "session",
            id: session.id.clone(),
        });
    }
    Ok(found)
}

async fn of_cookie(origin: &Origin, cookie: &str) -> Result<Option<Current>, DatabaseError> {
    let database = &*origin.database;
    let found = sessions::find(database, &digest(cookie), origin.clock.now()).await?;
    let Some(session) = found else { return Ok(None) };
    let Some(user) = users::find_by_id(database, &session.user_id).await? else { return Ok(None) };
    let is_good = session.authenticated_at >= user.not_before && may_sign_in(origin, &user).await?;
    Ok(is_good.then_some(Current { session, user }))
}

/// Begins a session of `user`, who has just signed in by `methods` (`amr`), and ends every one that
/// the browser had. The second value is the cookie to set. A password that was changed, or an
/// account that was disabled, since `user` was read begins none: [`SigninError::Wrong`].
pub async fn begin(
    origin: &Origin,
    request: &Request,
    user: &User,
    methods: &[&str],
) -> Result<(Session, String), SigninError> {
    let value = base64url(&origin.random.bytes::<32>());
    let now = origin.clock.now();
    let session = Session {
        id: base64url(&origin.random.bytes::<16>()),
        digest: digest(&value),
        user_id: user.id.clone(),
        authenticated_at: now,
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        expires_at: now.plus(LIFETIME),
        created_at: now,
    };
    let mut statements = vec![sessions::insert(&session, user.password_hash.as_deref())];
    let old = cookies(request).into_iter();
    statements.extend(old.map(|old| sessions::remove_of_cookie(&digest(old))));
    let answers = origin.database.batch(statements).await?;
    if answers.first().is_none_or(Vec::is_empty) {
        return Err(SigninError::Wrong);
    }
    Ok((session, set_cookie(origin, request, COOKIE, &value, Some(LIFETIME))))
}

/// The answer that also makes the browser forget its session.
pub fn forget(origin: &Origin, request: &Request, answer: Response) -> Response {
    with_cookie(answer, &set_cookie(origin, request, COOKIE, "", Some(0)))
}

/// The answer that also sets `cookie`.
pub fn with_cookie(answer: Response, cookie: &str) -> Response {
    response::with_header(answer, SET_COOKIE, cookie)
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

/// The cookies that could be ours, each once; anything else is not looked up.
fn cookies(request: &Request) -> Vec<&str> {
    let mut found = Vec::new();
    for value in request.cookies(COOKIE).filter(|value| value.len() == 43) {
        if !found.contains(&value) && found.len() < MAXIMUM_COOKIES {
            found.push(value);
        }
    }
    found
}
