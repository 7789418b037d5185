//! The account pages: their frame, and one module per topic.

mod access;
mod factors;
mod identities;
mod profile;

use http::StatusCode;
use maud::{Markup, html};

pub use self::{
    access::{Activity, Applications, Device, KeyRow, Keys, NewKey, Sessions},
    factors::{FactorRow, Factors, PasskeyRow, Passkeys, Remembered},
    identities::{Identities, IdentityRow},
    profile::{Deletion, Overview, PasswordForm, Profile},
};
use super::{Look, View, alert, new_password, text::Account, token};
use crate::core::time::UnixTime;

/// An account page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its title")]
pub enum Section {
    Overview,
    Profile,
    Password,
    Passkeys,
    Factors,
    Identities,
    Sessions,
    Applications,
    Keys,
    Activity,
    Delete,
}

impl Section {
    /// All of them, in the order of the navigation.
    pub const ALL: [Self; 11] = [
        Self::Overview,
        Self::Profile,
        Self::Password,
        Self::Passkeys,
        Self::Factors,
        Self::Identities,
        Self::Sessions,
        Self::Applications,
        Self::Keys,
        Self::Activity,
        Self::Delete,
    ];

    /// The path of the page.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/account",
            Self::Profile => "/account/profile",
            Self::Password => "/account/password",
            Self::Passkeys => "/account/passkeys",
            Self::Factors => "/account/factors",
            Self::Identities => "/account/identities",
            Self::Sessions => "/account/sessions",
            Self::Applications => "/account/applications",
            Self::Keys => "/account/keys",
            Self::Activity => "/account/activity",
            Self::Delete => "/account/delete",
        }
    }

    /// The page of that path.
    pub fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.path() == path)
    }

    /// The title.
    pub const fn title(self, texts: &Account) -> &'static str {
        match self {
            Self::Overview => texts.overview,
            Self::Profile => texts.profile,
            Self::Password => texts.password,
            Self::Passkeys => texts.passkeys,
            Self::Factors => texts.factors,
            Self::Identities => texts.identities,
            Self::Sessions => texts.sessions,
            Self::Applications => texts.applications,
            Self::Keys => texts.keys,
            Self::Activity => texts.activity,
            Self::Delete => texts.delete,
        }
    }
}

/// What every account page has.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// How the page looks.
    pub look: &'a Look,
    /// The page.
    pub section: Section,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
    /// What has succeeded.
    pub success: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// The page with `content` below its title.
    pub fn view(
        &self,
        status: StatusCode,
        content: impl FnOnce(&Self, &'static Account) -> Markup,
    ) -> View<'a> {
        let texts = Account::of(self.look.language);
        let title = self.section.title(texts);
        let main = html! {
            (self.navigation(texts))
            h1 { (title) }
            @if let Some(success) = self.success { p class="good" role="status" { (success) } }
            (alert(self.error))
            (content(self, texts))
        };
        let view = View::new(self.look, title, main).status(status).wide();
        if self.section == Section::Password { view.script(new_password::SCRIPT) } else { view }
    }

    /// The address of the page, in the language of this one.
    pub fn address(&self) -> String {
        self.look.link(self.section.path())
    }

    /// A form that posts to the page.
    fn form(&self, fields: &Markup) -> Markup {
        html! {
            form method="post" action=(self.address()) { (token(self.token)) (fields) }
        }
    }

    /// A form of one button, which posts `step` and names `id`.
    fn button(&self, step: &str, id: &str, class: &str, label: &str) -> Markup {
        self.form(&html! {
            (super::hidden("id", id))
            button type="submit" name="step" value=(step) class=(class) { (label) }
        })
    }

    /// What describes a field with an error.
    fn described(&self) -> Option<&'static str> {
        self.error.map(|_| "error")
    }

    fn navigation(&self, texts: &Account) -> Markup {
        let current = |section| (section == self.section).then_some("page");
        html! {
            nav aria-label=(texts.navigation) {
                ul {
                    @for section in Section::ALL {
                        li {
                            a href=(self.look.link(section.path())) aria-current=[current(section)] {
                                (section.title(texts))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A point in time, for people and for programs.
fn time(at: UnixTime) -> Markup {
    let text = at.to_string();
    let shown = text.get(..16).unwrap_or(&text).replace('T', " ");
    html! { time datetime=(text) { (shown) " UTC" } }
}

/// When something was last used.
fn used(texts: &Account, at: Option<UnixTime>) -> Markup {
    at.map_or_else(
        || html! { (texts.never_used) },
        |at| super::text::markup(texts.last_used, &[("time", time(at))]),
    )
}
