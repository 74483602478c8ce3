//! One build: translate, compile, and tell what was read.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fingerprint::NumPy;

use crate::{
    Command, Diagnostic, Error, Failure, Found, Job, Patience, Phase, Severity, Tools, Worker, Workspace,
    dependencies::Collector,
    depfile,
    diagnostics::Reader,
    includes::SearchPath,
    plan::{self, Names},
    worker::Ended,
};

/// What a build gave.
#[derive(Debug)]
pub struct Product {
    /// The extension module, in the workspace.
    pub artifact: PathBuf,
    /// What was read and looked for.
    pub found: Vec<Found>,
    /// What the tools remarked.
    pub warnings: Vec<Diagnostic>,
    /// How long Cython took.
    pub cython_time: Duration,
    /// How long the compiler and its linker took.
    pub compiler_time: Duration,
}

/// Builds `job` in an empty workspace. `phase` is told what begins.
///
/// # Errors
/// [`Error::Failed`] with everything the tools complained about; [`Error::Cancelled`] and [`Error::TimedOut`] end the tools first.
pub fn build(
    worker: &Worker,
    job: &Job,
    tools: &Tools<'_>,
    workspace: &Workspace,
    patience: &Patience<'_>,
    phase: &dyn Fn(Phase),
) -> Result<Product, Error> {
    let names = Names::new(job, &tools.python.interpreter.extension_suffix)?;
    let work = workspace.work();
    lay_out(job, &names, workspace).map_err(|source| Error::Io { action: "prepare the build", source })?;
    let mut reader = Reader { job, names: &names, work: &work, included: vec![] };
    let mut collector = Collector::new(job, &names, tools, work.clone());

    phase(Phase::Cython);
    let started = Instant::now();
    let mut warnings = transpile(worker, job, &names, &work, patience, &mut reader, &mut collector)?;
    let cython_time = started.elapsed();

    phase(Phase::Compiler);
    let started = Instant::now();
    let numpy = tools.numpy().filter(|_| collector.uses_numpy());
    let (depfiles, search) =
        match compile(worker, job, &names, tools, numpy, workspace, patience, &reader, &mut warnings) {
            // A header of NumPy's may be wanted without a `cimport numpy`.
            Err(Error::Failed(failure)) if numpy.is_none() && wants_numpy(&failure) => match tools.numpy() {
                numpy @ Some(_) => {
                    compile(worker, job, &names, tools, numpy, workspace, patience, &reader, &mut warnings)?
                }
                None => return Err(Error::Failed(Box::new(without_numpy(*failure, tools)))),
            },
            other => other?,
        };
    let compiler_time = started.elapsed();
    for (index, depfile) in depfiles.iter().enumerate() {
        // An assembler source that is not preprocessed has none.
        match fs_err::read_to_string(work.join(depfile)) {
            Ok(text) => collector.compiler_reads(&text, &search)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Io { action: "read the compiler's dependencies", source }),
        }
        if let Ok(text) = fs_err::read_to_string(work.join(plan::assembler_depfile(index))) {
            collector.assembler_reads(&depfile::names(&text))?;
        }
    }
    collector.linker_reads(fs_err::read_to_string(work.join(plan::LINK_DEPFILE)).ok().as_deref())?;
    collector.chosen_linker()?;
    collector.named_in_arguments()?;
    Ok(Product {
        artifact: work.join(&names.artifact),
        found: collector.finish(),
        warnings,
        cython_time,
        compiler_time,
    })
}

/// Writes the source and its support files and makes the links.
fn lay_out(job: &Job, names: &Names, workspace: &Workspace) -> std::io::Result<()> {
    let work = workspace.work();
    fs_err::create_dir(&work)?;
    fs_err::create_dir(workspace.temporary())?;
    fs_err::write(work.join(&names.source), job.source.text())?;
    for (name, content) in &job.support_files {
        fs_err::write(work.join(name), content)?;
    }
    for (name, folder) in &names.links {
        fs_err::os::unix::fs::symlink(folder, work.join(name))?;
    }
    Ok(())
}

