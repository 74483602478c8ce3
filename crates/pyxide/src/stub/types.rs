//! Types of C and Cython as Python's checkers know them, and the imports that they need.

use std::collections::{BTreeMap, BTreeSet};

/// Names that mean something, and those that the stub has to import.
#[derive(Debug)]
pub(super) struct Names {
    module: String,
    has_numpy: bool,
    local: BTreeSet<String>,
    modules: BTreeMap<String, String>,
    imported: BTreeMap<String, (String, String)>,
    needed: BTreeSet<String>,
}

/// Types that need no import.
const BUILTINS: [&str; 19] = [
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "memoryview",
    "object",
    "range",
    "set",
    "slice",
    "str",
    "tuple",
    "type",
    "None",
    "BaseException",
];

/// Built-in types that are of something.
const OF_SOMETHING: [(&str, &str); 6] = [
    ("dict", "dict[Any, Any]"),
    ("frozenset", "frozenset[Any]"),
    ("list", "list[Any]"),
    ("set", "set[Any]"),
    ("tuple", "tuple[Any, ...]"),
    ("type", "type[Any]"),
];

/// Names of `typing` that annotations have without saying where they come from.
const TYPING: [&str; 12] = [
    "Any", "Callable", "Dict", "Iterable", "Iterator", "List", "Literal", "Optional", "Sequence", "Set", "Tuple",
    "Union",
];

impl Names {
    pub(super) fn new(module: &str, has_numpy: bool) -> Self {
        Self {
            module: module.to_owned(),
            has_numpy,
            local: BTreeSet::new(),
            modules: BTreeMap::new(),
            imported: BTreeMap::new(),
            needed: BTreeSet::new(),
        }
    }

    /// A class of the module itself.
    pub(super) fn local(&mut self, name: &str) {
        self.local.insert(name.to_owned());
    }

    /// A module that this one has under a name.
    pub(super) fn module(&mut self, name: &str, target: &str) {
        self.modules.insert(name.to_owned(), target.to_owned());
    }

    /// Something that this module has from another one.
    pub(super) fn imported(&mut self, name: &str, module: &str, target: &str) {
        if !module.starts_with('_') && module != "builtins" && !target.contains(['.', '<']) {
            self.imported.insert(name.to_owned(), (module.to_owned(), target.to_owned()));
        }
    }

    /// The import lines that are needed, in order.
    pub(super) fn imports(&self) -> Vec<String> {
        self.needed.iter().cloned().collect()
    }

    /// Has a name imported from a module.
    pub(super) fn require(&mut self, module: &str, name: &str) {
        self.needed.insert(format!("from {module} import {name}"));
    }

    /// What nobody knows.
    pub(super) fn any(&mut self) -> String {
        self.require("typing", "Any");
        "Any".into()
    }

    /// The type of a value, by where it is defined.
    pub(super) fn of_value(&mut self, module: &str, name: &str) -> String {
        if (module, name) == ("builtins", "NoneType") {
            return "None".into();
        }
        match self.defined(module, name) {
            Some(type_) => self.of_something(&type_),
            None => self.any(),
        }
    }

    /// A base class, if it can be named.
    pub(super) fn base(&mut self, module: &str, name: &str) -> Option<String> {
        if module == "builtins" {
            return Some(name.to_owned());
        }
        self.defined(module, name)
    }

    /// A class, by where it is defined.
    fn defined(&mut self, module: &str, name: &str) -> Option<String> {
        if module == self.module || module == "builtins" {
            let is_known = self.local.contains(name) || (module == "builtins" && BUILTINS.contains(&name));
            return is_known.then(|| name.to_owned());
        }
        if module.starts_with('_') || name.contains('<') {
            return None;
        }
        self.needed.insert(format!("import {module}"));
        Some(format!("{module}.{name}"))
    }

