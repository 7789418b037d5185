//! Wallet sign-in.

use super::{Call, First, Followed, not_admitted, refused};
use crate::{
    core::signin::Method,
    origin::{
        api::signin::{
            account::malformed,
            signup,
            web3::{WalletForm, unsupported},
        },
        authn::{
            methods::wallet::{self, Refusal, WalletLogin},
            password::SigninError,
            steps::Steps,
        },
        domain::{
            change::{Change, Unrecorded},
            people::{self, Person},
            signin::account,
            signup::{Admission, Door},
        },
        http::Envelope,
        store::{accounts, applications::Application, factors, identities},
    },
};

/// The user whose wallet signed the message issued to this caller, with a new session or the
/// required second factor.
pub(super) async fn person(
    steps: Steps<'_>,
    call: &Call,
    form: &WalletForm,
    application: &Application,
    cookie: &mut Option<String>,
) -> Result<Followed, Envelope> {
    let Steps { origin, http: request, .. } = steps;
    if !steps.rules.first(origin).has(Method::Wallet) {
        return Err(unsupported());
    }
    let presented = form.presented().ok_or_else(|| malformed("the chain is unknown"))?;
    let (owner, _) = people::login(application, call.get(&["organization"]), "");
    let client_id = &application.client_id;
    let (now, browser) = (origin.clock.now(), steps.browser());
    let door = Some(Door { application, organization: steps.rules.organization });
    let admission = Admission {
        invitation: call.get(&["invitationCode"]).unwrap_or_default(),
        accepts_terms: call.get(&["agreement", "terms"]).is_some_and(|it| it != "false"),
    };
    let login = WalletLogin { request, client_id, door, admission, owner, presented };
    let verified = wallet::verify(origin, login, |named| {
        let held = factors::held(named, &browser, now);
        accounts::consent(named, client_id).and(held)
    });
    let verified = verified.await.map_err(wrong)?;
    let evidence = verified.evidence(now);
    let key = verified.key();
    let (consent, held) = verified.further;
    let Some(person) = Person::active(verified.account, now) else {
        return Err(refused(SigninError::Disabled));
    };
    if !person.is_admitted_to(application) {
        return Err(not_admitted());
    }
    let flow = verified.flow.proved(steps.policy(&person), account(&person, &held), evidence, now);
    let flow = flow.map_err(|refusal| wrong(Refusal::wrong(&refusal)))?;
    let mut change = Change::unrecorded(Unrecorded::Step);
    let required = vec![change.write(identities::used(&person.user.id, &key, now))];
    let consents = consent.into_iter().collect();
    let first = First { login: "", flow, person, held, consents };
    first.follow(steps, change, required, cookie).await
}

/// The common response for a wrong signature and an unknown wallet; the log has the reason.
fn wrong(refusal: Refusal) -> Envelope {
    let Refusal { error, reason, signup } = refusal;
    let envelope = match (error, signup) {
        (_, Some(why)) => signup::refused(why),
        (SigninError::Wrong, None) => {
            Envelope::error("the wallet could not be verified, or it belongs to no account")
                .code("invalid_credentials")
        }
        (error, None) => refused(error),
    };
    match reason {
        Some(reason) => envelope.because(reason),
        None => envelope,
    }
}
