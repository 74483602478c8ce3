//! Names, and what they are called in Python.

use std::borrow::Cow;

use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::UnicodeNormalization as _;

/// A name as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name<'s> {
    /// How it is written, in Python's normal form.
    pub(crate) written: Cow<'s, str>,
    /// What it is called in Python: hyphens are underscores there, and a word that Python keeps for itself gets one at its end.
    pub(crate) python: Cow<'s, str>,
    /// Where it begins.
    pub(crate) at: usize,
    /// How many bytes it has there.
    pub(crate) length: usize,
}

/// The words that Python keeps for itself, without its three constants.
const KEYWORDS: &[&str] = &[
    "__debug__",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
];

/// Values that cannot be names.
pub(crate) const CONSTANTS: &[&str] = &["False", "None", "True"];

impl<'s> Name<'s> {
    /// Reads a name; there is none where a character is not for names.
    pub(crate) fn read(written: &'s str, at: usize) -> Option<Self> {
        let bytes = written.as_bytes();
        let first = *bytes.first()?;
        if written.is_ascii() {
            if !(first.is_ascii_alphabetic() || first == b'_') {
                return None;
            }
            if !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
                return None;
            }
            return Some(Self { written: Cow::Borrowed(written), python: python(written), at, length: written.len() });
        }
        let plain: String = written.nfkc().collect();
        let fits = |text: &str| {
            let mut letters = text.chars();
            let is_old = |letter: char| !is_young(letter);
            letters.next().is_some_and(|letter| letter == '_' || is_xid_start(letter) && is_old(letter))
                && letters.all(|letter| letter == '-' || is_xid_continue(letter) && is_old(letter))
        };
        if !fits(written) || !fits(&plain) {
            return None;
        }
        Some(Self {
            python: Cow::Owned(python(&plain).into_owned()),
            written: Cow::Owned(plain),
            at,
            length: written.len(),
        })
    }
}

/// Whether a word begins like a name.
pub(crate) fn begins_name(letter: char) -> bool {
    letter == '_' || is_xid_start(letter)
}

/// Whether a word can be written in a name.
pub(crate) fn continues_name(letter: char) -> bool {
    is_xid_continue(letter)
}

fn python(plain: &str) -> Cow<'_, str> {
    if KEYWORDS.binary_search(&plain).is_ok() {
        Cow::Owned(format!("{plain}_"))
    } else if plain.contains('-') {
        let name = plain.replace('-', "_");
        if KEYWORDS.binary_search(&name.as_str()).is_ok() { Cow::Owned(format!("{name}_")) } else { Cow::Owned(name) }
    } else {
        Cow::Borrowed(plain)
    }
}

/// Whether a character came into names after Unicode 13, which is what the oldest supported Python knows.
fn is_young(letter: char) -> bool {
    let place = YOUNG.partition_point(|(_, last)| *last < u32::from(letter));
    YOUNG.get(place).is_some_and(|(first, _)| *first <= u32::from(letter))
}

