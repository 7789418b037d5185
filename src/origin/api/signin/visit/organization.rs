//! The organization that a person of a shared application chooses (`orgChoiceMode`).

use serde_json::Value;

use super::Visit;
use crate::origin::{
    api::signin::respond::remembered_organization, http::Parameters,
    store::applications::Application,
};

/// How a shared application asks for the organization of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// It does not: a login is of its own organization unless it names another one (`organization/login`).
    None,
    /// It offers the organizations that this browser knows, and takes others. It lists no tenants.
    Select,
    /// The person types it.
    Input,
}

impl Choice {
    /// What `orgChoiceMode` of the application says.
    fn of(application: &Application) -> Self {
        let mode = application.attributes.get("orgChoiceMode").and_then(Value::as_str);
        let mode = mode.filter(|_| application.is_shared).unwrap_or_default();
        if mode.eq_ignore_ascii_case("select") {
            Self::Select
        } else if mode.eq_ignore_ascii_case("input") {
            Self::Input
        } else {
            Self::None
        }
    }
}

impl Visit<'_> {
    /// The organizations that the page offers; `None`: it does not ask for one.
    pub(super) fn offered(&self) -> Option<Vec<String>> {
        let application = self.application?;
        match Choice::of(application) {
            Choice::None => None,
            Choice::Input => Some(Vec::new()),
            Choice::Select => {
                let own = application.organization.clone();
                let known = remembered_organization(self.origin, self.http);
                let known = known.filter(|name| *name != own);
                Some(known.into_iter().chain([own]).collect())
            }
        }
    }

    /// The form of a first step with the chosen organization in its login; `None`: it names none, or the
    /// page does not ask for one.
    pub(super) fn with_chosen_organization(&self, form: &Parameters) -> Option<Parameters> {
        let application = self.application?;
        if Choice::of(application) == Choice::None {
            return None;
        }
        let login = form.get("username")?.trim();
        let organization = form.get("organization")?.trim();
        if organization.is_empty() || login.is_empty() || login.contains('/') {
            return None;
        }
        let mut chosen = form.clone();
        chosen.retain(|name| name != "username" && name != "organization");
        let login = format!("{organization}/{login}");
        let pairs = form_urlencoded::Serializer::new(String::new())
            .append_pair("username", &login)
            .finish();
        Some(chosen.joined(Parameters::from_urlencoded(pairs.as_bytes()).ok()?))
    }
}
