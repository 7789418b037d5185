//! Outbound deliveries: the schedule sends due ones, each attempt once.
//!
//! A delivery is a signed audit entry for a webhook, or a logout token for an application in an
//! ended session (OpenID Connect Back-Channel Logout 1.0). Failed deliveries are retried with
//! increasing delays; a receiver's other deliveries do not wait.

use futures_util::future::join_all;
use thiserror::Error;

use super::{audit::published, keyring::KeyringError, signing};
use crate::{
    core::{
        audit::Entry,
        encoding::base64url,
        time::UnixTime,
        token::{LogoutToken, MintError, TokenType, mint_logout},
        webhook::{Target, next_attempt},
    },
    origin::{
        Origin,
        store::{
            applications::{self, Application},
            deliveries::{self, Delivery, Outcome},
            query::{Query, load},
            signing_keys::{self, SigningKey},
            webhooks::{self, Webhook},
        },
    },
    ports::{DatabaseError, HttpRequest, Statement},
};

/// Maximum number of deliveries per run: on the free plan, a Worker may make 50 requests.
const BATCH: i64 = 40;

/// Lease of a run's deliveries, in seconds, after which another run may take them.
const LEASE: i64 = 120;

/// Sends due deliveries.
pub async fn deliver(origin: &Origin) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    let database = &*origin.database;
    let taken = deliveries::take(now, now.plus(LEASE), BATCH).fetch(database).await?;
    if taken.is_empty() {
        return Ok(());
    }
    let distinct = |of: fn(&Delivery) -> &str| {
        let mut all: Vec<String> = taken.iter().map(|it| of(it).to_owned()).collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|id| !id.is_empty());
        all
    };
    let (receivers, clients) = (distinct(|it| &it.receiver), distinct(|it| &it.client_id));
    let told = if clients.is_empty() {
        Query::ready(Vec::new()).and(Query::ready(Vec::new()))
    } else {
        applications::by_client_ids(&clients).and(signing_keys::signing_now(now))
    };
    let queries = (webhooks::by_ids(&receivers), deliveries::entries(&taken), told);
    let (webhooks, entries, (applications, keys)) = load(database, queries).await?;
    let found = |delivery: &Delivery| {
        if !delivery.client_id.is_empty() {
            let told = applications.iter().find(|it| it.client_id == delivery.client_id);
            return told.map(|application| Parcel::Logout(application, &keys));
        }
        let webhook = webhooks.iter().find(|webhook| webhook.meta.id == delivery.receiver)?;
        let is_of = |entry: &&Entry| {
            entry.number == delivery.number && entry.organization_id == delivery.organization_id
        };
        Some(Parcel::Entry(webhook, entries.iter().find(is_of)?))
    };
    let attempts = taken.iter().map(|delivery| attempt(origin, delivery, found(delivery)));
    let statements = join_all(attempts).await;
    database.batch(statements).await.map(drop)
}

/// The content and receiver of a delivery.
enum Parcel<'a> {
    /// An entry of the audit trail.
    Entry(&'a Webhook, &'a Entry),
    /// The end of a session.
    Logout(&'a Application, &'a [SigningKey]),
}

impl Parcel<'_> {
    /// Whether the receiver still takes deliveries.
    const fn is_wanted(&self) -> bool {
        match self {
            Self::Entry(webhook, _) => webhook.is_enabled,
            Self::Logout(application, _) => {
                !application.is_disabled && !application.backchannel_logout_uri.is_empty()
            }
        }
    }
}

/// Makes one attempt, and returns the statement that records its outcome. Without a parcel, the
/// receiver or the entry no longer exists.
async fn attempt(origin: &Origin, delivery: &Delivery, parcel: Option<Parcel<'_>>) -> Statement {
    let now = origin.clock.now();
    let parcel = parcel.filter(Parcel::is_wanted);
    let status = match &parcel {
        Some(Parcel::Entry(webhook, entry)) => send(origin, webhook, entry, now).await,
        Some(Parcel::Logout(application, keys)) => {
            let sent = tell(origin, application, keys, delivery, now).await;
            sent.unwrap_or_else(|error| {
                origin.failed("logout.token", error);
                None
            })
        }
        None => None,
    };
    let is_done = status.is_some_and(|status| (200..300).contains(&status));
    let next = next_attempt(delivery.attempts + 1, now).filter(|_| parcel.is_some());
    let state = match (is_done, next) {
        (true, _) => "delivered",
        (false, Some(_)) => "pending",
        (false, None) => "failed",
    };
    deliveries::note(delivery, Outcome { status, state, due_at: next.unwrap_or(now), now })
}

/// Posts a logout token (Back-Channel Logout 1.0 §2.5), and returns the status of the response, if there was
/// one.
async fn tell(
    origin: &Origin,
    application: &Application,
    keys: &[SigningKey],
    delivery: &Delivery,
    now: UnixTime,
) -> Result<Option<u16>, TellError> {
    let exempt = &origin.config.webhook_hosts;
    let Ok(target) = Target::read(&application.backchannel_logout_uri, exempt) else {
        return Ok(None);
    };
    let algorithm = application.signing_algorithm(TokenType::Id);
    let (key, private_key) = signing::signing_key_among(origin, keys, algorithm).await?;
    let issuer = if delivery.issuer.is_empty() { &origin.config.issuer } else { &delivery.issuer };
    let token = LogoutToken {
        issuer,
        subject: &delivery.subject,
        client_id: &application.client_id,
        session_id: &delivery.session_id,
        id: &base64url(&origin.random.bytes::<16>()),
    };
    let token = mint_logout(&*origin.crypto, &key, &private_key, token, now).await?;
    let request = HttpRequest {
        method: "POST",
        url: target.into(),
        headers: vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("user-agent", "hanzo-iam-logout/1".to_owned()),
        ],
        body: format!("logout_token={token}").into_bytes(),
    };
    Ok(origin.outbound.send(request).await.ok().map(|response| response.status))
}

/// Why a logout token could not be created.
#[derive(Debug, Error)]
enum TellError {
    /// There is no key.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// It could not be signed.
    #[error(transparent)]
    Mint(#[from] MintError),
}

/// Sends an entry, and returns the status of the response, if there was one.
async fn send(origin: &Origin, webhook: &Webhook, entry: &Entry, now: UnixTime) -> Option<u16> {
    // Recheck: the operator may have withdrawn the exemption of a host.
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
