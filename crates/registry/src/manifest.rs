//! What requests turned out to depend on.
//!
//! A request says which source is to be built, not which files that source reads. So each build leaves a set of
//! dependencies, and the next equal request looks whether one of the known sets is what is there now. Several sets are
//! kept, the newest last, so that going back to an earlier state is a hit.

mod written;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    ffi::OsStr,
    fs::File,
    io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use cache_key::{Base, BuildKey, Dependency, DependencyPath, Digest, RequestKey};
use fingerprint::{FileStamp, Witnesses};

use crate::folder::read_at_most;

/// How many sets are kept for a request.
const KEPT: usize = 64;

/// The manifest of a layer is not read when it is larger than this.
const LIMIT: u64 = 64 << 20;

/// The dependency sets of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The request.
    pub request_key: RequestKey,
    /// The sets, the newest last, and where they are in the file. Most often only the newest is looked at.
    sets: Vec<written::Place>,
    file: Vec<u8>,
}

/// The dependencies of one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSet {
    /// The build.
    pub build_key: BuildKey,
    /// What it read.
    pub dependencies: Vec<Remembered>,
    /// Folders that have no file by the name of an absent dependency, as long as their stamps are these: what newly
    /// appears in a folder changes its stamp. So one look at a folder replaces one for each name.
    quiet: Witnesses,
}

/// A dependency, and the stamp of its file when it was digested, if that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The dependency.
    pub dependency: Dependency,
    /// The stamp.
    pub stamp: Option<FileStamp>,
}

/// Where the names of dependencies lead today.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The folder of the source, if it is a file.
    pub source_folder: Option<&'a Path>,
    /// The interpreter's search path.
    pub search_path: &'a [PathBuf],
    /// The versions of installed packages that a build may depend on.
    pub packages: &'a BTreeMap<String, String>,
    /// Whether a path belongs to what does not change while a process lives, such as the system's own headers. It is
    /// looked at all the same, and left out of what was looked at.
    pub is_fixed: fn(&Path, prefix: &Path) -> bool,
    /// The folder that the interpreter is installed in.
    pub prefix: &'a Path,
    /// The files that the modules of a package may read from each other, by their paths from its root.
    pub package_files: &'a BTreeMap<String, Digest>,
}

/// What a check looked at.
///
/// `None` when something was younger than a stamp can be relied on: then only another check can tell.
pub type Looked = Option<Witnesses>;

/// The first dependency that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The file or package.
    pub name: String,
    /// What became of it, as the end of a sentence.
    pub how: &'static str,
}

impl Manifest {
    /// A manifest without sets.
    pub fn new(request_key: RequestKey) -> Self {
        Self { request_key, sets: Vec::new(), file: written::beginning(&request_key) }
    }

    /// Reads a manifest. One that is missing, broken or of another format knows nothing.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        // Opening a pipe would wait for somebody to write.
        if !fs_err::symlink_metadata(path).ok()?.is_file() {
            return None;
        }
        Self::of(fs_err::read(path).ok()?)
    }

    /// The same for a file that is open.
    pub(crate) fn from_file(file: File, path: &Path) -> Option<Self> {
        Self::of(read_at_most(file, path, LIMIT).ok()?)
    }

    fn of(file: Vec<u8>) -> Option<Self> {
        let (request_key, sets) = written::sets(&file)?;
        Some(Self { request_key, sets, file })
    }

    /// The content of its file.
    pub(crate) fn to_file(&self) -> &[u8] {
        &self.file
    }

    /// The builds, the newest last.
    pub fn builds(&self) -> impl DoubleEndedIterator<Item = &BuildKey> {
        self.sets.iter().map(|(key, _)| key)
    }

    /// The sets, the newest last. One that is broken is as if it were not there.
    pub fn sets(&self) -> impl DoubleEndedIterator<Item = KnownSet> {
        self.sets.iter().filter_map(|(key, place)| written::read(*key, self.file.get(place.clone())?))
    }

    /// The sets whose dependencies are what they were, the newest first.
    pub fn unchanged(&self, places: &Places<'_>) -> impl Iterator<Item = (KnownSet, Looked)> {
        // A set is what its key says, or something has changed it.
        self.sets()
            .rev()
            .filter_map(|set| set.check(places).ok().map(|looked| (set, looked)))
            .filter(|(set, _)| set.is_whole(&self.request_key))
    }

    /// Adds a set as the newest.
    pub fn add(&mut self, set: &KnownSet) {
        let old = std::mem::replace(self, Self::new(self.request_key));
        let kept: Vec<_> = old.sets.into_iter().filter(|(key, _)| *key != set.build_key).collect();
        let surplus = (kept.len() + 1).saturating_sub(KEPT);
        let kept = kept.into_iter().skip(surplus).map(|(key, place)| (key, Cow::Borrowed(&old.file[place])));
        let new = (set.build_key, Cow::Owned(written::write(set)));
        for (key, bytes) in kept.chain([new]) {
            let place = written::add(&mut self.file, &key, &bytes);
            self.sets.push((key, place));
        }
    }
}

