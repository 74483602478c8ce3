//! The environment in which benchmarks run: our distribution, and everybody else who builds modules.

use anyhow::bail;
use rustix::fs::FlockOperation;

use crate::workshop::environment::{Environment, stamp};
use crate::workshop::{Workshop, run};

const REQUIREMENTS: &str = "data/bench-requirements.txt";

/// Lets nobody else measure in this folder as long as it lives.
#[must_use = "others may measure when it is dropped"]
pub(crate) struct Alone(#[expect(dead_code, reason = "closing it is what it is for")] fs_err::File);

/// Asks to be the only benchmark here.
pub(crate) fn alone(workshop: &Workshop) -> anyhow::Result<Alone> {
    let lock = fs_err::File::create(workshop.folder.join("bench.lock"))?;
    // Two at once would exchange each other's packages, remove each other's folders, and measure each other.
    if rustix::fs::flock(lock.file(), FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!("another benchmark is under way");
    }
    Ok(Alone(lock))
}

/// The environment with our distribution and everybody else, byte-compiled. `keep` takes what was installed the last time.
pub(crate) fn installed(workshop: &Workshop, keep: bool) -> anyhow::Result<Environment> {
    let interpreter = workshop.interpreter()?;
    let requirements = fs_err::read_to_string(workshop.root.join(REQUIREMENTS))?;
    let stamp = stamp(&interpreter, &[&requirements]);
    let (environment, new) = Environment::open(workshop, "bench", &interpreter, &stamp)?;
    if new {
        run(environment.pip(workshop, "install").args(["-r", REQUIREMENTS]))?;
    }
    if new || !keep {
        // With cargo's release profile, as pip builds for users.
        run(environment
            .pip(workshop, "install")
            .arg(".")
            .env("CARGO_TARGET_DIR", workshop.folder.join("wheel-target")))?;
        // Who is byte-compiled while it is measured would be measured for that.
        let compile = ["-m", "compileall", "-q", "-j0"];
        let packages = environment.python().ancestors().nth(2).map(|folder| folder.join("lib")).unwrap_or_default();
        run(workshop.program(environment.python()).args(compile).arg(packages))?;
    }
    if new {
        environment.finish(&stamp)?;
    }
    Ok(environment)
}
