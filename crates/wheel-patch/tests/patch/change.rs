//! What a change makes of a wheel.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use proptest::prelude::*;
use wheel_patch::{
    Addition, Change, Check, Content, Error, Finding, Limits, Members, Options, Scheme, Severity, Target, apply,
    apply_reviewed, inspect, verify,
};

use crate::make::{Made, Member, listed, member, record, sound, with, zip};

/// A file for the top of the wheel.
pub(crate) fn file(path: &str, content: &[u8]) -> Addition {
    let content = Content::Bytes(content.to_vec());
    Addition { target: Target::Root, path: path.to_owned(), content, executable: false, replace: false }
}

/// The change that adds a file.
pub(crate) fn add(path: &str, content: &[u8]) -> Change {
    Change::Add(file(path, content))
}

fn sound_after(made: &Made) {
    let findings = verify(&made.path, Check::Content, &Limits::default()).unwrap();
    assert!(findings.iter().all(|finding| finding.severity != Severity::Error), "{findings:?}");
}

fn applied(made: &Made, changes: &[Change]) -> wheel_patch::Applied {
    let applied = apply(&made.path, changes, &Options::default()).unwrap();
    sound_after(made);
    applied
}

#[test]
fn what_is_added_comes_behind_and_the_rest_stays() {
    let made = Made::sound();
    let before = made.bytes();
    let mut script = file("run", b"#!/bin/sh\n");
    script.target = Target::Scheme(Scheme::Scripts);
    script.executable = true;
    let big = "dialect ".repeat(1000);
    let changes = [
        add("zz.pth", b"import demo\n"),
        Change::Add(script),
        add("dialects/nl.toml", big.as_bytes()),
        add("grün.txt", b""),
    ];
    let applied = applied(&made, &changes);
    assert_eq!(applied.added, ["demo-1.0.data/scripts/run", "dialects/nl.toml", "grün.txt", "zz.pth"]);
    assert!(applied.can_undo && applied.findings.is_empty());

    let after = made.bytes();
    let names = made.names();
    assert_eq!(names[..4], ["demo/__init__.py", "demo/text.txt", "demo/empty.py", "demo/tool"]);
    assert_eq!(names[4..8], applied.added);
    assert_eq!(names[8..], ["METADATA", "WHEEL", "RECORD"].map(|name| format!("demo-1.0.dist-info/{name}")));
    // Local headers and data of the first four members are the same bytes.
    let kept = zip(&sound()[..4]).windows(4).position(|bytes| bytes == [0x50, 0x4b, 1, 2]).unwrap();
    assert_eq!(after[..kept], before[..kept]);

    let read = made.read();
    let find = |name: &str| read.iter().find(|(found, ..)| found == name).unwrap();
    assert_eq!(find("demo-1.0.data/scripts/run").1, 0o100_755);
    assert_eq!((find("dialects/nl.toml").1, find("dialects/nl.toml").2), (0o100_644, 8));
    assert_eq!(find("dialects/nl.toml").3, big.as_bytes());
    assert_eq!((find("grün.txt").2, find("zz.pth").2), (0, 0), "what does not get smaller is stored");
    assert_eq!(find("demo/tool").1, 0o100_755);
    let rows = made.record();
    assert!(rows.starts_with(&record(&sound())), "the old rows stay as they are, in front: {rows}");
    assert_eq!(rows.lines().count(), 7 + 4);
}

/// Headers are completed, and what does not get smaller is taken back, in memory or in the file.
#[test]
fn content_may_be_larger_than_what_is_held_back() {
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    })
    .take(700 << 10)
    .collect();
    // Half of it goes away, and the rest is still more than is held back.
    let mixed: Vec<u8> = noise.iter().flat_map(|byte| [*byte, 0]).collect();
    let contents =
        [("a.bin", b"x".as_slice(), 0), ("b.bin", &noise, 0), ("c.bin", &mixed, 8), ("d.bin", &noise[..9], 0)];
    let made = Made::sound();
    applied(&made, &contents.map(|(name, content, _)| add(name, content)));
    let read = made.read();
    for (name, content, method) in contents {
        let found = read.iter().find(|(found, ..)| found == name).unwrap();
        assert!(found.2 == method && found.3 == content, "{name}");
    }
    // Nothing of what was taken back is left behind the end.
    let stored: usize = contents[..2].iter().map(|(_, content, _)| content.len()).sum();
    assert!(made.bytes().len() < stored + mixed.len());
}

