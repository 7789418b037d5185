//! Password reset in `PUT /v1/iam/password`: organization, username and code replace the old
//! password (WIRE §4.5). It starts no session: the user signs in afterwards, with the second factor
//! as before.

use serde_json::Value;

use super::{
    account::{cross_site, malformed},
    verification_codes::{Subject, askers, bound_login, too_many},
};
use crate::{
    core::directory::{Invalid, NewPassword, Text},
    origin::{
        Origin,
        authn::{csrf, familiar},
        domain::{
            change_error::ChangeError,
            reset::{self, Verified},
            sent_codes::{Asking, Bound, Purpose, verified_address},
        },
        http::{Envelope, Parameters, Request},
        pages::letters::Changed,
        store::accounts::{self, Named},
    },
};

/// Resets the password. The reply is the same for a wrong code and an unknown account (ATTACKS
/// G-98).
pub async fn password(
    origin: &Origin,
    request: &Request,
    sent: &Parameters,
    code: &str,
) -> Result<Envelope, Envelope> {
    if csrf::is_cross_site(request) && !csrf::is_from_ours(origin, request) {
        return Err(cross_site());
    }
    let login = sent.any(&["username", "email"]);
    let login = login.ok_or_else(|| malformed("username is required"))?;
    let new = sent.any(&["password", "newPassword"]);
    let new = new.ok_or_else(|| malformed("password is required"))?;
    let new = NewPassword::read(new)
        .map_err(|why| malformed(&Invalid::member("password", &why.why).to_string()))?;
    let subject = Subject::load(origin, sent).await?;
    let (owner, login) = subject.named(sent, login);
    let text = accounts::login(owner, login);
    let found = accounts::find(Named::Login(&text)).fetch(&*origin.database).await?;
    let by = bound_login(found.as_ref(), login);
    let bound = Bound { purpose: Purpose::Reset, by: "", owner, login: by };
    let askers = askers(origin, request);
    let bounds = bound.of_each(&askers);
    let guesser = familiar::guesser(origin, request, owner, login);
    let asking = Asking { ip: &request.client_ip, guesser: &guesser, owner, login };
    let verified = reset::verify_for(origin, &bounds, asking, &text, code).await?;
    let (user, row, bound) = match verified {
        Verified::Right { user, sent, which } => {
            (*user, sent, bounds.get(which).copied().unwrap_or(bound))
        }
        Verified::Wrong => return Err(wrong()),
        Verified::TooMany => return Err(too_many()),
    };
    match reset::save(origin, bound, &row, user, &new).await {
        Ok(Some(user)) => {
            if let Some(to) = verified_address(&user) {
                let now = origin.clock.now();
                let sender = subject.sender(request, owner);
                origin.send_later(sender.changed(
                    to,
                    (&format!("{}/{}", user.owner, user.name), user.language()),
                    Changed::Password,
                    now,
                ));
            }
            Ok(Envelope::ok(Value::Null))
        }
        Ok(None) | Err(ChangeError::Stale) => Err(wrong()),
        Err(ChangeError::Invalid(why)) => Err(malformed(&why.to_string()).code("password_refused")),
        Err(error) => Err(Envelope::internal(error)),
    }
}

fn wrong() -> Envelope {
    malformed("the code is wrong or has expired").code("code_invalid")
}
