//! Codes that are sent for a second factor.

use super::{Continuing, Steps};
use crate::{
    core::{message::Recipient, otp::numeric::Code, signin::Method},
    origin::{
        authn::{familiar, methods::address, password::SigninError},
        domain::sent_codes::{Asking, Purpose},
    },
};

/// What came of the request for a code.
#[derive(Debug)]
pub enum CodeSent {
    /// The sign-in waits for the code, which the caller sends there.
    Sent(Box<Continuing>, Recipient, Code),
    /// There were too many codes.
    TooMany(Box<Continuing>),
    /// No service of the channel is configured, or the person has no such factor.
    NoService(Box<Continuing>),
    /// The factor is not due.
    Ended,
}

impl Steps<'_> {
    /// Issues a code for the address that the person enrolled as `method`, at the page `page`.
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
