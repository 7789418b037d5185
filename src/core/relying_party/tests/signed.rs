//! Providers that sign their answers themselves: Alipay and Telegram.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    super::{
        CallbackError, HttpCall, Login, SettingsError, SigningKey, alipay, login::Answers,
        telegram, token_response::ResponseError, userinfo::UserinfoError,
    },
    keys::rsa_public_info,
    *,
};
use crate::core::{crypto::Signatures, signature::Scheme, token::Algorithm};

fn alipay_settings() -> ProviderSettings {
    ProviderSettings {
        client_id: "2014072300007148".to_owned(),
        client_secret: Secret::default(),
        signing_key: Some(SigningKey {
            key_id: String::new(),
            algorithm: Algorithm::Rs256,
            private: TestKey::Rsa.pkcs8(),
        }),
        provider_key: rsa_public_info(),
        ..settings("Alipay")
    }
}

/// Verifies a request as the gateway does: all parameters but `sign`, sorted, not encoded.
fn gateway_accepts(call: &HttpCall) -> bool {
    let query = call.url.split_once('?').unwrap().1;
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .chain(form_urlencoded::parse(body_of(call).as_bytes()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    pairs.sort();
    let sign = pairs.iter().find(|(name, _)| name == "sign").unwrap().1.clone();
    let lines: Vec<_> = pairs
        .iter()
        .filter(|(name, _)| name != "sign")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let key = alipay::public_key(&rsa_public_info()).unwrap();
    let signature = STANDARD.decode(sign).unwrap();
    let message = lines.join("&");
    let verdict = RustCrypto.verify_with(&key, Scheme::RsaSha256, message.as_bytes(), &signature);
    pollster::block_on(verdict).unwrap()
}

#[test]
fn alipays_requests_are_signed_over_all_parameters() {
    let settings = alipay_settings();
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert_eq!(parameter(&begun.url, "app_id").unwrap(), "2014072300007148");
    assert_eq!(parameter(&begun.url, "scope").unwrap(), "auth_user");
    let grant =
        accept(&settings, "app_id=x&auth_code=c0de&scope=auth_user&state=s", &begun.pending);
    assert_eq!(grant.unwrap().code.expose(), "c0de");
    let call = token_call(&provider, &begun.pending);
    assert_eq!(parameter(&call.url, "method").unwrap(), "alipay.system.oauth.token");
    assert_eq!(parameter(&call.url, "sign_type").unwrap(), "RSA2");
    assert_eq!(parameter(&call.url, "timestamp").unwrap(), "2027-01-15 16:00:00", "Beijing");
    assert_eq!(parameter(body_of(&call), "code").unwrap(), CODE);
    assert!(gateway_accepts(&call));
    let mut other = call;
    other.body = Some(Secret::new("code=other&grant_type=authorization_code".to_owned()));
    assert!(!gateway_accepts(&other));
}

fn answer(name: &str, content: &str, key_signs: &str) -> String {
    let sign = STANDARD.encode(TestKey::Rsa.sign(JwsAlgorithm::Rs256, key_signs.as_bytes()));
    format!(r#"{{"{name}":{content},"sign":"{sign}"}}"#)
}

fn alipay_tokens(body: &str) -> Result<Tokens, ResponseError> {
    let settings = alipay_settings();
    let provider = provider(&settings);
    pollster::block_on(alipay::tokens(&provider, &json_reply(body), &RustCrypto))
}

const TOKEN: &str = "alipay_system_oauth_token_response";
// With the escaped slashes of the gateway: the signature is of the text as it came.
const TOKEN_CONTENT: &str = r#"{"user_id":"2088102150477652","access_token":"20120823ac6ffaa4d2d84e7384bf983531473993","expires_in":"3600","refresh_token":"20120823ac6ffdsdf2d84e7384bf983531473993","re_expires_in":"3600"}"#;
const USER: &str = "alipay_user_info_share_response";
const USER_CONTENT: &str = r#"{"code":"10000","msg":"Success","user_id":"2088102150477652","avatar":"https:\/\/tfs.alipayobjects.com\/images\/partner\/T1uIxXXbpXXXXXXXX","nick_name":"支付宝小二"}"#;

#[test]
fn alipays_answers_are_verified_over_their_very_text() {
    let tokens = alipay_tokens(&answer(TOKEN, TOKEN_CONTENT, TOKEN_CONTENT)).unwrap();
    assert_eq!(tokens.access_token.expose(), "20120823ac6ffaa4d2d84e7384bf983531473993");
    assert_eq!(tokens.expires_in, Some(3600));
    for body in [
        answer(TOKEN, TOKEN_CONTENT, USER_CONTENT),
        answer(TOKEN, &TOKEN_CONTENT.replace("2088", "2089"), TOKEN_CONTENT),
        answer(TOKEN, &TOKEN_CONTENT.replace(':', ": "), TOKEN_CONTENT),
        format!(r#"{{"{TOKEN}":{TOKEN_CONTENT}}}"#),
        format!(r#"{{"{TOKEN}":{TOKEN_CONTENT},"sign":7}}"#),
    ] {
        assert_eq!(alipay_tokens(&body).unwrap_err(), ResponseError::Signature, "{body}");
    }
    let twice = answer(TOKEN, TOKEN_CONTENT, TOKEN_CONTENT).replacen(
        '{',
        &format!(r#"{{"{TOKEN}":{{"user_id":"evil","access_token":"x"}},"#),
        1,
    );
    let verified = alipay_tokens(&twice).unwrap();
    assert_eq!(verified.member("user_id"), Some("2088102150477652"), "what is read was verified");
}

fn alipay_login(content: &str) -> Result<Login, UserinfoError> {
    let settings = alipay_settings();
    let provider = provider(&settings);
    let pending = begin(&provider).pending;
    let tokens = alipay_tokens(&answer(TOKEN, TOKEN_CONTENT, TOKEN_CONTENT)).unwrap();
    let call = userinfo_call(&provider, &tokens, &pending);
    assert_eq!(parameter(&call.url, "auth_token").unwrap(), *tokens.access_token.expose());
    assert!(gateway_accepts(&call));
    let body = answer(USER, content, content);
    let reply = json_reply(&body);
    let verifier = (&RustCrypto as &dyn Signatures, None);
    let info = provider.userinfo(&reply, &tokens, None, &pending, verifier, NOW);
    let info = pollster::block_on(info)?;
    Ok(provider.login(&Answers { userinfo: Some(&info), ..Answers::default() }).unwrap())
}

#[test]
fn alipays_person_is_that_of_the_token() {
    let login = alipay_login(USER_CONTENT).unwrap();
    assert_eq!(login.subject, "2088102150477652");
    assert_eq!(login.name.as_deref(), Some("支付宝小二"));
    let other = alipay_login(&USER_CONTENT.replace("2088", "2089")).unwrap_err();
    assert_eq!(other, UserinfoError::Identity("user_id"));
    let refused = r#"{"code":"20001","msg":"Insufficient","sub_code":"aop.invalid-auth-token","sub_msg":"bad"}"#;
    let (error, description) = ("aop.invalid-auth-token".to_owned(), "bad".to_owned());
    let expected = ResponseError::Refused { error, description };
    assert_eq!(alipay_login(refused).unwrap_err(), expected.clone().into());
    let body = format!(r#"{{"error_response":{refused}}}"#);
    assert_eq!(alipay_tokens(&body).unwrap_err(), expected);
}

#[test]
fn alipays_key_is_read_with_and_without_pem() {
    let text = rsa_public_info();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n");
    assert_eq!(alipay::public_key(&pem), alipay::public_key(&text));
    for bad in ["", "AAAA", "not base64", text.split_at(4).1] {
        let error = SettingsError::Malformed("provider_key");
        assert_eq!(alipay::public_key(bad), Err(error), "{bad}");
    }
}

/// The example of the crate `telegram-login` (docs.rs), whose hash Telegram's algorithm gives.
const BOT_TOKEN: &str = "777777777:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SIGNED_AT: UnixTime = UnixTime(1_543_194_375);
const WIDGET: &str = "state=s&id=666666666&first_name=Some&last_name=Guy&username=my_username&photo_url=https%3A%2F%2Ft.me%2Fi%2Fuserpic%2F320%2Fmy_username.jpg&auth_date=1543194375&hash=a9cf12636fb07b54b4c95673d017a72364472c41a760b6850bcd5405da769f80";

fn widget(query: &str, now: UnixTime) -> Result<Userinfo, CallbackError> {
    let settings = ProviderSettings {
        client_secret: Secret::new(BOT_TOKEN.to_owned()),
        ..settings("Telegram")
    };
    let provider = provider(&settings);
    let pending = Pending { created_at: now.plus(-30), ..begin(&provider).pending };
    telegram::claims(&provider, &Callback::parse(query)?, &pending, now)
}

#[test]
fn telegrams_hash_is_verified() {
    let claims = widget(WIDGET, SIGNED_AT).unwrap();
    let settings = settings("Telegram");
    let answers = Answers { userinfo: Some(&claims), ..Answers::default() };
    let login = provider(&settings).login(&answers).unwrap();
    assert_eq!(login.subject, "666666666");
    assert_eq!(login.name.as_deref(), Some("Some Guy"));
    assert_eq!(login.preferred_username.as_deref(), Some("my_username"));
    assert!(begin(&provider(&settings)).url.starts_with(&format!("{REDIRECT}?state=")));
}

#[test]
fn a_changed_old_or_unsigned_widget_answer_is_refused() {
    for (query, error) in [
        (WIDGET.replace("id=666", "id=667"), CallbackError::Hash),
        (WIDGET.replace("&last_name=Guy", ""), CallbackError::Hash),
        (WIDGET.replace("&hash=a9", "&hash=A9"), CallbackError::Hash),
        (WIDGET.replace("&hash=", "&h="), CallbackError::Hash),
        (format!("{WIDGET}&id=1"), CallbackError::Repeated("id".to_owned())),
        (WIDGET.replace("state=s&", ""), CallbackError::State),
    ] {
        assert_eq!(widget(&query, SIGNED_AT).unwrap_err(), error, "{query}");
    }
    assert!(widget(WIDGET, SIGNED_AT.plus(660)).is_ok());
    let late = widget(WIDGET, SIGNED_AT.plus(661)).unwrap_err();
    assert_eq!(late, CallbackError::Field("auth_date"));
    let early = widget(WIDGET, SIGNED_AT.plus(-61)).unwrap_err();
    assert_eq!(early, CallbackError::Field("auth_date"));
}
