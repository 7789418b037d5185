//! Step-up: continuing a session with another proof of the same user.

use serde::{Deserialize, Serialize};

use super::{
    flow::{Evidence, Next, Proven, Signed},
    method::{Acr, Method, Methods},
    policy::{Account, Policy, second_name},
};
use crate::core::{
    session::{Factor, proved_at},
    time::UnixTime,
};

/// Maximum age of the proof required for factor changes, in seconds.
pub const FRESH: i64 = 10 * 60;

/// The session data needed for a step-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resumed {
    user_id: String,
    session_id: String,
    /// The session's proven methods (`amr`, RFC 8176).
    amr: Vec<String>,
}

impl Resumed {
    /// The session `session_id` of that user, with the methods `amr`.
    pub const fn new(user_id: String, session_id: String, amr: Vec<String>) -> Self {
        Self { user_id, session_id, amr }
    }

    /// The user.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The session.
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// Whether the account has a second factor other than the session's first factor.
    pub fn has_second(&self, account: Account) -> bool {
        !self.completing(account).is_empty()
    }

    /// Whether an accepted second factor of the account would meet `policy`.
    pub fn can_meet(&self, policy: Policy, account: Account) -> bool {
        !self.counting(policy, account).minus(account.barred).is_empty()
    }

    /// When a session authenticated at `authenticated_at`, with proven `factors`, last proved the
    /// account's strongest factor: its second factor if it has `enrolled` one. `None` if never.
    pub fn confirmed_at(
        authenticated_at: UnixTime,
        factors: &[Factor],
        enrolled: Methods,
    ) -> Option<UnixTime> {
        if enrolled.has_second() { proved_at(factors, &["mfa"]) } else { Some(authenticated_at) }
    }

    /// Whether a proof of that time suffices at `now` to change factors or credentials.
    pub fn is_fresh(confirmed_at: Option<UnixTime>, now: UnixTime) -> bool {
        confirmed_at.is_some_and(|at| now.since(at) <= FRESH)
    }

    /// The next step after `proofs`: one fresh proof, by a second factor if the account has one. A
    /// step-up enrols nothing.
    pub(super) fn next(&self, proofs: &[Evidence], policy: Policy, account: Account) -> Next {
        let Some(proof) = proofs.last() else {
            let due = self.due(policy, account);
            let first = policy.first.that(Method::is_first);
            return if due.is_empty() { Next::First(first) } else { Next::Second(due) };
        };
        let mut amr = Proven::of(proofs).amr();
        let mut seconds = Proven::of(proofs).seconds();
        if self.is_completed_by(proof.method()) {
            seconds.push(second_name(proof.method()));
        }
        if !seconds.is_empty() && !amr.iter().any(|name| name == "mfa") {
            amr.push("mfa".to_owned());
        }
        let all: Vec<String> = self.amr.iter().chain(&amr).cloned().collect();
        if policy.acr.is_some_and(|class| Acr::of(&all) < class) {
            return Next::Unmet;
        }
        Next::Done(Signed::new(self.user_id.clone(), amr, seconds))
    }

    /// The requested second factors: the accepted ones, else the existing ones, or a recovery code
    /// unless the required class excludes it.
    fn due(&self, policy: Policy, account: Account) -> Methods {
        let counting = self.counting(policy, account);
        let known = if counting.is_empty() { self.completing(account) } else { counting };
        let stands_in = !known.is_empty() && policy.acr.is_none_or(|class| class <= Acr::Two);
        let stands_in = stands_in && account.enrolled.has(Method::Recovery);
        known.minus(account.barred).with_if(stands_in, Method::Recovery)
    }

    fn counting(&self, policy: Policy, account: Account) -> Methods {
        let counting = self.completing(account).and(policy.second);
        match policy.acr {
            Some(class) if class > Acr::Two => counting.and(Methods::of([Method::Passkey])),
            _ => counting,
        }
    }

    /// The second factors that complete two together with the session's proofs.
    fn completing(&self, account: Account) -> Methods {
        let second = account.enrolled.that(Method::is_second).without(Method::Recovery);
        second.that(|method| self.is_completed_by(method))
    }

    fn is_completed_by(&self, method: Method) -> bool {
        let has = |names: &[&str]| self.amr.iter().any(|name| names.contains(&name.as_str()));
        match method {
            // No sign-in begins with them, so that the session has proved another method.
            Method::Totp | Method::Recovery => true,
            Method::Passkey => has(&["mfa", "pwd", "otp", "pop", "fed"]),
            Method::Email | Method::Sms => has(&["mfa", "pwd", "pop", "fed", "swk", "hwk"]),
            Method::Password => has(&["swk", "hwk"]),
            Method::Wallet | Method::Provider => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            flow::{Challenge, Flow, Refusal},
            policy::Remembered,
        },
        *,
    };
    use crate::core::session::proved;

    const NOW: UnixTime = UnixTime(1_000_000);

