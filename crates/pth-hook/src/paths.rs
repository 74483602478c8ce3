//! `os.path.abspath`, of text.

/// Joins a line to a folder and takes `.`, `..` and double slashes out, without asking the file system.
pub(crate) fn make(folder: &str, line: &str) -> String {
    let joined = if line.starts_with('/') {
        line.to_owned()
    } else if folder.ends_with('/') {
        format!("{folder}{line}")
    } else {
        format!("{folder}/{line}")
    };
    normal(&joined)
}

/// `os.path.normpath` of an absolute path. Two slashes at the beginning stay, as POSIX wants, and three do not.
fn normal(path: &str) -> String {
    let slashes = if path.starts_with("//") && !path.starts_with("///") { "//" } else { "/" };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{slashes}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_as_python_makes_them() {
        for (line, path) in [
            ("a", "/s/a"),
            ("a//b/./c/../d/", "/s/a/b/d"),
            ("..", "/"),
            ("../../..", "/"),
            ("/a", "/a"),
            ("//a/..", "//"),
            ("///a", "/a"),
            (".", "/s"),
            ("a b", "/s/a b"),
        ] {
            assert_eq!(make("/s", line), path, "{line}");
        }
    }
}
