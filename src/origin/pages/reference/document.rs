//! Parses an OpenAPI document for the reference page.

use serde_json::{Map, Value};

/// An OpenAPI document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Api<'a>(pub(super) &'a Value);

/// One operation of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'a> {
    verb: &'a str,
    pub(super) path: &'a str,
    value: &'a Value,
}

/// The names and values of an object; none of another value.
pub(super) fn object(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The name of a parameter.
pub(super) fn name(parameter: &Value) -> &str {
    text(parameter, "name")
}

/// The media types of a body or response, and their schemas.
pub(super) fn contents(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let contents = value.get("content").unwrap_or(&Value::Null);
    object(contents).map(|(media, content)| (media, content.get("schema").unwrap_or(&Value::Null)))
}

impl<'a> Api<'a> {
    /// The title.
    pub(super) fn title(self) -> &'a str {
        self.0.pointer("/info/title").and_then(Value::as_str).unwrap_or_default()
    }

    /// The description.
    pub(super) fn about(self) -> &'a str {
        self.0.pointer("/info/description").and_then(Value::as_str).unwrap_or_default()
    }

    /// Every operation, by path.
    pub(super) fn operations(self) -> Vec<Operation<'a>> {
        let paths = self.0.get("paths").unwrap_or(&Value::Null);
        object(paths)
            .flat_map(|(path, item)| {
                object(item).map(move |(verb, value)| Operation { verb, path, value })
            })
            .collect()
    }

    /// `value`, or what it refers to.
    pub(super) fn resolved(self, value: &'a Value) -> &'a Value {
        let target = value.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
        target.map_or(value, |pointer| self.0.pointer(pointer).unwrap_or(value))
    }

    /// The members of an object that `schema` describes: of a choice, those of all.
    pub(super) fn properties(self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let schema = self.resolved(schema);
        let own = schema.get("properties").map(object).into_iter().flatten();
        let mut members: Vec<(&str, &Value)> = own.collect();
        for choice in choices(schema) {
            for member in self.properties(choice) {
                if !members.iter().any(|(name, _)| *name == member.0) {
                    members.push(member);
                }
            }
        }
        members
    }
}

/// The schemas that `schema` is a choice or a combination of.
pub(super) fn choices(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf", "allOf"]
        .into_iter()
        .filter_map(|kind| schema.get(kind)?.as_array())
        .flatten()
}

impl<'a> Operation<'a> {
    /// Its operation id.
    pub(super) fn id(self) -> &'a str {
        text(self.value, "operationId")
    }

    /// Its method.
    pub(super) fn verb(self) -> String {
        self.verb.to_uppercase()
    }

    /// Its group.
    pub(super) fn tag(self) -> &'a str {
        self.value.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default()
    }

    /// What it does, in a sentence.
    pub(super) fn summary(self) -> &'a str {
        text(self.value, "summary")
    }

    /// What it does.
    pub(super) fn description(self) -> &'a str {
        text(self.value, "description")
    }

    /// Who may call it.
    pub(super) fn who(self) -> &'a str {
        text(self.value, "x-who")
    }

    /// The schemes of which a request uses one.
    pub(super) fn accepts(self, scheme: &str) -> bool {
        let schemes = self.value.get("security").and_then(Value::as_array);
        schemes.into_iter().flatten().any(|choice| choice.get(scheme).is_some())
    }

    /// The parameters of the path or of the query.
    pub(super) fn parameters(self, place: &str) -> impl Iterator<Item = &'a Value> {
        let parameters = self.value.get("parameters").and_then(Value::as_array);
        parameters.into_iter().flatten().filter(move |parameter| text(parameter, "in") == place)
    }

    /// The media types of its body and their schemas, JSON first.
    pub(super) fn bodies(self) -> Vec<(&'a str, &'a Value)> {
        let body = self.value.get("requestBody").unwrap_or(&Value::Null);
        contents(body).collect()
    }

    /// The names of the members of its body.
    pub(super) fn members(self, api: Api<'a>) -> Vec<&'a str> {
        let schema = self.bodies().first().map(|(_, schema)| *schema);
        let members = schema.map(|schema| api.properties(schema)).unwrap_or_default();
        members.into_iter().map(|(name, _)| name).collect()
    }

    /// The responses, by status.
    pub(super) fn responses(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.value.get("responses").map(object).into_iter().flatten()
    }

    /// The responses that are refusals and failures.
    pub(super) fn errors(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.responses().filter(|(status, _)| status.starts_with(['4', '5']))
    }

    /// What a search looks through, in lower case.
    pub(super) fn text(self, api: Api<'a>) -> String {
        let mut text = format!("{} {} {}", self.id(), self.verb(), self.path);
        let query = self.parameters("query").map(name);
        let words = [self.summary(), self.description(), self.who()].into_iter();
        for word in words.chain(query).chain(self.members(api)) {
            text.push(' ');
            text.push_str(word);
        }
        text.to_lowercase()
    }
}
