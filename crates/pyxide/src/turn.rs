//! One request on its way through the steps: look up, lock, look up again, build, publish.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use cache_key::{BuildKey, Dependency, Digest, RequestKey};
use cython_driver::{Found, Job, Product, Tools, Workspace};
use ext_loader::{Machine, Wanted, inspect, verify};
use fingerprint::{FileStamp, Python};
use lock_dir::{Held, Outcome};
use registry::{
    Entry, Kind, KnownSet, META_FORMAT, Manifest, Meta, Origin, Places, Publication, Record, Remembered, Staged,
    Timings,
};

use crate::{
    Build, Error, Event, Patience, Session, managed,
    prepared::Prepared,
    session::{Built, Hit},
    tools::{self, Ready, ToolBox},
};

/// One request, read and prepared.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'a> {
    pub(crate) session: &'a Session,
    pub(crate) python: &'a Python,
    pub(crate) prepared: &'a Prepared,
    pub(crate) build: Build,
    pub(crate) patience: &'a Patience<'a>,
    /// What was edited during the attempt before this one.
    pub(crate) before: &'a Edited,
}

/// Files that were edited while a build read them, as they were at its end.
///
/// A file with the same stamp at the end of the next attempt was not edited during that one, whatever its clock says.
pub(crate) type Edited = BTreeMap<PathBuf, Option<FileStamp>>;

