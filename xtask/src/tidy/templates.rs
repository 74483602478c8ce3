//! Rules about templates: their sidecars, their twins, and where they lie.
//!
//! A sidecar is compared with `templates/template.schema.json` itself, so that there is one description of the format. What that
//! schema says is a small part of JSON Schema, and `Schema` knows that part; a keyword that it does not know is a violation, too.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use regex_automata::meta::Regex;
use serde_json::{Map, Value};

use super::tree::{Tree, Violation};

const SCHEMA: &str = "templates/template.schema.json";
const CYTHON: &str = "templates/cython/";
const PYTHON: &str = "templates/python/";
const CATEGORIES: [&str; 8] = ["basic", "classes", "cpp", "memoryview", "numpy", "packages", "parallel", "patterns"];
/// What explains and does not check.
const SILENT: [&str; 5] = ["$schema", "$defs", "$ref", "title", "description"];

/// Each sidecar is what the schema describes.
pub(super) fn sidecars(tree: &Tree) -> Vec<Violation> {
    const REMEDY: &str = "write it as templates/template.schema.json says; the other sidecars are examples";
    let all: Vec<_> = tree.texts().filter(|(path, _)| is_sidecar(path)).collect();
    let Some(schema) = tree.text(SCHEMA) else {
        return all.first().map(|_| violation(SCHEMA, "there is no schema of sidecars", REMEDY)).into_iter().collect();
    };
    let schema = match serde_json::from_str(schema) {
        Ok(schema) => Schema { root: schema },
        Err(error) => return vec![violation(SCHEMA, &format!("no JSON: {error}"), REMEDY)],
    };
    let mut found = vec![];
    for (path, text) in all {
        match serde_json::from_str::<Value>(text) {
            Ok(sidecar) => {
                let mut faults = vec![];
                schema.check(&schema.root, &sidecar, "", &mut faults);
                found.extend(faults.iter().map(|fault| violation(path, fault, REMEDY)));
            }
            Err(error) => {
                let fault = violation(path, &format!("no JSON: {error}"), REMEDY);
                found.push(Violation { line: error.line(), ..fault });
            }
        }
    }
    found
}

/// What is wrong with a sidecar, by this schema.
pub(crate) fn faults(schema: Value, sidecar: &Value) -> Vec<String> {
    let schema = Schema { root: schema };
    let mut faults = vec![];
    schema.check(&schema.root, sidecar, "", &mut faults);
    faults
}

/// Each template has a sidecar and each sidecar a template, a category has a README, and what is measured has its twins.
pub(super) fn places(tree: &Tree) -> Vec<Violation> {
    let files: BTreeSet<&str> = tree.texts().map(|(path, _)| path).collect();
    // A folder is only known by what is in it.
    let holds = |folder: &str| files.range(folder..).next().is_some_and(|path| path.starts_with(folder));
    let mut found = vec![];
    let mut categories = BTreeSet::new();
    for path in files.iter().copied().filter(|path| path.starts_with(CYTHON) || path.starts_with(PYTHON)) {
        let inside = &path[CYTHON.len()..];
        let Some((category, rest)) = inside.split_once('/') else { continue };
        if !CATEGORIES.contains(&category) {
            let message = format!("`{category}` is no category of templates");
            found.push(violation(path, &message, "move it into one of the categories, or add one to the rule"));
        }
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let is_there = |stem: &str, end: &str| files.contains(format!("{stem}.{end}").as_str());
        let fault = if path.starts_with(PYTHON) {
            let template = CYTHON.to_owned() + inside.split('.').next().unwrap_or(inside).trim_end_matches("_numpy");
            let package = CYTHON.to_owned() + category + "/" + rest.split('/').next().unwrap_or(rest);
            let has_none = !is_there(&template, "json") && !is_there(&package, "json");
            has_none.then_some(("the twin of no template", "call it as the template that it is the twin of"))
        } else {
            categories.insert(category);
            let has_template = is_there(stem, "pyx") || is_there(stem, "py") || holds(&format!("{stem}/"));
            if is_sidecar(path) && !has_template {
                Some(("a sidecar without a template", "remove it, or call it as its template"))
            } else if has_end(path, "pyx") && !rest.contains('/') && !is_there(stem, "json") {
                Some(("a template without a sidecar", "describe it in a file of the same name that ends in .json"))
            } else {
                None
            }
        };
        found.extend(fault.map(|(message, remedy)| violation(path, message, remedy)));
    }
    found.extend(categories.into_iter().flat_map(|category| course(tree, category)));
    found.extend(twins(tree, &holds));
    found
}

