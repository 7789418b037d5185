//! The authorization request: read once, then decided (RFC 6749 §4.1.1, OIDC Core §3.1.2,
//! RFC 7636, RFC 8707, RFC 9207).
//!
//! The states are types. Parameters become either an [`AuthorizationRequest`], or a [`Refusal`]
//! that says whether the client may be told by a redirect at all: until the client and its
//! address are known, nobody is redirected anywhere (RFC 6749 §4.1.2.1). A request is then
//! [decided](AuthorizationRequest::decide) against who is signed in.

use std::fmt;

use super::{
    oauth::{
        pkce::Challenge,
        scope::{Scope, ScopeError},
    },
    redirect::{RedirectError, RedirectUri, ResponseMode},
    time::UnixTime,
};

/// What the decision needs to know of the client.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// `client_id`
    pub id: &'a str,
    /// It has no secret, so PKCE is all that protects its codes.
    pub is_public: bool,
    /// Its addresses.
    pub redirect_uris: &'a [String],
    /// Its grant types.
    pub grant_types: &'a [String],
    /// Its scopes beyond the standard ones.
    pub scopes: &'a [String],
    /// The audiences it may ask for.
    pub resources: &'a [String],
}

/// Where and how the answer goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnAddress {
    /// Registered.
    pub redirect: RedirectUri,
    /// Query, fragment or form.
    pub mode: ResponseMode,
    /// Given back as it came.
    pub state: Option<String>,
}

impl ReturnAddress {
    /// The parameters of an answer: what it says, the `state`, and who says it (RFC 9207).
    pub fn parameters(
        &self,
        answer: Vec<(&'static str, String)>,
        issuer: &str,
    ) -> Vec<(&'static str, String)> {
        let state = self.state.as_ref().map(|state| ("state", state.clone()));
        answer.into_iter().chain(state).chain([("iss", issuer.to_owned())]).collect()
    }
}

/// A request that is well-formed and within what the client may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes.
    pub return_to: ReturnAddress,
    /// What is asked for.
    pub scope: Scope,
    /// The audience asked for (RFC 8707).
    pub resource: Option<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// What the person may or must be shown.
    pub prompt: Prompt,
    /// How many seconds ago the sign-in may have been.
    pub max_age: Option<i64>,
    /// Who is expected, as typed into the page.
    pub login_hint: Option<String>,
    /// An ID token of whoever is expected, not verified yet.
    pub id_token_hint: Option<String>,
}

/// `prompt` (OIDC Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    /// A sign-in page only if it is needed.
    #[default]
    WhenNeeded,
    /// Never a page.
    None,
    /// Always a sign-in (`login`, `select_account`).
    Always,
}

/// Why a request gets no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no address to tell it to: a page, no redirect.
    Here(&'static str),
    /// The client is told.
    There(ReturnAddress, Complaint),
}

/// What the client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// `error`
    pub code: ErrorCode,
    /// `error_description`
    pub description: &'static str,
}

impl Complaint {
    /// The parameters `error` and `error_description`.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("error", self.code.as_str().to_owned()),
            ("error_description", self.description.to_owned()),
        ]
    }
}

/// The error codes of the authorization endpoint (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6,
/// RFC 8707 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum ErrorCode {
    InvalidRequest,
    UnauthorizedClient,
    AccessDenied,
    UnsupportedResponseType,
    InvalidScope,
    InvalidTarget,
    LoginRequired,
    InteractionRequired,
    RequestNotSupported,
    RequestUriNotSupported,
}

impl ErrorCode {
    /// The code as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The longest `state`, `nonce` and `login_hint`.
const MAXIMUM_STATE: usize = 2048;
const MAXIMUM_NONCE: usize = 256;
const MAXIMUM_LOGIN_HINT: usize = 256;

impl AuthorizationRequest {
    /// Reads the request of `client` from `parameter`, which answers a name with its one value.
    pub fn read<'a>(
        client: Client<'_>,
        parameter: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, Refusal> {
        let redirect = parameter("redirect_uri")
            .ok_or(Refusal::Here("redirect_uri is required"))
            .and_then(|uri| {
            RedirectUri::registered(uri, client.redirect_uris).map_err(|error| match error {
                RedirectError::Malformed => Refusal::Here("the redirect_uri is malformed"),
                RedirectError::Unregistered => {
                    Refusal::Here("the redirect_uri is not registered for this client")
                }
            })
        })?;
        let state = parameter("state").filter(|state| state.len() <= MAXIMUM_STATE);
        let mode = parameter("response_mode").map(ResponseMode::from_name);
        let return_to = ReturnAddress {
            redirect,
            mode: mode.flatten().unwrap_or_default(),
            state: state.map(str::to_owned),
        };
        if mode == Some(None) {
            return Err(return_to.complain(
                ErrorCode::InvalidRequest,
                "response_mode must be query, fragment or form_post",
            ));
        }
        match Self::asked(client, &return_to, &parameter) {
            Ok(request) => Ok(request),
            Err((code, description)) => Err(return_to.complain(code, description)),
        }
    }

