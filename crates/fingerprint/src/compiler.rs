//! The C side of a fingerprint: which compiler, and which programs it runs.
//!
//! A compiler's identity is its content, not its name: `gcc` under the same path is another compiler after an upgrade,
//! and the driver is only one of the programs that make the bytes. So the driver, the compiler proper, the assembler and
//! the linker are digested, once, and their stamps decide whether that is still true.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

use serde::{Deserialize, Serialize};

use crate::{
    Digest, Error,
    error::COMPILER,
    programs::{find_program, tool_path},
};

/// Programs that stand before a compiler in `CC` and pass its arguments on.
const LAUNCHERS: [&str; 5] = ["ccache", "sccache", "distcc", "icecc", "buildcache"];

/// The language that Cython translates to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// C.
    #[serde(rename = "c")]
    C,
    /// C++.
    #[serde(rename = "c++")]
    Cxx,
}

/// Which compiler is asked about.
#[derive(Debug, Clone)]
pub struct CompilerQuery {
    /// The language to compile.
    pub language: Language,
    /// The value of `CC` or `CXX`, if the user set one: a program, possibly after a launcher and before arguments.
    pub command: Option<String>,
    /// The caller's `PATH`.
    pub path: OsString,
}

/// A compiler that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compiler {
    /// The language it compiles.
    pub language: Language,
    /// The driver.
    pub program: PathBuf,
    /// Arguments that came with it in `CC` or `CXX`.
    pub arguments: Vec<String>,
    /// GCC or Clang.
    pub family: Family,
    /// The first line of `--version`.
    pub version: String,
    /// What it compiles for, for example `x86_64-linux-gnu`.
    pub target: String,
    /// The driver and the programs it runs, by name, with the digests of their content.
    pub programs: BTreeMap<String, Digest>,
    /// Where its own headers are; files there are part of the compiler.
    pub install: Option<PathBuf>,
    /// Whether its linker can write down what it read (`--dependency-file`).
    pub linker_lists_inputs: bool,
}

/// The two kinds of compiler whose options are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// The GNU compilers.
    Gcc,
    /// LLVM's.
    Clang,
}

/// A [`CompilerQuery`] with its program found, which a look at the file system does without starting anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    language: Language,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Language {
    /// `C` or `C++`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Cxx => "C++",
        }
    }

    /// The environment variable that names the compiler.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::C => "CC",
            Self::Cxx => "CXX",
        }
    }

    /// The compilers that are looked for when none is named, in this order.
    fn candidates(self) -> [&'static str; 3] {
        match self {
            Self::C => ["cc", "gcc", "clang"],
            Self::Cxx => ["c++", "g++", "clang++"],
        }
    }
}

/// Finds the program that the query means.
pub(crate) fn locate(query: &CompilerQuery) -> Result<Located, Error> {
    let located = |program, arguments| Located { language: query.language, program, arguments };
    let mut words = query.command.as_deref().unwrap_or_default().split_whitespace().peekable();
    if words.peek().is_none() {
        let candidates = query.language.candidates();
        let found = candidates.iter().find_map(|name| find_program(OsStr::new(name), &query.path).ok());
        return found.map(|program| located(program, vec![])).ok_or_else(|| Error::NoCompiler {
            language: query.language,
            candidates: candidates.map(str::to_owned).into(),
        });
    }
    let mut program = words.next().unwrap_or_default();
    if is_launcher(program) && words.peek().is_some() {
        // The cache of finished modules is ours; the launcher would only be asked about what is not in it.
        program = words.next().unwrap_or_default();
    }
    let found = find_program(OsStr::new(program), &query.path)
        .map_err(|_| Error::CompilerNotFound { language: query.language, name: program.to_owned() })?;
    Ok(located(found, words.map(str::to_owned).collect()))
}

