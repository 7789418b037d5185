//! Sign-in requirements of an organization or application, from its attributes: `requireMfa`
//! (`true`, or a list of roles), `mfaItems` (the accepted second factors, each with a rule), and
//! `mfaRememberInHours`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    flow::REMEMBERED,
    method::{Method, Methods},
};
use crate::core::{directory::Count, token::Role};

/// Default lifetime of a remembered browser, in hours.
const REMEMBERED_HOURS: i64 = 30 * 24;

/// Maximum lifetime that an organization may allow, in hours.
const MAXIMUM_HOURS: i64 = 90 * 24;

/// Validated lifetime of a remembered browser, in hours.
pub type RememberedHours = Count<{ MAXIMUM_HOURS.unsigned_abs() }>;

/// Who needs a second factor.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "must be true, false or a list of member, admin and owner")]
pub enum RequireMfa {
    /// Everyone, or not.
    Everyone(bool),
    /// Those with one of these roles, or more.
    Roles(Vec<Role>),
}

/// A second factor and its rule.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(expecting = "must be an object with name and rule")]
pub struct MfaItem {
    /// The factor.
    #[expect(dead_code, reason = "checked, and read from the attributes")]
    name: ItemName,
    /// What is demanded.
    #[expect(dead_code, reason = "checked, and read from the attributes")]
    #[serde(default)]
    rule: ItemRule,
}

/// The name of a second factor.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase", expecting = "must be app, webauthn, email or sms")]
enum ItemName {
    /// An authenticator app.
    #[serde(alias = "totp")]
    App,
    /// A passkey or security key.
    #[serde(alias = "passkey")]
    Webauthn,
    /// A code by e-mail.
    Email,
    /// A code by SMS.
    #[serde(alias = "phone")]
    Sms,
}

/// The rule of a second factor.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(expecting = "must be Optional, Prompted or Required")]
enum ItemRule {
    /// It counts.
    #[default]
    #[serde(alias = "optional")]
    Optional,
    /// As `Optional`.
    #[serde(alias = "prompted")]
    Prompted,
    /// A second factor is demanded.
    #[serde(alias = "required")]
    Required,
}

/// The sign-in requirements of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Whether a second factor is required.
    pub requires_second: bool,
    /// The accepted second factors.
    pub second: Methods,
    /// Lifetime of a remembered browser, in hours; 0 if not allowed.
    pub remembered_hours: i64,
}

/// No requirements.
impl Default for Demand {
    fn default() -> Self {
        let second = Methods::of(Method::ALL).that(Method::is_second);
        Self { requires_second: false, second, remembered_hours: REMEMBERED_HOURS }
    }
}

impl Demand {
    /// The requirements of these attributes for a user with `role`; `None` for a non-member.
    pub fn of(attributes: &Map<String, Value>, role: Option<Role>) -> Self {
        let mut is_required = is_required_by_name(attributes.get("requireMfa"), role);
        let mut listed = Methods::NONE;
        for (method, is_required_item) in items(attributes) {
            is_required |= is_required_item;
            listed = method.map_or(listed, |method| listed.with(method));
        }
        let default = Self::default();
        let second = if listed.is_empty() { default.second } else { listed.with(Method::Recovery) };
        let hours = attributes.get("mfaRememberInHours").and_then(Value::as_i64);
        Self {
            requires_second: is_required,
            second,
            remembered_hours: hours.unwrap_or(default.remembered_hours).clamp(0, MAXIMUM_HOURS),
        }
    }

    /// The combination of both requirements.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            requires_second: self.requires_second || other.requires_second,
            second: self.second.and(other.second),
            remembered_hours: self.remembered_hours.min(other.remembered_hours),
        }
    }

    /// Whether a sign-in with the methods `amr` has any required second factor.
    pub fn is_met_by(self, amr: &[String]) -> bool {
        let has = |name: &str| amr.iter().any(|known| known == name);
        !self.requires_second || has("mfa") || (self.remembered_hours > 0 && has(REMEMBERED))
    }

    /// The requirement reduced to any second factor.
    #[must_use]
    pub fn of_any_second(self) -> Self {
        Self { requires_second: self.requires_second, ..Self::default() }
    }
}

/// The second factors in `mfaItems`, and whether any has the rule `Required`.
fn items(attributes: &Map<String, Value>) -> impl Iterator<Item = (Option<Method>, bool)> {
    let items = attributes.get("mfaItems").and_then(Value::as_array);
    items.into_iter().flatten().map(|item| {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let method = Method::of_wire_name(text("name")).filter(|method| method.is_second());
        (method, text("rule").eq_ignore_ascii_case("required"))
    })
}

/// An unreadable stored value counts as required.
fn is_required_by_name(demand: Option<&Value>, role: Option<Role>) -> bool {
    let is_named = |name: &Value| match name.as_str() {
        Some("owner") => role >= Some(Role::Owner),
        Some("admin") => role >= Some(Role::Admin),
        _ => true,
    };
    match demand {
        None | Some(Value::Null) => false,
        Some(Value::Bool(required)) => *required,
        Some(Value::Array(names)) => names.iter().any(is_named),
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(attributes: &Value, role: Option<Role>) -> Demand {
        Demand::of(attributes.as_object().unwrap(), role)
    }

    #[test]
    fn a_second_factor_is_demanded_of_all_of_roles_or_by_a_required_item() {
        for (attributes, member, admin) in [
            (json!({}), false, false),
            (json!({"requireMfa": true}), true, true),
            (json!({"requireMfa": false}), false, false),
            (json!({"requireMfa": ["admin"]}), false, true),
            (json!({"requireMfa": ["owner"]}), false, false),
            (json!({"requireMfa": ["member"]}), true, true),
            (json!({"requireMfa": "admin"}), true, true),
            (json!({"requireMfa": ["everyone"]}), true, true),
            (json!({"mfaItems": [{"name": "app", "rule": "Optional"}]}), false, false),
            (json!({"mfaItems": [{"name": "app", "rule": "Required"}]}), true, true),
        ] {
            let is_required = |role| of(&attributes, role).requires_second;
            assert_eq!(is_required(Some(Role::Member)), member, "{attributes}");
            assert_eq!(is_required(Some(Role::Admin)), admin, "{attributes}");
            assert_eq!(is_required(None), member, "{attributes}");
        }
    }

    #[test]
    fn two_demands_are_met_by_what_meets_each() {
        let home = of(&json!({"mfaItems": [{"name": "app"}, {"name": "webauthn"}]}), None);
        let there = of(&json!({"requireMfa": true, "mfaItems": [{"name": "webauthn"}]}), None);
        let passkey = Methods::of([Method::Passkey, Method::Recovery]);
        assert_eq!(home.and(there), Demand { second: passkey, ..there });
        let hours = |hours| of(&json!({"mfaRememberInHours": hours}), None);
        assert_eq!(hours(0).and(hours(9)).remembered_hours, 0);
        assert_eq!(hours(i64::MAX).remembered_hours, MAXIMUM_HOURS);
        let mine = there.of_any_second();
        assert_eq!(mine, Demand { requires_second: true, ..Demand::default() });
    }
}
