//! Verifies identity provider responses (SAML core §3.2.2, SAML profiles §4.1.4).

use super::{
    Algorithms, Attribute, NameId, assertion,
    conditions::time,
    encryption::{Decrypter, EncryptionError, decrypt},
    instant::is_early,
    names::{ASSERTION, DSIG, PROTOCOL, SUCCESS},
    signature::{SignatureError, Verified, signature_of, verify},
    xml::{Document, Element, Limits, Several, XmlError, parse},
};
use crate::core::{crypto::Signatures, signature::VerifyingKey, time::UnixTime};

/// The expected content of a response.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The time.
    pub now: UnixTime,
    /// The entity ID of the identity provider.
    pub issuer: &'a str,
    /// Its keys, from its metadata.
    pub keys: &'a [VerifyingKey],
    /// Our entity ID.
    pub audience: &'a str,
    /// The address that the response was sent to.
    pub acs_url: &'a str,
    /// The ID of this browser's pending request.
    pub request: Option<&'a str>,
    /// Whether unsolicited responses are accepted. Never applies if there is a pending request.
    pub allow_unsolicited: bool,
    /// Whether the assertion itself must be signed, even in a signed response.
    pub require_signed_assertion: bool,
    /// Weak algorithms accepted from this provider.
    pub algorithms: Algorithms,
}

/// The platform's cryptography.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Verifies signatures.
    pub signatures: &'a dyn Signatures,
    /// Decrypts.
    pub decrypter: Decrypter<'a>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({:?})", self.decrypter)
    }
}

/// A verified login. Only [`accept`] creates one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// The assertion ID, to be used once.
    pub assertion_id: String,
    /// Until when it must be kept in the replay cache.
    pub replay_until: UnixTime,
    /// The subject.
    pub name_id: NameId,
    /// The subject's attributes.
    pub attributes: Vec<Attribute>,
    /// The session at the identity provider, for logout.
    pub session_index: Option<String>,
    /// When that session ends.
    pub session_ends: Option<UnixTime>,
    /// The authentication time.
    pub authenticated_at: UnixTime,
    /// The authentication context class, a URI.
    pub context: Option<String>,
    /// The ID of the request.
    pub in_response_to: Option<String>,
}

/// The request of a response.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answers<'a> {
    /// This pending request.
    Request(&'a str),
    /// No request.
    Nothing {
        /// Whether the response itself is signed.
        signed: bool,
    },
}

