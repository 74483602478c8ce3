//! What linkers say, taken apart: GNU's two, LLVM's and mold, each of which has its own words.

/// One complaint of a linker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkError {
    pub(crate) kind: Kind,
    /// What it says, without addresses.
    pub(crate) message: String,
    /// All that it says, with the names of the objects that it is about.
    pub(crate) text: String,
    /// The function that it is about.
    pub(crate) function: Option<String>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Used, and nowhere defined.
    Undefined(String),
    /// Defined more than once.
    Multiple(String),
    /// A library that is not there.
    Library(String),
    /// Something else.
    Other,
}

/// The complaints in what a linker printed.
pub(crate) fn read(output: &str) -> Vec<LinkError> {
    let mut errors: Vec<LinkError> = Vec::new();
    let mut function = None;
    for line in output.lines() {
        // LLVM's and mold go on in lines of their own.
        if let Some(more) = line.strip_prefix(">>> ") {
            if let Some(error) = errors.last_mut() {
                error.text.push('\n');
                error.text.push_str(more.trim());
                if error.function.is_none() {
                    error.function =
                        more.rsplit_once(":(").and_then(|(_, rest)| Some(rest.strip_suffix(')')?.to_owned()));
                }
            }
            continue;
        }
        let (is_linker, text) = without_program(line);
        if let Some((place, error)) = text.split_once(": previous definition here").zip(errors.last_mut()) {
            error.text.push('\n');
            error.text.push_str(place.0);
            continue;
        }
        let context = text.split_once("in function `").or_else(|| text.split_once("in function '"));
        if let Some(name) = context.and_then(|(_, name)| name.strip_suffix("':")) {
            function = Some(name.to_owned());
            continue;
        }
        let Some((kind, message)) = what(text, is_linker) else { continue };
        let in_line = text.split_once(":function ").and_then(|(_, rest)| Some(rest.split_once(": ")?.0.to_owned()));
        // GNU's linker says the function once for all that follow about it.
        let function = in_line.or_else(|| function.clone().filter(|_| !is_linker || kind_is_of_symbol(&kind)));
        errors.push(LinkError { kind, message, text: text.to_owned(), function });
    }
    errors
}

fn kind_is_of_symbol(kind: &Kind) -> bool {
    matches!(kind, Kind::Undefined(_) | Kind::Multiple(_))
}

/// Whether a line begins with a linker's name, and the rest of it.
fn without_program(line: &str) -> (bool, &str) {
    let Some((program, rest)) = line.split_once(": ") else { return (false, line) };
    let name = program.rsplit('/').next().unwrap_or_default();
    let is_linker = ["ld", "lld", "mold"].contains(&name) || name.starts_with("ld.") || name.ends_with("-ld");
    if is_linker { (true, rest) } else { (false, line) }
}

/// What a line complains of.
fn what(text: &str, is_linker: bool) -> Option<(Kind, String)> {
    const UNDEFINED: [&str; 4] =
        ["undefined reference to ", "undefined symbol: ", "undefined hidden symbol: ", "hidden symbol "];
    const MULTIPLE: [&str; 2] = ["multiple definition of ", "duplicate symbol: "];
    const LIBRARY: [&str; 3] = ["cannot find -l", "unable to find library -l", "library not found: "];
    let after = |marks: &[&str]| marks.iter().find_map(|mark| Some(text.split_once(mark)?.1.to_owned()));
    if let Some(rest) = after(&LIBRARY) {
        let name: String = rest.chars().take_while(|letter| !letter.is_whitespace() && *letter != ':').collect();
        return Some((Kind::Library(name), plain(text)));
    }
    let is_undefined = text.contains("undefined reference to ") || is_linker;
    if let Some(symbol) = after(&UNDEFINED).filter(|_| is_undefined).map(|rest| quoted(&rest)) {
        return Some((Kind::Undefined(symbol.clone()), format!("undefined reference to '{symbol}'")));
    }
    if let Some(symbol) = after(&MULTIPLE).map(|rest| quoted(&rest)) {
        // mold names the objects first: `duplicate symbol: a.o: b.o: name`
        let symbol = symbol.rsplit(": ").next().unwrap_or_default().to_owned();
        return Some((Kind::Multiple(symbol.clone()), format!("multiple definition of '{symbol}'")));
    }
    let passes = ["warning: ", "final link failed", "skipping incompatible", "NOTE: ", "link failed"];
    if !is_linker || text.is_empty() || passes.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    Some((Kind::Other, plain(text)))
}

