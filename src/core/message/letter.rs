//! A letter: the content of a message, as text and as HTML in which only the letter's own elements
//! are markup (ATTACKS G-107).

/// Paragraphs, with a code or a link between them.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    heading: String,
    before: Vec<String>,
    code: Option<String>,
    link: Option<(String, String)>,
    after: Vec<String>,
    language: &'static str,
    is_rtl: bool,
    code_label: &'static str,
}

impl Letter {
    /// A letter with that heading and no paragraphs.
    pub fn new(heading: &str) -> Self {
        Self { heading: heading.to_owned(), language: "en", code_label: "Code", ..Self::default() }
    }

    /// In that language (BCP 47), which is read from right to left or not, and which calls a code that.
    #[must_use]
    pub fn language(self, language: &'static str, is_rtl: bool, code_label: &'static str) -> Self {
        Self { language, is_rtl, code_label, ..self }
    }

    /// With another paragraph: before the code or link if there is none yet, else after it.
    #[must_use]
    pub fn paragraph(mut self, text: &str) -> Self {
        let is_before = self.code.is_none() && self.link.is_none();
        let to = if is_before { &mut self.before } else { &mut self.after };
        to.push(text.to_owned());
        self
    }

    /// With a code, which is easy to read and to copy.
    #[must_use]
    pub fn code(self, code: &str) -> Self {
        Self { code: Some(code.to_owned()), ..self }
    }

    /// With a button for that `https:` or `http:` address; any other is left out.
    #[must_use]
    pub fn link(self, label: &str, url: &str) -> Self {
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        Self { link: is_web.then(|| (label.to_owned(), url.to_owned())), ..self }
    }

    /// The letter as plain text. A code has a line of its own, in English `Code: 123456`.
    pub fn text(&self) -> String {
        let mut parts = self.before.clone();
        parts.extend(self.code.as_ref().map(|code| format!("{}: {code}", self.code_label)));
        parts.extend(self.link.as_ref().map(|(label, url)| format!("{label}:\n{url}")));
        parts.extend(self.after.iter().cloned());
        parts.join("\n\n") + "\n"
    }

    /// The letter as one short text, for SMS: the heading, and the code or the address.
    pub fn short(&self) -> String {
        let link = || self.link.as_ref().map(|(_, url)| url.as_str());
        match self.code.as_deref().or_else(link) {
            Some(value) => format!("{}: {value}", self.heading),
            None => self.heading.clone(),
        }
    }

    /// The letter as an HTML document without images, scripts and addresses of others.
    pub fn html(&self) -> String {
        let direction = if self.is_rtl { "rtl" } else { "ltr" };
        let paragraphs = |texts: &[String]| {
            let texts = texts.iter().map(|text| format!("<p>{}</p>", escaped(text)));
            texts.collect::<String>()
        };
        let code = self.code.as_ref().map(|code| {
            format!(
                "<p style=\"font:600 28px ui-monospace,Menlo,Consolas,monospace;letter-spacing:4px;\
                 background:#f2f2f4;color:#111;border-radius:8px;padding:16px;text-align:center\" \
                 dir=\"ltr\">{}</p>",
                escaped(code)
            )
        });
        let link = self.link.as_ref().map(|(label, url)| {
            format!(
                "<p><a href=\"{0}\" style=\"display:inline-block;background:#111;color:#fff;\
                 border-radius:8px;padding:12px 20px;text-decoration:none\">{1}</a></p>\
                 <p style=\"font-size:13px;word-break:break-all\" dir=\"ltr\">{0}</p>",
                escaped(url),
                escaped(label)
            )
        });
        format!(
            "<!doctype html><html lang=\"{}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" \
             content=\"light dark\"><title>{heading}</title></head><body style=\"margin:0\">\
             <div style=\"font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;max-width:480px;\
             margin:0 auto;padding:32px 16px\"><h1 style=\"font-size:20px\">{heading}</h1>{}{}{}{}\
             </div></body></html>",
            self.language,
            paragraphs(&self.before),
            code.unwrap_or_default(),
            link.unwrap_or_default(),
            paragraphs(&self.after),
            heading = escaped(&self.heading),
        )
    }
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
            '\n' => out.push_str("<br>"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS G-107.
    #[test]
    fn a_name_with_markup_is_shown_and_not_interpreted() {
        let name = "<img src=x onerror=alert(1)>\"'&<a href='https://evil.example'>x</a>";
        let letter =
            Letter::new(name).paragraph(name).code(name).link(name, "https://hanzo.id/?a=\"><b>");
        let html = letter.paragraph(name).html();
        for tag in ["<img", "<b>", "evil.example'>", "alert(1)>\""] {
            assert!(!html.contains(tag), "{tag}");
        }
        assert_eq!(html.matches("&lt;img src=x onerror=alert(1)&gt;").count(), 6);
        assert_eq!(html.matches("<a ").count(), 1);
    }

    #[test]
    fn a_link_to_anything_but_the_web_is_left_out() {
        for url in ["javascript:alert(1)", "data:text/html,x", "//evil.example", ""] {
            assert!(!Letter::new("x").link("y", url).html().contains("<a "), "{url}");
        }
    }

    #[test]
    fn a_letter_reads_alike_as_text() {
        let letter =
            Letter::new("Sign in").paragraph("Hello").code("123456").paragraph("It lasts.");
        assert_eq!(letter.text(), "Hello\n\nCode: 123456\n\nIt lasts.\n");
        assert_eq!(letter.short(), "Sign in: 123456");
        let link = Letter::new("Sign in").link("Open", "https://hanzo.id/x");
        assert_eq!(link.text(), "Open:\nhttps://hanzo.id/x\n");
        assert_eq!(link.short(), "Sign in: https://hanzo.id/x");
        let letter = letter.language("ar", true, "الرمز");
        assert!(letter.text().contains("\n\nالرمز: 123456\n\n"), "{}", letter.text());
        assert!(letter.html().contains("<html lang=\"ar\" dir=\"rtl\">"));
    }
}
