//! What a caller asks for.

use std::{collections::BTreeMap, fmt, path::PathBuf, str::FromStr, sync::Arc};

use cache_key::{Language, ModuleName};
use cython_driver::{NumPyUse, PackageFiles};

use crate::{Error, Profile};

/// Where the source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceText {
    /// Here.
    Text(String),
    /// In a file. Its folder is searched for what it includes and cimports.
    File(PathBuf),
}

impl SourceText {
    /// The file, if it is in one.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::Text(_) => None,
            Self::File(path) => Some(path),
        }
    }
}

/// Whether to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// When the cache does not have it.
    WhenNeeded,
    /// In any case.
    Always,
}

/// The version of Python from which on a module can be loaded: the floor of the limited API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimitedApi {
    minor: u16,
}

impl LimitedApi {
    /// The oldest one: the oldest Python that modules are built for.
    pub const OLDEST: Self = Self { minor: 10 };

    /// The version.
    pub fn version(self) -> (u16, u16) {
        (3, self.minor)
    }
}

impl fmt::Display for LimitedApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor)
    }
}

impl FromStr for LimitedApi {
    type Err = Error;

    /// Reads a version such as `3.11`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let minor = text.strip_prefix("3.").and_then(|minor| minor.parse().ok());
        let floor = minor.map(|minor| Self { minor }).filter(|floor| *floor >= Self::OLDEST);
        floor.ok_or_else(|| Error::LimitedApi { floor: text.to_owned(), reason: "it must be 3.10 or newer".into() })
    }
}

/// One module that is wanted. Relative paths are relative to the working directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRequest {
    /// The Cython source.
    pub source: SourceText,
    /// What a source that is text is called in messages and tracebacks; else `<string>` and its copy in the cache.
    pub label: Option<String>,
    /// The name to compile it for; else the file's, else one made from the request's key.
    pub module_name: Option<ModuleName>,
    /// The language to translate to; else the one in the source's header, else C.
    pub language: Option<Language>,
    /// What holds where neither the source's header nor the rest of the request says anything.
    pub profile: Profile,
    /// Cython directives; they win over those in the source's header.
    pub directives: BTreeMap<String, String>,
    /// Folders for includes and cimports.
    pub include_dirs: Vec<PathBuf>,
    /// Folders for libraries.
    pub library_dirs: Vec<PathBuf>,
    /// Libraries to link with.
    pub libraries: Vec<String>,
    /// C macros.
    pub define_macros: Vec<(String, Option<String>)>,
    /// Further arguments of the compiler.
    pub extra_compile_args: Vec<String>,
    /// Further arguments of the linker.
    pub extra_link_args: Vec<String>,
    /// Whether these arguments may be any, even such as load code into the compiler or run other programs.
    pub allow_unsafe_flags: bool,
    /// Further C or C++ sources.
    pub extra_sources: Vec<PathBuf>,
    /// Files to lay beside the source: name and content.
    pub support_files: BTreeMap<String, Vec<u8>>,
    /// Files to lay beside the source, by path.
    pub support_paths: Vec<PathBuf>,
    /// What the modules of its package may read from each other; empty when it is part of none. What is not read of it
    /// does not matter.
    pub package_files: Arc<PackageFiles>,
    /// Whether loops may run in parallel with OpenMP.
    pub openmp: bool,
    /// The version of Python from which on the module can be loaded; without it, by the version it is built for.
    pub limited_api: Option<LimitedApi>,
    /// Whether NumPy's headers are given to the compiler.
    pub numpy: NumPyUse,
    /// Whether NumPy has to be there.
    pub numpy_required: bool,
    /// Whether the generated code says which line of the source it comes from; else what the profile says.
    pub line_directives: Option<bool>,
    /// Whether to make a page that shows what each line costs; else what the profile says.
    pub annotate: Option<bool>,
    /// Whether to keep the generated code; else what the profile says.
    pub keep_c: Option<bool>,
    /// Anything that shall tell this request from an otherwise equal one.
    pub salt: Option<String>,
    /// Whether to build.
    pub build: Build,
}

impl BuildRequest {
    /// A request for a source text and nothing else.
    pub fn text(source: impl Into<String>) -> Self {
        Self::new(SourceText::Text(source.into()))
    }

    /// A request for a source file and nothing else.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(SourceText::File(path.into()))
    }

    fn new(source: SourceText) -> Self {
        Self {
            source,
            label: None,
            module_name: None,
            language: None,
            profile: Profile::Default,
            directives: BTreeMap::new(),
            include_dirs: vec![],
            library_dirs: vec![],
            libraries: vec![],
            define_macros: vec![],
            extra_compile_args: vec![],
            extra_link_args: vec![],
            allow_unsafe_flags: false,
            extra_sources: vec![],
            support_files: BTreeMap::new(),
            support_paths: vec![],
            package_files: Arc::default(),
            openmp: false,
            limited_api: None,
            numpy: NumPyUse::WhenUsed,
            numpy_required: false,
            line_directives: None,
            annotate: None,
            keep_c: None,
            salt: None,
            build: Build::WhenNeeded,
        }
    }
}
