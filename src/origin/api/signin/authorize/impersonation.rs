//! Authorization requests for impersonation: `login_hint=impersonation:<id>` (WIRE §4.1), with an
//! id from `POST /v1/iam/impersonate`, signs the administrator in to a client as the impersonated
//! user.

use super::{
    super::respond::{broken, deliver},
    pending::PendingAuthorization,
};
use crate::{
    core::authorization::{Complaint, ErrorCode},
    origin::{
        domain::{
            change::{Change, Unrecorded},
            codes::{self, CodeRequest},
            commit::commit,
            tokens::acting,
        },
        http::Response,
        store::grants::{self, Named},
    },
};

const PREFIX: &str = "impersonation:";

const REFUSED: Complaint = Complaint {
    code: ErrorCode::LoginRequired,
    description: "the login_hint is no impersonation that was begun in this browser for this client",
};

impl PendingAuthorization<'_> {
    /// The impersonation grant named in `login_hint`.
    pub(super) fn impersonation(&self) -> Option<&str> {
        self.request.login_hint.as_deref()?.strip_prefix(PREFIX)
    }

    /// A code for the impersonated user, if the impersonation was started in this browser's session
    /// for this client and is live. Tokens from the code end with it.
    pub(super) async fn impersonated(&self, grant_id: &str) -> Response {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let grant = grants::find(Named::Id(grant_id)).fetch(&*origin.database).await;
        let grant = match grant {
            Ok(grant) => grant,
            Err(error) => return broken(&error),
        };
        let session = self.current.as_ref().map(|current| &current.session);
        let held = grant.zip(session).filter(|(grant, session)| {
            grant.client_id == self.request.client_id
                && grant.is_live(now)
                && acting::is_impersonation_in(grant, &session.user_id, &session.id)
        });
        let Some((user_id, session)) =
            held.and_then(|(grant, session)| Some((grant.user_id?, session)))
        else {
            return self.refuse(&REFUSED);
        };
        let request = CodeRequest {
            client_id: self.request.client_id.clone(),
            user_id,
            session_id: None,
            redirect_uri: self.request.return_to.redirect.as_str().to_owned(),
            scope: self.request.scope.clone().without_administration(),
            resource: self.request.resource.clone(),
            nonce: self.request.nonce.clone(),
            challenge: self.request.challenge.clone(),
            auth_time: session.authenticated_at,
            methods: session.methods.clone(),
            platform_asked: false,
        };
        let (code, statement) = codes::giving_for(origin, request, grant_id);
        let mut change = Change::unrecorded(Unrecorded::Step);
        let given = change.write(statement);
        match commit(origin, change).await {
            Ok(committed) if committed.took_effect(given) => {
                deliver(origin, self.http, &self.request.return_to, vec![("code", code)])
            }
            Ok(_) => self.refuse(&REFUSED),
            Err(error) => broken(&error),
        }
    }
}
