//! A request with everything read that it names, and with every default decided.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use cache_key::{Abi, Digest, Language, ModuleName, Portable, RequestKey};
use cython_driver::{
    Header, Job, NumPyUse, PackageFiles, Place, Source, Stage as ArgumentStage, check_arguments, uses_native_cpu,
};
use fingerprint::{Interpreter, Python, Witnesses, processor};
use registry::Places;

use crate::{
    BuildRequest, Built, Error, LimitedApi, Profile, Settings,
    given::{Read, Support, name_of, read, read_file},
    paths::{Folders, Paths},
    profile::Preset,
    request::SourceText,
    watched::{is_fixed, stamps},
};

/// How the names of texts begin that were given none: in a package whose importer finds them by name, for who has only that.
const UNNAMED: &str = "pyxide.jit.pyxide_";

/// Directives that hold unless the source's header or the caller says otherwise.
const DEFAULT_DIRECTIVES: [(&str, &str); 2] = [("embedsignature", "True"), ("language_level", "3")];

/// A request that can be looked up or built.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) portable: Portable,
    pub(crate) digest: Digest,
    pub(crate) label: String,
    pub(crate) module: Option<ModuleName>,
    pub(crate) place: Option<Place>,
    pub(crate) support_files: Vec<(String, Digest)>,
    pub(crate) support_paths: Vec<(String, Digest)>,
    source: Source,
    job_directives: BTreeMap<String, String>,
    pub(crate) include_dirs: Vec<PathBuf>,
    library_dirs: Vec<PathBuf>,
    extra_sources: Vec<PathBuf>,
    extra_objects: Vec<PathBuf>,
    depends: Vec<PathBuf>,
    support: BTreeMap<String, Vec<u8>>,
    limited_api: Option<LimitedApi>,
    pub(crate) profile: Profile,
    /// What the request names, as it was before it was read.
    read: Option<Witnesses>,
    support_places: BTreeMap<String, PathBuf>,
    pub(crate) package_files: Arc<PackageFiles>,
}

