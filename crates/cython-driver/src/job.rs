//! What to build, and with what.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use cache_key::{Digest, ModuleName, Syntax};
use fingerprint::{Compiler, Cython, Language, NumPy, Python};

use crate::Source;

/// One module to build. All paths are absolute.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of a build, with a name of its own")]
pub struct Job {
    /// The name it is compiled for.
    pub module: ModuleName,
    /// Its source.
    pub source: Source,
    /// What the user knows the source as: a path, or `<string>`.
    pub label: String,
    /// The folder that the source lies in, if it is a file, and the project around that folder.
    pub place: Option<Place>,
    /// The language that the source is written in.
    pub syntax: Syntax,
    /// The language that Cython translates to.
    pub language: Language,
    /// Directives for Cython.
    pub directives: BTreeMap<String, String>,
    /// Folders for includes and cimports.
    pub include_dirs: Vec<PathBuf>,
    /// Folders for libraries.
    pub library_dirs: Vec<PathBuf>,
    /// Libraries to link with.
    pub libraries: Vec<String>,
    /// C macros.
    pub define_macros: Vec<(String, Option<String>)>,
    /// The compiler's first arguments, those that say how to optimise and what a debugger gets.
    pub code_generation: Vec<String>,
    /// Further arguments of the compiler.
    pub extra_compile_args: Vec<String>,
    /// Further arguments of the linker.
    pub extra_link_args: Vec<String>,
    /// Further C or C++ sources.
    pub extra_sources: Vec<PathBuf>,
    /// Objects and archives to link with.
    pub extra_objects: Vec<PathBuf>,
    /// Files whose changes change the module, be they read or not.
    pub depends: Vec<PathBuf>,
    /// Files to lay beside the source.
    pub support_files: BTreeMap<String, Vec<u8>>,
    /// Where those of them are that are files of the user's.
    pub support_places: BTreeMap<String, PathBuf>,
    /// What the modules of its package may read from each other.
    pub package_files: Arc<PackageFiles>,
    /// Whether loops may run in parallel with OpenMP.
    pub openmp: bool,
    /// The version from which on the module can be loaded, when it is to keep to the limited API.
    pub limited_api: Option<(u16, u16)>,
    /// Whether NumPy's headers are given to the compiler.
    pub numpy: NumPyUse,
    /// Whether the generated code says which line of the source it comes from.
    pub line_directives: bool,
    /// Whether Cython writes a page that shows what each line costs.
    pub annotate: bool,
    /// Whether the generated code is to be complete, so that it can be compiled elsewhere.
    pub self_contained: bool,
    /// The end of the artifact's file name, such as `.cpython-311-x86_64-linux-gnu.so`.
    pub artifact_suffix: String,
}

/// Whether NumPy's headers are given to the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumPyUse {
    /// When the module uses it.
    WhenUsed,
    /// Never.
    Never,
}

/// Where a source file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its folder.
    pub folder: PathBuf,
    /// The project's top folder, which is that folder or one above it.
    pub project: PathBuf,
}

/// Files that the modules of a package may read from each other, such as `mypkg/sub/core.pxd`, by their paths from the
/// package's root. What a build reads of them is a dependency, and the rest is nothing to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageFiles {
    contents: BTreeMap<String, Vec<u8>>,
    digests: BTreeMap<String, Digest>,
    places: BTreeMap<String, PathBuf>,
}

impl PackageFiles {
    /// Adds a file. `place` is where it lies, if it is a file of the user's.
    pub fn insert(&mut self, path: &str, content: Vec<u8>, place: Option<PathBuf>) {
        self.digests.insert(path.to_owned(), Digest::of(&content));
        self.contents.insert(path.to_owned(), content);
        self.places.extend(place.map(|place| (path.to_owned(), place)));
    }

    /// The files and what they hold.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.contents.iter()
    }

    /// What a file holds.
    pub fn content(&self, path: &str) -> Option<&[u8]> {
        self.contents.get(path).map(Vec::as_slice)
    }

    /// The files and the digests of what they hold.
    pub fn digests(&self) -> &BTreeMap<String, Digest> {
        &self.digests
    }

    /// Where those of them lie that are files of the user's.
    pub fn places(&self) -> &BTreeMap<String, PathBuf> {
        &self.places
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }
}