impl KnownSet {
    /// The dependencies of a build that was just made.
    pub fn new(build_key: BuildKey, mut dependencies: Vec<Remembered>, places: &Places<'_>, now: SystemTime) -> Self {
        // In the order in which they are in the key, so that they need not be sorted each time it is computed.
        dependencies.sort_unstable_by(|one, other| one.dependency.cmp(&other.dependency));
        let absent = dependencies.iter().filter_map(|known| match &known.dependency {
            Dependency::Absent { path } => Some(path),
            _ => None,
        });
        let mut folders = BTreeMap::new();
        for file in absent.flat_map(|path| places.candidates(path)) {
            // A link that leads nowhere is a name that is there: what it leads to may appear elsewhere.
            let is_quiet = fs_err::symlink_metadata(&file).is_err();
            *folders.entry(folder_of(&file).to_owned()).or_insert(true) &= is_quiet;
        }
        // One that is not there has nothing in it, either.
        let settled = |folder: PathBuf| {
            let stamp = FileStamp::of(&folder).ok()?;
            stamp.is_none_or(|stamp| stamp.is_settled(now)).then_some((folder, stamp))
        };
        let quiet = folders.into_iter().filter(|(_, is_quiet)| *is_quiet);
        let quiet = quiet.filter_map(|(folder, _)| settled(folder)).collect();
        Self { build_key, dependencies, quiet }
    }

    /// The dependencies of a build that was made elsewhere, where stamps had another meaning.
    ///
    /// Files that are the same on all machines with the same system are looked at now, so that a hit need not read them.
    pub fn from_elsewhere(build_key: BuildKey, dependencies: Vec<Dependency>, now: SystemTime) -> Self {
        let here = |dependency: &Dependency| match dependency {
            Dependency::File { path, .. } if path.base == Base::Root => {
                Remembered::file(path.clone(), Path::new(&path.path), now).ok()
            }
            _ => None,
        };
        let remembered = |dependency: Dependency| match here(&dependency) {
            Some(found) if found.dependency == dependency => found,
            _ => Remembered { dependency, stamp: None },
        };
        let mut dependencies: Vec<Remembered> = dependencies.into_iter().map(remembered).collect();
        dependencies.sort_unstable_by(|one, other| one.dependency.cmp(&other.dependency));
        Self { build_key, dependencies, quiet: Witnesses::default() }
    }

    /// Whether these are the dependencies that are in the key.
    fn is_whole(&self, request: &RequestKey) -> bool {
        BuildKey::new(request, self.dependencies.iter().map(|known| &known.dependency)) == self.build_key
    }

    /// Whether everything is as it was when this set was recorded, and what was looked at to know.
    ///
    /// # Errors
    /// [`Changed`] names the first dependency that is not.
    pub fn check(&self, places: &Places<'_>) -> Result<Looked, Changed> {
        // A build outside of a package did not look for what is in it.
        if !places.package_files.is_empty() && !self.dependencies.iter().any(Remembered::is_in_package) {
            return Err(Changed { name: "the package".into(), how: "was not there" });
        }
        let mut look = Look::new(self, places, Some(Witnesses::default()));
        self.dependencies.iter().try_for_each(|dependency| look.at(dependency))?;
        Ok(look.witnesses)
    }

    /// All dependencies that are not what they were when this set was recorded.
    pub fn changes(&self, places: &Places<'_>) -> Vec<Changed> {
        let mut look = Look::new(self, places, None);
        self.dependencies.iter().filter_map(|dependency| look.at(dependency).err()).collect()
    }

    /// The folders to which nothing was added.
    fn still_quiet(&self) -> HashMap<&OsStr, Option<FileStamp>> {
        let quiet = self.quiet.iter().filter(|(folder, stamp)| stamp_of(folder) == *stamp);
        quiet.map(|(folder, stamp)| (folder.as_os_str(), stamp)).collect()
    }
}

