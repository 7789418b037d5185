//! `POST /v1/iam/organizations/admin/{name}/import`

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    FORMAT, NDJSON, VERSION, bounds, call, credentials,
    kinds::{CREDENTIAL, Kind, MARKS, PLATFORMS},
    may_hold_secrets, reason,
    restore::{self, Values},
};
use crate::{
    core::{
        directory::{Invalid, OrgName},
        principal::PLATFORM_ORGANIZATION,
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::{DirectoryCaller, forbidden},
            endpoint::{Body, Call, Parameter, Query, View, Who, endpoint},
        },
        domain::{audit::Subject, change::Change, commit::commit},
        http::{Parameters, Request, RestError},
        store::transfer,
    },
};

endpoint! {
    /// Imports lines of an export into an organization.
    ///
    /// Takes at most 100 lines of NDJSON; a longer file is sent in parts, one after another. Each line
    /// is a call of the API by the caller's credential. An object that exists already stays as it is,
    /// or is changed with `existing=update`: the same lines may be sent again. Digests, passkeys, the ids
    /// of accounts and the times of creation are restored for an administrator of the platform whose
    /// credential has no limits. Marks of the platform's own objects are not imported. The report says what
    /// has to be set again, because no file has it.
    pub ImportOrganization = POST "/v1/iam/organizations/admin/{name}/import"
    as "importOrganization", who: Who::Organization(Role::Admin), body_limit: MAXIMUM_BODY;
    caller: DirectoryCaller,
    path: (OrgName,),
    query: ImportQuery,
    body: Sent,
    reply: View<Report>,
    error: RestError;
    import
}

/// Maximum size of a part, in bytes.
const MAXIMUM_BODY: usize = 1024 * 1024;

/// Maximum number of lines per part: each takes a few of the 1000 database statements per
/// invocation.
const MAXIMUM_LINES: usize = 100;

/// The refusal of a line that restores credentials.
const PLATFORM_ONLY: &str = "secrets and credentials are imported by an administrator of the \
                             platform, with a credential without limits";

/// How the lines are imported.
#[derive(Debug)]
pub struct ImportQuery {
    first: usize,
    update: bool,
    dry: bool,
}

impl Query for ImportQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("first", "The number of the first line in its file, for the report.")
            .integer(1, 1_000_000_000),
        Parameter::optional("existing", "`skip`, the default, or `update`."),
        Parameter::optional("dryRun", "`true`: only reports what exists."),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let refused = |name, why| Err(Invalid::member(name, why));
        let first = match parameters.get("first").map(str::parse) {
            None => 1,
            Some(Ok(first)) if (1..=1_000_000_000).contains(&first) => first,
            Some(_) => return refused("first", "must be from 1 to 1000000000"),
        };
        let update = match parameters.get("existing") {
            None | Some("" | "skip") => false,
            Some("update") => true,
            Some(_) => return refused("existing", "must be skip or update"),
        };
        let dry = match parameters.get("dryRun") {
            None | Some("" | "false") => false,
            Some("true") => true,
            Some(_) => return refused("dryRun", "must be true or false"),
        };
        Ok(Self { first, update, dry })
    }
}

/// The lines of a part.
#[derive(Debug)]
pub struct Sent(Vec<String>);

impl Body for Sent {
    const MEDIA_TYPES: &'static [&'static str] = &[NDJSON];
    type Error = RestError;

    fn read(request: &Request) -> Result<Self, RestError> {
        if request.media_type().as_deref() != Some(NDJSON) {
            let why = format!("the body must be {NDJSON}");
            return Err(RestError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        let refused = |why: &str| RestError::new(StatusCode::BAD_REQUEST, why);
        let text = str::from_utf8(&request.body).map_err(|_| refused("the body must be UTF-8"))?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.len() > MAXIMUM_LINES {
            return Err(refused("the body has more than 100 lines: send it in parts"));
        }
        Ok(Self(lines))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(schemars::json_schema!({"type": "string"}))
    }
}

/// What has become of the lines.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Report {
    /// Objects that did not exist.
    created: usize,
    /// Objects that were changed.
    updated: usize,
    /// Objects that stay as they were.
    skipped: usize,
    /// Lines that were not imported.
    refused: usize,
    /// One entry for each line that is about an object, and for each that cannot be read.
    lines: Vec<LineReport>,
}

/// What has become of a line.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LineReport {
    /// Its number.
    line: usize,
    /// The kind of its object; empty if it cannot be read.
    kind: String,
    /// The path of its object; empty if it cannot be read.
    object: String,
    /// `created`, `updated`, `skipped` or `refused`.
    outcome: What,
    /// Why it was refused, or what of it was left out.
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

/// What has become of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It did not exist.
    Created,
    /// It was changed.
    Updated,
    /// It stays as it was.
    Skipped,
    /// It was not imported.
    Refused,
}

