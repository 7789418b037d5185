//! Overview, profile, password, and account deletion.

use maud::{Markup, html};

use super::{
    super::{
        new_password,
        text::{self, Account, Common, Signin},
    },
    Frame,
};
use crate::core::{
    locale::Language,
    signin::{Method, Methods},
};

/// The overview.
#[derive(Debug, Clone, Copy)]
pub struct Overview<'a> {
    /// `owner/name`
    pub person: &'a str,
    /// The name for people.
    pub display_name: &'a str,
    /// The e-mail address.
    pub email: &'a str,
    /// The telephone number.
    pub phone: &'a str,
    /// Where the person signs out.
    pub sign_out: &'a str,
    /// Where the person's data are.
    pub data: &'a str,
}

impl Overview<'_> {
    /// The content of the page.
    pub fn content(&self, texts: &Account) -> Markup {
        let who = html! { strong { (self.person) } };
        html! {
            p { (text::markup(texts.signed_in_as, &[("person", who)])) }
            ul class="items" {
                li { span { (texts.display_name) } span { (or_none(texts, self.display_name)) } }
                li { span { (texts.email) } span { (or_none(texts, self.email)) } }
                li { span { (texts.phone) } span { (or_none(texts, self.phone)) } }
            }
            p class="note" { a href=(self.data) { (texts.download_data) } }
            a class="button quiet" href=(self.sign_out) { (texts.sign_out) }
        }
    }
}

fn or_none<'a>(texts: &Account, text: &'a str) -> &'a str {
    if text.is_empty() { texts.none } else { text }
}

/// The profile.
#[derive(Debug, Clone, Copy)]
pub struct Profile<'a> {
    /// The username.
    pub name: &'a str,
    /// The name for people.
    pub display_name: &'a str,
    /// The address of a picture.
    pub avatar: &'a str,
    /// What the person says about itself.
    pub bio: &'a str,
    /// An address.
    pub homepage: &'a str,
    /// A language tag; empty: as the browser asks for.
    pub language: &'a str,
    /// The e-mail address.
    pub email: &'a str,
    /// Whether the person has proved it.
    pub is_verified: bool,
    /// The telephone number.
    pub phone: &'a str,
    /// E-mail and SMS, as far as codes can be sent.
    pub sends: Methods,
}

impl Profile<'_> {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        let described = frame.described();
        let line = |id: &str, label: &str, value: &str, kind: &str, complete: &str| {
            html! {
                label for=(id) { (label) }
                input id=(id) name=(id) type=(kind) value=(value) autocomplete=(complete)
                    maxlength="2048" aria-describedby=[described];
            }
        };
        let fixed = |id: &str, label: &str, value: &str| {
            html! {
                label for=(id) { (label) }
                input id=(id) type="text" value=(or_none(texts, value)) readonly;
            }
        };
        // A picture in the account itself is long and is changed elsewhere.
        let avatar = if self.avatar.starts_with("data:") { "" } else { self.avatar };
        let form = frame.form(&html! {
            (fixed("username", texts.username, self.name))
            (line("displayName", texts.display_name, self.display_name, "text", "name"))
            (line("avatar", texts.avatar, avatar, "url", "photo"))
            label for="bio" { (texts.bio) }
            textarea id="bio" name="bio" rows="3" maxlength="2048" { (self.bio) }
            (line("homepage", texts.homepage, self.homepage, "url", "url"))
            label for="language" { (texts.language) }
            select id="language" name="language" {
                option value="" selected[self.language.is_empty()] { (texts.language_of_browser) }
                @for language in Language::ALL {
                    option value=(language.tag()) lang=(language.tag())
                        selected[language.tag() == self.language] { (language.name()) }
                }
            }
            (fixed("email", texts.email, self.email))
            (fixed("phone", texts.phone, self.phone))
            button type="submit" name="step" value="save" { (texts.save) }
        });
        html! {
            (form)
            @if !self.sends.is_empty() {
                p class="note" { (texts.addresses_why) }
                @if self.sends.has(Method::Email) && !self.email.is_empty() && !self.is_verified {
                    (address(frame, Method::Email, &super::super::hidden("address", self.email), texts.confirm_email))
                }
                @if self.sends.has(Method::Email) {
                    (address(frame, Method::Email, &html! {
                        label for="new-email" { (texts.new_email) }
                        input id="new-email" name="address" type="email" autocomplete="email"
                            maxlength="254" required;
                    }, texts.change_email))
                }
                @if self.sends.has(Method::Sms) {
                    (address(frame, Method::Sms, &html! {
                        label for="new-phone" { (texts.new_phone) }
                        input id="new-phone" name="address" type="tel" autocomplete="tel"
                            maxlength="32" required;
                    }, texts.change_phone))
                }
            }
        }
    }
}

/// The form of a new address.
fn address(frame: &Frame<'_>, method: Method, field: &Markup, label: &str) -> Markup {
    frame.form(&html! {
        (super::super::hidden("method", method.wire_name()))
        (field)
        button type="submit" name="step" value="address" class="quiet" { (label) }
    })
}

/// The change of the password.
#[derive(Debug, Clone, Copy)]
pub struct PasswordForm<'a> {
    /// The username, for password managers.
    pub name: &'a str,
    /// Whether there is a password.
    pub has_password: bool,
}

impl PasswordForm<'_> {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        let described = frame.described();
        let common = Common::of(frame.look.language);
        html! {
            p { (texts.password_why) }
            (frame.form(&html! {
                input class="sr" type="text" name="username" value=(self.name) readonly
                    autocomplete="username" tabindex="-1" aria-hidden="true";
                @if self.has_password {
                    label for="old" { (texts.old_password) }
                    input id="old" name="old" type="password" autocomplete="current-password"
                        maxlength="256" required aria-describedby=[described];
                }
                (new_password::field(common, "new", texts.new_password, texts.password_hint))
                button type="submit" { (texts.set_password) }
            }))
        }
    }
}

/// The end of the account.
#[derive(Debug, Clone, Copy)]
pub struct Deletion<'a> {
    /// The username.
    pub name: &'a str,
    /// Where the person's data are.
    pub data: &'a str,
}

impl Deletion<'_> {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        let name = html! { strong { (self.name) } };
        html! {
            p { (texts.delete_why) }
            p { a href=(self.data) { (texts.download_data) } }
            (frame.form(&html! {
                label for="confirm" { (text::markup(texts.delete_confirm, &[("name", name)])) }
                input id="confirm" name="confirm" type="text" autocomplete="off"
                    autocapitalize="none" spellcheck="false" maxlength="256" required
                    aria-describedby=[frame.described()];
                button type="submit" class="quiet danger" { (texts.delete_for_good) }
            }))
        }
    }
}

/// The words of a scope.
pub(super) fn meaning(texts: &Signin, scope: &str) -> String {
    super::super::signin::meaning(texts, scope)
}
