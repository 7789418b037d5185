//! Maps provider attributes to account attributes, and groups to roles and teams.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::{Map, Value};

use super::Assertion;
use crate::core::{ldap::Dn, token::Role};

/// The default groups attribute.
const GROUPS: &str = "groups";

/// The members of `userMapping`, including names from older records.
const FIELDS: [(&str, Field); 13] = [
    ("subject", Field::Subject),
    ("id", Field::Subject),
    ("username", Field::Username),
    ("name", Field::Username),
    ("displayName", Field::DisplayName),
    ("email", Field::Email),
    // Read by the protocol, which decides whether an address is verified.
    ("emailVerified", Field::EmailVerified),
    ("phone", Field::Phone),
    ("avatar", Field::Picture),
    ("avatarUrl", Field::Picture),
    ("firstName", Field::FirstName),
    ("lastName", Field::LastName),
    ("groups", Field::Groups),
];

/// The target of a mapped attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Subject,
    Username,
    DisplayName,
    Email,
    EmailVerified,
    Phone,
    Picture,
    FirstName,
    LastName,
    Groups,
}

/// A role or team granted by membership in a provider group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind", content = "name")]
pub enum Group {
    /// The role `admin` in the organization.
    Administrators,
    /// The named role of the organization.
    Role(String),
    /// The named team of the organization.
    Team(String),
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Administrators => f.write_str(Role::Admin.name()),
            Self::Role(name) => write!(f, "role:{name}"),
            Self::Team(name) => write!(f, "team:{name}"),
        }
    }
}

/// The attribute and group mapping of a provider record: `userMapping` and `groupMapping`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    fields: BTreeMap<Field, String>,
    groups: BTreeMap<String, Vec<Group>>,
    /// Groups named by distinguished name, keyed by its normalized form.
    by_dn: BTreeMap<String, Vec<Group>>,
}

/// An error in a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappingError {
    /// `userMapping` has an unknown member.
    Field(String),
    /// A member has the wrong type or form.
    Form(&'static str, &'static str),
    /// A group is mapped to an unknown target.
    Target(String, String),
}

impl MappingError {
    /// The invalid member of the record.
    pub const fn member(&self) -> &'static str {
        match self {
            Self::Field(_) => "userMapping",
            Self::Form(member, _) => member,
            Self::Target(..) => "groupMapping",
        }
    }

    /// The problem.
    pub fn why(&self) -> String {
        match self {
            Self::Field(name) => format!("has no member {name}"),
            Self::Form(_, form) => format!("must be {form}"),
            Self::Target(group, target) => {
                format!("of {group}: {target} is none of admin, role:<name>, team:<name>")
            }
        }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.member(), self.why())
    }
}

impl std::error::Error for MappingError {}

/// The account attributes mapped from an assertion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The subject at the provider.
    pub subject: String,
    /// The proposed username; empty if none.
    pub username: String,
    /// The display name; empty if unknown.
    pub display_name: String,
    /// The e-mail address; empty if absent.
    pub email: String,
    /// Whether the address is verified.
    pub email_verified: bool,
    /// The phone number; empty if absent.
    pub phone: String,
    /// The `https` URL of a picture; empty if absent.
    pub picture: String,
    /// The groups at the provider.
    pub groups: Vec<String>,
    /// The grants of these groups.
    pub grants: Vec<Group>,
}

impl Mapping {
    /// Parses the mapping in a provider record's attributes.
    pub fn read(attributes: &Map<String, Value>) -> Result<Self, MappingError> {
        let mut mapping = Self::default();
        if let Some(fields) = present(attributes, "userMapping")? {
            // Casdoor's Python SDK sends {"": ""} for an empty mapping.
            let nothing = |name: &str, claim: &Value| name.is_empty() && *claim == "";
            for (name, claim) in fields.iter().filter(|(name, claim)| !nothing(name, claim)) {
                let known = FIELDS.iter().find(|(known, _)| known == name);
                let (_, field) = known.ok_or_else(|| MappingError::Field(name.clone()))?;
                let form = || MappingError::Form("userMapping", "an object of names of attributes");
                let claim = claim.as_str().ok_or_else(form)?;
                if !claim.is_empty() {
                    mapping.fields.insert(*field, claim.to_owned());
                }
            }
        }
        if let Some(groups) = present(attributes, "groupMapping")? {
            for (group, targets) in groups {
                let read = targets_of(group, targets)?;
                if let Some(name) = normalized(group) {
                    mapping.by_dn.entry(name).or_default().extend(read.iter().cloned());
                }
                mapping.groups.insert(group.clone(), read);
            }
        }
        Ok(mapping)
    }

