//! A directory in memory, behind the port of connections: binds, searches with filters, pages.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use async_trait::async_trait;
use hanzo_iam::ports::{Sockets, Stream, StreamError, Tls};

pub const BASE: &str = "dc=hanzo,dc=test";
pub const READER: &str = "cn=reader,dc=hanzo,dc=test";
pub const READER_PASSWORD: &str = "correct-reader";

/// An entry; attributes with their values.
#[derive(Debug, Clone)]
pub struct Entry {
    pub dn: String,
    pub attributes: Vec<(String, Vec<Vec<u8>>)>,
    pub password: String,
    /// What a refused bind says.
    pub diagnostic: String,
}

impl Entry {
    /// The person number `number` of the directory, whose password is `correct-` and the uid.
    pub fn person(uid: &str, number: u32) -> Self {
        let entry = Self {
            dn: format!("uid={uid},ou=people,{BASE}"),
            attributes: Vec::new(),
            password: format!("correct-{uid}"),
            diagnostic: String::new(),
        };
        entry
            .with("objectClass", &["inetOrgPerson"])
            .with("uid", &[uid])
            .with("cn", &[&format!("Person {uid}")])
            .with("mail", &[&format!("{uid}@hanzo.test")])
            .with("entryUUID", &[&format!("00000000-0000-0000-0000-{number:012x}")])
            .with("modifyTimestamp", &["20261125184943Z"])
    }

    pub fn group(cn: &str, members: &[&str]) -> Self {
        let entry = Self {
            dn: format!("cn={cn},ou=groups,{BASE}"),
            attributes: Vec::new(),
            password: String::new(),
            diagnostic: String::new(),
        };
        let members: Vec<String> =
            members.iter().map(|uid| format!("uid={uid},ou=people,{BASE}")).collect();
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        entry.with("objectClass", &["groupOfNames"]).with("member", &members)
    }

    /// With these values of an attribute in place of those that it has.
    pub fn with(mut self, name: &str, values: &[&str]) -> Self {
        self.attributes.retain(|(known, _)| known != name);
        let values = values.iter().map(|value| value.as_bytes().to_vec()).collect();
        self.attributes.push((name.to_owned(), values));
        self
    }

    fn values(&self, name: &str) -> &[Vec<u8>] {
        let found = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, values)| values.as_slice()).unwrap_or_default()
    }
}

/// What the server does besides answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    #[default]
    Well,
    /// No connection is made.
    Unreachable,
    /// Nothing is answered.
    Silent,
    /// Each search is answered by a referral to another server.
    Refers,
}

/// The directory.
#[derive(Debug, Default)]
pub struct Server {
    pub entries: RefCell<Vec<Entry>>,
    pub mood: Cell<Mood>,
    /// Each operation: `connect host:port Tls`, `bind dn`, `search filter`.
    pub log: RefCell<Vec<String>>,
    /// Each password that was sent.
    pub passwords: RefCell<Vec<String>>,
}

impl Server {
    pub fn with(entries: impl IntoIterator<Item = Entry>) -> Rc<Self> {
        let reader = Entry {
            dn: READER.to_owned(),
            attributes: Vec::new(),
            password: READER_PASSWORD.to_owned(),
            diagnostic: String::new(),
        };
        let server = Self::default();
        server.entries.borrow_mut().push(reader);
        server.entries.borrow_mut().extend(entries);
        Rc::new(server)
    }

    /// Changes the entry of that person.
    pub fn change(&self, uid: &str, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.entries.borrow_mut();
        let dn = format!("uid={uid},ou=people,{BASE}");
        change(entries.iter_mut().find(|entry| entry.dn == dn).unwrap());
    }

    /// What happened since the last call.
    pub fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.borrow_mut())
    }
}

#[async_trait(?Send)]
impl Sockets for ServerSockets {
    async fn connect(
        &self,
        host: &str,
        port: u16,
        tls: Tls,
    ) -> Result<Box<dyn Stream>, StreamError> {
        self.0.log.borrow_mut().push(format!("connect {host}:{port} {tls:?}"));
        if self.0.mood.get() == Mood::Unreachable {
            return Err(StreamError("refused".to_owned()));
        }
        Ok(Box::new(Connection { server: Rc::clone(&self.0), answers: VecDeque::new() }))
    }
}

