//! Reads one range of users over one connection, in pages.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Cursor, Range, SyncScope, cursor::read_key, time};
use crate::core::{
    ldap::{
        Answer, Asked, Directory, Entry, Filter, KeyRule, LdapError, Page, Person, Search, Step,
        Task, person::subject,
    },
    time::UnixTime,
};

/// An entry that is no valid person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RefusedEntry {
    /// Its distinguished name, as the server writes it.
    pub dn: String,
    /// What identifies the person, if that can be told: the account is not missing.
    pub subject: Option<String>,
    /// Why.
    pub reason: String,
}

/// How reading a range ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All people of the range are here.
    Complete,
    /// There are more than the limit: the range must be split.
    TooMany {
        /// The keys seen.
        keys: Vec<u128>,
    },
}

/// The people of a range; none if there were too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Which range.
    pub range: Range,
    /// How it ended.
    pub outcome: Outcome,
    /// The people.
    pub people: Vec<Person>,
    /// The entries that are no valid person.
    pub refused: Vec<RefusedEntry>,
    /// Search references, which are not followed.
    pub references: u64,
    /// Pages read.
    pub pages: u32,
}

impl Batch {
    /// The latest change among the people.
    pub(super) fn newest(&self) -> Option<UnixTime> {
        self.people.iter().filter_map(|person| person.modified).max()
    }
}

/// Reads the range of a run that is due.
#[derive(Debug)]
pub struct Pull {
    range: Range,
    scope: SyncScope,
    batch: Batch,
    keys: Vec<u128>,
    subjects: HashSet<String>,
}

impl Pull {
    /// `None` if the run is over.
    pub fn new(cursor: &Cursor) -> Option<Self> {
        let range = cursor.due()?;
        let batch = Batch {
            range,
            outcome: Outcome::Complete,
            people: Vec::new(),
            refused: Vec::new(),
            references: 0,
            pages: 0,
        };
        let (keys, subjects) = (Vec::new(), HashSet::new());
        Some(Self { range, scope: cursor.scope, batch, keys, subjects })
    }

    fn page(&self, directory: &Directory, cookie: Vec<u8>) -> Step<Batch> {
        let settings = directory.settings();
        let mut filters = vec![directory.people_filter.clone()];
        filters.extend(self.range.filter(&settings.key));
        if let SyncScope::Changes(since) = self.scope {
            filters.push(Filter::at_least(&settings.modified, time::write(since)));
        }
        let search = Search {
            base: settings.base.clone(),
            scope: settings.scope,
            size_limit: 0,
            time_limit: settings.limits.seconds,
            filter: Filter::all(filters),
            attributes: directory.person_attributes(),
            page: Some(Page { size: settings.limits.page, cookie, critical: true }),
        };
        Step::Search(Asked::People, search)
    }

    fn entry(&mut self, directory: &Directory, entry: &Entry) {
        let rule = &directory.settings().key;
        let key = match rule {
            KeyRule::Uuid(name) | KeyRule::Time(name) => {
                entry.text(name).and_then(|text| read_key(rule, text))
            }
            KeyRule::Whole => Some(0),
        };
        // Without a key it counts all the same: as the first of its range.
        self.keys.push(key.unwrap_or(0));
        match Person::read(directory, entry) {
            Ok(person) if self.subjects.insert(person.subject.clone()) => {
                self.batch.people.push(person);
            }
            Ok(_) => self.refuse(directory, entry, "another entry has the same subject".to_owned()),
            Err(error) => self.refuse(directory, entry, error.to_string()),
        }
    }

    fn refuse(&mut self, directory: &Directory, entry: &Entry, reason: String) {
        let subject = subject(&directory.settings().subject, entry).ok();
        self.batch.refused.push(RefusedEntry { dn: entry.dn.clone(), subject, reason });
    }

    fn finish(&mut self, outcome: Outcome) -> Batch {
        let pages = self.batch.pages;
        let empty = Batch {
            range: self.range,
            outcome: Outcome::Complete,
            people: Vec::new(),
            refused: Vec::new(),
            references: 0,
            pages,
        };
        let batch = std::mem::replace(&mut self.batch, empty.clone());
        match outcome {
            Outcome::Complete => batch,
            // What was read is a part of the range only: it will come again with the parts.
            Outcome::TooMany { .. } => Batch { outcome, ..empty },
        }
    }
}

impl Task for Pull {
    type Output = Batch;

    fn start(&mut self, directory: &Directory) -> Result<Step<Batch>, LdapError> {
        Ok(self.page(directory, Vec::new()))
    }

    fn answer(&mut self, directory: &Directory, answer: Answer) -> Result<Step<Batch>, LdapError> {
        let limits = &directory.settings().limits;
        match answer {
            Answer::Entry(entry) => {
                self.entry(directory, &entry);
                if self.keys.len() > limits.range {
                    let keys = std::mem::take(&mut self.keys);
                    return Ok(Step::Done(self.finish(Outcome::TooMany { keys })));
                }
                Ok(Step::Wait)
            }
            Answer::SearchDone { limited, cookie, references } => {
                self.batch.pages += 1;
                self.batch.references += references;
                if limited {
                    // A limit of the server below the page size, or without respect to pages: incomplete.
                    return Err(LdapError::Incomplete("the people: it limits their number".into()));
                }
                let cookie = cookie.ok_or(LdapError::NoPages)?;
                if cookie.is_empty() {
                    return Ok(Step::Done(self.finish(Outcome::Complete)));
                }
                let most = u32::try_from(limits.range).unwrap_or(u32::MAX).max(64);
                if self.batch.pages >= most {
                    return Err(LdapError::TooManyPages(most));
                }
                Ok(self.page(directory, cookie))
            }
            Answer::PersonBound | Answer::ServiceBound => Err(LdapError::OutOfOrder("an answer")),
        }
    }

    fn most_bytes(&self, directory: &Directory) -> usize {
        directory.settings().limits.received_sync
    }
}
