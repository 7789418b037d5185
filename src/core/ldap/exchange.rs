//! An exchange over one connection: TLS, the service account's bind, then a task.
//!
//! One request is pending at a time. Any message that does not answer it ends the exchange.

use std::fmt;

use super::{
    AdReason, Asked, Directory, Entry, Incoming, LdapError, LdapResult, Message, Operation,
    PolicyError, ResultCode, Search, TlsMode, message::DISCONNECTION, request,
};
use crate::core::secret::Secret;

/// An event on the connection.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// It is open; with [`TlsMode::Ldaps`], TLS is established and the certificate verified.
    Connected,
    /// TLS is established after [`Action::StartTls`], and the certificate verified for the host.
    Secured,
    /// Bytes received.
    Received(&'a [u8]),
    /// The server closed it, or it broke.
    Closed,
    /// The exchange timed out.
    TimedOut,
}

/// The caller's next action. `Debug` omits the bytes to send.
#[must_use]
pub enum Action<T> {
    /// Send these bytes, then receive. They may contain a password and must not be logged.
    Send(Vec<u8>),
    /// Receive more.
    Receive,
    /// Establish TLS on this connection, then report [`Event::Secured`].
    StartTls,
    /// The exchange succeeded. Send [`Exchange::unbind`] and close.
    Done(T),
    /// The exchange failed. Close.
    Fail(LdapError),
}

impl<T: fmt::Debug> fmt::Debug for Action<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) => write!(f, "Send({} bytes)", bytes.len()),
            Self::Receive => f.write_str("Receive"),
            Self::StartTls => f.write_str("StartTls"),
            Self::Done(output) => f.debug_tuple("Done").field(output).finish(),
            Self::Fail(error) => f.debug_tuple("Fail").field(error).finish(),
        }
    }
}

/// A task's next step.
#[derive(Debug)]
pub enum Step<T> {
    /// Wait for more responses.
    Wait,
    /// Search.
    Search(Asked, Search),
    /// Bind as a user.
    Bind {
        /// The distinguished name.
        dn: String,
        /// The password.
        password: Secret<String>,
    },
    /// Bind as the service account again.
    BindService,
    /// End.
    Done(T),
}

/// A response to a task.
#[derive(Debug)]
pub enum Answer {
    /// An entry of the search.
    Entry(Entry),
    /// The end of the search, successful or at the size limit.
    SearchDone {
        /// Whether the size limit was reached.
        limited: bool,
        /// The cookie of the next page; empty after the last, `None` without pages.
        cookie: Option<Vec<u8>>,
        /// The number of ignored search references.
        references: u64,
    },
    /// The user's bind succeeded.
    PersonBound,
    /// The service account is bound again.
    ServiceBound,
}

/// A task to run once the service account is bound.
pub trait Task {
    /// The result.
    type Output;

    /// The first step.
    fn start(&mut self, directory: &Directory) -> Result<Step<Self::Output>, LdapError>;

    /// The next step after a response.
    fn answer(
        &mut self,
        directory: &Directory,
        answer: Answer,
    ) -> Result<Step<Self::Output>, LdapError>;

    /// Maximum number of bytes that the whole exchange may receive.
    fn most_bytes(&self, directory: &Directory) -> usize {
        directory.settings().limits.received
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not connected.
    Opening,
    /// TLS is being established by the caller.
    Securing,
    /// A request is pending.
    Waiting(Asked, u32),
    /// Done or failed.
    Ended,
}

/// An exchange over one connection.
#[derive(Debug)]
pub struct Exchange<'a, T> {
    directory: &'a Directory,
    task: T,
    state: State,
    incoming: Incoming,
    last_id: u32,
    received: usize,
    references: u64,
    started: bool,
}

impl<'a, T: Task> Exchange<'a, T> {
    /// Creates an exchange for a new connection to the directory's host and port.
    pub const fn new(directory: &'a Directory, task: T) -> Self {
        Self {
            incoming: Incoming::new(directory.settings().limits.message),
            directory,
            task,
            state: State::Opening,
            last_id: 0,
            received: 0,
            references: 0,
            started: false,
        }
    }

    /// Processes an event and returns the next action.
    pub fn next(&mut self, event: Event<'_>) -> Action<T::Output> {
        let action = self.after(event).unwrap_or_else(Action::Fail);
        if matches!(action, Action::Done(_) | Action::Fail(_)) {
            self.state = State::Ended;
        }
        action
    }

