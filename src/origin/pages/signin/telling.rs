//! The page after a logout that notifies applications in hidden iframes (Front-Channel Logout 1.0).

use maud::html;

use super::super::{
    Look, View,
    text::{Common, Signin},
};
use crate::core::oauth::frontchannel::Frame;

/// Seconds that the frames have before the browser goes on.
const PATIENCE: u32 = 2;

/// The page with `frames`, which goes on to `location` if there is one. It loads nothing else: a frame
/// may run its own scripts and read its own cookies, and cannot lead the page elsewhere.
pub fn telling<'a>(look: &'a Look, frames: &[Frame], location: Option<&str>) -> View<'a> {
    let (texts, common) = (Signin::of(look.language), Common::of(look.language));
    let mut sources: Vec<&str> = frames.iter().map(|frame| frame.origin.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let head = html! {
        @if let Some(location) = location {
            meta http-equiv="refresh" content={ (PATIENCE) ";url=" (location) };
        }
    };
    let main = html! {
        h1 { (texts.signed_out) }
        @if let Some(location) = location {
            p { (common.redirected) " " a href=(location) { (common.continue_) } }
        } @else {
            p { (common.you_can_close) }
        }
        @for frame in frames {
            iframe hidden title=(texts.sign_out_frame) referrerpolicy="no-referrer"
                sandbox="allow-scripts allow-same-origin" src=(frame.address) {}
        }
    };
    View::new(look, texts.signed_out, main)
        .head(head)
        .posting_to("'none'")
        .framing(&sources.join(" "))
}
