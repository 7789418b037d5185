//! Second-factor enrolment by a signed-in user, in two calls of one session.
//!
//! The state created by the first call (the sealed app secret, or the digest and destination of a
//! sent code) is a row whose id is derived from the session and the method. The second call takes
//! only the code from the client, counts each try, and ends the row.

use serde::{Deserialize, Serialize};

use super::session::{self, Begun, Current, Proved};
use crate::{
    core::{
        encoding::digest,
        message::Recipient,
        otp::{
            Purpose,
            numeric::{self, Code, Digits, Use},
            totp::{Step, Totp},
        },
        signin::{Account, Acr, Method, Methods, second_name},
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::{
            change::{Change, Position},
            factors,
            sent_codes::{LIFETIME, TRIES, recipient},
        },
        http::Request,
        store::{
            json_text,
            query::Query,
            sent_codes::{self as rows, SentCode},
            users::User,
        },
    },
    ports::DatabaseError,
};

/// The enrolment of `method` in a session.
#[derive(Debug, Clone, Copy)]
pub struct Enrolling<'a> {
    /// The origin.
    pub origin: &'a Origin,
    /// The user.
    pub user: &'a User,
    /// The id of the session.
    pub session: &'a str,
    /// An app, an address of e-mail, or a phone.
    pub method: Method,
}

/// The stored state of an enrolment, without its secret.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    /// Where the code was sent; empty for an app.
    address: String,
    /// Whether a correct code was entered.
    is_proved: bool,
    /// For an app, the step of that code.
    step: Option<i64>,
    /// When it ends.
    ends_at: UnixTime,
}

/// An enrolment with a verified code.
#[derive(Debug)]
pub struct Proven {
    sent: SentCode,
    state: State,
}

impl Enrolling<'_> {
    /// Starts the enrolment of an app, replacing a pending one.
    pub async fn begin_app(&self) -> Result<Totp, DatabaseError> {
        let made = factors::new_totp(self.origin, &self.user.id);
        let (totp, sealed) = made.map_err(|error| DatabaseError::Failed(error.to_string()))?;
        self.store(sealed, String::new()).await?;
        Ok(totp)
    }

    /// Starts the enrolment of an address; returns the code to send.
    pub async fn begin_address(&self, to: &Recipient) -> Result<Code, DatabaseError> {
        let code = Code::generate(&*self.origin.random, Digits::Six);
        let content = code.digest(&self.origin.config.root_keys, of(&self.id(), to.address()));
        self.store(content, to.address().to_owned()).await?;
        Ok(code)
    }

    /// The app of the pending enrolment.
    pub async fn app(&self) -> Result<Option<Totp>, DatabaseError> {
        let found = self.find().fetch(&*self.origin.database).await?;
        let sealed = found.map(|(sent, _)| sent.content);
        Ok(sealed.and_then(|sealed| factors::open_totp(self.origin, &self.user.id, &sealed)))
    }

    /// Where the code of the pending enrolment was sent.
    pub async fn address(&self) -> Result<Option<Recipient>, DatabaseError> {
        let found = self.find().fetch(&*self.origin.database).await?;
        Ok(found.and_then(|(_, state)| self.recipient(&state)))
    }

    /// Counts a try, and returns the enrolment if `code` is correct.
    pub async fn typed(&self, code: &str) -> Result<Option<Proven>, DatabaseError> {
        let origin = self.origin;
        let now = origin.clock.now();
        let tried = rows::tried(&self.id(), i64::from(TRIES), now).fetch(&*origin.database).await?;
        let Some((sent, mut state)) = tried.and_then(read) else { return Ok(None) };
        let is_right = if self.method == Method::Totp {
            let totp = factors::open_totp(origin, &self.user.id, &sent.content);
            state.step = totp.and_then(|totp| totp.verify(code, now, None)).map(|Step(step)| step);
            state.step.is_some()
        } else {
            let id = self.id();
            let of = of(&id, &state.address);
            numeric::matches(&origin.config.root_keys, of, code, &sent.content)
        };
        Ok(is_right.then_some(Proven { sent, state }))
    }

    /// Stores the verified enrolment for a later [`Self::proven`]; `false` if it has ended.
    pub async fn keep(&self, proven: Proven) -> Result<bool, DatabaseError> {
        let Proven { sent, state } = proven;
        let after = State { is_proved: true, ..state };
        let kept = SentCode { content: sent.content.clone(), state: json_text(&after) };
        let replaced = rows::replaced(&self.id(), &sent, &kept, after.ends_at);
        Ok(!self.origin.database.run(replaced).await?.is_empty())
    }

    /// The enrolment verified earlier.
    pub async fn proven(&self) -> Result<Option<Proven>, DatabaseError> {
        let found = self.find().fetch(&*self.origin.database).await?;
        let found = found.filter(|(_, state)| state.is_proved);
        Ok(found.map(|(sent, state)| Proven { sent, state }))
    }

    /// Enrols the factor. Each statement at the positions must take effect.
    pub fn enrol(&self, proven: Proven, change: &mut Change) -> Vec<Position> {
        let Proven { sent, state } = proven;
        let mut required = vec![change.write(rows::used(&self.id(), &sent))];
        if let Some(to) = self.recipient(&state) {
            required.push(factors::enrol_address(self.origin, change, self.user, &to));
        } else if let Some(step) = state.step {
            factors::enrol_totp(self.origin, change, self.user, sent.content, Step(step));
        }
        required
    }

    fn recipient(&self, state: &State) -> Option<Recipient> {
        recipient(super::methods::address::channel(self.method)?, &state.address)
    }

    fn find(&self) -> Query<Option<(SentCode, State)>> {
        rows::find(&self.id(), self.origin.clock.now()).map(|found| found.and_then(read))
    }

    async fn store(&self, content: String, address: String) -> Result<(), DatabaseError> {
        let ends_at = self.origin.clock.now().plus(LIFETIME);
        let state = json_text(&State { address, ends_at, ..State::default() });
        let stored = rows::store(&self.id(), &SentCode { content, state }, ends_at);
        self.origin.database.run(stored).await.map(drop)
    }

    fn id(&self) -> String {
        let (user, session, kind) = (&self.user.id, self.session, self.method.wire_name());
        digest(&format!("enrolment:{kind}:{session}:{user}"))
    }
}

fn read(sent: SentCode) -> Option<(SentCode, State)> {
    let state = serde_json::from_str(&sent.state).ok()?;
    Some((sent, state))
}

const fn of<'a>(id: &'a str, recipient: &'a str) -> Use<'a> {
    Use { purpose: Purpose::Verify.name(), recipient, flow: id }
}

/// Continues the session in which `method` was enrolled: its code proved the new factor, a second
/// one if the session was started with another method.
pub fn going_on(
    origin: &Origin,
    http: &Request,
    current: Current,
    change: Change,
    method: Method,
) -> Begun {
    let enrolled =
        Account { enrolled: Methods::of([method]), wants_second: true, ..Account::default() };
    let mut methods = vec!["otp"];
    if method == Method::Sms {
        methods.push("sms");
    }
    let mut seconds = Vec::new();
    if current.resumed().has_second(enrolled) {
        methods.push("mfa");
        seconds.push(second_name(method));
    }
    let before = current.session.methods.iter().map(String::as_str);
    let all: Vec<String> = before.chain(methods.iter().copied()).map(str::to_owned).collect();
    let proved = Proved { methods: &methods, seconds: &seconds, acr: Acr::of(&all).as_str() };
    session::rotated(origin, http, current, change, proved)
}
