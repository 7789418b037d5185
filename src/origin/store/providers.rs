//! Providers: services that the platform or an organization relies on.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    query::Query,
    resource::{By, Filter, Meta, Record, Stored, Table},
};
use crate::{
    core::principal::PLATFORM_ORGANIZATION,
    origin::store::json_text,
    ports::{Statement, Value, flag, json},
};

const TABLE: Table = Table {
    name: "providers",
    columns: &["category", "type", "client_id", "sealed_secrets", "vouches_for_owners"],
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
    /// Its secrets: member → sealed text ([`crate::core::seal`]).
    #[serde(deserialize_with = "json")]
    pub sealed_secrets: BTreeMap<String, String>,
    /// Whether it may vouch for owners.
    #[serde(deserialize_with = "flag")]
    pub vouches_for_owners: bool,
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
            self.vouches_for_owners.into(),
        ]
    }
}

impl Record for Provider {
    const TABLE: &'static Table = &TABLE;

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }
}

/// The providers that the client lists, of its organization and of the platform.
pub fn of_client(client_id: &str) -> Query<Vec<Provider>> {
    listed("?1", client_id)
}

/// Those that the client lists that asked for what waits under `user_code`.
pub fn of_device(user_code: &str) -> Query<Vec<Provider>> {
    listed("(SELECT client_id FROM device_codes WHERE user_code = ?1)", user_code)
}

fn listed(client_id: &str, value: &str) -> Query<Vec<Provider>> {
    let sql = format!(
        "SELECT providers.* FROM applications JOIN providers \
         ON providers.owner IN (applications.organization, ?2) \
         WHERE applications.client_id = {client_id} AND providers.name IN \
         (SELECT json_extract(value, '$.name') FROM json_each(applications.attributes, '$.providers') \
         WHERE type = 'object') ORDER BY providers.owner, providers.name"
    );
    Query::all(Statement::new(sql).bind(value).bind(PLATFORM_ORGANIZATION))
}

/// The providers of that organization enabled for sign-in.
pub fn of_organization(owner: &str) -> Query<Vec<Provider>> {
    let sql = "SELECT * FROM providers WHERE owner = ?1 \
               AND lower(category) IN ('oauth', 'saml', 'ldap', 'kerberos') ORDER BY name";
    Query::all(Statement::new(sql).bind(owner))
}

/// Those of that organization, and those of the platform that its applications list.
pub fn linkable(owner: &str) -> Query<Vec<Provider>> {
    let sql = "SELECT * FROM providers WHERE (owner = ?1 OR (owner = ?2 AND name IN \
               (SELECT json_extract(value, '$.name') FROM applications, \
               json_each(applications.attributes, '$.providers') \
               WHERE organization = ?1 AND json_each.type = 'object'))) \
               AND lower(category) IN ('oauth', 'saml') ORDER BY owner, name";
    Query::all(Statement::new(sql).bind(owner).bind(PLATFORM_ORGANIZATION))
}

/// The provider with that id.
pub fn by_id(id: &str) -> Query<Option<Provider>> {
    Query::first(Statement::new("SELECT * FROM providers WHERE id = ?1").bind(id))
}
