//! OpenID AuthZEN Authorization API 1.0: `POST /access/v1/evaluation` (§6) and `/evaluations` (§7).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    asker::{Asker, Subject},
    question::Asked,
    view::RuleView,
};
use crate::{
    core::{directory::Invalid, policy::Decision},
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Json, View, Who, endpoint},
        http::RestError,
    },
};

/// Maximum number of evaluations per request.
const MOST_QUESTIONS: usize = 100;

/// The type of subjects that are users.
const USER: &str = "user";

endpoint! {
    /// Decides whether a subject may do something (AuthZEN §6).
    ///
    /// The subject is of the type `user`; its id is `owner/name`, a username or a user's id. The
    /// context may state `organization`, `application`, `project` and `domain`.
    pub Evaluate = POST "/access/v1/evaluation" as "evaluateAccess", who: Who::Directory, audit: Audit::Nothing("decides, and changes nothing");
    caller: Asker,
    body: Json<Evaluation>,
    reply: View<Evaluated>,
    error: RestError;
    evaluate
}

endpoint! {
    /// Decides many questions (AuthZEN §7).
    ///
    /// What an evaluation leaves out is taken from the request. `options.evaluations_semantic` is
    /// `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`; with the last two the reply
    /// ends with the evaluation that decided.
    pub EvaluateMany = POST "/access/v1/evaluations" as "evaluateAccesses", who: Who::Directory, audit: Audit::Nothing("decides, and changes nothing");
    caller: Asker,
    body: Json<Evaluations>,
    reply: View<EvaluatedMany>,
    error: RestError;
    evaluate_many
}

/// Properties for use by a policy; ignored here unless stated otherwise.
type Properties = Map<String, Value>;

/// A question.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Evaluation {
    /// The user.
    subject: Option<Entity>,
    /// The action.
    action: Option<Action>,
    /// The resource.
    resource: Option<Entity>,
    /// Where it is asked.
    context: Option<Properties>,
}

/// A subject or resource.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Entity {
    /// Its type.
    r#type: String,
    /// Its id, unique within the type.
    id: String,
}

/// An action.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Action {
    /// Its name.
    name: String,
}

/// Questions with their defaults.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Evaluations {
    /// The defaults of the evaluations; without any, the only question.
    #[serde(flatten)]
    defaults: Evaluation,
    /// The questions.
    #[serde(default, rename = "evaluations")]
    questions: Vec<Evaluation>,
    /// How they are decided.
    options: Option<Options>,
}

/// How many questions are decided.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Options {
    /// `execute_all` unless said otherwise.
    #[serde(default, rename = "evaluations_semantic")]
    semantic: Semantic,
}

/// Which decision is the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Semantic {
    /// The last one.
    #[default]
    ExecuteAll,
    /// The first that is denied.
    DenyOnFirstDeny,
    /// The first that is permitted.
    PermitOnFirstPermit,
}

impl Semantic {
    /// Whether evaluation stops after this decision.
    const fn ends_with(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

/// A decision.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Evaluated {
    /// Whether it is permitted.
    decision: bool,
    /// Why.
    context: DecisionContext,
}

/// Why something was decided.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DecisionContext {
    /// The code of the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The reason in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// The rule that decided; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleView>,
    /// What is wrong with this evaluation, which is denied for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<EvaluationError>,
}

/// What is wrong with one evaluation.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EvaluationError {
    /// 400.
    status: u16,
    /// For the developer.
    message: String,
}

/// Decisions in the order of the questions, or the one decision of a request without `evaluations`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum EvaluatedMany {
    /// Of a request without `evaluations`.
    One(Evaluated),
    /// Of the others.
    Many {
        /// The decisions.
        evaluations: Vec<Evaluated>,
    },
}

/// A parsed query.
struct Parsed {
    subject: Subject,
    organization: String,
    asked: Asked,
}

impl Evaluation {
    /// Fills absent members from `defaults` (§7.1.1).
    fn or(self, defaults: &Self) -> Self {
        Self {
            subject: self.subject.or_else(|| defaults.subject.clone()),
            action: self.action.or_else(|| defaults.action.clone()),
            resource: self.resource.or_else(|| defaults.resource.clone()),
            context: self.context.or_else(|| defaults.context.clone()),
        }
    }

