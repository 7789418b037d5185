//! Settings.

use super::{READER, secret, settings};
use crate::core::ldap::{Directory, GroupRule, Preset, Settings, SettingsError, TlsMode};

fn check(settings: Settings) -> Result<(), SettingsError> {
    Directory::new(settings, secret("x")).map(|_| ())
}

#[test]
fn the_presets_are_valid_and_use_tls() {
    for preset in [Preset::OpenLdap, Preset::ActiveDirectory] {
        let settings = preset.settings("ldap.example.org", "dc=example,dc=org", READER);
        assert_eq!(settings.tls, TlsMode::Ldaps);
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        assert_eq!(Directory::new(settings, secret("x")).unwrap().port(), 636);
    }
}

#[test]
fn a_public_address_needs_tls() {
    let at = |host: &str, tls| check(Settings { host: host.to_owned(), tls, ..settings() });
    for local in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fd00::1", "ldap"] {
        assert_eq!(at(local, TlsMode::PlainLocal), Ok(()), "{local}");
    }
    for public in ["8.8.8.8", "2001:4860:4860::8888"] {
        let refused = SettingsError::PlainPublic(public.parse().unwrap());
        assert_eq!(at(public, TlsMode::PlainLocal), Err(refused));
        assert_eq!(at(public, TlsMode::StartTls), Ok(()));
    }
    for host in ["", "a b", "ldap://x", "x:389", "a..b", "x/y", "é"] {
        assert_eq!(at(host, TlsMode::Ldaps), Err(SettingsError::Host(host.to_owned())));
    }
}

#[test]
fn each_malformed_setting_is_named() {
    let good = settings();
    let error = |settings| check(settings).unwrap_err().to_string();
    assert_eq!(error(Settings { base: String::new(), ..good.clone() }), "base is empty");
    assert!(error(Settings { base: "x".into(), ..good.clone() }).starts_with("base: "));
    let filter = Settings { login_filter: "(uid=x)".into(), ..good.clone() };
    assert_eq!(error(filter), "login_filter: the filter does not contain `{login}`");
    let filter = Settings { people_filter: "(uid=x".into(), ..good.clone() };
    assert!(error(filter).starts_with("people_filter: "));
    let groups = GroupRule::Search { base: "dc=x".into(), filter: "(a=b)".into(), nested: true };
    let groups = Settings { groups, ..good.clone() };
    assert_eq!(error(groups), "groups.filter: the filter does not contain `{dn}`");
    let attributes = Settings { attributes: vec!["a b".into()], ..good.clone() };
    assert_eq!(error(attributes), "`a b` is not an attribute");
    let mut limits = good.clone();
    limits.limits.range = 0;
    assert_eq!(error(limits), "the limit `range` is out of range");
    assert_eq!(error(Settings { port: Some(0), ..good }), "the port is 0");
}

#[test]
fn the_password_is_not_shown() {
    let directory = Directory::new(settings(), secret("hunter2")).unwrap();
    assert!(!format!("{directory:?}").contains("hunter2"));
}
