//! `POST /v1/iam/onboard`: a user creates an organization.

use http::StatusCode;
use serde_json::json;

use super::{
    account::{editor_in_person, malformed},
    schemas::{InEnvelope, Object, OnboardForm, enveloped},
};
use crate::{
    core::{
        directory::{is_reserved_organization, namespaces},
        limit::AttemptLimit,
    },
    origin::{
        Origin,
        api::endpoint::{Call, Unread, Who, endpoint},
        domain::{
            change_error::ChangeError,
            organizations::{self, Founding, slug},
        },
        http::{Envelope, Request, RestError},
        store::{
            applications,
            attempts::{self, Attempt},
            organizations as rows,
            query::load,
        },
    },
};

/// Daily limit of organizations per user, including deleted ones, because names are not reused.
const IN_A_DAY: AttemptLimit = AttemptLimit::within(10, 24 * 3600);

endpoint! {
    /// Founds an organization, which the person who is signed in owns.
    ///
    /// The account stays where it is and becomes a member. The name in addresses is made from `name`:
    /// lower-case letters, digits and `-`, at least three. It is not that of another organization, of
    /// one that was deleted, or within the names of one (`acme-labs` while there is `acme`).
    /// `personal` makes the one organization of the person alone.
    pub Onboard = POST "/v1/iam/onboard" as "foundOrganization",
    who: Who::Person;
    body: Unread<OnboardForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    onboard
}

async fn onboard(
    origin: &Origin,
    call: Call<'_, Onboard>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(founded(origin, call.request).await))
}

async fn founded(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = editor_in_person(origin, request).await?;
    if user.is_machine() {
        return Err(Envelope::error("a service account founds no organization")
            .with_status(StatusCode::FORBIDDEN));
    }
    let sent = request.body_parameters()?;
    let personal = match sent.get("personal") {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(malformed("personal must be true or false")),
    };
    let display = sent.get("name").map(str::trim).filter(|name| !name.is_empty());
    let display = display.or(personal.then_some(user.name.as_str()));
    let display = display.ok_or_else(|| malformed("name is required"))?;
    let name = slug(display).filter(|_| display.chars().count() <= 100);
    let name = name.ok_or_else(|| {
        malformed("name must have at least three letters or digits, and at most 100 characters")
    })?;
    let spaces: Vec<String> = namespaces(&name).map(str::to_owned).chain([name.clone()]).collect();
    let slot = origin.slot("founding", &user.id);
    let queries = (
        attempts::counted(&slot, IN_A_DAY, origin.clock.now()),
        rows::any_of(&spaces),
        applications::by_client_id(&name),
    );
    let (attempt, taken, client) = load(&*origin.database, queries).await?;
    if attempt != Attempt::Allowed {
        return Err(Envelope::error("too many organizations today: please try again tomorrow")
            .with_status(StatusCode::TOO_MANY_REQUESTS));
    }
    if is_reserved_organization(&name) || taken.is_some() || client.is_some() {
        return Err(conflict("the name is taken, or within the names of another organization"));
    }
    let founding = Founding { name, display_name: display, founder: &user, personal };
    match organizations::found(origin, founding).await {
        Ok(organization) => {
            // Keys are created on request at POST /v1/iam/keys.
            let data = json!({
                "org": organization.name, "displayName": organization.display_name,
                "accessKey": "", "accessSecret": "",
            });
            Ok(Envelope::ok(data).about(&user.id, &user.name))
        }
        Err(ChangeError::Database(error)) if error != crate::ports::DatabaseError::Conflict => {
            Err(error.into())
        }
        Err(ChangeError::Database(_)) => Err(conflict("the name is taken")),
        Err(error) => Err(conflict(&error.to_string())),
    }
}

fn conflict(message: &str) -> Envelope {
    Envelope::error(message).with_status(StatusCode::CONFLICT)
}