#[test]
fn the_same_change_again_touches_nothing() {
    let made = Made::sound();
    let changes = [add("zz.pth", b"import demo\n"), add("a.txt", b"a")];
    applied(&made, &changes);
    let stamp = |made: &Made| {
        let metadata = fs_err::metadata(&made.path).unwrap();
        (metadata.ino(), metadata.mtime_nsec(), made.bytes())
    };
    let before = stamp(&made);
    let again = applied(&made, &changes);
    assert!(again.can_undo && !applied(&Made::sound(), &[]).can_undo);
    assert_eq!((again.added.len(), again.unchanged), (0, vec!["zz.pth".to_owned(), "a.txt".to_owned()]));
    assert_eq!(stamp(&made), before);
    assert_eq!(fs_err::read_dir(made.folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn two_changes_make_what_one_makes() {
    let (one, two) = (Made::sound(), Made::sound());
    applied(&one, &[add("b.txt", b"b"), add("a.txt", b"a"), add("c/d.txt", &[7; 3000])]);
    applied(&two, &[add("c/d.txt", &[7; 3000])]);
    applied(&two, &[add("a.txt", b"a")]);
    applied(&two, &[add("b.txt", b"b")]);
    assert_eq!(one.bytes(), two.bytes());
}

#[test]
fn the_epoch_is_the_time_of_what_is_added() {
    let time = |epoch| {
        let made = Made::sound();
        apply(&made.path, &[add("a.txt", b"a")], &Options { epoch, ..Options::default() }).unwrap();
        let bytes = made.bytes();
        let name = bytes.windows(5).position(|found| found == b"a.txt").unwrap();
        u16::from_le_bytes([bytes[name - 18], bytes[name - 17]])
    };
    assert_eq!(time(None), 1 << 5 | 1);
    assert_eq!(time(Some(1_580_601_600)), 40 << 9 | 2 << 5 | 2);
}

#[test]
fn order_is_made_where_there_was_none() {
    let mut members = listed(sound());
    members.rotate_right(3);
    members.insert(1, with(member("demo/", b""), |member| (member.mode, member.stored) = (0o040_755, true)));
    let made = Made::of(&zip(&members));
    let applied = applied(&made, &[add("a.txt", b"a")]);
    assert!(!applied.can_undo, "the old order is nowhere");
    let names = made.names();
    assert_eq!(names[..6], ["demo/", "demo/__init__.py", "demo/text.txt", "demo/empty.py", "demo/tool", "a.txt"]);
    assert_eq!(names[8], "demo-1.0.dist-info/RECORD");
    assert!(!made.record().contains("demo/,"), "folders are not listed");
}

#[test]
fn records_of_all_kinds_are_gone_on_with() {
    let text = record(&sound());
    let windows = text.replace('\n', "\r\n");
    let open = text.trim_end().to_owned();
    let kinds = [(&text, false), (&text, true), (&windows, false), (&open, false), (&open, true)];
    // Also where other members have to move, and the way back is lost.
    for ((record, stored), moves) in kinds.into_iter().flat_map(|kind| [(kind, false), (kind, true)]) {
        let mut members = sound();
        members.push(with(member("demo-1.0.dist-info/RECORD", record.as_bytes()), |member| {
            (member.stored, member.descriptor) = (stored, moves.then_some((16, true)));
        }));
        members.rotate_right(if moves { 3 } else { 0 });
        let made = Made::of(&zip(&members));
        assert_eq!(applied(&made, &[add("a,\"b\".txt", b"a"), add("c.txt", b"")]).can_undo, !moves);
        let after = made.record();
        assert!(after.starts_with(record.as_str()));
        assert!(
            after.contains("\n\"a,\"\"b\"\".txt\",sha256=ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs,1"),
            "{after}"
        );
        assert_eq!(after.contains('\r'), record.contains('\r'));
        let before = made.bytes();
        applied(&made, &[add("a,\"b\".txt", b"a"), add("c.txt", b"")]);
        assert_eq!(made.bytes(), before);
    }
}

#[test]
fn data_descriptors_become_plain_headers() {
    for length in [12, 16, 20, 24] {
        let mut members = sound();
        members[1].descriptor = Some((length, true));
        let made = Made::of(&zip(&listed(members)));
        let findings = verify(&made.path, Check::Content, &Limits::default()).unwrap();
        assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["zip-descriptor"]);
        assert!(!applied(&made, &[add("a.txt", b"a")]).can_undo, "the descriptor is nowhere");
        assert!(!made.bytes().windows(4).any(|bytes| bytes == b"PX\x01\0"), "marks would lead nowhere");
        assert!(verify(&made.path, Check::Content, &Limits::default()).unwrap().is_empty());
    }
}

#[test]
fn members_are_removed_renamed_and_replaced() {
    let made = Made::sound();
    let mut other = file("demo/tool", b"#!/bin/bash\n");
    let error = apply(&made.path, &[Change::Add(other.clone())], &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "`demo/tool` is in the wheel already, with other content or another mode");
    let rename = Change::Rename { from: "demo/empty.py".to_owned(), to: "demo/tool".to_owned() };
    let error = apply(&made.path, &[rename], &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "`demo/tool` is in the wheel already");
    assert!(error.hint().is_some_and(|hint| !hint.contains("--replace")), "a renaming has no such option");
    other.replace = true;
    let changes = [
        Change::Remove("demo/text.txt".to_owned()),
        Change::Rename { from: "demo/empty.py".to_owned(), to: "demo/größe.py".to_owned() },
        Change::Add(other),
    ];
    let applied = applied(&made, &changes);
    assert_eq!(
        (applied.removed.as_slice(), applied.replaced.as_slice()),
        (&["demo/text.txt".to_owned()][..], &["demo/tool".to_owned()][..])
    );
    assert_eq!(applied.renamed, [("demo/empty.py".to_owned(), "demo/größe.py".to_owned())]);
    assert!(!applied.can_undo);
    let rows = made.record();
    let paths: Vec<_> = rows.lines().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(paths[..2], ["demo/__init__.py", "demo/größe.py"]);
    assert_eq!((paths.len(), *paths.last().unwrap()), (6, "demo-1.0.dist-info/RECORD"));
    assert_eq!(made.names()[..3], ["demo/__init__.py", "demo/größe.py", "demo/tool"]);
    assert_eq!(made.read()[2].3, b"#!/bin/bash\n");
}

#[test]
fn a_folder_is_removed_as_a_whole() {
    let made = Made::sound();
    let options = Options::default();
    let error = apply(&made.path, &[Change::Remove("nothing/".to_owned())], &options).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }));
    let removed = applied(&made, &[Change::Remove("demo/".to_owned())]).removed;
    assert_eq!(removed.len(), 4);
    let error = apply(&made.path, &[Change::Remove("demo-1.0.dist-info/".to_owned())], &options).unwrap_err();
    assert!(matches!(error, Error::Reserved { .. }));
}

