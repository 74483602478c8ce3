//! What a repair leaves alone, and what modes mean.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA512, digest};
use wheel_patch::{
    Check, Limits, NormaliseOptions, Options, RepairOptions, Severity, apply, diff, normalise, repair, verify,
};

use crate::{
    change::add,
    make::{Made, Member, listed, member, record, sound, with, zip},
};

const SIGNATURE: &str = "demo-1.0.dist-info/RECORD.jws";

/// A sound wheel with a signature, which RECORD does not list.
fn signed() -> Vec<Member> {
    let mut members = listed(sound());
    members.insert(members.len() - 1, member(SIGNATURE, b"{}"));
    members
}

fn repaired(made: &Made) -> Vec<String> {
    let done = repair(&made.path, &RepairOptions::default()).unwrap();
    done.repairs
        .into_iter()
        .map(|it| format!("{}: {} [{}]", it.place.unwrap_or_default(), it.message, it.rule))
        .collect()
}

#[test]
fn a_signature_goes_only_where_record_changes() {
    let made = Made::of(&zip(&signed()));
    let before = made.bytes();
    assert_eq!((repaired(&made), made.bytes()), (vec![], before.clone()), "nothing is wrong with it");
    let output = made.folder.path().join("out");
    fs_err::create_dir(&output).unwrap();
    let output = output.join(made.path.file_name().unwrap());
    repair(&made.path, &RepairOptions { output: Some(output.clone()), ..RepairOptions::default() }).unwrap();
    assert_eq!(fs_err::read(output).unwrap(), before, "nothing to do is a copy");

    let made = Made::of(&[before, b"more".to_vec()].concat());
    assert_eq!(repaired(&made).len(), 1);
    assert!(made.names().iter().any(|name| name == SIGNATURE), "it signs RECORD, which is what it was");

    let mut members = signed();
    members.insert(0, member("demo/unlisted.py", b""));
    let made = Made::of(&zip(&members));
    assert_eq!(
        repaired(&made),
        [
            "demo/unlisted.py: wrote a row for it [record-unlisted]",
            "demo-1.0.dist-info/RECORD.jws: removed it, since it signs RECORD as it was before these repairs [signature]",
        ]
    );
    assert!(!made.names().iter().any(|name| name == SIGNATURE));
    let findings = verify(&made.path, Check::Content, &Limits::default()).unwrap();
    assert!(findings.iter().all(|finding| finding.severity != Severity::Error), "{findings:?}");
}

#[test]
fn times_and_modes_of_all_members_are_made_right() {
    let mut members = sound();
    let modes = [0o755, 0, 0o111, 0o100_044];
    for (member, mode) in members.iter_mut().zip(modes) {
        member.mode = mode;
    }
    members.insert(
        0,
        with(member("folder/", b""), |folder| (folder.stored, folder.date, folder.mode) = (true, 0, 0o040_711)),
    );
    let mut members = listed(members);
    let record = members.last_mut().unwrap();
    (record.date, record.mode) = (0, 0);
    let made = Made::of(&zip(&members));
    assert_eq!(
        repaired(&made),
        [
            "folder/: set its time to 1980-01-01 [zip-time]",
            "demo/__init__.py: set its mode from 000755 to 100755 [zip-mode]",
            "demo/text.txt: set its mode from 000000 to 100644 [zip-mode]",
            "demo/empty.py: set its mode from 000111 to 100755 [zip-mode]",
            "demo-1.0.dist-info/RECORD: set its time to 1980-01-01 [zip-time]",
            "demo-1.0.dist-info/RECORD: set its mode from 000000 to 100644 [zip-mode]",
        ]
    );
    let modes: Vec<_> = made.read().into_iter().map(|(_, mode, ..)| mode).collect();
    let regular = 0o100_644;
    assert_eq!(modes, [0o040_711, 0o100_755, regular, 0o100_755, 0o100_044, regular, regular, regular]);
    let findings = verify(&made.path, Check::Content, &Limits::default()).unwrap();
    assert_eq!(findings, []);
    let after = made.bytes();
    assert_eq!((repaired(&made), made.bytes()), (vec![], after));

    // RECORD alone is wrong.
    let mut members = listed(sound());
    members.last_mut().unwrap().date = 0;
    assert_eq!(
        repaired(&Made::of(&zip(&members))),
        ["demo-1.0.dist-info/RECORD: set its time to 1980-01-01 [zip-time]"]
    );
}

