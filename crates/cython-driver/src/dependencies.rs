//! What a build read and looked for, by names that are the same wherever the project lies.
//!
//! | where | becomes | because |
//! |---|---|---|
//! | the project, by its link | a path from the source's folder | projects move |
//! | an include folder, by its link | an absolute path | the caller wrote it so |
//! | the interpreter's search path | a path from there | environments share builds |
//! | NumPy | its version | an installed package does not change under its version |
//! | Cython, the compiler's and the interpreter's own files | nothing | their versions are in the request key |
//! | the package that the module is a part of | a path from the package's root | it was given with the request |
//! | the work folder | nothing | what is written there is in the request key |
//! | elsewhere | an absolute path | nothing better is known |

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    path::{Component, Path, PathBuf},
};

use cache_key::{Base, DependencyPath};

use crate::{
    Error, depfile,
    includes::{Include, SearchPath, candidates, folder_of, includes, plain},
    job::{Job, Tools},
    plan::{self, Names, text},
};

/// Something that a build read or looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    /// A file was read.
    Read(DependencyPath, PathBuf),
    /// That it is there was seen.
    Seen(DependencyPath, PathBuf),
    /// It was looked for and was not there.
    Missed(DependencyPath, PathBuf),
    /// An installed package was used.
    Package {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
}

/// Collects what tools report.
pub(crate) struct Collector<'a> {
    pub(crate) job: &'a Job,
    names: &'a Names,
    pub(crate) tools: &'a Tools<'a>,
    pub(crate) work: PathBuf,
    pub(crate) found: BTreeSet<Found>,
    /// What is at a place. Hundreds of headers look for the same names in the same folders.
    there: RefCell<HashMap<String, There>>,
}

/// What is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    File {
        size: u64,
    },
    Folder,
    /// A device or a pipe.
    Other,
    Nothing,
}

/// What stands behind a name that a tool used.
pub(crate) enum Origin {
    File(DependencyPath, PathBuf),
    NumPy,
    Ours,
}

impl Found {
    /// The file, if it was read.
    fn read(&self) -> Option<&Path> {
        match self {
            Self::Read(_, path) => Some(path),
            _ => None,
        }
    }
}

impl<'a> Collector<'a> {
    pub(crate) fn new(job: &'a Job, names: &'a Names, tools: &'a Tools<'a>, work: PathBuf) -> Self {
        Self { job, names, tools, work, found: BTreeSet::new(), there: RefCell::default() }
    }

    fn there(&self, place: &str) -> There {
        if let Some(there) = self.there.borrow().get(place) {
            return *there;
        }
        let there = match fs_err::metadata(self.work.join(place)) {
            Ok(metadata) if metadata.is_file() => There::File { size: metadata.len() },
            Ok(metadata) if metadata.is_dir() => There::Folder,
            Ok(_) => There::Other,
            Err(_) => There::Nothing,
        };
        self.there.borrow_mut().insert(place.to_owned(), there);
        there
    }

    /// What Cython opened.
    pub(crate) fn cython_reads(&mut self, files: &[String]) -> Result<(), Error> {
        for file in files {
            // Cython imports modules of its own and of the interpreter all the time; all else is what it compiles.
            let is_module = Path::new(file)
                .extension()
                .is_some_and(|suffix| ["py", "pyc", "so", "zip"].iter().any(|known| suffix == *known));
            if self.is_linked(file) || (!is_module && self.work.join(file).is_file()) {
                self.read(file)?;
            }
        }
        Ok(())
    }

    /// What Cython looked for, and whether it was there. What it read must be known.
    pub(crate) fn cython_looks(&mut self, looks: &[(String, bool)]) -> Result<(), Error> {
        for (file, there) in looks {
            let Origin::File(name, path) = self.origin(file)? else { continue };
            if *there {
                if !self.found.contains(&Found::Read(name.clone(), path.clone())) {
                    self.found.insert(Found::Seen(name, path));
                }
            } else if name.base != Base::Site || self.is_in_search_path(&name.path) {
                if !self.is_read(&name) {
                    self.missed(file)?;
                }
            } else {
                // A name in the search path means the first folder that has it, and none has. Without its folder a file
                // cannot appear there, either.
                let folders = name.path.match_indices('/').map(|(at, _)| &name.path[..at]);
                let missing = folders.chain([name.path.as_str()]).find(|folder| !self.is_in_search_path(folder));
                let missing = missing.unwrap_or(&name.path).to_owned();
                // One place stands for all, so that it is one entry.
                let place =
                    self.tools.python.interpreter.search_path.first().map_or(path, |first| first.join(&missing));
                self.found.insert(Found::Missed(DependencyPath { base: Base::Site, path: missing }, place));
            }
        }
        Ok(())
    }

