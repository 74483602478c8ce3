//! What requests turned out to depend on.
//!
//! A request says which source is to be built, not which files that source reads. So each build leaves a set of
//! dependencies, and the next equal request looks whether one of the known sets is what is there now. Several sets are
//! kept, the newest last, so that going back to an earlier state is a hit.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use cache_key::{Base, BuildKey, Dependency, DependencyPath, Digest, RequestKey};
use fingerprint::FileStamp;
use serde::{Deserialize, Serialize};

/// How many sets are kept for a request.
const KEPT: usize = 64;

/// Raised when the meaning of a manifest changes. Others are ignored, which costs a rebuild.
const FORMAT: u32 = 1;

/// The dependency sets of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The request.
    pub request_key: RequestKey,
    /// The sets, the newest last.
    pub sets: Vec<KnownSet>,
}

/// The dependencies of one build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSet {
    /// The build.
    pub build_key: BuildKey,
    /// What it read.
    pub dependencies: Vec<Remembered>,
}

/// A dependency, and the stamp of its file when it was digested, if that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The dependency.
    #[serde(flatten)]
    pub dependency: Dependency,
    /// The stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<FileStamp>,
}

/// Where the names of dependencies lead today.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The folder of the source, if it is a file.
    pub source_folder: Option<&'a Path>,
    /// The interpreter's search path.
    pub search_path: &'a [PathBuf],
    /// The versions of installed packages that a build may depend on.
    pub packages: &'a BTreeMap<String, String>,
}

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
        Self { format: FORMAT, request_key, sets: Vec::new() }
    }

    /// Reads a manifest. One that is missing, broken or of another format knows nothing.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        // Opening a pipe would wait for somebody to write.
        if !fs_err::symlink_metadata(path).ok()?.is_file() {
            return None;
        }
        let manifest: Self = serde_json::from_slice(&fs_err::read(path).ok()?).ok()?;
        (manifest.format == FORMAT).then_some(manifest)
    }

    /// The sets whose dependencies are what they were, the newest first.
    pub fn unchanged<'a>(&'a self, places: &Places<'_>) -> impl Iterator<Item = &'a KnownSet> {
        // A set is what its key says, or something has changed it.
        let is_right = |set: &&KnownSet| set.check(places).is_ok() && set.is_whole(&self.request_key);
        self.sets.iter().rev().filter(is_right)
    }

    /// Adds a set as the newest.
    pub fn add(&mut self, set: KnownSet) {
        self.sets.retain(|known| known.build_key != set.build_key);
        self.sets.push(set);
        let surplus = self.sets.len().saturating_sub(KEPT);
        self.sets.drain(..surplus);
    }
}

impl KnownSet {
    /// Whether these are the dependencies that are in the key.
    fn is_whole(&self, request: &RequestKey) -> bool {
        let dependencies: Vec<_> = self.dependencies.iter().map(|known| known.dependency.clone()).collect();
        BuildKey::new(request, &dependencies) == self.build_key
    }

    /// Whether everything is as it was when this set was recorded.
    ///
    /// # Errors
    /// [`Changed`] names the first dependency that is not.
    pub fn check(&self, places: &Places<'_>) -> Result<(), Changed> {
        self.dependencies.iter().try_for_each(|dependency| dependency.check(places))
    }

    /// All dependencies that are not what they were when this set was recorded.
    pub fn changes(&self, places: &Places<'_>) -> Vec<Changed> {
        self.dependencies.iter().filter_map(|dependency| dependency.check(places).err()).collect()
    }
}

impl Remembered {
    /// Digests a file that a build read. Fails when it is no longer there.
    pub fn file(path: DependencyPath, file: &Path, now: SystemTime) -> io::Result<Self> {
        let stamp = FileStamp::of(file)?;
        let digest = Digest::of_file(file)?;
        let reliable =
            stamp.filter(|stamp| stamp.is_settled(now) && FileStamp::of(file).ok().flatten() == Some(*stamp));
        Ok(Self { dependency: Dependency::File { path, digest }, stamp: reliable })
    }

