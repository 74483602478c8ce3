//! `.pyi` text for a built module.
//!
//! A script that runs in the module's interpreter says what is in it (`stub/describe.py`). What Cython embeds in
//! documentation (`embedsignature`, which builds switch on) has the C types, and Python's own inspection the names, kinds
//! and defaults of parameters; the stub has both. What nobody says is `Any`.
//!
//! | in the module | in the stub |
//! |---|---|
//! | `def f(int n, double x=1.5)`, `cpdef` alike | `def f(n: int, x: float = 1.5) -> Any: ...` |
//! | `cdef class` with an `__init__` | a class, whose `__init__` has the parameters in the class's documentation |
//! | `cdef public double x` | `x: float` |
//! | `@property`, `cdef readonly` | a property |
//! | `cpdef enum` | a class with its members |
//! | everything else that is public | a name with a type |

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

mod signature;
mod types;

use self::{
    signature::{Embedded, Kind, Parameter},
    types::Names,
};

/// Defines `describe(module)`, whose answer [`stub`] reads.
pub const DESCRIBE: &str = include_str!("stub/describe.py");

/// The first line of each stub.
const HEAD: &str = "# Made by `pyxide stub` from the built module.";

/// What is too long for a default is left out of it.
const LONGEST_DEFAULT: usize = 40;

/// Code flags of Python that say what a call gives.
const GENERATOR: u32 = 0x20;
const COROUTINE: u32 = 0x80;
const ASYNC_GENERATOR: u32 = 0x200;

