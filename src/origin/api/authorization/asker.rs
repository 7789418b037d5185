//! The caller that asks for decisions, and about whom it may ask.
//!
//! A caller asks about itself, within the limits of its credential; an administrator, and a client with
//! the capability `policy-check`, asks about the users of its organization. Others are refused, whether
//! or not the user exists.

use super::question::Asked;
use crate::{
    core::{
        authority::Directory,
        directory::{Invalid, folded},
        policy::{Decision, Limits, Question},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::{DirectoryCaller, forbidden},
            endpoint::{Caller, Who},
        },
        domain::policy::{self, DECISION_CAPABILITY, Known},
        http::{Request, RestError},
        store::{
            accounts,
            query::{Query, load},
        },
    },
};

/// A caller whose credential reads the directory: a question by POST changes nothing.
#[derive(Debug)]
pub struct Asker(pub DirectoryCaller);

impl Caller for Asker {
    async fn authenticate(origin: &Origin, request: &Request, _: Who) -> Result<Self, RestError> {
        DirectoryCaller::reaching(origin, request, Directory::Read).await.map(Self)
    }
}

/// The most users about whom one request asks: each takes six statements of the batch.
const MOST_SUBJECTS: usize = 20;

/// How a request names a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The caller.
    Caller,
    /// A user of an organization, by name, or any user by id.
    User {
        /// The home organization; `None`: the one that is asked about.
        owner: Option<String>,
        /// The username or the id.
        name: String,
    },
}

impl Subject {
    /// The subject that `text` names: `owner/name`, a username or an id.
    pub fn parse(text: &str) -> Self {
        let text = text.strip_prefix("user:").unwrap_or(text);
        let (owner, name) = match text.split_once('/') {
            Some((owner, name)) => (Some(owner.to_owned()), name),
            None => (None, text),
        };
        Self::User { owner, name: name.to_owned() }
    }

    /// The organization that the name begins with.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Caller => None,
            Self::User { owner, .. } => owner.as_deref(),
        }
    }
}

/// A user in an organization about whom the caller may ask.
#[derive(Debug)]
pub struct Answerer<'a> {
    asker: &'a Asker,
    /// The user, and the part of the policy that concerns the user.
    pub known: Known,
    is_self: bool,
}

impl Asker {
    /// The users about whom the caller asks, each in an organization, read in one round trip. Refuses
    /// the request if there is one about whom the caller may not ask.
    pub async fn about(
        &self,
        origin: &Origin,
        subjects: &[(Subject, String)],
    ) -> Result<Vec<Answerer<'_>>, RestError> {
        if subjects.len() > MOST_SUBJECTS {
            return Err(Invalid::at("the request", "must ask about at most 20 users").into());
        }
        for (_, organization) in subjects {
            self.0.scoped_to(organization)?;
        }
        let now = origin.clock.now();
        let queries = subjects.iter().map(|(subject, organization)| {
            policy::known(&self.text(subject, organization), organization, now)
        });
        let (client, known) =
            load(&*origin.database, (self.0.client(), Query::list(queries))).await?;
        let answerers = subjects.iter().zip(known).map(|((subject, organization), known)| {
            let is_self = self.is_self(subject, organization);
            let may_ask = is_self
                || self.0.administers(organization)
                || DirectoryCaller::has_capability(
                    client.as_ref(),
                    DECISION_CAPABILITY,
                    organization,
                );
            if may_ask {
                return Ok(Answerer { asker: self, known, is_self });
            }
            Err(forbidden(format!(
                "this needs an administrator of organization {organization}, or a client of it \
                 with the capability {DECISION_CAPABILITY}"
            )))
        });
        answerers.collect()
    }

    /// The organization that a request is about: the one that it names, else the subject's, else the
    /// caller's.
    pub fn organization(&self, named: Option<&str>, subject: &Subject) -> String {
        named.or(subject.owner()).unwrap_or(&self.0.principal.owner).to_owned()
    }

    /// Whether the caller asks about itself.
    fn is_self(&self, subject: &Subject, organization: &str) -> bool {
        match subject {
            Subject::Caller => true,
            Subject::User { owner, name } => {
                let principal = &self.0.principal;
                let owner = owner.as_deref().unwrap_or(organization);
                self.0.is_user()
                    && (self.0.is_self(name)
                        || (owner == principal.home && folded(name) == folded(&principal.name)))
            }
        }
    }

    /// The subject for [`policy::known`].
    fn text(&self, subject: &Subject, organization: &str) -> String {
        match subject {
            _ if self.is_self(subject, organization) => {
                accounts::user("", &self.0.principal.subject)
            }
            Subject::Caller => accounts::user("", ""),
            Subject::User { owner, name } => {
                accounts::user(owner.as_deref().unwrap_or(organization), name)
            }
        }
    }
}

impl Answerer<'_> {
    /// The role of the user in the organization: of the caller the one that the credential carries.
    pub fn role(&self) -> Option<Role> {
        if self.is_self {
            return self.asker.0.principal.authority.role_in(&self.known.organization);
        }
        self.known.role()
    }

    /// What the credential carries at most, if the user is the caller.
    pub fn limits(&self) -> Limits<'_> {
        if !self.is_self {
            return Limits::default();
        }
        let caller = &self.asker.0;
        let read_only = caller.principal.authority.directory() < Directory::Open;
        Limits { scope: Some(&caller.scope), read_only }
    }

    /// The decision at this moment.
    pub fn decide(&self, origin: &Origin, asked: &Asked) -> Decision<'_> {
        // The client of the caller's own token is where the caller asks, unless it says otherwise.
        let own = Some(self.asker.0.principal.client_id.as_str());
        let own = own.filter(|client| self.is_self && !client.is_empty());
        let application: Vec<&str> = asked.application.as_deref().or(own).into_iter().collect();
        let actions: Vec<&str> = asked.actions.iter().map(String::as_str).collect();
        let names: Vec<&str> = asked.names.iter().map(String::as_str).collect();
        let question = Question {
            actions: &actions,
            resource_type: asked.resource_type.as_deref(),
            names: &names,
            place: asked.place(&application),
        };
        let subject = self.known.subject(self.role(), self.limits());
        self.known.decide(&subject, &question, origin.clock.now())
    }

    /// Whether the user is one about whom there is anything to say.
    pub fn is_member(&self) -> bool {
        self.known.person.is_some() && self.role().is_some()
    }
}
