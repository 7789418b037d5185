//! What has access to the account: sessions, applications, and what was done lately.

use super::{Holder, Proof, posted, shown};
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::{
            endpoint::{Call, Page, Posted, Who, endpoint},
            signin::{respond::name_of, schemas::AccountForm},
        },
        authn::session,
        domain::{change_error::ChangeError, commit::commit, consent, sessions},
        http::{Parameters, Response, RestError},
        pages::{
            account::{Activity, Applications, Device, Section, Sessions},
            text::Signin,
        },
        store::{applications, audit, consents, sessions as rows},
    },
};

/// How many entries of the audit trail the page shows.
const LATEST: i64 = 50;

endpoint! {
    /// Returns the page of the sessions.
    pub SessionsPage = GET "/account/sessions" as "getSessionsPage",
    who: Who::Public, cors: CorsClass::None;
    reply: Page,
    error: RestError;
    sessions_page
}

async fn sessions_page(origin: &Origin, call: Call<'_, SessionsPage>) -> Result<Page, RestError> {
    shown(origin, call.request, (Section::Sessions, Proof::Session), sessions_of).await
}

endpoint! {
    /// Ends sessions of the person who is signed in.
    pub EndSession = POST "/account/sessions" as "endOwnSession",
    who: Who::Public, cors: CorsClass::None;
    body: Posted<AccountForm>,
    reply: Page,
    error: RestError;
    end_session
}

async fn end_session(origin: &Origin, call: Call<'_, EndSession>) -> Result<Page, RestError> {
    posted(origin, call.request, (Section::Sessions, Proof::Session), end).await
}

endpoint! {
    /// Returns the page of what the person allows applications.
    pub ApplicationsPage = GET "/account/applications" as "getApplicationsPage",
    who: Who::Public, cors: CorsClass::None;
    reply: Page,
    error: RestError;
    applications_page
}

async fn applications_page(
    origin: &Origin,
    call: Call<'_, ApplicationsPage>,
) -> Result<Page, RestError> {
    shown(origin, call.request, (Section::Applications, Proof::Session), applications_of).await
}

endpoint! {
    /// Withdraws what the person who is signed in allowed an application.
    pub WithdrawConsent = POST "/account/applications" as "withdrawConsent",
    who: Who::Public, cors: CorsClass::None;
    body: Posted<AccountForm>,
    reply: Page,
    error: RestError;
    withdraw_consent
}

async fn withdraw_consent(
    origin: &Origin,
    call: Call<'_, WithdrawConsent>,
) -> Result<Page, RestError> {
    posted(origin, call.request, (Section::Applications, Proof::Session), withdraw).await
}

endpoint! {
    /// Returns the page of what the person did lately.
    pub ActivityPage = GET "/account/activity" as "getActivityPage",
    who: Who::Public, cors: CorsClass::None;
    reply: Page,
    error: RestError;
    activity_page
}

async fn activity_page(origin: &Origin, call: Call<'_, ActivityPage>) -> Result<Page, RestError> {
    shown(origin, call.request, (Section::Activity, Proof::Session), activity_of).await
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
