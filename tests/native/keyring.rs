//! The signing keys of an origin: made once, rotated by schedule, sealed.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    mem::replace,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use hanzo_iam::{
    core::{
        crypto::{Decryption, Encryption, OaepHash},
        publication::{EDGE_SNAPSHOT, EdgeSnapshot},
        root_key::{RootKey, RootKeys},
        secret::Secret,
        signature::{Scheme, VerifyingKey},
        token::{Algorithm, Audience, Claims, Expectation, KeyId, KeySet, PublicKey, mint, verify},
    },
    origin::{
        Origin,
        domain::{
            commit::commit,
            keyring::{self, KeyringError},
            signing::signing_key,
        },
    },
    platform::native::RustCrypto,
    ports::{Crypto, CryptoError, GeneratedKey, Row, Signatures, Signing, Statement},
};

use crate::world::World;

const DAY: i64 = 24 * 3600;

fn published(origin: &Origin) -> Vec<serde_json::Value> {
    let text = pollster::block_on(origin.snapshots.get(EDGE_SNAPSHOT)).unwrap().unwrap();
    let snapshot: EdgeSnapshot = serde_json::from_str(&text).unwrap();
    snapshot.keys.iter().map(|key| serde_json::from_str(key.as_str()).unwrap()).collect()
}

fn signing(origin: &Origin, algorithm: Algorithm) -> KeyId {
    pollster::block_on(signing_key(origin, algorithm)).unwrap().0.id().clone()
}

async fn rotate(origin: &Origin) -> Result<(), KeyringError> {
    commit(origin, keyring::rotation(origin).await?).await?;
    Ok(())
}

/// Whether there was such a key.
async fn discard(origin: &Origin, kid: &KeyId) -> Result<bool, KeyringError> {
    let Some(change) = keyring::discarding(origin, kid).await? else { return Ok(false) };
    commit(origin, change).await?;
    Ok(true)
}

fn ids(origin: &Origin) -> Vec<KeyId> {
    let keys = pollster::block_on(keyring::public_keys(origin)).unwrap();
    keys.iter().map(|key| key.id().clone()).collect()
}

fn rows(origin: &Origin) -> Vec<Row> {
    pollster::block_on(origin.database.run(Statement::new("SELECT * FROM signing_keys"))).unwrap()
}

#[test]
fn both_algorithms_have_a_published_key_from_the_first_request_on() {
    let world = World::empty();
    assert!(rows(&world.origin).is_empty());
    for algorithm in Algorithm::ALL {
        let (public, private) = pollster::block_on(signing_key(&world.origin, algorithm)).unwrap();
        assert_eq!(public.algorithm(), algorithm);
        let crypto = &world.origin.crypto;
        let signature = pollster::block_on(crypto.sign(algorithm, &private, b"message")).unwrap();
        assert!(pollster::block_on(crypto.verify(&public, b"message", &signature)).unwrap());
    }
    let published = published(&world.origin);
    let algorithms: Vec<_> = published.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algorithms, ["ES256", "RS256"]);
    for key in &published {
        assert_eq!(key["use"], "sig");
        assert!(key.get("d").is_none());
    }
}

/// Makes keys slowly enough that another request comes between.
struct Slow;

#[async_trait(?Send)]
impl Crypto for Slow {
    async fn verify(&self, k: &PublicKey, m: &[u8], s: &[u8]) -> Result<bool, CryptoError> {
        RustCrypto.verify(k, m, s).await
    }
}

#[async_trait(?Send)]
impl Signatures for Slow {
    async fn verify_with(
        &self,
        key: &VerifyingKey,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        RustCrypto.verify_with(key, scheme, message, signature).await
    }
}