/// What the tables of this crate's dependency have in names and Unicode 13 has not, as ranges with both ends.
const YOUNG: &[(u32, u32)] = &[
    (0x0558, 0x0558),
    (0x058b, 0x058c),
    (0x05c8, 0x05c9),
    (0x0870, 0x0887),
    (0x0889, 0x088f),
    (0x0897, 0x089f),
    (0x08b5, 0x08b5),
    (0x08c8, 0x08d2),
    (0x0b53, 0x0b54),
    (0x0c3c, 0x0c3c),
    (0x0c5c, 0x0c5d),
    (0x0cdc, 0x0cdd),
    (0x0cf3, 0x0cf3),
    (0x0ece, 0x0ece),
    (0x170d, 0x170d),
    (0x1715, 0x1715),
    (0x171f, 0x171f),
    (0x180f, 0x180f),
    (0x1ac1, 0x1af0),
    (0x1b4c, 0x1b4c),
    (0x1c89, 0x1c8a),
    (0x1dfa, 0x1dfa),
    (0x200c, 0x200d),
    (0x208f, 0x208f),
    (0x209d, 0x209f),
    (0x2c2f, 0x2c2f),
    (0x2c5f, 0x2c5f),
    (0x30fb, 0x30fb),
    (0x9ffd, 0x9fff),
    (0xa7c0, 0xa7c1),
    (0xa7cb, 0xa7dd),
    (0xa7e2, 0xa7e2),
    (0xa7f1, 0xa7f4),
    (0xab6c, 0xab6d),
    (0xff65, 0xff65),
    (0x1_0570, 0x1_057a),
    (0x1_057c, 0x1_058a),
    (0x1_058c, 0x1_0592),
    (0x1_0594, 0x1_0595),
    (0x1_0597, 0x1_05a1),
    (0x1_05a3, 0x1_05b1),
    (0x1_05b3, 0x1_05b9),
    (0x1_05bb, 0x1_05bc),
    (0x1_05c0, 0x1_05f3),
    (0x1_0780, 0x1_0785),
    (0x1_0787, 0x1_07b0),
    (0x1_07b2, 0x1_07bf),
    (0x1_0940, 0x1_0959),
    (0x1_0d40, 0x1_0d65),
    (0x1_0d69, 0x1_0d6d),
    (0x1_0d6f, 0x1_0d85),
    (0x1_0ec2, 0x1_0ec7),
    (0x1_0ecb, 0x1_0ecf),
    (0x1_0ed9, 0x1_0eee),
    (0x1_0ef0, 0x1_0eff),
    (0x1_0f70, 0x1_0f85),
    (0x1_1070, 0x1_1075),
    (0x1_10c2, 0x1_10c2),
    (0x1_123f, 0x1_1241),
    (0x1_1380, 0x1_1389),
    (0x1_138b, 0x1_138b),
    (0x1_138e, 0x1_138e),
    (0x1_1390, 0x1_13b5),
    (0x1_13b7, 0x1_13c0),
    (0x1_13c2, 0x1_13c2),
    (0x1_13c5, 0x1_13c5),
    (0x1_13c7, 0x1_13ca),
    (0x1_13cc, 0x1_13d3),
    (0x1_13e1, 0x1_13e2),
    (0x1_16d0, 0x1_16e3),
    (0x1_1740, 0x1_1746),
    (0x1_1ab0, 0x1_1abf),
    (0x1_1b0a, 0x1_1b0a),
    (0x1_1b60, 0x1_1b67),
    (0x1_1bc0, 0x1_1be0),
    (0x1_1bf0, 0x1_1bf9),
    (0x1_1db0, 0x1_1ddb),
    (0x1_1de0, 0x1_1de9),
    (0x1_1df0, 0x1_1df1),
    (0x1_1f00, 0x1_1f10),
    (0x1_1f12, 0x1_1f3a),
    (0x1_1f3e, 0x1_1f42),
    (0x1_1f50, 0x1_1f5a),
    (0x1_246f, 0x1_246f),
    (0x1_2475, 0x1_247f),
    (0x1_2550, 0x1_2686),
    (0x1_2f90, 0x1_2ff0),
    (0x1_342f, 0x1_342f),
    (0x1_3440, 0x1_3455),
    (0x1_3460, 0x1_43fa),
    (0x1_6100, 0x1_6139),
    (0x1_6a70, 0x1_6abe),
    (0x1_6ac0, 0x1_6ac9),
    (0x1_6d40, 0x1_6d6c),
    (0x1_6d70, 0x1_6d79),
    (0x1_6ea0, 0x1_6eb8),
    (0x1_6ebb, 0x1_6ed3),
    (0x1_6ff2, 0x1_6ff6),
    (0x1_87f8, 0x1_87ff),
    (0x1_8cd6, 0x1_8cda),
    (0x1_8cff, 0x1_8cff),
    (0x1_8d09, 0x1_8d20),
    (0x1_8d80, 0x1_8df2),
    (0x1_8e00, 0x1_9191),
    (0x1_91a0, 0x1_91d2),
    (0x1_aff0, 0x1_aff3),
    (0x1_aff5, 0x1_affb),
    (0x1_affd, 0x1_affe),
    (0x1_b11f, 0x1_b128),
    (0x1_b132, 0x1_b132),
    (0x1_b155, 0x1_b155),
    (0x1_b168, 0x1_b168),
    (0x1_ccf0, 0x1_ccf9),
    (0x1_cf00, 0x1_cf2d),
    (0x1_cf30, 0x1_cf46),
    (0x1_d127, 0x1_d128),
    (0x1_d250, 0x1_d252),
    (0x1_d25b, 0x1_d25c),
    (0x1_d25f, 0x1_d25f),
    (0x1_d280, 0x1_d281),
    (0x1_d6a6, 0x1_d6a6),
    (0x1_df00, 0x1_df81),
    (0x1_df90, 0x1_df96),
    (0x1_dfcd, 0x1_dfff),
    (0x1_e030, 0x1_e06d),
    (0x1_e08f, 0x1_e08f),
    (0x1_e290, 0x1_e2ae),
    (0x1_e4d0, 0x1_e4f9),
    (0x1_e5d0, 0x1_e5fa),
    (0x1_e6c0, 0x1_e6de),
    (0x1_e6e0, 0x1_e6f5),
    (0x1_e6fe, 0x1_e6ff),
    (0x1_e7e0, 0x1_e7e6),
    (0x1_e7e8, 0x1_e7eb),
    (0x1_e7ed, 0x1_e7ee),
    (0x1_e7f0, 0x1_e7fe),
    (0x2_a6de, 0x2_a6df),
    (0x2_b735, 0x2_b73f),
    (0x2_b81e, 0x2_b81e),
    (0x2_cea2, 0x2_cead),
    (0x2_ebf0, 0x2_ee5d),
    (0x3_1350, 0x3_3479),
    (0x3_d000, 0x3_fc3f),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expected: Option<&str>) {
        assert_eq!(Name::read(written, 0).map(|name| name.python.into_owned()).as_deref(), expected, "{written}");
    }

    #[test]
    fn names_of_python() {
        check("naam", Some("naam"));
        check("is", Some("is_"));
        check("mijn-naam", Some("mijn_naam"));
        check("a-", Some("a_"));
        check("één", Some("één"));
        check("e\u{301}", Some("é"));
        check("ªb", Some("ab"));
        check("ﬁnally", Some("finally_"));
        check("__debug__", Some("__debug___"));
        check("--debug--", None);
        check("__debug--", Some("__debug___"));
        for none in ["", "-a", "5x", "a!", "foto's", "a.b", "🇧🇪", "\u{200b}a", "a\u{a7cb}", "a(b)", "²"] {
            check(none, None);
        }
    }

    #[test]
    fn tables_are_sorted() {
        assert!(KEYWORDS.is_sorted());
        assert!(YOUNG.is_sorted_by(|one, other| one.1 < other.0));
    }
}
