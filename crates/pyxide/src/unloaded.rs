//! Why the system's loader refused a module, in words that lead to the user's source.

use std::path::Path;

use cache_key::{Base, Dependency};
use cython_driver::symbol_error;

use crate::Built;

/// What the loader said, told to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unloaded {
    /// What is wrong, with the line of the source if there is one.
    pub message: String,
    /// The next step.
    pub hint: String,
}

/// What the loader misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing<'a> {
    Symbol(&'a str),
    Library(&'a str),
}

/// Explains a loader's message about a module that was built from `file`, or from a text. `None` when it is about
/// something else, such as what the module itself raised.
#[must_use]
pub fn unloaded(message: &str, built: &Built, file: Option<&Path>) -> Option<Unloaded> {
    let missing = Missing::read(message, built.verified.path())?;
    let module = built.verified.module();
    let Missing::Symbol(symbol) = missing else {
        return Some(Unloaded {
            message: format!("cannot load `{module}`: {}", missing.words()),
            hint: missing.hint(),
        });
    };
    let label = file.map_or_else(|| "<string>".to_owned(), |file| file.display().to_string());
    let own = built.meta.source_name().and_then(|name| fs_err::read_to_string(built.folder.join(name)).ok());
    let mut sources = vec![(label, own.unwrap_or_default())];
    sources.extend(declarations(built, file));
    let sources: Vec<(&str, &str)> = sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let error = symbol_error(&sources, symbol, format!("cannot load `{module}`: {}", missing.words()));
    let shown = error.render(false);
    Some(Unloaded { message: shown.strip_prefix("error: ").unwrap_or(&shown).to_owned(), hint: missing.hint() })
}

/// The Cython sources that the module was built from besides its own.
fn declarations(built: &Built, file: Option<&Path>) -> Vec<(String, String)> {
    let paths = built.meta.dependencies.list().into_iter().filter_map(|dependency| match dependency {
        Dependency::File { path, .. } => Some(path),
        _ => None,
    });
    let is_cython = |name: &str| [".pxd", ".pxi"].iter().any(|suffix| name.ends_with(suffix));
    let files = paths.filter(|path| is_cython(&path.path)).filter_map(|path| match path.base {
        Base::Source => Some(file?.parent()?.join(&path.path)),
        Base::Root => Some(path.path.into()),
        Base::Site | Base::Package => None,
    });
    files.filter_map(|file| Some((file.display().to_string(), fs_err::read_to_string(&file).ok()?))).collect()
}

impl<'a> Missing<'a> {
    fn read(message: &'a str, artifact: &Path) -> Option<Self> {
        let is_ours = || message.contains(&artifact.display().to_string());
        let word = |text: &'a str| text.split([' ', ',', ':', '\n']).next().filter(|word| !word.is_empty());
        // glibc's words, then musl's.
        if let Some((_, rest)) = message.split_once(": undefined symbol: ") {
            return is_ours().then_some(Self::Symbol(word(rest)?));
        }
        if let Some(rest) = message.strip_prefix("Error relocating ") {
            let (symbol, _) = rest.split_once(": symbol not found")?;
            return is_ours().then_some(Self::Symbol(symbol.rsplit(' ').next()?));
        }
        if let Some((library, _)) = message.split_once(": cannot open shared object file") {
            return Some(Self::Library(library));
        }
        Some(Self::Library(word(message.strip_prefix("Error loading shared library ")?)?))
    }

    fn words(self) -> String {
        match self {
            Self::Symbol(symbol) => format!("no library has the symbol `{symbol}`, which it uses"),
            Self::Library(library) => format!("there is no `{library}` where shared libraries are looked for"),
        }
    }

    fn hint(self) -> String {
        let of_cpp = ["_ZSt", "_ZNSt", "_ZNKSt", "__cxa_", "__gxx_", "_ZTVN10__cxxabi", "_Znw", "_Zdl"];
        match self {
            Self::Symbol(name) if of_cpp.iter().any(|beginning| name.starts_with(beginning)) => {
                "it is of the C++ library: set CXX to a C++ compiler such as g++ or clang++, or add \"stdc++\" to `libraries`".into()
            }
            Self::Symbol(name) if ["omp_", "GOMP_", "__kmpc_"].iter().any(|beginning| name.starts_with(beginning)) => {
                "it is of OpenMP: give `-fopenmp` in `extra_compile_args` and in `extra_link_args`".into()
            }
            Self::Symbol(_) => {
                "name the library that has it in `libraries`, or the source that defines it in `extra_sources`".into()
            }
            Self::Library(library) => format!(
                "install the package that has `{library}`, or say where it is: `# distutils: runtime_library_dirs = FOLDER` or LD_LIBRARY_PATH"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_c_libraries_say() {
        let path = Path::new("/cache/m.so");
        let check = |message, expected| assert_eq!(Missing::read(message, path), expected, "{message}");
        check("/cache/m.so: undefined symbol: far", Some(Missing::Symbol("far")));
        check("/cache/m.so: undefined symbol: far, version V1", Some(Missing::Symbol("far")));
        check("/lib/other.so: undefined symbol: far", None);
        check("Error relocating /cache/m.so: far: symbol not found", Some(Missing::Symbol("far")));
        check(
            "libfar.so.1: cannot open shared object file: No such file or directory",
            Some(Missing::Library("libfar.so.1")),
        );
        check(
            "Error loading shared library libfar.so.1: No such file or directory (needed by /cache/m.so)",
            Some(Missing::Library("libfar.so.1")),
        );
        check("No module named 'nope'", None);
    }
}
