//! Log lines: one line of JSON for each refusal and each failure.
//!
//! A line names the reason, the request and the caller, and holds no secret: the query, headers and
//! bodies are never in it, and what looks like a credential in any text is [scrubbed] (ATTACKS
//! H-117).

use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::principal::{Credential, Principal};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A request was refused: the client's affair.
    Refusal,
    /// Something failed here.
    Failure,
}

/// Who called, without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// A user's id, or `<owner>/<name>` of an application.
    pub subject: String,
    /// The organization that the credential acts in.
    pub organization: String,
    /// The client that obtained the credential.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// `token`, `session`, `client` or `key`.
    pub credential: &'static str,
    /// The credential's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The home organization and name, `owner/name`, which the log does not repeat.
    #[serde(skip)]
    pub name: String,
    /// Who acts for the subject (RFC 8693 §4.1): subjects, the current one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acting: Vec<String>,
}

impl From<&Principal> for Caller {
    fn from(principal: &Principal) -> Self {
        let (credential, id) = match &principal.credential {
            Credential::Token { id, .. } => ("token", id.clone()),
            Credential::Session { id } => ("session", id.clone()),
            Credential::Client => ("client", String::new()),
            Credential::Key { id, .. } => ("key", id.clone()),
        };
        Self {
            subject: principal.subject.clone(),
            organization: principal.owner.clone(),
            client: principal.client_id.clone(),
            credential,
            id,
            name: format!("{}/{}", principal.home, principal.name),
            acting: principal.acting.clone(),
        }
    }
}

/// One line.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// How bad it is.
    pub level: Level,
    /// `request`, or a scheduled task: `schedule.rotate`, ….
    pub event: &'static str,
    /// [`crate::core::request_id`]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// The method.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// The path, without the query.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The HTTP status of the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The reason, as the client gets it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The internal cause, which the client does not get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Who called, if that was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
}

impl Line {
    /// A failure outside a request.
    pub fn failure(event: &'static str, cause: impl std::fmt::Display) -> Self {
        Self {
            level: Level::Failure,
            event,
            request_id: String::new(),
            method: String::new(),
            path: String::new(),
            status: None,
            reason: String::new(),
            cause: Some(cause.to_string()),
            caller: None,
        }
    }

    /// The text; everything that a client or another system can influence is scrubbed.
    pub fn text(mut self) -> String {
        if !is_request_id(&self.request_id) {
            self.request_id = scrubbed(&self.request_id);
        }
        self.reason = scrubbed(&self.reason);
        for text in [&mut self.method, &mut self.path] {
            *text = scrubbed_encoded(text);
        }
        self.cause = self.cause.as_deref().map(scrubbed);
        serde_json::to_string(&self).unwrap_or_default()
    }
}

/// Replaces a credential.
const REDACTED: &str = "[redacted]";

/// What our own credentials begin with, and those that API clients mix up with them.
const PREFIXES: [&str; 8] = ["hk-", "sk-", "pk-", "hs-", "rk-", "eyJ", "ghp_", "xox"];

/// Longer than any id of ours but UUIDs and key thumbprints.
const LONGEST_ID: usize = 31;

/// How often a text is decoded to look for credentials in it.
const DECODED: usize = 3;

/// The text, percent-decoded if there is a credential in it that only shows when it is.
pub fn scrubbed_encoded(text: &str) -> String {
    let mut decoded = text.to_owned();
    for _ in 0..DECODED {
        if !decoded.contains('%') {
            break;
        }
        decoded = percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
        let clean = scrubbed(&decoded);
        if clean != decoded {
            return clean;
        }
    }
    scrubbed(text)
}

/// Whether it is an id as [`super::request_id`] makes them, which is as long as a credential.
fn is_request_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The text without what looks like a credential: a run of the characters that such are made of, which
/// begins like one or is long and random.
pub fn scrubbed(text: &str) -> String {
    let within = |c: char| c.is_ascii_alphanumeric() || "-_.~+=".contains(c);
    let mut scrubbed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(within) {
        let (before, run) = rest.split_at(start);
        let end = run.find(|c| !within(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        scrubbed.push_str(before);
        scrubbed.push_str(if is_credential(run) { REDACTED } else { run });
        rest = after;
    }
    scrubbed.push_str(rest);
    scrubbed
}

fn is_credential(run: &str) -> bool {
    // `key=hk-…` is one run.
    let values = || run.split('=');
    let prefixed =
        values().any(|value| PREFIXES.iter().any(|p| value.starts_with(p) && value.len() > 8));
    let random = |value: &str| {
        value.len() > LONGEST_ID
            && !is_uuid(value)
            && value.bytes().any(|byte| byte.is_ascii_digit())
            && value.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    prefixed || values().any(random)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS H-117.
    #[test]
    fn what_looks_like_a_credential_is_scrubbed() {
        for secret in [
            "hk-0123456789abcdef",
            "sk-live-abcdefghijk",
            "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA",
            "hs-Zm9vYmFy",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ] {
            for text in [
                secret.to_owned(),
                format!("/v1/iam/keys/{secret}/x"),
                format!("no such column: \"{secret}\" at 3"),
                format!("?key={secret}&x=1"),
            ] {
                let scrubbed = scrubbed(&text);
                assert!(!scrubbed.contains(secret), "{scrubbed}");
                assert!(scrubbed.contains(REDACTED));
            }
        }
    }

    /// ATTACKS F-83, H-117.
    #[test]
    fn a_credential_is_scrubbed_from_a_path_however_it_is_encoded() {
        let key = "hk-0123456789abcdefghijABCDEFGHIJ";
        let encoded: String = key.bytes().map(percent_encoding::percent_encode_byte).collect();
        for text in
            [key, "hk%2D0123456789abcdefghijABCDEFGHIJ", &encoded, &encoded.replace('%', "%25")]
        {
            let line = Line { path: format!("/v1/a/{text}/b"), ..Line::failure("request", "") };
            assert!(line.text().contains(r#""path":"/v1/a/[redacted]/b""#), "{text}");
        }
        let line =
            Line { path: "/v1/models/hanzo%2Fzen5".to_owned(), ..Line::failure("request", "") };
        assert!(line.text().contains("hanzo%2Fzen5"));
    }

    /// It is as long as a credential, and worth nothing.
    #[test]
    fn the_id_of_a_request_stays() {
        let request_id = "00019abcdeff30313233343536373839".to_owned();
        let line = Line { request_id, ..Line::failure("request", "") };
        assert!(line.text().contains(r#""requestId":"00019abcdeff30313233343536373839""#));
    }

    #[test]
    fn ids_names_and_sentences_stay() {
        for text in [
            "",
            "the user administers more than this credential does",
            "/v1/iam/users/hanzo/0b1c7c6e-2f6f-4c1e-9b1a-7f3c2d1e0a9b",
            "redirectUris: \"myapp://callback\" must be https",
            "DVnW3cK2bP0q7sX1aZ9yLg",
            "größer — ›anders‹",
        ] {
            assert_eq!(scrubbed(text), text);
        }
    }
}
