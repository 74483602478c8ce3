//! What becomes of a damaged entry: it moves to quarantine, and is made again where that is possible.
//!
//! An entry holds its source and every option that is in its key, but not the files that it was built beside, nor where
//! these are. So one from a file is made again in an empty project if nothing beside the file was read. Whether its
//! request can be made again is not guessed: the request is put together and prepared, and has to be the recorded one.

use std::path::{Component, Path, PathBuf};

use cache_key::{Base, BuildKey, Dependency, Portable};
use cython_driver::{Header, NumPyUse};
use registry::{Entry, Meta, Record};
use tempfile::TempDir;

use crate::{
    Build, BuildRequest, Error, LimitedApi, Patience, Profile, Session, Settings, chain, check, prepared::Prepared,
    signature::differing,
};

/// What was done about a damaged entry.
#[derive(Debug)]
#[non_exhaustive]
pub enum Repair {
    /// It was made again, under the same key.
    Rebuilt,
    /// It was moved to quarantine, and is made again by the next build of its source only.
    Quarantined {
        /// Why it was not made again now.
        why: String,
    },
    /// It was left as it is.
    Left {
        /// Why.
        why: String,
    },
}

/// Repairs what [`check`] found to be wrong with an entry.
///
/// `session` is called when there is something to build; without an interpreter nothing can be.
pub fn mend(
    registry: &registry::Registry,
    key: &BuildKey,
    error: &Error,
    session: &dyn Fn() -> Result<Session, Error>,
    patience: &Patience<'_>,
) -> Repair {
    match error {
        Error::Registry(registry::Error::Damaged { damage, .. })
        | Error::Load(ext_loader::Error::Entry(registry::Error::Damaged { damage, .. })) => {
            repair(registry, key, &damage.to_string(), session, patience)
        }
        // Nothing is wrong with an entry of a newer version, nor with a package of which a module was collected.
        other => Repair::Left { why: other.hint().unwrap_or_else(|| chain(other)) },
    }
}

/// Moves a damaged entry to quarantine, and makes it again if its source and options are all that it takes.
///
/// `session` is called when there is something to build; without an interpreter nothing can be.
fn repair(
    registry: &registry::Registry,
    key: &BuildKey,
    reason: &str,
    session: &dyn Fn() -> Result<Session, Error>,
    patience: &Patience<'_>,
) -> Repair {
    // What it says about itself is read before it is moved.
    let request = match registry.entry(key) {
        Ok(Some(entry)) => again(&entry),
        Ok(None) if matches!(registry.package(key), Ok(Some(_))) => Err("build the package again".into()),
        _ => Err("its meta.json does not say how".into()),
    };
    if let Err(error) = registry.quarantine(key, reason) {
        return Repair::Left { why: chain(&error) };
    }
    let rebuilt = request.and_then(|Again { request, record, project: _project }| {
        let session = session().map_err(|error| chain(&error))?;
        rebuild(&session, key, &request, &record, patience)
    });
    match rebuilt {
        Ok(()) => Repair::Rebuilt,
        Err(why) => Repair::Quarantined { why },
    }
}

/// What an entry was built for.
struct Again {
    request: BuildRequest,
    record: Record,
    /// Where its source lies as long as this lives, if it came from a file.
    project: Option<TempDir>,
}

/// The request that an entry was built for, as far as the entry has what it takes.
fn again(entry: &Entry) -> Result<Again, String> {
    let meta = entry.meta();
    let record = meta.request.clone().ok_or("it was not built here")?;
    let source = entry.read_source().map_err(|error| chain(&error))?.ok_or("its source is missing")?;
    if Some(cache_key::Digest::of(source.as_bytes())) != meta.source_blake3 {
        return Err("its source is damaged, too".into());
    }
    let portable = &record.portable;
    let project = portable.place.as_deref().map(|place| Project::of(meta, portable, place, &source)).transpose()?;
    let folder = project.as_ref().map(|project| project.file.parent().unwrap_or(&project.file));
    // Inside a project they are relative to the source.
    let beside = |path: String| folder.map_or_else(|| PathBuf::from(&path), |folder| folder.join(&path));
    let profile: Profile =
        meta.profile.as_deref().unwrap_or(Profile::Default.name()).parse().map_err(|_| "its profile is unknown")?;
    let header = Header::read(&source);
    let macros = [profile.preset().own_macros(), header.define_macros.clone()].concat();
    let request = BuildRequest {
        module_name: portable.module_name.clone(),
        language: Some(portable.language),
        profile,
        directives: portable.directives.clone(),
        include_dirs: after(&header.include_dirs, &portable.include_dirs).into_iter().map(beside).collect(),
        library_dirs: after(&header.library_dirs, &portable.library_dirs).into_iter().map(beside).collect(),
        libraries: after(&header.libraries, &portable.libraries),
        define_macros: after(&macros, &portable.define_macros),
        extra_compile_args: after(&header.extra_compile_args, &portable.extra_compile_args),
        extra_link_args: after(&header.extra_link_args, &portable.extra_link_args),
        openmp: portable.openmp,
        limited_api: portable.abi.is_limited().then(|| floor(portable)).flatten(),
        numpy: if portable.without_numpy { NumPyUse::Never } else { NumPyUse::WhenUsed },
        line_directives: Some(portable.line_directives),
        annotate: Some(portable.annotate),
        keep_c: Some(portable.keep_c),
        salt: portable.salt.clone(),
        build: Build::WhenNeeded,
        ..match &project {
            Some(project) => BuildRequest::file(&project.file),
            None => BuildRequest::text(source),
        }
    };
    Ok(Again { request, record, project: project.map(|project| project.folder) })
}

