//! Settings and metadata.

use super::{
    super::{
        ClientAuth, Metadata, Preset, SettingsError,
        discovery::{self, DiscoveryError},
        keys::KeysError,
    },
    *,
};

const TENANT: &str = "9122040d-6c67-4c5b-b112-36a304b66dad";

fn generic() -> ProviderSettings {
    ProviderSettings { issuer: ISSUER.to_owned(), ..settings("Oidc") }
}

fn document(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
        "userinfo_endpoint": "https://idp.example/userinfo",
        "jwks_uri": "https://idp.example/jwks",
        "response_types_supported": ["code", "id_token"],
        "authorization_response_iss_parameter_supported": true,
    })
}

fn parse(settings: &ProviderSettings, document: &Value) -> Result<Metadata, DiscoveryError> {
    Metadata::parse(settings, &json_reply(&document.to_string()))
}

#[test]
fn metadata_fills_in_the_endpoints() {
    let settings = generic();
    let call = discovery::request(&settings).unwrap().unwrap();
    assert_eq!(call.url, "https://idp.example/.well-known/openid-configuration");
    let metadata = parse(&settings, &document(ISSUER)).unwrap();
    let provider = Provider::new(&settings, Some(&metadata)).unwrap();
    assert_eq!(provider.token_endpoint(), "https://idp.example/token");
    assert_eq!(provider.jwks_uri(), "https://idp.example/jwks");
    assert!(provider.promises_issuer() && provider.uses_pkce());
    assert!(discovery::request(&oidc()).unwrap().is_none(), "the settings name everything");
}

/// rp-discovery-openid-configuration, issuer-not-matching-config (Discovery §4.3).
#[test]
fn metadata_of_another_issuer_is_refused() {
    for issuer in ["https://idp.example/", "https://evil.example", "https://idp.example/{tenantid}"]
    {
        let error = parse(&generic(), &document(issuer)).unwrap_err();
        let expected = ISSUER.to_owned();
        assert_eq!(error, DiscoveryError::Issuer { expected, found: issuer.to_owned() });
    }
}

#[test]
fn endpoints_must_be_https() {
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        for url in ["http://idp.example/x", "javascript:alert(1)", "https://a@idp.example/", "/x"] {
            let mut document = document(ISSUER);
            document[name] = json!(url);
            assert_eq!(parse(&generic(), &document), Err(DiscoveryError::Endpoint(name)));
        }
    }
    let mut local = document(ISSUER);
    local["jwks_uri"] = json!("http://localhost:8080/jwks");
    assert_eq!(parse(&generic(), &local), Err(DiscoveryError::Endpoint("jwks_uri")));
    let settings = ProviderSettings { danger_allow_localhost: true, ..generic() };
    assert!(parse(&settings, &local).is_ok());
}

#[test]
fn malformed_metadata_is_refused() {
    let settings = generic();
    for body in ["", "[]", "not JSON", "{}", r#"{"issuer":7}"#, r#"{"issuer":"a","issuer":"a"}"#] {
        let parsed = Metadata::parse(&settings, &json_reply(body));
        assert!(matches!(parsed, Err(DiscoveryError::Malformed(_))), "{body}");
    }
    let long = format!("{}{}", document(ISSUER), " ".repeat(300_000));
    assert!(Metadata::parse(&settings, &json_reply(&long)).is_err());
    let reply = Reply { status: 404, ..json_reply("{}") };
    assert_eq!(Metadata::parse(&settings, &reply), Err(DiscoveryError::Status(404)));
    let mut implicit = document(ISSUER);
    implicit["response_types_supported"] = json!(["id_token"]);
    assert_eq!(parse(&settings, &implicit), Err(DiscoveryError::ResponseType));
}

#[test]
fn the_metadata_decides_where_the_preset_has_no_reason_to() {
    let settings = generic();
    let mut document = document(ISSUER);
    document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    document["code_challenge_methods_supported"] = json!(["plain"]);
    let metadata = parse(&settings, &document).unwrap();
    let provider = Provider::new(&settings, Some(&metadata)).unwrap();
    assert_eq!(provider.client_auth(), ClientAuth::SecretPost);
    assert!(!provider.uses_pkce());
    let settings = ProviderSettings { pkce: Some(true), ..settings };
    assert!(Provider::new(&settings, Some(&metadata)).unwrap().uses_pkce());
}