    /// An annotation as somebody wrote it; unknown, if it has a name that nobody would find.
    pub(super) fn annotation(&mut self, text: &str) -> String {
        let text = text.trim();
        let unquoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        let unquoted = unquoted.or_else(|| text.strip_prefix('"').and_then(|text| text.strip_suffix('"')));
        let text = unquoted.filter(|text| !text.contains(['\'', '"'])).unwrap_or(text);
        let mut needed = Vec::new();
        for name in dotted(text) {
            let root = name.split('.').next().unwrap_or_default();
            if let Some(target) = self.modules.get(root) {
                needed.push(if target == root {
                    format!("import {root}")
                } else {
                    format!("import {target} as {root}")
                });
            } else if let Some((module, target)) = self.imported.get(root) {
                let renamed = if target == root { String::new() } else { format!(" as {root}") };
                needed.push(format!("from {module} import {target}{renamed}"));
            } else if TYPING.contains(&root) {
                needed.push(format!("from typing import {root}"));
            } else if !self.local.contains(root) && !BUILTINS.contains(&root) {
                // A type of C that Cython lets annotations have.
                return self.of_c(text, false);
            }
        }
        self.needed.extend(needed);
        text.to_owned()
    }

    /// A type that Cython writes. Who takes a memoryview takes every buffer.
    pub(super) fn of_c(&mut self, text: &str, is_given_back: bool) -> String {
        let text = text.trim();
        let text = text.strip_prefix("const ").unwrap_or(text);
        let plain = text.strip_prefix(&format!("{}.", self.module)).unwrap_or(text);
        if plain == "void" {
            return "None".into();
        }
        if plain.ends_with(']') && plain.contains("[:") {
            self.require("typing_extensions", "Buffer");
            if is_given_back || !self.has_numpy {
                return "Buffer".into();
            }
            self.needed.insert("import numpy".into());
            return "Buffer | numpy.ndarray".into();
        }
        if plain == "ndarray" || plain.ends_with(".ndarray") {
            self.needed.insert("import numpy".into());
            return "numpy.ndarray".into();
        }
        if let Some((_, of)) = plain.split_once("ndarray[") {
            return self.array(of.trim_end_matches(']'));
        }
        let last = plain.rsplit('.').next().unwrap_or(plain);
        if let Some(type_) = scalar(last) {
            return type_.into();
        }
        if self.local.contains(plain) {
            return plain.into();
        }
        if BUILTINS.contains(&plain) && plain != "object" {
            return self.of_something(plain);
        }
        if !is_given_back && let Some((module, target)) = self.imported.get(plain).cloned() {
            self.require(&module, &target);
            return target;
        }
        self.any()
    }

    /// An array of NumPy's: `float64_t,ndim=2`.
    fn array(&mut self, of: &str) -> String {
        let element = of.split(',').next().unwrap_or_default().trim();
        let element = element.rsplit('.').next().unwrap_or(element);
        let Some(element) = element_type(element) else {
            self.needed.insert("import numpy".into());
            return "numpy.ndarray".into();
        };
        self.needed.insert("import numpy".into());
        self.needed.insert("import numpy.typing".into());
        format!("numpy.typing.NDArray[numpy.{element}]")
    }

    fn of_something(&mut self, type_: &str) -> String {
        match OF_SOMETHING.iter().find(|(name, _)| *name == type_) {
            Some((_, of)) => {
                self.any();
                (*of).to_owned()
            }
            None => type_.to_owned(),
        }
    }
}

/// Words that integer types of C are made of.
const INTEGERS: [&str; 17] = [
    "char",
    "short",
    "int",
    "long",
    "signed",
    "unsigned",
    "size_t",
    "ssize_t",
    "Py_ssize_t",
    "Py_hash_t",
    "ptrdiff_t",
    "intp_t",
    "uintp_t",
    "int_t",
    "uint_t",
    "intptr_t",
    "uintptr_t",
];

/// The Python type that a number or text of C becomes.
fn scalar(name: &str) -> Option<&'static str> {
    let name = name.trim();
    if let Some(to) = name.strip_suffix('*') {
        return ["char", "unsigned char", "const char", "const unsigned char"].contains(&to.trim()).then_some("bytes");
    }
    match name {
        "bint" | "bool" | "bool_t" | "npy_bool" => return Some("bool"),
        "unicode" | "basestring" | "Py_UCS4" | "Py_UNICODE" => return Some("str"),
        _ => {}
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    if words.last() == Some(&"complex") || ["complex64_t", "complex128_t"].contains(&name) {
        return Some("complex");
    }
    let is_float = |word: &str| ["float", "double", "longdouble_t"].contains(&word) || is_sized(word, &["float"]);
    if words.last().is_some_and(|word| is_float(word)) {
        return Some("float");
    }
    let is_integer = |word: &&str| INTEGERS.contains(word) || is_sized(word, &["int", "uint"]);
    (!words.is_empty() && words.iter().all(is_integer)).then_some("int")
}

