//! What a build read and looked for, by names that are the same wherever the project lies.
//!
//! | where | becomes | because |
//! |---|---|---|
//! | the project, by its link | a path from the source's folder | projects move |
//! | an include folder, by its link | an absolute path | the caller wrote it so |
//! | the interpreter's search path | a path from there | environments share builds |
//! | NumPy | its version | an installed package does not change under its version |
//! | Cython, the compiler's and the interpreter's own files | nothing | their versions are in the request key |
//! | the work folder | nothing | what is written there is in the request key |
//! | elsewhere | an absolute path | nothing better is known |

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use cache_key::{Base, DependencyPath};

use crate::{
    Error,
    job::{Job, Tools},
    plan::{Names, text},
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
    job: &'a Job,
    names: &'a Names,
    tools: &'a Tools<'a>,
    work: PathBuf,
    found: BTreeSet<Found>,
}

/// What stands behind a name that a tool used.
enum Origin {
    File(DependencyPath, PathBuf),
    NumPy,
    Ours,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(job: &'a Job, names: &'a Names, tools: &'a Tools<'a>, work: PathBuf) -> Self {
        Self { job, names, tools, work, found: BTreeSet::new() }
    }

    /// What Cython opened.
    pub(crate) fn cython_reads(&mut self, files: &[String]) -> Result<(), Error> {
        for file in files {
            // Cython imports modules of its own and of the interpreter all the time; sources are what it compiles.
            let is_source = Path::new(file)
                .extension()
                .is_some_and(|suffix| ["pxd", "pxi", "pyx", "h", "hpp"].iter().any(|known| suffix == *known));
            if is_source || self.is_linked(file) {
                self.read(file)?;
            }
        }
        Ok(())
    }

    /// What Cython looked for, and whether it was there.
    pub(crate) fn cython_looks(&mut self, looks: &[(String, bool)]) -> Result<(), Error> {
        for (file, there) in looks {
            if !self.is_linked(file) {
                continue;
            }
            let Origin::File(name, path) = self.origin(file)? else { continue };
            let read = Found::Read(name, path);
            if *there && self.found.contains(&read) {
                continue;
            }
            let Found::Read(name, path) = read else { continue };
            self.found.insert(if *there { Found::Seen(name, path) } else { Found::Missed(name, path) });
        }
        Ok(())
    }

    /// What the compiler read, as it says in a dependency file, and the places where it would have looked before.
    pub(crate) fn compiler_reads(&mut self, depfile: &str) -> Result<(), Error> {
        for file in depfile_names(depfile) {
            self.read(&file)?;
            let folders: Vec<&String> = self.names.source_folder.iter().chain(&self.names.include).collect();
            // A header may be inside several folders, and the one by which it was named is not told.
            let named_by = folders.iter().enumerate().filter_map(|(at, folder)| Some((at, within(&file, folder)?)));
            let earlier =
                named_by.flat_map(|(at, rest)| folders[..at].iter().map(move |folder| format!("{folder}/{rest}")));
            for place in earlier.collect::<Vec<_>>() {
                // One that is there was not used, so it was not looked for.
                if let Origin::File(name, path) = self.origin(&place)?
                    && !path.exists()
                {
                    self.found.insert(Found::Missed(name, path));
                }
            }
        }
        Ok(())
    }

    /// What the linker read, and the places where it would have found its libraries before.
    pub(crate) fn linker_reads(&mut self, depfile: &str) -> Result<(), Error> {
        for file in depfile_names(depfile) {
            // What the compiler passes on to the linker is gone by now.
            if self.inside_work(&file).is_none() && Path::new(&file).is_file() {
                self.read(&file)?;
            }
        }
        for library in &self.job.libraries {
            for folder in &self.job.library_dirs {
                let candidates = ["so", "a"].map(|suffix| folder.join(format!("lib{library}.{suffix}")));
                if candidates.iter().any(|file| file.exists()) {
                    break;
                }
                for file in candidates {
                    let name = DependencyPath { base: Base::Root, path: text(&file)? };
                    self.found.insert(Found::Missed(name, file));
                }
            }
        }
        Ok(())
    }

