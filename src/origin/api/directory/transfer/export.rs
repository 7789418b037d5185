//! `GET /v1/iam/organizations/admin/{name}/export`

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::{
    FORMAT, NDJSON, VERSION, call, credentials, failure,
    kinds::{CREDENTIAL, KINDS, Kind, Lost, VOLATILE},
    may_hold_secrets,
};
use crate::{
    core::{
        directory::{Invalid, OrgName},
        time::UnixTime,
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Parameter, Query, Reply, Who, endpoint},
        },
        domain::{audit::Subject, change::Change, commit::commit},
        http::{Parameters, Request, Response, RestError, response},
        store::{agents, transfer},
    },
};

endpoint! {
    /// Exports an organization as NDJSON, a page at a time.
    ///
    /// The first line of the first page names the format. Every other line is an object: its `kind`,
    /// and the `object` as the API shows it. The last line of a page has the `next` cursor, or `end`.
    /// An import takes the pages one after another. `secrets` adds the digests of passwords, client
    /// secrets, keys and codes of invitations; only an administrator of the platform obtains them. What is
    /// sealed is in no file. `setAgain` of a line names what the object has and the file has not.
    pub ExportOrganization = GET "/v1/iam/organizations/admin/{name}/export"
    as "exportOrganization", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName,),
    query: ExportQuery,
    reply: Lines,
    error: RestError;
    export
}

/// Which part is exported.
#[derive(Debug)]
pub struct ExportQuery {
    cursor: Cursor,
    limit: usize,
    secrets: bool,
}

/// The start of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    /// The index of the kind.
    kind: usize,
    /// Whether the deferred members of the kind follow.
    apart: bool,
    /// The position in the kind's list.
    place: Place,
}

/// A position in the list of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Offset(usize),
    Cursor(String),
}

impl Cursor {
    const START: Self = Self { kind: 0, apart: false, place: Place::Offset(0) };

    /// The position after all objects of this kind.
    fn following(&self, kind: &Kind) -> Self {
        let apart = !self.apart && !kind.apart.is_empty();
        Self { kind: self.kind + usize::from(!apart), apart, place: Place::Offset(0) }
    }

    fn text(&self) -> String {
        let Self { kind, apart, place } = self;
        let apart = if *apart { "a" } else { "" };
        match place {
            Place::Offset(offset) => format!("{kind}{apart}.{offset}"),
            Place::Cursor(cursor) => format!("{kind}{apart}:{cursor}"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let at = text.find(['.', ':'])?;
        let (kind, rest) = text.split_at_checked(at)?;
        let (kind, apart) = match kind.strip_suffix('a') {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let kind = kind.parse().ok()?;
        let place = match rest.strip_prefix('.') {
            Some(offset) => Place::Offset(offset.parse().ok().filter(|it| *it <= 1_000_000)?),
            None => Place::Cursor(rest.strip_prefix(':')?.to_owned()),
        };
        Some(Self { kind, apart, place })
    }
}

impl Query for ExportQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("cursor", "The `next` of the page before."),
        Parameter::optional("limit", "The most objects: 1 to 500, 200 if absent.").integer(1, 500),
        Parameter::optional("secrets", "`true`: with digests, for the platform only."),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let cursor = match parameters.get("cursor").filter(|text| !text.is_empty()) {
            Some(text) => Cursor::read(text)
                .ok_or_else(|| Invalid::member("cursor", "is not one of this list"))?,
            None => Cursor::START,
        };
        let limit = match parameters.get("limit") {
            Some(text) => text.parse().ok().filter(|limit| (1..=500).contains(limit)),
            None => Some(200),
        };
        let limit = limit.ok_or_else(|| Invalid::member("limit", "must be from 1 to 500"))?;
        let secrets = match parameters.get("secrets") {
            None | Some("" | "false") => false,
            Some("true") => true,
            Some(_) => return Err(Invalid::member("secrets", "must be true or false")),
        };
        Ok(Self { cursor, limit, secrets })
    }
}

/// Lines of JSON.
#[derive(Debug)]
pub struct Lines(String);

impl Reply for Lines {
    const MEDIA_TYPE: &'static str = NDJSON;

