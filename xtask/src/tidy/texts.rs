//! Rules about words that no file may contain.
//!
//! The forbidden words are written in pieces, so that this file does not find itself.

use super::code::words;
use super::tree::{Tree, Violation};

/// Folders of one machine, which no file may name.
const FOLDERS: [&str; 2] = [concat!("/", "root/"), concat!("/", "work/")];
const HOMES: &str = concat!("/", "home/");
const TEMPORARY: &str = concat!("/", "tmp/");
const HOSTS: [&str; 4] = [
    concat!("pypi", ".org"),
    concat!("crates", ".io"),
    concat!("files.pythonhosted", ".org"),
    concat!("index.crates", ".io"),
];
const LATER: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
const CODE: &[&str] = &["rs", "py", "pyi", "pyx", "pxd", "pxi", "toml", "json", "txt", "sh", "yml", "yaml", "c", "h"];

/// Nothing is left for later without an issue that remembers it, and no debugging helper stays.
pub(super) fn leftovers(tree: &Tree) -> Vec<Violation> {
    const MACROS: [&str; 3] = ["dbg", "todo", "unimplemented"];
    let mut found = Vec::new();
    for file in tree.rust() {
        let text = &file.code.text;
        for name in MACROS {
            for offset in file.code.words(name).filter(|offset| text[offset + name.len()..].starts_with('!')) {
                found.push(Violation {
                    path: file.path.to_owned(),
                    line: file.code.line(offset),
                    message: format!("`{name}!` was left behind"),
                    remedy: "write the code, or return an error that says what is missing",
                });
            }
        }
        for (offset, _) in text.match_indices(concat!("#", "[ignore")) {
            found.push(Violation {
                path: file.path.to_owned(),
                line: file.code.line(offset),
                message: "an ignored test".to_owned(),
                remedy: "assert today's behaviour and write what is wrong with it",
            });
        }
        for (line, comment) in &file.code.comments {
            found.extend(forgotten(file.path, *line, comment));
        }
    }
    let others = |path: &str| is_code(path) && extension(path) != "rs";
    for (path, text) in tree.texts().filter(|(path, _)| others(path)) {
        found.extend((1..).zip(text.lines()).filter_map(|(line, text)| forgotten(path, line, text)));
    }
    found
}

/// No file knows the machine that it was written on.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, line, text) in lines(tree) {
        let folder = FOLDERS.into_iter().find(|folder| is_absolute(text, folder));
        let of_code = || {
            let home = text.match_indices(HOMES).any(|(offset, _)| {
                let name = text[offset + HOMES.len()..].split_once('/').map(|(name, _)| name);
                is_start(text, offset) && name.is_some_and(is_word)
            });
            if home { Some(HOMES) } else { Some(TEMPORARY).filter(|it| is_absolute(text, it)) }
        };
        if let Some(folder) = folder.or_else(|| is_code(path).then(of_code).flatten()) {
            found.push(Violation {
                path: path.to_owned(),
                line,
                message: format!("a path below `{folder}`"),
                remedy: "use a path relative to the repository, a folder made by tempfile, or a made-up one such as `/project`",
            });
        }
    }
    found
}

/// Registries are reached through the clients' own settings, which may name a mirror.
pub(super) fn registry_hosts(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, line, text) in lines(tree) {
        if let Some(host) = HOSTS.into_iter().find(|host| text.contains(host)) {
            found.push(Violation {
                path: path.to_owned(),
                line,
                message: format!("the registry host `{host}`"),
                remedy: "name the package only, and let cargo and pip find it as they are configured to",
            });
        }
    }
    found
}

