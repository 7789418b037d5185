//! Sign-in by wallets, and wallets as linked identities (ATTACKS 95, 96, 98 and 100; WIRE §4.5, §4.6, §8).

mod attacks;
mod contracts;
mod links;
mod pages;

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
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
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

/// The answer to a sign-in at `hanzo-app`, into its own organization, by a wallet that no account has.
pub fn sign_in_of_new(world: &World) -> Value {
    let (mut browser, wallet) = (Browser::new(world), Wallet::new(7));
    let path = format!("/v1/iam/web3/nonce?clientId=hanzo-app&address={}", wallet.address());
    let issued = browser.ask(world, &path).ok()["data"].clone();
    let mut proof = wallet.proof(&issued);
    proof.as_object_mut().unwrap().remove("organization");
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

/// A wallet is no way around what a sign-up by an address needs.
#[test]
fn a_sign_up_by_a_wallet_needs_the_terms_and_the_invitation_that_every_one_needs() {
    let (world, wallet) = (world(), Wallet::new(1));
    let sets = json!({"enableSignUp": true, "enableWeb3SignUp": true});
    world.put(APP).of("root").json(&sets).send().ok();
    let sets = json!({
        "termsOfUse": "https://hanzo.example/terms", "invitationRequired": true,
    });
    world.put(HANZO).of("root").json(&sets).send().ok();
    let made = world.post("/v1/iam/invitations").of("alice").json(&json!({"name": "x"})).send();
    let invitation = made.ok()["code"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(&world);
    let mut sign_up = |members: Value| {
        let mut proof = wallet.proof(&issued(&world, &mut browser, &wallet));
        proof.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        browser.tell(&world, &verify_path(), &proof).ok()
    };
    assert_eq!(sign_up(json!({}))["code"], "terms_required");
    assert_eq!(sign_up(json!({"agreement": "false"}))["code"], "terms_required");
    assert_eq!(sign_up(json!({"agreement": "true"}))["code"], "invitation_unknown");
    let made_up = json!({"agreement": "true", "invitationCode": "inv-made-up"});
    assert_eq!(sign_up(made_up)["code"], "invitation_unknown");
    let good = json!({"agreement": "true", "invitationCode": invitation});
    let answer = sign_up(good);
    assert!(is_code(&answer), "{answer}");
    let used = "SELECT used_count AS n FROM invitations WHERE name = ?1";
    assert_eq!(run(&world, used, "x")[0].0["n"], 1);
    let accepted = "SELECT document FROM acceptances WHERE document = ?1";
    assert_eq!(run(&world, accepted, "terms").len(), 1);
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