impl Prepared {
    pub(crate) fn new(request: &BuildRequest, settings: &Settings, interpreter: &Interpreter) -> Result<Self, Error> {
        let source_stamp = stamps(request.source.path());
        let Read { label, bytes, place, syntax } = read(&request.source, called(request).as_deref())?;
        let source = Source::normalise(&bytes).map_err(|source| Error::Source { label: label.clone(), source })?;
        let header = Header::read(source.text());
        let module = module_name(request)?;
        let language = language(request, &header, &label)?;
        let allow_unsafe = request.allow_unsafe_flags || settings.allow_unsafe_flags;
        if !allow_unsafe {
            check_flags(request, &header, settings)?;
        }
        let paths = Paths::new(place.as_ref(), request.source.path());
        // The header's paths are relative to the source, the caller's to the working directory.
        let both = |header: &[String], given: &[PathBuf]| -> Vec<PathBuf> {
            let from_header = header.iter().map(|path| paths.beside_source(Path::new(path)));
            from_header.chain(given.iter().map(|path| paths.beside_caller(path))).collect()
        };
        let mut folders = Folders {
            include: both(&header.include_dirs, &request.include_dirs),
            library: both(&header.library_dirs, &request.library_dirs),
        };
        let mut lifted = |from: [&[String]; 3]| folders.lift_all(from, &paths);
        let extra_compile_args =
            lifted([&settings.compile_args, &header.extra_compile_args, &request.extra_compile_args])?;
        let extra_link_args = lifted([&settings.link_args, &header.extra_link_args, &request.extra_link_args])?;
        let Folders { include: include_dirs, library: library_dirs } = folders;
        let cpu = looks_at_processor(settings, language, [&extra_compile_args, &extra_link_args]);
        let extra_sources = both(&header.sources, &request.extra_sources);
        if let Some(path) = extra_sources.iter().find(|path| !is_compiled(path)) {
            return Err(Error::ExtraSource { path: path.clone() });
        }
        let in_key = |paths_: &[PathBuf]| paths_.iter().map(|path| paths.in_key(path)).collect::<Result<Vec<_>, _>>();

        let (extra_objects, depends) = (both(&header.extra_objects, &[]), both(&header.depends, &[]));
        let named = extra_sources.iter().chain(&request.support_paths).chain(&extra_objects).chain(&depends);
        let read = Witnesses::joined(source_stamp, stamps(named));
        let Support { files: support, places: support_places, given: support_files, by_path: support_paths } =
            Support::read(request)?;
        let extra_digests = extra_sources
            .iter()
            .chain(&extra_objects)
            .map(|path| Ok((paths.in_key(path)?, Digest::of(&read_file(path, "read the extra source")?))))
            .collect::<Result<_, Error>>()?;

        let preset = request.profile.preset();
        let directives = directives(request, &header, &preset);
        let merged: BTreeMap<_, _> = header.directives.clone().into_iter().chain(directives.clone()).collect();
        let define_macros = [preset.own_macros(), header.define_macros.clone(), request.define_macros.clone()].concat();

        // A link that is turned to another folder would be another build, with the files looked at as they were.
        let read = read.filter(|_| !paths.through_links.get());
        let annotate = request.annotate.unwrap_or(preset.annotate);
        let portable = Portable {
            abi: abi(request.limited_api, is_traced(&merged, &define_macros), interpreter)?,
            source: source.digest(),
            place: place
                .as_ref()
                .map(|place| Paths::text(cython_driver::relative(&place.project, &place.folder)))
                .transpose()?,
            module_name: module.clone(),
            syntax,
            language,
            directives: merged,
            include_dirs: in_key(&include_dirs)?,
            library_dirs: in_key(&library_dirs)?,
            libraries: [header.libraries.clone(), request.libraries.clone()].concat(),
            define_macros,
            code_generation: preset.code_generation.iter().map(|&word| word.to_owned()).collect(),
            extra_compile_args,
            extra_link_args,
            extra_sources: extra_digests,
            support_files: support_files.iter().chain(&support_paths).cloned().collect(),
            unsafe_flags: allow_unsafe,
            cpu,
            openmp: request.openmp,
            without_numpy: request.numpy == NumPyUse::Never,
            line_directives: request.line_directives.unwrap_or(preset.line_directives),
            annotate,
            // The page leads to the code.
            keep_c: request.keep_c.unwrap_or(preset.keep_c || annotate),
            salt: request.salt.clone().or_else(|| settings.salt.clone()),
        };
        Ok(Self {
            digest: portable.digest(),
            portable,
            label,
            module,
            place,
            support_files,
            support_paths,
            source,
            job_directives: directives,
            include_dirs,
            library_dirs,
            extra_sources,
            extra_objects,
            depends,
            support,
            limited_api: request.limited_api,
            profile: request.profile,
            read,
            support_places,
            package_files: request.package_files.clone(),
        })
    }

    /// The module's name: the one asked for, else one made from the key.
    pub(crate) fn module_name(&self, key: &RequestKey) -> Result<ModuleName, Error> {
        match &self.module {
            Some(name) => Ok(name.clone()),
            None => Ok(format!("{UNNAMED}{}", key.short()).parse()?),
        }
    }

    /// What to tell the driver.
    pub(crate) fn job(&self, key: &RequestKey) -> Result<Job, Error> {
        Ok(Job {
            module: self.module_name(key)?,
            source: self.source.clone(),
            label: self.label.clone(),
            place: self.place.clone(),
            syntax: self.portable.syntax,
            language: self.portable.language,
            directives: self.job_directives.clone(),
            include_dirs: self.include_dirs.clone(),
            library_dirs: self.library_dirs.clone(),
            libraries: self.portable.libraries.clone(),
            define_macros: self.portable.define_macros.clone(),
            code_generation: self.portable.code_generation.clone(),
            extra_compile_args: self.portable.extra_compile_args.clone(),
            extra_link_args: self.portable.extra_link_args.clone(),
            extra_sources: self.extra_sources.clone(),
            extra_objects: self.extra_objects.clone(),
            depends: self.depends.clone(),
            support_files: self.support.clone(),
            package_files: self.package_files.clone(),
            openmp: self.portable.openmp,
            limited_api: self.limited_api.map(LimitedApi::version),
            numpy: if self.portable.without_numpy { NumPyUse::Never } else { NumPyUse::WhenUsed },
            line_directives: self.portable.line_directives,
            annotate: self.portable.annotate,
            self_contained: self.portable.keep_c,
            artifact_suffix: self.portable.abi.extension_suffix.clone(),
            support_places: self.support_places.clone(),
        })
    }

