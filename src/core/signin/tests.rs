use proptest::prelude::*;

use super::{
    flow::{Challenge, Evidence, Flow, Next, Refusal},
    method::{Acr, Method, Methods},
    policy::{Account, Policy},
};
use crate::core::time::UnixTime;

const NOW: UnixTime = UnixTime(1_000_000);

fn policy(first: &[Method], second: &[Method]) -> Policy {
    Policy {
        first: Methods::of(first.iter().copied()),
        second: Methods::of(second.iter().copied()),
        requires_second: false,
        acr: None,
        remembered_hours: 0,
    }
}

fn account(enrolled: &[Method]) -> Account {
    Account {
        enrolled: Methods::of(enrolled.iter().copied()),
        wants_second: !enrolled.is_empty(),
        remembered: None,
        barred: Methods::NONE,
    }
}

fn by(method: Method) -> Evidence {
    Evidence::by(method, "ada".to_owned(), NOW)
}

fn challenge(method: Method) -> Challenge {
    let (content, sent_to) = (String::new(), String::new());
    Challenge { method, content, sent_to, failures: 0, expires_at: NOW.plus(300) }
}

fn after(policy: Policy, account: Account, methods: &[Method]) -> Flow {
    let mut flow = Flow::new(NOW);
    for method in methods {
        if method.needs_challenge() {
            flow = flow.issued(policy, account, challenge(*method), NOW).unwrap();
        }
        flow = flow.proved(policy, account, by(*method), NOW).unwrap();
    }
    flow
}

use Method::{Email, Passkey, Password, Provider, Recovery, Sms, Totp, Wallet};

#[test]
fn a_provider_that_may_not_vouch_for_the_account_needs_a_factor_that_the_account_has() {
    let policy = policy(&[Provider], &[Totp]);
    let flow = |account, needs_own_factor| {
        let evidence =
            Evidence::by_another_system(Provider, "ada".to_owned(), NOW, needs_own_factor);
        let flow = Flow::new(NOW).issued(policy, account, challenge(Provider), NOW).unwrap();
        flow.proved(policy, account, evidence, NOW).unwrap()
    };
    let (without, with) = (account(&[]), account(&[Totp]));
    assert!(matches!(flow(without, false).next(policy, without, NOW), Ok(Next::Done(_))));
    assert_eq!(flow(without, true).next(policy, without, NOW), Ok(Next::Unmet));
    let begun = flow(with, true);
    assert_eq!(begun.next(policy, with, NOW), Ok(Next::Second(Methods::of([Totp]))));
    // It is kept with the sign-in, whose next step is another request.
    let begun: Flow = serde_json::from_str(&serde_json::to_string(&begun).unwrap()).unwrap();
    assert_eq!(begun.next(policy, without, NOW), Ok(Next::Unmet));
    let proved = begun.proved(policy, with, by(Totp), NOW).unwrap();
    assert!(matches!(proved.next(policy, with, NOW), Ok(Next::Done(_))));
}

#[test]
fn a_password_is_enough_where_nothing_more_is_demanded() {
    let policy = policy(&[Password], &[Totp]);
    let flow = after(policy, account(&[]), &[Password]);
    let Ok(Next::Done(signed)) = flow.next(policy, account(&[]), NOW) else { panic!() };
    assert_eq!((signed.user_id(), signed.amr()), ("ada", ["pwd".to_owned()].as_slice()));
    assert_eq!(Acr::of(signed.amr()), Acr::One);
}

/// A published code base lets a wallet sign in without the second factor.
#[test]
fn a_wallet_meets_the_same_second_factor_as_a_password() {
    let policy = policy(&[Password, Wallet], &[Totp]);
    let account = account(&[Totp, Recovery]);
    for first in [Password, Wallet] {
        let flow = after(policy, account, &[first]);
        let due = Methods::of([Totp, Recovery]);
        assert_eq!(flow.next(policy, account, NOW), Ok(Next::Second(due)));
    }
}

/// ATTACKS 94.
#[test]
fn an_answer_without_its_challenge_is_refused() {
    let policy = policy(&[Passkey, Email], &[]);
    let account = account(&[]);
    let flow = Flow::new(NOW);
    let refused = flow.clone().proved(policy, account, by(Passkey), NOW);
    assert_eq!(refused, Err(Refusal::NoChallenge));
    let flow = flow.issued(policy, account, challenge(Email), NOW).unwrap();
    assert_eq!(flow.clone().proved(policy, account, by(Passkey), NOW), Err(Refusal::NoChallenge));
    let late = NOW.plus(300);
    assert_eq!(flow.clone().proved(policy, account, by(Email), late), Err(Refusal::NoChallenge));
    let flow = flow.failed(2).failed(2);
    assert_eq!(flow.proved(policy, account, by(Email), NOW), Err(Refusal::NoChallenge));
}

