//! What is in a module, and what becomes of it.

use super::stub;

fn function(name: &str, doc: &str, parameters: &str) -> String {
    format!(
        r#"{{"kind": "function", "name": "{name}", "doc": "{doc}", "parameters": {parameters}, "returns": null, "flags": 0}}"#
    )
}

fn of(items: &[String]) -> String {
    let text = stub(&format!(r#"{{"name": "m", "numpy": true, "items": [{}]}}"#, items.join(", "))).unwrap();
    text.split_once('\n').unwrap().1.trim().to_owned()
}

#[test]
fn a_function_has_types_from_one_place_and_names_from_another() {
    let parameters = r#"[
        {"name": "n", "kind": "POSITIONAL_OR_KEYWORD", "default": null, "annotation": null},
        {"name": "a", "kind": "POSITIONAL_OR_KEYWORD", "default": "None", "annotation": null},
        {"name": "far", "kind": "KEYWORD_ONLY", "default": "<object at 0x7f>", "annotation": "'bool'"}
    ]"#;
    let told = of(&[function("f", "f(int n, double[:] a=None, *, far=thing) -> double\\n\\nMore.", parameters)]);
    assert_eq!(
        told,
        "from typing_extensions import Buffer\nimport numpy\n\ndef f(n: int, a: Buffer | numpy.ndarray | None = None, *, far: bool = ...) -> float: ..."
    );
    // Without inspection, the documentation has to do; without both, nothing is known.
    assert_eq!(
        of(&[function("f", "f(int n, /, str s='a')", "null")]).lines().last().unwrap(),
        "def f(n: int, /, s: str = 'a') -> Any: ..."
    );
    assert_eq!(
        of(&[function("f", "What it does.", "null")]).lines().last().unwrap(),
        "def f(*args: Any, **kwargs: Any) -> Any: ..."
    );
}

#[test]
fn private_names_are_left_out() {
    let value = r#"{"kind": "value", "name": "_p", "type": {"module": "builtins", "name": "int"}}"#.to_owned();
    assert_eq!(of(&[function("_f", "_f()", "[]"), value]), "");
}

#[test]
fn a_class_has_the_signature_in_its_documentation() {
    let class = r#"{"kind": "type", "name": "Vec", "doc": "Vec(double x, int n=3)\n\nA vector.",
        "bases": [{"module": "m", "name": "Base"}], "annotations": {}, "items": [
        {"kind": "slot", "name": "__len__", "doc": null, "parameters": null, "returns": null, "flags": 0},
        {"kind": "slot", "name": "__init__", "doc": null, "parameters": null, "returns": null, "flags": 0},
        {"kind": "property", "name": "x", "doc": "x: 'double'", "returns": null, "settable": false},
        {"kind": "property", "name": "p", "doc": "Vec.p: int", "returns": null, "settable": true}
    ]}"#;
    let base = r#"{"kind": "type", "name": "Base", "doc": null, "bases": [], "annotations": {}, "items": []}"#;
    assert_eq!(
        of(&[base.to_owned(), class.to_owned()]),
        "class Base:\n    ...\nclass Vec(Base):\n    def __init__(self, x: float, n: int = 3) -> None: ...\n    \
         def __len__(self) -> int: ...\n    x: float\n    @property\n    def p(self) -> int: ...\n    @p.setter\n    \
         def p(self, value: int) -> None: ..."
    );
}

#[test]
fn what_is_no_description_is_refused() {
    assert!(stub("").is_err() && stub("{}").is_err());
}
