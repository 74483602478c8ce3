//! The model beside real interpreters.
//!
//! `oracle/oracle.py` makes folders, runs an interpreter's own `site.main()` on them, and tells what happened; here the model is asked the same. The answers of interpreters that few machines
//! have are kept in `data/hook-oracle`, where `cargo xtask hook-oracle` puts them. The interpreter of this run is asked now: `PYXIDE_TEST_PYTHON`, or else the first `python3` on `PATH`;
//! `PYXIDE_TEST_FULL` asks for many more cases.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use pth_hook::{Code, Content, Locale, Place, Ran, SiteFile, SiteFolder, Start, Step, Version, World, start};
use serde::Deserialize;

/// Where every case lies, as far as answers tell.
const ROOT: &str = "/R";

#[derive(Debug, Deserialize)]
struct Record {
    version: String,
    results: Vec<Compared>,
}

#[derive(Debug, Deserialize)]
struct Compared {
    case: Case,
    answer: Answer,
}

/// Files, and the site folders among them.
#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    #[serde(default = "one_site")]
    sites: Vec<String>,
    /// Path, kind (`text`, `hex`, `folder`, `link`) and value.
    files: Vec<(String, String, String)>,
    #[serde(default)]
    locale: Option<String>,
}

/// What happened.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Answer {
    /// What was appended to `sys.path`.
    path: Vec<String>,
    /// The functions of the module `_rec` that were called.
    ran: Vec<String>,
    /// The lines on standard error, without those of tracebacks, which are indented.
    printed: Vec<String>,
    /// `well`, `ended` by code, or `failed` to read a file.
    end: String,
}

fn one_site() -> Vec<String> {
    vec!["site".to_owned()]
}

#[test]
fn recorded_answers() {
    let folder = data();
    let mut minors = BTreeSet::new();
    for entry in fs_err::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name != "cases.json") {
            let record = serde_json::from_str(&fs_err::read_to_string(&path).unwrap()).unwrap();
            minors.insert(compare(&record).minor);
        }
    }
    assert!(minors.contains(&15), "what the newest interpreter does is recorded in `{}`", folder.display());
}

