//! `pyxide template`

use std::{io, num::NonZero, path::Path, thread};

use pyxide::{
    BuildRequest, Error, ModuleName, PackageRequest, Patience, Profile, Session, Template, TemplateKind, Templates,
};
use serde_json::{Value, json};

use crate::{
    BUILD_FAILED, RAISED, SUCCESS, USAGE,
    args::{self, BuildOptions, KindOption},
    commands::build::request,
    demo::{Demo, Plan},
    exit,
    report::{Report, text},
    signals::Signals,
};

/// Runs one of the commands about templates. A session is made only where something is built.
pub(crate) fn template(
    session: &dyn Fn(bool) -> Result<Session, Error>,
    report: &Report,
    signals: &Signals,
    templates: &Templates,
    command: &args::Template,
) -> Result<u8, Error> {
    match command {
        args::Template::List { category, kind } => list(report, templates, category.as_deref(), (*kind).into()),
        args::Template::Show { name, kind } => show(report, &templates.find(name, kind.map(Into::into))?),
        args::Template::Copy { name, destination, kind, overwrite } => {
            copy(report, &templates.find(name, kind.map(Into::into))?, destination, *overwrite)
        }
        args::Template::Run { name, call, build } => {
            let template = templates.find(name, Some(TemplateKind::Cython))?;
            run(&session(build.no_build)?, report, signals, &template, call.as_deref(), build)
        }
    }
}

impl From<KindOption> for TemplateKind {
    fn from(kind: KindOption) -> Self {
        match kind {
            KindOption::Cython => Self::Cython,
            KindOption::Python => Self::Python,
        }
    }
}

fn list(report: &Report, templates: &Templates, category: Option<&str>, kind: TemplateKind) -> Result<u8, Error> {
    let all = templates.list(kind)?;
    let is_meant = |template: &&Template| {
        category.is_none_or(|category| template.id.split_once('/').is_some_and(|(first, _)| first == category))
    };
    let found: Vec<&Template> = all.iter().filter(is_meant).collect();
    if let Some(name) = category.filter(|_| found.is_empty()) {
        let mut known: Vec<_> =
            all.iter().filter_map(|template| template.id.split_once('/')).map(|(it, _)| it).collect();
        known.dedup();
        let hint = format!("there are {}; `pyxide template show` takes the name of a template", known.join(", "));
        report.failure("usage", &format!("there is no category `{name}` of templates"), Some(&hint));
        return Ok(USAGE);
    }
    let width = found.iter().map(|template| template.id.len()).max().unwrap_or_default();
    let mut lines = vec![];
    for template in found {
        let sidecar = sidecar(template)?;
        let title = sidecar["title"].as_str().unwrap_or_default();
        lines.push(format!("{:width$}  {title}", template.id).trim_end().to_owned());
        report.object("template", described(template, &sidecar));
    }
    report.lines(lines);
    Ok(SUCCESS)
}

fn show(report: &Report, template: &Template) -> Result<u8, Error> {
    let sidecar = sidecar(template)?;
    let mut texts = vec![];
    for (path, content) in template.files()? {
        // What belongs to a source is told apart from it; the source alone can be redirected to a file.
        let is_all = path.extension() == template.path.extension() && !template.is_package;
        texts.push((is_all, path, String::from_utf8_lossy(&content).into_owned()));
    }
    if let (Some(title), Some(teaches)) = (sidecar["title"].as_str(), sidecar["teaches"].as_str()) {
        report.note(&format!("{title}: {teaches}"));
    }
    if !template.is_package && texts.len() > 1 {
        let names: Vec<_> = texts.iter().skip(1).map(|(_, path, _)| format!("`{}`", path.display())).collect();
        let last = template.id.rsplit('/').next().unwrap_or(&template.id);
        report.note(&format!("it comes with {}: `pyxide template copy {last} FOLDER` brings all", names.join(", ")));
    }
    let mut fields = described(template, &sidecar);
    fields["files"] = texts.iter().map(|(_, path, text)| (path.display().to_string(), json!(text))).collect();
    report.object("template", fields);
    report.lines(texts.into_iter().filter(|(is_shown, ..)| *is_shown || template.is_package).map(
        |(is_all, path, text)| {
            let text = text.trim_end();
            if is_all { text.to_owned() } else { format!("# {}\n{text}\n", path.display()) }
        },
    ));
    Ok(SUCCESS)
}

fn copy(report: &Report, template: &Template, destination: &Path, overwrite: bool) -> Result<u8, Error> {
    let files = template.files()?;
    let places: Vec<_> = files.iter().map(|(path, _)| destination.join(path)).collect();
    if let Some(there) = places.iter().find(|path| !overwrite && path.exists()) {
        let message = format!("`{}` is there already", there.display());
        report.failure("exists", &message, Some("choose another folder, or replace it with `--overwrite`"));
        return Ok(USAGE);
    }
    for (path, (_, content)) in places.iter().zip(&files) {
        let folder = path.parent().unwrap_or(destination);
        let written = fs_err::create_dir_all(folder).and_then(|()| fs_err::write(path, content));
        written.map_err(|source| Error::Io { action: "copy the template", source })?;
        report.line(&path.display().to_string());
    }
    report.object(
        "copied",
        json!({ "id": template.id, "files": places.iter().map(|place| text(place)).collect::<Vec<_>>() }),
    );
    let words = words(&sidecar(template)?["options"]);
    if !words.is_empty() {
        report.note(&format!("it is built with `{}`", words.join(" ")));
    }
    Ok(SUCCESS)
}

