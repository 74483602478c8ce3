//! The texts in `.dist-info` that installers read: WHEEL, METADATA and `entry_points.txt`.

use std::collections::BTreeSet;

use crate::{
    Rule, Severity, WheelName,
    file_name::{expand, normal_name, normal_version},
    rule::Findings,
};

/// The fields at the beginning of a text, as mail has them.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads them, up to the first empty line.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let lines = text.lines().take_while(|line| !line.is_empty());
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            // A line that begins with a space goes on with the last field.
            (!line.starts_with([' ', '\t'])).then(|| (name.trim().to_lowercase(), value.trim().to_owned()))
        };
        Self(lines.filter_map(field).collect())
    }

    /// All values of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The names of all fields, in small letters, as often as they are there.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The value of a field that is there once.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        all.next().filter(|_| all.next().is_none()).map(|(_, value)| value.as_str())
    }
}

/// Notes what is wrong with WHEEL.
pub(crate) fn check_wheel(place: &str, fields: &Fields, name: Option<&WheelName>, findings: &mut Findings) {
    match fields.one("Wheel-Version") {
        None => findings.at(Rule::WheelSyntax, place, "it has not one Wheel-Version"),
        Some(version) => {
            match version.split_once('.').map(|(major, minor)| (major.parse::<u32>(), minor.parse::<u32>())) {
                Some((Ok(1), Ok(0))) => {}
                Some((Ok(1), Ok(_))) => {
                    let message = format!("Wheel-Version is {version}, of which installers warn");
                    findings.lesser(Rule::WheelVersion, Severity::Warning, Some(place), message);
                }
                _ => findings.at(Rule::WheelVersion, place, format!("Wheel-Version is {version}")),
            }
        }
    }
    if !fields.one("Root-Is-Purelib").is_some_and(|value| matches!(value.to_lowercase().as_str(), "true" | "false")) {
        let message = "it does not say whether Root-Is-Purelib is true or false";
        findings.lesser(Rule::WheelSyntax, Severity::Warning, Some(place), message);
    }
    let Some(name) = name else { return };
    let mut tags = BTreeSet::new();
    for tag in fields.all("Tag") {
        if tag.contains('.') {
            findings.at(Rule::WheelTagsCompressed, place, format!("the tag {tag} stands for several"));
        }
        let parts: Vec<&str> = tag.split('-').collect();
        tags.extend(expand(&parts).unwrap_or_default());
    }
    if tags != name.tags {
        let severity =
            if tags.is_disjoint(&name.tags) && !tags.is_empty() { Severity::Error } else { Severity::Warning };
        let list = |tags: &BTreeSet<String>| {
            let shown: Vec<&str> = tags.iter().take(3).map(String::as_str).collect();
            let more = if tags.len() > shown.len() { ", …" } else { "" };
            format!("{}{more}", shown.join(", "))
        };
        let has = if tags.is_empty() { "none".to_owned() } else { list(&tags) };
        let message = format!("its tags are {has}, and those of the file name {}", list(&name.tags));
        findings.lesser(Rule::WheelTags, severity, Some(place), message);
    }
    if fields.one("Build") != name.build.as_deref() {
        let say = |build: Option<&str>| build.map_or_else(|| "none".to_owned(), |build| format!("`{build}`"));
        let message = format!(
            "its build number is {}, and that of the file name {}",
            say(fields.one("Build")),
            say(name.build.as_deref())
        );
        findings.at(Rule::WheelBuild, place, message);
    }
}

/// Notes what is wrong with METADATA, and returns the names of licence files that are not there.
pub(crate) fn check_metadata(
    place: &str,
    fields: &Fields,
    name: Option<&WheelName>,
    has: impl Fn(&str) -> bool,
    findings: &mut Findings,
) {
    let (found, version) = (fields.one("Name"), fields.one("Version"));
    match (found, version, name) {
        (Some(found), Some(version), Some(name)) => {
            if normal_name(found) != normal_name(&name.name) {
                let message = format!("its name is {found}, and that of the file name {}", name.name);
                findings.at(Rule::MetadataName, place, message);
            } else if normal_version(version) != normal_version(&name.version) {
                // `1.0` and `1.0.0` are one version, which only those who understand versions can tell.
                let message = format!("its version is {version}, and that of the file name {}", name.version);
                findings.lesser(Rule::MetadataName, Severity::Warning, Some(place), message);
            }
        }
        (Some(_), Some(_), None) => {}
        _ => findings.at(Rule::MetadataName, place, "it has not one Name and one Version"),
    }
    let folder = place.trim_end_matches("METADATA");
    let is_new = fields.one("Metadata-Version").is_some_and(|version| {
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (2, 4)
    });
    for license in fields.all("License-File").filter(|_| is_new) {
        if !has(&format!("{folder}licenses/{license}")) {
            findings.at(Rule::MetadataLicense, place, format!("`{license}` is not in `licenses`"));
        }
    }
}

