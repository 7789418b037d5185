//! Organization selection for shared applications (`orgChoiceMode`).

use serde_json::Value;

use super::Visit;
use crate::origin::{
    api::signin::respond::remembered_organization, http::Parameters,
    store::applications::Application,
};

/// How a shared application asks for the user's organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// Not at all: a login belongs to the application's organization unless it names another
    /// (`organization/login`).
    None,
    /// Offers the organizations known to this browser and accepts others. Tenants are not listed.
    Select,
    /// The user enters it.
    Input,
}

impl Choice {
    /// Reads `orgChoiceMode` of the application.
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
    /// The offered organizations; `None` if the page does not ask.
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

    /// The first-step form with the chosen organization added to its login; `None` if none is
    /// chosen or the page does not ask.
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
