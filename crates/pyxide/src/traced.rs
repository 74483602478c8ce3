//! Which lines of a source a build can trace, for tools that count those that ran.
//!
//! A build with line tracing keeps the C that Cython wrote, in which each traced line is a call:
//!
//! ```c
//! __Pyx_TraceLine(5,2,0,__PYX_ERR(0, 5, __pyx_L1_error))
//! ```
//!
//! The first number is the line, and the one behind `__PYX_ERR` the place of its file in the table `__pyx_f`.

use std::{collections::BTreeSet, path::Path};

use cache_key::{Dependency, Digest};
use cython_driver::Source;
use registry::{Entry, Meta, Registry};

use crate::{Error, given::read_file};

const TABLE: &str = "__pyx_f[] = {";
const CALL: &str = "__Pyx_TraceLine(";
/// The function that runs the statements of the module itself.
const MODULE: &str = "__pyx_pymod_exec_";
const FILE: &str = "__PYX_ERR(";

/// The lines of a file that a cached build with line tracing would report, from any build that read the file as it is now.
/// `None` where there is no such build.
///
/// # Errors
/// [`Error::NoFile`] and [`Error::Io`] when the file cannot be read, [`Error::Registry`] when the cache cannot.
pub fn traced_lines(registry: &Registry, file: &Path) -> Result<Option<BTreeSet<usize>>, Error> {
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return Ok(None) };
    let bytes = read_file(file, "read the source")?;
    let source = Source::normalise(&bytes).ok().map(|source| source.digest());
    let digest = Digest::of(&bytes);
    let has_read = |meta: &Meta| {
        let is_source = source.is_some() && meta.source_blake3 == source && meta.source_name().as_deref() == Some(name);
        is_source
            || meta.dependencies.list().iter().any(|read| matches!(read, Dependency::File { path, digest: read } if *read == digest && file_name(&path.path) == name))
    };
    let mut found: Option<BTreeSet<usize>> = None;
    for entry in registry.keys()?.iter().filter_map(|key| registry.entry(key).ok().flatten()) {
        let meta = entry.meta();
        if is_traced(meta)
            && has_read(meta)
            && let Some(generated) = generated(&entry)
        {
            found.get_or_insert_default().extend(lines(&generated, name));
        }
    }
    Ok(found)
}

fn is_traced(meta: &Meta) -> bool {
    meta.directives.get("linetrace").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn generated(entry: &Entry) -> Option<String> {
    let name = entry.meta().generated.as_ref().filter(|name| !name.contains('/'))?;
    fs_err::read_to_string(entry.artifact_path().with_file_name(name)).ok()
}

/// The traced lines of the files of this name.
fn lines(generated: &str, name: &str) -> BTreeSet<usize> {
    let Some((_, table)) = generated.split_once(TABLE) else { return BTreeSet::new() };
    let table = table.split("};").next().unwrap_or_default();
    let files: Vec<&str> =
        table.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")).collect();
    let wanted = |index: usize| files.get(index).is_some_and(|file| file_name(file) == name);
    let mut is_in_module = false;
    let calls = generated.lines().filter_map(|line| {
        is_in_module = match line {
            "}" => false,
            _ => is_in_module || (line.starts_with("static ") && line.contains(MODULE) && !line.ends_with(';')),
        };
        Some((is_in_module, line.trim_start().strip_prefix(CALL)?))
    });
    let number = |text: &str| text.split(',').next()?.trim().parse::<usize>().ok();
    calls
        .filter_map(|(in_module, call)| Some((in_module, number(call)?, number(call.split_once(FILE)?.1)?)))
        // The code of the module itself has one name, so that lines that it includes are counted for no file.
        .filter(|(in_module, _, file)| wanted(*file) && (*file == 0 || !in_module))
        .map(|(_, line, _)| line)
        .collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED: &str = r#"
static const char* const __pyx_f[] = {
  "m.pyx",
  "project-root/inc.pxi",
};
  #define __Pyx_TraceLine(line, offset, nogil, goto_error)   if ((1)); else goto_error;
  __Pyx_TraceLine(5,2,0,__PYX_ERR(0, 5, __pyx_L1_error))
    __Pyx_TraceLine(5,3,0,__PYX_ERR(0, 5, __pyx_L1_error))
  __Pyx_TraceLine(7,2,1,__PYX_ERR(0, 7, __pyx_L1_error))
  __Pyx_TraceLine(2,2,0,__PYX_ERR(1, 2, __pyx_L1_error))
static int __pyx_pymod_exec_m(PyObject *__pyx_pyinit_module)
{
  __Pyx_TraceLine(1,2,0,__PYX_ERR(1, 1, __pyx_L1_error))
  __Pyx_TraceLine(4,2,0,__PYX_ERR(0, 4, __pyx_L1_error))
}
"#;

    #[test]
    fn lines_belong_to_files() {
        assert_eq!(lines(GENERATED, "m.pyx"), BTreeSet::from([4, 5, 7]));
        assert_eq!(lines(GENERATED, "inc.pxi"), BTreeSet::from([2]));
        assert_eq!(lines(GENERATED, "other.pyx"), BTreeSet::new());
        assert_eq!(lines("", "m.pyx"), BTreeSet::new());
    }
}
