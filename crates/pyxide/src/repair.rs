//! What becomes of a damaged entry: it moves to quarantine, and is made again where that is possible.
//!
//! An entry holds its source and every option that is in its key, but not the files that it was built beside. Whether its
//! request can be made again is not guessed: the request is put together and prepared, and has to be the recorded one.

use cache_key::{BuildKey, Portable};
use cython_driver::{Header, NumPyUse};
use registry::{Entry, Record};

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
    let rebuilt = request.and_then(|(request, record)| {
        let session = session().map_err(|error| chain(&error))?;
        rebuild(&session, key, &request, &record, patience)
    });
    match rebuilt {
        Ok(()) => Repair::Rebuilt,
        Err(why) => Repair::Quarantined { why },
    }
}

/// The request that an entry was built for, as far as the entry has what it takes.
fn again(entry: &Entry) -> Result<(BuildRequest, Record), String> {
    let meta = entry.meta();
    let record = meta.request.clone().ok_or("it was not built here")?;
    let source = entry.read_source().map_err(|error| chain(&error))?.ok_or("its source is missing")?;
    if Some(cache_key::Digest::of(source.as_bytes())) != meta.source_blake3 {
        return Err("its source is damaged, too".into());
    }
    let portable = &record.portable;
    if portable.place.is_some() {
        return Err("it was built from a file that the cache does not have".into());
    }
    let profile: Profile =
        meta.profile.as_deref().unwrap_or(Profile::Default.name()).parse().map_err(|_| "its profile is unknown")?;
    let header = Header::read(&source);
    let macros = [profile.preset().own_macros(), header.define_macros.clone()].concat();
    let request = BuildRequest {
        module_name: portable.module_name.clone(),
        language: Some(portable.language),
        profile,
        directives: portable.directives.clone(),
        include_dirs: after(&header.include_dirs, &portable.include_dirs).iter().map(Into::into).collect(),
        library_dirs: after(&header.library_dirs, &portable.library_dirs).iter().map(Into::into).collect(),
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
        ..BuildRequest::text(source)
    };
    Ok((request, record))
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
