//! Applies a range of directory entries to the accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Stop;
use crate::{
    core::{
        directory::is_username,
        encoding::uuid,
        federation::{Assertion, Mapping, Profile},
        ldap::{Batch, Change as Due, Directory, Known, Person, RefusedEntry, Safeguard, changes},
        random::Random,
    },
    origin::{
        Origin,
        domain::{
            audit::Subject,
            change::Change,
            change_error::ChangeError,
            commit::commit,
            federation::{
                directory, profile, reference,
                vouching::{self, Vouching},
            },
            people::Person as Holder,
            signup::{derived, numbered},
            users,
        },
        store::{
            accounts::{self, Named},
            identities,
            ldap_syncs::{self as rows, Member, Noted, Sync},
            providers::Provider,
            resource::Stored,
            users::{self as user_rows, User},
        },
    },
    ports::DatabaseError,
};

/// The accounts of a directory during a run.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) origin: &'a Origin,
    pub(super) provider: &'a Provider,
    pub(super) directory: &'a Directory,
}

/// A directory user with the mapped account attributes.
struct Candidate<'p> {
    person: &'p Person,
    profile: Profile,
    assertion: Assertion,
}

impl Run<'_> {
    /// Applies a batch and counts its changes in the report. Returns the number of individually
    /// changed accounts.
    pub(super) async fn apply(
        self,
        sync: &mut Sync,
        batch: &Batch,
        guard: Safeguard,
    ) -> Result<u64, Stop> {
        let Self { origin, provider, .. } = self;
        let identities = reference(provider);
        let refused = batch.refused.iter().filter_map(|entry| entry.subject.as_deref());
        let subjects: Vec<&str> =
            batch.people.iter().map(|person| person.subject.as_str()).chain(refused).collect();
        if subjects.is_empty() {
            return Ok(0);
        }
        let members = rows::members(&sync.owner, &identities, &subjects);
        let members = members.fetch(&*origin.database).await?;
        let members: BTreeMap<&str, &Member> =
            members.iter().map(|member| (member.subject.as_str(), member)).collect();
        // Disabled by an administrator.
        let is_closed = |member: &Member| member.is_barred && !member.is_left;
        let (closed, open): (Vec<Person>, Vec<Person>) = batch
            .people
            .iter()
            .cloned()
            .partition(|person| members.get(&*person.subject).is_some_and(|it| is_closed(it)));
        let known: BTreeMap<String, Known> = members
            .iter()
            .map(|(subject, member)| {
                let Member { fingerprint, is_barred, .. } = member;
                let known = Known { fingerprint: fingerprint.clone(), active: !is_barred };
                ((*subject).to_owned(), known)
            })
            .collect();
        let (due, unchanged) = changes(&open, &known);
        let disabling = due.iter().filter(|change| matches!(change, Due::Disable { .. })).count();
        let disabling = u64::try_from(disabling).unwrap_or(u64::MAX);
        let active = u64::try_from(sync.active).unwrap_or_default();
        if disabling > 0 {
            let all = sync.cursor.report.disabled + disabling;
            guard.allows(all, active).map_err(|error| Stop::Failed(error.to_string()))?;
        }
        let closed = u64::try_from(closed.len()).unwrap_or(u64::MAX);
        let seen = members.values().filter(|member| !member.is_barred).count();
        sync.seen += i64::try_from(seen).unwrap_or_default();
        sync.cursor.report.count(&[], unchanged + closed);
        if sync.is_dry_run {
            self.rehearse(sync, &due).await?;
            return Ok(0);
        }
        let noted: Vec<Noted<'_>> = members.keys().map(|subject| (*subject, None, None)).collect();
        origin.database.run(rows::note(&sync.owner, &identities, &sync.id, &noted)).await?;
        let creating = due.iter().filter_map(|change| match change {
            Due::Create(person) => Some(person),
            _ => None,
        });
        let creating: Vec<&Person> = creating.collect();
        self.create(sync, &creating).await?;
        let mut changed = 0;
        for change in &due {
            match change {
                Due::Create(_) => continue,
                Due::Update(person) | Due::Enable(person) => {
                    let Some(member) = members.get(&*person.subject) else { continue };
                    self.update(sync, member, person).await?;
                }
                Due::Disable { subject, .. } => {
                    let Some(member) = members.get(&**subject) else { continue };
                    self.disable(sync, member, "is disabled in the directory").await?;
                }
            }
            changed += 1;
        }
        Ok(changed)
    }

    /// Counts the changes without applying them.
    async fn rehearse(self, sync: &mut Sync, due: &[Due]) -> Result<(), Stop> {
        let creating = due.iter().filter_map(|change| match change {
            Due::Create(person) => Some(person),
            _ => None,
        });
        let creating: Vec<&Person> = creating.collect();
        let others: Vec<Due> =
            due.iter().filter(|change| !matches!(change, Due::Create(_))).cloned().collect();
        sync.cursor.report.count(&others, 0);
        let users = self.new_users(sync, &creating).await?;
        sync.cursor.report.created += u64::try_from(users.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn candidate(self, person: &Person) -> Result<Candidate<'_>, Stop> {
        let mapping = self.mapping()?;
        let assertion = directory::assertion(self.provider, self.directory, person);
        let profile = mapping.profile(&assertion);
        Ok(Candidate { person, profile, assertion })
    }

    fn mapping(self) -> Result<Mapping, Stop> {
        let mapping = Mapping::read(&self.provider.meta().attributes);
        mapping.map_err(|error| Stop::Failed(error.to_string()))
    }

    /// New accounts for users without one, where allowed; the others are reported.
    async fn new_users<'p>(
        self,
        sync: &mut Sync,
        people: &[&'p Person],
    ) -> Result<Vec<(Candidate<'p>, User)>, Stop> {
        let origin = self.origin;
        let mut candidates = Vec::with_capacity(people.len());
        for person in people {
            candidates.push(self.candidate(person)?);
        }
        let random: &dyn Random = &*origin.random;
        let wanted = |candidate: &Candidate<'_>| {
            let Profile { username, email, .. } = &candidate.profile;
            let name = username.to_lowercase();
            let local = name.split('@').next().unwrap_or_default();
            match (is_username(local), email.is_empty()) {
                (true, _) => local.to_owned(),
                (false, false) => derived(email),
                (false, true) => numbered("user", random),
            }
        };
        let named: Vec<String> = candidates.iter().map(wanted).collect();
        let addresses = candidates.iter().flat_map(|it| [&it.profile.email, &it.profile.phone]);
        let asked: Vec<String> =
            addresses.filter(|it| !it.is_empty()).chain(&named).cloned().collect();
        let room = user_rows::room(&sync.owner, origin.config.limits.quotas.users);
        let found = rows::taken(&sync.owner, &asked).and(room);
        let (taken, mut room) = found.fetch(&*origin.database).await?;
        if sync.is_dry_run {
            room = room.saturating_sub(sync.cursor.report.created);
        }
        let mut taken: BTreeSet<String> = taken.into_iter().map(|taken| taken.text).collect();
        let mut users = Vec::new();
        for (candidate, name) in candidates.into_iter().zip(named) {
            let Profile { email, subject, .. } = &candidate.profile;
            let why = if subject.is_empty() {
                Some("the mapping gives no subject".to_owned())
            } else if *subject != candidate.person.subject {
                // Rows of a run are keyed by the directory's identifier.
                Some(
                    "userMapping must not map the subject of a directory that is synchronized"
                        .to_owned(),
                )
            } else if taken.contains(email) {
                Some(format!("another account of the organization has the address {email}"))
            } else if taken.contains(&name) {
                // A second account could not sign in: the login name is the other account's, and so the password.
                Some(format!("another account of the organization has the username {name}"))
            } else if room == 0 {
                Some(full(sync).to_string())
            } else {
                None
            };
            if let Some(reason) = why {
                refuse(sync, candidate.person, reason);
                continue;
            }
            room -= 1;
            let id = uuid(origin.random.bytes());
            let mut user = users::blank(id, &sync.owner, name, origin.clock.now());
            profile::fill(&mut user, &candidate.profile, true);
            if taken.contains(&user.phone) {
                user.phone.clear();
            }
            for text in [&user.name, &user.email, &user.phone] {
                if !text.is_empty() {
                    taken.insert(text.clone());
                }
            }
            users.push((candidate, user));
        }
        Ok(users)
    }

    /// Creates missing accounts.
    async fn create(self, sync: &mut Sync, people: &[&Person]) -> Result<(), Stop> {
        let users = self.new_users(sync, people).await?;
        match self.store(sync, &users).await {
            Ok(()) => {}
            // A name was taken concurrently, or the quota is exhausted: retry individually to find
            // which.
            Err(ChangeError::Conflict(_) | ChangeError::Quota { .. }) if users.len() > 1 => {
                for user in users.chunks(1) {
                    if let Err(error) = self.store(sync, user).await {
                        let Some((candidate, _)) = user.first() else { continue };
                        not_stored(sync, candidate.person, error)?;
                    }
                }
            }
            Err(error) => {
                if let Some((candidate, _)) = users.first() {
                    not_stored(sync, candidate.person, error)?;
                }
            }
        }
        Ok(())
    }

    async fn store(
        self,
        sync: &mut Sync,
        users: &[(Candidate<'_>, User)],
    ) -> Result<(), ChangeError> {
        if users.is_empty() {
            return Ok(());
        }
        let Self { origin, provider, .. } = self;
        let (now, identities) = (origin.clock.now(), reference(provider));
        let names: Vec<&str> = users.iter().map(|(_, user)| user.name.as_str()).collect();
        let facts = json!({"provider": sync.provider, "created": names});
        let all: Vec<User> = users.iter().map(|(_, user)| user.clone()).collect();
        let details = |candidate: &Candidate<'_>| {
            let Profile { display_name, email, .. } = &candidate.profile;
            json!({
                "name": display_name, "email": email, "username": candidate.assertion.username,
                "providerName": provider.meta().display_name, "providerType": provider.r#type,
            })
            .to_string()
        };
        let members: Vec<(&str, &str, String)> = users
            .iter()
            .map(|(it, user)| (it.person.subject.as_str(), user.id.as_str(), details(it)))
            .collect();
        let fingerprint = |person: &Person| Some(person.fingerprint());
        let noted: Vec<Noted<'_>> = users
            .iter()
            .map(|(it, _)| (it.person.subject.as_str(), fingerprint(it.person), Some(false)))
            .collect();
        let of = (sync.owner.as_str(), identities.as_str(), provider.meta().id.as_str());
        let mut change = Change::of(Subject::with(&sync.owner, "ldap-sync", &sync.id, &facts));
        let quota = origin.config.limits.quotas.users;
        let created = change.decide(user_rows::insert_all(&sync.owner, &all, quota));
        change.require(created);
        change.write(identities::link_all(of, &members, now));
        change.write(rows::note(&sync.owner, &identities, &sync.id, &noted));
        match commit(origin, change).await {
            Ok(committed) if committed.took_effect(created) => {}
            Ok(_) => {
                return Err(full(sync));
            }
            Err(DatabaseError::Conflict) => {
                let why = "another account has the username or the identity".to_owned();
                return Err(ChangeError::Conflict(why));
            }
            Err(error) => return Err(error.into()),
        }
        sync.cursor.report.created += u64::try_from(users.len()).unwrap_or(u64::MAX);
        for (candidate, user) in users {
            if candidate.person.groups.is_some() && !candidate.profile.grants.is_empty() {
                let holder = self.holder(&user.id).await?;
                if let Some(holder) = holder {
                    self.take_over(&holder, candidate).await?;
                }
            }
        }
        Ok(())
    }

    /// The holder of an account that the directory may vouch for.
    async fn holder(self, user_id: &str) -> Result<Option<Holder>, DatabaseError> {
        let account = accounts::find(Named::Id(user_id)).fetch(&*self.origin.database).await?;
        let Some(mut account) = account else { return Ok(None) };
        // Evaluate a disabled account as if it were enabled.
        account.user.is_forbidden = false;
        let holder = Holder::active(account, self.origin.clock.now());
        Ok(holder.filter(|it| vouching::of(self.provider, it) == Vouching::Enough))
    }

    /// Synchronizes name, picture, roles and teams.
    async fn take_over(
        self,
        holder: &Holder,
        candidate: &Candidate<'_>,
    ) -> Result<(), ChangeError> {
        let Ok(mut mapping) = self.mapping() else { return Ok(()) };
        if candidate.person.groups.is_none() {
            mapping = mapping.without_groups();
        }
        let profile = &candidate.profile;
        profile::sync(self.origin, self.provider, &mapping, profile, holder).await.map(drop)
    }

    /// Updates and enables the account of a changed entry.
    async fn update(self, sync: &mut Sync, member: &Member, person: &Person) -> Result<(), Stop> {
        let candidate = self.candidate(person)?;
        let done = async {
            let Some(mut holder) = self.holder(&member.user_id).await? else {
                return Err(ChangeError::Conflict(BEYOND.to_owned()));
            };
            if member.is_barred {
                holder.user.is_forbidden = true;
                let before = holder.user.clone();
                holder.user.is_forbidden = false;
                users::update(self.origin, &before, &mut holder.user).await?;
            }
            self.take_over(&holder, &candidate).await
        };
        match done.await {
            Ok(()) => {
                let noted = [(&*member.subject, Some(person.fingerprint()), Some(false))];
                let identities = reference(self.provider);
                let note = rows::note(&sync.owner, &identities, &sync.id, &noted);
                self.origin.database.run(note).await?;
                let report = &mut sync.cursor.report;
                let count =
                    if member.is_barred { &mut report.enabled } else { &mut report.updated };
                *count += 1;
                Ok(())
            }
            Err(error) => not_stored(sync, person, error),
        }
    }

    /// Disables an account, ending its sessions and tokens.
    pub(super) async fn disable(
        self,
        sync: &mut Sync,
        member: &Member,
        why: &str,
    ) -> Result<(), Stop> {
        let identities = reference(self.provider);
        let done = async {
            let Some(mut holder) = self.holder(&member.user_id).await? else {
                return Err(ChangeError::Conflict(BEYOND.to_owned()));
            };
            let before = holder.user.clone();
            holder.user.is_forbidden = true;
            users::update(self.origin, &before, &mut holder.user).await
        };
        let is_left = match done.await {
            Ok(()) => {
                sync.cursor.report.disabled += 1;
                Some(true)
            }
            Err(ChangeError::Database(error)) => return Err(error.into()),
            Err(error) => {
                let dn = format!("{} {why}", member.subject);
                let subject = Some(member.subject.clone());
                let reason = error.to_string();
                sync.cursor.report.refuse(RefusedEntry { dn, subject, reason });
                None
            }
        };
        let noted = [(&*member.subject, None, is_left)];
        let note = rows::note(&sync.owner, &identities, &sync.id, &noted);
        self.origin.database.run(note).await?;
        Ok(())
    }
}

/// Reason for leaving an account unchanged.
const BEYOND: &str = "the account holds more than the administrators of the directory";

/// The organization has no room for another account.
fn full(sync: &Sync) -> ChangeError {
    ChangeError::Quota { organization: sync.owner.clone(), kind: "users" }
}

fn refuse(sync: &mut Sync, person: &Person, reason: String) {
    let (dn, subject) = (person.dn.as_str().to_owned(), Some(person.subject.clone()));
    sync.cursor.report.refuse(RefusedEntry { dn, subject, reason });
}

fn not_stored(sync: &mut Sync, person: &Person, error: ChangeError) -> Result<(), Stop> {
    if let ChangeError::Database(error) = error {
        return Err(error.into());
    }
    refuse(sync, person, error.to_string());
    Ok(())
}
