//! What a template says about itself in the file beside it.

use serde_json::{Map, Value};

use crate::tidy::templates::faults;

const SCHEMA: &str = include_str!("../../../templates/template.schema.json");

/// A sidecar that keeps the schema.
#[derive(Debug, Clone)]
pub(super) struct Sidecar {
    pub(super) title: String,
    pub(super) needs: Vec<String>,
    /// Keyword arguments of the functions that build.
    pub(super) options: Map<String, Value>,
    pub(super) setup: Vec<String>,
    pub(super) demo: Vec<Value>,
    pub(super) bench: Option<Bench>,
}

/// What is measured.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    pub(super) setup: Vec<String>,
    pub(super) call: String,
    pub(super) quick: u64,
    pub(super) full: u64,
    /// Whether there is a twin that uses NumPy.
    pub(super) numpy: bool,
}

/// Reads a sidecar, or says everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<Sidecar, Vec<String>> {
    let sidecar: Value = serde_json::from_str(text).map_err(|error| vec![format!("it is no JSON: {error}")])?;
    let schema = serde_json::from_str(SCHEMA).map_err(|error| vec![format!("the schema is no JSON: {error}")])?;
    let faults = faults(schema, &sidecar);
    if !faults.is_empty() {
        return Err(faults);
    }
    let bench = &sidecar["bench"];
    Ok(Sidecar {
        title: line(&sidecar["title"]),
        needs: lines(&sidecar["needs"]),
        options: sidecar["options"].as_object().cloned().unwrap_or_default(),
        setup: lines(&sidecar["setup"]),
        demo: sidecar["demo"].as_array().cloned().unwrap_or_default(),
        bench: (!bench.is_null()).then(|| Bench {
            setup: lines(&bench["setup"]),
            call: line(&bench["call"]),
            quick: bench["sizes"]["quick"].as_u64().unwrap_or(1),
            full: bench["sizes"]["full"].as_u64().unwrap_or(1),
            numpy: bench["numpy"] == true,
        }),
    })
}

fn line(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn lines(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "format": 1, "title": "A", "teaches": "b", "level": "basic", "language": "c", "needs": ["numpy"],
            "options": { "openmp": true }, "setup": ["x = 1"],
            "demo": [{ "call": "f(x)", "result": "1" }, { "call": "g()", "close": 0.5, "tolerance": 0.1 }],
            "bench": { "setup": [], "call": "f(n)", "sizes": { "quick": 3, "full": 9 }, "numpy": true },
        })
    }

    #[test]
    fn a_good_sidecar_is_read() {
        let sidecar = read(&good().to_string()).unwrap();
        assert_eq!((sidecar.title.as_str(), sidecar.needs.as_slice()), ("A", ["numpy".to_owned()].as_slice()));
        let bench = sidecar.bench.unwrap();
        assert_eq!((bench.call.as_str(), bench.quick, bench.full, bench.numpy), ("f(n)", 3, 9, true));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let mut sidecar = good();
        sidecar["sizes"] = json!({});
        sidecar["format"] = json!(2);
        sidecar["language"] = json!("d");
        let mut wrong = read(&sidecar.to_string()).unwrap_err();
        wrong.sort();
        let expected = [
            "`format` must be 1",
            "`language` is \"d\", and must be one of [\"c\",\"c++\"]",
            "`sizes` is not a key of sidecars",
        ];
        assert_eq!(wrong, expected);
        assert!(read("{").unwrap_err()[0].starts_with("it is no JSON: "));
    }
}