#[test]
fn the_interpreter_of_this_run() {
    let named = env::var_os("PYXIDE_TEST_PYTHON").map(PathBuf::from);
    let Some(interpreter) = named.or_else(on_path) else {
        assert!(env::var_os("CI").is_none(), "there is no python3 on PATH");
        return;
    };
    let number = if env::var_os("PYXIDE_TEST_FULL").is_some() { "1600" } else { "60" };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/oracle.py");
    let output =
        Command::new(&interpreter).arg(script).arg(data().join("cases.json")).args([number, "1"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let version = compare(&serde_json::from_slice(&output.stdout).unwrap());
    assert!(version.minor >= 10, "{version} is too old");
}

/// Asks the model for each case of a record.
fn compare(record: &Record) -> Version {
    let version: Version = record.version.parse().unwrap();
    let mut wrong = Vec::new();
    for Compared { case, answer } in &record.results {
        let modelled = modelled(case, version);
        if modelled != *answer {
            wrong.push(format!("{}: {case:#?}\n{version} says {answer:#?}\nthe model says {modelled:#?}\n", case.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases differ with {version}:\n{}",
        wrong.len(),
        record.results.len(),
        wrong[..wrong.len().min(3)].join("\n")
    );
    assert!(record.results.len() >= 50, "there are cases");
    version
}

fn modelled(case: &Case, version: Version) -> Answer {
    let locale = match case.locale.as_deref() {
        None | Some("utf8") => Locale::Utf8,
        Some("ascii") => Locale::Ascii,
        Some(other) => panic!("there is no locale {other}"),
    };
    let folders: Vec<SiteFolder> = case.sites.iter().map(|name| site(case, name)).collect();
    let mut world = Made::of(case);
    let mut answer = Answer { path: Vec::new(), ran: Vec::new(), printed: Vec::new(), end: "well".to_owned() };
    for step in start(&Start { version, locale, path: Vec::new() }, &folders, &mut world) {
        match step {
            Step::Append { path, .. } => answer.path.push(path.to_str().unwrap().to_owned()),
            Step::Run { code, .. } => answer.ran.extend(recorded(&code)),
            Step::Print { place, complaint } => answer.printed.extend(complaint.lines(&place)),
            Step::Skip { .. } => {}
            Step::Fail { .. } => "failed".clone_into(&mut answer.end),
            Step::End { .. } => "ended".clone_into(&mut answer.end),
        }
    }
    // Lines of a message are lines of the output.
    answer.printed = answer.printed.iter().flat_map(|line| line.split('\n')).map(str::to_owned).collect();
    answer.printed.retain(|line| !line.is_empty() && !line.starts_with("  "));
    answer
}

fn site(case: &Case, name: &str) -> SiteFolder {
    let files = case.files.iter().filter_map(|(path, kind, value)| {
        let file = path.strip_prefix(name)?.strip_prefix('/').filter(|file| !file.contains('/'))?;
        let content = match kind.as_str() {
            "folder" => Content::Unreadable,
            "link" => match case.files.iter().find(|(target, ..)| target == &format!("{name}/{value}")) {
                Some((_, kind, value)) => Content::Bytes(bytes(kind, value)),
                None => Content::Unreadable,
            },
            kind => Content::Bytes(bytes(kind, value)),
        };
        let is_hook = [".pth", ".start"].iter().any(|ending| file.ends_with(ending));
        is_hook.then(|| SiteFile { name: OsString::from(file), content, hidden: false })
    });
    SiteFolder { path: Path::new(ROOT).join(name), files: files.collect() }
}

fn bytes(kind: &str, value: &str) -> Vec<u8> {
    match kind {
        "text" => value.replace("$ROOT", ROOT).into_bytes(),
        "hex" => value.split_whitespace().flat_map(piece).collect(),
        other => panic!("a file is no {other}"),
    }
}

/// Hexadecimal digits, possibly with a number of times.
fn piece(text: &str) -> Vec<u8> {
    let (digits, times) = text.split_once('*').unwrap_or((text, "1"));
    let bytes: Vec<u8> =
        (0..digits.len()).step_by(2).map(|place| u8::from_str_radix(&digits[place..place + 2], 16).unwrap()).collect();
    bytes.repeat(times.parse().unwrap())
}

/// What is there, and what code does.
struct Made {
    there: BTreeSet<Vec<u8>>,
    modules: BTreeMap<String, String>,
}

impl Made {
    fn of(case: &Case) -> Self {
        let mut there = BTreeSet::from([b"/".to_vec(), ROOT.as_bytes().to_vec()]);
        let paths = case.files.iter().filter(|(_, kind, _)| kind != "link").map(|(path, ..)| path);
        for path in paths.chain(&case.sites) {
            let mut below = String::from(ROOT);
            for part in path.split('/') {
                below = format!("{below}/{part}");
                there.insert(below.clone().into_bytes());
            }
        }
        let modules = case.files.iter().filter_map(|(path, _, text)| {
            Some((path.strip_prefix("site/")?.strip_suffix(".py")?.to_owned(), text.clone()))
        });
        Self { there, modules: modules.collect() }
    }

    /// What comes of a function of `_rec`.
    fn called(function: &str) -> Ran {
        match function {
            function if function.starts_with("bad") => Ran::Raised,
            function if function.starts_with("quit") => Ran::Ended,
            _ => Ran::Well,
        }
    }
}

impl World for Made {
    fn exists(&mut self, path: &Path) -> bool {
        // Two slashes at the beginning are as good as one here.
        let path = path.as_os_str().as_bytes();
        self.there.contains(path) || path.starts_with(b"//") && self.there.contains(&path[1..])
    }

    fn run(&mut self, code: &Code, _: &Place) -> Ran {
        match code {
            // Python takes no zeros in a source, and white space only if it knows it.
            Code::Line(line) if line.contains('\0') => Ran::Raised,
            Code::Line(_) => match recorded(code) {
                Some(function) => Self::called(&function),
                None if self.harmless(code) => Ran::Well,
                None => Ran::Raised,
            },
            Code::EntryPoint(line) => {
                let (module, function) = line.split_once(':').unwrap();
                match (recorded(code), module) {
                    (Some(function), _) => Self::called(&function),
                    (None, "_rec" | "_rec.sub") if function == "number" => Ran::Raised,
                    (None, module) if self.modules.get(module).is_some_and(|text| text.contains("ValueError")) => {
                        Ran::Misread
                    }
                    (None, _) => Ran::Unresolved,
                }
            }
        }
    }
}

impl Made {
    fn harmless(&self, code: &Code) -> bool {
        let Code::Line(line) = code else { return false };
        let module = line.trim_start_matches("import").trim();
        matches!(module, "_rec" | "os") || self.modules.get(module).is_some_and(|text| !text.contains("raise"))
    }
}

/// The function of `_rec` that code calls.
fn recorded(code: &Code) -> Option<String> {
    let name = |text: &str| {
        (!text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'))
            .then(|| text.to_owned())
    };
    match code {
        Code::Line(line) => {
            // Not even in comments does Python take zeros.
            if line.contains('\0') {
                return None;
            }
            // In comments everything else may stand, and elsewhere this white space alone.
            let line = line.split('#').next()?.trim_end_matches([' ', '\t', '\u{c}']);
            let rest = line.strip_prefix("import")?.trim_start_matches([' ', '\t']);
            let rest = rest
                .strip_prefix("_rec.sub as r; r.")
                .or_else(|| rest.strip_prefix("_rec; _rec."))
                .or_else(|| rest.strip_prefix("_rec;_rec."))?;
            name(rest.strip_suffix("()")?)
        }
        Code::EntryPoint(line) => {
            let function = line.strip_prefix("_rec:").or_else(|| line.strip_prefix("_rec.sub:"))?;
            name(function).filter(|function| function != "number")
        }
    }
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join("python3")).find(|program| program.is_file())
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/hook-oracle")
}
