//! What differs between two wheels: first what an installer would do differently, then what only the archives tell.
//!
//! | | is about |
//! |---|---|
//! | members | names that are in one of them, or that moved with their bytes |
//! | bytes | contents, by hash |
//! | modes | whether pip makes a file executable, which is all that it keeps of a mode |
//! | metadata | the fields of WHEEL and METADATA, apart from their order |
//! | archive | order, times, compression, and other marks that no installed file shows |

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{
    Error, Limits, Rule,
    archive::{Archive, ArchiveMember},
    content::{self, Inflater, Job, Problem},
    hash::Hasher,
    layout,
    metadata::Fields,
    replace::WheelFile,
    rule::Findings,
    wheel::LARGEST_TEXT,
};

/// What differs between two wheels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Names that only the second has.
    pub added: Vec<String>,
    /// Names that only the first has.
    pub removed: Vec<String>,
    /// Files with the same bytes under another name, the first's and the second's. Also the two names of `.dist-info`, each with `/`
    /// at its end, where they differ: what is in it and in `.data` is compared by its names below them.
    pub moved: Vec<(String, String)>,
    /// Names with other bytes.
    pub changed: Vec<Changed>,
    /// Names that are executable in the second and not in the first, or the other way round.
    pub executable: Vec<Executable>,
    /// Fields of WHEEL and METADATA with other values.
    pub fields: Vec<Field>,
    /// How the archives differ, where nothing that is installed does.
    pub archive: Vec<Mark>,
}

/// A file with other bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its name.
    pub name: String,
    /// Its size in the first wheel, and in the second.
    pub sizes: (u64, u64),
}

/// A file that is executable in one of the wheels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// Its name.
    pub name: String,
    /// Whether it is in the second.
    pub is_now: bool,
}

/// A field of a text in `.dist-info` with other values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// WHEEL or METADATA.
    pub file: &'static str,
    /// Its name, in small letters.
    pub name: String,
    /// The values that only the first has.
    pub before: Vec<String>,
    /// The values that only the second has.
    pub after: Vec<String>,
}

/// Something of archives that is not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What differs, such as `times`.
    pub what: &'static str,
    /// In how many members.
    pub members: usize,
}

impl Difference {
    /// Whether both install the same files in the same way.
    pub fn is_same(&self) -> bool {
        let Self { added, removed, moved, changed, executable, fields, archive: _ } = self;
        added.is_empty()
            && removed.is_empty()
            && moved.is_empty()
            && changed.is_empty()
            && executable.is_empty()
            && fields.is_empty()
    }
}

/// Compares two wheels. RECORD is no part of what is compared: it follows from the rest.
///
/// # Errors
/// [`Error::Io`] when a file cannot be read, and [`Error::Unsound`] when one is no archive whose members can be told.
pub fn diff(first: &Path, second: &Path, limits: &Limits) -> Result<Difference, Error> {
    let (mut first, second) = (Side::read(first, limits)?, Side::read(second, limits)?);
    let mut difference = Difference::default();
    let renamed = first.call_as(&second);
    for (name, file) in &first.files {
        match second.files.get(name) {
            None => difference.removed.push(name.clone()),
            Some(other) => compare(name, file, other, &mut difference),
        }
    }
    difference.added.extend(second.files.keys().filter(|name| !first.files.contains_key(*name)).cloned());
    find_moved(&first, &second, &mut difference);
    if let Some((old, new)) = renamed {
        let names = difference.removed.iter_mut().chain(difference.moved.iter_mut().map(|(before, _)| before));
        for name in names {
            // What only the first wheel has is told by its name there.
            if let Some(rest) = name.strip_prefix(&new) {
                *name = format!("{old}{rest}");
            }
        }
        difference.moved.insert(0, (format!("{old}dist-info/"), format!("{new}dist-info/")));
    }
    for (file, (before, after)) in TEXTS.into_iter().zip(first.texts.iter().zip(&second.texts)) {
        difference.fields.extend(fields(file, before, after));
    }
    difference.archive = marks(&first, &second);
    Ok(difference)
}

