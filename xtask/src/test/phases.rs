//! What each phase does.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use xshell::Cmd;

use crate::build_wheel::{self, House};
use crate::tidy as rules;
use crate::torture;
use crate::wheels::{self, Wanted};
use crate::workshop::environment::{Environment, pytest, pytest_with, stamp};
use crate::workshop::interpreters::Interpreter;
use crate::workshop::{NotRun, Workshop, run};

const PYTHON_TESTS: &str = "tests/python";
const STORIES: &str = "tests/stories";
const WHEEL_TESTS: &str = "tests/wheels";
/// Tests of keys, arguments and locks, to which one interpreter is as good as any other: the matrix leaves them out.
const INTERPRETER_FREE: [&str; 6] = [
    "test_hostile.py",
    "test_shadows.py",
    "test_killed.py",
    "test_keep.py",
    "test_wheel_archives.py",
    "test_wheel_tools.py",
];
const REQUIREMENTS: &str = "data/dev-requirements.txt";
const VLAAMS: &str = "tests/vlaams";
const BENCH_TESTS: &str = "tests/bench";
const BACKENDS: &str = "tests/backends";
const BACKEND_REQUIREMENTS: &str = "data/backend-requirements.txt";

pub(super) fn fmt(workshop: &Workshop) -> anyhow::Result<()> {
    run(workshop.cargo().args(["fmt", "--all", "--check"]))
}