fn plain(text: &str) -> String {
    text.trim_start_matches("error: ").trim_start_matches("fatal: ").to_owned()
}

/// The symbol at the beginning, in quotation marks or to the end of the line.
fn quoted(text: &str) -> String {
    match text.strip_prefix(['`', '\'']) {
        // Demangled names of C++ have no quotation marks inside.
        Some(rest) => rest.split('\'').next().unwrap_or_default().to_owned(),
        None => text.trim().to_owned(),
    }
}

/// The name that a symbol has in source: `ns::f(int)` is written `f`.
pub(crate) fn plain_name(symbol: &str) -> &str {
    let path = symbol.split(['(', '<']).next().unwrap_or_default().trim();
    let name = path.rsplit("::").next().unwrap_or_default();
    name.rsplit(' ').next().unwrap_or_default().trim_start_matches('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expected: &[(Kind, &str, Option<&str>)]) {
        let found = read(output);
        let found: Vec<_> =
            found.iter().map(|error| (error.kind.clone(), error.message.as_str(), error.function.as_deref())).collect();
        assert_eq!(found, expected, "{output}");
    }

    #[test]
    fn four_linkers() {
        let undefined = || Kind::Undefined("foo".into());
        let multiple = || Kind::Multiple("foo".into());
        let library = || Kind::Library("nope".into());
        check(
            "/usr/bin/ld: object-1.o: in function `helper':\nhelper.c:(.text+0x5): undefined reference to `foo'\n\
             /usr/bin/ld: cannot find -lnope: No such file or directory\ncollect2: error: ld returned 1 exit status\n",
            &[
                (undefined(), "undefined reference to 'foo'", Some("helper")),
                (library(), "cannot find -lnope: No such file or directory", None),
            ],
        );
        check(
            "/usr/bin/ld: object-1.o: in function `foo':\n\
             b.c:(.text+0x0): multiple definition of `foo'; object-0.o:m.c:(.text+0x3): first defined here\n",
            &[(multiple(), "multiple definition of 'foo'", Some("foo"))],
        );
        check(
            "object-1.o:b.c:function helper: error: undefined reference to 'foo'\n/usr/bin/ld.gold: error: cannot find -lnope\n\
             /usr/bin/ld.gold: error: object-1.o: multiple definition of 'foo'\n/usr/bin/ld.gold: object-0.o: previous definition here\n",
            &[
                (undefined(), "undefined reference to 'foo'", Some("helper")),
                (library(), "cannot find -lnope", None),
                (multiple(), "multiple definition of 'foo'", None),
            ],
        );
        check(
            "ld.lld: error: undefined symbol: foo\n>>> referenced by b.c\n>>>               object-1.o:(helper)\n\
             ld.lld: error: duplicate symbol: foo\n>>> defined at m.c\n>>>            object-0.o:(foo)\n\
             ld.lld: error: unable to find library -lnope\n",
            &[
                (undefined(), "undefined reference to 'foo'", Some("helper")),
                (multiple(), "multiple definition of 'foo'", Some("foo")),
                (library(), "unable to find library -lnope", None),
            ],
        );
        check(
            "mold: error: undefined symbol: foo\n>>> referenced by b.c\nmold: error: duplicate symbol: a.o: b.o: foo\n\
             mold: fatal: library not found: nope\n",
            &[
                (undefined(), "undefined reference to 'foo'", None),
                (multiple(), "multiple definition of 'foo'", None),
                (library(), "library not found: nope", None),
            ],
        );
        check(
            "/usr/bin/ld: libx.a(x.o): relocation R_X86_64_32 against `.rodata' can not be used when making a shared object; recompile with -fPIC\n\
             /usr/bin/ld: final link failed: bad value\n/usr/bin/ld: warning: something\n",
            &[(
                Kind::Other,
                "libx.a(x.o): relocation R_X86_64_32 against `.rodata' can not be used when making a shared object; recompile with -fPIC",
                None,
            )],
        );
    }

    #[test]
    fn names_as_they_are_written() {
        for (symbol, name) in
            [("foo", "foo"), ("ns::f(int, char*)", "f"), ("vtable for A", "A"), ("int g<int>(int)", "g")]
        {
            assert_eq!(plain_name(symbol), name);
        }
    }
}
