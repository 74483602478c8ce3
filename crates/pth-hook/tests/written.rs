//! Hooks that were written, run by a real interpreter in an environment of its own: `PYXIDE_TEST_PYTHON`, or else the first `python3` on `PATH`.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use pth_hook::{Plan, Request, Severity, StartPolicy, audit, lint, measure, write};
use tempfile::TempDir;

/// An environment without pip.
struct Environment {
    folder: TempDir,
    site: PathBuf,
    minor: u8,
}

impl Environment {
    fn new(interpreter: &Path) -> Self {
        let question = "import sys; print(sys._base_executable); print(sys.version_info[1])";
        let output = Command::new(interpreter).args(["-I", "-c", question]).output().unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        let (base, minor) = answer.trim().split_once('\n').unwrap();
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join(format!("lib/python3.{minor}/site-packages"));
        fs_err::create_dir_all(&site).unwrap();
        fs_err::create_dir(folder.path().join("bin")).unwrap();
        let home = Path::new(base).parent().unwrap().display();
        let configuration = format!("home = {home}\ninclude-system-site-packages = false\nversion = 3.{minor}.0\n");
        fs_err::write(folder.path().join("pyvenv.cfg"), configuration).unwrap();
        fs_err::os::unix::fs::symlink(base, folder.path().join("bin/python")).unwrap();
        Self { folder, site, minor: minor.parse().unwrap() }
    }

    fn file(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.site.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn remove(&self, path: &str) {
        let path = self.site.join(path);
        if path.is_dir() { fs_err::remove_dir_all(path).unwrap() } else { fs_err::remove_file(path).unwrap() }
    }

    fn python(&self, arguments: &[&str]) -> Output {
        Command::new(self.folder.path().join("bin/python")).args(arguments).output().unwrap()
    }

    /// Starts an interpreter, which must say this on standard output and nothing on the other.
    fn says(&self, expected: &str) {
        let output = self.python(&["-c", "import builtins; print(getattr(builtins, 'greeted', 0))"]);
        let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(output.status.success(), "{err}");
        assert_eq!((out.trim(), err.as_str()), (expected, ""));
    }
}

fn interpreter() -> Option<PathBuf> {
    let on_path = || {
        let path = env::var_os("PATH")?;
        env::split_paths(&path).map(|folder| folder.join("python3")).find(|program| program.is_file())
    };
    let found = env::var_os("PYXIDE_TEST_PYTHON").map(PathBuf::from).or_else(on_path);
    assert!(found.is_some() || env::var_os("CI").is_none(), "there is no python3 on PATH");
    found
}

/// A package whose function counts how many times it was called, with the hook that calls it.
fn package(environment: &Environment, policy: StartPolicy, shim: Option<&str>) {
    environment.file("greetings/__init__.py", "");
    let text = "import builtins\ndef register():\n    builtins.greeted = getattr(builtins, 'greeted', 0) + 1\n";
    environment.file("greetings/codec.py", text);
    let request = Request {
        name: "greetings".to_owned(),
        entry: "greetings.codec:register".parse().unwrap(),
        policy,
        requires_python: None,
        shim: shim.map(str::to_owned),
    };
    for (name, bytes) in write(&request).unwrap().files {
        environment.file(&name, bytes);
    }
}

#[test]
fn every_form_runs_once() {
    let Some(interpreter) = interpreter() else { return };
    for shim in [None, Some("_greetings_hook")] {
        for policy in StartPolicy::ALL {
            let environment = Environment::new(&interpreter);
            package(&environment, policy, shim);
            // Without a shim nobody counts how many times an old interpreter reads the folder.
            let times = if shim.is_none() && environment.minor < 15 { 2 } else { 1 };
            environment.says(&times.to_string());
            let errors: Vec<_> =
                lint(&environment.site).unwrap().into_iter().filter(|it| it.severity == Severity::Error).collect();
            assert_eq!(errors, []);
            let audited = audit(environment.folder.path(), None).unwrap();
            let times = if environment.minor < 15 { 2 } else { 1 };
            assert_eq!(
                (audited.version.minor, audited.hooks.len(), audited.hooks[0].times),
                (environment.minor, 1, times)
            );
        }
    }
}

#[test]
fn what_is_left_of_a_package_says_nothing() {
    let Some(interpreter) = interpreter() else { return };
    for removed in [
        &["greetings"][..],
        &["greetings/codec.py"],
        &["greetings/__init__.py", "greetings/codec.py"],
        &["_greetings_hook.py"],
        &["greetings", "_greetings_hook.py"],
    ] {
        let environment = Environment::new(&interpreter);
        package(&environment, StartPolicy::Auto, Some("_greetings_hook"));
        for path in removed {
            environment.remove(path);
        }
        environment.says("0");
    }
    // Without a shim the package must be gone as a whole.
    let environment = Environment::new(&interpreter);
    package(&environment, StartPolicy::Auto, None);
    environment.remove("greetings");
    environment.says("0");
}

#[test]
fn a_package_that_fails_says_so_only_when_asked() {
    let Some(interpreter) = interpreter() else { return };
    for text in
        ["import no_such_module\n", "def register():\n    raise RuntimeError('so')\n", "register = 3\n", "def (\n", ""]
    {
        let environment = Environment::new(&interpreter);
        package(&environment, StartPolicy::Always, Some("_greetings_hook"));
        environment.file("greetings/codec.py", text);
        environment.says("0");
        let told = environment.python(&["-v", "-c", "pass"]).stderr;
        assert!(String::from_utf8_lossy(&told).contains("startup hook greetings.codec:register: "), "{text}");
    }
}

#[test]
fn a_hook_has_a_cost() {
    let Some(interpreter) = interpreter() else { return };
    let environment = Environment::new(&interpreter);
    package(&environment, StartPolicy::Auto, Some("_greetings_hook"));
    environment.file("greetings/codec.py", "import asyncio, email.message, unittest\ndef register():\n    pass\n");
    let plan = Plan { hook: environment.site.clone(), interpreters: vec![interpreter], rounds: 8 };
    let measured = measure(&plan, &|| false).unwrap();
    assert_eq!((measured.len(), measured[0].version.minor, measured[0].rounds), (1, environment.minor, 8));
    // These modules take several times as long as all the rest.
    assert!(measured[0].ratio.low > 1.2, "{measured:?}");
    assert!(measure(&plan, &|| true).is_err());
    environment.file("zz.pth", "import no_such_module\n");
    assert!(measure(&plan, &|| false).unwrap_err().to_string().contains("no_such_module"));
}
