//! Sent codes as second factor.

use super::{Continuing, Steps};
use crate::{
    core::{message::Recipient, otp::numeric::Code, signin::Method},
    origin::{
        authn::{familiar, methods::address, password::SigninError},
        domain::sent_codes::{Asking, Purpose},
    },
};

/// The result of a code request.
#[derive(Debug)]
pub enum CodeSent {
    /// The sign-in awaits the code, which the caller sends to the recipient.
    Sent(Box<Continuing>, Recipient, Code),
    /// Too many codes were sent.
    TooMany(Box<Continuing>),
    /// No provider is configured for the channel, or the user has no such factor.
    NoService(Box<Continuing>),
    /// The factor is not required.
    Ended,
}

impl Steps<'_> {
    /// Issues a code for the address enrolled as `method`, on the page `page`.
    pub async fn code_for(
        &self,
        continuing: Continuing,
        method: Method,
        page: &str,
    ) -> Result<CodeSent, SigninError> {
        let origin = self.origin;
        let to = address::enrolled(&continuing.held, method);
        let Some(to) = to.filter(|to| origin.messages.carries(to.channel())) else {
            return Ok(CodeSent::NoService(Box::new(continuing)));
        };
        let user = &continuing.person.user;
        let (ip, guesser) = (&self.http.client_ip, familiar::guesser_of(origin, self.http, user));
        let asking = Asking { ip, guesser: &guesser, owner: &user.owner, login: &user.id };
        if !asking.allows(origin, Purpose::Second, &to).await? {
            return Ok(CodeSent::TooMany(Box::new(continuing)));
        }
        let stored = self.begin_address(continuing, (method, Purpose::Second), &to, page).await?;
        Ok(stored.map_or(CodeSent::Ended, |(continuing, code)| {
            CodeSent::Sent(Box::new(continuing), to, code)
        }))
    }
}
