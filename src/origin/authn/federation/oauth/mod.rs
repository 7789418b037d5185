//! Sign-in with OAuth 2.0 and OpenID Connect providers: the protocol exchange.

pub mod logout;
mod settings;

use futures_util::future::join;
use serde_json::{Map, Value};

use self::settings::settings;
use super::{Asked, Departure, Failure, Leading, checking::Check};
use crate::{
    core::{
        federation::{Assertion, Attributes},
        principal::PLATFORM_ORGANIZATION,
        relying_party::{
            Callback, CallbackError, Grant, HttpCall, IdToken, IdTokenError, JsonWebKeys, Login,
            Metadata, Pending, Provider as Party, ProviderSettings, Reply, Tokens, alipay,
            authorize::{Prompt, Wish},
            discovery,
            login::Answers,
            preset::Protocol,
            telegram, userinfo,
        },
    },
    origin::{
        Origin,
        domain::federation::{
            Refusal, SETTINGS,
            documents::{self, Age, Form},
        },
        http::{Parameters, Request},
        store::{providers::Provider, resource::Stored},
    },
    ports::{HttpRequest, HttpResponse},
};

/// The callback path of platform providers.
pub const CALLBACK: &str = "/v1/iam/oauth/callback";

/// The callback path of a provider. Each organization record has its own: otherwise, an
/// administrator of one record could obtain codes of another record's provider at their own token
/// endpoint (mix-up, RFC 9700 §4.4).
pub fn callback_of(owner: &str, name: &str) -> String {
    if owner == PLATFORM_ORGANIZATION {
        CALLBACK.to_owned()
    } else {
        format!("{CALLBACK}/{owner}/{name}")
    }
}

/// Why a sign-in is not completed.
#[derive(Debug)]
pub enum Unfinished {
    /// The user declined at the provider.
    Declined,
    /// A check failed.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Unfinished {
    fn from(failure: E) -> Self {
        Self::Failed(failure.into())
    }
}

/// Sends the browser to the provider.
pub(super) async fn begin(
    origin: &Origin,
    http: &Request,
    provider: &Provider,
    asked: Asked<'_>,
) -> Result<Departure, Failure> {
    let settings = settings(origin, provider)?;
    let metadata = metadata(origin, &settings).await?;
    let party = party(&settings, metadata.as_ref())?;
    let prompt = asked.is_anew.then_some(Prompt::Login);
    let wish = Wish { login_hint: asked.login, prompt, ..Wish::default() };
    let meta = provider.meta();
    let path = callback_of(&meta.owner, &meta.name);
    let callback = format!("{}{path}", origin.config.issuer_for(&http.base));
    let begun = party.authorize(&callback, &wish, &*origin.random, origin.clock.now());
    let content = serde_json::to_value(&begun.pending);
    let content = content.map_err(|error| Refusal::of(SETTINGS, error))?;
    Ok(Departure { leading: Leading::To(begun.url), state: begun.state, content })
}

/// Verifies the provider's response to the request stored in `content`.
pub async fn finish(
    origin: &Origin,
    provider: &Provider,
    content: &Value,
    parameters: &Parameters,
) -> Result<Assertion, Unfinished> {
    let pending: Pending =
        serde_json::from_value(content.clone()).map_err(|error| Refusal::of("callback", error))?;
    let settings = settings(origin, provider)?;
    let metadata = metadata(origin, &settings).await?;
    let exchange = Exchange { origin, party: party(&settings, metadata.as_ref())?, pending };
    let pairs = parameters.iter();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let callback = Callback::parse(&query).map_err(|error| Refusal::of("callback", error))?;
    let login = exchange.login(&callback).await?;
    Ok(assertion(login))
}

/// Checks the settings and the provider's published documents.
pub(super) async fn check(origin: &Origin, provider: &Provider) -> Vec<Check> {
    let mut checks = Vec::new();
    let settings = match settings(origin, provider) {
        Ok(settings) => settings,
        Err(refusal) => return vec![Check::of(SETTINGS, Err(refusal))],
    };
    let metadata = match metadata(origin, &settings).await {
        Ok(metadata) => metadata,
        Err(refusal) => return vec![Check::of("discovery", Err(refusal))],
    };
    let party = match party(&settings, metadata.as_ref()) {
        Ok(party) => party,
        Err(refusal) => {
            checks.push(Check::of(SETTINGS, Err(refusal)));
            return checks;
        }
    };
    if let (Some(_), Some(issuer)) = (&metadata, party.issuer()) {
        checks.push(Check::of("discovery", Ok(format!("the issuer is {issuer}"))));
    }
    let meta = provider.meta();
    let callback = format!("{}{}", origin.config.issuer, callback_of(&meta.owner, &meta.name));
    let endpoint = party.authorization_endpoint();
    let found = format!("people go to {endpoint}; register the redirect URI {callback}");
    checks.push(Check::of(SETTINGS, Ok(found)));
    if party.preset.protocol == Protocol::Oidc {
        let keys = keys(origin, &party, Age::Usual).await;
        let found = keys.map(|_| format!("read from {}", party.jwks_uri()));
        checks.push(Check::of("key set", found));
    }
    checks
}

