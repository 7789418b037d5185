//! Sign-in at identity providers, natively: the other issuer is another origin of ours.

mod attacks;
mod domains;
mod oidc;

use std::{cell::RefCell, rc::Rc};

use async_trait::async_trait;
use hanzo_iam::{
    core::token::PublicKey,
    origin::domain::keyring,
    ports::{Http, HttpError, HttpRequest, HttpResponse},
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, form_token, location},
    oauth::sql,
    world::{Answer, PASSWORD, World},
};

/// The other issuer.
pub(super) const OTHER: &str = "https://idp.example.com";

/// Where our issuer is led back to.
pub(super) const CALLBACK: &str = "https://hanzo.id/v1/iam/oauth/callback/hanzo/other";

/// Where those of the platform lead back to.
pub(super) const CALLBACK_OF_PLATFORM: &str = "https://hanzo.id/v1/iam/oauth/callback";

/// The Internet: one other issuer, and what its answers are made into.
pub(super) struct Internet {
    other: Rc<World>,
    pub(super) alter: RefCell<Option<Alteration>>,
    pub(super) asked: RefCell<Vec<String>>,
    /// What the DNS answers.
    pub(super) dns: RefCell<Value>,
}

/// Makes another answer of one, by the path that was asked for.
type Alteration = Box<dyn Fn(&str, &mut Value)>;

#[async_trait(?Send)]
impl Http for Internet {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if request.url.starts_with("https://dns.example.com/query?name=") {
            let body = self.dns.borrow().to_string().into_bytes();
            return Ok(HttpResponse { status: 200, content_type: JSON.to_owned(), body });
        }
        let path = request.url.strip_prefix(OTHER).ok_or(HttpError("no such host".to_owned()))?;
        self.asked.borrow_mut().push(path.to_owned());
        // The edge of the other issuer serves its documents.
        let (status, content_type, mut body) = match path {
            "/.well-known/openid-configuration" => (200, JSON.to_owned(), metadata().to_string()),
            "/jwks" => (200, JSON.to_owned(), keys(&self.other)),
            path => {
                let mut call = self.other.call(request.method.parse().unwrap(), path);
                for (name, value) in &request.headers {
                    call = call.header(name, value);
                }
                call.request.body = request.body;
                OTHER.clone_into(&mut call.request.base);
                let answer = call.send();
                let content_type = answer.header("content-type").unwrap_or_default().to_owned();
                (answer.status().as_u16(), content_type, answer.text())
            }
        };
        if let (Some(alter), Ok(mut json)) = (&*self.alter.borrow(), serde_json::from_str(&body)) {
            alter(path, &mut json);
            body = json.to_string();
        }
        Ok(HttpResponse { status, content_type, body: body.into_bytes() })
    }
}

const JSON: &str = "application/json";

fn metadata() -> Value {
    let at = |path: &str| format!("{OTHER}{path}");
    json!({
        "issuer": OTHER, "jwks_uri": at("/jwks"),
        "authorization_endpoint": at("/v1/iam/oauth/authorize"),
        "token_endpoint": at("/v1/iam/oauth/token"),
        "userinfo_endpoint": at("/v1/iam/oauth/userinfo"),
        "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": true,
    })
}

fn keys(world: &World) -> String {
    let keys = pollster::block_on(keyring::public_keys(&world.origin)).unwrap();
    let keys: Vec<String> = keys.iter().map(PublicKey::to_jwk).collect();
    format!("{{\"keys\":[{}]}}", keys.join(","))
}

/// Our origin, the other one, and the Internet between them. `acme` of the other issuer has our client.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) other: Rc<World>,
    pub(super) internet: Rc<Internet>,
}

