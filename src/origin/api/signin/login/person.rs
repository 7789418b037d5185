//! The user of a call, by its proof or by the browser's session.

use super::{
    Call, Presented, add, login_required, no_application, not_admitted, refused,
    second::{self, Followed},
    unknown, wallet,
};
use crate::{
    core::signin::{Acr, Flow, Method},
    origin::{
        Origin,
        api::signin::{
            login_code::{self, ByCode, TypedLogin},
            respond::plain_look,
            visit::Visit,
        },
        authn::{
            federation::{self, Failure},
            flow::{self, Pending},
            id_token_hint,
            methods::{
                directory::{self, Directories, Introduced, Verified},
                provider::NotKnown,
            },
            password::PasswordLogin,
            session::{self, Begun, Current},
            steps::{Advanced, Continuing, SignedIn, Steps},
        },
        domain::{
            change::{Change, Committed, Position, Unrecorded},
            commit::commit,
            federation::{
                Refusal,
                accounts::Unresolved,
                offered::{self, Offered},
            },
            people,
            signin::{SigninRules, account},
            signup::Door,
        },
        http::{Envelope, Request},
        store::{
            accounts::{self, Named},
            applications::Application,
            clients::{self, Registered},
            consents::{self, Consent},
            factors::{self, Held},
            organizations::{self, Organization},
            providers,
            query::{Query, load},
            signing_keys::SigningKey,
        },
    },
};

/// The data loaded before a password is verified.
pub(super) struct Loaded {
    /// The enabled application; `None` if the call names none.
    pub(super) application: Option<Application>,
    /// Of the application.
    pub(super) organization: Option<Organization>,
    /// The identity providers, if the call has a password.
    pub(super) providers: Vec<Offered>,
    pub(super) current: Option<Current>,
    pub(super) consents: Vec<Consent>,
    pub(super) keys: Vec<SigningKey>,
}

/// The user of a call, with an existing or new session.
pub(super) struct Person {
    source: Begins,
    pub(super) consents: Vec<Consent>,
}

enum Begins {
    /// The session exists.
    No(Box<Current>, Change),
    Yes(Box<Begun>),
}

impl Person {
    /// The user of a new session.
    pub(super) fn begun(signed_in: SignedIn) -> Self {
        let SignedIn { begun, consents, .. } = signed_in;
        Self { source: Begins::Yes(Box::new(begun)), consents }
    }

    pub(super) fn current(&self) -> &Current {
        match &self.source {
            Begins::No(current, _) => current,
            Begins::Yes(begun) => &begun.current,
        }
    }

    pub(super) fn change(&mut self) -> &mut Change {
        match &mut self.source {
            Begins::No(_, change) => change,
            Begins::Yes(begun) => &mut begun.change,
        }
    }

    pub(super) async fn commit(
        self,
        origin: &Origin,
        cookie: &mut Option<String>,
    ) -> Result<Current, Envelope> {
        let (current, _) = self.committed(origin, cookie).await?;
        Ok(current)
    }

    pub(super) async fn committed(
        mut self,
        origin: &Origin,
        cookie: &mut Option<String>,
    ) -> Result<(Current, Committed), Envelope> {
        let committed = commit(origin, self.change().take()).await?;
        Ok(match self.source {
            Begins::No(current, _) => (*current, committed),
            Begins::Yes(begun) => {
                begun.check(&committed).map_err(refused)?;
                add(cookie, &begun.cookie);
                (begun.current, committed)
            }
        })
    }
}

