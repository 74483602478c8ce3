//! The only list of what is in a request key.
//!
//! A field that is missing here hands a user somebody else's module, silently. A needless one costs a rebuild. So, when
//! in doubt, it goes in; what stays out is what provably changes no byte: modification times, the working directory,
//! where the project lies, the kernel's release, the interpreter's patch level, the user's language.
//!
//! | part | changes when | used when it is unknown |
//! |---|---|---|
//! | [`Portable`] | the request or the interpreter changes | never: it is always known |
//! | [`Toolchain`] | Cython or the compiler changes | a hit needs no tools, so the newest build of the same portable part is taken |

use std::collections::BTreeMap;

use fingerprint::{Compiler, Cython, Digest, Interpreter, Language};
use serde::{Deserialize, Serialize};

use crate::{Fields, KEY_VERSION, ModuleName, Value};

/// What the caller asked for and what will load it. Deliberately without `Default`: each field is a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the key, with a name of its own")]
pub struct Portable {
    /// The digest of the normalised source.
    pub source: Digest,
    /// The folder of the source within its project, whose name is in messages that the module can give; `None` for a
    /// source without a file, which has no siblings.
    pub place: Option<String>,
    /// The module's name, when the caller gave one or the file has one.
    pub module_name: Option<ModuleName>,
    /// The language that the source is written in.
    #[serde(default)]
    pub syntax: Syntax,
    /// The language that Cython translates to.
    pub language: Language,
    /// Cython's directives, those of the caller and those of the source's header merged.
    pub directives: BTreeMap<String, String>,
    /// Folders for includes and cimports, in their order. Inside the source's project relative to the source.
    pub include_dirs: Vec<String>,
    /// Folders for libraries, in their order. Written like `include_dirs`.
    pub library_dirs: Vec<String>,
    /// Libraries to link with, in their order.
    pub libraries: Vec<String>,
    /// C macros, in their order; without a value they are defined as 1, as `-DNAME` does it.
    pub define_macros: Vec<(String, Option<String>)>,
    /// The compiler's first arguments, those that say how to optimise and what a debugger gets.
    #[serde(default)]
    pub code_generation: Vec<String>,
    /// Further arguments of the compiler, `CFLAGS` and `CPPFLAGS` first.
    pub extra_compile_args: Vec<String>,
    /// Further arguments of the linker, `LDFLAGS` first.
    pub extra_link_args: Vec<String>,
    /// Further C or C++ sources: name and content, in their order.
    pub extra_sources: Vec<(String, Digest)>,
    /// Files that lie beside the source during the build: name and content.
    pub support_files: BTreeMap<String, Digest>,
    /// Whether arguments beyond the safe ones were allowed.
    #[serde(default)]
    pub unsafe_flags: bool,
    /// This machine's processor, when the arguments ask the compiler to look at it (`-march=native`).
    #[serde(default)]
    pub cpu: Option<String>,
    /// Whether loops may run in parallel with OpenMP.
    #[serde(default)]
    pub openmp: bool,
    /// Whether NumPy's headers are kept from the compiler even where the module wants them.
    #[serde(default)]
    pub without_numpy: bool,
    /// Whether the generated code says which line of the source it comes from.
    #[serde(default)]
    pub line_directives: bool,
    /// Whether a page that shows what each line costs is part of what is built.
    #[serde(default)]
    pub annotate: bool,
    /// Whether the generated code is part of what is built.
    #[serde(default)]
    pub keep_c: bool,
    /// The interpreter that will load it; with the limited API, all those from the floor's version on.
    pub abi: Abi,
    /// Whatever the user wants to tell apart.
    pub salt: Option<String>,
}

/// The language that a source is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Syntax {
    /// Cython's own, in `.pyx` files.
    #[default]
    #[serde(rename = "pyx")]
    Cython,
    /// Python, possibly with types in a `.pxd` file beside it.
    #[serde(rename = "py")]
    Python,
}

/// What decides whether an interpreter can load an extension module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abi {
    /// `cpython`.
    pub implementation: String,
    /// Major and minor version: the C interface changes with the minor version only.
    pub version: (u16, u16),
    /// The interpreter's own name for its interface.
    pub soabi: String,
    /// The end of the artifact's file name.
    pub extension_suffix: String,
    /// Debug builds have larger objects.
    pub debug: bool,
    /// Builds without the global lock have other object headers.
    pub free_threaded: bool,
    /// Operating system and machine.
    pub platform: String,
    /// The C library and version that the artifact is linked with.
    pub libc: String,
    /// Flags of the interpreter's own build that change the meaning of code.
    pub abi_flags: Vec<String>,
}

/// The tools that will build it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toolchain {
    /// Cython's version.
    pub cython: String,
    /// The compiler's own name for its version.
    pub compiler: String,
    /// What the compiler compiles for.
    pub target: String,
    /// Arguments that belong to the compiler, such as `-m32` in `CC`.
    pub compiler_args: Vec<String>,
    /// The compiler's programs by content: a compiler replaced in place is another one.
    pub programs: BTreeMap<String, Digest>,
    /// The version of the driver's way of using the tools.
    pub recipe: u32,
}

