//! Damage of every kind to a finished entry: the next build notices, says so once, and builds again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::Context as _;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use super::bench::{Bench, Template};
use super::cell::{Cell, copy};
use super::judge::Judge;
use super::outcome::{Kind, Outcome, Problem};
use super::pool::{each, locked};
use super::random::Random;

/// What must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// One warning, and one more run of the compiler.
    Noticed,
    /// It is built again; what was damaged is a hint that may be missing without a word.
    Rebuilt,
    /// It may be in a place that does not matter. The module must be right.
    Either,
    /// It does not matter: a hit, without a word.
    Harmless,
    /// It looks like the work of a newer version, which is left alone, and that is said.
    Refused,
}

/// How it is done.
type Inflict = Box<dyn Fn(&Victim) -> anyhow::Result<()> + Send + Sync>;

/// One kind of damage.
struct Damage {
    name: String,
    expected: Expected,
    inflict: Inflict,
}

/// The entry that is damaged, and another one of the same module.
struct Victim {
    folder: PathBuf,
    artifact: PathBuf,
    meta: PathBuf,
    source: PathBuf,
    manifest: PathBuf,
    other: PathBuf,
    outside: PathBuf,
}

/// Inflicts everything once, in an order that the seed decides, as far as the time allows.
pub(super) fn run(bench: &Bench, deadline: Instant, only: Option<&str>) -> anyhow::Result<Outcome> {
    let cell = Cell::new(bench, "damage", &bench.template(Template::Built))?;
    let mut judge = bench.judge()?;
    let below_root = |source: usize, judge: &mut Judge| -> anyhow::Result<PathBuf> {
        Ok(cell.build(&bench.sources[source], judge)?.artifact.strip_prefix(cell.root())?.to_owned())
    };
    // The third source is the other version of the first one's module.
    let artifacts = [below_root(0, &mut judge)?, below_root(2, &mut judge)?];
    let sizes = Sizes::of(&victim(&cell, &artifacts)?)?;
    cell.discard()?;
    let mut all = everything(&sizes, &mut Random::new(bench.seed, 1));
    Random::new(bench.seed, 2).shuffle(&mut all);
    // What exists once comes before what exists at every position.
    all.sort_by_key(|damage| damage.name.contains('@'));
    if let Some(only) = only {
        all.retain(|damage| damage.name == only);
    }
    let outcome = Mutex::new(Outcome::default());
    each(bench, deadline, &all, &outcome, |damage, judge| one(bench, damage, &artifacts, judge, &outcome))?;
    Ok(outcome.into_inner().unwrap_or_default())
}

/// Turns one bit of a file.
pub(super) fn flip(file: &Path, bit: usize) -> anyhow::Result<()> {
    let mut bytes = fs_err::read(file)?;
    let at = (bit / 8) % bytes.len();
    bytes[at] ^= 1 << (bit % 8);
    rewrite(file, &bytes)
}