/// What builds it.
#[derive(Debug, Clone, Copy)]
pub struct Tools<'a> {
    /// The interpreter that will load the module; it also runs Cython.
    pub python: &'a Python,
    /// Cython.
    pub cython: &'a Cython,
    /// The compiler for the job's language.
    pub compiler: &'a Compiler,
}

impl Job {
    /// The file name of the source in the build and in the cache, such as `square.pyx`.
    pub fn source_name(&self) -> String {
        format!("{}.{}", self.module.last(), self.syntax.suffix())
    }
}

#[cfg(test)]
impl Job {
    /// `square.pyx` in the folder `src` of `/project`, with nothing asked for.
    pub(crate) fn example(source: &str) -> Self {
        Self {
            module: "square".parse().unwrap(),
            source: Source::normalise(source.as_bytes()).unwrap(),
            label: "src/square.pyx".into(),
            place: Some(Place { folder: "/project/src".into(), project: "/project".into() }),
            syntax: Syntax::Cython,
            language: Language::C,
            directives: BTreeMap::from([("language_level".into(), "3".into())]),
            include_dirs: vec![],
            library_dirs: vec![],
            libraries: vec![],
            define_macros: vec![],
            code_generation: vec!["-O2".into(), "-g0".into()],
            extra_compile_args: vec![],
            extra_link_args: vec![],
            extra_sources: vec![],
            extra_objects: vec![],
            depends: vec![],
            support_files: BTreeMap::new(),
            package_files: Arc::default(),
            openmp: false,
            limited_api: None,
            numpy: NumPyUse::WhenUsed,
            line_directives: false,
            annotate: false,
            self_contained: false,
            artifact_suffix: ".cpython-311-x86_64-linux-gnu.so".into(),
            support_places: BTreeMap::new(),
        }
    }
}

/// GCC and a Python with NumPy, at made-up places.
#[cfg(test)]
pub(crate) struct ExampleTools {
    pub(crate) python: Python,
    pub(crate) cython: Cython,
    pub(crate) compiler: Compiler,
}

#[cfg(test)]
impl ExampleTools {
    pub(crate) fn new(language: Language) -> Self {
        let interpreter = fingerprint::Interpreter {
            executable: "/usr/bin/python3".into(),
            base_executable: "/usr/bin/python3".into(),
            implementation: "cpython".into(),
            version: (3, 11),
            full_version: "3.11.7".into(),
            soabi: "cpython-311-x86_64-linux-gnu".into(),
            extension_suffix: ".cpython-311-x86_64-linux-gnu.so".into(),
            debug: false,
            free_threaded: false,
            platform: "linux-x86_64".into(),
            libc: "glibc 2.36".into(),
            abi_flags: vec!["-DNDEBUG".into(), "-fwrapv".into()],
            include: vec!["/usr/include/python3.11".into()],
            has_headers: true,
            libpython: None,
            prefix: "/usr".into(),
            search_path: vec!["/site".into()],
        };
        let numpy =
            NumPy { folder: "/site/numpy".into(), version: "2.4.6".into(), include: "/site/numpy/include".into() };
        Self {
            python: Python { interpreter, cython: None, numpy: Some(numpy) },
            cython: Cython { folder: "/site/Cython".into(), version: "3.3.1".into() },
            compiler: Compiler {
                language,
                program: "/usr/bin/gcc".into(),
                arguments: vec!["-m64".into()],
                family: fingerprint::Family::Gcc,
                version: "gcc 12".into(),
                target: "x86_64-linux-gnu".into(),
                programs: BTreeMap::new(),
                install: None,
                include_dirs: vec![],
                linker_lists_inputs: true,
                launcher: None,
            },
        }
    }

    pub(crate) fn tools(&self) -> Tools<'_> {
        Tools { python: &self.python, cython: &self.cython, compiler: &self.compiler }
    }
}

impl Tools<'_> {
    /// The NumPy whose headers a module that uses it is compiled with.
    pub(crate) fn numpy(&self) -> Option<&NumPy> {
        self.python.numpy.as_ref()
    }
}
