//! What a wheel has to be, as a table of rules, and what was found to break them.
//!
//! A rule is an error where installers, indexes or readers would disagree about the wheel or refuse it: such a wheel is not
//! changed. It is a warning where some tool complains and all install the same, and a note where a recommendation is not kept.

use std::fmt;

/// How much a broken rule matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A recommendation is not kept.
    Note,
    /// Some tool will complain, and all do the same with the wheel.
    Warning,
    /// The wheel is wrong.
    Error,
}

impl Severity {
    /// Its name, in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A broken rule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, such as `record-hash`.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The member or line that breaks it, if it is one.
    pub place: Option<String>,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(formatter, "`{place}`: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    errors: usize,
}

/// A hostile file breaks rules as often as it has bytes; nobody reads so many, and they need memory.
const MOST: usize = 10_000;

impl Findings {
    /// Notes that a rule is broken at a place.
    pub(crate) fn at(&mut self, rule: Rule, place: &str, message: impl Into<String>) {
        self.push(rule, rule.severity(), Some(place), &message.into());
    }

    /// Notes that the wheel as a whole breaks a rule.
    pub(crate) fn whole(&mut self, rule: Rule, message: impl Into<String>) {
        self.push(rule, rule.severity(), None, &message.into());
    }

    /// Notes that a rule is broken in a way that matters less than breaking it usually does.
    pub(crate) fn lesser(&mut self, rule: Rule, severity: Severity, place: Option<&str>, message: impl Into<String>) {
        self.push(rule, severity, place, &message.into());
    }

    fn push(&mut self, rule: Rule, severity: Severity, place: Option<&str>, message: &str) {
        self.errors += usize::from(severity == Severity::Error);
        if self.list.len() < MOST {
            // A name that is wrong may be long, and must not be able to move a terminal's cursor; messages have names in them.
            let place = place.map(shown);
            self.list.push(Finding { rule: rule.id(), severity, place, message: clean(message, 2000) });
        }
    }

    /// Takes what somebody else found, behind what was found so far.
    pub(crate) fn extend(&mut self, others: Self) {
        self.errors += others.errors;
        let room = MOST.saturating_sub(self.list.len());
        self.list.extend(others.list.into_iter().take(room));
    }

    /// How many of them are errors.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// All of them, in the order in which they were found.
    pub(crate) fn into_list(self) -> Vec<Finding> {
        self.list
    }
}

/// A name as it can be shown: what moves a cursor, turns letters around or cannot be seen is escaped, and the end of a long one
/// left out.
pub fn shown(name: &str) -> String {
    clean(name, 300)
}

/// A sentence as it can be shown: the same with all of it, as far as anybody reads.
pub fn printable(text: &str) -> String {
    clean(text, 10_000)
}

/// Whether a letter does something to those around it, or takes no room, so that a name may look like another one.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A text with such letters escaped, of which so many characters may be shown.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let escape = |text: &str| -> String {
        let mut shown = String::with_capacity(text.len());
        for letter in text.chars() {
            if is_hidden(letter) { shown.extend(letter.escape_default()) } else { shown.push(letter) }
        }
        shown
    };
    if text.chars().count() <= most {
        return escape(text);
    }
    let beginning: String = text.chars().take(most / 2).collect();
    format!("{}… ({} bytes)", escape(&beginning), text.len())
}