/// A line that postpones something and names no issue.
fn forgotten(path: &str, line: usize, text: &str) -> Option<Violation> {
    let word = LATER.into_iter().find(|word| words(text, word).next().is_some())?;
    let issue = |mark: &str| {
        text.match_indices(mark)
            .any(|(offset, _)| text[offset + mark.len()..].starts_with(|it: char| it.is_ascii_digit()))
    };
    (!issue("#") && !issue("issues/") && !issue("issue ")).then(|| Violation {
        path: path.to_owned(),
        line,
        message: format!("`{word}` without an issue"),
        remedy: "open an issue and name it on the same line as `#12`, or do it now",
    })
}

/// Every line that people wrote; any `Cargo.lock` is cargo's.
fn lines(tree: &Tree) -> impl Iterator<Item = (&str, usize, &str)> {
    let written = tree.texts().filter(|(path, _)| !path.ends_with("Cargo.lock"));
    written.flat_map(|(path, text)| (1..).zip(text.lines()).map(move |(line, text)| (path, line, text)))
}

/// Whether a line has a path that starts with this folder.
fn is_absolute(text: &str, folder: &str) -> bool {
    text.match_indices(folder).any(|(offset, _)| is_start(text, offset))
}

/// Whether a path may start here: what stands before it is no earlier part of the same path.
fn is_start(text: &str, offset: usize) -> bool {
    let before = &text[..offset];
    let option = before.ends_with("-I") || before.ends_with("-L");
    option || !before.ends_with(|it: char| it.is_alphanumeric() || "_.-~*}>)]".contains(it))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_alphanumeric() || "_-.".contains(it))
}

/// Whether a file is code rather than a document.
fn is_code(path: &str) -> bool {
    CODE.contains(&extension(path)) || path.starts_with(".ci/")
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::super::tree::check;
    use super::*;

    #[test]
    fn nothing_is_left_for_later() {
        let check_rust = |text: &str, expected: &[&str]| check(leftovers, &[("xtask/src/a.rs", text)], expected);
        let here = ["xtask/src/a.rs:1"];
        let [later, _] = LATER;
        check_rust("dbg!(a);\n", &here);
        check_rust("todo!()\n", &here);
        check_rust("std::unimplemented!()\n", &here);
        check_rust("// dbg!(a)\nlet a = \"todo!()\";\nfn todo() {}\n", &[]);
        check_rust(&format!("{}]\nfn a() {{}}\n", concat!("#", "[ignore")), &here);
        check_rust(&format!("// {later}: later\n"), &here);
        check_rust(&format!("// {later}(#12): later\n// {later}: https://host/issues/12\n"), &[]);
        check_rust(&format!("let a = \"{later}\"; // {later}S\n"), &[]);
        check(leftovers, &[("tests/a.py", &format!("\n# {later}: later\n"))], &["tests/a.py:2"]);
        check(leftovers, &[("README.md", &format!("No `{later}`.\n"))], &[]);
    }

    #[test]
    fn no_file_knows_a_machine() {
        let check_text = |path: &str, text: String, expected: &[&str]| check(machine_paths, &[(path, &text)], expected);
        let [root, work] = FOLDERS;
        check_text("README.md", format!("see `{root}x`\n"), &["README.md:1"]);
        check_text("a.json", format!("\n\"-I{work}x\"\n"), &["a.json:2"]);
        check_text("a.rs", format!("\"{HOMES}anna/x\"\n"), &["a.rs:1"]);
        check_text("a.py", format!("open(\"{TEMPORARY}x\")\n"), &["a.py:1"]);
        check_text("README.md", format!("`{TEMPORARY}x`, `{HOMES}anna/x`\n"), &[]);
        check_text(
            "a.rs",
            format!("// <root>{work}x, $HOME{TEMPORARY}x, stage/{{key}}{work}x, {HOMES}<name>/x\n"),
            &[],
        );
    }

    #[test]
    fn no_file_names_a_registry() {
        for host in HOSTS {
            let text = format!("a\nhttps://{host}/simple\n");
            check(registry_hosts, &[("README.md", &text), ("Cargo.lock", &text)], &["README.md:2"]);
        }
        check(registry_hosts, &[("README.md", "pip install pyxide\n")], &[]);
    }
}
