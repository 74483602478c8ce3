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
    process::{Command, Output},
};

use serde::{Deserialize, Serialize};

use crate::{
    Digest, Error,
    error::COMPILER,
    programs::{find_program, tool_path},
    talk::{Listener, talk},
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
    /// What a launcher gets to see of the caller's environment, such as `CCACHE_DIR`.
    pub launcher_environment: BTreeMap<String, String>,
}

/// A program that is told to run the compiler, such as ccache. It changes no byte of what comes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launcher {
    /// Itself, and launchers that it is told to run in turn.
    pub programs: Vec<PathBuf>,
    /// What it gets to see of the caller's environment.
    pub environment: BTreeMap<String, String>,
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
    /// The folders in which it looks for `<…>` headers by itself, in its order and spelling.
    pub include_dirs: Vec<PathBuf>,
    /// Whether its linker can write down what it read (`--dependency-file`).
    pub linker_lists_inputs: bool,
    /// What is told to run it, when it compiles. Not part of what it is.
    #[serde(skip)]
    pub launcher: Option<Launcher>,
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
    pub(crate) launcher: Option<Launcher>,
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

    /// What the compilers call it after `-x`.
    fn option(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Cxx => "c++",
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
    let located = |program, arguments, launcher| Located { language: query.language, program, arguments, launcher };
    let command = query.command.as_deref().unwrap_or_default();
    let mut words = shlex::split(command)
        .ok_or_else(|| Error::UnclosedQuote { language: query.language, command: command.to_owned() })?
        .into_iter()
        .peekable();
    if words.peek().is_none() {
        let candidates = query.language.candidates();
        let found = candidates.iter().find_map(|name| find_program(OsStr::new(name), &query.path).ok());
        return found.map(|program| located(program, vec![], None)).ok_or_else(|| Error::NoCompiler {
            language: query.language,
            candidates: candidates.map(str::to_owned).into(),
        });
    }
    let mut program = words.next().unwrap_or_default();
    let find = |program: &str| {
        find_program(OsStr::new(program), &query.path)
            .map_err(|_| Error::CompilerNotFound { language: query.language, name: program.to_owned() })
    };
    let mut launchers = Vec::new();
    while is_launcher(&program) && words.peek().is_some() {
        launchers.push(find(&program)?);
        program = words.next().unwrap_or_default();
    }
    let launcher = (!launchers.is_empty())
        .then(|| Launcher { programs: launchers, environment: query.launcher_environment.clone() });
    Ok(located(find(&program)?, words.collect(), launcher))
}

/// Starts the compiler and asks. Returns the answer and the files that it rests on, of which some must stay absent.
///
/// `folder` is for temporary files: what the environment says about theirs is not our business.
pub(crate) fn ask(
    located: &Located,
    folder: &Path,
    listener: &Listener<'_>,
) -> Result<(Compiler, Vec<PathBuf>), Error> {
    let Located { language, program, arguments, .. } = located;
    let environment = [("PATH", tool_path(program)), ("LC_ALL", "C".into())];
    let ask_all = |questions: &[&str]| -> Result<Output, Error> {
        let mut command = Command::new(program);
        command.env_clear().envs(environment.clone()).args(arguments).args(questions);
        let output = talk(&mut command, &[], listener)?;
        if !output.status.success() {
            return Err(no_answer(program, &String::from_utf8_lossy(&output.stderr)));
        }
        Ok(output)
    };
    let ask = |question: &str| -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&ask_all(&[question])?.stdout).trim().to_owned())
    };
    // Nothing can end the questions of `family`, so a compiler has to answer some of ours before: one of each kind.
    let version = ask("--version")?.lines().next().unwrap_or_default().to_owned();
    let headers = match ask_all(&["-E", "-v", "-x", language.option(), "-"]) {
        Err(error @ (Error::Cancelled | Error::Silent { .. })) => return Err(error),
        headers => headers,
    };
    let family = family(located, folder, &environment)?;
    let proper = match (family, language) {
        (Family::Gcc, Language::C) => Some("cc1"),
        (Family::Gcc, Language::Cxx) => Some("cc1plus"),
        (Family::Clang, _) => None,
    };
    let folders = ask("-print-search-dirs")?;
    let places = Places::new(&folders, &environment[0].1);
    let mut witnesses = vec![program.clone()];
    let mut linker_lists_inputs = false;
    let mut programs = BTreeMap::from([("driver".to_owned(), digest(program)?)]);
    for name in proper.into_iter().chain(["as", "ld"]) {
        let answer = ask(&format!("-print-prog-name={name}"))?;
        // A compiler that does not use such a program repeats the bare name, which may then not exist.
        let found = find_program(OsStr::new(&answer), &environment[0].1).ok();
        witnesses.extend(places.before(name, found.as_deref()));
        let Some(file) = found else {
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
            let help = talk(Command::new(&file).env_clear().env("LC_ALL", "C").arg("--help"), &[], listener);
            linker_lists_inputs = match help {
                Err(error @ Error::Cancelled) => return Err(error),
                help => help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--dependency-file")),
            };
        }
        witnesses.push(file);
    }
    let (include_dirs, absent) = header_folders(&String::from_utf8_lossy(&headers?.stderr));
    witnesses.extend(absent);
    let install = folders
        .lines()
        .find_map(|line| line.strip_prefix("install: "))
        .map(|folder| PathBuf::from(folder.trim_end_matches('/')));
    let install = match family {
        Family::Gcc => install,
        Family::Clang => match ask("-print-resource-dir") {
            Err(error @ Error::Cancelled) => return Err(error),
            folder => folder.ok().map(PathBuf::from).or(install),
        },
    };
    let compiler = Compiler {
        language: *language,
        program: program.clone(),
        arguments: arguments.clone(),
        family,
        version,
        target: ask("-dumpmachine")?,
        programs,
        install,
        include_dirs,
        linker_lists_inputs,
        launcher: None,
    };
    Ok((compiler, witnesses))
}

