//! Where a changed wheel goes: what else is there, who else is at it, and whose it is.

use std::{
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown},
    path::Path,
    sync::Barrier,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use wheel_patch::{Check, Durability, Error, Limits, Options, apply, diff, inspect, undo, verify};

use crate::{change::add, make::Made, undo::by};

#[test]
fn of_two_changes_at_once_none_is_lost() {
    let options = Options { durability: Durability::None, ..Options::default() };
    for round in 0..150 {
        let made = Made::sound();
        let barrier = Barrier::new(2);
        let change = |name: &'static str| {
            barrier.wait();
            match apply(&made.path, &[add(name, b"x")], &options) {
                Ok(_) => Some(name),
                Err(Error::Changed { .. }) => None,
                Err(error) => panic!("{error}"),
            }
        };
        let done = std::thread::scope(|scope| {
            let other = scope.spawn(|| change("b.txt"));
            [change("a.txt"), other.join().unwrap()]
        });
        let names = made.names();
        let there = ["a.txt", "b.txt"].map(|name| names.iter().any(|found| found == name).then_some(name));
        assert!(there == done && done != [None; 2], "round {round}: {done:?} was told, and there is {there:?}");
        assert_eq!(fs_err::read_dir(made.folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}

#[test]
fn another_file_has_the_same_name() {
    let made = Made::sound();
    for name in ["new.whl", "other-1.0-py3-none-any.whl"] {
        let output = Some(made.folder.path().join(name));
        let error = apply(&made.path, &[add("a", b"")], &Options { output, ..Options::default() }).unwrap_err();
        assert_eq!(error.hint(), Some("give the new file the wheel's own name, in another folder"), "{error}");
    }
    assert_eq!(fs_err::read_dir(made.folder.path()).unwrap().count(), 1);
}

/// As with a copy: it is the maker's, and its mode is the original's as far as new files may have it.
#[test]
fn another_file_belongs_to_who_makes_it() {
    let made = Made::sound();
    fs_err::set_permissions(&made.path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let plain = made.folder.path().join("plain");
    let mut open = std::fs::OpenOptions::new();
    let plain = open.mode(0o666).create(true).write(true).open(plain).unwrap().metadata().unwrap();
    if plain.uid() == 0 {
        chown(&made.path, Some(12_345), Some(12_345)).unwrap();
    }
    for (name, changes) in [("changed", vec![add("a", b"")]), ("same", vec![])] {
        let folder = made.folder.path().join(name);
        fs_err::create_dir(&folder).unwrap();
        let output = folder.join(made.path.file_name().unwrap());
        apply(&made.path, &changes, &Options { output: Some(output.clone()), ..Options::default() }).unwrap();
        let found = fs_err::metadata(&output).unwrap();
        assert_eq!((found.uid(), found.gid(), found.mode()), (plain.uid(), plain.gid(), plain.mode()), "{name}");
    }
    apply(&made.path, &[add("a", b"")], &Options::default()).unwrap();
    let found = fs_err::metadata(&made.path).unwrap();
    let owner = if plain.uid() == 0 { 12_345 } else { plain.uid() };
    assert_eq!((found.uid(), found.mode() & 0o777), (owner, 0o666), "in its own place it stays whose it was");
}

#[test]
fn a_pipe_is_not_waited_for() {
    let made = Made::sound();
    let pipe = made.folder.path().join("pipe-1.0-py3-none-any.whl");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let limits = Limits::default();
    let check = |result: Result<(), Error>| {
        assert!(matches!(&result, Err(Error::NotAFile { path }) if *path == pipe), "{result:?}");
    };
    check(verify(&pipe, Check::Content, &limits).map(drop));
    check(inspect(&pipe, &limits).map(drop));
    check(diff(&made.path, &pipe, &limits).map(drop));
    check(apply(&pipe, &[add("a", b"")], &Options::default()).map(drop));
    check(undo(&made.path, &by(&pipe)).map(drop));
}

#[test]
fn a_folder_that_takes_no_file_is_named() {
    let made = Made::sound();
    let missing = made.folder.path().join("no/folder");
    for output in [missing.join("x.whl"), made.path.join("x.whl")] {
        let options = Options { output: Some(output.clone()), ..Options::default() };
        let error = apply(&made.path, &[add("a", b"")], &options).unwrap_err();
        let named = |folder: &Path| error.to_string() == format!("cannot write into the folder `{}`", folder.display());
        assert!(named(output.parent().unwrap()), "{error}");
        assert!(error.hint().is_some_and(|hint| !hint.is_empty()));
    }
}
