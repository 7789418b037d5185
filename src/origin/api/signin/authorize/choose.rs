//! Account selection (`prompt=select_account`, OIDC Core §3.1.2.1).

use http::StatusCode;

use super::{
    super::{
        respond::{broken, name_of, refusing},
        visit::SignedIn,
    },
    pending::PendingAuthorization,
};
use crate::{
    core::authorization::{Interaction, Prompt},
    origin::{
        Origin,
        authn::{
            csrf::{self, FormToken},
            flow,
            session::{self, Current},
        },
        domain::{commit::commit, homes, keyring::KeyringError, logouts},
        http::{Parameters, Response, response},
        pages::signin::{Choosable, ChooseAccount, telling},
        store::{accounts::Named, consents, factors, query::load},
    },
    ports::DatabaseError,
};

impl PendingAuthorization<'_> {
    /// The account selection page; `None` if it is not requested or no account is signed in.
    pub(super) async fn choice(
        &self,
        status: StatusCode,
        error: Option<&str>,
    ) -> Result<Option<Response>, DatabaseError> {
        if self.request.prompt != Prompt::SelectAccount {
            return Ok(None);
        }
        let mut accounts = self.accounts().await?;
        if accounts.is_empty() {
            return Ok(None);
        }
        let hint = self.request.login_hint.as_deref();
        // The hinted account comes first; the order of the others is kept.
        accounts.sort_by_key(|account| hint.is_none_or(|hint| !is_named(account, hint)));
        let names: Vec<String> = accounts.iter().map(name).collect();
        let rows: Vec<Choosable<'_>> = accounts.iter().zip(&names).map(choosable).collect();
        let token = FormToken::issue(self.origin, self.http);
        let page = ChooseAccount {
            application: name_of(&self.application),
            accounts: &rows,
            action: &self.page_address(),
            another: &self.another_address(),
            token: &token.token,
            error,
        };
        let view = page.view(&self.look, status);
        Ok(Some(refusing(self.page_with(view, token), error)))
    }

    /// Handles the form of [`Self::choice`].
    pub(super) async fn chosen(&self, form: &Parameters) -> Response {
        match self.choose(form).await {
            Ok(response) => response,
            Err(error) => broken(&error),
        }
    }

    async fn choose(&self, form: &Parameters) -> Result<Response, KeyringError> {
        if !csrf::is_genuine(self.origin, self.http, form.get(csrf::FIELD)) {
            let status = StatusCode::FORBIDDEN;
            let page = self.choice(status, Some(self.again())).await?;
            return Ok(page.unwrap_or_else(|| self.visit().first_page(status, "", None)));
        }
        if let Some(which) = form.get("sign_out") {
            let ends = |account: &Current| which == "all" || account.session.id == which;
            let ended = self.accounts().await?.into_iter().filter(ends).collect();
            return self.signed_out(ended).await;
        }
        // The request is processed in the account's database (`api::locate`).
        let accounts = session::accounts(self.origin, self.http).fetch(&*self.origin.database);
        let accounts = accounts.await?;
        let named = form.get("choose").unwrap_or_default();
        let Some(chosen) = accounts.into_iter().find(|account| account.session.id == named) else {
            // Its session has ended.
            let page = self.choice(StatusCode::FORBIDDEN, Some(self.texts().start_again)).await?;
            let none = || self.visit().first_page(StatusCode::FORBIDDEN, "", None);
            return Ok(page.unwrap_or_else(none));
        };
        let user_id = chosen.person.user.id.clone();
        let browser = flow::browser(self.origin, self.http).unwrap_or_default();
        let now = self.origin.clock.now();
        let user_ids = [user_id.clone()];
        let queries = (
            consents::of_users(&user_ids, &self.request.client_id),
            factors::held(Named::Id(&user_id), &browser, now),
        );
        let (consents, held) = load(&*self.origin.database, queries).await?;
        let begun = session::choose(self.origin, self.http, chosen);
        let signed_in = SignedIn { begun, consents, held };
        Ok(match self.begun(signed_in, Interaction::Chose).await {
            Ok(response) => response,
            Err(error) => self.visit().retry(&error),
        })
    }

    /// Renders the page without the signed-out accounts.
    async fn signed_out(&self, ended: Vec<Current>) -> Result<Response, KeyringError> {
        let cookie = session::sign_out(self.origin, self.http, &ended).cookie;
        let mut frames = Vec::new();
        for (at, ended) in by_database(self.origin, ended).await? {
            let out = session::sign_out(&at, self.http, &ended);
            let committed = commit(&at, out.change).await?;
            frames.extend(logouts::frames(&at, &committed, &out.framed)?);
        }
        let address = self.page_address();
        let response = if frames.is_empty() {
            response::redirect(&address)
        } else {
            Some(telling(&self.look, &frames, Some(&address)).response())
        };
        let response =
            response.unwrap_or_else(|| self.visit().first_page(StatusCode::OK, "", None));
        Ok(session::with_cookie(response, &cookie))
    }

    async fn accounts(&self) -> Result<Vec<Current>, DatabaseError> {
        session::accounts_everywhere(self.origin, self.http).await
    }
}

/// Groups the accounts by database.
async fn by_database(
    origin: &Origin,
    accounts: Vec<Current>,
) -> Result<Vec<(Origin, Vec<Current>)>, DatabaseError> {
    if !origin.databases.are_several() {
        return Ok(vec![(origin.clone(), accounts)]);
    }
    let mut all: Vec<(Origin, Vec<Current>)> = Vec::new();
    for account in accounts {
        let at = homes::at(origin, &account.person.user.owner).await?;
        match all.iter_mut().find(|(known, _)| known.place.number == at.place.number) {
            Some((_, accounts)) => accounts.push(account),
            None => all.push((at, vec![account])),
        }
    }
    Ok(all)
}

fn choosable<'a>((account, name): (&'a Current, &'a String)) -> Choosable<'a> {
    let Current { session, person } = account;
    Choosable { session: &session.id, name, display_name: &person.user.display_name }
}

fn name(account: &Current) -> String {
    format!("{}/{}", account.person.user.owner, account.person.user.name)
}

/// Whether `hint` is a login of the account.
fn is_named(account: &Current, hint: &str) -> bool {
    let user = &account.person.user;
    [user.name.as_str(), &user.email, &user.phone, &name(account)]
        .iter()
        .any(|login| !login.is_empty() && login.eq_ignore_ascii_case(hint))
}
