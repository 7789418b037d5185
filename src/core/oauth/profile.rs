//! The standard claims (OIDC Core §5.1) of a published user (`IamUser`).

use serde_json::{Map, Value, json};

/// The members of the published user that no code reads.
type UserMembers = Map<String, Value>;

/// The claims of the scope `profile` that a user's own members give.
pub fn profile(members: &UserMembers) -> Vec<(&'static str, Value)> {
    let own = |name| text(members, name);
    let property = || text(members.get("properties")?.as_object()?, "zoneinfo");
    let claims = [
        ("given_name", own("firstName")),
        ("family_name", own("lastName")),
        ("website", own("homepage").filter(|address| is_web_address(address))),
        ("gender", own("gender")),
        ("birthdate", own("birthday").filter(|date| is_date(date))),
        ("locale", own("language")),
        ("zoneinfo", own("zoneinfo").or_else(|| own("timezone")).or_else(property)),
    ];
    claims.into_iter().filter_map(|(name, value)| Some((name, json!(value?)))).collect()
}

/// The claim `address`, an object (OIDC Core §5.1.1): of the first of the user's `addresses`, or of
/// the lines in `address`.
pub fn address(members: &UserMembers) -> Option<Value> {
    const CLAIMS: [&str; 6] =
        ["formatted", "street_address", "locality", "region", "postal_code", "country"];
    let mut claim = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            claim.insert(name.to_owned(), json!(value));
        }
    };
    let first = members.get("addresses").and_then(Value::as_array).and_then(|list| list.first());
    if let Some(Value::Object(first)) = first {
        let lines = [text(first, "line1"), text(first, "line2")];
        put("street_address", joined(lines.into_iter().flatten()));
        put("locality", text(first, "city").map(str::to_owned));
        let region = text(first, "state").or_else(|| text(first, "region"));
        put("region", region.map(str::to_owned));
        put("postal_code", text(first, "zipCode").map(str::to_owned));
    }
    match members.get("address") {
        Some(Value::String(text)) => put("formatted", joined([text.as_str()].into_iter())),
        Some(Value::Array(lines)) => {
            put("formatted", joined(lines.iter().filter_map(Value::as_str)));
        }
        Some(Value::Object(object)) => {
            for name in CLAIMS {
                put(name, text(object, name).map(str::to_owned));
            }
        }
        _ => {}
    }
    (!claim.is_empty()).then_some(Value::Object(claim))
}

fn text<'a>(members: &'a UserMembers, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The lines that are not empty.
fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> Option<String> {
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Whether a page may make a link of it.
fn is_web_address(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
}

/// `YYYY-MM-DD`, or `YYYY` (OIDC Core §5.1).
fn is_date(text: &str) -> bool {
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year] => digits(year, 4),
        [year, month, day] => digits(year, 4) && digits(month, 2) && digits(day, 2),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(value: &Value) -> UserMembers {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_member_that_is_no_such_claim_gives_none() {
        for (member, value) in [
            ("homepage", json!("javascript:alert(1)")),
            ("birthday", json!("1. May")),
            ("birthday", json!("1990-5-1")),
            ("gender", json!(1)),
            ("language", json!("")),
            ("properties", json!("x")),
        ] {
            assert_eq!(profile(&members(&json!({member: value}))), [], "{member}");
        }
    }

    /// OIDC Core §5.1.1.
    #[test]
    fn an_address_is_an_object_however_it_is_stored() {
        for (stored, claim) in [
            (
                json!({"address": ["1 Main St", "", "Springfield"]}),
                json!({"formatted": "1 Main St\nSpringfield"}),
            ),
            (json!({"address": "1 Main St"}), json!({"formatted": "1 Main St"})),
            (
                json!({"address": {"locality": "Springfield", "x": 1}}),
                json!({"locality": "Springfield"}),
            ),
            (
                json!({"addresses": [{"line1": "1 Main St", "line2": "Flat 2", "city": "Springfield",
                    "state": "IL", "region": "US", "zipCode": "62701", "tag": "home"}, {}]}),
                json!({"street_address": "1 Main St\nFlat 2", "locality": "Springfield",
                    "region": "IL", "postal_code": "62701"}),
            ),
        ] {
            assert_eq!(address(&members(&stored)), Some(claim));
        }
        for stored in
            [json!({}), json!({"address": []}), json!({"address": [""], "addresses": [1]})]
        {
            assert_eq!(address(&members(&stored)), None);
        }
    }
}
