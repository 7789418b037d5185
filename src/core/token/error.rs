//! Errors of parsing, validating and minting tokens.
//!
//! They are for logs and tests. Clients only get `invalid_token` (RFC 6750 §3.1).

use std::fmt;

use crate::core::crypto::CryptoError;

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// It is not a token of the form that we issue: refused before any cryptography.
    Malformed(ParseError),
    /// It is well-formed but not valid.
    Invalid(ValidationError),
    /// The crypto backend failed, which says nothing about the token.
    Backend(CryptoError),
}

/// A fault in the form of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseError {
    /// Longer than [`super::MAXIMUM_LENGTH`].
    TooLong,
    /// Not three non-empty segments (RFC 7515 §7.1): a JWE, a JSON serialization, an unsigned JWT.
    Segments,
    /// A segment is not strict base64url: padding, another alphabet, white space, stray bits.
    Encoding,
    /// The header is not a JSON object whose known members are texts.
    Header,
    /// The header names a member twice (RFC 7515 §4).
    RepeatedMember,
    /// The header asks for something that we never do: extensions (`crit`, `b64`), a key of its
    /// own (`jwk`, `jku`, `x5c`, `x5u`), encryption or compression (`enc`, `zip`).
    ForbiddenMember,
    /// `alg` is missing or none of ours (RFC 8725 §3.2; `none` is one of these).
    Algorithm,
    /// `kid` is missing.
    KeyId,
    /// `typ` is missing or of no token that we issue (RFC 8725 §3.11).
    Type,
}

/// Why a well-formed token is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidationError {
    /// No key of the set has its `kid`.
    UnknownKey,
    /// Its `alg` is not that of the key (RFC 8725 §3.1).
    AlgorithmOfAnotherKey,
    /// The signature is not the key's.
    Signature,
    /// The payload is not our claims: not a strict JSON object, a claim missing, a time that is
    /// no whole number of seconds.
    Claims,
    /// It is a token of another kind than expected (`typ` or `tokenType`).
    TokenType,
    /// `iss` is not an expected issuer.
    Issuer,
    /// `aud` has no accepted audience.
    Audience,
    /// It has expired.
    Expired,
    /// `nbf` or `iat` is in the future.
    NotYetValid,
    /// It is bound to a key (`cnf`) that a plain bearer does not prove (RFC 7800; RFC 9449 §7.2,
    /// RFC 8705 §3).
    SenderConstrained,
}

impl ValidationError {
    /// The error in words, for the log.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::UnknownKey => "no published key has the token's kid",
            Self::AlgorithmOfAnotherKey => "the token's alg is not that of its key",
            Self::Signature => "the token's signature is wrong",
            Self::Claims => "the token's claims are malformed",
            Self::TokenType => "the token is of another kind",
            Self::Issuer => "the token is of another issuer",
            Self::Audience => "the token is for another audience",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::SenderConstrained => "the token is bound to a key that was not proven",
        }
    }
}

/// Why a token was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MintError {
    /// The claims could not be written.
    Claims,
    /// It would be longer than our own verifier reads ([`super::MAXIMUM_LENGTH`]).
    TooLong,
    /// The crypto backend failed.
    Backend(CryptoError),
}

impl From<ParseError> for TokenError {
    fn from(error: ParseError) -> Self {
        Self::Malformed(error)
    }
}

impl From<ValidationError> for TokenError {
    fn from(error: ValidationError) -> Self {
        Self::Invalid(error)
    }
}

impl From<CryptoError> for TokenError {
    fn from(error: CryptoError) -> Self {
        Self::Backend(error)
    }
}

impl From<CryptoError> for MintError {
    fn from(error: CryptoError) -> Self {
        Self::Backend(error)
    }
}

impl ParseError {
    const fn text(self) -> &'static str {
        match self {
            Self::TooLong => "the token is too long",
            Self::Segments => "the token does not have three segments",
            Self::Encoding => "a segment is not base64url",
            Self::Header => "the header is malformed",
            Self::RepeatedMember => "the header names a member twice",
            Self::ForbiddenMember => "the header asks for what is not supported",
            Self::Algorithm => "the algorithm is not supported",
            Self::KeyId => "the header names no key",
            Self::Type => "the header names no known type",
        }
    }
}

impl ValidationError {
    const fn text(self) -> &'static str {
        match self {
            Self::UnknownKey => "the key is unknown",
            Self::AlgorithmOfAnotherKey => "the algorithm is not the key's",
            Self::Signature => "the signature is wrong",
            Self::Claims => "the claims are malformed",
            Self::TokenType => "the token is of another type",
            Self::Issuer => "the issuer is another",
            Self::Audience => "the audience is another",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::SenderConstrained => "the token is bound to a key",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => f.write_str(error.text()),
            Self::Invalid(error) => f.write_str(error.text()),
            Self::Backend(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for MintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claims => f.write_str("the claims could not be written"),
            Self::TooLong => f.write_str("the token would be too long"),
            Self::Backend(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TokenError {}
impl std::error::Error for MintError {}
