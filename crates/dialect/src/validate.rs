//! What is wrong with a folder of packs.
//!
//! The engine stops at the first fault of a pack that is asked for. Here everything is read, and what the engine could do is asked as well: whether a
//! rule ever does something, and whether the rules come to rest.
//!
//! | rule | severity | what is wrong |
//! |---|---|---|
//! | `json`, `type`, `missing-key`, `unknown-key`, `duplicate-key`, `choice`, `form` | error | the file is not what its schema says |
//! | `unreadable` | error | the system does not let us read a file |
//! | `pattern` | error | a pattern cannot be compiled, or not be run in linear time |
//! | `broad-pattern` | error | a pattern catches what nobody meant |
//! | `duplicate-id`, `other-id`, `leads-out`, `no-file` | error | index and files do not belong together |
//! | `not-in-index` | error | a file in `packs` that no entry names |
//! | `other-label`, `other-inherits` | error | index and pack disagree |
//! | `unknown-parent`, `circle` | error | a pack inherits what it cannot |
//! | `protected` | error | a rule looks for a term that is protected, so that it never does anything |
//! | `duplicate` | error | two rules of a pack look for the same |
//! | `shadowed` | error | an earlier rule has changed what a rule looks for |
//! | `no-effect` | error | a rule puts in what it takes out, or never fires |
//! | `no-rest` | error | a second transform would change what the first one made |
//! | `private-use` | error | a character that means nothing outside of one program |
//! | `blanks` | warning | blanks at the edge of a word, or several of them |
//! | `duplicate-term` | warning | a term is protected twice by one pack |
//! | `same-as-parents` | warning | a pack without a rule of its own, apart from those that inherit nothing |

mod chain;
mod own;
mod rest;

use std::collections::HashSet;
use std::path::Path;

use crate::error::{Error, Place};
use crate::index::{self, INDEX, PACKS};
use crate::packs::Packs;
use crate::reader::{Need, Reader};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pack cannot be used, or a rule can never do what it says.
    Error,
    /// Nothing breaks, and somebody probably meant something else.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the rule that is broken.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// File and key, such as `packs/vlaams__gent.json: rules[2].to`.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// Checks a whole folder: the index, every pack, and what the packs do together.
///
/// The findings are in the order of the index. The rules are listed in the source of this module.
///
/// # Errors
///
/// Fails only where the folder itself cannot be read; what is in it becomes findings.
pub fn validate(folder: &Path) -> Result<Vec<Finding>, Error> {
    let mut findings = Findings::default();
    let mut reader = Reader::new(INDEX);
    let bytes = fs_err::read(folder.join(INDEX)).map_err(|source| Error::Io { action: "read packs", source })?;
    let entries = reader.parse(&bytes).map(|json| index::read(&mut reader, &json, Need::Required)).unwrap_or_default();
    reader.faults.iter().for_each(|fault| findings.fault(fault, INDEX));
    let packs = Packs::new(folder, entries);
    strays(folder, &packs, &mut findings)?;
    for (number, entry) in packs.entries().iter().enumerate() {
        match packs.read_pack(number, Need::Required) {
            Err(error) => findings.fault(&error, &entry.path()),
            Ok((reader, pack)) => {
                reader.faults.iter().for_each(|fault| findings.fault(fault, &entry.path()));
                if let Some(pack) = pack {
                    own::check(entry, packs.key(number), &pack, &mut findings);
                }
            }
        }
        match packs.dialect(&entry.id) {
            Err(error) => findings.fault(&error, &entry.path()),
            Ok(dialect) => {
                chain::check(&dialect, &entry.path(), &mut findings);
                rest::check(&dialect, &entry.path(), &mut findings)?;
            }
        }
    }
    Ok(findings.found)
}

/// Files of packs that nobody can ask for.
fn strays(folder: &Path, packs: &Packs, findings: &mut Findings) -> Result<(), Error> {
    let known: HashSet<String> = packs.entries().iter().map(index::Entry::path).collect();
    let below = folder.join(PACKS);
    if !below.is_dir() {
        return Ok(());
    }
    let unreadable = |source| Error::Io { action: "list the packs", source };
    let mut names = Vec::new();
    for file in fs_err::read_dir(&below).map_err(unreadable)? {
        names.push(file.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    for name in names.into_iter().filter(|name| Path::new(name).extension().is_some_and(|it| it == "json")) {
        let file = format!("{PACKS}/{name}");
        if !known.contains(&file) {
            let message = "no entry of index.json names this file".to_owned();
            findings.error("not-in-index", &Place { file, key: String::new() }, message);
        }
    }
    Ok(())
}

/// What was found, each once.
#[derive(Debug, Default)]
struct Findings {
    found: Vec<Finding>,
    circles: HashSet<Vec<String>>,
}

impl Findings {
    fn error(&mut self, rule: &'static str, place: &Place, message: String) {
        self.add(rule, Severity::Error, place, message);
    }

    fn warning(&mut self, rule: &'static str, place: &Place, message: String) {
        self.add(rule, Severity::Warning, place, message);
    }

    fn add(&mut self, rule: &'static str, severity: Severity, place: &Place, message: String) {
        let Place { file, key } = place;
        let place = if key.is_empty() { file.clone() } else { format!("{file}: {key}") };
        if !self.found.iter().any(|it| it.rule == rule && it.place == place) {
            self.found.push(Finding { rule, severity, place, message });
        }
    }

    /// What the engine would refuse. A fault of a pack is met again in all that inherit it, and is told once.
    fn fault(&mut self, fault: &Error, file: &str) {
        if let Error::Circle { chain, .. } = fault {
            let mut packs = chain[1..].to_vec();
            packs.sort();
            if !self.circles.insert(packs) {
                return;
            }
        }
        let whole = Place { file: file.to_owned(), key: String::new() };
        let (rule, place) = fault.finding().unwrap_or(("unreadable", &whole));
        let text = fault.to_string();
        let mut message = text.strip_prefix(&format!("{}: ", place.file)).unwrap_or(&text).to_owned();
        if let Some(source) = std::error::Error::source(fault) {
            message = format!("{message}: {source}");
        }
        if let Some(hint) = fault.hint() {
            message = format!("{message} ({hint})");
        }
        self.error(rule, place, message);
    }
}
