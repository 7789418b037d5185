//! `POST /v1/iam/enforce` and `/v1/iam/batch-enforce`, for Casdoor's SDKs.

use std::collections::BTreeMap;

use http::StatusCode;

use super::{
    asker::{Asker, Subject},
    question::Asked,
};
use crate::{
    core::directory::Invalid,
    origin::{
        Origin,
        api::{
            directory::envelope::{Enveloped, enveloped},
            endpoint::{Audit, Body, Call, Documented, Parameter, Query, Who, endpoint},
        },
        http::{Parameters, Request, RestError},
    },
};

/// Maximum number of queries per request.
const MOST_QUESTIONS: usize = 100;

endpoint! {
    /// Decides whether a user may do something, in Casdoor's form.
    ///
    /// The body is `[subject, object, action]` or `[subject, domain, object, action]`; the subject is
    /// `owner/name`, a username or a user's id. `data` holds one boolean. Every permission of the
    /// organization counts, and a Deny overrides; with `permissionId` that permission must be one
    /// that allows it.
    pub Enforce = POST "/v1/iam/enforce" as "enforce", who: Who::Directory, audit: Audit::Nothing("decides, and changes nothing");
    caller: Asker,
    query: Selection,
    body: Tuple,
    reply: Documented<Enveloped<Vec<bool>>>,
    error: RestError;
    enforce
}

endpoint! {
    /// Decides many questions, in Casdoor's form.
    ///
    /// The body is an array of at most 100 questions as `enforce` takes them. `data` holds one array
    /// with a boolean for each.
    pub BatchEnforce = POST "/v1/iam/batch-enforce" as "batchEnforce", who: Who::Directory, audit: Audit::Nothing("decides, and changes nothing");
    caller: Asker,
    query: Selection,
    body: Tuples,
    reply: Documented<Enveloped<Vec<Vec<bool>>>>,
    error: RestError;
    batch_enforce
}

/// Which permissions decide.
#[derive(Debug)]
pub struct Selection {
    organization: Option<String>,
    permission: Option<String>,
}

impl Query for Selection {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("permissionId", "owner/name of the permission that must allow it"),
        Parameter::optional("modelId", "owner/name; only the owner counts: models are not stored"),
        Parameter::optional("resourceId", "owner/name; only the owner counts"),
        Parameter::optional("enforcerId", "owner/name; only the owner counts"),
        Parameter::optional("owner", "the organization whose permissions decide"),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let mut organization: Option<&str> = None;
        let mut permission = None;
        for Parameter { name, .. } in Self::PARAMETERS {
            let Some(text) = parameters.get(name).filter(|text| !text.is_empty()) else { continue };
            let owner = match (*name, text.split_once('/')) {
                ("owner", _) => text,
                (_, Some((owner, rest))) if !owner.is_empty() && !rest.is_empty() => {
                    if *name == "permissionId" {
                        permission = Some(rest.to_owned());
                    }
                    owner
                }
                _ => return Err(Invalid::member(name, "must be owner/name")),
            };
            if organization.is_some_and(|known| known != owner) {
                return Err(Invalid::member(name, "must name the same organization as the others"));
            }
            organization = Some(owner);
        }
        Ok(Self { organization: organization.map(str::to_owned), permission })
    }
}

/// A query as an array of strings. Any media type is accepted: Casdoor's Python SDK sends none, and
/// a query changes nothing.
#[derive(Debug)]
pub struct Tuple(Vec<String>);

/// Queries as an array of arrays.
#[derive(Debug)]
pub struct Tuples(Vec<Vec<String>>);

fn json<T: serde::de::DeserializeOwned>(request: &Request, form: &str) -> Result<T, RestError> {
    serde_json::from_slice(&request.body).map_err(|_| {
        RestError::new(StatusCode::BAD_REQUEST, format!("the body must be JSON: {form}"))
    })
}

impl Body for Tuple {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];
    type Error = RestError;

    fn read(request: &Request) -> Result<Self, RestError> {
        json(request, "[subject, object, action]").map(Self)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<Vec<String>>())
    }
}

impl Body for Tuples {
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];
    type Error = RestError;

    fn read(request: &Request) -> Result<Self, RestError> {
        json(request, "[[subject, object, action], …]").map(Self)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<Vec<Vec<String>>>())
    }
}

async fn enforce(
    origin: &Origin,
    call: Call<'_, Enforce>,
) -> Result<Documented<Enveloped<Vec<bool>>>, RestError> {
    let Call { caller, query, body: Tuple(tuple), .. } = call;
    let allowed = decided(origin, &caller, &query, &[tuple]).await?;
    Ok(enveloped(&allowed))
}

async fn batch_enforce(
    origin: &Origin,
    call: Call<'_, BatchEnforce>,
) -> Result<Documented<Enveloped<Vec<Vec<bool>>>>, RestError> {
    let Call { caller, query, body: Tuples(tuples), .. } = call;
    if tuples.len() > MOST_QUESTIONS {
        return Err(Invalid::at("the body", "must have at most 100 questions").into());
    }
    let allowed = decided(origin, &caller, &query, &tuples).await?;
    Ok(enveloped(&vec![allowed]))
}

/// The decision of each query.
async fn decided(
    origin: &Origin,
    caller: &Asker,
    selection: &Selection,
    tuples: &[Vec<String>],
) -> Result<Vec<bool>, RestError> {
    let questions = tuples.iter().map(|tuple| question(tuple)).collect::<Result<Vec<_>, _>>()?;
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut subjects = Vec::new();
    for (text, _) in &questions {
        places.entry(text).or_insert_with(|| {
            let subject = Subject::parse(text);
            // A name in another organization does not match a user of this one.
            let organization = caller.organization(selection.organization.as_deref(), &subject);
            subjects.push((subject, organization));
            subjects.len() - 1
        });
    }
    let mut answerers = caller.about(origin, &subjects).await?;
    if let Some(permission) = &selection.permission {
        for answerer in &mut answerers {
            answerer.known.only(permission);
        }
    }
    let allowed = questions.iter().map(|(text, asked)| {
        let answerer = places.get(text.as_str()).and_then(|place| answerers.get(*place));
        answerer.is_some_and(|answerer| answerer.decide(origin, asked).is_allowed())
    });
    Ok(allowed.collect())
}

/// The subject and query of an array.
fn question(tuple: &[String]) -> Result<(String, Asked), Invalid> {
    let (subject, domain, object, action) = match tuple {
        [subject, object, action] => (subject, None, object, action),
        [subject, domain, object, action] => (subject, Some(domain.clone()), object, action),
        _ => {
            let why = "must be [subject, object, action] or [subject, domain, object, action]";
            return Err(Invalid::at("the question", why));
        }
    };
    let asked = Asked { domain, ..Asked::new(action, None, object)? };
    Ok((subject.clone(), asked))
}