#[test]
fn a_folder_is_renamed_as_a_whole() {
    let rename = |from: &str, to: &str| Change::Rename { from: from.to_owned(), to: to.to_owned() };
    let mut members = sound();
    members.insert(0, with(member("demo/", b""), |folder| (folder.mode, folder.stored) = (0o040_755, true)));
    let made = Made::of(&zip(&listed(members)));
    sound_after(&made);
    let before = made.bytes();
    for (from, to, expected) in [
        ("demo", "other", "`demo` is a folder in the wheel"),
        ("dem/", "other", "`dem/` is not in the wheel"),
        ("demo/", "../x", "`../x` cannot be a name in a wheel: it has a part that is empty, `.` or `..`"),
        ("demo/", "", "`` cannot be a name in a wheel: it is empty"),
        ("demo/", "x.data/", "the change would make"),
    ] {
        let error = apply(&made.path, &[rename(from, to)], &Options::default()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    for to in ["x/", "demo-1.0.dist-info/x/"] {
        let error = apply(&made.path, &[rename("demo-1.0.dist-info/", to)], &Options::default()).unwrap_err();
        assert!(matches!(error, Error::Reserved { .. }), "{error}");
    }
    let error = apply(&made.path, &[Change::Remove("demo".to_owned())], &Options::default()).unwrap_err();
    assert!(matches!(error, Error::IsFolder { .. }), "{error}");
    assert_eq!(made.bytes(), before);

    // Into itself, and out again.
    assert_eq!(applied(&made, &[rename("demo/", "demo/old")]).renamed.len(), 5);
    assert!(made.names().iter().filter(|name| !name.contains("dist-info")).all(|name| name.starts_with("demo/old/")));
    applied(&made, &[rename("demo/old/", "demo/")]);
    assert_eq!(made.bytes(), before);

    let taken = [add("other/tool", b""), rename("demo/", "other/")];
    let error = apply(&made.path, &taken, &Options::default()).unwrap_err();
    assert!(matches!(&error, Error::Taken { name } if name == "other/tool"), "{error}");
    applied(&made, &[add("other/new", b""), rename("demo/", "other")]);
    assert_eq!(made.names()[..2], ["other/", "other/__init__.py"]);
}

#[test]
fn changes_that_cannot_be_made_leave_the_wheel_as_it_was() {
    let made = Made::sound();
    let before = made.bytes();
    let check = |changes: &[Change], expected: &str| {
        let error = apply(&made.path, changes, &Options::default()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(made.bytes(), before);
    };
    check(&[add("../a", b"")], "`../a` cannot be a name in a wheel: it has a part that is empty, `.` or `..`");
    check(&[add("a", b""), add("a", b"b")], "`a` is to be added twice");
    check(&[add("demo", b"")], "`demo` and `demo/` cannot be in one wheel");
    check(&[add("demo/tool/x", b"")], "`demo/tool/x` and `demo/tool` cannot be in one wheel");
    check(&[add("Demo/x", b"")], "`Demo` and `demo` cannot be in one wheel");
    check(&[add("a/b", b""), add("A/c", b"")], "`A` and `a` cannot be in one wheel");
    check(&[add("a/b", b""), add("a", b"")], "`a/b` and `a` cannot be in one wheel");
    check(
        &[Change::Add(Addition { target: Target::Scheme(Scheme::Purelib), ..file("demo/tool", b"") })],
        "`demo-1.0.data/purelib/demo/tool` would be installed in the place of `demo/tool`",
    );
    check(
        &[Change::Rename { from: "demo/tool".into(), to: "demo-1.0.data/platlib/demo/empty.py".into() }],
        "`demo-1.0.data/platlib/demo/empty.py` would be installed in the place of `demo/empty.py`",
    );
    check(&[Change::Remove("a\u{202e}b\u{feff}".into())], "`a\\u{202e}b\\u{feff}` is not in the wheel");
    check(&[add("x.dist-info/a", b"")], "`x.dist-info/a` is not for changes: a wheel has one `.dist-info` folder");
    check(
        &[add("demo-1.0.dist-info/RECORD", b"")],
        "`demo-1.0.dist-info/RECORD` is not for changes: it speaks about all other files",
    );
    check(
        &[Change::Remove("demo-1.0.dist-info/WHEEL".into())],
        "`demo-1.0.dist-info/WHEEL` is not for changes: installers need it",
    );
    check(&[Change::Remove("gone".into())], "`gone` is not in the wheel");
    check(
        &[Change::Rename { from: "demo/tool".into(), to: "demo/empty.py".into() }],
        "`demo/empty.py` is in the wheel already",
    );
    check(&[Change::Rename { from: "gone".into(), to: "gone".into() }], "`gone` is not in the wheel");
    check(
        &[Change::Rename { from: "demo/tool".into(), to: "x.dist-info/a".into() }],
        "`x.dist-info/a` is not for changes: a wheel has one `.dist-info` folder",
    );
    let unsound =
        "the change would make `[WHEEL]` unsound: `demo-1.0.data/x/y`: `x` is no place to install to [data-scheme]";
    check(&[add("demo-1.0.data/x/y", b"")], &unsound.replace("[WHEEL]", made.path.to_str().unwrap()));
    let mut broken = file("demo-1.0.dist-info/METADATA", b"Name: other\nVersion: 1.0\n");
    broken.replace = true;
    let error = apply(&made.path, &[Change::Add(broken)], &Options::default()).unwrap_err();
    assert!(matches!(error, Error::WouldBeUnsound { .. }), "{error}");
    assert_eq!(fs_err::read_dir(made.folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_review_sees_the_changed_wheel_before_others_do() {
    let made = Made::sound();
    let before = made.bytes();
    let finding = |severity| Finding { rule: "taste", severity, place: Some("a".into()), message: "it is bad".into() };
    let review = |severity| {
        let seen = |members: &Members, applied: &wheel_patch::Applied| {
            let index = members.names().position(|name| name == "a").unwrap();
            assert_eq!(members.read(index, 3).unwrap().as_deref(), Some(&b"new"[..]));
            assert_eq!(members.read(index, 2).unwrap(), None);
            assert_eq!(members.read(members.names().len(), 3).unwrap(), None);
            assert!(applied.added == ["a"] && made.bytes() == before);
            vec![finding(severity)]
        };
        apply_reviewed(&made.path, &[add("a", b"new")], &Options::default(), &seen)
    };
    let error = review(Severity::Error).unwrap_err();
    assert!(error.to_string().ends_with("unsound: `a`: it is bad [taste]"), "{error}");
    assert_eq!(made.bytes(), before);
    assert_eq!(review(Severity::Warning).unwrap().findings, [finding(Severity::Warning)]);
    sound_after(&made);
}

#[test]
fn signatures_are_kept_or_dropped_on_request() {
    let mut members = listed(sound());
    members.push(member("demo-1.0.dist-info/RECORD.jws", b"{}"));
    let made = Made::of(&zip(&members));
    let mut options = Options::default();
    let error = apply(&made.path, &[add("a", b"")], &options).unwrap_err();
    assert!(matches!(error, Error::Signed { .. }));
    // Nothing to do needs no signature.
    assert!(apply(&made.path, &[], &options).unwrap().removed.is_empty());
    options.drop_signature = true;
    let applied = apply(&made.path, &[add("a", b"")], &options).unwrap();
    assert_eq!(applied.removed, ["demo-1.0.dist-info/RECORD.jws"]);
    sound_after(&made);
}

#[test]
fn links_stay_and_modes_are_kept() {
    let made = Made::sound();
    let changes = [add("a", b"")];
    let link = made.folder.path().join("link-1.0-py3-none-any.whl");
    fs_err::os::unix::fs::symlink(&made.path, &link).unwrap();
    assert!(matches!(apply(&link, &changes, &Options::default()), Err(Error::Symlink { .. })));
    fs_err::remove_file(&link).unwrap();
    fs_err::hard_link(&made.path, &link).unwrap();
    assert!(matches!(apply(&made.path, &changes, &Options::default()), Err(Error::Hardlinks { links: 2, .. })));
    fs_err::remove_file(&link).unwrap();
    fs_err::set_permissions(&made.path, std::fs::Permissions::from_mode(0o640)).unwrap();
    applied(&made, &changes);
    assert_eq!(fs_err::metadata(&made.path).unwrap().mode() & 0o777, 0o640);
}

#[test]
fn another_file_is_written_on_request() {
    let made = Made::sound();
    let before = made.bytes();
    let folder = made.folder.path().join("out");
    fs_err::create_dir(&folder).unwrap();
    let output = folder.join(made.path.file_name().unwrap());
    let options = Options { output: Some(output.clone()), ..Options::default() };
    apply(&made.path, &[add("a", b"")], &options).unwrap();
    assert_eq!(made.bytes(), before);
    assert!(
        inspect(&output, &Limits::default())
            .unwrap()
            .members
            .iter()
            .any(|member| member.name == "a" && member.is_added)
    );
    assert!(matches!(apply(&made.path, &[add("a", b"")], &options), Err(Error::OutputExists { .. })));
    fs_err::remove_file(&output).unwrap();
    apply(&made.path, &[], &options).unwrap();
    assert_eq!(fs_err::read(&output).unwrap(), before, "nothing to do is a copy");
}

#[test]
fn extra_fields_stay() {
    let mut members = sound();
    members[1].extra = vec![0x55, 0x54, 5, 0, 1, 1, 2, 3, 4];
    let made = Made::of(&zip(&listed(members.clone())));
    applied(&made, &[add("a", b"")]);
    let count = |bytes: &[u8]| bytes.windows(9).filter(|found| *found == members[1].extra).count();
    assert_eq!(count(&made.bytes()), 2, "in the local and in the central header");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_files_are_added_and_found(
        files in prop::collection::btree_map("[a-c]{1,2}(/[d-f,\"\u{e9} ]{1,3}){0,2}", prop::collection::vec(any::<u8>(), 0..50), 1..5),
    ) {
        let made = Made::sound();
        let before = made.bytes();
        let changes: Vec<Change> = files.iter().map(|(path, content)| add(path, content)).collect();
        match apply(&made.path, &changes, &Options::default()) {
            Ok(applied) => {
                prop_assert_eq!(applied.added.len(), files.len());
                sound_after(&made);
                let read = made.read();
                for (path, content) in &files {
                    let found = read.iter().find(|(name, ..)| name == path);
                    prop_assert_eq!(found.map(|found| &found.3), Some(content));
                }
                wheel_patch::undo(&made.path, &wheel_patch::UndoOptions::default()).unwrap();
            }
            // A file and a folder of the same name.
            Err(error) => prop_assert!(matches!(error, Error::Clash { .. }), "{}", error),
        }
        prop_assert_eq!(made.bytes(), before);
    }
}

/// For other tests: the members of a sound wheel with one of them changed.
pub(crate) fn changed(index: usize, change: impl FnOnce(&mut Member)) -> Vec<Member> {
    let mut members = sound();
    change(&mut members[index]);
    listed(members)
}
