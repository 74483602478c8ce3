//! From what is there to what is to be done to a wheel.

use std::collections::{BTreeMap, BTreeSet};

use pth_hook::{EntryPoint, Request};
use wheel_patch::{Addition, Change, Content, Target};

use crate::error::Error;
use crate::finished::Finished;
use crate::path::{RelativePath, has_end};
use crate::payload::{Kind, Payload};
use crate::place::Place;

/// What is to be done to a wheel.
#[derive(Debug)]
#[non_exhaustive]
pub struct Changes {
    /// For `wheel_patch::apply`.
    pub changes: Vec<Change>,
    /// What the project's author should know about them.
    pub notes: Vec<String>,
}

/// An addition, and who wants it.
struct Wanted {
    place: Place,
    target: Target,
    path: String,
    content: Content,
    executable: bool,
    replace: bool,
}

impl Payload {
    /// What is to be done to this wheel.
    ///
    /// What the wheel has already, byte for byte, stays as it is. In an editable wheel the backend's own `.pth` leads to the sources: a hook
    /// of the same name, or one that would be read earlier, is merged with it.
    ///
    /// # Errors
    /// Names that the wheel has for something else, hooks that would fail.
    pub fn changes(&self, wheel: &Finished) -> Result<Changes, Error> {
        let mut notes = Vec::new();
        let mut wanted: Vec<_> = self.items.iter().map(Wanted::from_item).collect();
        for (place, request) in &self.hooks {
            let request = Request { requires_python: wheel.requires_python.clone(), ..request.clone() };
            let refused = |source| Error::Hook { place: place.clone(), source: Box::new(source) };
            pth_hook::check_stem(&request.name, wheel.distribution(), false).map_err(refused)?;
            let written = pth_hook::write(&request).map_err(refused)?;
            notes.extend(written.notes);
            for (path, bytes) in written.files {
                wanted.push(Wanted::of_bytes(place, path, bytes));
            }
        }
        if self.kind == Kind::Regular {
            for (place, request) in &self.hooks {
                is_resolvable(place, &request.entry, wheel, &wanted)?;
            }
        }
        if self.kind == Kind::Editable {
            let (hooks, others) = wanted.into_iter().partition(is_root_pth);
            wanted = others;
            let starts = wanted.iter().filter_map(|it| it.path.strip_suffix(".start").map(str::to_owned)).collect();
            wanted.extend(with_theirs(hooks, &starts, wheel, &mut notes)?);
            wanted.extend(self.path_file(wheel));
        }
        let taken = Taken::new(wheel);
        let mut changes = Vec::new();
        for it in wanted {
            let name = it.name(&wheel.stem);
            match taken.by(&name) {
                None => {}
                Some(By::Itself) if it.replace || wheel.read(&name)? == it.bytes()? => {}
                Some(By::Itself) => return Err(it.taken(wheel, "another file".to_owned())),
                Some(By::Other(what)) => return Err(it.taken(wheel, what)),
            }
            let Wanted { target, path, content, executable, replace, .. } = it;
            changes.push(Change::Add(Addition { target, path, content, executable, replace }));
        }
        Ok(Changes { changes, notes })
    }

    /// One `.pth` for all path lines. Its name is none that backends give to theirs.
    fn path_file(&self, wheel: &Finished) -> Option<Wanted> {
        let (place, _) = self.path_lines.first()?;
        let mut lines = Vec::new();
        for (_, folder) in &self.path_lines {
            let line = folder.display().to_string();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let text = lines.into_iter().map(|line| line + "\n").collect::<String>();
        Some(Wanted::of_bytes(place, format!("_pyxide_editable_{}.pth", wheel.distribution()), text.into_bytes()))
    }
}

impl Wanted {
    fn from_item(item: &crate::payload::Item) -> Self {
        Self {
            place: item.place.clone(),
            target: item.target,
            path: item.path.as_str().to_owned(),
            content: Content::File(item.file.clone()),
            executable: item.executable,
            replace: false,
        }
    }

    fn of_bytes(place: &Place, path: String, bytes: Vec<u8>) -> Self {
        Self {
            place: place.clone(),
            target: Target::Root,
            path,
            content: Content::Bytes(bytes),
            executable: false,
            replace: false,
        }
    }

    /// Its name in the archive.
    fn name(&self, stem: &str) -> String {
        match self.target {
            Target::Root => self.path.clone(),
            Target::Scheme(scheme) => format!("{stem}.data/{}/{}", scheme.name(), self.path),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, Error> {
        match &self.content {
            Content::Bytes(bytes) => Ok(bytes.clone()),
            Content::File(file) => {
                fs_err::read(file).map_err(|source| Error::Io { action: "read a file of the project", source })
            }
        }
    }

    fn taken(self, wheel: &Finished, what: String) -> Error {
        Error::Taken { place: self.place, target: self.path, backend: wheel.backend.clone(), what: what.into() }
    }
}

/// Who has a name.
enum By {
    /// A member of exactly this name.
    Itself,
    /// Another one that leaves no room for it.
    Other(String),
}

/// The names that a wheel has, as file systems see them.
struct Taken<'w> {
    names: &'w BTreeSet<String>,
    folded: BTreeMap<String, &'w str>,
}

impl<'w> Taken<'w> {
    fn new(wheel: &'w Finished) -> Self {
        let files = wheel.names.iter().filter(|name| !name.ends_with('/'));
        Self { names: &wheel.names, folded: files.map(|name| (name.to_lowercase(), name.as_str())).collect() }
    }

