//! Generates the OpenAPI 3.1 document from the list of endpoints. Natively only: the workers carry
//! its text ([`super::document`]).

#![expect(clippy::indexing_slicing, reason = "indexes into JSON objects that it makes itself")]

use schemars::{Schema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::origin::api::{
    endpoint::{Declaration, Rate, Schemas, Verb, Who},
    list::ENDPOINTS,
};

/// The document of all endpoints.
pub fn generate() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut shared = Shared::default();
    let mut paths: Map<String, Value> = Map::new();
    for entry in ENDPOINTS {
        let declaration = &entry.declaration;
        // Clients do not reach what the workers ask each other.
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
            "responses": shared.0,
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

/// The responses that operations have in common, by name.
#[derive(Default)]
struct Shared(Map<String, Value>);

impl Shared {
    /// The name of the response of that status whose content is an `error`.
    fn error(&mut self, error: &Schema, status: u16) -> String {
        let reference = error.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let name = format!("{}{status}", reference.rsplit('/').next().unwrap_or_default());
        let reason = http::StatusCode::from_u16(status).ok();
        let reason = reason.and_then(|status| status.canonical_reason()).unwrap_or_default();
        let content = json!({"application/json": {"schema": error}});
        let response = json!({"description": reason, "content": content});
        self.0.insert(name.clone(), response);
        name
    }
}

fn operation(
    declaration: &Declaration,
    verb: Verb,
    schemas: &Schemas,
    shared: &mut Shared,
) -> Value {
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
            "required": parameter.is_required,
            "description": parameter.description,
            "schema": {"type": "string"},
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
        "responses": responses(declaration, schemas, shared),
    });
    if declaration.rate != Rate::Unlimited {
        operation["x-rate"] = json!(format!("{:?}", declaration.rate).to_lowercase());
    }
    if verb != Verb::Get && !schemas.media_types.is_empty() {
        let content: Map<String, Value> = schemas
            .media_types
            .iter()
            .map(|media| ((*media).to_owned(), json!({"schema": schemas.body})))
            .collect();
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    operation
}

fn responses(declaration: &Declaration, schemas: &Schemas, shared: &mut Shared) -> Value {
    let mut responses = Map::new();
    let mut reply = json!({"description": "Success."});
    if !schemas.media_type.is_empty() {
        let schema = schemas.reply.clone().unwrap_or_default();
        reply["content"] = json!({schemas.media_type: {"schema": schema}});
    }
    responses.insert(schemas.status.to_string(), reply);
    if schemas.media_type == "text/html" {
        responses.insert("303".to_owned(), json!({"description": "A redirection."}));
    }
    for status in schemas.statuses {
        let applies = match status {
            401 | 403 => declaration.who != Who::Public,
            415 => !schemas.media_types.is_empty(),
            429 => declaration.rate != Rate::Unlimited,
            _ => true,
        };
        if applies {
            let name = shared.error(&schemas.error, *status);
            let name = format!("#/components/responses/{name}");
            responses.insert(status.to_string(), json!({"$ref": name}));
        }
    }
    Value::Object(responses)
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
