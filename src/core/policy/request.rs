//! The decision request of an edge, evaluated against its cached policy or by the origin.

use super::{Decision, Limits, Place, Policy, Question, Subject, path_names};
use crate::core::{time::UnixTime, token::Role};

/// The query whether a verified caller may perform `action` at `path`. Key limits are checked
/// before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecisionRequest {
    /// The organization that the call is made in.
    pub organization: String,
    /// The caller's id.
    pub user: String,
    /// The role in the organization that the credential carries.
    pub role: Option<Role>,
    /// The action that the route requires.
    pub action: String,
    /// The whole validated path.
    pub path: String,
    /// The service, used as the domain of the query.
    pub service: String,
    /// The client of the credential; empty if there is none.
    pub client_id: String,
}

impl DecisionRequest {
    /// The request as a list of texts, as it is sent to the origin.
    pub fn texts(&self) -> [&str; 7] {
        let Self { organization, user, role, action, path, service, client_id } = self;
        [organization, user, role.map_or("", Role::name), action, path, service, client_id]
    }

    /// The request of these texts.
    pub fn of_texts(texts: [String; 7]) -> Self {
        let [organization, user, role, action, path, service, client_id] = texts;
        let role =
            [Role::Member, Role::Admin, Role::Owner].into_iter().find(|it| it.name() == role);
        Self { organization, user, role, action, path, service, client_id }
    }

    /// The decision of `policy` about a resource of the type `path`. The project is not known: the
    /// service applies it.
    pub fn decide<'a>(&self, policy: &'a Policy, now: UnixTime) -> Decision<'a> {
        let names = path_names(&self.path);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let client = [self.client_id.as_str()];
        let application = if self.client_id.is_empty() { &[][..] } else { &client[..] };
        let question = Question {
            actions: &[&self.action],
            resource_type: Some("path"),
            names: &names,
            place: Place {
                application: Some(application),
                project: None,
                domain: Some(&self.service),
            },
        };
        let subject = Subject { user: &self.user, role: self.role, limits: Limits::default() };
        policy.decide(&subject, &question, now)
    }
}