    /// The mapping without groups, for use where groups are unknown.
    #[must_use]
    pub fn without_groups(self) -> Self {
        Self { groups: BTreeMap::new(), by_dn: BTreeMap::new(), ..self }
    }

    /// The mapping without `subject`, for protocols that define the subject.
    #[must_use]
    pub fn keeping_subject(mut self) -> Self {
        self.fields.remove(&Field::Subject);
        self
    }

    /// Every grant that the mapping can produce.
    pub fn grants(&self) -> Vec<Group> {
        let mut all: Vec<Group> = self.groups.values().flatten().cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// Maps `assertion`. A mapped e-mail address counts as verified only if it is the one that the
    /// provider verified.
    pub fn profile(&self, assertion: &Assertion) -> Profile {
        let mapped = |field| {
            let claim = self.fields.get(&field)?;
            assertion.attributes.first(claim).map(str::trim).filter(|text| !text.is_empty())
        };
        let text = |field, otherwise: &str| {
            let otherwise = if self.fields.contains_key(&field) { "" } else { otherwise };
            mapped(field).unwrap_or(otherwise).to_owned()
        };
        let names = [mapped(Field::FirstName), mapped(Field::LastName)];
        let both = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let display_name = match mapped(Field::DisplayName) {
            Some(name) => name.to_owned(),
            None if !both.is_empty() => both,
            None => assertion.name.clone(),
        };
        let email = text(Field::Email, &assertion.email);
        let email_verified = assertion.email_verified
            && !email.is_empty()
            && email.eq_ignore_ascii_case(&assertion.email);
        let picture = text(Field::Picture, &assertion.picture);
        let claim = self.fields.get(&Field::Groups).map_or(GROUPS, String::as_str);
        let groups = assertion.attributes.all(claim).to_vec();
        let given = groups.iter().filter_map(|group| self.given_by(group)).flatten();
        let mut grants: Vec<Group> = given.cloned().collect();
        grants.sort();
        grants.dedup();
        Profile {
            subject: text(Field::Subject, &assertion.subject),
            username: text(Field::Username, &assertion.username),
            display_name,
            email: email.to_lowercase(),
            email_verified,
            phone: text(Field::Phone, ""),
            picture: if picture.starts_with("https://") { picture } else { String::new() },
            groups,
            grants,
        }
    }

    /// Group names are compared exactly; distinguished names by the rules of RFC 4517.
    fn given_by(&self, group: &str) -> Option<&Vec<Group>> {
        let given = self.groups.get(group);
        given.or_else(|| self.by_dn.get(&normalized(group).filter(|_| !self.by_dn.is_empty())?))
    }

    /// The source attributes of the mapping.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        self.fields.values().map(String::as_str)
    }
}

/// The normalized form of a distinguished name; `None` if `group` is not one.
fn normalized(group: &str) -> Option<String> {
    let dn = group.contains('=').then(|| Dn::parse(group).ok()).flatten()?;
    (!dn.is_root()).then(|| dn.normalized())
}

fn present<'a>(
    attributes: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a Map<String, Value>>, MappingError> {
    match attributes.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(MappingError::Form(name, "an object")),
    }
}