    fn asked<'a>(
        client: Client<'_>,
        return_to: &ReturnAddress,
        parameter: &impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, (ErrorCode, &'static str)> {
        use ErrorCode as E;
        let within = |name, limit| match parameter(name) {
            Some(text) if text.len() > limit => Err((E::InvalidRequest, "a parameter is too long")),
            other => Ok(other),
        };
        within("state", MAXIMUM_STATE)?;
        if parameter("request").is_some() {
            return Err((E::RequestNotSupported, "request objects are not supported"));
        }
        if parameter("request_uri").is_some() {
            return Err((E::RequestUriNotSupported, "request_uri is not supported"));
        }
        match parameter("response_type") {
            None => return Err((E::InvalidRequest, "response_type is required")),
            Some("code") => {}
            Some(_) => return Err((E::UnsupportedResponseType, "response_type must be code")),
        }
        if !client.grant_types.iter().any(|grant| grant == "authorization_code") {
            return Err((E::UnauthorizedClient, "the client may not use authorization codes"));
        }
        let scope = Scope::granted(parameter("scope"), client.scopes).map_err(|error| {
            let why = match error {
                ScopeError::Malformed => "the scope is malformed",
                ScopeError::Wider => "the scope goes beyond what this client may have",
            };
            (E::InvalidScope, why)
        })?;
        // A registered resource is absolute and has no fragment, so this is all of RFC 8707 §2.
        let resource = parameter("resource");
        if resource.is_some_and(|resource| !client.resources.iter().any(|known| known == resource))
        {
            return Err((E::InvalidTarget, "the resource is not registered for this client"));
        }
        Ok(Self {
            client_id: client.id.to_owned(),
            return_to: return_to.clone(),
            scope,
            resource: resource.map(str::to_owned),
            nonce: within("nonce", MAXIMUM_NONCE)?.map(str::to_owned),
            challenge: challenge(client, parameter)?,
            prompt: Prompt::read(parameter("prompt"))?,
            max_age: max_age(parameter("max_age"))?,
            login_hint: within("login_hint", MAXIMUM_LOGIN_HINT)?.map(str::to_owned),
            id_token_hint: parameter("id_token_hint").map(str::to_owned),
        })
    }

    /// What comes next.
    pub fn decide(&self, signed_in: Option<&SignedIn>, now: UnixTime) -> Next {
        let reason = match signed_in {
            None => Some((ErrorCode::LoginRequired, "nobody is signed in")),
            Some(person) if !person.is_expected => {
                Some((ErrorCode::LoginRequired, "another person is signed in"))
            }
            Some(person) if !person.is_admitted => {
                Some((ErrorCode::InteractionRequired, "the person may not use this client"))
            }
            // The person has just answered the page: there is nothing left to ask.
            Some(SignedIn { just_now: true, .. }) => None,
            Some(_) if self.prompt == Prompt::Always => {
                Some((ErrorCode::LoginRequired, "a new sign-in is asked for"))
            }
            // `max_age=0` is `prompt=login` (OIDC Core §3.1.2.1).
            Some(person)
                if self.max_age.is_some_and(|age| age == 0 || now.since(person.at) > age) =>
            {
                Some((ErrorCode::LoginRequired, "the sign-in is too old"))
            }
            Some(_) => None,
        };
        match reason {
            None => Next::Grant,
            Some((code, description)) if self.prompt == Prompt::None => {
                Next::Refuse(Complaint { code, description })
            }
            Some(_) => Next::SignIn,
        }
    }
}

/// Who is signed in, as far as the decision goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// When (`auth_time`).
    pub at: UnixTime,
    /// Whether that was in answer to this very request.
    pub just_now: bool,
    /// Whether the person may use the client's application.
    pub is_admitted: bool,
    /// Whether it is the person whom `id_token_hint` names, if there is one.
    pub is_expected: bool,
}

