//! What a template says about itself in the file beside it.
//!
//! The format is that of `templates/template.schema.json`. A key that it does not have is an error, as one that is
//! missing: whoever misspells `setup` would otherwise measure something else.

use serde_json::{Map, Value};

/// The version that is understood.
const FORMAT: u64 = 1;

/// The keys of a sidecar, and whether each has to be there.
const KEYS: [(&str, bool); 11] = [
    ("$schema", false),
    ("format", true),
    ("title", true),
    ("teaches", true),
    ("level", true),
    ("language", true),
    ("needs", true),
    ("options", true),
    ("setup", true),
    ("demo", true),
    ("bench", false),
];

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
    let value: Value = serde_json::from_str(text).map_err(|error| vec![format!("it is no JSON: {error}")])?;
    let mut wrong = Wrong::default();
    let Some(object) = value.as_object() else { return Err(vec!["it is no object".into()]) };
    wrong.keys("", object, &KEYS);
    if object.get("format").is_some_and(|format| format.as_u64() != Some(FORMAT)) {
        wrong.say("format", &format!("is {}, and {FORMAT} is understood", object["format"]));
    }
    wrong.one_of(object, "level", &["basic", "intermediate", "advanced"]);
    wrong.one_of(object, "language", &["c", "c++"]);
    wrong.line(object, "teaches");
    let sidecar = Sidecar {
        title: wrong.line(object, "title"),
        needs: wrong.lines("needs", object.get("needs")),
        options: wrong.object("options", object.get("options")),
        setup: wrong.lines("setup", object.get("setup")),
        demo: wrong.demo(object.get("demo")),
        bench: object.get("bench").map(|bench| wrong.bench(bench)),
    };
    if wrong.0.is_empty() { Ok(sidecar) } else { Err(wrong.0) }
}

