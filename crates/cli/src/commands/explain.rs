//! `pyxide explain` and `pyxide signature`

use std::path::Path;

use pyxide::{Error, Session};
use serde_json::json;

use crate::{SUCCESS, args::BuildOptions, commands::build::request, report::Report};

/// Says why the cache has a module or does not have it.
pub(crate) fn explain(session: &Session, report: &Report, file: &Path, options: &BuildOptions) -> Result<u8, Error> {
    let explanation = session.explain(&request(file, options)?)?;
    report.line(&explanation.text);
    // The first difference is in the sentence.
    for difference in explanation.differences.iter().skip(1) {
        report.line(&format!("    {} {}", difference.name, difference.how));
    }
    report.object("explanation", json!(explanation));
    Ok(SUCCESS)
}

/// Prints what is in the keys of a module.
pub(crate) fn signature(session: &Session, report: &Report, file: &Path, options: &BuildOptions) -> Result<u8, Error> {
    let signature = session.signature(&request(file, options)?)?;
    let shown = |key: Option<String>, otherwise: &str| key.unwrap_or_else(|| otherwise.to_owned());
    let request_key = signature.request_key.map(String::from);
    report.line(&format!("request key  {}", shown(request_key, "unknown while Cython or the compiler is missing")));
    let key = signature.key.map(String::from);
    report.line(&format!("build key    {}", shown(key, "unknown until it is built as it is now")));
    for field in &signature.fields {
        report.line(&format!("{:<26} {}", field.name, field.value));
    }
    report.object("signature", json!(signature));
    Ok(SUCCESS)
}