impl Turn<'_> {
    /// The module, or what was edited while the build read it, so that nobody knows what was compiled.
    pub(crate) fn take(&self) -> Result<Result<Built, Edited>, Error> {
        let Self { session, prepared, patience, .. } = self;
        let tools = session.tools(self.python, prepared.portable.language);
        if let Some(hit) = self.look_up(&tools) {
            return Ok(Ok(hit.built(true, vec![])));
        }
        if !session.settings.may_build {
            let module = prepared.module.as_ref().map_or_else(|| prepared.label.clone(), ToString::to_string);
            return Err(Error::NoBuild { module });
        }
        let ready = self.ready(tools)?;
        let key = RequestKey::from_parts(prepared.digest, ready.digest);
        session.registry.prepare()?;
        let folder = session.registry.layout().request_lock(&key);
        let lock = lock_dir::Request {
            folder: &folder,
            wait: session.settings.wait,
            cancelled: patience.cancelled,
            waiting: &|owner| (patience.observe)(Event::Waiting { owner: owner.cloned() }),
            not_exclusive: &|file_system| self.tell(not_exclusive(file_system, &folder)),
            purpose: "build",
        };
        let published = || Ok::<_, Error>(self.look_up_exactly(&ready.digest));
        match lock_dir::acquire(&lock, published, |held| {
            self.sweep(held, &key);
            Ok::<_, Error>(())
        })? {
            Outcome::Published(hit) => Ok(Ok(hit.built(true, vec![]))),
            Outcome::Held(held) => self.build(&held, ready),
        }
    }

    /// Looks for a build of these inputs by these tools, or by any tools when some are missing here.
    fn look_up(&self, tools: &ToolBox) -> Option<Hit> {
        if let Some(hit) = tools.toolchain().and_then(|toolchain| self.look_up_exactly(&toolchain.digest())) {
            return Some(hit);
        }
        if tools.are_there() || self.build == Build::Always {
            return None;
        }
        // A hit needs no tools: the newest build of the same portable part serves, whatever built it.
        let manifests = self.session.registry.manifests(&self.prepared.digest);
        let hit = manifests.iter().find_map(|manifest| self.known(manifest))?;
        let record = &hit.entry.meta().request;
        if record.portable != self.prepared.portable {
            return None;
        }
        let made_by = format!("Cython {}, {}", record.toolchain.cython, record.toolchain.compiler);
        self.tell(Event::OtherToolchain { made_by });
        Some(hit)
    }

    fn look_up_exactly(&self, toolchain: &Digest) -> Option<Hit> {
        if self.build == Build::Always {
            return None;
        }
        let manifest = self.session.registry.manifest(&self.prepared.digest, toolchain)?;
        let expected = RequestKey::from_parts(self.prepared.digest, *toolchain);
        (manifest.request_key == expected).then(|| self.known(&manifest)).flatten()
    }

    /// The newest of a manifest's builds whose dependencies are what they were.
    fn known(&self, manifest: &Manifest) -> Option<Hit> {
        let packages = tools::packages(self.python);
        let places = Places {
            source_folder: self.prepared.place.as_ref().map(|place| place.folder.as_path()),
            search_path: &self.python.interpreter.search_path,
            packages: &packages,
        };
        manifest.sets.iter().rev().filter(|set| set.check(&places).is_ok()).find_map(|set| {
            let hit = self.verified(&set.build_key)?;
            // A manifest is a hint; that an entry belongs to this request is for the entry to say.
            (hit.entry.meta().request_key == manifest.request_key).then_some(hit)
        })
    }

    /// The entry with this key, if it is there and right. A damaged one is moved to quarantine and told, and is a miss.
    fn verified(&self, key: &BuildKey) -> Option<Hit> {
        let registry = &self.session.registry;
        let opened = registry.entry(key).map_err(Error::from).and_then(|entry| match entry {
            None => Ok(None),
            Some(entry) => {
                let verified = verify(&entry, &self.prepared.portable.abi)?;
                Ok(Some(Hit { entry, verified }))
            }
        });
        let reason = match opened {
            Ok(hit) => return hit,
            Err(Error::Registry(registry::Error::Damaged { damage, .. })) => damage.to_string(),
            Err(error) => {
                self.tell(Event::Degraded { what: format!("the cache entry `{key}` is not used: {error}") });
                return None;
            }
        };
        self.move_away(key, reason);
        None
    }

    /// Moves an entry to quarantine and tells.
    fn move_away(&self, key: &BuildKey, reason: String) {
        self.tell(match self.session.registry.quarantine(key, &reason) {
            Ok(()) => Event::Damaged { key: *key, reason },
            Err(error) => Event::Degraded {
                what: format!(
                    "the cache entry `{key}` is damaged ({reason}) and could not be moved to quarantine: {error}"
                ),
            },
        });
    }

    /// All tools, after installing Cython if that is what is missing.
    fn ready(&self, mut tools: ToolBox) -> Result<Ready, Error> {
        // A compiler cannot be installed from here, so its absence is told first.
        if tools.compiler.is_ok() && tools.cython.as_ref().is_ok_and(|cython| !cython.folder.is_dir()) {
            managed::install(&self.session.registry, &self.python.interpreter, self.patience)?;
            tools.cython = self.session.tools(self.python, self.prepared.portable.language).cython;
        }
        tools.ready()
    }

    /// Builds and publishes, and lets go of the lock before anything is loaded.
    fn build(&self, held: &Held, ready: Ready) -> Result<Result<Built, Edited>, Error> {
        let Self { session, prepared, patience, .. } = self;
        let Ready { cython, compiler, toolchain, digest } = ready;
        let tools = Tools { python: self.python, cython: &cython, compiler: &compiler };
        let request_key = RequestKey::from_parts(prepared.digest, digest);
        let job = prepared.job(&request_key)?;
        let stage = session.registry.stage(held, &request_key)?;
        let workspace = Workspace::new(stage.build());

        let limits = cython_driver::Patience { cancelled: patience.cancelled, limit: session.settings.limit };
        let phase = |phase| self.tell(Event::Building { module: job.module.clone(), phase });
        let built = session.workers.build(&job, &tools, &workspace, &limits, &phase);
        let product = built.map_err(|error| match error {
            cython_driver::Error::SupportFile { .. } | cython_driver::Error::PathNotUtf8 { .. } => {
                Error::Source { label: job.label.clone(), source: error }
            }
            other => Error::Build(other),
        })?;

        let set = match remembered(&product.found, &workspace.source(&job), self.before) {
            Ok(set) => set,
            Err(edited) => return Ok(Err(edited)),
        };
        let record = Record { portable: prepared.portable.clone(), toolchain };
        let meta = self.meta(&job, request_key, record, &set, &product)?;
        let key = meta.key;
        let staged = stage.complete((&job.source_name(), prepared.text()), &product.artifact, meta)?;
        let entry = self.publish(held, staged, &key)?;
        session.registry.remember(held, &prepared.digest, &digest, KnownSet { build_key: key, dependencies: set })?;
        let verified = verify(&entry, &prepared.portable.abi)?;
        Ok(Ok(Hit { entry, verified }.built(false, product.warnings)))
    }

    fn publish(&self, held: &Held, staged: Staged, key: &BuildKey) -> Result<Entry, Error> {
        let registry = &self.session.registry;
        let staged = match registry.publish(held, staged)? {
            Publication::Published(entry) => return Ok(entry),
            Publication::AlreadyThere(staged) => staged,
        };
        // Built again on request, or by somebody for whom the lock did not work. One that is right stays.
        if let Some(hit) = self.verified(key) {
            if self.build == Build::WhenNeeded || hit.entry.meta().artifact_blake3 == staged.artifact_blake3() {
                return Ok(hit.entry);
            }
            // Something that is not in the key has changed, and who forces a build wants what it gives now.
            self.move_away(key, "a forced build of the same inputs gave other bytes".into());
        }
        match registry.publish(held, staged)? {
            Publication::Published(entry) => Ok(entry),
            Publication::AlreadyThere(_) => Err(registry::Error::Busy { key: *key }.into()),
        }
    }

    fn meta(
        &self,
        job: &Job,
        request_key: RequestKey,
        record: Record,
        set: &[Remembered],
        product: &Product,
    ) -> Result<Meta, Error> {
        let bytes =
            fs_err::read(&product.artifact).map_err(|source| Error::Io { action: "read the new module", source })?;
        let init_symbol = job.module.init_symbol();
        let wanted = Wanted { init_symbol: &init_symbol, machine: Machine::host() };
        let facts = inspect(&bytes, &wanted).map_err(|refusal| Error::Unloadable { reason: refusal.to_string() })?;
        let dependencies: Vec<Dependency> = set.iter().map(|known| known.dependency.clone()).collect();
        let numpy = dependencies.iter().find_map(|dependency| match dependency {
            Dependency::Package { name, version } if name == "numpy" => Some(version.as_str()),
            _ => None,
        });
        let artifact = product.artifact.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let portable = &record.portable;
        Ok(Meta {
            format: META_FORMAT,
            kind: Kind::Module,
            key: BuildKey::new(&request_key, &dependencies),
            request_key,
            module_name: job.module.clone(),
            artifact_filename: artifact.clone(),
            artifact,
            artifact_blake3: Digest::of(&bytes),
            artifact_size: bytes.len() as u64,
            needed: facts.needed,
            created_utc: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            fingerprint: tools::description(&self.python.interpreter, &record.toolchain, numpy),
            source_blake3: portable.source,
            support_files: self.prepared.support_files.clone(),
            support_paths: self.prepared.support_paths.clone(),
            extra_sources: portable.extra_sources.clone(),
            directives: portable.directives.clone(),
            include_dirs: portable.include_dirs.clone(),
            language: portable.language,
            dependencies,
            timings: Timings {
                cython_s: product.cython_time.as_secs_f64(),
                compiler_s: product.compiler_time.as_secs_f64(),
            },
            warnings: product.warnings.iter().map(|warning| warning.render(false)).collect(),
            origin: Origin::Built,
            request: record,
        })
    }

    /// Removes what a dead holder left. An orphan that still writes there may win; then the next holder tries again.
    fn sweep(&self, held: &Held, key: &RequestKey) {
        if !held.is_exclusive() {
            // What is there may be of another machine's builder, who is alive.
            return;
        }
        if let Err(error) = self.session.registry.sweep(held, key) {
            self.tell(Event::Degraded { what: format!("a leftover in the cache could not be removed: {error}") });
        }
    }

    fn tell(&self, event: Event) {
        (self.patience.observe)(event);
    }
}

