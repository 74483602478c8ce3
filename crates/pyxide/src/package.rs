//! Several modules that are imported by one name.
//!
//! Each compiled module of a package is a build of its own with a dotted name, so that a change of one module builds that
//! one. What the modules may read from each other, declarations and the marks that make packages, is given to each build
//! as files by their paths from the package's root. What a build reads there, or looks for in vain, is a dependency as any
//! other, and all else is nothing to it: a change of `core.pxd` builds those again that cimport it.
//!
//! | given | becomes |
//! |---|---|
//! | a text, or a `.pyx` file | a compiled module |
//! | `__init__`, or `sub.__init__`, and any `.py` file | a module in Python, imported as it is |
//! | `core.pxd` beside the file of `core` | a declaration of the module `core` |
//! | a support file, such as `sub/core.pxd` | a file of the package, at that place; one in Python is a module, too |

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    path::PathBuf,
    sync::Arc,
    time::SystemTime,
};

use cache_key::{BuildKey, ModuleName};
use cython_driver::PackageFiles;
use registry::{NewPackage, Origin, PackageEntry, PackageMeta, PackageModule, PackagePath};

use crate::{
    BuildRequest, Built, Error, Patience, Session,
    circle::{self, Imports, Text, imports_among},
    given::{file_name, read_file},
    request::SourceText,
};

/// The name of a package's own module.
const INIT: &str = "__init__";

/// A package that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRequest {
    name: ModuleName,
    modules: BTreeMap<ModuleName, BuildRequest>,
    files: Arc<PackageFiles>,
}

/// A package whose modules can be loaded, and how it came about.
#[derive(Debug)]
pub struct BuiltPackage {
    /// What its entry says: its name, its key, what belongs to it.
    pub meta: PackageMeta,
    /// The entry's folder.
    pub folder: PathBuf,
    /// The compiled modules.
    pub modules: BTreeMap<ModuleName, Built>,
    /// The modules in Python.
    pub python: BTreeMap<ModuleName, PythonFile>,
    /// Whether nothing of it had to be built.
    pub used_cache: bool,
    /// Who imports whom of them, as far as their texts tell; empty for one that was found by its key.
    pub imports: BTreeMap<ModuleName, BTreeSet<ModuleName>>,
}

/// A module of a package that is written in Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonFile {
    /// Its text.
    pub content: Vec<u8>,
    /// Where it lies: a file of the user's, or one in the package's entry.
    pub place: Option<PathBuf>,
    /// Whether it is a package's own module.
    pub is_package: bool,
}

/// Why a package is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageFault {
    /// Nothing in it.
    #[error("no modules are given")]
    Empty,
    /// A name that no module can have.
    #[error(transparent)]
    Name(#[from] cache_key::Error),
    /// Two sources for one module.
    #[error("the module `{0}` is given twice")]
    Twice(String),
    /// A compiled module that is to hold others.
    #[error("`{0}` is a module, and others are given that would be inside it")]
    Both(ModuleName),
    /// A compiled `__init__`.
    #[error("`{0}` is to be compiled, and a package's own module is always Python")]
    CompiledInit(String),
    /// A support file that would lie elsewhere.
    #[error("a support file cannot be called `{0}`")]
    File(String),
    /// Two files at one place.
    #[error("two files are called `{0}`")]
    FileTwice(String),
}

impl PackageFault {
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "give at least one module, by its name below the package",
            Self::Name(_) => "use identifiers joined by dots, which are no keywords",
            Self::Twice(_) | Self::FileTwice(_) => "leave one of them out",
            Self::Both(_) => "rename it, or give it as `__init__` of that package, in Python",
            Self::CompiledInit(_) => "give it as a `.py` file, and let it import from a compiled module",
            Self::File(_) => {
                "use a relative path below the package, with slashes, of letters, digits, `.`, `_` and `-`"
            }
        }
    }
}

impl PackageRequest {
    /// A package with these sources, by their names below it. `options` says how each is built: its source and name are
    /// passed over, and its support files are files of the package, below its folder.
    ///
    /// # Errors
    /// [`Error::Package`] when they are no package, and as reading a file fails.
    pub fn new(
        name: ModuleName,
        sources: impl IntoIterator<Item = (String, SourceText)>,
        options: &BuildRequest,
    ) -> Result<Self, Error> {
        let mut plan = Plan { name, compiled: BTreeMap::new(), files: PackageFiles::default() };
        for (short, source) in sources {
            plan.add(&short, source)?;
        }
        for (path, content) in &options.support_files {
            plan.support(path, content.clone(), None)?;
        }
        for path in &options.support_paths {
            plan.support(&file_name(path), read_file(path, "read the support file")?, Some(path.clone()))?;
        }
        plan.finish(options)
    }