    fn is_read(&self, name: &DependencyPath) -> bool {
        self.found.iter().any(|found| matches!(found, Found::Read(read, _) if read == name))
    }

    fn is_in_search_path(&self, name: &str) -> bool {
        self.tools.python.interpreter.search_path.iter().any(|folder| folder.join(name).exists())
    }

    /// What the compiler read, as it says in a dependency file, and the places where it would have looked before.
    pub(crate) fn compiler_reads(&mut self, depfile: &str, search: &SearchPath) -> Result<(), Error> {
        let files: Vec<String> = depfile::names(depfile).iter().map(|file| plain(file)).collect();
        for file in &files {
            self.read(file)?;
        }
        let read: BTreeSet<&str> = files.iter().map(String::as_str).collect();
        let mut explained = BTreeSet::new();
        let mut asked = BTreeSet::new();
        for includer in &files {
            // One that is gone by now is told of by its entry.
            let text = fs_err::read(self.work.join(includer)).unwrap_or_default();
            // GCC begins each source with this one, if the C library has it.
            let implied = (*includer == files[0]).then(|| Include {
                name: "stdc-predef.h".into(),
                quoted: false,
                next: false,
                tested: false,
            });
            for include in includes(&String::from_utf8_lossy(&text)).into_iter().chain(implied) {
                let folder = if include.quoted || include.next { folder_of(includer) } else { "" };
                if asked.insert((folder.to_owned(), include.clone())) {
                    explained.extend(self.looked_for(&include, includer, &read, search)?);
                }
            }
        }
        // What a macro names: the folder through which it was found is not told, and it may be inside several.
        let folders = search.folders();
        let includers: BTreeSet<&str> = files.iter().map(|file| folder_of(file)).collect();
        for file in files.iter().skip(1).filter(|file| !explained.contains(*file)) {
            let named_by = folders.iter().enumerate().filter_map(|(at, folder)| Some((at, within(file, folder)?)));
            for (at, rest) in named_by {
                // Nor is it told which file named it.
                for folder in includers.iter().chain(&folders[..at]) {
                    self.missed(&if folder.is_empty() { rest.to_owned() } else { format!("{folder}/{rest}") })?;
                }
            }
        }
        Ok(())
    }

    /// Goes through the places of an include up to the file that it leads to, and returns that file.
    fn looked_for(
        &mut self,
        include: &Include,
        includer: &str,
        read: &BTreeSet<&str>,
        search: &SearchPath,
    ) -> Result<Option<String>, Error> {
        // A file found in the compiler's own folders goes on there.
        if include.next && !self.is_linked(includer) && !search.angle.iter().any(|it| within(includer, it).is_some()) {
            return Ok(None);
        }
        let mut absent = Vec::new();
        let mut end = None;
        for place in candidates(include, folder_of(includer), search) {
            let there = self.there(&place);
            if read.contains(place.as_str()) {
                end = Some(place);
            } else if let There::File { .. } = there {
                // Asked for, or in a branch that is not taken, or known by another name.
                if let Origin::File(name, path) = self.origin(&place)? {
                    // One of two equal files is passed over after `#pragma once`, until they differ.
                    let same = read
                        .iter()
                        .any(|other| self.there(other) == there && has_equal_content(&self.work.join(other), &path));
                    self.found.insert(if same { Found::Read(name, path) } else { Found::Seen(name, path) });
                }
                end = Some(place);
            } else if there == There::Folder {
                // Passed over as long as it is one, which is what a name with `/.` at its end says.
                if let Origin::File(mut name, path) = self.origin(&place)? {
                    name.path.push_str("/.");
                    self.found.insert(Found::Seen(name, path.join(".")));
                }
            } else if there == There::Nothing {
                absent.push(place);
            }
            // Where the search for a next file began is not told, so all of its places count.
            if end.is_some() && !include.next {
                break;
            }
        }
        // Found in the compiler's own folders, or in a branch that is not taken.
        let is_active = || read.iter().any(|file| within_any(file, &include.name));
        if end.is_some() || include.tested || is_active() {
            for place in absent {
                self.missed(&place)?;
            }
        }
        Ok(end)
    }

