//! Request and reply schemas of the sign-in endpoints for the OpenAPI document. The handlers parse
//! them by the rules of the published clients (WIRE §4.5).

use std::{fmt, marker::PhantomData};

use serde_json::{Map, Value};

#[cfg(not(target_arch = "wasm32"))]
use crate::origin::api::endpoint::Contents;
use crate::{
    core::directory::Invalid,
    origin::{
        api::endpoint::{Described, Parameter, Query, Reply},
        http::{Envelope, Parameters, Request, Response, RestError},
    },
};

/// The envelope: HTTP 200, and whether it succeeded in `status`.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Enveloped<T> {
    /// `ok` or `error`.
    pub status: String,
    /// For people.
    pub msg: String,
    /// For programs, of an error.
    pub code: Option<String>,
    /// The id of the user whom the reply is about.
    pub sub: Option<String>,
    /// The username.
    pub name: Option<String>,
    /// The content.
    pub data: Option<T>,
    /// Further content: the organization of an account.
    pub data2: Option<Value>,
}

/// A reply in the envelope, whether it succeeded or not. A refusal has status 200, or the status that
/// the published clients read (WIRE §4.5).
pub struct InEnvelope<T>(Response, PhantomData<T>);

impl<T> From<Response> for InEnvelope<T> {
    fn from(response: Response) -> Self {
        Self(response, PhantomData)
    }
}

impl<T> fmt::Debug for InEnvelope<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InEnvelope").field(&self.0.status()).finish()
    }
}

impl<T> Reply for InEnvelope<T>
where
    Enveloped<T>: Described,
{
    const REFUSALS: &'static [u16] = &[400, 403, 404, 409, 429, 500];

    fn into_response(self) -> Response {
        self.0
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<Enveloped<T>>())
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn refusals(generator: &mut schemars::SchemaGenerator) -> Contents {
        vec![("application/json", generator.subschema_for::<Enveloped<()>>())]
    }
}

/// The envelope as a reply, whether it succeeded or not.
pub fn enveloped<T>(result: Result<Envelope, Envelope>) -> InEnvelope<T> {
    match result {
        Ok(envelope) | Err(envelope) => envelope.into_response().into(),
    }
}

/// An object of the directory.
pub type Object = Map<String, Value>;

/// A sign-in, by password or by the browser's session. Parameters of the query count as well.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct LoginForm {
    /// `login` (a session), `code` (an authorization code) or `device` (approves a device).
    pub r#type: Option<String>,
    /// The client.
    pub client_id: Option<String>,
    /// The application's name, instead.
    pub application: Option<String>,
    /// The organization of the login, if not the application's.
    pub organization: Option<String>,
    /// A username, e-mail address or phone number.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The code that was sent to the verified address, instead.
    pub code: Option<String>,
    /// After `NextMfa`, in the same browser and without `username`: the second factor that is proven, or to which
    /// a code is sent.
    pub mfa_type: Option<String>,
    /// Its code.
    pub passcode: Option<String>,
    /// A recovery code, instead.
    pub recovery_code: Option<String>,
    /// Where the code goes.
    pub redirect_uri: Option<String>,
    /// The user code of a device.
    pub user_code: Option<String>,
}

/// What a person changes of the own account; what is not sent stays.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct ProfileForm {
    /// The person's name.
    pub display_name: Option<String>,
    /// URL or `data:image`.
    pub avatar: Option<String>,
    /// A text about the person.
    pub bio: Option<String>,
    /// A URL.
    pub homepage: Option<String>,
}

/// A change of the own password.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct PasswordForm {
    /// The present password.
    pub old_password: Option<String>,
    /// The organization, if the password is forgotten.
    pub organization: Option<String>,
    /// The username or e-mail address, if the password is forgotten.
    pub username: Option<String>,
    /// The code that was sent to the verified address, if the password is forgotten.
    pub code: Option<String>,
    /// The new one, of at least 8 characters.
    pub password: String,
}

