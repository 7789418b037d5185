//! Generates the OpenAPI 3.1 document from the list of endpoints. Native only: the workers embed
//! its text ([`super::document`]).

#![expect(clippy::indexing_slicing, reason = "indexes into JSON objects that it makes itself")]

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::origin::{
    api::{
        endpoint::{
            Contents, Declaration, ErrorReply, Kind, MERGE_PATCH, Parameter, Rate, Schemas, Verb,
            Who, Worker,
        },
        list::ENDPOINTS,
    },
    http::{OAuthError, RestError},
};

/// The document of all endpoints.
pub fn generate() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut shared = Shared::new(&mut generator);
    let mut paths: Map<String, Value> = Map::new();
    for entry in ENDPOINTS {
        let declaration = &entry.declaration;
        // Internal endpoints are not reachable by clients.
        if matches!(declaration.who, Who::Edge | Who::Operator) {
            continue;
        }
        let schemas = (entry.schemas)(&mut generator);
        for verb in declaration.verbs() {
            let path = paths.entry(declaration.path).or_insert_with(|| json!({}));
            path[verb.as_str().to_lowercase()] =
                operation(declaration, verb, &schemas, &mut shared);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hanzo IAM",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Identity at the edge: OAuth 2.0 / OpenID Connect and the \
                administration of organizations, users, applications and keys.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "responses": shared.responses,
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer",
                    "description": "An access token (RFC 6750) or an API key (`hk-…`).",
                },
                "client": {
                    "type": "http", "scheme": "basic",
                    "description": "client_id and client_secret (RFC 6749 §2.3.1).",
                },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "hanzo_session",
                    "description": "The session of a signed-in browser.",
                },
            },
        },
    })
}

/// Components shared by operations.
struct Shared {
    /// The responses, by name.
    responses: Map<String, Value>,
    /// The form of an error outside OAuth.
    rest: Schema,
    /// The form of an error of OAuth.
    oauth: Schema,
    /// The form of the edge's own refusals.
    gateway: Schema,
}

/// A refusal of the edge, which no operation has seen.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "describes what the edge writes")]
struct GatewayError {
    /// What is wrong, as a code.
    error: String,
    /// What to change.
    message: String,
}

impl Shared {
    fn new(generator: &mut SchemaGenerator) -> Self {
        Self {
            responses: Map::new(),
            rest: <RestError as ErrorReply>::schema(generator),
            oauth: <OAuthError as ErrorReply>::schema(generator),
            gateway: generator.subschema_for::<GatewayError>(),
        }
    }

    /// The name of the edge's response if the origin fails, in the form of the protocol of `path`.
    fn failure(&mut self, path: &str, status: u16) -> String {
        let is_oauth = path.starts_with("/v1/iam/oauth/");
        let form = if is_oauth { &self.oauth } else { &self.rest };
        self.error(&form.clone(), JSON, status)
    }

    /// The form of the edge's refusal of that status, which precedes every operation.
    const fn edge(&self, status: u16) -> Option<&Schema> {
        match status {
            400 | 503 => Some(&self.gateway),
            405 | 414 => Some(&self.rest),
            _ => None,
        }
    }

    /// The name of the response of that status whose content is an `error`; one that has no name of
    /// its own has several forms.
    fn error(&mut self, error: &Schema, media_type: &str, status: u16) -> String {
        let reference = error.get("$ref").and_then(Value::as_str).unwrap_or("AnyError");
        let name = format!("{}{status}", reference.rsplit('/').next().unwrap_or_default());
        let edge = self.edge(status).filter(|edge| *edge != error);
        let content = match edge {
            Some(edge) if media_type == JSON => {
                json!({JSON: {"schema": {"anyOf": [error, edge]}}})
            }
            Some(edge) => json!({media_type: {"schema": error}, JSON: {"schema": edge}}),
            None => json!({media_type: {"schema": error}}),
        };
        let mut response = json!({"description": reason(status), "content": content});
        if status == 405 {
            let allow = json!({"description": "The methods.", "schema": {"type": "string"}});
            response["headers"] = json!({"Allow": allow});
        }
        self.responses.insert(name.clone(), response);
        name
    }
}

