//! Back-channel logout tokens (OpenID Connect Back-Channel Logout §2.6, ATTACKS E-75).

use super::{
    super::{
        jws::JwsError,
        logout::{LogoutError, Notice},
    },
    *,
};

fn good() -> Value {
    json!({
        "iss": ISSUER, "aud": "hanzo", "iat": NOW.0, "exp": NOW.0 + 120, "jti": "j1",
        "sub": "ada", "sid": "session-1",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    })
}

fn verify(token: &str) -> Result<Notice, LogoutError> {
    let settings = oidc();
    let (provider, keys) = (provider(&settings), key_set_1());
    pollster::block_on(provider.verify_logout_token(&RustCrypto, &keys, token, NOW))
}

fn verdict(change: impl FnOnce(&mut Value)) -> Result<Notice, LogoutError> {
    let mut claims = good();
    change(&mut claims);
    let header = json!({"alg": "ES256", "kid": "k1", "typ": "logout+jwt"});
    verify(&sign(TestKey::P256(1), JwsAlgorithm::Es256, &header, &claims))
}

fn without(name: &'static str) -> Result<Notice, LogoutError> {
    verdict(|claims| drop(claims.as_object_mut().unwrap().remove(name)))
}

#[test]
fn a_good_token_names_person_session_and_itself() {
    let notice = verdict(|_| ()).unwrap();
    assert_eq!(notice.subject.as_deref(), Some("ada"));
    assert_eq!(notice.session_id.as_deref(), Some("session-1"));
    assert_eq!((notice.token_id.as_str(), notice.expires_at), ("j1", UnixTime(NOW.0 + 180)));
    assert_eq!(without("sub").unwrap().subject, None);
    assert_eq!(without("sid").unwrap().session_id, None);
    assert!(verify(&signed(&good())).is_ok(), "typ JWT");
}

#[test]
fn each_missing_or_wrong_claim_is_refused() {
    for name in ["iss", "aud", "iat", "exp", "jti"] {
        assert_eq!(without(name).unwrap_err(), IdTokenError::Claim(name).into());
    }
    assert_eq!(without("events").unwrap_err(), LogoutError::Events);
    let nobody = |claims: &mut Value| {
        let claims = claims.as_object_mut().unwrap();
        claims.remove("sub");
        claims.remove("sid");
    };
    assert_eq!(verdict(nobody).unwrap_err(), LogoutError::Nobody);
    let wrong = |name: &str, value: Value| verdict(|claims| claims[name] = value).unwrap_err();
    assert_eq!(wrong("nonce", Value::Null), LogoutError::Nonce);
    assert_eq!(wrong("aud", json!("other")), IdTokenError::Audience.into());
    assert_eq!(wrong("iat", json!(NOW.0 - 700)), IdTokenError::IssuedTooLongAgo.into());
    assert_eq!(wrong("exp", json!(NOW.0 - 60)), IdTokenError::Expired.into());
    assert_eq!(wrong("sid", json!("")), IdTokenError::Claim("sid").into());
    for events in
        [json!({}), json!([]), json!({"http://schemas.openid.net/event/backchannel-logout": true})]
    {
        assert_eq!(wrong("events", events), LogoutError::Events);
    }
}

#[test]
fn an_unsigned_token_and_one_of_another_kind_are_refused() {
    let payload = base64url(good().to_string().as_bytes());
    let none = base64url(br#"{"alg":"none","typ":"logout+jwt"}"#);
    let error = verify(&format!("{none}.{payload}.")).unwrap_err();
    assert_eq!(error, LogoutError::Token(JwsError::Algorithm("none".to_owned()).into()));
    let header = json!({"alg": "ES256", "kid": "k1", "typ": "at+jwt"});
    let access = sign(TestKey::P256(1), JwsAlgorithm::Es256, &header, &good());
    assert_eq!(verify(&access).unwrap_err(), IdTokenError::Type("at+jwt".to_owned()).into());
    let settings = oidc();
    let pending = begin(&provider(&settings)).pending;
    assert_eq!(verify(&signed(&claims(&pending))).unwrap_err(), LogoutError::Nonce);
}