fn transpile(
    worker: &Worker,
    job: &Job,
    names: &Names,
    work: &Path,
    patience: &Patience<'_>,
    reader: &mut Reader<'_>,
    collector: &mut Collector<'_>,
) -> Result<Vec<Diagnostic>, Error> {
    let ended = worker.transpile(&plan::transpile(job, names), work, patience)?;
    let mut warnings = reader.cython_warnings(&ended.output);
    let Some(report) = &ended.report else {
        return Err(failed(Phase::Cython, &ended, vec![], None));
    };
    if !report.ok {
        let errors = report.diagnostics.iter().map(|complaint| {
            let file = complaint.file.as_deref();
            reader.diagnostic(Severity::Error, file, complaint.line, complaint.column, &complaint.message)
        });
        return Err(failed(Phase::Cython, &ended, errors.chain(warnings).collect(), None));
    }
    for name in &report.unknown {
        let message = format!("unknown directive '{name}' in the header, which Cython passes over");
        warnings.push(reader.diagnostic(Severity::Warning, Some(&names.source), None, None, &message));
    }
    reader.included = report
        .reads
        .iter()
        .filter(|name| !Path::new(name).is_absolute())
        .filter_map(|name| Some((name.clone(), fs_err::read_to_string(work.join(name)).ok()?)))
        .collect();
    collector.cython_reads(&report.reads)?;
    collector.cython_looks(&report.looks)?;
    Ok(warnings)
}

/// Runs the compiler, and tells which dependency files it wrote and where it looked for includes.
#[expect(clippy::too_many_arguments, reason = "the parts of one build, which `build` has taken apart")]
fn compile(
    worker: &Worker,
    job: &Job,
    names: &Names,
    tools: &Tools<'_>,
    numpy: Option<&NumPy>,
    workspace: &Workspace,
    patience: &Patience<'_>,
    reader: &Reader<'_>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(Vec<String>, SearchPath), Error> {
    let (commands, depfiles) = plan::compile(job, names, tools, numpy, workspace)?;
    for command in &commands {
        let ended = worker.execute(command, &workspace.work(), patience)?;
        let diagnostics = reader.compiler(&ended.output);
        if ended.code != 0 {
            return Err(failed(Phase::Compiler, &ended, diagnostics, Some(command)));
        }
        warnings.extend(diagnostics);
    }
    // The first command compiles, and further ones search the same folders.
    let search = commands
        .first()
        .map(|command| SearchPath::of(&command.arguments, &tools.compiler.include_dirs))
        .unwrap_or_default();
    Ok((depfiles, search))
}

fn failed(phase: Phase, ended: &Ended, diagnostics: Vec<Diagnostic>, command: Option<&Command>) -> Error {
    let command = command.map(|command| std::iter::once(&command.program).chain(&command.arguments).cloned().collect());
    let hint = hint(&ended.output);
    Error::Failed(Box::new(Failure {
        phase,
        diagnostics,
        command: command.unwrap_or_default(),
        status: ended.status(),
        output: ended.output.clone(),
        hint,
    }))
}

fn hint(output: &str) -> Option<String> {
    if output.contains("Python.h: No such file") || output.contains("'Python.h' file not found") {
        return Some("install the interpreter's C headers (Debian: `python3-dev`, Fedora: `python3-devel`), or use another with `--python`".into());
    }
    let tells = |marks: &[&str]| marks.iter().any(|mark| output.contains(mark));
    if tells(&[
        "out of memory",
        "virtual memory exhausted",
        "memory exhausted",
        "MemoryError",
        "Cannot allocate memory",
    ]) {
        return Some("allow the build more memory (PYXIDE_BUILD_MEMORY, in MiB), or make it smaller".into());
    }
    if tells(&["No space left on device", "Disk quota exceeded"]) {
        return Some("free some space in the cache's folder, or choose another with PYXIDE_CACHE_DIR".into());
    }
    // The first one is what the user has to do something about.
    let missing =
        |mark: &str| output.lines().find_map(|line| line.split_once(mark)).map(|(before, _)| before.to_owned());
    if let Some(line) = missing(": No such file or directory").filter(|line| line.contains("fatal error: ")) {
        let header = line.rsplit("fatal error: ").next().unwrap_or_default();
        return Some(format!(
            "name the folder of `{header}` among the include dirs (`-I`), or install the package that has it"
        ));
    }
    if output.contains("cannot find -l") || output.contains("unable to find library") {
        return Some(
            "name the library's folder among the library dirs (`-L`), or install its development package".into(),
        );
    }
    None
}

fn wants_numpy(failure: &Failure) -> bool {
    failure.output.contains("numpy/arrayobject.h") || failure.output.contains("numpy/ndarrayobject.h")
}

fn without_numpy(failure: Failure, tools: &Tools<'_>) -> Failure {
    let python = tools.python.interpreter.executable.display();
    Failure {
        hint: Some(format!("the module uses NumPy, which is not installed: `{python} -m pip install numpy`")),
        ..failure
    }
}
