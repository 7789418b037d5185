//! The theme of the pages: the organization's, with the application's overrides.
//!
//! `logo`, `logoDark`, `displayName` and `themeData` (`isEnabled`, `colorPrimary`, `borderRadius`,
//! `themeType`) are the members that published consoles write.

use serde_json::{Map, Value};

/// What differs from the pages' own look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Theme {
    /// The name in the head of the page.
    pub name: String,
    /// An `https` address or a `data:` URL.
    pub logo: Option<String>,
    /// The logo on a dark page.
    pub logo_dark: Option<String>,
    /// The colour of buttons.
    accent: Option<Color>,
    /// The radius of corners, in pixels.
    radius: Option<u64>,
    /// `light` or `dark`; `None`: as the person's system has it.
    scheme: Option<&'static str>,
}

/// An opaque colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Color([u8; 3]);

impl Theme {
    /// The address of the browser's icon of the page: the logo, unless the page would contain it twice.
    pub fn icon(&self) -> &str {
        self.logo.as_deref().filter(|logo| !logo.starts_with("data:")).unwrap_or("data:,")
    }

    /// The theme of that name, by the attributes of an organization and then of an application.
    pub fn of(name: &str, attributes: &[&Map<String, Value>]) -> Self {
        let mut theme = Self { name: name.to_owned(), ..Self::default() };
        for attributes in attributes {
            theme.apply(attributes);
        }
        theme
    }

    fn apply(&mut self, attributes: &Map<String, Value>) {
        let picture = |name: &str| picture(attributes.get(name)?.as_str()?);
        if let Some(logo) = picture("logo") {
            self.logo = Some(logo);
            self.logo_dark = None;
        }
        if let Some(logo) = picture("logoDark") {
            self.logo_dark = Some(logo);
        }
        let Some(data) = attributes.get("themeData").and_then(Value::as_object) else { return };
        if data.get("isEnabled").and_then(Value::as_bool) == Some(false) {
            return;
        }
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        self.accent = text("colorPrimary").and_then(Color::parse).or(self.accent);
        self.radius = data.get("borderRadius").and_then(Value::as_u64).or(self.radius);
        self.scheme = match text("themeType") {
            Some("dark") => Some("dark"),
            Some("light") => Some("light"),
            _ => self.scheme,
        };
    }

    /// The declarations of the root element.
    pub fn css(&self) -> String {
        let accent = self.accent.map(|accent| {
            format!("--accent:{};--on-accent:{};", accent.css(), accent.readable().css())
        });
        let radius = self.radius.map(|radius| format!("--radius:{}px;", radius.min(32)));
        [accent, radius].into_iter().flatten().collect()
    }

    /// `light` or `dark`; `None`: as the person's system has it.
    pub const fn scheme(&self) -> Option<&'static str> {
        self.scheme
    }

    /// The sources of its pictures, as a policy lists them.
    pub fn picture_sources(&self) -> String {
        let mut sources = String::new();
        for logo in [&self.logo, &self.logo_dark].into_iter().flatten() {
            if let Some(origin) = origin_of(logo) {
                sources.push(' ');
                sources.push_str(origin);
            }
        }
        sources
    }
}

/// A picture that a policy and an attribute can carry.
fn picture(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"';,<>".contains(&byte));
    let is_data = text.starts_with("data:image/") && !text.contains(['"', '<', '>', ' ']);
    ((text.starts_with("https://") && is_plain) || is_data).then(|| text.to_owned())
}

/// `https://host` of an address.
fn origin_of(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    address.get(..end + "https://".len())
}

impl Color {
    const BLACK: Self = Self([0x0b, 0x0d, 0x12]);
    const WHITE: Self = Self([0xff; 3]);

    /// Reads `#rgb` or `#rrggbb`.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let digit = |at: usize| {
            let digit = char::from(*digits.as_bytes().get(at)?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        let channel = |at: usize| match digits.len() {
            3 => Some(digit(at)? * 17),
            6 => Some(digit(2 * at)? * 16 + digit(2 * at + 1)?),
            _ => None,
        };
        Some(Self([channel(0)?, channel(1)?, channel(2)?]))
    }

    fn css(self) -> String {
        let Self([red, green, blue]) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// Black or white, that of more contrast (WCAG 2.2, "contrast ratio").
    fn readable(self) -> Self {
        let contrast = |other: Self| {
            let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
            if one > two { one / two } else { two / one }
        };
        if contrast(Self::BLACK) > contrast(Self::WHITE) { Self::BLACK } else { Self::WHITE }
    }

    /// The relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        };
        let Self([red, green, blue]) = self;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn theme(attributes: &Value) -> Theme {
        let mut theme = Theme::default();
        theme.apply(attributes.as_object().unwrap());
        theme
    }

    #[test]
    fn the_text_of_a_button_is_readable_on_every_accent() {
        for (accent, text) in [
            ("#ffd700", "#0b0d12"),
            ("#0040ff", "#ffffff"),
            ("#fff", "#0b0d12"),
            ("#000", "#ffffff"),
        ] {
            let css = theme(&json!({"themeData": {"colorPrimary": accent}})).css();
            assert!(css.contains(&format!("--on-accent:{text};")), "{accent}: {css}");
        }
    }

    #[test]
    fn a_theme_never_leaves_its_declarations() {
        let evil = json!({
            "logo": "https://a.example/x;script-src *",
            "logoDark": "javascript:alert(1)",
            "themeData": {"colorPrimary": "red;}body{}", "borderRadius": "1px;}", "themeType": "x"},
        });
        assert_eq!(theme(&evil), Theme::default());
        let logo = theme(&json!({"logo": "https://a.example/l.svg?x"}));
        assert_eq!(logo.picture_sources(), " https://a.example");
        let off = json!({"themeData": {"isEnabled": false, "colorPrimary": "#fff"}});
        assert_eq!(theme(&off), Theme::default());
    }
}