    fn by(&self, name: &str) -> Option<By> {
        if self.names.contains(name) {
            return Some(By::Itself);
        }
        let folded = name.to_lowercase();
        if let Some(other) = self.folded.get(&folded) {
            return Some(By::Other(format!("`{other}`, which is the same file on some systems,")));
        }
        let as_folder = format!("{folded}/");
        let below = self.folded.range(as_folder.clone()..).next();
        if below.is_some_and(|(other, _)| other.starts_with(&as_folder)) {
            return Some(By::Other("a folder".to_owned()));
        }
        let parents = folded.match_indices('/').map(|(end, _)| &folded[..end]);
        let file = parents.into_iter().find_map(|parent| self.folded.get(parent));
        file.map(|file| By::Other(format!("the file `{file}`")))
    }
}

fn is_root_pth(wanted: &Wanted) -> bool {
    wanted.target == Target::Root && is_pth(&wanted.path)
}

fn is_pth(name: &str) -> bool {
    has_end(name, &[".pth"]) && !name.contains('/')
}

/// Hooks for an editable wheel, those that would not work in a file of their own as lines of the backend's.
///
/// Before Python 3.15 `.pth` files are read and run one by one, in order of their names. What a hook calls is found only when the file
/// that leads to the sources has been read.
fn with_theirs(
    hooks: Vec<Wanted>,
    starts: &BTreeSet<String>,
    wheel: &Finished,
    notes: &mut Vec<String>,
) -> Result<Vec<Wanted>, Error> {
    let last = wheel.names.iter().rfind(|name| is_pth(name));
    let mut joined: BTreeMap<String, Wanted> = BTreeMap::new();
    let mut apart = Vec::new();
    for hook in hooks {
        let same = wheel.names.contains(&hook.path);
        let Some(theirs) = (if same { Some(&hook.path) } else { last.filter(|last| **last > hook.path) }).cloned()
        else {
            apart.push(hook);
            continue;
        };
        let stem = |path: &str| path.trim_end_matches(".pth").to_owned();
        let text = match joined.get(&theirs) {
            Some(joined) => joined.bytes()?,
            None => wheel.read(&theirs)?,
        };
        let has_start = wheel.names.contains(&format!("{}.start", stem(&theirs)));
        let we_have_start = starts.contains(&stem(&hook.path));
        let reason = unmergeable(&text, same && we_have_start, has_start);
        if let Some(reason) = reason.clone().filter(|_| same) {
            return Err(hook.taken(wheel, reason));
        }
        if reason.is_some() || (!same && we_have_start) {
            // With a `.start` it works from 3.15 on, and the other file may not lead to what the hook needs.
            notes.push(format!(
                "`{}` is read before `{theirs}` of `{}`: before Python 3.15 the hook may not find what it calls",
                hook.path, wheel.backend
            ));
            apart.push(hook);
            continue;
        }
        if let Some(both) = merged(&text, &hook.bytes()?) {
            let why = if same { "is also the name of a file" } else { "would be read before a file" };
            notes.push(format!(
                "`{}` {why} of `{}` that leads to the sources: its line is in `{theirs}`",
                hook.path, wheel.backend
            ));
            let content = Content::Bytes(both);
            joined.insert(theirs.clone(), Wanted { path: theirs, content, replace: true, ..hook });
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
    } else if we_have_start && (runs(theirs) || theirs.starts_with(b"\xef\xbb\xbfimport ")) {
        Some("a `.pth` that runs code, which the `.start` of the hook would switch off,".to_owned())
    } else {
        None
    }
}

/// Their lines, then those of ours that are not among them; `None`: all are.
fn merged(theirs: &[u8], ours: &[u8]) -> Option<Vec<u8>> {
    let lines = |text| <[u8]>::split(text, |byte| *byte == b'\n').filter(|line| !line.is_empty());
    let new: Vec<_> = lines(ours).filter(|line| !lines(theirs).any(|other| other == *line)).collect();
    if new.is_empty() {
        return None;
    }
    let mut both = theirs.to_vec();
    if !both.is_empty() && !both.ends_with(b"\n") {
        both.push(b'\n');
    }
    for line in new {
        both.extend_from_slice(line);
        both.push(b'\n');
    }
    Some(both)
}

/// Refuses a hook that calls into a package of this wheel that has no such module. A package that the wheel does not have
/// may be that of a requirement.
fn is_resolvable(place: &Place, entry: &EntryPoint, wheel: &Finished, wanted: &[Wanted]) -> Result<(), Error> {
    let libraries = ["purelib", "platlib"].map(|scheme| format!("{}.data/{scheme}/", wheel.stem));
    let in_site =
        |name: &str| libraries.iter().find_map(|it| name.strip_prefix(it.as_str())).unwrap_or(name).to_owned();
    let ours = wanted.iter().filter(|it| crate::payload::area(it.target) == 0).map(|it| it.path.clone());
    let names: BTreeSet<_> = wheel.names.iter().map(|name| in_site(name)).chain(ours).collect();
    let has = |path: &str| {
        let is_it = |name: &String| {
            name.strip_prefix(path).is_some_and(|rest| {
                let native = rest.starts_with('.') && has_end(rest, &[".so", ".pyd"]);
                rest == ".py" || rest.starts_with('/') || native
            })
        };
        names.range(path.to_owned()..).take_while(|name| name.starts_with(path)).any(is_it)
    };
    let module = RelativePath::parse(&entry.module.replace('.', "/")).expect("the name of a module is a path, too");
    if !has(entry.package()) || has(module.as_str()) {
        return Ok(());
    }
    Err(Error::NoSuchModule {
        place: place.clone(),
        call: entry.to_string(),
        package: entry.package().into(),
        module: entry.module.clone(),
    })
}
