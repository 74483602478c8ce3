//! What a wheel's file name says: name, version, build number and tags.

use std::collections::BTreeSet;

/// What is wrong with another file name.
pub(crate) const NO_WHEEL_NAME: &str =
    "the file is not named as a wheel is: `name-version-python-abi-platform.whl`, in letters of ASCII";

/// A wheel's file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelName {
    /// The distribution's name, as it is spelled there.
    pub name: String,
    /// Its version, as it is spelled there.
    pub version: String,
    /// The build number.
    pub build: Option<String>,
    /// The tags, each for itself, such as `py3-none-any`.
    pub tags: BTreeSet<String>,
}

impl WheelName {
    /// Takes a file name apart. None if it is not a wheel's.
    pub fn parse(file_name: &str) -> Option<Self> {
        let stem = file_name.strip_suffix(".whl")?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, build, tags) = match parts[..] {
            [name, version, ref tags @ ..] if tags.len() == 3 => (name, version, None, tags),
            [name, version, build, ref tags @ ..] if tags.len() == 3 => (name, version, Some(build), tags),
            _ => return None,
        };
        let is_plain = |part: &str| {
            !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.+!".contains(letter))
        };
        let is_letter = |letter: char| letter.is_ascii_alphanumeric();
        // As core metadata wants names, and as pip and uv insist.
        let is_name = name.starts_with(is_letter) && name.ends_with(is_letter) && !name.contains(['+', '!']);
        let is_build = |build: &str| build.starts_with(|digit: char| digit.is_ascii_digit());
        if !is_name || !parts.iter().all(|part| is_plain(part)) || !build.is_none_or(is_build) {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            build: build.map(str::to_owned),
            tags: expand(tags)?,
        })
    }

    /// What its `.dist-info` folder is called.
    pub(crate) fn dist_info(&self) -> String {
        format!("{}-{}.dist-info", self.name, self.version)
    }

    /// Whether it may be installed where names that differ in case only are one.
    pub(crate) fn is_for_any_file_system(&self) -> bool {
        !self.tags.iter().all(|tag| tag.split('-').nth(2).is_some_and(|platform| platform.contains("linux")))
    }
}

/// The tags that a compressed tag set stands for. None if there are not three parts.
pub(crate) fn expand(tags: &[&str]) -> Option<BTreeSet<String>> {
    let [python, abi, platform] = tags else { return None };
    let mut expanded = BTreeSet::new();
    // A tag set stands for all combinations, so a short name could stand for very many.
    if [python, abi, platform].iter().map(|part| part.split('.').count()).product::<usize>() > 4096 {
        return None;
    }
    for python in python.split('.') {
        for abi in abi.split('.') {
            expanded.extend(platform.split('.').map(|platform| format!("{python}-{abi}-{platform}")));
        }
    }
    Some(expanded)
}

/// A distribution's name with one spelling.
pub(crate) fn normal_name(name: &str) -> String {
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("_").to_lowercase()
}

/// A version with one spelling, as far as that can be told without understanding it.
pub(crate) fn normal_version(version: &str) -> String {
    version.to_lowercase().replace(['-', '_'], ".").trim_start_matches('v').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_wheels() {
        let parsed = WheelName::parse("six-1.17.0-py2.py3-none-any.whl").unwrap();
        assert_eq!((parsed.name.as_str(), parsed.version.as_str(), parsed.build.as_deref()), ("six", "1.17.0", None));
        assert_eq!(parsed.tags.iter().collect::<Vec<_>>(), ["py2-none-any", "py3-none-any"]);
        assert_eq!(parsed.dist_info(), "six-1.17.0.dist-info");
        assert!(parsed.is_for_any_file_system());

        let parsed = WheelName::parse("libclang-18.1.1-1-py2.py3-none-macosx_11_0_arm64.whl").unwrap();
        assert_eq!(parsed.build.as_deref(), Some("1"));
        let parsed = WheelName::parse("torch-2.1.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl").unwrap();
        assert_eq!(parsed.version, "2.1.0+cpu");
        assert!(!parsed.is_for_any_file_system());
    }

    #[test]
    fn other_names() {
        for name in [
            "six.whl",
            "six-1.0.whl",
            "six-1.0-py3-none.whl",
            "six-1.0-py3-none-any.zip",
            "six-1.0-x-py3-none-any.whl",
            "six-1.0-1-2-py3-none-any.whl",
            "six--py3-none-any.whl",
            "s ix-1.0-py3-none-any.whl",
            "s\u{e9}x-1.0-py3-none-any.whl",
            "_six-1.0-py3-none-any.whl",
            "six.-1.0-py3-none-any.whl",
            "s+x-1.0-py3-none-any.whl",
            "six-1.0\u{e9}-py3-none-any.whl",
        ] {
            assert_eq!(WheelName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn spellings() {
        assert_eq!(normal_name("Foo.-_bar"), normal_name("foo_bar"));
        assert_eq!(normal_version("v1.0-RC1"), normal_version("1.0_rc1"));
    }
}
