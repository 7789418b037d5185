//! QR codes as inline SVG, so that no script and no other server sees the secret.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

/// The quiet zone (ISO/IEC 18004 §9.1), in modules.
const MARGIN: i32 = 4;

/// The longest text: a larger symbol than version 20 is hard to scan from a screen.
const MAXIMUM: usize = 660;

/// An SVG element that shows `text`, black on white under every theme; `label` is its name for screen
/// readers. `None` if `text` is longer than 660 bytes.
pub fn svg(text: &str, label: &str) -> Option<String> {
    if text.len() > MAXIMUM {
        return None;
    }
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size() + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" role=\"img\" \
         aria-label=\"{}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path fill=\"#000\" d=\"",
        escaped(label)
    );
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            let run = x - start;
            if run > 0 {
                // Writing to a String has no error.
                let _ = write!(svg, "M{} {}h{run}v1h-{run}z", start + MARGIN, y + MARGIN);
            } else {
                x += 1;
            }
        }
    }
    svg.push_str("\"/></svg>");
    Some(svg)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{
        otp::{Totp, uri::otpauth},
        secret::Secret,
    };

    /// The text that a reader of QR codes finds in the picture.
    fn scanned(svg: &str) -> String {
        const SCALE: usize = 4;
        let size: usize =
            svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let mut dark = vec![false; size * size];
        let path = svg.split("fill=\"#000\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        for run in path.split('M').skip(1) {
            let numbers: Vec<usize> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter(|part| !part.is_empty())
                .map(|part| part.parse().unwrap())
                .collect();
            for x in numbers[0]..numbers[0] + numbers[2] {
                dark[numbers[1] * size + x] = true;
            }
        }
        let pixels = size * SCALE;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(pixels, pixels, |x, y| {
            if dark[y / SCALE * size + x / SCALE] { 0 } else { 255 }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_reader_finds_the_uri_in_the_picture() {
        for account in ["alice", "a.very.long.name.of.an.account@a-long-name.hanzo.example"] {
            let totp = Totp::new(Secret::new(vec![7; 20]));
            let uri = otpauth(&totp, "Hanzo \u{65e5}\u{672c}", account);
            assert_eq!(scanned(&svg(&uri, "QR code").unwrap()), uri);
        }
    }

    #[test]
    fn a_label_adds_no_element() {
        let svg = svg("x", "\"><script>alert('1')</script>&").unwrap();
        assert!(!svg.contains("<script") && svg.contains("&quot;&gt;&lt;script&gt;"), "{svg}");
    }

    #[test]
    fn a_text_that_is_too_long_to_scan_has_no_picture() {
        assert!(svg(&"x".repeat(MAXIMUM), "").is_some());
        assert!(svg(&"x".repeat(MAXIMUM + 1), "").is_none());
    }
}