/// Starts the compiler and asks. Returns the answer and the files that it rests on.
pub(crate) fn ask(located: &Located) -> Result<(Compiler, Vec<PathBuf>), Error> {
    let Located { language, program, arguments } = located;
    let environment = [("PATH", tool_path(program)), ("LC_ALL", "C".into())];
    let tool = cc::Build::new()
        .set_envs_snapshot(environment.clone())
        .compiler(program)
        .cpp(*language == Language::Cxx)
        .target(env!("FINGERPRINT_TARGET"))
        .host(env!("FINGERPRINT_TARGET"))
        .opt_level(2)
        .no_default_flags(true)
        .inherit_rustflags(false)
        .cargo_metadata(false)
        .cargo_debug(false)
        .cargo_output(false)
        .emit_rerun_if_env_changed(false)
        .try_get_compiler()
        .map_err(|error| no_answer(program, &error.to_string()))?;
    let family = if tool.is_like_clang() {
        Family::Clang
    } else if tool.is_like_gnu() {
        Family::Gcc
    } else {
        return Err(Error::UnknownCompiler { program: program.clone() });
    };
    let ask = |question: &str| -> Result<String, Error> {
        let mut command = Command::new(program);
        command.env_clear().envs(environment.clone()).args(arguments).arg(question);
        let output = command.output().map_err(|source| Error::Io { action: "start the compiler", source })?;
        if !output.status.success() {
            return Err(no_answer(program, &String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let proper = match (family, language) {
        (Family::Gcc, Language::C) => Some("cc1"),
        (Family::Gcc, Language::Cxx) => Some("cc1plus"),
        (Family::Clang, _) => None,
    };
    let mut witnesses = vec![program.clone()];
    let mut linker_lists_inputs = false;
    let mut programs = BTreeMap::from([("driver".to_owned(), digest(program)?)]);
    for name in proper.into_iter().chain(["as", "ld"]) {
        let answer = ask(&format!("-print-prog-name={name}"))?;
        // A compiler that does not use such a program repeats the bare name, which may then not exist.
        let Ok(file) = find_program(OsStr::new(&answer), &environment[0].1) else {
            if proper == Some(name) {
                return Err(no_answer(
                    program,
                    &format!("it has no `{name}`, so it cannot compile {}", language.name()),
                ));
            }
            continue;
        };
        programs.insert(name.to_owned(), digest(&file)?);
        if name == "ld" {
            let help = Command::new(&file).env_clear().env("LC_ALL", "C").arg("--help").output();
            linker_lists_inputs =
                help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--dependency-file"));
        }
        witnesses.push(file);
    }
    let install = ask("-print-search-dirs")?
        .lines()
        .find_map(|line| line.strip_prefix("install: "))
        .map(|folder| PathBuf::from(folder.trim_end_matches('/')));
    let install = match family {
        Family::Gcc => install,
        Family::Clang => ask("-print-resource-dir").ok().map(PathBuf::from).or(install),
    };
    let compiler = Compiler {
        language: *language,
        program: program.clone(),
        arguments: arguments.clone(),
        family,
        version: ask("--version")?.lines().next().unwrap_or_default().to_owned(),
        target: ask("-dumpmachine")?,
        programs,
        install,
        linker_lists_inputs,
    };
    Ok((compiler, witnesses))
}

fn is_launcher(program: &str) -> bool {
    let name = Path::new(program).file_name().and_then(OsStr::to_str).unwrap_or_default();
    LAUNCHERS.contains(&name)
}

fn digest(program: &Path) -> Result<Digest, Error> {
    Digest::of_file(program).map_err(|source| Error::Io { action: "read the compiler", source })
}

fn no_answer(program: &Path, output: &str) -> Error {
    let line = output.lines().find(|line| !line.trim().is_empty()).unwrap_or("it printed nothing");
    Error::NoAnswer { program: program.to_owned(), expected: COMPILER, output: line.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_command_is_program_and_arguments_without_launcher() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["gcc", "ccache", "cc"] {
            let file = folder.path().join(name);
            fs_err::write(&file, "").unwrap();
            fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let check = |command: Option<&str>| {
            let query = CompilerQuery {
                language: Language::C,
                command: command.map(str::to_owned),
                path: folder.path().into(),
            };
            locate(&query).map(|located| {
                let name = located.program.file_name().unwrap().to_str().unwrap().to_owned();
                (name, located.arguments)
            })
        };
        assert_eq!(check(None).unwrap(), ("cc".into(), vec![]));
        assert_eq!(check(Some("")).unwrap(), ("cc".into(), vec![]));
        assert_eq!(check(Some("gcc -m32")).unwrap(), ("gcc".into(), vec!["-m32".into()]));
        assert_eq!(check(Some("ccache gcc")).unwrap(), ("gcc".into(), vec![]));
        assert_eq!(check(Some("ccache")).unwrap(), ("ccache".into(), vec![]));
        let error = check(Some("tcc")).unwrap_err();
        assert_eq!(error.to_string(), "there is no program `tcc` on PATH, and CC names it as the compiler");
        assert_eq!(
            check(Some("/nowhere/cc -m64")).unwrap_err().to_string(),
            "`/nowhere/cc` is not a program, and CC names it as the compiler"
        );
    }

    #[test]
    fn no_compiler_says_what_was_looked_for() {
        let query = CompilerQuery { language: Language::Cxx, command: None, path: "/nowhere".into() };
        let error = locate(&query).unwrap_err();
        assert_eq!(error.to_string(), "no C++ compiler: looked for c++, g++, clang++ on PATH");
        assert!(error.hint().unwrap().contains("CXX"));
    }
}
