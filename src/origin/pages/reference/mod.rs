//! The reference page of the API, rendered from its OpenAPI document.
//!
//! One page lists all or the searched operations, each with its `curl`; a page of each operation
//! describes every parameter, member and error. No page has a script.

mod curl;
mod document;
mod schema;

use std::fmt::Write;

use http::StatusCode;
use serde_json::Value;

use self::{
    document::{Api, Operation},
    schema::Shapes,
};
use super::escape;

const STYLE: &str = include_str!("reference.css");

/// Statuses that most operations may have, explained once.
const COMMON: [&str; 11] =
    ["400", "401", "403", "404", "405", "413", "414", "415", "500", "502", "504"];

/// Members of a body that the list names; the page of the operation has all.
const LISTED: usize = 12;

/// What a request for the page names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Words that the operation, its path, description or members contain.
    pub words: Option<String>,
    /// The one operation to describe.
    pub operation: Option<String>,
}

/// The page of the OpenAPI document `document`, which is at `address`, and its status.
pub fn render(document: &Value, address: &str, wanted: &Wanted) -> (StatusCode, String) {
    let api = Api(document);
    let Some(id) = &wanted.operation else {
        let words = wanted.words.as_deref().unwrap_or_default().trim();
        return (StatusCode::OK, list(api, address, words));
    };
    if let Some(operation) = api.operations().into_iter().find(|operation| operation.id() == id) {
        return (StatusCode::OK, described(api, operation));
    }
    let main = format!(
        "<h1>No such operation</h1><p>No operation is called <code>{}</code>. \
         <a href=?>All operations</a>",
        escape(id)
    );
    (StatusCode::NOT_FOUND, page("No such operation", &main))
}

/// The operations that contain all of `words`, by their tag.
fn list(api: Api<'_>, address: &str, words: &str) -> String {
    let all = api.operations();
    let sought: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let (mut found, mut tags): (Vec<_>, Vec<&str>) = (Vec::new(), Vec::new());
    for operation in &all {
        let text = operation.text(api);
        if sought.iter().all(|word| text.contains(word)) {
            found.push(*operation);
            if !tags.contains(&operation.tag()) {
                tags.push(operation.tag());
            }
        }
    }
    tags.sort_unstable();
    let mut main = format!(
        "<h1>{title}</h1><p>{about} <a href=\"{address}\">OpenAPI 3.1</a>\
         <p>The examples need the address of the server and a token or key in the shell: \
         <code>IAM=https://hanzo.id TOKEN=hk-…</code>. An OAuth client sends \
         <code>CLIENT_ID</code> and <code>CLIENT_SECRET</code> instead. \
         An error has the status and <code>{{\"status\":404,\"error\":\"…\"}}</code>; below \
         <code>/v1/iam/oauth</code> it is \
         <code>{{\"error\":\"invalid_grant\",\"error_description\":\"…\"}}</code>. \
         Besides the errors that are listed, an operation may refuse what is malformed (400, 413, \
         414, 415), a missing credential (401), one that does not allow the call (403), an object \
         that does not exist (404) and another method (405), and may fail (500, 502, 504).\
         <form role=search><label for=q>Search</label> <input id=q name=q type=search \
         value=\"{value}\"> <button>Search</button></form>\
         <p role=status>{found} of {all} operations{reset}<nav aria-label=Groups><ul>",
        title = escape(api.title()),
        about = escape(api.about()),
        value = escape(words),
        found = found.len(),
        all = all.len(),
        reset = if words.is_empty() { "" } else { ". <a href=?>Show all</a>" },
    );
    for tag in &tags {
        let _ = write!(main, "<li><a href=\"#-{tag}\">{tag}</a>", tag = escape(tag));
    }
    main.push_str("</ul></nav>");
    for tag in tags {
        let _ = write!(main, "<h2 id=\"-{tag}\">{tag}</h2>", tag = escape(tag));
        for operation in found.iter().filter(|operation| operation.tag() == tag) {
            entry(&mut main, api, *operation);
        }
    }
    page(api.title(), &main)
}

