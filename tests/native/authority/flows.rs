//! The protocol flows of an attack: codes, tokens, sign-in.

use serde_json::json;

use super::{
    attack::Attack,
    cast::{Credential, DIRECTORY, redeem},
    steps::{Held, PASSWORD, Place},
};
use crate::{
    browser::{CHALLENGE, location, parameter},
    world::{Answer, ISSUER},
};

impl Attack {
    /// A browser goes to the authorization endpoint; the attacker reads the code at `redirect`.
    pub(super) fn authorize(
        &mut self,
        browser: &Credential,
        client: Place,
        redirect: &str,
        scope: &str,
        resource: bool,
    ) -> Option<Answer> {
        let mut pairs = vec![
            ("client_id", &*self.clients[client].id),
            ("redirect_uri", redirect),
            ("response_type", "code"),
            ("scope", scope),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        pairs.extend(resource.then_some(("resource", DIRECTORY)));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let path = format!("/v1/iam/oauth/authorize?{query}");
        let answer = match browser {
            Credential::Session(cookie) => self.world.get(&path).header("cookie", cookie).send(),
            _ => return None,
        };
        let code = answer.status().is_redirection().then(|| location(&answer));
        let code = code.filter(|to| to.starts_with(redirect)).and_then(|to| parameter(&to, "code"));
        match code {
            Some(code) => Some(self.redeem(client, redirect, &code)),
            None => Some(answer),
        }
    }

    pub(super) fn sign_in(&mut self, user: usize, client: Place, scope: &str) -> Option<Answer> {
        let (owner, name) = self.users.get(user % self.users.len().max(1))?.clone();
        let client = client % self.clients.len();
        let known = self.clients[client].clone();
        let body = json!({
            "type": "code", "clientId": known.id, "redirectUri": known.redirect,
            "username": format!("{owner}/{name}"), "password": PASSWORD, "scope": scope,
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        });
        let answer = self.world.post("/v1/iam/login").header("origin", ISSUER);
        let answer = answer.json(&body).send();
        if let Some(cookie) = answer.header("set-cookie") {
            let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
            self.held.push(Credential::Session(cookie));
        }
        match answer.body()["data"].as_str().map(str::to_owned) {
            Some(code) => Some(self.redeem(client, &known.redirect, &code)),
            None => Some(answer),
        }
    }

    fn redeem(&mut self, client: Place, redirect: &str, code: &str) -> Answer {
        let known = self.clients[client].clone();
        let answer = redeem(&self.world, &known.id, known.secret.as_deref(), redirect, code);
        self.keep_tokens(client, &answer);
        answer
    }

    pub(super) fn token_request(&mut self, client: Place, form: &[(&str, &str)]) -> Answer {
        let known = self.clients[client].clone();
        let call = self.world.post("/v1/iam/oauth/token");
        let answer = if let Some(secret) = &known.secret {
            call.basic(&known.id, secret).form(form).send()
        } else {
            let mut form = form.to_vec();
            form.push(("client_id", &known.id));
            call.form(&form).send()
        };
        self.keep_tokens(client, &answer);
        answer
    }

    /// A request to the token endpoint by the client whose secret is held.
    pub(super) fn as_client(&mut self, with: Held, form: &[(&str, &str)]) -> Option<Answer> {
        let held = self.held[with % self.held.len()].clone();
        let Credential::Client { id, .. } = held else { return None };
        let client = self.clients.iter().position(|known| known.id == id)?;
        Some(self.token_request(client, form))
    }

    fn keep_tokens(&mut self, client: Place, answer: &Answer) {
        let body = answer.body();
        if let Some(token) = body["access_token"].as_str() {
            self.held.push(Credential::Token(token.to_owned()));
        }
        if let Some(token) = body["refresh_token"].as_str() {
            self.refresh.push((client, token.to_owned()));
        }
    }
}