async fn keys(origin: &Origin, party: &Party<'_>, age: Age) -> Result<JsonWebKeys, Refusal> {
    const CHECK: &str = "key set";
    let read = async |body: &str| {
        JsonWebKeys::parse(&json(body)).map_err(|error| Refusal::of(CHECK, error))
    };
    documents::fetch(origin, (CHECK, Form::Json), party.jwks_uri(), age, read).await
}

/// An exchange with a provider.
struct Exchange<'a> {
    origin: &'a Origin,
    party: Party<'a>,
    pending: Pending,
}

impl Exchange<'_> {
    async fn login(&self, callback: &Callback) -> Result<Login, Unfinished> {
        let (party, pending, now) = (&self.party, &self.pending, self.origin.clock.now());
        if party.preset.protocol == Protocol::TelegramWidget {
            let claims = telegram::claims(party, callback, pending, now).map_err(declined)?;
            return Ok(self.read(&Answers { userinfo: Some(&claims), ..Answers::default() })?);
        }
        let grant = callback.accept(party, pending, now).map_err(declined)?;
        // The keys do not depend on the tokens: they are read while the provider makes these.
        let (tokens, keys) = join(self.tokens(&grant), self.keys()).await;
        let tokens = tokens?;
        let (id_token, keys) = self.id_token(&tokens, &grant, keys?).await?;
        let userinfo = self.userinfo(&tokens, id_token.as_ref(), keys.as_ref()).await?;
        let primary = self.primary_email(&tokens).await?;
        Ok(self.read(&Answers {
            id_token: id_token.as_ref(),
            userinfo: userinfo.as_ref(),
            primary_email: primary.as_deref(),
            user: grant.user.as_deref(),
        })?)
    }

    fn read(&self, answers: &Answers<'_>) -> Result<Login, Refusal> {
        self.party.login(answers).map_err(|error| Refusal::of("claims", error))
    }

    async fn tokens(&self, grant: &Grant) -> Result<Tokens, Refusal> {
        const CHECK: &str = "token endpoint";
        let Self { origin, party, pending } = self;
        let (crypto, random, now) = (&*origin.crypto, &*origin.random, origin.clock.now());
        let call = party.token_request(grant, pending, crypto, random, now).await;
        let answer = self.ask(CHECK, call.map_err(|error| Refusal::of(CHECK, error))?).await?;
        let tokens = if party.preset.protocol == Protocol::Alipay {
            alipay::tokens(party, &reply(&answer), crypto).await
        } else {
            Tokens::parse(party, &reply(&answer))
        };
        tokens.map_err(|error| Refusal::of(CHECK, error))
    }

    /// The keys of the provider; `None`: it signs no ID token.
    async fn keys(&self) -> Result<Option<JsonWebKeys>, Refusal> {
        let Self { origin, party, .. } = self;
        if party.preset.protocol != Protocol::Oidc {
            return Ok(None);
        }
        keys(origin, party, Age::Usual).await.map(Some)
    }

    /// The verified ID token and the keys that verify it, if the provider has `keys`.
    async fn id_token(
        &self,
        tokens: &Tokens,
        grant: &Grant,
        keys: Option<JsonWebKeys>,
    ) -> Result<(Option<IdToken>, Option<JsonWebKeys>), Refusal> {
        const CHECK: &str = "ID token";
        let Self { origin, party, pending } = self;
        let Some(mut keys) = keys else { return Ok((None, None)) };
        let now = origin.clock.now();
        let crypto = &*origin.crypto;
        let mut verified = party.verify_id_token(crypto, &keys, tokens, grant, pending, now).await;
        if verified.as_ref().is_err_and(IdTokenError::needs_keys) {
            keys = self::keys(origin, party, Age::Renewed).await?;
            verified = party.verify_id_token(crypto, &keys, tokens, grant, pending, now).await;
        }
        let verified = verified.map_err(|error| {
            let step = error.step().map_or_else(String::new, |step| {
                format!(" (OpenID Connect Core §3.1.3.7, {step})")
            });
            Refusal::new(CHECK, format!("{error}{step}"))
        })?;
        Ok((Some(verified), Some(keys)))
    }

    async fn userinfo(
        &self,
        tokens: &Tokens,
        id_token: Option<&IdToken>,
        keys: Option<&JsonWebKeys>,
    ) -> Result<Option<userinfo::Userinfo>, Refusal> {
        const CHECK: &str = "userinfo";
        let Self { origin, party, pending } = self;
        let (crypto, now) = (&*origin.crypto, origin.clock.now());
        let call = party.userinfo_request(tokens, pending, crypto, now).await;
        let Some(call) = call.map_err(|error| Refusal::of(CHECK, error))? else { return Ok(None) };
        let answer = self.ask(CHECK, call).await?;
        let reply = reply(&answer);
        let claims = party.userinfo(&reply, tokens, id_token, pending, (crypto, keys), now).await;
        claims.map(Some).map_err(|error| Refusal::of(CHECK, error))
    }

    async fn primary_email(&self, tokens: &Tokens) -> Result<Option<String>, Refusal> {
        const CHECK: &str = "e-mail addresses";
        let Some(call) = self.party.emails_request(tokens) else { return Ok(None) };
        let answer = self.ask(CHECK, call).await?;
        userinfo::primary_email(&reply(&answer)).map_err(|error| Refusal::of(CHECK, error))
    }

    async fn ask(&self, check: &'static str, call: HttpCall) -> Result<HttpResponse, Refusal> {
        let HttpCall { method, url, headers, body } = call;
        let headers = headers.into_iter().map(|(name, value)| (name, value.expose().clone()));
        let request = HttpRequest {
            method: method.name(),
            url,
            headers: headers.collect(),
            body: body.map(|body| body.expose().clone().into_bytes()).unwrap_or_default(),
        };
        documents::ask(self.origin, check, request).await
    }
}