    /// Where the names of dependencies lead today. `packages` are those of the interpreter.
    pub(crate) fn places<'a>(&'a self, python: &'a Python, packages: &'a BTreeMap<String, String>) -> Places<'a> {
        Places {
            is_fixed,
            prefix: &python.interpreter.prefix,
            source_folder: self.place.as_ref().map(|place| place.folder.as_path()),
            search_path: &python.interpreter.search_path,
            packages,
            package_files: self.package_files.digests(),
        }
    }

    /// The stamps of what the request itself names, before it was read, and of the artifact that came out.
    pub(crate) fn witnesses(&self, built: &Built) -> Option<Witnesses> {
        let mut witnesses = self.read.clone()?;
        witnesses.add(built.verified.path(), Some(built.verified.stamp()));
        Some(witnesses)
    }

    /// The normalised source.
    pub(crate) fn text(&self) -> &str {
        self.source.text()
    }
}

/// The name to compile for, if it does not follow from the key.
fn module_name(request: &BuildRequest) -> Result<Option<ModuleName>, Error> {
    Ok(match (&request.module_name, &request.source) {
        (Some(name), _) => Some(name.clone()),
        (None, SourceText::File(path)) => Some(name_of(path)?),
        (None, SourceText::Text(_)) => None,
    })
}

/// What a source that is text is called in messages. Which of a package's texts it is has to be said there; tracebacks lead
/// to its copy in the cache, whose lines can be shown.
fn called(request: &BuildRequest) -> Option<String> {
    let module = request.module_name.as_ref().filter(|_| !request.package_files.is_empty());
    request.label.clone().or_else(|| module.map(|name| format!("<{name}>")))
}

/// What Cython is told: the caller's directives, and the profile's and our own where neither the caller nor the header says anything.
fn directives(request: &BuildRequest, header: &Header, preset: &Preset) -> BTreeMap<String, String> {
    let mut directives: BTreeMap<String, String> = DEFAULT_DIRECTIVES
        .iter()
        .chain(preset.directives)
        .filter(|(name, _)| !header.directives.contains_key(*name))
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    directives.extend(request.directives.clone());
    directives
}

/// Whether calls or lines of the module are reported to profilers and tracers.
fn is_traced(directives: &BTreeMap<String, String>, macros: &[(String, Option<String>)]) -> bool {
    let is_wanted = |name: &str| directives.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let is_on = |(name, value): &(String, Option<String>)| {
        ["CYTHON_TRACE", "CYTHON_TRACE_NOGIL"].contains(&name.as_str()) && value.as_deref() != Some("0")
    };
    ["linetrace", "profile"].into_iter().any(is_wanted) && macros.iter().any(is_on)
}

/// The interface to build for.
fn abi(limited: Option<LimitedApi>, is_traced: bool, interpreter: &Interpreter) -> Result<Abi, Error> {
    let own = Abi::from(interpreter);
    let Some(floor) = limited.map(LimitedApi::version) else { return Ok(own) };
    let refused = |reason: String| Err(Error::LimitedApi { floor: format!("{}.{}", floor.0, floor.1), reason });
    if own.free_threaded {
        return refused("the interpreter is free-threaded, which has no limited API".into());
    }
    if is_traced {
        return refused("tracing needs more of the interpreter".into());
    }
    if floor > own.version {
        return refused(format!("the interpreter is Python {}.{}", own.version.0, own.version.1));
    }
    Ok(own.limited(floor))
}

/// Whether a compiler takes a file for a source.
fn is_compiled(path: &Path) -> bool {
    const SUFFIXES: [&str; 8] = ["c", "cc", "cpp", "cxx", "c++", "C", "s", "S"];
    path.extension().is_some_and(|suffix| SUFFIXES.iter().any(|known| suffix == *known))
}