/// Whether it is GCC or Clang, by the macros that it defines.
fn family(located: &Located, folder: &Path, environment: &[(&'static str, OsString); 2]) -> Result<Family, Error> {
    let Located { language, program, .. } = located;
    let tool = cc::Build::new()
        .set_envs_snapshot(environment.clone())
        .out_dir(folder)
        .compiler(program)
        .cpp(*language == Language::Cxx)
        .target(env!("FINGERPRINT_TARGET"))
        .host(env!("FINGERPRINT_TARGET"))
        .opt_level(2)
        .no_default_flags(true)
        .inherit_rustflags(false)
        // Our standard output is not Cargo's.
        .cargo_metadata(false)
        .cargo_warnings(false)
        .cargo_debug(false)
        .cargo_output(false)
        .emit_rerun_if_env_changed(false)
        .try_get_compiler()
        .map_err(|error| no_answer(program, &error.to_string()))?;
    if tool.is_like_clang() {
        Ok(Family::Clang)
    } else if tool.is_like_gnu() {
        Ok(Family::Gcc)
    } else {
        Err(Error::UnknownCompiler { program: program.clone() })
    }
}

/// The folders that `-E -v` lists for `<…>`, and those that would be among them if they were there.
fn header_folders(text: &str) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let absent = text
        .lines()
        .filter_map(|line| line.strip_prefix("ignoring nonexistent directory \"")?.strip_suffix('"'))
        .map(PathBuf::from)
        .collect();
    let found = text
        .lines()
        .skip_while(|line| *line != "#include <...> search starts here:")
        .skip(1)
        .take_while(|line| *line != "End of search list.")
        .map(|line| PathBuf::from(line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    (found, absent)
}

/// Where a compiler looks for the programs it runs, in its order.
struct Places(Vec<PathBuf>);

impl Places {
    /// Its own folders as `-print-search-dirs` lists them, then those of `PATH`.
    fn new(search_dirs: &str, path: &OsStr) -> Self {
        let own = search_dirs.lines().find_map(|line| line.strip_prefix("programs: ="));
        let mut places = Self(vec![]);
        for folder in std::env::split_paths(own.unwrap_or_default()).chain(std::env::split_paths(path)) {
            if folder.is_absolute() && !places.0.contains(&folder) {
                places.0.push(folder);
            }
        }
        places
    }

    /// The files that would be run instead of `found` if they were there.
    fn before<'a>(&'a self, name: &'a str, found: Option<&'a Path>) -> impl Iterator<Item = PathBuf> {
        self.0.iter().map(move |folder| folder.join(name)).take_while(move |file| Some(file.as_path()) != found)
    }
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
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::{Probes, programs::tests::script};

    /// What the compiler is that `CC` names, with a memory in `folder`.
    fn compiler(folder: &Path, command: &Path, cancelled: &dyn Fn() -> bool) -> Result<Compiler, Error> {
        let command = shlex::try_quote(command.to_str().unwrap()).unwrap().into_owned();
        let query = CompilerQuery {
            language: Language::C,
            command: Some(command),
            path: "/usr/bin:/bin".into(),
            launcher_environment: BTreeMap::new(),
        };
        Probes::new(folder.join("probes")).compiler(&query, cancelled)
    }

    #[test]
    fn the_command_is_launchers_program_and_arguments() {
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
                launcher_environment: BTreeMap::new(),
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
        assert_eq!(check(Some("ccache ccache gcc -m32")).unwrap(), ("gcc".into(), vec!["-m32".into()]));
        assert_eq!(
            check(Some("sccache gcc")).unwrap_err().to_string(),
            "there is no program `sccache` on PATH, and CC names it as the compiler"
        );
        assert_eq!(check(Some("gcc '-I/a b' -m\\ 32")).unwrap(), ("gcc".into(), vec!["-I/a b".into(), "-m 32".into()]));
        let quoted = format!("'{}'", folder.path().join("cc").display());
        assert_eq!(check(Some(&quoted)).unwrap(), ("cc".into(), vec![]));
        assert_eq!(
            check(Some("gcc 'a b")).unwrap_err().to_string(),
            "CC is `gcc 'a b`, and a quote in it does not close"
        );
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
        let query = CompilerQuery {
            language: Language::Cxx,
            command: None,
            path: "/nowhere".into(),
            launcher_environment: BTreeMap::new(),
        };
        let error = locate(&query).unwrap_err();
        assert_eq!(error.to_string(), "no C++ compiler: looked for c++, g++, clang++ on PATH");
        assert!(error.hint().unwrap().contains("CXX"));
    }

    #[test]
    fn a_compiler_that_hangs_can_be_left() {
        let folder = tempfile::tempdir().unwrap();
        let began = folder.path().join("began");
        let cancelled = || began.exists();
        let always = format!("#!/bin/sh\n: >'{}'\nexec sleep 1000\n", began.display());
        let hangs = script(folder.path(), "hangs", &always);
        assert!(matches!(compiler(folder.path(), &hangs, &cancelled).unwrap_err(), Error::Cancelled));

        fs_err::remove_file(&began).unwrap();
        let later =
            format!("#!/bin/sh\ncase $1 in --version) exit;; esac\n: >'{}'\nexec sleep 1000\n", began.display());
        let later = script(folder.path(), "later", &later);
        assert!(matches!(compiler(folder.path(), &later, &cancelled).unwrap_err(), Error::Cancelled));
    }

    #[test]
    fn a_program_that_is_no_compiler_prints_nothing_here() {
        const NAME: &str = "a_program_that_is_no_compiler_prints_nothing_here";
        const INNER: &str = "FINGERPRINT_TEST_INNER";
        if let Some(program) = std::env::var_os(INNER) {
            let folder = tempfile::tempdir().unwrap();
            let error = compiler(folder.path(), Path::new(&program), &|| false).unwrap_err();
            assert!(matches!(error, Error::NoAnswer { .. }), "{error:?}");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let named =
            script(folder.path(), "named", "#!/bin/sh\ncase $1 in --version) exit;; esac\necho no >&2; exit 1\n");
        for program in [Path::new("/bin/false"), &named] {
            let mut again = Command::new(std::env::current_exe().unwrap());
            again.args(["--exact", &format!("compiler::tests::{NAME}"), "--nocapture"]).env(INNER, program);
            let output = again.output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && text.contains("1 passed"), "{text}");
            assert!(!text.contains("cargo:"), "{text}");
        }
    }

    #[test]
    fn a_program_that_appears_in_an_earlier_place_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        // Links, because the stamps of new files are not relied on.
        let driver = folder.path().join("gcc");
        symlink("/usr/bin/gcc", &driver).unwrap();
        let before = compiler(folder.path(), &driver, &|| false).unwrap();
        assert!(fs_err::read_dir(folder.path().join("probes")).unwrap().next().is_some(), "it is remembered");
        symlink("/bin/true", folder.path().join("as")).unwrap();
        let after = compiler(folder.path(), &driver, &|| false).unwrap();
        assert_eq!(after.programs["as"], Digest::of_file(Path::new("/bin/true")).unwrap());
        assert_ne!(before.programs["as"], after.programs["as"]);
    }

    #[test]
    fn places_are_its_own_and_then_those_of_path() {
        let places =
            Places::new("install: /i/\nprograms: =/a/:/b/:/a/:relative\nlibraries: =/l\n", OsStr::new("/b:/c"));
        let before = |found: Option<&str>| {
            let files = places.before("as", found.map(Path::new));
            files.map(|file| file.display().to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(before(None), "/a/as /b/as /c/as");
        assert_eq!(before(Some("/c/as")), "/a/as /b/as");
        assert_eq!(before(Some("/a/as")), "");
        assert_eq!(before(Some("/elsewhere/as")), "/a/as /b/as /c/as");
    }

    #[test]
    fn its_header_folders_are_listed_in_order() {
        let text = "\
ignoring nonexistent directory \"/usr/local/include/x86_64\"
ignoring duplicate directory \"/usr/include\"
#include \"...\" search starts here:
 /quoted
#include <...> search starts here:
 /lib/12/include
 /usr/with a space
End of search list.
 /not/this
";
        let (found, absent) = header_folders(text);
        assert_eq!(found, ["/lib/12/include", "/usr/with a space"].map(PathBuf::from));
        assert_eq!(absent, ["/usr/local/include/x86_64"].map(PathBuf::from));
        assert_eq!(header_folders("gcc: error"), (vec![], vec![]));

        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("o w n");
        fs_err::create_dir(&own).unwrap();
        let query = CompilerQuery {
            language: Language::C,
            command: Some(format!("cc '-isystem{}'", own.display())),
            path: "/usr/bin:/bin".into(),
            launcher_environment: BTreeMap::new(),
        };
        let found = Probes::new(folder.path().join("probes")).compiler(&query, &|| false).unwrap().include_dirs;
        assert_eq!(found.first(), Some(&own));
        assert!(found.iter().any(|folder| folder.join("stdio.h").exists()), "{found:?}");
        assert!(found.iter().any(|folder| folder.join("stddef.h").exists()), "{found:?}");
    }
}
