//! One build: translate, compile, and tell what was read.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use fingerprint::{Language, NumPy};

use crate::{
    Command, Diagnostic, Error, Failure, Found, Header, Job, Lack, NumPyUse, Patience, Phase, Severity, Tools, Worker,
    Workspace,
    c_location::name_of_missing_header,
    complaints::Place,
    dependencies::Collector,
    depfile,
    includes::SearchPath,
    linker,
    plan::{self, LinkedWith, Memoryviews, Names},
    process::TICK,
    reader::Reader,
    traceback,
    utility::{self, OBJECT, Utility},
    worker::Ended,
};

/// What a build gave.
#[derive(Debug)]
pub struct Product {
    /// The extension module, in the workspace.
    pub artifact: PathBuf,
    /// The generated C or C++, in the workspace.
    pub generated: PathBuf,
    /// The page that shows what each line costs, in the workspace, when it was asked for.
    pub annotation: Option<PathBuf>,
    /// What was read and looked for.
    pub found: Vec<Found>,
    /// What the tools remarked.
    pub warnings: Vec<Diagnostic>,
    /// All that the tools were told and said.
    pub log: String,
    /// How long Cython took.
    pub cython_time: Duration,
    /// How long the compiler and its linker took.
    pub compiler_time: Duration,
    /// How much of that the linker took, where it was a command of its own.
    pub linker_time: Option<Duration>,
}

/// Builds `job` in an empty workspace. `phase` is told what begins. A module with memoryviews is linked with `utility`
/// where that is possible.
///
/// # Errors
/// [`Error::Failed`] with everything the tools complained about; [`Error::Cancelled`] and [`Error::TimedOut`] end the tools first.
pub fn build(
    worker: &Worker,
    job: &Job,
    tools: &Tools<'_>,
    workspace: &Workspace,
    patience: &Patience<'_>,
    utility: &dyn Utility,
    phase: &dyn Fn(Phase),
) -> Result<Product, Error> {
    let names = Names::new(job)?;
    let work = workspace.work();
    lay_out(job, &names, workspace).map_err(|source| Error::Io { action: "prepare the build", source })?;
    let (family, included) = (tools.compiler.family, vec![]);
    let reader = Reader { job, names: &names, work: &work, family, included };
    let collector = Collector::new(job, &names, tools, work.clone());
    let mut run = Run { worker, job, names: &names, tools, workspace, patience, reader, collector, log: String::new() };
    match run.build(utility, phase) {
        Ok(product) => Ok(Product { found: run.collector.finish(), log: run.log, ..product }),
        Err(Error::Failed(failure)) => Err(Error::Failed(Box::new(run.finished(*failure)))),
        Err(other) => Err(other),
    }
}

/// What the compiler gave.
struct Compiled {
    /// The dependency files that it wrote.
    depfiles: Vec<String>,
    /// Where it looked for includes.
    search: SearchPath,
    linker_time: Option<Duration>,
}

/// What came out of a translation.
struct Translated {
    warnings: Vec<Diagnostic>,
    /// Whether Cython's code for memoryviews is elsewhere.
    is_to_be_linked: bool,
}

/// One build under way.
struct Run<'a> {
    worker: &'a Worker,
    job: &'a Job,
    names: &'a Names,
    tools: &'a Tools<'a>,
    workspace: &'a Workspace,
    patience: &'a Patience<'a>,
    reader: Reader<'a>,
    collector: Collector<'a>,
    /// All that the tools were told and said.
    log: String,
}