/// What comes next for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A code, silently.
    Grant,
    /// The sign-in page.
    SignIn,
    /// An error, to the client.
    Refuse(Complaint),
}

impl Prompt {
    fn read(text: Option<&str>) -> Result<Self, (ErrorCode, &'static str)> {
        let words: Vec<&str> = text.unwrap_or_default().split(' ').collect();
        match words.as_slice() {
            ["" | "consent"] => Ok(Self::WhenNeeded),
            ["none"] => Ok(Self::None),
            words
                if words
                    .iter()
                    .all(|&word| matches!(word, "login" | "select_account" | "consent")) =>
            {
                Ok(Self::Always)
            }
            words if words.contains(&"none") => {
                Err((ErrorCode::InvalidRequest, "prompt=none goes with no other value"))
            }
            _ => Err((ErrorCode::InvalidRequest, "prompt must be none, login or select_account")),
        }
    }
}

impl ReturnAddress {
    fn complain(self, code: ErrorCode, description: &'static str) -> Refusal {
        Refusal::There(self, Complaint { code, description })
    }
}

fn max_age(text: Option<&str>) -> Result<Option<i64>, (ErrorCode, &'static str)> {
    let Some(text) = text else { return Ok(None) };
    let is_number = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse().ok().filter(|_| is_number) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err((ErrorCode::InvalidRequest, "max_age must be a number of seconds")),
    }
}