    /// Its name.
    pub fn name(&self) -> &ModuleName {
        &self.name
    }

    /// The compiled modules, and how they are built.
    pub fn modules(&self) -> &BTreeMap<ModuleName, BuildRequest> {
        &self.modules
    }

    /// The modules in Python.
    pub fn python(&self) -> BTreeMap<ModuleName, PythonFile> {
        let module = |(path, content): (&String, &Vec<u8>)| {
            let (name, is_package) = python_module(path)?;
            // The packages around this one are marked for Cython's sake, and belong to others.
            (name == self.name || is_inside(&name, &self.name)).then(|| {
                let place = self.files.places().get(path).cloned();
                (name, PythonFile { content: content.clone(), place, is_package })
            })
        };
        self.files.iter().filter_map(module).collect()
    }

    /// Who imports whom, as far as the texts tell.
    fn imports(&self) -> Imports {
        let mut texts: Vec<Text> = vec![];
        for (name, request) in &self.modules {
            let content = match &request.source {
                SourceText::Text(text) => text.clone(),
                SourceText::File(path) => fs_err::read_to_string(path).unwrap_or_default(),
            };
            texts.push(Text { module: name.clone(), content, is_package: false });
            let declarations = self.files.content(&path_of(name, "pxd"));
            let declarations = declarations.map(|text| String::from_utf8_lossy(text).into_owned());
            texts.extend(declarations.map(|content| Text { module: name.clone(), content, is_package: false }));
        }
        for (name, PythonFile { content, is_package, .. }) in self.python() {
            let content = String::from_utf8_lossy(&content).into_owned();
            texts.push(Text { module: name, content, is_package });
        }
        imports_among(&texts)
    }
}

impl BuiltPackage {
    /// Modules that import each other in a circle, if there are any: each imports the next, and the last the first.
    pub fn circle(&self) -> Vec<ModuleName> {
        circle::find(&self.imports)
    }
}

impl Session {
    /// The package that is asked for, with at most so many builds under way at a time. Nothing of it is loaded.
    ///
    /// # Errors
    /// [`Error::PackageFailed`] with each module that could not be built; an earlier build of the package stays as it is.
    pub fn build_package(
        &self,
        request: &PackageRequest,
        jobs: NonZero<usize>,
        patience: &Patience<'_>,
    ) -> Result<BuiltPackage, Error> {
        let requests: Vec<BuildRequest> = request.modules.values().cloned().collect();
        let results = self.build_many(&requests, jobs, patience);
        let (mut modules, mut failures) = (BTreeMap::new(), vec![]);
        for (name, result) in request.modules.keys().zip(results) {
            match result {
                Ok(built) => {
                    modules.insert(name.clone(), built);
                }
                Err(error @ Error::Build(cython_driver::Error::Cancelled)) => return Err(error),
                Err(error) => failures.push((name.clone(), error)),
            }
        }
        let imports = request.imports();
        if !failures.is_empty() {
            let (package, circle) = (request.name.clone(), circle::find(&imports));
            return Err(Error::PackageFailed { package, of: requests.len(), failures, circle });
        }
        let package = self.publish(request, &modules)?;
        let mut python = request.python();
        place(&mut python, &package);
        let used_cache = modules.values().all(|built| built.used_cache);
        Ok(BuiltPackage {
            folder: package.path().to_owned(),
            meta: package.meta().clone(),
            modules,
            python,
            used_cache,
            imports,
        })
    }

    /// The cached package with this key.
    ///
    /// # Errors
    /// [`Error::NoEntry`]; [`Error::NotAPackage`] for the key of a module; [`Error::Registry`] when it is damaged or a
    /// module of it is missing; [`Error::Load`] when it is for another interpreter.
    pub fn cached_package(&self, key: &BuildKey) -> Result<BuiltPackage, Error> {
        let Some(package) = self.package(key)? else {
            return Err(match self.entry(key)? {
                Some(entry) => Error::NotAPackage { key: *key, module: entry.meta().module_name.clone() },
                None => Error::NoEntry { key: *key },
            });
        };
        self.check_modules(&package)?;
        let modules = package.meta().modules.iter().map(|module| Ok((module.name.clone(), self.cached(&module.key)?)));
        let modules = modules.collect::<Result<BTreeMap<_, _>, Error>>()?;
        let mut python = BTreeMap::new();
        for file in &package.meta().files {
            let Some((name, is_package)) = python_module(file.path.as_str()) else { continue };
            python.insert(name, PythonFile { content: package.read_file(file)?, place: None, is_package });
        }
        place(&mut python, &package);
        package.record_use(SystemTime::now());
        let (folder, meta) = (package.path().to_owned(), package.meta().clone());
        Ok(BuiltPackage { folder, meta, modules, python, used_cache: true, imports: Imports::new() })
    }

