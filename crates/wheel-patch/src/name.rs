//! Names of members.
//!
//! Readers differ in what they make of a name that is not plain: some cut it at a NUL, some take `..` out, some put
//! `\` for `/`. So there is one kind of name, which means the same to all of them, and everything else is refused.

use std::{borrow::Cow, collections::hash_map::Entry, fmt, str::FromStr};

use foldhash::{HashMap, HashMapExt as _, HashSet};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::Rule;

/// The longest name that a ZIP archive can hold.
const LONGEST: usize = 65_535;

/// A name that all readers understand alike: relative, with `/` between parts none of which is empty, `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberName(Box<str>);

impl fmt::Display for MemberName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for MemberName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::parse(name)
    }
}

/// Why something is no name of a member. The message completes "the name …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing.
    #[error("is empty")]
    Empty,
    /// It begins with `/`.
    #[error("is absolute")]
    Absolute,
    /// It begins with a letter and `:`.
    #[error("has a drive")]
    Drive,
    /// A part is empty, `.` or `..`.
    #[error("has a part that is empty, `.` or `..`")]
    Part,
    /// There is a `\`.
    #[error("has a backslash")]
    Backslash,
    /// There is a character below the space, or DEL.
    #[error("has a control character")]
    Control,
    /// It has bytes that are no text.
    #[error("is not UTF-8")]
    NotUtf8,
    /// It could be written with other bytes and look the same.
    #[error("is not in Unicode's composed form (NFC)")]
    NotComposed,
    /// It has more bytes than the format allows.
    #[error("is longer than 65535 bytes")]
    TooLong,
}

impl NameError {
    /// The rule that such a name breaks.
    pub(crate) fn rule(self) -> Rule {
        match self {
            Self::Empty => Rule::NameEmpty,
            Self::NotUtf8 => Rule::NameEncoding,
            Self::Absolute | Self::Drive => Rule::NameAbsolute,
            Self::Part | Self::TooLong => Rule::NameParts,
            Self::Backslash => Rule::NameBackslash,
            Self::Control => Rule::NameControl,
            Self::NotComposed => Rule::NameNfc,
        }
    }
}

impl MemberName {
    /// A name for a new member. Ones that are there already may also be in another form than NFC.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong with it.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        check(name)?;
        if is_nfc(name) { Ok(Self(name.into())) } else { Err(NameError::NotComposed) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the name of a file means the same everywhere.
pub(crate) fn check(name: &str) -> Result<(), NameError> {
    let bytes = name.as_bytes();
    match bytes {
        [] => return Err(NameError::Empty),
        [b'/', ..] => return Err(NameError::Absolute),
        [letter, b':', ..] if letter.is_ascii_alphabetic() => return Err(NameError::Drive),
        _ => {}
    }
    if bytes.len() > LONGEST {
        return Err(NameError::TooLong);
    }
    // In one pass, since there are many names and nothing is wrong with nearly all of them.
    let (mut is_plain, mut part) = (true, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            0..0x20 | 0x7f => return Err(NameError::Control),
            b'\\' => is_plain = false,
            b'/' => {
                is_plain &= is_part(&bytes[part..at]);
                part = at + 1;
            }
            _ => {}
        }
    }
    is_plain &= is_part(&bytes[part..]);
    match is_plain {
        true => Ok(()),
        false if bytes.contains(&b'\\') => Err(NameError::Backslash),
        false => Err(NameError::Part),
    }
}

/// Whether a part of a name leads to itself and nowhere else.
fn is_part(part: &[u8]) -> bool {
    !matches!(part, b"" | b"." | b"..")
}

/// Whether a name is in Unicode's composed form.
pub(crate) fn is_composed(name: &str) -> bool {
    name.is_ascii() || is_nfc(name)
}

/// What names have in common that a file system might not tell apart: neither case nor composition count.
pub(crate) fn folded(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        let is_small = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        return if is_small { Cow::Borrowed(name) } else { Cow::Owned(name.to_ascii_lowercase()) };
    }
    // There and back, since some letters have several small forms (ς and σ) and some one large form (ß and SS).
    let large: String = name.nfc().collect::<String>().to_uppercase();
    Cow::Owned(large.to_lowercase().nfc().collect())
}

/// The spellings of names and folders, to find two that a file system might not tell apart.
#[derive(Debug, Default)]
pub(crate) struct Spellings<'a> {
    folded: HashMap<Cow<'a, str>, &'a str>,
    /// Those that clash with an earlier one, which is told once.
    told: HashSet<&'a str>,
    folders: FurtherFolders<'a>,
}