/// Whether a name is one of these with a number of bits: `int32_t`, `npy_uint8`, `float64`.
fn is_sized(word: &str, kinds: &[&str]) -> bool {
    let word = word.strip_prefix("npy_").unwrap_or(word);
    let word = word.strip_suffix("_t").unwrap_or(word);
    kinds.iter().any(|kind| {
        word.strip_prefix(kind).is_some_and(|bits| !bits.is_empty() && bits.bytes().all(|digit| digit.is_ascii_digit()))
    })
}

/// NumPy's name for what an array holds.
fn element_type(name: &str) -> Option<String> {
    let known = match name {
        "double" => "float64",
        "float" => "float32",
        "int" => "intc",
        "unsigned int" => "uintc",
        "long" => "int_",
        "object" => "object_",
        "char" | "signed char" => "byte",
        "unsigned char" => "ubyte",
        _ => {
            let bare = name.strip_suffix("_t")?;
            return is_sized(bare, &["int", "uint", "float", "complex"]).then(|| bare.to_owned());
        }
    };
    Some(known.to_owned())
}

/// The names in an expression, with their attributes, without what stands in quotes.
fn dotted(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut quote = None;
    let mut from = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_part =
            quote.is_none() && (letter.is_alphanumeric() || letter == '_' || (letter == '.' && from.is_some()));
        match (from, is_part) {
            (None, true) if !letter.is_ascii_digit() => from = Some(at),
            (Some(start), false) => {
                names.push(&text[start..at]);
                from = None;
            }
            _ => {}
        }
        match quote {
            Some(open) if open == letter => quote = None,
            None if ['\'', '"'].contains(&letter) => quote = Some(letter),
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_c() {
        let cases = [
            ("int", "int"),
            ("unsigned long long", "int"),
            ("Py_ssize_t", "int"),
            ("np.int64_t", "int"),
            ("uint8_t", "int"),
            ("double", "float"),
            ("long double", "float"),
            ("float64_t", "float"),
            ("float complex", "complex"),
            ("bint", "bool"),
            ("char *", "bytes"),
            ("const unsigned char *", "bytes"),
            ("unicode", "str"),
            ("list", "list[Any]"),
            ("void", "None"),
            ("double[:, ::1]", "Buffer"),
            ("const uint8_t[:]", "Buffer"),
            ("ndarray", "numpy.ndarray"),
            ("np.ndarray[np.float64_t, ndim=2]", "numpy.typing.NDArray[numpy.float64]"),
            ("ndarray[int]", "numpy.typing.NDArray[numpy.intc]"),
            ("ndarray[DTYPE_t]", "numpy.ndarray"),
            ("m.Vec", "Vec"),
            ("Vec", "Vec"),
            ("Other", "Any"),
            ("void *", "Any"),
            ("int *", "Any"),
            ("object", "Any"),
            ("", "Any"),
        ];
        for (text, expected) in cases {
            let mut names = Names::new("m", false);
            names.local("Vec");
            assert_eq!(names.of_c(text, false), expected, "{text}");
        }
    }

    #[test]
    fn annotations_bring_what_they_need() {
        let mut names = Names::new("m", false);
        names.module("np", "numpy");
        names.imported("Path", "pathlib", "Path");
        names.local("Vec");
        let cases = [
            ("'str'", "str"),
            ("list[int] | None", "list[int] | None"),
            ("np.ndarray", "np.ndarray"),
            ("dict[str, Path]", "dict[str, Path]"),
            ("Literal['a b', 'Nope']", "Literal['a b', 'Nope']"),
            ("Vec", "Vec"),
            ("Gone[int]", "Any"),
            ("double", "float"),
        ];
        for (text, expected) in cases {
            assert_eq!(names.annotation(text), expected, "{text}");
        }
        assert_eq!(
            names.imports(),
            ["from pathlib import Path", "from typing import Any", "from typing import Literal", "import numpy as np",]
        );
    }
}