    fn check(&self, places: &Places<'_>) -> Result<(), Changed> {
        let changed = |name: &dyn ToString, how| Err(Changed { name: name.to_string(), how });
        match &self.dependency {
            Dependency::Package { name, version } => match places.packages.get(name) {
                Some(found) if found == version => Ok(()),
                Some(_) => changed(name, "has another version"),
                None => changed(name, "is no longer installed"),
            },
            Dependency::Absent { path } => match places.find(path) {
                Some((file, _)) => changed(&file.display(), "is new"),
                None => Ok(()),
            },
            Dependency::Exists { path } => match places.find(path) {
                Some(_) => Ok(()),
                None => changed(path, "is gone"),
            },
            Dependency::File { path, digest } => {
                let Some((file, stamp)) = places.find(path) else { return changed(path, "is gone") };
                // A reliable stamp saves reading the file; any other proves nothing, and content decides.
                if self.stamp == Some(stamp) || Digest::of_file(&file).is_ok_and(|found| found == *digest) {
                    return Ok(());
                }
                changed(&file.display(), "has other content")
            }
        }
    }
}

impl Places<'_> {
    /// The file that a name leads to, with its stamp. `None` where nothing is.
    fn find(&self, path: &DependencyPath) -> Option<(PathBuf, FileStamp)> {
        let there = |file: PathBuf| {
            let stamp = FileStamp::of(&file).ok().flatten()?;
            Some((file, stamp))
        };
        match path.base {
            Base::Source => there(self.source_folder?.join(&path.path)),
            Base::Site => self.search_path.iter().find_map(|folder| there(folder.join(&path.path))),
            Base::Root => there(PathBuf::from(&path.path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Project {
        folder: tempfile::TempDir,
        packages: BTreeMap<String, String>,
    }

    impl Project {
        fn new() -> Self {
            let packages = BTreeMap::from([("numpy".to_owned(), "2.4.6".to_owned())]);
            Self { folder: tempfile::tempdir().unwrap(), packages }
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let file = self.folder.path().join(name);
            fs_err::write(&file, text).unwrap();
            file
        }

        fn check(&self, dependency: Remembered) -> Result<(), String> {
            let build_key = "5f".repeat(32).parse().unwrap();
            let places = Places { source_folder: Some(self.folder.path()), search_path: &[], packages: &self.packages };
            let found = KnownSet { build_key, dependencies: vec![dependency] }.check(&places);
            found.map_err(|changed| format!("{} {}", changed.name.rsplit('/').next().unwrap(), changed.how))
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
        let places =
            Places { source_folder: Some(project.folder.path()), search_path: &[], packages: &project.packages };
        let own = |name: &str| Dependency::Absent { path: path(name) };
        let build_key = BuildKey::new(&request, &[own("square.pxd")]);
        let used = |name: &str| {
            let mut manifest = Manifest::new(request);
            manifest.add(KnownSet { build_key, dependencies: vec![plain(own(name))] });
            manifest.unchanged(&places).count()
        };
        assert_eq!(used("square.pxd"), 1);
        // A bit that was turned over would let the appearance of the file go unnoticed.
        assert_eq!(used("squarf.pxd"), 0);
    }

    #[test]
    fn the_newest_set_is_last_and_there_is_an_end() {
        let mut manifest = Manifest::new("5f".repeat(32).parse().unwrap());
        let key = |number: usize| format!("{number:064x}").parse::<BuildKey>().unwrap();
        for number in 0..100 {
            manifest.add(KnownSet { build_key: key(number), dependencies: vec![] });
        }
        manifest.add(KnownSet { build_key: key(50), dependencies: vec![] });
        assert_eq!(manifest.sets.len(), KEPT);
        assert_eq!(manifest.sets.last().unwrap().build_key, key(50));
        assert_eq!(manifest.sets.iter().filter(|set| set.build_key == key(50)).count(), 1);
    }
}