macro_rules! rules {
    ($($(#[$section:meta])* $name:ident, $id:literal, $severity:ident, $sentence:literal;)*) => {
        /// The rules, in the order in which they are checked.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $sentence] $name,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name, as findings have it.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// How much it matters when it is broken; some ways of breaking it matter less.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }

            /// What it asks for.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }
        }
    };
}

rules! {
    ZipEnd, "zip-end", Error, "The file is a ZIP archive: it ends with an end record.";
    ZipTrailing, "zip-trailing", Error, "Nothing comes after the end record.";
    ZipComment, "zip-comment", Error, "The archive has no comment, in which another archive could hide.";
    ZipDisks, "zip-disks", Error, "The archive is one file, not one of several.";
    Zip64, "zip64", Error, "The ZIP64 end record has no extensions, and says what the plain one says.";
    Zip64Needless, "zip64-needless", Warning, "ZIP64 records are there only where a number needs them.";
    ZipDirectory, "zip-directory", Error, "The central directory is where the end record says, whole, and directly before it.";
    ZipCount, "zip-count", Error, "The central directory has as many members as the end record says.";
    ZipLimit, "zip-limit", Error, "Members, sizes and compression ratios stay below the limits.";
    ZipPrefix, "zip-prefix", Error, "The first member begins at the first byte.";
    ZipGap, "zip-gap", Error, "There is nothing between members, such as one that the directory does not list.";
    ZipOverlap, "zip-overlap", Error, "No two members share bytes.";
    ZipLocal, "zip-local", Error, "Each member of the directory has a local header.";
    ZipHeaders, "zip-headers", Error, "Local and central headers say the same.";
    ZipDescriptor, "zip-descriptor", Warning, "Sizes stand in headers, not in data descriptors behind the data, which indexes refuse.";
    ZipDescriptorLies, "zip-descriptor-lies", Error, "A data descriptor is there if the flag says so, and says what the directory says.";
    ZipFlags, "zip-flags", Error, "No member has a flag that wheels have no use for.";
    ZipEncrypted, "zip-encrypted", Error, "No member is encrypted.";
    ZipMethod, "zip-method", Error, "Members are stored or deflated.";
    ZipSizes, "zip-sizes", Error, "A stored member has one size, and a directory none.";
    ZipMemberComment, "zip-member-comment", Error, "No member has a comment.";
    ZipExtra, "zip-extra", Error, "Extra fields are well formed, and none gives a member another name.";
    Zip64Extra, "zip64-extra", Error, "A ZIP64 extra field has exactly the numbers that do not fit into the header.";
    ZipType, "zip-type", Error, "Members are regular files and folders: no links, devices or set-user-ID programs.";
    ZipMode, "zip-mode", Error, "A file from a Unix system can be read by somebody.";
    ZipTime, "zip-time", Error, "Each member's time is a time.";
    ZipRatio, "zip-ratio", Warning, "A wheel of more than 64 MiB compresses at most to a fiftieth, or indexes take it for a bomb.";
    ZipTar, "zip-tar", Error, "The file is not a tar archive at the same time.";
    ZipOpinion, "zip-opinion", Error, "Another reader finds the same members.";
    ZipContent, "zip-content", Error, "Members can be decompressed, and come out as long and with the checksum that their headers say.";

    NameEncoding, "name-encoding", Error, "Names are UTF-8, and flagged as such where they are not ASCII.";
    NameEmpty, "name-empty", Error, "No name is empty.";
    NameAbsolute, "name-absolute", Error, "Names are relative, and have no drive.";
    NameParts, "name-parts", Error, "No part of a name is empty, `.` or `..`.";
    NameBackslash, "name-backslash", Error, "The parts of names are separated by `/`.";
    NameControl, "name-control", Error, "No name has a control character.";
    NameNfc, "name-nfc", Warning, "Names are in Unicode's composed form.";
    NameDuplicate, "name-duplicate", Error, "No two members have the same name.";
    NameCase, "name-case", Error, "No two names differ in case only, where file systems might not tell them apart.";
    NameFolder, "name-folder", Error, "Nothing is a file and a folder at the same time.";

    WheelFileName, "wheel-file-name", Error, "The file is named as a wheel: name, version, perhaps a build number, and three tags.";
    DistInfoMissing, "dist-info-missing", Error, "There is a `.dist-info` folder.";
    DistInfoMany, "dist-info-many", Error, "There is one `.dist-info` folder.";
    DistInfoName, "dist-info-name", Error, "The `.dist-info` folder is named after the file.";
    DistInfoLast, "dist-info-last", Note, "`.dist-info` comes last, and RECORD the very last.";
    DistInfoFiles, "dist-info-files", Warning, "`.dist-info` has nothing that only installers write.";

    RecordMissing, "record-missing", Error, "There is a RECORD.";
    RecordSyntax, "record-syntax", Error, "RECORD is UTF-8 and CSV, with three columns in each line.";
    RecordPath, "record-path", Error, "Paths in RECORD are names of members: relative, and with `/`.";
    RecordDuplicate, "record-duplicate", Error, "RECORD lists nothing twice.";
    RecordFolder, "record-folder", Error, "RECORD lists no folders.";
    RecordGhost, "record-ghost", Error, "What RECORD lists is there.";
    RecordUnlisted, "record-unlisted", Error, "What is there is listed in RECORD.";
    RecordItself, "record-itself", Error, "RECORD lists itself, without hash and size.";
    RecordSignature, "record-signature", Error, "RECORD does not list its signatures.";
    RecordHashForm, "record-hash-form", Error, "Each file has a hash, written as `algorithm=` and unpadded URL-safe base64.";
    RecordHashWeak, "record-hash-weak", Error, "Hashes are sha256, sha384 or sha512.";
    RecordSize, "record-size", Error, "Sizes in RECORD are those of the files.";
    RecordHash, "record-hash", Error, "Hashes in RECORD are those of the files.";
    Signature, "signature", Warning, "The wheel is not signed in the way that was given up: a change makes the signature wrong.";

    WheelMissing, "wheel-missing", Error, "There is a WHEEL file.";
    WheelSyntax, "wheel-syntax", Error, "WHEEL has one value each for Wheel-Version and Root-Is-Purelib.";
    WheelVersion, "wheel-version", Error, "Wheel-Version is 1.0, or another 1 that old installers warn of.";
    WheelTags, "wheel-tags", Error, "WHEEL has the tags of the file name.";
    WheelTagsCompressed, "wheel-tags-compressed", Warning, "WHEEL has a line for each tag.";
    WheelBuild, "wheel-build", Warning, "WHEEL has the build number of the file name.";
    MetadataMissing, "metadata-missing", Error, "There is a METADATA file.";
    MetadataName, "metadata-name", Error, "METADATA has the name and the version of the file name.";
    MetadataLicense, "metadata-license", Warning, "Each License-File of METADATA is in `.dist-info/licenses`.";
    EntryPoints, "entry-points", Warning, "`entry_points.txt` is UTF-8, and its names have letters, digits and `_.-` alone.";
    DataScheme, "data-scheme", Error, "`.data` has folders named purelib, platlib, headers, scripts and data, and nothing else.";
    InstalledTwice, "installed-twice", Error, "No two members are installed in the same place.";
    DataName, "data-name", Error, "Nothing at the top has a name that ends in `.data`, but for the folder that is named as `.dist-info` is.";
    ScriptsFlat, "scripts-flat", Error, "`.data/scripts` has files, and no folders.";
    Bytecode, "bytecode", Warning, "There is no compiled bytecode.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_rule_has_a_name_and_a_sentence_of_its_own() {
        let ids: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        let sentences: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.sentence()).collect();
        assert_eq!((ids.len(), sentences.len()), (Rule::ALL.len(), Rule::ALL.len()));
        for rule in Rule::ALL {
            assert!(rule.id().bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{}", rule.id());
            assert!(rule.sentence().ends_with('.'), "{}", rule.sentence());
        }
    }

    #[test]
    fn what_is_shown_cannot_move_a_cursor() {
        assert_eq!(shown("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(shown("grün"), "grün");
        assert_eq!(shown("a\u{202e}b\u{200b}\u{feff}"), "a\\u{202e}b\\u{200b}\\u{feff}");
        assert!(shown(&"x".repeat(60_000)).len() < 400);
        let mut findings = Findings::default();
        findings.whole(Rule::DistInfoMany, "there is `a\u{1b}[2J.dist-info`, too");
        assert_eq!(findings.into_list()[0].message, "there is `a\\u{1b}[2J.dist-info`, too");
    }
}
