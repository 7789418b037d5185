//! The page after a logout that tells applications in hidden frames (Front-Channel Logout 1.0).

use http::StatusCode;

use super::{document, escape, with_policy};
use crate::{
    core::oauth::frontchannel::Frame,
    origin::http::{Response, response},
};

/// Seconds that the frames have before the browser goes on.
const PATIENCE: u32 = 2;

/// The page with `frames`, which goes on to `location` if there is one. It loads nothing else: a frame
/// may run its own scripts and read its own cookies, and cannot lead the page elsewhere.
pub fn telling(frames: &[Frame], location: Option<&str>) -> Response {
    let mut main = String::from("<h1>You are signed out</h1>");
    let mut head = String::new();
    match location.map(escape) {
        Some(location) => {
            main.push_str("<p>You are being taken back to the application. <a href=\"");
            main.push_str(&location);
            main.push_str("\">Continue</a></p>");
            head = format!("<meta http-equiv=\"refresh\" content=\"{PATIENCE};url={location}\">");
        }
        None => main.push_str("<p>You can close this page.</p>"),
    }
    let mut sources: Vec<&str> = frames.iter().map(|frame| frame.origin.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let mut end = String::new();
    for frame in frames {
        end.push_str(
            "<iframe hidden title=\"Sign-out of an application\" referrerpolicy=\"no-referrer\" \
             sandbox=\"allow-scripts allow-same-origin\" src=\"",
        );
        end.push_str(&escape(&frame.address));
        end.push_str("\"></iframe>");
    }
    let page = document("You are signed out", &main, &head, &end);
    let policy = format!("form-action 'none'; frame-src {}", sources.join(" "));
    with_policy(response::html(StatusCode::OK, page), &policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_text_and_the_policy_has_exactly_its_origin() {
        let evil = "https://a.example/x\"><script>alert(1)</script>";
        let frame = Frame { address: evil.to_owned(), origin: "https://a.example".to_owned() };
        let page = telling(&[frame.clone(), frame], Some(evil));
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("; frame-src https://a.example; frame-ancestors"), "{policy}");
        let text = String::from_utf8(page.body().clone()).unwrap();
        assert!(!text.contains("<script>"), "{text}");
        assert_eq!(text.matches("<iframe hidden").count(), 2);
    }
}