    fn policy() -> Policy {
        Policy {
            first: Methods::of([Method::Password, Method::Passkey]),
            second: Methods::of(Method::ALL).that(Method::is_second),
            requires_second: false,
            acr: None,
            remembered_hours: 1,
        }
    }

    fn account(enrolled: &[Method]) -> Account {
        let enrolled = Methods::of(enrolled.iter().copied());
        Account {
            enrolled,
            wants_second: !enrolled.is_empty(),
            remembered: Some(Remembered::read("second:app", NOW)),
            ..Account::default()
        }
    }

    fn session(amr: &[&str]) -> Resumed {
        let amr = amr.iter().map(|&name| name.to_owned()).collect();
        Resumed::new("ada".to_owned(), "sid".to_owned(), amr)
    }

    fn flow(amr: &[&str]) -> Flow {
        Flow::stepping_up(session(amr), NOW)
    }

    fn by(method: Method) -> Evidence {
        Evidence::by(method, "ada".to_owned(), NOW)
    }

    #[test]
    fn an_account_with_a_second_factor_proves_that_one_and_no_password() {
        let account = account(&[Method::Totp, Method::Recovery]);
        let flow = flow(&["pwd", "rba"]);
        let due = Methods::of([Method::Totp, Method::Recovery]);
        assert_eq!(flow.next(policy(), account, NOW), Ok(Next::Second(due)));
        let refused = flow.clone().proved(policy(), account, by(Method::Password), NOW);
        assert_eq!(refused, Err(Refusal::NotDue));
        let flow = flow.proved(policy(), account, by(Method::Totp), NOW).unwrap();
        let Ok(Next::Done(signed)) = flow.next(policy(), account, NOW) else { panic!() };
        assert_eq!((signed.user_id(), signed.seconds()), ("ada", &["second:app".to_owned()][..]));
        assert_eq!(signed.amr(), ["otp", "mfa"]);
    }

    #[test]
    fn an_account_without_one_proves_a_first_factor_which_is_no_second() {
        let flow = flow(&["pwd"]);
        let next = flow.next(policy(), account(&[]), NOW);
        assert_eq!(next, Ok(Next::First(policy().first)));
        let flow = flow.proved(policy(), account(&[]), by(Method::Password), NOW).unwrap();
        let Ok(Next::Done(signed)) = flow.next(policy(), account(&[]), NOW) else { panic!() };
        assert_eq!(signed.amr(), ["pwd".to_owned()]);
        assert!(signed.seconds().is_empty());
    }

    #[test]
    fn a_step_up_is_of_the_person_of_the_session() {
        let other = Evidence::by(Method::Totp, "bob".to_owned(), NOW);
        let refused = flow(&["pwd"]).proved(policy(), account(&[Method::Totp]), other, NOW);
        assert_eq!(refused, Err(Refusal::OtherUser));
    }

    #[test]
    fn the_passkey_of_the_sign_in_is_no_second_factor_beside_itself() {
        let account = account(&[Method::Passkey]);
        let next = flow(&["swk", "user"]).next(policy(), account, NOW);
        assert_eq!(next, Ok(Next::First(policy().first)));
        assert!(!session(&["swk", "user"]).can_meet(policy(), account));
        assert!(session(&["pwd"]).can_meet(policy(), account));
    }

    #[test]
    fn a_password_completes_a_passkey_that_did_not_verify_its_user() {
        let (policy, account) = (policy(), account(&[Method::Passkey]));
        let flow = flow(&["swk", "user"]).proved(policy, account, by(Method::Password), NOW);
        let Ok(Next::Done(signed)) = flow.unwrap().next(policy, account, NOW) else { panic!() };
        assert_eq!(signed.amr(), ["pwd", "mfa"]);
    }

    #[test]
    fn a_session_meets_a_policy_by_a_second_factor_that_counts_there() {
        let mut policy = policy();
        (policy.requires_second, policy.remembered_hours) = (true, 0);
        policy.second = Methods::of([Method::Passkey, Method::Recovery]);
        let is_met_by = |names: &[&str]| {
            let amr = ["pwd".to_owned(), "mfa".to_owned()];
            policy.is_met_by(&amr, &proved(Vec::new(), names, NOW), NOW)
        };
        assert!(!is_met_by(&["pwd", "mfa"]) && !is_met_by(&["second:app", "mfa"]));
        assert!(is_met_by(&["second:webauthn"]) && is_met_by(&["second:recovery"]));
        assert!(is_met_by(&["second:verified-passkey"]) && !is_met_by(&["second:second:app"]));
    }

