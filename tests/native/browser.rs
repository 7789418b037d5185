//! A browser for the tests of the pages.

use http::StatusCode;

use crate::world::{Answer, ISSUER, World};

/// RFC 7636, appendix B.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const CALLBACK: &str = "http://localhost:3000/callback";

/// The query of a request by `hanzo-app`, with further or other parameters.
pub fn query(changes: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("client_id", "hanzo-app"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "xyz"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    all.retain(|(name, _)| !changes.iter().any(|(other, _)| name == other));
    all.extend_from_slice(changes);
    form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish()
}

/// A browser: it keeps cookies and follows nothing by itself.
pub struct Browser<'a> {
    world: &'a World,
    pub cookies: Vec<(String, String)>,
    /// Its address.
    pub ip: String,
    /// The server that it talks to.
    pub base: String,
}

impl<'a> Browser<'a> {
    pub fn new(world: &'a World) -> Self {
        let (ip, base) = ("192.0.2.1".to_owned(), ISSUER.to_owned());
        Self { world, cookies: Vec::new(), ip, base }
    }

    /// A browser at that address.
    pub fn at(world: &'a World, ip: &str) -> Self {
        Self { ip: ip.to_owned(), ..Self::new(world) }
    }

    pub fn keep(&mut self, answer: Answer) -> Answer {
        for value in answer.0.headers().get_all("set-cookie") {
            let text = value.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    pub fn cookie(&self) -> String {
        let pairs: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    pub fn get(&mut self, path: &str) -> Answer {
        let mut call = self.world.get(path).header("cookie", &self.cookie());
        self.ip.clone_into(&mut call.request.client_ip);
        self.base.clone_into(&mut call.request.base);
        self.keep(call.send())
    }

    pub fn authorize(&mut self, changes: &[(&str, &str)]) -> Answer {
        self.get(&format!("/v1/iam/oauth/authorize?{}", query(changes)))
    }

    /// Goes to the page, fills it in and posts it.
    pub fn sign_in(&mut self, changes: &[(&str, &str)], username: &str, password: &str) -> Answer {
        let answer = self.authorize(changes);
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text());
        let page = answer.header("location").unwrap().to_owned();
        assert!(page.starts_with("/login/oauth/authorize?"), "{page}");
        let form = self.get(&page);
        assert_eq!(form.status(), StatusCode::OK);
        let token = form_token(&form.text());
        self.post(&page, &[("form_token", &token), ("username", username), ("password", password)])
    }

    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut call = self
            .world
            .post(path)
            .header("cookie", &self.cookie())
            .header("origin", &self.base)
            .header("sec-fetch-site", "same-origin")
            .form(form);
        self.ip.clone_into(&mut call.request.client_ip);
        self.base.clone_into(&mut call.request.base);
        self.keep(call.send())
    }
}

/// The page without the nonces of its content security policy, of which every response has another.
pub fn without_nonces(page: &str) -> String {
    let mut parts = page.split(" nonce=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, part| page + part.split_once('"').map_or("", |(_, rest)| rest))
}

pub fn form_token(page: &str) -> String {
    let (_, after) = page.split_once("name=\"form_token\" value=\"").expect("a form");
    after.split('"').next().unwrap().to_owned()
}

/// Where an answer leads: by a redirect, or by the page after a form.
pub fn location(answer: &Answer) -> String {
    if answer.status() == StatusCode::SEE_OTHER {
        return answer.header("location").unwrap().to_owned();
    }
    let page = answer.text();
    let shown = page.split_once("<main>").map_or(&*page, |(_, main)| main);
    let redirect = page.split_once("content=\"0;url=");
    assert!(redirect.is_some(), "no redirect: {shown}");
    let (_, after) = redirect.unwrap();
    after.split('"').next().unwrap().replace("&amp;", "&")
}

pub fn parameter(location: &str, name: &str) -> Option<String> {
    let (_, query) = location.split_once(['?', '#'])?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}
