//! Platskript, as functions of strings.

use platskript::{Diagnostic, Options, Position, Severity, Voice};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyDict, PyList},
};

/// The Python of a program, or `None` and what is wrong with it.
#[pyfunction]
pub(crate) fn compile<'py>(
    py: Python<'py>,
    source: &str,
    raw_python: bool,
) -> PyResult<(Option<String>, Bound<'py, PyList>)> {
    match py.detach(|| platskript::compile(source, &Options { raw_python })) {
        Ok(compiled) => Ok((Some(compiled.python), PyList::empty(py))),
        Err(found) => {
            let errors = found.iter().filter(|it| it.severity == Severity::Error);
            Ok((None, listed(py, source, errors, Voice::default())?))
        }
    }
}

/// What a decoder answers: the Python of a program, or one that raises the first error at its place.
#[pyfunction]
pub(crate) fn decode(py: Python<'_>, source: &str) -> String {
    py.detach(|| match platskript::compile(source, &Options::default()) {
        Ok(compiled) => compiled.python,
        Err(found) => {
            let error = found.iter().find(|it| it.severity == Severity::Error);
            let error = error.expect("a program is refused for an error");
            platskript::python_error(source, error, Voice::default())
        }
    })
}

/// Errors and warnings of a program.
#[pyfunction]
pub(crate) fn check<'py>(py: Python<'py>, source: &str, voice: &str, raw_python: bool) -> PyResult<Bound<'py, PyList>> {
    let voice = voice_of(voice)?;
    let found = py.detach(|| platskript::check(source, &Options { raw_python }));
    listed(py, source, found.iter(), voice)
}

/// A program in its usual layout, or `None` and what is wrong with it.
#[pyfunction]
pub(crate) fn format<'py>(py: Python<'py>, source: &str) -> PyResult<(Option<String>, Bound<'py, PyList>)> {
    match py.detach(|| platskript::format(source)) {
        Ok(text) => Ok((Some(text), PyList::empty(py))),
        Err(found) => {
            let errors = found.iter().filter(|it| it.severity == Severity::Error);
            Ok((None, listed(py, source, errors, Voice::default())?))
        }
    }
}

/// Whether no block is open at the end of a program.
#[pyfunction]
pub(crate) fn is_complete(source: &str) -> bool {
    platskript::is_complete(source)
}

/// What to say of bytes that are no UTF-8 from here on, as of an error of the language.
#[pyfunction]
pub(crate) fn place_of_byte<'py>(py: Python<'py>, data: &[u8], byte: usize) -> PyResult<Bound<'py, PyDict>> {
    let byte = byte.min(data.len());
    let before = String::from_utf8_lossy(&data[..byte]);
    let line_start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let line = before.replace("\r\n", "\n").matches(['\n', '\r']).count() + 1;
    let column = before[line_start..].chars().count() + 1;
    let rest = String::from_utf8_lossy(&data[byte..]);
    let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let value = data.get(byte).copied().unwrap_or_default();
    let error = PyDict::new(py);
    error.set_item("message", format!("dit is geen UTF-8: byte 0x{value:02x} hoort hier niet"))?;
    error.set_item("text", format!("{}{}", &before[line_start..], &rest[..end]))?;
    place(&error, Position { line, column }, Position { line, column: column + 1 })?;
    Ok(error)
}

fn listed<'py, 'd>(
    py: Python<'py>,
    source: &str,
    diagnostics: impl Iterator<Item = &'d Diagnostic>,
    voice: Voice,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for diagnostic in diagnostics {
        list.append(described(py, source, diagnostic, voice)?)?;
    }
    Ok(list)
}

fn described<'py>(
    py: Python<'py>,
    source: &str,
    diagnostic: &Diagnostic,
    voice: Voice,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("code", diagnostic.code.as_str())?;
    dict.set_item("name", diagnostic.code.name())?;
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    dict.set_item("severity", severity)?;
    dict.set_item("message", diagnostic.message(voice))?;
    dict.set_item("hint", diagnostic.hint(voice))?;
    dict.set_item("suggestion", diagnostic.suggestion.as_ref().map(|it| it.replacement.as_str()))?;
    dict.set_item("text", line_around(source, diagnostic.span.start))?;
    place(&dict, diagnostic.start, diagnostic.end)?;
    Ok(dict)
}

fn place(dict: &Bound<'_, PyDict>, start: Position, end: Position) -> PyResult<()> {
    dict.set_item("line", start.line)?;
    dict.set_item("column", start.column)?;
    dict.set_item("end_line", end.line)?;
    dict.set_item("end_column", end.column)
}

/// The line that a byte of the source is in, where lines end as `str.splitlines` has them.
fn line_around(source: &str, byte: usize) -> &str {
    const ENDS: [char; 10] = ['\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}'];
    let byte = byte.min(source.len());
    let before = &source[..byte];
    let start = before.char_indices().rev().find(|(_, letter)| ENDS.contains(letter));
    let start = start.map_or(0, |(at, letter)| at + letter.len_utf8());
    let end = source[byte..].find(ENDS).map_or(source.len(), |end| byte + end);
    &source[start..end]
}

fn voice_of(name: &str) -> PyResult<Voice> {
    const VOICES: [(&str, Voice); 8] = [
        ("nl", Voice::Dutch),
        ("en", Voice::English),
        ("west-vlaams", Voice::WestFlemish),
        ("antwerps", Voice::Antwerp),
        ("limburgs", Voice::Limburg),
        ("brussels", Voice::Brussels),
        ("oost-vlaams", Voice::EastFlemish),
        ("genks", Voice::Genk),
    ];
    VOICES.iter().find(|(known, _)| *known == name).map(|(_, voice)| *voice).ok_or_else(|| {
        let known: Vec<_> = VOICES.iter().map(|(name, _)| *name).collect();
        PyValueError::new_err(format!("there is no voice `{name}`; the voices are {}", known.join(", ")))
    })
}
