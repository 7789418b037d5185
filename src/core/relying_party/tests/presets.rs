//! Each preset's departures from the standards, with answers of the shapes that the providers document.

use super::{
    super::{
        Login,
        login::Answers,
        token_response::ResponseError,
        userinfo::{UserinfoError, primary_email},
    },
    *,
};

pub(super) fn tokens(provider: &Provider<'_>, body: &Value) -> Tokens {
    Tokens::parse(provider, &json_reply(&body.to_string())).unwrap()
}

pub(super) fn read_userinfo(
    provider: &Provider<'_>,
    tokens: &Tokens,
    body: &Value,
) -> Result<Userinfo, UserinfoError> {
    let pending = begin(provider).pending;
    let body = body.to_string();
    let reply = json_reply(&body);
    let verifier = (&RustCrypto as &dyn crate::core::crypto::Signatures, None);
    pollster::block_on(provider.userinfo(&reply, tokens, None, &pending, verifier, NOW))
}

pub(super) fn login(provider: &Provider<'_>, token: &Value, info: &Value) -> Login {
    let tokens = tokens(provider, token);
    let info = read_userinfo(provider, &tokens, info).unwrap();
    provider.login(&Answers { userinfo: Some(&info), ..Answers::default() }).unwrap()
}

pub(super) fn refused(error: &str, description: &str) -> ResponseError {
    ResponseError::Refused { error: error.to_owned(), description: description.to_owned() }
}

/// The login of an OpenID Connect preset by its ID token alone.
fn oidc_login(kind: &str, change: impl FnOnce(&mut Value), user: Option<&str>) -> Login {
    let base = oidc();
    let settings = ProviderSettings {
        kind: kind.to_owned(),
        team_id: "TEAM".to_owned(),
        signing_key: Some(super::super::SigningKey {
            key_id: "ours".to_owned(),
            algorithm: crate::core::token::Algorithm::Es256,
            private: TestKey::P256(5).pkcs8(),
        }),
        ..base
    };
    let pending = begin(&provider(&settings)).pending;
    let mut claims = claims(&pending);
    if pending.nonce.is_none() {
        claims.as_object_mut().unwrap().remove("nonce");
    }
    change(&mut claims);
    let token = verify_with(&settings, &key_set_1(), &signed(&claims), &pending, NOW).unwrap();
    let answers = Answers { id_token: Some(&token), user, ..Answers::default() };
    provider(&settings).login(&answers).unwrap()
}

#[test]
fn googles_and_the_others_word_for_an_address_counts_if_its_claim_says_so() {
    for kind in ["Google", "GitLab", "LinkedIn", "Slack", "Apple"] {
        for (claim, verified) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (Value::Null, false),
        ] {
            let change = |claims: &mut Value| {
                claims["email"] = json!("ada@example.com");
                claims["email_verified"] = claim.clone();
            };
            let login = oidc_login(kind, change, None);
            assert_eq!(login.email_verified, verified, "{kind} {claim}");
            assert_eq!(login.email.as_deref(), Some("ada@example.com"));
        }
    }
}

/// nOAuth: whoever runs a tenant writes what address they like.
#[test]
fn microsofts_address_counts_only_if_the_tenant_owns_its_domain() {
    let with = |name: &'static str, value: Value| {
        oidc_login(
            "AzureAD",
            |claims| {
                claims["email"] = json!("ada@example.com");
                claims[name] = value;
            },
            None,
        )
    };
    assert!(!with("email_verified", json!(true)).email_verified);
    assert!(with("xms_edov", json!(true)).email_verified);
    assert!(with("xms_edov", json!("1")).email_verified);
    assert!(!with("xms_edov", json!(false)).email_verified);
}

#[test]
fn who_runs_a_provider_of_ones_own_is_trusted_by_setting_only() {
    for kind in ["Okta", "Auth0", "Keycloak", "Casdoor", "Oidc"] {
        let login = oidc_login(
            kind,
            |claims| {
                claims["email"] = json!("ada@example.com");
                claims["email_verified"] = json!(true);
            },
            None,
        );
        assert!(!login.email_verified, "{kind}");
    }
}