/// The server as a port.
pub struct ServerSockets(pub Rc<Server>);

struct Connection {
    server: Rc<Server>,
    answers: VecDeque<Vec<u8>>,
}

#[async_trait(?Send)]
impl Stream for Connection {
    async fn read(&mut self) -> Result<Vec<u8>, StreamError> {
        if self.server.mood.get() == Mood::Silent {
            return std::future::pending().await;
        }
        Ok(self.answers.pop_front().unwrap_or_default())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        let answer = self.server.answer(bytes);
        if !answer.is_empty() {
            self.answers.push_back(answer);
        }
        Ok(())
    }

    async fn start_tls(&mut self) -> Result<(), StreamError> {
        Ok(())
    }
}

impl Server {
    fn answer(&self, bytes: &[u8]) -> Vec<u8> {
        let message = children(one(bytes).1);
        let (id, (tag, operation)) = (number(message[0].1), message[1]);
        let controls = message.get(2).map(|control| children(control.1)).unwrap_or_default();
        match tag {
            0x60 => self.bind(id, operation),
            0x63 => self.search(id, operation, &controls),
            0x77 => reply(id, &result(0x78, 0, "", ""), &[]),
            _ => Vec::new(),
        }
    }

    fn bind(&self, id: u64, operation: &[u8]) -> Vec<u8> {
        let parts = children(operation);
        let (dn, password) = (text(parts[1].1), text(parts[2].1));
        self.log.borrow_mut().push(format!("bind {dn}"));
        self.passwords.borrow_mut().push(password.clone());
        let entries = self.entries.borrow();
        let entry = entries.iter().find(|entry| entry.dn == dn);
        let is_right = !password.is_empty() && entry.is_some_and(|it| it.password == password);
        let diagnostic = entry.map(|it| it.diagnostic.clone()).unwrap_or_default();
        let code = if is_right && diagnostic.is_empty() { 0 } else { 49 };
        reply(id, &result(0x61, code, &diagnostic, ""), &[])
    }

    fn search(&self, id: u64, operation: &[u8], controls: &[(u8, &[u8])]) -> Vec<u8> {
        let parts = children(operation);
        let (base, limit, filter) = (text(parts[0].1), number(parts[3].1), parts[6]);
        let wanted: Vec<String> = children(parts[7].1).iter().map(|it| text(it.1)).collect();
        self.log.borrow_mut().push(format!("search {}", shown(filter)));
        if self.mood.get() == Mood::Refers {
            return reply(id, &result(0x65, 10, "", "ldap://evil.example/dc=evil"), &[]);
        }
        let entries = self.entries.borrow();
        let below = entries.iter().filter(|entry| entry.dn.ends_with(&base));
        let mut found: Vec<&Entry> = below.filter(|entry| matches(entry, filter)).collect();
        let mut end = Vec::new();
        if let Some((_, control)) = controls.first() {
            let parts = children(control);
            let page = children(one(parts.last().unwrap().1).1);
            let (size, cookie) = (number(page[0].1), text(page[1].1));
            let from: usize = cookie.parse().unwrap_or(0);
            let size = usize::try_from(size).unwrap();
            let rest = found.len().saturating_sub(from + size);
            found = found.into_iter().skip(from).take(size).collect();
            let cookie = if rest > 0 { (from + size).to_string() } else { String::new() };
            let value = [write(0x02, &[0]), write(0x04, cookie.as_bytes())].concat();
            let value = write(0x04, &write(0x30, &value));
            end = [write(0x04, b"1.2.840.113556.1.4.319"), value].concat();
        } else if limit > 0 && found.len() as u64 > limit {
            found.truncate(usize::try_from(limit).unwrap());
            let mut all = Self::entries_of(id, &found, &wanted);
            all.extend(reply(id, &result(0x65, 4, "", ""), &[]));
            return all;
        }
        let mut all = Self::entries_of(id, &found, &wanted);
        all.extend(reply(id, &result(0x65, 0, "", ""), &end));
        all
    }

