//! The settings of a Kerberos provider: realm and service principals, challenged networks, trusted
//! realms, and the mapping of principals to usernames.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Assertion, Attributes};
use crate::core::{
    kerberos::{ChannelBinding, Identity, Principal, TicketFlags},
    network::Block,
};

/// Maximum number of list entries.
const MOST: usize = 1000;

/// Placeholder for the principal's name in a rule's username.
const PRIMARY: &str = "{primary}";

/// The parsed settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KerberosSettings {
    /// The realm of the services and of clients allowed by default.
    pub realm: String,
    /// The service principals of this server.
    pub services: Vec<Principal>,
    /// The networks whose browsers are challenged automatically.
    pub networks: Vec<Block>,
    /// Additional realms whose clients may sign in.
    pub allowed_realms: Vec<String>,
    /// Whether principal names are compared case-insensitively, as in Active Directory.
    pub ignores_case: bool,
    /// The accepted channel bindings; if empty, bindings are ignored.
    pub bindings: Vec<ChannelBinding>,
    /// Whether a channel binding is required.
    pub requires_bindings: bool,
    rules: Vec<Rule>,
}

/// An error in the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} {problem}")]
pub struct SettingError {
    /// The invalid member.
    pub member: &'static str,
    /// The problem.
    pub problem: String,
}

impl SettingError {
    fn new(member: &'static str, problem: impl Into<String>) -> Self {
        Self { member, problem: problem.into() }
    }
}

/// Why a client with a valid ticket is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientRefusal {
    /// Its realm is not allowed.
    #[error("{0} is of another realm, which allowedRealms does not list")]
    Realm(Principal),
    /// Its transited realms were not checked by a KDC (RFC 4120 §2.7).
    #[error("{0} came through other realms, which its ticket does not say were checked")]
    Transited(Principal),
    /// No rule maps it to a user.
    #[error("principalMapping has no rule for {0}")]
    Unmapped(Principal),
}

/// The user that a rule maps to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The username.
    pub username: String,
    /// Whether the principal may claim an existing account of that name.
    pub is_existing: bool,
}

/// A mapping rule from principals to usernames.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rule {
    /// The matching principal, as text (`alice@EXAMPLE.COM`); `None` for rules by `realm`.
    principal: Option<String>,
    /// The realm whose single-component principals match.
    realm: Option<String>,
    /// The username; contains `{primary}` in a rule for a realm.
    username: String,
    /// Whether the principal may claim an existing account of that name; if absent, only in a rule
    /// for one principal.
    existing: Option<bool>,
}

impl KerberosSettings {
    /// Parses the settings in a provider record's attributes. `host` is the host of the issuer.
    pub fn read(attributes: &Map<String, Value>, host: &str) -> Result<Self, SettingError> {
        let realm = text(attributes, "realm")?;
        if realm.is_empty() {
            return Err(SettingError::new("realm", "is required: the realm of the service"));
        }
        if !is_realm(&realm) {
            return Err(SettingError::new("realm", "is no name of a realm"));
        }
        let mut named = texts(attributes, "principals")?;
        if named.is_empty() {
            named.push(format!("HTTP/{host}"));
        }
        let services = named.iter().map(|name| service(name, &realm)).collect::<Result<_, _>>()?;
        let networks = texts(attributes, "networks")?;
        let block = |text: &String| {
            let problem =
                || format!("has {text}, which is no block of addresses such as 10.0.0.0/8");
            Block::parse(text).ok_or_else(|| SettingError::new("networks", problem()))
        };
        let networks = networks.iter().map(block).collect::<Result<_, _>>()?;
        let allowed_realms = texts(attributes, "allowedRealms")?;
        if let Some(wrong) = allowed_realms.iter().find(|name| !is_realm(name)) {
            return Err(SettingError::new(
                "allowedRealms",
                format!("has {wrong}, which is no realm"),
            ));
        }
        let digests = texts(attributes, "channelBindings")?;
        let bindings = digests.iter().map(|text| binding(text)).collect::<Result<Vec<_>, _>>()?;
        let requires_bindings = flag(attributes, "requireChannelBindings")?;
        if requires_bindings && bindings.is_empty() {
            let problem = "needs channelBindings: the digests of the server's certificates";
            return Err(SettingError::new("requireChannelBindings", problem));
        }
        Ok(Self {
            services,
            networks,
            allowed_realms,
            ignores_case: flag(attributes, "ignoreCase")?,
            bindings,
            requires_bindings,
            rules: rules(attributes, &realm)?,
            realm,
        })
    }

