//! Why a project's wheels cannot be finished.

use std::path::PathBuf;

use wheel_patch::NameError;

use crate::path::{RelativePath, SourcePath};
use crate::place::Place;

/// Why a pyproject.toml or the files that it names cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not TOML.
    #[error("{place}: not TOML: {message}")]
    Syntax {
        /// Where the parser stopped.
        place: Place,
        /// What it said.
        message: String,
    },
    /// The file is no text in UTF-8, or one that readers of TOML in Python refuse at its first character.
    #[error("{place}: {fault}")]
    Encoding {
        /// Where reading ended.
        place: Place,
        /// What is there.
        fault: EncodingFault,
    },
    /// A table has a key that means nothing.
    #[error("{place}: `{table}` has no key `{}`", own_key(place, table))]
    UnknownKey {
        /// Where.
        place: Place,
        /// The table.
        table: String,
        /// The known key that is most like it.
        nearest: Option<&'static str>,
        /// All known keys.
        known: &'static [&'static str],
    },
    /// A key is missing.
    #[error("{place}: `{table}` needs the key `{key}`")]
    MissingKey {
        /// The table that lacks it.
        place: Place,
        /// The table.
        table: String,
        /// The key.
        key: &'static str,
        /// An example of a line that has it.
        example: &'static str,
    },
    /// A value is of another type than its key takes.
    #[error("{place}: `{}` should be {expected}, and is {found}", place.key)]
    Type {
        /// Where.
        place: Place,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A value is not among those that its key takes.
    #[error("{place}: `{}` cannot be `{value}`", place.key)]
    Choice {
        /// Where.
        place: Place,
        /// The value.
        value: String,
        /// The known value that is most like it.
        nearest: Option<&'static str>,
        /// All known values.
        known: &'static [&'static str],
    },
    /// A text has not the form that its key takes.
    #[error("{place}: `{}` cannot be `{value}`: it should be {expected}", place.key)]
    Form {
        /// Where.
        place: Place,
        /// The text.
        value: String,
        /// What it should look like.
        expected: &'static str,
    },
    /// Two keys that exclude each other.
    #[error("{place}: `{}` has both `{one}` and `{other}`", place.key)]
    Exclusive {
        /// Where.
        place: Place,
        /// One of them.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A path is not a path below the project.
    #[error("{place}: `{}` cannot be `{path}`: {fault}", place.key)]
    Path {
        /// Where.
        place: Place,
        /// The path.
        path: String,
        /// The rule that it breaks.
        fault: PathFault,
    },
    /// A path of something to take along leads up elsewhere than at its start, or to nothing but folders above.
    #[error("{place}: `{}` cannot be `{path}`: `..` may only lead to something beside the project, at the start", place.key)]
    SourcePath {
        /// Where.
        place: Place,
        /// The path.
        path: String,
    },
    /// Two files from different folders would be one file of a source distribution.
    #[error("{place}: `{}` takes `{path}` along, which would be the same file of a source distribution as `{other}`", place.key)]
    SameInSdist {
        /// Where the later one is named.
        place: Place,
        /// The later one.
        path: String,
        /// The earlier one.
        other: String,
    },
    /// A place in the wheel at which nothing can be put.
    #[error("{place}: nothing can be put at `{target}`: {fault}")]
    Target {
        /// Where it is said.
        place: Place,
        /// The place in the wheel.
        target: String,
        /// Why not.
        fault: TargetFault,
    },
    /// A file or folder of the project cannot be used.
    #[error("{place}: `{path}`, which `{}` names, {fault}", place.key)]
    Tree {
        /// Where it is named.
        place: Place,
        /// The path below the project.
        path: String,
        /// Why not.
        fault: TreeFault,
    },
    /// Two settings put something at one place.
    #[error("{place}: `{}` puts `{target}` into the wheel, and so does `{}` ({other})", place.key, other.key)]
    Twice {
        /// The later one.
        place: Place,
        /// The earlier one.
        other: Box<Place>,
        /// The place in the wheel.
        target: String,
    },
    /// Two settings put something at places of which one system or another has one alone.
    #[error("{place}: `{}` puts `{target}` into the wheel, where {what} of `{}` ({other}) leaves no room for it", place.key, other.key)]
    Clash {
        /// The later one.
        place: Place,
        /// The earlier one.
        other: Box<Place>,
        /// The place in the wheel.
        target: String,
        /// What the earlier one puts there.
        what: Box<str>,
    },
    /// The wheel has something else at that place.
    #[error("{place}: `{}` puts `{target}` into the wheel, and `{backend}` has put {what} there", place.key)]
    Taken {
        /// Where.
        place: Place,
        /// The place in the wheel.
        target: String,
        /// The wheel's backend.
        backend: String,
        /// What there is.
        what: Box<str>,
    },
    /// A pattern begins with the folder that it is about.
    #[error("{place}: `{}` leaves nothing out with `{pattern}`: there is no `{pattern}` below `{from}`", place.key)]
    Pattern {
        /// Where.
        place: Place,
        /// The pattern.
        pattern: Box<str>,
        /// The folder.
        from: Box<SourcePath>,
        /// The pattern as it was probably meant.
        meant: Box<str>,
    },
    /// A path line cannot show a folder under another name.
    #[error(
        "{place}: `editable = \"path\"` cannot show `{from}` as `{to}`: a path line shows a folder under its own name only"
    )]
    PathLine {
        /// Where.
        place: Place,
        /// The folder in the project.
        from: Box<SourcePath>,
        /// Its name in the wheel.
        to: RelativePath,
    },
    /// The project's folder cannot be written into a path line.
    #[error("{place}: `editable = \"path\"` cannot name `{}`: {reason}", folder.display())]
    PathLineFolder {
        /// Where.
        place: Place,
        /// The folder.
        folder: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// What a hook calls is not in the wheel.
    #[error("{place}: the hook calls `{call}`, and the wheel has `{package}` without `{module}`")]
    NoSuchModule {
        /// Where.
        place: Place,
        /// What it calls.
        call: String,
        /// The package that the wheel has.
        package: Box<str>,
        /// The module that the package lacks.
        module: String,
    },
    /// What a hook calls is not in the module.
    #[error("{place}: the hook calls `{call}`, and `{module}` in the wheel has no `{function}`")]
    NoSuchFunction {
        /// Where.
        place: Place,
        /// What it calls.
        call: String,
        /// The module that the wheel has.
        module: String,
        /// The name that the module lacks.
        function: Box<str>,
    },
    /// A startup file is wrong.
    #[error("{place}: the startup file `{file}` of `{}` is wrong{at}: {message}", place.key)]
    HookFile {
        /// Where.
        place: Place,
        /// The file.
        file: Box<str>,
        /// The line, in brackets, or nothing.
        at: Box<str>,
        /// What is wrong.
        message: Box<str>,
        /// The rule that it breaks: one of `pth_hook::RULES`.
        rule: &'static str,
    },
    /// A startup hook cannot be written.
    #[error("{place}: `{}` is no startup hook that could be written", place.key)]
    Hook {
        /// Where.
        place: Place,
        /// Why not.
        source: Box<pth_hook::Error>,
    },
    /// An in-tree backend is not where it should be.
    #[error("{place}: there is no `{module}` in {folders}", folders = listed(folders))]
    NoBackend {
        /// Where.
        place: Place,
        /// The backend's top-level module.
        module: String,
        /// The folders of `backend-path`.
        folders: Vec<String>,
    },
    /// The wheel could not be read.
    #[error("cannot read the wheel that `{backend}` made")]
    Wheel {
        /// The backend.
        backend: String,
        /// Why not.
        source: Box<zip::result::ZipError>,
    },
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Why a pyproject.toml is no text that all who read it can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingFault {
    /// It begins with U+FEFF.
    #[error("the file begins with a byte order mark, which pip and most backends refuse")]
    Mark,
    /// It has bytes that are no UTF-8.
    #[error("the file is not in UTF-8, which TOML has to be in")]
    NotUtf8,
}

/// Which rule a path breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFault {
    /// It has no characters.
    #[error("it is empty")]
    Empty,
    /// It starts at the root of a file system.
    #[error("it is absolute")]
    Absolute,
    /// It has a `..`.
    #[error("it leads out with `..`")]
    Up,
    /// It has a backslash.
    #[error("it has a backslash")]
    Backslash,
    /// It has a control character.
    #[error("it has a control character")]
    Control,
}