impl Portable {
    /// The fields that are in the key.
    pub fn fields(&self) -> Fields {
        // Taking the structure apart makes a forgotten field a compile error.
        let Self {
            source,
            place,
            module_name,
            syntax,
            language,
            directives,
            include_dirs,
            library_dirs,
            libraries,
            define_macros,
            code_generation,
            extra_compile_args,
            extra_link_args,
            extra_sources,
            support_files,
            unsafe_flags,
            cpu,
            openmp,
            without_numpy,
            line_directives,
            annotate,
            keep_c,
            abi,
            salt,
        } = self;
        let fields = Fields::new("portable")
            .with("source", *source)
            .with("place", place.as_ref())
            .with("module name", module_name.as_ref().map(ModuleName::as_str))
            .with("syntax", syntax.suffix())
            .with("language", language.name())
            .with("directives", directives.iter().collect::<Value>())
            .with("include dirs", include_dirs.iter().collect::<Value>())
            .with("library dirs", library_dirs.iter().collect::<Value>())
            .with("libraries", libraries.iter().collect::<Value>())
            .with("macros", define_macros.iter().map(|(name, value)| (name, value.as_ref())).collect::<Value>())
            .with("code generation", code_generation.iter().collect::<Value>())
            .with("compile arguments", extra_compile_args.iter().collect::<Value>())
            .with("link arguments", extra_link_args.iter().collect::<Value>())
            .with("extra sources", extra_sources.iter().map(|(name, digest)| (name, *digest)).collect::<Value>())
            .with("support files", support_files.iter().map(|(name, digest)| (name, *digest)).collect::<Value>())
            .with("unsafe flags", *unsafe_flags)
            .with("processor", cpu.as_ref())
            .with("OpenMP", *openmp)
            .with("without NumPy", *without_numpy)
            .with("line directives", *line_directives)
            .with("annotation", *annotate)
            .with("generated code", *keep_c);
        abi.add_to(fields).with("salt", salt.as_ref())
    }

    /// The digest of the fields.
    pub fn digest(&self) -> Digest {
        self.fields().digest(KEY_VERSION)
    }
}

impl Syntax {
    /// The end of the names of files in it, without the dot.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Cython => "pyx",
            Self::Python => "py",
        }
    }
}

impl Abi {
    /// The name that CPython gives the part of its interface that later versions keep (PEP 384).
    const LIMITED: &str = "abi3";

    /// The interface of a module that is built with the limited API for this interpreter's kind, from a version on.
    #[must_use]
    pub fn limited(&self, floor: (u16, u16)) -> Self {
        Self {
            version: floor,
            soabi: Self::LIMITED.into(),
            extension_suffix: format!(".{}.so", Self::LIMITED),
            debug: false,
            free_threaded: false,
            ..self.clone()
        }
    }

    /// Adds what decides whether it can be loaded.
    pub(crate) fn add_to(&self, fields: Fields) -> Fields {
        // Taking the structure apart makes a forgotten field a compile error.
        let Self { implementation, version, soabi, extension_suffix, debug, free_threaded, platform, libc, abi_flags } =
            self;
        fields
            .with("implementation", implementation)
            .with("python version", &format!("{}.{}", version.0, version.1))
            .with("SOABI", soabi)
            .with("extension suffix", extension_suffix)
            .with("debug interpreter", *debug)
            .with("free-threaded interpreter", *free_threaded)
            .with("platform", platform)
            .with("C library", libc)
            .with("ABI flags", abi_flags.iter().collect::<Value>())
    }

    /// Whether it is that of the limited API.
    pub fn is_limited(&self) -> bool {
        self.soabi == Self::LIMITED
    }

    /// Whether an interpreter with this interface can load a module that was built for the other.
    pub fn loads(&self, built_for: &Self) -> bool {
        // Whoever asks for the limited API again asks for exactly what was built.
        let covers = || !self.free_threaded && self.version >= built_for.version;
        self == built_for
            || (built_for.is_limited()
                && !self.is_limited()
                && covers()
                && self.limited(built_for.version) == *built_for)
    }
}

impl Toolchain {
    /// The toolchain that these tools are when they are used by this version of the recipe.
    pub fn new(cython: &Cython, compiler: &Compiler, recipe: u32) -> Self {
        Self {
            cython: cython.version.clone(),
            compiler: compiler.version.clone(),
            target: compiler.target.clone(),
            compiler_args: compiler.arguments.clone(),
            programs: compiler.programs.clone(),
            recipe,
        }
    }

    /// The fields that are in the key.
    pub fn fields(&self) -> Fields {
        let Self { cython, compiler, target, compiler_args, programs, recipe } = self;
        Fields::new("toolchain")
            .with("Cython", cython)
            .with("compiler", compiler)
            .with("target", target)
            .with("compiler arguments", compiler_args.iter().collect::<Value>())
            .with("compiler programs", programs.iter().map(|(name, digest)| (name, *digest)).collect::<Value>())
            .with("recipe", &recipe.to_string())
    }

    /// The digest of the fields.
    pub fn digest(&self) -> Digest {
        self.fields().digest(KEY_VERSION)
    }
}

impl From<&Interpreter> for Abi {
    fn from(interpreter: &Interpreter) -> Self {
        Self {
            implementation: interpreter.implementation.clone(),
            version: interpreter.version,
            soabi: interpreter.soabi.clone(),
            extension_suffix: interpreter.extension_suffix.clone(),
            debug: interpreter.debug,
            free_threaded: interpreter.free_threaded,
            platform: interpreter.platform.clone(),
            libc: interpreter.libc.clone(),
            abi_flags: interpreter.abi_flags.clone(),
        }
    }
}