    /// Names all modules of a package that are missing, before the first is read.
    fn check_modules(&self, package: &PackageEntry) -> Result<(), Error> {
        let mut missing = vec![];
        for module in &package.meta().modules {
            if self.entry(&module.key)?.is_none() {
                missing.push(module.name.clone());
            }
        }
        let PackageMeta { key, package_name: name, .. } = package.meta().clone();
        if missing.is_empty() { Ok(()) } else { Err(registry::Error::IncompletePackage { key, name, missing }.into()) }
    }

    /// Publishes a package whose modules are there.
    fn publish(&self, request: &PackageRequest, modules: &BTreeMap<ModuleName, Built>) -> Result<PackageEntry, Error> {
        let refers =
            |(name, built): (&ModuleName, &Built)| PackageModule { name: name.clone(), key: *built.verified.key() };
        let files = request.python().into_iter().map(|(name, file)| {
            let path: PackagePath = python_path(&name, file.is_package).parse()?;
            Ok((path, file.content))
        });
        let files = files.collect::<Result<BTreeMap<_, _>, registry::Error>>()?;
        let package = NewPackage {
            name: &request.name,
            modules: &modules.iter().map(refers).collect::<Vec<_>>(),
            files: &files,
            fingerprint: modules.values().next().map(|built| built.meta.fingerprint.clone()).unwrap_or_default(),
            origin: Origin::Built,
        };
        // One that is there is one that is right, and asking costs no lock.
        if let Ok(Some(there)) = self.package(&package.key())
            && there.meta().files.iter().all(|file| there.read_file(file).is_ok())
        {
            there.record_use(SystemTime::now());
            return Ok(there);
        }
        let is_elsewhere = |built: &&Built| built.folder != self.registry.layout().entry(built.verified.key());
        let elsewhere = modules.values().filter(is_elsewhere).map(|built| *built.verified.key()).collect();
        Ok(self.registry.publish_package_beside(&package, &elsewhere)?)
    }
}

/// Says where modules in Python lie that have no file of the user's: in the package's entry.
fn place(python: &mut BTreeMap<ModuleName, PythonFile>, package: &PackageEntry) {
    for file in &package.meta().files {
        let module = python_module(file.path.as_str()).and_then(|(name, _)| python.get_mut(&name));
        if let Some(module) = module.filter(|module| module.place.is_none()) {
            module.place = Some(package.file_path(&file.path));
        }
    }
}

/// A package that is being understood.
struct Plan {
    name: ModuleName,
    compiled: BTreeMap<ModuleName, SourceText>,
    files: PackageFiles,
}

impl Plan {
    fn refused(&self, fault: impl Into<PackageFault>) -> Error {
        Error::Package { package: self.name.to_string(), source: fault.into() }
    }

    fn add(&mut self, short: &str, source: SourceText) -> Result<(), Error> {
        let is_python = matches!(&source, SourceText::File(path) if path.extension().is_some_and(|it| it == "py"));
        let (outer, last) = short.rsplit_once('.').map_or(("", short), |(outer, last)| (outer, last));
        let is_init = last == INIT;
        if is_init && !is_python && source.path().is_some() {
            return Err(self.refused(PackageFault::CompiledInit(short.to_owned())));
        }
        let inside = if is_init { outer } else { short };
        let full = if inside.is_empty() && is_init { self.name.to_string() } else { format!("{}.{inside}", self.name) };
        let full: ModuleName = full.parse().map_err(|error| self.refused(PackageFault::Name(error)))?;
        if is_python || is_init {
            let (content, place) = match source {
                SourceText::Text(text) => (text.into_bytes(), None),
                SourceText::File(path) => (read_file(&path, "read the module")?, Some(path)),
            };
            return self.file(&python_path(&full, is_init), content, place);
        }
        // Its declarations lie beside it, whatever the name that it is given here.
        if let SourceText::File(path) = &source {
            let beside = path.with_extension("pxd");
            if beside.is_file() {
                let content = read_file(&beside, "read the declarations")?;
                self.file(&path_of(&full, "pxd"), content, Some(beside))?;
            }
        }
        match self.compiled.insert(full, source) {
            Some(_) => Err(self.refused(PackageFault::Twice(short.to_owned()))),
            None => Ok(()),
        }
    }

