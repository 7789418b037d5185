//! The hosted pages: plain HTML that works without scripts.
//!
//! Everything that is put into a page is [escaped](escape). Its content security policy allows no
//! script, no loading and no framing, and posts only to the addresses of its forms (RFC 9700 §4.16).

use base64ct::{Base64, Encoding};
use http::{HeaderValue, StatusCode, header};

pub mod reference;

use super::authn::csrf;
use crate::{
    core::encoding::sha256,
    origin::http::{Response, response},
};

const STYLE: &str = include_str!("page.css");

/// The one script: it posts the form of the `form_post` response mode without a click.
const SUBMIT: &str = "document.forms[0].submit()";

/// Text as it may stand in an element or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A page of `main`, whose forms post to us and nowhere else.
pub fn answer(status: StatusCode, title: &str, main: &str) -> Response {
    answer_leading_to(status, title, main, "")
}

/// As [`answer`], with forms that a redirect may lead to `target` (a policy source).
pub fn answer_leading_to(status: StatusCode, title: &str, main: &str, target: &str) -> Response {
    let page = document(title, main, "", "");
    with_policy(response::html(status, page), &format!("form-action 'self' {target}"))
}

/// The page that sends the browser on to `location` after a form of ours.
///
/// It stands in place of a redirect because the policy of a form follows redirects, those of the
/// client behind its own address too, and would stop a person at a client that leads to a second
/// origin. A client that cannot be known beforehand cannot be named in a policy either.
pub fn onward(location: &str) -> Response {
    let location = escape(location);
    let main = format!(
        "<h1>One moment</h1><p>You are being taken back to the application. \
         <a href=\"{location}\">Continue</a></p>"
    );
    let refresh = format!("<meta http-equiv=\"refresh\" content=\"0;url={location}\">");
    let page = document("One moment", &main, &refresh, "");
    with_policy(response::html(StatusCode::OK, page), "form-action 'none'")
}

/// The page of the `form_post` response mode: it posts `fields` to `action`, by itself or by a
/// click where scripts do not run. Where the client leads from there is not ours to say, so this
/// policy has no `form-action`; the page has this one form.
pub fn form_post(action: &str, fields: &[(&str, String)]) -> Response {
    let fields: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
    let main = format!(
        "<h1>One moment</h1>\
         <p>You are being taken back to the application.</p>\
         <form method=\"post\" action=\"{}\">{fields}<button type=\"submit\">Continue</button></form>",
        escape(action)
    );
    let page = document("One moment", &main, "", &format!("<script>{SUBMIT}</script>"));
    let hash = Base64::encode_string(&sha256(SUBMIT.as_bytes()));
    with_policy(response::html(StatusCode::OK, page), &format!("script-src 'sha256-{hash}'"))
}

/// A hidden field.
pub fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
}

/// A list of texts.
pub fn list(items: &[String]) -> String {
    let mut list = String::from("<ul>");
    for item in items {
        list.push_str("<li>");
        list.push_str(&escape(item));
        list.push_str("</li>");
    }
    list.push_str("</ul>");
    list
}

/// What the sign-in form says and where it posts.
#[derive(Debug, Clone, Copy)]
pub struct SignInForm<'a> {
    /// The application's name.
    pub application: &'a str,
    /// The organization's name.
    pub organization: &'a str,
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`csrf::FormToken::token`]
    pub token: &'a str,
    /// The username, if it is known already.
    pub login: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
    /// Whether the application takes passwords at all; without, there is no form.
    pub by_password: bool,
}

impl SignInForm<'_> {
    /// The main part of the page.
    pub fn main(&self) -> String {
        if !self.by_password {
            return format!(
                "<h1>Sign in</h1><p class=\"alert\" role=\"alert\"><strong>{}</strong> does not take \
                 passwords, and offers no other way to sign in here.</p>",
                escape(self.application)
            );
        }
        let alert = self.error.map_or_else(String::new, |error| {
            format!("<p class=\"alert\" role=\"alert\" id=\"error\">{}</p>", escape(error))
        });
        let described = if self.error.is_some() { " aria-describedby=\"error\"" } else { "" };
        let focus = " autofocus";
        let (first, second) = if self.login.is_empty() { (focus, "") } else { ("", focus) };
        format!(
            "<h1>Sign in</h1>\
             <p>to continue to <strong>{application}</strong></p>{alert}\
             <form method=\"post\" action=\"{action}\">{token}\
             <label for=\"username\">Username or email</label>\
             <input id=\"username\" name=\"username\" type=\"text\" value=\"{login}\" \
             autocomplete=\"username\" autocapitalize=\"none\" autocorrect=\"off\" \
             spellcheck=\"false\" maxlength=\"256\" required{described}{first}>\
             <label for=\"password\">Password</label>\
             <input id=\"password\" name=\"password\" type=\"password\" \
             autocomplete=\"current-password\" maxlength=\"256\" required{described}{second}>\
             <button type=\"submit\">Sign in</button></form>\
             <p class=\"note\">Organization: {organization}</p>",
            application = escape(self.application),
            organization = escape(self.organization),
            action = escape(self.action),
            token = hidden(csrf::FIELD, self.token),
            login = escape(self.login),
        )
    }
}

/// A page without secrets, whose forms search on this server, and which browsers keep for `seconds`.
pub fn public(status: StatusCode, page: String, seconds: u32) -> Response {
    let mut response = with_policy(response::html(status, page), "form-action 'self'");
    response.headers_mut().remove(header::PRAGMA);
    if let Ok(age) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
        response.headers_mut().insert(header::CACHE_CONTROL, age);
    }
    response
}

fn document(title: &str, main: &str, head: &str, end: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" content=\"light dark\">\
         {head}<title>{}</title><style>{STYLE}</style></head>\
         <body><main>{main}</main>{end}</body></html>",
        escape(title)
    )
}

fn with_policy(mut response: Response, directive: &str) -> Response {
    let directive = directive.trim_end();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; {directive}; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // With `no-referrer` a browser hides the `Origin` of a form from ourselves as well.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS C-46 (CVE-2024-21637).
    #[test]
    fn what_a_client_sends_stays_text() {
        let evil = "\"><script>alert(1)</script>'&";
        let answer = form_post("https://a.example/cb", &[("state", evil.into())]);
        let page = String::from_utf8(answer.body().clone()).unwrap();
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(
            page.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;\"")
        );
        let form = SignInForm {
            application: evil,
            organization: evil,
            action: evil,
            token: evil,
            login: evil,
            error: Some(evil),
            by_password: true,
        };
        assert!(!form.main().contains("<script>"));
        let page = String::from_utf8(onward(evil).body().clone()).unwrap();
        assert!(!page.contains("<script>") && !page.contains("\"\""));
    }
}