#[async_trait(?Send)]
impl Decryption for Slow {
    async fn decrypt_oaep(
        &self,
        private_key: &Secret<Vec<u8>>,
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Option<Secret<Vec<u8>>>, CryptoError> {
        RustCrypto.decrypt_oaep(private_key, hash, ciphertext).await
    }
}

#[async_trait(?Send)]
impl Encryption for Slow {
    async fn encrypt_oaep(
        &self,
        key: &VerifyingKey,
        hash: OaepHash,
        plaintext: &[u8],
    ) -> Result<Option<Vec<u8>>, CryptoError> {
        RustCrypto.encrypt_oaep(key, hash, plaintext).await
    }
}

#[async_trait(?Send)]
impl Signing for Slow {
    async fn sign(
        &self,
        algorithm: Algorithm,
        key: &Secret<Vec<u8>>,
        message: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        RustCrypto.sign(algorithm, key, message).await
    }

    async fn generate(&self, algorithm: Algorithm) -> Result<GeneratedKey, CryptoError> {
        let mut yielded = false;
        poll_fn(|_| if replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending })
            .await;
        RustCrypto.generate(algorithm).await
    }
}

/// Runs both at once, a step of each in turn.
fn in_turn<T>(a: impl Future<Output = T>, b: impl Future<Output = T>) -> (T, T) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let mut context = Context::from_waker(Waker::noop());
    let (mut first, mut second) = (None, None);
    loop {
        if first.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(&mut context)
        {
            first = Some(value);
        }
        if second.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(&mut context)
        {
            second = Some(value);
        }
        (first, second) = match (first, second) {
            (Some(first), Some(second)) => return (first, second),
            unfinished => unfinished,
        };
    }
}

#[test]
fn two_first_requests_at_once_end_with_one_set_of_keys() {
    let mut world = World::empty();
    world.origin.crypto = Rc::new(Slow);
    let origin = &world.origin;
    let request = || signing_key(origin, Algorithm::Es256);
    let (a, b) = in_turn(request(), request());
    assert_eq!(a.unwrap().0, b.unwrap().0);
    assert_eq!(rows(origin).len(), 2, "one for each algorithm");
    world.clock.advance(29 * DAY);
    let (a, b) = in_turn(rotate(origin), rotate(origin));
    assert!(a.and(b).is_ok());
    assert_eq!(rows(origin).len(), 4, "one successor for each algorithm");
}

#[test]
fn no_private_half_is_kept_in_the_clear() {
    let world = World::empty();
    signing(&world.origin, Algorithm::Es256);
    for row in rows(&world.origin) {
        let sealed = row.0["sealed_private"].as_str().unwrap();
        assert!(sealed.starts_with("v1."), "{sealed}");
    }
}

#[test]
fn a_successor_is_published_a_day_before_it_signs_and_the_old_key_stays_for_its_tokens() {
    let world = World::demo();
    let origin = &world.origin;
    let first = signing(origin, Algorithm::Es256);
    let mut announced = BTreeSet::new();
    let mut second = None;
    for hour in 0..40 * 24 {
        world.clock.advance(3600);
        pollster::block_on(origin.scheduled()).unwrap();
        let now = signing(origin, Algorithm::Es256);
        if now != first && second.is_none() {
            assert!((29 * 24..=31 * 24).contains(&hour), "{hour}");
            assert!(announced.contains(&(now.clone(), hour - 24)), "published a day before");
            second = Some((now, hour));
        }
        announced.extend(ids(origin).into_iter().map(|id| (id, hour)));
        let retired_for = second.as_ref().map_or(0, |(_, since)| hour - since);
        assert_eq!(ids(origin).contains(&first), retired_for < 7 * 24 + 1, "{retired_for}");
        let published: BTreeSet<_> = published(origin)
            .iter()
            .map(|key| KeyId(key["kid"].as_str().unwrap().to_owned()))
            .collect();
        assert_eq!(published, ids(origin).into_iter().collect());
    }
    assert!(second.is_some());
}

/// ATTACKS A-24: after an emergency the key is gone at once, and what signs is another.
#[test]
fn a_discarded_key_is_gone_at_once_and_another_signs() {
    let world = World::empty();
    let origin = &world.origin;
    let leaked = signing(origin, Algorithm::Es256);
    let other = signing(origin, Algorithm::Rs256);
    world.clock.advance(DAY);
    assert!(pollster::block_on(discard(origin, &leaked)).unwrap());
    assert!(!pollster::block_on(discard(origin, &leaked)).unwrap());
    assert!(!ids(origin).contains(&leaked));
    assert!(published(origin).iter().all(|key| key["kid"] != leaked.0));
    assert_ne!(signing(origin, Algorithm::Es256), leaked);
    assert_eq!(signing(origin, Algorithm::Rs256), other, "the other algorithm is untouched");
}