    /// The last message of a connection that is still open.
    pub fn unbind(&mut self) -> Vec<u8> {
        self.state = State::Ended;
        request::unbind(self.new_id())
    }

    fn after(&mut self, event: Event<'_>) -> Result<Action<T::Output>, LdapError> {
        match (event, self.state) {
            (Event::Connected, State::Opening) => match self.directory.settings().tls {
                TlsMode::StartTls => {
                    let id = self.ask(Asked::StartTls);
                    Ok(Action::Send(request::start_tls(id)))
                }
                TlsMode::Ldaps | TlsMode::PlainLocal => self.bind_service(),
            },
            (Event::Secured, State::Securing) => self.bind_service(),
            (Event::Received(bytes), State::Waiting(..)) => self.received(bytes),
            (Event::Received(_), State::Securing) => Err(LdapError::BytesBeforeTls),
            (Event::Closed, State::Waiting(..)) if !self.incoming.is_empty() => {
                Err(LdapError::Truncated)
            }
            (Event::Closed, state) => Err(LdapError::Closed(asked(state))),
            (Event::TimedOut, state) => Err(LdapError::TimedOut(asked(state))),
            (Event::Connected, _) => Err(LdapError::OutOfOrder("Connected")),
            (Event::Secured, _) => Err(LdapError::OutOfOrder("Secured")),
            (Event::Received(_), _) => Err(LdapError::OutOfOrder("Received")),
        }
    }

    const fn new_id(&mut self) -> u32 {
        // 0 is reserved; 2^31 requests are never reached.
        self.last_id = (self.last_id + 1) & 0x7fff_ffff;
        self.last_id
    }

    const fn ask(&mut self, asked: Asked) -> u32 {
        let id = self.new_id();
        self.state = State::Waiting(asked, id);
        id
    }

    /// The only place that binds: empty names and passwords are never sent (RFC 4513 §5.1).
    fn bind(
        &mut self,
        asked: Asked,
        dn: &str,
        password: &str,
    ) -> Result<Action<T::Output>, LdapError> {
        if dn.is_empty() {
            return Err(LdapError::Empty("name"));
        }
        if password.is_empty() {
            return Err(LdapError::Empty("password"));
        }
        let id = self.ask(asked);
        let policy = asked == Asked::PersonBind;
        Ok(Action::Send(request::bind(id, dn, password.as_bytes(), policy)))
    }

    fn bind_service(&mut self) -> Result<Action<T::Output>, LdapError> {
        let directory = self.directory;
        let name = &directory.settings().service_account;
        self.bind(Asked::ServiceBind, name, directory.password.expose())
    }

    fn received(&mut self, bytes: &[u8]) -> Result<Action<T::Output>, LdapError> {
        let limit = self.task.most_bytes(self.directory);
        self.received = self.received.saturating_add(bytes.len());
        if self.received > limit {
            return Err(LdapError::TooMuch(limit));
        }
        let mut action = Action::Receive;
        for message in self.incoming.push(bytes)? {
            // A message after the end of a request answers nothing, because the next request is not
            // sent yet.
            if !matches!(action, Action::Receive) {
                return Err(unsolicited(&message));
            }
            action = self.message(message)?;
            if matches!(action, Action::Done(_)) {
                return Ok(action); // what follows is no longer of interest: the rest of a search
            }
        }
        if matches!(action, Action::StartTls | Action::Send(_)) && !self.incoming.is_empty() {
            // Bytes received before the request was sent: unencrypted, if it is StartTLS.
            return Err(match action {
                Action::StartTls => LdapError::BytesBeforeTls,
                _ => LdapError::Unexpected { asked: Asked::Nothing, found: "a part of a message" },
            });
        }
        Ok(action)
    }

