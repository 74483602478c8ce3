//! What a project says: `[tool.pyxide.build]` and `[tool.pyxide.wheel]`, key by key.
//!
//! | key | value |
//! |---|---|
//! | `build.backend` | the backend that makes the wheel, as in `build-backend`: `"module"` or `"module:object"` |
//! | `build.backend-path` | folders of the project that the backend is in, as in `[build-system]` |
//! | `build.requires` | requirements that are merged with those that the backend asks for |
//! | `wheel.hooks` | `{ name, call = "module:function", module, start }` writes a startup hook, `{ file }` takes one along |
//! | `wheel.files` | `{ from, to, scheme, executable }` |
//! | `wheel.folders` | `{ from, to, scheme, exclude, editable }` |
//!
//! `from` and `file` are paths below the project's folder; those that begin with `../` lead beside it, and a source distribution has what they
//! lead to in its own folder (`relocated.rs`). `to` is a path below site-packages, or below another `scheme`; without it, what is taken keeps its name. `exclude` has
//! patterns: one with a `/` is compared with the path below the folder, another with each name. `editable` says what a folder is in an
//! editable wheel: `copy` (a snapshot, the default), `path` (a line in a `.pth` that leads into the project) or `none`.

use std::path::Path;

use glob::Pattern;
use pth_hook::{EntryPoint, StartPolicy};
use toml::de::DeTable;
use wheel_patch::{Scheme, Target};

use crate::error::{EncodingFault, Error, TargetFault};
use crate::path::{RelativePath, SourcePath, has_end};
use crate::place::{PYPROJECT, Place};
use crate::reader::{Table, Text};

const TOOL_KEYS: &[&str] = &["build", "wheel"];
const BUILD_KEYS: &[&str] = &["backend", "backend-path", "requires"];
pub(crate) const WHEEL_KEYS: &[&str] = &["files", "folders", "hooks"];
pub(crate) const HOOK_KEYS: &[&str] = &["call", "file", "module", "name", "start"];
pub(crate) const FILE_KEYS: &[&str] = &["executable", "from", "scheme", "to"];
pub(crate) const FOLDER_KEYS: &[&str] = &["editable", "exclude", "from", "scheme", "to"];
const SCHEMES: &[&str] = &["root", "purelib", "platlib", "headers", "scripts", "data"];
const TARGETS: &[Target] = &[
    Target::Root,
    Target::Scheme(Scheme::Purelib),
    Target::Scheme(Scheme::Platlib),
    Target::Scheme(Scheme::Headers),
    Target::Scheme(Scheme::Scripts),
    Target::Scheme(Scheme::Data),
];
const POLICIES: &[&str] = &["auto", "always", "never"];
const EDITABLE: &[&str] = &["copy", "path", "none"];

/// All that a project says to us.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Who makes the wheel.
    pub build: Build,
    /// Startup hooks.
    pub hooks: Vec<Hook>,
    /// Single files.
    pub files: Vec<FileEntry>,
    /// Whole folders.
    pub folders: Vec<FolderEntry>,
    /// The backend that front ends call: `pyxide.build_backend`, or a shim around it in the project.
    pub outer: Option<Build>,
}

/// A backend, and where it is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Build {
    /// The backend.
    pub backend: Backend,
    /// The folders of the project that it is in; none: it is installed.
    pub backend_path: Vec<RelativePath>,
    /// Requirements beyond those that it asks for.
    pub requires: Vec<String>,
    /// Where its name is written.
    pub place: Place,
}

/// The name of a backend: `module` or `module:object`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// The module to import.
    pub module: String,
    /// The object in it, if the module itself is not the backend.
    pub object: Option<String>,
}

/// A startup hook.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hook {
    /// What it is.
    pub source: HookSource,
    /// Where it is written.
    pub place: Place,
}

/// Where a startup hook comes from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HookSource {
    /// It is written for a function.
    Written {
        /// The name of its files, without their ends.
        name: String,
        /// What it calls.
        call: EntryPoint,
        /// Whether a `.start` is written.
        start: StartPolicy,
        /// The name of a tiny module that stands between the hook and the package.
        module: Option<String>,
    },
    /// It is a file of the project.
    File(SourcePath),
}

/// A file to put into the wheel.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FileEntry {
    /// Where it is, in the project or beside it.
    pub from: SourcePath,
    /// Where it will be.
    pub to: RelativePath,
    /// Below what.
    pub target: Target,
    /// Whether it can be run; `None`: as the file is.
    pub executable: Option<bool>,
    /// Where it is written.
    pub place: Place,
}

/// A folder to put into the wheel.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FolderEntry {
    /// Where it is, in the project or beside it.
    pub from: SourcePath,
    /// Where it will be.
    pub to: RelativePath,
    /// Below what.
    pub target: Target,
    /// What is left out.
    pub exclude: Vec<Pattern>,
    /// What it is in an editable wheel.
    pub editable: EditableFolder,
    /// Where it is written.
    pub place: Place,
}