#[test]
fn linkedin_gets_no_nonce_and_no_pkce() {
    let settings = ProviderSettings { kind: "LinkedIn".to_owned(), ..oidc() };
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert_eq!(parameter(&begun.url, "nonce"), None);
    assert_eq!(parameter(&begun.url, "code_challenge"), None);
    let call = token_call(&provider, &begun.pending);
    assert_eq!(parameter(body_of(&call), "code_verifier"), None);
    assert!(parameter(body_of(&call), "client_secret").is_some());
    let foreign = claims(&Pending { nonce: Some("x".to_owned()), ..begun.pending.clone() });
    let error = verify_with(&settings, &key_set_1(), &signed(&foreign), &begun.pending, NOW);
    assert_eq!(error.unwrap_err(), IdTokenError::Nonce, "a token of another flow");
}

#[test]
fn apple_posts_a_form_names_a_person_once_and_needs_a_signed_secret() {
    let user = r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"evil@example.com"}"#;
    let login = oidc_login(
        "Apple",
        |claims| {
            claims["email"] = json!("x@privaterelay.appleid.com");
            claims["email_verified"] = json!("true");
        },
        Some(user),
    );
    assert_eq!(login.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(login.email.as_deref(), Some("x@privaterelay.appleid.com"));
    assert_eq!(oidc_login("Apple", |_| (), None).name, None);
    assert_eq!(oidc_login("Apple", |_| (), Some("not JSON")).name, None);

    let settings = ProviderSettings {
        kind: "Apple".to_owned(),
        client_secret: Secret::default(),
        team_id: "TEAM123456".to_owned(),
        signing_key: Some(super::super::SigningKey {
            key_id: "ours".to_owned(),
            algorithm: crate::core::token::Algorithm::Es256,
            private: TestKey::P256(5).pkcs8(),
        }),
        ..oidc()
    };
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert_eq!(parameter(&begun.url, "response_mode").unwrap(), "form_post");
    assert_eq!(parameter(&begun.url, "scope").unwrap(), "openid name email");
    let form = format!(
        "state=s&code=c&user={}",
        form_urlencoded::byte_serialize(user.as_bytes()).collect::<String>()
    );
    assert_eq!(accept(&settings, &form, &begun.pending).unwrap().user.as_deref(), Some(user));
    let call = token_call(&provider, &begun.pending);
    let secret = parameter(body_of(&call), "client_secret").unwrap();
    let claims = super::flow::signed_claims(TestKey::P256(5), &secret);
    assert_eq!(claims["iss"], "TEAM123456");
    assert_eq!(claims["sub"], "hanzo");
    assert_eq!(claims["aud"], "https://appleid.apple.com");
    assert_eq!(claims["exp"], NOW.0 + 300);
}

