//! Finding programs the way a shell does, and seeing through version managers' scripts.

use std::{
    ffi::{OsStr, OsString},
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Error, Language, Packages,
    talk::{Listener, talk},
};

/// The first executable file called `name` in the folders of `path`, or `name` itself when it has a slash.
///
/// # Errors
/// [`Error::ProgramNotFound`] when there is none.
pub fn find_program(name: &OsStr, path: &OsStr) -> Result<PathBuf, Error> {
    let missing = || Error::ProgramNotFound { name: name.to_string_lossy().into_owned() };
    if Path::new(name).components().count() > 1 {
        let file = PathBuf::from(name);
        // Relative to where the caller is, which is not where it will be started.
        return std::path::absolute(&file).ok().filter(|file| is_executable(file)).ok_or_else(missing);
    }
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
        .ok_or_else(missing)
}

/// The interpreter that a version manager's script stands for; anything else is returned as it is.
///
/// What such a script leads to depends on the folder and the environment, so it is run each time.
///
/// # Errors
/// [`Error::Script`] when it leads nowhere, [`Error::Cancelled`] when `cancelled` says so before it has answered.
pub fn resolve_script(program: &Path, cancelled: &dyn Fn() -> bool) -> Result<PathBuf, Error> {
    let mut start = [0; 2];
    let is_script =
        fs_err::File::open(program).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == b"#!";
    if !is_script {
        return Ok(program.to_owned());
    }
    let mut command = Command::new(program);
    command.args(["-c", "import sys; sys.stdout.write(sys.executable)"]);
    let output = talk(&mut command, &[], &Listener::to_interpreter(cancelled))?;
    let answer = PathBuf::from(String::from_utf8_lossy(&output.stdout).into_owned());
    if output.status.success() && answer.is_absolute() && is_executable(&answer) {
        return Ok(answer);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let output = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("it printed nothing").trim().to_owned();
    Err(Error::Script { path: program.to_owned(), output })
}

/// The search path that a compiler's own children get: its folder and the system's, whatever the caller's PATH is.
pub fn tool_path(program: &Path) -> OsString {
    let mut folders: Vec<&Path> = program.parent().into_iter().collect();
    for folder in ["/usr/local/bin", "/usr/bin", "/bin"].map(Path::new) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    std::env::join_paths(folders).unwrap_or_else(|_| "/usr/bin:/bin".into())
}

/// Something that is installed with the system's package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A compiler for this language.
    Compiler(Language),
    /// The headers that an interpreter's C interface is described in.
    PythonHeaders,
    /// The library of the system's own interpreter of this version.
    PythonLibrary {
        /// Major and minor version.
        version: (u16, u16),
    },
    /// What a module uses.
    Packages(&'static Packages),
}

/// The command that installs it on this system, or what to look for where that is not known.
#[must_use]
pub fn install_command(need: Need) -> String {
    install_command_of(manager(), need).unwrap_or_else(|| {
        let what = match need {
            Need::Compiler(Language::C) => "GCC or Clang",
            Need::Compiler(Language::Cxx) => "GCC or Clang with C++",
            Need::PythonHeaders => "the interpreter's C headers",
            Need::Packages(_) => "its development package",
            Need::PythonLibrary { version: (major, minor) } => {
                return format!("the shared library of Python {major}.{minor} from your system's packages");
            }
        };
        format!("{what} from your system's packages")
    })
}

/// A package manager, and what it calls what builds need. An empty name is something that it does not have.
struct Manager {
    program: &'static str,
    install: &'static str,
    compilers: [&'static str; 2],
    headers: &'static str,
    library: fn(u16, u16) -> String,
    other: fn(&Packages) -> &'static str,
}

const MANAGERS: [Manager; 6] = [
    Manager {
        program: "apt-get",
        install: "sudo apt-get install",
        compilers: ["gcc libc6-dev", "g++"],
        headers: "python3-dev",
        library: |major, minor| format!("libpython{major}.{minor}"),
        other: |all| all.apt,
    },
    Manager {
        program: "dnf",
        install: "sudo dnf install",
        compilers: ["gcc", "gcc-c++"],
        headers: "python3-devel",
        library: |major, _| format!("python{major}-libs"),
        other: |all| all.dnf,
    },
    Manager {
        program: "zypper",
        install: "sudo zypper install",
        compilers: ["gcc", "gcc-c++"],
        headers: "python3-devel",
        library: |major, minor| format!("libpython{major}_{minor}-1_0"),
        other: |all| all.zypper,
    },
    Manager {
        program: "pacman",
        install: "sudo pacman -S",
        compilers: ["gcc", "gcc"],
        headers: "python",
        library: |_, _| "python".into(),
        other: |all| all.pacman,
    },
    Manager {
        program: "apk",
        install: "sudo apk add",
        compilers: ["gcc musl-dev", "g++"],
        headers: "python3-dev",
        library: |_, _| "python3".into(),
        other: |all| all.apk,
    },
    Manager {
        program: "brew",
        install: "brew install",
        compilers: ["gcc", "gcc"],
        headers: "python",
        library: |_, _| "python".into(),
        other: |all| all.brew,
    },
];

/// This system's package manager.
fn manager() -> Option<&'static str> {
    const FOLDERS: [&str; 4] = ["/usr/bin", "/sbin", "/opt/homebrew/bin", "/usr/local/bin"];
    let is_here = |name: &&str| FOLDERS.iter().any(|folder| is_executable(&Path::new(folder).join(name)));
    MANAGERS.iter().map(|manager| manager.program).find(is_here)
}

fn install_command_of(manager: Option<&str>, need: Need) -> Option<String> {
    let manager = MANAGERS.iter().find(|known| Some(known.program) == manager)?;
    let names = match need {
        Need::Compiler(Language::C) => manager.compilers[0].to_owned(),
        Need::Compiler(Language::Cxx) => manager.compilers[1].to_owned(),
        Need::PythonHeaders => manager.headers.to_owned(),
        Need::PythonLibrary { version: (major, minor) } => (manager.library)(major, minor),
        Need::Packages(packages) => (manager.other)(packages).to_owned(),
    };
    (!names.is_empty()).then(|| format!("`{} {names}`", manager.install))
}

fn is_executable(file: &Path) -> bool {
    fs_err::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A program with this text.
    pub(crate) fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
        let (file, draft) = (folder.join(name), folder.join(format!("{name}.draft")));
        fs_err::write(&draft, text).unwrap();
        // Not written by us: a child of another test would hold it open for a moment, and then it cannot be run.
        assert!(Command::new("cp").args([&draft, &file]).status().unwrap().success());
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    #[test]
    fn the_first_folder_wins_and_plain_files_do_not_count() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs_err::write(first.path().join("gcc"), "not executable").unwrap();
        let found = script(second.path(), "gcc", "");
        let path = std::env::join_paths([Path::new("relative"), first.path(), second.path()]).unwrap();
        assert_eq!(find_program("gcc".as_ref(), &path).unwrap(), found);
        let error = find_program("tcc".as_ref(), &path).unwrap_err();
        assert_eq!(error.to_string(), "there is no program `tcc` on PATH");
    }

    #[test]
    fn a_script_is_asked_and_its_failure_told() {
        let folder = tempfile::tempdir().unwrap();
        let real = script(folder.path(), "real", "ELF");
        let good = script(folder.path(), "good", &format!("#!/bin/sh\nprintf %s '{}'\n", real.display()));
        let bad = script(folder.path(), "bad", "#!/bin/sh\necho 'shim: command not found' >&2\nexit 127\n");
        let hangs = script(folder.path(), "hangs", "#!/bin/sh\nexec sleep 1000\n");
        let resolve_script = |program: &Path| resolve_script(program, &|| program == hangs);
        assert_eq!(resolve_script(&real).unwrap(), real);
        assert_eq!(resolve_script(&good).unwrap(), real);
        assert!(matches!(resolve_script(&hangs).unwrap_err(), Error::Cancelled));
        assert!(resolve_script(&bad).unwrap_err().to_string().ends_with("interpreter: shim: command not found"));
    }

    #[test]
    fn what_is_missing_is_named_for_this_system() {
        let check = |manager: &str, need: Need, expected: &str| {
            assert_eq!(install_command_of(Some(manager), need).as_deref(), Some(expected));
        };
        check("apt-get", Need::Compiler(Language::Cxx), "`sudo apt-get install g++`");
        check("dnf", Need::PythonHeaders, "`sudo dnf install python3-devel`");
        let zlib = Need::Packages(crate::packages_with_header("zlib.h").unwrap());
        check("pacman", zlib, "`sudo pacman -S zlib`");
        check("brew", zlib, "`brew install zlib`");
        check("zypper", Need::PythonLibrary { version: (3, 11) }, "`sudo zypper install libpython3_11-1_0`");
        let numa = Need::Packages(crate::packages_with_library("numa").unwrap());
        assert_eq!(install_command_of(Some("brew"), numa), None);
        assert_eq!(install_command_of(None, zlib), None);
    }

    #[test]
    fn tools_are_looked_for_beside_the_compiler_first() {
        assert_eq!(tool_path(Path::new("/opt/gcc/bin/gcc")), "/opt/gcc/bin:/usr/local/bin:/usr/bin:/bin");
        assert_eq!(tool_path(Path::new("/usr/bin/cc")), "/usr/bin:/usr/local/bin:/bin");
    }
}
