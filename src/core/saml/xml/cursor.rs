//! Tokenizer: names, references, quoted values.

use super::{
    Fault, XmlError,
    chars::{is_char, is_name, is_name_start, is_space},
};

/// A position in a document.
pub(super) struct Cursor<'a> {
    whole: usize,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { whole: text.len(), rest: text }
    }

    pub(super) const fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) const fn error(&self, fault: Fault) -> XmlError {
        XmlError { fault, offset: self.whole.saturating_sub(self.rest.len()) }
    }

    /// Consumes `token` if it is next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        self.rest.strip_prefix(token).map(|rest| self.rest = rest).is_some()
    }

    pub(super) fn expect(&mut self, token: &'static str) -> Result<(), XmlError> {
        if self.take(token) { Ok(()) } else { Err(self.error(Fault::Expected(token))) }
    }

    /// Consumes white space; returns whether there was any.
    pub(super) fn spaces(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches(is_space);
        before != self.rest.len()
    }

    /// Consumes up to and including `token`, and returns the text before it.
    pub(super) fn until(&mut self, token: &'static str) -> Result<&'a str, XmlError> {
        let found = self.rest.split_once(token);
        let (part, rest) = found.ok_or_else(|| self.error(Fault::Expected(token)))?;
        self.rest = rest;
        Ok(part)
    }

    /// Consumes up to, not including, the first of `ends` or the end of the document.
    pub(super) fn before(&mut self, ends: &[char]) -> &'a str {
        let at = self.rest.find(ends).unwrap_or(self.rest.len());
        let (part, rest) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
        self.rest = rest;
        part
    }

    /// `NCName`.
    pub(super) fn name(&mut self) -> Result<&'a str, XmlError> {
        if !self.rest.starts_with(is_name_start) {
            return Err(self.error(Fault::Expected("a name")));
        }
        let at = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
        self.rest = rest;
        Ok(name)
    }

    /// `QName`: the prefix, which may be empty, and the local part.
    pub(super) fn qualified_name(&mut self) -> Result<(&'a str, &'a str), XmlError> {
        let first = self.name()?;
        if self.take(":") { Ok((first, self.name()?)) } else { Ok(("", first)) }
    }

    /// Appends `part`, whose line ends become line feeds (§2.11), and refuses forbidden characters.
    pub(super) fn push_text(&self, text: &mut String, part: &str) -> Result<(), XmlError> {
        let mut chars = part.chars().peekable();
        while let Some(c) = chars.next() {
            if !is_char(c) {
                return Err(self.error(Fault::Character));
            }
            if c == '\r' {
                chars.next_if_eq(&'\n');
                text.push('\n');
            } else {
                text.push(c);
            }
        }
        Ok(())
    }

    /// The character of a reference (§4.1, §4.6): numeric or one of the five names. The cursor is
    /// at `&`.
    pub(super) fn reference(&mut self) -> Result<char, XmlError> {
        let at = self.error(Fault::Entity);
        self.expect("&")?;
        // The longest is `&#x10FFFF;`; leading zeros are refused past ten digits.
        let end = self.rest.bytes().take(13).position(|byte| byte == b';').ok_or(at)?;
        let (name, rest) = self.rest.split_at_checked(end).ok_or(at)?;
        self.rest = rest;
        self.expect(";")?;
        let number = |digits: &str, radix| {
            let digits = Some(digits).filter(|digits| digits.chars().all(|c| c.is_digit(radix)));
            digits.and_then(|digits| u32::from_str_radix(digits, radix).ok())
        };
        let code = match name {
            "lt" => return Ok('<'),
            "gt" => return Ok('>'),
            "amp" => return Ok('&'),
            "quot" => return Ok('"'),
            "apos" => return Ok('\''),
            _ => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
                (Some(digits), _) => number(digits, 16),
                (None, Some(digits)) => number(digits, 10),
                (None, None) => None,
            },
        };
        let c = code.ok_or(at)?;
        let wrong = XmlError { fault: Fault::Character, ..at };
        char::from_u32(c).filter(|c| is_char(*c)).ok_or(wrong)
    }

    /// A quoted attribute value, normalized (§3.3.3): literal white space becomes spaces.
    pub(super) fn value(&mut self) -> Result<String, XmlError> {
        let quote = match self.rest.chars().next() {
            Some('"') => '"',
            Some('\'') => '\'',
            _ => return Err(self.error(Fault::Expected("a quoted value"))),
        };
        self.before(&[quote]);
        self.rest = self.rest.strip_prefix(quote).unwrap_or_default();
        let mut value = String::new();
        loop {
            let part = self.before(&[quote, '&', '<']);
            let mut text = String::new();
            self.push_text(&mut text, part)?;
            value.extend(text.chars().map(|c| if is_space(c) { ' ' } else { c }));
            if self.rest.starts_with(quote) {
                self.rest = self.rest.strip_prefix(quote).unwrap_or_default();
                return Ok(value);
            }
            if !self.rest.starts_with('&') {
                return Err(self.error(Fault::Expected("the end of a value")));
            }
            value.push(self.reference()?);
        }
    }
}
