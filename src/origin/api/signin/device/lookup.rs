//! Look-up of a device by its user code, and the decision statement.

use http::StatusCode;
use serde_json::json;
use thiserror::Error;

use super::super::{approval, respond::look, visit::Visit};
use crate::{
    core::{
        authorization::Approval,
        limit::AttemptLimit,
        network::network,
        oauth::{device::UserCode, scope::Scope},
    },
    origin::{
        Origin,
        authn::session::Current,
        domain::{
            audit::Subject,
            change::{Change, Position},
            consent::Asked,
            counting,
            federation::offered::{self, Offered},
            signin::SigninRules,
        },
        http::{Envelope, Request},
        pages::Look,
        store::{
            applications::Application,
            attempts::{self, Attempt},
            clients::Registered,
            consents::Consent,
            device_codes::{self, Approver},
            organizations::Organization,
            providers,
            query::Query,
        },
    },
    ports::DatabaseError,
};

/// Limit of look-ups per client address: a user needs four.
const LOOKUPS: AttemptLimit = AttemptLimit::within(40, 600);

/// A device whose code awaits a decision.
#[derive(Debug)]
pub(super) struct PendingDevice {
    /// The user code.
    pub code: UserCode,
    /// The requesting application.
    pub application: Application,
    /// The requested scope.
    pub scope: Scope,
    /// The requested resource (RFC 8707).
    pub resource: Option<String>,
    /// The organization of the application.
    pub organization: Option<Organization>,
    /// The identity providers of the application.
    pub providers: Vec<Offered>,
    /// The consents of the request's users to the application.
    pub consents: Vec<Consent>,
}

impl PendingDevice {
    /// The requested scope and resource.
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked { scope: &self.scope, resource: self.resource.as_deref() }
    }

    /// The URL of its page.
    pub(super) fn address(&self) -> String {
        format!("{}/{}", super::views::PAGE, self.code.as_str())
    }

    /// The look of its pages.
    pub(super) fn look(&self, origin: &Origin, request: &Request) -> Look {
        let organization = self.organization.as_ref();
        look(origin, request, organization, Some(&self.application)).at(&self.address())
    }

    /// The browser's sign-in for the device.
    pub(super) fn visit<'a>(
        &'a self,
        origin: &'a Origin,
        request: &'a Request,
        look: &'a Look,
    ) -> Visit<'a> {
        Visit {
            origin,
            http: request,
            application: Some(&self.application),
            organization: self.organization.as_ref(),
            providers: &self.providers,
            look,
            action: look.link(&self.address()),
            leads_to: String::new(),
            acr: None,
            resumes: None,
        }
    }

    /// The sign-in rules for the device.
    pub(super) const fn rules(&self) -> SigninRules<'_> {
        SigninRules {
            application: Some(&self.application),
            organization: self.organization.as_ref(),
        }
    }

    /// Whether the session meets the device's policy.
    pub(super) fn admits(&self, origin: &Origin, current: &Current) -> bool {
        let policy = self.rules().policy_of(origin, &current.person, None);
        let (session, now) = (&current.session, origin.clock.now());
        policy.is_met_by(&session.methods, &session.factors, now)
            && approval::is_confirmed(origin, &self.application, current)
    }

    /// Adds the user's decision to `change`. The statement returns a row unless the code was
    /// decided concurrently.
    pub(super) fn decide(
        &self,
        origin: &Origin,
        change: &mut Change,
        current: &Current,
        allow: bool,
    ) -> Position {
        let asked = approval::for_device(&self.application, &current.person);
        let approver = Approver {
            user_id: current.person.user.id.clone(),
            session_id: Some(current.session.id.clone()),
            auth_time: current.session.authenticated_at,
            methods: current.session.methods.clone(),
            platform_asked: asked == Some(Approval::Platform),
        };
        let (code, now) = (self.code.as_str(), origin.clock.now());
        let user = &current.person.user;
        let facts = json!({"client": self.application.client_id, "allowed": allow});
        change.record(Subject::with(&user.owner, "device", &user.name, &facts));
        change.decide(device_codes::decision(code, &approver, allow, now))
    }
}

/// Why a look-up fails.
#[derive(Debug, Clone, Copy, Error)]
pub(super) enum LookupError {
    /// The code is unknown, expired or decided.
    #[error("the code is unknown or has expired")]
    Unknown,
    /// Too many lookups from this client address.
    #[error("too many attempts, please try again later")]
    RateLimited,
}

impl LookupError {
    /// The status of a page with the error.
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl From<LookupError> for Envelope {
    fn from(error: LookupError) -> Self {
        let envelope = Self::error(error.to_string());
        match error {
            LookupError::RateLimited => envelope.with_status(error.status()),
            LookupError::Unknown => envelope.code("invalid_user_code"),
        }
    }
}

/// Counts the look-up and reads the device of `code`, with the consents of `user_ids` to its
/// application and with `further`, in one round trip.
pub(super) async fn look_up<T: 'static>(
    origin: &Origin,
    request: &Request,
    code: &str,
    user_ids: &[String],
    further: Query<T>,
) -> Result<(Result<PendingDevice, LookupError>, T), DatabaseError> {
    let now = origin.clock.now();
    let slot = origin.slot("device", &network(&request.client_ip));
    let code = UserCode::parse(code);
    let text = code.as_ref().map_or("", UserCode::as_str);
    let of_device = device_codes::find_pending(text, now)
        .and(device_codes::client(text))
        .and(device_codes::consents(text, user_ids))
        .and(device_codes::organization(text))
        .and(providers::of_device(text))
        .and(further);
    let attempt = attempts::counted(&slot, LOOKUPS, now);
    let (attempt, found) = counting::counted(origin, attempt, of_device).await?;
    let (((((device, client), consents), organization), providers), further) = found;
    if attempt != Attempt::Allowed {
        return Ok((Err(LookupError::RateLimited), further));
    }
    let application = client.and_then(Registered::enabled);
    let (Some(code), Some(device), Some(application)) = (code, device, application) else {
        return Ok((Err(LookupError::Unknown), further));
    };
    let scope = Scope::parse(&device.scope).unwrap_or_default();
    let resource = device.resource;
    let providers = offered::by_application(&application, &providers);
    let device =
        PendingDevice { code, application, scope, resource, organization, providers, consents };
    Ok((Ok(device), further))
}