/// The texts that are compared field by field.
const TEXTS: [&str; 2] = ["METADATA", "WHEEL"];

/// One wheel, as far as it is compared.
struct Side {
    /// Everything but folders and RECORD.
    files: BTreeMap<String, File>,
    /// The same names in the order of the archive.
    order: Vec<String>,
    folders: BTreeSet<String>,
    texts: [Fields; 2],
    /// The name of `.dist-info`.
    dist_info: String,
}

struct File {
    member: ArchiveMember,
    hash: Vec<u8>,
}

impl Side {
    fn read(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let io = |source| Error::Io { action: "read the wheel", source };
        let target = WheelFile::open_to_read(path)?;
        let file = &target.file;
        let mut findings = Findings::default();
        let archive = Archive::read(file, limits, &mut findings).map_err(io)?;
        // A wheel may break rules and still be compared, unless it is not certain which members it has.
        let unsound = |findings: Findings| Error::Unsound { wheel: path.to_owned(), findings: findings.into_list() };
        let archive = match archive {
            Some(archive) if findings.errors() == 0 => archive,
            _ => return Err(unsound(findings)),
        };
        layout::check_names(&archive.members, None, &mut findings);
        let dist_info = layout::dist_info(&archive, None, &mut findings);
        let Some(dist_info) = dist_info.filter(|_| findings.errors() == 0) else { return Err(unsound(findings)) };
        let record = format!("{dist_info}/RECORD");
        let mut texts = [Fields::default(), Fields::default()];
        let mut inflater = Inflater::new();
        for (text, name) in texts.iter_mut().zip(TEXTS) {
            let name = format!("{dist_info}/{name}");
            if let Some(member) = archive.members.iter().find(|member| *member.name == *name) {
                match inflater.read_all(file, member, LARGEST_TEXT) {
                    Ok(bytes) => *text = Fields::parse(&bytes),
                    Err(Problem::Io(error)) => return Err(io(error)),
                    Err(Problem::Wrong(message)) => findings.at(Rule::ZipContent, &name, message),
                }
            }
        }
        let (folders, files): (Vec<_>, Vec<_>) = archive.members.into_iter().partition(ArchiveMember::is_folder);
        let jobs = files.iter().map(|member| Job { member, hasher: Some(Hasher::new()) }).collect();
        let outcomes = content::read_each(file, jobs);
        let mut side = Self {
            files: BTreeMap::new(),
            order: files.iter().map(|member| member.name.to_string()).collect(),
            folders: folders.into_iter().map(|member| member.name.into()).collect(),
            texts,
            dist_info,
        };
        for (member, outcome) in files.into_iter().zip(outcomes) {
            match outcome {
                Ok(hash) if *member.name != *record => {
                    side.files.insert(member.name.to_string(), File { member, hash: hash.unwrap_or_default() });
                }
                Ok(_) => {}
                Err(Problem::Io(error)) => return Err(io(error)),
                Err(Problem::Wrong(message)) => findings.at(Rule::ZipContent, &member.name, message),
            }
        }
        if findings.errors() > 0 { Err(unsound(findings)) } else { Ok(side) }
    }
}

impl Side {
    /// Gives what is in `.dist-info` and `.data` the names that it has in another version's wheel: it is the same there. What the two
    /// folders' names begin with, up to their endings, is returned where it differs.
    fn call_as(&mut self, other: &Self) -> Option<(String, String)> {
        let (old, new) = (self.dist_info.strip_suffix("dist-info")?, other.dist_info.strip_suffix("dist-info")?);
        // What has the other wheel's name already is not to get lost.
        if old == new || self.order.iter().any(|name| name.starts_with(new)) {
            return None;
        }
        let renamed = |name: &str| {
            let rest =
                name.strip_prefix(old).filter(|rest| rest.starts_with("dist-info/") || rest.starts_with("data/"));
            rest.map_or_else(|| name.to_owned(), |rest| format!("{new}{rest}"))
        };
        self.files = std::mem::take(&mut self.files).into_iter().map(|(name, file)| (renamed(&name), file)).collect();
        self.order = self.order.iter().map(|name| renamed(name)).collect();
        self.folders = self.folders.iter().map(|name| renamed(name)).collect();
        Some((old.to_owned(), new.to_owned()))
    }
}

