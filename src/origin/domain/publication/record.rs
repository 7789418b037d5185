//! API key records, composed from the rows of one transaction.

use crate::{
    core::{
        principal::PrincipalKind, publication::KeyRecord, revocation::Sequence, time::UnixTime,
    },
    origin::{
        Origin,
        domain::{authority, bounds, moment::Moment},
        store::{
            keys::{Key, KeyKind, KeyState},
            publications::Publication,
            records::{self, Facts},
            users::User,
        },
    },
    ports::DatabaseError,
};

/// The keys with those digests that exist, and the record of each for the edges.
pub(super) async fn of_digests(
    origin: &Origin,
    digests: &[&str],
) -> Result<Vec<(Key, KeyRecord)>, DatabaseError> {
    // Before the rows are read, as the number of the feed is: see [`Moment`].
    let now = origin.clock.now();
    let mut facts = records::facts(&*origin.database, digests).await?;
    let keys = std::mem::take(&mut facts.keys);
    Ok(keys
        .into_iter()
        .map(|key| {
            let record = composed(origin, &facts, &key, now);
            (key, KeyRecord { published_at: now, sequence: facts.sequence, ..record })
        })
        .collect())
}

/// The record of a key, whose validity also depends on its holder and organization.
fn composed(origin: &Origin, facts: &Facts, key: &Key, now: UnixTime) -> KeyRecord {
    let record = dead(key);
    let client = key.application.as_ref().and_then(|client_id| facts.client(client_id));
    let client_is_over =
        key.application.is_some() && client.is_none_or(|client| client.is_disabled);
    if key.state != KeyState::Active || !facts.is_live(&key.owner) || client_is_over {
        return record;
    }
    let Some(user_id) = &key.user_id else { return KeyRecord { active: true, ..record } };
    let Some(user) = facts.user(user_id) else { return record };
    // Revocations name the holder, of a key that does not work too: it may work again.
    let record = KeyRecord { subject: user.id.clone(), ..record };
    let bound = facts.bound(user_id);
    let roles = user.roles(facts.memberships(user_id));
    let Some(roles) = bounds::bounded(roles, bound, now) else { return record };
    let ends_at = [record.expires_at, bound.map(|bound| bound.expires_at)];
    let record = KeyRecord { expires_at: ends_at.into_iter().flatten().min(), ..record };
    let authority = authority::of_key(origin, key, user, &roles, client);
    let active = facts.is_live(&user.owner) && !user.is_barred() && !authority.is_void();
    if key.is_publishable() {
        // It is public: of its holder the record has only what revocations refer to.
        return KeyRecord { active, orgs: authority.roles().to_vec(), ..record };
    }
    KeyRecord {
        active,
        kind: kind(user),
        orgs: authority.roles().to_vec(),
        billing_account: format!("org:{}", user.owner),
        owner: user.owner.clone(),
        name: user.name.clone(),
        email: user.verified_email().to_owned(),
        ..record
    }
}

/// The record of an invalid key, held by its organization.
pub(super) fn dead(key: &Key) -> KeyRecord {
    KeyRecord {
        published_at: UnixTime::default(),
        sequence: Sequence::default(),
        id: key.id.clone(),
        active: false,
        publishable: key.kind == KeyKind::Publishable,
        expires_at: key.expires_at,
        scope: key.scope.clone(),
        subject: format!("{}/{}", key.owner, key.name),
        owner: key.owner.clone(),
        name: key.name.clone(),
        email: String::new(),
        kind: PrincipalKind::Machine,
        orgs: Vec::new(),
        client_id: key.application.clone().unwrap_or_default(),
        billing_account: format!("org:{}", key.owner),
        rate: key.rate,
        budget: key.limits().budget,
        spend: key.spend(),
    }
}

/// The record of a deleted key.
pub(super) fn deleted(publication: &Publication, moment: Moment) -> KeyRecord {
    let Publication { key_id, owner, name, .. } = publication;
    KeyRecord {
        published_at: moment.now,
        sequence: moment.sequence,
        id: key_id.clone(),
        active: false,
        publishable: false,
        expires_at: None,
        scope: String::new(),
        subject: format!("{owner}/{name}"),
        owner: owner.clone(),
        name: name.clone(),
        email: String::new(),
        kind: PrincipalKind::Machine,
        orgs: Vec::new(),
        client_id: String::new(),
        billing_account: format!("org:{owner}"),
        rate: None,
        budget: crate::core::limit::Budget::default(),
        spend: crate::core::limit::Spend::default(),
    }
}

/// Whether the user is a person.
pub fn kind(user: &User) -> PrincipalKind {
    if user.is_machine() { PrincipalKind::Machine } else { PrincipalKind::Person }
}
