//! What is shared by all that is measured: the wheels, what is added to them, and the folders.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use rustix::fs::FlockOperation;

use super::peers::{Peer, Subject};
use crate::measuring::stopwatch::{Measured, Order, Stopwatch};
use crate::wheels::{Wanted, corpus, judges};
use crate::workshop::{Workshop, run};

const SEED: &str = include_str!("seed.py");
const CONTENTS: &str = include_str!("contents.py");

/// What is added: a startup hook and so many files in a folder, as large as the seed's own.
const FILES: usize = 87;
const FILE_SIZE: usize = 4300;

/// Where everything happens.
pub(super) struct Bench {
    program: PathBuf,
    python: PathBuf,
    corpus: PathBuf,
    folder: PathBuf,
    stopwatch: Stopwatch,
    /// What everybody should have made of a wheel, once somebody has.
    contents: BTreeMap<Subject, String>,
    /// Held as long as this lives.
    _lock: fs_err::File,
}

impl Bench {
    /// Builds the command as users get it, and fetches the wheels.
    pub(super) fn open(workshop: &Workshop, subjects: &[Subject]) -> anyhow::Result<Self> {
        let lock = fs_err::File::create(workshop.folder.join("bench-wheels.lock"))?;
        // Two at once would remove each other's folders, and measure each other.
        if rustix::fs::flock(lock.file(), FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("another `cargo xtask bench-wheels` is under way");
        }
        run(workshop.cargo().args(["build", "--release", "--package", "cli", "--bin", "pyxide", "--locked"]))?;
        let program = workshop.target.join("release").join("pyxide");
        let environment = judges(workshop)?;
        let names: Vec<_> = subjects.iter().map(|subject| subject.file()).collect();
        let corpus = corpus(workshop, &environment, Wanted::Named(&names))?;
        let folder = workshop.folder.join("bench-wheels");
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        fs_err::create_dir_all(folder.join("home"))?;
        lay_out(&folder.join("payload"))?;
        fs_err::write(folder.join("seed.py"), SEED)?;
        fs_err::write(folder.join("contents.py"), CONTENTS)?;
        let python = environment.python();
        let stopwatch = Stopwatch::start(&python, &folder)?;
        Ok(Self { program, python, corpus, folder, stopwatch, contents: BTreeMap::new(), _lock: lock })
    }

    /// What the numbers depend on.
    pub(super) fn about(&mut self) -> anyhow::Result<String> {
        const QUESTION: &str = "\
import os, sys, wheel, zlib
print('Python %s, wheel %s, zlib %s, %d processors, load %.2f' % (sys.version.split()[0], wheel.__version__, zlib.ZLIB_RUNTIME_VERSION, os.cpu_count(), os.getloadavg()[0]))";
        let order = self.python(&["-c", QUESTION], &self.folder);
        Ok(self.stopwatch.run(&[order])?.stdout.trim().to_owned())
    }

    /// How many members a wheel has.
    pub(super) fn members(&mut self, subject: Subject) -> usize {
        const COUNT: &str = "import sys, zipfile; print('result', len(zipfile.ZipFile(sys.argv[1]).namelist()))";
        let wheel = self.corpus.join(subject.file()).display().to_string();
        let order = self.python(&["-c", COUNT, &wheel], &self.folder);
        let count = self.stopwatch.run(&[order]).ok().and_then(|measured| measured.result());
        count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    }

    /// Measures one run with a fresh copy of the wheel. `checked` compares what came out with what the others made.
    pub(super) fn measure(&mut self, subject: Subject, peer: Peer, checked: bool) -> anyhow::Result<Measured> {
        let folder = self.folder.join("run");
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        fs_err::create_dir_all(&folder)?;
        let given = folder.join(subject.file());
        fs_err::copy(self.corpus.join(subject.file()), &given)?;
        // What is still being written would be written while somebody is measured.
        rustix::fs::sync();
        let mut measured = self.stopwatch.run(&self.orders(peer, &folder, &given)?)?;
        if peer == Peer::Floor {
            measured.wall = measured.inside.context("the time is missing")?;
        }
        if checked && !matches!(peer, Peer::Copy | Peer::Replace | Peer::Floor) {
            let made = match peer {
                Peer::Wheel => folder.join("packed").join(subject.file()),
                Peer::StructureBeside | Peer::ContentBeside => folder.join("beside").join(subject.file()),
                _ => given,
            };
            self.check(subject, &made)?;
        }
        Ok(measured)
    }