/// The sound wheel with another mode of a member.
fn with_mode(mode: u32) -> Made {
    let mut members = sound();
    members[3].mode = mode;
    Made::of(&zip(&listed(members)))
}

/// pip makes nothing executable that is not said to be a regular file.
#[test]
fn a_mode_without_a_kind_makes_nothing_executable() {
    let [plain, kindless, regular] = [0o100_644, 0o755, 0o100_755].map(with_mode);
    let is_same = |one: &Made, other: &Made| diff(&one.path, &other.path, &Limits::default()).unwrap().is_same();
    assert!(!is_same(&kindless, &regular) && is_same(&kindless, &plain));
    for made in [&plain, &kindless, &regular] {
        normalise(&made.path, &NormaliseOptions::default()).unwrap();
    }
    assert_eq!(kindless.bytes(), plain.bytes(), "what is installed stays the same");
    assert_ne!(kindless.bytes(), regular.bytes());
}

#[test]
fn only_modes_that_verify_speaks_of_are_repaired() {
    let found = |made: &Made| {
        let findings = verify(&made.path, Check::Content, &Limits::default()).unwrap();
        findings.iter().map(|it| (it.severity, it.rule)).collect::<Vec<_>>()
    };
    // hatchling, flit and pdm write such ones.
    let made = with_mode(0o644);
    let before = made.bytes();
    assert_eq!((found(&made), repaired(&made)), (vec![], vec![]));
    assert!(made.bytes() == before, "nothing is wrong with it");
    let made = with_mode(0o755);
    assert_eq!(found(&made), [(Severity::Note, "zip-mode")]);
    let place = &made.names()[3];
    assert_eq!(repaired(&made), [format!("{place}: set its mode from 000755 to 100755 [zip-mode]")]);
    assert_eq!(found(&made), []);
}

#[test]
fn what_a_change_brings_about_is_told_and_what_was_so_is_not() {
    let mut members = sound();
    members.insert(0, member("demo/old.pyc", b""));
    let made = Made::of(&zip(&listed(members)));
    let changes = [add("demo-1.0.dist-info/INSTALLER", b"x"), add("a/b.pyc", b"")];
    let applied = apply(&made.path, &changes, &Options::default()).unwrap();
    let told: Vec<_> = applied.findings.iter().map(|found| (found.rule, found.place.as_deref().unwrap())).collect();
    assert_eq!(told, [("bytecode", "a/b.pyc"), ("dist-info-files", "demo-1.0.dist-info/INSTALLER")]);
}

/// Only what is wrong is written anew, as sha256.
#[test]
fn right_hashes_of_other_kinds_stay() {
    let of = |content: &[u8]| URL_SAFE_NO_PAD.encode(digest(&SHA512, content));
    let row = |content: &[u8]| format!("demo/__init__.py,sha512={},16\n", of(content));
    let ours = record(&sound());
    let first = ours.lines().next().unwrap().to_owned() + "\n";
    for (content, repairs) in [
        (sound()[0].content.clone(), &["demo-1.0.dist-info/RECORD: wrote a row for RECORD itself [record-itself]"][..]),
        (
            b"other".to_vec(),
            &[
                "demo/__init__.py: wrote the hash of what is there [record-hash]",
                "demo-1.0.dist-info/RECORD: wrote a row for RECORD itself [record-itself]",
            ],
        ),
    ] {
        let text = ours.replace(&first, &row(&content)).replace("demo-1.0.dist-info/RECORD,,\n", "");
        let made = Made::of(&zip(&[sound(), vec![member("demo-1.0.dist-info/RECORD", text.as_bytes())]].concat()));
        assert_eq!(repaired(&made), repairs);
        let kept = if repairs.len() == 1 { row(&content) } else { first.clone() };
        assert_eq!(made.record(), ours.replace(&first, &kept));
    }
}
