//! LDAP directories: provider records of category `LDAP`, and exchanges with their servers.

use futures_util::future::{Either, select};

use super::{Refusal, SETTINGS, is_on, secret_text};
use crate::{
    core::{
        encoding::hex,
        federation::{Assertion, Attributes, Mapping},
        ldap::{
            Action, Directory, Event, Exchange, LdapError, Lookup, Person, Preset, Settings, Task,
            TlsMode,
        },
        secret::Secret,
        webhook::is_public,
    },
    origin::{
        Origin,
        store::{providers::Provider, resource::Stored},
    },
    ports::{Stream, StreamError, Tls},
};

/// Record member that holds the service account's password.
const PASSWORD: &str = "password";

/// Timeout of a record test, in milliseconds.
const PROBE: u32 = 10_000;

/// A failed exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The failed check and its finding.
    pub refusal: Refusal,
    /// Whether the failure depends on the requested user.
    pub depends_on_person: bool,
}

impl Failed {
    fn of_server(refusal: Refusal) -> Self {
        Self { refusal, depends_on_person: false }
    }
}

impl From<LdapError> for Failed {
    fn from(error: LdapError) -> Self {
        let depends_on_person = error.depends_on_person();
        Self { refusal: Refusal::of(error.check(), error), depends_on_person }
    }
}

