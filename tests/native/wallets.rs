//! Sign-in by wallets, and wallets as linked identities (ATTACKS 95, 96, 98 and 100; WIRE §4.5, §4.6, §8).

use ed25519_dalek::{Signer, SigningKey as SolanaKey};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use sha3::{Digest, Keccak256};

use crate::{
    browser::{Browser, CALLBACK, CHALLENGE, form_token, location, parameter, query},
    world::{Answer, ISSUER, PASSWORD, World},
};

const APP: &str = "/v1/iam/applications/admin/hanzo-app";
const HANZO: &str = "/v1/iam/organizations/admin/hanzo";

/// An account with a key on Ethereum.
struct Wallet(SigningKey);

impl Wallet {
    fn new(number: u8) -> Self {
        Self(SigningKey::from_slice(&[number; 32]).unwrap())
    }

    /// In lowercase, as some wallets return it.
    fn address(&self) -> String {
        let point = self.0.verifying_key().to_sec1_point(false);
        let digest = Keccak256::digest(&point.as_bytes()[1..]);
        format!("0x{}", hex(&digest[12..]))
    }

    /// `personal_sign`
    fn sign(&self, message: &str) -> String {
        let text = format!("\x19Ethereum Signed Message:\n{}{message}", message.len());
        let digest = Keccak256::digest(text.as_bytes());
        let (signature, recovery) = self.0.sign_prehash_recoverable(&digest);
        format!("0x{}{:02x}", hex(&signature.to_bytes()), 27 + recovery.to_byte())
    }