fn operation(
    declaration: &Declaration,
    verb: Verb,
    schemas: &Schemas,
    shared: &mut Shared,
) -> Value {
    // The parameters of a GET may be posted as a form.
    let is_form = verb == Verb::Post && declaration.method == Verb::Get;
    let lines: Vec<&str> = declaration.description.iter().map(|line| line.trim()).collect();
    let mut parameters: Vec<Value> = declaration
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
        })
        .collect();
    parameters.extend(schemas.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": parameter.is_required && !is_form,
            "description": parameter.description,
            "schema": text(parameter),
        })
    }));
    parameters.extend(headers(verb, schemas.is_conditional).iter().map(|(name, description)| {
        json!({
            "name": name, "in": "header", "required": false, "description": description,
            "schema": {"type": "string", "maxLength": 255},
        })
    }));
    let mut operation = json!({
        "operationId": declaration.operation_of(verb),
        "tags": [declaration.tag()],
        "summary": declaration.summary(),
        "description": lines.join("\n").trim(),
        "x-who": declaration.who.described(),
        "security": security(declaration.who),
        "parameters": parameters,
        "responses": responses(declaration, verb, schemas, shared),
    });
    if declaration.rate != Rate::Unlimited {
        operation["x-rate"] = json!(format!("{:?}", declaration.rate).to_lowercase());
    }
    if is_form && schemas.media_types.is_empty() {
        operation["requestBody"] = form(schemas.parameters);
    } else if verb != Verb::Get && !schemas.media_types.is_empty() {
        // A merge patch is the body of a PATCH only.
        let takes = |media: &&&str| verb == Verb::Patch || **media != MERGE_PATCH;
        let content: Map<String, Value> = schemas
            .media_types
            .iter()
            .filter(takes)
            .map(|media| ((*media).to_owned(), json!({"schema": schemas.body})))
            .collect();
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    operation
}

/// The body of a POST in place of a GET: the parameters of the query, as a form.
fn form(parameters: &[Parameter]) -> Value {
    let properties: Map<String, Value> = parameters
        .iter()
        .map(|parameter| {
            let mut schema = text(parameter);
            schema["description"] = json!(parameter.description);
            (parameter.name.to_owned(), schema)
        })
        .collect();
    let schema = json!({"type": "object", "properties": properties});
    json!({
        "required": false,
        "content": {"application/x-www-form-urlencoded": {"schema": schema}},
    })
}

/// The headers that a request to a conditional endpoint may have.
const fn headers(verb: Verb, is_conditional: bool) -> &'static [(&'static str, &'static str)] {
    match verb {
        _ if !is_conditional => &[],
        Verb::Get => &[("If-None-Match", "The `ETag` that the client has: 304 if it is current.")],
        Verb::Post => &[(
            "Idempotency-Key",
            "A text that the client makes up. The same request with the same key, within 24 hours, \
             creates nothing again.",
        )],
        Verb::Put | Verb::Patch | Verb::Delete => {
            &[("If-Match", "The `ETag` that the client has: 412 if it is not current.")]
        }
    }
}

/// The schema of a parameter.
fn text(parameter: &Parameter) -> Value {
    match parameter.kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Integer(least, most) => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
    }
}

