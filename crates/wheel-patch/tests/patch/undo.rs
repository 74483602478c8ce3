//! The original bytes come back, or nothing happens.

use std::path::Path;

use wheel_patch::{Change, Error, Limits, Options, UndoOptions, apply, inspect, undo};

use crate::{
    change::add,
    make::{Made, listed, member, sound, zip},
};

/// With the file that a change left.
pub(crate) fn by(undo_file: &Path) -> UndoOptions {
    UndoOptions { undo_file: Some(undo_file.to_owned()), ..UndoOptions::default() }
}

#[test]
fn all_that_was_added_goes() {
    let made = Made::sound();
    let before = made.bytes();
    let sbom = "demo-1.0.dist-info/sboms/demo.json";
    apply(&made.path, &[add("a.txt", b"a"), add(sbom, b"{}")], &Options::default()).unwrap();
    apply(&made.path, &[add("b.txt", &[7; 5000])], &Options { epoch: Some(2_000_000_000), ..Options::default() })
        .unwrap();
    assert_eq!(made.names()[8..], [sbom, "demo-1.0.dist-info/RECORD"].map(str::to_owned));
    let undone = undo(&made.path, &UndoOptions::default()).unwrap();
    assert_eq!(undone.removed, ["a.txt", "b.txt", sbom]);
    assert_eq!(made.bytes(), before);
    assert!(matches!(undo(&made.path, &UndoOptions::default()), Err(Error::NoUndo { .. })));
}

#[test]
fn removing_what_was_added_is_undoing_it() {
    let made = Made::sound();
    let before = made.bytes();
    apply(&made.path, &[add("a.txt", b"a"), add("b.txt", b"b")], &Options::default()).unwrap();
    apply(&made.path, &[Change::Remove("a.txt".into())], &Options::default()).unwrap();
    let applied = apply(&made.path, &[Change::Remove("b.txt".into())], &Options::default()).unwrap();
    assert!(applied.is_original);
    assert_eq!(applied.can_undo, inspect(&made.path, &Limits::default()).unwrap().can_undo);
    assert_eq!(applied.removed, ["b.txt"]);
    assert_eq!(made.bytes(), before);
}

#[test]
fn what_was_added_can_have_another_name_and_goes() {
    let made = Made::sound();
    let before = made.bytes();
    apply(&made.path, &[add("a.txt", b"a"), add("c.txt", b"c")], &Options::default()).unwrap();
    let change = Change::Rename { from: "a.txt".into(), to: "demo/b.txt".into() };
    let applied = apply(&made.path, &[change], &Options::default()).unwrap();
    assert_eq!(applied.renamed, [("a.txt".to_owned(), "demo/b.txt".to_owned())]);
    assert!(applied.can_undo);
    assert_eq!(undo(&made.path, &UndoOptions::default()).unwrap().removed, ["c.txt", "demo/b.txt"]);
    assert_eq!(made.bytes(), before);
}

#[test]
fn a_wheel_that_something_else_changed_stays_as_it_is() {
    let made = Made::sound();
    apply(&made.path, &[add("a.txt", b"a")], &Options::default()).unwrap();
    let mut bytes = made.bytes();
    // Another time in both headers of the first member.
    let central = bytes.windows(4).position(|found| found == [0x50, 0x4b, 1, 2]).unwrap();
    bytes[10] ^= 32;
    bytes[central + 12] ^= 32;
    fs_err::write(&made.path, &bytes).unwrap();
    let error = undo(&made.path, &UndoOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with("it was changed by something else, too"), "{error}");
    assert_eq!(made.bytes(), bytes);
    let applied = apply(&made.path, &[Change::Remove("a.txt".into())], &Options::default()).unwrap();
    assert!(!applied.is_original);
}

#[test]
fn an_undo_file_leads_back_from_anything() {
    let mut members = sound();
    members[1].descriptor = Some((16, true));
    members.rotate_left(2);
    let mut members = listed(members);
    members.rotate_right(1);
    let made = Made::of(&zip(&members));
    let before = made.bytes();
    let file = made.folder.path().join("undo");
    let options = Options { undo_file: Some(file.clone()), ..Options::default() };
    let changes = [
        add("a.txt", b"a"),
        Change::Remove("demo/empty.py".into()),
        Change::Rename { from: "demo/tool".into(), to: "tool".into() },
    ];
    assert!(!apply(&made.path, &changes, &options).unwrap().can_undo);
    let after = made.bytes();
    assert!(matches!(undo(&made.path, &UndoOptions::default()), Err(Error::NoUndo { .. })));
    assert!(
        matches!(apply(&made.path, &[add("b", b"")], &options), Err(Error::OutputExists { .. })),
        "the way back is kept"
    );

    // Of another wheel, or damaged anywhere.
    let whole = fs_err::read(&file).unwrap();
    let other = Made::sound();
    assert!(matches!(undo(&other.path, &by(&file)), Err(Error::UndoFile { .. })));
    for at in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x41;
        fs_err::write(&file, &damaged).unwrap();
        assert!(undo(&made.path, &by(&file)).is_err(), "byte {at}");
        assert_eq!(made.bytes(), after);
    }
    fs_err::write(&file, &whole).unwrap();
    undo(&made.path, &by(&file)).unwrap();
    assert_eq!(made.bytes(), before);
}

#[test]
fn marks_that_lie_lead_nowhere() {
    // A mark whose numbers fit nothing.
    let mut members = listed(sound());
    let mut mark = vec![0x50, 0x58, 65, 0, 1];
    mark.extend([0xff; 64]);
    members.last_mut().unwrap().extra = mark;
    members.insert(4, member("a.txt", b"a"));
    members[4].extra = vec![0x50, 0x58, 1, 0, 1];
    let record = members.pop().unwrap();
    let mut again = listed(members);
    again.last_mut().unwrap().extra = record.extra;
    let made = Made::of(&zip(&again));
    let before = made.bytes();
    assert!(matches!(undo(&made.path, &UndoOptions::default()), Err(Error::NoUndo { .. })));
    assert_eq!(made.bytes(), before);
    let applied = apply(&made.path, &[add("b.txt", b"b")], &Options::default()).unwrap();
    assert!(!applied.can_undo);
}
