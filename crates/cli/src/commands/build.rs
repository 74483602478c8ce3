//! `pyxide build`

use std::{
    num::NonZero,
    path::{Path, PathBuf},
    thread,
};

use pyxide::{
    Build, BuildRequest, Built, Error, FoundSource, Language, ModuleName, PackageRequest, Patience, Session, sources_in,
};
use serde_json::json;

use crate::{
    INTERRUPTED, SUCCESS,
    args::{self, BuildOptions},
    exit,
    report::{Report, text},
    signals::Signals,
};

/// What holds for all that is built.
pub(crate) struct How<'a> {
    /// How many at a time.
    pub(crate) jobs: Option<NonZero<usize>>,
    /// Whether to show the remarks on what is in the cache, too.
    pub(crate) warnings: bool,
    pub(crate) options: &'a BuildOptions,
}

impl How<'_> {
    fn jobs(&self) -> NonZero<usize> {
        self.jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN)
    }
}

/// The files that are given, and those in the folders that are given.
pub(crate) fn sources(files: &[PathBuf], pattern: &str, recursive: bool) -> Result<Vec<FoundSource>, Error> {
    let mut found = vec![];
    for file in files {
        if file.is_dir() {
            found.extend(sources_in(file, pattern, recursive)?);
        } else {
            found.push(FoundSource { name: file.display().to_string(), path: file.clone(), module_name: None });
        }
    }
    Ok(found)
}

/// Builds each file, several at a time. One that fails does not keep the others from being built.
pub(crate) fn build(
    session: &Session,
    report: &Report,
    signals: &Signals,
    files: &[FoundSource],
    how: &How<'_>,
) -> Result<u8, Error> {
    let (observe, cancelled) = (|event| report.event(event), || report.is_cancelled(signals));
    let patience = Patience { observe: &observe, cancelled: &cancelled };
    let requests =
        files.iter().map(|file| file.request(&request(&file.path, how.options)?)).collect::<Result<Vec<_>, _>>()?;
    report.expect(requests.len());
    let mut worst = SUCCESS;
    let mut files = files.iter();
    session.build_each(&requests, how.jobs(), &patience, |_, result| {
        let Some(file) = files.next().filter(|_| worst != INTERRUPTED) else { return };
        match result {
            Ok(built) => tell(report, Some(&file.path), &built, how.warnings),
            Err(error) => {
                let (status, kind) = exit::code(&error);
                report.error(kind, &error, Some(&file.path));
                // The first failure decides.
                if worst == SUCCESS || status == INTERRUPTED {
                    worst = status;
                }
            }
        }
    });
    report.end_progress();
    Ok(worst)
}

/// Builds the package that lies in a folder. All its modules' errors are told.
pub(crate) fn build_package(
    session: &Session,
    report: &Report,
    signals: &Signals,
    name: &ModuleName,
    files: &[PathBuf],
    how: &How<'_>,
) -> Result<u8, Error> {
    let [folder] = files else { return Err(Error::NotOneFolder { package: name.clone(), given: files.len() }) };
    let (observe, cancelled) = (|event| report.event(event), || report.is_cancelled(signals));
    let patience = Patience { observe: &observe, cancelled: &cancelled };
    let request = PackageRequest::in_folder(name.clone(), folder, &request(folder, how.options)?)?;
    report.expect(request.modules().len());
    let result = session.build_package(&request, how.jobs(), &patience);
    report.end_progress();
    let place = |module: &ModuleName| request.modules().get(module).and_then(|module| module.source.path());
    let package = match result {
        Ok(package) => package,
        Err(Error::PackageFailed { failures, .. }) => {
            let mut status = SUCCESS;
            for (module, error) in &failures {
                let (code, kind) = exit::code(error);
                report.error(kind, error, place(module).map(PathBuf::as_path));
                // The first failure decides.
                status = if status == SUCCESS { code } else { status };
            }
            return Ok(status);
        }
        Err(error) => return Err(error),
    };
    for (module, built) in &package.modules {
        tell(report, place(module).map(PathBuf::as_path), built, how.warnings);
    }
    report.object(
        "package",
        json!({
            "package": package.meta.package_name,
            "key": package.meta.key,
            "build_dir": text(&package.folder),
            "modules": package.modules.keys().collect::<Vec<_>>(),
            "python": package.python.keys().collect::<Vec<_>>(),
            "used_cache": package.used_cache,
        }),
    );
    Ok(SUCCESS)
}

fn tell(report: &Report, file: Option<&Path>, built: &Built, warnings: bool) {
    report.remarks(built, warnings);
    report.line(&built.verified.path().display().to_string());
    report.object(
        "built",
        json!({
            "file": file.map(text),
            "module": built.verified.module(),
            "key": built.verified.key(),
            "artifact": text(built.verified.path()),
            "annotation": built.annotation().as_deref().map(text),
            "generated": built.generated().as_deref().map(text),
            "used_cache": built.used_cache,
            "freethreading_compatible": built.is_freethreading_compatible(),
            "warnings": built.warnings,
            "remarks": built.meta.warnings,
        }),
    );
}

/// What the options ask for.
pub(crate) fn request(file: &Path, options: &BuildOptions) -> Result<BuildRequest, Error> {
    let mut request = BuildRequest::file(file);
    request.language = options.language.map(|language| match language {
        args::Language::C => Language::C,
        args::Language::Cxx => Language::Cxx,
    });
    request.directives = options.directive.iter().cloned().collect();
    request.include_dirs.clone_from(&options.include_dir);
    request.library_dirs.clone_from(&options.library_dir);
    request.libraries.clone_from(&options.library);
    request.define_macros = options
        .define
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text.clone(), None),
        })
        .collect();
    request.extra_compile_args.clone_from(&options.compile_arg);
    request.extra_link_args.clone_from(&options.link_arg);
    request.allow_unsafe_flags = options.allow_unsafe_flags;
    request.profile = options.profile.parse()?;
    request.openmp = options.openmp;
    request.limited_api = options.limited_api.as_deref().map(str::parse).transpose()?;
    request.annotate = options.annotate.then_some(true);
    request.line_directives = options.line_directives.then_some(true);
    request.keep_c = options.keep_c.then_some(true);
    request.build = if options.force { Build::Always } else { Build::WhenNeeded };
    Ok(request)
}
