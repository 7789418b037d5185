//! The display name of a browser and its operating system, from `User-Agent`.

/// What a browser is known by, in the order of the search: most say that they are others too.
const BROWSERS: [(&str, &str); 20] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Brave/", "Brave"),
    ("Electron/", "Desktop app"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("node", "Node.js"),
    ("python", "Python"),
];

/// What a system is known by, in the order of the search: Android is a Linux, and an iPhone is "like Mac OS X".
const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Darwin", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// How much of the header is read, in bytes.
const READ: usize = 512;

/// `Firefox on Windows`, or what of it is known; empty: nothing. No text of the header is part of it.
pub fn name(user_agent: &str) -> String {
    let end = user_agent.len().min(READ);
    let text = user_agent.get(..end).unwrap_or_default();
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(known), None) | (None, Some(known)) => known.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_named() {
        let like =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
        for (text, expected) in [
            (format!("{like} Chrome/130.0.0.0 Safari/537.36"), "Chrome on Windows"),
            (format!("{like} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"), "Edge on Windows"),
            (format!("{like} Chrome/130.0.0.0 Safari/537.36 OPR/115.0"), "Opera on Windows"),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0".to_owned(),
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/18.1 Safari/605.1.15"
                    .to_owned(),
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
                 like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1"
                    .to_owned(),
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36"
                    .to_owned(),
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/130.0.0.0 \
                 Safari/537.36"
                    .to_owned(),
                "Chrome on ChromeOS",
            ),
            ("curl/8.5.0".to_owned(), "curl"),
        ] {
            assert_eq!(name(&text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_sent_never_becomes_a_part_of_the_name() {
        for text in ["", "<script>alert(1)</script>", &"é".repeat(4000), "\u{0}"] {
            assert_eq!(name(text), "", "{text}");
        }
        assert_eq!(name("<b>Firefox/1 Windows"), "Firefox on Windows");
    }
}