#[test]
fn githubs_address_is_the_primary_verified_one_of_its_list() {
    let settings = settings("GitHub");
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert!(begun.url.starts_with("https://github.com/login/oauth/authorize?client_id=hanzo&"));
    assert_eq!(parameter(&begun.url, "scope").unwrap(), "read:user user:email");
    let issuer = "https%3A%2F%2Fgithub.com%2Flogin%2Foauth";
    assert!(accept(&settings, &format!("code=c&state=s&iss={issuer}"), &begun.pending).is_ok());
    let call = token_call(&provider, &begun.pending);
    assert_eq!(call.header("accept"), Some("application/json"));
    let tokens = tokens(&provider, &json!({"access_token": "gho_x", "token_type": "bearer"}));
    let call = userinfo_call(&provider, &tokens, &begun.pending);
    assert_eq!(call.url, "https://api.github.com/user");
    assert_eq!(call.header("authorization"), Some("Bearer gho_x"));
    assert!(call.header("user-agent").is_some());
    let call = provider.emails_request(&tokens).unwrap();
    assert_eq!(call.url, "https://api.github.com/user/emails");
    let list = |primary: bool, verified: bool| {
        json!([
            {"email": "other@example.com", "primary": false, "verified": true, "visibility": null},
            {"email": "octocat@github.com", "primary": primary, "verified": verified, "visibility": "public"},
        ])
        .to_string()
    };
    let email = primary_email(&json_reply(&list(true, true))).unwrap();
    assert_eq!(email.as_deref(), Some("octocat@github.com"));
    for (primary, verified) in [(true, false), (false, true)] {
        assert_eq!(primary_email(&json_reply(&list(primary, verified))), Ok(None));
    }
    assert!(primary_email(&json_reply("{}")).is_err());
    let info = json!({"login": "octocat", "id": 583_231, "name": "The Octocat",
        "email": "evil@example.com", "avatar_url": "https://avatars.githubusercontent.com/u/583231"});
    let info = read_userinfo(&provider, &tokens, &info).unwrap();
    let answers = Answers { userinfo: Some(&info), ..Answers::default() };
    let login = provider.login(&answers).unwrap();
    assert_eq!((login.email, login.email_verified), (None, false), "the profile's does not count");
    let login = provider.login(&Answers { primary_email: email.as_deref(), ..answers }).unwrap();
    assert_eq!(login.email.as_deref(), Some("octocat@github.com"));
    assert!(login.email_verified);
    assert_eq!(login.subject, "583231");
    assert_eq!(login.preferred_username.as_deref(), Some("octocat"));
}

