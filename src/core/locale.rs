//! The languages of pages and messages, and their negotiation (RFC 4647 §3.4, RFC 9110 §12.5.4,
//! OIDC Core §3.1.2.1 `ui_locales`).

/// A language that pages and messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each is a language by its own name")]
pub enum Language {
    #[default]
    English,
    German,
    French,
    Spanish,
    Portuguese,
    Japanese,
    Chinese,
    Arabic,
}

impl Language {
    /// All of them, in the order in which a person chooses.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Portuguese,
        Self::Japanese,
        Self::Chinese,
        Self::Arabic,
    ];

    /// The language tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::Japanese => "ja",
            Self::Chinese => "zh",
            Self::Arabic => "ar",
        }
    }

    /// Its own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Portuguese => "Português",
            Self::Japanese => "日本語",
            Self::Chinese => "中文",
            Self::Arabic => "العربية",
        }
    }

    /// The direction of its script, as `dir` has it.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Arabic => "rtl",
            _ => "ltr",
        }
    }

    /// The language of a tag, by its primary subtag: `pt-BR` is Portuguese.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(primary))
    }

    /// The first known language of `ui_locales` (tags separated by spaces, in order of preference), else
    /// the best of `Accept-Language`, else English.
    pub fn negotiated(ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        let asked = ui_locales.and_then(Self::asked);
        asked.or_else(|| accepted(accept_language.unwrap_or_default())).unwrap_or_default()
    }

    /// The first known language of `ui_locales`.
    pub fn asked(ui_locales: &str) -> Option<Self> {
        ui_locales.split(' ').find_map(Self::of_tag)
    }
}

/// The most that is read of a header.
const MAXIMUM_RANGES: usize = 32;

/// The known language with the highest weight; of equal ones the first.
fn accepted(header: &str) -> Option<Language> {
    let mut best: Option<(u16, Language)> = None;
    for range in header.split(',').take(MAXIMUM_RANGES) {
        let mut parts = range.split(';').map(str::trim);
        let Some(language) = parts.next().and_then(Language::of_tag) else { continue };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), weight);
        let Some(weight) = weight.filter(|weight| *weight > 0) else { continue };
        if best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// A `qvalue` in thousandths.
fn weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut digits = fraction.bytes().chain(*b"000").take(3);
    let thousandths = digits.try_fold(0, |sum: u16, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + u16::from(digit - b'0'))
    })?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_s_own_languages_come_before_the_browser_s() {
        let chosen = |ui, accept| Language::negotiated(ui, accept).tag();
        assert_eq!(chosen(Some("tlh de-AT en"), Some("fr")), "de");
        assert_eq!(chosen(Some("tlh"), Some("fr-CH, en;q=0.9")), "fr");
        assert_eq!(chosen(None, Some("en;q=0.4, ja;q=0.80, zh;q=0.8")), "ja");
        assert_eq!(chosen(None, Some("de;q=0, pt-BR;q=0.1")), "pt");
        assert_eq!(chosen(None, Some("*, xx;q=2, ;;q=x")), "en");
        assert_eq!(chosen(None, None), "en");
    }
}
