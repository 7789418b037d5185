//! The attributes by which organizations and applications demand a second factor: `requireMfa` (`true`, or a list
//! of roles) and `mfaItems` (factors, each with a rule).

use serde_json::{Map, Value};

use super::method::Method;
use crate::core::token::{OrganizationRole, Role};

/// The second factors that `mfaItems` lists, and whether each entry has the rule `Required`.
pub fn items(attributes: &Map<String, Value>) -> impl Iterator<Item = (Option<Method>, bool)> {
    let items = attributes.get("mfaItems").and_then(Value::as_array);
    items.into_iter().flatten().map(|item| {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let method = Method::of_wire_name(text("name")).filter(|method| method.is_second());
        (method, text("rule").eq_ignore_ascii_case("required"))
    })
}

/// Whether the attributes of an organization or application demand a second factor of a person with `roles`.
pub fn is_due(attributes: &Map<String, Value>, roles: &[OrganizationRole]) -> bool {
    let named = match attributes.get("requireMfa") {
        Some(Value::Bool(required)) => *required,
        Some(Value::Array(names)) => {
            let held = |role: Role| roles.iter().any(|held| held.role >= role);
            let demanded = |name: &str| match name {
                "owner" => held(Role::Owner),
                "admin" => held(Role::Admin),
                "member" => true,
                _ => false,
            };
            names.iter().filter_map(Value::as_str).any(demanded)
        }
        _ => false,
    };
    named || items(attributes).any(|(_, is_required)| is_required)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_due_of(attributes: &Value, role: Role) -> bool {
        let roles = [OrganizationRole { org: "acme".to_owned(), role }];
        is_due(attributes.as_object().unwrap(), &roles)
    }

    #[test]
    fn a_second_factor_is_demanded_of_all_of_roles_or_by_a_required_item() {
        for (attributes, member, admin) in [
            (json!({}), false, false),
            (json!({"requireMfa": true}), true, true),
            (json!({"requireMfa": false}), false, false),
            (json!({"requireMfa": ["admin"]}), false, true),
            (json!({"requireMfa": ["owner"]}), false, false),
            (json!({"mfaItems": [{"name": "app", "rule": "Optional"}]}), false, false),
            (json!({"mfaItems": [{"name": "app", "rule": "Required"}]}), true, true),
        ] {
            assert_eq!(is_due_of(&attributes, Role::Member), member, "{attributes}");
            assert_eq!(is_due_of(&attributes, Role::Admin), admin, "{attributes}");
        }
    }
}