fn one(
    bench: &Bench,
    damage: &Damage,
    artifacts: &[PathBuf; 2],
    judge: &mut Judge,
    outcome: &Mutex<Outcome>,
) -> anyhow::Result<()> {
    let cell = Cell::new(bench, &format!("damage.{}", damage.name), &bench.template(Template::Built))?;
    (damage.inflict)(&victim(&cell, artifacts)?).with_context(|| format!("cannot inflict {}", damage.name))?;
    let mut problems = Vec::new();
    let verified = cell.run(["cache", "verify"])?;
    problems.extend(super::cell::sanity(&verified));
    match damage.expected {
        Expected::Noticed if verified.succeeded() => {
            problems.push(Problem::new(Kind::WrongLoad, "`cache verify` finds nothing wrong"));
        }
        Expected::Rebuilt | Expected::Harmless if !verified.succeeded() => {
            problems.push(Problem::new(Kind::Unclear, format!("`cache verify` {}", verified.described())));
        }
        _ => {}
    }
    let before = cell.compiles();
    let build = cell.build(&bench.sources[0], judge)?;
    let may_refuse = matches!(damage.expected, Expected::Refused | Expected::Either);
    if may_refuse && build.is_refused {
        return closed(cell, problems, outcome);
    }
    let compiled = cell.compiles() - before;
    problems.extend(build.problems);
    if problems.iter().any(|problem| problem.kind == Kind::Crash) {
        // What hangs once takes its time each time.
        return closed(cell, problems, outcome);
    }
    let warnings = build.stderr.lines().filter(|line| line.starts_with("warning:")).count();
    let (runs, words) = match damage.expected {
        Expected::Noticed => (1..=1, 1..=1),
        Expected::Rebuilt => (1..=1, 0..=1),
        Expected::Either => (0..=1, 0..=1),
        // That it was refused has been seen.
        Expected::Harmless | Expected::Refused => (0..=0, 0..=0),
    };
    if problems.is_empty() && !(runs.contains(&compiled) && words.contains(&warnings)) {
        let what = format!("{compiled} compiler runs and {warnings} warnings: {}", build.stderr.trim());
        problems.push(Problem::new(Kind::Unclear, what));
    }
    let again = cell.build(&bench.sources[0], judge)?;
    if again.problems.is_empty() && !again.used_cache {
        problems.push(Problem::new(Kind::DoubleBuild, "the build after the repair is no hit"));
    }
    problems.extend(again.problems);
    // The other entry may have been damaged as well.
    problems.extend(cell.build(&bench.sources[2], judge)?.problems);
    let strange = matches!(damage.name.as_str(), "extra-file" | "extra-folder");
    problems.extend(cell.sweep()?.into_iter().filter(|problem| !strange || problem.kind != Kind::Leftover));

    closed(cell, problems, outcome)
}

fn closed(cell: Cell<'_>, problems: Vec<Problem>, outcome: &Mutex<Outcome>) -> anyhow::Result<()> {
    let good = problems.is_empty();
    let mut outcome = locked(outcome);
    outcome.injected += 1;
    outcome.found(&cell.name, problems);
    drop(outcome);
    if good { cell.discard() } else { Ok(()) }
}

struct Sizes {
    artifact: usize,
    meta: usize,
    is_root: bool,
    zeros: Vec<bool>,
}

const BLOCK: usize = 4096;

impl Sizes {
    fn of(victim: &Victim) -> anyhow::Result<Self> {
        let artifact = fs_err::read(&victim.artifact)?;
        let zeros = artifact.chunks(BLOCK).map(|block| block.iter().all(|byte| *byte == 0)).collect();
        let meta = fs_err::read(&victim.meta)?.len();
        Ok(Self { artifact: artifact.len(), meta, is_root: rustix::process::geteuid().is_root(), zeros })
    }
}

fn victim(cell: &Cell<'_>, artifacts: &[PathBuf; 2]) -> anyhow::Result<Victim> {
    let artifact = cell.root().join(&artifacts[0]);
    let folder = artifact.parent().context("an artifact is in a folder")?.to_owned();
    let other = cell.root().join(artifacts[1].parent().context("an artifact is in a folder")?);
    // Which manifest leads to the entry is in its text.
    let key = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut manifests = Vec::new();
    files_below(&cell.root().join("v1").join("manifests"), &mut manifests)?;
    let leads = |file: &PathBuf| fs_err::read(file).is_ok_and(|text| String::from_utf8_lossy(&text).contains(&key));
    let manifest = manifests.into_iter().find(leads).context("no manifest leads to the entry")?;
    let source = folder.join("alpha.pyx");
    Ok(Victim {
        meta: folder.join("meta.json"),
        source,
        folder,
        artifact,
        manifest,
        other,
        outside: cell.folder.clone(),
    })
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for item in fs_err::read_dir(folder)? {
        let item = item?;
        if item.file_type()?.is_dir() { files_below(&item.path(), found)? } else { found.push(item.path()) }
    }
    Ok(())
}