impl Call {
    /// Loads the application (by `clientId`, or by the name in `application`: `owner/name` also), and
    /// the browser's session unless the call carries a login.
    pub(super) async fn load(
        &self,
        origin: &Origin,
        request: &Request,
    ) -> Result<Loaded, Envelope> {
        let client_id = self.get(&["clientId", "client_id"]);
        let name = self.get(&["application", "applicationId"]);
        let registered = match (client_id, name) {
            (Some(client_id), _) => clients::find(client_id),
            (None, Some(name)) => clients::named(name),
            (None, None) => Query::ready(None),
        };
        let (current, user_ids) = if self.signs_in() {
            (Query::ready(None), Vec::new())
        } else {
            (session::find(origin, request), session::claimed(request))
        };
        let consents = match client_id {
            Some(client_id) => consents::of_users(&user_ids, client_id),
            None => Query::ready(Vec::new()),
        };
        let keys = id_token_hint::keys(origin, self.oauth("id_token_hint"));
        let organization = match client_id {
            Some(client_id) => organizations::of_client(client_id),
            None => Query::ready(None),
        };
        let has_password = self.login().is_some() && self.get(&["password"]).is_some();
        let found = match client_id {
            Some(client_id) if has_password => providers::of_client(client_id),
            _ => Query::ready(Vec::new()),
        };
        let queries = (registered, current, consents, keys, organization.and(found));
        let (registered, current, mut consents, keys, (mut organization, mut found)) =
            load(&*origin.database, queries).await?;
        let application = registered.and_then(Registered::enabled);
        if application.is_none() && client_id.or(name).is_some() {
            return Err(unknown());
        }
        if let (None, Some(application)) = (client_id, &application) {
            let name = &application.organization;
            let organization_of = organizations::by_name(name);
            let found_of = if has_password {
                providers::of_client(&application.client_id)
            } else {
                Query::ready(Vec::new())
            };
            (organization, found) = load(&*origin.database, (organization_of, found_of)).await?;
        }
        if let (None, Some(application), Some(_)) = (client_id, &application, &current) {
            let client_id = &application.client_id;
            consents = consents::of_users(&user_ids, client_id).fetch(&*origin.database).await?;
        }
        let providers = application.as_ref().map(|it| offered::by_application(it, &found));
        let providers = providers.unwrap_or_default();
        Ok(Loaded { application, organization, providers, current, consents, keys })
    }

    /// The user: by the call's proof, which starts a session unless a second factor is required; by
    /// the second factor of a pending sign-in; else by the browser's session.
    pub(super) async fn person(
        &self,
        origin: &Origin,
        request: &Request,
        loaded: Loaded,
        cookie: &mut Option<String>,
    ) -> Result<Followed, Envelope> {
        let Loaded { application, organization, providers, current, consents, .. } = loaded;
        let rules =
            SigninRules { application: application.as_ref(), organization: organization.as_ref() };
        let acr = self.oauth("acr_values");
        let acr = acr.and_then(|values| values.split(' ').filter_map(Acr::parse).min());
        let steps = Steps { origin, http: request, rules, acr, resumes: None };
        if let Some(presented) = &self.presented {
            let Some(application) = &application else { return Err(no_application()) };
            return match presented {
                Presented::Wallet(form) => {
                    wallet::person(steps, self, form, application, cookie).await
                }
                Presented::Passkey(response) => {
                    let visit = Visit {
                        origin,
                        http: request,
                        application: Some(application),
                        organization: organization.as_ref(),
                        providers: &[],
                        look: &plain_look(origin, request),
                        action: String::new(),
                        leads_to: String::new(),
                        acr,
                        resumes: None,
                    };
                    let advanced = visit.by_passkey_without_pages(response).await?;
                    second::followed(steps, advanced).await
                }
            };
        }
        let Some(login) = self.login() else {
            if self.second_factor().is_some() {
                return second::with_code(steps, self).await;
            }
            if let Some(method) = self.asks_for_code() {
                let asks = second::send(steps, method).await?;
                return Ok(Followed::Asks(Box::new(asks)));
            }
            let current = current.ok_or_else(login_required)?;
            if let Some(application) = &application
                && !current.person.is_admitted_to(application)
            {
                return Err(not_admitted());
            }
            return Ok(Followed::Person(Box::new(Person {
                source: Begins::No(Box::new(current), Change::unrecorded(Unrecorded::Step)),
                consents,
            })));
        };
        match self.get(&["password"]) {
            Some(password) => {
                Box::pin(self.by_password(steps, &providers, (login, password), cookie)).await
            }
            None => self.by_code(steps, login, cookie).await,
        }
    }

