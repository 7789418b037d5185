//! Replies of a server (RFC 5321 §4.2), read from the bytes as they come.

use super::SmtpError;

/// The most bytes of one reply: the extensions of a server fit into a few lines.
const LONGEST: usize = 16 * 1024;

/// A whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The code.
    pub code: u16,
    /// The texts of its lines.
    pub lines: Vec<String>,
}

impl Reply {
    /// The first line without control characters, at most 200 characters, for the log.
    pub fn summary(&self) -> String {
        let line = self.lines.first().map(String::as_str).unwrap_or_default();
        line.chars().filter(|c| !c.is_control()).take(200).collect()
    }
}

/// The bytes that have come and are not read yet.
#[derive(Debug, Default)]
pub struct Replies {
    bytes: Vec<u8>,
}

impl Replies {
    /// Adds what has come.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether nothing is left to read.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next whole reply; `None` if more has to come first.
    pub fn take(&mut self) -> Result<Option<Reply>, SmtpError> {
        let mut lines = Vec::new();
        let mut rest = self.bytes.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            let line = line.trim_end_matches('\r');
            let (code, is_last, text) = split(line).ok_or(SmtpError::Malformed)?;
            if lines.first().is_some_and(|(first, _)| *first != code) {
                return Err(SmtpError::Malformed);
            }
            lines.push((code, text.to_owned()));
            if is_last {
                self.bytes = rest.to_vec();
                let lines = lines.into_iter().map(|(_, text)| text).collect();
                return Ok(Some(Reply { code, lines }));
            }
        }
        if self.bytes.len() > LONGEST { Err(SmtpError::Malformed) } else { Ok(None) }
    }
}

/// The code, whether the line is the last one, and the text: `250-SIZE`, `250 OK`, `250`.
fn split(line: &str) -> Option<(u16, bool, &str)> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    let is_last = match rest.chars().next() {
        None | Some(' ') => true,
        Some('-') => false,
        Some(_) => return None,
    };
    (200..600).contains(&code).then(|| (code, is_last, rest.get(1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_however_their_bytes_come() {
        let text =
            b"220 mail.example\r\n250-mail.example\r\n250-SIZE 100\r\n250 AUTH PLAIN\r\n250\r\n";
        for size in 1..text.len() {
            let mut replies = Replies::default();
            let mut read = Vec::new();
            for chunk in text.chunks(size) {
                replies.add(chunk);
                while let Some(reply) = replies.take().unwrap() {
                    read.push((reply.code, reply.lines.len()));
                }
            }
            assert_eq!(read, [(220, 1), (250, 3), (250, 1)]);
            assert!(replies.is_empty());
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for text in [
            "HTTP/1.1 400 Bad\r\n",
            "25\r\n",
            "250-a\r\n251 b\r\n",
            "999 x\r\n",
            "250x\r\n",
            "\r\n",
        ] {
            let mut replies = Replies::default();
            replies.add(text.as_bytes());
            assert_eq!(replies.take(), Err(SmtpError::Malformed), "{text}");
        }
        let mut replies = Replies::default();
        replies.add(&vec![b'2'; LONGEST + 1]);
        assert_eq!(replies.take(), Err(SmtpError::Malformed));
    }
}
