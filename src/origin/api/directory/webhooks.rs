//! Webhooks: the endpoints of the resource, of its secret and of its deliveries.

use serde::Serialize;

use super::{
    audit::read::Number,
    caller::DirectoryCaller,
    paging::Paging,
    resource::{bare, resource},
};
use crate::{
    core::{
        directory::{Invalid, ObjectName, OrgName, Timestamp},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Call, Parameter, Query, View, Who, endpoint},
        domain::{
            audit::Subject,
            change::Change,
            commit::commit,
            resource::{self, webhooks::WebhookView},
        },
        http::{Parameters, RestError},
        store::{
            deliveries::{self, Delivery},
            resource::find,
            webhooks::Webhook,
        },
    },
};

bare!(Webhook, WebhookView, "webhooks", read: Role::Admin, grants: true);

resource! {
    Webhook: (OrgName, ObjectName), within: (), read: Role::Admin;
    /// Lists the webhooks of an organization.
    ListWebhooks = GET "/v1/iam/webhooks" as "listWebhooks";
    /// Creates a webhook.
    ///
    /// Every entry that is appended to the organization's audit trail from now on is sent to it,
    /// signed as Standard Webhooks says. `POST …/secret` returns the secret.
    CreateWebhook = POST as "createWebhook";
    /// Returns a webhook.
    GetWebhook = GET "/v1/iam/webhooks/{owner}/{name}" as "getWebhook";
    /// Changes the sent members of a webhook.
    UpdateWebhook = PUT as "updateWebhook";
    /// Deletes a webhook with its deliveries.
    DeleteWebhook = DELETE as "deleteWebhook";
}

endpoint! {
    /// Gives a webhook a new secret, and returns it.
    ///
    /// It is shown this once. Deliveries are signed with the secret before it too, for a day.
    pub RotateSecret = POST "/v1/iam/webhooks/{owner}/{name}/secret" as "rotateWebhookSecret",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    reply: View<WebhookSecret>,
    error: RestError;
    rotate
}

/// The secret of a webhook.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WebhookSecret {
    /// `whsec_…`, as libraries of Standard Webhooks take it.
    secret: String,
}

endpoint! {
    /// Lists the deliveries of a webhook, the latest entry first.
    pub ListDeliveries = GET "/v1/iam/webhooks/{owner}/{name}/deliveries" as "listWebhookDeliveries",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    query: DeliveryQuery,
    reply: View<DeliveryList>,
    error: RestError;
    list_deliveries
}

endpoint! {
    /// Has a delivery made again.
    pub ReplayDelivery = POST "/v1/iam/webhooks/{owner}/{name}/deliveries/{number}/replay"
    as "replayWebhookDelivery",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, ObjectName, Number),
    reply: View<DeliveryView>,
    error: RestError;
    replay
}

/// Which deliveries are listed.
#[derive(Debug)]
pub struct DeliveryQuery {
    cursor: Option<i64>,
    paging: Paging,
}

impl Query for DeliveryQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("cursor", "The `cursor` of the page before."),
        Paging::LIMIT,
        Paging::PAGE_SIZE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let cursor = parameters.get("cursor").map(str::parse).transpose();
        Ok(Self {
            cursor: cursor.map_err(|_| Invalid::member("cursor", "is not one of this list"))?,
            paging: Paging::of(parameters)?,
        })
    }
}

/// A page of deliveries.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeliveryList {
    /// The latest entry first.
    deliveries: Vec<DeliveryView>,
    /// Leads to the next page; empty on the last one.
    cursor: String,
}

/// A delivery.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "WebhookDelivery"))]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// The number of the entry of the audit trail.
    number: i64,
    /// `pending`, `delivered` or `failed`.
    state: String,
    /// How often it has been tried.
    attempts: i64,
    /// The status of the last response; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
    /// When it was tried last.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempted_time: Option<Timestamp>,
    /// When it is tried next; absent if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_time: Option<Timestamp>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let is_pending = delivery.state == "pending";
        Self {
            number: delivery.number,
            state: delivery.state,
            attempts: delivery.attempts,
            status: delivery.status,
            attempted_time: delivery.attempted_at.map(Timestamp),
            next_time: is_pending.then_some(Timestamp(delivery.due_at)),
        }
    }
}

/// The webhook named in a path, for administrators of its organization.
async fn found(
    origin: &Origin,
    caller: &DirectoryCaller,
    owner: &OrgName,
    name: &ObjectName,
) -> Result<Webhook, RestError> {
    caller.administering(owner.as_str())?;
    let now = origin.clock.now();
    let found =
        find::<Webhook>(owner.as_str(), name.as_str(), now).fetch(&*origin.database).await?;
    found.ok_or_else(RestError::not_found)
}

async fn rotate(
    origin: &Origin,
    call: Call<'_, RotateSecret>,
) -> Result<View<WebhookSecret>, RestError> {
    let (owner, name) = &call.path;
    call.caller.writing(owner.as_str(), true)?;
    let before = found(origin, &call.caller, owner, name).await?;
    let mut webhook = before.clone();
    let secret = webhook.rotate(origin)?;
    resource::update(origin, &before, &mut webhook).await?;
    Ok(View(WebhookSecret { secret: secret.text().expose().clone() }))
}

async fn list_deliveries(
    origin: &Origin,
    call: Call<'_, ListDeliveries>,
) -> Result<View<DeliveryList>, RestError> {
    let Call { caller, path: (owner, name), query, .. } = call;
    let webhook = found(origin, &caller, &owner, &name).await?;
    let limit = query.paging.limit;
    let list = deliveries::list(&webhook.meta.id, query.cursor, limit);
    let found = list.fetch(&*origin.database).await?;
    let is_full = i64::try_from(found.len()).is_ok_and(|count| count >= limit);
    let end = found.last().filter(|_| is_full);
    let cursor = end.map(|end| end.number.to_string()).unwrap_or_default();
    let deliveries = found.into_iter().map(DeliveryView::from).collect();
    Ok(View(DeliveryList { deliveries, cursor }))
}

async fn replay(
    origin: &Origin,
    call: Call<'_, ReplayDelivery>,
) -> Result<View<DeliveryView>, RestError> {
    let (owner, name, Number(number)) = &call.path;
    let webhook = found(origin, &call.caller, owner, name).await?;
    let facts = serde_json::json!({"replayed": number});
    let mut change = Change::of(Subject::with(owner.as_str(), "webhook", name.as_str(), &facts));
    let queued = change.decide(deliveries::again(&webhook.meta.id, *number, origin.clock.now()));
    let committed = commit(origin, change).await?;
    let row = committed.rows(queued).first().cloned().ok_or_else(RestError::not_found)?;
    Ok(View(row.into_record::<Delivery>()?.into()))
}
