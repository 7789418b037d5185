//! A completed login, in provider-independent form.

use serde_json::{Map, Value};

use super::{
    IdToken, Provider,
    id_token::MAXIMUM_SUBJECT,
    preset::{EmailTrust, Protocol},
    token_response::scalar,
    userinfo::Userinfo,
};
use crate::core::time::UnixTime;

/// Maximum length of a copied text, in characters.
const MAXIMUM_TEXT: usize = 256;
/// Maximum length of a picture URL, in bytes.
const MAXIMUM_URL: usize = 2048;
/// Maximum length of an e-mail address (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MAXIMUM_EMAIL: usize = 254;
/// Maximum number of copied `amr` values.
const MAXIMUM_METHODS: usize = 16;

/// Claims about the token rather than the user.
const OF_TOKENS: [&str; 10] =
    ["iss", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce", "at_hash", "c_hash"];

/// A user signed in by a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// The subject at the provider: stable and never reassigned. Together with the provider's
    /// record, it is the key of a linked account.
    pub subject: String,
    /// All raw claims, the userinfo endpoint's taking precedence over the ID token's.
    pub claims: Map<String, Value>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether the provider has verified it and is trusted to do so.
    pub email_verified: bool,
    /// The name to show.
    pub name: Option<String>,
    /// The username.
    pub preferred_username: Option<String>,
    /// The https URL of a picture.
    pub picture: Option<String>,
    /// The phone number in the provider's format, not verified.
    pub phone: Option<String>,
    /// The authentication context class (OpenID Connect Core §2).
    pub acr: Option<String>,
    /// The authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// The authentication time.
    pub auth_time: Option<UnixTime>,
    /// The provider's session, named in logout tokens.
    pub session_id: Option<String>,
}

/// Why claims do not form a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The ID token (if the provider issues one) or the userinfo response is missing.
    #[error("there are no claims that identify a person")]
    NoClaims,
    /// The subject claim is missing or too long.
    #[error("no claim identifies the person")]
    Subject,
}

/// All responses of the provider about a user.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answers<'a> {
    /// The ID token.
    pub id_token: Option<&'a IdToken>,
    /// The claims of the userinfo endpoint.
    pub userinfo: Option<&'a Userinfo>,
    /// The primary verified address of the provider's list.
    pub primary_email: Option<&'a str>,
    /// Apple's `user` of the callback.
    pub user: Option<&'a str>,
}

