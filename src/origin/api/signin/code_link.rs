//! The landing page of links in messages. Opening it changes nothing, so mail scanners are
//! harmless: it shows a button in the browser that requested the code, and the code in any other.

use http::StatusCode;

use super::{
    respond::{issuer_host, plain_look, with_token_cookie},
    schemas::CodeLinkQuery,
};
use crate::{
    core::signin::Method,
    origin::{
        Origin,
        api::endpoint::{Call, Page, Rate, Who, endpoint},
        authn::{csrf::FormToken, flow, methods::address},
        http::{Parameters, Request, Response, RestError},
        pages::{notice, signin::code_link, text::Signin},
    },
    ports::DatabaseError,
};

endpoint! {
    /// Returns the page of a link with a sign-in code. It consumes nothing.
    ///
    /// In the browser that asked for the code the page has a button that signs in; in another one it shows
    /// the code, to be typed in the first.
    pub CodeLinkPage = GET "/login/code/{code}" as "getCodeLinkPage",
    who: Who::Public, cors: crate::core::cors::CorsClass::None, rate: Rate::Unlimited;
    path: (String,),
    query: CodeLinkQuery,
    reply: Page,
    error: RestError;
    code_link_page
}

async fn code_link_page(origin: &Origin, call: Call<'_, CodeLinkPage>) -> Result<Page, RestError> {
    Ok(Page(shown(origin, call.request, &call.path.0).await?))
}

async fn shown(origin: &Origin, request: &Request, code: &str) -> Result<Response, DatabaseError> {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return Ok(elsewhere);
    }
    let look = plain_look(origin, request);
    let texts = Signin::of(look.language);
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(notice(&look, StatusCode::NOT_FOUND, texts.sign_in, texts.code_ended));
    }
    let query = request.query_parameters().unwrap_or_default();
    let client_id = query.get("client_id").unwrap_or_default();
    let now = origin.clock.now();
    let pending = match flow::id(origin, request, client_id) {
        Some(id) => flow::find(&id, now).fetch(&*origin.database).await?,
        None => None,
    };
    let waiting = pending.as_ref().and_then(|pending| {
        let page = address::page(pending.flow.challenge(Method::Email, now)?)?;
        let step = if pending.flow.user_id().is_some() { "second" } else { "code-verify" };
        Some((page, step))
    });
    let Some((page, step)) = waiting else { return Ok(code_link(&look, code, None).response()) };
    let token = FormToken::issue(origin, request);
    let view = code_link(&look, code, Some((page, &token.token, step)));
    Ok(with_token_cookie(view.leading_to(&own_scheme(page)).response(), token))
}

/// The private-use URI scheme of the final redirect (RFC 8252 §7.1); empty if none.
fn own_scheme(page: &str) -> String {
    let query = page.split_once('?').map_or("", |(_, query)| query);
    let parameters = Parameters::from_urlencoded(query.as_bytes()).unwrap_or_default();
    let scheme = parameters.get("redirect_uri").and_then(|uri| uri.split_once(':'));
    let scheme = scheme.map_or("", |(scheme, _)| scheme);
    let is_plain = scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if matches!(scheme, "" | "http" | "https") || !is_plain {
        return String::new();
    }
    format!("{scheme}:")
}