fn responses(
    declaration: &Declaration,
    verb: Verb,
    schemas: &Schemas,
    shared: &mut Shared,
) -> Value {
    let mut responses = Map::new();
    let mut success = json!({"description": "Success."});
    if !schemas.contents.is_empty() {
        success["content"] = content(&schemas.contents);
    }
    if schemas.is_conditional && verb != Verb::Delete {
        success["headers"] = json!({"ETag": {
            "description": "The version of the object (RFC 9110 §8.8.3).",
            "schema": {"type": "string"},
        }});
    }
    responses.insert(schemas.status.to_string(), success);
    for status in schemas.redirects {
        let what = if *status == 304 { UNCHANGED } else { "A redirection." };
        responses.insert(status.to_string(), json!({"description": what}));
    }
    if declaration.worker == Worker::Edge || (schemas.is_conditional && verb == Verb::Get) {
        responses.insert("304".to_owned(), json!({"description": UNCHANGED}));
    }
    for status in schemas.refusals {
        if *status != 429 || declaration.rate != Rate::Unlimited {
            let mut content = content(&schemas.refused);
            let edge = match status {
                // The edge of a host that serves no pages, and the origin where nothing has the name.
                404 if is_page(declaration.path) || declaration.path.contains("{owner}") => {
                    Some(&shared.rest)
                }
                400 => Some(&shared.gateway),
                _ => None,
            };
            if let Some(edge) = edge {
                let own = content.get(JSON).map(|own| own["schema"].clone());
                // A query that cannot be read is refused before the handler.
                let mut any: Vec<Value> = own.into_iter().collect();
                for one in [edge, &shared.rest].map(|one| json!(one)) {
                    if !any.contains(&one) {
                        any.push(one);
                    }
                }
                content[JSON] = json!({"schema": {"anyOf": any}});
            }
            let refusal = json!({"description": reason(*status), "content": content});
            responses.insert(status.to_string(), refusal);
        }
    }
    let statuses = match schemas.refusals {
        _ if declaration.worker == Worker::Edge => &[],
        [] => schemas.statuses,
        // The handler writes its refusals itself.
        [..] => BEFORE_HANDLER,
    };
    for status in statuses {
        let applies = match status {
            401 | 403 => declaration.who != Who::Public,
            412 => schemas.is_conditional && !matches!(verb, Verb::Get | Verb::Post),
            415 => !schemas.media_types.is_empty(),
            422 => schemas.is_conditional && verb == Verb::Post,
            429 => declaration.rate != Rate::Unlimited,
            _ => true,
        };
        if applies {
            let name = shared.error(&schemas.error, schemas.error_type, *status);
            let name = format!("#/components/responses/{name}");
            responses.insert(status.to_string(), json!({"$ref": name}));
        }
    }
    let refer = |name: String| json!({"$ref": format!("#/components/responses/{name}")});
    responses
        .insert("405".to_owned(), refer(shared.error(&schemas.error, schemas.error_type, 405)));
    for status in [400, 414] {
        if let (None, Some(edge)) = (responses.get(&status.to_string()), shared.edge(status)) {
            let edge = edge.clone();
            responses.insert(status.to_string(), refer(shared.error(&edge, JSON, status)));
        }
    }
    let failures = match declaration.worker {
        Worker::Origin => OF_THE_EDGE,
        Worker::Edge => &[],
    };
    for status in failures {
        responses.insert(status.to_string(), refer(shared.failure(declaration.path, *status)));
    }
    if declaration.operation == "getJwks" {
        // The edge has no snapshot yet.
        let edge = shared.gateway.clone();
        responses.insert("503".to_owned(), refer(shared.error(&edge, JSON, 503)));
    }
    Value::Object(responses)
}

const JSON: &str = "application/json";

const UNCHANGED: &str = "The client has the current version.";

/// The statuses of refusals of a request whose handler does not run.
const BEFORE_HANDLER: &[u16] = &[413];

/// The statuses of the edge's responses if the origin fails or is late.
const OF_THE_EDGE: &[u16] = &[502, 504];

fn content(contents: &Contents) -> Value {
    let described =
        |(media, schema): &(&str, Schema)| ((*media).to_owned(), json!({"schema": schema}));
    contents.iter().map(described).collect::<Map<_, _>>().into()
}

fn reason(status: u16) -> &'static str {
    let status = http::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or_default()
}

fn security(who: Who) -> Value {
    match who {
        Who::Public | Who::Edge | Who::Operator => json!([]),
        Who::Client => json!([{"client": []}, {}]),
        Who::Bearer => json!([{"bearer": []}]),
        Who::Capability(_) => json!([{"client": []}, {"bearer": []}]),
        Who::Person => json!([{"session": []}, {"bearer": []}]),
        _ => json!([{"bearer": []}, {"client": []}, {"session": []}]),
    }
}

/// Whether the edge of a host that serves no pages refuses the path.
fn is_page(path: &str) -> bool {
    ["/login", "/account"].iter().any(|pages| path.starts_with(pages))
}
