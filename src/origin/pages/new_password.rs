//! The new-password field.

use maud::{Markup, html};

use super::text::Common;

/// The script that shows how strong the password is.
pub(super) const SCRIPT: &str = include_str!("scripts/strength.js");

/// The field of that name. Where scripts run, its strength is shown.
pub(super) fn field(texts: &Common, name: &str, label: &str, rules: &str) -> Markup {
    html! {
        label for=(name) { (label) }
        input id=(name) name=(name) type="password" autocomplete="new-password" minlength="8"
            maxlength="128" required aria-describedby="rules" data-strength;
        p class="note strength" role="status" data-levels=(texts.password_strength) hidden {
            meter min="0" max="4" low="2" high="3" optimum="4" aria-hidden="true" {}
            span {}
        }
        p id="rules" class="note" { (rules) }
    }
}
