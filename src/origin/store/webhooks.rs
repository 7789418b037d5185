//! Webhooks.

use serde::Deserialize;

use super::{
    query::Query,
    resource::{By, Filter, Meta, Record, Stored, Table},
};
use crate::{
    core::time::UnixTime,
    origin::store::json_text,
    ports::{Statement, Value, flag, json},
};

const TABLE: Table = Table {
    name: "webhooks",
    columns: &[
        "url",
        "events",
        "is_enabled",
        "sealed_secret",
        "sealed_previous_secret",
        "previous_until",
    ],
    computed: "",
    members: None,
    kept_by: None,
    filters: &[Filter {
        name: "isEnabled",
        about: "Only those that are on, or off.",
        is_flag: true,
        by: By::Column("is_enabled"),
    }],
};

/// A webhook: where an organization wants to be told of the entries of its audit trail.
#[derive(Debug, Clone, Deserialize)]
pub struct Webhook {
    /// The common columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// Where deliveries are sent.
    pub url: String,
    /// The operation ids and kinds of the entries; empty: all.
    #[serde(deserialize_with = "json")]
    pub events: Vec<String>,
    /// Whether deliveries are made.
    #[serde(deserialize_with = "flag")]
    pub is_enabled: bool,
    /// Signs the deliveries ([`crate::core::seal`]).
    pub sealed_secret: String,
    /// The secret before it, which also signs them until [`Self::previous_until`]; empty: none.
    pub sealed_previous_secret: String,
    /// Until when it does.
    pub previous_until: UnixTime,
}

impl Stored for Webhook {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.url.as_str().into(),
            json_text(&self.events).into(),
            self.is_enabled.into(),
            self.sealed_secret.as_str().into(),
            self.sealed_previous_secret.as_str().into(),
            self.previous_until.into(),
        ]
    }
}

impl Record for Webhook {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}

/// The webhooks of those ids.
pub fn by_ids(ids: &[String]) -> Query<Vec<Webhook>> {
    let sql = "SELECT * FROM webhooks WHERE id IN (SELECT value FROM json_each(?1))";
    Query::all(Statement::new(sql).bind(json_text(&ids)))
}