fn compare(name: &str, before: &File, after: &File, difference: &mut Difference) {
    // The texts of `.dist-info` have more to say than that they changed, and say it in their fields.
    if before.hash != after.hash {
        let sizes = (before.member.header.size, after.member.header.size);
        difference.changed.push(Changed { name: name.to_owned(), sizes });
    }
    let is_now = after.member.is_executable();
    if before.member.is_executable() != is_now {
        difference.executable.push(Executable { name: name.to_owned(), is_now });
    }
}

/// Takes what has the same bytes under another name for moved, where that is no guess: one such file on each side.
fn find_moved(first: &Side, second: &Side, difference: &mut Difference) {
    let by_hash = |side: &Side, names: &[String]| {
        let mut found: BTreeMap<Vec<u8>, Vec<String>> = BTreeMap::new();
        for name in names.iter().filter(|name| side.files[*name].member.header.size > 0) {
            found.entry(side.files[name].hash.clone()).or_default().push(name.clone());
        }
        found
    };
    let (removed, added) = (by_hash(first, &difference.removed), by_hash(second, &difference.added));
    for (hash, before) in removed {
        if let ([before], Some([after])) = (&before[..], added.get(&hash).map(Vec::as_slice)) {
            difference.moved.push((before.clone(), after.clone()));
            difference.removed.retain(|name| name != before);
            difference.added.retain(|name| name != after);
        }
    }
    difference.moved.sort();
}

/// The fields of a text whose values differ; their order counts for nothing.
fn fields(file: &'static str, before: &Fields, after: &Fields) -> Vec<Field> {
    let names: BTreeSet<&str> = before.names().chain(after.names()).collect();
    let sorted = |fields: &Fields, name: &str| {
        let mut values: Vec<String> = fields.all(name).map(str::to_owned).collect();
        values.sort();
        values
    };
    let field = |name: &str| {
        let (mut before, mut after) = (sorted(before, name), sorted(after, name));
        // What both have is taken away once for each time that both have it.
        before.retain(|value| match after.iter().position(|other| other == value) {
            Some(index) => {
                after.remove(index);
                false
            }
            None => true,
        });
        (!before.is_empty() || !after.is_empty()).then(|| Field { file, name: name.to_owned(), before, after })
    };
    names.into_iter().filter_map(field).collect()
}

/// What only the archives tell.
fn marks(first: &Side, second: &Side) -> Vec<Mark> {
    let both = || first.files.iter().filter_map(|(name, file)| Some((&file.member, &second.files.get(name)?.member)));
    let count =
        |differs: fn(&ArchiveMember, &ArchiveMember) -> bool| both().filter(|(one, other)| differs(one, other)).count();
    let common = |side: &Side, other: &Side| -> Vec<String> {
        side.order.iter().filter(|name| other.files.contains_key(*name)).cloned().collect()
    };
    let (one, other) = (common(first, second), common(second, first));
    let found = [
        ("order", one.iter().zip(&other).filter(|(one, other)| one != other).count()),
        ("folders", first.folders.symmetric_difference(&second.folders).count()),
        ("times", count(|one, other| (one.header.date, one.header.time) != (other.header.date, other.header.time))),
        ("compression methods", count(|one, other| one.header.method != other.header.method)),
        (
            "compressed sizes",
            count(|one, other| {
                one.header.method == other.header.method
                    && (one.header.crc, one.header.size) == (other.header.crc, other.header.size)
                    && one.header.compressed != other.header.compressed
            }),
        ),
        ("modes", count(|one, other| one.header.external != other.header.external)),
        ("systems", count(|one, other| one.header.made_by != other.header.made_by)),
        ("flags", count(|one, other| one.header.flags != other.header.flags)),
        ("extra fields", count(|one, other| one.extra != other.extra)),
    ];
    found.into_iter().filter(|(_, members)| *members > 0).map(|(what, members)| Mark { what, members }).collect()
}
