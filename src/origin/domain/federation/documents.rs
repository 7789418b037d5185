//! Cached provider documents: discovery, key sets and metadata, fetched only from the public
//! Internet.

use super::Refusal;
use crate::{
    core::webhook::Target,
    origin::{
        Origin,
        store::federation::{self, Document},
    },
    ports::{HttpRequest, HttpResponse},
};

/// Time in seconds for which a cached document is fresh.
const FRESH: i64 = 3600;

/// Time in seconds for which a stale document is used while the provider is unreachable.
const STALE: i64 = 7 * 24 * 3600;

/// Minimum interval in seconds between forced refreshes.
const AGAIN: i64 = 60;

/// Freshness requirement for a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// A cached document is acceptable.
    Usual,
    /// Refetch, because the cached document lacks an element; at most once a minute.
    Renewed,
}

/// The document format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON: discovery, key sets.
    Json,
    /// XML: SAML metadata.
    Xml,
}

impl Form {
    /// Whether `text` has this format, as opposed to an error page of an intermediary.
    fn is_of(self, text: &str) -> bool {
        match self {
            Self::Json => {
                serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
            }
            Self::Xml => text.contains("EntityDescriptor") || text.contains("EntitiesDescriptor"),
        }
    }
}

/// Fetches the document at `url` and parses it with `read`; a document that `read` rejects is not
/// cached. If the provider is unreachable or returns an invalid document, the cached one is used.
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

/// Sends a request to a provider. Its host must be on the public Internet or allowed by the
/// operator.
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
