//! `cargo xtask build-wheel`: both distributions as users get them, in `dist/`.
//!
//! | step | what is certain then |
//! |---|---|
//! | build `pyxide` | it is built by its own backend, from this tree |
//! | install it, build `vlaamscodex` | exactly that wheel builds the other: nothing is isolated, so no index is asked, where others may have these names |
//! | verify | `pyxide wheel verify`, all judges, and installation and removal by pip and uv |
//! | try | both work in an environment in which nothing else is |
//!
//! Two runs give equal bytes. Times in archives are that of the last commit, and paths of this machine are mapped to made-up ones in what Rust compiles: a panic names its source
//! file. Equal tools are up to who compares: rustc, maturin (pinned in `data/build-requirements.txt`) and the linker.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use xshell::Cmd;

use crate::say::say;
use crate::wheels;
use crate::workshop::environment::{Environment, stamp};
use crate::workshop::{Workshop, run};

/// What builds wheels, and what tests them.
pub(crate) const REQUIREMENTS: &str = "data/build-requirements.txt";
/// The project of the language package.
const VLAAMSCODEX: &str = "crates/vlaamscodex-py";
const JUDGE: &str = "tests/wheels/judge.py";
const TRY: &str = "tests/vlaams/try_installed.py";
const NAMES: [&str; 2] = ["pyxide", "vlaamscodex"];

/// What was asked for.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Also build source distributions.
    #[arg(long)]
    sdist: bool,
    /// Only check and try the wheels that are in `dist/`.
    #[arg(long, conflicts_with = "sdist")]
    verify_only: bool,
    /// Use this interpreter before those that are found.
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

/// Builds, checks and tries the wheels.
pub(crate) fn run_all(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let given: Vec<_> = arguments.python.iter().cloned().collect();
    let workshop = Workshop::open(root, &given)?;
    let dist = workshop.root.join("dist");
    let environment = environment(&workshop)?;
    let house = House { workshop: &workshop, environment: &environment, settings: released(&workshop)? };
    if !arguments.verify_only {
        fs_err::create_dir_all(&dist)?;
        for file in NAMES.into_iter().flat_map(|name| found(&dist, name)) {
            fs_err::remove_file(file)?;
        }
        let pyxide = house.wheel(Path::new("."), &dist, "pyxide")?;
        house.install(&pyxide)?;
        house.wheel(Path::new(VLAAMSCODEX), &dist, "vlaamscodex")?;
        if arguments.sdist {
            house.sdist(Path::new("."), &dist)?;
            house.sdist(Path::new(VLAAMSCODEX), &dist)?;
        }
    }
    let wheels = NAMES.iter().map(|name| wheel_of(&dist, name)).collect::<anyhow::Result<Vec<_>>>()?;
    // What was built is what verifies: a wheel that cannot do that is none.
    house.install(&wheels[0])?;
    verify(&house, &wheels)?;
    attempt(&house, &wheels)?;
    for file in NAMES.into_iter().flat_map(|name| found(&dist, name)) {
        let size = fs_err::metadata(&file)?.len();
        say(format_args!("{} ({size} bytes)", file.strip_prefix(&workshop.root).unwrap_or(&file).display()));
    }
    Ok(true)
}

/// Where wheels are built: an environment, and what cargo is told.
pub(crate) struct House<'w> {
    pub(crate) workshop: &'w Workshop,
    pub(crate) environment: &'w Environment,
    pub(crate) settings: Vec<(&'static str, OsString)>,
}

impl House<'_> {
    /// Builds the wheel of a project with what is installed, and returns it.
    pub(crate) fn wheel(&self, project: &Path, folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
        let pip = self.environment.pip(self.workshop, "wheel").arg(self.workshop.root.join(project));
        run(self.command(pip.args(["--no-deps", "--no-index", "--no-build-isolation", "-w"]).arg(folder))?)?;
        wheel_of(folder, name)
    }

    /// Builds the language package against a wheel of `pyxide`, and returns its wheel.
    pub(crate) fn vlaamscodex(&self, pyxide: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
        self.install(pyxide)?;
        self.wheel(Path::new(VLAAMSCODEX), folder, "vlaamscodex")
    }

    fn sdist(&self, project: &Path, folder: &Path) -> anyhow::Result<()> {
        let build = self.workshop.program(self.environment.python()).args(["-m", "build", "--no-isolation", "--sdist"]);
        run(self.command(build.arg("-o").arg(folder).arg(self.workshop.root.join(project)))?)
    }

    fn install(&self, wheel: &Path) -> anyhow::Result<()> {
        let pip = self.environment.pip(self.workshop, "install").args(["--no-index", "--no-deps", "--force-reinstall"]);
        run(pip.arg(wheel))
    }

    /// A command that finds the environment's programs, as it would in an isolated build.
    fn command<'c>(&self, command: Cmd<'c>) -> anyhow::Result<Cmd<'c>> {
        let programs = self.environment.python().parent().map(Path::to_path_buf).context("no folder of programs")?;
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([programs].into_iter().chain(env::split_paths(&path)))?;
        let command = self.settings.iter().fold(command, |command, (name, value)| command.env(name, value));
        Ok(command.env("PATH", path))
    }
}

