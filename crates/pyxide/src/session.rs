//! The order of the steps.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use cache_key::{BuildKey, Dependency, Digest, RequestKey, Toolchain};
use cython_driver::{Diagnostic, Found, Job, Product, Tools, Worker, Workspace};
use ext_loader::{Machine, Verified, Wanted, inspect, verify};
use fingerprint::{FileStamp, Probes, Python};
use lock_dir::{Held, Outcome};
use registry::{
    Entry, KnownSet, META_FORMAT, Manifest, Meta, Places, Publication, Record, Registry, Remembered, Timings,
};

use crate::{
    BuildRequest, Error, Event, Patience, Settings, managed,
    prepared::Prepared,
    request::Build,
    tools::{self, ToolBox},
};

/// How often a build is begun again because its inputs changed meanwhile.
const ATTEMPTS: usize = 3;

/// A cache, an interpreter and its tools.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    registry: Registry,
    probes: Probes,
    python: Python,
    worker: Mutex<Option<Worker>>,
}

/// A module that can be loaded, and how it came about.
#[derive(Debug)]
pub struct Built {
    /// The module.
    pub verified: Verified,
    /// The request's key.
    pub request_key: RequestKey,
    /// What meta.json says.
    pub meta: Meta,
    /// The entry's folder.
    pub folder: PathBuf,
    /// Whether it was in the cache.
    pub used_cache: bool,
    /// What the tools remarked, when it was built now.
    pub warnings: Vec<Diagnostic>,
}

/// A build that is in the cache.
struct Hit {
    entry: Entry,
    verified: Verified,
}

/// Checks one entry as a load would. It may be for any interpreter.
///
/// # Errors
/// [`Error::NoEntry`], or [`Error::Registry`] when it is damaged.
pub fn check(registry: &Registry, key: &BuildKey) -> Result<(), Error> {
    let entry = registry.entry(key)?.ok_or(Error::NoEntry { key: *key })?;
    verify(&entry, &entry.meta().request.portable.abi)?;
    Ok(())
}

impl Session {
    /// A session for the interpreter in `settings`. Starts a process only if that interpreter was not asked before.
    ///
    /// # Errors
    /// [`Error::Tools`] when the interpreter is none that modules can be built for.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let registry = Registry::new(&settings.root);
        let probes = Probes::new(registry.layout().probes());
        let python = probes.interpreter(&settings.interpreter)?;
        Ok(Self { settings, registry, probes, python, worker: Mutex::new(None) })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The interpreter, and what it finds.
    pub fn python(&self) -> &Python {
        &self.python
    }

