//! Redeeming an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §2.1.1).

use std::fmt;

use super::pkce::Challenge;
use crate::core::time::UnixTime;

/// How long a code lives, in seconds.
pub const LIFETIME: i64 = 300;

/// The state of a stored code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// It has not been used.
    Issued(Issued),
    /// It was used.
    Redeemed {
        /// The grant it was exchanged for, which is revoked if the code is used again.
        grant: String,
    },
}

/// A code that has not been used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The client that it was issued to.
    pub client_id: String,
    /// The redirect address it was sent to; empty if the request named none.
    pub redirect_uri: String,
    /// The `code_challenge` (S256), if the request had one.
    pub challenge: Option<String>,
    /// When it ends.
    pub expires_at: UnixTime,
}

/// A request to redeem a code.
#[derive(Debug, Clone, Copy)]
pub struct Redemption<'a> {
    /// The client that sends it.
    pub client_id: &'a str,
    /// Whether the client authenticated with its secret.
    pub authenticated: bool,
    /// `redirect_uri`
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier`
    pub verifier: Option<&'a str>,
}

/// How the client proved that the code is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// By its secret (and by the verifier, if there was a challenge). Its refreshes need the
    /// secret as well.
    Secret,
    /// By the verifier alone. Its refreshes need no secret.
    Verifier,
}

impl Code {
    /// Redeems the code at `now`: client, expiry, redirect address and proof must all be right. The
    /// client gets the same error whichever is wrong.
    pub fn redeem(self, redemption: Redemption<'_>, now: UnixTime) -> Result<Proof, CodeRefusal> {
        let code = match self {
            Self::Issued(code) => code,
            Self::Redeemed { grant } => return Err(CodeRefusal::Redeemed { grant }),
        };
        if code.client_id != redemption.client_id {
            return Err(CodeRefusal::OtherClient);
        }
        if now >= code.expires_at {
            return Err(CodeRefusal::Expired);
        }
        if code.redirect_uri != redemption.redirect_uri.unwrap_or_default() {
            return Err(CodeRefusal::OtherRedirect);
        }
        match (code.challenge, redemption.verifier) {
            // A stored challenge that cannot be read matches no verifier.
            (Some(challenge), Some(verifier)) => Challenge::stored(&challenge)
                .is_some_and(|challenge| challenge.is_met_by(verifier))
                .then_some(if redemption.authenticated { Proof::Secret } else { Proof::Verifier })
                .ok_or(CodeRefusal::Verifier),
            // A challenge once given must be met, and a verifier has nothing to meet without one:
            // otherwise either could be stripped (RFC 9700 §4.8.2).
            (Some(_), None) | (None, Some(_)) => Err(CodeRefusal::Verifier),
            (None, None) if redemption.authenticated => Ok(Proof::Secret),
            (None, None) => Err(CodeRefusal::Unproven),
        }
    }
}

/// Why a code is not redeemed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeRefusal {
    /// Used before: what that gave must be revoked (RFC 6749 §4.1.2).
    Redeemed {
        /// What the first use gave.
        grant: String,
    },
    /// Given to another client.
    OtherClient,
    /// Too old.
    Expired,
    /// The `redirect_uri` is not the one it was sent to.
    OtherRedirect,
    /// The verifier is wrong, missing, or sent without a challenge.
    Verifier,
    /// Neither a secret nor a verifier shows whose it is.
    Unproven,
}

impl fmt::Display for CodeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redeemed { .. } => "the code has been used",
            Self::OtherClient => "the code is another client's",
            Self::Expired => "the code has expired",
            Self::OtherRedirect => "the code was sent to another redirect_uri",
            Self::Verifier => "the code_verifier does not meet the code_challenge",
            Self::Unproven => "the client has proven nothing",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn code(challenge: Option<&str>) -> Code {
        Code::Issued(Issued {
            client_id: "app".to_owned(),
            redirect_uri: "https://app.example/cb".to_owned(),
            challenge: challenge.map(str::to_owned),
            expires_at: UnixTime(300),
        })
    }

    const RIGHT: Redemption<'_> = Redemption {
        client_id: "app",
        authenticated: false,
        redirect_uri: Some("https://app.example/cb"),
        verifier: Some(VERIFIER),
    };

    #[test]
    fn a_verifier_proves_a_public_client_and_a_secret_a_confidential_one() {
        assert_eq!(code(Some(CHALLENGE)).redeem(RIGHT, UnixTime(299)), Ok(Proof::Verifier));
        let both = Redemption { authenticated: true, ..RIGHT };
        assert_eq!(code(Some(CHALLENGE)).redeem(both, UnixTime(299)), Ok(Proof::Secret));
        let secret = Redemption { verifier: None, ..both };
        assert_eq!(code(None).redeem(secret, UnixTime(299)), Ok(Proof::Secret));
    }

    /// ATTACKS D-57 (CVE-2026-28513 was an `&&` in place of an `||`): every combination of faults.
    #[test]
    fn each_mismatch_is_refused_separately_and_together() {
        for faults in 1..16_u8 {
            let has = |bit: u8| faults & (1 << bit) != 0;
            let presented = Redemption {
                client_id: if has(0) { "other" } else { "app" },
                redirect_uri: if has(1) {
                    Some("https://app.example/")
                } else {
                    RIGHT.redirect_uri
                },
                verifier: if has(2) { Some(CHALLENGE) } else { RIGHT.verifier },
                authenticated: true,
            };
            let now = if has(3) { UnixTime(300) } else { UnixTime(0) };
            assert!(code(Some(CHALLENGE)).redeem(presented, now).is_err(), "{faults:#b}");
        }
    }

    /// ATTACKS C-44 (CVE-2024-23647; RFC 9700 §4.8.2).
    #[test]
    fn a_challenge_without_verifier_and_a_verifier_without_challenge_are_refused() {
        let authenticated = Redemption { authenticated: true, ..RIGHT };
        let stripped = Redemption { verifier: None, ..authenticated };
        assert_eq!(code(Some(CHALLENGE)).redeem(stripped, UnixTime(0)), Err(CodeRefusal::Verifier));
        assert_eq!(code(None).redeem(authenticated, UnixTime(0)), Err(CodeRefusal::Verifier));
        assert_eq!(code(Some("")).redeem(authenticated, UnixTime(0)), Err(CodeRefusal::Verifier));
    }

    #[test]
    fn a_code_without_challenge_needs_the_secret() {
        let bare = Redemption { verifier: None, ..RIGHT };
        assert_eq!(code(None).redeem(bare, UnixTime(0)), Err(CodeRefusal::Unproven));
    }

    /// ATTACKS D-56.
    #[test]
    fn a_redeemed_code_names_the_grant_that_must_die() {
        let code = Code::Redeemed { grant: "g".to_owned() };
        let refusal = CodeRefusal::Redeemed { grant: "g".to_owned() };
        assert_eq!(code.redeem(RIGHT, UnixTime(0)), Err(refusal));
    }
}
