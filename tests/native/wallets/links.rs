//! Wallets as linked identities (ATTACKS 95; WIRE §4.5).

use super::*;

#[test]
fn linking_and_unlinking_take_a_sign_in_of_the_last_ten_minutes() {
    let (world, wallet) = linked(1);
    let mut bob = signed_in(&world, "bob");
    let path = format!("/v1/iam/link?address={}", wallet.address());
    let issued = bob.ask(&world, &path).ok()["data"].clone();
    world.clock.advance(601);
    for answer in [
        bob.ask(&world, &path),
        bob.tell(&world, "/v1/iam/link", &wallet.proof(&issued)),
        bob.tell(&world, "/v1/iam/unlink", &json!({"address": wallet.address()})),
    ] {
        assert_eq!(answer.refused(403)["code"], "reauthentication_required");
    }
    let mut fresh = signed_in(&world, "bob");
    fresh.tell(&world, "/v1/iam/unlink", &json!({"address": wallet.address()})).ok();
    assert_eq!(fresh.get("/v1/iam/linked-accounts").ok()["data"], json!([]));
    let refused = sign_in(&world, &mut Browser::new(&world), &wallet);
    assert_eq!(refused["code"], "invalid_credentials");
    // A key or token does not change how its user signs in.
    world.get(&path).of("bob").send().refused(403);
    let evil = world.post("/v1/iam/unlink").header("cookie", &fresh.cookie());
    let evil = evil.header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
    evil.json(&json!({"address": wallet.address()})).send().refused(403);
}

/// ATTACKS 95.
#[test]
fn a_wallet_of_another_user_is_not_linked() {
    let (world, wallet) = linked(1);
    let mut alice = signed_in(&world, "alice");
    assert_eq!(link(&world, &mut alice, &wallet).refused(409)["code"], "identity_taken");
    assert_eq!(alice.get("/v1/iam/linked-accounts").ok()["data"], json!([]));
    let unlink = json!({"address": wallet.address()});
    let answer = alice.tell(&world, "/v1/iam/unlink", &unlink);
    assert_eq!(answer.refused(404)["code"], "unknown_identity");
    // The user's own one again changes nothing.
    let mut bob = signed_in(&world, "bob");
    link(&world, &mut bob, &wallet).ok();
    assert_eq!(bob.get("/v1/iam/linked-accounts").ok()["data"].as_array().unwrap().len(), 1);
}

/// A message to sign in links nothing, and one to link signs in to nothing.
#[test]
fn what_is_signed_for_one_purpose_serves_for_no_other() {
    let (world, wallet) = linked(1);
    let mut browser = signed_in(&world, "alice");
    let proof = Wallet::new(2).proof(&issued(&world, &mut browser, &Wallet::new(2)));
    browser.tell(&world, "/v1/iam/link", &proof).body();
    assert_eq!(browser.get("/v1/iam/linked-accounts").ok()["data"], json!([]));
    let path = format!("/v1/iam/link?address={}", wallet.address());
    let issued = browser.ask(&world, &path).ok()["data"].clone();
    let answer = browser.tell(&world, &verify_path(), &wallet.proof(&issued));
    assert_eq!(answer.body()["code"], "invalid_credentials");
}

#[test]
fn the_last_way_to_sign_in_is_not_removed() {
    let world = world();
    let sets = json!({"enableSignUp": true, "enableWeb3SignUp": true});
    world.put(APP).of("root").json(&sets).send().ok();
    let (first, second) = (Wallet::new(1), Wallet::new(2));
    let mut browser = Browser::new(&world);
    sign_in(&world, &mut browser, &first);
    let unlink = |browser: &mut Browser<'_>, wallet: &Wallet| {
        browser.tell(&world, "/v1/iam/unlink", &json!({"address": wallet.address()}))
    };
    assert_eq!(unlink(&mut browser, &first).refused(409)["code"], "last_identity");
    link(&world, &mut browser, &second).ok();
    unlink(&mut browser, &first).ok();
    assert_eq!(unlink(&mut browser, &second).refused(409)["code"], "last_identity");
    assert!(is_code(&sign_in(&world, &mut Browser::new(&world), &second)));
}

/// Codes to a mailbox begin no sign-in that takes them as the second factor.
#[test]
fn a_mailbox_that_is_the_second_factor_is_no_other_way_to_sign_in() {
    let mut world = world();
    crate::mailbox::Mailbox::of(&mut world);
    let wallet = Wallet::new(1);
    link(&world, &mut signed_in(&world, "bob"), &wallet).ok();
    let mut bob = Browser::new(&world);
    sign_in(&world, &mut bob, &wallet);
    let user = crate::oauth::subject(&world, "hanzo", "bob");
    crate::oauth::sql(
        &world,
        "UPDATE users SET password_hash = NULL, email_verified = 1 WHERE name = 'bob'",
    );
    let enrol = format!(
        "INSERT INTO factors (user_id, kind, owner, content, created_at) VALUES \
         ('{user}', 'email', 'hanzo', 'bob@hanzo.example', 1)"
    );
    crate::oauth::sql(&world, &enrol);
    let proved = "UPDATE sessions SET factors = json_insert(factors, '$[#]', \
                  json_object('method', 'mfa', 'at', authenticated_at))";
    crate::oauth::sql(&world, proved);
    let unlink = json!({"address": wallet.address()});
    let refused = bob.tell(&world, "/v1/iam/unlink", &unlink).refused(409);
    assert_eq!(refused["code"], "last_identity");
    crate::oauth::sql(&world, "DELETE FROM factors");
    bob.tell(&world, "/v1/iam/unlink", &unlink).ok();
}
