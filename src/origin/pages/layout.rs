//! The frame of every page: document, head with the logo, foot with the languages, and its content
//! security policy.
//!
//! A page loads only the organization's logo. Its style and scripts are inline, with a nonce; it
//! cannot be framed, and its forms post only to our own URLs (RFC 9700 §4.16).

use http::{HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{text::Common, theme::Theme};
use crate::{
    core::{encoding::base64url, locale::Language},
    origin::{
        Origin,
        http::{Request, Response, response},
    },
};

const STYLE: &str = include_str!("page.css");

/// How the pages of one request look.
#[derive(Debug, Clone)]
pub struct Look {
    /// The language of all texts.
    pub language: Language,
    /// The language that the address of the request asks for.
    asked: Option<Language>,
    theme: Theme,
    nonce: String,
    /// The address of the page, without `ui_locales`, to which a choice of language leads.
    address: Option<String>,
}

impl Look {
    /// The look of the pages for `request` in that theme, in the language that the request asks for.
    pub fn of(origin: &Origin, request: &Request, theme: Theme) -> Self {
        let query = request.query_parameters().unwrap_or_default();
        let (ui_locales, accepted) = (query.get("ui_locales"), request.header("accept-language"));
        let address = (request.method == http::Method::GET).then(|| address_of(request));
        Self {
            language: Language::negotiated(ui_locales, accepted),
            asked: ui_locales.and_then(Language::asked),
            theme,
            nonce: base64url(&origin.random.bytes::<16>()),
            address,
        }
    }

    /// The same look, whose choice of language leads to `address`, which has a query or none.
    #[must_use]
    pub fn at(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// The same look for the response to a form that posts to the address of its own page.
    #[must_use]
    pub fn at_page_of(self, request: &Request) -> Self {
        self.at(&address_of(request))
    }

    /// The language that the address of the request asks for, for the fields of a form.
    pub fn asked(&self) -> Option<&'static str> {
        self.asked.map(Language::tag)
    }

    /// `address`, in the language that the address of the request asks for.
    pub fn link(&self, address: &str) -> String {
        self.asked.map_or_else(|| address.to_owned(), |asked| in_language(address, asked))
    }
}

/// The address of a page in `language`.
fn in_language(address: &str, language: Language) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}ui_locales={}", language.tag())
}

/// The address of a request without `ui_locales`.
fn address_of(request: &Request) -> String {
    let kept: Vec<&str> = request
        .query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("ui_locales="))
        .collect();
    if kept.is_empty() {
        request.path.clone()
    } else {
        format!("{}?{}", request.path, kept.join("&"))
    }
}

/// A page to be rendered.
#[derive(Debug)]
pub struct View<'a> {
    look: &'a Look,
    status: StatusCode,
    title: String,
    main: Markup,
    head: Markup,
    scripts: Vec<&'a str>,
    /// Policy sources that its forms may lead to besides our own.
    leads_to: String,
    frames: String,
    is_wide: bool,
    is_shown_once: bool,
}

impl<'a> View<'a> {
    /// A page of that title and main part.
    pub fn new(look: &'a Look, title: impl Into<String>, main: Markup) -> Self {
        Self {
            look,
            status: StatusCode::OK,
            title: title.into(),
            main,
            head: html! {},
            scripts: Vec::new(),
            leads_to: "'self'".to_owned(),
            frames: String::new(),
            is_wide: false,
            is_shown_once: false,
        }
    }

    /// With that status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With a script, which runs at the end of the page.
    #[must_use]
    pub fn script(mut self, script: &'a str) -> Self {
        self.scripts.push(script);
        self
    }

    /// With these elements in the head.
    #[must_use]
    pub fn head(mut self, head: Markup) -> Self {
        self.head = head;
        self
    }

    /// Whose forms a redirect may lead to that policy source as well.
    #[must_use]
    pub fn leading_to(mut self, source: &str) -> Self {
        self.leads_to =
            if source.is_empty() { "'self'".to_owned() } else { format!("'self' {source}") };
        self
    }