/// ATTACKS 94: a request for a stronger class is no way around the factor that the account has.
#[test]
fn a_new_factor_is_enrolled_only_after_one_that_exists() {
    let mut policy = policy(&[Password], &[Totp, Passkey]);
    policy.acr = Some(Acr::PhishingResistant);
    let account = account(&[Totp, Recovery]);
    let flow = after(policy, account, &[Password]);
    let due = Methods::of([Totp, Recovery]);
    assert_eq!(flow.next(policy, account, NOW), Ok(Next::Second(due)));
    assert_eq!(flow.clone().issued(policy, account, challenge(Passkey), NOW), Err(Refusal::NotDue));
    let flow = flow.proved(policy, account, by(Totp), NOW).unwrap();
    assert_eq!(flow.next(policy, account, NOW), Ok(Next::Enrol(Methods::of([Passkey]))));
    let flow = flow.issued(policy, account, challenge(Passkey), NOW).unwrap();
    let passkey = Evidence::by_passkey("ada".to_owned(), NOW, true, false);
    let flow = flow.enrolled(policy, account, passkey, NOW).unwrap();
    let Ok(Next::Done(signed)) = flow.next(policy, account, NOW) else { panic!() };
    assert_eq!(signed.amr(), ["pwd", "otp", "swk", "user", "mfa"]);
}

/// The mailbox alone enrols nothing where codes that go to it are the account's second factor.
#[test]
fn a_sign_in_by_the_account_s_only_factor_enrols_no_other() {
    let policy = policy(&[Password, Email], &[Totp, Email]);
    let account = account(&[Email]);
    let flow = after(policy, account, &[Email]);
    assert_eq!(flow.next(policy, account, NOW), Ok(Next::Unmet));
}

#[test]
fn a_factor_that_the_policy_no_longer_counts_is_still_proven_before_another_is_enrolled() {
    let mut policy = policy(&[Password], &[Totp]);
    policy.requires_second = true;
    let account = account(&[Sms]);
    let flow = after(policy, account, &[Password]);
    assert_eq!(flow.next(policy, account, NOW), Ok(Next::Second(Methods::of([Sms]))));
    let flow = after(policy, account, &[Password, Sms]);
    assert_eq!(flow.next(policy, account, NOW), Ok(Next::Enrol(Methods::of([Totp]))));
}

/// Who has the mailbox has set the password by it: a code that goes there is no other factor.
#[test]
fn a_recovery_code_stands_in_for_a_factor_that_is_barred() {
    let policy = policy(&[Password], &[Email, Totp]);
    let mut account = account(&[Email, Recovery]);
    account.barred = Methods::of([Email]);
    let flow = after(policy, account, &[Password]);
    assert_eq!(flow.next(policy, account, NOW), Ok(Next::Second(Methods::of([Recovery]))));
    account.enrolled = Methods::of([Email]);
    assert_eq!(flow.next(policy, account, NOW), Ok(Next::Unmet));
}

#[test]
fn the_first_factor_proven_again_is_no_second_one() {
    let mut policy = policy(&[Password, Email], &[Password, Email]);
    policy.requires_second = true;
    let flow = after(policy, account(&[]), &[Password]);
    assert_eq!(flow.next(policy, account(&[]), NOW), Ok(Next::Enrol(Methods::of([Email]))));
    let flow = after(policy, account(&[]), &[Email]);
    assert_eq!(flow.next(policy, account(&[]), NOW), Ok(Next::Unmet));
}

#[test]
fn a_verified_passkey_is_two_factors_and_resists_phishing() {
    let mut policy = policy(&[Passkey], &[Totp]);
    policy.requires_second = true;
    policy.acr = Some(Acr::PhishingResistantHardware);
    let account = account(&[Totp]);
    let flow = Flow::new(NOW).issued(policy, account, challenge(Passkey), NOW).unwrap();
    let passkey = Evidence::by_passkey("ada".to_owned(), NOW, true, true);
    let flow = flow.proved(policy, account, passkey, NOW).unwrap();
    let Ok(Next::Done(signed)) = flow.next(policy, account, NOW) else { panic!() };
    assert_eq!(Acr::of(signed.amr()), Acr::PhishingResistantHardware);
}

#[test]
fn a_recovery_code_lets_in_once_where_the_other_factor_is_lost() {
    let mut policy = policy(&[Password], &[Passkey]);
    policy.requires_second = true;
    let account = account(&[Passkey, Recovery]);
    let flow = after(policy, account, &[Password, Recovery]);
    assert!(matches!(flow.next(policy, account, NOW), Ok(Next::Done(_))));
}

#[test]
fn evidence_about_another_user_is_refused() {
    let policy = policy(&[Password], &[Totp]);
    let account = account(&[Totp]);
    let flow = after(policy, account, &[Password]);
    let of_other = Evidence::by(Totp, "bob".to_owned(), NOW);
    assert_eq!(flow.proved(policy, account, of_other, NOW), Err(Refusal::OtherUser));
}