/// An operation in the list.
fn entry(main: &mut String, api: Api<'_>, operation: Operation<'_>) {
    let id = escape(operation.id());
    let _ = write!(
        main,
        "<article id={id}><h3><a href=\"?operation={id}\">{verb} {path}</a></h3><p>{summary} \
         <em>By {who}.</em>",
        verb = operation.verb(),
        path = escape(operation.path),
        summary = code(operation.summary()),
        who = code(operation.who()),
    );
    let names = |names: Vec<&str>| {
        let names: Vec<String> = names.into_iter().map(escape).collect();
        names.join(", ")
    };
    let query: Vec<&str> = operation.parameters("query").map(document::name).collect();
    if !query.is_empty() {
        let _ = write!(main, "<br>Query: {}", names(query));
    }
    let mut members = operation.members(api);
    if !members.is_empty() {
        if members.len() > LISTED {
            members.truncate(LISTED);
            members.push("…");
        }
        let _ = write!(main, "<br>Body: {}", names(members));
    }
    let errors: Vec<&str> =
        operation.errors().map(|(status, _)| status).filter(|it| !COMMON.contains(it)).collect();
    if !errors.is_empty() {
        let _ = write!(main, "<br>Errors: {}", names(errors));
    }
    let _ = write!(main, "<pre>{}</pre></article>", plain(&curl::example(api, operation)));
}

/// The page of one operation.
fn described(api: Api<'_>, operation: Operation<'_>) -> String {
    let mut shapes = Shapes::new(api);
    let mut main = format!(
        "<p><a href=\"?#{id}\">All operations</a><h1>{verb} {path}</h1><p>{id}: {about}\
         <p>Who may call: {who}.<pre>{curl}</pre>",
        id = escape(operation.id()),
        verb = operation.verb(),
        path = escape(operation.path),
        about = code(operation.description()),
        who = code(operation.who()),
        curl = plain(&curl::example(api, operation)),
    );
    for (place, title) in [("path", "Path"), ("query", "Query"), ("header", "Headers")] {
        if operation.parameters(place).next().is_some() {
            let _ = write!(main, "<h2>{title}</h2><dl>");
            for parameter in operation.parameters(place) {
                let required = parameter["required"] == true;
                shapes.member(&mut main, document::name(parameter), parameter, required);
            }
            main.push_str("</dl>");
        }
    }
    let bodies = operation.bodies();
    if let Some((_, schema)) = bodies.first() {
        let media: Vec<&str> = bodies.iter().map(|(media, _)| *media).collect();
        let _ = write!(main, "<h2>Body</h2><p>{}: ", escape(&media.join(" or ")));
        shapes.whole(&mut main, schema);
    }
    main.push_str("<h2>Responses</h2><dl>");
    for (status, response) in operation.responses() {
        let response = api.resolved(response);
        let about = response["description"].as_str().unwrap_or_default();
        let _ = write!(main, "<dt>{}<dd>{} ", escape(status), code(about));
        for (media, schema) in document::contents(response) {
            let _ = write!(main, "{}: ", escape(media));
            shapes.inline(&mut main, schema);
            main.push(' ');
        }
    }
    main.push_str("</dl>");
    shapes.finish(&mut main);
    page(operation.id(), &main)
}

/// Text as it may stand in an element, where quotation marks stay as they are.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Escaped text in which what stands between backticks is code.
fn code(text: &str) -> String {
    let mut parts = text.split('`');
    let mut written = plain(parts.next().unwrap_or_default());
    while let Some(part) = parts.next() {
        match parts.next() {
            Some(after) => {
                let _ = write!(written, "<code>{}</code>{}", plain(part), plain(after));
            }
            None => {
                let _ = write!(written, "`{}", plain(part));
            }
        }
    }
    written
}

fn page(title: &str, main: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <meta name=color-scheme content=\"light dark\"><title>{}</title><style>{STYLE}</style>\
         <main>{main}</main>",
        escape(title)
    )
}

#[cfg(test)]
mod tests;