/// Why a response is refused. For administrators only, never shown to the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// It is not acceptable XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is not a response.
    #[error("the message is not a SAML 2.0 Response")]
    NotResponse,
    /// An element appears several times.
    #[error(transparent)]
    Several(#[from] Several),
    /// A required part is missing.
    #[error("the response has no {0}")]
    Missing(&'static str),
    /// An unexpected element.
    #[error("the response has an unexpected element {0}")]
    Unexpected(String),
    /// `Version` is not 2.0.
    #[error("the version is not 2.0")]
    Version,
    /// `IssueInstant` is in the future or malformed.
    #[error("the response has no valid time of issue")]
    IssueInstant,
    /// `Destination` is not our address.
    #[error("the response is for another destination")]
    Destination,
    /// `Issuer` is not the identity provider.
    #[error("the response is of another issuer")]
    Issuer,
    /// It does not answer this browser's pending request.
    #[error("the response answers another request")]
    InResponseTo,
    /// It is unsolicited, which is not allowed.
    #[error("the response is unsolicited")]
    Unsolicited,
    /// The identity provider reports a failure.
    #[error("the status is {code}")]
    Status {
        /// The second status code if there is one, otherwise the first.
        code: String,
        /// The status message. Untrusted text.
        message: Option<String>,
    },
    /// There is not exactly one assertion.
    #[error("the response has {0} assertions where there must be one")]
    Assertions(usize),
    /// Neither response nor assertion is signed.
    #[error("neither the response nor the assertion is signed")]
    Unsigned,
    /// The signature of the response is invalid.
    #[error("signature of the response: {0}")]
    Signature(#[source] SignatureError),
    /// The assertion is refused.
    #[error("assertion: {0}")]
    Assertion(#[from] AssertionError),
}

/// Why an assertion is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// An element appears several times.
    #[error(transparent)]
    Several(#[from] Several),
    /// Decryption failed.
    #[error("decryption: {0}")]
    Encryption(#[from] EncryptionError),
    /// The decrypted element is not an assertion.
    #[error("what was encrypted is not an assertion")]
    NotAssertion,
    /// Its signature is invalid.
    #[error("signature: {0}")]
    Signature(#[from] SignatureError),
    /// It is unsigned, and the provider's settings require a signature.
    #[error("it is not signed itself")]
    Unsigned,
    /// `Version` is not 2.0.
    #[error("the version is not 2.0")]
    Version,
    /// A part required by the profile is missing.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// A time is malformed.
    #[error("{0} is no time in UTC")]
    Time(&'static str),
    /// `Issuer` is not the identity provider.
    #[error("it is of another issuer")]
    Issuer,
    /// It is for another audience.
    #[error("it is for another audience")]
    Audience,
    /// It is not yet valid.
    #[error("it is not valid before {0}")]
    NotYet(UnixTime),
    /// It has expired.
    #[error("it expired at {0}")]
    Expired(UnixTime),
    /// The session at the identity provider has ended.
    #[error("the session ended at {0}")]
    SessionOver(UnixTime),
    /// An unknown condition, which may not be met.
    #[error("the condition {0} is not understood")]
    UnknownCondition(String),
    /// The confirmation is for another recipient.
    #[error("the confirmation is for another recipient")]
    Recipient,
    /// A bearer confirmation has `NotBefore`.
    #[error("a bearer confirmation must not have NotBefore")]
    ConfirmationNotBefore,
    /// The confirmation has expired.
    #[error("the confirmation expired at {0}")]
    ConfirmationExpired(UnixTime),
    /// The confirmation answers another request than the response.
    #[error("the confirmation answers another request")]
    ConfirmationInResponseTo,
    /// The name is scoped to another service provider.
    #[error("the NameID is for another service provider")]
    SpNameQualifier,
    /// Individually encrypted attributes are not supported.
    #[error("encrypted attributes are not supported")]
    EncryptedAttribute,
    /// Two attributes have the same name.
    #[error("the attribute {0} appears twice")]
    DuplicateAttribute(String),
}

/// Verifies a response and returns the login. The caller must check that [`Login::assertion_id`]
/// was not used before.
pub async fn accept(
    message: &[u8],
    expected: &Expected<'_>,
    context: &Context<'_>,
) -> Result<Login, ResponseError> {
    let came = parse(message, &Limits::MESSAGE)?;
    let root = came.root().filter(|root| root.is(PROTOCOL, "Response"));
    let root = root.ok_or(ResponseError::NotResponse)?;
    if signature_of(root).map_err(ResponseError::Signature)?.is_none() {
        return within(root, false, expected, context).await;
    }
    let verified = verified(root, expected, context).await.map_err(ResponseError::Signature)?;
    drop(came);
    let root = verified.document().root().filter(|root| root.is(PROTOCOL, "Response"));
    within(root.ok_or(ResponseError::NotResponse)?, true, expected, context).await
}

async fn verified(
    element: Element<'_>,
    expected: &Expected<'_>,
    context: &Context<'_>,
) -> Result<Verified, SignatureError> {
    let (keys, algorithms) = (expected.keys, expected.algorithms);
    verify(context.signatures, element, keys, algorithms, &Limits::MESSAGE).await
}

/// Checks a response and accepts its assertion. Content of an unsigned response can only cause a
/// refusal.
async fn within(
    response: Element<'_>,
    signed: bool,
    expected: &Expected<'_>,
    context: &Context<'_>,
) -> Result<Login, ResponseError> {
    envelope(response, signed, expected)?;
    let answers = request(response, signed, expected)?;
    let plain: Vec<_> = response.children_named(ASSERTION, "Assertion").collect();
    let encrypted: Vec<_> = response.children_named(ASSERTION, "EncryptedAssertion").collect();
    match (plain.as_slice(), encrypted.as_slice()) {
        ([assertion], []) => of(*assertion, signed, expected, context, answers).await,
        ([], [encrypted]) => {
            let document = opened(*encrypted, expected, context).await?;
            let root = document.root().filter(|root| root.is(ASSERTION, "Assertion"));
            let root = root.ok_or(AssertionError::NotAssertion)?;
            of(root, signed, expected, context, answers).await
        }
        _ => Err(ResponseError::Assertions(plain.len() + encrypted.len())),
    }
}

async fn opened(
    encrypted: Element<'_>,
    expected: &Expected<'_>,
    context: &Context<'_>,
) -> Result<Document, AssertionError> {
    Ok(decrypt(encrypted, context.decrypter, expected.algorithms, &Limits::MESSAGE).await?)
}

/// The login of an assertion; `signed` tells whether the response was signed.
async fn of(
    element: Element<'_>,
    signed: bool,
    expected: &Expected<'_>,
    context: &Context<'_>,
    answers: Answers<'_>,
) -> Result<Login, ResponseError> {
    if signature_of(element).map_err(AssertionError::from)?.is_some() {
        let verified = verified(element, expected, context).await.map_err(AssertionError::from)?;
        let root = verified.document().root().filter(|root| root.is(ASSERTION, "Assertion"));
        let root = root.ok_or(AssertionError::NotAssertion)?;
        return Ok(assertion::read(root, expected, context, answers).await?);
    }
    if !signed {
        return Err(ResponseError::Unsigned);
    }
    if expected.require_signed_assertion {
        return Err(AssertionError::Unsigned.into());
    }
    Ok(assertion::read(element, expected, context, answers).await?)
}

/// Checks the response around the assertion.
fn envelope(
    response: Element<'_>,
    signed: bool,
    expected: &Expected<'_>,
) -> Result<(), ResponseError> {
    if response.attribute("Version") != Some("2.0") {
        return Err(ResponseError::Version);
    }
    if response.attribute("ID").is_none_or(str::is_empty) {
        return Err(ResponseError::Missing("ID"));
    }
    let issued = time(response, "IssueInstant").ok().flatten();
    if issued.is_none_or(|issued| is_early(issued, expected.now)) {
        return Err(ResponseError::IssueInstant);
    }
    for child in response.children() {
        let known = match child.namespace() {
            PROTOCOL => matches!(child.local(), "Extensions" | "Status"),
            ASSERTION => matches!(child.local(), "Issuer" | "Assertion" | "EncryptedAssertion"),
            DSIG => child.local() == "Signature",
            _ => false,
        };
        if !known {
            return Err(ResponseError::Unexpected(child.local().to_owned()));
        }
    }
    // A signed POST message must have Destination and Issuer (SAML bindings §3.5.5.2, SAML profiles
    // §4.1.4.2).
    match response.attribute("Destination") {
        Some(destination) if destination == expected.acs_url => {}
        None if !signed => {}
        _ => return Err(ResponseError::Destination),
    }
    match response.only_child(ASSERTION, "Issuer")? {
        Some(name) if assertion::issuer(name).as_deref() == Some(expected.issuer) => {}
        None if !signed => {}
        _ => return Err(ResponseError::Issuer),
    }
    status(response)
}

fn status(response: Element<'_>) -> Result<(), ResponseError> {
    let status = response.only_child(PROTOCOL, "Status")?;
    let status = status.ok_or(ResponseError::Missing("Status"))?;
    let first = status.only_child(PROTOCOL, "StatusCode")?;
    let first = first.ok_or(ResponseError::Missing("StatusCode"))?;
    let code = first.attribute("Value").ok_or(ResponseError::Missing("StatusCode"))?;
    if code == SUCCESS {
        return Ok(());
    }
    let second = first.only_child(PROTOCOL, "StatusCode")?;
    let code = second.and_then(|second| second.attribute("Value")).unwrap_or(code);
    let message = status.only_child(PROTOCOL, "StatusMessage")?;
    Err(ResponseError::Status {
        code: code.to_owned(),
        message: message.and_then(|message| message.text()),
    })
}

/// The answered request, which must be the pending one.
fn request<'a>(
    response: Element<'a>,
    signed: bool,
    expected: &Expected<'_>,
) -> Result<Answers<'a>, ResponseError> {
    match (response.attribute("InResponseTo"), expected.request) {
        (Some(answered), Some(open)) if answered == open => Ok(Answers::Request(answered)),
        (Some(_), _) => Err(ResponseError::InResponseTo),
        (None, None) if expected.allow_unsolicited => Ok(Answers::Nothing { signed }),
        (None, _) => Err(ResponseError::Unsolicited),
    }
}
