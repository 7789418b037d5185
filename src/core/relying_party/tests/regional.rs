//! The presets of East Asia, with answers of the shapes that the providers document.

use super::{
    super::{CallbackError, login::Answers, token_request::RequestError, userinfo::UserinfoError},
    presets::{login, read_userinfo, refused, tokens},
    *,
};

#[test]
fn wechat_has_its_own_names_and_sends_secrets_in_the_query() {
    let settings = settings("WeChat");
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert_eq!(parameter(&begun.url, "appid").unwrap(), "hanzo");
    assert_eq!(parameter(&begun.url, "client_id"), None);
    assert!(begun.url.ends_with("#wechat_redirect"));
    let declined = accept(&settings, "state=s", &begun.pending).unwrap_err();
    assert_eq!(declined, CallbackError::Denied);
    let call = token_call(&provider, &begun.pending);
    assert_eq!(call.method.name(), "GET");
    assert_eq!(parameter(&call.url, "secret").unwrap(), "s3cret: +%");
    assert!(!format!("{call:?}").contains("s3cret"));
    let token = json!({"access_token": "A", "expires_in": 7200, "refresh_token": "R",
        "openid": "OPENID", "scope": "snsapi_login", "unionid": "UNIONID"});
    let issued = tokens(&provider, &token);
    let call = userinfo_call(&provider, &issued, &begun.pending);
    assert_eq!(parameter(&call.url, "openid").unwrap(), "OPENID");
    assert_eq!(parameter(&call.url, "access_token").unwrap(), "A");
    let info = json!({"openid": "OPENID", "nickname": "Ada", "sex": 1, "unionid": "UNIONID",
        "headimgurl": "https://thirdwx.qlogo.cn/132", "privilege": []});
    assert_eq!(login(&provider, &token, &info).subject, "UNIONID");
    let other = json!({"openid": "OTHER", "unionid": "UNIONID"});
    let error = read_userinfo(&provider, &issued, &other).unwrap_err();
    assert_eq!(error, UserinfoError::Identity("openid"));
    let used = r#"{"errcode":40163,"errmsg":"code been used"}"#;
    let error = Tokens::parse(&provider, &json_reply(used)).unwrap_err();
    assert_eq!(error, refused("40163", "code been used"));
    let nameless = tokens(&provider, &json!({"access_token": "A"}));
    let call = provider.userinfo_request(&nameless, &begun.pending, &RustCrypto, NOW);
    assert_eq!(pollster::block_on(call).unwrap_err(), RequestError::Missing("openid"));
}

#[test]
fn dingtalk_speaks_json_in_camel_case_and_has_its_own_header() {
    let settings = settings("DingTalk");
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert_eq!(parameter(&begun.url, "prompt").unwrap(), "consent");
    let grant = accept(&settings, "authCode=6b42&state=s", &begun.pending).unwrap();
    assert_eq!(grant.code.expose(), "6b42");
    let call = token_call(&provider, &begun.pending);
    let body: Value = serde_json::from_str(body_of(&call)).unwrap();
    let expected = json!({"clientId": "hanzo", "clientSecret": "s3cret: +%", "code": CODE,
        "grantType": "authorization_code"});
    assert_eq!(body, expected);
    let token = json!({"expireIn": 7200, "accessToken": "A", "refreshToken": "R"});
    let issued = tokens(&provider, &token);
    assert_eq!(issued.expires_in, Some(7200));
    let call = userinfo_call(&provider, &issued, &begun.pending);
    assert_eq!(call.header("x-acs-dingtalk-access-token"), Some("A"));
    assert_eq!(call.header("authorization"), None);
    let info = json!({"nick": "zhangsan", "avatarUrl": "https://x.example/a", "mobile": "150",
        "openId": "123", "unionId": "z21", "email": "zhangsan@alibaba-inc.com", "stateCode": "86"});
    let login = login(&provider, &token, &info);
    assert_eq!((login.subject.as_str(), login.phone.as_deref()), ("123", Some("150")));
    assert!(!login.email_verified);
    let error = json!({"code": "Forbidden.AccessDenied", "message": "no permission"});
    let error = read_userinfo(&provider, &issued, &error).unwrap_err();
    assert_eq!(error, refused("Forbidden.AccessDenied", "no permission").into());
}

