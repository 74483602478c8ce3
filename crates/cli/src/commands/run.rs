//! `pyxide run`

use std::path::Path;

use pyxide::{Error, Patience, Session};

use crate::{RAISED, args::BuildOptions, commands::build::request, report::Report, runner::Runner, signals::Signals};

/// What to do with the module.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The expression to evaluate.
    pub(crate) expression: Option<&'a str>,
    /// The name to build it under.
    pub(crate) name: Option<&'a str>,
    /// Whether to show what was remarked when it was built.
    pub(crate) warnings: bool,
}

/// Builds `file` if needed and hands this process to the interpreter.
pub(crate) fn run(
    session: &Session,
    report: &Report,
    signals: &Signals,
    file: &Path,
    call: &Call<'_>,
    options: &BuildOptions,
) -> Result<u8, Error> {
    let mut request = request(file, options)?;
    request.module_name = call.name.map(str::parse).transpose()?;
    let (observe, cancelled) = (|event| report.event(event), || report.is_cancelled(signals));
    let built = session.build(&request, &Patience { observe: &observe, cancelled: &cancelled });
    report.end_progress();
    let built = built?;
    report.remarks(&built, call.warnings);
    let python = &session.settings().interpreter.executable;
    let mut runner = Runner { python, source: file, call: call.expression, json: report.is_json() };
    // The interpreter takes over; only its failing to start comes back.
    let Err(error) = built.verified.load(&mut runner);
    report.failure("load", &pyxide::chain(&error), None);
    Ok(RAISED)
}
