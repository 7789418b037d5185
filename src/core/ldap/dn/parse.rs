//! Parses the text form of names (RFC 4514 §3), in one pass without recursion.

use super::{DnError, Rdn, Value, normal};
use crate::core::ldap::filter::is_attribute;

const LONGEST: usize = 8192;
const MOST_RDNS: usize = 64;
const MOST_PAIRS: usize = 16;

pub(super) fn parse(text: &str) -> Result<Vec<Rdn>, DnError> {
    if text.len() > LONGEST {
        return Err(DnError::TooLong);
    }
    let mut parser = Parser { text: text.as_bytes(), at: 0 };
    parser.spaces();
    let mut rdns = Vec::new();
    if parser.peek().is_none() {
        return Ok(rdns);
    }
    let mut rdn = Rdn::new();
    loop {
        rdn.push(parser.pair()?);
        if rdn.len() > MOST_PAIRS || rdns.len() == MOST_RDNS {
            return Err(DnError::TooManyParts);
        }
        let separator = parser.peek();
        parser.at += 1;
        if separator == Some(b'+') {
            continue;
        }
        rdn.sort();
        rdns.push(std::mem::take(&mut rdn));
        if separator.is_none() {
            return Ok(rdns);
        }
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// `type = value`, up to a separator or the end.
    fn pair(&mut self) -> Result<(String, Value), DnError> {
        self.spaces();
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        {
            self.at += 1;
        }
        let kind = std::str::from_utf8(self.text.get(start..self.at).unwrap_or_default())
            .ok()
            .filter(|kind| is_attribute(kind))
            .ok_or(DnError::Type(start))?;
        let kind = normal::kind(kind);
        self.spaces();
        if self.peek() != Some(b'=') {
            return Err(DnError::Equals(self.at));
        }
        self.at += 1;
        self.spaces();
        let value = if self.peek() == Some(b'#') { self.hex()? } else { self.string()? };
        Ok((kind, value))
    }

    fn hex(&mut self) -> Result<Value, DnError> {
        self.at += 1;
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek()
            && byte.is_ascii_hexdigit()
        {
            bytes.push(self.digits(self.at).ok_or(DnError::Hex(self.at))?);
            self.at += 2;
        }
        self.spaces();
        if !matches!(self.peek(), None | Some(b',' | b'+')) {
            return Err(DnError::Hex(self.at));
        }
        normal::ber(bytes).ok_or(DnError::Hex(self.at))
    }

    fn string(&mut self) -> Result<Value, DnError> {
        let start = self.at;
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b'+' => break,
                b'"' | b';' | b'<' | b'>' | 0 => return Err(DnError::Value(self.at)),
                b'\\' => bytes.push(self.escaped()?),
                _ => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        // Leading and trailing spaces, escaped or not, are insignificant in comparisons (RFC 4518
        // §2.6.1).
        let text = std::str::from_utf8(&bytes).map_err(|_| DnError::Value(start))?;
        Ok(normal::text(text))
    }

    fn escaped(&mut self) -> Result<u8, DnError> {
        let error = DnError::Value(self.at);
        match self.text.get(self.at + 1) {
            Some(byte) if b" \"#+,;<=>\\".contains(byte) => {
                self.at += 2;
                Ok(*byte)
            }
            _ => {
                let byte = self.digits(self.at + 1).ok_or(error)?;
                self.at += 3;
                Ok(byte)
            }
        }
    }

    fn digits(&self, at: usize) -> Option<u8> {
        let digit = |at| char::from(*self.text.get(at)?).to_digit(16);
        u8::try_from((digit(at)? << 4) | digit(at + 1)?).ok()
    }
}
