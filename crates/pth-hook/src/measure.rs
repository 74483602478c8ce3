//! What a hook costs: how long an interpreter takes to start with it and without it.
//!
//! A start takes some ten milliseconds, and whatever else a machine does disturbs it more than most hooks do. So nothing is compared with what was measured at another time: each
//! round starts every interpreter twice, with the hook and without it, in an order that changes, and gives one ratio per interpreter. What is told is the median of these
//! ratios, and an interval that has the true median in it in 95 of 100 cases, whatever the times are spread like.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{Error, environment::Subject, tree::Tree, version::Version};

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What has the hook: an environment, a folder, a wheel, or a file.
    pub hook: PathBuf,
    /// The interpreters.
    pub interpreters: Vec<PathBuf>,
    /// How many times each one is started with and without the hook; [`FEWEST_ROUNDS`] if it is less.
    pub rounds: usize,
}

/// What a hook costs an interpreter.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The interpreter.
    pub interpreter: PathBuf,
    /// Its version.
    pub version: Version,
    /// The median time of a start with the hook.
    pub with: Duration,
    /// The median time of a start without it.
    pub without: Duration,
    /// With the hook divided by without it.
    pub ratio: Interval,
    /// How many rounds there were.
    pub rounds: usize,
}

/// A median, and where the true one is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The upper end.
    pub high: f64,
}

/// The least number of rounds: fewer give no interval of 95 of 100.
pub const FEWEST_ROUNDS: usize = 6;

/// Measures, interpreter by interpreter in each round.
///
/// The environments are made in a temporary folder: they have nothing in their site folders but the hook, or nothing at all. What the hook consists of is linked, not copied, out of a folder,
/// and unpacked out of a wheel.
///
/// # Errors
///
/// [`Error::Start`] when an interpreter does not start with the hook or without it, or prints something: there is no cost of a hook that fails.
pub fn measure(plan: &Plan, cancelled: &dyn Fn() -> bool) -> Result<Vec<Measured>, Error> {
    let folder =
        tempfile::Builder::new().prefix("pth-hook-").tempdir().map_err(Error::io("make a temporary folder"))?;
    let subject = Subject::open(&plan.hook, None)?;
    let mut pairs = Vec::new();
    for (number, interpreter) in plan.interpreters.iter().enumerate() {
        let asked = ask(interpreter)?;
        let make = |name: &str, subject: Option<&Subject>| {
            environment(&folder.path().join(format!("{number}-{name}")), &asked, subject)
        };
        pairs.push((asked.clone(), make("without", None)?, make("with", Some(&subject))?));
    }
    // Once, so that files are in memory and byte code is written.
    for (_, without, with) in &pairs {
        time(without, true)?;
        time(with, true)?;
    }
    let rounds = plan.rounds.max(FEWEST_ROUNDS);
    let mut times: Vec<Vec<(Duration, Duration)>> = vec![Vec::new(); pairs.len()];
    for round in 0..rounds {
        for ((_, without, with), times) in pairs.iter().zip(&mut times) {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            times.push(if round % 2 == 0 {
                let first = time(with, false)?;
                (first, time(without, false)?)
            } else {
                let first = time(without, false)?;
                (time(with, false)?, first)
            });
        }
    }
    let measured = pairs.into_iter().zip(times).map(|((asked, ..), times)| Measured {
        interpreter: asked.program,
        version: asked.version,
        with: median(times.iter().map(|(with, _)| *with)),
        without: median(times.iter().map(|(_, without)| *without)),
        ratio: Interval::of(times.iter().map(|(with, without)| with.as_secs_f64() / without.as_secs_f64())),
        rounds,
    });
    Ok(measured.collect())
}

impl Interval {
    /// The median of some numbers, at least six, and the two of them between which the true median is.
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let outside = beyond(count);
        let median = f64::midpoint(sorted[(count - 1) / 2], sorted[count / 2]);
        Self { low: sorted[outside], median, high: sorted[count - 1 - outside] }
    }
}