pub(super) fn clippy(workshop: &Workshop) -> anyhow::Result<()> {
    let options = ["--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    run(workshop.cargo().arg("clippy").args(options))
}

pub(super) fn tidy(workshop: &Workshop) -> anyhow::Result<()> {
    if !rules::run(&workshop.root)? {
        bail!("the rules above are violated; `cargo xtask tidy` checks them alone");
    }
    Ok(())
}

pub(super) fn rust(workshop: &Workshop) -> anyhow::Result<()> {
    // An extension module leaves the symbols of its interpreter open, so a test program of it cannot be linked.
    let options = ["--workspace", "--exclude", "pyxide-py", "--exclude", "vlaamscodex-py", "--locked"];
    let mut command = workshop.cargo().arg("test").args(options);
    // Tests of startup hooks ask an interpreter; without one they take what `PATH` has.
    if let Ok(interpreter) = workshop.interpreter() {
        command = command.env("PYXIDE_TEST_PYTHON", interpreter.executable);
    }
    run(workshop.at_home(command))
}

pub(super) fn doc(workshop: &Workshop) -> anyhow::Result<()> {
    let options = ["--workspace", "--no-deps", "--locked"];
    run(workshop.cargo().arg("doc").args(options).env("RUSTDOCFLAGS", "-D warnings"))
}

pub(super) fn python(workshop: &Workshop, full: bool) -> anyhow::Result<()> {
    let environment = workshop.clean_environment(|| clean_environment(workshop))?;
    pytest(workshop, environment, PYTHON_TESTS, &[], None, full)
}

pub(super) fn stories(workshop: &Workshop, full: bool) -> anyhow::Result<()> {
    let program = workshop.build_program()?;
    let environment = workshop.clean_environment(|| clean_environment(workshop))?;
    pytest(workshop, environment, STORIES, &[], Some(&program), full)
}

pub(super) fn wheels(workshop: &Workshop, full: bool) -> anyhow::Result<()> {
    let program = workshop.build_program()?;
    let judges = wheels::judges(workshop)?;
    let corpus = wheels::corpus(workshop, &judges, if full { Wanted::All } else { Wanted::Few })?;
    let python = judges.python();
    let full: &Path = Path::new(if full { "1" } else { "" });
    let variables = [
        ("PYXIDE_BIN", program.as_path()),
        ("PYXIDE_WHEEL_JUDGES", python.as_path()),
        ("PYXIDE_WHEEL_CORPUS", corpus.as_path()),
        ("PYXIDE_WHEEL_FULL", full),
    ];
    pytest_with(workshop, &judges, WHEEL_TESTS, &[], &variables)
}

/// The benchmark of templates, as a program: what it says of templates that are wrong, and its report where there is a browser.
pub(super) fn bench(workshop: &Workshop) -> anyhow::Result<()> {
    let environment = workshop.clean_environment(|| clean_environment(workshop))?;
    let program = std::env::current_exe().context("cannot find the running program")?;
    // One after the other: who measures wants to be alone.
    let tests = workshop.program(environment.python()).args(["-m", "pytest", "-q", "-rs", BENCH_TESTS]);
    run(workshop.at_home(tests.env("PYXIDE_XTASK", program)))
}

/// The build backend, installed from our wheel, around backends from a folder of wheels: no test of it needs a network.
pub(super) fn backends(workshop: &Workshop, full: bool) -> anyhow::Result<()> {
    // What runs the tests, which find the rest in the folder.
    const TOOLS: [&str; 4] = ["pytest", "pytest-xdist", "build", "uv"];
    let interpreter = workshop.interpreter()?;
    let requirements = fs_err::read_to_string(workshop.root.join(BACKEND_REQUIREMENTS))?;
    let stamp = stamp(&interpreter, &[&requirements]);
    let (environment, new) = Environment::open(workshop, "backends", &interpreter, &stamp)?;
    let house = workshop.folder.join("wheelhouse");
    if new {
        if house.exists() {
            fs_err::remove_dir_all(&house)?;
        }
        let download =
            environment.pip(workshop, "download").args(["--only-binary", ":all:", "-r", BACKEND_REQUIREMENTS]);
        run(workshop.at_home(download.arg("-d").arg(&house)))?;
        let install = environment.pip(workshop, "install").args(["--no-index", "--find-links"]).arg(&house);
        run(install.args(["--upgrade", "pip"]).args(TOOLS))?;
        environment.finish(&stamp)?;
    }
    let wheel = workshop.wheel(|| build_wheel(workshop, &environment))?;
    let python = environment.python();
    let variables = [
        ("PYXIDE_TEST_PYTHON", python.as_path()),
        ("PYXIDE_WHEEL", wheel),
        ("PYXIDE_WHEELHOUSE", house.as_path()),
        ("PYXIDE_BACKENDS", Path::new(if full { "all" } else { "each" })),
    ];
    pytest_with(workshop, &environment, BACKENDS, &[], &variables)
}

/// The language package, as `cargo xtask build-wheel` makes it but for most optimisation, with one interpreter or with all.
pub(super) fn vlaams(workshop: &Workshop, full: bool) -> anyhow::Result<()> {
    let environment = build_wheel::environment(workshop)?;
    let pyxide = workshop.wheel(|| build_wheel(workshop, &environment))?;
    let settings = quick_settings(workshop).map(|(name, value)| (name, value.into_os_string())).to_vec();
    let folder = workshop.folder.join("vlaams-wheels");
    if folder.exists() {
        fs_err::remove_dir_all(&folder)?;
    }
    let wheel = House { workshop, environment: &environment, settings }.vlaamscodex(pyxide, &folder)?;
    let mut pythons = vec![workshop.interpreter()?.executable];
    if full {
        pythons = workshop.matrix().into_iter().filter_map(|(_, interpreter)| Some(interpreter?.executable)).collect();
    }
    let pythons = PathBuf::from(std::env::join_paths(pythons)?);
    let program = workshop.build_program()?;
    let plats = program.with_file_name("plats");
    // Tests of builds find what this one has left.
    let settings = quick_settings(workshop);
    let mut variables = settings.each_ref().map(|(name, value)| (*name, value.as_path())).to_vec();
    variables.extend([
        ("PYXIDE_BIN", program.as_path()),
        ("PLATS_BIN", plats.as_path()),
        ("PYXIDE_WHEEL", pyxide.as_path()),
        ("PYXIDE_VLAAMS_WHEEL", wheel.as_path()),
        ("PYXIDE_VLAAMS_PYTHONS", pythons.as_path()),
        ("PYXIDE_VLAAMS_FULL", Path::new(if full { "1" } else { "" })),
    ]);
    pytest_with(workshop, &environment, VLAAMS, &[], &variables)
}

pub(super) fn torture(workshop: &Workshop, full: bool) -> anyhow::Result<()> {
    const FULL: f64 = 5.0;
    let summary = torture::run_in(workshop, &torture::Arguments::of_minutes(if full { FULL } else { torture::SHORT }))?;
    match summary.not_run {
        _ if !summary.is_good => bail!("see above; `cargo xtask torture` runs it alone"),
        Some(reason) => NotRun::because(reason),
        None => Ok(()),
    }
}

pub(super) fn deny(workshop: &Workshop) -> anyhow::Result<()> {
    if workshop.cargo().args(["deny", "--version"]).ignore_stdout().ignore_stderr().run().is_err() {
        return NotRun::because("cargo-deny is not installed: `cargo install cargo-deny --locked`");
    }
    run(workshop.cargo().args(["deny", "check", "licenses", "bans", "sources"]))
}

/// One interpreter of the matrix: the wheel that was built once, in an environment of this interpreter.
pub(super) fn matrix(workshop: &Workshop, interpreter: Option<Interpreter>) -> anyhow::Result<()> {
    let Some(interpreter) = interpreter else {
        return NotRun::because("no such CPython with its header files was found; give one with --python");
    };
    let requirements = fs_err::read_to_string(workshop.root.join(REQUIREMENTS))?;
    let hooks = hooks(workshop, &interpreter);
    let stamp = stamp(&interpreter, &[&requirements]);
    let name = format!("cpython-3.{}", interpreter.minor);
    let (environment, new) = Environment::open(workshop, &name, &interpreter, &stamp)?;
    if new {
        run(environment.pip(workshop, "install").args(["-r", REQUIREMENTS]))?;
        environment.finish(&stamp)?;
    }
    let wheel = workshop.wheel(|| build_wheel(workshop, &environment))?;
    run(environment.pip(workshop, "install").args(["--force-reinstall", "--no-deps"]).arg(wheel))?;
    let program = workshop.build_program()?;
    let all = [
        hooks,
        pytest(workshop, &environment, PYTHON_TESTS, &INTERPRETER_FREE, None, true),
        pytest(workshop, &environment, STORIES, &INTERPRETER_FREE, Some(&program), true),
    ];
    // A failure is worse than a folder without tests.
    let (not_run, failed): (Vec<_>, Vec<_>) =
        all.into_iter().filter_map(Result::err).partition(anyhow::Error::is::<NotRun>);
    failed.into_iter().chain(not_run).next().map_or(Ok(()), Err)
}

/// What an interpreter does with startup files, beside what the model says, in many more cases than `rust` has.
fn hooks(workshop: &Workshop, interpreter: &Interpreter) -> anyhow::Result<()> {
    let options = ["--package", "pth-hook", "--test", "interpreters", "--test", "written", "--locked"];
    let command = workshop.cargo().arg("test").args(options);
    run(workshop.at_home(command.env("PYXIDE_TEST_PYTHON", &interpreter.executable).env("PYXIDE_TEST_FULL", "1")))
}

/// The environment that a user has after following the README, with pytest and NumPy added.
///
/// `pip install .` builds a wheel and installs it. Here these are two commands, so that other phases have the same wheel. The
/// environment around it is made anew when what it rests on has changed.
fn clean_environment(workshop: &Workshop) -> anyhow::Result<Environment> {
    let interpreter = workshop.interpreter()?;
    let requirements = fs_err::read_to_string(workshop.root.join(REQUIREMENTS))?;
    let project = fs_err::read_to_string(workshop.root.join("pyproject.toml"))?;
    let stamp = stamp(&interpreter, &[&requirements, &project]);
    let (environment, new) = Environment::open(workshop, "clean", &interpreter, &stamp)?;
    let wheel = workshop.wheel(|| build_wheel(workshop, &environment))?;
    if new {
        run(environment.pip(workshop, "install").arg(wheel))?;
        // Before our own requirements bring it, Cython must have come with the distribution.
        run(workshop.program(environment.python()).args(["-I", "-c", "import Cython"]))
            .context("the wheel did not bring Cython")?;
        run(environment.pip(workshop, "install").args(["-r", REQUIREMENTS]))?;
        environment.finish(&stamp)?;
    } else {
        // pip leaves a wheel alone whose version it has.
        run(environment.pip(workshop, "install").args(["--force-reinstall", "--no-deps"]).arg(wheel))?;
    }
    Ok(environment)
}

/// Builds the distribution's wheel from source.
fn build_wheel(workshop: &Workshop, environment: &Environment) -> anyhow::Result<PathBuf> {
    let folder = workshop.folder.join("wheels");
    if folder.exists() {
        fs_err::remove_dir_all(&folder)?;
    }
    let command = environment.pip(workshop, "wheel").args([".", "--no-deps", "-w"]).arg(&folder);
    run(quickly(command, workshop))?;
    let mut wheels = fs_err::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    match (wheels.pop(), wheels.is_empty()) {
        (Some(wheel), true) => Ok(wheel),
        _ => bail!("`{}` should hold exactly one wheel", folder.display()),
    }
}

/// Has pip build the distribution as users do, but for most optimisation, which takes longer than all else and changes nothing
/// that tests look at.
fn quickly<'a>(pip: Cmd<'a>, workshop: &Workshop) -> Cmd<'a> {
    quick_settings(workshop).into_iter().fold(pip, |pip, (name, value)| pip.env(name, value))
}

fn quick_settings(workshop: &Workshop) -> [(&'static str, PathBuf); 4] {
    [
        ("CARGO_TARGET_DIR", wheel_target(workshop)),
        ("CARGO_PROFILE_RELEASE_LTO", "off".into()),
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1".into()),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16".into()),
    ]
}

/// Where cargo builds for pip.
///
/// pip isolates a build in a temporary environment, whose folder is in `PATH` and whose interpreter the build script
/// of `pyo3` asks; both are new each time. In the main target folder every such build and the next `cargo build --release` would
/// undo each other.
fn wheel_target(workshop: &Workshop) -> PathBuf {
    workshop.folder.join("wheel-target")
}
