//! What a wallet must not sign in with (ATTACKS 96, 98 and 100).

use super::*;

/// ATTACKS 96 and 100.
#[test]
fn a_message_is_answered_once_right_or_wrong() {
    let (world, wallet) = linked(1);
    let mut browser = Browser::new(&world);
    let proof = wallet.proof(&issued(&world, &mut browser, &wallet));
    assert!(is_code(&browser.tell(&world, &verify_path(), &proof).ok()));
    refused(&world, &browser.tell(&world, &verify_path(), &proof), "no message was issued");

    let right = wallet.proof(&issued(&world, &mut browser, &wallet));
    let mut wrong = right.clone();
    wrong["signature"] = json!(Wallet::new(2).sign(right["message"].as_str().unwrap()));
    let why = "of another account";
    refused(&world, &browser.tell(&world, &verify_path(), &wrong), why);
    refused(&world, &browser.tell(&world, &verify_path(), &right), "no message was issued");
}

/// ATTACKS 96: the row belongs to the cookie of the browser that asked.
#[test]
fn another_browser_cannot_use_what_was_signed_in_this_one() {
    let (world, wallet) = linked(1);
    let mut browser = Browser::new(&world);
    let proof = wallet.proof(&issued(&world, &mut browser, &wallet));
    let mut thief = Browser::new(&world);
    issued(&world, &mut thief, &Wallet::new(3));
    refused(&world, &thief.tell(&world, &verify_path(), &proof), "another address");
    let without_cookies = world.post(&verify_path()).json(&proof).send();
    refused(&world, &without_cookies, "no message was issued");
    assert!(is_code(&browser.tell(&world, &verify_path(), &proof).ok()));
}

/// ATTACKS 100.
#[test]
fn a_message_is_refused_after_five_minutes() {
    let (world, wallet) = linked(1);
    for (seconds, works) in [(299, true), (300, false)] {
        let mut browser = Browser::new(&world);
        let proof = wallet.proof(&issued(&world, &mut browser, &wallet));
        world.clock.advance(seconds);
        let answer = browser.tell(&world, &verify_path(), &proof);
        if works {
            assert!(is_code(&answer.ok()));
        } else {
            refused(&world, &answer, "has expired");
        }
    }
}

/// ATTACKS 100: the wallet signs each text, and the signature of it is right.
#[test]
fn a_message_with_one_other_byte_is_refused() {
    let (world, wallet) = linked(1);
    for (from, to) in [
        ("hanzo.id wants", "hanzo.ie wants"),
        ("https://hanzo.id", "https://hanzo.ie"),
        ("Chain ID: 1", "Chain ID: 2"),
        ("Version: 1", "Version: 2"),
        ("Nonce: ", "Nonce: 0"),
        ("Sign in to", "Sign in tO"),
        ("Expiration Time: 2", "Expiration Time: 3"),
        ("\nIssued", "\n\nIssued"),
        ("costs nothing", "costs nothinG"),
    ] {
        let mut browser = Browser::new(&world);
        let issued = issued(&world, &mut browser, &wallet);
        let message = issued["message"].as_str().unwrap().replacen(from, to, 1);
        assert_ne!(issued["message"], message);
        let proof = wallet.proof(&json!({"message": message, "nonce": issued["nonce"]}));
        refused(&world, &browser.tell(&world, &verify_path(), &proof), "the message is");
    }
}

/// ATTACKS 100.
#[test]
fn another_address_or_chain_than_that_of_the_message_is_refused() {
    let (world, wallet) = linked(1);
    let other = Wallet::new(2);
    for (changed, why) in [
        (json!({"address": other.address()}), "another address"),
        (json!({"address": wallet.address().to_uppercase().replacen("0X", "0x", 1)}), ""),
        (json!({"address": "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}), "checksum is wrong"),
        (json!({"chain": "solana"}), "another chain"),
        (json!({"scheme": "bip322"}), "form of signature"),
        (json!({"signature": ""}), "the signature is missing"),
        (json!({"signature": "0x"}), "the signature is missing"),
        (json!({"message": ""}), "the message is malformed"),
    ] {
        let mut browser = Browser::new(&world);
        let mut proof = wallet.proof(&issued(&world, &mut browser, &wallet));
        proof.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        let answer = browser.tell(&world, &verify_path(), &proof);
        if why.is_empty() {
            assert!(is_code(&answer.ok()));
        } else {
            refused(&world, &answer, why);
        }
    }
    let wrong = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    world.get(&nonce_path(wrong)).send().refused(400);
    world.get(&format!("{}&chain=dogecoin", nonce_path(&wallet.address()))).send().refused(400);
}

/// ATTACKS 98: one answer, and the same statements.
#[test]
fn an_unlinked_wallet_is_refused_as_a_wrong_signature_is() {
    let (world, wallet) = linked(1);
    let stranger = Wallet::new(7);
    let statements = |asker: &Wallet, why: &str| {
        let mut browser = Browser::new(&world);
        let issued = issued(&world, &mut browser, asker);
        let mut proof = asker.proof(&issued);
        proof["signature"] = json!(stranger.sign(issued["message"].as_str().unwrap()));
        crate::plans::seen(|| {
            refused(&world, &browser.tell(&world, &verify_path(), &proof), why);
        })
    };
    let unlinked = statements(&stranger, "linked to no account");
    assert!(unlinked.len() > 5);
    assert_eq!(unlinked, statements(&wallet, "of another account"));
}

/// A listed page of the operator's may call with cookies; no other page may.
#[test]
fn pages_of_other_sites_are_refused() {
    let (mut world, wallet) = linked(1);
    world.config_mut().session_origins = vec!["https://cloud.hanzo.ai".to_owned()];
    let path = nonce_path(&wallet.address());
    let from = |origin: &str| {
        let call = world.get(&path).header("origin", origin);
        call.header("sec-fetch-site", "cross-site").send()
    };
    let listed = from("https://cloud.hanzo.ai");
    assert_eq!(listed.header("access-control-allow-origin"), Some("https://cloud.hanzo.ai"));
    assert_eq!(listed.header("access-control-allow-credentials"), Some("true"));
    assert!(listed.ok()["message"].is_string());
    from("https://evil.example").refused(403);
    let proof = wallet.proof(&world.get(&path).send().ok()["data"]);
    let call = world.post(&verify_path()).header("origin", "https://evil.example");
    call.header("sec-fetch-site", "cross-site").json(&proof).send().refused(403);
}