/// ATTACKS A-24: a token outlives the key's time as the signing key, not its removal.
#[test]
fn a_token_of_a_retired_key_is_good_until_it_expires_or_the_key_is_discarded() {
    let world = World::empty();
    let origin = &world.origin;
    let (key, private) = pollster::block_on(signing_key(origin, Algorithm::Es256)).unwrap();
    world.clock.advance(30 * DAY - 1);
    pollster::block_on(origin.scheduled()).unwrap();
    let now = origin.clock.now();
    let claims: Claims = serde_json::from_value(serde_json::json!({
        "iss": "https://hanzo.id", "sub": "u", "aud": ["a"], "jti": "j", "iat": now, "nbf": now,
        "exp": now.plus(7 * DAY), "tokenType": "access-token",
    }))
    .unwrap();
    let token = pollster::block_on(mint(&*origin.crypto, &key, &private, &claims)).unwrap();
    let is_good = || {
        pollster::block_on(async {
            let issuers = ["https://hanzo.id".to_owned()];
            let now = origin.clock.now();
            let expectation = Expectation::access(&issuers, Audience::Any, now);
            let keys = KeySet::new(keyring::public_keys(origin).await.unwrap());
            verify(&*origin.crypto, &keys, &token, &expectation).await.is_ok()
        })
    };
    for _ in 0..7 * 24 {
        assert!(is_good());
        world.clock.advance(3600);
        pollster::block_on(origin.scheduled()).unwrap();
    }
    assert_ne!(signing(origin, Algorithm::Es256), *key.id());
    assert!(is_good(), "in its last seconds");
    assert!(pollster::block_on(discard(origin, key.id())).unwrap());
    assert!(!is_good());
}

#[test]
fn an_announced_key_that_is_discarded_gets_a_substitute_with_its_own_day_of_notice() {
    let world = World::empty();
    let origin = &world.origin;
    let first = signing(origin, Algorithm::Es256);
    world.clock.advance(29 * DAY);
    pollster::block_on(origin.scheduled()).unwrap();
    let announced = ids(origin).into_iter().find(|id| {
        *id != first
            && *id != signing(origin, Algorithm::Rs256)
            && rows(origin)
                .iter()
                .any(|row| row.0["kid"] == id.0.as_str() && row.0["algorithm"] == "ES256")
    });
    world.clock.advance(DAY / 2);
    assert!(pollster::block_on(discard(origin, &announced.unwrap())).unwrap());
    assert_eq!(signing(origin, Algorithm::Es256), first);
    world.clock.advance(DAY - 1);
    assert_eq!(signing(origin, Algorithm::Es256), first, "its time is prolonged");
    world.clock.advance(1);
    assert_ne!(signing(origin, Algorithm::Es256), first);
}

#[test]
fn a_new_root_key_seals_the_private_halves_again() {
    let mut world = World::empty();
    let first = signing(&world.origin, Algorithm::Es256);
    let (old, new) = (RootKey::new([7; 32]), RootKey::new([8; 32]));
    world.config_mut().root_keys = RootKeys { current: new.clone(), previous: Some(old) };
    assert_eq!(signing(&world.origin, Algorithm::Es256), first, "before the schedule ran");
    pollster::block_on(world.origin.scheduled()).unwrap();
    world.config_mut().root_keys = RootKeys { current: new, previous: None };
    assert_eq!(signing(&world.origin, Algorithm::Es256), first, "without the old root key");
    let lost = RootKey::new([9; 32]);
    world.config_mut().root_keys = RootKeys { current: lost, previous: None };
    let error = pollster::block_on(signing_key(&world.origin, Algorithm::Es256));
    assert!(error.is_err(), "a key that does not open is an error, not a new key");
}

