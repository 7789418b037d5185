//! The parameters of published clients' sign-in calls.

use super::super::web3::WalletForm;
use crate::{
    core::{signin::Method, webauthn::AuthenticationResponse},
    origin::{
        http::{ParameterError, Parameters, Request},
        store::applications::Application,
    },
};

/// A credential other than a password or code.
pub(in crate::origin::api::signin) enum Presented {
    /// A passkey. All other parameters are in the query.
    Passkey(Box<AuthenticationResponse>),
    /// The signature of a wallet.
    Wallet(Box<WalletForm>),
}

/// The parameters of a call, the body's taking precedence over the query's, in either spelling.
pub(in crate::origin::api::signin) struct Call {
    /// Of the body.
    pub body: Parameters,
    /// Of the query.
    pub query: Parameters,
    /// In place of a login.
    pub presented: Option<Presented>,
}

impl Call {
    pub(in crate::origin::api::signin) fn read(request: &Request) -> Result<Self, ParameterError> {
        let (body, query) = (request.body_parameters()?, request.query_parameters()?);
        Ok(Self { body, query, presented: None })
    }

    pub(in crate::origin::api::signin) fn get(&self, names: &[&str]) -> Option<&str> {
        self.body.any(names).or_else(|| self.query.any(names))
    }

    pub(in crate::origin::api::signin) fn kind(&self) -> &str {
        let default = if self.oauth("redirect_uri").is_some() { "code" } else { "login" };
        let names: &[&str] =
            if self.presented.is_some() { &["type", "responseType"] } else { &["type"] };
        self.get(names).unwrap_or(default)
    }

    /// A parameter of the authorization request. `code` in the body is a verification code and not
    /// read here.
    pub(in crate::origin::api::signin) fn oauth(&self, name: &str) -> Option<&str> {
        match name {
            "redirect_uri" => self.get(&["redirectUri", "redirect_uri"]),
            "response_type" => Some(self.get(&["responseType", "response_type"]).unwrap_or("code")),
            "code_challenge" => self.get(&["code_challenge", "codeChallenge"]),
            "code_challenge_method" => self.get(&["code_challenge_method", "codeChallengeMethod"]),
            "max_age" => self.get(&["max_age", "maxAge"]),
            "id_token_hint" => self.get(&["id_token_hint", "idTokenHint"]),
            // There is no page or redirect here.
            "response_mode" | "login_hint" => None,
            other => self.get(&[other]),
        }
    }

    /// The redirect URI of a code if a password login names none, as in the Python clients: the
    /// application's first registered one (RFC 6749 §3.1.2.3). No redirect takes place. The code
    /// still requires the client's secret, or the PKCE challenge of a public client.
    pub(in crate::origin::api::signin) fn default_redirect<'a>(
        &self,
        application: &'a Application,
    ) -> Option<&'a str> {
        let first = application.redirect_uris.first().filter(|_| self.begins());
        first.map(String::as_str)
    }

    /// Parameters with different values in body and query. Only for `resource` may the query's
    /// count (RFC 8707 §2).
    pub(in crate::origin::api::signin) fn ambiguous(&self) -> &'static [&'static str] {
        match (self.body.get("resource"), self.query.get("resource")) {
            (Some(one), Some(other)) if one != other => &["resource"],
            _ => &[],
        }
    }

    pub(in crate::origin::api::signin) fn login(&self) -> Option<&str> {
        self.get(&["username", "email", "phone"])
    }

    /// Whether the call carries a proof, in addition to a browser session.
    pub(in crate::origin::api::signin) fn signs_in(&self) -> bool {
        self.begins() || self.second_factor().is_some() || self.asks_for_code().is_some()
    }

    /// Whether the call carries a first factor.
    pub(in crate::origin::api::signin) fn begins(&self) -> bool {
        self.presented.is_some() || self.login().is_some()
    }

    /// The code of a second factor.
    pub(in crate::origin::api::signin) fn second_factor(&self) -> Option<(Method, &str)> {
        if let Some(code) = self.get(&["recoveryCode"]) {
            return Some((Method::Recovery, code));
        }
        let method = self.get(&["mfaType"]).map_or(Some(Method::Totp), Method::of_wire_name);
        Some((method?, self.get(&["passcode"])?))
    }

    /// The factor for which to send a code: named in the call without a proof.
    pub(in crate::origin::api::signin) fn asks_for_code(&self) -> Option<Method> {
        let proves = self.begins() || self.get(&["passcode", "recoveryCode", "password"]).is_some();
        let method = self.get(&["mfaType"]).filter(|_| !proves).and_then(Method::of_wire_name);
        method.filter(|method| matches!(method, Method::Email | Method::Sms))
    }

    /// Whether to remember the browser after a second factor.
    pub(in crate::origin::api::signin) fn remembers(&self) -> bool {
        matches!(self.get(&["enableMfaRemember"]), Some("true" | "1" | "on"))
    }
}