/// The options of a sidecar as they are typed for other commands, which do not see it.
fn words(options: &Value) -> Vec<String> {
    let mut words = vec![];
    if options["openmp"] == true {
        words.push("--openmp".to_owned());
    }
    match &options["limited_api"] {
        Value::Bool(true) => words.push("--limited-api".to_owned()),
        Value::String(floor) => words.push(format!("--limited-api={floor}")),
        _ => {}
    }
    words.extend(libraries(options).map(|name| format!("-l {name}")));
    words.extend(directives(options).map(|(name, value)| format!("-X {name}={value}")));
    words.extend(options["profile"].as_str().map(|name| format!("--profile={name}")));
    words
}

fn libraries(options: &Value) -> impl Iterator<Item = &str> {
    options["libraries"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Directives, and their values as Cython writes them.
fn directives(options: &Value) -> impl Iterator<Item = (&String, String)> {
    options["compiler_directives"].as_object().into_iter().flatten().map(|(name, value)| {
        let value = match value {
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name, value)
    })
}

fn run(
    session: &Session,
    report: &Report,
    signals: &Signals,
    template: &Template,
    call: Option<&str>,
    options: &BuildOptions,
) -> Result<u8, Error> {
    let sidecar = sidecar(template)?;
    let request = asked(request(&template.path, options)?, &sidecar)?;
    let (observe, cancelled) = (|event| report.event(event), || report.is_cancelled(signals));
    let patience = Patience { observe: &observe, cancelled: &cancelled };
    let last = template.id.rsplit('/').next().unwrap_or(&template.id);
    let name: ModuleName = last.parse()?;
    let mut plan = Plan::new(&name);
    if template.is_package {
        let package = PackageRequest::in_folder(name, &template.path, &request)?;
        let jobs = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        report.expect(package.modules().len());
        let built = session.build_package(&package, jobs, &patience);
        report.end_progress();
        let built = match built {
            Err(Error::PackageFailed { failures, .. }) => {
                for (_, error) in &failures {
                    report.error(exit::code(error).1, error, Some(&template.path));
                }
                return Ok(failures.first().map_or(BUILD_FAILED, |(_, error)| exit::code(error).0));
            }
            built => built?,
        };
        built.modules.values().try_for_each(|module| plan.add(&module.verified))?;
        built.python.iter().for_each(|(name, file)| plan.add_python(name, file));
    } else {
        let built = session.build(&request, &patience);
        report.end_progress();
        let built = built?;
        report.remarks(&built, false);
        plan.add(&built.verified)?;
    }
    let demo =
        Demo { python: &session.settings().interpreter.executable, sidecar: &sidecar, call, json: report.is_json() };
    // The interpreter takes over; only its failing to start comes back.
    let error = demo.exec(&plan);
    report.failure("load", &error.to_string(), None);
    Ok(RAISED)
}

/// A request with the options that the template needs. What was typed wins.
fn asked(mut request: BuildRequest, sidecar: &Value) -> Result<BuildRequest, Error> {
    let options = &sidecar["options"];
    request.openmp |= options["openmp"] == true;
    request.numpy_required = sidecar["needs"].as_array().is_some_and(|needs| needs.contains(&json!("numpy")));
    if request.limited_api.is_none() {
        request.limited_api = match &options["limited_api"] {
            Value::Bool(true) => Some(pyxide::LimitedApi::OLDEST),
            Value::String(floor) => Some(floor.parse()?),
            _ => None,
        };
    }
    if let Some(profile) = options["profile"].as_str().filter(|_| request.profile == Profile::Default) {
        request.profile = profile.parse()?;
    }
    request.libraries.extend(libraries(options).map(str::to_owned));
    for (name, value) in directives(options) {
        request.directives.entry(name.clone()).or_insert(value);
    }
    Ok(request)
}

fn sidecar(template: &Template) -> Result<Value, Error> {
    let Some(path) = &template.sidecar else { return Ok(Value::Null) };
    let read = || -> io::Result<Value> {
        let parsed = serde_json::from_slice(&fs_err::read(path)?);
        parsed.map_err(|error| io::Error::other(format!("`{}`: {error}", path.display())))
    };
    read().map_err(|source| Error::Io { action: "read the template's sidecar", source })
}

fn described(template: &Template, sidecar: &Value) -> Value {
    let mut fields = json!({ "id": template.id, "kind": template.kind.name(), "path": text(&template.path), "package": template.is_package });
    // Its format is that of sidecars, and not of this object.
    for (name, value) in sidecar.as_object().into_iter().flatten().filter(|(name, _)| *name != "format") {
        fields[name] = value.clone();
    }
    fields
}