/// The environment that wheels are built in.
pub(crate) fn environment(workshop: &Workshop) -> anyhow::Result<Environment> {
    let interpreter = workshop.interpreter()?;
    let requirements = fs_err::read_to_string(workshop.root.join(REQUIREMENTS))?;
    let stamp = stamp(&interpreter, &[&requirements]);
    let (environment, new) = Environment::open(workshop, "vlaams", &interpreter, &stamp)?;
    if new {
        run(workshop.at_home(environment.pip(workshop, "install").args(["-r", REQUIREMENTS])))?;
        environment.finish(&stamp)?;
    }
    Ok(environment)
}

/// What makes two builds equal.
fn released(workshop: &Workshop) -> anyhow::Result<Vec<(&'static str, OsString)>> {
    let epoch = if let Some(epoch) = env::var_os("SOURCE_DATE_EPOCH").filter(|value| !value.is_empty()) {
        epoch
    } else {
        let git = workshop.program("git").args(["log", "-1", "--format=%ct"]);
        git.read().context("cannot ask git for the time of the last commit; give SOURCE_DATE_EPOCH")?.into()
    };
    let target = workshop.folder.join("build-wheel-target");
    // What comes later wins: the target folder usually lies below the root.
    let cargo_home =
        env::var_os("CARGO_HOME").map_or_else(|| env::home_dir().unwrap_or_default().join(".cargo"), Into::into);
    let folders = [(cargo_home, "/cargo"), (workshop.root.clone(), "/pyxide"), (target.clone(), "/target")];
    let mut flags = OsString::new();
    for (folder, name) in folders {
        // The separator of this variable, so that folders may have spaces in their names.
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(folder);
        flags.push("=");
        flags.push(name);
    }
    Ok(vec![
        ("SOURCE_DATE_EPOCH", epoch),
        ("CARGO_ENCODED_RUSTFLAGS", flags),
        ("CARGO_TARGET_DIR", target.into()),
        // An archive of objects would have their times in it.
        ("ZERO_AR_DATE", "1".into()),
    ])
}

/// Asks everybody who can say that a wheel is wrong.
fn verify(house: &House<'_>, wheels: &[PathBuf]) -> anyhow::Result<()> {
    let workshop = house.workshop;
    let pyxide = house.environment.python().with_file_name("pyxide");
    run(workshop.at_home(workshop.program(pyxide).args(["wheel", "verify"]).args(wheels)))?;
    let judges = wheels::judges(workshop)?;
    run(workshop.at_home(workshop.program(judges.python()).arg(JUDGE).args(wheels)))
}

/// Installs the wheels where nothing else is, as a user does, and runs a program.
fn attempt(house: &House<'_>, wheels: &[PathBuf]) -> anyhow::Result<()> {
    let workshop = house.workshop;
    let interpreter = workshop.interpreter()?;
    // Never finished, so it is new each time.
    let (environment, _) = Environment::open(workshop, "installed", &interpreter, "new each time")?;
    run(workshop.at_home(environment.pip(workshop, "install").args(wheels)))?;
    run(workshop.at_home(workshop.program(environment.python()).arg("-I").arg(TRY)))
}

/// The one wheel of a distribution in a folder.
fn wheel_of(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let mut wheels: Vec<_> =
        found(folder, name).into_iter().filter(|file| file.extension().is_some_and(|it| it == "whl")).collect();
    match (wheels.pop(), wheels.is_empty()) {
        (Some(wheel), true) => Ok(wheel),
        (None, _) => {
            bail!("there is no wheel of `{name}` in `{}`; `cargo xtask build-wheel` makes it", folder.display())
        }
        _ => bail!("there are several wheels of `{name}` in `{}`; remove all but one", folder.display()),
    }
}

/// The files of a distribution in a folder, in order of their names.
fn found(folder: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let is_ours = |path: &PathBuf| {
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
            && [".whl", ".tar.gz"].iter().any(|end| file.ends_with(end))
    };
    let mut files: Vec<_> = entries.map(|entry| entry.path()).filter(is_ours).collect();
    files.sort();
    files
}