    /// The signed message, as `@hanzo/iam` posts it.
    fn proof(&self, issued: &Value) -> Value {
        let message = issued["message"].as_str().unwrap();
        json!({
            "application": "hanzo-app", "organization": "hanzo", "address": self.address(),
            "message": message, "signature": self.sign(message), "nonce": issued["nonce"],
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A world whose application takes wallets.
fn world() -> World {
    let world = World::demo();
    world.put(APP).of("root").json(&json!({"enableWeb3": true})).send().ok();
    world
}

fn nonce_path(address: &str) -> String {
    format!("/v1/iam/web3/nonce?address={address}&clientId=hanzo-app&organization=hanzo")
}

fn verify_path() -> String {
    let redirect: String = form_urlencoded::byte_serialize(CALLBACK.as_bytes()).collect();
    format!(
        "/v1/iam/web3/verify?clientId=hanzo-app&responseType=code&redirectUri={redirect}\
         &scope=openid&state=s&code_challenge={CHALLENGE}&code_challenge_method=S256"
    )
}

/// What pages of ours ask in a browser.
trait Asks {
    fn ask(&mut self, world: &World, path: &str) -> Answer;
    fn tell(&mut self, world: &World, path: &str, body: &Value) -> Answer;
}

impl Asks for Browser<'_> {
    fn ask(&mut self, world: &World, path: &str) -> Answer {
        let call = world.get(path).header("cookie", &self.cookie());
        let answer = call.header("sec-fetch-site", "same-origin").send();
        self.keep(answer)
    }

    fn tell(&mut self, world: &World, path: &str, body: &Value) -> Answer {
        let call = world.post(path).header("cookie", &self.cookie()).header("origin", ISSUER);
        let answer = call.header("sec-fetch-site", "same-origin").json(body).send();
        self.keep(answer)
    }
}

/// The message that the browser's sign-in with `wallet` is issued.
fn issued(world: &World, browser: &mut Browser<'_>, wallet: &Wallet) -> Value {
    browser.ask(world, &nonce_path(&wallet.address())).ok()["data"].clone()
}

/// A sign-in with `wallet`.
fn sign_in(world: &World, browser: &mut Browser<'_>, wallet: &Wallet) -> Value {
    let proof = wallet.proof(&issued(world, browser, wallet));
    browser.tell(world, &verify_path(), &proof).ok()
}

/// A browser in which that user has just signed in.
fn signed_in<'a>(world: &'a World, name: &str) -> Browser<'a> {
    let mut browser = Browser::new(world);
    browser.sign_in(&[], name, PASSWORD);
    browser
}

fn link(world: &World, browser: &mut Browser<'_>, wallet: &Wallet) -> Answer {
    let path = format!("/v1/iam/link?address={}", wallet.address());
    let issued = browser.ask(world, &path).ok()["data"].clone();
    browser.tell(world, "/v1/iam/link", &wallet.proof(&issued))
}

/// A world in which bob has linked the wallet of that number.
fn linked(number: u8) -> (World, Wallet) {
    let (world, wallet) = (world(), Wallet::new(number));
    link(&world, &mut signed_in(&world, "bob"), &wallet).ok();
    (world, wallet)
}

fn is_code(answer: &Value) -> bool {
    answer["status"] == "ok" && answer["data"].as_str().is_some_and(|code| code.contains('.'))
}

/// The answer to every wallet that cannot sign in, known or not, and why for the log.
fn refused(world: &World, answer: &Answer, why: &str) {
    let body = answer.body();
    assert_eq!(body["status"], "error", "{body}");
    assert_eq!(body["code"], "invalid_credentials", "{body}");
    assert_eq!(body["msg"], "the wallet could not be verified, or it belongs to no account");
    assert_eq!((answer.status().as_u16(), &body["data"]), (200, &Value::Null));
    let lines = world.log.take();
    let said = lines.iter().any(|line| line.to_string().contains(why));
    assert!(said, "{why}: {lines:?}");
}

/// WIRE §8: the two published shapes in one answer.
#[test]
fn the_issued_message_is_served_in_both_published_shapes() {
    let (world, wallet) = (world(), Wallet::new(1));
    let answer = world.get(&nonce_path(&wallet.address())).send().ok();
    let message = answer["data"]["message"].as_str().unwrap();
    assert!(message.starts_with("hanzo.id wants you to sign in with your Ethereum account:\n0x"));
    for name in
        ["message", "domain", "uri", "statement", "nonce", "issuedAt", "expirationTime", "version"]
    {
        let value = answer[name].as_str().unwrap();
        assert_eq!(answer["data"][name], value);
        assert!(message.contains(value), "{name}");
    }
    assert_eq!(answer["nonce"].as_str().unwrap().len(), 32);
    assert_eq!((&answer["chain"], &answer["chainId"]), (&json!("evm"), &json!("1")));
}

#[test]
fn a_linked_wallet_signs_in_and_gets_a_code_that_says_how() {
    let (world, wallet) = linked(1);
    let mut browser = Browser::new(&world);
    let answer = sign_in(&world, &mut browser, &wallet);
    assert!(is_code(&answer), "{answer}");
    assert_eq!(answer["name"], "bob");
    let account = browser.get("/v1/iam/account").ok();
    assert_eq!(account["data"]["name"], "bob");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "hanzo-app"),
        ("code", answer["data"].as_str().unwrap()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ];
    let tokens = world.post("/v1/iam/oauth/token").form(&form).send().ok();
    let claims = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: Value =
        serde_json::from_slice(&hanzo_iam::core::encoding::from_base64url(&claims).unwrap())
            .unwrap();
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["pop"]), &json!("aal1")));
    let list = browser.get("/v1/iam/linked-accounts").ok();
    assert!(list["data"][0]["lastUsedTime"].is_string(), "{list}");
}

/// A page of another site, to which browsers send no cookies, is known by the nonce.
#[test]
fn a_caller_without_cookies_signs_in_by_its_nonce() {
    let (world, wallet) = linked(1);
    let issued = world.get(&nonce_path(&wallet.address())).send();
    assert_eq!(issued.header("set-cookie"), None);
    let proof = wallet.proof(&issued.ok()["data"]);
    assert!(is_code(&world.post(&verify_path()).json(&proof).send().ok()));
    refused(&world, &world.post(&verify_path()).json(&proof).send(), "no message was issued");
}

#[test]
fn a_wallet_of_solana_signs_in() {
    let world = world();
    let key = SolanaKey::from_bytes(&[9; 32]);
    let address = bs58::encode(key.verifying_key().as_bytes()).into_string();
    let prove = |issued: &Value| {
        let message = issued["message"].as_str().unwrap();
        let signature = bs58::encode(key.sign(message.as_bytes()).to_bytes()).into_string();
        json!({
            "chain": "solana", "address": address, "message": message, "signature": signature,
            "application": "hanzo-app", "organization": "hanzo",
        })
    };
    let mut bob = signed_in(&world, "bob");
    let issued = bob.ask(&world, &format!("/v1/iam/link?chain=solana&address={address}")).ok();
    bob.tell(&world, "/v1/iam/link", &prove(&issued["data"])).ok();
    let mut browser = Browser::new(&world);
    let path = format!("{}&chain=solana", nonce_path(&address));
    let issued = browser.ask(&world, &path).ok()["data"].clone();
    let answer = browser.tell(&world, &verify_path(), &prove(&issued)).ok();
    assert!(is_code(&answer), "{answer}");
}

