//! From the bytes of a file to its lines, as each version reads them.

use std::path::PathBuf;

use crate::version::Version;

/// The encoding of the locale that an interpreter starts in.
///
/// Those that matter on Linux: with `C` and `POSIX` an interpreter takes UTF-8 unless it is told not to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Locale {
    /// UTF-8, what nearly everybody has.
    #[default]
    Utf8,
    /// ISO 8859-1.
    Latin1,
    /// ASCII: `C` with `PYTHONUTF8=0` and `PYTHONCOERCECLOCALE=0`.
    Ascii,
}

/// What was read of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) lines: Vec<String>,
    /// Whether something behind these lines cannot be decoded, at which the interpreter gives up.
    pub(crate) ends_badly: bool,
}

/// How much of a file an old interpreter decodes at a time.
const CHUNK: usize = 8192;

impl Locale {
    /// The file that a text names, if it can name one.
    pub(crate) fn path(self, text: &str) -> Option<PathBuf> {
        use std::os::unix::ffi::OsStringExt as _;
        let bytes = match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Latin1 => text.chars().map(|letter| u8::try_from(letter).ok()).collect::<Option<_>>()?,
            Self::Ascii if text.is_ascii() => text.as_bytes().to_vec(),
            Self::Ascii => return None,
        };
        Some(std::ffi::OsString::from_vec(bytes).into())
    }

    /// All the text, or what comes before the first byte that shows it to be none, with the place of that byte.
    fn decode(self, bytes: &[u8]) -> (String, Option<usize>) {
        match self {
            Self::Utf8 => match str::from_utf8(bytes) {
                Ok(text) => (text.to_owned(), None),
                Err(error) => {
                    let valid = error.valid_up_to();
                    let text = String::from_utf8_lossy(&bytes[..valid]).into_owned();
                    (text, Some(error.error_len().map_or(bytes.len(), |length| valid + shown_by(bytes[valid], length))))
                }
            },
            Self::Latin1 => (bytes.iter().copied().map(char::from).collect(), None),
            Self::Ascii => {
                let valid = bytes.iter().position(|byte| !byte.is_ascii());
                (bytes[..valid.unwrap_or(bytes.len())].iter().copied().map(char::from).collect(), valid)
            }
        }
    }
}

/// How many bytes after the first bad one the decoder knows it: at once if nothing begins with it, else at the first that does not continue it.
fn shown_by(first: u8, length: usize) -> usize {
    if matches!(first, 0x80..=0xC1 | 0xF5..) { 0 } else { length }
}

/// The lines of a `.pth` file; nothing if it is no text for this interpreter, and the interpreter bears it.
pub(crate) fn pth(bytes: &[u8], version: Version, locale: Locale) -> Option<Lines> {
    if !version.prefers_utf8() {
        return Some(in_chunks(bytes, locale));
    }
    if let Some(lines) = start(bytes) {
        return Some(lines);
    }
    if !version.falls_back() {
        return None;
    }
    match locale.decode(bytes) {
        (text, None) => Some(Lines { lines: split_all(&text), ends_badly: false }),
        (_, Some(_)) => Some(Lines { lines: Vec::new(), ends_badly: true }),
    }
}

/// The lines of a `.start` file, or nothing if it is not UTF-8.
pub(crate) fn start(bytes: &[u8]) -> Option<Lines> {
    let text = str::from_utf8(bytes).ok()?;
    Some(Lines { lines: split_all(text.strip_prefix('\u{feff}').unwrap_or(text)), ends_badly: false })
}

/// What an interpreter reads that decodes chunk by chunk, and handles each line as soon as it has it: the lines before a bad chunk count.
fn in_chunks(bytes: &[u8], locale: Locale) -> Lines {
    let (text, bad) = locale.decode(bytes);
    let Some(bad) = bad else { return Lines { lines: split_newlines(&text), ends_badly: false } };
    // What is only known to be incomplete at the end of the file is read as far as it goes.
    let read = if bad == bytes.len() { bytes.len() } else { bad / CHUNK * CHUNK };
    let (before, _) = locale.decode(&bytes[..read]);
    let mut complete = before.as_str();
    // A line is complete when its end was read; of a carriage return at the end of a chunk nobody knows whether a newline follows.
    if let Some(without) = complete.strip_suffix('\r') {
        complete = without;
    }
    let end = complete.rfind(['\n', '\r']).map_or(0, |place| place + 1);
    Lines { lines: split_newlines(&complete[..end]), ends_badly: true }
}

/// Universal newlines.
fn split_newlines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.split_terminator('\n').map(str::to_owned).collect()
}

/// `str.splitlines`.
fn split_all(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").split_terminator(is_line_end).map(str::to_owned).collect()
}

/// What `str.splitlines` ends a line at.
pub(crate) fn is_line_end(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What `str.strip` strips.
pub(crate) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], version: u8, lines: &[&str], ends_badly: bool) {
        let read = pth(bytes, Version::of(version), Locale::Utf8).unwrap();
        assert_eq!(
            (read.lines.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), read.ends_badly),
            (lines, ends_badly)
        );
    }

    #[test]
    fn lines_end_differently() {
        check(b"a\r\nb\rc\nd", 12, &["a", "b", "c", "d"], false);
        check(b"a\r\nb\rc\nd", 13, &["a", "b", "c", "d"], false);
        check("a\u{c}b\u{2028}c\n\n".as_bytes(), 12, &["a\u{c}b\u{2028}c", ""], false);
        check("a\u{c}b\u{2028}c\n\n".as_bytes(), 13, &["a", "b", "c", ""], false);
        check(b"", 13, &[], false);
    }

    #[test]
    fn a_mark_at_the_beginning() {
        check(b"\xef\xbb\xbfa", 12, &["\u{feff}a"], false);
        check(b"\xef\xbb\xbfa", 13, &["a"], false);
    }

    #[test]
    fn what_is_not_utf8() {
        // Seen at once, so nothing of the chunk counts; seen at the end, so all lines before it do.
        check(b"a\n\xff\nb\n", 12, &[], true);
        check(b"a\nb\xc3", 12, &["a"], true);
        check(b"a\nb\xc3\n", 12, &[], true);
        check(b"a\nb\xc3", 13, &[], true);
        let mut long = b"x\n".repeat(CHUNK / 2);
        long.push(0xff);
        assert_eq!(in_chunks(&long, Locale::Utf8).lines.len(), CHUNK / 2);
        assert_eq!(pth(b"\xff", Version::of(20), Locale::Utf8), None);
        let fallen_back = pth(b"\xe4", Version::of(19), Locale::Latin1).unwrap();
        assert_eq!((fallen_back.lines, fallen_back.ends_badly), (vec!["ä".to_owned()], false));
        assert_eq!(start(b"\xff"), None);
    }
}
