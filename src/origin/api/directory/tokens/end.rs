//! `DELETE /v1/iam/tokens/{owner}/{name}`

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
        domain::{change::Change, commit::commit, revocation, tokens::issue},
        http::RestError,
    },
};

endpoint! {
    /// Ends all tokens that a person allowed a client.
    ///
    /// With them end those exchanged for them.
    pub DeleteToken = DELETE "/v1/iam/tokens/{owner}/{name}" as "deleteToken",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: TokenPath,
    reply: View<TokenMutation>,
    error: RestError;
    end
}

/// What became of a grant.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenMutation {
    /// Whether it has ended.
    affected: bool,
    /// The grant.
    token: TokenView,
}

async fn end(
    origin: &Origin,
    call: Call<'_, DeleteToken>,
) -> Result<View<TokenMutation>, RestError> {
    let (grant, target) = named(origin, &call.caller, &call.path).await?;
    let now = origin.clock.now();
    let mut change = Change::of(issue::subject(&grant, &target.user));
    change.revoke(revocation::grant(&grant.id, now));
    commit(origin, change).await?;
    Ok(View(TokenMutation { affected: true, token: TokenView::new(grant, &target, now) }))
}