    /// The cache.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Tells nobody and is never cancelled.
    pub fn patient(&self) -> Patience<'static> {
        Patience { observe: &|_| {}, cancelled: &|| false }
    }

    /// The tools for a language, as far as they are there: for reports.
    pub fn tools(
        &self,
        language: cache_key::Language,
    ) -> (Result<fingerprint::Cython, Error>, Result<fingerprint::Compiler, Error>) {
        let found = self.tool_box(language);
        (found.cython, found.compiler)
    }

    /// The module that `request` asks for: from the cache if it is there and right, else built.
    ///
    /// # Errors
    /// See [`Error`]; each has a hint when there is a next step.
    pub fn build(&self, request: &BuildRequest, patience: &Patience<'_>) -> Result<Built, Error> {
        for _ in 0..ATTEMPTS {
            let prepared = Prepared::new(request, &self.settings, &self.python.interpreter)?;
            match self.build_prepared(&prepared, request.build, patience)? {
                Some(built) => return Ok(built),
                None if (patience.cancelled)() => return Err(Error::Build(cython_driver::Error::Cancelled)),
                None => {}
            }
        }
        let file = Prepared::new(request, &self.settings, &self.python.interpreter)?.label;
        Err(Error::KeepsChanging { file })
    }

    /// The cached module with this key.
    ///
    /// # Errors
    /// [`Error::NoEntry`]; [`Error::Registry`] when it is damaged; [`Error::Load`] when it is for another interpreter.
    pub fn cached(&self, key: &BuildKey) -> Result<Built, Error> {
        let entry = self.registry.entry(key)?.ok_or(Error::NoEntry { key: *key })?;
        let verified = verify(&entry, &(&self.python.interpreter).into())?;
        Ok(built(Hit { entry, verified }, true, vec![]))
    }

    /// `None` when the inputs changed during the build.
    fn build_prepared(
        &self,
        prepared: &Prepared,
        build: Build,
        patience: &Patience<'_>,
    ) -> Result<Option<Built>, Error> {
        let mut tools = self.tool_box(prepared.portable.language);
        if build == Build::WhenNeeded
            && let Some(hit) = self.look_up(prepared, &tools, patience)
        {
            return Ok(Some(built(hit, true, vec![])));
        }
        if !self.settings.may_build {
            return Err(Error::NoBuild { module: prepared.label.clone() });
        }
        if !tools.are_there() {
            tools = self.complete(tools, prepared, patience)?;
        }
        let Some((toolchain, digest)) = tools.toolchain() else {
            return tools.cython.and(tools.compiler.map(drop)).map(|()| None);
        };
        let key = RequestKey::from_parts(prepared.digest, digest);
        self.registry.prepare()?;
        let lock = lock_dir::Request {
            folder: &self.registry.layout().request_lock(&key),
            wait: self.settings.wait,
            cancelled: patience.cancelled,
            waiting: &|owner| (patience.observe)(Event::Waiting { owner: owner.cloned() }),
            purpose: "build",
        };
        let outcome = lock_dir::acquire(
            &lock,
            || Ok::<_, Error>(if build == Build::WhenNeeded { self.look_up(prepared, &tools, patience) } else { None }),
            |held| Ok(self.registry.sweep(held, &key)?),
        )?;
        match outcome {
            Outcome::Published(hit) => Ok(Some(built(hit, true, vec![]))),
            Outcome::Held(held) => self.build_held(&held, prepared, &tools, (toolchain, digest), patience),
        }
    }

    /// Builds and publishes, with the lock held, and lets go of it before anything is loaded.
    fn build_held(
        &self,
        held: &Held,
        prepared: &Prepared,
        tools: &ToolBox,
        (toolchain, digest): (Toolchain, Digest),
        patience: &Patience<'_>,
    ) -> Result<Option<Built>, Error> {
        let (Ok(cython), Ok(compiler)) = (&tools.cython, &tools.compiler) else { return Ok(None) };
        let tools = Tools { python: &self.python, cython, compiler };
        let request_key = RequestKey::from_parts(prepared.digest, digest);
        let job = prepared.job(&request_key)?;
        let stage = self.registry.stage(held, &request_key)?;
        let workspace = Workspace::new(stage.build());
        let product = self.run(&job, &tools, &workspace, patience)?;

        let io = |source| Error::Io { action: "read a dependency", source };
        let began = FileStamp::of(&workspace.source(&job)).map_err(io)?;
        let Some(set) = remembered(&product.found, began.as_ref()) else { return Ok(None) };
        let dependencies: Vec<Dependency> = set.iter().map(|known| known.dependency.clone()).collect();
        let key = BuildKey::new(&request_key, &dependencies);

        let meta = self.meta(prepared, toolchain, &job, (key, request_key), dependencies, &product)?;
        let name = job.source_name();
        let staged = stage.complete((&name, prepared.text()), &product.artifact, meta)?;
        let entry = match self.registry.publish(held, staged)? {
            Publication::Published(entry) => entry,
            // Built again on request, or by somebody for whom the lock did not work.
            Publication::AlreadyThere(staged) => match self.verified(&key, patience) {
                Some(hit) => hit.entry,
                None => match self.registry.publish(held, staged)? {
                    Publication::Published(entry) => entry,
                    Publication::AlreadyThere(_) => return Err(registry::Error::Busy { key }.into()),
                },
            },
        };
        self.registry.remember(held, &prepared.digest, &digest, KnownSet { build_key: key, dependencies: set })?;
        let verified = verify(&entry, &prepared.portable.abi)?;
        Ok(Some(built(Hit { entry, verified }, false, product.warnings)))
    }

    /// Runs the driver with this session's worker, which is started for the first build.
    fn run(
        &self,
        job: &Job,
        tools: &Tools<'_>,
        workspace: &Workspace,
        patience: &Patience<'_>,
    ) -> Result<Product, Error> {
        let driver_patience = cython_driver::Patience { cancelled: patience.cancelled, limit: self.settings.limit };
        let phase = |phase| (patience.observe)(Event::Building { module: job.module.clone(), phase });
        let mut slot = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let mut worker = match slot.take() {
            Some(worker) => worker,
            None => Worker::start(tools).map_err(Error::Build)?,
        };
        let product = cython_driver::build(&mut worker, job, tools, workspace, &driver_patience, &phase);
        match product {
            // Errors in the source leave the worker as it was; after any other error it is gone.
            Ok(_) | Err(cython_driver::Error::Failed(_)) => *slot = Some(worker),
            Err(_) => {}
        }
        drop(slot);
        product.map_err(|error| match error {
            cython_driver::Error::SupportFile { .. } | cython_driver::Error::PathNotUtf8 { .. } => {
                Error::Source { label: job.label.clone(), source: error }
            }
            other => Error::Build(other),
        })
    }

    fn meta(
        &self,
        prepared: &Prepared,
        toolchain: Toolchain,
        job: &Job,
        (key, request_key): (BuildKey, RequestKey),
        dependencies: Vec<Dependency>,
        product: &Product,
    ) -> Result<Meta, Error> {
        let bytes =
            fs_err::read(&product.artifact).map_err(|source| Error::Io { action: "read the new module", source })?;
        let init_symbol = job.module.init_symbol();
        let wanted = Wanted { init_symbol: &init_symbol, machine: Machine::host() };
        let facts = inspect(&bytes, &wanted).map_err(|refusal| Error::Unloadable { reason: refusal.to_string() })?;
        let numpy = dependencies.iter().find_map(|dependency| match dependency {
            Dependency::Package { name, version } if name == "numpy" => Some(version.as_str()),
            _ => None,
        });
        let artifact = file_name(&product.artifact);
        Ok(Meta {
            format: META_FORMAT,
            kind: registry::Kind::Module,
            key,
            request_key,
            module_name: job.module.clone(),
            artifact_filename: artifact.clone(),
            artifact,
            artifact_blake3: Digest::of(&bytes),
            artifact_size: bytes.len() as u64,
            needed: facts.needed,
            created_utc: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            fingerprint: tools::description(&self.python.interpreter, &toolchain, numpy),
            source_blake3: prepared.portable.source,
            support_files: prepared.support_files.clone(),
            support_paths: prepared.support_paths.clone(),
            extra_sources: prepared.portable.extra_sources.clone(),
            directives: prepared.portable.directives.clone(),
            include_dirs: prepared.portable.include_dirs.clone(),
            language: prepared.portable.language,
            request: Record { portable: prepared.portable.clone(), toolchain },
            dependencies,
            timings: Timings {
                cython_s: product.cython_time.as_secs_f64(),
                compiler_s: product.compiler_time.as_secs_f64(),
            },
            warnings: product.warnings.iter().map(|warning| warning.render(false)).collect(),
            origin: registry::Origin::Built,
        })
    }

    /// Looks for a build of these inputs. What is damaged is moved away and told, and is a miss.
    fn look_up(&self, prepared: &Prepared, tools: &ToolBox, patience: &Patience<'_>) -> Option<Hit> {
        if let Some((_, digest)) = tools.toolchain() {
            let expected = RequestKey::from_parts(prepared.digest, digest);
            let manifest =
                self.registry.manifest(&prepared.digest, &digest).filter(|found| found.request_key == expected);
            if let Some(hit) = manifest.and_then(|manifest| self.known(&manifest, prepared, patience)) {
                return Some(hit);
            }
        }
        if tools.are_there() {
            return None;
        }
        // A hit needs no tools: the newest build of the same portable part serves, whatever built it.
        let manifests = self.registry.manifests(&prepared.digest);
        let hit = manifests.iter().find_map(|manifest| self.known(manifest, prepared, patience))?;
        if hit.entry.meta().request.portable != prepared.portable {
            return None;
        }
        let Toolchain { cython, compiler, .. } = &hit.entry.meta().request.toolchain;
        (patience.observe)(Event::OtherToolchain { made_by: format!("Cython {cython}, {compiler}") });
        Some(hit)
    }

    /// The first of a manifest's builds, newest first, whose dependencies are what they were.
    fn known(&self, manifest: &Manifest, prepared: &Prepared, patience: &Patience<'_>) -> Option<Hit> {
        let packages = tools::packages(&self.python);
        let places = Places {
            source_folder: prepared.place.as_ref().map(|place| place.folder.as_path()),
            search_path: &self.python.interpreter.search_path,
            packages: &packages,
        };
        manifest.sets.iter().rev().filter(|set| set.check(&places).is_ok()).find_map(|set| {
            let hit = self.verified(&set.build_key, patience)?;
            // A manifest is a hint; that an entry belongs to this request is for the entry to say.
            (hit.entry.meta().request_key == manifest.request_key).then_some(hit)
        })
    }

    /// The entry with this key, if it is there and right. A damaged one is moved away and told.
    fn verified(&self, key: &BuildKey, patience: &Patience<'_>) -> Option<Hit> {
        let opened = self.registry.entry(key).map_err(Error::from).and_then(|entry| match entry {
            None => Ok(None),
            Some(entry) => {
                let verified = verify(&entry, &(&self.python.interpreter).into())?;
                Ok(Some(Hit { entry, verified }))
            }
        });
        let reason = match opened {
            Ok(hit) => return hit,
            Err(Error::Registry(registry::Error::Damaged { damage, .. })) => damage.to_string(),
            Err(error) => {
                let what = format!("the cache entry `{key}` is not used: {error}");
                (patience.observe)(Event::Degraded { what });
                return None;
            }
        };
        (patience.observe)(Event::Damaged { key: *key, reason: reason.clone() });
        if let Err(error) = self.registry.quarantine(key, &reason) {
            (patience.observe)(Event::Degraded { what: error.to_string() });
        }
        None
    }

    fn tool_box(&self, language: cache_key::Language) -> ToolBox {
        let folder = managed::name(&self.python.interpreter).map(|(name, _)| self.registry.layout().tool(&name));
        ToolBox::find(&self.settings, &self.probes, &self.python, folder.as_deref(), language)
    }

    /// Installs the managed Cython if that is what is missing.
    fn complete(&self, tools: ToolBox, prepared: &Prepared, patience: &Patience<'_>) -> Result<ToolBox, Error> {
        // A compiler cannot be installed from here, so its absence is told first.
        let ToolBox { cython, compiler } = tools;
        let compiler = compiler?;
        if !cython?.folder.is_dir() {
            managed::install(&self.registry, &self.python.interpreter, patience)?;
        }
        let cython = self.tool_box(prepared.portable.language).cython;
        Ok(ToolBox { cython, compiler: Ok(compiler) })
    }
}

