//! The first step with a wallet.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::signin::Method,
    origin::{
        api::signin::web3::WalletForm,
        authn::{
            methods::wallet::{self, WalletLogin},
            password::SigninError,
        },
        domain::{
            change_error::ChangeError,
            people::{self, Person},
            signin::account,
            signup::{Admission, Door, SignupError},
        },
        http::{Parameters, Response, response},
        store::{accounts, factors, identities},
    },
};

impl Visit<'_> {
    /// Verifies a wallet signature.
    pub(super) async fn by_wallet(&self, form: &Parameters) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let signed = WalletForm::of(form);
        let (Some(presented), true) =
            (signed.presented(), self.rules().first(origin).has(Method::Wallet))
        else {
            return Ok(Visited::Page(self.start_again()));
        };
        let named = form.get("organization");
        let (owner, _) = match self.application {
            Some(application) => people::login(application, named, ""),
            None => people::login_in(named.unwrap_or_default(), ""),
        };
        let (client_id, browser) = (self.client_id(), self.steps().browser());
        let (request, application) = (self.http, self.application);
        let door =
            application.map(|application| Door { application, organization: self.organization });
        let text = |name: &str| form.get(name).unwrap_or_default();
        let admission = Admission {
            invitation: text("invitation"),
            accepts_terms: form.get("terms").is_some(),
        };
        let login = WalletLogin { request, client_id, door, admission, owner, presented };
        let verified = wallet::verify(origin, login, |named| {
            accounts::consent(named, client_id).and(factors::held(named, &browser, now))
        });
        let verified = match verified.await {
            Ok(verified) => verified,
            Err(refusal) => return self.wallet_refused(refusal),
        };
        let evidence = verified.evidence(now);
        let key = verified.key();
        let (consent, held) = verified.further;
        let person = Person::active(verified.account, now).ok_or(SigninError::Disabled)?;
        if application.is_some_and(|application| !person.is_admitted_to(application)) {
            let why = self.texts().not_admitted;
            return Ok(Visited::Page(self.first_page(StatusCode::FORBIDDEN, "", Some(why))));
        }
        let policy = self.rules().policy_of(origin, &person, self.acr);
        let flow = verified.flow.proved(policy, account(&person, &held), evidence, now);
        let pending = flow.ok().and_then(|flow| self.steps().begin("", flow));
        let Some(pending) = pending else { return Ok(Visited::Page(self.start_again())) };
        let mut change = Self::nothing();
        let required = vec![change.write(identities::used(&person.user.id, &key, now))];
        let consents = consent.into_iter().collect();
        let continuing = Continuing { pending, person, held, consents };
        self.go_on(continuing, change, required).await
    }

    /// The first page with the same message for a wrong signature and an unknown wallet. The log
    /// has the reason.
    fn wallet_refused(&self, refusal: wallet::Refusal) -> Result<Visited, SigninError> {
        let SigninError::Wrong = refusal.error else { return Err(refusal.error) };
        let texts = self.texts();
        let why = match refusal.signup {
            Some(SignupError::Terms) => texts.terms_needed,
            Some(SignupError::Invitation) => texts.invitation_wrong,
            Some(SignupError::Change(ChangeError::Quota { .. })) => texts.signup_full,
            _ => texts.wallet_wrong,
        };
        let page: Response = self.first_page(StatusCode::UNAUTHORIZED, "", Some(why));
        Ok(Visited::Page(response::with_cause(page, refusal.reason)))
    }
}
