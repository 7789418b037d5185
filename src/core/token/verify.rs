//! Verification of a token, from untrusted text to verified claims.
//!
//! ```text
//! text ──parse──▶ Untrusted ──verify_signature──▶ Signed ──validate──▶ Verified<Claims>
//!        form only            the key's, by kid          issuer, audience, type, time
//! ```
//!
//! [`verify`] takes all steps. A cache keeps a verified token as a
//! [`CachedToken`](super::CachedToken), which is revalidated for every request without cryptography or
//! parsing. Nothing about the claims is relied on before the signature has
//! been checked.

use std::{borrow::Borrow, ops::Deref, rc::Rc};

use super::{
    Algorithm, Claims, KeyId, ParseError, PublicKey, TokenError, TokenType, ValidationError,
    header::Header, json,
};
use crate::core::{
    crypto::Crypto, encoding::from_public_base64url, principal::Principal, time::UnixTime,
};

/// The longest token that is parsed, in bytes. Ours are below 2 KB.
pub const MAXIMUM_LENGTH: usize = 8 * 1024;

/// Seconds by which clocks may differ (at most 60 would be tolerable: ATTACKS A-18).
pub const LEEWAY: i64 = 30;

/// The last second of the year 9999. Later times are refused.
const LAST_SECOND: i64 = 253_402_300_799;

/// Verifies a token: form, key by `kid`, signature, then the claims.
pub async fn verify(
    crypto: &dyn Crypto,
    keys: &KeySet,
    token: &str,
    expectation: &Expectation<'_>,
) -> Result<Verified<Claims>, TokenError> {
    let untrusted = Untrusted::parse(token)?;
    if untrusted.header.token_type != expectation.token_type {
        return Err(ValidationError::TokenType.into());
    }
    let key = keys.find(untrusted.key_id()).ok_or(ValidationError::UnknownKey)?;
    Ok(untrusted.verify_signature(crypto, key).await?.into_verified(expectation)?)
}

/// Public keys by `kid`. Few, so a search through them is the quickest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySet(Vec<PublicKey>);

impl KeySet {
    /// A set of these keys.
    pub const fn new(keys: Vec<PublicKey>) -> Self {
        Self(keys)
    }

    /// The key with that `kid`. An unknown `kid` causes no request.
    pub fn find(&self, id: &KeyId) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.id() == id)
    }

    /// The keys, in order.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter()
    }
}

impl FromIterator<PublicKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

/// What the verifier of a token requires of its claims.
#[derive(Debug, Clone, Copy)]
pub struct Expectation<'a> {
    /// `iss` must be one of these, character by character.
    pub issuers: &'a [String],
    /// The audiences that are accepted.
    pub audience: Audience<'a>,
    /// `typ` and `tokenType` must both say this.
    pub token_type: TokenType,
    /// The present.
    pub now: UnixTime,
    /// Seconds by which the issuer's clock may differ: [`LEEWAY`].
    pub leeway: i64,
    /// Accepts an expired token: only for an `id_token_hint`, which names a session and grants nothing
    /// (OpenID Connect RP-Initiated Logout 1.0 §4).
    pub danger_ignore_expiry: bool,
}

impl<'a> Expectation<'a> {
    /// An access token of one of `issuers` for `audience`.
    pub const fn access(issuers: &'a [String], audience: Audience<'a>, now: UnixTime) -> Self {
        Self {
            issuers,
            audience,
            token_type: TokenType::Access,
            now,
            leeway: LEEWAY,
            danger_ignore_expiry: false,
        }
    }

    /// An ID token of one of `issuers` for `audience`.
    pub const fn id(issuers: &'a [String], audience: Audience<'a>, now: UnixTime) -> Self {
        Self { token_type: TokenType::Id, ..Self::access(issuers, audience, now) }
    }
}

