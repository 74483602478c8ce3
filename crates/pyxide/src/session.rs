//! A cache and its settings, for any number of requests.

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use cache_key::{BuildKey, Language, RequestKey};
use cython_driver::Diagnostic;
use ext_loader::{Verified, verify};
use fingerprint::{Cython, Probes, Python, Witnesses};
use registry::{Entry, Layer, Looked, Meta, Options, PackageEntry, Registry};

use crate::{
    BuildRequest, Error, Patience, Settings, managed,
    prepared::Prepared,
    sources::Lying,
    tools::{self, ToolBox},
    turn::{Edited, Turn},
    workers::Workers,
};

/// How often a build is begun again because its inputs changed meanwhile.
const ATTEMPTS: usize = 3;

/// A cache, an interpreter and its tools, for any number of requests from any number of threads.
#[derive(Debug)]
pub struct Session {
    pub(crate) settings: Settings,
    pub(crate) registry: Registry,
    pub(crate) layers: Vec<Layer>,
    pub(crate) probes: Probes,
    pub(crate) workers: Arc<Workers>,
}

/// A module that can be loaded, and how it came about.
#[derive(Debug)]
pub struct Built {
    /// The module.
    pub verified: Verified,
    /// The request's key, if it was built for one.
    pub request_key: Option<RequestKey>,
    /// What meta.json says.
    pub meta: Meta,
    /// The entry's folder.
    pub folder: PathBuf,
    /// Whether it was in the cache.
    pub used_cache: bool,
    /// What the tools remarked, when it was built now.
    pub warnings: Vec<Diagnostic>,
    /// What to look at to know that an equal request of this process gives the same again: the source, what was read,
    /// and the artifact. `None` when only another request can tell.
    ///
    /// The interpreter, the tools, and what the system brings with them count as unchanged while a process lives.
    pub witnesses: Option<Witnesses>,
}

/// A build that is in the cache.
pub(crate) struct Hit {
    pub(crate) entry: Entry,
    pub(crate) verified: Verified,
    /// The dependencies that were looked at, if their stamps can be relied on.
    pub(crate) looked: Looked,
}

/// Checks one entry as a load would, or the files of a package and that its modules are there. It may be for any
/// interpreter.
///
/// # Errors
/// [`Error::NoEntry`], or [`Error::Registry`] when it is damaged or a package lacks a module.
pub fn check(registry: &Registry, key: &BuildKey) -> Result<(), Error> {
    if let Some(entry) = registry.entry(key)? {
        verify(&entry, entry.abi())?;
        return Ok(());
    }
    let package = registry.package(key)?.ok_or(Error::NoEntry { key: *key })?;
    package.meta().files.iter().try_for_each(|file| package.read_file(file).map(drop))?;
    registry.modules_of(package.meta())?;
    Ok(())
}

impl Session {
    /// A session with these settings. Touches nothing yet.
    pub fn new(settings: Settings) -> Self {
        let options = Options { durability: settings.durability, trust: settings.trust.clone() };
        let registry = Registry::with(&settings.root, options);
        let layers = settings.layers.iter().map(|root| Layer::new(root, settings.layer_users.clone())).collect();
        let probes = Probes::new(registry.layout().probes());
        Self { settings, registry, layers, probes, workers: Arc::default() }
    }

