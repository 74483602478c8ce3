//! `pyxide build`

use std::{
    num::NonZero,
    path::{Path, PathBuf},
    thread,
};

use pyxide::{Build, BuildRequest, Built, Error, Language, Patience, Session};
use serde_json::json;

use crate::{
    INTERRUPTED, SUCCESS,
    args::{self, BuildOptions},
    exit,
    report::Report,
    signals::Signals,
};

/// Builds each file, several at a time. One that fails does not keep the others from being built.
pub(crate) fn build(
    session: &Session,
    report: &Report,
    signals: &Signals,
    files: &[PathBuf],
    jobs: Option<NonZero<usize>>,
    warnings: bool,
    options: &BuildOptions,
) -> Result<u8, Error> {
    let (observe, cancelled) = (|event| report.event(event), || report.is_cancelled(signals));
    let patience = Patience { observe: &observe, cancelled: &cancelled };
    let jobs = jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN);
    let requests = files.iter().map(|file| request(file, options)).collect::<Result<Vec<_>, _>>()?;
    report.expect(requests.len());
    let mut worst = SUCCESS;
    let mut files = files.iter();
    session.build_each(&requests, jobs, &patience, |_, result| {
        let Some(file) = files.next().filter(|_| worst != INTERRUPTED) else { return };
        match result {
            Ok(built) => tell(report, file, &built, warnings),
            Err(error) => {
                let (status, kind) = exit::code(&error);
                report.error(kind, &error, Some(file));
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

fn tell(report: &Report, file: &Path, built: &Built, warnings: bool) {
    report.remarks(built, warnings);
    report.line(&built.verified.path().display().to_string());
    report.object(
        "built",
        json!({
            "file": file,
            "module": built.verified.module(),
            "key": built.verified.key(),
            "artifact": built.verified.path(),
            "annotation": built.annotation(),
            "generated": built.generated(),
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