    /// Whose forms may post to these policy sources only: `'none'`, or a client's address.
    #[must_use]
    pub fn posting_to(mut self, sources: &str) -> Self {
        sources.clone_into(&mut self.leads_to);
        self
    }

    /// With hidden frames of these origins.
    #[must_use]
    pub fn framing(mut self, origins: &str) -> Self {
        origins.clone_into(&mut self.frames);
        self
    }

    /// As wide as lists and settings need it.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.is_wide = true;
        self
    }

    /// Without the choice of the language, which would lead away from what is shown only here.
    #[must_use]
    pub const fn shown_once(mut self) -> Self {
        self.is_shown_once = true;
        self
    }

    /// The response.
    pub fn response(self) -> Response {
        let policy = self.policy();
        let mut response = response::html(self.status, self.document().into_string());
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        // With `no-referrer` a browser hides the `Origin` of a form from ourselves as well.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
        response
    }

    fn policy(&self) -> String {
        let Look { nonce, theme, .. } = self.look;
        let scripts = if self.scripts.is_empty() {
            String::new()
        } else {
            format!(" script-src 'nonce-{nonce}'; connect-src 'self';")
        };
        let frames = if self.frames.is_empty() {
            String::new()
        } else {
            format!(" frame-src {};", self.frames)
        };
        let forms = if self.leads_to.is_empty() {
            String::new()
        } else {
            format!(" form-action {};", self.leads_to)
        };
        format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self' data:{};{scripts}{frames}{forms} \
             frame-ancestors 'none'; base-uri 'none'",
            theme.picture_sources()
        )
    }

    fn document(&self) -> Markup {
        let Look { language, theme, nonce, .. } = self.look;
        let texts = Common::of(*language);
        let css = theme.css();
        html! {
            (DOCTYPE)
            html lang=(language.tag()) dir=(language.direction()) data-scheme=[theme.scheme()] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    meta name="color-scheme" content="light dark";
                    // Browsers ask for `/favicon.ico` otherwise.
                    link rel="icon" href=(theme.icon());
                    (self.head)
                    title { (self.title) }
                    style nonce=(nonce) {
                        (PreEscaped(STYLE))
                        // As specific as the dark colours, and after them.
                        @if !css.is_empty() { ":root:root{" (PreEscaped(&css)) "}" }
                    }
                }
                body class=[self.is_wide.then_some("wide")] {
                    main {
                        (brand(theme))
                        (self.main)
                    }
                    (self.foot(texts))
                    @for script in &self.scripts {
                        script nonce=(nonce) { (PreEscaped(script)) }
                    }
                }
            }
        }
    }

    /// The choice of the language.
    fn foot(&self, texts: &Common) -> Markup {
        let Look { language, address, .. } = self.look;
        let Some(address) = address.as_ref().filter(|_| !self.is_shown_once) else {
            return html! {};
        };
        html! {
            footer {
                details {
                    summary { span class="sr" { (texts.language) ": " } (language.name()) }
                    ul {
                        @for other in Language::ALL.into_iter().filter(|other| other != language) {
                            li {
                                a lang=(other.tag()) dir=(other.direction()) hreflang=(other.tag())
                                    rel="nofollow" href=(in_language(address, other))
                                    { (other.name()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn brand(theme: &Theme) -> Markup {
    let Theme { name, logo, logo_dark, .. } = theme;
    html! {
        @if let Some(logo) = logo {
            div class="brand" {
                img class=[logo_dark.is_some().then_some("on-light")] src=(logo) alt=(name) referrerpolicy="no-referrer";
                @if let Some(dark) = logo_dark {
                    img class="on-dark" src=(dark) alt=(name) referrerpolicy="no-referrer";
                }
            }
        } @else if !name.is_empty() {
            div class="brand" { span class="mark" aria-hidden="true" { (initial(name)) } span { (name) } }
        }
    }
}

/// The first letter of a name.
fn initial(name: &str) -> String {
    name.chars().next().map(|first| first.to_uppercase().to_string()).unwrap_or_default()
}
