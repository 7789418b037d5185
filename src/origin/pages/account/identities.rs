//! Wallets and identity provider accounts.

use maud::{Markup, html};

use super::{
    super::text::{self, Account},
    Frame, time, used,
};
use crate::core::time::UnixTime;

/// The linked identities of a person.
#[derive(Debug, Clone, Copy)]
pub struct Identities<'a> {
    /// The identities.
    pub rows: &'a [IdentityRow<'a>],
    /// The providers of which one can be linked: what the form names each by, and its name.
    pub providers: &'a [(String, String)],
}

/// A linked identity.
#[derive(Debug, Clone, Copy)]
pub struct IdentityRow<'a> {
    /// What the form names it by.
    pub id: &'a str,
    /// What the person knows it by.
    pub name: &'a str,
    /// When it was linked.
    pub created_at: UnixTime,
    /// When it was last used.
    pub used_at: Option<UnixTime>,
}

impl Identities<'_> {
    /// The content of the page.
    pub fn content(&self, frame: &Frame<'_>, texts: &Account) -> Markup {
        html! {
            @if self.rows.is_empty() {
                p class="note" { (texts.nothing) }
            } @else {
                p { (texts.identities_why) }
                ul class="items" { @for row in self.rows { (identity(row, frame, texts)) } }
            }
            @for (id, name) in self.providers {
                (frame.button("provider", id, "quiet", &text::plain(texts.link_provider, &[("provider", name)])))
            }
            (frame.button("link", "", "quiet", texts.link_wallet))
        }
    }
}

fn identity(row: &IdentityRow<'_>, frame: &Frame<'_>, texts: &Account) -> Markup {
    let label = text::plain(texts.unlink_it, &[("name", row.name)]);
    html! {
        li {
            span {
                strong dir="ltr" { (row.name) }
                small { (text::markup(texts.added, &[("time", time(row.created_at))])) }
                small { (used(texts, row.used_at)) }
            }
            (frame.button("unlink", row.id, "quiet small danger", &label))
        }
    }
}