fn declined(error: CallbackError) -> Unfinished {
    match error {
        CallbackError::Denied => Unfinished::Declined,
        error => Unfinished::Failed(Refusal::of("callback", error).into()),
    }
}

fn reply(answer: &HttpResponse) -> Reply<'_> {
    Reply { status: answer.status, content_type: &answer.content_type, body: &answer.body }
}

fn json(body: &str) -> Reply<'_> {
    Reply { status: 200, content_type: "application/json", body: body.as_bytes() }
}

/// The provider's metadata; `None` if it publishes none or the record names all endpoints.
async fn metadata(
    origin: &Origin,
    settings: &ProviderSettings,
) -> Result<Option<Metadata>, Refusal> {
    const CHECK: &str = "discovery";
    let request = discovery::request(settings).map_err(|error| Refusal::of(SETTINGS, error))?;
    let Some(call) = request else { return Ok(None) };
    let read = async |body: &str| {
        Metadata::parse(settings, &json(body)).map_err(|error| Refusal::of(CHECK, error))
    };
    documents::fetch(origin, (CHECK, Form::Json), &call.url, Age::Usual, read).await.map(Some)
}

fn party<'a>(
    settings: &'a ProviderSettings,
    metadata: Option<&Metadata>,
) -> Result<Party<'a>, Refusal> {
    Party::new(settings, metadata).map_err(|error| Refusal::of(SETTINGS, error))
}

/// The assertion of sample claims.
pub(super) fn sample(
    origin: &Origin,
    provider: &Provider,
    claims: &Map<String, Value>,
) -> Result<Assertion, Refusal> {
    let settings = settings(origin, provider)?;
    let party = Party::of_claims(&settings).map_err(|error| Refusal::of(SETTINGS, error))?;
    Ok(assertion(party.sample(claims)))
}

fn assertion(login: Login) -> Assertion {
    let mut session = Map::new();
    if let Some(id) = &login.session_id {
        session.insert("sid".to_owned(), id.as_str().into());
    }
    let mut attributes = Attributes::from_claims(&login.claims);
    if let Some(phone) = &login.phone {
        attributes.0.entry("phone".to_owned()).or_insert_with(|| vec![phone.clone()]);
    }
    Assertion {
        subject: login.subject,
        attributes,
        email: login.email.unwrap_or_default(),
        email_verified: login.email_verified,
        name: login.name.unwrap_or_default(),
        username: login.preferred_username.unwrap_or_default(),
        picture: login.picture.unwrap_or_default(),
        authenticated_at: login.auth_time,
        session,
    }
}
