//! `GET /.well-known/authzen-configuration`: the metadata of the decision point (AuthZEN §9).

use serde::Serialize;

use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::endpoint::{Call, View, Who, endpoint},
        http::RestError,
    },
};

endpoint! {
    /// Returns the metadata of the policy decision point (AuthZEN §9).
    pub Metadata = GET "/.well-known/authzen-configuration" as "getAuthzenConfiguration",
    who: Who::Public, cors: CorsClass::Public;
    reply: View<DecisionPoint>,
    error: RestError;
    metadata
}

/// Where decisions are asked for.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DecisionPoint {
    /// The issuer.
    #[serde(rename = "policy_decision_point")]
    issuer: String,
    /// Where one question is asked.
    access_evaluation_endpoint: String,
    /// Where many are asked.
    access_evaluations_endpoint: String,
}

async fn metadata(
    origin: &Origin,
    call: Call<'_, Metadata>,
) -> Result<View<DecisionPoint>, RestError> {
    let issuer = origin.config.issuer_for(&call.request.base);
    Ok(View(DecisionPoint {
        issuer: issuer.to_owned(),
        access_evaluation_endpoint: format!("{issuer}/access/v1/evaluation"),
        access_evaluations_endpoint: format!("{issuer}/access/v1/evaluations"),
    }))
}