async fn import(
    origin: &Origin,
    call: Call<'_, ImportOrganization>,
) -> Result<View<Report>, RestError> {
    let Call { caller, path: (name,), query, body: Sent(lines), request } = call;
    // The organization may be created by the first line: each call checks authorization itself.
    if !caller.is_platform() {
        caller.administering(name.as_str())?;
    }
    if name.as_str() == PLATFORM_ORGANIZATION {
        return Err(forbidden("the platform's own organization is not imported"));
    }
    let restores = caller.is_platform() && may_hold_secrets(origin, &caller).await.is_ok();
    let import = Import { origin, request, restores, name: name.as_str(), query: &query };
    let mut report = Report::default();
    for (index, text) in lines.iter().enumerate() {
        if text.trim().is_empty() {
            continue;
        }
        let outcome = match Line::read(text, name.as_str()) {
            Ok(None) => continue,
            Ok(Some(line)) => import.line(line).await?,
            // Nothing of such a file is imported.
            Err(why) if why == OTHER_FORMAT && index == 0 => {
                return Err(RestError::new(StatusCode::BAD_REQUEST, why));
            }
            Err(why) => (What::Refused, String::new(), String::new(), why),
        };
        let (outcome, kind, object, note) = outcome;
        let counted = match outcome {
            What::Created => &mut report.created,
            What::Updated => &mut report.updated,
            What::Skipped => &mut report.skipped,
            What::Refused => &mut report.refused,
        };
        *counted += 1;
        let line = query.first + index;
        report.lines.push(LineReport { line, kind, object, outcome, note });
    }
    if !query.dry {
        let Report { created, updated, refused, .. } = report;
        let facts = json!({"created": created, "updated": updated, "refused": refused});
        let subject = Subject::with(name.as_str(), "organization", name.as_str(), &facts);
        commit(origin, Change::of(subject)).await?;
    }
    Ok(View(report))
}

const OTHER_FORMAT: &str = "the file has another format, or another version of it";

/// A line about an object.
struct Line {
    kind: &'static Kind,
    members: Map<String, Value>,
    secrets: Map<String, Value>,
    /// Values missing from the file.
    lost: Vec<String>,
    is_change: bool,
    path: String,
}

impl Line {
    /// Parses a line; `None` for header and end lines.
    fn read(text: &str, organization: &str) -> Result<Option<Self>, String> {
        let Ok(Value::Object(mut line)) = serde_json::from_str(text) else {
            return Err("is not a JSON object".to_owned());
        };
        if let Some(format) = line.get("format") {
            let known = format == FORMAT && line.get("version") == Some(&json!(VERSION));
            return if known { Ok(None) } else { Err(OTHER_FORMAT.to_owned()) };
        }
        if line.contains_key("next") || line.contains_key("end") {
            return Ok(None);
        }
        let kind = line.get("kind").and_then(Value::as_str).unwrap_or_default();
        let kind = Kind::named(kind).ok_or_else(|| format!("the kind {kind:?} is unknown"))?;
        let mut take = |name: &str| match line.remove(name) {
            Some(Value::Object(members)) => Some(members),
            _ => None,
        };
        let (object, change) = (take("object"), take("change"));
        let is_change = object.is_none();
        let members = object.or(change).ok_or("has neither object nor change")?;
        let secrets = take("secrets").unwrap_or_default();
        let lost = line.get("setAgain").and_then(Value::as_array).into_iter().flatten();
        let lost = lost.filter_map(|name| Some(name.as_str()?.to_owned())).collect();
        if kind.organization(&members) != Some(organization) {
            return Err(format!("is not an object of {organization}"));
        }
        let path = kind.path(&members).ok_or("does not name its object")?;
        Ok(Some(Self { kind, members, secrets, lost, is_change, path }))
    }
}

struct Import<'a> {
    origin: &'a Origin,
    request: &'a Request,
    /// Whether the caller may restore ids, times, digests and credentials.
    restores: bool,
    name: &'a str,
    query: &'a ImportQuery,
}

type Done = (What, String, String, String);

