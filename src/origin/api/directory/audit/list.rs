//! `GET /v1/iam/audit-logs`

use serde::Serialize;

use super::view::AuditLogView;
use crate::{
    core::{
        directory::{Invalid, Text, Timestamp},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, paging::Paging},
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::{
            audit::{self, Selection, WINDOW},
            query::load,
        },
    },
};

endpoint! {
    /// Lists the audit trail of an organization, the latest entry first.
    ///
    /// A request looks at no more than 10000 entries: with a filter, a page may hold fewer entries
    /// than asked for and still have a `cursor` that leads on.
    pub ListAuditLogs = GET "/v1/iam/audit-logs" as "listAuditLogs",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: AuditQuery,
    reply: View<AuditLogList>,
    error: RestError;
    list
}

/// Which entries are listed.
#[derive(Debug)]
pub struct AuditQuery {
    owner: Option<String>,
    cursor: Option<i64>,
    action: Option<String>,
    actor: Option<String>,
    kind: Option<String>,
    object: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    paging: Paging,
}

impl Query for AuditQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "The organization; the caller's if absent."),
        Parameter::optional("action", "Only entries of that operation id."),
        Parameter::optional("actor", "Only entries of that caller: a user's id."),
        Parameter::optional("kind", "Only entries about objects of that kind."),
        Parameter::optional("object", "Only entries about the object of that name."),
        Parameter::optional("since", "Only entries from that time on (RFC 3339)."),
        Parameter::optional("until", "Only entries up to that time (RFC 3339)."),
        Parameter::optional("cursor", "The `cursor` of the page before."),
        Paging::LIMIT,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let text = |name| parameters.get(name).map(str::to_owned);
        let time = |name| {
            let read = |text| Timestamp::read(text).map_err(|why| Invalid::member(name, &why.why));
            parameters.get(name).map(read).transpose()
        };
        let cursor = parameters.get("cursor").map(str::parse).transpose();
        Ok(Self {
            owner: text("owner"),
            cursor: cursor.map_err(|_| Invalid::member("cursor", "is not one of this list"))?,
            action: text("action"),
            actor: text("actor"),
            kind: text("kind"),
            object: text("object"),
            since: time("since")?,
            until: time("until")?,
            paging: Paging::of(parameters)?,
        })
    }
}

/// A page of the audit trail.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditLogList {
    /// The latest first.
    audit_logs: Vec<AuditLogView>,
    /// The number of entries of the whole trail, without the filters.
    total: i64,
    /// Leads to the next page; empty on the last one.
    cursor: String,
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListAuditLogs>,
) -> Result<View<AuditLogList>, RestError> {
    let Call { caller, query, .. } = call;
    let owner = query.owner.as_deref().unwrap_or(&caller.principal.owner);
    caller.administering(owner)?;
    let selection = Selection {
        owner,
        before: query.cursor,
        skipped: query.paging.offset,
        action: query.action.as_deref(),
        actor: query.actor.as_deref(),
        kind: query.kind.as_deref(),
        name: query.object.as_deref(),
        since: query.since.map(|Timestamp(time)| time),
        until: query.until.map(|Timestamp(time)| time),
    };
    let queries = (audit::list(&selection, query.paging.limit), audit::count(owner));
    let (entries, total) = load(&*origin.database, queries).await?;
    let begin = query.cursor.unwrap_or(total.saturating_add(1)).saturating_sub(query.paging.offset);
    let is_full = i64::try_from(entries.len()).is_ok_and(|count| count >= query.paging.limit);
    let next = match entries.last() {
        Some(last) if is_full => last.number,
        _ => begin.saturating_sub(WINDOW),
    };
    let cursor = if next > 1 { next.to_string() } else { String::new() };
    let audit_logs = entries.into_iter().map(AuditLogView::from).collect();
    Ok(View(AuditLogList { audit_logs, total, cursor }))
}
