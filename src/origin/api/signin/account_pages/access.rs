//! Access to the account: sessions, applications and recent activity.

use super::Holder;
use crate::origin::{
    api::signin::respond::name_of,
    authn::session,
    domain::{change_error::ChangeError, commit::commit, consent, sessions},
    http::{Parameters, Response},
    pages::{
        account::{Activity, Applications, Device, Section, Sessions},
        text::Signin,
    },
    store::{applications, audit, consents, sessions as rows},
};

/// Number of audit entries shown.
const LATEST: i64 = 50;

account_page! {
    /// Returns the page of the sessions.
    SessionsPage = GET "/account/sessions" as "getSessionsPage";
    sessions_page: (Sessions, Session), sessions_of
}

account_page! {
    /// Ends sessions of the person who is signed in.
    EndSession = POST "/account/sessions" as "endOwnSession";
    end_session: (Sessions, Session), end
}

account_page! {
    /// Returns the page of what the person allows applications.
    ApplicationsPage = GET "/account/applications" as "getApplicationsPage";
    applications_page: (Applications, Session), applications_of
}

account_page! {
    /// Withdraws what the person who is signed in allowed an application.
    WithdrawConsent = POST "/account/applications" as "withdrawConsent";
    withdraw_consent: (Applications, Session), withdraw
}

account_page! {
    /// Returns the page of what the person did lately.
    ActivityPage = GET "/account/activity" as "getActivityPage";
    activity_page: (Activity, Session), activity_of
}

async fn sessions_of(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let (origin, now) = (holder.origin, holder.origin.clock.now());
    let found = rows::of_user(&holder.user().id, now).fetch(&*origin.database).await?;
    let limits = holder.current.person.sessions;
    let rows: Vec<Device<'_>> = found
        .iter()
        .filter(|session| session.is_within(limits, now))
        .map(|session| Device {
            id: &session.id,
            name: &session.device,
            address: &session.used_address,
            country: &session.used_country,
            used_at: session.used_at,
            is_current: session.id == holder.current.session.id,
        })
        .collect();
    Ok(holder.page(|frame, texts| Sessions { rows: &rows }.content(frame, texts)))
}

async fn end(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let (origin, user) = (holder.origin, holder.user());
    let found = rows::of_user(&user.id, origin.clock.now()).fetch(&*origin.database).await?;
    let own = &holder.current.session.id;
    let named = form.get("id").unwrap_or_default();
    let is_ended = |id: &str| match form.get("step") {
        Some("others") => id != own,
        Some("end") => id == named,
        _ => false,
    };
    let ids = found.into_iter().map(|session| session.id).filter(|id| is_ended(id));
    let ids: Vec<String> = ids.collect();
    if ids.is_empty() {
        return Ok(holder.unknown());
    }
    sessions::end(origin, user, Some(&ids)).await?;
    let response = holder.saved();
    let is_own = ids.contains(own);
    Ok(if is_own { session::forget(origin, holder.http, response) } else { response })
}

async fn applications_of(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let database = &*holder.origin.database;
    let found = consents::of_user(&holder.user().id).fetch(database).await?;
    let ids: Vec<String> = found.iter().map(|consent| consent.client_id.clone()).collect();
    let known = applications::by_client_ids(&ids).fetch(database).await?;
    let name = |client_id: &str| {
        let application = known.iter().find(|application| application.client_id == client_id);
        application.map_or(client_id, name_of).to_owned()
    };
    let rows = found.into_iter().map(|consent| {
        let scopes = consent.scope.split(' ').filter(|scope| !scope.is_empty());
        let scopes = scopes.map(str::to_owned).collect();
        (consent.client_id.clone(), name(&consent.client_id), scopes, consent.created_at)
    });
    let applications = Applications { rows: rows.collect() };
    let scopes = Signin::of(holder.look.language);
    Ok(holder.page(|frame, texts| applications.content(frame, texts, scopes)))
}

async fn withdraw(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let (origin, user) = (holder.origin, holder.user());
    let found = consents::of_user(&user.id).fetch(&*origin.database).await?;
    let named = form.get("id").unwrap_or_default();
    let found = found.into_iter().find(|consent| consent.client_id == named);
    let Some(known) = found.filter(|_| form.get("step") == Some("withdraw")) else {
        return Ok(holder.unknown());
    };
    let narrowed = consent::narrow(user, &known, "", origin.clock.now());
    let (_, change) = narrowed.map_err(|error| ChangeError::Conflict(error.to_string()))?;
    commit(origin, change).await?;
    Ok(holder.saved())
}

async fn activity_of(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let user = holder.user();
    let selection = audit::Selection {
        owner: &user.owner,
        actor: Some(&user.id),
        ..audit::Selection::default()
    };
    let found = audit::list(&selection, LATEST).fetch(&*holder.origin.database).await?;
    let row = |entry: crate::core::audit::Entry| {
        (entry.recorded_at, entry.action, entry.kind, entry.name)
    };
    let activity = Activity { rows: found.into_iter().map(row).collect() };
    Ok(holder.page(|_, texts| activity.content(texts)))
}
