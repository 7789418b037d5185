//! What an authorization request may say, and what comes of it.

use proptest::prelude::*;

use super::*;
use crate::core::time::UnixTime;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn read(
    is_public: bool,
    changes: &[(&str, Option<&str>)],
) -> Result<AuthorizationRequest, AuthorizationError> {
    let list = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let (redirect_uris, grant_types) =
        (list(&["https://app.example/cb"]), list(&["authorization_code"]));
    let (scopes, resources) = (list(&["ai:inference"]), list(&["https://api.example"]));
    let client = Client {
        id: "app",
        is_public,
        redirect_uris: &redirect_uris,
        grant_types: &grant_types,
        scopes: &scopes,
        resources: &resources,
    };
    let mut all = vec![
        ("response_type", Some("code")),
        ("redirect_uri", Some("https://app.example/cb")),
        ("state", Some("s")),
        ("code_challenge", Some(CHALLENGE)),
        ("code_challenge_method", Some("S256")),
    ];
    all.retain(|(name, _)| !changes.iter().any(|(other, _)| name == other));
    all.extend_from_slice(changes);
    let owned: Vec<(String, Option<String>)> =
        all.iter().map(|(n, v)| ((*n).to_owned(), v.map(str::to_owned))).collect();
    let owned: &'static Vec<_> = Box::leak(Box::new(owned));
    let value = |name: &str| {
        owned.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_deref())
    };
    AuthorizationRequest::read(client, value, &[])
}

fn complaint(is_public: bool, changes: &[(&str, Option<&str>)]) -> ErrorCode {
    match read(is_public, changes) {
        Err(AuthorizationError::Redirect(address, complaint)) => {
            assert_eq!(address.redirect.as_str(), "https://app.example/cb");
            complaint.code
        }
        other => panic!("{other:?}"),
    }
}

/// ATTACKS C-39; RFC 6749 §4.1.2.1.
#[test]
fn without_a_registered_address_nothing_is_redirected() {
    for uri in [None, Some("https://evil.example/cb"), Some("javascript:alert(1)")] {
        for more in [("response_type", Some("token")), ("prompt", Some("none"))] {
            let refusal = read(true, &[("redirect_uri", uri), more]).unwrap_err();
            assert!(matches!(refusal, AuthorizationError::Page(_)), "{uri:?}");
        }
    }
}

/// ATTACKS C-43; RFC 7636 §4.4.1.
#[test]
fn a_challenge_is_s256_and_a_public_client_must_have_one() {
    let challenge = |text, method| [("code_challenge", text), ("code_challenge_method", method)];
    assert!(read(true, &[]).unwrap().challenge.is_some());
    assert!(read(false, &challenge(None, None)).unwrap().challenge.is_none());
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    for bad in [
        challenge(None, None),
        challenge(Some(CHALLENGE), None),
        challenge(Some(CHALLENGE), Some("plain")),
        challenge(Some(CHALLENGE), Some("S512")),
        challenge(Some(&short), Some("S256")),
        challenge(Some(&long), Some("S256")),
        challenge(None, Some("S256")),
    ] {
        assert_eq!(complaint(true, &bad), ErrorCode::InvalidRequest, "{bad:?}");
    }
    // a confidential client that sends one has it checked all the same
    assert_eq!(
        complaint(false, &challenge(Some(CHALLENGE), Some("plain"))),
        ErrorCode::InvalidRequest
    );
}

/// ATTACKS C-45 (CVE-2026-7571).
#[test]
fn only_codes_are_given_and_only_to_clients_that_may_have_them() {
    for other in ["token", "id_token", "code id_token", "code token", "none", "CODE", "code "] {
        assert_eq!(
            complaint(true, &[("response_type", Some(other))]),
            ErrorCode::UnsupportedResponseType
        );
    }
    assert_eq!(complaint(true, &[("response_type", None)]), ErrorCode::InvalidRequest);
    let client = Client {
        id: "app",
        is_public: true,
        redirect_uris: &["https://app.example/cb".to_owned()],
        grant_types: &["client_credentials".to_owned()],
        scopes: &[],
        resources: &[],
    };
    let value = |name: &str| match name {
        "redirect_uri" => Some("https://app.example/cb"),
        "response_type" => Some("code"),
        _ => None,
    };
    let refusal = AuthorizationRequest::read(client, value, &[]);
    assert!(
        matches!(refusal, Err(AuthorizationError::Redirect(_, complaint)) if complaint.code == ErrorCode::UnauthorizedClient)
    );
}