#[test]
fn a_sign_in_ends_after_a_quarter_of_an_hour() {
    let policy = policy(&[Password], &[Totp]);
    let flow = after(policy, account(&[]), &[Password]);
    let end = flow.expires_at();
    assert_eq!(flow.next(policy, account(&[]), end), Err(Refusal::Expired));
}

fn methods() -> impl Strategy<Value = Methods> {
    prop::collection::vec(method(), 0..6).prop_map(Methods::of)
}

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::ALL.to_vec())
}

#[derive(Debug, Clone)]
enum Step {
    Issue(Method),
    Prove(Method, &'static str, bool),
    Enrol(Method, &'static str, bool),
    Fail,
}

fn step() -> impl Strategy<Value = Step> {
    let user = || prop::sample::select(vec!["ada", "ada", "ada", "bob"]);
    prop_oneof![
        3 => method().prop_map(Step::Issue),
        4 => (method(), user(), any::<bool>()).prop_map(|(m, u, v)| Step::Prove(m, u, v)),
        2 => (method(), user(), any::<bool>()).prop_map(|(m, u, v)| Step::Enrol(m, u, v)),
        1 => Just(Step::Fail),
    ]
}

fn evidence(method: Method, user: &str, verified: bool) -> Evidence {
    match method {
        Passkey => Evidence::by_passkey(user.to_owned(), NOW, verified, false),
        other => Evidence::by(other, user.to_owned(), NOW),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4000, ..ProptestConfig::default() })]

    /// No order of calls leads to a session without what the policy demands.
    #[test]
    fn every_session_has_what_its_policy_demands(
        first in methods(),
        second in methods(),
        requires_second in any::<bool>(),
        acr in prop::option::of(prop::sample::select(Acr::ALL.to_vec())),
        enrolled in methods(),
        barred in methods(),
        wants_second in any::<bool>(),
        steps in prop::collection::vec(step(), 1..14),
    ) {
        let usable = Methods::of(enrolled.iter().filter(|known| known.is_second()));
        let policy = Policy { first, second, requires_second, acr, remembered_hours: 0 };
        let barred = barred.and(usable).without(Recovery);
        let account = Account { enrolled: usable, barred, wants_second, remembered: None };
        let mut flow = Flow::new(NOW);
        // What was accepted, as this test saw it: method, user, verified, enrolled.
        let mut accepted: Vec<(Method, &str, bool, bool)> = Vec::new();
        let mut issued: Option<Method> = None;
        for step in steps {
            match step {
                Step::Issue(method) => {
                    if let Ok(next) = flow.clone().issued(policy, account, challenge(method), NOW) {
                        (flow, issued) = (next, Some(method));
                    }
                }
                Step::Fail => (flow, issued) = (flow.failed(1), None),
                Step::Prove(method, user, verified) => {
                    let evidence = evidence(method, user, verified);
                    if let Ok(next) = flow.clone().proved(policy, account, evidence, NOW) {
                        prop_assert!(!method.needs_challenge() || issued == Some(method));
                        accepted.push((method, user, verified && method == Passkey, false));
                        (flow, issued) = (next, None);
                    }
                }
                Step::Enrol(method, user, verified) => {
                    let evidence = evidence(method, user, verified);
                    if let Ok(next) = flow.clone().enrolled(policy, account, evidence, NOW) {
                        prop_assert!(issued == Some(method), "enrolment was not begun");
                        let held = usable.without(accepted[0].0).without(Recovery);
                        let proved = accepted.iter().any(|known| known.2) || accepted.len() > 1;
                        prop_assert!(held.is_empty() || proved, "a factor was added beside {held:?}");
                        accepted.push((method, user, verified && method == Passkey, true));
                        (flow, issued) = (next, None);
                    }
                }
            }
        }
        let Ok(Next::Done(signed)) = flow.next(policy, account, NOW) else { return Ok(()) };
        let (opening, user, verified, _) = accepted[0];
        prop_assert!(first.has(opening));
        prop_assert!(accepted.iter().all(|known| known.1 == user) && signed.user_id() == user);
        for (method, _, _, is_new) in &accepted[1..] {
            prop_assert!(*is_new || !account.barred.has(*method), "{method:?} is barred");
            prop_assert!(usable.has(*method) || *is_new, "{method:?} is not the person's");
        }
        let is_second = |known: &(Method, &str, bool, bool)| {
            known.0 != opening && (second.has(known.0) || known.0 == Recovery)
        };
        let has_second = verified
            || accepted[1..].iter().any(|known| known.2 || is_second(known));
        let demands = requires_second || wants_second || acr.is_some_and(|class| class > Acr::One);
        prop_assert!(!demands || has_second, "{accepted:?}");
        let passkey = accepted.iter().any(|known| known.0 == Passkey);
        prop_assert!(acr.is_none_or(|class| class <= Acr::Two || passkey));
    }
}