/// Says that nobody waits for anybody on this file system.
pub(crate) fn not_exclusive(file_system: &str, folder: &Path) -> Event {
    let folder = folder.display();
    Event::Degraded {
        what: format!(
            "no exclusion between machines on {file_system} (`{folder}`): a build may be done twice, results stay correct"
        ),
    }
}

/// Digests what was read, or says what was edited since the build began, which is when its `source` was written.
fn remembered(found: &[Found], source: &Path, before: &Edited) -> Result<Vec<Remembered>, Edited> {
    let now = SystemTime::now();
    let began = FileStamp::of(source).ok().flatten();
    let stamp = |file: &Path| FileStamp::of(file).ok().flatten();
    let is_unedited = |file: &Path, stamp: Option<FileStamp>| {
        let newer = stamp.zip(began).is_none_or(|(stamp, began)| stamp.is_newer_than(&began));
        !newer || (stamp.is_some() && before.get(file) == Some(&stamp))
    };
    let plain = |dependency| Some(Remembered { dependency, stamp: None });
    let mut edited = Edited::new();
    let mut set = Vec::new();
    for one in found {
        let remembered = match one {
            Found::Read(path, file) => {
                let remembered = Remembered::file(path.clone(), file, now).ok();
                // Looked at last, because the file could have been edited while it was digested.
                remembered.filter(|_| is_unedited(file, stamp(file)))
            }
            Found::Seen(path, file) if file.exists() => plain(Dependency::Exists { path: path.clone() }),
            Found::Missed(path, file) if !file.exists() => plain(Dependency::Absent { path: path.clone() }),
            Found::Seen(..) | Found::Missed(..) => None,
            Found::Package { name, version } => {
                plain(Dependency::Package { name: name.clone(), version: version.clone() })
            }
        };
        match (remembered, one) {
            (Some(remembered), _) => set.push(remembered),
            (None, Found::Read(_, file) | Found::Seen(_, file) | Found::Missed(_, file)) => {
                edited.insert(file.clone(), stamp(file));
            }
            (None, Found::Package { .. }) => {}
        }
    }
    if edited.is_empty() { Ok(set) } else { Err(edited) }
}