    /// Remembers that a file is not there, if its place is one where somebody could put it.
    fn missed(&mut self, place: &str) -> Result<(), Error> {
        if self.there(place) != There::Nothing {
            // One that is there was not used, so it was not looked for.
            return Ok(());
        }
        // Without its folder, a file cannot appear. This makes one entry of hundreds, such as those for `bits/...`, and
        // a place such as `a/../k.h` is not there without `a`, even if `k.h` is.
        let folders = place.match_indices('/').map(|(at, _)| &place[..at]).filter(|folder| !folder.is_empty());
        let missing: Vec<&str> = folders.filter(|folder| self.there(folder) == There::Nothing).chain([place]).collect();
        for missing in missing {
            if let Origin::File(name, path) = self.origin(missing)? {
                // Exactly this place: another folder of the search path may well have a file by this name.
                let name = match name.base {
                    Base::Site => DependencyPath { base: Base::Root, path: text(&path)? },
                    Base::Source | Base::Root | Base::Package => name,
                };
                self.found.insert(Found::Missed(name, path));
                break;
            }
        }
        Ok(())
    }

    /// Files that arguments name, such as a linker script, or one with further arguments.
    pub(crate) fn named_in_arguments(&mut self) -> Result<(), Error> {
        let arguments = self.tools.compiler.arguments.iter();
        for argument in arguments.chain(&self.job.extra_compile_args).chain(&self.job.extra_link_args) {
            for part in argument.split(['@', '=', ',']).chain([argument.as_str()]) {
                if part.starts_with('/') && Path::new(part).is_file() {
                    self.read(part)?;
                }
            }
        }
        Ok(())
    }

    /// Files that the source says it depends on, be they read or not.
    pub(crate) fn depends(&mut self) -> Result<(), Error> {
        for file in &self.job.depends {
            if file.is_file() {
                self.read(&text(file)?)?;
            } else {
                self.missed(&text(file)?)?;
            }
        }
        Ok(())
    }

    /// Whether NumPy's files are among what was read.
    pub(crate) fn uses_numpy(&self) -> bool {
        self.found.iter().any(|found| matches!(found, Found::Package { name, .. } if name == "numpy"))
    }

    pub(crate) fn finish(mut self) -> Vec<Found> {
        let read: BTreeSet<PathBuf> = self.found.iter().filter_map(Found::read).map(Path::to_owned).collect();
        self.found.retain(|found| !matches!(found, Found::Seen(_, path) if read.contains(path)));
        self.found.into_iter().collect()
    }

    pub(crate) fn read(&mut self, file: &str) -> Result<(), Error> {
        match self.origin(file)? {
            Origin::File(name, path) => {
                self.found.insert(Found::Read(name, path));
            }
            Origin::NumPy => {
                if let Some(numpy) = self.tools.numpy() {
                    self.found.insert(Found::Package { name: "numpy".into(), version: numpy.version.clone() });
                }
            }
            Origin::Ours => {}
        }
        Ok(())
    }

    /// Whether a name goes through one of the links in the work folder.
    pub(crate) fn is_linked(&self, file: &str) -> bool {
        self.inside_work(file).is_some_and(|inside| self.link(&inside).is_some())
    }