/// Why nothing can be put at a place in a wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetFault {
    /// It leads out of the wheel, or is spelled as no wheel may spell it.
    #[error("{0}")]
    Path(#[from] PathFault),
    /// It is the wheel itself.
    #[error("a file needs a name")]
    NoName,
    /// It is where installers look for metadata.
    #[error("folders that end in `.dist-info` and `.data` belong to the installer")]
    Reserved,
    /// It is bytecode.
    #[error("bytecode belongs to one interpreter, and installers make it")]
    Bytecode,
    /// It would be another script than it seems to be.
    #[error("the scheme `scripts` has files only, no folders")]
    ScriptFolder,
    /// No member of a wheel can be called so.
    #[error("the name {0}")]
    Name(NameError),
}

/// Why a file or folder of the project cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeFault {
    /// There is nothing.
    #[error("does not exist")]
    Missing,
    /// A file was expected.
    #[error("is a folder")]
    IsFolder,
    /// A folder was expected.
    #[error("is a file")]
    IsFile,
    /// It is neither a file nor a folder.
    #[error("is neither a file nor a folder")]
    Special,
    /// A link in it leads elsewhere, or `../` leads further up than there are folders.
    #[error("leads out of the project to `{}`", .0.display())]
    LeadsOut(PathBuf),
    /// A link in it leads to one of its own parents.
    #[error("holds itself through a link")]
    Loop,
    /// There is nothing in it that could be taken.
    #[error("holds no files")]
    Empty,
    /// A name in it cannot be written into a wheel.
    #[error("holds a name that no wheel can have: `{0}`")]
    Name(String),
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io { .. } | Self::Wheel { .. } => return None,
            Self::Syntax { place, .. } => {
                format!("correct line {} at column {}, or a bracket or string before it that is not closed", place.line, place.column)
            }
            Self::Encoding { .. } => "save the file as UTF-8 without a byte order mark".to_owned(),
            Self::UnknownKey { nearest, known, .. } => choices(*nearest, known, "keys"),
            Self::Choice { nearest, known, .. } => choices(*nearest, known, "values"),
            Self::MissingKey { example, .. } => format!("write, for example, `{example}`"),
            Self::Type { .. } | Self::Form { .. } => "see \"Finished wheels\" in the README for examples".to_owned(),
            Self::Exclusive { one, other, .. } => format!("keep one of them: `{one}` or `{other}`"),
            Self::Path { fault: PathFault::Backslash, .. }
            | Self::Target { fault: TargetFault::Path(PathFault::Backslash), .. } => {
                "write `/` between the parts of a path, on all systems".to_owned()
            }
            Self::Path { .. } => "name a path below the folder of pyproject.toml, which is all that a source distribution holds".to_owned(),
            Self::SourcePath { .. } => "write, for example, `from = \"../../data\"`; a source distribution has it in its own folder, as `data`".to_owned(),
            Self::SameInSdist { .. } => "rename one of the two: a source distribution has no place above its own folder, so `../` is dropped there".to_owned(),
            Self::Target { fault, .. } => match fault {
                TargetFault::Path(_) => "name a path below site-packages, or another place with `scheme`, such as `scheme = \"data\"`".to_owned(),
                TargetFault::NoName => "name the file in `to`, as in `to = \"data/words.txt\"`".to_owned(),
                TargetFault::Reserved => "choose another folder; other places of an installation are named with `scheme`".to_owned(),
                TargetFault::Bytecode => "put the source into the wheel".to_owned(),
                TargetFault::Name(NameError::NotComposed) => "write the name in `to` in that form, or rename the file in a folder; what looks the same may be several characters".to_owned(),
                TargetFault::Name(_) => "give it a plain and shorter name".to_owned(),
                TargetFault::ScriptFolder => "give each script in `files`, with `to` as its bare name".to_owned(),
            },
            Self::Pattern { meant, .. } => format!("patterns are compared with the path below the folder: write `{meant}`"),
            Self::Tree { path, fault: TreeFault::Missing, .. } if path.contains(['*', '?', '[']) => {
                "a path has no patterns: name one file, or in `folders` a whole folder, of which `exclude` leaves something out".to_owned()
            }
            Self::Tree { fault, .. } => match fault {
                TreeFault::Missing => "paths are relative to the folder of pyproject.toml; correct the path or make the file".to_owned(),
                TreeFault::IsFolder => "give folders in `folders`".to_owned(),
                TreeFault::IsFile => "give files in `files`".to_owned(),
                TreeFault::LeadsOut(_) => "copy it into the project: a source distribution could not hold it".to_owned(),
                TreeFault::Loop | TreeFault::Special => "leave it out with `exclude`, or remove it".to_owned(),
                TreeFault::Empty => "remove the entry, or correct its `from` and `exclude`".to_owned(),
                TreeFault::Name(_) => "rename it, or leave it out with `exclude`".to_owned(),
            },
            Self::Twice { .. } | Self::Clash { .. } => "change one of the two".to_owned(),
            Self::Taken { backend, .. } => {
                format!("choose another name, or keep `{backend}` from putting its own file there")
            }
            Self::PathLine { to, .. } => {
                format!("rename the folder so that it ends with `{to}`, or write `editable = \"copy\"`")
            }
            Self::PathLineFolder { .. } => "move the project, or write `editable = \"copy\"`".to_owned(),
            Self::NoSuchModule { .. } => {
                "correct `call`, or see that the backend takes the module along: the hook would fail at every start of Python".to_owned()
            }
            Self::NoSuchFunction { .. } => "correct `call`: the hook would fail at every start of Python".to_owned(),
            Self::HookFile { rule: "unresolved", .. } => {
                "correct what it calls, or see that the backend takes the module along: the hook would fail at every start of Python".to_owned()
            }
            Self::HookFile { rule, .. } => {
                let asked = pth_hook::RULES.iter().find(|(name, _)| name == rule).map_or("", |(_, asked)| asked);
                format!("correct the file by the rule `{rule}` of `pyxide hook lint`: {asked}")
            }
            Self::Hook { source, .. } => return source.hint().map(str::to_owned),
            Self::NoBackend { .. } => "correct the name or `backend-path`, which is relative to the folder of pyproject.toml".to_owned(),
        };
        Some(hint)
    }
}

fn choices(nearest: Option<&str>, known: &[&str], what: &str) -> String {
    let quoted: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    let all = match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("the {what} are {} and {last}", rest.join(", ")),
        _ => format!("the only one of the {what} is {}", quoted.join("")),
    };
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`? T{}", &all[1..]),
        None => all,
    }
}

/// What a key is called in its table.
fn own_key<'p>(place: &'p Place, table: &str) -> &'p str {
    place.key.get(table.len() + 1..).unwrap_or(&place.key)
}

fn listed(folders: &[String]) -> String {
    folders.iter().map(|folder| format!("`{folder}`")).collect::<Vec<_>>().join(", ")
}
