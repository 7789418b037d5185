//! Schemas as text: the type of a value, and a table of the members of each object.

use std::fmt::Write;

use serde_json::Value;

use super::{
    code,
    document::{Api, choices, object},
};
use crate::origin::pages::escape;

/// The named objects that a page has mentioned, to be described at its end.
#[derive(Debug)]
pub(super) struct Shapes<'a> {
    api: Api<'a>,
    named: Vec<&'a str>,
}

impl<'a> Shapes<'a> {
    pub(super) const fn new(api: Api<'a>) -> Self {
        Self { api, named: Vec::new() }
    }

    /// Writes a parameter or a member: its name, type and description.
    pub(super) fn member(
        &mut self,
        main: &mut String,
        name: &str,
        value: &'a Value,
        required: bool,
    ) {
        let _ = write!(main, "<dt><code>{}</code> ", escape(name));
        self.inline(main, value.get("schema").unwrap_or(value));
        if required {
            main.push_str(", required");
        }
        let about = value.get("description").and_then(Value::as_str).unwrap_or_default();
        let _ = write!(main, "<dd>{}", code(about));
    }

    /// Writes the members of a schema, or its type if it is no object.
    pub(super) fn whole(&mut self, main: &mut String, schema: &'a Value) {
        let resolved = self.api.resolved(schema);
        if resolved.get("properties").is_none() {
            self.inline(main, schema);
            return;
        }
        self.members(main, resolved);
    }

    fn members(&mut self, main: &mut String, schema: &'a Value) {
        let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let _ = write!(main, "{}<dl>", code(about));
        for (name, member) in schema.get("properties").map(object).into_iter().flatten() {
            let required = schema.get("required").and_then(Value::as_array);
            let required = required.into_iter().flatten().any(|required| required == name);
            self.member(main, name, member, required);
        }
        main.push_str("</dl>");
    }

    /// Writes the type of a value.
    pub(super) fn inline(&mut self, main: &mut String, schema: &'a Value) {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or_default();
            let _ = write!(main, "<a href=\"#{0}\">{0}</a>", escape(name));
            if !self.named.contains(&name) {
                self.named.push(name);
            }
            return;
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            for (index, value) in values.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                let _ = write!(main, "{comma}<code>{}</code>", escape(&value.to_string()));
            }
            return;
        }
        if let Some(value) = schema.get("const") {
            let _ = write!(main, "<code>{}</code>", escape(&value.to_string()));
            return;
        }
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.and_then(Value::as_str).into_iter().collect(),
        };
        match (kinds.as_slice(), schema.get("items")) {
            (["array", ..], Some(items)) => {
                main.push_str("list of ");
                self.inline(main, items);
            }
            ([], _) => {
                for (index, choice) in choices(schema).enumerate() {
                    main.push_str(if index == 0 { "" } else { " or " });
                    self.inline(main, choice);
                }
            }
            (kinds, _) => main.push_str(&kinds.join(" or ")),
        }
        for (name, word) in [("minimum", "≥"), ("maximum", "≤"), ("maxLength", "length ≤")] {
            // The bounds of a machine's integers say nothing.
            if let Some(bound) = schema.get(name).and_then(Value::as_i64).filter(|it| *it < 1 << 31)
            {
                let _ = write!(main, " {word} {bound}");
            }
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            let _ = write!(main, " <code>{}</code>", escape(pattern));
        }
    }

    /// Writes the members of each object that has been mentioned, and of those that these mention.
    pub(super) fn finish(mut self, main: &mut String) {
        let mut index = 0;
        while let Some(name) = self.named.get(index).copied() {
            index += 1;
            let schemas = self.api.0.pointer("/components/schemas");
            let Some(schema) = schemas.and_then(|schemas| schemas.get(name)) else { continue };
            let _ = write!(main, "<h2 id=\"{0}\">{0}</h2><p>", escape(name));
            self.whole(main, schema);
        }
    }
}