/// The hole of the published code (WIRE §8): there a wallet skips the second factor.
#[test]
fn a_wallet_never_skips_the_second_factor() {
    let (world, wallet) = linked(1);
    for (required, answer) in [(false, None), (true, Some("RequiredMfa"))] {
        world.put(HANZO).of("root").json(&json!({"requireMfa": required})).send().ok();
        let mut browser = Browser::new(&world);
        let got = sign_in(&world, &mut browser, &wallet);
        match answer {
            None => assert!(is_code(&got), "{got}"),
            Some(due) => {
                assert_eq!((&got["status"], &got["data"]), (&json!("ok"), &json!(due)), "{got}");
                let listed = got["data2"].as_array().unwrap();
                assert!(listed.iter().any(|factor| factor["mfaType"] == "app"), "{got}");
                let account = browser.get("/v1/iam/account").body();
                assert_eq!(account["status"], "error", "no session: {account}");
            }
        }
    }
}

/// The step that is due waits in the browser: the hosted page goes on with it.
#[test]
fn a_second_factor_that_the_person_has_is_due_and_the_page_goes_on_with_it() {
    let (world, wallet) = linked(1);
    enrol_totp(&world, "bob");
    let mut browser = Browser::new(&world);
    let got = sign_in(&world, &mut browser, &wallet);
    assert_eq!((&got["data"], &got["data2"][0]["mfaType"]), (&json!("NextMfa"), &json!("app")));
    assert_eq!(browser.get("/v1/iam/account").body()["status"], "error");
    let page = browser.get(&format!("/login/oauth/authorize?{}", query(&[])));
    assert!(page.text().contains("value=\"second\""), "{}", page.text());
}

fn enrol_totp(world: &World, name: &str) {
    let sql = "INSERT INTO factors (user_id, kind, owner, content, created_at) \
               SELECT id, 'totp', owner, 'sealed', 0 FROM users WHERE name = ?1";
    run(world, sql, name);
}

fn run(world: &World, sql: &'static str, value: &str) -> Vec<hanzo_iam::ports::Row> {
    use hanzo_iam::ports::{Database, Statement};
    pollster::block_on(world.database.run(Statement::new(sql).bind(value))).unwrap()
}

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

