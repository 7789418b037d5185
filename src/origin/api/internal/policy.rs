//! Policies for edges: an organization's record, and decisions for organizations without one.

use http::StatusCode;

use crate::{
    core::{cors::CorsClass, policy::DecisionRequest},
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Internal, Who, endpoint},
        domain::{policy, publication},
        http::{RestError, response},
    },
};

endpoint! {
    /// Returns the policy of an organization, for an edge that found none, or one from before a change.
    ///
    /// It is published too: what KV had was missing, too old, or not yet the newest.
    pub GetPolicy = GET "/internal/policies/{organization}" as "getPolicy",
    who: Who::Edge, cors: CorsClass::None;
    path: (String,),
    reply: Internal,
    error: RestError;
    get_policy
}

endpoint! {
    /// Decides about a call in an organization whose policy is too large to be published.
    pub Decide = POST "/internal/decisions" as "decideCall",
    who: Who::Edge, cors: CorsClass::None, audit: Audit::Nothing("decides, and changes nothing");
    reply: Internal,
    error: RestError;
    decide
}

async fn get_policy(origin: &Origin, call: Call<'_, GetPolicy>) -> Result<Internal, RestError> {
    let organization = &call.path.0;
    let record = publication::policy::record(origin, organization).await?;
    publication::policy::put_record(origin, organization, &record).await;
    Ok(Internal(response::json(StatusCode::OK, &record)))
}

async fn decide(origin: &Origin, call: Call<'_, Decide>) -> Result<Internal, RestError> {
    let texts: [String; 7] = serde_json::from_slice(&call.request.body)
        .map_err(|_| RestError::new(StatusCode::BAD_REQUEST, "not a question of an edge"))?;
    let request = DecisionRequest::of_texts(texts);
    let record = policy::decide_call(origin, &request).await?;
    Ok(Internal(response::json(StatusCode::OK, &record)))
}