#[cfg(test)]
mod tests {
    use cache_key::DependencyPath;

    use super::*;

    #[test]
    fn what_was_edited_during_a_build_is_not_believed_and_the_next_attempt_decides() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs_err::write(&path, name).unwrap();
            path
        };
        let (header, source) = (write("k.h"), write("m.pyx"));
        let path = || DependencyPath::in_source_folder("k.h");
        let read = [Found::Read(path(), header.clone())];
        let nothing = Edited::new();
        assert_eq!(remembered(&read, &source, &nothing).unwrap().len(), 1);
        // Until the kernel's clock has ticked, an edit cannot be told from what was there when the build began.
        let edited = loop {
            write("k.h");
            if let Err(edited) = remembered(&read, &source, &nothing) {
                break edited;
            }
        };
        assert_eq!(edited.keys().collect::<Vec<_>>(), [&header]);
        assert!(remembered(&read, &source, &edited).is_ok(), "it was not edited again");

        let missed = [Found::Missed(path(), header.clone())];
        assert!(remembered(&missed, &source, &nothing).is_err(), "it appeared meanwhile");
        fs_err::remove_file(&header).unwrap();
        assert!(remembered(&missed, &source, &nothing).is_ok());
        assert!(remembered(&read, &source, &edited).is_err(), "it vanished meanwhile");
        assert!(remembered(&[Found::Seen(path(), header)], &source, &nothing).is_err());
    }
}