/// Looks at dependencies, and notes what it looked at.
struct Look<'a> {
    places: &'a Places<'a>,
    /// By their spelling: comparing paths part by part takes long.
    quiet: HashMap<&'a OsStr, Option<FileStamp>>,
    witnesses: Looked,
    /// Other folders.
    folders: BTreeMap<PathBuf, Settled>,
    now: SystemTime,
}

/// Whether what is known of a folder can be relied on by now.
#[derive(Debug, Clone, Copy)]
enum Settled {
    /// It has this stamp, or is not there.
    Yes(Option<FileStamp>),
    /// It was changed so shortly ago that another change would not show.
    No,
}

impl<'a> Look<'a> {
    fn new(set: &'a KnownSet, places: &'a Places<'a>, witnesses: Looked) -> Self {
        Self { places, quiet: set.still_quiet(), witnesses, folders: BTreeMap::new(), now: SystemTime::now() }
    }

    fn at(&mut self, known: &Remembered) -> Result<(), Changed> {
        let changed = |name: &dyn ToString, how| Err(Changed { name: name.to_string(), how });
        match &known.dependency {
            Dependency::File { path, .. } | Dependency::Exists { path } | Dependency::Absent { path }
                if path.base == Base::Package =>
            {
                self.places.in_package(&known.dependency, path)
            }
            Dependency::Package { name, version } => match self.places.packages.get(name) {
                Some(found) if found == version => Ok(()),
                Some(_) => changed(name, "has another version"),
                None => changed(name, "is no longer installed"),
            },
            Dependency::Absent { path } => {
                for file in self.places.candidates(path) {
                    let folder = folder_of(&file);
                    if let Some(stamp) = self.quiet.get(folder.as_os_str()).copied() {
                        self.note(folder, stamp);
                        continue;
                    }
                    // Before the name is looked for, so that what comes afterwards changes it.
                    let settled = self.settled(folder);
                    if stamp_of(&file).is_some() {
                        return changed(&file.display(), "is new");
                    }
                    match settled {
                        Settled::Yes(stamp) if fs_err::symlink_metadata(&file).is_err() => self.note(folder, stamp),
                        _ => self.note(&file, None),
                    }
                }
                Ok(())
            }
            Dependency::Exists { path } => match self.places.find(path) {
                Some((file, stamp)) => {
                    self.note(&file, Some(stamp));
                    Ok(())
                }
                None => changed(path, "is gone"),
            },
            Dependency::File { path, digest } => {
                let Some((file, stamp)) = self.places.find(path) else { return changed(path, "is gone") };
                // A reliable stamp saves reading the file; any other proves nothing, and content decides.
                if known.stamp == Some(stamp) {
                    self.note(&file, Some(stamp));
                    return Ok(());
                }
                if !Digest::of_file(&file).is_ok_and(|found| found == *digest) {
                    return changed(&file.display(), "has other content");
                }
                if stamp.is_settled(self.now) && stamp_of(&file) == Some(stamp) {
                    self.note(&file, Some(stamp));
                } else {
                    self.witnesses = None;
                }
                Ok(())
            }
        }
    }

    fn settled(&mut self, folder: &Path) -> Settled {
        if let Some(settled) = self.folders.get(folder) {
            return *settled;
        }
        let settled = match FileStamp::of(folder) {
            Ok(stamp) if stamp.is_none_or(|stamp| stamp.is_settled(self.now)) => Settled::Yes(stamp),
            _ => Settled::No,
        };
        self.folders.insert(folder.to_owned(), settled);
        settled
    }

    fn note(&mut self, path: &Path, stamp: Option<FileStamp>) {
        if let Some(witnesses) = &mut self.witnesses
            && !(self.places.is_fixed)(path, self.places.prefix)
        {
            witnesses.add(path, stamp);
        }
    }
}

/// The folder that a file is in. Taking a path apart into all its parts takes long, and a hit asks about hundreds.
fn folder_of(file: &Path) -> &Path {
    let bytes = file.as_os_str().as_bytes();
    let slash = bytes.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    match (&bytes[..slash], bytes.get(slash + 1..).unwrap_or_default()) {
        // What is left to the standard library: the root, and spellings in which the last part is none.
        ([] | [.., b'/'], _) | (_, b"" | b"." | b"..") => file.parent().unwrap_or(Path::new("/")),
        (folder, _) => Path::new(OsStr::from_bytes(folder)),
    }
}