    /// Compares the members of what was made with those that the first peer made.
    fn check(&mut self, subject: Subject, made: &Path) -> anyhow::Result<()> {
        let script = self.folder.join("contents.py").display().to_string();
        let order = self.python(&[&script, &made.display().to_string()], &self.folder);
        let contents = self.stopwatch.run(&[order])?.stdout;
        let first = self.contents.entry(subject).or_insert_with(|| contents.clone());
        ensure!(*first == contents, "the wheel holds something else than that of the others: {}", contents.trim());
        Ok(())
    }

    /// The processes of a run.
    fn orders(&self, peer: Peer, folder: &Path, wheel: &Path) -> anyhow::Result<Vec<Order>> {
        let payload = self.folder.join("payload");
        let shown = |path: &Path| path.display().to_string();
        let ours = |check: &str, durability: &str, more: &[String]| {
            let mut words = vec![shown(&self.program), "wheel".into(), "inject".into(), shown(wheel)];
            words.push(format!("--check={check}"));
            words.extend_from_slice(more);
            words.extend([shown(&payload.join("demo_hook.pth")), shown(&payload.join("dialects"))]);
            let mut order = self.order(words, folder);
            order.environment.insert("PYXIDE_DURABILITY".into(), durability.into());
            order
        };
        let beside = |check: &str| {
            let folder = folder.join("beside");
            fs_err::create_dir_all(&folder)?;
            let output = folder.join(wheel.file_name().unwrap_or_default());
            anyhow::Ok(vec![ours(check, "none", &["--output".into(), shown(&output)])])
        };
        let copy = shown(&folder.join("copy.whl"));
        let cp = self.order(vec!["/bin/cp".into(), shown(wheel), copy.clone()], folder);
        Ok(match peer {
            Peer::Copy => vec![cp],
            Peer::Replace => vec![cp, self.order(vec!["/bin/mv".into(), copy, shown(wheel)], folder)],
            Peer::Floor => {
                let own = std::env::current_exe().context("no path of this program")?;
                vec![self.order(vec![shown(&own), "bench-wheels".into(), "--floor".into(), shown(wheel)], folder)]
            }
            Peer::Structure => vec![ours("structure", "full", &[])],
            Peer::Content => vec![ours("content", "full", &[])],
            Peer::StructureBeside => beside("structure")?,
            Peer::ContentBeside => beside("content")?,
            Peer::Seed => {
                vec![self.python(&[&shown(&self.folder.join("seed.py")), &shown(wheel), &shown(&payload)], folder)]
            }
            Peer::Wheel => {
                let name = wheel.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let mut parts = name.split('-');
                let (Some(package), Some(version)) = (parts.next(), parts.next()) else {
                    bail!("`{name}` is no wheel")
                };
                let unpacked = shown(&folder.join("unpacked").join(format!("{package}-{version}")));
                let packed = folder.join("packed");
                fs_err::create_dir_all(&packed).context("no room for what is packed")?;
                vec![
                    self.python(
                        &["-m", "wheel", "unpack", "-d", &shown(&folder.join("unpacked")), &shown(wheel)],
                        folder,
                    ),
                    self.order(
                        vec!["/bin/cp".into(), "-r".into(), shown(&payload.join(".")), unpacked.clone()],
                        folder,
                    ),
                    self.python(&["-m", "wheel", "pack", "-d", &shown(&packed), &unpacked], folder),
                ]
            }
        })
    }

    fn python(&self, words: &[&str], folder: &Path) -> Order {
        let program = [self.python.display().to_string(), "-I".into()];
        self.order(program.into_iter().chain(words.iter().map(|word| (*word).to_owned())).collect(), folder)
    }

    fn order(&self, arguments: Vec<String>, folder: &Path) -> Order {
        let home = self.folder.join("home").display().to_string();
        let environment =
            [("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()), ("HOME", home), ("LANG", "C.UTF-8".into())];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        Order { arguments, environment, folder: folder.to_owned() }
    }
}

/// Writes the files that are added: text that is neither noise nor all the same.
fn lay_out(folder: &Path) -> anyhow::Result<()> {
    let packs = folder.join("dialects").join("packs");
    fs_err::create_dir_all(&packs)?;
    fs_err::write(folder.join("demo_hook.pth"), "import sys\n")?;
    for number in 0..FILES {
        let mut text = String::with_capacity(FILE_SIZE + 80);
        let mut word = number;
        while text.len() < FILE_SIZE {
            word = word.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
            let _ = writeln!(text, "\"word {}\": \"{word:x}\",", word % 977);
        }
        fs_err::write(packs.join(format!("pack{number:02}.json")), text)?;
    }
    Ok(())
}
