//! What an editable wheel needs besides: lines that lead to the sources, read before the hooks that call what lies there.
//!
//! Before Python 3.15 `.pth` files are read and run one by one, in order of their names, and each line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use wheel_patch::{Content, Target};

use crate::changes::Wanted;
use crate::error::Error;
use crate::finished::Finished;
use crate::path::has_end;
use crate::place::Place;
use crate::places::area;

/// What some editors put at the beginning of a text, where it means nothing.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A `.pth` of ours, or one of the backend's with lines of ours.
struct Startup {
    wanted: Wanted,
    /// Where our lines begin.
    ours: usize,
}

/// Hooks for an editable wheel, those that would not work in a file of their own as lines of the backend's, and the path lines before them.
pub(crate) fn startup(
    hooks: Vec<Wanted>,
    starts: &BTreeSet<String>,
    path_lines: &[(Place, PathBuf)],
    wheel: &Finished,
    notes: &mut Vec<String>,
) -> Result<Vec<Wanted>, Error> {
    let mut files = with_theirs(hooks, starts, wheel, notes)?;
    let lines = path_file(path_lines, wheel);
    if let Some(lines) = lines {
        match files.iter_mut().filter(|it| it.wanted.path <= lines.path).min_by_key(|it| it.wanted.path.clone()) {
            None => files.push(Startup { wanted: lines, ours: 0 }),
            Some(first) => {
                let text = first.wanted.bytes()?;
                let mut text = if first.ours == 0 { unmarked(&text).to_vec() } else { text };
                text.splice(first.ours..first.ours, lines.bytes()?);
                first.wanted.content = Content::Bytes(text);
                notes.push(format!(
                    "`{}` has the lines of `editable = \"path\"`, too: they are read before its hook",
                    first.wanted.path
                ));
            }
        }
    }
    Ok(files.into_iter().map(|it| it.wanted).collect())
}

/// Whether it comes to lie in a site folder, and is read at each start.
pub(crate) fn is_site_pth(wanted: &Wanted) -> bool {
    area(wanted.target) == 0 && is_pth(&wanted.path)
}

fn is_pth(name: &str) -> bool {
    has_end(name, &[".pth"]) && !name.contains('/')
}

/// One `.pth` for all path lines. Its name is none that backends give to theirs.
fn path_file(path_lines: &[(Place, PathBuf)], wheel: &Finished) -> Option<Wanted> {
    let (place, _) = path_lines.first()?;
    let mut lines = Vec::new();
    for (_, folder) in path_lines {
        let line = folder.display().to_string();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let text = lines.into_iter().map(|line| line + "\n").collect::<String>();
    let path = format!("_pyxide_editable_{}.pth", wheel.distribution());
    Some(Wanted::of_bytes(place, path, text.into_bytes()))
}

fn with_theirs(
    hooks: Vec<Wanted>,
    starts: &BTreeSet<String>,
    wheel: &Finished,
    notes: &mut Vec<String>,
) -> Result<Vec<Startup>, Error> {
    let in_site: BTreeMap<&str, (Target, &str)> = wheel.in_site().map(|it| (it.1, (it.0, it.2))).collect();
    let last = in_site.keys().rfind(|name| is_pth(name)).copied();
    let mut joined: BTreeMap<String, Startup> = BTreeMap::new();
    let mut apart = Vec::new();
    for mut hook in hooks {
        let same = in_site.contains_key(hook.path.as_str());
        let theirs =
            if same { Some(hook.path.clone()) } else { last.filter(|last| **last > *hook.path).map(str::to_owned) };
        let Some(theirs) = theirs else {
            apart.push(Startup { wanted: hook, ours: 0 });
            continue;
        };
        let (target, member) = in_site[theirs.as_str()];
        let stem = |path: &str| path.trim_end_matches(".pth").to_owned();
        let text = match joined.get(&theirs) {
            Some(joined) => joined.wanted.bytes()?,
            None => wheel.read(member)?,
        };
        let has_start = in_site.contains_key(format!("{}.start", stem(&theirs)).as_str());
        let we_have_start = starts.contains(&stem(&hook.path));
        let reason = unmergeable(&text, we_have_start, has_start);
        if let Some(reason) = reason.clone().filter(|_| same) {
            return Err(hook.taken(wheel, reason));
        }
        if reason.is_some() || (!same && we_have_start) {
            // With a `.start` it works from 3.15 on, and the other file may not lead to what the hook needs.
            notes.push(format!(
                "`{}` is read before `{theirs}` of `{}`: before Python 3.15 the hook may not find what it calls",
                hook.path, wheel.backend
            ));
            apart.push(Startup { wanted: hook, ours: 0 });
            continue;
        }
        if let Some((ours, both)) = merged(&text, &hook.bytes()?) {
            let why = if same { "is also the name of a file" } else { "would be read before a file" };
            notes.push(format!(
                "`{}` {why} of `{}` that leads to the sources: its line is in `{theirs}`",
                hook.path, wheel.backend
            ));
            let ours = joined.get(&theirs).map_or(ours, |joined| joined.ours);
            (hook.target, hook.path, hook.content, hook.replace) = (target, theirs.clone(), Content::Bytes(both), true);
            joined.insert(theirs, Startup { wanted: hook, ours });
        }
    }
    apart.extend(joined.into_values());
    Ok(apart)
}

/// Why two `.pth` files cannot be one: with a `.start` of the same name, Python runs the import lines of neither.
fn unmergeable(theirs: &[u8], we_have_start: bool, they_have_start: bool) -> Option<String> {
    let runs = |text: &[u8]| text.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"import "));
    if they_have_start {
        Some("a `.pth` together with a `.start`, which would switch off the hook,".to_owned())
    } else if we_have_start && runs(unmarked(theirs)) {
        Some("a `.pth` that runs code, which the `.start` of the hook would switch off,".to_owned())
    } else {
        None
    }
}

fn unmarked(text: &[u8]) -> &[u8] {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// Their lines, then those of ours that are not among them, and where these begin; `None`: all are.
fn merged(theirs: &[u8], ours: &[u8]) -> Option<(usize, Vec<u8>)> {
    // In the middle of a file it would be a part of the line behind it.
    let ours = unmarked(ours);
    let lines = |text| <[u8]>::split(text, |byte| *byte == b'\n').filter(|line| !line.is_empty());
    let new: Vec<_> = lines(ours).filter(|line| !lines(theirs).any(|other| other == *line)).collect();
    if new.is_empty() {
        return None;
    }
    let mut both = theirs.to_vec();
    if !both.is_empty() && !both.ends_with(b"\n") {
        both.push(b'\n');
    }
    let begin = both.len();
    for line in new {
        both.extend_from_slice(line);
        both.push(b'\n');
    }
    Some((begin, both))
}
