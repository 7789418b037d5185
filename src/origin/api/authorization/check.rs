//! `POST /v1/authz/check`: whether a user may call a path (WIRE §7).

use http::Method;
use serde::{Deserialize, Serialize};

use super::{
    asker::{Asker, Subject},
    question::{Asked, PATH, names_of_path},
    view::DecisionView,
};
use crate::{
    core::{
        directory::Invalid,
        gateway::{ServicePath, requirements},
        policy::method_names,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Json, View, Who, endpoint},
        http::RestError,
    },
};

endpoint! {
    /// Decides whether a user may call a path.
    ///
    /// If the gateway's route to the path requires actions of such a call, each of them must be allowed,
    /// in the domain of the service, as at the gateway. Otherwise a verb that is an HTTP method is asked by
    /// its name and as `read` (safe methods) or `write`, so that a permission for either applies.
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
    let questions = questions(origin, &check)?;
    let answerers = caller.about(origin, &[(subject, organization)]).await?;
    let answerer = answerers.first().ok_or_else(RestError::not_found)?;
    let organization = &answerer.known.organization;
    let (first, others) = &questions;
    let mut decision = answerer.decide(origin, first);
    for question in others {
        if decision.is_allowed() {
            decision = answerer.decide(origin, question);
        }
    }
    Ok(View(Checked {
        decision: DecisionView::of(&decision, organization),
        subject: check.subject.unwrap_or_else(|| caller.0.principal.subject.clone()),
        verb: check.verb,
        path: check.path,
        organization: organization.clone(),
    }))
}

/// The queries that must all be allowed: those of the route's requirements, or else that of the
/// verb itself.
fn questions(origin: &Origin, check: &Check) -> Result<(Asked, Vec<Asked>), Invalid> {
    let names = names_of_path(&check.path)?;
    let asked = |actions: Vec<String>, domain: Option<&str>| Asked {
        actions,
        resource_type: Some(PATH.to_owned()),
        names: names.clone(),
        application: check.application.clone(),
        project: check.project.clone(),
        domain: domain.map(str::to_owned),
    };
    let verb = Asked::new(&check.verb, None, "-")?.actions;
    let method = method(&check.verb);
    let path = ServicePath::of(&check.path);
    let route = path
        .and_then(|path| origin.config.routes.iter().find(|route| route.service == path.service));
    let required = match (&method, path, route) {
        (Some(method), Some(path), Some(route)) => requirements(route, path.rest, method),
        _ => Vec::new(),
    };
    let domain = check.domain.as_deref();
    let service = domain.or(path.map(|path| path.service));
    let mut questions =
        required.into_iter().map(|required| asked(vec![required.action.clone()], service));
    if let Some(first) = questions.next() {
        return Ok((first, questions.collect()));
    }
    let actions = method.map_or(verb, |method| method_names(&method).map(str::to_owned).into());
    Ok((asked(actions, domain), Vec::new()))
}

/// The HTTP method of the verb.
fn method(verb: &str) -> Option<Method> {
    const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    let verb = verb.to_ascii_uppercase();
    METHODS.contains(&verb.as_str()).then(|| verb.parse().ok()).flatten()
}
