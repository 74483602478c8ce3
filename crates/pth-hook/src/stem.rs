//! Names that a hook's files must not have.

use crate::Error;

/// Beginnings of names that build backends give to their own files.
const RESERVED: [(&str, &str); 4] = [
    ("__editable__", "setuptools calls the files of editable installs so, and removes them"),
    ("_editable_impl_", "hatchling and others call the files of editable installs so"),
    ("__editables_", "the package editables calls its modules so"),
    ("_virtualenv", "virtualenv puts its own hook there"),
];

/// Names that are taken.
const TAKEN: [(&str, &str); 4] = [
    ("distutils-precedence", "setuptools ships a file of this name"),
    ("easy-install", "setuptools used to write a file of this name"),
    ("setuptools", "setuptools used to write a file of this name"),
    ("site-packages", "it would be taken for the folder"),
];

/// Refuses the name of a hook's files, without their endings, if somebody else uses it, or if no interpreter would read it.
///
/// In an editable wheel the package's own name is refused, too: backends put the path of the sources into `<name>.pth` or `_<name>.pth`, and whoever is
/// written last wins, in silence. `distribution` may be empty when it is not known.
///
/// # Errors
///
/// [`Error::Stem`] with the reason.
pub fn check_stem(stem: &str, distribution: &str, editable: bool) -> Result<(), Error> {
    let refuse = |reason: &str| Err(Error::Stem { stem: stem.to_owned(), reason: reason.to_owned() });
    if stem.is_empty() {
        return refuse("it is empty");
    }
    if stem.starts_with('.') {
        return refuse("files whose names begin with a dot are not read");
    }
    if let Some(letter) = stem.chars().find(|letter| !is_plain(*letter)) {
        return refuse(&format!(
            "it has {letter:?} in it, and the name of a file that is installed everywhere is of letters, digits, `.`, `_` and `-`"
        ));
    }
    if stem.len() > 100 {
        return refuse("it is longer than 100 letters");
    }
    if [".pth", ".start"].iter().any(|ending| stem.ends_with(ending)) {
        return refuse("the ending is added to it");
    }
    if stem.ends_with("-nspkg") {
        return refuse("namespace packages of setuptools end so, which later versions remove");
    }
    let lower = stem.to_ascii_lowercase();
    if let Some((_, reason)) = RESERVED.iter().find(|(beginning, _)| lower.starts_with(beginning)) {
        return refuse(reason);
    }
    if let Some((_, reason)) = TAKEN.iter().find(|(name, _)| lower == *name) {
        return refuse(reason);
    }
    if editable && !distribution.is_empty() && normal(stem) == normal(distribution) {
        return refuse(
            "build backends write a file of the package's own name into editable wheels, with the path of the sources, and one of the two would be lost",
        );
    }
    Ok(())
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

/// The name of a distribution, as names are compared.
pub(crate) fn normal(name: &str) -> String {
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_others_are_refused() {
        for good in ["vlaamscodex", "a1_coverage", "my.pkg-hook", "_hook", "Editable"] {
            assert!(check_stem(good, "vlaamscodex", false).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".hidden",
            "a/b",
            "a\\b",
            "a b",
            "ä",
            "a\n",
            "x.pth",
            "x.start",
            "__editable__.pkg-1.0",
            "__Editable__x",
            "_editable_impl_pkg",
            "distutils-precedence",
            "pkg-nspkg",
            "_virtualenv",
            &"x".repeat(101),
        ] {
            assert!(check_stem(bad, "pkg", false).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_packages_own_name_is_refused_in_editable_wheels() {
        for name in ["my-pkg", "my_pkg", "My.Pkg", "_my_pkg", "__my__pkg"] {
            assert!(check_stem(name, "my.pkg", false).is_ok(), "{name}");
            assert!(check_stem(name, "my.pkg", true).is_err(), "{name}");
        }
        assert!(check_stem("my_pkg_hook", "my.pkg", true).is_ok());
        for name in ["my_pkg", "_", &"x".repeat(100)] {
            assert!(check_stem(name, "", true).is_ok(), "{name}");
        }
    }
}