fn challenge<'a>(
    client: Client<'_>,
    parameter: &impl Fn(&str) -> Option<&'a str>,
) -> Result<Option<Challenge>, (ErrorCode, &'static str)> {
    use super::oauth::pkce::ChallengeError;
    match (parameter("code_challenge"), parameter("code_challenge_method")) {
        (Some(text), method) => {
            let challenge = Challenge::parse(text, method).map_err(|error| {
                let why = match error {
                    ChallengeError::Method => "code_challenge_method must be S256",
                    ChallengeError::Form => "the code_challenge is malformed",
                };
                (ErrorCode::InvalidRequest, why)
            })?;
            Ok(Some(challenge))
        }
        (None, Some(_)) => Err((ErrorCode::InvalidRequest, "code_challenge is required")),
        (None, None) if client.is_public => {
            Err((ErrorCode::InvalidRequest, "a public client must send a code_challenge"))
        }
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(
        is_public: bool,
        changes: &[(&str, Option<&str>)],
    ) -> Result<AuthorizationRequest, Refusal> {
        let list = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let (redirect_uris, grant_types) =
            (list(&["https://app.example/cb"]), list(&["authorization_code"]));
        let (scopes, resources) = (list(&["ai:inference"]), list(&["https://api.example"]));
        let client = Client {
            id: "app",
            is_public,
            redirect_uris: &redirect_uris,
            grant_types: &grant_types,
            scopes: &scopes,
            resources: &resources,
        };
        let mut all = vec![
            ("response_type", Some("code")),
            ("redirect_uri", Some("https://app.example/cb")),
            ("state", Some("s")),
            ("code_challenge", Some(CHALLENGE)),
            ("code_challenge_method", Some("S256")),
        ];
        all.retain(|(name, _)| !changes.iter().any(|(other, _)| name == other));
        all.extend_from_slice(changes);
        let owned: Vec<(String, Option<String>)> =
            all.iter().map(|(n, v)| ((*n).to_owned(), v.map(str::to_owned))).collect();
        let owned: &'static Vec<_> = Box::leak(Box::new(owned));
        AuthorizationRequest::read(client, |name| {
            owned.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_deref())
        })
    }

    fn complaint(is_public: bool, changes: &[(&str, Option<&str>)]) -> ErrorCode {
        match read(is_public, changes) {
            Err(Refusal::There(address, complaint)) => {
                assert_eq!(address.redirect.as_str(), "https://app.example/cb");
                complaint.code
            }
            other => panic!("{other:?}"),
        }
    }

    /// ATTACKS C-39; RFC 6749 §4.1.2.1.
    #[test]
    fn without_a_registered_address_nothing_is_redirected() {
        for uri in [None, Some("https://evil.example/cb"), Some("javascript:alert(1)")] {
            for more in [("response_type", Some("token")), ("prompt", Some("none"))] {
                let refusal = read(true, &[("redirect_uri", uri), more]).unwrap_err();
                assert!(matches!(refusal, Refusal::Here(_)), "{uri:?}");
            }
        }
    }

    /// ATTACKS C-43; RFC 7636 §4.4.1.
    #[test]
    fn a_challenge_is_s256_and_a_public_client_must_have_one() {
        let challenge =
            |text, method| [("code_challenge", text), ("code_challenge_method", method)];
        assert!(read(true, &[]).unwrap().challenge.is_some());
        assert!(read(false, &challenge(None, None)).unwrap().challenge.is_none());
        let (short, long) = ("a".repeat(42), "a".repeat(129));
        for bad in [
            challenge(None, None),
            challenge(Some(CHALLENGE), None),
            challenge(Some(CHALLENGE), Some("plain")),
            challenge(Some(CHALLENGE), Some("S512")),
            challenge(Some(&short), Some("S256")),
            challenge(Some(&long), Some("S256")),
            challenge(None, Some("S256")),
        ] {
            assert_eq!(complaint(true, &bad), ErrorCode::InvalidRequest, "{bad:?}");
        }
        // a confidential client that sends one has it checked all the same
        assert_eq!(
            complaint(false, &challenge(Some(CHALLENGE), Some("plain"))),
            ErrorCode::InvalidRequest
        );
    }

    /// ATTACKS C-45 (CVE-2026-7571).
    #[test]
    fn only_codes_are_given_and_only_to_clients_that_may_have_them() {
        for other in ["token", "id_token", "code id_token", "code token", "none", "CODE", "code "] {
            assert_eq!(
                complaint(true, &[("response_type", Some(other))]),
                ErrorCode::UnsupportedResponseType
            );
        }
        assert_eq!(complaint(true, &[("response_type", None)]), ErrorCode::InvalidRequest);
        let client = Client {
            id: "app",
            is_public: true,
            redirect_uris: &["https://app.example/cb".to_owned()],
            grant_types: &["client_credentials".to_owned()],
            scopes: &[],
            resources: &[],
        };
        let refusal = AuthorizationRequest::read(client, |name| match name {
            "redirect_uri" => Some("https://app.example/cb"),
            "response_type" => Some("code"),
            _ => None,
        });
        assert!(
            matches!(refusal, Err(Refusal::There(_, complaint)) if complaint.code == ErrorCode::UnauthorizedClient)
        );
    }

    /// ATTACKS C-47: nothing is fetched, because it is not supported.
    #[test]
    fn request_objects_are_refused_unread() {
        assert_eq!(
            complaint(true, &[("request", Some("e30.e30."))]),
            ErrorCode::RequestNotSupported
        );
        assert_eq!(
            complaint(true, &[("request_uri", Some("https://evil.example/r"))]),
            ErrorCode::RequestUriNotSupported
        );
    }

    /// ATTACKS C-53; RFC 8707 §2.
    #[test]
    fn only_a_registered_resource_is_a_target() {
        let resource = |text| read(true, &[("resource", Some(text))]);
        assert_eq!(
            resource("https://api.example").unwrap().resource.as_deref(),
            Some("https://api.example")
        );
        for bad in
            ["https://api.example#f", "https://api.example/", "/relative", "https://other.example"]
        {
            assert_eq!(complaint(true, &[("resource", Some(bad))]), ErrorCode::InvalidTarget);
        }
    }

    /// ATTACKS C-49; OIDC Core §3.1.2.1.
    #[test]
    fn prompt_none_stands_alone() {
        for bad in ["none login", "login none", "none none", "create", "NONE"] {
            assert_eq!(
                complaint(true, &[("prompt", Some(bad))]),
                ErrorCode::InvalidRequest,
                "{bad}"
            );
        }
        for (text, prompt) in [
            ("none", Prompt::None),
            ("login", Prompt::Always),
            ("select_account", Prompt::Always),
            ("login consent", Prompt::Always),
            ("consent", Prompt::WhenNeeded),
        ] {
            assert_eq!(read(true, &[("prompt", Some(text))]).unwrap().prompt, prompt);
        }
    }

    #[test]
    fn what_is_malformed_or_endless_is_refused_to_the_client() {
        let (state, nonce) = ("a".repeat(MAXIMUM_STATE + 1), "a".repeat(MAXIMUM_NONCE + 1));
        for (name, value, code) in [
            ("state", state.as_str(), ErrorCode::InvalidRequest),
            ("nonce", nonce.as_str(), ErrorCode::InvalidRequest),
            ("login_hint", state.as_str(), ErrorCode::InvalidRequest),
            ("max_age", "-1", ErrorCode::InvalidRequest),
            ("max_age", "+1", ErrorCode::InvalidRequest),
            ("max_age", "1.5", ErrorCode::InvalidRequest),
            ("max_age", "99999999999999999999", ErrorCode::InvalidRequest),
            ("response_mode", "web_message", ErrorCode::InvalidRequest),
            ("scope", "openid admin", ErrorCode::InvalidScope),
            ("scope", "a\"b", ErrorCode::InvalidScope),
        ] {
            assert_eq!(complaint(true, &[(name, Some(value))]), code, "{name}");
        }
    }

    /// ATTACKS C-54: RFC 9207.
    #[test]
    fn every_answer_says_who_gives_it() {
        let request = read(true, &[]).unwrap();
        let answer =
            request.return_to.parameters(vec![("code", "c".to_owned())], "https://i.example");
        let names: Vec<_> = answer.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(names, [("code", "c"), ("state", "s"), ("iss", "https://i.example")]);
    }

    fn person(at: i64) -> SignedIn {
        SignedIn { at: UnixTime(at), just_now: false, is_admitted: true, is_expected: true }
    }

    const NOW: UnixTime = UnixTime(1000);

    /// ATTACKS C-49.
    #[test]
    fn prompt_none_never_leads_to_a_page() {
        let request = read(true, &[("prompt", Some("none")), ("max_age", Some("60"))]).unwrap();
        let code = |person: Option<SignedIn>| match request.decide(person.as_ref(), NOW) {
            Next::Refuse(complaint) => Some(complaint.code),
            Next::Grant => None,
            Next::SignIn => panic!("a page"),
        };
        assert_eq!(code(None), Some(ErrorCode::LoginRequired));
        assert_eq!(code(Some(person(0))), Some(ErrorCode::LoginRequired));
        assert_eq!(code(Some(person(990))), None);
        let stranger = SignedIn { is_admitted: false, ..person(990) };
        assert_eq!(code(Some(stranger)), Some(ErrorCode::InteractionRequired));
        let other = SignedIn { is_expected: false, ..person(990) };
        assert_eq!(code(Some(other)), Some(ErrorCode::LoginRequired));
    }

    /// ATTACKS C-50.
    #[test]
    fn an_old_sign_in_is_asked_for_again() {
        let decide = |changes: &[(&str, Option<&str>)], person| {
            read(true, changes).unwrap().decide(Some(&person), NOW)
        };
        assert_eq!(decide(&[], person(0)), Next::Grant);
        assert_eq!(decide(&[("max_age", Some("60"))], person(939)), Next::SignIn);
        assert_eq!(decide(&[("max_age", Some("60"))], person(941)), Next::Grant);
        assert_eq!(decide(&[("max_age", Some("0"))], person(1000)), Next::SignIn);
        for prompt in ["login", "select_account"] {
            assert_eq!(decide(&[("prompt", Some(prompt))], person(1000)), Next::SignIn);
            let fresh = SignedIn { just_now: true, ..person(1000) };
            assert_eq!(decide(&[("prompt", Some(prompt))], fresh), Next::Grant);
            assert_eq!(decide(&[("max_age", Some("0"))], fresh), Next::Grant);
        }
    }

    /// ATTACKS C-51: whoever else is signed in gets no code for it, even fresh from the page.
    #[test]
    fn another_person_than_expected_gets_no_code() {
        let other = SignedIn { is_expected: false, just_now: true, ..person(1000) };
        assert_eq!(read(true, &[]).unwrap().decide(Some(&other), NOW), Next::SignIn);
        let stranger = SignedIn { is_admitted: false, just_now: true, ..person(1000) };
        assert_eq!(read(true, &[]).unwrap().decide(Some(&stranger), NOW), Next::SignIn);
    }

    proptest! {
        /// Whatever is sent, the only redirect there ever is goes to the registered address.
        #[test]
        fn no_parameter_moves_the_answer(
            name in "(response_type|response_mode|scope|prompt|max_age|nonce|resource|state|code_challenge)",
            value in ".{0,60}",
        ) {
            match read(true, &[(name.as_str(), Some(value.as_str()))]) {
                Ok(request) => prop_assert_eq!(request.return_to.redirect.as_str(), "https://app.example/cb"),
                Err(Refusal::There(to, _)) => prop_assert_eq!(to.redirect.as_str(), "https://app.example/cb"),
                Err(Refusal::Here(_)) => prop_assert!(false, "refused here"),
            }
        }
    }
}