    fn link<'b>(&'b self, inside: &'b str) -> Option<(&'b String, &'b PathBuf, &'b str)> {
        let (first, rest) = inside.split_once('/')?;
        self.names.links.get_key_value(first).map(|(link, folder)| (link, folder, rest))
    }

    /// A name relative to the work folder, if it is one.
    pub(crate) fn inside_work(&self, file: &str) -> Option<String> {
        let path = Path::new(file);
        let inside = if path.is_absolute() { path.strip_prefix(&self.work).ok()? } else { path };
        inside.to_str().map(|inside| inside.trim_start_matches("./").to_owned())
    }

    pub(crate) fn origin(&self, file: &str) -> Result<Origin, Error> {
        if let Some(inside) = self.inside_work(file) {
            if let Ok(in_package) = normalised(Path::new(&inside)).strip_prefix(plan::PACKAGE) {
                let name = DependencyPath { base: Base::Package, path: text(in_package)? };
                return Ok(Origin::File(name, self.work.join(inside)));
            }
            let Some((link, folder, rest)) = self.link(&inside) else { return Ok(Origin::Ours) };
            let path = folder.join(rest);
            let from_source = self.job.place.as_ref().filter(|_| link == crate::plan::PROJECT);
            let name = match from_source {
                // What `..` leads to after a link is for the file system to say, each time.
                Some(place) if goes_back_through_a_link(&path) => {
                    let folder = text(&relative(&place.folder, folder))?;
                    DependencyPath::in_source_folder(if folder.is_empty() {
                        rest.to_owned()
                    } else {
                        format!("{folder}/{rest}")
                    })
                }
                Some(place) => DependencyPath::in_source_folder(text(&relative(&place.folder, &path))?),
                None if goes_back_through_a_link(&path) => DependencyPath { base: Base::Root, path: text(&path)? },
                None => DependencyPath { base: Base::Root, path: text(&normalised(&path))? },
            };
            return Ok(Origin::File(name, path));
        }
        let path = Path::new(file);
        let interpreter = &self.tools.python.interpreter;
        if self.tools.numpy().is_some_and(|numpy| path.starts_with(&numpy.folder)) {
            return Ok(Origin::NumPy);
        }
        let own = [Some(&self.tools.cython.folder), self.tools.compiler.install.as_ref()];
        if own.into_iter().flatten().chain(&interpreter.include).any(|folder| path.starts_with(folder)) {
            return Ok(Origin::Ours);
        }
        // The longest folder, because `site-packages` lies in the standard library's folder.
        let site = interpreter.search_path.iter().filter(|folder| path.starts_with(folder));
        let site = site.max_by_key(|folder| folder.as_os_str().len());
        // What the project holds moves with it, unless it is an environment in the project.
        if let Some(place) = self.job.place.as_ref().filter(|place| path.starts_with(&place.project))
            && site.is_none_or(|folder| place.project.starts_with(folder))
        {
            let name = DependencyPath::in_source_folder(text(&relative(&place.folder, path))?);
            return Ok(Origin::File(name, path.to_owned()));
        }
        if let Some(inside) = site.and_then(|folder| path.strip_prefix(folder).ok()) {
            return Ok(Origin::File(DependencyPath { base: Base::Site, path: text(inside)? }, path.to_owned()));
        }
        Ok(Origin::File(DependencyPath { base: Base::Root, path: text(path)? }, path.to_owned()))
    }
}

/// Whether the folder of a path is another one than its `..` say, because they stand after a link.
fn goes_back_through_a_link(path: &Path) -> bool {
    let folder = |path: &Path| fs_err::canonicalize(path.parent()?).ok();
    path.components().any(|part| part == Component::ParentDir) && folder(path) != folder(&normalised(path))
}

/// Whether two files, which are of one size, have the same content.
fn has_equal_content(one: &Path, other: &Path) -> bool {
    fs_err::read(one).ok() == fs_err::read(other).ok()
}

/// Whether a file is below some folder by this name.
fn within_any(file: &str, name: &str) -> bool {
    file.strip_suffix(name).is_some_and(|folder| folder.ends_with('/'))
}

fn within<'a>(file: &'a str, folder: &str) -> Option<&'a str> {
    file.strip_prefix(folder)?.strip_prefix('/')
}

/// The path that leads from a folder to a file. Both are absolute; links are not followed.
pub fn relative(folder: &Path, file: &Path) -> PathBuf {
    let file = normalised(file);
    let common = folder.components().zip(file.components()).take_while(|(one, two)| one == two).count();
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    up.chain(file.components().skip(common)).collect()
}