/// The versions of documents that are accepted; at least one.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TermsForm {
    /// Of the terms of service.
    pub terms: Option<String>,
    /// Of the acceptable use policy.
    pub aup: Option<String>,
}

/// An organization to found.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OnboardForm {
    /// The name for people, from which the name in addresses is made.
    pub name: Option<String>,
    /// Whether it is the person's own.
    pub personal: Option<bool>,
}

/// The acceptance of an invitation.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct AcceptForm {
    /// The organization.
    pub owner: String,
    /// The code of the invitation.
    pub code: String,
    /// The code that was sent to the invited address, for an account that does not have it.
    pub email_code: Option<String>,
}

/// The erasure of the own account.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EraseForm {
    /// The account, as `owner/name`.
    pub confirm: String,
    /// The password, if the account has one.
    pub password: Option<String>,
}

/// What remains of a consent.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct ConsentForm {
    /// The client id.
    pub application: String,
    /// The scopes that remain; none withdraws the consent.
    pub granted_scopes: Vec<String>,
}

/// A consent.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct ConsentView {
    /// The client id.
    pub application: String,
    /// The scopes that the client may have.
    pub granted_scopes: Vec<String>,
    /// The resources that its tokens may be for.
    pub resources: Vec<String>,
    /// When it was first given.
    pub created_time: String,
    /// When it was last changed.
    pub updated_time: String,
}

/// An identifier that a person typed.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct IdentifierForm {
    /// The client.
    pub client_id: String,
    /// A username, e-mail address or phone number.
    pub identifier: String,
}

/// A code to be sent.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct VerificationForm {
    /// `signin`, the default, `signup`, `reset` or `verify`.
    pub purpose: Option<String>,
    /// The same in Casdoor's words: `login`, `signup`, `forget`; `reset` is a new address.
    pub method: Option<String>,
    /// The login, or the address that is to be verified.
    pub dest: String,
    /// `email`, the default, or `phone`, which can only be verified.
    pub r#type: Option<String>,
    /// The application, `owner/name`.
    pub application_id: Option<String>,
    /// The client, instead.
    pub client_id: Option<String>,
    /// The organization of the login, if not the application's.
    pub organization: Option<String>,
}

/// A new account.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct SignupForm {
    /// The application.
    pub application: String,
    /// Its organization.
    pub organization: Option<String>,
    /// The address.
    pub email: String,
    /// The code that was sent there; absent: one is sent.
    pub email_code: Option<String>,
    /// The password.
    pub password: String,
    /// The username; absent: one is made of the address.
    pub username: Option<String>,
    /// The person's name.
    pub name: Option<String>,
    /// The code of an invitation, where one is needed.
    pub invitation_code: Option<String>,
    /// Whether the terms are accepted.
    pub agreement: Option<bool>,
}

/// The user code of a device.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename_all = "camelCase"))]
pub struct UserCodeForm {
    /// The code, as the device shows it.
    pub user_code: String,
}

/// A form of a sign-in page: a login, or a decision.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PageForm {
    /// The token of the page that the form is on.
    pub form_token: Option<String>,
    /// A username, e-mail address or phone number.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// `allow` or `deny`, of a person who has signed in.
    pub decision: Option<String>,
    /// The session of the account that the person chooses.
    pub choose: Option<String>,
    /// The session of the account that the person signs out; `all`: of every account.
    pub sign_out: Option<String>,
}

/// A form of an account page. Which members a form has depends on the page and the step.
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AccountForm {
    /// The token of the page that the form is on.
    pub form_token: Option<String>,
    /// What the form does, where the page has several.
    pub step: Option<String>,
    /// The object that it is about.
    pub id: Option<String>,
}

