//! The caller of the decision endpoints and the subjects it may query.
//!
//! A caller may query itself, within the limits of its credential; administrators and clients with
//! the capability `policy-check` may query the users of their organization. Other queries are
//! refused, whether or not the user exists.

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

/// A caller with read access to the directory; queries by POST change nothing.
#[derive(Debug)]
pub struct Asker(pub DirectoryCaller);

impl Caller for Asker {
    async fn authenticate(origin: &Origin, request: &Request, _: Who) -> Result<Self, RestError> {
        DirectoryCaller::reaching(origin, request, Directory::Read).await.map(Self)
    }
}

/// Maximum number of subjects per request: each takes six statements of the batch.
const MOST_SUBJECTS: usize = 20;

/// How a request names a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The caller.
    Caller,
    /// A user of an organization, by name, or any user by id.
    User {
        /// The home organization; by default the queried one.
        owner: Option<String>,
        /// The username or the id.
        name: String,
    },
}

impl Subject {
    /// Parses a subject: `owner/name`, a username or an id.
    pub fn parse(text: &str) -> Self {
        let text = text.strip_prefix("user:").unwrap_or(text);
        let (owner, name) = match text.split_once('/') {
            Some((owner, name)) => (Some(owner.to_owned()), name),
            None => (None, text),
        };
        Self::User { owner, name: name.to_owned() }
    }

    /// The organization prefix of the name.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Caller => None,
            Self::User { owner, .. } => owner.as_deref(),
        }
    }
}

/// A user in an organization, whom the caller may query.
#[derive(Debug)]
pub struct Answerer<'a> {
    asker: &'a Asker,
    /// The user and the user's part of the policy.
    pub known: Known,
    is_self: bool,
}

impl Asker {
    /// Loads the queried users, each in an organization, in one round trip. Refuses the request if
    /// the caller may not query one of them.
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

    /// The organization of a request: the named one, else the subject's, else the caller's.
    pub fn organization(&self, named: Option<&str>, subject: &Subject) -> String {
        named.or(subject.owner()).unwrap_or(&self.0.principal.owner).to_owned()
    }

    /// Whether the subject is the caller.
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
    /// The role of the user in the organization; for the caller, the role that the credential
    /// carries.
    pub fn role(&self) -> Option<Role> {
        if self.is_self {
            return self.asker.0.principal.authority.role_in(&self.known.organization);
        }
        self.known.role()
    }

    /// The limits of the credential, if the user is the caller.
    pub fn limits(&self) -> Limits<'_> {
        if !self.is_self {
            return Limits::default();
        }
        let caller = &self.asker.0;
        let read_only = caller.principal.authority.directory() < Directory::Open;
        Limits { scope: Some(&caller.scope), read_only }
    }

    /// The current decision.
    pub fn decide(&self, origin: &Origin, asked: &Asked) -> Decision<'_> {
        // The application defaults to the client of the caller's own token.
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

    /// Whether the user is a member.
    pub fn is_member(&self) -> bool {
        self.known.person.is_some() && self.role().is_some()
    }
}
