//! Reads and writes the text form of filters (RFC 4515).

use std::fmt;

use super::{
    DEEPEST, Filter, FilterError, MOST_ITEMS,
    template::{Piece, Placeholder},
};

type Value = Vec<Piece>;
const LONGEST: usize = 65_536;

pub(super) fn parse(
    text: &str,
    placeholders: &[Placeholder],
) -> Result<Filter<Value>, FilterError> {
    if text.len() > LONGEST {
        return Err(FilterError::TooLong);
    }
    let mut parser = Parser { text: text.as_bytes(), at: 0, items: 0, placeholders };
    let filter = parser.filter(DEEPEST)?;
    if parser.at == text.len() {
        Ok(filter)
    } else {
        Err(FilterError::Expected { expected: "end", at: parser.at })
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    items: usize,
    placeholders: &'a [Placeholder],
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), FilterError> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(FilterError::Expected { expected, at: self.at })
    }

    fn filter(&mut self, depth: usize) -> Result<Filter<Value>, FilterError> {
        let below = depth.checked_sub(1).ok_or(FilterError::TooDeep)?;
        self.items += 1;
        if self.items > MOST_ITEMS {
            return Err(FilterError::TooManyItems);
        }
        self.expect(b'(', "(")?;
        let filter = match self.peek() {
            Some(b'&') => Filter::And(self.list(below)?),
            Some(b'|') => Filter::Or(self.list(below)?),
            Some(b'!') => {
                self.at += 1;
                Filter::Not(Box::new(self.filter(below)?))
            }
            _ => self.item()?,
        };
        self.expect(b')', ")")?;
        Ok(filter)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Filter<Value>>, FilterError> {
        self.at += 1;
        let mut filters = Vec::new();
        while self.peek() == Some(b'(') {
            filters.push(self.filter(depth)?);
        }
        Ok(filters)
    }

    /// The text up to one of these characters.
    fn until(&mut self, ends: &[u8]) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| ends.contains(byte)).unwrap_or(rest.len());
        self.at += length;
        std::str::from_utf8(rest.get(..length).unwrap_or_default()).unwrap_or_default()
    }

    fn item(&mut self) -> Result<Filter<Value>, FilterError> {
        let name = self.until(b"=<>~:()").to_owned();
        let operator = self.peek();
        if operator == Some(b':') {
            return self.extensible(name);
        }
        if !is_attribute(&name) {
            return Err(FilterError::Attribute(name));
        }
        self.at += 1;
        match operator {
            Some(b'=') => self.equality(name),
            Some(b'>') => self.rest().map(|value| Filter::AtLeast(name, value)),
            Some(b'<') => self.rest().map(|value| Filter::AtMost(name, value)),
            Some(b'~') => self.rest().map(|value| Filter::Approximately(name, value)),
            _ => Err(FilterError::Expected { expected: "=", at: self.at - 1 }),
        }
    }

    /// `=` and a value without asterisk.
    fn rest(&mut self) -> Result<Value, FilterError> {
        self.expect(b'=', "=")?;
        self.value()
    }

    fn equality(&mut self, attribute: String) -> Result<Filter<Value>, FilterError> {
        let mut parts = vec![self.value()?];
        while self.peek() == Some(b'*') {
            self.at += 1;
            parts.push(self.value()?);
        }
        let last = parts.pop().unwrap_or_default();
        if parts.is_empty() {
            return Ok(Filter::Equal(attribute, last));
        }
        let mut parts = parts.into_iter();
        let initial = parts.next().filter(|part| !part.is_empty());
        let any: Vec<Value> = parts.collect();
        let last = Some(last).filter(|part| !part.is_empty());
        if initial.is_none() && any.is_empty() && last.is_none() {
            return Ok(Filter::Present(attribute));
        }
        if any.iter().any(Vec::is_empty) {
            return Err(FilterError::Value { at: self.at });
        }
        Ok(Filter::Substrings { attribute, initial, any, last })
    }

    /// `[attribute] [":dn"] [":" rule] ":=" value`.
    fn extensible(&mut self, name: String) -> Result<Filter<Value>, FilterError> {
        let (mut dn_attributes, mut rule) = (false, None);
        loop {
            self.expect(b':', ":")?;
            if self.peek() == Some(b'=') {
                self.at += 1;
                break;
            }
            let part = self.until(b":=()");
            let dn = part.eq_ignore_ascii_case("dn");
            if dn && !dn_attributes && rule.is_none() {
                dn_attributes = true;
            } else if !dn && rule.is_none() && is_rule(part) {
                rule = Some(part.to_owned());
            } else {
                return Err(FilterError::Rule(part.to_owned()));
            }
        }
        if name.is_empty() && rule.is_none() || !name.is_empty() && !is_attribute(&name) {
            return Err(FilterError::Attribute(name));
        }
        let attribute = Some(name).filter(|name| !name.is_empty());
        Ok(Filter::Extensible { attribute, rule, dn_attributes, value: self.value()? })
    }

    /// A value up to `)` or `*`.
    fn value(&mut self) -> Result<Value, FilterError> {
        let (mut pieces, mut bytes) = (Vec::new(), Vec::new());
        while let Some(byte) = self.peek() {
            match byte {
                b')' | b'*' => break,
                b'(' | 0 => return Err(FilterError::Value { at: self.at }),
                b'\\' => bytes.push(self.escaped()?),
                b'{' if !self.placeholders.is_empty() => {
                    let placeholder = self.placeholder()?;
                    if !bytes.is_empty() {
                        pieces.push(Piece::Bytes(std::mem::take(&mut bytes)));
                    }
                    pieces.push(Piece::Placeholder(placeholder));
                }
                _ => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        if !bytes.is_empty() {
            pieces.push(Piece::Bytes(bytes));
        }
        Ok(pieces)
    }

    fn escaped(&mut self) -> Result<u8, FilterError> {
        let at = self.at;
        let digit = |at| {
            let digit = self.text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
            digit.and_then(|digit| u8::try_from(digit).ok()).ok_or(FilterError::Value { at })
        };
        let byte = (digit(at + 1)? << 4) | digit(at + 2)?;
        self.at += 3;
        Ok(byte)
    }

    fn placeholder(&mut self) -> Result<Placeholder, FilterError> {
        self.at += 1;
        let name = self.until(b"}()");
        self.expect(b'}', "}")?;
        let found = self.placeholders.iter().find(|placeholder| placeholder.name() == name);
        found.copied().ok_or_else(|| FilterError::Placeholder(name.to_owned()))
    }
}

/// RFC 4512 §2.5: `oid *( ";" option )`.
pub(super) fn is_attribute(text: &str) -> bool {
    let mut parts = text.split(';');
    text.len() <= 256
        && parts.next().is_some_and(is_rule)
        && parts.all(|option| {
            !option.is_empty()
                // `=` occurs only in Active Directory's range options (`member;range=0-*`), which
                // are never sent.
                && option.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// RFC 4512 §1.4: a name or a numeric OID.
pub(super) fn is_rule(text: &str) -> bool {
    let name = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    text.len() <= 256 && (name || text.contains('.') && text.split('.').all(number))
}

/// Writes RFC 4515: every byte but printable ASCII and valid UTF-8 is escaped.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        match self {
            Self::And(filters) | Self::Or(filters) => {
                f.write_str(if matches!(self, Self::And(_)) { "&" } else { "|" })?;
                filters.iter().try_for_each(|filter| filter.fmt(f))?;
            }
            Self::Not(filter) => write!(f, "!{filter}")?,
            Self::Equal(attribute, value) => write!(f, "{attribute}={}", Escaped(value))?,
            Self::AtLeast(attribute, value) => write!(f, "{attribute}>={}", Escaped(value))?,
            Self::AtMost(attribute, value) => write!(f, "{attribute}<={}", Escaped(value))?,
            Self::Approximately(attribute, value) => write!(f, "{attribute}~={}", Escaped(value))?,
            Self::Present(attribute) => write!(f, "{attribute}=*")?,
            Self::Substrings { attribute, initial, any, last } => {
                write!(f, "{attribute}={}*", Escaped(initial.as_deref().unwrap_or_default()))?;
                any.iter().try_for_each(|part| write!(f, "{}*", Escaped(part)))?;
                write!(f, "{}", Escaped(last.as_deref().unwrap_or_default()))?;
            }
            Self::Extensible { attribute, rule, dn_attributes, value } => {
                f.write_str(attribute.as_deref().unwrap_or_default())?;
                f.write_str(if *dn_attributes { ":dn" } else { "" })?;
                if let Some(rule) = rule {
                    write!(f, ":{rule}")?;
                }
                write!(f, ":={}", Escaped(value))?;
            }
        }
        f.write_str(")")
    }
}

struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for char in chunk.valid().chars() {
                match char {
                    '(' | ')' | '*' | '\\' | '\0'..='\x1f' | '\x7f' => {
                        write!(f, "\\{:02x}", u32::from(char))?;
                    }
                    _ => write!(f, "{char}")?,
                }
            }
            chunk.invalid().iter().try_for_each(|byte| write!(f, "\\{byte:02x}"))?;
        }
        Ok(())
    }
}
