//! The rule that what we install for users is hashed.

use super::tree::{Tree, Violation};

const FOLDER: &str = "data/toolchain/";
const MINORS: std::ops::RangeInclusive<u32> = 10..=14;

/// `data/toolchain` has a file per minor version of Python, and each requirement in it has a hash.
pub(super) fn hashed(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut files = 0;
    for (path, text) in tree.texts() {
        let Some(name) = path.strip_prefix(FOLDER).and_then(|name| name.strip_suffix(".txt")) else { continue };
        files += 1;
        if !is_minor(name) {
            found.push(Violation {
                path: path.to_owned(),
                line: 1,
                message: format!("`{name}` is no supported Python"),
                remedy: "call the file by its version, as `3.12.txt` or `py312.txt`, from 3.10 to 3.14",
            });
        }
        for (line, requirement) in requirements(text) {
            if !requirement.starts_with('-') && !requirement.contains("--hash=") {
                found.push(Violation {
                    path: path.to_owned(),
                    line,
                    message: format!("`{requirement}` has no hash"),
                    remedy: "add `--hash=sha256:...` for every file that may be installed",
                });
            }
        }
    }
    if files == 0 {
        found.push(Violation {
            path: FOLDER.to_owned(),
            line: 1,
            message: "there are no requirements".to_owned(),
            remedy: "add one file of hashed requirements per minor version of Python",
        });
    }
    found
}

/// Whether a file name ends with a supported version: `3.12`, `py312`, `cython-3.12`.
fn is_minor(name: &str) -> bool {
    MINORS.into_iter().any(|minor| {
        [format!("3.{minor}"), format!("3{minor}")]
            .iter()
            .filter_map(|version| name.strip_suffix(version.as_str()))
            .any(|before| !before.ends_with(|it: char| it.is_ascii_digit() || it == '.'))
    })
}

/// Requirements with the line they start on; a backslash continues a line.
fn requirements(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut continues = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let part = line.strip_suffix('\\').unwrap_or(line).trim();
        match found.last_mut() {
            Some((_, requirement)) if continues => {
                requirement.push(' ');
                requirement.push_str(part);
            }
            _ if part.is_empty() || part.starts_with('#') => {}
            _ => found.push((number, part.to_owned())),
        }
        continues = line.ends_with('\\');
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::check;
    use super::*;

    #[test]
    fn requirements_are_hashed() {
        let check_text = |text, expected: &[&str]| check(hashed, &[("data/toolchain/3.12.txt", text)], expected);
        check_text(
            "# why\n--only-binary :all:\nCython==3.3.1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n",
            &[],
        );
        check_text("Cython==3.3.1 --hash=sha256:00\nwheel==1.0\n", &["data/toolchain/3.12.txt:2"]);
        check_text("Cython==3.3.1 \\\n    --only-binary\n", &["data/toolchain/3.12.txt:1"]);
    }

    #[test]
    fn files_are_called_by_their_version() {
        for name in ["3.10", "py314", "cython-3.12"] {
            check(hashed, &[(&format!("data/toolchain/{name}.txt"), "")], &[]);
        }
        for name in ["3.9", "3.15", "13.12", "3.100", "all"] {
            let path = format!("data/toolchain/{name}.txt");
            check(hashed, &[(&path, "")], &[&format!("{path}:1")]);
        }
    }

    #[test]
    fn there_is_at_least_one_file() {
        check(hashed, &[("README.md", "")], &["data/toolchain/:1"]);
    }
}
