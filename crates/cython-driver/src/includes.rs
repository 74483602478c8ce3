//! What C and C++ files include, and where a compiler looks for it.
//!
//! A dependency file names what was read. A file that appears later in a place where the compiler looked before is not in
//! it, so such places are found here, from the names in the files and the order in which GCC and Clang search ("Search
//! Path" in the manual of the preprocessor):
//!
//! | name | places, in this order |
//! |---|---|
//! | `"k.h"` | the folder of the including file, `-iquote` folders, then as for `<k.h>` |
//! | `<k.h>` | `-I` folders, `-isystem` folders, the compiler's own, `-idirafter` folders |
//!
//! Nothing is preprocessed. A name counts wherever it stands, also in a branch that is not taken and in a comment, because
//! one too many costs a look and one too few an old module. A macro whose value looks like the name of a file counts as one that is
//! asked for.

use std::{borrow::Cow, path::PathBuf};

/// How the names of files end that macros stand for.
const SUFFIXES: [&str; 12] = ["h", "hh", "hpp", "hxx", "H", "inc", "inl", "ipp", "tpp", "def", "c", "cpp"];

/// A name that a file includes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Include {
    /// The name, as written.
    pub(crate) name: String,
    /// Whether it is in quotation marks, not in angle brackets.
    pub(crate) quoted: bool,
    /// Whether the search goes on behind the folder of the including file (`#include_next`).
    pub(crate) next: bool,
    /// Whether it is only asked for (`__has_include`).
    pub(crate) tested: bool,
}

/// The folders that arguments give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SearchPath {
    /// For names in quotation marks, before those for all names.
    pub(crate) quote: Vec<String>,
    /// For all names.
    pub(crate) angle: Vec<String>,
    /// The compiler's own, after all others.
    pub(crate) system: Vec<String>,
}

impl SearchPath {
    /// The folders in the arguments of a compiler, and its own. Those of `-idirafter` come after its own; here they look a
    /// little earlier in the search than they are.
    pub(crate) fn of(arguments: &[String], own: &[PathBuf]) -> Self {
        let (mut quote, mut user, mut system, mut after) = (vec![], vec![], vec![], vec![]);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let lists =
                [("-iquote", &mut quote), ("-isystem", &mut system), ("-idirafter", &mut after), ("-I", &mut user)];
            for (option, list) in lists {
                let folder = match argument.strip_prefix(option) {
                    Some("") => rest.next().map(String::as_str),
                    joined => joined,
                };
                list.extend(folder.filter(|folder| !folder.starts_with(['-', '='])).map(plain));
            }
        }
        // A folder that is given as a system's is searched as one only.
        user.retain(|folder| !system.contains(folder));
        let unique = |folders: Vec<String>| {
            let mut unique = Vec::<String>::new();
            for folder in folders {
                if !unique.contains(&folder) {
                    unique.push(folder);
                }
            }
            unique
        };
        let own = own.iter().filter_map(|folder| folder.to_str()).map(plain).collect();
        Self { quote: unique(quote), angle: unique([user, system, after].concat()), system: own }
    }

    /// All folders, in the order for names in quotation marks.
    pub(crate) fn folders(&self) -> Vec<&str> {
        self.quote.iter().chain(&self.angle).chain(&self.system).map(String::as_str).collect()
    }
}

/// Every name that is included or asked for in a text, each once.
pub(crate) fn includes(text: &str) -> Vec<Include> {
    let text = without_continuations(text);
    let mut includes: Vec<Include> = ["include", "import", "embed", "define"]
        .into_iter()
        .flat_map(|word| text.match_indices(word).filter_map(|(at, word)| include_at(&text, at, word)))
        .collect();
    includes.sort();
    includes.dedup();
    includes
}

