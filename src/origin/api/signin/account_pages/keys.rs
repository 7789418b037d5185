//! The user's API keys.

use http::StatusCode;

use super::Holder;
use crate::{
    core::directory::{Invalid, Line, Text},
    origin::{
        domain::{
            change_error::ChangeError,
            keys::{
                self, SentScope,
                limits::note_creation,
                mint::{self, NewKey as Minting},
            },
        },
        http::{Parameters, Response},
        pages::account::{KeyRow, Keys, NewKey, Section},
        store::{
            keys::{self as rows, BY_AGE, Key, KeyLimits, KeyState, Selection},
            keyset::Part,
        },
    },
    ports::DatabaseError,
};

/// Maximum number of keys shown.
const MOST: i64 = 200;

/// Maximum lifetime of an expiring key, in days.
const MOST_DAYS: i64 = 3650;

account_page! {
    /// Returns the page of the API keys.
    KeysPage = GET "/account/keys" as "getKeysPage";
    keys_page: (Keys, Session), page
}

account_page! {
    /// Creates or revokes an API key of the person who is signed in.
    ChangeOwnKey = POST "/account/keys" as "changeOwnKey";
    change_key: (Keys, Fresh), change
}

/// The user's unrevoked keys.
async fn of(holder: &Holder<'_>) -> Result<Vec<Key>, DatabaseError> {
    let user = holder.user();
    let selection =
        Selection { owner: Some(&user.owner), holder: Some(&user.id), ..Selection::default() };
    let part = Part { limit: MOST, ..Part::default() };
    let found = rows::list(&selection, BY_AGE, &part).fetch(&*holder.origin.database).await?;
    Ok(found.into_iter().filter(|key| key.state != KeyState::Revoked).collect())
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let found = of(holder).await?;
    let listed: Vec<KeyRow<'_>> = found.iter().map(row).collect();
    Ok(holder.page(|frame, texts| Keys { rows: &listed }.content(frame, texts)))
}

fn row(key: &Key) -> KeyRow<'_> {
    KeyRow {
        id: &key.id,
        name: if key.display_name.is_empty() { &key.name } else { &key.display_name },
        hint: (&key.prefix, &key.last_four),
        limits: &key.scope,
        used_at: key.used_at,
        expires_at: key.expires_at,
    }
}

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    match form.get("step") {
        Some("create") => create(holder, form).await,
        Some("revoke") => revoke(holder, form).await,
        _ => Ok(holder.unknown()),
    }
}

async fn create(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let origin = holder.origin;
    let new = match new_key(holder, form) {
        Ok(new) => new,
        Err(why) => {
            let found = of(holder).await?;
            let listed: Vec<KeyRow<'_>> = found.iter().map(row).collect();
            let keys = Keys { rows: &listed };
            let why = holder.why(&why.into());
            return Ok(holder.again(&why, |frame, texts| keys.content(frame, texts)));
        }
    };
    let (mut key, text) = new.minted(origin);
    note_creation(&mut key, None);
    mint::create(origin, &key).await?;
    let text = NewKey { text: text.text().expose() };
    Ok(holder.framed(StatusCode::OK, None, None, |frame, texts| text.content(frame, texts)))
}

/// The key described by the form. It acts for the user, without platform authority.
fn new_key(holder: &Holder<'_>, form: &Parameters) -> Result<Minting, Invalid> {
    let user = holder.user();
    let text = |name: &str| form.get(name).unwrap_or_default().trim();
    let name = Line::read(text("name")).map_err(|why| Invalid::member("name", &why.why))?;
    if name.as_ref().is_empty() {
        return Err(Invalid::member("name", "is required"));
    }
    let scope = SentScope::read(text("limits"));
    let SentScope { kind, scope } = scope.map_err(|why| Invalid::member("limits", &why.why))?;
    let days = match text("days") {
        "" => None,
        days => {
            let days = days.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
            Some(days.ok_or_else(|| Invalid::member("days", "must be from 1 to 3650"))?)
        }
    };
    let now = holder.origin.clock.now();
    Ok(Minting {
        owner: user.owner.clone(),
        name: None,
        display_name: name.as_ref().to_owned(),
        kind,
        holder: Some((user.id.clone(), user.name.clone())),
        application: None,
        scope,
        act: false,
        platform: false,
        expires_at: days.map(|days: i64| now.plus(days * 24 * 3600)),
        creator: creator(holder),
        limits: KeyLimits::default(),
        attributes: serde_json::Map::new(),
    })
}

fn creator(holder: &Holder<'_>) -> String {
    format!("{}/{}", holder.user().owner, holder.user().name)
}

async fn revoke(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let (origin, user) = (holder.origin, holder.user());
    let id = form.get("id").unwrap_or_default();
    let found = rows::by_id_in(&user.owner, id).fetch(&*origin.database).await?;
    let found = found.filter(|key| key.user_id.as_ref() == Some(&user.id));
    let Some(mut key) = found else { return Ok(holder.unknown()) };
    keys::revoke(origin, &mut key, &creator(holder), &user.id).await?;
    Ok(holder.saved())
}