impl Run<'_> {
    fn build(&mut self, utility: &dyn Utility, phase: &dyn Fn(Phase)) -> Result<Product, Error> {
        let work = self.workspace.work();
        let mut may_link = utility::serves(self.job, self.tools);
        let (cython_time, compiler_time, warnings, compiled) = loop {
            phase(Phase::Cython);
            let started = Instant::now();
            let mut warnings = missing_folders(self.job);
            let translated = self.transpile(may_link)?;
            warnings.extend(translated.warnings);
            let cython_time = started.elapsed();

            phase(Phase::Compiler);
            let started = Instant::now();
            let utility = translated.is_to_be_linked.then_some(utility);
            match self.compile_and_link(utility, &mut warnings)? {
                Some(compiled) => break (cython_time, started.elapsed(), warnings, compiled),
                // There is nothing to link it with.
                None => may_link = false,
            }
        };
        let Compiled { depfiles, search, linker_time } = compiled;
        let collector = &mut self.collector;
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
        collector.depends()?;
        Ok(Product {
            artifact: work.join(&self.names.artifact),
            generated: work.join(&self.names.generated),
            annotation: self.job.annotate.then(|| work.join(&self.names.annotation)),
            // Both are told when the build is over.
            found: vec![],
            log: String::new(),
            warnings,
            cython_time,
            compiler_time,
            linker_time,
        })
    }

    /// Has Cython translate the source, without its code for memoryviews where that may be linked.
    fn transpile(&mut self, may_link: bool) -> Result<Translated, Error> {
        let work = self.workspace.work();
        let mut task =
            plan::transpile(self.job, self.names, if may_link { Memoryviews::Ask } else { Memoryviews::Own });
        let mut ended = self.worker.transpile(&task, &work, self.patience)?;
        let has_memoryviews = ended.report.as_ref().is_some_and(|report| report.memoryviews);
        if has_memoryviews {
            task.memoryviews = Memoryviews::In(utility::name(self.tools.cython));
            ended = self.worker.transpile(&task, &work, self.patience)?;
        }
        let output = Reader::cleaned(&ended.output, self.workspace);
        let _ = writeln!(
            self.log,
            "cython {} -> {}, directives {:?}\n{}",
            task.source, task.output, task.directives, output
        );
        let mut warnings = self.reader.cython_warnings(&output);
        let Some(report) = &ended.report else {
            return Err(self.failed(Phase::Cython, &ended, output, vec![], None));
        };
        if !report.ok {
            let errors = report.diagnostics.iter().filter(|complaint| !complaint.message.trim().is_empty());
            let errors = errors.map(|complaint| {
                let _ = writeln!(self.log, "{complaint:?}");
                let (line, column) = (complaint.line, complaint.column);
                let place = complaint.file.as_deref().map(|file| Place { file, line, column });
                self.reader.diagnostic(Severity::Error, place, &complaint.message)
            });
            let diagnostics = errors.collect::<Vec<_>>().into_iter().chain(warnings).collect();
            return Err(self.failed(Phase::Cython, &ended, output, diagnostics, None));
        }
        let text = self.job.source.text();
        let unknown_directives = report.unknown.iter().map(|name| {
            let message = format!("unknown directive '{name}' in the header, which Cython passes over");
            (Header::line_of_directive(text, name), message)
        });
        let unknown_settings = Header::read(text).unknown.into_iter().map(|(line, message)| (Some(line), message));
        for (line, message) in unknown_directives.chain(unknown_settings) {
            let place = Place { file: &self.names.source, line, column: Some(1) };
            warnings.push(self.reader.diagnostic(Severity::Warning, Some(place), &message));
        }
        self.reader.included = report
            .reads
            .iter()
            .filter(|name| !Path::new(name).is_absolute())
            .filter_map(|name| Some((name.clone(), fs_err::read_to_string(work.join(name)).ok()?)))
            .collect();
        // Whoever is no part of the package has other dependencies, even if it reads nothing of it.
        if self.names.package.is_some() {
            let top = self.job.module.as_str().split('.').next().unwrap_or_default();
            self.collector.cython_looks(&[(format!("{}/{top}", plan::PACKAGE), true)])?;
        }
        self.collector.cython_reads(&report.reads)?;
        self.collector.cython_looks(&report.looks)?;
        let was_changed = let_sources_move(&work.join(&self.names.generated), has_memoryviews)
            .map_err(|source| Error::Io { action: "change the generated code", source })?;
        if has_memoryviews && !was_changed {
            // Another Cython, whose module would not find what it imports.
            return self.transpile(false);
        }
        Ok(Translated { warnings, is_to_be_linked: has_memoryviews })
    }

    /// Runs the compiler. `None` when Cython's code for memoryviews is to be linked and cannot be had.
    fn compile_and_link(
        &mut self,
        utility: Option<&dyn Utility>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Option<Compiled>, Error> {
        let Some(utility) = utility else {
            return self.compile_with_numpy(LinkedWith::Nothing, &mut || Ok(true), warnings);
        };
        let place = self.workspace.work().join(OBJECT);
        let lay = |object: Vec<u8>| {
            fs_err::write(&place, object).map_err(|source| Error::Io { action: "prepare the build", source })
        };
        if let Some(object) = utility.find() {
            lay(object)?;
            return self.compile_with_numpy(LinkedWith::Utility, &mut || Ok(true), warnings);
        }
        // Only some threads can know that the caller cancelled: this one asks for the other.
        let (patience, is_cancelled) = (self.patience, &AtomicBool::new(false));
        let (sender, made) = mpsc::channel();
        thread::scope(|scope| {
            // The sender goes with the thread, so that nobody waits for a second message.
            scope.spawn(move || sender.send(utility.make(&|| is_cancelled.load(Ordering::Relaxed))));
            let mut arrive = || loop {
                match made.recv_timeout(TICK) {
                    Ok(object) => return object?.map_or(Ok(false), |object| lay(object).map(|()| true)),
                    Err(RecvTimeoutError::Timeout) => {
                        is_cancelled.fetch_or((patience.cancelled)(), Ordering::Relaxed);
                    }
                    // It arrived before.
                    Err(RecvTimeoutError::Disconnected) => return Ok(true),
                }
            };
            let linked = self.compile_with_numpy(LinkedWith::ComingUtility, &mut arrive, warnings);
            is_cancelled.fetch_or(matches!(linked, Err(Error::Cancelled)), Ordering::Relaxed);
            // Whatever else became of this module, the next one has it.
            let arrived = arrive();
            linked.and_then(|compiled| arrived.map(|_| compiled))
        })
    }

    /// The same. `arrive` waits for what is to be linked, and says whether it is there.
    fn compile_with_numpy(
        &mut self,
        linked_with: LinkedWith,
        arrive: &mut dyn FnMut() -> Result<bool, Error>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Option<Compiled>, Error> {
        let may_use = self.job.numpy == NumPyUse::WhenUsed;
        let used = self.tools.numpy().filter(|_| may_use && self.collector.uses_numpy());
        match (self.compile(used, linked_with, arrive, warnings), self.tools.numpy()) {
            // A header of NumPy's may be wanted without a `cimport numpy`.
            (Err(Error::Failed(failure)), numpy @ Some(_))
                if used.is_none() && may_use && failure.lack == Some(Lack::NumPy) =>
            {
                self.compile(numpy, linked_with, arrive, warnings)
            }
            (compiled, _) => compiled,
        }
    }

    fn compile(
        &mut self,
        numpy: Option<&NumPy>,
        linked_with: LinkedWith,
        arrive: &mut dyn FnMut() -> Result<bool, Error>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Option<Compiled>, Error> {
        let (commands, depfiles) = plan::compile(self.job, self.names, self.tools, numpy, linked_with, self.workspace)?;
        let mut failure: Option<Failure> = None;
        let mut linker_time = None;
        for (index, command) in commands.iter().enumerate() {
            let is_link = index > 0 && index + 1 == commands.len();
            // Each source is compiled, so that all errors are told. What is missing cannot be linked.
            if failure.is_some() && is_link {
                break;
            }
            if is_link && !arrive()? {
                return Ok(None);
            }
            let started = Instant::now();
            let ended = self.worker.execute(command, &self.workspace.work(), self.patience)?;
            linker_time = is_link.then(|| started.elapsed());
            let output = Reader::cleaned(&ended.output, self.workspace);
            let _ = writeln!(self.log, "{}\n{}\n{output}", shown(command), ended.status());
            let diagnostics = self.reader.compiler(&output);
            if ended.code == 0 {
                warnings.extend(self.reader.remarks(diagnostics));
                continue;
            }
            match &mut failure {
                None => {
                    let Error::Failed(first) = self.failed(Phase::Compiler, &ended, output, diagnostics, Some(command))
                    else {
                        continue;
                    };
                    failure = Some(*first);
                }
                Some(failure) => {
                    failure.diagnostics.extend(diagnostics);
                    failure.output.push_str(&output);
                }
            }
        }
        if let Some(failure) = failure {
            return Err(Error::Failed(Box::new(failure)));
        }
        // The first command compiles, and further ones search the same folders.
        let search = commands
            .first()
            .map(|command| SearchPath::of(&command.arguments, &self.tools.compiler.include_dirs))
            .unwrap_or_default();
        Ok(Some(Compiled { depfiles, search, linker_time }))
    }

    fn failed(
        &self,
        phase: Phase,
        ended: &Ended,
        output: String,
        diagnostics: Vec<Diagnostic>,
        command: Option<&Command>,
    ) -> Error {
        let words = command.map(|command| std::iter::once(&command.program).chain(&command.arguments));
        let command = words.map(|words| words.map(|word| Reader::cleaned(word, self.workspace)).collect());
        let lack = if self.job.openmp && lacks_openmp(&output) {
            Some(Lack::OpenMp)
        } else {
            lack(&output, &diagnostics, self.job.language)
        };
        let hint = match &lack {
            Some(Lack::NumPy) if self.job.numpy == NumPyUse::Never => Some(
                "the module uses NumPy, whose headers are kept from the compiler: leave numpy_support as it is".into(),
            ),
            // Headers of C++'s own library have no suffix.
            Some(Lack::Header(name)) if self.job.language == Language::C && !name.contains(['.', '/']) => {
                Some(format!(
                    "`{name}` is a header of C++: translate to it with language=\"c++\", `--language c++` or `# distutils: language = c++`"
                ))
            }
            Some(Lack::Header(_)) => {
                let mut missing = missing_folders(self.job).into_iter().map(|warning| warning.message);
                missing.find(|message| message.starts_with("the include folder"))
            }
            Some(_) => None,
            None => hint(&output),
        };
        Error::Failed(Box::new(Failure {
            phase,
            diagnostics,
            command: command.unwrap_or_default(),
            // Cython runs in a process that goes on, and says what it thinks of the source instead of ending.
            status: if ended.code == 0 { "refused the source".into() } else { ended.status() },
            output,
            lack,
            hint,
            versions: BTreeMap::new(),
            log_path: None,
            log: String::new(),
        }))
    }

    /// A failure with what is known at the end of a build only.
    fn finished(&mut self, failure: Failure) -> Failure {
        let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let Tools { python, cython, compiler } = self.tools;
        let mut versions = BTreeMap::from([
            text("python", &python.interpreter.full_version),
            text("cython", &cython.version),
            text("compiler", &compiler.version),
        ]);
        let numpy = self.tools.numpy().filter(|_| self.collector.uses_numpy());
        versions.extend(numpy.map(|numpy| text("numpy", &numpy.version)));
        let mut log = format!("{}: {} {}\n", self.job.label, failure.phase.tool(), failure.status);
        for (name, version) in &versions {
            let _ = writeln!(log, "{name} {version}");
        }
        log.push('\n');
        log.push_str(&self.log);
        Failure { versions, log, ..failure }
    }
}

/// Says which folders that are to be searched, and files that are depended on, are not there.
fn missing_folders(job: &Job) -> Vec<Diagnostic> {
    let warning = |kind: &str, folder: &Path| Diagnostic {
        severity: Severity::Warning,
        file: None,
        line: None,
        column: None,
        message: format!("the {kind} folder `{}` is not there", folder.display()),
        source_line: None,
        notes: vec![],
    };
    let missing = |folders: &[PathBuf], kind: &'static str| -> Vec<Diagnostic> {
        folders.iter().filter(|folder| !folder.is_dir()).map(|folder| warning(kind, folder)).collect()
    };
    let depends = job.depends.iter().filter(|file| !file.is_file()).map(|file| Diagnostic {
        message: format!("the source says that it depends on `{}`, which is not there", file.display()),
        ..warning("", file)
    });
    let folders = [missing(&job.include_dirs, "include"), missing(&job.library_dirs, "library")].concat();
    folders.into_iter().chain(depends).collect()
}

/// A command as a shell would take it, with its environment.
fn shown(command: &Command) -> String {
    let quoted = |word: &str| {
        let is_plain = |letter: char| letter.is_alphanumeric() || "_-+=./,:@%".contains(letter);
        if !word.is_empty() && word.chars().all(is_plain) {
            word.to_owned()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    let environment = command.environment.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
    let words = std::iter::once(&command.program).chain(&command.arguments).map(|word| quoted(word));
    std::iter::once("env -i".to_owned()).chain(environment).chain(words).collect::<Vec<_>>().join(" ")
}

/// Whether a compiler that was asked for OpenMP says that it does not have it, or not all of it.
fn lacks_openmp(output: &str) -> bool {
    const MARKS: [&str; 9] = [
        "unsupported option '-fopenmp",
        "unrecognized command-line option '-fopenmp",
        "unrecognized command line option '-fopenmp",
        "unknown argument: '-fopenmp",
        "libgomp.spec",
        "omp.h: No such file",
        "'omp.h' file not found",
        "-lgomp",
        "-lomp",
    ];
    // Some compilers quote as printers do.
    let output = output.replace(['‘', '’'], "'");
    MARKS.iter().any(|mark| output.contains(mark))
}

/// What is not there, by what the tools say.
fn lack(output: &str, diagnostics: &[Diagnostic], language: Language) -> Option<Lack> {
    let tells = |marks: &[&str]| marks.iter().any(|mark| output.contains(mark));
    // The driver of a compiler is there, and what it would start is not.
    let starts = |program: &str| {
        let no_program = [
            format!("error trying to exec '{program}'"),
            format!("cannot execute '{program}'"),
            format!("cannot find '{program}'"),
            format!("Executable \"{program}\" doesn't exist"),
            format!("unable to execute command: posix_spawn failed: {program}"),
        ];
        no_program.iter().any(|mark| output.contains(mark))
    };
    if starts("cc1plus") {
        return Some(Lack::Cxx);
    }
    if starts("ld") || starts("as") || tells(&["invalid linker name"]) {
        return Some(Lack::Linker);
    }
    // The first error is what the user has to do something about.
    let header = diagnostics.iter().find_map(|diagnostic| name_of_missing_header(&diagnostic.message));
    if let Some(header) = header.filter(|header| !header.contains(' ')) {
        return Some(match header {
            "Python.h" => Lack::PythonHeaders,
            header if header.starts_with("numpy/") => Lack::NumPy,
            // `vector`, `string`: the standard library's headers have no dot.
            header if language == Language::Cxx && !header.contains(['.', '/']) => Lack::Cxx,
            header => Lack::Header(header.to_owned()),
        });
    }
    if diagnostics
        .iter()
        .any(|diagnostic| diagnostic.message.starts_with("'numpy") && diagnostic.message.contains(".pxd' not found"))
    {
        return Some(Lack::NumPy);
    }
    linker::read(output).into_iter().find_map(|error| match error.kind {
        linker::Kind::Library(name) if name == "stdc++" || name == "c++" => Some(Lack::Cxx),
        linker::Kind::Library(name) => Some(Lack::Library(name)),
        _ => None,
    })
}

fn hint(output: &str) -> Option<String> {
    let tells = |marks: &[&str]| marks.iter().any(|mark| output.contains(mark));
    if tells(&[
        "out of memory",
        "virtual memory exhausted",
        "memory exhausted",
        "MemoryError",
        "Cannot allocate memory",
        "std::bad_alloc",
        "Killed signal terminated program",
    ]) {
        return Some("allow the build more memory (PYXIDE_BUILD_MEMORY, in MiB), or make it smaller".into());
    }
    if tells(&["No space left on device", "Disk quota exceeded"]) {
        return Some("free some space in the cache's folder, or choose another with PYXIDE_CACHE_DIR".into());
    }
    if tells(&["internal compiler error", "PLEASE submit a bug report", "Segmentation fault"]) {
        return Some("that is a bug of the compiler: try another version or another compiler (CC, CXX), or -O0".into());
    }
    if tells(&["multiple definition of", "duplicate symbol"]) {
        return Some("make one of them `static`, or give it another name".into());
    }
    if tells(&["recompile with -fPIC"]) {
        return Some("use the shared library instead, or one that was compiled with -fPIC".into());
    }
    let undefined = linker::read(output).into_iter().find_map(|error| match error.kind {
        linker::Kind::Undefined(name) => Some(name),
        _ => None,
    });
    undefined.map(|name| {
        if name.trim_start_matches('_').starts_with("Py") {
            "leave out `-z defs` and `--no-undefined`: the interpreter that loads the module has Python's own functions"
                .into()
        } else {
            "name the library that has it among `libraries`, or the source file among `extra_sources`".into()
        }
    })
}

/// Writes the source and its support files and makes the links.
fn lay_out(job: &Job, names: &Names, workspace: &Workspace) -> std::io::Result<()> {
    let work = workspace.work();
    fs_err::create_dir(&work)?;
    fs_err::create_dir(workspace.temporary())?;
    for (name, content) in job.package_files.iter() {
        let file = work.join(plan::PACKAGE).join(name);
        if let Some(folder) = file.parent() {
            fs_err::create_dir_all(folder)?;
        }
        fs_err::write(file, content)?;
    }
    fs_err::write(work.join(&names.source), job.source.text())?;
    for (name, content) in &job.support_files {
        fs_err::write(work.join(name), content)?;
    }
    for (name, folder) in &names.links {
        fs_err::os::unix::fs::symlink(folder, work.join(name))?;
    }
    Ok(())
}

/// Has the module ask at import where its sources lie, and load what it is `linked` with. False when nothing was changed.
fn let_sources_move(generated: &Path, linked: bool) -> std::io::Result<bool> {
    let bytes = fs_err::read(generated)?;
    match str::from_utf8(&bytes).ok().and_then(|text| traceback::movable(text, linked)) {
        Some(movable) => fs_err::write(generated, movable).map(|()| true),
        None => Ok(false),
    }
}
