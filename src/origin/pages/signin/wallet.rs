//! The form that a wallet fills in: the script asks for the message, has the wallet sign it, and posts it.

use maud::{Markup, html};

use super::{
    super::{hidden, text::Signin, token},
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
    html! {
        form method="post" action=(page.action) hidden data-wallet
            data-nonce={ "/v1/iam/web3/nonce?" (query) }
            data-label=(texts.with_wallet) data-with=(texts.with_wallet_named) {
            (token(page.token))
            (hidden("step", "wallet"))
            (hidden("organization", page.organization))
            @for field in FIELDS { (hidden(field, "")) }
            p class="alert" role="alert" hidden
                data-cancelled=(texts.wallet_cancelled) data-failed=(texts.wallet_failed) {}
            div data-wallets {}
        }
    }
}