/// Digests what was read. `None` when something was edited since the build began: what was compiled is then not known.
fn remembered(found: &[Found], began: Option<&FileStamp>) -> Option<Vec<Remembered>> {
    let now = SystemTime::now();
    let unedited = |file: &std::path::Path| -> Option<FileStamp> {
        let stamp = FileStamp::of(file).ok()??;
        (!began.is_some_and(|began| stamp.is_newer_than(began))).then_some(stamp)
    };
    let plain = |dependency| Remembered { dependency, stamp: None };
    found
        .iter()
        .map(|found| match found {
            Found::Read(path, file) => {
                unedited(file)?;
                let remembered = Remembered::file(path.clone(), file, now).ok()?;
                unedited(file)?;
                Some(remembered)
            }
            Found::Seen(path, file) => file.exists().then(|| plain(Dependency::Exists { path: path.clone() })),
            Found::Missed(path, file) => (!file.exists()).then(|| plain(Dependency::Absent { path: path.clone() })),
            Found::Package { name, version } => {
                Some(plain(Dependency::Package { name: name.clone(), version: version.clone() }))
            }
        })
        .collect()
}

fn built(hit: Hit, used_cache: bool, warnings: Vec<Diagnostic>) -> Built {
    let Hit { entry, verified } = hit;
    Built {
        verified,
        request_key: entry.meta().request_key,
        folder: entry.path().to_owned(),
        meta: entry.meta().clone(),
        used_cache,
        warnings,
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