/// The places where a compiler looks for a name, in its order, as far as they follow from the arguments.
pub(crate) fn candidates(include: &Include, includer_folder: &str, search: &SearchPath) -> Vec<String> {
    if include.name.starts_with('/') {
        return vec![plain(&include.name)];
    }
    let quoted = std::iter::once(includer_folder).chain(search.quote.iter().map(String::as_str));
    let angle = search.angle.iter().chain(&search.system).map(String::as_str);
    let folders = quoted.filter(|_| include.quoted).chain(angle);
    let mut places = Vec::new();
    for folder in folders {
        let place = if folder.is_empty() { plain(&include.name) } else { plain(&format!("{folder}/{}", include.name)) };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// The folder in a name of a file; nothing for the working directory.
pub(crate) fn folder_of(file: &str) -> &str {
    match file.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => "",
    }
}

/// A path without `.` and doubled slashes. `..` stays, because what it leads to after a link is for the file system to say.
pub(crate) fn plain(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, parts.join("/"))
}

/// The name after a word that may begin an include.
fn include_at(text: &str, at: usize, word: &str) -> Option<Include> {
    let (before, after) = (&text[..at], &text[at + word.len()..]);
    let tested = before.ends_with("__has_");
    if !tested && !ends_with_hash(before) {
        return None;
    }
    // `#define H "k.h"`: a name that may be included or asked for by the macro's name.
    let defined = word == "define";
    let after = if defined { past_blanks(after) } else { after };
    let next = after.starts_with("_next");
    let mut after =
        past_blanks(after.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_'));
    if tested {
        after = past_blanks(after.strip_prefix('(').unwrap_or(after));
    }
    let (quoted, end) = match after.chars().next()? {
        '"' => (true, '"'),
        '<' => (false, '>'),
        // A macro, or no include at all.
        _ => return None,
    };
    let line = after[1..].split('\n').next().unwrap_or_default();
    let name = line.split_once(end)?.0;
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    let is_name = !name.is_empty() && (!defined || SUFFIXES.contains(&suffix));
    is_name.then(|| Include { name: name.to_owned(), quoted, next, tested: tested || defined })
}

/// Whether there is a `#`, in one of its three spellings, before blanks and comments.
fn ends_with_hash(mut before: &str) -> bool {
    loop {
        before = before.trim_end_matches(is_blank);
        let Some(comment) = before.strip_suffix("*/") else { break };
        let Some(start) = comment.rfind("/*") else { break };
        before = &before[..start];
    }
    ["#", "%:", "??="].iter().any(|hash| before.ends_with(hash))
}

fn past_blanks(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(is_blank);
        let Some(comment) = text.strip_prefix("/*") else { return text };
        text = comment.split_once("*/").map_or("", |(_, rest)| rest);
    }
}

fn is_blank(letter: char) -> bool {
    [' ', '\t', '\u{b}', '\u{c}', '\r'].contains(&letter)
}