#[test]
fn an_application_decides_whether_it_takes_wallets_and_new_users() {
    let world = World::demo();
    let wallet = Wallet::new(1);
    let asked = world.get(&nonce_path(&wallet.address())).send().body();
    assert_eq!(asked["code"], "unsupported");
    let sets = |members: Value| world.put(APP).of("root").json(&members).send().ok();
    sets(json!({"enableWeb3": true, "enableSignUp": true}));
    let mut browser = Browser::new(&world);
    assert_eq!(sign_in(&world, &mut browser, &wallet)["code"], "invalid_credentials");
    sets(json!({"enableWeb3SignUp": true}));
    let answer = sign_in(&world, &mut browser, &wallet);
    assert!(is_code(&answer), "{answer}");
    let name = answer["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("wallet-") && name.len() == 19, "{name}");
    let again = sign_in(&world, &mut Browser::new(&world), &wallet);
    assert_eq!(again["name"], json!(name));
    // Into the application's own organization only.
    let mut elsewhere = Browser::new(&world);
    let path = nonce_path(&Wallet::new(2).address()).replace("=hanzo&", "=acme&");
    let issued = elsewhere.ask(&world, &path).ok()["data"].clone();
    let mut proof = Wallet::new(2).proof(&issued);
    proof["organization"] = json!("acme");
    let answer = elsewhere.tell(&world, &verify_path(), &proof);
    refused(&world, &answer, "linked to no account");
    let trail = world.get("/v1/iam/audit-logs?owner=hanzo&limit=50").of("alice").send().ok();
    let text = trail.to_string();
    assert!(text.contains("\"identity\"") && text.contains(&name), "{text}");
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

/// EIP-1271; ATTACKS 100: exact answers only.
#[test]
fn a_contract_decides_by_an_exact_answer_of_the_configured_node() {
    let (mut world, _) = linked(1);
    let owner = Wallet::new(5);
    let contract = "0x1111111111111111111111111111111111111111";
    let prove = |issued: &Value| {
        let message = issued["message"].as_str().unwrap();
        json!({
            "application": "hanzo-app", "organization": "hanzo", "scheme": "eip1271",
            "address": contract, "message": message, "signature": owner.sign(message),
        })
    };
    let accepted = format!("0x1626ba7e{}", "0".repeat(56));
    let answers = |world: &World, body: Value| {
        world.outbound.status.set(200);
        *world.outbound.body.borrow_mut() = body.to_string();
    };
    let link_path = format!("/v1/iam/link?address={contract}&chainId=8453");
    let refusal = {
        let mut bob = signed_in(&world, "bob");
        let issued = bob.ask(&world, &link_path).ok()["data"].clone();
        bob.tell(&world, "/v1/iam/link", &prove(&issued)).body()
    };
    assert_eq!(refusal["code"], "invalid_credentials");
    let why = "WEB3_RPC has no node of chain 8453";
    assert!(world.log.take().iter().any(|line| line.to_string().contains(why)));

    world.config_mut().nodes.insert(8453, "https://base.example/secret-key".to_owned());
    answers(&world, json!({"jsonrpc": "2.0", "id": 1, "result": accepted}));
    let subject = {
        let mut bob = signed_in(&world, "bob");
        let issued = bob.ask(&world, &link_path).ok()["data"].clone();
        let linked = bob.tell(&world, "/v1/iam/link", &prove(&issued)).ok();
        linked["data"]["subject"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject, format!("eip155:8453:{contract}"));
    let call = world.outbound.requests.borrow().last().unwrap().clone();
    let call: Value = serde_json::from_slice(&call.body).unwrap();
    assert_eq!(call["method"], "eth_call");
    assert_eq!(call["params"][0]["to"], contract);

    let sign_in = |world: &World| {
        let mut browser = Browser::new(world);
        let path = format!("{}&chainId=8453", nonce_path(contract));
        let issued = browser.ask(world, &path).ok()["data"].clone();
        browser.tell(world, &verify_path(), &prove(&issued))
    };
    assert!(is_code(&sign_in(&world).ok()));
    for (answer, why) in [
        (json!({"result": "0x1626ba7e"}), "does not accept"),
        (json!({"result": "0x"}), "does not accept"),
        (json!({"result": format!("{accepted}00")}), "does not accept"),
        (json!({"result": format!("0xffffffff{}", "0".repeat(56))}), "does not accept"),
        (json!({"result": format!("0x{}1", "0".repeat(63))}), "does not accept"),
        (json!({"result": true}), "does not accept"),
        (json!({"error": {"code": 3, "message": "execution reverted"}}), "does not accept"),
        (json!("no object"), "does not accept"),
    ] {
        answers(&world, answer);
        refused(&world, &sign_in(&world), why);
    }
    *world.outbound.body.borrow_mut() = "<html>".to_owned();
    refused(&world, &sign_in(&world), "the response is not JSON");
    for (status, why) in [(500, "status 500"), (0, "the request failed")] {
        world.outbound.status.set(status);
        let answer = sign_in(&world);
        assert_eq!(answer.body()["code"], "invalid_credentials");
        let lines = world.log.take();
        let text = format!("{lines:?}");
        assert!(text.contains(why) && !text.contains("secret-key"), "{text}");
    }
}

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

#[test]
fn the_methods_of_an_application_name_the_chains() {
    let world = world();
    let methods = world.get("/v1/iam/auth/methods?clientId=hanzo-app").send().ok();
    assert_eq!(methods["data"]["web3"][0], "evm");
    assert_eq!(methods["methods"][1]["kind"], "wallet");
    let without = World::demo().get("/v1/iam/auth/methods?clientId=hanzo-app").send().ok();
    assert_eq!(without["data"]["web3"], false);
}
