//! Loads, decides and commits an authorization request: one read, one decision, one commit.

use super::super::{
    approval::{self, consent_of},
    request::{client, code_request},
    respond::{broken, deliver, look, refused_here},
};
use crate::{
    core::{
        authorization::{
            Approval, AuthorizationError, AuthorizationRequest, Complaint, Interaction, Next,
        },
        time::UnixTime,
    },
    origin::{
        Origin,
        authn::{
            flow,
            id_token_hint::{self, Expected},
            session::{self, Current},
        },
        domain::{
            change::{Change, Committed, Position, Unrecorded},
            codes,
            commit::commit,
            consent,
            federation::offered::{self, Offered},
            saml::clients as saml,
            signin::SigninRules,
        },
        http::{Parameters, Request, Response},
        pages::Look,
        store::{
            accounts::Named,
            applications::Application,
            clients::{self, Registered},
            consents::{self, Consent},
            factors::{self, Held},
            organizations::{self, Organization},
            providers,
            query::{Query, load},
        },
    },
};

/// The sessions in the request's cookies, to be loaded.
#[derive(Debug)]
pub(super) struct Sessions {
    current: Query<Option<Current>>,
    user_ids: Vec<String>,
    browser: String,
}

impl Sessions {
    /// The browser's session, and the users whose consents are read with it.
    pub(super) fn of(origin: &Origin, request: &Request) -> Self {
        Self {
            current: session::find(origin, request),
            user_ids: session::claimed(request),
            browser: flow::browser(origin, request).unwrap_or_default(),
        }
    }

    /// No session.
    pub(super) fn none() -> Self {
        Self { current: Query::ready(None), user_ids: Vec::new(), browser: String::new() }
    }

    /// The second factors of each user.
    fn held(&self, now: UnixTime) -> Query<Vec<Held>> {
        let of = |user_id: &String| factors::held(Named::Id(user_id), &self.browser, now);
        Query::list(self.user_ids.iter().map(of))
    }
}

/// The response, or the page to show.
#[derive(Debug)]
pub(super) enum Outcome<'a> {
    /// The final response.
    Done(Response),
    /// The sign-in page is shown.
    SignIn,
    /// The page that asks for a second factor is shown.
    StepUp(&'a Current),
    /// The approval page is shown.
    Approve(Approval, &'a Current),
}

/// The result of a decision. The code is issued by a statement of the change.
#[derive(Debug)]
pub(super) enum Step {
    /// Shows the sign-in page.
    SignIn,
    /// Shows the page that asks for a second factor.
    SecondFactor,
    /// Shows the approval page.
    Approve(Approval),
    /// Redirects with an error.
    Refuse(Complaint),
    /// Redirects with this code.
    Give(String, Position),
}

/// An authorization request with all data needed for the decision.
#[derive(Debug)]
pub(super) struct PendingAuthorization<'a> {
    /// The origin.
    pub origin: &'a Origin,
    /// The HTTP request.
    pub http: &'a Request,
    /// Its authorization parameters.
    pub parameters: Parameters,
    /// The client.
    pub application: Application,
    /// The parsed authorization request.
    pub request: AuthorizationRequest,
    expected: Expected,
    /// The browser's session.
    pub current: Option<Current>,
    /// The earlier consents to the client.
    pub consents: Vec<Consent>,
    /// The second factors of the user of `current`.
    pub held: Held,
    /// The organization of the client.
    pub organization: Option<Organization>,
    /// The identity providers of the client.
    pub providers: Vec<Offered>,
    /// The look of its pages.
    pub look: Look,
}

impl<'a> PendingAuthorization<'a> {
    /// Reads the request from the page's query.
    pub(super) async fn from_query(
        origin: &'a Origin,
        http: &'a Request,
        sessions: Sessions,
    ) -> Result<Self, Response> {
        let parameters = Parameters::collected(http.query.as_bytes())
            .map_err(|error| refused_here(&error.to_string()))?;
        let mut pending = Self::read(origin, http, parameters, sessions).await?;
        pending.look = pending.look.at_page_of(http);
        Ok(pending)
    }