/// ATTACKS C-47: nothing is fetched, because it is not supported.
#[test]
fn request_objects_are_refused_unread() {
    assert_eq!(complaint(true, &[("request", Some("e30.e30."))]), ErrorCode::RequestNotSupported);
    assert_eq!(
        complaint(true, &[("request_uri", Some("https://evil.example/r"))]),
        ErrorCode::RequestUriNotSupported
    );
}

/// ATTACKS C-53; RFC 8707 §2.
#[test]
fn only_a_registered_resource_is_a_target() {
    let resource = |text| read(true, &[("resource", Some(text))]);
    assert_eq!(
        resource("https://api.example").unwrap().resource.as_deref(),
        Some("https://api.example")
    );
    for bad in
        ["https://api.example#f", "https://api.example/", "/relative", "https://other.example"]
    {
        assert_eq!(complaint(true, &[("resource", Some(bad))]), ErrorCode::InvalidTarget);
    }
}

/// ATTACKS C-49; OIDC Core §3.1.2.1.
#[test]
fn prompt_none_stands_alone() {
    for bad in ["none login", "login none", "none none", "create", "NONE"] {
        assert_eq!(complaint(true, &[("prompt", Some(bad))]), ErrorCode::InvalidRequest, "{bad}");
    }
    for (text, prompt) in [
        ("none", Prompt::None),
        ("login", Prompt::Login),
        ("select_account", Prompt::SelectAccount),
        ("select_account consent", Prompt::SelectAccount),
        ("login consent", Prompt::Login),
        ("select_account login", Prompt::Login),
        ("consent", Prompt::WhenNeeded),
    ] {
        assert_eq!(read(true, &[("prompt", Some(text))]).unwrap().prompt, prompt);
    }
}

#[test]
fn what_is_malformed_or_endless_is_refused_to_the_client() {
    let nonce = "a".repeat(MAXIMUM_NONCE + 1);
    for (name, value, code) in [
        ("nonce", nonce.as_str(), ErrorCode::InvalidRequest),
        ("login_hint", nonce.as_str(), ErrorCode::InvalidRequest),
        ("max_age", "-1", ErrorCode::InvalidRequest),
        ("max_age", "+1", ErrorCode::InvalidRequest),
        ("max_age", "1.5", ErrorCode::InvalidRequest),
        ("max_age", "99999999999999999999", ErrorCode::InvalidRequest),
        ("response_mode", "web_message", ErrorCode::InvalidRequest),
        ("scope", "admin", ErrorCode::InvalidScope),
        ("scope", "a\"b", ErrorCode::InvalidScope),
    ] {
        assert_eq!(complaint(true, &[(name, Some(value))]), code, "{name}");
    }
}

/// Issue 10, fault 17: a client must refuse a response without its state (RFC 6749 §10.12).
#[test]
fn a_state_is_kept_whole_or_there_is_no_redirect() {
    for character in ["a", "%", "ä", "\u{1f511}"] {
        let longest = character.repeat(4096);
        let request = read(true, &[("state", Some(&longest))]).unwrap();
        assert_eq!(request.return_to.state, Some(longest.clone()));
        let refusal = read(true, &[("state", Some(&(longest + "a")))]);
        assert!(matches!(refusal, Err(AuthorizationError::Page(_))), "{refusal:?}");
    }
    let nonce = "a".repeat(1024);
    assert_eq!(read(true, &[("nonce", Some(&nonce))]).unwrap().nonce, Some(nonce));
}

/// ATTACKS C-54: RFC 9207.
#[test]
fn every_answer_says_who_gives_it() {
    let request = read(true, &[]).unwrap();
    let answer = request.return_to.parameters(vec![("code", "c".to_owned())], "https://i.example");
    let names: Vec<_> = answer.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(names, [("code", "c"), ("state", "s"), ("iss", "https://i.example")]);
}

fn person(at: i64) -> SignedIn {
    SignedIn {
        at: UnixTime(at),
        interaction: Interaction::None,
        is_admitted: true,
        is_expected: true,
        is_strong_enough: true,
        can_step_up: false,
        confirmed_at: Some(UnixTime(at)),
        has_consented: true,
        platform_max_age: None,
    }
}

const NOW: UnixTime = UnixTime(1000);