fn microsoft(tenant: &str) -> ProviderSettings {
    ProviderSettings { tenant: tenant.to_owned(), ..settings("AzureAD") }
}

fn microsoft_issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

fn microsoft_verdict(
    settings: &ProviderSettings,
    metadata: &Metadata,
    change: impl FnOnce(&mut Value),
    key_issuer: Option<&str>,
) -> Result<IdToken, IdTokenError> {
    let provider = Provider::new(settings, Some(metadata)).unwrap();
    let pending = begin(&provider).pending;
    let mut claims = claims(&pending);
    claims["iss"] = json!(microsoft_issuer(TENANT));
    claims["tid"] = json!(TENANT);
    change(&mut claims);
    let mut jwk = TestKey::P256(1).jwk();
    jwk["kid"] = json!("k1");
    jwk["issuer"] = key_issuer.map_or(Value::Null, |issuer| json!(issuer));
    let set = json!({"keys": [jwk]}).to_string();
    let keys = JsonWebKeys::parse(&json_reply(&set)).unwrap();
    let tokens = tokens_with(&provider, &signed(&claims));
    let grant = grant();
    let verified = provider.verify_id_token(&RustCrypto, &keys, &tokens, &grant, &pending, NOW);
    pollster::block_on(verified)
}

/// The multi-tenant template of Microsoft.
#[test]
fn microsofts_issuer_is_that_of_the_tokens_tenant() {
    let settings = microsoft("");
    let call = discovery::request(&settings).unwrap().unwrap();
    assert!(call.url.starts_with("https://login.microsoftonline.com/common/v2.0/.well-known/"));
    let metadata = parse(&settings, &document(&microsoft_issuer("{tenantid}"))).unwrap();
    let verdict = |change: fn(&mut Value)| microsoft_verdict(&settings, &metadata, change, None);
    assert!(verdict(|_| ()).is_ok());
    let other = |claims: &mut Value| claims["tid"] = json!(TENANT.replace('9', "8"));
    assert!(matches!(verdict(other), Err(IdTokenError::Issuer(_))));
    let none = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove("tid"));
    assert_eq!(verdict(none).unwrap_err(), IdTokenError::Claim("tid"));
    let template = |claims: &mut Value| {
        claims["iss"] = json!(microsoft_issuer("{tenantid}"));
        claims["tid"] = json!("{tenantid}");
    };
    assert!(matches!(verdict(template), Err(IdTokenError::Issuer(_))));
    let path = |claims: &mut Value| {
        claims["iss"] = json!(microsoft_issuer("evil/x"));
        claims["tid"] = json!("evil/x");
    };
    assert!(matches!(verdict(path), Err(IdTokenError::Issuer(_))));
}

#[test]
fn microsofts_keys_sign_for_their_own_issuer_only() {
    let settings = microsoft("organizations");
    let metadata = parse(&settings, &document(&microsoft_issuer("{tenantid}"))).unwrap();
    let with = |issuer: &str| microsoft_verdict(&settings, &metadata, |_| (), Some(issuer)).err();
    assert_eq!(with(&microsoft_issuer("{tenantid}")), None);
    assert_eq!(with(&microsoft_issuer(TENANT)), None);
    let other = microsoft_issuer(&TENANT.replace('9', "8"));
    assert_eq!(with(&other), Some(IdTokenError::KeyOfAnotherIssuer(other)));
}

#[test]
fn only_the_tenants_of_the_settings_sign_in() {
    let settings = ProviderSettings { tenants: vec![TENANT.to_owned()], ..microsoft("common") };
    let metadata = parse(&settings, &document(&microsoft_issuer("{tenantid}"))).unwrap();
    assert!(microsoft_verdict(&settings, &metadata, |_| (), None).is_ok());
    let settings = ProviderSettings { tenants: vec!["x".to_owned()], ..settings };
    let error = microsoft_verdict(&settings, &metadata, |_| (), None).unwrap_err();
    assert_eq!(error, IdTokenError::Tenant(TENANT.to_owned()));
}