/// What a folder is in an editable wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditableFolder {
    /// A snapshot of its files.
    Copy,
    /// A line in a `.pth` file: the folder of the project itself, as it is at any time.
    Path,
    /// Nothing: the package finds it in the project.
    None,
}

impl Settings {
    /// Reads the pyproject.toml of a project.
    ///
    /// # Errors
    /// It cannot be read, or [`Settings::read`] refuses it.
    pub fn open(project: &Path) -> Result<Self, Error> {
        let bytes = fs_err::read(project.join(PYPROJECT));
        let bytes = bytes.map_err(|source| Error::Io { action: "read the project's settings", source })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let readable = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..readable]);
            Error::Encoding { place: Place::new(&before, readable..readable, ""), fault: EncodingFault::NotUtf8 }
        })?;
        Self::read(&text)
    }

    /// Reads the text of a pyproject.toml.
    ///
    /// # Errors
    /// All that is wrong with the text itself; files are not looked at.
    pub fn read(text: &str) -> Result<Self, Error> {
        // Our reader would skip it, and the wrapped backend would end in a traceback.
        if text.starts_with('\u{feff}') {
            return Err(Error::Encoding { place: Place::new(text, 0..0, ""), fault: EncodingFault::Mark });
        }
        let document = DeTable::parse(text).map_err(|error| Error::Syntax {
            place: Place::new(text, error.span().unwrap_or(0..0), ""),
            message: error.message().to_owned(),
        })?;
        let document = Table::document(text, &document);
        let tool = match document.foreign("tool")? {
            Some(tool) => tool.table("pyxide", TOOL_KEYS)?,
            None => None,
        };
        let build = match &tool {
            Some(tool) => tool.table("build", BUILD_KEYS)?,
            None => None,
        };
        let Some(build) = build else {
            return Err(Error::MissingKey {
                place: tool.as_ref().unwrap_or(&document).place(),
                table: "tool.pyxide.build".to_owned(),
                key: "backend",
                example: "[tool.pyxide.build] backend = \"setuptools.build_meta\"",
            });
        };
        let build = Build::read(&build, "backend")?;
        let (mut hooks, mut files, mut folders) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(wheel) = tool.map(|tool| tool.table("wheel", WHEEL_KEYS)).transpose()?.flatten() {
            let all = |key, known| wheel.tables(key, known);
            hooks = all("hooks", HOOK_KEYS)?.iter().map(Hook::read).collect::<Result<_, _>>()?;
            files = all("files", FILE_KEYS)?.iter().map(FileEntry::read).collect::<Result<_, _>>()?;
            folders = all("folders", FOLDER_KEYS)?.iter().map(FolderEntry::read).collect::<Result<_, _>>()?;
        }
        let outer = match document.foreign("build-system")? {
            Some(system) if system.text("build-backend")?.is_some() => Some(Build::read(&system, "build-backend")?),
            _ => None,
        };
        Ok(Self { build, hooks, files, folders, outer })
    }
}

impl Build {
    fn read(table: &Table<'_>, key: &'static str) -> Result<Self, Error> {
        let backend = table.required(key, "backend = \"setuptools.build_meta\"")?;
        let place = backend.place.clone();
        let path = table.texts("backend-path")?;
        // Those of [build-system] are the front end's business.
        let requires = if key == "backend" { table.texts("requires")? } else { Vec::new() };
        let requires = requires.into_iter().map(|text| {
            let is_one = is_requirement(&text.value);
            if is_one { Ok(text.value) } else { Err(text.malformed("a requirement, such as `ninja>=1.11`")) }
        });
        Ok(Self {
            backend: Backend::read(backend)?,
            backend_path: path.iter().map(Text::path).collect::<Result<_, _>>()?,
            requires: requires.collect::<Result<_, _>>()?,
            place,
        })
    }
}

impl Backend {
    fn read(text: Text) -> Result<Self, Error> {
        const FORM: &str = "`module` or `module:object`, both dotted names";
        let (module, object) = match text.value.split_once(':') {
            Some((module, object)) => (module, Some(object)),
            None => (text.value.as_str(), None),
        };
        if !is_dotted_name(module) || object.is_some_and(|object| !is_dotted_name(object)) {
            return Err(text.malformed(FORM));
        }
        Ok(Self { module: module.to_owned(), object: object.map(str::to_owned) })
    }

    /// The part of the module's name that is a file or folder of its own.
    pub(crate) fn top(&self) -> &str {
        self.module.split('.').next().unwrap_or(&self.module)
    }
}

impl std::fmt::Display for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.module)?;
        self.object.iter().try_for_each(|object| write!(f, ":{object}"))
    }
}