/// ATTACKS C-49.
#[test]
fn prompt_none_never_leads_to_a_page() {
    let request = read(true, &[("prompt", Some("none")), ("max_age", Some("60"))]).unwrap();
    let code = |person: Option<SignedIn>| match request.decide(person.as_ref(), NOW) {
        Next::Refuse(complaint) => Some(complaint.code),
        Next::Grant => None,
        Next::SignIn | Next::StepUp | Next::Approve(_) => panic!("a page"),
    };
    assert_eq!(code(None), Some(ErrorCode::LoginRequired));
    assert_eq!(code(Some(person(0))), Some(ErrorCode::LoginRequired));
    assert_eq!(code(Some(person(990))), None);
    let stranger = SignedIn { is_admitted: false, ..person(990) };
    assert_eq!(code(Some(stranger)), Some(ErrorCode::InteractionRequired));
    let other = SignedIn { is_expected: false, ..person(990) };
    assert_eq!(code(Some(other)), Some(ErrorCode::LoginRequired));
}

/// ATTACKS C-50.
#[test]
fn an_old_sign_in_is_asked_for_again() {
    let decide = |changes: &[(&str, Option<&str>)], person| {
        read(true, changes).unwrap().decide(Some(&person), NOW)
    };
    assert_eq!(decide(&[], person(0)), Next::Grant);
    assert_eq!(decide(&[("max_age", Some("60"))], person(939)), Next::SignIn);
    assert_eq!(decide(&[("max_age", Some("60"))], person(941)), Next::Grant);
    assert_eq!(decide(&[("max_age", Some("0"))], person(1000)), Next::SignIn);
    for prompt in ["login", "select_account"] {
        assert_eq!(decide(&[("prompt", Some(prompt))], person(1000)), Next::SignIn);
        let fresh = SignedIn { interaction: Interaction::SignedIn, ..person(1000) };
        assert_eq!(decide(&[("prompt", Some(prompt))], fresh), Next::Grant);
        assert_eq!(decide(&[("max_age", Some("0"))], fresh), Next::Grant);
    }
}

/// ATTACKS C-51: another signed-in person gets no code, even right after signing in on the page.
#[test]
fn another_person_than_expected_gets_no_code() {
    let other = SignedIn { is_expected: false, interaction: Interaction::SignedIn, ..person(1000) };
    assert_eq!(read(true, &[]).unwrap().decide(Some(&other), NOW), Next::SignIn);
    let stranger =
        SignedIn { is_admitted: false, interaction: Interaction::SignedIn, ..person(1000) };
    assert_eq!(read(true, &[]).unwrap().decide(Some(&stranger), NOW), Next::SignIn);
}

proptest! {
    /// For all parameters, the only redirect goes to the registered address.
    #[test]
    fn no_parameter_moves_the_answer(
        name in "(response_type|response_mode|scope|prompt|max_age|nonce|resource|state|code_challenge)",
        value in ".{0,60}",
    ) {
        match read(true, &[(name.as_str(), Some(value.as_str()))]) {
            Ok(request) => prop_assert_eq!(request.return_to.redirect.as_str(), "https://app.example/cb"),
            Err(AuthorizationError::Redirect(to, _)) => prop_assert_eq!(to.redirect.as_str(), "https://app.example/cb"),
            Err(AuthorizationError::Page(_)) => prop_assert!(false, "refused here"),
        }
    }
}

