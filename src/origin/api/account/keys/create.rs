//! `POST /v1/account/keys`

use serde::Deserialize;

use super::{Limits, scope, view::AccountApiKey};
use crate::{
    core::directory::{Count, Invalid, Line, List, Patch, Text, Timestamp},
    origin::{
        Origin,
        api::{
            account::AccountCaller,
            directory::keys::create::{Made, made},
            endpoint::{Call, Entity, Json, Who, endpoint},
        },
        domain::keys::{BudgetPatch, KeyPatch, MAXIMUM_RATE},
        http::RestError,
        store::keys::KeyKind,
    },
};

endpoint! {
    /// Creates an API key of the caller.
    ///
    /// The reply shows its text, once. It never changes another key, and may do no more than the
    /// credential that makes it.
    pub CreateAccountKey = POST "/v1/account/keys" as "createAccountKey", who: Who::Directory;
    caller: AccountCaller,
    body: Json<AccountKeyIn>,
    reply: Entity<AccountApiKey>,
    error: RestError;
    create
}

/// What a new key is to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AccountKeyIn {
    /// The name for people; generated if absent.
    name: Patch<Line>,
    /// `secret`, the default, or `publishable`, which may be in a page.
    r#type: Patch<Class>,
    /// What it may reach, as `kind:name`; unlimited if absent.
    limit: Limits,
    /// Calls a minute.
    rate: Option<Count<MAXIMUM_RATE>>,
    /// Calls in all.
    budget: Option<BudgetPatch>,
    /// When it ends; never if absent.
    expires: Patch<Timestamp>,
}

/// The class of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class(KeyKind);

impl Text for Class {
    fn read(text: &str) -> Result<Self, Invalid> {
        match text {
            "secret" => Ok(Self(KeyKind::Secret)),
            "publishable" => Ok(Self(KeyKind::Publishable)),
            _ => Err(Invalid::new("must be secret or publishable")),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Class {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeyClass".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "enum": ["secret", "publishable"]})
    }
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateAccountKey>,
) -> Result<Entity<AccountApiKey>, RestError> {
    let Json(sent) = call.body;
    let kind = sent.r#type.given().map_or(KeyKind::Secret, |Class(kind)| kind);
    let limits = sent.limit.map_or_else(Vec::new, |List(limits)| limits);
    let patch = KeyPatch {
        display_name: sent.name,
        scope: Patch::Value(scope(kind, &limits)?),
        expire_time: sent.expires,
        rate: sent.rate,
        budget: sent.budget,
        ..KeyPatch::default()
    };
    let Made { text, reply, .. } = made(origin, &call.caller.0, &patch, AccountApiKey::new).await?;
    let text = text.map(|text| text.text().expose().clone());
    Ok(reply.map(|view| AccountApiKey { key: text, ..view }))
}