/// Documented queries, which the handlers parse by the rules of their protocol.
macro_rules! queries {
    ($($(#[doc = $line:literal])+ $name:ident: $($parameter:expr),+;)+) => { $(
        $(#[doc = $line])+
        #[derive(Debug)]
        pub struct $name;

        impl Query for $name {
            const PARAMETERS: &'static [Parameter] = &[$($parameter),+];

            fn read(_: &Parameters) -> Result<Self, Invalid> {
                Ok(Self)
            }

            fn of(_: &Request) -> Result<Self, RestError> {
                Ok(Self)
            }
        }
    )+ };
}

queries! {
    /// An authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2.1).
    AuthorizationQuery:
        Parameter::required("client_id", "The client."),
        Parameter::required("redirect_uri", "A registered redirect URI."),
        Parameter::required("response_type", "`code`."),
        Parameter::optional("response_mode", "`query`, `fragment` or `form_post`."),
        Parameter::optional("scope", "The scope, separated by spaces."),
        Parameter::optional("state", "Returned as it is."),
        Parameter::optional("nonce", "For the ID token."),
        Parameter::optional("resource", "The resource that tokens are for (RFC 8707)."),
        Parameter::optional("code_challenge", "PKCE (RFC 7636); required of public clients."),
        Parameter::optional("code_challenge_method", "`S256`."),
        Parameter::optional("prompt", "`none`, `login`, `consent` or `select_account`."),
        Parameter::optional("max_age", "The longest age of the sign-in, in seconds.")
            .integer(0, i64::MAX),
        Parameter::optional("login_hint", "The login to begin with."),
        Parameter::optional("provider", "The name of the identity provider to sign in by."),
        Parameter::optional("id_token_hint", "An ID token of the expected person.");
    /// The answer of an identity provider (RFC 6749 §4.1.2, RFC 9207).
    CallbackQuery:
        Parameter::optional("state", "As it was sent."),
        Parameter::optional("code", "To be redeemed."),
        Parameter::optional("iss", "The issuer."),
        Parameter::optional("error", "Why the provider refuses.");
    /// An authorization request, or the organization whose people sign in to their own accounts.
    SpnegoQuery:
        Parameter::optional("client_id", "The client; all parameters of an authorization request with it."),
        Parameter::optional("organization", "The organization, without a client."),
        Parameter::optional("provider", "The name of the Kerberos provider; all that are offered without it.");
    /// A logout request (OpenID Connect RP-Initiated Logout 1.0 §2).
    LogoutQuery:
        Parameter::optional("id_token_hint", "An ID token of the session to end."),
        Parameter::optional("client_id", "The client."),
        Parameter::optional("post_logout_redirect_uri", "A registered address to go to."),
        Parameter::optional("state", "Returned as it is.");
    /// The identity to link.
    LinkQuery:
        Parameter::optional("provider", "The identity provider, as `owner/name`."),
        Parameter::optional("address", "Of a wallet: the address of the account."),
        Parameter::optional("chain", "Of a wallet: the chain; `evm` unless another one is named."),
        Parameter::optional("chainId", "Of a contract wallet: the EIP-155 id of its chain.");
    /// The application of a sign-in page.
    ApplicationQuery:
        Parameter::optional("clientId", "The client.");
    /// The sign-in that a code is for.
    CodeLinkQuery:
        Parameter::optional("client_id", "The client; without it the person's own account.");
    /// A device code to approve.
    DeviceQuery:
        Parameter::optional("user_code", "The code, as the device shows it.");
    /// The page after a logout.
    LandingQuery:
        Parameter::optional("signed_out", "Whether a logout led here."),
        Parameter::optional("organization", "The organization whose people sign in."),
        Parameter::optional("continue", "The account page that follows."),
        Parameter::optional("login_hint", "The username."),
        Parameter::optional("again", "Whether a person who is signed in signs in again.");

    /// The query of the page on which a person proves a factor again.
    ContinueQuery:
        Parameter::optional("continue", "The account page that follows.");
}