    /// Whether a browser at `address` is challenged automatically.
    pub fn asks(&self, address: &str) -> bool {
        self.networks.iter().any(|block| block.contains(address))
    }

    /// The assertion for a client with a valid ticket.
    pub fn assertion(&self, identity: &Identity) -> Result<Assertion, ClientRefusal> {
        let client = &identity.client;
        if identity.is_cross_realm() || client.realm != self.realm {
            if !self.allowed_realms.contains(&client.realm) {
                return Err(ClientRefusal::Realm(client.clone()));
            }
            let is_checked = identity.transited.contents.is_empty()
                || identity.flags.has(TicketFlags::TRANSITED_POLICY_CHECKED);
            if !is_checked {
                return Err(ClientRefusal::Transited(client.clone()));
            }
        }
        let mapped = self.mapped(client).ok_or_else(|| ClientRefusal::Unmapped(client.clone()))?;
        let subject = self.folded(client).to_string();
        let mut attributes = Attributes::default();
        attributes.add("principal", subject.clone());
        attributes.add("realm", client.realm.clone());
        Ok(Assertion {
            subject,
            attributes,
            username: mapped.username,
            authenticated_at: Some(identity.authenticated),
            ..Assertion::default()
        })
    }

    /// The user to which `subject` of an [`Assertion`] maps.
    pub fn user(&self, subject: &str) -> Option<Mapped> {
        self.mapped(&Principal::parse(subject)?)
    }

    fn mapped(&self, client: &Principal) -> Option<Mapped> {
        let client = self.folded(client);
        self.rules.iter().find_map(|rule| {
            let (username, by_default) = match (&rule.principal, &rule.realm) {
                (Some(principal), _) => {
                    let named = self.folded(&Principal::parse(principal)?);
                    (named == client).then(|| (rule.username.clone(), true))?
                }
                (None, realm) => {
                    let is_of = realm.as_ref().is_some_and(|realm| *realm == client.realm);
                    let primary = primary(&client).filter(|_| is_of)?;
                    (rule.username.replace(PRIMARY, primary), false)
                }
            };
            Some(Mapped { username, is_existing: rule.existing.unwrap_or(by_default) })
        })
    }

    /// The principal, case-folded if the settings ignore case.
    fn folded(&self, principal: &Principal) -> Principal {
        let mut folded = principal.clone();
        if self.ignores_case {
            folded.components.iter_mut().for_each(|part| *part = part.to_lowercase());
        }
        folded
    }
}

/// The name of a user principal, which has a single component. Principals with an instance
/// (`alice/admin`) are services or roles; names that end in `$` are computers; a quoted separator
/// is not allowed in a username.
fn primary(client: &Principal) -> Option<&str> {
    let [primary] = client.components.as_slice() else { return None };
    let is_plain = !primary.contains(['/', '@', '\\']) && !primary.ends_with('$');
    (is_plain && !primary.is_empty()).then_some(primary)
}