impl<'a> Spellings<'a> {
    /// Room for so many names.
    pub(crate) fn with_capacity(names: usize) -> Self {
        Self { folded: HashMap::with_capacity(names), ..Self::default() }
    }

    /// Adds a name and the folders that it is in. The first of them that clashes, and with what.
    pub(crate) fn add(&mut self, name: &'a str) -> Option<(&'a str, &'a str)> {
        let mut clash = None;
        for part in self.folders.of(name).chain([name]) {
            match self.folded.entry(folded(part)) {
                Entry::Occupied(other) if *other.get() != part && self.told.insert(part) => {
                    clash = clash.or(Some((part, *other.get())));
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(place) => {
                    place.insert(part);
                }
            }
        }
        clash
    }
}

/// The folders that a name is in, the outermost first.
pub(crate) fn folders(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(end, _)| &name[..end])
}

/// Whether a name is in no folder.
fn is_file(name: &str) -> bool {
    !name.bytes().any(|byte| byte == b'/')
}

/// The folders that names are in, without those of the name before, which are the same for most members of an archive.
#[derive(Debug, Default)]
pub(crate) struct FurtherFolders<'a> {
    last: &'a str,
}

impl<'a> FurtherFolders<'a> {
    /// The folders that a name is in and the last one is not, the outermost first.
    pub(crate) fn of(&mut self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let last = self.last;
        let has_same = name.strip_prefix(last).and_then(|rest| rest.strip_prefix('/')).is_some_and(is_file);
        let folder = if has_same { last } else { name.rfind('/').map_or("", |end| &name[..end]) };
        self.last = folder;
        let is_known =
            move |outer: &&str| last.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let name = if folder == last { "" } else { name };
        folders(name).filter(move |outer| !is_known(outer))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_are_none() {
        let wrong = |name: &str, error: NameError| assert_eq!(MemberName::parse(name), Err(error), "{name:?}");
        wrong("", NameError::Empty);
        wrong("/", NameError::Absolute);
        wrong("/etc/x", NameError::Absolute);
        for name in ["C:/x", "c:x", "C:"] {
            wrong(name, NameError::Drive);
        }
        for name in ["..", "../x", "a/../b", "a/./b", ".", "a//b", "a/", "a/.."] {
            wrong(name, NameError::Part);
        }
        for name in ["a\\b", "..\\..\\x", "\\\\server\\x"] {
            wrong(name, NameError::Backslash);
        }
        for name in ["a\0.py", "a\nb", "\u{7f}", "a\u{1f}"] {
            wrong(name, NameError::Control);
        }
        wrong("gru\u{308}n", NameError::NotComposed);
        wrong(&"x".repeat(65_536), NameError::TooLong);
    }

    #[test]
    fn names_that_are_odd_and_right() {
        for name in
            ["a", "a,b", "a\"b", " ", "...", "..a", "ab:c/d", "grün/日本", "-", "a b/c.d-e", &"x".repeat(65_535)]
        {
            assert_eq!(MemberName::parse(name).unwrap().as_str(), name);
            assert_eq!(name.parse::<MemberName>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn names_that_some_file_systems_take_for_one() {
        for (one, other) in [("Mod.py", "mod.py"), ("gru\u{308}n", "GRÜN"), ("straße", "STRASSE"), ("ς", "Σ")] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("a"), folded("b"));
        assert_eq!(folders("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
    }

    #[test]
    fn spellings_that_clash_are_told_once() {
        let mut spellings = Spellings::with_capacity(8);
        let told: Vec<_> = ["a/b", "a/c", "A/b", "A/c", "a/b", "a/B", "A"].map(|name| spellings.add(name)).into();
        assert_eq!(told, [None, None, Some(("A", "a")), Some(("A/c", "a/c")), None, Some(("a/B", "a/b")), None]);
    }

    #[test]
    fn folders_of_the_name_before_are_left_out() {
        let mut further = FurtherFolders::default();
        for (name, expected) in [
            ("a/b/c", &["a", "a/b"][..]),
            ("a/b/d", &[]),
            ("a/bc/d/e", &["a/bc", "a/bc/d"]),
            ("a/bc/x", &[]),
            ("x", &[]),
            ("a/x", &["a"]),
            ("a/deep/er/y", &["a/deep", "a/deep/er"]),
        ] {
            assert_eq!(further.of(name).collect::<Vec<_>>(), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_stays_below_its_folder(name in "\\PC{0,12}|[a./\\\\:]{0,8}") {
            if MemberName::parse(&name).is_ok() {
                let path = std::path::Path::new(&name);
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
                prop_assert_eq!(path.components().count(), name.split('/').count());
            }
        }
    }
}
