//! `cargo xtask hook-oracle`: asks the interpreters of Debian's unstable packages what they do with startup files.
//!
//! CPython 3.14 and 3.15 are on few machines. Here they come from Debian, into a folder of their own below `target/xtask`, made by `debootstrap` and entered by `chroot`, which both need
//! root. The answers are kept in `data/hook-oracle`, where `cargo test` compares the model with them; so this is run when the cases change, or when there are newer interpreters.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use xshell::Cmd;

use crate::say::say;
use crate::workshop::{Workshop, run};

/// What was asked for.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Ask these versions.
    #[arg(long, value_name = "VERSION", default_values = ["3.14", "3.15"])]
    python: Vec<String>,
    /// Get packages from here instead of where `debootstrap` gets them by itself.
    #[arg(long, value_name = "ADDRESS")]
    mirror: Option<String>,
    /// Also put this program into the folder and run it there with these words, such as `pyxide hook measure`.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

const SCRIPT: &str = "crates/pth-hook/tests/oracle/oracle.py";
const ANSWERS: &str = "data/hook-oracle";
/// How many cases are made up, and from what: few, since all answers are kept.
const MADE_UP: [&str; 2] = ["100", "2"];
/// Written when all packages are there.
const COMPLETE: &str = "complete";

/// Asks, keeps the answers, and tells whether every version was to be had.
pub(crate) fn run_all(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let workshop = Workshop::open(root, &[])?;
    let folder = workshop.folder.join("hook-oracle");
    if !rustix::process::geteuid().is_root() {
        bail!("`debootstrap` and `chroot` need root");
    }
    if !folder.join(COMPLETE).is_file() {
        install(&workshop, &folder, arguments.mirror.as_deref())?;
    }
    for name in [Path::new(SCRIPT), &Path::new(ANSWERS).join("cases.json")] {
        let file = name.file_name().context("both are files")?;
        fs_err::copy(workshop.root.join(name), folder.join(file))?;
    }
    let mut all = true;
    for version in &arguments.python {
        let package = format!("python{version}");
        let is_there = || folder.join("usr/bin").join(&package).exists();
        if !is_there()
            && run(inside(&workshop, &folder).args(["apt-get", "install", "-y", "--no-install-recommends", &package]))
                .is_err()
        {
            say(format_args!(
                "{package} is not among Debian's unstable packages any more; its answers stay as they are"
            ));
            all = false;
            continue;
        }
        let answer = inside(&workshop, &folder).args([&package, "/oracle.py", "/cases.json"]).args(MADE_UP);
        let text = answer.read().with_context(|| format!("{package} does not answer"))?;
        let path = workshop.root.join(ANSWERS).join(format!("{version}.json"));
        fs_err::write(&path, text + "\n")?;
        say(format_args!("wrote {}", path.display()));
    }
    if let [program, words @ ..] = arguments.command.as_slice() {
        let name = Path::new(program).file_name().context("a command is the path of a program, and its words")?;
        fs_err::copy(program, folder.join(name))?;
        run(inside(&workshop, &folder).arg(Path::new("/").join(name)).args(words))?;
    }
    Ok(all)
}

fn install(workshop: &Workshop, folder: &Path, mirror: Option<&str>) -> anyhow::Result<()> {
    if workshop.program("debootstrap").arg("--version").ignore_stdout().ignore_stderr().run().is_err() {
        bail!("there is no `debootstrap`; on Debian and Ubuntu `apt-get install debootstrap` installs it");
    }
    // What is left of an attempt that failed would make the next one fail.
    if folder.exists() {
        fs_err::remove_dir_all(folder)?;
    }
    run(workshop.program("debootstrap").args(["--variant=minbase", "unstable"]).arg(folder).args(mirror))?;
    // Some tools look for shared memory, in which files are faster.
    fs_err::create_dir_all(folder.join("dev/shm"))?;
    Ok(fs_err::write(folder.join(COMPLETE), "")?)
}

fn inside<'a>(workshop: &'a Workshop, folder: &Path) -> Cmd<'a> {
    workshop.program("chroot").arg(folder).env("DEBIAN_FRONTEND", "noninteractive")
}
