//! The profile: what the person says about itself.

use serde_json::{Map, Value};

use super::{Holder, Proof, posted, shown};
use crate::{
    core::{
        cors::CorsClass,
        directory::{Invalid, read},
        locale::Language,
    },
    origin::{
        Origin,
        api::{
            endpoint::{Call, Page, Posted, Who, endpoint},
            signin::schemas::AccountForm,
        },
        domain::{
            change_error::ChangeError,
            users::{UserPatch, update},
        },
        http::{Parameters, Response, RestError},
        pages::account::{Profile, Section},
        store::users::User,
    },
};

endpoint! {
    /// Returns the page of the profile.
    pub ProfilePage = GET "/account/profile" as "getProfilePage",
    who: Who::Public, cors: CorsClass::None;
    reply: Page,
    error: RestError;
    profile
}

async fn profile(origin: &Origin, call: Call<'_, ProfilePage>) -> Result<Page, RestError> {
    shown(origin, call.request, (Section::Profile, Proof::Session), page).await
}

endpoint! {
    /// Changes the profile of the person who is signed in.
    pub ChangeProfile = POST "/account/profile" as "changeProfile",
    who: Who::Public, cors: CorsClass::None;
    body: Posted<AccountForm>,
    reply: Page,
    error: RestError;
    change_profile
}

async fn change_profile(origin: &Origin, call: Call<'_, ChangeProfile>) -> Result<Page, RestError> {
    posted(origin, call.request, (Section::Profile, Proof::Session), change).await
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    Ok(holder.page(|frame, texts| view(holder.user()).content(frame, texts)))
}

fn view(user: &User) -> Profile<'_> {
    let text = |name: &str| user.attributes.get(name).and_then(Value::as_str).unwrap_or_default();
    Profile {
        name: &user.name,
        display_name: &user.display_name,
        avatar: &user.avatar,
        bio: text("bio"),
        homepage: text("homepage"),
        language: text("language"),
        email: &user.email,
        phone: &user.phone,
    }
}

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let before = holder.user();
    let mut user = before.clone();
    let applied = patch(before, form).and_then(|patch| Ok(patch.apply(&mut user)?));
    if let Err(error) = applied {
        let why = holder.why(&error);
        return Ok(holder.again(&why, |frame, texts| view(&user).content(frame, texts)));
    }
    update(holder.origin, before, &mut user).await?;
    Ok(holder.saved())
}

/// What the form sets; what it does not have stays.
fn patch(before: &User, form: &Parameters) -> Result<UserPatch, ChangeError> {
    let mut sent = Map::new();
    for name in ["displayName", "avatar", "bio", "homepage", "language"] {
        if let Some(value) = form.get(name) {
            sent.insert(name.to_owned(), value.trim().into());
        }
    }
    // The page does not show a picture that is in the account itself.
    let is_kept = before.avatar.starts_with("data:") && form.get("avatar") == Some("");
    if is_kept {
        sent.remove("avatar");
    }
    if form.get("language").is_some_and(|tag| !tag.is_empty() && Language::of_tag(tag).is_none()) {
        sent.remove("language");
    }
    if let Some(homepage) = form.get("homepage").map(str::trim)
        && !homepage.is_empty()
        && !["https://", "http://"].iter().any(|scheme| homepage.starts_with(scheme))
    {
        return Err(Invalid::member("homepage", "must begin with https://").into());
    }
    Ok(read(sent)?)
}