/// A category has a course that speaks of each template.
fn course(tree: &Tree, category: &str) -> Vec<Violation> {
    let folder = format!("{CYTHON}{category}/");
    let readme = format!("{folder}README.md");
    let Some(text) = tree.text(&readme) else {
        return vec![violation(&readme, "a category without a README", "write a short course of its templates")];
    };
    let sidecars = tree.texts().map(|(path, _)| path).filter(|path| path.starts_with(&folder) && is_sidecar(path));
    let names = sidecars.map(|path| path[folder.len()..].trim_end_matches(".json"));
    let is_missing = |name: &&str| !["", ".pyx", ".py"].iter().any(|end| text.contains(&format!("({name}{end})")));
    let fault = |name| {
        let message = format!("nothing about `{name}`");
        violation(&readme, &message, "say in the course what it is for, with a link")
    };
    names.filter(is_missing).map(fault).collect()
}

/// What is measured has a twin in Python, and one with NumPy if its sidecar says so.
fn twins(tree: &Tree, holds: &dyn Fn(&str) -> bool) -> Vec<Violation> {
    let mut found = vec![];
    for (path, text) in tree.texts().filter(|(path, _)| is_sidecar(path)) {
        // One that is no JSON has its own violation.
        let bench = serde_json::from_str(text).map_or(Value::Null, |sidecar: Value| sidecar["bench"].clone());
        let twin = PYTHON.to_owned() + path[CYTHON.len()..].trim_end_matches(".json");
        let mut missing = |path: &str, twin: &str| {
            let message = format!("measured, and `{twin}` is missing");
            found.push(violation(
                path,
                &message,
                "write the twin with the measured function, as a good Python programmer would, or do not measure it",
            ));
        };
        if !bench.is_null() && tree.text(&format!("{twin}.py")).is_none() && !holds(&format!("{twin}/")) {
            missing(path, &format!("{twin}.py"));
        }
        let numpy = format!("{twin}_numpy.py");
        if bench["numpy"] == true && tree.text(&numpy).is_none() {
            missing(path, &numpy);
        }
    }
    found
}

fn is_sidecar(path: &str) -> bool {
    path.strip_prefix(CYTHON).is_some_and(|inside| has_end(inside, "json") && inside.matches('/').count() == 1)
}

fn has_end(path: &str, end: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == end)
}

fn violation(path: &str, message: &str, remedy: &'static str) -> Violation {
    Violation { path: path.to_owned(), line: 1, message: message.to_owned(), remedy }
}

/// As much of JSON Schema as the schema of sidecars uses.
struct Schema {
    root: Value,
}

