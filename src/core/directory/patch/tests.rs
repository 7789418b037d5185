use serde_json::json;

use super::*;
use crate::core::directory::{Line, OrgName};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
struct Inner {
    month: Option<Count<10>>,
    #[serde(flatten)]
    _further: Unchecked,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Checked {
    logo: Patch<OrgName>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Object {
    owner: Patch<OrgName>,
    display_name: Patch<Line>,
    is_admin: Option<bool>,
    organizations: Option<List<OrgName>>,
    budget: Option<Inner>,
    expire_in_hours: Option<Seconds>,
    #[serde(flatten)]
    attributes: Kept<Checked>,
}

fn of(value: Value) -> Result<Object, Invalid> {
    match value {
        Value::Object(object) => read(object),
        _ => Ok(Object::default()),
    }
}

#[test]
fn absent_null_blank_and_a_value_are_distinguished() {
    let none = of(json!({})).unwrap();
    assert_eq!((none.owner, none.is_admin), (Patch::Absent, None));
    let null = of(json!({"owner": null, "isAdmin": null, "organizations": null})).unwrap();
    assert_eq!((null.owner.clone(), null.is_admin), (Patch::Null, None));
    assert!(null.organizations.is_none() && null.owner.change().is_none());
    let blank = of(json!({"owner": ""})).unwrap().owner;
    assert_eq!((blank.clone().given(), blank.change()), (None, Some(None)));
    let sent = of(json!({"owner": "hanzo"})).unwrap().owner;
    assert_eq!(sent.as_given().map(AsRef::as_ref), Some("hanzo"));
    assert!(sent.unchanged("owner", "hanzo").is_ok() && sent.unchanged("owner", "x").is_err());
}

#[test]
fn an_error_names_the_path_of_the_member_and_what_it_must_be() {
    for (sent, why) in [
        (json!({"owner": 1}), "owner must be a string"),
        (json!({"owner": "A b"}), "owner must be lower-case letters, digits and '-', at most 63"),
        (json!({"isAdmin": "yes"}), "isAdmin must be a boolean"),
        (json!({"organizations": "a"}), "organizations must be a list of strings"),
        (json!({"organizations": ["a", 1]}), "organizations[1] must be a string"),
        (json!({"organizations": ["a", ""]}), "organizations[1] is empty or too long"),
        (json!({"budget": 5}), "budget must be an object"),
        (json!({"budget": [5]}), "budget must be an object"),
        (json!({"budget": {"month": -1}}), "budget.month must be a whole number from 0 to 10"),
        (json!({"budget": {"month": 11}}), "budget.month must be a whole number from 0 to 10"),
        (json!({"budget": {"month": 1.5}}), "budget.month must be a whole number from 0 to 10"),
        (json!({"expireInHours": "1"}), "expireInHours must be a number of hours"),
        (json!({"expireInHours": -1}), "expireInHours is out of range"),
        (json!({"expireInHours": 1e300}), "expireInHours is out of range"),
        (json!({"logo": []}), "logo must be a string"),
    ] {
        assert_eq!(of(sent.clone()).unwrap_err().to_string(), why, "{sent}");
    }
}

#[test]
fn a_list_has_no_entry_twice_and_hours_are_read_as_seconds() {
    let sent = of(json!({"organizations": ["a", "a", "b"], "expireInHours": 0.5})).unwrap();
    let names: Vec<String> = sent.organizations.unwrap().0.into_iter().map(String::from).collect();
    assert_eq!((names.join(" ").as_str(), sent.expire_in_hours), ("a b", Some(Seconds(1800))));
    let whole = of(json!({"expireInHours": 168, "budget": {"month": 7, "x": 1}})).unwrap();
    assert_eq!(whole.expire_in_hours, Some(Seconds(604_800)));
    assert_eq!(whole.budget.unwrap().month, Some(Count(7)));
}

#[test]
fn members_without_a_field_are_kept_as_they_are() {
    let sent = json!({"owner": "a", "bio": {"x": [null]}, "logo": "b"});
    let kept = of(sent).unwrap().attributes;
    assert_eq!(Value::Object(kept.members), json!({"bio": {"x": [null]}, "logo": "b"}));
    assert!(matches!(kept.checked.logo, Patch::Value(_)));
}