/// Which audiences are accepted (RFC 9068 §4).
#[derive(Debug, Clone, Copy)]
pub enum Audience<'a> {
    /// At least one `aud` must be one of these, character by character.
    AnyOf(&'a [String]),
    /// Any audience: only for the issuer's own endpoints (introspection, revocation, userinfo).
    Any,
}

impl Audience<'_> {
    /// Whether one of a token's audiences is accepted.
    pub fn includes(&self, named: &[String]) -> bool {
        match self {
            Self::AnyOf(accepted) => named.iter().any(|aud| accepted.contains(aud)),
            Self::Any => true,
        }
    }
}

/// Whether a token has expired (RFC 7519 §4.1.4: "on or after" `exp`), with leeway.
pub(super) fn has_expired(expires_at: UnixTime, now: UnixTime, leeway: i64) -> bool {
    now >= expires_at.plus(leeway)
}

/// Whether a token is valid already (RFC 7519 §4.1.5), with leeway.
pub(super) fn has_begun(not_before: UnixTime, now: UnixTime, leeway: i64) -> bool {
    not_before <= now.plus(leeway)
}

/// A well-formed token of which nothing else has been checked. It borrows or owns its text.
#[derive(Debug, Clone)]
pub struct Untrusted<T = String> {
    text: T,
    header: Rc<Header>,
    /// The length of the signed text: header and payload as they were sent.
    signed: usize,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<T: AsRef<str>> Untrusted<T> {
    /// Parses the compact serialization (RFC 7515 §7.1) and the header, not the payload.
    pub fn parse(text: T) -> Result<Self, ParseError> {
        let token = text.as_ref();
        if token.len() > MAXIMUM_LENGTH {
            return Err(ParseError::TooLong);
        }
        let mut segments = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (segments.next(), segments.next(), segments.next(), segments.next())
        else {
            return Err(ParseError::Segments);
        };
        if header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(ParseError::Segments);
        }
        let decode = |segment| from_public_base64url(segment).ok_or(ParseError::Encoding);
        Ok(Self {
            header: Rc::new(Header::parse(&decode(header)?)?),
            signed: header.len() + 1 + payload.len(),
            payload: decode(payload)?,
            signature: decode(signature)?,
            text,
        })
    }

    /// The token as it was sent.
    pub const fn text(&self) -> &T {
        &self.text
    }

    /// The `kid` of its header.
    pub fn key_id(&self) -> &KeyId {
        &self.header.key_id
    }

    /// The type of its header.
    pub fn token_type(&self) -> TokenType {
        self.header.token_type
    }

