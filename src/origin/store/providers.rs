//! Providers: services that the platform or an organization relies on.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::resource::{By, Filter, Meta, Record, Stored, Table};
use crate::{
    origin::store::json_text,
    ports::{Value, json},
};

const TABLE: Table = Table {
    name: "providers",
    columns: &["category", "type", "client_id", "sealed_secrets"],
    computed: "",
    members: None,
    kept_by: None,
    filters: &[
        Filter {
            name: "category",
            about: "Only those of that category.",
            is_flag: false,
            by: By::Column("category"),
        },
        Filter {
            name: "type",
            about: "Only those of that type.",
            is_flag: false,
            by: By::Column("type"),
        },
    ],
};

/// A provider: an identity provider, a sender of messages, a store.
#[derive(Debug, Clone, Deserialize)]
pub struct Provider {
    /// The common columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// `OAuth`, `SAML`, `Email`, `SMS`, `Storage`, …
    pub category: String,
    /// `GitHub`, `Google`, `Custom`, …
    pub r#type: String,
    /// The id that it has given us.
    pub client_id: String,
    /// What it is told in confidence: member → sealed text ([`crate::core::seal`]).
    #[serde(deserialize_with = "json")]
    pub sealed_secrets: BTreeMap<String, String>,
}

impl Stored for Provider {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.category.as_str().into(),
            self.r#type.as_str().into(),
            self.client_id.as_str().into(),
            json_text(&self.sealed_secrets).into(),
        ]
    }
}

impl Record for Provider {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}
