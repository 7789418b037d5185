//! `GET /v1/iam/tokens/{owner}/{name}`

use serde::Serialize;

use super::{TokenPath, named, view::TokenView};
use crate::{
    core::token::Role,
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, View, Who, endpoint},
        },
        http::RestError,
    },
};

endpoint! {
    /// Returns what a person allowed a client, by its id, without the text of its tokens.
    pub GetToken = GET "/v1/iam/tokens/{owner}/{name}" as "getToken",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: TokenPath,
    reply: View<TokenResult>,
    error: RestError;
    read
}

/// A grant.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenResult {
    /// The grant.
    pub token: TokenView,
}

async fn read(origin: &Origin, call: Call<'_, GetToken>) -> Result<View<TokenResult>, RestError> {
    let (grant, target) = named(origin, &call.caller, &call.path).await?;
    Ok(View(TokenResult { token: TokenView::new(grant, &target, origin.clock.now()) }))
}
