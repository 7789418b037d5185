//! `POST /v1/iam/web3/verify`: wallet sign-in.

use super::{WalletForm, unreadable};
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::{
            endpoint::{Call as EndpointCall, Rate, Unread, Who, endpoint},
            signin::{
                login,
                schemas::{InEnvelope, Object},
            },
        },
        http::RestError,
    },
};

endpoint! {
    /// Signs a person in by the signature of a linked wallet.
    ///
    /// Takes the query of a login, and returns what a login returns: a session or an authorization code, or
    /// `NextMfa` or `RequiredMfa` if a second factor is due. Where the application takes sign-ups by wallets, one that
    /// is linked to no account gets one, with `invitationCode` and `agreement` where a sign-up needs them.
    pub VerifyWallet = POST "/v1/iam/web3/verify" as "verifyWallet",
    who: Who::Public, cors: CorsClass::Sessions, rate: Rate::Guesses;
    body: Unread<WalletForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    verify_wallet
}

async fn verify_wallet(
    origin: &Origin,
    call: EndpointCall<'_, VerifyWallet>,
) -> Result<InEnvelope<Object>, RestError> {
    let response = match WalletForm::read(call.request) {
        Some(form) => {
            let presented = login::Presented::Wallet(Box::new(form));
            login::with(origin, call.request, presented).await
        }
        None => unreadable().into_response(),
    };
    Ok(response.into())
}