    #[test]
    fn a_class_that_the_factor_does_not_reach_stays_unmet() {
        let mut policy = policy();
        policy.acr = Some(Acr::PhishingResistant);
        let totp = account(&[Method::Totp, Method::Recovery]);
        assert!(!session(&["pwd"]).can_meet(policy, totp));
        let flow = flow(&["pwd"]).proved(policy, totp, by(Method::Totp), NOW).unwrap();
        assert_eq!(flow.next(policy, totp, NOW), Ok(Next::Unmet));
        let both = account(&[Method::Totp, Method::Passkey, Method::Recovery]);
        let due = Next::Second(Methods::of([Method::Passkey]));
        assert_eq!(super::tests::flow(&["pwd"]).next(policy, both, NOW), Ok(due));
    }

    #[test]
    fn a_proof_is_fresh_for_ten_minutes_and_is_of_the_second_factor_where_there_is_one() {
        let factors = proved(Vec::new(), &["pwd"], NOW);
        let is_fresh = |factors: &[Factor], enrolled: &[Method], now| {
            let enrolled = Methods::of(enrolled.iter().copied());
            Resumed::is_fresh(Resumed::confirmed_at(NOW, factors, enrolled), now)
        };
        assert!(is_fresh(&factors, &[], NOW.plus(FRESH)));
        assert!(!is_fresh(&factors, &[], NOW.plus(FRESH + 1)));
        assert!(!is_fresh(&factors, &[Method::Totp], NOW));
        let later = proved(factors, &["otp", "mfa"], NOW.plus(5));
        assert!(is_fresh(&later, &[Method::Totp], NOW.plus(FRESH + 5)));
    }

    #[test]
    fn a_flow_that_was_stored_before_goes_on() {
        let stored = r#"{"startedAt":1000000,"proofs":[],"challenge":null}"#;
        let flow: Flow = serde_json::from_str(stored).unwrap();
        assert!(flow.resumed().is_none());
        let resumed = super::tests::flow(&["pwd"]);
        let text = serde_json::to_string(&resumed).unwrap();
        assert_eq!(serde_json::from_str::<Flow>(&text).unwrap(), resumed);
    }

    fn methods() -> impl Strategy<Value = Methods> {
        let method = prop::sample::select(Method::ALL.to_vec());
        prop::collection::vec(method, 0..6).prop_map(Methods::of)
    }

    #[derive(Debug, Clone)]
    enum Step {
        Issue(Method),
        Prove(Method, &'static str),
        Enrol(Method),
    }

    fn step() -> impl Strategy<Value = Step> {
        let method = || prop::sample::select(Method::ALL.to_vec());
        let user = prop::sample::select(vec!["ada", "ada", "bob"]);
        prop_oneof![
            method().prop_map(Step::Issue),
            (method(), user).prop_map(|(method, user)| Step::Prove(method, user)),
            method().prop_map(Step::Enrol),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// In any order of calls a step-up ends with one proof that was due, of the person of
        /// the session, and enrols nothing.
        #[test]
        fn a_step_up_reaches_one_fresh_proof_and_nothing_else(
            enrolled in methods(),
            second in methods(),
            names in prop::sample::select(vec!["pwd", "swk", "otp", "pop", "fed"]),
            acr in prop::option::of(prop::sample::select(Acr::ALL.to_vec())),
            steps in prop::collection::vec(step(), 1..10),
        ) {
            let policy = Policy { second, acr, ..policy() };
            let account = Account { enrolled: enrolled.that(Method::is_second), ..account(&[]) };
            let mut flow = flow(&[names]);
            let mut proved: Vec<Method> = Vec::new();
            for step in steps {
                let before = flow.next(policy, account, NOW);
                prop_assert!(!matches!(before, Ok(Next::Enrol(_))));
                let due = match &before {
                    Ok(Next::First(due) | Next::Second(due)) => *due,
                    _ => Methods::NONE,
                };
                let after = match step {
                    Step::Issue(method) => {
                        let (content, sent_to) = (String::new(), String::new());
                        let expires_at = NOW.plus(60);
                        let challenge = Challenge { method, content, sent_to, failures: 0, expires_at };
                        flow.clone().issued(policy, account, challenge, NOW)
                    }
                    Step::Prove(method, user) => {
                        let evidence = Evidence::by(method, user.to_owned(), NOW);
                        let after = flow.clone().proved(policy, account, evidence, NOW);
                        if after.is_ok() {
                            prop_assert!(due.has(method) && user == "ada");
                            proved.push(method);
                        }
                        after
                    }
                    Step::Enrol(method) => {
                        let after = flow.clone().enrolled(policy, account, by(method), NOW);
                        prop_assert!(after.is_err());
                        after
                    }
                };
                flow = after.unwrap_or(flow);
            }
            prop_assert!(proved.len() <= 1);
            if let Ok(Next::Done(signed)) = flow.next(policy, account, NOW) {
                prop_assert_eq!(signed.user_id(), "ada");
                prop_assert_eq!(proved.len(), 1);
                // A passkey that is proven is one that the account has, and a password completes it.
                let has = account.enrolled.with(Method::Passkey);
                let has = has.with_if(names == "swk", Method::Password);
                prop_assert!(signed.seconds().is_empty() || has.has(proved[0]));
            }
        }
    }
}