impl Schema {
    /// Adds what is wrong with a value; `place` is where it stands.
    fn check(&self, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
        let Some(rules) = schema.as_object() else { return };
        if let Some(named) = rules.get("$ref").and_then(Value::as_str) {
            match self.root.pointer(named.trim_start_matches('#')) {
                Some(schema) => self.check(schema, value, place, faults),
                None => faults.push(format!("the schema refers to `{named}`, which it does not have")),
            }
        }
        for (keyword, rule) in rules {
            let here = if place.is_empty() { "the sidecar" } else { place };
            let fault = match keyword.as_str() {
                "type" => types(rule, value).map(|wanted| format!("`{here}` must be of the type {wanted}")),
                "const" => (rule != value).then(|| format!("`{here}` must be {rule}")),
                "enum" => {
                    let is_one = rule.as_array().is_some_and(|all| all.contains(value));
                    (!is_one).then(|| format!("`{here}` is {value}, and must be one of {rule}"))
                }
                "pattern" => rule.as_str().zip(value.as_str()).and_then(|(pattern, text)| {
                    let fits = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
                    (!fits).then(|| format!("`{here}` is {text:?}, which does not look like `{pattern}`"))
                }),
                "minimum" | "exclusiveMinimum" => rule.as_f64().zip(value.as_f64()).and_then(|(least, number)| {
                    let fits = number > least || keyword == "minimum" && number >= least;
                    (!fits).then(|| format!("`{here}` is {number}, which is too small"))
                }),
                "minItems" => rule.as_u64().zip(value.as_array()).and_then(|(least, items)| {
                    ((items.len() as u64) < least).then(|| format!("`{here}` must have at least {least} items"))
                }),
                "uniqueItems" => value.as_array().and_then(|items| {
                    let is_twice = (1..items.len()).any(|at| items[..at].contains(&items[at]));
                    is_twice.then(|| format!("`{here}` names something twice"))
                }),
                "required" => {
                    let missing = value.as_object().and_then(|object| missing(rule, object));
                    missing.map(|name| format!("`{here}` has no `{name}`"))
                }
                "oneOf" => {
                    let fitting = rule.as_array().into_iter().flatten().filter(|rule| {
                        let mut faults = vec![];
                        self.check(rule, value, place, &mut faults);
                        faults.is_empty()
                    });
                    (fitting.count() != 1).then(|| format!("`{here}` must be exactly one of {rule}"))
                }
                "items" => {
                    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{place}[{at}]"), faults);
                    }
                    None
                }
                "properties" => {
                    for (name, item) in value.as_object().into_iter().flatten() {
                        let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                        match rule.get(name) {
                            Some(rule) => self.check(rule, item, &place, faults),
                            None if rules.get("additionalProperties") == Some(&Value::Bool(false)) => {
                                faults.push(format!("`{place}` is not a key of sidecars"));
                            }
                            None => {}
                        }
                    }
                    None
                }
                "additionalProperties" if rule.is_boolean() => None,
                known if SILENT.contains(&known) => None,
                unknown => Some(format!("the schema uses `{unknown}`, which this rule does not know")),
            };
            faults.extend(fault);
        }
    }
}

/// The type that a value must have, if it has another one.
fn types<'a>(rule: &'a Value, value: &Value) -> Option<Types<'a>> {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        _ => value.is_null() && name == "null",
    };
    let fits = match rule {
        Value::Array(several) => several.iter().filter_map(Value::as_str).any(is),
        one => one.as_str().is_some_and(is),
    };
    (!fits).then_some(Types(rule))
}

struct Types<'a>(&'a Value);

impl fmt::Display for Types<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Array(several) => {
                let names: Vec<_> = several.iter().filter_map(Value::as_str).collect();
                f.write_str(&names.join(" or "))
            }
            one => f.write_str(one.as_str().unwrap_or_default()),
        }
    }
}

