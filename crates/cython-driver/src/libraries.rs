//! What the linker read, and where it would have found it before.
//!
//! In each folder that the caller names a linker takes `libfoo.so` before `libfoo.a` (or after it, by `-Bstatic`), and the
//! first folder that has one of them. So for each library that was read, both of its names in each of those folders are
//! inputs: as absent, or as there and not read.

use std::path::{Path, PathBuf};

use cache_key::DependencyPath;

use crate::{
    Error,
    dependencies::{Collector, Found, Origin},
    depfile::linker_names,
    plan::text,
};

const SUFFIXES: [&str; 2] = ["so", "a"];

impl Collector<'_> {
    /// What the assembler read.
    pub(crate) fn assembler_reads(&mut self, files: &[String]) -> Result<(), Error> {
        for file in files {
            // What the compiler passes on is gone by now, and what lies beside the source is known.
            if (self.inside_work(file).is_none() || self.is_linked(file)) && self.work.join(file).is_file() {
                self.read(file)?;
            }
        }
        Ok(())
    }

    /// What the linker read, by its own account; `None` when it gives none.
    pub(crate) fn linker_reads(&mut self, depfile: Option<&str>) -> Result<(), Error> {
        let Some(depfile) = depfile else { return self.libraries_by_name() };
        let files = linker_names(depfile);
        self.assembler_reads(&files)?;
        for file in &files {
            if let Some(stem) = library(Path::new(file)) {
                self.places_of(&stem, Found::Seen)?;
            }
        }
        Ok(())
    }

    /// The linker that was asked for is not one of the compiler's own programs, so its content is an input.
    pub(crate) fn chosen_linker(&mut self) -> Result<(), Error> {
        let arguments = self.tools.compiler.arguments.iter();
        let mut arguments = arguments.chain(&self.job.extra_compile_args).chain(&self.job.extra_link_args);
        let Some(name) = arguments.find_map(|argument| argument.strip_prefix("-fuse-ld=")) else { return Ok(()) };
        let folders = fingerprint::tool_path(&self.tools.compiler.program);
        let program = std::env::split_paths(&folders).map(|folder| folder.join(format!("ld.{name}")));
        for program in program.chain([PathBuf::from(name)]).filter(|program| program.is_absolute() && program.is_file())
        {
            self.read(&text(&program)?)?;
        }
        Ok(())
    }

    /// Every file that the names of the libraries could mean.
    fn libraries_by_name(&mut self) -> Result<(), Error> {
        let arguments = &self.job.extra_link_args;
        let after = arguments.iter().zip(arguments.iter().skip(1)).filter(|(option, _)| *option == "-l");
        let in_arguments =
            arguments.iter().filter_map(|argument| argument.strip_prefix("-l").filter(|name| !name.is_empty()));
        let given = self.job.libraries.iter().map(String::as_str);
        let names = given.chain(in_arguments).chain(after.map(|(_, name)| name.as_str()));
        for name in names.map(|name| format!("lib{name}")).collect::<Vec<_>>() {
            self.places_of(&name, Found::Read)?;
        }
        Ok(())
    }

    /// Both names of a library in each folder that the caller names. `there` is what one counts as that is there.
    fn places_of(&mut self, stem: &str, there: fn(DependencyPath, PathBuf) -> Found) -> Result<(), Error> {
        for folder in &self.job.library_dirs {
            for suffix in SUFFIXES {
                let Origin::File(name, path) = self.origin(&text(&folder.join(format!("{stem}.{suffix}")))?)? else {
                    continue;
                };
                let found = if path.exists() { there } else { Found::Missed };
                self.found.insert(found(name, path));
            }
        }
        Ok(())
    }
}

/// `libfoo` in `libfoo.so.1` and `libfoo.a`.
fn library(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    let stem = name.strip_suffix(".a").or_else(|| Some(name.split_once(".so")?.0))?;
    stem.starts_with("lib").then(|| stem.to_owned())
}
