//! `POST /v1/iam/tokens` and `PUT /v1/iam/tokens/{owner}/{name}`: tokens are issued by the token
//! endpoint, and no request changes what one carries.

use http::StatusCode;

use super::{TokenPath, read::TokenResult};
use crate::{
    core::{directory::Unchecked, token::Role},
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Audit, Call, Json, View, Who, endpoint},
        },
        http::RestError,
    },
};

endpoint! {
    /// Refuses to create a token: the token endpoint issues them.
    pub CreateToken = POST "/v1/iam/tokens" as "createToken", who: Who::Directory,
    audit: Audit::Nothing("always refused");
    caller: DirectoryCaller,
    body: Json<Unchecked>,
    reply: View<TokenResult>,
    error: RestError;
    create
}

endpoint! {
    /// Refuses to change a token: delete it, and it is issued anew.
    pub UpdateToken = PUT "/v1/iam/tokens/{owner}/{name}" as "updateToken",
    who: Who::SelfOr(Role::Admin), audit: Audit::Nothing("always refused");
    caller: DirectoryCaller,
    path: TokenPath,
    body: Json<Unchecked>,
    reply: View<TokenResult>,
    error: RestError;
    update
}

async fn create(_: &Origin, _: Call<'_, CreateToken>) -> Result<View<TokenResult>, RestError> {
    Err(refused(
        "tokens are issued by POST /v1/iam/oauth/token, and for another person by POST /v1/iam/tokens/issue",
    ))
}

async fn update(_: &Origin, _: Call<'_, UpdateToken>) -> Result<View<TokenResult>, RestError> {
    Err(refused("what a token carries is not changed: delete it, and the client obtains another"))
}

fn refused(why: &str) -> RestError {
    RestError::new(StatusCode::FORBIDDEN, why)
}
