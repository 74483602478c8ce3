//! `pyxide doctor`

use owo_colors::OwoColorize as _;
use pyxide::{Error, Language, Need, Python, Session, Settings, ToolBox, install_command};
use serde_json::json;

use crate::{SUCCESS, TOOLS_MISSING, report::Report};

/// Whether a build needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    Always,
    Sometimes,
}

/// Something that was looked for.
struct Finding {
    what: &'static str,
    needed: Needed,
    /// What was found, or why nothing was.
    found: Result<String, String>,
    remedy: Option<String>,
}

/// Says which tools are there. Looks for each one, whatever is missing before it.
pub(crate) fn doctor(report: &Report, settings: Result<Settings, Error>, cancelled: &dyn Fn() -> bool) -> u8 {
    let mut findings = Vec::new();
    let root = settings.as_ref().ok().map(|settings| settings.root.clone());
    let asked =
        settings.map(Session::new).and_then(|session| session.ask_python(cancelled).map(|python| (session, python)));
    match asked {
        Err(error) => findings.push(Finding {
            what: "interpreter",
            needed: Needed::Always,
            remedy: error.hint(),
            found: Err(pyxide::chain(&error)),
        }),
        Ok((session, python)) => look(&session, &python, &mut findings, cancelled),
    }
    if let Some(root) = root {
        let written = pyxide::Registry::new(&root).prepare();
        findings.push(Finding {
            what: "cache",
            needed: Needed::Always,
            remedy: written.as_ref().err().and_then(pyxide::RegistryError::hint),
            found: written.map(|()| root.display().to_string()).map_err(|error| pyxide::chain(&error)),
        });
    }
    for finding in &findings {
        show(report, finding);
    }
    let missing = findings.iter().any(|finding| finding.needed == Needed::Always && finding.found.is_err());
    if missing { TOOLS_MISSING } else { SUCCESS }
}

fn look(session: &Session, python: &Python, findings: &mut Vec<Finding>, cancelled: &dyn Fn() -> bool) {
    let interpreter = &python.interpreter;
    findings.push(Finding {
        what: "interpreter",
        needed: Needed::Always,
        found: Ok(format!("CPython {} ({})", interpreter.full_version, interpreter.executable.display())),
        remedy: None,
    });
    let folder = interpreter.include.first().map(|folder| folder.display().to_string()).unwrap_or_default();
    findings.push(Finding {
        what: "headers",
        needed: Needed::Always,
        found: if interpreter.has_headers { Ok(folder) } else { Err(format!("no Python.h in `{folder}`")) },
        remedy: Some(install_command(Need::PythonHeaders)),
    });
    let ToolBox { cython, compiler } = session.ask_tools(python, Language::C, cancelled);
    findings.push(Finding {
        what: "Cython",
        needed: Needed::Always,
        remedy: cython.as_ref().err().and_then(Error::hint),
        found: match cython {
            Ok(cython) if cython.folder.is_dir() => Ok(format!("{} ({})", cython.version, cython.folder.display())),
            Ok(cython) => Ok(format!("{} will be installed into the cache folder by the first build", cython.version)),
            Err(error) => Err(error.to_string()),
        },
    });
    for (what, needed, compiler) in [
        ("C compiler", Needed::Always, compiler),
        ("C++ compiler", Needed::Sometimes, session.ask_tools(python, Language::Cxx, cancelled).compiler),
    ] {
        findings.push(Finding {
            what,
            needed,
            remedy: compiler.as_ref().err().and_then(Error::hint),
            found: compiler
                .map(|compiler| format!("{} ({})", compiler.version, compiler.program.display()))
                .map_err(|error| error.to_string()),
        });
    }
    findings.push(Finding {
        what: "NumPy",
        needed: Needed::Sometimes,
        found: match &python.numpy {
            Some(numpy) => Ok(format!("{} ({})", numpy.version, numpy.folder.display())),
            None => Err("not installed for this interpreter".to_owned()),
        },
        remedy: Some(format!("`{} -m pip install numpy`", interpreter.executable.display())),
    });
}

fn show(report: &Report, finding: &Finding) {
    let Finding { what, needed, found, remedy } = finding;
    let remedy = remedy.as_ref().filter(|_| found.is_err());
    match found {
        Ok(text) => report.line(&format!("{}  {what:<12}  {text}", "ok     ".green())),
        Err(text) => {
            let mark = match needed {
                Needed::Always => "missing".red().bold().to_string(),
                Needed::Sometimes => "absent ".yellow().to_string(),
            };
            report.line(&format!("{mark}  {what:<12}  {text}"));
            if let Some(remedy) = remedy {
                report.line(&format!("{:>23}{remedy}", ""));
            }
        }
    }
    report.object(
        "finding",
        json!({
            "what": what,
            "ok": found.is_ok(),
            "needed": *needed == Needed::Always,
            "detail": found.as_ref().unwrap_or_else(|reason| reason),
            "remedy": remedy,
        }),
    );
}
