//! Accepts a response of an identity provider (SAML core §3.2.2, SAML profiles §4.1.4).

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

/// What a response must say to be accepted.
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
    /// The ID of the request that this browser was sent away with.
    pub request: Option<&'a str>,
    /// Whether a response may come without a request. Never in answer to one.
    pub allow_unsolicited: bool,
    /// Whether the assertion itself must be signed, even in a response that is.
    pub require_signed_assertion: bool,
    /// What is weakened for this provider.
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

/// Who signed in, by an assertion that was verified. Only [`accept`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// The assertion, which may be used once.
    pub assertion_id: String,
    /// Until when that must be remembered.
    pub replay_until: UnixTime,
    /// The person.
    pub name_id: NameId,
    /// What is said of the person.
    pub attributes: Vec<Attribute>,
    /// The session at the identity provider, for logout.
    pub session_index: Option<String>,
    /// When that session ends.
    pub session_ends: Option<UnixTime>,
    /// When the person authenticated.
    pub authenticated_at: UnixTime,
    /// How, a URI.
    pub context: Option<String>,
    /// The request that is answered.
    pub in_response_to: Option<String>,
}

/// What a response answers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answers<'a> {
    /// This request, which is open.
    Request(&'a str),
    /// None.
    Nothing {
        /// Whether the identity provider signed that.
        signed: bool,
    },
}

/// Why a response is refused. For the administrator; the person is told nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// It is no XML that we read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is another message.
    #[error("the message is not a SAML 2.0 Response")]
    NotResponse,
    /// An element appears several times.
    #[error(transparent)]
    Several(#[from] Several),
    /// Something that the standard requires is not there.
    #[error("the response has no {0}")]
    Missing(&'static str),
    /// An element that has no place in a response.
    #[error("the response has an unexpected element {0}")]
    Unexpected(String),
    /// `Version` is not 2.0.
    #[error("the version is not 2.0")]
    Version,
    /// `IssueInstant` is in the future or no time.
    #[error("the response has no valid time of issue")]
    IssueInstant,
    /// `Destination` is not our address.
    #[error("the response is for another destination")]
    Destination,
    /// `Issuer` is not the identity provider.
    #[error("the response is of another issuer")]
    Issuer,
    /// It answers a request that this browser does not have open.
    #[error("the response answers another request")]
    InResponseTo,
    /// It answers no request, and that is not allowed.
    #[error("the response is unsolicited")]
    Unsolicited,
    /// The identity provider reports a failure.
    #[error("the status is {code}")]
    Status {
        /// The second status code if there is one, otherwise the first.
        code: String,
        /// The text beside it. From outside: never shown as ours.
        message: Option<String>,
    },
    /// There is not exactly one assertion.
    #[error("the response has {0} assertions where there must be one")]
    Assertions(usize),
    /// Neither response nor assertion is signed.
    #[error("neither the response nor the assertion is signed")]
    Unsigned,
    /// The signature of the response does not hold.
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
    /// It cannot be decrypted.
    #[error("decryption: {0}")]
    Encryption(#[from] EncryptionError),
    /// Something else than an assertion was encrypted.
    #[error("what was encrypted is not an assertion")]
    NotAssertion,
    /// Its signature does not hold.
    #[error("signature: {0}")]
    Signature(#[from] SignatureError),
    /// It has none itself, and the provider's settings ask for one.
    #[error("it is not signed itself")]
    Unsigned,
    /// `Version` is not 2.0.
    #[error("the version is not 2.0")]
    Version,
    /// Something that the profile requires is not there.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// A time is written in another form.
    #[error("{0} is no time in UTC")]
    Time(&'static str),
    /// `Issuer` is not the identity provider.
    #[error("it is of another issuer")]
    Issuer,
    /// It is for another audience.
    #[error("it is for another audience")]
    Audience,
    /// It begins later.
    #[error("it is not valid before {0}")]
    NotYet(UnixTime),
    /// It is over.
    #[error("it expired at {0}")]
    Expired(UnixTime),
    /// The session at the identity provider is over.
    #[error("the session ended at {0}")]
    SessionOver(UnixTime),
    /// A condition that we do not know, so that it may not hold.
    #[error("the condition {0} is not understood")]
    UnknownCondition(String),
    /// The confirmation is for another address.
    #[error("the confirmation is for another recipient")]
    Recipient,
    /// A bearer confirmation has a time at which it begins.
    #[error("a bearer confirmation must not have NotBefore")]
    ConfirmationNotBefore,
    /// The confirmation is over.
    #[error("the confirmation expired at {0}")]
    ConfirmationExpired(UnixTime),
    /// The confirmation answers another request than the response.
    #[error("the confirmation answers another request")]
    ConfirmationInResponseTo,
    /// The name is another service provider's.
    #[error("the NameID is for another service provider")]
    SpNameQualifier,
    /// Attributes are encrypted one by one.
    #[error("encrypted attributes are not supported")]
    EncryptedAttribute,
    /// Two attributes have one name.
    #[error("the attribute {0} appears twice")]
    DuplicateAttribute(String),
}

/// Verifies a response, in XML, and reads who signed in. Whether [`Login::assertion_id`] was used before is
/// the caller's to check.
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

/// Checks a response and accepts its assertion. What an unsigned one says can only lead to a refusal.
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

/// The login of an assertion in a response that was `signed` or not.
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

/// Everything around the assertion.
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
    // A signed message in a form says where it goes, and who it is from (SAML bindings §3.5.5.2, SAML
    // profiles §4.1.4.2).
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

/// The request that is answered, which must be the one that is open.
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
