//! `POST /v1/iam/scim/v2/Users`

use super::{change, read::Selected};
use crate::{
    core::{scim::USERS, token::Role},
    origin::{
        Origin,
        api::{
            endpoint::{Call, Who, endpoint},
            scim::{
                body::ScimBody,
                caller::ScimCaller,
                error::ScimError,
                reply::Created,
                service::Service,
                shapes::{ScimUser, ScimUserInput},
            },
        },
    },
};

endpoint! {
    /// Creates a user from a SCIM resource.
    ///
    /// The username is the `userName` or, if that is none (an e-mail address), made of it.
    pub CreateScimUser = POST "/v1/iam/scim/v2/Users" as "createScimUser",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    query: Selected,
    body: ScimBody<ScimUserInput>,
    reply: Created<ScimUser>,
    error: ScimError;
    create
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateScimUser>,
) -> Result<Created<ScimUser>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let projection = call.query.projection(&USERS)?;
    let user = change::create(&service, &call.body.0).await?;
    Ok(Created::projected(user, &projection, &USERS))
}
