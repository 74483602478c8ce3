//! What holds for all startup files.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use pth_hook::{
    Code, Locale, Place, Ran, Request, SiteFile, SiteFolder, Start, StartPolicy, Step, Version, World, start, write,
};

/// A world in which everything is there, and code that has a `!` in it fails.
struct Good;

impl World for Good {
    fn exists(&mut self, _: &Path) -> bool {
        true
    }

    fn run(&mut self, code: &Code, _: &Place) -> Ran {
        let (Code::Line(text) | Code::EntryPoint(text)) = code;
        if text.contains('!') { Ran::Raised } else { Ran::Well }
    }
}

fn steps(minor: u8, locale: Locale, files: &[(String, Vec<u8>)]) -> Vec<Step> {
    let files = files.iter().map(|(name, bytes)| SiteFile::new(name, bytes.clone())).collect();
    let folder = SiteFolder { path: PathBuf::from("/site"), files };
    start(&Start { version: Version::of(minor), locale, path: Vec::new() }, &[folder], &mut Good)
}

fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = "[a-c._]{1,3}(\\.pth|\\.start)";
    let line = prop_oneof!["import [a-z!]{1,4}", "[a-z]{1,3}:[a-z!]{1,3}", "[ #a-z/.]{0,6}", "\\PC{0,4}"];
    let text = prop::collection::vec(line, 0..6).prop_map(|lines| lines.join("\n").into_bytes());
    let bytes = prop_oneof![4 => text, 1 => prop::collection::vec(any::<u8>(), 0..40)];
    prop::collection::btree_map(name, bytes, 0..5).prop_map(|files| files.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_folder_is_on_the_path_twice(minor in 10u8..22, files in files()) {
        let mut seen = Vec::new();
        for step in steps(minor, Locale::Utf8, &files) {
            if let Step::Append { path, .. } = step {
                // As text, as Python compares them: `//` is another folder than `/`.
                let path = path.into_os_string();
                prop_assert!(!seen.contains(&path), "{}", path.display());
                seen.push(path);
            }
        }
    }

    #[test]
    fn the_order_of_the_listing_does_not_matter(minor in 10u8..22, files in files()) {
        let mut reversed = files.clone();
        reversed.reverse();
        prop_assert_eq!(steps(minor, Locale::Utf8, &files), steps(minor, Locale::Utf8, &reversed));
    }

    #[test]
    fn paths_come_before_code_from_3_15_on(minor in 15u8..22, files in files()) {
        let all = steps(minor, Locale::Utf8, &files);
        let last_path = all.iter().rposition(|step| matches!(step, Step::Append { .. }));
        let first_code = all.iter().position(|step| matches!(step, Step::Run { .. }));
        prop_assert!(first_code.is_none_or(|code| last_path < Some(code)));
    }

    #[test]
    fn only_the_right_files_run(minor in 10u8..22, files in files()) {
        for step in steps(minor, Locale::Latin1, &files) {
            if let Step::Run { place, code, .. } = step {
                let is_start = place.path().extension().is_some_and(|ending| ending == "start");
                prop_assert_eq!(is_start, matches!(code, Code::EntryPoint(_)));
                let runs = if is_start { minor >= 15 } else { minor < 18 };
                prop_assert!(runs);
            }
        }
    }

    #[test]
    fn a_failure_keeps_nothing_from_running_from_3_15_on(minor in 15u8..18, files in files()) {
        let harmless: Vec<(String, Vec<u8>)> = files
            .iter()
            .map(|(name, bytes)| (name.clone(), bytes.iter().map(|byte| if *byte == b'!' { b'x' } else { *byte }).collect()))
            .collect();
        let count = |files: &[(String, Vec<u8>)]| steps(minor, Locale::Utf8, files).iter().filter(|step| matches!(step, Step::Run { .. })).count();
        // What is no name cannot be called, so entry points are compared only where they can.
        let lines = |files: &[(String, Vec<u8>)]| {
            steps(minor, Locale::Utf8, files).iter().filter(|step| matches!(step, Step::Run { code: Code::Line(_), .. })).count()
        };
        prop_assert_eq!(lines(&files), lines(&harmless));
        prop_assert!(count(&files) <= count(&harmless));
    }

    #[test]
    fn what_is_written_runs_once_everywhere(name in "[a-z][a-z0-9_]{0,8}", module in "[a-z_]{3,8}x(\\.[a-z_]{3,8}x)?", function in "[a-z_]{3,8}x", policy in 0usize..3, minor in 10u8..22) {
        let request = Request {
            name,
            entry: format!("{module}:{function}").parse().unwrap(),
            policy: StartPolicy::ALL[policy],
            requires_python: None,
            shim: Some("_shim_of_test".to_owned()),
        };
        let written = write(&request);
        prop_assume!(written.is_ok());
        let ran = steps(minor, Locale::Ascii, &written.unwrap().files).iter().filter(|step| matches!(step, Step::Run { .. })).count();
        // From 3.18 on the `.start` is needed, which `always` alone writes today.
        let expected = usize::from(minor < 18 || request.policy == StartPolicy::Always);
        prop_assert_eq!(ran, expected);
    }
}