    fn parse(&self, caller: &Asker) -> Result<Parsed, Invalid> {
        let missing = |name| move || Invalid::member(name, "is required");
        let subject = self.subject.as_ref().ok_or_else(missing("subject"))?;
        let action = self.action.as_ref().ok_or_else(missing("action"))?;
        let resource = self.resource.as_ref().ok_or_else(missing("resource"))?;
        if !subject.r#type.eq_ignore_ascii_case(USER) {
            return Err(Invalid::member("subject.type", "must be user"));
        }
        let subject = Subject::parse(&subject.id);
        let organization = caller.organization(self.stated("organization")?.as_deref(), &subject);
        let asked = Asked {
            application: self.stated("application")?,
            project: self.stated("project")?,
            domain: self.stated("domain")?,
            ..Asked::new(&action.name, Some(&resource.r#type), &resource.id)?
        };
        Ok(Parsed { subject, organization, asked })
    }

    /// A context member used by this policy.
    fn stated(&self, name: &str) -> Result<Option<String>, Invalid> {
        match self.context.as_ref().and_then(|context| context.get(name)) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Invalid::member(&format!("context.{name}"), "must be a string")),
        }
    }
}

async fn evaluate(origin: &Origin, call: Call<'_, Evaluate>) -> Result<View<Evaluated>, RestError> {
    let Call { caller, body: Json(evaluation), .. } = call;
    Ok(View(evaluated(origin, &caller, &evaluation).await?))
}

async fn evaluated(
    origin: &Origin,
    caller: &Asker,
    evaluation: &Evaluation,
) -> Result<Evaluated, RestError> {
    let Parsed { subject, organization, asked } = evaluation.parse(caller)?;
    let answerers = caller.about(origin, &[(subject, organization)]).await?;
    let answerer = answerers.first().ok_or_else(RestError::not_found)?;
    Ok(Evaluated::of(&answerer.decide(origin, &asked), &answerer.known.organization))
}

async fn evaluate_many(
    origin: &Origin,
    call: Call<'_, EvaluateMany>,
) -> Result<View<EvaluatedMany>, RestError> {
    let Call { caller, body: Json(Evaluations { defaults, questions, options }), .. } = call;
    let semantic = options.unwrap_or_default().semantic;
    if questions.is_empty() {
        return Ok(View(EvaluatedMany::One(evaluated(origin, &caller, &defaults).await?)));
    }
    if questions.len() > MOST_QUESTIONS {
        return Err(Invalid::member("evaluations", "must have at most 100 entries").into());
    }
    let parsed: Vec<Result<Parsed, Invalid>> =
        questions.into_iter().map(|evaluation| evaluation.or(&defaults).parse(&caller)).collect();
    let mut places: BTreeMap<(&Subject, &str), usize> = BTreeMap::new();
    let mut subjects = Vec::new();
    for Parsed { subject, organization, .. } in parsed.iter().flatten() {
        places.entry((subject, organization)).or_insert_with(|| {
            subjects.push((subject.clone(), organization.clone()));
            subjects.len() - 1
        });
    }
    let answerers = caller.about(origin, &subjects).await?;
    let mut decided = Vec::new();
    for parsed in &parsed {
        let evaluated = match parsed {
            Err(invalid) => Evaluated::refused(invalid),
            Ok(Parsed { subject, organization, asked }) => {
                let place = places.get(&(subject, organization.as_str()));
                let answerer = place.and_then(|place| answerers.get(*place));
                let answerer = answerer.ok_or_else(RestError::not_found)?;
                Evaluated::of(&answerer.decide(origin, asked), organization)
            }
        };
        let is_last = semantic.ends_with(evaluated.decision);
        decided.push(evaluated);
        if is_last {
            break;
        }
    }
    Ok(View(EvaluatedMany::Many { evaluations: decided }))
}

impl Evaluated {
    fn of(decision: &Decision<'_>, organization: &str) -> Self {
        let context = DecisionContext {
            code: Some(decision.reason.code()),
            reason: Some(decision.reason.describe()),
            rule: RuleView::of(decision, organization),
            error: None,
        };
        Self { decision: decision.is_allowed(), context }
    }

    /// The decision for an invalid evaluation (§7.2.1).
    fn refused(invalid: &Invalid) -> Self {
        let error = EvaluationError { status: 400, message: invalid.to_string() };
        let context = DecisionContext { error: Some(error), ..DecisionContext::default() };
        Self { decision: false, context }
    }
}
