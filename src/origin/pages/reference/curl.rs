//! The example of an operation: a runnable `curl` with the credential and path parameters as shell
//! variables.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::document::{Api, Operation, choices, name};

/// The command of `operation`.
pub(super) fn example(api: Api<'_>, operation: Operation<'_>) -> String {
    let bodies = operation.bodies();
    let json = bodies.iter().find(|(media, _)| media.ends_with("json"));
    let mut command = String::from("curl");
    let verb = operation.verb();
    let implied = if bodies.is_empty() { "GET" } else { "POST" };
    if verb != implied {
        let _ = write!(command, " -X {verb}");
    }
    // Segments of a path are variables of the shell.
    let path = operation.path.replace('{', "$").replace('}', "");
    let _ = write!(command, " \"$IAM{path}");
    let required = operation.parameters("query").filter(|parameter| parameter["required"] == true);
    for (index, parameter) in required.enumerate() {
        let mark = if index == 0 { '?' } else { '&' };
        let _ = write!(command, "{mark}{0}=${0}", name(parameter));
    }
    command.push('"');
    if operation.accepts("bearer") {
        command.push_str(" --oauth2-bearer \"$TOKEN\"");
    } else if operation.accepts("client") {
        command.push_str(" -u \"$CLIENT_ID:$CLIENT_SECRET\"");
    }
    match (json, bodies.first()) {
        (Some((media, schema)), _) => {
            let mut body = value(api, "", schema, 0);
            if operation.path.contains('{') {
                renamed(api, schema, &mut body);
            }
            let body = body.to_string().replace('\'', "");
            if *media == "application/json" {
                let _ = write!(command, " --json '{body}'");
            } else {
                let _ = write!(command, " -H \"Content-Type: {media}\" -d '{body}'");
            }
        }
        (None, Some((media, schema))) if media.ends_with("form-urlencoded") => {
            for (name, text) in members(api, schema, 0) {
                let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
                let _ = write!(command, " -d {name}='{}'", text.replace('\'', ""));
            }
        }
        (None, Some((media, _))) => {
            let _ = write!(command, " -H \"Content-Type: {media}\" --data-binary @file");
        }
        (None, None) => {}
    }
    command
}

/// In place of the members that the path names already, another one to change.
fn renamed(api: Api<'_>, schema: &Value, body: &mut Value) {
    let Value::Object(body) = body else { return };
    let names = ["owner", "organization", "name"];
    body.retain(|name, _| !names.contains(&name.as_str()));
    if !body.is_empty() {
        return;
    }
    let properties = api.properties(schema);
    let others = || properties.iter().filter(|(name, _)| !names.contains(name));
    let display = others().find(|(name, _)| *name == "displayName");
    if let Some((name, schema)) = display.or_else(|| others().next()) {
        body.insert((*name).to_owned(), value(api, name, schema, 1));
    }
}

/// The members that an object must have, or those that name it.
fn members(api: Api<'_>, schema: &Value, depth: usize) -> Map<String, Value> {
    let schema = api.resolved(schema);
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.into_iter().flatten().any(|required| required == name)
    };
    let properties = api.properties(schema);
    let mut chosen: Vec<_> = properties.iter().filter(|(name, _)| required(name)).collect();
    if chosen.is_empty() {
        chosen = properties.iter().filter(|(name, _)| ["owner", "name"].contains(name)).collect();
    }
    if chosen.is_empty() {
        chosen = properties.iter().take(1).collect();
    }
    chosen
        .into_iter()
        .map(|(name, schema)| ((*name).to_owned(), value(api, name, schema, depth + 1)))
        .collect()
}

/// A value of `schema`, which is the member `name`.
fn value(api: Api<'_>, name: &str, schema: &Value, depth: usize) -> Value {
    let schema = api.resolved(schema);
    if let Some(example) = schema.get("const").or_else(|| schema.pointer("/enum/0")) {
        return example.clone();
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        kind => kind.and_then(Value::as_str),
    };
    match kind {
        _ if depth > 3 => json!("…"),
        Some("object") => Value::Object(members(api, schema, depth)),
        Some("array") => {
            json!([schema.get("items").map(|items| value(api, name, items, depth + 1))])
        }
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        Some("string") => json!(word(name)),
        _ => match choices(schema).next() {
            Some(choice) if depth == 0 && choice.get("properties").is_some() => {
                Value::Object(members(api, schema, depth))
            }
            Some(choice) => value(api, name, choice, depth),
            None if schema.get("properties").is_some() => {
                Value::Object(members(api, schema, depth))
            }
            None => json!(word(name)),
        },
    }
}

/// A likely text for a member.
fn word(name: &str) -> &'static str {
    match name {
        "owner" | "organization" | "org" => "acme",
        "name" | "user" | "username" => "alice",
        "displayName" => "Alice",
        "email" => "alice@example.com",
        _ => "…",
    }
}
