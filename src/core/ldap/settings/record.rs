//! Reads the settings from a provider record, by their published names.

use serde_json::{Map, Value};

use super::{
    Active, Directory, Filter, FilterError, GroupRule, KeyRule, Preset, Scope, Settings,
    SettingsError, SubjectRule, TlsMode,
};
use crate::core::{federation::Mapping, ldap::is_attribute, secret::Secret};

/// Maximum number of entries per synchronization range.
const RANGE: u32 = 200;

/// An error in a directory record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} {why}")]
pub struct RecordError {
    /// The invalid member.
    pub member: &'static str,
    /// The problem.
    pub why: String,
}

impl RecordError {
    fn new(member: &'static str, why: impl Into<String>) -> Self {
        Self { member, why: why.into() }
    }
}

/// The attributes of a provider's record.
#[derive(Clone, Copy)]
struct Record<'a>(&'a Map<String, Value>);

impl<'a> Record<'a> {
    fn value(self, member: &str) -> Option<&'a Value> {
        // Published clients send every member, with blanks for unset ones.
        let value = self.0.get(member)?;
        (!value.is_null() && value.as_str() != Some("")).then_some(value)
    }

    fn text(self, member: &'static str) -> Result<Option<&'a str>, RecordError> {
        let text = |value: &'a Value| value.as_str().map(str::trim);
        let Some(value) = self.value(member) else { return Ok(None) };
        text(value).map(Some).ok_or_else(|| RecordError::new(member, "must be a text"))
    }

    fn flag(self, member: &'static str) -> Result<Option<bool>, RecordError> {
        let Some(value) = self.value(member) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| RecordError::new(member, "must be true or false"))
    }

    fn texts(self, member: &'static str) -> Result<Vec<String>, RecordError> {
        let refused = || RecordError::new(member, "must be a list of texts");
        let Some(value) = self.value(member) else { return Ok(Vec::new()) };
        let texts = value.as_array().ok_or_else(refused)?.iter();
        let texts = texts.map(|text| text.as_str().map(str::to_owned).ok_or_else(refused));
        texts.collect()
    }

    fn number(self, member: &'static str, most: u32) -> Result<Option<u32>, RecordError> {
        let refused = || RecordError::new(member, format!("must be a number from 1 to {most}"));
        let Some(value) = self.value(member) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=most).contains(number));
        number.map(Some).ok_or_else(refused)
    }
}

impl Preset {
    /// The preset of a provider type.
    pub fn of_type(name: &str) -> Option<Self> {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        match name.to_ascii_lowercase().as_str() {
            "" | "ldap" | "openldap" | "custom" => Some(Self::OpenLdap),
            "ad" | "activedirectory" => Some(Self::ActiveDirectory),
            _ => None,
        }
    }

    /// The login name attributes; the first is the username.
    pub const fn login_attributes(self) -> &'static [&'static str] {
        match self {
            Self::OpenLdap => &["uid"],
            Self::ActiveDirectory => &["sAMAccountName", "userPrincipalName"],
        }
    }
}

impl Settings {
    /// Reads and validates the settings in a provider record's `attributes`, except the password.
    pub fn of_record(kind: &str, attributes: &Map<String, Value>) -> Result<Self, RecordError> {
        let record = Record(attributes);
        let preset = Preset::of_type(kind)
            .ok_or_else(|| RecordError::new("type", "must be OpenLDAP or ActiveDirectory"))?;
        let required = |member| {
            let missing = || RecordError::new(member, "must be set for a directory");
            record.text(member)?.ok_or_else(missing)
        };
        let host = required("host")?;
        let base = required("baseDn")?;
        let mut settings = preset.settings(host, base, required("username")?);
        let port = record.number("port", 65_535)?;
        settings.port = port.and_then(|port| u16::try_from(port).ok());
        settings.tls = tls(record)?;
        settings.scope = scope(record)?;
        if let Some(filter) = record.text("filter")? {
            settings.people_filter = bracketed(filter);
            let refused =
                |error: FilterError| RecordError::new("filter", format!("is refused: {error}"));
            Filter::parse(&settings.people_filter).map_err(refused)?;
        }
        settings.login_filter = login_filter(record, preset, &settings.people_filter)?;
        if let Some(attribute) = record.text("subjectAttribute")? {
            settings.subject = subject(attribute);
        }
        if let Some(attribute) = record.text("modifiedAttribute")? {
            attribute.clone_into(&mut settings.modified);
        }
        if let Some(key) = record.text("syncKey")? {
            settings.key = key_of(key);
        }
        for attribute in record.texts("attributes")? {
            settings.read(&attribute);
        }
        for attribute in record.texts("filterFields")? {
            settings.read(&attribute);
        }
        settings.groups = groups(record, settings.groups)?;
        if let Some(attribute) = record.text("disabledAttribute")? {
            let (attribute, value) = (attribute.to_owned(), required("disabledValue")?.to_owned());
            settings.active = Active::DisabledIf { attribute, value };
        }
        record.number("syncEvery", 720)?;
        record.number("syncChangesEvery", 1440)?;
        record.number("syncDisablePercent", 100)?;
        let range = record.number("syncRange", 2000)?.unwrap_or(RANGE).max(2);
        settings.limits.range = usize::try_from(range).unwrap_or(usize::MAX);
        settings.limits.page = range;
        settings.limits.seconds = 8;
        // The password is stored as a secret, not in the attributes.
        let checked = Directory::new(settings.clone(), Secret::new("unknown".to_owned()));
        checked.map(|_| settings).map_err(RecordError::from)
    }

