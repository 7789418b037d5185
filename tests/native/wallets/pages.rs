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
