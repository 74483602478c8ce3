//! One request on its way through the steps: look up, lock, look up again, build, publish.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cache_key::{Base, BuildKey, Dependency, Digest, RequestKey, Syntax};
use cython_driver::{Found, Job, PackageFiles, Product, Tools, Workspace};
use ext_loader::{Machine, Wanted, inspect, verify};
use fingerprint::{Cython, FileStamp, Python, Witnesses};
use lock_dir::{Held, Outcome};
use registry::{
    Dependencies, Entry, Kind, KnownSet, Layer, META_FORMAT, Manifest, Meta, Origin, Publication, Record, Remembered,
    Staged, Timings,
};

use crate::{
    Build, Error, Event, Patience, Profile, Session, chain, managed,
    prepared::Prepared,
    remedy::remedy,
    session::{Built, Hit},
    tools::{self, Ready, ToolBox},
    utility::CachedUtility,
    watched::{is_fixed, stamps},
    workers::Ahead,
};

/// The page that shows what each line costs, in an entry.
const ANNOTATION: &str = "annotation.html";

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
        // It imports Cython while the compiler is asked who it is, and while all else is made ready.
        let cython = if self.is_sure_to_build() { session.usable_cython(self.python) } else { None };
        let ahead = Cell::new(cython.map(|cython| self.prepare_worker(&cython)));
        let tools = session.ask_tools(self.python, prepared.portable.language, patience.cancelled);
        if tools.is_cancelled() {
            return Err(Error::Build(cython_driver::Error::Cancelled));
        }
        let compiler = compiler_witness(&tools, &self.python.interpreter.prefix);
        let with_compiler =
            |built: Built| Built { witnesses: Witnesses::joined(built.witnesses, compiler.clone()), ..built };
        if let Some(hit) = self.look_up(&tools)? {
            hit.entry.record_use(SystemTime::now());
            return Ok(Ok(with_compiler(hit.built(true, vec![]))));
        }
        if !session.settings.may_build {
            return Err(Error::NoBuild { module: self.label() });
        }
        let ready = self.ready(tools)?;
        ahead.set(Some(ahead.take().unwrap_or_else(|| self.prepare_worker(&ready.cython))));
        let key = RequestKey::from_parts(prepared.digest, ready.digest);
        session.registry.prepare()?;
        let folder = session.registry.layout().request_lock(&key);
        let lock = lock_dir::Request {
            folder: &folder,
            wait: session.settings.wait,
            cancelled: patience.cancelled,
            waiting: &|owner| {
                // Somebody else builds it, who can use the processor better.
                drop(ahead.take());
                (patience.observe)(Event::Waiting { label: self.label(), owner: owner.cloned() });
            },
            not_exclusive: &|file_system| self.tell(not_exclusive(file_system, &folder)),
            purpose: "build",
        };
        let published = || self.look_up_exactly(&ready.digest);
        match lock_dir::acquire(&lock, published, |held| {
            self.sweep(held, &key);
            Ok::<_, Error>(())
        })? {
            Outcome::Published(hit) => Ok(Ok(with_compiler(hit.built(true, vec![])))),
            Outcome::Held(held) => Ok(self.build(&held, ready)?.map(with_compiler)),
        }
    }

    /// What a user knows it as.
    fn label(&self) -> String {
        self.prepared.module.as_ref().map_or_else(|| self.prepared.label.clone(), ToString::to_string)
    }

    /// Whether there will be a build, whatever the tools are: nothing was ever built from these inputs.
    fn is_sure_to_build(&self) -> bool {
        let is_new = || !self.session.registry.layout().manifests(&self.prepared.digest).exists();
        self.session.settings.may_build && (self.build == Build::Always || is_new())
    }

    fn prepare_worker(&self, cython: &Cython) -> Ahead<'_> {
        self.session.workers.prepare(&self.python.interpreter, cython)
    }

    /// Looks for a build of these inputs by these tools, or by any tools when some are missing here.
    fn look_up(&self, tools: &ToolBox) -> Result<Option<Hit>, Error> {
        if let Some(toolchain) = tools.toolchain()
            && let Some(hit) = self.look_up_exactly(&toolchain.digest())?
        {
            return Ok(Some(hit));
        }
        if tools.are_there() || self.build == Build::Always {
            return Ok(None);
        }
        // A hit needs no tools: the newest build of the same portable part serves, whatever built it.
        let of_layers = self.ask_layers(|layer| layer.manifests(&self.prepared.digest))?;
        let own = self.session.registry.manifests(&self.prepared.digest);
        for manifest in of_layers.into_iter().flatten().chain(own) {
            let Some(hit) = self.known(&manifest)? else { continue };
            let Some(record) = &hit.entry.meta().request else { continue };
            if record.portable == self.prepared.portable {
                let made_by = format!("Cython {}, {}", record.toolchain.cython, record.toolchain.compiler);
                self.tell(Event::OtherToolchain { made_by });
                // The tools may come back, and that is looked for.
                return Ok(Some(Hit { looked: None, ..hit }));
            }
        }
        Ok(None)
    }

    fn look_up_exactly(&self, toolchain: &Digest) -> Result<Option<Hit>, Error> {
        if self.build == Build::Always {
            return Ok(None);
        }
        let expected = RequestKey::from_parts(self.prepared.digest, *toolchain);
        let of_layers = self.ask_layers(|layer| layer.manifest(&self.prepared.digest, toolchain))?;
        let own = self.session.registry.manifest(&self.prepared.digest, toolchain);
        for manifest in of_layers.into_iter().flatten().chain(own) {
            if manifest.request_key == expected
                && let Some(hit) = self.known(&manifest)?
            {
                return Ok(Some(hit));
            }
        }
        Ok(None)
    }

    /// What the layers say to a question, in their order.
    ///
    /// One that cannot be read is passed over, since nobody can repair it here, and told. One into which others could have
    /// put something is an error: whoever names a layer wants it to be used.
    fn ask_layers<T>(&self, ask: impl Fn(&Layer) -> Result<T, registry::Error>) -> Result<Vec<T>, Error> {
        let mut answers = Vec::new();
        for layer in &self.session.layers {
            match ask(layer) {
                Ok(answer) => answers.push(answer),
                Err(error @ registry::Error::UntrustedLayer { .. }) => return Err(error.into()),
                Err(error) => self.tell(Event::Degraded {
                    what: format!("the cache layer `{}` is not used: {}", layer.root().display(), chain(&error)),
                }),
            }
        }
        Ok(answers)
    }

    /// The first layer's entry with this key that is right.
    fn in_a_layer(&self, key: &BuildKey) -> Result<Option<Hit>, Error> {
        for layer in &self.session.layers {
            let opened = layer.entry(key).map_err(Error::from).and_then(|entry| self.verify(entry));
            match opened {
                Ok(None) => {}
                Ok(hit) => return Ok(hit),
                Err(error @ Error::Registry(registry::Error::UntrustedLayer { .. })) => return Err(error),
                Err(error) => self.tell(Event::Degraded {
                    what: format!("the cache layer `{}` is not used: {}", layer.root().display(), chain(&error)),
                }),
            }
        }
        Ok(None)
    }

    fn verify(&self, entry: Option<Entry>) -> Result<Option<Hit>, Error> {
        let Some(entry) = entry else { return Ok(None) };
        let verified = verify(&entry, &self.prepared.portable.abi)?;
        Ok(Some(Hit { entry, verified, looked: None }))
    }

    /// The newest of a manifest's builds whose dependencies are what they were.
    fn known(&self, manifest: &Manifest) -> Result<Option<Hit>, Error> {
        let packages = tools::packages(self.python);
        let places = self.prepared.places(self.python, &packages);
        for (set, looked) in manifest.unchanged(&places) {
            // A manifest is a hint; that an entry belongs to this request is for the entry to say.
            let in_a_layer = self.in_a_layer(&set.build_key)?;
            let found = if in_a_layer.is_some() { in_a_layer } else { self.verified(&set.build_key)? };
            if let Some(hit) = found
                && hit.entry.meta().request_key == Some(manifest.request_key)
            {
                return Ok(Some(Hit { looked, ..hit }));
            }
        }
        Ok(None)
    }

    /// The entry with this key, if it is there and right. A damaged one is moved to quarantine and told, and is a miss.
    ///
    /// One of a newer format is an error: its place is taken, and nothing of ours can be published there.
    fn verified(&self, key: &BuildKey) -> Result<Option<Hit>, Error> {
        let registry = &self.session.registry;
        let opened = registry.entry(key).map_err(Error::from).and_then(|entry| self.verify(entry));
        let reason = match opened {
            Ok(hit) => return Ok(hit),
            Err(Error::Registry(registry::Error::Damaged { damage, .. })) => damage.to_string(),
            Err(error @ Error::Registry(registry::Error::TooNew { .. } | registry::Error::Untrusted { .. })) => {
                return Err(error);
            }
            Err(error) => {
                self.tell(Event::Degraded { what: format!("the cache entry `{key}` is not used: {}", chain(&error)) });
                return Ok(None);
            }
        };
        self.move_away(key, reason);
        Ok(None)
    }

    /// Moves an entry to quarantine and tells.
    fn move_away(&self, key: &BuildKey, reason: String) {
        self.tell(match self.session.registry.quarantine(key, &reason) {
            Ok(()) => Event::Damaged { key: *key, reason },
            Err(error) => Event::Degraded {
                what: format!(
                    "the cache entry `{key}` is damaged ({reason}) and could not be moved to quarantine: {}",
                    chain(&error)
                ),
            },
        });
    }

    /// All tools, after installing Cython if that is what is missing.
    fn ready(&self, mut tools: ToolBox) -> Result<Ready, Error> {
        // A compiler cannot be installed from here, so its absence is told first.
        if tools.compiler.is_ok() && tools.cython.as_ref().is_ok_and(|cython| !cython.folder.is_dir()) {
            managed::install(&self.session.registry, &self.python.interpreter, self.patience)?;
            tools.cython =
                self.session.ask_tools(self.python, self.prepared.portable.language, self.patience.cancelled).cython;
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

        let limits = session.limits(patience);
        let utility = CachedUtility::new(session, tools, digest, patience);
        let phase = |phase| self.tell(Event::Building { module: job.module.clone(), phase });
        let built = session.workers.build(&job, &tools, &workspace, &limits, &utility, &phase);
        let product = built.map_err(|error| match error {
            cython_driver::Error::SupportFile { .. } | cython_driver::Error::PathNotUtf8 { .. } => {
                Error::Source { label: job.label.clone(), source: error }
            }
            cython_driver::Error::Failed(failure) => {
                self.tell(Event::Told { log: failure.log.clone() });
                Error::Build(self.failed(held, &request_key, *failure))
            }
            other => Error::Build(other),
        })?;
        self.tell(Event::Told { log: product.log.clone() });

        let set = match remembered(&product.found, &workspace.source(&job), self.before, &prepared.package_files) {
            Ok(set) => set,
            Err(edited) => return Ok(Err(edited)),
        };
        let record = Record { portable: prepared.portable.clone(), toolchain };
        let meta = self.meta(&job, request_key, record, &set, &product)?;
        let key = meta.key;
        let beside = self.beside(&job, &meta, &product);
        let staged = stage.complete((&job.source_name(), prepared.text()), &product.artifact, &beside, meta)?;
        session.registry.drop_log(held, &request_key);
        let Some(entry) = self.publish(held, staged, &key)? else {
            // A collector was faster than we: once more.
            return Ok(Err(Edited::new()));
        };
        let packages = tools::packages(self.python);
        let places = prepared.places(self.python, &packages);
        let set = KnownSet::new(key, set, &places, SystemTime::now());
        let looked = set.check(&places).ok().flatten();
        session.registry.remember(held, &prepared.digest, &digest, &set)?;
        match verify(&entry, &prepared.portable.abi) {
            Ok(verified) => Ok(Ok(Hit { entry, verified, looked }.built(false, product.warnings))),
            Err(_) if !entry.artifact_path().exists() => Ok(Err(Edited::new())),
            Err(error) => Err(error.into()),
        }
    }

    /// What is kept beside the source and the artifact: names in the entry, and files.
    fn beside(&self, job: &Job, meta: &Meta, product: &Product) -> Vec<(String, PathBuf)> {
        let generated = meta.generated.clone().map(|name| (name, product.generated.clone()));
        let annotation = meta.annotation.clone().zip(product.annotation.clone());
        // Without its types, a source in Python is another program.
        let types = format!("{}.pxd", job.module.last());
        let types = self.prepared.place.as_ref().filter(|_| job.syntax == Syntax::Python).and_then(|place| {
            let file = place.folder.join(&types);
            let is_read = product.found.iter().any(|found| matches!(found, Found::Read(_, path) if *path == file));
            is_read.then_some((types, file))
        });
        generated.into_iter().chain(annotation).chain(types).collect()
    }

    /// Writes down what the tools said, and says what to do about what is not there.
    fn failed(&self, held: &Held, key: &RequestKey, mut failure: cython_driver::Failure) -> cython_driver::Error {
        // What the compiler said matters more than that there is no place for a log.
        failure.log_path = self.session.registry.keep_log(held, key, &failure.log).ok();
        if failure.hint.is_none() {
            failure.hint = failure.lack.as_ref().map(|lack| remedy(lack, &self.python.interpreter));
        }
        cython_driver::Error::Failed(Box::new(failure))
    }

    /// Publishes. `None` when a collector has removed the entry already.
    fn publish(&self, held: &Held, staged: Staged, key: &BuildKey) -> Result<Option<Entry>, Error> {
        let registry = &self.session.registry;
        let staged = match registry.publish(held, staged)? {
            Publication::Published(entry) => return Ok(Some(entry)),
            Publication::Collected => return Ok(None),
            Publication::AlreadyThere(staged) => staged,
        };
        // Built again on request, or by somebody for whom the lock did not work. One that is right stays.
        if let Some(hit) = self.verified(key)? {
            if self.build == Build::WhenNeeded || hit.entry.meta().artifact_blake3 == staged.artifact_blake3() {
                return Ok(Some(hit.entry));
            }
            // Something that is not in the key has changed, and who forces a build wants what it gives now.
            self.move_away(key, "a forced build of the same inputs gave other bytes".into());
        } else if registry.layout().entry(key).exists() {
            // For example a disk that cannot read it.
            self.move_away(key, "it could not be used".into());
        }
        match registry.publish(held, staged)? {
            Publication::Published(entry) => Ok(Some(entry)),
            Publication::Collected => Ok(None),
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
            request_key: Some(request_key),
            module_name: job.module.clone(),
            artifact_filename: artifact.clone(),
            artifact,
            // Filled in from what is really published.
            artifact_blake3: Digest::from_bytes([0; 32]),
            artifact_size: 0,
            needed: facts.needed,
            created_utc: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            fingerprint: tools::description(&self.python.interpreter, &record.toolchain, numpy),
            interface: None,
            source_blake3: Some(portable.source),
            support_files: self.prepared.support_files.clone(),
            support_paths: self.prepared.support_paths.clone(),
            extra_sources: portable.extra_sources.clone(),
            directives: portable.directives.clone(),
            profile: (self.prepared.profile != Profile::Default).then(|| self.prepared.profile.name().to_owned()),
            annotation: product.annotation.is_some().then(|| ANNOTATION.to_owned()),
            generated: portable
                .keep_c
                .then(|| product.generated.file_name().unwrap_or_default().to_string_lossy().into_owned()),
            include_dirs: portable.include_dirs.clone(),
            language: Some(portable.language),
            dependencies: Dependencies::new(&dependencies),
            timings: Timings {
                cython_s: milliseconds(product.cython_time),
                compiler_s: milliseconds(product.compiler_time),
                linker_s: product.linker_time.map(milliseconds),
            },
            warnings: product.warnings.iter().map(|warning| warning.render(false)).collect(),
            origin: Origin::Built,
            request: Some(record),
        })
    }

    /// Removes what a dead holder left. An orphan that still writes there may win; then the next holder tries again.
    fn sweep(&self, held: &Held, key: &RequestKey) {
        if !held.is_exclusive() {
            // What is there may be of another machine's builder, who is alive.
            return;
        }
        if let Err(error) = self.session.registry.sweep(held, key) {
            self.tell(Event::Degraded {
                what: format!("a leftover in the cache could not be removed: {}", chain(&error)),
            });
        }
    }

    fn tell(&self, event: Event) {
        (self.patience.observe)(event);
    }
}