    /// Adds the attributes that `mapping` takes members of an account from.
    pub fn read_claims(&mut self, mapping: &Mapping) {
        for claim in mapping.claims().filter(|claim| is_attribute(claim)) {
            self.read(claim);
        }
    }

    /// Adds an attribute to read.
    pub fn read(&mut self, attribute: &str) {
        let is_read = |known: &String| known.eq_ignore_ascii_case(attribute);
        if !self.attributes.iter().any(is_read) {
            self.attributes.push(attribute.to_owned());
        }
    }
}

impl From<SettingsError> for RecordError {
    fn from(error: SettingsError) -> Self {
        let member = match &error {
            SettingsError::Host(_) => "host",
            SettingsError::Port => "port",
            SettingsError::PlainPublic(_) => "sslMode",
            SettingsError::Dn { field: "groups.base", .. } => "groupBaseDn",
            SettingsError::Empty("service_account") => "username",
            SettingsError::Dn { .. } | SettingsError::Empty(_) => "baseDn",
            SettingsError::Filter { field: "groups.filter", .. } => "groupFilter",
            SettingsError::Filter { field: "login_filter", .. } => "loginFilter",
            SettingsError::Filter { .. } => "filter",
            SettingsError::Attribute(_) | SettingsError::TooManyAttributes => "attributes",
            SettingsError::Limit(_) => "syncRange",
        };
        Self::new(member, format!("is refused: {error}"))
    }
}

/// Unencrypted only if both members are set, so that a missing member never disables TLS.
fn tls(record: Record<'_>) -> Result<TlsMode, RecordError> {
    let ssl = record.flag("enableSsl")?;
    let mode = record.text("sslMode")?.map(str::to_ascii_lowercase);
    let plain = match (mode.as_deref(), ssl) {
        (Some("ldaps" | "ssl" | "tls"), _) | (None, Some(true) | None) => {
            return Ok(TlsMode::Ldaps);
        }
        (Some("starttls"), _) => return Ok(TlsMode::StartTls),
        (Some("none"), _) => "sslMode",
        (None, Some(false)) => "enableSsl",
        (Some(_), _) => {
            return Err(RecordError::new("sslMode", "must be LDAPS, StartTLS or None"));
        }
    };
    if record.flag("isLocal")? == Some(true) {
        return Ok(TlsMode::PlainLocal);
    }
    let why = "leaves passwords unprotected: use LDAPS or StartTLS (isLocal: true for a server on this machine's \
               own network)";
    Err(RecordError::new(plain, why))
}

fn scope(record: Record<'_>) -> Result<Scope, RecordError> {
    match record.text("scope")?.map(str::to_ascii_lowercase).as_deref() {
        None | Some("subtree") => Ok(Scope::Subtree),
        Some("one" | "onelevel") => Ok(Scope::OneLevel),
        Some(_) => Err(RecordError::new("scope", "must be subtree or one")),
    }
}

/// Adds the outermost brackets to a filter, which published records may omit.
fn bracketed(filter: &str) -> String {
    if filter.starts_with('(') { filter.to_owned() } else { format!("({filter})") }
}

fn login_filter(record: Record<'_>, preset: Preset, people: &str) -> Result<String, RecordError> {
    if let Some(filter) = record.text("loginFilter")? {
        return Ok(bracketed(filter));
    }
    let mut fields = record.texts("filterFields")?;
    if fields.is_empty() {
        fields = preset.login_attributes().iter().map(|name| (*name).to_owned()).collect();
    }
    if let Some(field) = fields.iter().find(|field| !super::is_attribute(field)) {
        return Err(RecordError::new("filterFields", format!("has `{field}`, no attribute")));
    }
    let fields: Vec<String> = fields.iter().map(|field| format!("({field}={{login}})")).collect();
    Ok(format!("(&{people}(|{}))", fields.concat()))
}

