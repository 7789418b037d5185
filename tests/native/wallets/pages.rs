//! Wallets on the hosted pages.

use super::*;

/// The page has the form only where wallets are taken; its script posts what the wallet signed.
#[test]
fn the_page_signs_in_by_a_wallet() {
    let (world, wallet) = linked(1);
    let mut browser = Browser::new(&world);
    let path = format!("/login/oauth/authorize?{}", query(&[]));
    let page = browser.get(&path);
    assert!(page.text().contains("data-wallet") && page.text().contains("personal_sign"));
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("script-src 'nonce-"), "{policy}");
    let token = form_token(&page.text());
    let issued = issued(&world, &mut browser, &wallet);
    let message = issued["message"].as_str().unwrap();
    let (posted, address) = (message.replace('\n', "\r\n"), wallet.address());
    let signature = wallet.sign(message);
    let fields = [
        ("form_token", token.as_str()),
        ("step", "wallet"),
        ("organization", "hanzo"),
        ("chain", "evm"),
        ("address", &address),
        ("message", &posted),
        ("signature", &signature),
    ];
    let answer = browser.post(&path, &fields);
    assert!(parameter(&location(&answer), "code").is_some(), "{}", answer.text());
    let again = browser.post(&path, &fields);
    assert_eq!(again.status().as_u16(), 401);
    assert!(again.text().contains("The wallet could not be verified"));

    let without = World::demo();
    let page = Browser::new(&without).get(&path);
    assert!(!page.text().contains("data-wallet"));
}

#[test]
fn the_page_asks_for_the_second_factor_after_a_wallet() {
    let (world, wallet) = linked(1);
    enrol_totp(&world, "bob");
    let mut browser = Browser::new(&world);
    let path = format!("/login/oauth/authorize?{}", query(&[]));
    let token = form_token(&browser.get(&path).text());
    let issued = issued(&world, &mut browser, &wallet);
    let message = issued["message"].as_str().unwrap();
    let (address, signature) = (wallet.address(), wallet.sign(message));
    let answer = browser.post(
        &path,
        &[
            ("form_token", &token),
            ("step", "wallet"),
            ("organization", "hanzo"),
            ("chain", "evm"),
            ("address", &address),
            ("message", message),
            ("signature", &signature),
        ],
    );
    assert!(answer.text().contains("value=\"second\""), "{}", answer.text());
    assert_eq!(browser.get("/v1/iam/account").body()["status"], "error");
}

/// ATTACKS 95: the message belongs to the session that asked for it.
#[test]
fn the_account_page_lists_links_and_unlinks_wallets() {
    let (world, wallet) = (world(), Wallet::new(3));
    let mut bob = signed_in(&world, "bob");
    let page = "/account/identities";
    let token = form_token(&bob.get(page).text());
    let shows = bob.post(page, &[("form_token", &token), ("step", "link")]).text();
    assert!(shows.contains("data-nonce=\"/v1/iam/link\"") && shows.contains("personal_sign"));
    let issued = bob.ask(&world, &format!("/v1/iam/link?address={}", wallet.address())).ok();
    let message = issued["data"]["message"].as_str().unwrap();
    let (address, signature) = (wallet.address(), wallet.sign(message));
    let fields = |token: &str| {
        [
            ("form_token", token.to_owned()),
            ("step", "wallet".to_owned()),
            ("chain", "evm".to_owned()),
            ("address", address.clone()),
            ("message", message.replace('\n', "\r\n")),
            ("signature", signature.clone()),
        ]
    };
    let mut alice = signed_in(&world, "alice");
    let theirs = fields(&form_token(&alice.get(page).text()));
    let theirs: Vec<(&str, &str)> = theirs.iter().map(|(name, value)| (*name, &**value)).collect();
    assert_eq!(alice.post(page, &theirs).status().as_u16(), 401);
    let own = fields(&token);
    let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, &**value)).collect();
    assert!(location(&bob.post(page, &own)).ends_with("?saved=1"));
    assert_eq!(bob.post(page, &own).status().as_u16(), 401, "the message was answered");
    let listed = bob.get(page).text();
    assert!(listed.contains("evm 0x"), "{listed}");
    let id = listed.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let unlink = |token: &str, id: &str| {
        [("form_token", token.to_owned()), ("step", "unlink".to_owned()), ("id", id.to_owned())]
    };
    for (browser, status) in [(&mut alice, 404), (&mut bob, 303)] {
        let form = unlink(&form_token(&browser.get(page).text()), id);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, &**value)).collect();
        assert_eq!(browser.post(page, &form).status().as_u16(), status);
    }
    assert!(!bob.get(page).text().contains("evm 0x"));
}