    fn message(&mut self, message: Message) -> Result<Action<T::Output>, LdapError> {
        let State::Waiting(asked, id) = self.state else { return Err(unsolicited(&message)) };
        if message.id != id {
            return Err(match notice(&message) {
                Some(error) => error,
                None => LdapError::MessageId { asked, due: Some(id), found: message.id },
            });
        }
        match (asked, message.operation) {
            (Asked::StartTls, Operation::Extended { result, name }) => {
                // The name may be absent (RFC 4511 §4.14.2).
                if result.code != ResultCode::SUCCESS
                    || name.is_some_and(|name| name != super::message::START_TLS)
                {
                    let LdapResult { code, diagnostic, .. } = result;
                    return Err(LdapError::StartTls { code, diagnostic });
                }
                self.state = State::Securing;
                Ok(Action::StartTls)
            }
            (Asked::ServiceBind, Operation::Bind(result)) => {
                if result.code != ResultCode::SUCCESS {
                    let reason = AdReason::in_diagnostic(&result.diagnostic);
                    let LdapResult { code, diagnostic, .. } = result;
                    return Err(LdapError::ServiceBind { code, reason, diagnostic });
                }
                let step = if std::mem::replace(&mut self.started, true) {
                    self.task.answer(self.directory, Answer::ServiceBound)
                } else {
                    self.task.start(self.directory)
                };
                self.step(step?)
            }
            (Asked::PersonBind, Operation::Bind(result)) => {
                if result.code != ResultCode::SUCCESS || message.policy.is_some() {
                    return Err(refused(asked, result, message.policy));
                }
                self.answer(Answer::PersonBound)
            }
            (Asked::People | Asked::Groups, Operation::Entry(entry)) => {
                self.answer(Answer::Entry(entry))
            }
            (Asked::People | Asked::Groups, Operation::Reference(_)) => {
                let limits = &self.directory.settings().limits;
                let most = u64::try_from(limits.range).unwrap_or(u64::MAX);
                self.references += 1;
                if self.references > most {
                    return Err(LdapError::TooManyReferences(most));
                }
                Ok(Action::Receive)
            }
            (Asked::People | Asked::Groups, Operation::SearchDone(result)) => {
                let limited = result.code == ResultCode::SIZE_LIMIT_EXCEEDED;
                if result.code != ResultCode::SUCCESS && !limited {
                    return Err(refused(asked, result, None));
                }
                let references = std::mem::take(&mut self.references);
                self.answer(Answer::SearchDone { limited, cookie: message.cookie, references })
            }
            (_, operation) => Err(LdapError::Unexpected { asked, found: operation.name() }),
        }
    }

    fn answer(&mut self, answer: Answer) -> Result<Action<T::Output>, LdapError> {
        let step = self.task.answer(self.directory, answer)?;
        self.step(step)
    }

    fn step(&mut self, step: Step<T::Output>) -> Result<Action<T::Output>, LdapError> {
        match step {
            Step::Wait => Ok(Action::Receive),
            Step::Search(asked, search) => {
                let id = self.ask(asked);
                Ok(Action::Send(request::search(id, &search)?))
            }
            Step::Bind { dn, password } => self.bind(Asked::PersonBind, &dn, password.expose()),
            Step::BindService => self.bind_service(),
            Step::Done(output) => Ok(Action::Done(output)),
        }
    }
}

const fn asked(state: State) -> Asked {
    match state {
        State::Waiting(asked, _) => asked,
        State::Securing => Asked::StartTls,
        State::Opening | State::Ended => Asked::Nothing,
    }
}

/// The notice of disconnection (RFC 4511 §4.4.1), if the message is one.
fn notice(message: &Message) -> Option<LdapError> {
    match &message.operation {
        Operation::Extended { result, name: Some(name) }
            if message.id == 0 && name == DISCONNECTION =>
        {
            Some(LdapError::Disconnected {
                code: result.code,
                diagnostic: result.diagnostic.clone(),
            })
        }
        _ => None,
    }
}

fn unsolicited(message: &Message) -> LdapError {
    notice(message).unwrap_or(LdapError::MessageId {
        asked: Asked::Nothing,
        due: None,
        found: message.id,
    })
}

fn refused(asked: Asked, result: LdapResult, policy: Option<PolicyError>) -> LdapError {
    let LdapResult { code, matched_dn, diagnostic, referral } = result;
    if code == ResultCode::REFERRAL {
        return LdapError::Referral { asked, to: referral };
    }
    if asked == Asked::PersonBind {
        let reason = AdReason::in_diagnostic(&diagnostic);
        return LdapError::PersonBind { code, reason, policy, diagnostic };
    }
    LdapError::Search { asked, code, matched_dn, diagnostic }
}
