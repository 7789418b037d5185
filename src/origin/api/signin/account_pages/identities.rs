//! Linked wallets and identity provider accounts.

use http::StatusCode;

use super::{
    super::{links, web3::WalletForm},
    Holder, confirm, with_token,
};
use crate::{
    core::wallet::short,
    origin::{
        authn::{
            federation::{
                self, ARRIVED, Failure, Leading,
                linking::{self, NotLinked},
            },
            session,
        },
        domain::{
            change_error::ChangeError,
            federation::reference,
            identities::{self, IdentityError, WALLET},
        },
        http::{Parameters, Response, response},
        pages::{
            account::{Identities, IdentityRow, Section},
            form_post, onward,
            signin::link_wallet,
            text::Signin,
        },
        store::identities::{self as rows, Identity},
    },
};

account_page! {
    /// Returns the page of the linked identities.
    IdentitiesPage = GET "/account/identities" as "getIdentitiesPage";
    identities_page: (Identities, Session), page
}

account_page! {
    /// Links a wallet to the account of the person who is signed in, or unlinks an identity.
    ChangeIdentity = POST "/account/identities" as "changeOwnIdentity";
    change_identity: (Identities, Fresh), change
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let ticket = holder.http.query_parameters().unwrap_or_default();
    if let Some(ticket) = ticket.get(ARRIVED) {
        return arrived(holder, ticket).await;
    }
    let found = rows::of_user(&holder.user().id).fetch(&*holder.origin.database).await?;
    let offered = linking::linkable(holder.origin, &holder.user().owner).await?;
    let providers: Vec<(String, String)> =
        offered.iter().map(|it| (reference(&it.provider), it.name().to_owned())).collect();
    let known: Vec<(String, String)> = found.iter().map(known_by).collect();
    let rows: Vec<IdentityRow<'_>> = found
        .iter()
        .zip(&known)
        .map(|(identity, (id, name))| IdentityRow {
            id,
            name,
            created_at: identity.created_at,
            used_at: identity.used_at,
        })
        .collect();
    Ok(holder.page(|frame, texts| {
        Identities { rows: &rows, providers: &providers }.content(frame, texts)
    }))
}

/// The form value of the identity, and its display text.
fn known_by(identity: &Identity) -> (String, String) {
    let Identity { provider, subject, details, .. } = identity;
    let text = |name: &str| details.get(name).and_then(serde_json::Value::as_str);
    let provider = text("providerName").unwrap_or(provider);
    let name = match (text("chain"), text("address")) {
        (Some(chain), Some(address)) => format!("{chain} {}", short(address)),
        _ => format!("{provider} {}", text("name").or(text("email")).unwrap_or(subject)),
    };
    (format!("{} {subject}", identity.provider), name)
}

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    match form.get("step") {
        Some("link") => Ok(link_page(holder, StatusCode::OK, None)),
        Some("wallet") => link(holder, form).await,
        Some("provider") => leave(holder, form).await,
        Some("unlink") => {
            let id = form.get("id").unwrap_or_default();
            let (provider, subject) = id.split_once(' ').unwrap_or((WALLET, id));
            let user = holder.user();
            let unlinked = identities::unlink(holder.origin, user, provider, subject).await;
            unlinked.map_or_else(|error| refused(holder, error), |()| Ok(holder.saved()))
        }
        _ => Ok(holder.unknown()),
    }
}

/// Redirects to the provider whose identity is to be linked.
async fn leave(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let (origin, http) = (holder.origin, holder.http);
    let offered = linking::linkable(origin, &holder.user().owner).await?;
    let named = form.get("id").unwrap_or_default();
    let Some(offered) = offered.iter().find(|it| it.is_named(named)) else {
        return Ok(holder.unknown());
    };
    let page = holder.section.path();
    let begun = linking::leave(origin, http, &holder.current, offered, page).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(Failure::Database(error)) => return Err(error.into()),
        Err(Failure::Refused(refusal)) => {
            let refusal =
                federation::noted(origin, &http.client_ip, &offered.provider, "", refusal).await?;
            return Ok(unverified(holder, &refusal.to_string()));
        }
    };
    let response = match begun.leading {
        Leading::To(address) => onward(&holder.look, &address),
        Leading::Posting { action, fields } => form_post(&holder.look, &action, &fields),
    };
    Ok(match begun.cookie {
        Some(cookie) => session::with_cookie(response, &cookie),
        None => response,
    })
}

/// Links the identity after the return from the provider.
async fn arrived(holder: &Holder<'_>, ticket: &str) -> Result<Response, ChangeError> {
    if !holder.is_fresh() {
        return Ok(confirm::leading_to(&holder.look, holder.section));
    }
    match linking::link(holder.origin, holder.http, &holder.current, ticket).await {
        Ok(_) => Ok(holder.saved()),
        Err(NotLinked::Identity(error)) => refused(holder, error),
        Err(NotLinked::Failure(Failure::Database(error))) => Err(error.into()),
        Err(error) => Ok(unverified(holder, &error.to_string())),
    }
}

fn unverified(holder: &Holder<'_>, why: &str) -> Response {
    let text = Signin::of(holder.look.language).provider_failed;
    let text = format!("{text} ({})", holder.http.request_id);
    response::with_cause(holder.refused(StatusCode::FORBIDDEN, &text), Some(why.to_owned()))
}

/// Links the wallet that signed the message of `GET /v1/iam/link`.
async fn link(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let (origin, http, current) = (holder.origin, holder.http, &holder.current);
    let signed = WalletForm::of(form);
    let Some(presented) = signed.presented() else { return Ok(holder.unknown()) };
    match links::link_wallet(origin, http, current, &presented).await? {
        Ok(_) => Ok(holder.saved()),
        Err(links::Unlinked::TooMany) => {
            let why = Signin::of(holder.look.language).rate_limited;
            Ok(holder.refused(StatusCode::TOO_MANY_REQUESTS, why))
        }
        Err(links::Unlinked::Wallet(reason)) => {
            let why = Signin::of(holder.look.language).wallet_failed;
            let page = link_page(holder, StatusCode::UNAUTHORIZED, Some(why));
            Ok(response::with_cause(page, Some(reason)))
        }
        Err(links::Unlinked::Identity(error)) => refused(holder, error),
    }
}

fn link_page(holder: &Holder<'_>, status: StatusCode, error: Option<&str>) -> Response {
    let address = holder.address();
    let texts = holder.texts();
    with_token(holder, error, |token| {
        let what = (texts.link_wallet, texts.link_wallet_how);
        link_wallet(&holder.look, status, what, &address, token, error)
    })
}

fn refused(holder: &Holder<'_>, error: IdentityError) -> Result<Response, ChangeError> {
    let texts = holder.texts();
    let why = match error {
        IdentityError::Taken => texts.identity_taken,
        IdentityError::TooMany | IdentityError::Full => texts.too_many_identities,
        IdentityError::Last => texts.identity_last,
        IdentityError::Unknown => return Ok(holder.unknown()),
        IdentityError::Database(error) => return Err(error.into()),
    };
    Ok(holder.refused(StatusCode::CONFLICT, why))
}