/// Replaces a file, as something that is not pyxide would: same name, another file.
fn rewrite(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs_err::remove_file(file)?;
    fs_err::write(file, bytes)?;
    Ok(fs_err::set_permissions(file, std::fs::Permissions::from_mode(0o444))?)
}

fn everything(sizes: &Sizes, random: &mut Random) -> Vec<Damage> {
    use Expected::{Either, Harmless, Noticed, Rebuilt, Refused};
    let mut all = Vec::new();
    let mut add = |name: &str, expected, inflict: Inflict| {
        all.push(Damage { name: name.to_owned(), expected, inflict });
    };
    for length in (0..sizes.artifact).step_by(512) {
        add(&format!("truncated@{length}"), Noticed, Box::new(move |it| shorten(&it.artifact, length)));
    }
    for _ in 0..200 {
        let bit = random.below(sizes.artifact * 8);
        add(&format!("flipped@{bit}"), Noticed, Box::new(move |it| flip(&it.artifact, bit)));
    }
    for _ in 0..200 {
        let bit = random.below(sizes.meta * 8);
        add(&format!("meta-flipped@{bit}"), Either, Box::new(move |it| flip(&it.meta, bit)));
    }
    for length in (1..sizes.meta.saturating_sub(1)).step_by(sizes.meta / 20 + 1) {
        add(&format!("meta-truncated@{length}"), Noticed, Box::new(move |it| shorten(&it.meta, length)));
    }
    for (number, _) in sizes.zeros.iter().enumerate().filter(|(_, zero)| !**zero) {
        add(&format!("zeros@{number}"), Noticed, Box::new(move |it| zero(&it.artifact, number)));
    }
    add("meta-empty", Noticed, Box::new(|it| shorten(&it.meta, 0)));
    add("meta-no-json", Noticed, Box::new(|it| rewrite(&it.meta, b"\0\xff{[\n")));
    add("meta-other-json", Noticed, Box::new(|it| rewrite(&it.meta, b"[]\n")));
    add("meta-newer-format", Refused, Box::new(newer));
    add("meta-format-turned", Noticed, Box::new(|it| replace_text(&it.meta, "\"format\":", "\"format\":9")));
    add("meta-missing", Noticed, Box::new(|it| Ok(fs_err::remove_file(&it.meta)?)));
    add("meta-of-another-key", Noticed, Box::new(|it| rewrite(&it.meta, &fs_err::read(it.other.join("meta.json"))?)));
    add("artifact-missing", Noticed, Box::new(|it| Ok(fs_err::remove_file(&it.artifact)?)));
    add("artifact-of-another-key", Noticed, Box::new(|it| rewrite(&it.artifact, &fs_err::read(it.other_artifact())?)));
    add("files-swapped", Noticed, Box::new(|it| swap(&it.artifact, &it.other_artifact(), &it.outside)));
    add("folders-swapped", Noticed, Box::new(|it| swap(&it.folder, &it.other, &it.outside)));
    for (name, of_meta) in [("artifact", false), ("meta", true)] {
        let pick = move |it: &Victim| if of_meta { it.meta.clone() } else { it.artifact.clone() };
        add(&format!("{name}-symlink"), Noticed, Box::new(move |it| through_a_link(&pick(it), &it.outside)));
        add(&format!("{name}-fifo"), Noticed, Box::new(move |it| special(&pick(it), FileType::Fifo)));
        add(
            &format!("{name}-hard-link"),
            Noticed,
            Box::new(move |it| Ok(fs_err::hard_link(pick(it), it.outside.join("second-name"))?)),
        );
        add(
            &format!("{name}-folder"),
            Noticed,
            Box::new(move |it| {
                fs_err::remove_file(pick(it))?;
                Ok(fs_err::create_dir(pick(it))?)
            }),
        );
        if sizes.is_root {
            add(&format!("{name}-device"), Noticed, Box::new(move |it| special(&pick(it), FileType::CharacterDevice)));
        }
    }
    add("entry-symlink", Noticed, Box::new(|it| through_a_link(&it.folder, &it.outside)));
    add(
        "entry-file",
        Noticed,
        Box::new(|it| {
            fs_err::remove_dir_all(&it.folder)?;
            Ok(fs_err::write(&it.folder, "")?)
        }),
    );
    add(
        "entry-empty",
        Noticed,
        Box::new(|it| {
            fs_err::remove_dir_all(&it.folder)?;
            Ok(fs_err::create_dir(&it.folder)?)
        }),
    );
    add("entry-missing", Rebuilt, Box::new(|it| Ok(fs_err::remove_dir_all(&it.folder)?)));
    add("extra-file", Harmless, Box::new(|it| Ok(fs_err::write(it.folder.join("extra"), "extra")?)));
    add("extra-folder", Harmless, Box::new(|it| Ok(fs_err::create_dir(it.folder.join("extra"))?)));
    // Nothing loads the copy of the source; whether it is compared is not promised.
    add("source-empty", Either, Box::new(|it| shorten(&it.source, 0)));
    add("manifest-empty", Rebuilt, Box::new(|it| shorten(&it.manifest, 0)));
    add("manifest-of-before", Rebuilt, Box::new(|it| rewrite(&it.manifest, b"{\"format\":")));
    add("manifest-missing", Rebuilt, Box::new(|it| Ok(fs_err::remove_file(&it.manifest)?)));
    add("manifest-fifo", Rebuilt, Box::new(|it| special(&it.manifest, FileType::Fifo)));
    add("manifest-symlink", Either, Box::new(|it| through_a_link(&it.manifest, &it.outside)));
    all
}