#[test]
fn a_single_tenant_has_one_issuer() {
    let settings = microsoft(TENANT);
    assert!(parse(&settings, &document(&microsoft_issuer(TENANT))).is_ok());
    for other in ["{tenantid}", &TENANT.replace('9', "8"), "common"] {
        assert!(parse(&settings, &document(&microsoft_issuer(other))).is_err(), "{other}");
    }
    let by_domain = microsoft("contoso.onmicrosoft.com");
    let metadata = parse(&by_domain, &document(&microsoft_issuer(TENANT))).unwrap();
    let other = TENANT.replace('9', "8");
    let change = |claims: &mut Value| {
        claims["iss"] = json!(microsoft_issuer(&other));
        claims["tid"] = json!(other);
    };
    assert!(microsoft_verdict(&by_domain, &metadata, change, None).is_err());
    assert!(parse(&by_domain, &document(&microsoft_issuer("{tenantid}"))).is_err());
    assert!(parse(&by_domain, &document("https://evil.example/x/v2.0")).is_err());
}

#[test]
fn settings_that_lack_something_say_what() {
    let lacking =
        |settings: &ProviderSettings| Provider::new(settings, None).map(drop).unwrap_err();
    assert_eq!(lacking(&settings("Nothing")), SettingsError::Kind("Nothing".to_owned()));
    assert_eq!(lacking(&settings("Custom")), SettingsError::Missing("authorization_endpoint"));
    assert_eq!(lacking(&settings("Alipay")), SettingsError::Missing("signing_key"));
    assert_eq!(lacking(&settings("Okta")), SettingsError::Missing("domain"));
    let okta = ProviderSettings { domain: "a/../b".to_owned(), ..settings("Okta") };
    assert_eq!(lacking(&okta), SettingsError::Malformed("domain"));
    let plain = ProviderSettings { issuer: "http://idp.example".to_owned(), ..settings("Oidc") };
    assert_eq!(lacking(&plain), SettingsError::Endpoint("issuer"));
    let public = ProviderSettings {
        client_secret: Secret::default(),
        client_auth: Some(ClientAuth::None),
        pkce: Some(false),
        ..oidc()
    };
    assert_eq!(lacking(&public), SettingsError::Missing("pkce"));
    let no_secret = ProviderSettings { client_secret: Secret::default(), ..oidc() };
    assert_eq!(lacking(&no_secret), SettingsError::Missing("client_secret"));
}

#[test]
fn each_preset_is_found_by_its_name_and_is_complete() {
    for preset in Preset::ALL {
        assert_eq!(Preset::find(&preset.kind.to_uppercase()), Some(preset));
        assert!(!preset.claims.subject.is_empty(), "{}", preset.kind);
        for url in [preset.authorization, preset.token, preset.userinfo, preset.issuer] {
            assert!(url.is_empty() || url.starts_with("https://"), "{url}");
        }
    }
    let names = "Google GitHub GitLab AzureAD Apple Facebook Twitter LinkedIn Discord Slack Okta \
                 Auth0 Keycloak Casdoor WeChat DingTalk Lark Alipay Line Telegram Custom Oidc OAuth2";
    assert!(names.split(' ').all(|name| Preset::find(name).is_some()));
}

#[test]
fn a_key_set_keeps_what_can_verify() {
    let mut short = TestKey::Rsa.jwk();
    short["n"] = json!(base64url(&[0xff; 128]));
    let mut low = TestKey::Rsa.jwk();
    low["e"] = json!("AQ");
    let mut encrypting = TestKey::P256(1).jwk();
    encrypting["use"] = json!("enc");
    let mut other = TestKey::P256(1).jwk();
    other["alg"] = json!("ES384");
    let mut symmetric = TestKey::Rsa.jwk();
    symmetric["alg"] = json!("HS256");
    let secret = json!({"kty": "oct", "k": "AAAA"});
    for key in [short, low, encrypting, other, symmetric, secret, json!(7)] {
        let set = json!({"keys": [key]}).to_string();
        assert_eq!(JsonWebKeys::parse(&json_reply(&set)), Err(KeysError::NoneUsable), "{set}");
    }
    let many = json!({"keys": vec![TestKey::P256(1).jwk(); 65]}).to_string();
    assert_eq!(JsonWebKeys::parse(&json_reply(&many)), Err(KeysError::TooMany));
    assert_eq!(JsonWebKeys::parse(&json_reply("{}")), Err(KeysError::Malformed));
}