impl Import<'_> {
    async fn call(
        &self,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        call(self.origin, self.request, method, target, body).await
    }

    async fn line(&self, line: Line) -> Result<Done, RestError> {
        let Line { kind, mut members, secrets, lost, is_change, path } = line;
        let platforms = if kind.name == "application" { PLATFORMS } else { &[] };
        let mut marks = Vec::new();
        for mark in MARKS.iter().chain(platforms) {
            let sent = members.remove(*mark);
            let is_set = sent.is_some_and(|sent| {
                let nothing = [json!(null), json!(false), json!([]), json!("")];
                !nothing.contains(&sent)
            });
            marks.extend(is_set.then_some(*mark));
        }
        let listed = |what: &str, names: &[&str]| match names {
            [] => None,
            names => Some(format!("{what}: {}", names.join(", "))),
        };
        let lost: Vec<&str> = lost.iter().map(String::as_str).collect();
        let note = listed("left out", &marks).unwrap_or_default();
        let done = |what, note: String| (what, kind.name.to_owned(), path.clone(), note);
        let values = match self.values(kind, &members, &secrets) {
            Ok(values) => values,
            Err(why) => return Ok(done(What::Refused, why)),
        };
        let holds = match kind.name {
            "key" if secrets.contains_key("digest") => members.get("user"),
            CREDENTIAL => members.get("user"),
            _ => None,
        };
        if let Err(why) = bounds::of_credential(self.origin, self.name, holds).await? {
            return Ok(done(What::Refused, why));
        }
        if kind.name == CREDENTIAL && !self.query.dry {
            let (what, why) = self.credential(members).await?;
            return Ok(done(what, why));
        }
        if is_change {
            // Such a line has only the deferred members of its kind.
            members.retain(|name, _| {
                ["owner", "name"].contains(&&**name) || kind.apart.contains(&&**name)
            });
            if kind.apart.is_empty() {
                return Ok(done(What::Refused, "is changed by no line of its own".to_owned()));
            }
            // The line could restore something that an administrator has removed from the existing
            // object.
            if !self.query.update && !self.is_as_created(kind, &members).await? {
                return Ok(done(What::Skipped, note));
            }
            return Ok(self
                .changed(kind, &path, members)
                .await?
                .map_or_else(|why| done(What::Refused, why), |what| done(what, note)));
        }
        let body = kind.body(self.name, members.clone());
        if self.query.dry {
            let (status, _) = self.call(Method::GET, &path, None).await;
            let what = if status.is_success() { What::Skipped } else { What::Created };
            return Ok(done(what, note));
        }
        let (status, reply) = if kind.name == "membership" && self.is_member(&path, &body).await {
            (StatusCode::CONFLICT, Value::Null)
        } else {
            self.call(Method::POST, kind.create, Some(&body)).await
        };
        if status.is_success() {
            let restored = restore::apply(self.origin, self.name, kind, &reply, values).await?;
            let notes = [Some(note), restored.err(), listed("set again", &lost)];
            let notes: Vec<String> =
                notes.into_iter().flatten().filter(|note| !note.is_empty()).collect();
            return Ok(done(What::Created, notes.join("; ")));
        }
        // Only the platform creates organizations; their administrators import into them.
        let may_exist = status == StatusCode::CONFLICT || kind.name == "organization";
        if !may_exist || !self.call(Method::GET, &path, None).await.0.is_success() {
            return Ok(done(What::Refused, reason(&reply)));
        }
        if !self.query.update || kind.is_fixed {
            return Ok(done(What::Skipped, note));
        }
        Ok(match self.changed(kind, &path, members).await? {
            Ok(what) => done(what, note),
            Err(why) => done(What::Refused, why),
        })
    }

    /// Whether the object is unchanged since its creation by this or an interrupted import.
    async fn is_as_created(
        &self,
        kind: &Kind,
        members: &Map<String, Value>,
    ) -> Result<bool, RestError> {
        let name = members.get("name").and_then(Value::as_str).unwrap_or_default();
        let found = transfer::is_as_created(kind.table, self.name, name);
        Ok(found.fetch(&*self.origin.database).await?)
    }

    /// Whether the membership exists, in which case creating it would change it. Every user belongs
    /// to its home organization, where only the role counts.
    async fn is_member(&self, path: &str, wanted: &Value) -> bool {
        let (status, found) = self.call(Method::GET, path, None).await;
        let is_home = found.get("isHome").is_some_and(|home| home == true);
        status.is_success() && (!is_home || found.get("role") == wanted.get("role"))
    }

    /// Stores a passkey or security key.
    async fn credential(&self, members: Map<String, Value>) -> Result<(What, String), RestError> {
        if !self.restores {
            return Ok((What::Refused, PLATFORM_ONLY.to_owned()));
        }
        Ok(match credentials::store(self.origin, self.name, members).await? {
            Ok(true) => (What::Created, String::new()),
            Ok(false) => (What::Skipped, String::new()),
            Err(why) => (What::Refused, why),
        })
    }

    /// Changes an existing object.
    async fn changed(
        &self,
        kind: &Kind,
        path: &str,
        mut members: Map<String, Value>,
    ) -> Result<Result<What, String>, RestError> {
        if let Err(why) = bounds::of_change(self.origin, self.name, kind, &mut members).await? {
            return Ok(Err(why));
        }
        if self.query.dry {
            return Ok(Ok(What::Updated));
        }
        let body = kind.body(self.name, members);
        let (status, reply) = self.call(Method::PUT, path, Some(&body)).await;
        Ok(if status.is_success() { Ok(What::Updated) } else { Err(reason(&reply)) })
    }

    /// The values to restore from a line; none unless the caller is the platform.
    fn values(
        &self,
        kind: &Kind,
        members: &Map<String, Value>,
        secrets: &Map<String, Value>,
    ) -> Result<Values, String> {
        if self.restores {
            return restore::values(self.origin, kind, members, secrets);
        }
        if secrets.is_empty() {
            return Ok(Values::default());
        }
        Err(PLATFORM_ONLY.to_owned())
    }
}
