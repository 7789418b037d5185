//! The consent page.

use http::StatusCode;
use maud::{Markup, html};

use super::super::{
    Look, View, alert,
    text::{self, Signin},
    token,
};
use crate::core::authorization::Approval as Kind;

/// The form that asks a person to allow what an application asks for.
#[derive(Debug)]
pub struct Approval<'a> {
    /// What is to be approved.
    pub kind: Kind,
    /// The client's name.
    pub application: &'a str,
    /// The organization of the client.
    pub organization: &'a str,
    /// Who decides, as `owner/name`.
    pub person: &'a str,
    /// What the client asks for.
    pub scopes: Vec<&'a str>,
    /// The audience that it asks for.
    pub resource: Option<&'a str>,
    /// Where the form posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// Where another account signs in: a path of ours.
    pub another: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl Approval<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let strong = |name| html! { strong { (name) } };
        let asks = text::markup(
            texts.asks,
            &[
                ("application", strong(self.application)),
                ("organization", html! { (self.organization) }),
                ("person", strong(self.person)),
            ],
        );
        let main = html! {
            h1 { (texts.allow_title) }
            p { (asks) }
            (alert(self.error))
            (permissions(texts, self.kind, &self.scopes, self.resource))
            (decision(texts, self.action, self.token))
            p class="note" { a href=(self.another) { (texts.choose_other) } }
        };
        View::new(look, texts.allow_title, main).status(status)
    }
}

/// The form with the two decisions.
pub(super) fn decision(texts: &Signin, action: &str, form_token: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            (token(form_token))
            button type="submit" name="decision" value="allow" { (texts.allow) }
            button type="submit" name="decision" value="deny" class="quiet" { (texts.deny) }
        }
    }
}

/// What is to be approved, as a part of a page.
pub fn permissions(texts: &Signin, kind: Kind, scopes: &[&str], resource: Option<&str>) -> Markup {
    match kind {
        Kind::Consent => html! {
            p { (texts.asks_to) }
            ul {
                @for scope in scopes { li { (meaning(texts, scope)) } }
                @if let Some(resource) = resource {
                    li { (text::plain(texts.call_resource, &[("resource", resource)])) }
                }
            }
        },
        Kind::Platform => {
            let administer = html! { strong { (texts.administer_platform) } };
            html! {
                p class="alert" { (text::markup(texts.platform_notice, &[("administer", administer)])) }
            }
        }
    }
}

/// What a scope means, in words.
pub(in crate::origin::pages) fn meaning(texts: &Signin, scope: &str) -> String {
    match scope {
        "openid" => texts.scope_openid.to_owned(),
        "profile" => texts.scope_profile.to_owned(),
        "email" => texts.scope_email.to_owned(),
        "phone" => texts.scope_phone.to_owned(),
        "address" => texts.scope_address.to_owned(),
        "offline_access" => texts.scope_offline.to_owned(),
        other => text::plain(texts.scope_other, &[("scope", other)]),
    }
}
