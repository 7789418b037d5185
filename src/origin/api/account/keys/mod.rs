//! `/v1/account/keys`: the API keys of the caller, or of the organization that the caller administers
//! (`AccountApiKey`). A key is named by its id.

pub mod change;
pub mod create;
pub mod list;
pub mod view;

use crate::{
    core::{
        apikey::KeyScope,
        directory::{Invalid, List, Text},
    },
    origin::{domain::keys::SentScope, store::keys::KeyKind},
};

/// One limit of a key, `kind:name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit(String);

impl Text for Limit {
    fn read(text: &str) -> Result<Self, Invalid> {
        let known = text.parse::<KeyScope>().is_ok_and(|scope| !scope.is_unlimited());
        if known && !text.contains(',') {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new("must be kind:name; the kinds are read, product, model and project"))
    }
}

/// The scope of a key of that class with these limits; unlimited without any.
fn scope(kind: KeyKind, limits: &[Limit]) -> Result<SentScope, Invalid> {
    let texts: Vec<&str> = limits.iter().map(|Limit(text)| text.as_str()).collect();
    let scope = texts.join(",").parse::<KeyScope>();
    let scope = scope.map_err(|why| Invalid::member("limit", &why.to_string()))?;
    Ok(SentScope { kind, scope })
}

/// The limits of a request.
type Limits = Option<List<Limit>>;

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeyLimit".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let pattern = "^(read|product|model|project):[^,]+$";
        schemars::json_schema!({"type": "string", "pattern": pattern})
    }
}