#[test]
fn a_retired_key_signs_never_again() {
    let world = World::empty();
    let origin = &world.origin;
    let first = signing(origin, Algorithm::Es256);
    for _ in 0..64 {
        world.clock.advance(DAY / 2);
        pollster::block_on(origin.scheduled()).unwrap();
    }
    let row = rows(origin).into_iter().find(|row| row.0["kid"] == first.0.as_str()).unwrap();
    assert_eq!(row.0["sealed_private"], "");
}

#[test]
fn what_has_ended_is_removed_a_day_later_and_what_lives_stays() {
    let world = World::empty();
    let origin = &world.origin;
    let now = origin.clock.now();
    let count = |table: &str| {
        let statement = Statement::new(format!("SELECT 1 FROM {table}"));
        pollster::block_on(origin.database.run(statement)).unwrap().len()
    };
    for (id, end) in [("short", now), ("long", now.plus(2 * DAY))] {
        for sql in [
            "INSERT INTO grants (id, client_id, organization, scope, is_public, kind, expires_at, \
             created_at) VALUES (?1, 'c', 'o', '', 0, 'password', ?2, 0)",
            "INSERT INTO refresh_tokens (digest, grant_id, scope, expires_at, created_at) \
             VALUES (?1, ?1, '', ?2, 0)",
        ] {
            let statement = Statement::new(sql).bind(id).bind(end);
            pollster::block_on(origin.database.run(statement)).unwrap();
        }
    }
    for (days, expected) in [(1, 2), (1, 1), (2, 0)] {
        world.clock.advance(days * DAY);
        pollster::block_on(origin.scheduled()).unwrap();
        let seconds = origin.clock.now().since(now);
        assert_eq!(count("grants"), count("refresh_tokens"));
        assert_eq!(count("grants"), expected, "{seconds}");
    }
}

/// A run of the purge reads a part of a table that one hour's walk goes through.
#[test]
fn expired_rows_of_a_large_table_are_removed_in_parts() {
    let world = World::empty();
    let run =
        |sql: &'static str| pollster::block_on(world.origin.database.run(Statement::new(sql)));
    let insert = |ends: &str, first: u32| {
        format!(
            "WITH RECURSIVE number (n) AS (SELECT {first} UNION ALL SELECT n + 2 FROM number \
             WHERE n < 49999) INSERT INTO refresh_tokens (digest, grant_id, scope, expires_at, \
             created_at) SELECT printf('%06d', n), 'g', '', {ends}, 0 FROM number"
        )
    };
    let live = world.origin.clock.now().plus(DAY);
    for sql in [insert("0", 1), insert(&live.0.to_string(), 2)] {
        pollster::block_on(world.origin.database.run(Statement::new(sql))).unwrap();
    }
    let left = || run("SELECT 1 FROM refresh_tokens").unwrap().len();
    let mut after = vec![left()];
    for _ in 0..4 {
        pollster::block_on(world.origin.scheduled()).unwrap();
        after.push(left());
        world.clock.advance(60);
    }
    assert_eq!(after, [50_000, 39_999, 29_999, 25_000, 25_000]);
}

/// A walk through the tables begins once an hour; the other jobs run every minute.
#[test]
fn expired_rows_are_removed_in_the_first_run_of_an_hour() {
    let world = World::empty();
    let origin = &world.origin;
    let now = origin.clock.now();
    assert_eq!(now.0 % 3600, 0, "the test begins at a full hour");
    let sql = "INSERT INTO refresh_tokens (digest, grant_id, scope, expires_at, created_at) \
               VALUES ('d', 'g', '', ?1, 0)";
    let expired = Statement::new(sql).bind(now.plus(-2 * DAY));
    pollster::block_on(origin.database.run(expired)).unwrap();
    let mut left = Vec::new();
    for seconds in [60, 30 * 60, 29 * 60 - 1, 1, 59] {
        world.clock.advance(seconds);
        pollster::block_on(origin.scheduled()).unwrap();
        let rows = Statement::new("SELECT 1 FROM refresh_tokens");
        left.push(pollster::block_on(origin.database.run(rows)).unwrap().len());
    }
    assert_eq!(left, [1, 1, 1, 0, 0]);
}
