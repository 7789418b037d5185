//! `GET /v1/iam/users/{owner}/{name}`

use super::view::UserView;
use crate::{
    core::{
        directory::{Invalid, OrgName, folded},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, versioned::Versioned},
            endpoint::{Call, Entity, Parameter, Query, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::users::{self, Named},
    },
};

endpoint! {
    /// Returns a user, by name or id, or with `email` by address.
    ///
    /// With `email` the name may be `-`; another one must be that of the user with the address.
    pub GetUser = GET "/v1/iam/users/{owner}/{name}" as "getUser", who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    query: AddressQuery,
    reply: Entity<UserView>,
    error: RestError;
    read
}

/// The address of the user.
#[derive(Debug)]
pub struct AddressQuery(Option<String>);

impl Query for AddressQuery {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("email", "The e-mail address of the user.")];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let email = parameters.get("email").map(folded);
        Ok(Self(email.filter(|email| !email.is_empty())))
    }
}

async fn read(origin: &Origin, call: Call<'_, GetUser>) -> Result<Entity<UserView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.may_seek(owner, name)?;
    let named = match &call.query.0 {
        Some(email) => Named::Address { owner, email },
        None => Named::Path { owner, name },
    };
    let found = users::target(named).fetch(&*origin.database).await?;
    let target = caller.found(owner, found)?;
    let is_named = name == "-" || folded(name) == target.user.name || name == target.user.id;
    if !is_named {
        return Err(RestError::not_found());
    }
    Ok(Entity::unless_known(target.user.tag(), UserView::from(target.user), call.request))
}
