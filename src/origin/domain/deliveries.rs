//! Deliveries of webhooks: the schedule sends what is due, each attempt once.
//!
//! A delivery is an entry of the audit trail, signed. A receiver that does not respond with success in
//! time is tried again with growing delays; its other deliveries do not wait for that.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::audit::published;
use crate::{
    core::{
        audit::Entry,
        time::UnixTime,
        webhook::{Target, next_attempt},
    },
    origin::{
        Origin,
        store::{
            deliveries::{self, Delivery, Outcome},
            query::load,
            webhooks::{self, Webhook},
        },
    },
    ports::{DatabaseError, HttpRequest, Statement},
};

/// The most deliveries of one run: a Worker makes no more than 50 requests at a time on the free plan.
const BATCH: i64 = 40;

/// How long a run has for its deliveries, in seconds: afterwards another run may take them.
const LEASE: i64 = 120;

/// Sends the deliveries that are due.
pub async fn deliver(origin: &Origin) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    let database = &*origin.database;
    let taken = deliveries::take(now, now.plus(LEASE), BATCH).fetch(database).await?;
    if taken.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<String> = taken.iter().map(|delivery| delivery.webhook_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let queries = (webhooks::by_ids(&ids), deliveries::entries(&taken));
    let (webhooks, entries) = load(database, queries).await?;
    let webhooks: BTreeMap<&str, &Webhook> =
        webhooks.iter().map(|webhook| (webhook.meta.id.as_str(), webhook)).collect();
    let entry = |delivery: &Delivery| {
        entries.iter().find(|entry| {
            entry.number == delivery.number && entry.organization_id == delivery.organization_id
        })
    };
    let attempts = taken.iter().filter_map(|delivery| {
        let webhook = webhooks.get(delivery.webhook_id.as_str())?;
        Some(attempt(origin, webhook, delivery, entry(delivery)?))
    });
    let statements = join_all(attempts).await;
    database.batch(statements).await.map(drop)
}

/// Makes one attempt, and returns the statement that notes its outcome.
async fn attempt(
    origin: &Origin,
    webhook: &Webhook,
    delivery: &Delivery,
    entry: &Entry,
) -> Statement {
    let now = origin.clock.now();
    let status = if webhook.is_enabled { send(origin, webhook, entry, now).await } else { None };
    let is_done = status.is_some_and(|status| (200..300).contains(&status));
    let next = next_attempt(delivery.attempts + 1, now).filter(|_| webhook.is_enabled);
    let state = match (is_done, next) {
        (true, _) => "delivered",
        (false, Some(_)) => "pending",
        (false, None) => "failed",
    };
    deliveries::note(delivery, Outcome { status, state, due_at: next.unwrap_or(now), now })
}

/// Sends an entry, and returns the status of the response, if there was one.
async fn send(origin: &Origin, webhook: &Webhook, entry: &Entry, now: UnixTime) -> Option<u16> {
    // Also what was admitted once: the operator may have withdrawn the exemption of a host.
    let target = Target::read(&webhook.url, &origin.config.webhook_hosts).ok()?;
    let secrets = webhook.secrets(origin, now);
    let secrets = secrets.inspect_err(|error| origin.failed("webhook.secret", error)).ok()?;
    let id = format!("{}-{}", webhook.meta.id, entry.number);
    let body = published(entry).to_string();
    let signatures: Vec<String> = secrets.iter().map(|it| it.sign(&id, now, &body)).collect();
    let request = HttpRequest {
        method: "POST",
        url: target.into(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("user-agent", "hanzo-iam-webhook/1".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", now.0.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ],
        body: body.into_bytes(),
    };
    origin.outbound.send(request).await.ok().map(|response| response.status)
}