/// This machine's processor, if one of the arguments has the compiler look at it.
fn looks_at_processor(settings: &Settings, language: Language, arguments: [&[String]; 2]) -> Option<String> {
    let command = match language {
        Language::C => settings.cc.as_deref(),
        Language::Cxx => settings.cxx.as_deref(),
    };
    let command: Vec<String> = command.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let looks = uses_native_cpu(&command) || arguments.into_iter().any(uses_native_cpu);
    looks.then(processor).flatten()
}

/// Refuses arguments that could do more than change how the module is compiled.
fn check_flags(request: &BuildRequest, header: &Header, settings: &Settings) -> Result<(), Error> {
    let libraries = |names: &[String]| names.iter().map(|name| format!("-l{name}")).collect::<Vec<_>>();
    let macros = |macros: &[(String, Option<String>)]| {
        let define = |(name, value): &(String, Option<String>)| match value {
            Some(value) => format!("-D{name}={value}"),
            None => format!("-D{name}"),
        };
        macros.iter().map(define).collect::<Vec<_>>()
    };
    let (compile, link) = (ArgumentStage::Compile, ArgumentStage::Link);
    let given: [(&'static str, &[String], ArgumentStage); 10] = [
        ("CFLAGS or CPPFLAGS", &settings.compile_args, compile),
        ("LDFLAGS", &settings.link_args, link),
        ("the source's extra_compile_args", &header.extra_compile_args, compile),
        ("the source's extra_link_args", &header.extra_link_args, link),
        ("the source's define_macros", &macros(&header.define_macros), compile),
        ("the source's libraries", &libraries(&header.libraries), link),
        ("extra_compile_args", &request.extra_compile_args, compile),
        ("extra_link_args", &request.extra_link_args, link),
        ("define_macros", &macros(&request.define_macros), compile),
        ("libraries", &libraries(&request.libraries), link),
    ];
    for (from, arguments, stage) in given {
        check_arguments(arguments, stage).map_err(|source| Error::Flag { from, source })?;
    }
    Ok(())
}

fn language(request: &BuildRequest, header: &Header, label: &str) -> Result<Language, Error> {
    if let Some(language) = request.language {
        return Ok(language);
    }
    match header.language.as_deref() {
        None => Ok(Language::C),
        Some(name) => match name.to_ascii_lowercase().as_str() {
            "c" => Ok(Language::C),
            "c++" | "cpp" => Ok(Language::Cxx),
            _ => Err(Error::Language { label: label.to_owned(), language: name.to_owned() }),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use fingerprint::{InterpreterQuery, SearchPath};
    use lock_dir::Wait;

    use super::*;

    fn settings() -> Settings {
        Settings {
            root: "/cache".into(),
            interpreter: InterpreterQuery { executable: "/python".into(), search_path: SearchPath::Given(vec![]) },
            path: OsString::new(),
            cc: None,
            cxx: None,
            launcher_environment: BTreeMap::new(),
            compile_args: vec!["-DFROM_CFLAGS".into()],
            link_args: vec!["-lfrom_ldflags".into()],
            salt: None,
            may_build: true,
            may_install_cython: true,
            wait: Wait::Forever,
            limit: None,
            memory: None,
            allow_unsafe_flags: false,
            durability: registry::Durability::Full,
            trust: registry::Trust::Strict,
            layers: vec![],
            layer_users: [].into(),
        }
    }

    fn interpreter() -> Interpreter {
        Interpreter {
            executable: "/python".into(),
            base_executable: "/python".into(),
            implementation: "cpython".into(),
            version: (3, 11),
            full_version: "3.11.7".into(),
            soabi: "cpython-311-x86_64-linux-gnu".into(),
            extension_suffix: ".cpython-311-x86_64-linux-gnu.so".into(),
            debug: false,
            free_threaded: false,
            platform: "linux-x86_64".into(),
            libc: "glibc 2.36".into(),
            abi_flags: vec![],
            include: vec![],
            has_headers: true,
            libpython: None,
            prefix: "/".into(),
            search_path: vec![],
        }
    }

    fn prepare(request: &BuildRequest) -> Result<Prepared, Error> {
        Prepared::new(request, &settings(), &interpreter())
    }

    fn project(folder: &Path) -> PathBuf {
        fs_err::create_dir_all(folder.join("src")).unwrap();
        fs_err::create_dir_all(folder.join("include")).unwrap();
        fs_err::write(folder.join("pyproject.toml"), "").unwrap();
        let file = folder.join("src/m.pyx");
        let header = "# cython: boundscheck=False, language_level=2\n# distutils: language = c++\n# distutils: include_dirs = ../include\n# distutils: libraries = z\n# distutils: extra_compile_args = -O1\n";
        fs_err::write(&file, format!("{header}def f(): pass\n")).unwrap();
        file
    }

    #[test]
    fn header_caller_and_environment_are_merged() {
        let folder = tempfile::tempdir().unwrap();
        let mut request = BuildRequest::file(project(folder.path()));
        request.directives = BTreeMap::from([("boundscheck".into(), "True".into())]);
        request.libraries = vec!["m".into()];
        request.extra_compile_args = vec!["-O3".into()];
        let prepared = prepare(&request).unwrap();
        let portable = &prepared.portable;
        assert_eq!(portable.module_name.as_ref().unwrap().as_str(), "m");
        assert_eq!(portable.language, Language::Cxx);
        assert_eq!(portable.libraries, ["z", "m"]);
        assert_eq!(portable.extra_compile_args, ["-DFROM_CFLAGS", "-O1", "-O3"]);
        assert_eq!(portable.extra_link_args, ["-lfrom_ldflags"]);
        assert_eq!(portable.include_dirs, ["../include"]);
        let directives: Vec<_> = portable.directives.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(directives, ["boundscheck=True", "embedsignature=True", "language_level=2"]);
        // Cython lets what it is told win over the header, so a default must not be told against it.
        assert!(!prepared.job_directives.contains_key("language_level"));
    }

    #[test]
    fn moving_the_project_changes_nothing() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let digest = |folder: &Path| {
            let mut request = BuildRequest::file(project(folder));
            request.include_dirs = vec![folder.join("include")];
            prepare(&request).unwrap().digest
        };
        assert_eq!(digest(here.path()), digest(there.path()));
        let mut outside = BuildRequest::file(project(here.path()));
        outside.include_dirs = vec![there.path().to_owned()];
        let prepared = prepare(&outside).unwrap();
        let expected = fs_err::canonicalize(there.path()).unwrap();
        assert_eq!(prepared.portable.include_dirs[1], expected.to_str().unwrap());
    }

    #[test]
    fn what_is_no_request_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs_err::write(&path, content).unwrap();
            path
        };
        let says = |request: &BuildRequest, words: &str| {
            let error = prepare(request).unwrap_err();
            let text =
                format!("{error}: {}", std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default());
            assert!(text.contains(words), "{text}");
            assert!(error.hint().is_some(), "{text}: no hint");
        };
        says(&BuildRequest::file(folder.path().join("gone.pyx")), "there is no file `");
        says(&BuildRequest::file(write("m.txt", b"")), "its name ends neither in `.pyx` nor in `.py`");
        says(&BuildRequest::file(write("my-mod.pyx", b"")), "`my-mod` is not a module name");
        says(&BuildRequest::file(write("a.b.pyx", b"")), "`a.b` is not a module name: it has a dot");
        says(&BuildRequest::file(write("latin.pyx", b"\xe9")), "the source is not UTF-8");
        says(&BuildRequest::text("# distutils: language = fortran\n"), "`<string>` asks for the language `fortran`");
        let mut twice = BuildRequest::text("");
        twice.support_files.insert("k.h".into(), vec![]);
        twice.support_paths = vec![write("k.h", b"")];
        says(&twice, "two support files are called `k.h`");
    }

    #[test]
    fn a_folder_is_not_read_as_a_source() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.pyx");
        fs_err::create_dir(&path).unwrap();
        let error = prepare(&BuildRequest::file(path)).unwrap_err();
        assert!(error.to_string().ends_with("m.pyx` is not a regular file"), "{error}");
    }
}