/// Notes what is wrong with `entry_points.txt`.
pub(crate) fn check_entry_points(place: &str, text: &[u8], findings: &mut Findings) {
    let Ok(text) = std::str::from_utf8(text) else {
        findings.at(Rule::EntryPoints, place, "it is not UTF-8");
        return;
    };
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) || (line.starts_with('[') && line.ends_with(']')) {
            continue;
        }
        let name = line.split_once('=').map(|(name, _)| name.trim());
        let is_plain = |name: &str| {
            !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "_.-".contains(letter))
        };
        if !name.is_some_and(is_plain) {
            findings.at(
                Rule::EntryPoints,
                place,
                format!("the line `{}` names nothing plainly", crate::rule::shown(line)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(check: impl FnOnce(&mut Findings)) -> Vec<String> {
        let mut findings = Findings::default();
        check(&mut findings);
        findings.into_list().iter().map(|finding| format!("{} {}", finding.severity.name(), finding.rule)).collect()
    }

    #[test]
    fn wheel_files() {
        let name = WheelName::parse("a-1-py2.py3-none-any.whl").unwrap();
        let check = |text: &str, expected: &[&str]| {
            let fields = Fields::parse(text.as_bytes());
            assert_eq!(found(|findings| check_wheel("WHEEL", &fields, Some(&name), findings)), expected, "{text}");
        };
        let head = "Wheel-Version: 1.0\r\nRoot-Is-Purelib: true\r\n";
        check(&format!("{head}Tag: py2-none-any\r\nTag: py3-none-any\r\n"), &[]);
        check(&format!("{head}Tag: py2.py3-none-any\n"), &["warning wheel-tags-compressed"]);
        check(head, &["warning wheel-tags"]);
        check(&format!("{head}Tag: py3-none-any\n"), &["warning wheel-tags"]);
        check(&format!("{head}Tag: cp312-cp312-win32\n"), &["error wheel-tags"]);
        check(
            &format!("{head}Tag: py2.py3-none-any\nBuild: 2\n"),
            &["warning wheel-tags-compressed", "warning wheel-build"],
        );
        let tag = "Tag: py2-none-any\nTag: py3-none-any\n";
        check(&format!("Wheel-Version: 1.9\nRoot-Is-Purelib: False\n{tag}"), &["warning wheel-version"]);
        check(&format!("Wheel-Version: 2.0\n{tag}"), &["error wheel-version", "warning wheel-syntax"]);
        check(
            &format!("Wheel-Version: 1.0\nWheel-Version: 1.0\nRoot-Is-Purelib: no\n{tag}"),
            &["error wheel-syntax", "warning wheel-syntax"],
        );
    }

    #[test]
    fn tags_are_listed_as_far_as_anybody_reads() {
        let name = WheelName::parse("a-1-cp310.cp311.cp312.cp313-none-any.whl").unwrap();
        let said = |tags: &str| {
            let mut findings = Findings::default();
            let text = format!("Wheel-Version: 1.0\nRoot-Is-Purelib: true\n{tags}");
            check_wheel("WHEEL", &Fields::parse(text.as_bytes()), Some(&name), &mut findings);
            findings.into_list().pop().unwrap().message
        };
        let wanted = "those of the file name cp310-none-any, cp311-none-any, cp312-none-any, …";
        assert_eq!(said(""), format!("its tags are none, and {wanted}"));
        assert_eq!(
            said("Tag: cp38-none-any\nTag: cp39-none-any\nTag: cp310-none-any\n"),
            format!("its tags are cp310-none-any, cp38-none-any, cp39-none-any, and {wanted}")
        );
    }

    #[test]
    fn metadata_files() {
        let name = WheelName::parse("a_b-1-py3-none-any.whl").unwrap();
        let check = |text: &str, expected: &[&str]| {
            let fields = Fields::parse(text.as_bytes());
            let has = |path: &str| path == "a_b-1.dist-info/licenses/LICENSE";
            let check = |findings: &mut Findings| {
                check_metadata("a_b-1.dist-info/METADATA", &fields, Some(&name), has, findings);
            };
            assert_eq!(found(check), expected, "{text}");
        };
        check("Metadata-Version: 2.4\nName: A.b\nVersion: 1\nLicense-File: LICENSE\n\nName: body", &[]);
        check("Metadata-Version: 2.4\nName: a-b\nVersion: 1\nLicense-File: AUTHORS\n", &["warning metadata-license"]);
        check("Metadata-Version: 2.1\nName: a-b\nVersion: 1\nLicense-File: AUTHORS\n", &[]);
        check("Name: ab\nVersion: 1\n", &["error metadata-name"]);
        check("Name: a-b\nVersion: 2\n", &["warning metadata-name"]);
        check("Version: 2\n", &["error metadata-name"]);
    }

    #[test]
    fn entry_points() {
        let check = |text: &[u8], expected: &[&str]| {
            assert_eq!(found(|findings| check_entry_points("e", text, findings)), expected);
        };
        check(b"[console_scripts]\na.b-c_1 = x:y\n; no\n\n", &[]);
        check(b"[console_scripts]\na b = x:y\n", &["warning entry-points"]);
        check(b"\xff", &["warning entry-points"]);
    }
}
