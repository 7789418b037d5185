//! `GET /v1/iam/users/{owner}/{name}/permissions`: a user's permissions, and the reason for an
//! allowed or denied action.

use serde::Serialize;

use super::{
    asker::{Asker, Subject},
    question::Asked,
    view::{DecisionView, EffectivePermission},
};
use crate::{
    core::{
        directory::{Invalid, OrgName},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Call, Parameter, Query, View, Who, endpoint},
        http::{Parameters, RestError},
    },
};

endpoint! {
    /// Lists the permissions in force that concern a user, each with the way to it.
    ///
    /// `via` holds the roles and teams through which a permission concerns the user. With `action`
    /// and `resource` the reply also explains the decision about them.
    pub ListUserPermissions = GET "/v1/iam/users/{owner}/{name}/permissions"
    as "listUserPermissions", who: Who::SelfOr(Role::Admin);
    caller: Asker,
    path: (OrgName, String),
    query: Explained,
    reply: View<UserPermissions>,
    error: RestError;
    list
}

/// The query: the permissions to list and the action to explain.
#[derive(Debug)]
pub struct Explained {
    organization: Option<String>,
    asked: Option<Asked>,
}

impl Query for Explained {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("organization", "the organization of the permissions; the user's home"),
        Parameter::optional("action", "with resource: explains the decision about them"),
        Parameter::optional("resource", "the name of a resource; of the type path: a path"),
        Parameter::optional("resourceType", "the type of the resource"),
        Parameter::optional("application", "where it is asked: the application"),
        Parameter::optional("project", "where it is asked: the project"),
        Parameter::optional("domain", "where it is asked: the domain"),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let text = |name| parameters.get(name).filter(|text| !text.is_empty());
        let asked = match (text("action"), text("resource")) {
            (Some(action), Some(resource)) => Some(Asked {
                application: text("application").map(str::to_owned),
                project: text("project").map(str::to_owned),
                domain: text("domain").map(str::to_owned),
                ..Asked::new(action, text("resourceType"), resource)?
            }),
            (None, None) => None,
            (None, Some(_)) => return Err(Invalid::member("action", "is required with resource")),
            (Some(_), None) => return Err(Invalid::member("resource", "is required with action")),
        };
        Ok(Self { organization: text("organization").map(str::to_owned), asked })
    }
}

/// The permissions that concern a user.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserPermissions {
    /// Those in force, by name.
    permissions: Vec<EffectivePermission>,
    /// How many there are.
    total: usize,
    /// The user's role in the organization: `owner`, `admin` or `member`.
    role: Option<&'static str>,
    /// The decision that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListUserPermissions>,
) -> Result<View<UserPermissions>, RestError> {
    let Call { caller, path: (owner, name), query, .. } = call;
    let subject = Subject::User { owner: Some(owner.as_str().to_owned()), name };
    let organization = caller.organization(query.organization.as_deref(), &subject);
    let answerers = caller.about(origin, &[(subject, organization)]).await?;
    let answerer = answerers.first().ok_or_else(RestError::not_found)?;
    if !answerer.is_member() {
        return Err(RestError::not_found());
    }
    let organization = &answerer.known.organization;
    let subject = answerer.known.subject(answerer.role(), answerer.limits());
    let effective = answerer.known.effective(&subject, origin.clock.now());
    let permissions: Vec<_> =
        effective.iter().map(|it| EffectivePermission::of(it, organization)).collect();
    let decision = query
        .asked
        .as_ref()
        .map(|asked| DecisionView::of(&answerer.decide(origin, asked), organization));
    Ok(View(UserPermissions {
        total: permissions.len(),
        permissions,
        role: answerer.role().map(Role::name),
        decision,
    }))
}