fn rules(attributes: &Map<String, Value>, realm: &str) -> Result<Vec<Rule>, SettingError> {
    const MEMBER: &str = "principalMapping";
    let wrong = |problem: &str| SettingError::new(MEMBER, problem);
    let rules: Vec<Rule> = match attributes.get(MEMBER) {
        None | Some(Value::Null) => Vec::new(),
        Some(value) => Deserialize::deserialize(value).map_err(|error| {
            wrong(&format!("must be a list of {{principal or realm, username, existing}}: {error}"))
        })?,
    };
    if rules.len() > MOST {
        return Err(wrong("has too many rules"));
    }
    for rule in &rules {
        let has = rule.username.matches(PRIMARY).count();
        let is_plain = !rule.username.replace(PRIMARY, "").contains(['{', '}']);
        match (&rule.principal, &rule.realm) {
            (Some(principal), None) if Principal::parse(principal).is_none() => {
                return Err(wrong(&format!("has {principal}, which is no principal with a realm")));
            }
            (Some(_), None) if has == 0 && is_plain && !rule.username.is_empty() => {}
            (None, Some(realm)) if has == 1 && is_plain && is_realm(realm) => {}
            (Some(_), None) | (None, Some(_)) => {
                return Err(wrong(
                    "needs a username: one of a rule for a realm has {primary} once, one of a rule \
                     for a principal has it not",
                ));
            }
            _ => return Err(wrong("needs either principal or realm in each rule")),
        }
    }
    if rules.is_empty() {
        let username = PRIMARY.to_owned();
        let realm = Some(realm.to_owned());
        return Ok(vec![Rule { principal: None, realm, username, existing: None }]);
    }
    Ok(rules)
}

/// Parses a service principal; `realm` is the default realm.
fn service(name: &str, realm: &str) -> Result<Principal, SettingError> {
    let wrong = |problem: &str| SettingError::new("principals", format!("has {name}, {problem}"));
    let of_realm = || {
        let mut principal = Principal::parse(&format!("{name}@REALM"))?;
        realm.clone_into(&mut principal.realm);
        Some(principal)
    };
    let principal = Principal::parse(name).or_else(of_realm);
    let principal =
        principal.ok_or_else(|| wrong("which is no principal such as HTTP/login.example.com"))?;
    match principal.components.as_slice() {
        [_, host] if !host.contains(['/', '@', '\\']) => Ok(principal),
        _ => Err(wrong("which is no service and host such as HTTP/login.example.com")),
    }
}

/// Parses the `tls-server-end-point` binding of a certificate digest (RFC 5929 §4).
fn binding(text: &str) -> Result<ChannelBinding, SettingError> {
    let bytes = |text: &str| -> Option<Vec<u8>> {
        let digits: Vec<u8> = text
            .chars()
            .filter(|character| *character != ':')
            .map(|character| character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()?;
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
    };
    let digest = bytes(text).filter(|bytes| matches!(bytes.len(), 32 | 48 | 64));
    let digest = digest.ok_or_else(|| {
        let problem = format!("has {text}, which is no digest of a certificate in hexadecimal");
        SettingError::new("channelBindings", problem)
    })?;
    Ok(ChannelBinding::of(&[&b"tls-server-end-point:"[..], &digest].concat()))
}

/// Whether `text` is a realm name (RFC 4120 §6.1) that needs no quoting.
fn is_realm(text: &str) -> bool {
    let is_odd = |character: char| {
        character.is_control() || character.is_whitespace() || "/@\\".contains(character)
    };
    !text.is_empty() && text.len() <= 255 && !text.contains(is_odd)
}

fn text(attributes: &Map<String, Value>, member: &'static str) -> Result<String, SettingError> {
    match attributes.get(member) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(_) => Err(SettingError::new(member, "must be a text")),
    }
}

fn texts(
    attributes: &Map<String, Value>,
    member: &'static str,
) -> Result<Vec<String>, SettingError> {
    let wrong = || SettingError::new(member, "must be a list of texts");
    let list = match attributes.get(member) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) if list.len() <= MOST => list,
        Some(_) => return Err(wrong()),
    };
    let read = |value: &Value| value.as_str().map(|text| text.trim().to_owned());
    list.iter().map(read).collect::<Option<_>>().ok_or_else(wrong)
}