    fn support(&mut self, path: &str, content: Vec<u8>, place: Option<PathBuf>) -> Result<(), Error> {
        let is_plain = |part: &str| {
            let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !part.is_empty() && part.len() <= 200 && part.bytes().all(letters) && !part.starts_with(['.', '-'])
        };
        let is_source = [".pyx", ".so", ".pyc"].iter().any(|suffix| path.ends_with(suffix));
        if is_source || path.split('/').count() > 8 || !path.split('/').all(is_plain) {
            return Err(self.refused(PackageFault::File(path.to_owned())));
        }
        self.file(&format!("{}/{path}", folder_of(&self.name)), content, place)
    }

    fn file(&mut self, path: &str, content: Vec<u8>, place: Option<PathBuf>) -> Result<(), Error> {
        if self.files.content(path).is_some() {
            return Err(self.refused(PackageFault::FileTwice(path.to_owned())));
        }
        self.files.insert(path, content, place);
        Ok(())
    }

    fn finish(mut self, options: &BuildRequest) -> Result<PackageRequest, Error> {
        let in_python: Vec<_> = self.files.iter().filter_map(|(path, _)| python_module(path)).collect();
        let python: BTreeSet<ModuleName> = in_python.iter().map(|(name, _)| name.clone()).collect();
        if self.compiled.is_empty() && python.is_empty() {
            return Err(self.refused(PackageFault::Empty));
        }
        if let Some(twice) = self.compiled.keys().find(|name| python.contains(name)) {
            return Err(self.refused(PackageFault::Twice(twice.to_string())));
        }
        let all: Vec<&ModuleName> = self.compiled.keys().chain(&python).collect();
        let holds = |name: &&ModuleName| all.iter().any(|other| is_inside(other, name));
        let plain = in_python.iter().filter(|(_, is_package)| !is_package).map(|(name, _)| name);
        if let Some(both) = self.compiled.keys().chain(plain).find(holds) {
            return Err(self.refused(PackageFault::Both(both.clone())));
        }
        // Each package has a mark, the ones around this one for Cython's sake alone.
        let packages: BTreeSet<String> = all
            .iter()
            .flat_map(|name| name.as_str().match_indices('.').map(|(at, _)| name.as_str()[..at].to_owned()))
            .chain([self.name.to_string()])
            .chain(self.name.as_str().match_indices('.').map(|(at, _)| self.name.as_str()[..at].to_owned()))
            .collect();
        for package in packages {
            let folder = package.replace('.', "/");
            let mark = format!("{folder}/{INIT}.py");
            if self.files.content(&mark).is_none() {
                self.files.insert(&mark, vec![], None);
            }
        }
        let files = Arc::new(self.files);
        let request = |(name, source): (ModuleName, SourceText)| {
            let request = BuildRequest {
                source,
                module_name: Some(name.clone()),
                support_files: BTreeMap::new(),
                support_paths: vec![],
                package_files: files.clone(),
                ..options.clone()
            };
            (name, request)
        };
        let modules = self.compiled.into_iter().map(request).collect();
        Ok(PackageRequest { name: self.name, modules, files: files.clone() })
    }
}

/// Whether a module is below another one.
fn is_inside(name: &ModuleName, outer: &ModuleName) -> bool {
    name.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('.'))
}

fn folder_of(package: &ModuleName) -> String {
    package.as_str().replace('.', "/")
}

/// Where a file of a module lies, such as `mypkg/sub/core.pxd`.
fn path_of(name: &ModuleName, suffix: &str) -> String {
    format!("{}.{suffix}", folder_of(name))
}

/// Where a module in Python lies.
fn python_path(name: &ModuleName, is_package: bool) -> String {
    if is_package { format!("{}/{INIT}.py", folder_of(name)) } else { path_of(name, "py") }
}