    /// Continues after a password.
    async fn by_password(
        &self,
        steps: Steps<'_>,
        providers: &[Offered],
        (login, password): (&str, &str),
        cookie: &mut Option<String>,
    ) -> Result<Followed, Envelope> {
        let Steps { origin, http: request, .. } = steps;
        let application = steps.rules.application.ok_or_else(no_application)?;
        // The application decides whether passwords are accepted at all.
        if !application.enable_password {
            return Err(
                Envelope::error("this application does not take passwords").code("unsupported")
            );
        }
        let (owner, name) = people::login(application, self.get(&["organization"]), login);
        let attempt = PasswordLogin { source: request.into(), owner, login: name, password };
        let (now, browser) = (origin.clock.now(), steps.browser());
        let further = |named: Named<'_>| {
            let held = factors::held(named, &browser, now);
            accounts::consent(named, &application.client_id).and(held)
        };
        let organization = steps.rules.organization;
        let door = organization.map(|_| Door { application, organization });
        let directories = Directories { offered: providers, organization, door, by_link: false };
        let verified = Box::pin(directory::verify(origin, attempt, directories, further)).await;
        let (proof, (consent, held)) = match verified.map_err(refused)? {
            Verified::Proven(proof, read) => (*proof, read),
            Verified::NotKnown(introduced) => {
                return Err(not_known(origin, &steps.http.client_ip, *introduced).await);
            }
        };
        if !proof.person.is_admitted_to(application) {
            proof.commit(origin).await.map_err(refused)?;
            return Err(not_admitted());
        }
        let evidence = proof.evidence(now);
        let (person, change, required) = proof.into_parts();
        let policy = steps.policy(&person);
        let flow = Flow::new(now).proved(policy, account(&person, &held), evidence, now);
        let flow = flow.map_err(|_| login_required())?;
        let consents = consent.into_iter().collect();
        let first = First { login, flow, person, held, consents };
        first.follow(steps, change, required, cookie).await
    }

    /// Continues after a code sent to the verified address, instead of a password.
    async fn by_code(
        &self,
        steps: Steps<'_>,
        login: &str,
        cookie: &mut Option<String>,
    ) -> Result<Followed, Envelope> {
        let application = steps.rules.application.ok_or_else(no_application)?;
        if !steps.rules.first(steps.origin).has(Method::Email) {
            return Err(Envelope::error("this application does not take codes").code("unsupported"));
        }
        let code = self.body.get("code").unwrap_or_default();
        let (owner, name) = people::login(application, self.get(&["organization"]), login);
        let typed = TypedLogin { owner, login: name, code };
        let by_code = login_code::verified(steps, typed).await.map_err(refused)?;
        let ByCode { flow, person, held, consents, change, required } = by_code;
        let first = First { login, flow, person, held, consents };
        first.follow(steps, change, required, cookie).await
    }
}

/// A user with a proven first factor.
pub(super) struct First<'a> {
    /// The login as entered.
    pub login: &'a str,
    /// The sign-in.
    pub flow: Flow,
    /// The user.
    pub person: people::Person,
    /// The user's second factors.
    pub held: Held,
    /// The user's consents to the client.
    pub consents: Vec<Consent>,
}

impl First<'_> {
    /// Continues with the session, or with the second factor in the browser identified by `cookie`.
    pub(super) async fn follow(
        self,
        steps: Steps<'_>,
        change: Change,
        required: Vec<Position>,
        cookie: &mut Option<String>,
    ) -> Result<Followed, Envelope> {
        let Self { login, flow, person, held, consents } = self;
        let (id, set) = flow::bound_id(steps.origin, steps.http, steps.rules.client_id());
        let pending = Pending::begin(id, login, flow);
        let continuing = Continuing { pending, person, held, consents };
        let advanced = steps.advance(continuing, change, required).await.map_err(refused)?;
        if let (Some(set), false) = (set, matches!(advanced, Advanced::Begins(_))) {
            add(cookie, &set);
        }
        second::followed(steps, advanced).await
    }
}

/// The error for a user whose directory password is correct but who may not sign in with it.
async fn not_known(origin: &Origin, from: &str, introduced: Introduced) -> Envelope {
    let Introduced { offered, assertion, why } = introduced;
    let (code, text) = match &why {
        NotKnown::Unresolved(Unresolved::Terms | Unresolved::Invitation) => (
            "interaction_required",
            "the account is not complete: sign in on the page in the browser",
        ),
        NotKnown::Unresolved(Unresolved::NotLinked) => {
            ("not_linked", "no account is linked to this sign-in, and the application makes none")
        }
        NotKnown::Unresolved(Unresolved::AddressTaken(_)) => (
            "address_taken",
            "another account has the address: sign in to that one, and link this sign-in there",
        ),
        NotKnown::Unresolved(Unresolved::Database(error))
        | NotKnown::Failure(Failure::Database(error)) => return Envelope::from(error.clone()),
        NotKnown::BeyondProvider => {
            ("interaction_required", "the account needs another way to sign in than the directory")
        }
        _ => ("not_verified", "the sign-in could not be verified"),
    };
    let refusal = Refusal::of("account", &why);
    match federation::noted(origin, from, &offered.provider, &assertion.subject, refusal).await {
        Ok(refusal) => Envelope::error(text).code(code).because(refusal.to_string()),
        Err(error) => Envelope::from(error),
    }
}