#[test]
fn facebook_wants_commas_and_a_proof() {
    let settings = settings("Facebook");
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert_eq!(parameter(&begun.url, "scope").unwrap(), "email,public_profile");
    let tokens = tokens(&provider, &json!({"access_token": "EAAx", "token_type": "bearer"}));
    let call = userinfo_call(&provider, &tokens, &begun.pending);
    assert_eq!(parameter(&call.url, "access_token").unwrap(), "EAAx");
    // Python: hmac.new(b"s3cret: +%", b"EAAx", "sha256").hexdigest()
    assert_eq!(parameter(&call.url, "appsecret_proof").unwrap(), FACEBOOK_PROOF);
    assert!(parameter(&call.url, "fields").unwrap().contains("picture"));
    assert!(!format!("{call:?}").contains("EAAx"));
    let info = json!({"id": "10", "name": "Ada", "email": "ada@example.com",
        "picture": {"data": {"url": "https://platform-lookaside.fbsbx.com/p", "is_silhouette": false}}});
    let login = login(&provider, &json!({"access_token": "EAAx"}), &info);
    assert_eq!(login.picture.as_deref(), Some("https://platform-lookaside.fbsbx.com/p"));
    assert!(!login.email_verified);
    let error = json!({"error": {"message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190}});
    let error = read_userinfo(&provider, &tokens, &error).unwrap_err();
    assert_eq!(error, refused("OAuthException", "Invalid OAuth access token.").into());
}

#[test]
fn x_puts_claims_into_data() {
    let settings = settings("Twitter");
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert!(parameter(&begun.url, "code_challenge").is_some());
    assert!(token_call(&provider, &begun.pending).header("authorization").is_some());
    let info = json!({"data": {"id": "2244994945", "name": "X Dev", "username": "XDevelopers",
        "confirmed_email": "dev@x.com", "profile_image_url": "https://pbs.twimg.com/p.jpg"}});
    let login = login(&provider, &json!({"access_token": "t"}), &info);
    assert_eq!(login.subject, "2244994945");
    assert!(!login.email_verified);
    let tokens = tokens(&provider, &json!({"access_token": "t"}));
    let error = read_userinfo(&provider, &tokens, &json!({"errors": []})).unwrap_err();
    assert_eq!(error, UserinfoError::NoClaims("/data"));
}

#[test]
fn discords_picture_is_made_of_its_hash() {
    let settings = settings("Discord");
    let info = json!({"id": "80351110224678912", "username": "nelly", "global_name": "Nelly",
        "avatar": "8342729096ea3675442027381ff50dfe", "verified": true, "email": "nelly@discord.com"});
    let login = login(&provider(&settings), &json!({"access_token": "t"}), &info);
    assert_eq!(
        login.picture.as_deref(),
        Some(
            "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png"
        )
    );
    assert!(login.email_verified);
}

#[test]
fn slack_reports_errors_with_200() {
    let settings = ProviderSettings { kind: "Slack".to_owned(), ..oidc() };
    let body = r#"{"ok":false,"error":"invalid_code"}"#;
    let error = Tokens::parse(&provider(&settings), &json_reply(body)).unwrap_err();
    assert_eq!(error, refused("invalid_code", ""));
}

#[test]
fn a_custom_provider_has_the_endpoints_of_its_record() {
    let settings = ProviderSettings {
        authorization_endpoint: "https://sso.example/authorize?realm=x".to_owned(),
        token_endpoint: "https://sso.example/token".to_owned(),
        userinfo_endpoint: "https://sso.example/me".to_owned(),
        scopes: vec!["profile".to_owned(), "mail".to_owned()],
        trust_email: true,
        ..settings("Custom")
    };
    let provider = provider(&settings);
    let begun = begin(&provider);
    assert!(begun.url.starts_with("https://sso.example/authorize?realm=x&client_id=hanzo&"));
    assert_eq!(parameter(&begun.url, "scope").unwrap(), "profile mail");
    let info = json!({"id": 7, "email": "ada@example.com", "email_verified": true});
    let login = login(&provider, &json!({"access_token": "t"}), &info);
    assert_eq!((login.subject.as_str(), login.email_verified), ("7", true));
}

#[test]
fn a_custom_providers_claims_have_the_names_of_its_record() {
    let mapping = [
        ("id", "/data/uid"),
        ("email", "mail"),
        ("emailVerified", "mail_ok"),
        ("displayName", "/data/full_name"),
        ("username", ""),
    ];
    let settings = ProviderSettings {
        authorization_endpoint: "https://sso.example/authorize".to_owned(),
        token_endpoint: "https://sso.example/token".to_owned(),
        userinfo_endpoint: "https://sso.example/me".to_owned(),
        user_mapping: mapping.map(|(key, name)| (key.to_owned(), name.to_owned())).into(),
        trust_email: true,
        ..settings("Custom")
    };
    let info = json!({"id": "not this", "data": {"uid": 42, "full_name": "Ada"},
        "mail": "ada@example.com", "mail_ok": true, "preferred_username": "ada"});
    let login = login(&provider(&settings), &json!({"access_token": "t"}), &info);
    assert_eq!((login.subject.as_str(), login.name.as_deref()), ("42", Some("Ada")));
    assert_eq!(login.email.as_deref(), Some("ada@example.com"));
    assert!(login.email_verified);
    assert_eq!(login.preferred_username.as_deref(), Some("ada"));
}

#[test]
fn auth0_and_keycloak_have_their_issuers() {
    for (kind, url) in [
        ("Auth0", "https://id.example/.well-known/openid-configuration"),
        ("Keycloak", "https://id.example/realms/staff/.well-known/openid-configuration"),
        ("Okta", "https://id.example/.well-known/openid-configuration"),
        ("Casdoor", "https://id.example/.well-known/openid-configuration"),
        ("GitLab", "https://id.example/.well-known/openid-configuration"),
    ] {
        let settings = ProviderSettings {
            domain: "id.example".to_owned(),
            tenant: "staff".to_owned(),
            ..settings(kind)
        };
        let call = super::super::discovery::request(&settings).unwrap().unwrap();
        assert_eq!(call.url, url, "{kind}");
    }
}

const FACEBOOK_PROOF: &str = "b89330940ff8f949c9cf390fb89b2cac231502937c4074d855f3508c9b089119";