#[test]
fn lark_wraps_claims_in_data_beside_a_code() {
    for (domain, host) in [("", "feishu.cn"), ("larksuite.com", "larksuite.com")] {
        let settings = ProviderSettings { domain: domain.to_owned(), ..settings("Lark") };
        let provider = provider(&settings);
        let begun = begin(&provider);
        let start =
            format!("https://accounts.{host}/open-apis/authen/v1/authorize?client_id=hanzo");
        assert!(begun.url.starts_with(&start));
        let call = token_call(&provider, &begun.pending);
        assert_eq!(call.url, format!("https://accounts.{host}/oauth/v3/token"));
        let body: Value = serde_json::from_str(body_of(&call)).unwrap();
        assert_eq!(body["code_verifier"].as_str(), begun.pending.code_verifier.as_deref());
        let token =
            json!({"code": 0, "access_token": "eyJ", "token_type": "Bearer", "expires_in": 7200});
        let info = json!({"code": 0, "msg": "success", "data": {"name": "zhangsan",
            "avatar_url": "https://www.feishu.cn/avatar/icon", "open_id": "ou-caecc",
            "union_id": "on-d89", "enterprise_email": "demo@mail.com", "user_id": "5d9bdxxx",
            "mobile": "+86130002883xx", "tenant_key": "736588c92lxf175d"}});
        let login = login(&provider, &token, &info);
        assert_eq!(
            (login.subject.as_str(), login.email.as_deref()),
            ("ou-caecc", Some("demo@mail.com"))
        );
        assert!(!login.email_verified);
        let tokens = tokens(&provider, &token);
        let error = json!({"code": 20_005, "msg": "The access token passed is invalid."});
        let error = read_userinfo(&provider, &tokens, &error).unwrap_err();
        assert_eq!(error, refused("20005", "The access token passed is invalid.").into());
    }
}

#[test]
fn line_verifies_its_own_hs256_tokens_and_we_check_what_it_says() {
    let settings = settings("Line");
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert_eq!(parameter(&begun.url, "nonce"), begun.pending.nonce);
    let tokens = tokens(&provider, &json!({"access_token": "A", "id_token": "x.y.z"}));
    let call = userinfo_call(&provider, &tokens, &begun.pending);
    assert_eq!(call.url, "https://api.line.me/oauth2/v2.1/verify");
    assert_eq!(parameter(body_of(&call), "id_token").unwrap(), "x.y.z");
    assert_eq!(parameter(body_of(&call), "client_id").unwrap(), "hanzo");
    assert_eq!(parameter(body_of(&call), "nonce"), begun.pending.nonce);
    let good = json!({"iss": "https://access.line.me", "sub": "U123", "aud": "hanzo",
        "exp": NOW.0 + 3600, "iat": NOW.0, "nonce": begun.pending.nonce, "amr": ["pwd"],
        "name": "Taro Line", "picture": "https://sample_line.me/a", "email": "taro@example.com"});
    let info = read_userinfo(&provider, &tokens, &good).unwrap();
    let login = provider.login(&Answers { userinfo: Some(&info), ..Answers::default() }).unwrap();
    assert_eq!((login.subject.as_str(), login.email_verified), ("U123", false));
    for (name, value, error) in [
        ("aud", json!("other"), IdTokenError::Audience),
        ("nonce", json!("other"), IdTokenError::Nonce),
        ("iss", json!(ISSUER), IdTokenError::Issuer(ISSUER.to_owned())),
        ("exp", json!(NOW.0 - 60), IdTokenError::Expired),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(read_userinfo(&provider, &tokens, &bad).unwrap_err(), error.into(), "{name}");
    }
    let error = json!({"error": "invalid_request", "error_description": "Invalid IdToken."});
    let error = read_userinfo(&provider, &tokens, &error).unwrap_err();
    assert_eq!(error, refused("invalid_request", "Invalid IdToken.").into());
}
