//! Why there is no module, and what to do about it.

use std::{io, path::PathBuf};

use cache_key::{BuildKey, ModuleName};
use cython_driver::{Failure, InstallError, RefusedArgument};

use crate::{PackageFault, Profile};

/// Why there is no module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The interpreter or the compiler is missing or unsuitable.
    #[error(transparent)]
    Tools(fingerprint::Error),
    /// A module name or key that is none.
    #[error(transparent)]
    Name(#[from] cache_key::Error),
    /// A file's name is no module name.
    #[error("the file `{}` cannot be a module of that name", path.display())]
    FileName {
        /// The file.
        path: PathBuf,
        /// Why.
        source: cache_key::Error,
    },
    /// There is no such file.
    #[error("there is no file `{}`", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// A folder, a pipe or a device.
    #[error("`{}` is not a regular file", path.display())]
    NotAFile {
        /// What it is called.
        path: PathBuf,
    },
    /// A file where a folder is wanted.
    #[error("`{}` is not a folder", path.display())]
    NotAFolder {
        /// What it is called.
        path: PathBuf,
    },
    /// A pattern of file names that is none.
    #[error("`{pattern}` is not a pattern of file names: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// A source file that is not one.
    #[error("`{}` is not a Cython source file: its name ends neither in `.pyx` nor in `.py`", path.display())]
    NotPyx {
        /// The file.
        path: PathBuf,
    },
    /// A source that cannot be compiled as it is.
    #[error("`{label}` cannot be compiled")]
    Source {
        /// The file, or `<string>`.
        label: String,
        /// Why.
        source: cython_driver::Error,
    },
    /// A language that is neither C nor C++.
    #[error("`{label}` asks for the language `{language}`")]
    Language {
        /// The file, or `<string>`.
        label: String,
        /// The language.
        language: String,
    },
    /// A profile that is none.
    #[error("there is no profile `{name}`")]
    Profile {
        /// What it was called.
        name: String,
    },
    /// A limited API that there is not, or not here.
    #[error("the limited API of Python {floor} cannot be kept to: {reason}")]
    LimitedApi {
        /// The version from which on the module should be loadable.
        floor: String,
        /// Why not.
        reason: String,
    },
    /// NumPy was said to be required, and is not there.
    #[error("there is no NumPy for `{}`", python.display())]
    NoNumPy {
        /// The interpreter.
        python: PathBuf,
    },
    /// A source that is too large to be one.
    #[error("`{label}` has {size} bytes, and a source may have {limit}")]
    TooLarge {
        /// The file, or `<string>`.
        label: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// An extra source that no compiler takes for one.
    #[error("the extra source `{}` is neither C, C++ nor assembly", path.display())]
    ExtraSource {
        /// The file.
        path: PathBuf,
    },
    /// An argument for the compiler or the linker that is not safe.
    #[error("{from}: {source}")]
    Flag {
        /// Who gave it.
        from: &'static str,
        /// Which, and why it is refused.
        source: RefusedArgument,
    },
    /// An environment variable with a value that means nothing.
    #[error("{name} is `{}`, and must be {expected}", value.escape_debug())]
    Setting {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Two files to lay beside the source have one name.
    #[error("two support files are called `{name}`")]
    SupportTwice {
        /// The name.
        name: String,
    },
    /// What is given is no package.
    #[error("the package `{package}` cannot be built")]
    Package {
        /// Its name.
        package: String,
        /// Why.
        source: PackageFault,
    },
    /// A package is built from one folder.
    #[error("the package `{package}` lies in one folder, and {given} are given")]
    NotOneFolder {
        /// Its name.
        package: ModuleName,
        /// How many are given.
        given: usize,
    },
    /// Modules of a package could not be built.
    #[error("{} of {of} modules of the package `{package}` could not be built: {}", failures.len(), names(failures))]
    PackageFailed {
        /// The package.
        package: ModuleName,
        /// How many modules it has.
        of: usize,
        /// Those that could not be built, and why.
        failures: Vec<(ModuleName, Error)>,
        /// Modules that import each other in a circle, if there are any.
        circle: Vec<ModuleName>,
    },
    /// The build failed, was cancelled, or took too long.
    #[error(transparent)]
    Build(cython_driver::Error),
    /// There is no Cython, or none that is new enough.
    #[error("{found} for `{}`", python.display())]
    NoCython {
        /// `no Cython`, or which one that is too old.
        found: String,
        /// The interpreter.
        python: PathBuf,
    },
    /// No Cython could be installed.
    #[error("there is no Cython for `{}`, and none could be installed", python.display())]
    Install {
        /// The interpreter.
        python: PathBuf,
        /// Why.
        source: InstallError,
    },
    /// The cache does not have it, and building was forbidden.
    #[error("`{module}` is not in the cache, and building is switched off")]
    NoBuild {
        /// The module or file.
        module: String,
    },
    /// Something that the build reads was edited during each attempt.
    #[error("`{}` changed while it was being compiled, three times in a row", file.display())]
    KeepsChanging {
        /// The file.
        file: PathBuf,
    },
    /// What was built was collected at once during each attempt.
    #[error("the module was built, and removed from the cache before it could be used, three times in a row")]
    KeepsVanishing,
    /// What the tools made is not loadable.
    #[error("the tools made a module that is not loadable: {reason}")]
    Unloadable {
        /// Why.
        reason: String,
    },
    /// There is no such entry.
    #[error("there is no cache entry `{key}`")]
    NoEntry {
        /// The key.
        key: BuildKey,
    },
    /// A module's key where a package's is wanted.
    #[error("the cache entry `{key}` is the module `{module}`, and no package")]
    NotAPackage {
        /// The key.
        key: BuildKey,
        /// The module.
        module: ModuleName,
    },
    /// A package's key where a module's is wanted.
    #[error("the cache entry `{key}` is the package `{package}`, and no module")]
    NotAModule {
        /// The key.
        key: BuildKey,
        /// The package.
        package: ModuleName,
    },
    /// No key begins so.
    #[error("no cache entry's key begins with `{beginning}`")]
    NoSuchBeginning {
        /// The beginning.
        beginning: String,
    },
    /// Several keys begin so.
    #[error("the keys of {} cache entries begin with `{beginning}`: {}", keys.len(), keys.iter().map(BuildKey::short).collect::<Vec<_>>().join(", "))]
    ManyKeys {
        /// The beginning.
        beginning: String,
        /// The keys.
        keys: Vec<BuildKey>,
    },
    /// The cache failed.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// The lock could not be taken.
    #[error(transparent)]
    Lock(#[from] lock_dir::Error),
    /// An entry could not be used.
    #[error(transparent)]
    Load(ext_loader::Error),
    /// A file could not be read. The source names it.
    #[error("cannot {action}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// There are no templates here.
    #[error("the templates are not there: `{}` does not hold them", looked.display())]
    NoTemplates {
        /// Where they were looked for first.
        looked: PathBuf,
    },
    /// What cannot be a template's name.
    #[error("`{name}` is not the name of a template")]
    TemplateName {
        /// What was given.
        name: String,
    },
    /// There is no such template.
    #[error("there is no template `{name}`")]
    NoTemplate {
        /// What was given.
        name: String,
        /// What may have been meant.
        meant: Option<String>,
    },
    /// A name that several templates have.
    #[error("`{name}` is the name of {} templates: {}", found.len(), found.join(", "))]
    ManyTemplates {
        /// What was given.
        name: String,
        /// What they are called.
        found: Vec<String>,
    },
    /// There is no folder for the cache.
    #[error("there is no place for the cache: neither PYXIDE_CACHE_DIR, XDG_CACHE_HOME nor HOME is set")]
    NoCacheFolder,
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Tools(error) => error.hint(),
            Self::Name(error) | Self::FileName { source: error, .. } => error.hint().map(str::to_owned),
            Self::NoFile { path } if path.is_relative() => {
                let folder = std::env::current_dir().unwrap_or_default();
                Some(format!("the path is relative to `{}`", folder.display()))
            }
            Self::NoFile { .. } => Some("check the path".into()),
            Self::NotAFile { .. } => Some("give the path of a file".into()),
            Self::NotAFolder { .. } => Some("give the path of a folder".into()),
            Self::Pattern { .. } => Some("use `*` for any letters, `?` for one, and `[abc]` for one of several".into()),
            Self::NotPyx { .. } => Some("rename it, or give the text itself".into()),
            Self::Source { source, .. } | Self::Build(source) => source.hint(),
            Self::Language { .. } => Some("use `c` or `c++`".into()),
            Self::Profile { .. } => {
                Some(format!("the profiles are {}", Profile::ALL.map(Profile::name).join(", ")))
            }
            Self::LimitedApi { .. } => Some("build without the limited API, or name another version".into()),
            Self::NoNumPy { python } => Some(format!("install it: `{} -m pip install numpy`", python.display())),
            Self::TooLarge { .. } => Some("split it into several modules, or load its data from a file".into()),
            Self::ExtraSource { .. } => Some(
                "give it a name that ends in .c, .cc, .cpp, .cxx or .s; objects and libraries go among the link arguments".into(),
            ),
            Self::Flag { .. } => Some(
                "leave it out, or allow any argument with allow_unsafe_flags=True, `--allow-unsafe-flags` or PYXIDE_ALLOW_UNSAFE_FLAGS=1"
                    .into(),
            ),
            Self::Setting { name, .. } => Some(format!("set {name} to such a value, or unset it")),
            Self::SupportTwice { .. } => Some("rename one of them".into()),
            Self::NotOneFolder { .. } => Some("give the folder that holds all of its modules".into()),
            Self::Package { source, .. } => Some(source.hint().into()),
            Self::PackageFailed { failures, circle, .. } => {
                failures.iter().find_map(|(_, error)| error.hint()).or_else(|| circle_hint(circle))
            }
            Self::NoCython { python, .. } => {
                Some(format!("install it: `{} -m pip install 'cython>=3.1'`", python.display()))
            }
            Self::Install { python, source } => Some(match source {
                InstallError::NotPinned(_) => {
                    "use an interpreter from 3.10 to 3.14 with `--python`, or install Cython for this one".into()
                }
                InstallError::NoPip { .. } => {
                    "install pip (Debian: `sudo apt-get install python3-pip`) or uv, or choose another interpreter with `--python`"
                        .into()
                }
                _ => format!(
                    "without a network, install Cython from a file: `{} -m pip install --no-index --find-links FOLDER 'cython>=3.1'`",
                    python.display()
                ),
            }),
            Self::NoBuild { .. } => Some("build it once without `build=False`, `--no-build` and PYXIDE_NO_BUILD".into()),
            Self::KeepsVanishing => Some("pin what is needed, or collect with a larger limit".into()),
            Self::KeepsChanging { .. } => Some("build again when nothing writes to it".into()),
            Self::Unloadable { .. } => Some("look at extra_link_args and LDFLAGS".into()),
            Self::NoEntry { .. } | Self::NoSuchBeginning { .. } => {
                Some("`pyxide cache list` shows the entries there are".into())
            }
            Self::NotAPackage { .. } => Some("import it with import_cached".into()),
            Self::NotAModule { .. } => Some("import it with import_cached_package".into()),
            Self::ManyKeys { .. } => Some("write more of the key".into()),
            Self::Registry(error) => error.hint(),
            Self::Lock(error) => error.hint().map(str::to_owned),
            Self::Load(ext_loader::Error::OtherInterpreter { .. }) => {
                Some("build it for this interpreter from its source".into())
            }
            Self::NoTemplates { .. } => Some(
                "use the command that the Python distribution installs, or set PYXIDE_TEMPLATES to the folder `templates` of pyxide's sources"
                    .into(),
            ),
            Self::TemplateName { .. } => Some("a template is called `category/name`, such as `basic/square`".into()),
            Self::NoTemplate { meant, .. } => {
                let meant = meant.as_ref().map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
                Some(format!("{meant}`pyxide template list` shows all"))
            }
            Self::ManyTemplates { .. } => Some("name its category, too".into()),
            Self::NoCacheFolder => Some("set PYXIDE_CACHE_DIR to a folder of yours".into()),
            Self::Load(_) | Self::Io { .. } => None,
        }
    }

    /// The failed step of a build, with its diagnostics.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Build(cython_driver::Error::Failed(failure)) => Some(failure),
            _ => None,
        }
    }
}

/// What may be wrong where modules import each other in a circle.
pub fn circle_hint(circle: &[ModuleName]) -> Option<String> {
    let first = circle.first()?;
    let ways = circle.iter().chain([first]).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" imports ");
    Some(format!("{ways}: move what two of them need into a module that imports none of them"))
}

fn names(failures: &[(ModuleName, Error)]) -> String {
    failures.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl From<fingerprint::Error> for Error {
    fn from(error: fingerprint::Error) -> Self {
        match error {
            fingerprint::Error::Cancelled => Self::Build(cython_driver::Error::Cancelled),
            other => Self::Tools(other),
        }
    }
}

impl From<ext_loader::Error> for Error {
    fn from(error: ext_loader::Error) -> Self {
        match error {
            ext_loader::Error::Entry(error) => Self::Registry(error),
            other => Self::Load(other),
        }
    }
}

/// An error and its causes in one line, each cause once.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let words = source.to_string();
        // Some errors already say what their source says.
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cancels_a_question_cancels_the_build() {
        let error = Error::from(fingerprint::Error::Cancelled);
        assert!(matches!(error, Error::Build(cython_driver::Error::Cancelled)), "{error:?}");
    }
}
