//! The user's profile.

use http::StatusCode;
use serde_json::{Map, Value};

use super::{
    super::addresses::{self, AddressError, Caller},
    Holder, code_page, confirm,
};
use crate::{
    core::{
        directory::{Invalid, read},
        locale::Language,
        message::Recipient,
        signin::{Method, Methods},
    },
    origin::{
        authn::{familiar, methods::address},
        domain::{
            change_error::ChangeError,
            sent_codes::recipient,
            users::{UserPatch, update},
        },
        http::{Parameters, Response},
        pages::{
            account::{Profile, Section},
            text::Signin,
        },
        store::users::User,
    },
};

account_page! {
    /// Returns the page of the profile.
    ProfilePage = GET "/account/profile" as "getProfilePage";
    profile: (Profile, Session), page
}

account_page! {
    /// Changes the profile of the person who is signed in.
    ChangeProfile = POST "/account/profile" as "changeProfile";
    change_profile: (Profile, Session), change
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    Ok(holder.page(|frame, texts| view(holder, holder.user()).content(frame, texts)))
}

fn view<'a>(holder: &Holder<'_>, user: &'a User) -> Profile<'a> {
    let carries = |method| {
        let channel = address::channel(method);
        channel.is_some_and(|channel| holder.origin.messages.carries(channel))
    };
    let text = |name: &str| user.attributes.get(name).and_then(Value::as_str).unwrap_or_default();
    Profile {
        name: &user.name,
        display_name: &user.display_name,
        avatar: &user.avatar,
        bio: text("bio"),
        homepage: text("homepage"),
        language: text("language"),
        email: &user.email,
        is_verified: user.email_verified,
        phone: &user.phone,
        sends: Methods::of([Method::Email, Method::Sms]).that(carries),
    }
}

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    if form.get("step") == Some("address") {
        // The address receives codes for sign-in and password reset.
        if !holder.is_fresh() {
            return Ok(confirm::leading_to(&holder.look, holder.section));
        }
        return readdress(holder, form).await;
    }
    let before = holder.user();
    let mut user = before.clone();
    let applied = patch(before, form).and_then(|patch| Ok(patch.apply(&mut user)?));
    if let Err(error) = applied {
        let why = holder.why(&error);
        return Ok(holder.again(&why, |frame, texts| view(holder, &user).content(frame, texts)));
    }
    update(holder.origin, before, &mut user).await?;
    Ok(holder.saved())
}

/// The members set by the form; absent ones are unchanged.
fn patch(before: &User, form: &Parameters) -> Result<UserPatch, ChangeError> {
    let mut sent = Map::new();
    for name in ["displayName", "avatar", "bio", "homepage", "language"] {
        if let Some(value) = form.get(name) {
            sent.insert(name.to_owned(), value.trim().into());
        }
    }
    // The page does not show an embedded picture.
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

/// Sends a code to a new address, or sets the address with that code.
async fn readdress(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let method = form.get("method").and_then(Method::of_wire_name);
    let kind = method.and_then(|method| Some((method, address::channel(method)?)));
    let Some((method, kind)) = kind else { return Ok(holder.unknown()) };
    let typed = form.get("address").unwrap_or_default();
    let (origin, user) = (holder.origin, holder.user());
    let guesser = familiar::guesser_of(origin, holder.http, user);
    let ip = &holder.http.client_ip;
    let caller = Caller { ip, guesser: &guesser, sender: holder.sender() };
    let changed = match form.get("code") {
        None => addresses::ask(origin, caller, user, kind, typed).await.map(|()| false),
        Some(code) => {
            let confirmed = addresses::confirm(origin, caller, user, kind, typed, code).await;
            confirmed.map(|_| true)
        }
    };
    let to = recipient(kind, typed);
    match (changed, to) {
        (Ok(true), _) => Ok(holder.saved()),
        (Ok(false), Some(to)) => Ok(code_page(holder, "address", method, &to, None)),
        (Ok(false), None) => Ok(holder.unknown()),
        (Err(error), to) => readdress_failed(holder, method, to, error),
    }
}

fn readdress_failed(
    holder: &Holder<'_>,
    method: Method,
    to: Option<Recipient>,
    error: AddressError,
) -> Result<Response, ChangeError> {
    let texts = Signin::of(holder.look.language);
    let (status, why) = match error {
        AddressError::Failed(error) => return Err(error),
        AddressError::Stale => return Err(ChangeError::Stale),
        AddressError::Wrong => (StatusCode::UNAUTHORIZED, texts.code_wrong),
        AddressError::TooMany => (StatusCode::TOO_MANY_REQUESTS, texts.code_too_many),
        AddressError::Taken => (StatusCode::CONFLICT, texts.address_taken),
        AddressError::NoService => (StatusCode::SERVICE_UNAVAILABLE, holder.common().internal),
        AddressError::Malformed if method == Method::Sms => {
            (StatusCode::BAD_REQUEST, texts.number_wrong)
        }
        AddressError::Malformed => (StatusCode::BAD_REQUEST, texts.address_wrong),
    };
    Ok(match to {
        Some(to) if status == StatusCode::UNAUTHORIZED => {
            code_page(holder, "address", method, &to, Some((status, why)))
        }
        _ => holder.refused(status, why),
    })
}