/// The first required key that an object does not have.
fn missing<'a>(required: &'a Value, object: &Map<String, Value>) -> Option<&'a str> {
    required.as_array()?.iter().filter_map(Value::as_str).find(|name| !object.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::super::tree::check;
    use super::*;

    const OURS: &str = include_str!("../../../templates/template.schema.json");
    const GOOD: &str = r#"{"format": 1, "title": "A", "teaches": "b", "level": "basic", "language": "c", "needs": ["numpy", "libm"],
        "options": {"openmp": true}, "setup": [], "demo": [{"call": "f()", "result": "1"}, {"call": "g()", "close": 1, "tolerance": 0.1}],
        "bench": {"setup": [], "call": "f()", "sizes": {"quick": 1, "full": 2}, "numpy": true}}"#;

    /// What the rule says of a sidecar in which one text is replaced by another.
    #[track_caller]
    fn says(of: &str, to: &str, expected: &[&str]) {
        assert!(GOOD.contains(of), "{of}");
        let tree = Tree::of(&[(SCHEMA, OURS), ("templates/cython/basic/a.json", &GOOD.replacen(of, to, 1))]);
        let found: Vec<String> = sidecars(&tree).into_iter().map(|it| it.message).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sidecars_are_what_the_schema_says() {
        says("basic", "basic", &[]);
        says("\"format\": 1", "\"format\": 2", &["`format` must be 1"]);
        says(
            "\"basic\"",
            "\"easy\"",
            &[r#"`level` is "easy", and must be one of ["basic","intermediate","advanced"]"#],
        );
        says("\"title\": \"A\", ", "", &["`the sidecar` has no `title`"]);
        says("\"title\"", "\"tags\": [], \"title\"", &["`tags` is not a key of sidecars"]);
        says("\"A\"", "\"A\\nB\"", &["`title` is \"A\\nB\", which does not look like `^[^\\n]+$`"]);
        says("\"A\"", "7", &["`title` must be of the type string"]);
        says("\"libm\"", "\"numpy\"", &["`needs` names something twice"]);
        says("true}, \"setup\"", "1}, \"setup\"", &["`options.openmp` must be of the type boolean"]);
        says("0.1", "0", &["`demo[1].tolerance` is 0, which is too small"]);
        says("\"quick\": 1", "\"quick\": 0", &["`bench.sizes.quick` is 0, which is too small"]);
        let alternatives = r#"`demo[0]` must be exactly one of [{"required":["result"]},{"required":["raises"]},{"required":["close","tolerance"]}]"#;
        says(", \"result\": \"1\"", "", &[alternatives]);
        says("\"1\"}", "\"1\", \"raises\": \"E\"}", &[alternatives]);
        says(
            r#"[{"call": "f()", "result": "1"}, {"call": "g()", "close": 1, "tolerance": 0.1}]"#,
            "[]",
            &["`demo` must have at least 1 items"],
        );
        check(
            sidecars,
            &[(SCHEMA, OURS), ("templates/cython/basic/a.json", "{\n\"format\": 1,\n}\n")],
            &["templates/cython/basic/a.json:3"],
        );
    }

    #[test]
    fn the_schema_uses_what_is_known() {
        let tree = Tree::of(&[(SCHEMA, r#"{"maxLength": 3}"#), ("templates/cython/basic/a.json", "{}")]);
        assert_eq!(sidecars(&tree)[0].message, "the schema uses `maxLength`, which this rule does not know");
        check(sidecars, &[("templates/cython/basic/a.json", "{}")], &["templates/template.schema.json:1"]);
        check(sidecars, &[("README.md", "")], &[]);
    }

    #[test]
    fn templates_have_what_belongs_to_them() {
        let bench = r#"{"bench": {"numpy": true}}"#;
        let good = [
            ("templates/cython/basic/README.md", "[a](a.pyx)"),
            ("templates/cython/basic/a.pyx", ""),
            ("templates/cython/basic/a.json", bench),
            ("templates/cython/packages/README.md", "[p](p)"),
            ("templates/cython/packages/p.json", "{}"),
            ("templates/cython/packages/p/core.pyx", ""),
            ("templates/python/basic/a.py", ""),
            ("templates/python/basic/a_numpy.py", ""),
            ("templates/python/packages/p/core.py", ""),
        ];
        check(places, &good, &[]);
        let without = |left_out: &str, expected: &[&str]| {
            let files: Vec<_> = good.iter().copied().filter(|(path, _)| *path != left_out).collect();
            check(places, &files, expected);
        };
        let [readme, source, sidecar] = [0, 1, 2].map(|at| format!("{}:1", good[at].0));
        without("templates/cython/basic/README.md", &[&readme]);
        without("templates/cython/basic/a.pyx", &[&sidecar]);
        without(
            "templates/cython/basic/a.json",
            &[&source, "templates/python/basic/a.py:1", "templates/python/basic/a_numpy.py:1"],
        );
        without("templates/python/basic/a.py", &[&sidecar]);
        without("templates/python/basic/a_numpy.py", &[&sidecar]);
        without("templates/cython/packages/p/core.pyx", &["templates/cython/packages/p.json:1"]);
        check(places, &[("templates/cython/magic/README.md", "")], &["templates/cython/magic/README.md:1"]);
        let silent = [("templates/cython/basic/README.md", "a"), good[1], ("templates/cython/basic/a.json", "{}")];
        check(places, &silent, &[&readme]);
    }
}