impl Victim {
    fn other_artifact(&self) -> PathBuf {
        self.other.join(self.artifact.file_name().unwrap_or_default())
    }
}

fn shorten(file: &Path, length: usize) -> anyhow::Result<()> {
    rewrite(file, &fs_err::read(file)?[..length])
}

fn zero(file: &Path, block: usize) -> anyhow::Result<()> {
    let mut bytes = fs_err::read(file)?;
    let end = ((block + 1) * BLOCK).min(bytes.len());
    bytes[block * BLOCK..end].fill(0);
    rewrite(file, &bytes)
}

fn replace_text(file: &Path, from: &str, to: &str) -> anyhow::Result<()> {
    rewrite(file, fs_err::read_to_string(file)?.replacen(from, to, 1).as_bytes())
}

fn swap(one: &Path, other: &Path, outside: &Path) -> anyhow::Result<()> {
    let aside = outside.join("aside");
    fs_err::rename(one, &aside)?;
    fs_err::rename(other, one)?;
    Ok(fs_err::rename(aside, other)?)
}

/// Puts a link in the place of a file or folder; what it leads to is a faithful copy.
fn through_a_link(path: &Path, outside: &Path) -> anyhow::Result<()> {
    let moved = outside.join("moved");
    if path.is_dir() {
        copy(path, &moved)?;
        fs_err::remove_dir_all(path)?;
    } else {
        fs_err::rename(path, &moved)?;
    }
    Ok(fs_err::os::unix::fs::symlink(moved, path)?)
}

fn special(path: &Path, kind: FileType) -> anyhow::Result<()> {
    fs_err::remove_file(path)?;
    // The device that swallows everything, and is empty to who reads.
    mknodat(CWD, path, kind, Mode::from_raw_mode(0o644), makedev(1, 3))?;
    Ok(())
}

/// Has meta.json say that a newer version wrote it, which may have another way to vouch for its content.
fn newer(it: &Victim) -> anyhow::Result<()> {
    let text = fs_err::read_to_string(&it.meta)?;
    let content = text.split(",\"meta_blake3\":").next().unwrap_or_default();
    rewrite(&it.meta, (content.replacen("\"format\":", "\"format\":9", 1) + "}\n").as_bytes())
}
