//! Documents that providers publish: discovery, key sets, metadata. They are fetched from the public Internet
//! only, and kept.

use super::Refusal;
use crate::{
    core::webhook::Target,
    origin::{
        Origin,
        store::federation::{self, Document},
    },
    ports::{HttpRequest, HttpResponse},
};

/// How long a document is used without asking for it again, in seconds.
const FRESH: i64 = 3600;

/// How long an old one is used while the provider does not answer, in seconds.
const STALE: i64 = 7 * 24 * 3600;

/// How soon after the last time a document is fetched again because it lacks something, in seconds.
const AGAIN: i64 = 60;

/// How old a document may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// As old as it is usually kept.
    Usual,
    /// It lacked something, and is fetched again, but not more than once a minute.
    Renewed,
}

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON: discovery, key sets.
    Json,
    /// XML: metadata of SAML.
    Xml,
}

impl Form {
    /// Whether `text` is a document at all, and not the page of something on the way.
    fn is_of(self, text: &str) -> bool {
        match self {
            Self::Json => {
                serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
            }
            Self::Xml => text.contains("EntityDescriptor") || text.contains("EntitiesDescriptor"),
        }
    }
}

/// What `read` reads of the document at `url`. One that it refuses is not kept. While the provider does not answer,
/// or answers what is no document, the one that is kept is used.
pub async fn fetch<T>(
    origin: &Origin,
    (check, form): (&'static str, Form),
    url: &str,
    age: Age,
    read: impl AsyncFn(&str) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let now = origin.clock.now();
    let directory = origin.directory();
    let kept = federation::document(url).fetch(&*directory.database).await;
    let kept = kept.map_err(|error| Refusal::of(check, error))?;
    let enough = if age == Age::Usual { FRESH } else { AGAIN };
    if let Some(kept) = &kept
        && now.since(kept.fetched_at) < enough
        && let Ok(content) = read(&kept.body).await
    {
        return Ok(content);
    }
    let fetched = get(origin, check, url).await.and_then(|text| {
        let no_document = || Refusal::new(check, format!("{url} answers something else"));
        if form.is_of(&text) { Ok(text) } else { Err(no_document()) }
    });
    let fetched = match fetched {
        Ok(fetched) => fetched,
        Err(refusal) => {
            let usable = kept.filter(|kept| now.since(kept.fetched_at) < STALE);
            let Some(usable) = usable else { return Err(refusal) };
            return read(&usable.body).await.map_err(|_| refusal);
        }
    };
    let content = read(&fetched).await?;
    let document = Document { url: url.to_owned(), body: fetched, fetched_at: now };
    let stored = directory.database.run(federation::keep(&document)).await;
    stored.map_err(|error| Refusal::of(check, error))?;
    Ok(content)
}

async fn get(origin: &Origin, check: &'static str, url: &str) -> Result<String, Refusal> {
    let request = HttpRequest {
        method: "GET",
        url: url.to_owned(),
        headers: vec![("accept", "application/json, application/samlmetadata+xml, */*".to_owned())],
        body: Vec::new(),
    };
    let response = ask(origin, check, request).await?;
    if !response.is_success() {
        return Err(Refusal::new(check, format!("{url} answered {}", response.status)));
    }
    let text = String::from_utf8(response.body);
    text.map_err(|_| Refusal::new(check, format!("{url} is no text")))
}

/// Sends a request to a provider, whose address is one of the public Internet unless the operator has admitted
/// its host.
pub async fn ask(
    origin: &Origin,
    check: &'static str,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    let url = request.url.clone();
    Target::read(&url, &origin.config.federation_hosts)
        .map_err(|error| Refusal::new(check, format!("{url}: {error}")))?;
    let asked = origin.outbound.ask(request).await;
    asked.map_err(|error| Refusal::new(check, format!("{url}: {error}")))
}
