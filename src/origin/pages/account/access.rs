//! Sessions, applications with access, API keys, and recent activity.

use maud::{Markup, html};

use super::{
    super::text::{self, Account, Signin},
    Frame,
    factors::or_unknown,
    profile::meaning,
    time,
};
use crate::core::time::UnixTime;

/// Where a person is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Sessions<'a> {
    /// The sessions.
    pub rows: &'a [Device<'a>],
}

/// A session.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    /// Its id.
    pub id: &'a str,
    /// Browser and operating system.
    pub name: &'a str,
    /// The address of the last use.
    pub address: &'a str,
    /// Its country.
    pub country: &'a str,
    /// When it was last used.
    pub used_at: UnixTime,
    /// Whether the page is shown in it.
    pub is_current: bool,
}

impl Sessions<'_> {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        html! {
            p { (texts.sessions_why) }
            ul class="items" { @for row in self.rows { (device(row, frame, texts)) } }
            @if self.rows.len() > 1 {
                (frame.button("others", "", "quiet danger", texts.end_others))
            }
        }
    }
}

fn device(row: &Device<'_>, frame: &Frame<'_>, texts: &Account) -> Markup {
    let name = or_unknown(texts, row.name);
    html! {
        li {
            span {
                strong { (name) }
                @if row.is_current { small { (texts.this_device) } }
                small { (text::markup(texts.last_active, &[("time", time(row.used_at))])) }
                small { (row.address) @if !row.country.is_empty() { ", " (row.country) } }
            }
            (frame.button("end", row.id, "quiet small danger",
                &text::plain(texts.end_session, &[("device", name)])))
        }
    }
}

/// What a person allowed applications of others: of each its client id, its name, and its scopes.
#[derive(Debug, Clone)]
pub struct Applications {
    /// The consents.
    pub rows: Vec<(String, String, Vec<String>, UnixTime)>,
}

impl Applications {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account, scopes: &Signin) -> Markup {
        html! {
            p { (texts.applications_why) }
            @if self.rows.is_empty() {
                p class="note" { (texts.nothing) }
            } @else {
                ul class="items" {
                    @for (client_id, name, allowed, since) in &self.rows {
                        li {
                            span {
                                strong { (name) }
                                @for scope in allowed { small { (meaning(scopes, scope)) } }
                                small { (text::markup(texts.added, &[("time", time(*since))])) }
                            }
                            (frame.button("withdraw", client_id, "quiet small danger",
                                &text::plain(texts.withdraw, &[("application", name)])))
                        }
                    }
                }
            }
        }
    }
}

/// The API keys of a person.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// The keys that work.
    pub rows: &'a [KeyRow<'a>],
}

/// An API key.
#[derive(Debug, Clone, Copy)]
pub struct KeyRow<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What is shown of its text.
    pub hint: (&'a str, &'a str),
    /// Its limits; empty: none.
    pub limits: &'a str,
    /// When it was last used.
    pub used_at: Option<UnixTime>,
    /// When it ends.
    pub expires_at: Option<UnixTime>,
}

impl Keys<'_> {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        html! {
            p { (texts.keys_why) }
            @if !self.rows.is_empty() {
                ul class="items" { @for row in self.rows { (key(row, frame, texts)) } }
            }
            h2 { (texts.create_key) }
            (frame.form(&html! {
                label for="name" { (texts.key_name) }
                input id="name" name="name" type="text" maxlength="100" required
                    aria-describedby=[frame.described()];
                label for="limits" { (texts.key_limits) }
                p id="limits-hint" { (texts.key_limits_hint) }
                input id="limits" name="limits" type="text" maxlength="1000" autocapitalize="none"
                    spellcheck="false" aria-describedby="limits-hint";
                label for="days" { (texts.key_days) }
                p id="days-hint" { (texts.key_days_hint) }
                input id="days" name="days" type="text" inputmode="numeric" pattern="[0-9]*"
                    maxlength="5" aria-describedby="days-hint";
                button type="submit" name="step" value="create" { (texts.create_key) }
            }))
        }
    }
}

fn key(row: &KeyRow<'_>, frame: &Frame<'_>, texts: &Account) -> Markup {
    let limits = if row.limits.is_empty() { texts.unlimited } else { row.limits };
    html! {
        li {
            span {
                strong { (row.name) }
                small class="key" { (row.hint.0) "…" (row.hint.1) }
                small { (limits) }
                small { (super::used(texts, row.used_at)) }
                @if let Some(end) = row.expires_at {
                    small { (text::markup(texts.ends, &[("time", time(end))])) }
                }
            }
            (frame.button("revoke", row.id, "quiet small danger",
                &text::plain(texts.revoke, &[("name", row.name)])))
        }
    }
}

/// A key that was created.
#[derive(Debug, Clone, Copy)]
pub struct NewKey<'a> {
    /// Its text.
    pub text: &'a str,
}

impl NewKey<'_> {
    /// The content of the page, which is shown once.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        html! {
            h2 { (texts.key_made) }
            p { (texts.key_once) }
            label class="sr" for="key" { (texts.key_made) }
            input id="key" class="key" type="text" value=(self.text) readonly autofocus;
            a class="button" href=(frame.address()) { (texts.keys) }
        }
    }
}

/// What was done lately: of each when, the operation, the kind of the object and its name.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The entries, the latest first.
    pub rows: Vec<(UnixTime, String, String, String)>,
}

impl Activity {
    /// The content of the page.
    pub fn content(&self, texts: &Account) -> Markup {
        html! {
            p { (texts.activity_why) }
            @if self.rows.is_empty() {
                p class="note" { (texts.nothing) }
            } @else {
                ul class="items" {
                    @for (at, action, kind, name) in &self.rows {
                        li {
                            span { strong { (action) } small { (kind) " " (name) } }
                            small { (time(*at)) }
                        }
                    }
                }
            }
        }
    }
}
