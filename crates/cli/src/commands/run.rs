//! `pyxide run`

use std::path::Path;

use pyxide::{Error, Session};

use crate::{RAISED, args::BuildOptions, commands::build::request, report::Report, runner::Runner};

/// Builds `file` if needed and hands this process to the interpreter.
pub(crate) fn run(
    session: &Session,
    report: &Report,
    file: &Path,
    call: Option<&str>,
    name: Option<&str>,
    options: &BuildOptions,
) -> Result<u8, Error> {
    let mut request = request(file, options);
    request.module_name = name.map(str::parse).transpose()?;
    let built = session.build(&request, &super::build::patience(&|event| report.event(event)))?;
    report.remarks(&built);
    let python = &session.settings().interpreter.executable;
    let mut runner = Runner { python, source: file, call, json: report.is_json() };
    // The interpreter takes over; only its failing to start comes back.
    let Err(error) = built.verified.load(&mut runner);
    report.failure("load", &crate::report::chain(&error), None);
    Ok(RAISED)
}