    fn entries_of(id: u64, found: &[&Entry], wanted: &[String]) -> Vec<u8> {
        let entry = |entry: &&Entry| {
            let attributes: Vec<u8> = entry
                .attributes
                .iter()
                .filter(|(name, _)| wanted.iter().any(|it| it.eq_ignore_ascii_case(name)))
                .flat_map(|(name, values)| {
                    let values: Vec<u8> = values.iter().flat_map(|it| write(0x04, it)).collect();
                    let parts = [write(0x04, name.as_bytes()), write(0x31, &values)].concat();
                    write(0x30, &parts)
                })
                .collect();
            let parts = [write(0x04, entry.dn.as_bytes()), write(0x30, &attributes)].concat();
            reply(id, &write(0x64, &parts), &[])
        };
        found.iter().flat_map(entry).collect()
    }
}

fn reply(id: u64, operation: &[u8], control: &[u8]) -> Vec<u8> {
    let id = u32::try_from(id).unwrap().to_be_bytes();
    let from = (0..3).find(|at| id[*at] != 0 || id[at + 1] > 127).unwrap_or(3);
    let mut parts = [write(0x02, &id[from..]), operation.to_vec()].concat();
    if !control.is_empty() {
        parts.extend(write(0xa0, &write(0x30, control)));
    }
    write(0x30, &parts)
}

fn result(tag: u8, code: u8, diagnostic: &str, referral: &str) -> Vec<u8> {
    let mut parts =
        [write(0x0a, &[code]), write(0x04, b""), write(0x04, diagnostic.as_bytes())].concat();
    if !referral.is_empty() {
        parts.extend(write(0xa3, &write(0x04, referral.as_bytes())));
    }
    write(tag, &parts)
}

fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..=127 => bytes.push(u8::try_from(length).unwrap()),
        length => {
            bytes.push(0x84);
            bytes.extend(u32::try_from(length).unwrap().to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

/// The element at the beginning, and what follows it.
fn one(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
    let (length, from) = match bytes[1] {
        short @ 0..=127 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 0x7f);
            let read = |length: usize, byte: &u8| length << 8 | usize::from(*byte);
            (bytes[2..2 + count].iter().fold(0, read), 2 + count)
        }
    };
    (bytes[0], &bytes[from..from + length], &bytes[from + length..])
}

fn children(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (tag, content, rest) = one(bytes);
        all.push((tag, content));
        bytes = rest;
    }
    all
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn matches(entry: &Entry, (tag, content): (u8, &[u8])) -> bool {
    match tag {
        0xa0 => children(content).into_iter().all(|part| matches(entry, part)),
        0xa1 => children(content).into_iter().any(|part| matches(entry, part)),
        0xa2 => !matches(entry, children(content)[0]),
        0x87 => !entry.values(&text(content)).is_empty(),
        0xa3 | 0xa5 | 0xa6 => {
            let parts = children(content);
            let (name, wanted) = (text(parts[0].1), parts[1].1.to_ascii_lowercase());
            let is = |value: &Vec<u8>| {
                let value = value.to_ascii_lowercase();
                match tag {
                    0xa3 => value == wanted,
                    0xa5 => value >= wanted,
                    _ => value <= wanted,
                }
            };
            entry.values(&name).iter().any(is)
        }
        _ => false,
    }
}

fn shown((tag, content): (u8, &[u8])) -> String {
    let all = |mark: &str| {
        let parts: String = children(content).into_iter().map(shown).collect();
        format!("({mark}{parts})")
    };
    match tag {
        0xa0 => all("&"),
        0xa1 => all("|"),
        0xa2 => all("!"),
        0x87 => format!("({}=*)", text(content)),
        _ => {
            let parts = children(content);
            let mark = match tag {
                0xa5 => ">=",
                0xa6 => "<=",
                _ => "=",
            };
            let part = |at: usize| parts.get(at).map(|it| text(it.1)).unwrap_or_default();
            format!("({}{mark}{})", part(0), part(1))
        }
    }
}