/// The sentences about what is wrong.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn say(&mut self, path: &str, what: &str) {
        self.0.push(format!("`{path}` {what}"));
    }

    /// Looks for keys that nobody knows and that are missing.
    fn keys(&mut self, path: &str, object: &Map<String, Value>, known: &[(&str, bool)]) {
        for name in object.keys().filter(|name| known.iter().all(|(known, _)| known != name)) {
            self.say(&format!("{path}{name}"), "is no key of a sidecar");
        }
        for (name, _) in known.iter().filter(|(name, needed)| *needed && !object.contains_key(*name)) {
            self.say(&format!("{path}{name}"), "is missing");
        }
    }

    fn one_of(&mut self, object: &Map<String, Value>, name: &str, choices: &[&str]) {
        let value = object.get(name);
        if value.is_some_and(|value| !value.as_str().is_some_and(|text| choices.contains(&text))) {
            self.say(name, &format!("is none of {}", choices.join(", ")));
        }
    }

    fn line(&mut self, object: &Map<String, Value>, name: &str) -> String {
        let Some(value) = object.get(name) else { return String::new() };
        let line = value.as_str().filter(|text| !text.is_empty() && !text.contains('\n'));
        if line.is_none() {
            self.say(name, "is not a line of text");
        }
        line.unwrap_or_default().to_owned()
    }

    fn lines(&mut self, path: &str, value: Option<&Value>) -> Vec<String> {
        let Some(value) = value else { return Vec::new() };
        let lines = value.as_array().and_then(|list| {
            list.iter().map(|line| line.as_str().filter(|line| !line.contains('\n')).map(str::to_owned)).collect()
        });
        lines.unwrap_or_else(|| {
            self.say(path, "is not a list of lines");
            Vec::new()
        })
    }

    fn object(&mut self, path: &str, value: Option<&Value>) -> Map<String, Value> {
        let Some(value) = value else { return Map::new() };
        value.as_object().cloned().unwrap_or_else(|| {
            self.say(path, "is no object");
            Map::new()
        })
    }

    fn demo(&mut self, value: Option<&Value>) -> Vec<Value> {
        const KEYS: [(&str, bool); 5] =
            [("call", true), ("result", false), ("raises", false), ("close", false), ("tolerance", false)];
        let Some(value) = value else { return Vec::new() };
        let Some(list) = value.as_array().filter(|list| !list.is_empty()) else {
            self.say("demo", "is no list of at least one call");
            return Vec::new();
        };
        for (number, call) in list.iter().enumerate() {
            let path = format!("demo[{number}]");
            let call = self.object(&path, Some(call));
            self.keys(&format!("{path}."), &call, &KEYS);
            for name in ["call", "result", "raises"] {
                if call.get(name).is_some_and(|value| !value.is_string()) {
                    self.say(&format!("{path}.{name}"), "is no text");
                }
            }
            for name in ["close", "tolerance"] {
                if call.get(name).is_some_and(|value| !value.is_number()) {
                    self.say(&format!("{path}.{name}"), "is no number");
                }
            }
            let expected = ["result", "raises", "close"].iter().filter(|name| call.contains_key(**name)).count();
            if expected != 1 || call.contains_key("close") != call.contains_key("tolerance") {
                self.say(&path, "has not one of `result`, `raises`, or `close` with `tolerance`");
            }
        }
        list.clone()
    }

    fn bench(&mut self, value: &Value) -> Bench {
        const KEYS: [(&str, bool); 4] = [("setup", true), ("call", true), ("sizes", true), ("numpy", false)];
        const SIZES: [(&str, bool); 2] = [("quick", true), ("full", true)];
        let bench = self.object("bench", Some(value));
        self.keys("bench.", &bench, &KEYS);
        let sizes = self.object("bench.sizes", bench.get("sizes"));
        self.keys("bench.sizes.", &sizes, &SIZES);
        let mut size = |name: &str| {
            let size = sizes.get(name).and_then(Value::as_u64).filter(|size| *size > 0);
            if sizes.contains_key(name) && size.is_none() {
                self.say(&format!("bench.sizes.{name}"), "is no size");
            }
            size.unwrap_or(1)
        };
        let (quick, full) = (size("quick"), size("full"));
        if bench.get("numpy").is_some_and(|numpy| !numpy.is_boolean()) {
            self.say("bench.numpy", "is neither true nor false");
        }
        Bench {
            setup: self.lines("bench.setup", bench.get("setup")),
            call: self.line(&bench, "call"),
            quick,
            full,
            numpy: bench.get("numpy").and_then(Value::as_bool).unwrap_or_default(),
        }
    }
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

    fn complaints(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut value = good();
        change(&mut value);
        read(&value.to_string()).map(|_| ()).err().unwrap_or_default()
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
        let wrong = complaints(|value| {
            value["leval"] = json!("basic");
            value.as_object_mut().unwrap().remove("level");
            value["language"] = json!("d");
            value["bench"]["sizes"]["quick"] = json!(0);
        });
        assert_eq!(
            wrong,
            [
                "`leval` is no key of a sidecar",
                "`level` is missing",
                "`language` is none of c, c++",
                "`bench.sizes.quick` is no size",
            ]
        );
    }

    #[test]
    fn a_demo_call_says_one_thing() {
        let wrong = complaints(|value| value["demo"][0]["raises"] = json!("ValueError"));
        assert_eq!(wrong, ["`demo[0]` has not one of `result`, `raises`, or `close` with `tolerance`"]);
        let wrong = complaints(|value| {
            value["demo"][1].as_object_mut().unwrap().remove("tolerance");
        });
        assert_eq!(wrong, ["`demo[1]` has not one of `result`, `raises`, or `close` with `tolerance`"]);
        assert_eq!(complaints(|value| value["demo"] = json!([])), ["`demo` is no list of at least one call"]);
    }

    #[test]
    fn another_format_is_refused() {
        assert_eq!(complaints(|value| value["format"] = json!(2)), ["`format` is 2, and 1 is understood"]);
        assert!(read("{").unwrap_err()[0].starts_with("it is no JSON: "));
        assert_eq!(read("[]").unwrap_err(), ["it is no object"]);
    }
}