fn stamp_of(file: &Path) -> Option<FileStamp> {
    FileStamp::of(file).ok().flatten()
}

impl Remembered {
    fn is_in_package(&self) -> bool {
        match &self.dependency {
            Dependency::File { path, .. } | Dependency::Exists { path } | Dependency::Absent { path } => {
                path.base == Base::Package
            }
            Dependency::Package { .. } => false,
        }
    }

    /// Digests a file that a build read. Fails when it is no longer there.
    pub fn file(path: DependencyPath, file: &Path, now: SystemTime) -> io::Result<Self> {
        let stamp = FileStamp::of(file)?;
        let digest = Digest::of_file(file)?;
        let reliable =
            stamp.filter(|stamp| stamp.is_settled(now) && FileStamp::of(file).ok().flatten() == Some(*stamp));
        Ok(Self { dependency: Dependency::File { path, digest }, stamp: reliable })
    }
}

impl Places<'_> {
    /// Whether what was given with the request is what it was. No file is looked at.
    fn in_package(&self, known: &Dependency, path: &DependencyPath) -> Result<(), Changed> {
        let found = self.package_files.get(&path.path);
        let below = || {
            let folder = format!("{}/", path.path);
            self.package_files.range(folder.clone()..).next().is_some_and(|(name, _)| name.starts_with(&folder))
        };
        let how = match known {
            Dependency::File { digest, .. } => match found {
                None => Some("is gone"),
                Some(found) => (found != digest).then_some("has other content"),
            },
            Dependency::Exists { .. } => (found.is_none() && !below()).then_some("is gone"),
            Dependency::Absent { .. } => (found.is_some() || below()).then_some("is new"),
            Dependency::Package { .. } => None,
        };
        how.map_or(Ok(()), |how| Err(Changed { name: path.to_string(), how }))
    }

    /// The file that a name leads to, with its stamp. `None` where nothing is.
    fn find<'b>(&'b self, path: &'b DependencyPath) -> Option<(Cow<'b, Path>, FileStamp)> {
        self.candidates(path).find_map(|file| {
            let stamp = stamp_of(&file)?;
            Some((file, stamp))
        })
    }

    /// The places where a name may be found, in the order of the search.
    fn candidates<'b>(&'b self, path: &'b DependencyPath) -> impl Iterator<Item = Cow<'b, Path>> + 'b {
        let (source, site, root) = match path.base {
            Base::Source => (self.source_folder, &[][..], None),
            Base::Site => (None, self.search_path, None),
            // Most are such, and need no copy.
            Base::Root => (None, &[][..], Some(Cow::Borrowed(Path::new(&path.path)))),
            Base::Package => (None, &[][..], None),
        };
        let inside = source.into_iter().chain(site.iter().map(PathBuf::as_path));
        inside.map(|folder| Cow::Owned(folder.join(&path.path))).chain(root)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Project {
        folder: tempfile::TempDir,
        packages: BTreeMap<String, String>,
        package_files: BTreeMap<String, Digest>,
    }

    impl Project {
        fn new() -> Self {
            let packages = BTreeMap::from([("numpy".to_owned(), "2.4.6".to_owned())]);
            Self { folder: tempfile::tempdir().unwrap(), packages, package_files: BTreeMap::new() }
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let file = self.folder.path().join(name);
            fs_err::write(&file, text).unwrap();
            file
        }

        fn places(&self) -> Places<'_> {
            Places {
                source_folder: Some(self.folder.path()),
                search_path: &[],
                packages: &self.packages,
                is_fixed: |_, _| false,
                prefix: Path::new("/usr"),
                package_files: &self.package_files,
            }
        }

        fn check(&self, dependency: Remembered) -> Result<(), String> {
            let build_key = "5f".repeat(32).parse().unwrap();
            let places = self.places();
            let found = KnownSet::new(build_key, vec![dependency], &places, SystemTime::now()).check(&places);
            found.map(|_| ()).map_err(|changed| format!("{} {}", changed.name.rsplit('/').next().unwrap(), changed.how))
        }
    }

    fn path(name: &str) -> DependencyPath {
        DependencyPath::in_source_folder(name)
    }

    fn plain(dependency: Dependency) -> Remembered {
        Remembered { dependency, stamp: None }
    }

    #[test]
    fn content_decides() {
        let project = Project::new();
        let file = project.write("k.h", "#define K 1");
        // Long after the last write, so that the stamp is relied on.
        let later = SystemTime::now() + Duration::from_mins(1);
        let settled = Remembered::file(path("k.h"), &file, later).unwrap();
        let young = Remembered::file(path("k.h"), &file, SystemTime::now()).unwrap();
        assert!(settled.stamp.is_some() && young.stamp.is_none());
        for known in [&settled, &young] {
            assert_eq!(project.check(known.clone()), Ok(()));
        }
        project.write("k.h", "#define K 1");
        for known in [&settled, &young] {
            assert_eq!(project.check(known.clone()), Ok(()), "written anew with the same content");
        }
        project.write("k.h", "#define K 2");
        for known in [settled, young] {
            assert_eq!(project.check(known), Err("k.h has other content".into()));
        }
    }

    #[test]
    fn a_package_is_what_the_request_gives() {
        let mut project = Project::new();
        let inside = |path: &str| DependencyPath { base: Base::Package, path: path.into() };
        let read = Dependency::File { path: inside("p/a.pxd"), digest: Digest::of(b"1") };
        let seen = Dependency::Exists { path: inside("p") };
        let missed = Dependency::Absent { path: inside("p/b") };
        let check = |project: &Project, dependency: &Dependency| project.check(plain(dependency.clone()));
        // There may well be such files on disk: they are not looked at.
        fs_err::create_dir(project.folder.path().join("p")).unwrap();
        project.write("p/a.pxd", "1");
        assert_eq!(check(&project, &read), Err("a.pxd is gone".into()));
        assert_eq!(check(&project, &seen), Err("p is gone".into()));
        assert_eq!(check(&project, &missed), Ok(()));
        project.package_files.insert("p/a.pxd".into(), Digest::of(b"1"));
        assert_eq!([&read, &seen, &missed].map(|known| check(&project, known)), [Ok(()), Ok(()), Ok(())]);
        project.package_files.insert("p/bc.pxd".into(), Digest::of(b""));
        assert_eq!(check(&project, &missed), Ok(()));
        project.package_files.insert("p/b/c.pxd".into(), Digest::of(b""));
        assert_eq!(check(&project, &missed), Err("b is new".into()));
        project.package_files.insert("p/a.pxd".into(), Digest::of(b"2"));
        assert_eq!(check(&project, &read), Err("a.pxd has other content".into()));
        // Whoever built without a package did not look for what is in it.
        let outside = Dependency::Absent { path: path("k.pxd") };
        assert_eq!(check(&project, &outside), Err("the package was not there".into()));
    }

    #[test]
    fn the_folder_of_a_file_is_what_the_standard_library_says() {
        for file in [
            "/usr/include/k.h",
            "/k.h",
            "k.h",
            "a/k.h",
            "a/",
            "a//k.h",
            "a/.",
            "a/..",
            "/",
            "",
            "a/b/../k.h",
            "a/./k.h",
        ] {
            let file = Path::new(file);
            assert_eq!(folder_of(file), file.parent().unwrap_or(Path::new("/")), "{}", file.display());
        }
    }

    #[test]
    fn presence_absence_and_versions() {
        let mut project = Project::new();
        let check = |project: &Project, dependency: Dependency, expected: Result<(), &str>| {
            assert_eq!(project.check(plain(dependency)), expected.map_err(str::to_owned));
        };
        let marker = || Dependency::Exists { path: path("__init__.py") };
        let own = || Dependency::Absent { path: path("square.pxd") };
        let numpy = || Dependency::Package { name: "numpy".into(), version: "2.4.6".into() };
        let gone = Dependency::File { path: path("gone.pxi"), digest: Digest::of(b"") };
        check(&project, marker(), Err("__init__.py is gone"));
        check(&project, own(), Ok(()));
        check(&project, numpy(), Ok(()));
        check(&project, gone, Err("gone.pxi is gone"));
        project.write("__init__.py", "");
        project.write("square.pxd", "");
        project.packages.insert("numpy".into(), "2.3.5".into());
        check(&project, marker(), Ok(()));
        check(&project, own(), Err("square.pxd is new"));
        check(&project, numpy(), Err("numpy has another version"));
        project.packages.clear();
        check(&project, numpy(), Err("numpy is no longer installed"));
    }

    #[test]
    fn a_set_that_is_not_what_its_key_says_is_not_used() {
        let project = Project::new();
        let request: RequestKey = "5f".repeat(32).parse().unwrap();
        let places = project.places();
        let own = |name: &str| Dependency::Absent { path: path(name) };
        let build_key = BuildKey::new(&request, &[own("square.pxd")]);
        let used = |name: &str| {
            let mut manifest = Manifest::new(request);
            manifest.add(&KnownSet::new(build_key, vec![plain(own(name))], &places, SystemTime::now()));
            manifest.unchanged(&places).count()
        };
        assert_eq!(used("square.pxd"), 1);
        // A bit that was turned over would let the appearance of the file go unnoticed.
        assert_eq!(used("squarf.pxd"), 0);
    }

    #[test]
    fn what_newly_appears_in_a_quiet_folder_is_seen() {
        let project = Project::new();
        let own = Remembered { dependency: Dependency::Absent { path: path("square.pxd") }, stamp: None };
        let build_key = "5f".repeat(32).parse().unwrap();
        // Long after the folder was made, so that its stamp is relied on.
        let later = SystemTime::now() + Duration::from_mins(1);
        let places = project.places();
        let set = KnownSet::new(build_key, vec![own.clone()], &places, later);
        assert_eq!(set.quiet.paths().collect::<Vec<_>>(), [project.folder.path()]);
        let looked = set.check(&places).unwrap().unwrap();
        assert_eq!(looked.paths().collect::<Vec<_>>(), [project.folder.path()], "one look for all names");
        // Until the kernel's clock has ticked.
        while looked.hold() {
            project.write("other", "");
            fs_err::remove_file(project.folder.path().join("other")).unwrap();
        }
        let looked = set.check(&places).unwrap().unwrap();
        assert_eq!(looked.paths().collect::<Vec<_>>(), [project.folder.path().join("square.pxd")]);
        project.write("square.pxd", "");
        assert!(!looked.hold());
        assert_eq!(set.check(&places).unwrap_err().how, "is new");
        // A folder that was young when the set was recorded stands for its names as soon as it is old enough.
        let young = KnownSet::new(build_key, vec![own.clone()], &places, SystemTime::UNIX_EPOCH);
        assert_eq!(young.quiet.paths().count(), 0);
        let mut look = Look { now: later, ..Look::new(&young, &places, Some(Witnesses::default())) };
        fs_err::remove_file(project.folder.path().join("square.pxd")).unwrap();
        look.at(&own).unwrap();
        assert_eq!(look.witnesses.unwrap().paths().collect::<Vec<_>>(), [project.folder.path()]);
        project.write("square.pxd", "");
        assert_eq!(young.check(&places).unwrap_err().how, "is new");
        // The folder says nothing about what a link in it leads to.
        fs_err::remove_file(project.folder.path().join("square.pxd")).unwrap();
        fs_err::os::unix::fs::symlink("elsewhere/square.pxd", project.folder.path().join("square.pxd")).unwrap();
        let set = KnownSet::new(build_key, vec![own], &places, later);
        assert_eq!(set.quiet.paths().count(), 0);
        assert!(set.check(&places).is_ok());
        fs_err::create_dir(project.folder.path().join("elsewhere")).unwrap();
        project.write("elsewhere/square.pxd", "");
        assert_eq!(set.check(&places).unwrap_err().how, "is new");
    }

    #[test]
    fn the_newest_set_is_last_and_there_is_an_end() {
        let mut manifest = Manifest::new("5f".repeat(32).parse().unwrap());
        let key = |number: usize| format!("{number:064x}").parse::<BuildKey>().unwrap();
        let empty = |build_key| KnownSet { build_key, dependencies: vec![], quiet: Witnesses::default() };
        for number in 0..100 {
            manifest.add(&empty(key(number)));
        }
        manifest.add(&empty(key(50)));
        let mut expected: Vec<_> = (36..100).filter(|number| *number != 50).map(key).collect();
        expected.push(key(50));
        assert_eq!(manifest.builds().copied().collect::<Vec<_>>(), expected);
        assert_eq!(manifest.sets().map(|set| set.build_key).collect::<Vec<_>>(), expected);
        assert_eq!(expected.len(), KEPT);
        let read = Manifest::of(manifest.to_file().to_vec());
        assert_eq!(read, Some(manifest));
    }
}