    /// Files that arguments name, such as a linker script, or one with further arguments.
    pub(crate) fn named_in_arguments(&mut self) -> Result<(), Error> {
        for argument in self.job.extra_compile_args.iter().chain(&self.job.extra_link_args) {
            for part in argument.split(['@', '=', ',']).chain([argument.as_str()]) {
                if part.starts_with('/') && Path::new(part).is_file() {
                    self.read(part)?;
                }
            }
        }
        Ok(())
    }

    /// Whether NumPy's files are among what was read.
    pub(crate) fn uses_numpy(&self) -> bool {
        self.found.iter().any(|found| matches!(found, Found::Package { name, .. } if name == "numpy"))
    }

    pub(crate) fn finish(self) -> Vec<Found> {
        self.found.into_iter().collect()
    }

    fn read(&mut self, file: &str) -> Result<(), Error> {
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
    fn is_linked(&self, file: &str) -> bool {
        self.inside_work(file).is_some_and(|inside| self.link(&inside).is_some())
    }

    fn link<'b>(&'b self, inside: &'b str) -> Option<(&'b String, &'b PathBuf, &'b str)> {
        let (first, rest) = inside.split_once('/')?;
        self.names.links.get_key_value(first).map(|(link, folder)| (link, folder, rest))
    }

    /// A name relative to the work folder, if it is one.
    fn inside_work(&self, file: &str) -> Option<String> {
        let path = Path::new(file);
        let inside = if path.is_absolute() { path.strip_prefix(&self.work).ok()? } else { path };
        inside.to_str().map(|inside| inside.trim_start_matches("./").to_owned())
    }

    fn origin(&self, file: &str) -> Result<Origin, Error> {
        if let Some(inside) = self.inside_work(file) {
            let Some((link, folder, rest)) = self.link(&inside) else { return Ok(Origin::Ours) };
            let path = folder.join(rest);
            // What `..` leads to after a link is for the file system to say.
            let path = if rest.contains("..") { fs_err::canonicalize(&path).unwrap_or(path) } else { path };
            let from_source = self.job.place.as_ref().filter(|_| link == crate::plan::PROJECT);
            let name = match from_source {
                Some(place) => DependencyPath::in_source_folder(text(&relative(&place.folder, &path))?),
                None => DependencyPath { base: Base::Root, path: text(&path)? },
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
        if let Some(inside) =
            site.max_by_key(|folder| folder.as_os_str().len()).and_then(|folder| path.strip_prefix(folder).ok())
        {
            return Ok(Origin::File(DependencyPath { base: Base::Site, path: text(inside)? }, path.to_owned()));
        }
        Ok(Origin::File(DependencyPath { base: Base::Root, path: text(path)? }, path.to_owned()))
    }
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

/// The path without `.` and `..`.
fn normalised(path: &Path) -> PathBuf {
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

/// The files that a Makefile rule, as compilers write it, depends on.
fn depfile_names(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    // Further rules may follow: they are about the same files.
    let Some((_, files)) = text.lines().next().and_then(|rule| rule.split_once(": ")) else { return Vec::new() };
    let mut names = Vec::new();
    let mut name = String::new();
    let mut letters = files.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(' ' | '#')) | ('$', Some('$')) => name.extend(letters.next()),
            (' ' | '\n' | '\t', _) => names.push(std::mem::take(&mut name)),
            _ => name.push(letter),
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependency_files_are_read_as_make_reads_them() {
        let text =
            "m.o: m.c project-root/k.h \\\n /usr/include/stdio.h project-root/with\\ space.h \\\n  a$$b.h c\\#.h\n";
        let expected =
            ["m.c", "project-root/k.h", "/usr/include/stdio.h", "project-root/with space.h", "a$b.h", "c#.h"];
        assert_eq!(depfile_names(text), expected);
        assert_eq!(depfile_names("m.o: m.c k.h\n\nk.h:\n"), ["m.c", "k.h"]);
        assert!(depfile_names("").is_empty());
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