fn flag(attributes: &Map<String, Value>, member: &'static str) -> Result<bool, SettingError> {
    match attributes.get(member) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(SettingError::new(member, "must be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::core::{kerberos::Transited, time::UnixTime};

    fn settings(attributes: &Value) -> Result<KerberosSettings, SettingError> {
        KerberosSettings::read(attributes.as_object().unwrap(), "hanzo.id")
    }

    fn identity(client: &str) -> Identity {
        Identity {
            client: Principal::parse(client).unwrap(),
            service: Principal::parse("HTTP/hanzo.id@EXAMPLE.COM").unwrap(),
            transited: Transited::default(),
            flags: TicketFlags(0),
            authenticated: UnixTime(7),
            ends: UnixTime(9),
            channel_bound: false,
        }
    }

    fn user_of(attributes: &Value, client: &str) -> Option<(String, bool)> {
        let mapped = settings(attributes).unwrap().user(client)?;
        Some((mapped.username, mapped.is_existing))
    }

    #[test]
    fn the_service_is_that_of_the_issuer_unless_the_record_names_others() {
        let services = |attributes: &Value| -> Vec<String> {
            settings(attributes).unwrap().services.iter().map(Principal::to_string).collect()
        };
        assert_eq!(services(&json!({"realm": "EXAMPLE.COM"})), ["HTTP/hanzo.id@EXAMPLE.COM"]);
        let named = json!({"realm": "A", "principals": ["HTTP/a.example", "HTTP/b.example@B"]});
        assert_eq!(services(&named), ["HTTP/a.example@A", "HTTP/b.example@B"]);
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (member, value) in [
            ("realm", json!("")),
            ("realm", json!("A B")),
            ("realm", json!(7)),
            ("principals", json!("HTTP/a")),
            ("principals", json!(["alice"])),
            ("principals", json!(["HTTP/a\\/b"])),
            ("networks", json!(["10.0.0.1/8"])),
            ("networks", json!("10.0.0.0/8")),
            ("allowedRealms", json!(["A@B"])),
            ("ignoreCase", json!("yes")),
            ("channelBindings", json!(["abc"])),
            ("requireChannelBindings", json!(true)),
            ("principalMapping", json!({"alice@A": "alice"})),
            ("principalMapping", json!([{"username": "x"}])),
            ("principalMapping", json!([{"realm": "A", "principal": "b@A", "username": "x"}])),
            ("principalMapping", json!([{"realm": "A", "username": "alice"}])),
            ("principalMapping", json!([{"realm": "A", "username": "{primary}{realm}"}])),
            ("principalMapping", json!([{"principal": "alice", "username": "alice"}])),
            ("principalMapping", json!([{"principal": "alice@A", "username": "{primary}"}])),
            ("principalMapping", json!([{"principal": "alice@A", "username": ""}])),
            ("principalMapping", json!([{"realm": "A", "user": "{primary}"}])),
        ] {
            let mut attributes = json!({"realm": "EXAMPLE.COM"});
            attributes[member] = value.clone();
            assert_eq!(settings(&attributes).unwrap_err().member, member, "{value}");
        }
    }

    #[test]
    fn only_a_principal_of_one_component_is_the_user_of_its_name() {
        let plain = json!({"realm": "EXAMPLE.COM"});
        assert_eq!(user_of(&plain, "alice@EXAMPLE.COM"), Some(("alice".into(), false)));
        for client in [
            "alice/admin@EXAMPLE.COM",
            "HTTP/hanzo.id@EXAMPLE.COM",
            "PC7$@EXAMPLE.COM",
            "alice@OTHER.COM",
            "alice@example.com",
            r"alice\@EXAMPLE.COM@EXAMPLE.COM",
            r"hanzo\/alice@EXAMPLE.COM",
            r"a\\b@EXAMPLE.COM",
        ] {
            assert_eq!(user_of(&plain, client), None, "{client}");
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let mapped = json!({"realm": "EXAMPLE.COM", "principalMapping": [
            {"principal": "alice/admin@EXAMPLE.COM", "username": "alice-admin"},
            {"principal": "carol@EXAMPLE.COM", "username": "c.jones", "existing": false},
            {"realm": "PARTNER.COM", "username": "partner-{primary}"},
            {"realm": "EXAMPLE.COM", "username": "{primary}", "existing": true},
        ]});
        for (client, user) in [
            ("alice/admin@EXAMPLE.COM", Some(("alice-admin", true))),
            ("alice@EXAMPLE.COM", Some(("alice", true))),
            ("carol@EXAMPLE.COM", Some(("c.jones", false))),
            ("bob@PARTNER.COM", Some(("partner-bob", false))),
            ("bob@OTHER.COM", None),
        ] {
            let user = user.map(|(name, existing)| (name.to_owned(), existing));
            assert_eq!(user_of(&mapped, client), user, "{client}");
        }
    }

    #[test]
    fn case_counts_unless_the_record_says_otherwise() {
        let subject = |attributes: &Value| {
            settings(attributes).unwrap().assertion(&identity("Alice@EXAMPLE.COM")).unwrap().subject
        };
        assert_eq!(subject(&json!({"realm": "EXAMPLE.COM"})), "Alice@EXAMPLE.COM");
        assert_eq!(
            subject(&json!({"realm": "EXAMPLE.COM", "ignoreCase": true})),
            "alice@EXAMPLE.COM"
        );
    }

    #[test]
    fn a_client_of_another_realm_needs_permission_a_checked_way_and_a_rule() {
        let mut attributes = json!({"realm": "EXAMPLE.COM"});
        let mut client = identity("alice@PARTNER.COM");
        let judged = |attributes: &Value, client: &Identity| {
            settings(attributes).unwrap().assertion(client).map(|assertion| assertion.subject)
        };
        let named = client.client.clone();
        assert_eq!(judged(&attributes, &client), Err(ClientRefusal::Realm(named.clone())));
        attributes["allowedRealms"] = json!(["PARTNER.COM"]);
        assert_eq!(judged(&attributes, &client), Err(ClientRefusal::Unmapped(named.clone())));
        attributes["principalMapping"] = json!([{"realm": "PARTNER.COM", "username": "{primary}"}]);
        assert_eq!(judged(&attributes, &client), Ok("alice@PARTNER.COM".to_owned()));
        client.transited.contents = b"MIDDLE.COM".to_vec();
        assert_eq!(judged(&attributes, &client), Err(ClientRefusal::Transited(named)));
        client.flags = TicketFlags(TicketFlags::TRANSITED_POLICY_CHECKED);
        assert_eq!(judged(&attributes, &client), Ok("alice@PARTNER.COM".to_owned()));
    }

    #[test]
    fn bindings_are_those_of_certificates() {
        let digest = "00:".repeat(31) + "FF";
        let attributes =
            json!({"realm": "A", "channelBindings": [digest], "requireChannelBindings": true});
        let mut expected = b"tls-server-end-point:".to_vec();
        expected.extend([0; 31]);
        expected.push(255);
        assert_eq!(settings(&attributes).unwrap().bindings, [ChannelBinding::of(&expected)]);
    }

    #[test]
    fn browsers_are_asked_in_the_networks_of_the_record_only() {
        let none = settings(&json!({"realm": "A"})).unwrap();
        let some = settings(&json!({"realm": "A", "networks": ["10.0.0.0/8", "2001:db8::/32"]}));
        let some = some.unwrap();
        for address in ["10.1.2.3", "2001:db8::7", "::ffff:10.0.0.1"] {
            assert!(some.asks(address) && !none.asks(address), "{address}");
        }
        assert!(!some.asks("192.0.2.1") && !some.asks(""));
    }
}