/// The path without `.` and `..`, as far as its spelling tells.
pub fn normalised(path: &Path) -> PathBuf {
    let mut normalised = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normalised.pop();
            }
            Component::CurDir => {}
            other => normalised.push(other),
        }
    }
    normalised
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, process::Command};

    use fingerprint::Language;

    use super::*;
    use crate::{job::ExampleTools, plan};

    /// A project, an include folder, a folder that an argument names, the interpreter's headers and a system's.
    struct Tree {
        folder: tempfile::TempDir,
        job: Job,
        example: ExampleTools,
    }

    impl Tree {
        fn new(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = fs_err::canonicalize(folder.path()).unwrap();
            let mut job = Job::example("");
            job.place = Some(crate::Place { folder: root.join("project/src"), project: root.join("project") });
            job.include_dirs = vec![root.join("project/include"), root.join("opt")];
            job.extra_compile_args = ["-isystem".into(), text(&root.join("system")).unwrap()].into();
            job.extra_compile_args.push(format!("-I{}", text(&root.join("argument")).unwrap()));
            let mut example = ExampleTools::new(Language::C);
            example.python.interpreter.include = vec![root.join("python")];
            example.python.numpy = None;
            let tree = Self { folder, job, example };
            for folder in ["project/src", "project/include", "opt", "argument", "python", "system", "work"] {
                fs_err::create_dir_all(root.join(folder)).unwrap();
            }
            for (file, text) in files {
                tree.write(file, text);
            }
            for (link, folder) in tree.names().links {
                fs_err::os::unix::fs::symlink(folder, root.join("work").join(link)).unwrap();
            }
            tree
        }

        fn root(&self) -> PathBuf {
            fs_err::canonicalize(self.folder.path()).unwrap()
        }

        fn write(&self, file: &str, text: &str) {
            let file = self.root().join(file);
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(file, text).unwrap();
        }

        fn names(&self) -> Names {
            Names::new(&self.job).unwrap()
        }

        fn arguments(&self) -> Vec<String> {
            let workspace = crate::Workspace::new(self.root());
            let (commands, _) = plan::compile(
                &self.job,
                &self.names(),
                &self.example.tools(),
                None,
                plan::LinkedWith::Nothing,
                &workspace,
            )
            .unwrap();
            commands[0].arguments.clone()
        }

        /// What was missed and seen, when these files were read.
        fn looks(&self, read: &[&str]) -> Vec<String> {
            let depfile =
                format!("square.o: square.c {}\n", read.join(" ").replace("[ROOT]", &text(&self.root()).unwrap()));
            self.looks_of(&depfile)
        }

        fn looks_of(&self, depfile: &str) -> Vec<String> {
            let (names, tools) = (self.names(), self.example.tools());
            let mut collector = Collector::new(&self.job, &names, &tools, self.root().join("work"));
            collector.compiler_reads(depfile, &SearchPath::of(&self.arguments(), &[])).unwrap();
            let shown = |kind: &str, path: &Path| {
                Some(format!("{kind} {}", path.strip_prefix(self.root()).unwrap_or(path).display()))
            };
            let looks = collector.finish().into_iter().filter_map(|found| match found {
                Found::Missed(_, path) => shown("missed", &path),
                Found::Seen(_, path) => shown("seen", &path),
                Found::Read(..) | Found::Package { .. } => None,
            });
            let mut looks: Vec<String> = looks.collect();
            looks.sort();
            looks
        }
    }

    #[test]
    fn what_is_read_of_a_package_is_named_from_its_root() {
        let mut tree = Tree::new(&[("work/package-root/mypkg/core.pxd", "")]);
        let mut files = crate::PackageFiles::default();
        files.insert("mypkg/core.pxd", vec![], None);
        tree.job.package_files = files.into();
        let (names, tools) = (tree.names(), tree.example.tools());
        let mut collector = Collector::new(&tree.job, &names, &tools, tree.root().join("work"));
        collector.cython_reads(&["package-root/mypkg/core.pxd".into(), "square.pyx".into()]).unwrap();
        let looks = [("package-root/mypkg/__init__.pxd", false), ("package-root/gone/x.pxd", false)];
        collector.cython_looks(&looks.map(|(file, there)| (file.to_owned(), there))).unwrap();
        let found = collector.finish().into_iter().map(|found| match found {
            Found::Read(path, _) => format!("read {:?} {path}", path.base),
            Found::Missed(path, _) => format!("missed {:?} {path}", path.base),
            other => format!("{other:?}"),
        });
        assert_eq!(
            found.collect::<Vec<_>>(),
            ["read Package mypkg/core.pxd", "missed Package gone", "missed Package mypkg/__init__.pxd"]
        );
    }

    #[test]
    fn a_header_beside_the_one_that_includes_it_is_missed() {
        let tree = Tree::new(&[
            ("work/square.c", "#include \"lib/a.h\"\n"),
            ("project/src/lib/a.h", "#include \"b.h\"\n"),
            ("opt/b.h", ""),
        ]);
        assert_eq!(
            tree.looks(&["project-root/src/lib/a.h", "include-2/b.h"]),
            ["missed project/include/b.h", "missed project/src/b.h", "missed project/src/lib/b.h"]
        );
    }

    #[test]
    fn headers_in_front_of_a_systems_are_missed_in_include_folders_and_arguments() {
        let tree = Tree::new(&[
            ("work/square.c", "#include \"Python.h\"\n#ifdef _WIN32\n#include <windows.h>\n#endif\n"),
            ("python/Python.h", "#include \"object.h\"\n#include <math.h>\n"),
            ("python/object.h", ""),
            ("system/math.h", ""),
        ]);
        let read = ["[ROOT]/python/Python.h", "[ROOT]/python/object.h", "[ROOT]/system/math.h"];
        assert_eq!(
            tree.looks(&read),
            [
                "missed argument/math.h",
                "missed opt/Python.h",
                "missed opt/math.h",
                "missed project/include/Python.h",
                "missed project/include/math.h",
                "missed project/src/Python.h"
            ]
        );
        assert_eq!(tree.looks(&["[ROOT]/elsewhere/math.h", "[ROOT]/python/Python.h"]).len(), 7, "and system/math.h");
    }

    #[test]
    fn what_is_asked_for_is_missed_or_seen() {
        let text =
            "#if __has_include(\"fast.h\")\n#endif\n#if __has_include(<other.h>) && 0\n#include <other.h>\n#endif\n";
        let tree = Tree::new(&[("work/square.c", text), ("opt/other.h", "")]);
        assert_eq!(
            tree.looks(&[]),
            [
                "missed argument/fast.h",
                "missed opt/fast.h",
                "missed project/include/fast.h",
                "missed project/include/other.h",
                "missed project/src/fast.h",
                "missed system/fast.h",
                "seen opt/other.h"
            ]
        );
    }

    #[test]
    fn next_headers_are_missed_wherever_the_search_goes_on() {
        let tree = Tree::new(&[
            ("work/square.c", "#include <limits.h>\n"),
            ("project/include/limits.h", "#include_next <limits.h>\n"),
            ("system/limits.h", "#include_next <limits.h>\n"),
        ]);
        assert_eq!(
            tree.looks(&["project-root/include/limits.h", "[ROOT]/system/limits.h"]),
            ["missed argument/limits.h", "missed opt/limits.h"]
        );
    }

    #[test]
    fn a_header_that_a_macro_names_is_missed_in_earlier_folders() {
        let tree =
            Tree::new(&[("work/square.c", "#include NAME\n"), ("opt/sub/a.h", ""), ("project/include/other.h", "")]);
        assert_eq!(
            tree.looks(&["include-2/sub/a.h"]),
            ["missed opt/sub/sub", "missed project/include/sub", "missed project/src/sub"]
        );
    }

    #[test]
    fn a_way_up_from_a_folder_that_is_not_there_is_missed_at_that_folder() {
        let tree = Tree::new(&[
            ("work/square.c", "#include <vendor/../k.h>\n"),
            ("project/include/k.h", ""),
            ("opt/vendor/x.h", ""),
            ("opt/k.h", ""),
        ]);
        assert_eq!(tree.looks(&["include-2/vendor/../k.h"]), ["missed project/include/vendor"]);
        fs_err::create_dir(tree.root().join("project/elsewhere")).unwrap();
        fs_err::create_dir(tree.root().join("project/elsewhere/vendor")).unwrap();
        fs_err::os::unix::fs::symlink("../elsewhere/vendor", tree.root().join("project/include/vendor")).unwrap();
        assert_eq!(tree.looks(&["include-2/vendor/../k.h"]), ["missed project/include/vendor/../k.h"]);
    }

    /// The files that a real compiler reads, as it writes them down.
    fn compiled(tree: &Tree) -> Option<String> {
        let work = tree.root().join("work");
        let mut arguments = tree.arguments();
        let end = arguments.iter().position(|argument| argument == "-MD").unwrap();
        arguments.truncate(end);
        let output = Command::new("cc").args(arguments).args(["-M", "square.c"]).current_dir(work).output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn what_is_missed_is_what_a_compiler_would_read() {
        let tree = Tree::new(&[
            (
                "work/square.c",
                "#include \"Python.h\"\n#include \"lib/a.h\"\n#include <c.h>\n#include \"../include/d.h\"\n\
                 #if __has_include(<e.h>)\n#include <e.h>\n#endif\n#if __has_include(\"lib/f.h\")\n#define F\n#endif\n",
            ),
            ("python/Python.h", "#include \"object.h\"\n#include <stddef.h>\n#include <c.h>\n"),
            ("python/object.h", ""),
            ("project/src/lib/a.h", "#include \"b.h\"\n#include <g.h>\n"),
            ("project/include/b.h", "#pragma once\n#include \"g.h\"\n"),
            ("project/include/d.h", ""),
            ("argument/c.h", "#include_next <c.h>\n"),
            ("system/c.h", "#include \"deep/h.h\"\n"),
            ("system/deep/h.h", ""),
            ("opt/g.h", ""),
        ]);
        let names = [
            "Python.h",
            "object.h",
            "stddef.h",
            "a.h",
            "b.h",
            "c.h",
            "d.h",
            "e.h",
            "f.h",
            "g.h",
            "h.h",
            "stdc-predef.h",
        ];
        let folders = ["project", "project/src", "project/src/lib", "project/include", "project/lib", "opt", "opt/lib"];
        let folders = [&folders[..], &["argument", "argument/deep", "system", "system/lib", "system/deep"]].concat();
        for folder in &folders {
            // Else one that is not there would stand for its files.
            fs_err::create_dir_all(tree.root().join(folder)).unwrap();
        }
        let Some(depfile) = compiled(&tree) else { return };
        let missed: BTreeSet<String> = tree.looks_of(&depfile).into_iter().collect();
        let before = depfile::names(&depfile);
        let (mut changes, mut needless) = (BTreeMap::new(), Vec::new());
        for place in folders.iter().flat_map(|folder| names.map(|name| format!("{folder}/{name}"))) {
            let file = tree.root().join(&place);
            if file.exists() {
                continue;
            }
            tree.write(&place, "");
            let shown = format!("missed {place}");
            let after = depfile::names(&compiled(&tree).unwrap());
            fs_err::remove_file(&file).unwrap();
            if after != before {
                changes.insert(shown, after);
            } else if missed.contains(&shown) {
                needless.push(place);
            }
        }
        let unseen: Vec<_> = changes.iter().filter(|(place, _)| !missed.contains(*place)).collect();
        assert!(unseen.is_empty(), "{unseen:?}");
        assert!(changes.len() >= 18, "{changes:?}");
        // Only asked for, so the files that are read stay the same. The others are names of `#include_next`.
        assert!(needless.iter().all(|place| place.ends_with("lib/f.h") || place.ends_with("/c.h")), "{needless:?}");
    }

    #[test]
    fn paths_are_told_from_the_source() {
        let check = |file: &str, expected: &str| {
            assert_eq!(relative(Path::new("/p/src/a"), Path::new(file)), Path::new(expected));
        };
        check("/p/src/a/k.h", "k.h");
        check("/p/src/a/../b/k.h", "../b/k.h");
        check("/p/include/./k.h", "../../include/k.h");
        check("/p/src/a/sub/k.h", "sub/k.h");
    }
}
