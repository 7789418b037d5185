//! Why the decision about a request stops: an error, or missing data.

use std::{cell::RefCell, rc::Rc};

use super::Check;
use crate::{
    core::{log, policy::DecisionRequest, request_id::RequestId},
    edge::{cache::Caller, http::Error},
};

/// Why the decision about a request stops.
#[derive(Debug)]
pub(in crate::edge) enum Stop {
    /// The request is refused.
    Refused(Error),
    /// Data must be loaded first.
    Needs(Need),
}

/// The data needed before a request can be decided.
#[derive(Debug)]
pub(in crate::edge) enum Need {
    /// The first snapshot.
    Snapshot,
    /// The first snapshot and the feed of revocations: an isolate that starts with a call needs both.
    SnapshotAndRevocations,
    /// New entries of the feed of revocations.
    Revocations,
    /// A newer snapshot, for a token whose signing key this one does not have.
    SigningKey,
    /// Whether a signature is genuine.
    Signature(Box<Check>),
    /// The record of this key.
    Key(String),
    /// The policy of this organization.
    Policy(String),
    /// A decision about a policy that is too large to be held.
    Decision(Box<DecisionRequest>),
    /// Nothing: the exposure of a key has to be recorded.
    Exposure {
        /// The digest of the key.
        digest: String,
        /// Where it was sent.
        place: &'static str,
    },
}

/// Data that is loaded at most once per request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::edge) enum Question {
    Snapshot,
    Revocations,
    SigningKey,
    Audience,
    Policy,
    Exposure,
}

/// The data loaded for a request, and the results.
#[derive(Debug)]
pub(in crate::edge) struct Progress {
    pub(in crate::edge) request_id: RequestId,
    /// The place of a credential among those of the request (the first unless they are cookies), and
    /// its caller or error.
    pub(in crate::edge) learned: Option<(usize, Result<Rc<Caller>, Error>)>,
    asked: Vec<Question>,
    /// The decisions that the origin was asked for.
    decided: Vec<DecisionRequest>,
    /// The caller that is refused, for the log.
    pub(in crate::edge) refused: RefCell<Option<log::Caller>>,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Need> for Stop {
    fn from(need: Need) -> Self {
        Self::Needs(need)
    }
}

impl Stop {
    /// The same for the credential in this place among those of a request.
    pub(super) fn of_credential(mut self, place: usize) -> Self {
        if let Self::Needs(Need::Signature(check)) = &mut self {
            check.place = place;
        }
        self
    }
}

impl Progress {
    /// Nothing asked yet.
    pub(in crate::edge) const fn new(request_id: RequestId) -> Self {
        Self {
            request_id,
            learned: None,
            asked: Vec::new(),
            decided: Vec::new(),
            refused: RefCell::new(None),
        }
    }

    /// Notes the caller that is refused, for the log.
    pub(in crate::edge) fn note(&self, caller: Option<&Caller>) {
        self.refused.replace(caller.map(Caller::named));
    }

    /// Notes that these questions have been asked.
    pub(in crate::edge) fn ask(&mut self, questions: impl IntoIterator<Item = Question>) {
        self.asked.extend(questions);
    }

    /// Notes that the origin was asked for a decision.
    pub(in crate::edge) fn decided(&mut self, request: DecisionRequest) {
        self.decided.push(request);
    }

    /// Whether the origin was asked for that decision, even without a reply.
    pub(in crate::edge) fn has_decided(&self, request: &DecisionRequest) -> bool {
        self.decided.contains(request)
    }

    /// Whether that was asked, even without a reply.
    pub(in crate::edge) fn has_asked(&self, question: Question) -> bool {
        self.asked.contains(&question)
    }
}
