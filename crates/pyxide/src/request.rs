//! What a caller asks for.

use std::{collections::BTreeMap, path::PathBuf};

use cache_key::{Language, ModuleName};

/// Where the source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceText {
    /// Here.
    Text(String),
    /// In a file. Its folder is searched for what it includes and cimports.
    File(PathBuf),
}

/// Whether to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// When the cache does not have it.
    WhenNeeded,
    /// In any case.
    Always,
}

/// One module that is wanted. Relative paths are relative to the working directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRequest {
    /// The Cython source.
    pub source: SourceText,
    /// The name to compile it for; else the file's, else one made from the request's key.
    pub module_name: Option<ModuleName>,
    /// The language to translate to; else the one in the source's header, else C.
    pub language: Option<Language>,
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
            module_name: None,
            language: None,
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
            salt: None,
            build: Build::WhenNeeded,
        }
    }
}
