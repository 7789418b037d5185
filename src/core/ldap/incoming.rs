//! Splits a server's byte stream into messages, with limits.

use super::{
    LdapError, Message,
    ber::{self, BerError, SEQUENCE},
    message::MessageError,
};

/// Received bytes of an incomplete message.
#[derive(Debug)]
pub struct Incoming {
    bytes: Vec<u8>,
    largest: usize,
}

impl Incoming {
    /// Accepts messages of at most `largest` bytes.
    pub const fn new(largest: usize) -> Self {
        Self { bytes: Vec::new(), largest }
    }

    /// Adds received bytes and returns the complete messages. A message that announces an excessive
    /// length is refused by its header alone.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Message>, LdapError> {
        self.bytes.extend_from_slice(bytes);
        let mut messages = Vec::new();
        let mut start = 0;
        while let Some(size) = self.size(start)? {
            let Some(message) = self.bytes.get(start..start + size) else { break };
            messages.push(Message::decode(message).map_err(LdapError::Message)?);
            start += size;
        }
        self.bytes.drain(..start);
        Ok(messages)
    }

    /// The size of the message at `start`; `None` if its header is not complete.
    fn size(&self, start: usize) -> Result<Option<usize>, LdapError> {
        let malformed = |source| LdapError::Message(MessageError { part: "message", source });
        let rest = self.bytes.get(start..).unwrap_or_default();
        if let Some(found) = rest.first()
            && *found != SEQUENCE
        {
            return Err(malformed(BerError::Tag { expected: SEQUENCE, found: *found }));
        }
        let Some((_, head, length)) = ber::header(rest).map_err(malformed)? else {
            return Ok(None);
        };
        match head.checked_add(length) {
            Some(size) if size <= self.largest => Ok(Some(size)),
            _ => Err(LdapError::TooLarge { announced: length, limit: self.largest }),
        }
    }

    /// Whether no incomplete message is buffered.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}