    /// The signed bytes.
    pub fn message(&self) -> &[u8] {
        self.text.as_ref().as_bytes().get(..self.signed).unwrap_or_default()
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// An error unless `key` is the one that the header names, with its algorithm and a signature of the
    /// right length.
    pub fn fits(&self, key: &PublicKey) -> Result<(), ValidationError> {
        if self.header.key_id != *key.id() {
            return Err(ValidationError::UnknownKey);
        }
        if self.header.algorithm != key.algorithm() {
            return Err(ValidationError::AlgorithmOfAnotherKey);
        }
        if !has_length_of(key.algorithm(), &self.signature) {
            return Err(ValidationError::Signature);
        }
        Ok(())
    }

    /// What it claims, before its signature has been checked: to decide what to read, never what to
    /// believe.
    pub fn danger_unverified_claims(&self) -> Option<Claims> {
        parse_claims(&self.payload)
    }

    /// `iat`, if the unverified claims satisfy `expectation` apart from the audience, which may be as new
    /// as a key.
    pub fn claimed_issue(&self, expectation: &Expectation<'_>) -> Option<UnixTime> {
        let claims = parse_claims(&self.payload)?;
        let issued_at = claims.iat;
        let expectation = Expectation { audience: Audience::Any, ..*expectation };
        let claimed = Signed { header: Rc::clone(&self.header), claims };
        claimed.check(&expectation).is_ok().then_some(issued_at)
    }

    /// Checks the signature with `key`.
    pub async fn verify_signature(
        &self,
        crypto: &dyn Crypto,
        key: &PublicKey,
    ) -> Result<Signed, TokenError> {
        self.fits(key)?;
        let genuine = crypto.verify(key, self.message(), &self.signature).await?;
        Ok(self.judged(genuine)?)
    }

    /// [`Self::verify_signature`] in two steps, for a platform that checks signatures itself:
    /// `genuine` is its result for [`Self::message`], [`Self::signature`] and a key that
    /// [`Self::fits`].
    pub(crate) fn judged(&self, genuine: bool) -> Result<Signed, ValidationError> {
        if !genuine {
            return Err(ValidationError::Signature);
        }
        let claims = parse_claims(&self.payload).ok_or(ValidationError::Claims)?;
        Ok(Signed { header: Rc::clone(&self.header), claims })
    }
}

/// Whether a signature can be one of `algorithm`: `r` and `s` for ES256 (RFC 7518 §3.4), a number
/// as long as the modulus of an accepted key for RS256. Spares the backend the rest.
const fn has_length_of(algorithm: Algorithm, signature: &[u8]) -> bool {
    match algorithm {
        Algorithm::Es256 => signature.len() == 64,
        Algorithm::Rs256 => matches!(signature.len(), 256..=512),
    }
}

fn parse_claims(payload: &[u8]) -> Option<Claims> {
    let claims: Claims = json::from_object(std::str::from_utf8(payload).ok()?)?;
    let times = [claims.exp, claims.nbf, claims.iat];
    times.iter().all(|time| (0..=LAST_SECOND).contains(&time.0)).then_some(claims)
}

/// A token that a key of ours has signed: true when it was issued, perhaps no longer, perhaps not
/// for us: not worth trusting until [`Self::validate`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    header: Rc<Header>,
    claims: Claims,
}

impl Signed {
    /// Checks the claims against `expectation`, lending them.
    pub fn validate(
        &self,
        expectation: &Expectation<'_>,
    ) -> Result<Verified<&Claims>, ValidationError> {
        self.check(expectation)?;
        Ok(Verified(&self.claims))
    }

    /// Checks the claims against `expectation` and hands them over.
    pub fn into_verified(
        self,
        expectation: &Expectation<'_>,
    ) -> Result<Verified<Claims>, ValidationError> {
        self.check(expectation)?;
        Ok(Verified(self.claims))
    }

    fn check(&self, expectation: &Expectation<'_>) -> Result<(), ValidationError> {
        let Self { header, claims } = self;
        let require = |holds: bool, error| if holds { Ok(()) } else { Err(error) };
        let expected = expectation.token_type;
        require(
            header.token_type == expected && claims.token_type == expected,
            ValidationError::TokenType,
        )?;
        require(expectation.issuers.contains(&claims.iss), ValidationError::Issuer)?;
        require(expectation.audience.includes(&claims.aud), ValidationError::Audience)?;
        let Expectation { now, leeway, danger_ignore_expiry, .. } = *expectation;
        require(
            danger_ignore_expiry || !has_expired(claims.exp, now, leeway),
            ValidationError::Expired,
        )?;
        require(has_begun(claims.not_before(), now, leeway), ValidationError::NotYetValid)?;
        require(claims.cnf.is_none(), ValidationError::SenderConstrained)
    }
}

/// A verified value. Only the verifier makes one, so that code which has it need not check again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// What was verified.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Borrow<Claims>> Verified<T> {
    /// The principal of the token.
    pub fn principal(&self) -> Principal {
        Principal::of_claims(T::borrow(self).clone())
    }
}

impl Verified<Claims> {
    /// The principal of the token.
    pub fn into_principal(self) -> Principal {
        Principal::of_claims(self.0)
    }
}

#[cfg(test)]
mod tests;