/// Joins lines that end with a backslash, even before blanks, to the next, as the first step of a preprocessor does.
fn without_continuations(text: &str) -> Cow<'_, str> {
    let mut joined = String::new();
    let mut kept = 0;
    for (at, _) in text.match_indices('\\') {
        if let Some(rest) = text[at + 1..].trim_start_matches(is_blank).strip_prefix('\n') {
            joined.push_str(&text[kept..at]);
            kept = text.len() - rest.len();
        }
    }
    if kept == 0 {
        return text.into();
    }
    joined.push_str(&text[kept..]);
    joined.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_that_look_like_files_are_asked_for() {
        check(
            "#define H \"opt.h\"\n#define V \"1.2\"\n # define G <sub/g.hpp>\n",
            &["\"opt.h\" tested", "<sub/g.hpp> tested"],
        );
    }

    fn check(text: &str, expected: &[&str]) {
        let shown = |include: Include| {
            let Include { name, quoted, next, tested } = include;
            let name = if quoted { format!("\"{name}\"") } else { format!("<{name}>") };
            format!("{name}{}{}", if next { " next" } else { "" }, if tested { " tested" } else { "" })
        };
        assert_eq!(includes(text).into_iter().map(shown).collect::<Vec<_>>(), expected, "{text:?}");
    }

    #[test]
    fn names_are_found_in_every_spelling() {
        check("#include \"k.h\"\n", &["\"k.h\""]);
        check("#include <sys/types.h>", &["<sys/types.h>"]);
        check("  #\t include<a.h>\n# include\t\"b.h\" // c\n", &["<a.h>", "\"b.h\""]);
        check("#/* x */ /* y\nz */ include /* < */ <a.h>", &["<a.h>"]);
        check("/* x */ # include <a b.h>", &["<a b.h>"]);
        check("%:include <a.h>\n??=include <b.h>", &["<a.h>", "<b.h>"]);
        check("#inc\\\nlude \\\n  <a\\\n.h>", &["<a.h>"]);
        check("#include \\  \r\n \"a.h\"\r\n", &["\"a.h\""]);
        check("#include_next <a.h>\n#import \"b.h\"\n#embed <c>", &["<a.h> next", "\"b.h\"", "<c>"]);
        check("#if __has_include(<a.h>)", &["<a.h> tested"]);
        check("#if defined(__has_include) && __has_include ( \"a.h\" )", &["\"a.h\" tested"]);
        check("#if __has_include_next(<a.h>)", &["<a.h> next tested"]);
        check("#if __has_embed(<a> limit(1))", &["<a> tested"]);
        check("#if 0\n#include <a.h>\n#endif\n#include <a.h>", &["<a.h>"]);
        check("#include <é.h>\n\"é\"#include", &["<é.h>"]);
    }

    #[test]
    fn other_words_and_macros_name_nothing() {
        for text in [
            "",
            "include \"a.h\"",
            "import <vector>;",
            "#include NAME",
            "#include",
            "#include <a",
            "#include \"\"",
            "#include /* <a.h>",
            "x */ include <a.h>",
            "#define include",
            "PyImport_ImportModule(\"import\")",
            "__has_include",
            "__has_include(",
            "#include \"a\n\"",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn much_text_is_read_quickly() {
        let line = "  __Pyx_XDECREF(__pyx_t_1); /* \"m.pyx\":1 import included */ \\\n  if (x) goto embed_error;\n";
        let text = format!("{}#include <a.h>\n", line.repeat(10_000_000 / line.len()));
        let began = std::time::Instant::now();
        check(&text, &["<a.h>"]);
        // Without optimisation and beside other tests; it is about being linear.
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    }

    #[test]
    fn folders_are_searched_in_the_order_of_the_manual() {
        let words: Vec<String> =
            "-O2 -idirafter last -iquote q -Ione -I two -isystem sys -isystem/abs/ -I./one -I sys -iquoteq2 -I- m.c"
                .split(' ')
                .map(str::to_owned)
                .collect();
        let search = SearchPath::of(&words, &[]);
        assert_eq!(search.quote, ["q", "q2"]);
        assert_eq!(search.angle, ["one", "two", "sys", "/abs", "last"]);
        let check = |text: &str, folder: &str, expected: &[&str]| {
            assert_eq!(candidates(&includes(text)[0], folder, &search), expected);
        };
        check("#include <k.h>", "src", &["one/k.h", "two/k.h", "sys/k.h", "/abs/k.h", "last/k.h"]);
        check(
            "#include \"../k.h\"",
            "src",
            &[
                "src/../k.h",
                "q/../k.h",
                "q2/../k.h",
                "one/../k.h",
                "two/../k.h",
                "sys/../k.h",
                "/abs/../k.h",
                "last/../k.h",
            ],
        );
        check(
            "#include \"./k.h\"",
            "",
            &["k.h", "q/k.h", "q2/k.h", "one/k.h", "two/k.h", "sys/k.h", "/abs/k.h", "last/k.h"],
        );
        check("#include \"/etc//k.h\"", "src", &["/etc/k.h"]);
    }

    #[test]
    fn a_file_knows_its_folder() {
        assert_eq!(["m.c", "a/m.c", "/m.c", "/a/b/m.c"].map(folder_of), ["", "a", "/", "/a/b"]);
    }
}