fn targets_of(group: &str, targets: &Value) -> Result<Vec<Group>, MappingError> {
    const FORM: MappingError =
        MappingError::Form("groupMapping", "an object of texts, or lists of texts");
    let texts = match targets {
        Value::String(text) => vec![text.as_str()],
        Value::Array(list) => {
            list.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or(FORM)?
        }
        _ => return Err(FORM),
    };
    let target = |text: &str| match text.split_once(':') {
        None if text == Role::Admin.name() => Some(Group::Administrators),
        Some(("role", name)) if !name.is_empty() => Some(Group::Role(name.to_owned())),
        Some(("team", name)) if !name.is_empty() => Some(Group::Team(name.to_owned())),
        _ => None,
    };
    let read = |text: &str| {
        target(text).ok_or_else(|| MappingError::Target(group.to_owned(), text.to_owned()))
    };
    texts.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::Attributes, *};

    fn mapping(attributes: &Value) -> Result<Mapping, MappingError> {
        Mapping::read(attributes.as_object().unwrap())
    }

    fn assertion(claims: &Value) -> Assertion {
        Assertion {
            subject: "7".into(),
            attributes: Attributes::from_claims(claims.as_object().unwrap()),
            email: "Ada@Example.com".into(),
            email_verified: true,
            name: "Ada L.".into(),
            username: "ada".into(),
            picture: "https://p.example/7".into(),
            ..Assertion::default()
        }
    }

    #[test]
    fn without_a_mapping_the_protocols_own_names_are_used() {
        let profile = Mapping::default().profile(&assertion(&json!({"groups": ["a", "b"]})));
        assert_eq!(profile.subject, "7");
        assert_eq!((&*profile.username, &*profile.display_name), ("ada", "Ada L."));
        assert_eq!((&*profile.email, profile.email_verified), ("ada@example.com", true));
        assert_eq!(profile.groups, ["a", "b"]);
        assert!(profile.grants.is_empty());
    }

    #[test]
    fn mapped_attributes_replace_them() {
        let mapping = mapping(&json!({"userMapping": {
            "username": "uid", "firstName": "given", "lastName": "family", "email": "mail",
            "groups": "memberOf", "avatarUrl": "photo",
        }}));
        let claims = json!({
            "uid": "al", "given": "Ada", "family": "Lovelace", "mail": "other@example.com",
            "memberOf": ["x"], "photo": "javascript:alert(1)",
        });
        let profile = mapping.unwrap().profile(&assertion(&claims));
        assert_eq!((&*profile.username, &*profile.display_name), ("al", "Ada Lovelace"));
        assert_eq!(profile.groups, ["x"]);
        assert_eq!(profile.picture, "");
        // The provider has verified another address.
        assert_eq!((&*profile.email, profile.email_verified), ("other@example.com", false));
    }

    #[test]
    fn a_mapped_attribute_that_is_missing_is_not_replaced_by_another_one() {
        let mapping = mapping(&json!({"userMapping": {"subject": "employee", "email": "mail"}}));
        let profile = mapping.unwrap().profile(&assertion(&json!({})));
        assert_eq!((&*profile.subject, &*profile.email), ("", ""));
        assert!(!profile.email_verified);
    }

    #[test]
    fn groups_give_roles_and_teams() {
        let mapping = mapping(&json!({"groupMapping": {
            "it": ["admin", "team:ops"], "CN=Staff,DC=x": "role:staff", "unused": "team:none",
        }}));
        let mapping = mapping.unwrap();
        let profile =
            mapping.profile(&assertion(&json!({"groups": ["it", "cn=staff, dc=X", "IT"]})));
        let expected =
            [Group::Administrators, Group::Role("staff".into()), Group::Team("ops".into())];
        assert_eq!(profile.grants, expected);
        assert_eq!(mapping.grants().len(), 4);
    }

    #[test]
    fn the_empty_mapping_of_casdoors_python_sdk_maps_nothing() {
        let read = Mapping::read(json!({"userMapping": {"": ""}}).as_object().unwrap());
        assert!(read.unwrap().fields.is_empty());
    }

    #[test]
    fn what_is_no_mapping_is_refused_by_its_name() {
        for (attributes, why) in [
            (json!({"userMapping": []}), "userMapping must be an object"),
            (json!({"userMapping": {"isAdmin": "x"}}), "userMapping has no member isAdmin"),
            (json!({"userMapping": {"": "x"}}), "userMapping has no member "),
            (json!({"groupMapping": {"g": "owner"}}), "groupMapping of g: owner is none of admin"),
            (json!({"groupMapping": {"g": 1}}), "groupMapping must be an object of texts"),
        ] {
            let error = mapping(&attributes).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
