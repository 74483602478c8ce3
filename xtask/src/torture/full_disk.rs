//! File systems that are full, and such that cannot be written: what is there can be used, and what is not says why.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};

use super::bench::{Bench, Template};
use super::cell::{Cell, copy, judged, sanity};
use super::judge::Judge;
use super::outcome::{Kind, Outcome, Problem};
use super::process::Ended;

const NO_SPACE: &str = "No space left";
const READ_ONLY: &str = "Read-only file system";

/// A small file system in memory, which is gone when this is dropped.
struct Mounted(PathBuf);

/// Builds on file systems of growing size, `step` KiB apart at first.
pub(super) fn run(bench: &Bench, deadline: Instant, step: usize) -> anyhow::Result<Outcome> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Outcome::not_run("full disks: only root can mount file systems"));
    }
    let mut outcome = Outcome::default();
    let mut judge = bench.judge()?;
    let sizes = std::iter::successors(Some(128), |size| Some((size + step).max(size * 9 / 8)));
    for size in sizes.take_while(|size| *size <= 4096) {
        if Instant::now() >= deadline {
            outcome.notes.push(format!("sizes from {size} KiB did not fit into the time"));
            break;
        }
        let cell = Cell::empty(bench, &format!("full-disk.{size}"))?;
        let mounted = match Mounted::tmpfs(&cell.root(), size) {
            Ok(mounted) => mounted,
            Err(error) => return Ok(Outcome::not_run(format!("full disks: {error:#}"))),
        };
        if copy(&bench.template(Template::Warm), &cell.root()).is_err() {
            // Not even the memory of the tools fits.
            drop(mounted);
            cell.discard()?;
            continue;
        }
        let problems = too_small(&cell, &mounted, &mut judge)?;
        outcome.injected += 1;
        close(&mut outcome, cell, mounted, problems)?;
    }
    let cell = Cell::empty(bench, "full-disk.hit")?;
    let mounted = Mounted::tmpfs(&cell.root(), 16 << 10)?;
    copy(&bench.template(Template::Built), &cell.root())?;
    let problems = full_and_read_only(&cell, &mounted, &mut judge)?;
    outcome.injected += 2;
    close(&mut outcome, cell, mounted, problems)?;
    Ok(outcome)
}

/// Unmounts what a run that was interrupted left.
pub(super) fn unmount_below(folder: &Path) {
    let mounts = fs_err::read_to_string("/proc/mounts").unwrap_or_default();
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(1)).map(Path::new);
    for place in places.filter(|place| place.starts_with(folder)) {
        let _ = succeed(Command::new("umount").arg("-l").arg(place));
    }
}

/// A build that may not fit, and one after there is room.
fn too_small(cell: &Cell<'_>, mounted: &Mounted, judge: &mut Judge) -> anyhow::Result<Vec<Problem>> {
    let source = &cell.bench.sources[0];
    let build = ["build".as_ref(), source.path.as_os_str()];
    let ended = cell.run(build)?;
    let mut problems = sanity(&ended);
    if ended.succeeded() {
        problems.extend(judged(judge, source, ended.stdout.trim().as_ref())?);
    } else {
        problems.extend(says(&ended, NO_SPACE));
    }
    problems.extend(cell.verify()?);
    mounted.remount("size=16m")?;
    problems.extend(cell.build(source, judge)?.problems);
    problems.extend(cell.sweep()?);
    Ok(problems)
}

/// Hits where nothing can be written, first for lack of room and then for lack of permission.
fn full_and_read_only(cell: &Cell<'_>, mounted: &Mounted, judge: &mut Judge) -> anyhow::Result<Vec<Problem>> {
    let source = &cell.bench.sources[0];
    let miss = cell.folder.join("alpha.pyx");
    // Another text is another key; the module would be the same.
    fs_err::write(&miss, format!("{}\n# changed\n", fs_err::read_to_string(&source.path)?))?;
    let miss = ["build".as_ref(), miss.as_os_str()];
    let mut problems = Vec::new();
    fill(&cell.root().join("filler"))?;
    problems.extend(cell.build(source, judge)?.problems);
    let ended = cell.run(miss)?;
    problems.extend(sanity(&ended));
    problems.extend(says(&ended, NO_SPACE));
    fs_err::remove_file(cell.root().join("filler"))?;

    mounted.remount("ro")?;
    problems.extend(cell.build(source, judge)?.problems);
    let ended = cell.run(miss)?;
    problems.extend(sanity(&ended));
    problems.extend(says(&ended, READ_ONLY));
    mounted.remount("rw")?;
    problems.extend(cell.verify()?);
    problems.extend(cell.sweep()?);
    Ok(problems)
}

/// Whether it failed and said why.
fn says(ended: &Ended, words: &str) -> Option<Problem> {
    let said = !ended.succeeded() && format!("{}{}", ended.stdout, ended.stderr).contains(words);
    (!said).then(|| Problem::new(Kind::Unclear, format!("no word of `{words}`: {}", ended.described())))
}

fn close(outcome: &mut Outcome, cell: Cell<'_>, mounted: Mounted, problems: Vec<Problem>) -> anyhow::Result<()> {
    let good = problems.is_empty();
    outcome.found(&cell.name, problems);
    if !good {
        copy(&cell.root(), &cell.folder.join("kept"))?;
    }
    drop(mounted);
    if good { cell.discard() } else { Ok(()) }
}

/// Writes until nothing more fits.
fn fill(file: &Path) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut file = fs_err::File::create(file)?;
    for block in [1 << 20, 4096, 1] {
        let bytes = vec![1; block];
        while file.write_all(&bytes).is_ok() {}
    }
    Ok(())
}

impl Mounted {
    fn tmpfs(place: &Path, kilobytes: usize) -> anyhow::Result<Self> {
        fs_err::create_dir_all(place)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k,mode=0700"), "tmpfs"]).arg(place);
        succeed(&mut mount)?;
        let mounted = Self(place.to_owned());
        fs_err::set_permissions(place, std::fs::Permissions::from_mode(0o700))?;
        Ok(mounted)
    }

    fn remount(&self, option: &str) -> anyhow::Result<()> {
        succeed(Command::new("mount").args(["-o", &format!("remount,{option}")]).arg(&self.0))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A process that is about to die may still be in it.
        if succeed(Command::new("umount").arg(&self.0)).is_err() {
            let _ = succeed(Command::new("umount").arg("-l").arg(&self.0));
        }
    }
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    ensure!(output.status.success(), "{command:?} ended with {}: {words}", output.status);
    Ok(())
}