fn subject(attribute: &str) -> SubjectRule {
    match attribute.to_ascii_lowercase().as_str() {
        "entryuuid" => SubjectRule::EntryUuid,
        "objectguid" => SubjectRule::ObjectGuid,
        _ => SubjectRule::Attribute(attribute.to_owned()),
    }
}

fn key_of(key: &str) -> KeyRule {
    match key.to_ascii_lowercase().as_str() {
        "none" => KeyRule::Whole,
        "whencreated" | "createtimestamp" => KeyRule::Time(key.to_owned()),
        _ => KeyRule::Uuid(key.to_owned()),
    }
}

fn groups(record: Record<'_>, preset: GroupRule) -> Result<GroupRule, RecordError> {
    let source = record.text("groupSource")?.map(str::to_ascii_lowercase);
    match source.as_deref() {
        None | Some("search") => {}
        Some("none") => return Ok(GroupRule::None),
        Some("memberof") => return Ok(GroupRule::MemberOf),
        Some(_) => {
            return Err(RecordError::new("groupSource", "must be search, memberOf or none"));
        }
    }
    let GroupRule::Search { mut base, mut filter, mut nested } = preset else { return Ok(preset) };
    if let Some(text) = record.text("groupBaseDn")? {
        text.clone_into(&mut base);
    }
    if let Some(text) = record.text("groupFilter")? {
        filter = bracketed(text);
    }
    if let Some(flag) = record.flag("nestedGroups")? {
        nested = flag;
    }
    Ok(GroupRule::Search { base, filter, nested })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: &str, further: &Value) -> Result<Settings, RecordError> {
        let mut record = json!({
            "host": "ldap.example.org", "baseDn": "dc=example,dc=org",
            "username": "cn=reader,dc=example,dc=org",
        });
        record.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        Settings::of_record(kind, record.as_object().unwrap())
    }

    #[test]
    fn a_record_with_nothing_but_the_place_uses_ldaps_and_the_preset() {
        let settings =
            read("OpenLDAP", &json!({"port": null, "filter": "", "sslMode": ""})).unwrap();
        assert_eq!(settings.tls, TlsMode::Ldaps);
        assert_eq!(settings.login_filter, "(&(objectClass=inetOrgPerson)(|(uid={login})))");
        let settings = read("Active Directory", &json!({})).unwrap();
        assert_eq!(settings.subject, SubjectRule::ObjectGuid);
        assert!(settings.login_filter.contains("(userPrincipalName={login})"));
    }

    #[test]
    fn published_members_are_read() {
        let settings = read(
            "",
            &json!({
                "port": 1389, "enableSsl": false, "isLocal": true, "host": "127.0.0.1",
                "filter": "objectClass=posixAccount", "filterFields": ["uid", "mail"],
                "attributes": ["employeeNumber"], "groupSource": "memberOf",
                "disabledAttribute": "loginShell", "disabledValue": "/bin/false",
            }),
        );
        let settings = settings.unwrap();
        assert_eq!((settings.port, settings.tls), (Some(1389), TlsMode::PlainLocal));
        let filter = "(&(objectClass=posixAccount)(|(uid={login})(mail={login})))";
        assert_eq!(settings.login_filter, filter);
        assert_eq!(settings.groups, GroupRule::MemberOf);
        assert!(settings.attributes.contains(&"employeeNumber".to_owned()));
    }

    #[test]
    fn each_member_that_is_wrong_is_named() {
        for (further, member) in [
            (json!({"host": ""}), "host"),
            (json!({"host": "ldaps://x"}), "host"),
            (json!({"port": "389"}), "port"),
            (json!({"baseDn": "x"}), "baseDn"),
            (json!({"username": null}), "username"),
            (json!({"sslMode": "None"}), "sslMode"),
            (json!({"sslMode": "SSLv2"}), "sslMode"),
            (json!({"enableSsl": false}), "enableSsl"),
            (json!({"sslMode": "None", "isLocal": true, "host": "8.8.8.8"}), "sslMode"),
            (json!({"filter": "(uid=x"}), "filter"),
            (json!({"loginFilter": "(uid=x)"}), "loginFilter"),
            (json!({"filterFields": ["a)(b"]}), "filterFields"),
            (json!({"attributes": ["a b"]}), "attributes"),
            (json!({"groupFilter": "(member=x)"}), "groupFilter"),
            (json!({"groupBaseDn": "x"}), "groupBaseDn"),
            (json!({"disabledAttribute": "a"}), "disabledValue"),
            (json!({"syncRange": 0}), "syncRange"),
            (json!({"syncEvery": "1"}), "syncEvery"),
            (json!({"syncDisablePercent": 101}), "syncDisablePercent"),
        ] {
            let error = read("OpenLDAP", &further).unwrap_err();
            assert_eq!(error.member, member, "{further} {error}");
        }
        assert_eq!(read("Novell", &json!({})).unwrap_err().member, "type");
    }
}