impl Hook {
    fn read(table: &Table<'_>) -> Result<Self, Error> {
        const CALL: &str = "call = \"package.module:function\"";
        let place = table.place();
        if let Some(file) = table.text("file")? {
            for other in ["name", "call", "module", "start"] {
                if table.text(other)?.is_some() {
                    return Err(Error::Exclusive { place, one: "file", other });
                }
            }
            let path = file.source_path()?;
            if !path.file_name().is_some_and(|name| has_end(name, &[".pth", ".start"])) {
                return Err(file.malformed("a file whose name ends in `.pth` or `.start`"));
            }
            return Ok(Self { source: HookSource::File(path), place });
        }
        let name = table.required("name", "name = \"package_autoload\"")?;
        let call = table.required("call", CALL)?;
        let Ok(entry) = call.value.parse::<EntryPoint>() else {
            return Err(call.malformed("`package.module:function`"));
        };
        let policies = [StartPolicy::Auto, StartPolicy::Always, StartPolicy::Never];
        let start = table.choice("start", POLICIES, &policies)?.unwrap_or(StartPolicy::Auto);
        let module = match table.text("module")? {
            Some(module) if !is_dotted_name(&module.value) || module.value.contains('.') => {
                return Err(module.malformed("the name of a new top-level module"));
            }
            module => module.map(|module| module.value),
        };
        Ok(Self { source: HookSource::Written { name: name.value, call: entry, start, module }, place })
    }
}

impl FileEntry {
    fn read(table: &Table<'_>) -> Result<Self, Error> {
        let from = table.required("from", "from = \"data/words.txt\"")?;
        let from_path = from.source_path()?;
        let target = table.choice("scheme", SCHEMES, TARGETS)?.unwrap_or(Target::Root);
        let to = match table.text("to")? {
            Some(to) if to.value.ends_with('/') => return Err(refused(&to, TargetFault::NoName)),
            Some(to) => target_path(&to)?,
            None => named_as(&from, &from_path)?,
        };
        Ok(Self { from: from_path, to, target, executable: table.boolean("executable")?, place: table.place() })
    }
}

impl FolderEntry {
    fn read(table: &Table<'_>) -> Result<Self, Error> {
        let from = table.required("from", "from = \"data\"")?;
        let from_path = from.source_path()?;
        let target = table.choice("scheme", SCHEMES, TARGETS)?.unwrap_or(Target::Root);
        let to = match table.text("to")? {
            Some(to) => target_path(&to)?,
            None => named_as(&from, &from_path)?,
        };
        let mut exclude = Vec::new();
        for text in table.texts("exclude")? {
            exclude.push(pattern(text)?);
        }
        let meanings = [EditableFolder::Copy, EditableFolder::Path, EditableFolder::None];
        let editable = table.choice("editable", EDITABLE, &meanings)?.unwrap_or(EditableFolder::Copy);
        let place = table.place();
        if editable == EditableFolder::Path {
            if from_path.strip_end(&to).is_none() {
                return Err(Error::PathLine { place, from: Box::new(from_path), to });
            }
            // A path line leads Python's imports and resources somewhere; scripts and headers are found by other means.
            if !matches!(target, Target::Root | Target::Scheme(Scheme::Purelib | Scheme::Platlib)) {
                return Err(Error::Exclusive { place, one: "scheme", other: "editable = \"path\"" });
            }
        }
        Ok(Self { from: from_path, to, target, exclude, editable, place })
    }
}

/// A pattern that may mean something: those of other tools that could mean nothing here are refused.
fn pattern(text: Text) -> Result<Pattern, Error> {
    if text.value.starts_with('!') {
        return Err(text.malformed("a pattern of what is left out: none takes back what another leaves out"));
    }
    let bare = text.value.trim_end_matches('/');
    match Pattern::new(bare) {
        Ok(pattern) if !bare.contains('\\') && bare.split('/').all(|part| !matches!(part, "" | "." | "..")) => {
            Ok(pattern)
        }
        _ => Err(text.malformed("a pattern such as `*.tmp` or `drafts/**`, of a name or of a path below the folder")),
    }
}

/// A place in the wheel, as it is written.
fn target_path(text: &Text) -> Result<RelativePath, Error> {
    RelativePath::parse(&text.value).map_err(|fault| refused(text, fault.into()))
}

/// What has no `to` keeps its name.
fn named_as(from: &Text, path: &SourcePath) -> Result<RelativePath, Error> {
    let name = path.file_name().ok_or_else(|| refused(from, TargetFault::NoName))?;
    Ok(RelativePath::parse(name).expect("the last part of a path that was read is one, too"))
}

fn refused(text: &Text, fault: TargetFault) -> Error {
    Error::Target { place: text.place.clone(), target: text.value.clone(), fault }
}

/// Whether it begins as requirements do; front ends look at versions and markers, and end in a traceback without a name.
fn is_requirement(text: &str) -> bool {
    let rest = text.trim_start();
    let name =
        rest.find(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '.' | '_' | '-')).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(name);
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map(|(_, rest)| rest.trim_start()),
        None => Some(rest),
    };
    let is_end = |it: char| it.is_ascii_alphanumeric();
    name.starts_with(is_end)
        && name.ends_with(is_end)
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '(', '<', '=', '>', '~', '!', ';']))
}

/// Whether it is a name as an import statement takes it.
fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(|part| {
        let mut letters = part.chars();
        letters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
            && letters.all(|it| it == '_' || it.is_alphanumeric())
    })
}