impl Provider<'_> {
    /// The login of these responses.
    pub fn login(&self, answers: &Answers<'_>) -> Result<Login, LoginError> {
        let preset = &self.preset.claims;
        let sources: Vec<_> =
            [answers.userinfo.map(Userinfo::claims), answers.id_token.map(IdToken::claims)]
                .into_iter()
                .flatten()
                .collect();
        let lacks_token = self.preset.protocol == Protocol::Oidc && answers.id_token.is_none();
        if sources.is_empty() || lacks_token {
            return Err(LoginError::NoClaims);
        }
        let subject = match answers.id_token {
            Some(token) => token.subject().to_owned(),
            None => self
                .find(&sources, "id", preset.subject)
                .filter(|subject| subject.len() <= MAXIMUM_SUBJECT)
                .filter(|subject| !subject.chars().any(char::is_control))
                .ok_or(LoginError::Subject)?,
        };
        Ok(self.described(&sources, subject, answers))
    }

    /// The login of sample claims, for which no token is verified. An address that the provider has in a list counts
    /// as the primary one.
    pub fn sample(&self, claims: &Map<String, Value>) -> Login {
        let subject = self.find(&[claims], "id", self.preset.claims.subject).unwrap_or_default();
        let email = self.find(&[claims], "email", self.preset.claims.email);
        let answers = Answers { primary_email: email.as_deref(), ..Answers::default() };
        self.described(&[claims], subject, &answers)
    }

    /// The first text of a claim.
    fn find(&self, sources: &[&Map<String, Value>], key: &str, names: &[&str]) -> Option<String> {
        let names = self.names(key, names);
        let mut found = sources
            .iter()
            .flat_map(|source| names.iter().filter_map(|name| scalar(claim(source, name)?)));
        found.find(|text| !text.trim().is_empty())
    }

    fn described(
        &self,
        sources: &[&Map<String, Value>],
        subject: String,
        answers: &Answers<'_>,
    ) -> Login {
        let preset = &self.preset.claims;
        let text = |key: &str, names: &[&str]| {
            let found = self.find(sources, key, names);
            found.map(|text| shown(&text)).filter(|text| !text.is_empty())
        };
        let (email, email_verified) = self.email(sources, answers.primary_email);
        let picture = self.find(sources, "avatarUrl", preset.picture);
        let picture = picture.map(|picture| match preset.picture_template {
            "" => picture,
            template => template.replace("{subject}", &subject).replace("{picture}", &picture),
        });
        let about = answers.id_token.map(IdToken::claims);
        let of_token = |name: &str| about.and_then(|claims| claims.get(name));
        let methods = of_token("amr").and_then(Value::as_array).into_iter().flatten();
        Login {
            claims: merged(sources, &self.names("email", preset.email), self.verified_name()),
            email,
            email_verified,
            name: text("displayName", preset.name).or_else(|| answers.user.and_then(apple_name)),
            preferred_username: text("username", preset.username),
            picture: picture.filter(|url| is_picture(url)),
            phone: text("phone", preset.phone),
            acr: of_token("acr").and_then(Value::as_str).map(shown),
            amr: methods.filter_map(Value::as_str).take(MAXIMUM_METHODS).map(shown).collect(),
            auth_time: of_token("auth_time").and_then(Value::as_i64).map(UnixTime),
            session_id: of_token("sid").and_then(Value::as_str).map(str::to_owned),
            subject,
        }
    }

    /// The names of a claim: that of the settings, or those of the preset.
    fn names<'b>(&'b self, key: &str, preset: &[&'b str]) -> Vec<&'b str> {
        match self.settings.user_mapping.get(key) {
            Some(name) if !name.is_empty() => vec![name],
            _ => preset.to_vec(),
        }
    }

    /// The name of the claim that says whether the address is verified.
    fn verified_name(&self) -> &str {
        let mapped =
            self.settings.user_mapping.get("emailVerified").filter(|name| !name.is_empty());
        mapped.map_or(self.preset.claims.email_verified, String::as_str)
    }

    /// The address and its verification status, both from the same source: the ID token's status of
    /// one address must not apply to another from the userinfo endpoint.
    fn email(
        &self,
        sources: &[&Map<String, Value>],
        primary: Option<&str>,
    ) -> (Option<String>, bool) {
        if self.preset.email == EmailTrust::List {
            let primary = primary.filter(|email| is_email(email));
            return (primary.map(str::to_owned), primary.is_some());
        }
        let names = self.names("email", self.preset.claims.email);
        let found = sources.iter().find_map(|source| {
            let addresses = names.iter().filter_map(|name| claim(source, name)?.as_str());
            let email = addresses.filter(|email| is_email(email)).map(str::to_owned).next()?;
            Some((email, claim(source, self.verified_name()).is_some_and(is_true)))
        });
        let Some((email, claimed)) = found else { return (None, false) };
        let verified = match self.preset.email {
            EmailTrust::Claim => claimed,
            EmailTrust::ClaimIfTrusted => claimed && self.settings.trust_email,
            EmailTrust::Never | EmailTrust::List => false,
        };
        (Some(email), verified)
    }
}

/// A claim by its name or JSON Pointer.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    match name.strip_prefix('/') {
        None => claims.get(name),
        Some(path) => {
            let mut steps = path.split('/');
            let first = claims.get(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get(step))
        }
    }
}

/// Whether a claim is true. Apple sends a string, Microsoft sometimes a number.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(text) => matches!(text.as_str(), "true" | "1"),
        Value::Number(number) => number.as_i64() == Some(1),
        _ => false,
    }
}

/// All claims, the first source before the second, without those of tokens.
fn merged(sources: &[&Map<String, Value>], email: &[&str], verified: &str) -> Map<String, Value> {
    let mut claims = Map::new();
    for source in sources {
        // The verdict on an address stays with it.
        let has_email = email.iter().any(|name| claims.contains_key(*name));
        for (name, value) in *source {
            let skipped = OF_TOKENS.contains(&name.as_str()) || (has_email && name == verified);
            if !skipped && !claims.contains_key(name) {
                claims.insert(name.clone(), value.clone());
            }
        }
    }
    claims
}

/// The name in Apple's `user`: `{"name":{"firstName":…,"lastName":…},"email":…}`.
fn apple_name(user: &str) -> Option<String> {
    let user: Map<String, Value> = crate::core::token::from_object(user)?;
    let name = user.get("name")?;
    let part = |member: &str| name.get(member).and_then(Value::as_str).unwrap_or_default();
    let name = shown(format!("{} {}", part("firstName"), part("lastName")).trim());
    (!name.is_empty()).then_some(name)
}

/// An external text without control characters, truncated.
fn shown(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(MAXIMUM_TEXT).collect()
}

/// Whether a text has the form of an e-mail address.
fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    text.len() <= MAXIMUM_EMAIL
        && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !text.chars().any(|c| c.is_control() || c.is_whitespace() || "<>(),;\"".contains(c))
}

fn is_picture(url: &str) -> bool {
    url.len() <= MAXIMUM_URL
        && url.starts_with("https://")
        && !url.chars().any(|c| c.is_control() || c.is_whitespace() || "<>\"'\\".contains(c))
}