/// A project that has a source and nothing else, but what says which of its folders are packages.
struct Project {
    folder: TempDir,
    file: PathBuf,
}

impl Project {
    /// Lays out what an entry was built from, unless that was more than its source.
    fn of(meta: &Meta, portable: &Portable, place: &str, source: &str) -> Result<Self, String> {
        let io = |error: std::io::Error| format!("there is no place to build it: {error}");
        let folder = tempfile::Builder::new().prefix("pyxide-repair-").tempdir().map_err(io)?;
        let top = fs_err::canonicalize(folder.path()).map_err(io)?;
        let inside = Path::new(place);
        if inside.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err("it was built from a file outside of its project".into());
        }
        let beside = top.join(inside);
        fs_err::create_dir_all(&beside).map_err(io)?;
        // Otherwise the top would be the source's own folder, or whatever is above this one.
        fs_err::write(top.join("pyproject.toml"), "").map_err(io)?;
        let file = beside.join(format!("{}.{}", meta.module_name.last(), portable.syntax.suffix()));
        fs_err::write(&file, source).map_err(io)?;
        // A folder that is searched in vain is something else than one that is not there.
        for searched in portable.include_dirs.iter().chain(&portable.library_dirs) {
            let searched = cython_driver::normalised(&beside.join(searched));
            if searched.starts_with(&top) {
                fs_err::create_dir_all(searched).map_err(io)?;
            }
        }
        let mut others = Vec::new();
        for dependency in meta.dependencies.list() {
            match dependency {
                Dependency::File { path, .. } if path.base == Base::Source => others.push(path.path),
                Dependency::Exists { path } if path.base == Base::Source => {
                    let marker = cython_driver::normalised(&beside.join(&path.path));
                    if marker.starts_with(&top) && !marker.exists() {
                        fs_err::write(marker, "").map_err(io)?;
                    }
                }
                _ => {}
            }
        }
        if others.is_empty() {
            return Ok(Self { folder, file });
        }
        others.sort_unstable();
        let others: Vec<_> = others.iter().map(|other| format!("`{other}`")).collect();
        Err(format!("the cache does not have what it was built beside ({}): build it from there", others.join(", ")))
    }
}

/// Makes an entry again, if that gives the same.
fn rebuild(
    session: &Session,
    key: &BuildKey,
    request: &BuildRequest,
    record: &Record,
    patience: &Patience<'_>,
) -> Result<(), String> {
    let told = |error: Error| chain(&error);
    // What the environment adds to each request is in the recorded one already.
    let alone =
        Settings { compile_args: vec![], link_args: vec![], salt: None, layers: vec![], ..session.settings().clone() };
    let session = session.with(alone);
    let python = session.ask_python(patience.cancelled).map_err(told)?;
    let prepared = Prepared::new(request, session.settings(), &python.interpreter).map_err(told)?;
    let first = |differences: Vec<crate::Difference>| match differences.into_iter().next() {
        Some(difference) => Err(format!("here, {} {}", difference.name, difference.how)),
        None => Ok(()),
    };
    first(differing(&record.portable.fields(), &prepared.portable.fields()))?;
    if let Some(toolchain) = session.tools(&python, prepared.portable.language).toolchain() {
        first(differing(&record.toolchain.fields(), &toolchain.fields()))?;
    }
    session.build(request, patience).map_err(told)?;
    match check(session.registry(), key) {
        Ok(()) => Ok(()),
        Err(Error::NoEntry { .. }) => Err("what it reads has changed, so that it is another build now".into()),
        Err(error) => Err(chain(&error)),
    }
}

/// What is in a list behind what the source's header puts there. The whole list if that is not how it begins.
fn after<T: Clone + PartialEq>(header: &[T], all: &[T]) -> Vec<T> {
    all.strip_prefix(header).unwrap_or(all).to_vec()
}

fn floor(portable: &Portable) -> Option<LimitedApi> {
    let (major, minor) = portable.abi.version;
    format!("{major}.{minor}").parse().ok()
}