/// OIDC Core §3.1.2.4, §3.1.2.6.
#[test]
fn consent_is_asked_for_once_or_always_and_never_without_a_page() {
    let decide = |changes: &[(&str, Option<&str>)], person| {
        read(true, changes).unwrap().decide(Some(&person), NOW)
    };
    let new = SignedIn { has_consented: false, ..person(990) };
    let consent = Next::Approve(Approval::Consent);
    assert_eq!(decide(&[], new), consent);
    assert_eq!(decide(&[], SignedIn { interaction: Interaction::SignedIn, ..new }), consent);
    assert_eq!(decide(&[], SignedIn { interaction: Interaction::Approved, ..new }), Next::Grant);
    assert_eq!(decide(&[("prompt", Some("consent"))], person(990)), consent);
    match decide(&[("prompt", Some("none"))], new) {
        Next::Refuse(complaint) => assert_eq!(complaint.code, ErrorCode::ConsentRequired),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_approval_counts_as_the_new_sign_in_only_right_after_it() {
    let decide = |age: i64, changes: &[(&str, Option<&str>)]| {
        let person = SignedIn { interaction: Interaction::Approved, ..person(1000 - age) };
        read(true, changes).unwrap().decide(Some(&person), NOW)
    };
    for changes in [[("prompt", Some("login consent"))], [("max_age", Some("0"))]] {
        assert_eq!(decide(10, &changes), Next::Grant);
        assert_eq!(decide(601, &changes), Next::SignIn);
    }
}

#[test]
fn platform_authority_is_approved_or_signed_in_for_and_not_with_an_old_sign_in() {
    let decide = |age: i64, interaction| {
        let limit = Some(100);
        let person = SignedIn { interaction, platform_max_age: limit, ..person(1000 - age) };
        read(true, &[]).unwrap().decide(Some(&person), NOW)
    };
    assert_eq!(decide(10, Interaction::None), Next::Approve(Approval::Platform));
    assert_eq!(decide(10, Interaction::Approved), Next::Grant);
    assert_eq!(decide(0, Interaction::SignedIn), Next::Grant);
    assert_eq!(decide(100, Interaction::None), Next::SignIn);
    assert_eq!(decide(100, Interaction::Approved), Next::SignIn);
}

/// OIDC Core §3.1.2.1.
#[test]
fn a_choice_answers_select_account_and_no_other_demand() {
    let chose = SignedIn { interaction: Interaction::Chose, ..person(1000) };
    let decide = |changes: &[(&str, Option<&str>)], person| {
        read(true, changes).unwrap().decide(Some(&person), NOW)
    };
    assert_eq!(decide(&[("prompt", Some("select_account"))], chose), Next::Grant);
    for changes in [("prompt", "login"), ("prompt", "select_account login"), ("max_age", "0")] {
        assert_eq!(decide(&[(changes.0, Some(changes.1))], chose), Next::SignIn, "{changes:?}");
    }
    let platform = SignedIn { platform_max_age: Some(100), ..chose };
    assert_eq!(decide(&[], platform), Next::Approve(Approval::Platform));
}

/// RFC 9470 §5.
#[test]
fn a_weak_session_is_stepped_up_where_a_factor_of_the_account_can_meet_the_request() {
    let request = read(true, &[("acr_values", Some("aal2"))]).unwrap();
    let weak = SignedIn { is_strong_enough: false, ..person(990) };
    assert_eq!(request.decide(Some(&weak), NOW), Next::SignIn);
    let able = SignedIn { can_step_up: true, ..weak };
    assert_eq!(request.decide(Some(&able), NOW), Next::StepUp);
    let stepped = SignedIn { interaction: Interaction::SteppedUp, ..person(1000) };
    assert_eq!(request.decide(Some(&stepped), NOW), Next::Grant);
    let silent = read(true, &[("prompt", Some("none"))]).unwrap();
    assert!(matches!(silent.decide(Some(&able), NOW), Next::Refuse(_)));
}

#[test]
fn a_second_factor_alone_answers_no_demand_for_a_new_sign_in() {
    let request = read(true, &[("prompt", Some("login"))]).unwrap();
    let weak = SignedIn { is_strong_enough: false, can_step_up: true, ..person(990) };
    assert_eq!(request.decide(Some(&weak), NOW), Next::SignIn);
    let signed_in = SignedIn { interaction: Interaction::SignedIn, ..weak };
    assert_eq!(request.decide(Some(&signed_in), NOW), Next::StepUp);
}

#[test]
fn platform_authority_needs_a_recent_second_factor_of_an_account_that_has_one() {
    let decide = |confirmed_at: Option<i64>, can_step_up| {
        let person = SignedIn {
            interaction: Interaction::Approved,
            platform_max_age: Some(100),
            can_step_up,
            confirmed_at: confirmed_at.map(UnixTime),
            ..person(990)
        };
        read(true, &[]).unwrap().decide(Some(&person), NOW)
    };
    assert_eq!(decide(Some(990), false), Next::Grant);
    assert_eq!(decide(None, true), Next::StepUp);
    assert_eq!(decide(Some(900), true), Next::StepUp);
    assert_eq!(decide(Some(900), false), Next::SignIn);
    assert_eq!(decide(Some(901), true), Next::Grant);
}

#[test]
fn a_second_factor_says_nothing_of_platform_authority() {
    for interaction in [Interaction::Chose, Interaction::SteppedUp] {
        let person = SignedIn { interaction, platform_max_age: Some(100), ..person(990) };
        assert!(!person.was_asked_for_platform());
        let next = read(true, &[]).unwrap().decide(Some(&person), NOW);
        assert_eq!(next, Next::Approve(Approval::Platform));
    }
}