    fn into_response(self) -> Response {
        response::no_store(response::text_of(Self::STATUS, NDJSON, &self.0))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }
}

async fn export(origin: &Origin, call: Call<'_, ExportOrganization>) -> Result<Lines, RestError> {
    let Call { caller, path: (name,), query, request, .. } = call;
    let ExportQuery { mut cursor, limit, secrets } = query;
    caller.administering(name.as_str())?;
    if secrets {
        caller.platform()?;
        may_hold_secrets(origin, &caller).await?;
    }
    let mut lines = Vec::new();
    if cursor == Cursor::START {
        let header = json!({
            "format": FORMAT, "version": VERSION, "organization": name.as_str(),
            "exported": origin.clock.now().to_string(), "secrets": secrets,
        });
        lines.push(header);
    }
    let mut left = limit;
    while let Some(kind) = KINDS.get(cursor.kind).filter(|_| left > 0) {
        let page = page(origin, request, kind, &cursor, (name.as_str(), left)).await?;
        left = left.saturating_sub(page.objects.len().max(1));
        let mut hidden = if cursor.apart {
            BTreeMap::new()
        } else {
            hidden_of(origin, kind, &page.objects, secrets).await?
        };
        for object in page.objects {
            if let Some(mut line) = line(kind, object, cursor.apart, origin.clock.now()) {
                let hidden = hidden.remove(&key_of(&line)).unwrap_or_default();
                hidden.enter(&mut line);
                lines.push(line);
            }
        }
        cursor = match page.next {
            Some(place) => Cursor { place, ..cursor },
            None => cursor.following(kind),
        };
    }
    let facts = json!({"exported": lines.len(), "secrets": secrets});
    let subject = Subject::with(name.as_str(), "organization", name.as_str(), &facts);
    commit(origin, Change::of(subject)).await?;
    lines.push(match KINDS.get(cursor.kind) {
        Some(_) => json!({"next": cursor.text()}),
        None => json!({"end": true}),
    });
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    Ok(Lines(lines.join("\n") + "\n"))
}

/// A part of the list of a kind.
pub(super) struct Page {
    pub(super) objects: Vec<Map<String, Value>>,
    pub(super) next: Option<Place>,
}

async fn page(
    origin: &Origin,
    request: &Request,
    kind: &Kind,
    cursor: &Cursor,
    (organization, limit): (&str, usize),
) -> Result<Page, RestError> {
    if kind.name == CREDENTIAL {
        return credentials::page(origin, organization, &cursor.place, limit).await;
    }
    let list = kind.list.replace("{organization}", organization);
    let target = match &cursor.place {
        _ if kind.member.is_empty() => list,
        Place::Offset(0) => format!("{list}&limit={limit}"),
        Place::Offset(offset) => format!("{list}&limit={limit}&offset={offset}"),
        Place::Cursor(cursor) => {
            let cursor = utf8_percent_encode(cursor, NON_ALPHANUMERIC);
            format!("{list}&limit={limit}&cursor={cursor}")
        }
    };
    let (status, mut reply) = call(origin, request, Method::GET, &target, None).await;
    if status != StatusCode::OK {
        return Err(failure((status, reply)));
    }
    if kind.member.is_empty() {
        let object = match reply {
            Value::Object(object) => vec![object],
            _ => Vec::new(),
        };
        return Ok(Page { objects: object, next: None });
    }
    let cursors = ["/cursor", "/data2/cursor"];
    let next = cursors.iter().find_map(|place| reply.pointer(place)?.as_str().map(str::to_owned));
    let listed = match reply.get_mut(kind.member).map(Value::take) {
        Some(Value::Array(listed)) => listed,
        _ => Vec::new(),
    };
    let next = match (next, &cursor.place) {
        (Some(next), _) => Some(next).filter(|next| !next.is_empty()).map(Place::Cursor),
        // Lists without cursors use offsets.
        (None, Place::Offset(offset)) if listed.len() == limit => {
            Some(Place::Offset(offset + limit))
        }
        _ => None,
    };
    let objects = listed.into_iter().filter_map(|object| match object {
        Value::Object(object) => Some(object),
        _ => None,
    });
    let mut objects: Vec<_> = objects.collect();
    if kind.name == "user" {
        // Exported as a user, an agent would have no responsible user.
        let names: Vec<&str> = objects.iter().filter_map(|it| it.get("name")?.as_str()).collect();
        let agents = agents::among(organization, &names).fetch(&*origin.database).await?;
        let is_agent = |name: &Value| name.as_str().is_some_and(|name| agents.contains(name));
        objects.retain(|object| !object.get("name").is_some_and(is_agent));
    }
    Ok(Page { objects, next })
}

/// The line of an object: without its kind's deferred members, or only those; `None` if empty.
fn line(kind: &Kind, mut object: Map<String, Value>, apart: bool, now: UnixTime) -> Option<Value> {
    // A home membership is implied, unless the user is an owner.
    let is_home = object.get("isHome").is_some_and(|home| home == true);
    let is_given = is_home && object.get("role").is_none_or(|role| role != "owner");
    if is_given || kind.is_over(&object, now) {
        return None;
    }
    if apart {
        let names = |name: &str| ["owner", "name"].contains(&name);
        let is_empty = |value: &Value| match value {
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            value => value.is_null(),
        };
        object.retain(|name, value| {
            names(name) || (kind.apart.contains(&name.as_str()) && !is_empty(value))
        });
        let has_some = object.keys().any(|name| !names(name));
        return has_some.then(|| json!({"kind": kind.name, "change": object}));
    }
    object.retain(|name, _| !VOLATILE.contains(&name.as_str()));
    let has_id = kind.restored.iter().any(|restored| restored.member == "id");
    let left_out = |name: &str| {
        let is_id = name == "id" && !has_id;
        is_id || kind.apart.contains(&name) || kind.left_out.contains(&name)
    };
    object.retain(|name, _| !left_out(name));
    Some(json!({"kind": kind.name, "object": object}))
}

type Key = (String, String);

fn key_of(line: &Value) -> Key {
    let text = |name: &str| line.pointer(&format!("/object/{name}")).and_then(Value::as_str);
    let text = |name: &str| text(name).unwrap_or_default().to_owned();
    (text("owner"), text("name"))
}

/// Members that the API does not show.
#[derive(Debug, Default)]
struct Hidden {
    /// Those included in the file.
    secrets: Map<String, Value>,
    /// Those to be set again, because they are not in the file.
    lost: Vec<String>,
}

impl Hidden {
    fn enter(self, line: &mut Value) {
        let Value::Object(line) = line else { return };
        if !self.secrets.is_empty() {
            line.insert("secrets".to_owned(), Value::Object(self.secrets));
        }
        if !self.lost.is_empty() {
            line.insert("setAgain".to_owned(), self.lost.into());
        }
    }
}

/// The hidden members of these objects, by owner and name.
async fn hidden_of(
    origin: &Origin,
    kind: &Kind,
    objects: &[Map<String, Value>],
    with_secrets: bool,
) -> Result<BTreeMap<Key, Hidden>, RestError> {
    let mut found = BTreeMap::new();
    let secrets = kind.secrets.iter().filter(|_| with_secrets);
    let secrets = secrets.map(|secret| (secret.member, secret.column));
    let lost: Vec<&Lost> = kind.lost.iter().filter(|it| it.is_sealed || !with_secrets).collect();
    let columns: Vec<(&str, &str)> =
        secrets.chain(lost.iter().map(|it| (it.column, it.column))).collect();
    if columns.is_empty() {
        return Ok(found);
    }
    let text = |object: &'_ Map<String, Value>, name: &str| {
        object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut by_owner: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in objects {
        by_owner.entry(text(object, "owner")).or_default().push(text(object, "name"));
    }
    for (owner, names) in by_owner {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let rows = transfer::columns((kind.table, kind.condition), &columns, &owner, &names);
        for (name, mut secrets) in rows.fetch(&*origin.database).await? {
            secrets.retain(|_, value| value.as_str().is_some_and(|text| !text.is_empty()));
            let lost = lost.iter().flat_map(|it| match secrets.remove(it.column) {
                Some(Value::String(text)) if it.member.is_empty() => sealed_members(&text),
                Some(_) => vec![it.member.to_owned()],
                None => Vec::new(),
            });
            let lost = lost.collect();
            found.insert((owner.clone(), name), Hidden { secrets, lost });
        }
    }
    Ok(found)
}

/// The member names of an object of sealed texts.
fn sealed_members(object: &str) -> Vec<String> {
    let members: BTreeMap<String, Value> = serde_json::from_str(object).unwrap_or_default();
    members.into_keys().collect()
}