#[derive(Debug, Deserialize)]
struct Described {
    name: String,
    /// Whether NumPy is there. Its arrays are buffers, which its own types say of newer versions of Python only.
    numpy: bool,
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Item {
    Module { name: String, target: String },
    Import { name: String, module: String, target: String },
    Function(Function),
    Static(Function),
    Class(Function),
    Slot(Function),
    Property(Property),
    Value { name: String, r#type: TypeName },
    Enum { name: String, base: String, members: Vec<Member> },
    Type(Type),
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    doc: Option<String>,
    parameters: Option<Vec<Parameter>>,
    returns: Option<String>,
    flags: u32,
}

#[derive(Debug, Deserialize)]
struct Property {
    name: String,
    doc: Option<String>,
    returns: Option<String>,
    settable: bool,
}

#[derive(Debug, Deserialize)]
struct Type {
    name: String,
    doc: Option<String>,
    bases: Vec<TypeName>,
    items: Vec<Item>,
    annotations: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct TypeName {
    module: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Member {
    name: String,
    value: String,
}

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    Method,
    Static,
    Class,
}

/// The text of a stub, from what `describe` said.
///
/// # Errors
/// When the description is none.
pub fn stub(description: &str) -> serde_json::Result<String> {
    let described: Described = serde_json::from_str(description)?;
    let mut names = Names::new(&described.name, described.numpy);
    for item in &described.items {
        match item {
            Item::Module { name, target } => names.module(name, target),
            Item::Import { name, module, target } => names.imported(name, module, target),
            Item::Type(Type { name, .. }) | Item::Enum { name, .. } => names.local(name),
            _ => {}
        }
    }
    let mut lines = Vec::new();
    for item in &described.items {
        item_lines(item, &mut names, Role::Plain, &mut lines);
    }
    let imports = names.imports();
    let mut text = format!("{HEAD}\n");
    for part in [imports, lines] {
        if !part.is_empty() {
            text.push('\n');
            text.push_str(&part.join("\n"));
            text.push('\n');
        }
    }
    Ok(text)
}

fn item_lines(item: &Item, names: &mut Names, role: Role, lines: &mut Vec<String>) {
    match item {
        Item::Function(function) if is_shown(&function.name) => lines.push(function_lines(function, role, names)),
        Item::Static(function) if is_shown(&function.name) => {
            lines.push("@staticmethod".into());
            lines.push(function_lines(function, Role::Static, names));
        }
        Item::Class(function) if is_shown(&function.name) => {
            lines.push("@classmethod".into());
            lines.push(function_lines(function, Role::Class, names));
        }
        Item::Slot(function) => lines.extend(slot(&function.name, names)),
        Item::Property(property) if is_public(&property.name) => property_lines(property, names, lines),
        Item::Value { name, r#type } if is_public(name) || ["__version__", "__author__"].contains(&name.as_str()) => {
            lines.push(format!("{name}: {}", names.of_value(&r#type.module, &r#type.name)));
        }
        Item::Enum { name, base, members } => {
            names.require("enum", base);
            lines.push(format!("class {name}({base}):"));
            lines.extend(members.iter().map(|Member { name, value }| format!("    {name} = {}", default(value))));
            if members.is_empty() {
                lines.push("    ...".into());
            }
        }
        Item::Type(type_) if is_public(&type_.name) => class_lines(type_, names, lines),
        _ => {}
    }
}

fn class_lines(class: &Type, names: &mut Names, lines: &mut Vec<String>) {
    let bases: Vec<String> = class.bases.iter().filter_map(|base| names.base(&base.module, &base.name)).collect();
    let bases = if bases.is_empty() { String::new() } else { format!("({})", bases.join(", ")) };
    lines.push(format!("class {}{bases}:", class.name));
    let mut body = Vec::new();
    for (name, annotation) in class.annotations.iter().filter(|(name, _)| is_public(name)) {
        body.push(format!("{name}: {}", names.annotation(annotation)));
    }
    let own_init =
        class.items.iter().any(|item| matches!(item, Item::Function(function) if function.name == "__init__"));
    let slot_init = class.items.iter().any(|item| matches!(item, Item::Slot(function) if function.name == "__init__"));
    let embedded = class.doc.as_deref().and_then(|doc| Embedded::of(doc, &class.name));
    match embedded {
        Some(embedded) if !own_init => {
            let mut parameters = vec![Parameter::plain("self")];
            parameters.extend(embedded.parameters.into_iter().filter(|parameter| parameter.name != "self"));
            body.push(format!("def __init__({}) -> None: ...", written(&parameters, true, names)));
        }
        None if slot_init => {
            let any = names.any();
            body.push(format!("def __init__(self, *args: {any}, **kwargs: {any}) -> None: ..."));
        }
        _ => {}
    }
    let annotated: BTreeSet<&str> = class.annotations.keys().map(String::as_str).collect();
    for item in &class.items {
        if !matches!(item, Item::Value { name, .. } if annotated.contains(name.as_str())) {
            item_lines(item, names, Role::Method, &mut body);
        }
    }
    if body.is_empty() {
        body.push("...".into());
    }
    lines.extend(body.into_iter().map(|line| format!("    {line}")));
}

fn function_lines(function: &Function, role: Role, names: &mut Names) -> String {
    let embedded = function.doc.as_deref().and_then(|doc| Embedded::of(doc, &function.name));
    let (types, c_return) = embedded.map_or((None, None), |embedded| (Some(embedded.parameters), embedded.returns));
    let parameters = match (function.parameters.clone(), types) {
        (Some(known), Some(types)) => signature::joined(known, &types),
        (Some(known), None) => known,
        (None, Some(types)) => types,
        (None, None) => vec![Parameter::rest("args", Kind::VarPositional), Parameter::rest("kwargs", Kind::VarKeyword)],
    };
    let returns = match (&function.returns, &c_return) {
        _ if function.name == "__init__" => "None".to_owned(),
        (Some(returns), _) => names.annotation(returns),
        (None, Some(c_return)) => names.of_c(c_return, true),
        (None, None) if function.flags & GENERATOR != 0 => {
            names.require("collections.abc", "Iterator");
            format!("Iterator[{}]", names.any())
        }
        (None, None) if function.flags & ASYNC_GENERATOR != 0 => {
            names.require("collections.abc", "AsyncIterator");
            format!("AsyncIterator[{}]", names.any())
        }
        (None, None) => names.any(),
    };
    let keyword = if function.flags & COROUTINE == 0 { "def" } else { "async def" };
    let has_self = matches!(role, Role::Method | Role::Class);
    let parameters = written(&parameters, has_self, names);
    format!("{keyword} {}({parameters}) -> {returns}: ...", function.name)
}

fn property_lines(property: &Property, names: &mut Names, lines: &mut Vec<String>) {
    let Property { name, doc, returns, settable } = property;
    let said = doc.as_deref().and_then(|doc| doc.lines().next()?.split_once(": "));
    let of_function = doc.as_deref().and_then(|doc| Embedded::of(doc, name)).and_then(|embedded| embedded.returns);
    let type_ = match (returns, said) {
        (Some(returns), _) => names.annotation(returns),
        // An attribute, whose type Cython writes as a text where it is one of C.
        (None, Some((before, type_))) if before == name => {
            lines.push(format!("{name}: {}", names.of_c(type_.trim_matches('\''), true)));
            return;
        }
        (None, Some((before, type_))) if before.ends_with(&format!(".{name}")) => names.annotation(type_),
        _ => match of_function {
            Some(returns) => names.of_c(&returns, true),
            None => names.any(),
        },
    };
    lines.push("@property".into());
    lines.push(format!("def {name}(self) -> {type_}: ..."));
    if *settable {
        lines.push(format!("@{name}.setter"));
        lines.push(format!("def {name}(self, value: {type_}) -> None: ..."));
    }
}

/// Parameters as they are written in a stub.
fn written(parameters: &[Parameter], has_self: bool, names: &mut Names) -> String {
    let mut words = Vec::new();
    let mut starred = false;
    for (index, parameter) in parameters.iter().enumerate() {
        let stars = match parameter.kind {
            Kind::VarPositional => "*",
            Kind::VarKeyword => "**",
            Kind::KeywordOnly if !starred => {
                words.push("*".to_owned());
                ""
            }
            _ => "",
        };
        starred |= matches!(parameter.kind, Kind::VarPositional | Kind::KeywordOnly);
        if index == 0 && has_self {
            words.push(parameter.name.clone());
        } else {
            let mut type_ = match (&parameter.annotation, &parameter.c_type) {
                (Some(annotation), _) => names.annotation(annotation),
                (None, Some(c_type)) => names.of_c(c_type, false),
                (None, None) => names.any(),
            };
            let value = match parameter.default.as_deref() {
                None => String::new(),
                Some(value) => {
                    if value == "None" && type_ != "Any" && !type_.contains("None") {
                        type_.push_str(" | None");
                    }
                    format!(" = {}", default(value))
                }
            };
            words.push(format!("{stars}{}: {type_}{value}", parameter.name));
        }
        let next = parameters.get(index + 1).map(|next| next.kind);
        if parameter.kind == Kind::PositionalOnly && next != Some(Kind::PositionalOnly) {
            words.push("/".into());
        }
    }
    words.join(", ")
}

/// A default, if it is a short literal.
fn default(value: &str) -> &str {
    let is_number =
        value.strip_prefix('-').unwrap_or(value).parse::<f64>().is_ok() && !value.ends_with(['f', 'n', 'y']);
    let quoted = value.strip_prefix('b').unwrap_or(value);
    let is_text = quoted.len() >= 2
        && ['\'', '"'].into_iter().any(|quote| {
            quoted.starts_with(quote) && quoted.ends_with(quote) && !quoted[1..quoted.len() - 1].contains(quote)
        });
    let is_known = ["None", "True", "False", "()", "[]", "{}"].contains(&value);
    if value.len() <= LONGEST_DEFAULT && (is_number || is_text || is_known) { value } else { "..." }
}

/// What Python's own protocols say of a method that Cython wraps.
fn slot(name: &str, names: &mut Names) -> Option<String> {
    let any = "Any";
    let bare = name.strip_prefix("__")?.strip_suffix("__")?;
    let (parameters, returns) = match bare {
        "len" | "hash" | "index" | "int" => (String::new(), "int"),
        "bool" => (String::new(), "bool"),
        "float" => (String::new(), "float"),
        "complex" => (String::new(), "complex"),
        "repr" | "str" => (String::new(), "str"),
        "contains" => (format!(", key: {any}, /"), "bool"),
        "eq" | "ne" => (", other: object, /".into(), "bool"),
        "lt" | "le" | "gt" | "ge" => (format!(", other: {any}, /"), "bool"),
        "iter" | "next" | "neg" | "pos" | "abs" | "invert" | "await" | "aiter" | "anext" => (String::new(), any),
        "getitem" => (format!(", key: {any}, /"), any),
        "delitem" => (format!(", key: {any}, /"), "None"),
        "setitem" => (format!(", key: {any}, value: {any}, /"), "None"),
        "getattr" => (", name: str, /".into(), any),
        "setattr" => (format!(", name: str, value: {any}, /"), "None"),
        "delattr" => (", name: str, /".into(), "None"),
        "get" => (format!(", instance: {any}, owner: {any} = None, /"), any),
        "set" => (format!(", instance: {any}, value: {any}, /"), "None"),
        "call" => (format!(", *args: {any}, **kwargs: {any}"), any),
        "pow" | "rpow" => (format!(", other: {any}, modulo: {any} = None, /"), any),
        _ => {
            const BINARY: [&str; 14] = [
                "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "lshift", "rshift", "and",
                "xor", "or", "concat",
            ];
            let operation = BINARY.into_iter().find(|known| {
                bare == *known || ["r", "i"].into_iter().any(|before| bare.strip_prefix(before) == Some(*known))
            });
            operation?;
            (format!(", other: {any}, /"), any)
        }
    };
    if parameters.contains(any) || returns == any {
        names.any();
    }
    Some(format!("def {name}(self{parameters}) -> {returns}: ..."))
}

/// Whether a name is for everybody.
fn is_public(name: &str) -> bool {
    !name.starts_with('_')
}

/// Whether a function of this name is for everybody, or is called by the language.
fn is_shown(name: &str) -> bool {
    const NOT_ASKED_FOR: [&str; 6] =
        ["__new__", "__reduce_cython__", "__setstate_cython__", "__reduce__", "__setstate__", "__reduce_ex__"];
    is_public(name) || (name.starts_with("__") && name.ends_with("__") && !NOT_ASKED_FOR.contains(&name))
}

#[cfg(test)]
mod tests;
