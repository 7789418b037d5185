//! Passkeys, second factors and remembered browsers.

use maud::{Markup, html};

use super::{
    super::{
        signin::{address, by_code},
        text::{self, Account, Signin},
    },
    Frame, time, used,
};
use crate::core::{
    signin::{Method, Methods},
    time::UnixTime,
};

/// The passkeys of a person.
#[derive(Debug, Clone, Copy)]
pub struct Passkeys<'a> {
    /// The passkeys.
    pub rows: &'a [PasskeyRow<'a>],
}

/// A passkey.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyRow<'a> {
    /// Its id.
    pub id: &'a str,
    /// The name that the person gave it; may be empty.
    pub name: &'a str,
    /// Whether it is backed up.
    pub is_synced: bool,
    /// When it was registered.
    pub created_at: UnixTime,
    /// When it was last used.
    pub used_at: Option<UnixTime>,
}

impl Passkeys<'_> {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        html! {
            p { (texts.passkeys_why) }
            @if self.rows.is_empty() {
                p class="note" { (texts.nothing) }
            } @else {
                ul class="items" { @for row in self.rows { (passkey(row, frame, texts)) } }
            }
            (frame.button("add", "", "quiet", texts.add_passkey))
        }
    }
}

fn passkey(row: &PasskeyRow<'_>, frame: &Frame<'_>, texts: &Account) -> Markup {
    let name = if row.name.is_empty() { texts.passkey } else { row.name };
    let field = format!("name-{}", row.id);
    html! {
        li {
            span {
                strong { (name) }
                small { (text::markup(texts.added, &[("time", time(row.created_at))])) }
                small { (used(texts, row.used_at)) }
                @if row.is_synced { small { (texts.synced) } }
            }
            (frame.form(&html! {
                (super::super::hidden("id", row.id))
                label class="sr" for=(field) { (text::plain(texts.name_of, &[("name", name)])) }
                input id=(field) name="name" type="text" value=(row.name) maxlength="100" required;
                button type="submit" name="step" value="rename" class="quiet small" { (texts.rename) }
            }))
            (frame.button("remove", row.id, "quiet small danger",
                &text::plain(texts.remove_it, &[("name", name)])))
        }
    }
}

/// The second factors of a person besides passkeys.
#[derive(Debug, Clone, Copy)]
pub struct Factors<'a> {
    /// The factors.
    pub rows: &'a [FactorRow<'a>],
    /// How many recovery codes are left; `None`: there are none.
    pub recovery: Option<usize>,
    /// The browsers that stand for a second factor.
    pub remembered: &'a [Remembered],
    /// E-mail and SMS, as far as codes can be sent.
    pub sends: Methods,
    /// The e-mail address of the account, masked; empty: the person types one.
    pub email: &'a str,
    /// The phone number of the account, likewise.
    pub phone: &'a str,
}

/// A second factor.
#[derive(Debug, Clone, Copy)]
pub struct FactorRow<'a> {
    /// `totp`, `email` or `sms`.
    pub kind: &'a str,
    /// Where codes are sent.
    pub address: &'a str,
    /// Whether it is asked for first.
    pub is_preferred: bool,
    /// When it was last used.
    pub used_at: Option<UnixTime>,
}

/// A browser that stands for a second factor.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// Browser and operating system.
    pub device: String,
    /// Until when.
    pub expires_at: UnixTime,
}

impl Factors<'_> {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        let has_app = self.rows.iter().any(|row| row.kind == "totp");
        let set_up = if has_app { texts.replace_app } else { texts.set_up_app };
        html! {
            p { (texts.factors_why) }
            @if !self.rows.is_empty() {
                ul class="items" { @for row in self.rows { (factor(row, frame, texts)) } }
            }
            (frame.button("enrol", "totp", if has_app { "quiet" } else { "" }, set_up))
            @for method in self.sends.iter() { (self.address(frame, method)) }
            @if !self.rows.is_empty() || self.recovery.is_some() { (self.codes(frame, texts)) }
            @if !self.remembered.is_empty() { (self.browsers(frame, texts)) }
        }
    }

    /// The form that enrols an address, unless it is one.
    fn address(&self, frame: &Frame<'_>, method: Method) -> Markup {
        let texts = Signin::of(frame.look.language);
        let known = if method == Method::Email { self.email } else { self.phone };
        let is_enrolled = self.rows.iter().any(|row| row.kind == method.wire_name());
        html! {
            @if !is_enrolled {
                (frame.form(&html! {
                    (super::super::hidden("method", method.wire_name()))
                    (address(texts, method, known))
                    button type="submit" name="step" value="enrol" class="quiet" {
                        (by_code(texts, method))
                    }
                }))
            }
        }
    }

    fn codes(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        let count = self.recovery.unwrap_or_default().to_string();
        html! {
            h2 { (texts.recovery_codes) }
            p { (text::plain(texts.recovery_left, &[("count", &count)])) " " (texts.recovery_why) }
            (frame.button("renew", "recovery", "quiet", texts.renew_recovery))
        }
    }

    fn browsers(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        html! {
            h2 { (texts.remembered) }
            p { (texts.remembered_why) }
            ul class="items" {
                @for browser in self.remembered {
                    li {
                        span { (or_unknown(texts, &browser.device)) }
                        small { (text::markup(texts.until, &[("time", time(browser.expires_at))])) }
                    }
                }
            }
            (frame.button("forget", "browsers", "quiet", texts.forget_browsers))
        }
    }
}

pub(super) fn or_unknown<'a>(texts: &Account, device: &'a str) -> &'a str {
    if device.is_empty() { texts.unknown_device } else { device }
}

fn factor(row: &FactorRow<'_>, frame: &Frame<'_>, texts: &Account) -> Markup {
    let name = match row.kind {
        "email" => text::plain(texts.by_email, &[("address", row.address)]),
        "sms" => text::plain(texts.by_sms, &[("address", row.address)]),
        _ => texts.app.to_owned(),
    };
    html! {
        li {
            span {
                strong { (name) }
                small { (used(texts, row.used_at)) }
                @if row.is_preferred { small { (texts.preferred) } }
            }
            @if !row.is_preferred {
                (frame.button("prefer", row.kind, "quiet small", texts.prefer))
            }
            (frame.button("remove", row.kind, "quiet small danger",
                &text::plain(texts.remove_it, &[("name", &name)])))
        }
    }
}
