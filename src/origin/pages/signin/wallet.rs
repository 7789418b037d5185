//! The wallet form: its script requests the message, has the wallet sign it, and posts the result.

use http::StatusCode;
use maud::{Markup, html};

use super::{
    super::{
        Look, View, alert, hidden,
        text::{Common, Signin},
        token,
    },
    Identify,
};

/// The script of the form.
pub(super) const SCRIPT: &str = include_str!("../scripts/wallet.js");

/// What the script fills in.
const FIELDS: [&str; 4] = ["chain", "address", "message", "signature"];

/// The form, which stays hidden unless the browser has a wallet.
pub(super) fn form(page: &Identify<'_>, texts: &Signin) -> Markup {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("clientId", page.client_id)
        .append_pair("organization", page.organization)
        .finish();
    let nonce = format!("/v1/iam/web3/nonce?{query}");
    let further = hidden("organization", page.organization);
    filled(texts, (page.action, page.token), &nonce, &further)
}

/// The page on which a person links a wallet, with its title and what it takes.
pub fn link_wallet<'a>(
    look: &'a Look,
    status: StatusCode,
    (title, how): (&'a str, &str),
    action: &str,
    form_token: &str,
    error: Option<&str>,
) -> View<'a> {
    let texts = Signin::of(look.language);
    let main = html! {
        h1 { (title) }
        p { (how) }
        (alert(error))
        (filled(texts, (action, form_token), "/v1/iam/link", &html! {}))
        p class="note" { a href=(action) { (Common::of(look.language).back) } }
    };
    View::new(look, title, main).status(status).script(SCRIPT)
}

fn filled(
    texts: &Signin,
    (action, form_token): (&str, &str),
    nonce: &str,
    further: &Markup,
) -> Markup {
    html! {
        form method="post" action=(action) hidden data-wallet data-nonce=(nonce)
            data-label=(texts.with_wallet) data-with=(texts.with_wallet_named) {
            (token(form_token))
            (hidden("step", "wallet"))
            (further)
            @for field in FIELDS { (hidden(field, "")) }
            p class="alert" role="alert" hidden
                data-cancelled=(texts.wallet_cancelled) data-failed=(texts.wallet_failed) {}
            div data-wallets {}
        }
    }
}