/// How many of the smallest, and of the largest, of so many numbers are outside of the interval: as many heads as hardly ever come up when so many coins are thrown.
fn beyond(count: usize) -> usize {
    const HARDLY: f64 = 0.025;
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    // The chance of no heads, one head, and so on. A thousand coins and more would be below the smallest number, so their logarithms are added.
    let mut logarithm = -number(count) * std::f64::consts::LN_2;
    let mut chance = 0.0;
    for heads in 0..count / 2 {
        chance += logarithm.exp();
        if chance > HARDLY {
            return heads.saturating_sub(1);
        }
        logarithm += (number(count - heads) / number(heads + 1)).ln();
    }
    0
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut sorted: Vec<Duration> = times.collect();
    sorted.sort_unstable();
    let count = sorted.len();
    (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
}

/// An interpreter that answered.
#[derive(Debug, Clone)]
struct Asked {
    program: PathBuf,
    /// The one outside of any environment, which environments are made for.
    base: PathBuf,
    version: Version,
    /// Below the folder of an environment.
    site: PathBuf,
}

fn ask(interpreter: &Path) -> Result<Asked, Error> {
    const QUESTION: &str = "\
import sys, sysconfig
if sys.implementation.name != 'cpython': raise SystemExit(sys.implementation.name + ' is not CPython')
print(getattr(sys, '_base_executable', None) or sys.executable)
print('3.%d.%d' % sys.version_info[1:3])
print(sysconfig.get_path('purelib', 'posix_prefix' if 'venv' not in sysconfig.get_scheme_names() else 'venv', {'base': '/', 'installed_base': '/'}))
";
    let refuse = |reason: String| Error::Interpreter { interpreter: interpreter.to_owned(), reason };
    let output = Command::new(interpreter).args(["-I", "-S", "-c", QUESTION]).stdin(Stdio::null()).output();
    let output = output.map_err(|error| refuse(format!("it cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(refuse(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    let (Some(base), Some(version), Some(site)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(refuse("it answers nothing".to_owned()));
    };
    let site = site.trim_start_matches('/').into();
    Ok(Asked { program: interpreter.to_owned(), base: base.into(), version: version.parse()?, site })
}

/// Makes an environment with a hook in it, or nothing, and returns its interpreter.
fn environment(folder: &Path, asked: &Asked, subject: Option<&Subject>) -> Result<PathBuf, Error> {
    const ACTION: &str = "make an environment for the measurement";
    let programs = folder.join("bin");
    let site = folder.join(&asked.site);
    for folder in [&programs, &site] {
        fs_err::create_dir_all(folder).map_err(Error::io(ACTION))?;
    }
    let home = asked.base.parent().unwrap_or(Path::new("/"));
    let configuration =
        format!("home = {}\ninclude-system-site-packages = false\nversion = {}\n", home.display(), asked.version);
    fs_err::write(folder.join("pyvenv.cfg"), configuration).map_err(Error::io(ACTION))?;
    let program = programs.join("python");
    fs_err::os::unix::fs::symlink(&asked.base, &program).map_err(Error::io(ACTION))?;
    for one in subject.iter().flat_map(|subject| &subject.sites) {
        match &one.tree {
            Tree::Wheel(wheel, _) => wheel.unpack(&site)?,
            Tree::Folder(from) => {
                for entry in fs_err::read_dir(from).map_err(Error::io(ACTION))? {
                    let entry = entry.map_err(Error::io(ACTION))?;
                    link(&entry.path(), &entry.file_name(), &site, one).map_err(Error::io(ACTION))?;
                }
            }
        }
    }
    Ok(program)
}

/// Links a file into an environment: all but startup files that are not meant.
fn link(path: &Path, name: &OsStr, site: &Path, one: &crate::environment::Site) -> std::io::Result<()> {
    let is_hook = crate::folder::is_pth(name) || crate::folder::is_start(name);
    let is_meant = !is_hook || one.folder.files.iter().any(|file| file.name == name);
    let place = site.join(name);
    if is_meant && name != "__pycache__" && !place.exists() {
        fs_err::os::unix::fs::symlink(path, place)
    } else {
        Ok(())
    }
}

/// How long `python -E -c pass` takes. The first time its output is looked at, too.
fn time(program: &Path, is_first: bool) -> Result<Duration, Error> {
    let mut command = Command::new(program);
    // What a caller's environment says about Python would be a part of what is measured, but for `-E`.
    command.args(["-E", "-c", "pass"]).stdin(Stdio::null()).stdout(Stdio::null());
    let failed =
        |reason: std::io::Error| Error::Interpreter { interpreter: program.to_owned(), reason: reason.to_string() };
    if is_first {
        let output = command.stderr(Stdio::piped()).output().map_err(failed)?;
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if !output.status.success() || !stderr.is_empty() {
            return Err(Error::Start { interpreter: program.to_owned(), status: output.status, stderr });
        }
        return Ok(Duration::ZERO);
    }
    let begin = Instant::now();
    let status = command.stderr(Stdio::null()).status().map_err(failed)?;
    let took = begin.elapsed();
    if status.success() {
        Ok(took)
    } else {
        Err(Error::Start { interpreter: program.to_owned(), status, stderr: String::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_table() {
        // The numbers outside, from tables of the sign test at 5 in 100, two-sided.
        for (count, outside) in [(6, 0), (8, 0), (9, 1), (20, 5), (40, 13), (100, 39), (5000, 2430)] {
            assert_eq!(beyond(count), outside, "{count}");
        }
    }

    #[test]
    fn an_interval_holds_its_median() {
        let interval = Interval::of((1..=20).rev().map(f64::from));
        assert_eq!(interval, Interval { low: 6.0, median: 10.5, high: 15.0 });
        assert_eq!(median([3, 1, 2].map(Duration::from_secs).into_iter()), Duration::from_secs(2));
    }

    #[test]
    fn only_the_hook_that_is_meant_is_linked() {
        let folder = tempfile::tempdir().unwrap();
        let [from, site] = ["from", "site"].map(|name| folder.path().join(name));
        fs_err::create_dir_all(from.join("__pycache__")).unwrap();
        fs_err::create_dir(&site).unwrap();
        for name in ["a.pth", "a.start", "b.pth", "b.start", "mod.py"] {
            fs_err::write(from.join(name), "").unwrap();
        }
        let subject = Subject::open(&from.join("a.pth"), None).unwrap();
        for _ in 0..2 {
            for entry in fs_err::read_dir(&from).unwrap() {
                let entry = entry.unwrap();
                link(&entry.path(), &entry.file_name(), &site, &subject.sites[0]).unwrap();
            }
        }
        let mut linked: Vec<_> = fs_err::read_dir(&site).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        linked.sort();
        assert_eq!(linked, ["a.pth", "a.start", "mod.py"]);
    }
}
