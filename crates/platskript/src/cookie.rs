//! What Python reads about the encoding of a file.

/// The encoding that the first two lines name, as Python counts lines there.
pub(crate) fn cookie(text: &str) -> Option<&str> {
    let mut lines = text.split(['\n', '\r']);
    let first = lines.next().unwrap_or_default();
    let second = if text[first.len()..].starts_with("\r\n") { lines.nth(1) } else { lines.next() };
    named(first).or_else(|| {
        let rest = first.trim_start_matches(BLANKS);
        if rest.is_empty() || rest.starts_with('#') { named(second?) } else { None }
    })
}

const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

fn named(line: &str) -> Option<&str> {
    let comment = line.trim_start_matches(BLANKS).strip_prefix('#')?;
    comment.match_indices("coding").find_map(|(at, word)| {
        let behind = comment[at + word.len()..].strip_prefix([':', '='])?;
        let name = behind.trim_start_matches(BLANKS);
        let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)).count();
        (length > 0).then(|| &name[..length])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(cookie("# coding: a"), Some("a"));
        assert_eq!(cookie("#!x\r\n # -*- coding=b-c -*-\n"), Some("b-c"));
        assert_eq!(cookie("\n# vim: set fileencoding= d :"), Some("d"));
        assert_eq!(cookie("x\n# coding: a"), None);
        assert_eq!(cookie("\n\n# coding: a"), None);
        assert_eq!(cookie("# coding a\u{2028}# coding: b"), Some("b"));
        assert_eq!(cookie("\u{2028}# coding: b"), None);
    }
}
