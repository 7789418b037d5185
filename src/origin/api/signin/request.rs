//! Conversions: from an application to the client of an authorization request, and from a granted
//! request to its code.

use crate::{
    core::authorization::{AuthorizationRequest, Client, SignedIn},
    origin::{
        authn::session::Current, domain::codes::CodeRequest, store::applications::Application,
    },
};

/// The application's data for the decision.
pub fn client(application: &Application) -> Client<'_> {
    Client {
        id: &application.client_id,
        is_public: application.client_secret_digest.is_none(),
        redirect_uris: &application.redirect_uris,
        grant_types: &application.grant_types,
        scopes: &application.scopes,
        resources: &application.resources,
    }
}

/// The code for a granted request.
pub fn code_request(
    request: &AuthorizationRequest,
    current: &Current,
    signed_in: &SignedIn,
) -> CodeRequest {
    CodeRequest {
        client_id: request.client_id.clone(),
        user_id: current.person.user.id.clone(),
        session_id: Some(current.session.id.clone()),
        redirect_uri: request.return_to.redirect.as_str().to_owned(),
        scope: request.scope.clone(),
        resource: request.resource.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        auth_time: current.session.authenticated_at,
        methods: current.session.methods.clone(),
        platform_asked: signed_in.was_asked_for_platform(),
    }
}
