//! Tests of the client: what they share.

mod dn;
mod exchange;
mod filter;
mod groups;
mod hostile;
mod replay;
mod result_code;
mod server;
mod settings;
mod sync;
mod vectors;

use super::{
    Action, Directory, Event, Exchange, GroupRule, LdapError, Preset, Settings, Task, TlsMode,
};
use crate::core::secret::Secret;

const READER: &str = "uid=svc-reader,ou=services,dc=hanzo,dc=test";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// The directory of the vectors, without TLS and group searches.
fn settings() -> Settings {
    Settings {
        tls: TlsMode::PlainLocal,
        groups: GroupRule::MemberOf,
        ..Preset::OpenLdap.settings("127.0.0.1", "ou=people,dc=hanzo,dc=test", READER)
    }
}

fn directory(settings: Settings) -> Directory {
    Directory::new(settings, secret("correct-svc-reader")).unwrap()
}

/// Feeds these answers, each after a request, and closes. Returns the requests too.
fn drive<T: Task>(
    directory: &Directory,
    task: T,
    answers: &[Vec<u8>],
) -> (Result<T::Output, LdapError>, Vec<Vec<u8>>) {
    let mut exchange = Exchange::new(directory, task);
    let mut answers = answers.iter();
    let mut sent = Vec::new();
    let mut action = exchange.next(Event::Connected);
    loop {
        action = match action {
            Action::Send(bytes) => {
                sent.push(bytes);
                match answers.next() {
                    Some(answer) => exchange.next(Event::Received(answer)),
                    None => exchange.next(Event::Closed),
                }
            }
            Action::Receive => exchange.next(Event::Closed),
            Action::StartTls => exchange.next(Event::Secured),
            Action::Done(output) => return (Ok(output), sent),
            Action::Fail(error) => return (Err(error), sent),
        };
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap();
    let byte = |pair: &[u8]| u8::try_from(digit(&pair[0]) << 4 | digit(&pair[1])).unwrap();
    text.as_bytes().chunks_exact(2).map(byte).collect()
}
