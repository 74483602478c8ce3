//! The wheels that we try ourselves on: an environment with everybody who judges or rewrites wheels, and wheels of others.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::workshop::environment::{Environment, stamp};
use crate::workshop::{Workshop, run};

const REQUIREMENTS: &str = "data/wheel-requirements.txt";
const FETCH: &str = "tests/wheels/corpus.py";

/// Which wheels are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// The small ones.
    Few,
    /// All.
    All,
    /// Those with these file names.
    Named(&'a [&'a str]),
}

/// The environment of the judges, made once per set of requirements.
pub(crate) fn judges(workshop: &Workshop) -> anyhow::Result<Environment> {
    let interpreter = workshop.interpreter()?;
    let requirements = fs_err::read_to_string(workshop.root.join(REQUIREMENTS))?;
    let stamp = stamp(&interpreter, &[&requirements]);
    let (environment, new) = Environment::open(workshop, "wheels", &interpreter, &stamp)?;
    if new {
        run(workshop.at_home(environment.pip(workshop, "install").args(["-r", REQUIREMENTS])))?;
        environment.finish(&stamp)?;
    }
    Ok(environment)
}

/// Downloads wheels that are not there yet, and returns the folder of all.
pub(crate) fn corpus(workshop: &Workshop, judges: &Environment, wanted: Wanted<'_>) -> anyhow::Result<PathBuf> {
    let folder = workshop.folder.join("corpus");
    let mut command = workshop.program(judges.python()).arg(FETCH).arg(&folder);
    match wanted {
        Wanted::Few => {}
        Wanted::All => command = command.arg("--all"),
        Wanted::Named(names) => command = command.args(names),
    }
    run(workshop.at_home(command)).context("the wheels could not be downloaded")?;
    Ok(folder)
}
