//! How a person signs in: authorize, the hosted page, the SDKs' login calls, sessions, logout.

pub mod account;
pub mod approval;
pub mod authorize;
pub mod consent;
pub mod device;
pub mod login;
pub mod logout;
pub mod methods;
pub mod request;
pub mod respond;

use http::Method;

use crate::origin::{
    Origin,
    http::{Request, Response, RestError},
};

/// Answers the routes of this family; `None` if the path is not one of them.
pub async fn route(origin: &Origin, request: &Request, path: &[&str]) -> Option<Response> {
    let method = &request.method;
    let (get, post, put) = (method == Method::GET, method == Method::POST, method == Method::PUT);
    Some(match path {
        ["v1", "iam", "oauth", "authorize"] if get || post => {
            authorize::endpoint(origin, request).await
        }
        ["login", "oauth", "authorize"] if get => authorize::page(origin, request).await,
        ["login", "oauth", "authorize"] if post => authorize::sign_in(origin, request).await,
        ["login", "oauth", "device"] if get => device::page(origin, request, None).await,
        ["login", "oauth", "device", code] if get => {
            device::page(origin, request, Some(code)).await
        }
        ["login", "oauth", "device", code] if post => device::post(origin, request, code).await,
        ["login"] if get => logout::landing(origin, request).await,
        ["v1", "iam", "oauth", "logout"] if get || post => logout::logout(origin, request).await,
        ["v1", "iam", "oauth", "device", "info"] if post => device::info(origin, request).await,
        ["v1", "iam", "login"] if post => login::login(origin, request).await,
        ["v1", "iam", "auth", "application"] if get => methods::application(origin, request).await,
        ["v1", "iam", "auth", "methods"] if get => methods::methods(origin, request).await,
        ["v1", "iam", "auth", "identifier"] if post => methods::identifier(origin, request).await,
        ["v1", "iam", "whoami"] if get => account::whoami(origin, request).await,
        ["v1", "iam", "account"] if get => account::account(origin, request).await,
        ["v1", "iam", "account"] if put => account::change(origin, request).await,
        ["v1", "iam", "accounts"] if get => account::accounts(origin, request).await,
        ["v1", "iam", "password"] if put => account::change_password(origin, request).await,
        ["v1", "iam", "consent"] if get => consent::list(origin, request).await,
        ["v1", "iam", "consent"] if put => consent::narrow(origin, request).await,
        ["v1", "iam", "oauth", "authorize" | "logout"]
        | ["login", "oauth", "authorize"]
        | ["login", "oauth", "device", _] => RestError::method("GET, HEAD, POST").into_response(),
        ["login"]
        | ["login", "oauth", "device"]
        | ["v1", "iam", "auth", "application" | "methods"]
        | ["v1", "iam", "whoami" | "accounts"] => RestError::method("GET, HEAD").into_response(),
        ["v1", "iam", "oauth", "device", "info"]
        | ["v1", "iam", "login"]
        | ["v1", "iam", "auth", "identifier"] => RestError::method("POST").into_response(),
        ["v1", "iam", "account" | "consent"] => RestError::method("GET, HEAD, PUT").into_response(),
        ["v1", "iam", "password"] => RestError::method("PUT").into_response(),
        _ => return None,
    })
}