/// The directory of the provider's record.
pub fn of(origin: &Origin, provider: &Provider) -> Result<Directory, Refusal> {
    let attributes = &provider.meta().attributes;
    let refused = |error: &dyn std::fmt::Display| Refusal::new(SETTINGS, error.to_string());
    let mut settings =
        Settings::of_record(&provider.r#type, attributes).map_err(|error| refused(&error))?;
    let mapping = Mapping::read(attributes).map_err(|error| refused(&error))?;
    settings.read_claims(&mapping);
    let password = secret_text(origin, provider, PASSWORD)?;
    Directory::new(settings, Secret::new(password)).map_err(|error| refused(&error))
}

/// Runs `task` over a new connection, with a timeout in milliseconds.
pub async fn exchange<T: Task>(
    origin: &Origin,
    provider: &Provider,
    directory: &Directory,
    task: T,
    milliseconds: u32,
) -> Result<T::Output, Failed> {
    let settings = directory.settings();
    let host = settings.host.as_str();
    let port = directory.port();
    admitted(origin, provider, host, port).map_err(Failed::of_server)?;
    let tls = match settings.tls {
        TlsMode::Ldaps => Tls::Now,
        TlsMode::StartTls => Tls::Later,
        TlsMode::PlainLocal => Tls::Never,
    };
    let mut time = std::pin::pin!(origin.clock.pause(milliseconds));
    let broken = |error: StreamError| {
        Failed::of_server(Refusal::new("connection", format!("{host}:{port}: {error}")))
    };
    let mut exchange = Exchange::new(directory, task);
    let connecting = std::pin::pin!(origin.sockets.connect(host, port, tls));
    let mut stream: Box<dyn Stream> = match select(connecting, &mut time).await {
        Either::Left((connected, _)) => connected.map_err(broken)?,
        Either::Right(_) => {
            let why = format!("{host}:{port}: not connected in time");
            return Err(Failed::of_server(Refusal::new("connection", why)));
        }
    };
    let mut action = exchange.next(Event::Connected);
    loop {
        // `None`: timed out.
        let happened = match action {
            Action::Done(output) => {
                let _ = stream.write(&exchange.unbind()).await; // the result is there already
                return Ok(output);
            }
            Action::Fail(error) => return Err(error.into()),
            Action::StartTls => {
                let securing = std::pin::pin!(stream.start_tls());
                match select(securing, &mut time).await {
                    Either::Left((secured, _)) => {
                        secured.map_err(|error| {
                            let why = format!("{host}:{port}: {error}");
                            Failed::of_server(Refusal::new("tls", why))
                        })?;
                        action = exchange.next(Event::Secured);
                        continue;
                    }
                    Either::Right(_) => None,
                }
            }
            Action::Send(bytes) => {
                let moved = async {
                    stream.write(&bytes).await?;
                    stream.read().await
                };
                match select(std::pin::pin!(moved), &mut time).await {
                    Either::Left((received, _)) => Some(received.map_err(broken)?),
                    Either::Right(_) => None,
                }
            }
            Action::Receive => match select(std::pin::pin!(stream.read()), &mut time).await {
                Either::Left((received, _)) => Some(received.map_err(broken)?),
                Either::Right(_) => None,
            },
        };
        action = match happened.as_deref() {
            None => exchange.next(Event::TimedOut),
            Some([]) => exchange.next(Event::Closed),
            Some(bytes) => exchange.next(Event::Received(bytes)),
        };
    }
}

/// Tests the record by binding and searching as the service account, without a user look-up.
pub async fn probe(origin: &Origin, provider: &Provider) -> Result<String, Refusal> {
    let directory = of(origin, provider)?;
    let login = format!("no-one-{}", hex(&origin.random.bytes::<8>()));
    let task = Lookup::new(&login).map_err(|error| Failed::from(error).refusal)?;
    match exchange(origin, provider, &directory, task, PROBE).await {
        Ok(_) => {
            Err(Refusal::new("login name", "the filter of login names finds a person for any name"))
        }
        Err(Failed { depends_on_person: true, .. }) => {
            let Settings { host, base, .. } = directory.settings();
            Ok(format!("{host}:{} lets the service account search {base}", directory.port()))
        }
        Err(Failed { refusal, .. }) => Err(refusal),
    }
}

/// Whether connecting is allowed: the server is on the public Internet, or the record sets
/// `isLocal` and the operator lists the host (`DANGER_FEDERATION_HOSTS`).
fn admitted(origin: &Origin, provider: &Provider, host: &str, port: u16) -> Result<(), Refusal> {
    let shown = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    if is_public(&shown) && !is_on(provider, "isLocal") {
        return Ok(());
    }
    let place = format!("{shown}:{port}");
    let is_listed = origin.config.federation_hosts.contains(&place);
    match (is_listed, is_on(provider, "isLocal")) {
        (true, true) => Ok(()),
        (false, _) => Err(Refusal::new(
            SETTINGS,
            format!(
                "{place} is not on the public Internet, and DANGER_FEDERATION_HOSTS does not list it"
            ),
        )),
        (true, false) => Err(Refusal::new(
            SETTINGS,
            format!("{place} is not on the public Internet, and the record does not say isLocal"),
        )),
    }
}

/// The assertion for a directory entry.
pub fn assertion(provider: &Provider, directory: &Directory, person: &Person) -> Assertion {
    let mut attributes = Attributes::default();
    for attribute in &directory.settings().attributes {
        for text in person.texts(attribute) {
            attributes.add(attribute, text.to_owned());
        }
    }
    for group in person.groups.iter().flatten() {
        attributes.add("groups", group.dn.as_str().to_owned());
    }
    described(provider, person.subject.clone(), attributes)
}

/// The assertion for sample attributes, with the groups in `memberOf`.
pub fn sample(provider: &Provider, mut attributes: Attributes) -> Assertion {
    let own =
        provider.meta().attributes.get("subjectAttribute").and_then(serde_json::Value::as_str);
    let names = own.into_iter().chain(["entryUUID", "objectGUID", "sub"]).collect::<Vec<_>>();
    let subject = first(&attributes, &names);
    let groups = named(&attributes, "memberOf").to_vec();
    for group in groups {
        attributes.add("groups", group);
    }
    described(provider, subject, attributes)
}

fn described(provider: &Provider, subject: String, attributes: Attributes) -> Assertion {
    let email = first(&attributes, &["mail"]);
    let preset = Preset::of_type(&provider.r#type).unwrap_or(Preset::OpenLdap);
    Assertion {
        subject,
        email_verified: is_on(provider, "trustEmail") && !email.is_empty(),
        email,
        name: first(&attributes, &["displayName", "cn"]),
        username: first(&attributes, preset.login_attributes()),
        attributes,
        ..Assertion::default()
    }
}

/// The first value of the first of these attributes that has one.
fn first(attributes: &Attributes, names: &[&str]) -> String {
    let found = names.iter().find_map(|name| named(attributes, name).first());
    found.cloned().unwrap_or_default()
}

/// The values of an attribute; case does not matter in its name (RFC 4512 §2.5).
fn named<'a>(attributes: &'a Attributes, name: &str) -> &'a [String] {
    let found = attributes.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or(&[], |(_, values)| values.as_slice())
}