/// The module that a file is, if it is one in Python, and whether it is a package's own.
fn python_module(path: &str) -> Option<(ModuleName, bool)> {
    let name = path.strip_suffix(".py")?.replace('/', ".");
    let (name, is_package) = match name.strip_suffix(&format!(".{INIT}")) {
        Some(package) => (package, true),
        None => (name.as_str(), false),
    };
    Some((name.parse().ok()?, is_package))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(sources: &[(&str, &str)], files: &[(&str, &str)]) -> Result<PackageRequest, Error> {
        let mut options = BuildRequest::text("");
        options.support_files =
            files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
        let sources = sources.iter().map(|(name, text)| ((*name).to_owned(), SourceText::Text((*text).to_owned())));
        PackageRequest::new("my.pkg".parse().unwrap(), sources, &options)
    }

    fn shown(package: &PackageRequest) -> [String; 3] {
        let names = |names: Vec<&ModuleName>| names.into_iter().map(ModuleName::as_str).collect::<Vec<_>>().join(" ");
        let python = package.python();
        let files: Vec<&str> = package.files.digests().keys().map(String::as_str).collect();
        [names(package.modules.keys().collect()), names(python.keys().collect()), files.join(" ")]
    }

    #[test]
    fn modules_are_compiled_and_packages_are_python() {
        let package = plan(
            &[("core", "x"), ("sub.deep", "y"), ("__init__", "from . import core"), ("other.__init__", "z = 1")],
            &[("core.pxd", ""), ("sub/k.h", ""), ("tool.py", "")],
        );
        assert_eq!(
            shown(&package.unwrap()),
            [
                "my.pkg.core my.pkg.sub.deep",
                "my.pkg my.pkg.other my.pkg.sub my.pkg.tool",
                "my/__init__.py my/pkg/__init__.py my/pkg/core.pxd my/pkg/other/__init__.py my/pkg/sub/__init__.py my/pkg/sub/k.h my/pkg/tool.py",
            ]
        );
    }

    #[test]
    fn each_module_is_a_request_of_its_own_with_all_files() {
        let package = plan(&[("a", "x = 1"), ("b", "y = 2")], &[("a.pxd", "")]).unwrap();
        for (name, request) in &package.modules {
            assert_eq!(request.module_name.as_ref(), Some(name));
            assert!(request.support_files.is_empty() && request.package_files == package.files);
        }
    }

    #[test]
    fn declarations_lie_beside_the_file_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs_err::write(&path, name).unwrap();
            path
        };
        let (source, declarations, init) = (write("core_impl.pyx"), write("core_impl.pxd"), write("__init__.py"));
        let sources = [("core", source), ("__init__", init)];
        let sources = sources.map(|(name, path)| (name.to_owned(), SourceText::File(path)));
        let package = PackageRequest::new("pkg".parse().unwrap(), sources, &BuildRequest::text("")).unwrap();
        assert_eq!(shown(&package), ["pkg.core", "pkg", "pkg/__init__.py pkg/core.pxd"]);
        assert_eq!(package.files.places()["pkg/core.pxd"], declarations);
        assert_eq!(package.python().values().next().unwrap().content, b"__init__.py");
    }

    #[test]
    fn what_is_no_package_is_refused_by_name() {
        let refused = |sources: &[(&str, &str)], files: &[(&str, &str)]| match plan(sources, files).unwrap_err() {
            Error::Package { source, .. } => source.to_string(),
            other => panic!("{other}"),
        };
        assert_eq!(refused(&[], &[]), "no modules are given");
        assert_eq!(refused(&[], &[("a.pxd", "")]), "no modules are given");
        assert_eq!(refused(&[("a-b", "")], &[]), "`my.pkg.a-b` is not a module name: it is not a Python identifier");
        assert_eq!(refused(&[("a", ""), ("a", "")], &[]), "the module `a` is given twice");
        assert_eq!(refused(&[("a", "")], &[("a.py", "")]), "the module `my.pkg.a` is given twice");
        assert_eq!(refused(&[("a", "")], &[("a/__init__.py", "")]), "the module `my.pkg.a` is given twice");
        let both = "`my.pkg.a` is a module, and others are given that would be inside it";
        assert_eq!(refused(&[("a", ""), ("a.b", "")], &[]), both);
        assert_eq!(refused(&[("a.b", "")], &[("a.py", "")]), both);
        for name in ["", "..", "../a.pxd", "/a.pxd", "a//b.pxd", "a.pyx", "a b.pxd", ".hidden", "a\\b.pxd"] {
            assert_eq!(refused(&[("a", "")], &[(name, "")]), format!("a support file cannot be called `{name}`"));
        }
    }
}
