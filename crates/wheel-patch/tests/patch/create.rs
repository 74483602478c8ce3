//! Wheels made anew.

use std::path::Path;

use wheel_patch::{
    Addition, Check, Content, CreateOptions, Durability, Error, Limits, NewWheel, Scheme, Target, create, inspect,
    verify,
};

fn file(path: &str, content: &[u8]) -> Addition {
    let content = Content::Bytes(content.to_vec());
    Addition { target: Target::Root, path: path.to_owned(), content, executable: false, replace: false }
}

fn wheel(files: Vec<Addition>) -> NewWheel {
    NewWheel {
        name: "Fast-Square".into(),
        version: "1.0+k5f".into(),
        tag: "cp311-cp311-linux_x86_64".into(),
        is_purelib: false,
        generator: "test 1".into(),
        metadata: "Requires-Dist: numpy\nSummary: x\n  y\n\nA description.\n".into(),
        files,
    }
}

fn options() -> CreateOptions {
    CreateOptions { durability: Durability::None, ..CreateOptions::default() }
}

fn findings(path: &Path) -> Vec<String> {
    verify(path, Check::Content, &Limits::default()).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn a_new_wheel_is_sound_and_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let tool = Addition { executable: true, target: Target::Scheme(Scheme::Scripts), ..file("tool", b"#!/bin/sh\n") };
    let files = vec![file("b.so", &[7; 1000]), file("a,b/__init__.py", b""), tool];
    let path = create(&wheel(files.clone()), folder.path(), &options()).unwrap();
    assert_eq!(path.file_name().unwrap(), "fast_square-1.0+k5f-cp311-cp311-linux_x86_64.whl");
    assert_eq!(findings(&path), [""; 0]);
    let found = inspect(&path, &Limits::default()).unwrap();
    assert_eq!((found.name.version.as_str(), found.root_is_purelib), ("1.0+k5f", false));
    let names: Vec<&str> = found.members.iter().map(|member| member.name.as_str()).collect();
    let info = "fast_square-1.0+k5f.dist-info";
    assert_eq!(
        names,
        [
            "a,b/__init__.py",
            "b.so",
            "fast_square-1.0+k5f.data/scripts/tool",
            &format!("{info}/METADATA"),
            &format!("{info}/WHEEL"),
            &format!("{info}/RECORD")
        ]
    );

    let elsewhere = tempfile::tempdir().unwrap();
    let reversed: Vec<_> = files.into_iter().rev().collect();
    let again = create(&wheel(reversed), elsewhere.path(), &options()).unwrap();
    assert_eq!(fs_err::read(&path).unwrap(), fs_err::read(again).unwrap());
    let later = CreateOptions { epoch: Some(1_709_210_096), overwrite: true, ..options() };
    let before = fs_err::read(&path).unwrap();
    create(&wheel(vec![file("b.so", b"")]), folder.path(), &later).unwrap();
    assert_ne!(fs_err::read(&path).unwrap(), before);
}

#[test]
fn nothing_is_there_when_something_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let check = |wheel: &NewWheel, expected: &str| {
        let error = create(wheel, folder.path(), &options()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0, "{expected}");
    };
    check(&wheel(vec![file("../x", b"")]), "`../x` cannot be a name in a wheel");
    check(&wheel(vec![file("a", b"1"), file("a", b"2")]), "`a` is to be added twice");
    check(&wheel(vec![file("a", b"1"), file("A", b"2")]), "cannot be in one wheel");
    check(&wheel(vec![file("a", b"1"), file("a/b", b"2")]), "`a/b` and `a` cannot be in one wheel");
    check(&wheel(vec![file("x-1.dist-info/RECORD", b"")]), "`x-1.dist-info/RECORD` is not for changes");
    check(&NewWheel { tag: "cp311".into(), ..wheel(vec![]) }, "`fast_square-1.0+k5f-cp311.whl` cannot be the name");
    check(&NewWheel { version: "../../1".into(), ..wheel(vec![]) }, "cannot be the name of a wheel");
    check(&NewWheel { name: "x/y".into(), ..wheel(vec![]) }, "cannot be the name of a wheel");
    // A line break in a name would end the field, and more fields would follow.
    check(&NewWheel { name: "x\nName: y".into(), ..wheel(vec![]) }, "cannot be the name of a wheel");
    // A reader would take `1` for a build number, and names are of ASCII.
    check(&NewWheel { version: "1.0-1".into(), ..wheel(vec![]) }, "cannot be the name of a wheel");
    for name in ["grün", "-x", "x.", ""] {
        check(&NewWheel { name: name.into(), ..wheel(vec![]) }, "cannot be the name of a wheel");
    }
    check(&NewWheel { generator: "x 1\nTag: a-b-c".into(), ..wheel(vec![]) }, "`x 1\\nTag: a-b-c` cannot be in WHEEL");
    for metadata in ["Summary x", " goes on", "Summary: x\nno field\n\nText", ": x", "a b: x", "Summary: x\rName: y"] {
        check(&NewWheel { metadata: metadata.into(), ..wheel(vec![]) }, "cannot be in METADATA");
    }
    let small = CreateOptions { limits: Limits { member_size: 3, ..Limits::default() }, ..options() };
    let error = create(&wheel(vec![file("a", b"1234")]), folder.path(), &small).unwrap_err();
    assert!(matches!(error, Error::TooLarge { size: 4, limit: 3, .. }), "{error}");
}

#[test]
fn what_is_there_is_replaced_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = create(&wheel(vec![]), folder.path(), &options()).unwrap();
    let error = create(&wheel(vec![file("a", b"")]), folder.path(), &options()).unwrap_err();
    assert!(matches!(&error, Error::OutputExists { path: there } if *there == path), "{error}");
    assert_eq!(inspect(&path, &Limits::default()).unwrap().members.len(), 3);
}
