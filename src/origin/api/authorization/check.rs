//! `POST /v1/authz/check`: whether a user may call a path (WIRE §7).

use http::Method;
use serde::{Deserialize, Serialize};

use super::{
    asker::{Asker, Subject},
    question::{Asked, PATH, names_of_path},
    view::DecisionView,
};
use crate::{
    core::{directory::Invalid, policy::method_names},
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Json, View, Who, endpoint},
        http::RestError,
    },
};

endpoint! {
    /// Decides whether a user may call a path.
    ///
    /// A verb that is an HTTP method is asked by its name and as `read` (safe methods) or `write`, so
    /// that a permission for either applies.
    pub CheckPath = POST "/v1/authz/check" as "checkPath", who: Who::Directory, audit: Audit::Nothing("decides, and changes nothing");
    caller: Asker,
    body: Json<Check>,
    reply: View<Checked>,
    error: RestError;
    check
}

/// The call that is asked about.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// `owner/name`, a username of the organization, or a user's id; the caller if absent.
    subject: Option<String>,
    /// An HTTP method, or another action.
    verb: String,
    /// The path, without a query.
    path: String,
    /// The organization whose policy decides; the subject's if absent.
    organization: Option<String>,
    /// The application, by name or client id.
    application: Option<String>,
    /// The project.
    project: Option<String>,
    /// The domain.
    domain: Option<String>,
}

/// The decision about a call.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// The decision.
    #[serde(flatten)]
    decision: DecisionView,
    /// As it was asked; the caller's id if it was not.
    subject: String,
    /// As it was asked.
    verb: String,
    /// As it was asked.
    path: String,
    /// The organization whose policy decided.
    organization: String,
}

async fn check(origin: &Origin, call: Call<'_, CheckPath>) -> Result<View<Checked>, RestError> {
    let Call { caller, body: Json(check), .. } = call;
    let subject = check.subject.as_deref().map_or(Subject::Caller, Subject::parse);
    let organization = caller.organization(check.organization.as_deref(), &subject);
    let asked = Asked {
        actions: actions(&check.verb)?,
        resource_type: Some(PATH.to_owned()),
        names: names_of_path(&check.path)?,
        application: check.application,
        project: check.project,
        domain: check.domain,
    };
    let answerers = caller.about(origin, &[(subject, organization)]).await?;
    let answerer = answerers.first().ok_or_else(RestError::not_found)?;
    let organization = &answerer.known.organization;
    let decision = answerer.decide(origin, &asked);
    Ok(View(Checked {
        decision: DecisionView::of(&decision, organization),
        subject: check.subject.unwrap_or_else(|| caller.0.principal.subject.clone()),
        verb: check.verb,
        path: check.path,
        organization: organization.clone(),
    }))
}

/// The names of a verb as an action.
fn actions(verb: &str) -> Result<Vec<String>, Invalid> {
    const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    let action = Asked::new(verb, None, "-")?.actions;
    let upper = verb.to_ascii_uppercase();
    let method = METHODS.contains(&upper.as_str()).then(|| upper.parse::<Method>().ok()).flatten();
    Ok(method.map_or(action, |method| method_names(&method).map(str::to_owned).into()))
}