impl Scene {
    /// `hanzo` has the provider `other`, which the application `hanzo-app` offers with `item` besides the name.
    pub(super) fn new(provider: &Value, item: &Value) -> Self {
        let mut other = World::demo();
        OTHER.clone_into(&mut other.config_mut().issuer);
        let client = json!({
            "owner": "hanzo", "name": "rp", "organization": "hanzo", "clientId": "rp",
            "clientSecret": SECRET, "redirectUris": [CALLBACK, CALLBACK_OF_PLATFORM], "isShared": true,
            "grantTypes": ["authorization_code"], "scopes": ["iam"],
        });
        let erin = json!({
            "owner": "hanzo", "name": "erin", "displayName": "Erin", "password": PASSWORD,
            "email": "erin@there.example", "emailVerified": true,
        });
        other.post("/v1/iam/users").of("alice").json(&erin).send().ok();
        other.post("/v1/iam/applications").of("root").json(&client).send().ok();
        let other = Rc::new(other);
        let internet = Rc::new(Internet {
            other: Rc::clone(&other),
            alter: RefCell::default(),
            asked: RefCell::default(),
            dns: RefCell::new(json!({})),
        });
        let mut world = World::demo();
        world.origin.outbound = Rc::clone(&internet) as _;
        let mut record = json!({
            "owner": "hanzo", "name": "other", "displayName": "Other", "category": "OAuth",
            "type": "Custom", "clientId": "rp", "clientSecret": SECRET, "issuerUrl": OTHER,
        });
        record.as_object_mut().unwrap().extend(provider.as_object().unwrap().clone());
        world.post("/v1/iam/providers").of("alice").json(&record).send().ok();
        let mut listed = json!({"name": "other", "canSignIn": true, "canSignUp": true});
        listed.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
        let scene = Self { world, other, internet };
        scene.application(&json!({"providers": [listed]}));
        scene
    }

    /// Changes the application `hanzo-app`.
    pub(super) fn application(&self, members: &Value) {
        let path = "/v1/iam/applications/admin/hanzo-app";
        self.world.put(path).of("root").json(members).send().ok();
    }

    /// Changes the provider.
    pub(super) fn provider(&self, members: &Value) -> Answer {
        self.world.put("/v1/iam/providers/hanzo/other").of("alice").json(members).send()
    }

    /// Leads `browser` from the sign-in page of our client to the other issuer. Returns the address there.
    pub(super) fn leave(&self, browser: &mut Browser<'_>, changes: &[(&str, &str)]) -> String {
        let page = location(&browser.authorize(changes));
        let form = browser.get(&page);
        let text = form.text();
        assert!(text.contains("Sign in with Other"), "{text}");
        let token = form_token(&text);
        let provider = [("provider", "hanzo/other"), ("step", "provider")];
        let sent =
            browser.post(&page, &[&[("form_token", token.as_str())][..], &provider].concat());
        let list = "/v1/iam/providers/hanzo/other/attempts";
        let why = || self.world.get(list).of("alice").send().text();
        assert!(sent.status().is_success(), "{}", why());
        location(&sent)
    }

    /// Signs `name` in at the other issuer. Returns where it leads back to.
    pub(super) fn sign_in_there(&self, address: &str, name: &str) -> String {
        let path = address.strip_prefix(OTHER).unwrap();
        let mut browser = Browser::new(&self.other);
        OTHER.clone_into(&mut browser.base);
        let page = location(&browser.get(path));
        let token = form_token(&browser.get(&page).text());
        let form = [("form_token", token.as_str()), ("username", name), ("password", PASSWORD)];
        let mut back = browser.post(&page, &form);
        if back.text().contains("value=\"allow\"") {
            let token = form_token(&back.text());
            back = browser.post(&page, &[("form_token", &token), ("decision", "allow")]);
        }
        let back = location(&back);
        assert!(back.starts_with(CALLBACK_OF_PLATFORM), "{back}");
        back.strip_prefix("https://hanzo.id").unwrap().to_owned()
    }

    /// The whole way of `name` through the other issuer, up to the page with the ticket.
    pub(super) fn journey(&self, browser: &mut Browser<'_>, name: &str) -> String {
        let away = self.leave(browser, &[]);
        let back = self.sign_in_there(&away, name);
        let answer = browser.get(&back);
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text());
        location(&answer)
    }

    /// The attempts that the administrators of the provider see, the latest first: outcome and check.
    pub(super) fn attempts(&self) -> Vec<(String, String)> {
        let path = "/v1/iam/providers/hanzo/other/attempts";
        let list = self.world.get(path).of("alice").send().ok();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = list["attempts"].as_array().unwrap().clone();
        rows.iter().map(|row| (text(row, "outcome"), text(row, "check"))).collect()
    }

    /// The users of our `hanzo` by name.
    pub(super) fn users(&self) -> Vec<String> {
        let rows = sql(&self.world, "SELECT name FROM users WHERE owner = 'hanzo' ORDER BY name");
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }
}

pub(super) const SECRET: &str = "hs-0123456789abcdef0123456789abcdef0123456789abcdef";