/// The compiler's program, if it is one that its user put there: it may be exchanged while a process lives.
fn compiler_witness(tools: &ToolBox, prefix: &Path) -> Option<Witnesses> {
    let program = tools.compiler.as_ref().ok().map(|compiler| &compiler.program);
    stamps(program.filter(|program| !is_fixed(program, prefix)))
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

/// Seconds with three decimals, which every reader of JSON reads as the same number.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// Digests what was read, or says what was edited since the build began, which is when its `source` was written.
fn remembered(
    found: &[Found],
    source: &Path,
    before: &Edited,
    package: &PackageFiles,
) -> Result<Vec<Remembered>, Edited> {
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
            // What was given with the request is what was written for this build, and nobody edits that.
            Found::Read(path, _) if path.base == Base::Package => package
                .digests()
                .get(&path.path)
                .and_then(|digest| plain(Dependency::File { path: path.clone(), digest: *digest })),
            Found::Seen(path, _) if path.base == Base::Package => plain(Dependency::Exists { path: path.clone() }),
            Found::Missed(path, _) if path.base == Base::Package => plain(Dependency::Absent { path: path.clone() }),
            // A device says the same each time, and what a pipe said is gone.
            Found::Read(path, file) if file.exists() && !file.is_file() => {
                plain(Dependency::Exists { path: path.clone() })
            }
            Found::Read(path, file) => {
                let remembered = Remembered::file(path.clone(), file, now).ok();
                // Looked at last, because the file could have been edited while it was digested.
                remembered.filter(|_| is_unedited(file, stamp(file)))
            }
            // A file that came while others were read may have been missed when they were looked for.
            Found::Seen(path, file) if file.is_dir() || (file.exists() && is_unedited(file, stamp(file))) => {
                plain(Dependency::Exists { path: path.clone() })
            }
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
    if let Some(began) = began {
        edited.extend(redirected(found, &began).into_iter().filter(|(path, stamp)| before.get(path) != Some(stamp)));
    }
    if edited.is_empty() { Ok(set) } else { Err(edited) }
}

/// Links on the way to what was read that were made, and folders that were renamed, after the build began: what was read
/// may be another file than the one that the same path leads to now.
fn redirected(found: &[Found], began: &FileStamp) -> Edited {
    let files = found.iter().filter_map(|one| match one {
        Found::Read(path, file) | Found::Seen(path, file) if path.base != Base::Package => Some(file.as_path()),
        Found::Read(..) | Found::Seen(..) | Found::Missed(..) | Found::Package { .. } => None,
    });
    let ways: BTreeSet<&Path> = files.flat_map(Path::ancestors).collect();
    let redirects = |path: &Path| {
        let metadata = fs_err::symlink_metadata(path).ok()?;
        let stamp = FileStamp::from_metadata(&metadata);
        // What is put into a folder changes both of its times, and a new name for the folder only one.
        let is_other = if metadata.is_dir() {
            stamp.is_renamed_after(began)
        } else {
            metadata.is_symlink() && stamp.is_newer_than(began)
        };
        is_other.then_some(stamp)
    };
    ways.into_iter().filter_map(|path| Some((path.to_owned(), Some(redirects(path)?)))).collect()
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
        assert_eq!(remembered(&read, &source, &nothing, &PackageFiles::default()).unwrap().len(), 1);
        // Until the kernel's clock has ticked, an edit cannot be told from what was there when the build began.
        let edited = loop {
            write("k.h");
            if let Err(edited) = remembered(&read, &source, &nothing, &PackageFiles::default()) {
                break edited;
            }
        };
        assert_eq!(edited.keys().collect::<Vec<_>>(), [&header]);
        assert!(remembered(&read, &source, &edited, &PackageFiles::default()).is_ok(), "it was not edited again");

        let missed = [Found::Missed(path(), header.clone())];
        assert!(remembered(&missed, &source, &nothing, &PackageFiles::default()).is_err(), "it appeared meanwhile");
        fs_err::remove_file(&header).unwrap();
        assert!(remembered(&missed, &source, &nothing, &PackageFiles::default()).is_ok());
        assert!(remembered(&read, &source, &edited, &PackageFiles::default()).is_err(), "it vanished meanwhile");
        assert!(remembered(&[Found::Seen(path(), header)], &source, &nothing, &PackageFiles::default()).is_err());
    }

    #[test]
    fn another_way_to_what_was_read_is_an_edit() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for name in ["one", "two"] {
            fs_err::create_dir(place(name)).unwrap();
            fs_err::write(place(name).join("k.h"), name).unwrap();
        }
        fs_err::os::unix::fs::symlink("one", place("current")).unwrap();
        let read = |name: &str| {
            let file = place(name).join("k.h");
            [Found::Read(DependencyPath::in_source_folder("k.h"), file)]
        };
        let source = place("m.pyx");
        let settle = || {
            // Until the kernel's clock has ticked.
            let probe = place("probe");
            let before = loop {
                fs_err::write(&probe, "").unwrap();
                let stamp = FileStamp::of(&probe).unwrap().unwrap();
                if FileStamp::of(&source).ok().flatten().is_none_or(|source| stamp.is_newer_than(&source)) {
                    break stamp;
                }
            };
            loop {
                fs_err::write(&source, "").unwrap();
                if FileStamp::of(&source).unwrap().unwrap().is_newer_than(&before) {
                    break;
                }
            }
            loop {
                fs_err::write(&probe, "").unwrap();
                if FileStamp::of(&probe).unwrap().unwrap().is_newer_than(&FileStamp::of(&source).unwrap().unwrap()) {
                    break;
                }
            }
        };
        settle();
        assert!(remembered(&read("current"), &source, &Edited::new(), &PackageFiles::default()).is_ok());
        fs_err::write(place("one").join("other"), "").unwrap();
        assert!(
            remembered(&read("one"), &source, &Edited::new(), &PackageFiles::default()).is_ok(),
            "a new file beside it is nothing"
        );
        fs_err::remove_file(place("current")).unwrap();
        fs_err::os::unix::fs::symlink("two", place("current")).unwrap();
        let edited = remembered(&read("current"), &source, &Edited::new(), &PackageFiles::default()).unwrap_err();
        assert_eq!(edited.keys().collect::<Vec<_>>(), [&place("current")]);
        assert!(
            remembered(&read("current"), &source, &edited, &PackageFiles::default()).is_ok(),
            "it was not done again"
        );
        settle();
        fs_err::rename(place("one"), place("old")).unwrap();
        fs_err::rename(place("two"), place("one")).unwrap();
        let edited = remembered(&read("one"), &source, &Edited::new(), &PackageFiles::default()).unwrap_err();
        assert_eq!(edited.keys().collect::<Vec<_>>(), [&place("one")]);
    }

    #[test]
    fn a_device_is_no_edit() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("m.pyx");
        fs_err::write(&source, "").unwrap();
        let path = DependencyPath { base: Base::Root, path: "/dev/null".into() };
        let set =
            remembered(&[Found::Read(path, "/dev/null".into())], &source, &Edited::new(), &PackageFiles::default())
                .unwrap();
        assert!(matches!(set[0].dependency, Dependency::Exists { .. }));
    }
}
