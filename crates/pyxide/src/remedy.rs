//! What to do about something that is not there, on this system.

use cython_driver::Lack;
use fingerprint::{
    Interpreter, Language, Need, Packages, install_command, packages_with_header, packages_with_library,
};

/// One sentence that says how to get it.
pub(crate) fn remedy(lack: &Lack, interpreter: &Interpreter) -> String {
    let python = interpreter.executable.display();
    let of_system = interpreter.base_executable.starts_with("/usr/bin") || interpreter.prefix.starts_with("/usr");
    match lack {
        Lack::Header(name) => {
            let known = packages_with_header(name);
            packaged(
                known,
                &format!("`{name}`"),
                &format!("name its folder among the include dirs (`-I`){}", elsewhere(name)),
            )
        }
        Lack::Library(name) => packaged(
            packages_with_library(name),
            &format!("`lib{name}`"),
            "name its folder among the library dirs (`-L`)",
        ),
        Lack::OpenMp => {
            let without = "build without `openmp`: its loops then run one after the other";
            let install = packages_with_library("omp").map(|packages| install_command(Need::Packages(packages)));
            match install {
                Some(command) => format!(
                    "the compiler has no OpenMP: install it, for Clang {command}, or use GCC (CC, CXX), or {without}"
                ),
                None => format!("the compiler has no OpenMP: use another (CC, CXX), or {without}"),
            }
        }
        Lack::PythonHeaders if of_system => {
            format!(
                "install the interpreter's C headers, {}, or use another interpreter",
                install_command(Need::PythonHeaders)
            )
        }
        Lack::PythonHeaders => {
            format!("`{python}` came without its C headers: install it with them, or use another interpreter")
        }
        Lack::NumPy => format!("the module uses NumPy, which is not installed: `{python} -m pip install numpy`"),
        Lack::Cxx => {
            let command = install_command(Need::Compiler(Language::Cxx));
            format!("this compiler cannot C++: install what it lacks, {command}, or set CXX to one that can")
        }
        Lack::Linker => {
            let command = install_command(Need::Compiler(Language::C));
            format!(
                "the compiler has no assembler or linker: install them, {command}, or set CC and CXX to a whole compiler"
            )
        }
    }
}

fn packaged(known: Option<&'static Packages>, what: &str, otherwise: &str) -> String {
    match known {
        Some(packages) => format!(
            "install the package that has {what}, {}, or {otherwise}",
            install_command(Need::Packages(packages))
        ),
        None => format!("{otherwise}, or install the development package that has {what}"),
    }
}

/// A header of the user's own is found beside his source, which a source without a file does not have.
fn elsewhere(name: &str) -> &'static str {
    if name.contains('/') { " (the one above the first folder of its name)" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_is_known_names_a_package() {
        let text = packaged(packages_with_header("zlib.h"), "`zlib.h`", "name its folder");
        assert!(
            text.starts_with("install the package that has `zlib.h`, ") && text.ends_with(", or name its folder"),
            "{text}"
        );
        let text = packaged(packages_with_header("mine.h"), "`mine.h`", "name its folder");
        assert_eq!(text, "name its folder, or install the development package that has `mine.h`");
    }
}
