//! Combinations of legitimate steps that once gave a credential more than its holder, its client or
//! its maker has (issue 10, part 1).

mod clients;
mod keys;
mod tokens;

use hanzo_iam::core::oauth::scope::Scope;
use serde_json::{Value, json};

use crate::{
    oauth::{TOKEN, allowed, as_cloud, code, redeem, subject, text},
    world::{ACME_SECRET, Answer, World},
};

pub const DIRECTORY: &str = "https://hanzo.id/v1/iam";

pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

pub fn put(world: &World, path: &str, credential: &str, body: &Value) -> Answer {
    world.put(path).bearer(credential).json(body).send()
}

/// An access token of the user for `acme-app`, which the platform lets ask for the directory.
pub fn acme_tokens(world: &World, owner: &str, name: &str, scope: &str, resource: &str) -> Answer {
    let mut request = allowed(world);
    "acme-app".clone_into(&mut request.client_id);
    "https://acme.example/callback".clone_into(&mut request.redirect_uri);
    request.user_id = subject(world, owner, name);
    request.scope = Scope::parse(scope).unwrap();
    request.resource = Some(resource.to_owned()).filter(|resource| !resource.is_empty());
    request.challenge = None;
    let code = code(world, request);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", "https://acme.example/callback"),
    ];
    world.post(TOKEN).basic("acme-app", ACME_SECRET).form(&form).send()
}

pub fn refresh_at_acme(world: &World, tokens: &Value) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", text(tokens, "refresh_token"))];
    world.post(TOKEN).basic("acme-app", ACME_SECRET).form(&form).send()
}

/// `acme-app` with the scopes and resources of a client that administers its organization.
pub fn acme_administers(world: &World) {
    let body = json!({"scopes": ["iam"], "resources": [DIRECTORY]});
    world.put("/v1/iam/applications/acme/acme-app").of("root").json(&body).send().ok();
}

pub fn exchanged(world: &World, token: &str, further: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", EXCHANGE),
        ("subject_token", token),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    form.extend_from_slice(further);
    as_cloud(world, TOKEN, &form)
}

/// A platform administrator's token that does not carry platform authority.
pub fn lesser_token_of_root(world: &World) -> String {
    let mut request = allowed(world);
    request.user_id = subject(world, "admin", "root");
    request.scope = Scope::parse("openid iam").unwrap();
    text(&redeem(world, &code(world, request)).ok(), "access_token").to_owned()
}
