//! Source text in its one spelling.

use fingerprint::Digest;

use crate::Error;

/// Cython source as it is compiled, kept and digested: UTF-8 without a byte order mark, lines that end in LF, one newline at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    text: String,
    digest: Digest,
}

impl Source {
    /// Brings bytes into that form. Tabs and all else stay.
    ///
    /// # Errors
    /// [`Error::NotUtf8`] and [`Error::NulByte`] name the line.
    pub fn normalise(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let line_of = |offset: usize| bytes[..offset].split(|&byte| byte == b'\n').count();
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let offset = error.valid_up_to();
            Error::NotUtf8 { line: line_of(offset), byte: bytes[offset] }
        })?;
        if let Some(offset) = text.find('\0') {
            return Err(Error::NulByte { line: line_of(offset) });
        }
        // Most have none, and are not looked at for each of the two.
        let mut text =
            if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
        text.truncate(text.trim_end_matches('\n').len());
        text.push('\n');
        Ok(Self { digest: Digest::of(text.as_bytes()), text })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The digest of the text.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// A line by its number, counted from 1.
    pub fn line(&self, number: usize) -> Option<&str> {
        self.text.lines().nth(number.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        let check = |bytes: &[u8], text: &str| assert_eq!(Source::normalise(bytes).unwrap().text(), text);
        check(b"a\n", "a\n");
        check(b"a", "a\n");
        check(b"a\n\n\n", "a\n");
        check(b"\xef\xbb\xbfa\r\n\tb\rc", "a\n\tb\nc\n");
        check(b"", "\n");
        assert_eq!(Source::normalise(b"a\r\n").unwrap().digest(), Source::normalise(b"a").unwrap().digest());
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        let check =
            |bytes: &[u8], message: &str| assert_eq!(Source::normalise(bytes).unwrap_err().to_string(), message);
        check(b"x = 1\ny = '\xe9'\n", "the source is not UTF-8: byte 0xe9 on line 2");
        check(b"x = 1\n\n\0", "the source has a NUL byte on line 3");
    }
}
