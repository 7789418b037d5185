//! The token request (RFC 6749 §4.1.3).

use super::{
    ClientAuth, Grant, HttpCall, Pending, Provider, SettingsError, SigningKey, alipay, client_auth,
    preset::{Encoding, Protocol},
    url::{form, with_query},
};
use crate::core::{
    crypto::{CryptoError, Signing},
    encoding::base64url,
    random::Random,
    secret::Secret,
    time::UnixTime,
};

/// The media type of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Why a request cannot be created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The settings are incomplete.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The crypto backend failed.
    #[error("{0}")]
    Crypto(CryptoError),
    /// An expected value of the provider is missing.
    #[error("{0} is missing in the provider's answer")]
    Missing(&'static str),
}

impl From<CryptoError> for RequestError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl Provider<'_> {
    /// The request that redeems a code.
    pub async fn token_request(
        &self,
        grant: &Grant,
        pending: &Pending,
        signing: &dyn Signing,
        random: &dyn Random,
        now: UnixTime,
    ) -> Result<HttpCall, RequestError> {
        if self.preset.protocol == Protocol::Alipay {
            return alipay::token_request(self, grant, signing, now).await;
        }
        let dialect = &self.preset.redeem;
        let [client_id, client_secret, grant_type] = dialect.names;
        let secret = self.settings.client_secret.expose().as_str();
        let proof = match self.client_auth() {
            ClientAuth::PrivateKeyJwt => {
                let jti = base64url(&random.bytes::<16>());
                client_auth::assertion(self, self.signing_key()?, signing, &jti, now).await?
            }
            ClientAuth::AppleSecret => {
                client_auth::apple_secret(self, self.signing_key()?, signing, now).await?
            }
            ClientAuth::SecretPost => Secret::new(secret.to_owned()),
            ClientAuth::SecretBasic | ClientAuth::None => Secret::default(),
        };
        let mut parameters = vec![
            (grant_type, "authorization_code"),
            ("code", grant.code.expose().as_str()),
            ("code_verifier", pending.code_verifier.as_deref().unwrap_or_default()),
        ];
        if dialect.redirect_uri {
            parameters.push(("redirect_uri", &pending.redirect_uri));
        }
        match self.client_auth() {
            // RFC 6749 §2.3: one method only, so the identifier is not repeated.
            ClientAuth::SecretBasic => {}
            ClientAuth::PrivateKeyJwt => parameters.extend([
                (client_id, self.settings.client_id.as_str()),
                ("client_assertion_type", client_auth::ASSERTION_TYPE),
                ("client_assertion", proof.expose()),
            ]),
            ClientAuth::SecretPost | ClientAuth::AppleSecret => parameters.extend([
                (client_id, self.settings.client_id.as_str()),
                (client_secret, proof.expose()),
            ]),
            ClientAuth::None => parameters.push((client_id, &self.settings.client_id)),
        }
        let url = self.token_endpoint();
        let call = match dialect.encoding {
            Encoding::Form => HttpCall::post(url.to_owned(), FORM, form(parameters)),
            Encoding::Query => HttpCall::get(with_query(url, parameters)),
            Encoding::Json => {
                let members = parameters.into_iter().filter(|(_, value)| !value.is_empty());
                let members: serde_json::Map<_, _> =
                    members.map(|(name, value)| (name.to_owned(), value.into())).collect();
                let body = serde_json::Value::Object(members).to_string();
                HttpCall::post(url.to_owned(), "application/json", body)
            }
        };
        Ok(match self.client_auth() {
            ClientAuth::SecretBasic => {
                let basic = client_auth::basic(&self.settings.client_id, secret);
                call.with_header("authorization", &basic)
            }
            _ => call,
        })
    }

    /// The client's private key.
    pub(super) fn signing_key(&self) -> Result<&SigningKey, SettingsError> {
        self.settings.signing_key.as_ref().ok_or(SettingsError::Missing("signing_key"))
    }
}
