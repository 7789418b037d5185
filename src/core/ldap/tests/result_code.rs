//! Result codes and Active Directory's reasons.

use super::{directory, drive, secret, server, settings};
use crate::core::ldap::{AdReason, Fault, LdapError, ResultCode, SignIn};

fn diagnostic(data: &str) -> String {
    format!(
        "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {data}, v4563\0"
    )
}

#[test]
fn active_directory_says_why_it_refuses() {
    for (data, reason) in [
        ("525", AdReason::NoSuchUser),
        ("52e", AdReason::WrongPassword),
        ("52E", AdReason::WrongPassword),
        ("530", AdReason::LogonHours),
        ("531", AdReason::Workstation),
        ("532", AdReason::PasswordExpired),
        ("533", AdReason::Disabled),
        ("701", AdReason::AccountExpired),
        ("773", AdReason::MustChangePassword),
        ("775", AdReason::Locked),
    ] {
        assert_eq!(AdReason::in_diagnostic(&diagnostic(data)), Some(reason));
        assert!(reason.to_string().contains(&data.to_lowercase()));
    }
    for text in ["", "data 52e", &diagnostic("52"), &diagnostic("52e0"), &diagnostic("")] {
        assert_eq!(AdReason::in_diagnostic(text), None, "{text}");
    }
}

#[test]
fn a_refused_person_is_told_apart_by_code_and_reason() {
    let directory = directory(settings());
    let outcome = |code, data: &str| {
        let answers = [
            server::bound(1),
            [server::person(2, "alice", 7), server::done(2)].concat(),
            server::bind_refused(3, code, &diagnostic(data)),
        ];
        let task = SignIn::new("alice", secret("pass")).unwrap();
        drive(&directory, task, &answers).0.unwrap_err()
    };
    let error = outcome(49, "775");
    assert!(matches!(error, LdapError::PersonBind { reason: Some(AdReason::Locked), .. }));
    assert_eq!(error.fault(), Fault::Person);
    assert_eq!(outcome(51, "").fault(), Fault::Server);
    // No code but 0 is success, whatever it is.
    for code in (1..130).chain([0x7fff_ffff]) {
        match outcome(code, "52e") {
            LdapError::PersonBind { code: found, .. } => assert_eq!(found, ResultCode(code)),
            LdapError::Referral { .. } => assert_eq!(code, 10),
            other => panic!("{code}: {other}"),
        }
    }
}