    /// A session with other settings that goes on with this one's Cython workers.
    #[must_use]
    pub fn with(&self, settings: Settings) -> Self {
        Self { workers: self.workers.clone(), ..Self::new(settings) }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The cache.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The caches of others that are searched before this one, in their order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The entry with this key: the first layer's that has one, else the cache's.
    ///
    /// # Errors
    /// [`Error::Registry`] when the first that there is cannot be used.
    pub fn entry(&self, key: &BuildKey) -> Result<Option<Entry>, Error> {
        for layer in &self.layers {
            if let Some(entry) = layer.entry(key)? {
                return Ok(Some(entry));
            }
        }
        Ok(self.registry.entry(key)?)
    }

    /// Checks the entry that a build would use, as a load would, and tells the layer that has it if it is one.
    ///
    /// # Errors
    /// As for [`check`].
    pub fn check(&self, key: &BuildKey) -> Result<Option<&Layer>, Error> {
        let is_right = |layer: &&Layer| {
            let entry = layer.entry(key).ok().flatten();
            entry.is_some_and(|entry| verify(&entry, entry.abi()).is_ok())
        };
        match self.layers.iter().find(is_right) {
            Some(layer) => Ok(Some(layer)),
            None => check(&self.registry, key).map(|()| None),
        }
    }

    /// The package with this key: the first layer's that has one, else the cache's.
    ///
    /// # Errors
    /// As for [`Session::entry`].
    pub fn package(&self, key: &BuildKey) -> Result<Option<PackageEntry>, Error> {
        for layer in &self.layers {
            if let Some(package) = layer.package(key)? {
                return Ok(Some(package));
            }
        }
        Ok(self.registry.package(key)?)
    }

    /// The interpreter, and what it finds. Starts a process only when something moved since it was last asked.
    ///
    /// # Errors
    /// [`Error::Tools`] when it is none that modules can be built for.
    pub fn python(&self) -> Result<Python, Error> {
        self.ask_python(&|| false)
    }

    /// The same, unless `cancelled` says so before an interpreter has answered.
    ///
    /// # Errors
    /// [`Error::Tools`] when it is none that modules can be built for, [`Error::Build`] when it was cancelled.
    pub fn ask_python(&self, cancelled: &dyn Fn() -> bool) -> Result<Python, Error> {
        Ok(self.probes.interpreter(&self.settings.interpreter, cancelled)?)
    }

    /// The tools for a language, as far as they are there.
    pub fn tools(&self, python: &Python, language: Language) -> ToolBox {
        self.ask_tools(python, language, &|| false)
    }

    /// The same, unless `cancelled` says so before a compiler has answered: then that is its error.
    pub fn ask_tools(&self, python: &Python, language: Language, cancelled: &dyn Fn() -> bool) -> ToolBox {
        let folder = self.managed_folder(python);
        ToolBox::find(&self.settings, &self.probes, python, folder.as_deref(), language, cancelled)
    }

    /// The Cython that builds for an interpreter, if it is there to be used now.
    pub(crate) fn usable_cython(&self, python: &Python) -> Option<Cython> {
        let folder = self.managed_folder(python);
        let cython = tools::cython(&self.settings, python, folder.as_deref()).ok()?;
        cython.folder.is_dir().then_some(cython)
    }

    /// Where the managed Cython for an interpreter is, or would be.
    fn managed_folder(&self, python: &Python) -> Option<PathBuf> {
        managed::name(&python.interpreter).map(|(name, _)| self.registry.layout().tool(&name))
    }

    /// What a build may use, and who may end it.
    pub(crate) fn limits<'a>(&self, patience: &'a Patience<'_>) -> cython_driver::Patience<'a> {
        cython_driver::Patience {
            cancelled: patience.cancelled,
            limit: self.settings.limit,
            memory: self.settings.memory,
        }
    }

    /// Tells nobody and is never cancelled.
    pub fn patient(&self) -> Patience<'static> {
        Patience { observe: &|_| {}, cancelled: &|| false }
    }

    /// The module that `request` asks for: from the cache if it is there and right, else built.
    ///
    /// # Errors
    /// See [`Error`]; each has a hint when there is a next step.
    pub fn build(&self, request: &BuildRequest, patience: &Patience<'_>) -> Result<Built, Error> {
        let python = self.ask_python(patience.cancelled)?;
        if request.numpy_required && python.numpy.is_none() {
            return Err(Error::NoNumPy { python: python.interpreter.executable });
        }
        let mut edited = Edited::default();
        for _ in 0..ATTEMPTS {
            let prepared = Prepared::new(request, &self.settings, &python.interpreter)?;
            let sources = Lying::of(request, &prepared);
            let turn = Turn {
                session: self,
                python: &python,
                prepared: &prepared,
                build: request.build,
                patience,
                before: &edited,
            };
            match turn.take()? {
                Ok(mut built) => {
                    built.witnesses = Witnesses::joined(built.witnesses.take(), prepared.witnesses(&built));
                    if let Some(name) = built.meta.source_name() {
                        sources.tell(built.verified.sources_mut(), &name);
                    }
                    return Ok(built);
                }
                Err(meanwhile) => edited = meanwhile,
            }
        }
        match edited.into_keys().next() {
            Some(file) => Err(Error::KeepsChanging { file }),
            None => Err(Error::KeepsVanishing),
        }
    }

    /// The cached module with this key.
    ///
    /// # Errors
    /// [`Error::NoEntry`]; [`Error::Registry`] when it is damaged; [`Error::Load`] when it is for another interpreter.
    pub fn cached(&self, key: &BuildKey) -> Result<Built, Error> {
        let Some(entry) = self.entry(key)? else {
            return Err(match self.package(key)? {
                Some(package) => Error::NotAModule { key: *key, package: package.meta().package_name.clone() },
                None => Error::NoEntry { key: *key },
            });
        };
        entry.record_use(SystemTime::now());
        let verified = verify(&entry, &(&self.python()?.interpreter).into())?;
        Ok(Hit { entry, verified, looked: None }.built(true, vec![]))
    }
}

impl Built {
    /// The generated code, if it was kept.
    pub fn generated(&self) -> Option<PathBuf> {
        self.beside(self.meta.generated.as_ref())
    }

    /// Whether its author says that it needs no global lock: a free-threaded interpreter that imports it goes on without one.
    pub fn is_freethreading_compatible(&self) -> bool {
        let directive = self.meta.directives.get("freethreading_compatible");
        directive.is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn beside(&self, name: Option<&String>) -> Option<PathBuf> {
        // A name that is a path is not one that we have written.
        name.filter(|name| !name.contains('/')).map(|name| self.verified.path().with_file_name(name))
    }
}

impl Hit {
    pub(crate) fn built(self, used_cache: bool, warnings: Vec<Diagnostic>) -> Built {
        let Self { entry, verified, looked } = self;
        Built {
            verified,
            request_key: entry.meta().request_key,
            folder: entry.path().to_owned(),
            meta: entry.meta().clone(),
            used_cache,
            warnings,
            witnesses: looked,
        }
    }
}