    /// Reads the request in `parameters`; `Err` is an error page or a redirect with an error.
    pub(super) async fn read(
        origin: &'a Origin,
        http: &'a Request,
        parameters: Parameters,
        sessions: Sessions,
    ) -> Result<Self, Response> {
        let repeated: Vec<&str> = parameters.repeated().collect();
        if repeated.contains(&"client_id") {
            return Err(refused_here("the client_id occurs more than once"));
        }
        let client_id =
            parameters.get("client_id").ok_or_else(|| refused_here("client_id is required"))?;
        let hint = parameters.get("id_token_hint");
        let held = sessions.held(origin.clock.now());
        let queries = (
            clients::find(client_id),
            sessions.current,
            held,
            consents::of_users(&sessions.user_ids, client_id),
            id_token_hint::keys(origin, hint),
            organizations::of_client(client_id),
            providers::of_client(client_id),
        );
        let (application, current, held, consents, keys, organization, providers) =
            load(&*origin.database, queries).await.map_err(|error| broken(&error))?;
        let application = application
            .and_then(Registered::enabled)
            .ok_or_else(|| refused_here("the client is unknown"))?;
        let admitted =
            as_service_provider(origin, http, &application, parameters.get("redirect_uri"));
        let client = client(admitted.as_ref().unwrap_or(&application));
        let request =
            match AuthorizationRequest::read(client, |name| parameters.get(name), &repeated) {
                Ok(request) => request,
                Err(AuthorizationError::Page(why)) => return Err(refused_here(why)),
                Err(AuthorizationError::Redirect(address, complaint)) => {
                    return Err(deliver(origin, http, &address, complaint.parameters()));
                }
            };
        let expected = id_token_hint::expected(origin, &keys, hint, &request.client_id)
            .await
            .map_err(|error| broken(&error))?;
        let look = look(origin, http, organization.as_ref(), Some(&application));
        let of_current = |current: &Current| {
            let mut known = sessions.user_ids.iter().zip(held);
            known.find(|(id, _)| **id == current.person.user.id).map(|(_, held)| held)
        };
        let held = current.as_ref().and_then(of_current).unwrap_or_default();
        let providers = offered::by_application(&application, &providers);
        Ok(Self {
            origin,
            http,
            parameters,
            application,
            request,
            expected,
            current,
            consents,
            held,
            organization,
            providers,
            look,
        })
    }

    /// The sign-in rules for the request.
    pub(super) const fn rules(&self) -> SigninRules<'_> {
        SigninRules {
            application: Some(&self.application),
            organization: self.organization.as_ref(),
        }
    }

    /// Decides for `current`; a code is issued by a statement that is added to `change`.
    pub(super) fn decide(
        &self,
        current: Option<&Current>,
        consents: &[Consent],
        held: &Held,
        interaction: Interaction,
        change: &mut Change,
    ) -> Step {
        if self.expected == Expected::Unknown {
            return Step::Refuse(Complaint::UNUSABLE_HINT);
        }
        let view = |current: &Current| {
            let is_expected = self.expected.allows(&current.person.user.id);
            let (application, request) = (&self.application, &self.request);
            approval::signed_in(
                self.origin,
                self.rules(),
                application,
                request,
                current,
                consents,
                held,
                interaction,
                is_expected,
            )
        };
        let now = self.origin.clock.now();
        let signed_in = current.map(view);
        match (self.request.decide(signed_in.as_ref(), now), current, signed_in) {
            (Next::Refuse(complaint), ..) => Step::Refuse(complaint),
            (Next::StepUp, Some(_), _) => Step::SecondFactor,
            (Next::Approve(approval), Some(_), _) => Step::Approve(approval),
            (Next::Grant, Some(current), Some(signed_in)) => {
                if interaction == Interaction::Approved {
                    let user = &current.person.user;
                    let known = consent_of(consents, current);
                    let asked = approval::asked(&self.request);
                    consent::give(change, user, &self.application, known, asked, now);
                }
                let request = code_request(&self.request, current, &signed_in);
                let (code, statement) = codes::giving(self.origin, request);
                Step::Give(code, change.write(statement))
            }
            _ => Step::SignIn,
        }
    }

    /// Decides for the browser's session and commits.
    pub(super) async fn settled(&self, interaction: Interaction) -> Outcome<'_> {
        let mut change = Change::unrecorded(Unrecorded::Step);
        let current = self.current.as_ref();
        let step = self.decide(current, &self.consents, &self.held, interaction, &mut change);
        match commit(self.origin, change).await {
            Ok(committed) => self.outcome(step, current, &committed),
            Err(error) => Outcome::Done(broken(&error)),
        }
    }

    /// The outcome of a step whose change is committed.
    pub(super) fn outcome<'b>(
        &self,
        step: Step,
        current: Option<&'b Current>,
        committed: &Committed,
    ) -> Outcome<'b> {
        match (step, current) {
            (Step::Refuse(complaint), _) => Outcome::Done(self.refuse(&complaint)),
            (Step::Give(code, position), _) if committed.took_effect(position) => {
                let answer = vec![("code", code)];
                let return_to = &self.request.return_to;
                Outcome::Done(deliver(self.origin, self.http, return_to, answer))
            }
            (Step::SecondFactor, Some(current)) => Outcome::StepUp(current),
            (Step::Approve(approval), Some(current)) => Outcome::Approve(approval, current),
            // No session, or it ended concurrently.
            _ => Outcome::SignIn,
        }
    }
}

/// The application with our SAML continuation URL as redirect URI, if the request is a SAML
/// sign-in.
fn as_service_provider(
    origin: &Origin,
    http: &Request,
    application: &Application,
    requested: Option<&str>,
) -> Option<Application> {
    let issuer = origin.config.issuer_for(&http.base);
    let ours = saml::addresses(issuer, application).at("continue");
    let is_one = || matches!(saml::settings(application, origin.clock.now()), Ok(Some(_)));
    (requested == Some(&ours) && is_one()).then(|| Application {
        redirect_uris: vec![ours],
        grant_types: vec!["authorization_code".to_owned()],
        ..application.clone()
    })
}
