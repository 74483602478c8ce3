//! Wheels of which pieces are large enough to be copied while other work goes on.

use wheel_patch::{Change, Check, Durability, Error, Limits, Options, apply, verify};

use crate::{
    change::file,
    make::{Made, Member, listed, member, sound, with, zip},
};

/// Bytes that cannot be compressed.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A wheel with large members behind those of a small one.
fn large() -> Vec<Member> {
    let mut members = sound();
    members.insert(4, with(member("demo/data.bin", &noise(700_000)), |member| member.stored = true));
    members.insert(5, member("demo/more.bin", &noise(400_000)));
    listed(members)
}

/// Adds a file with and without the plan being foreseen, which gives the same bytes.
fn check(members: &[Member], names: &[&str]) {
    let addition = file("demo/new.txt", b"new");
    let foreseen = Made::of(&zip(members));
    let other = Made::of(&zip(members));
    for durability in [Durability::None, Durability::Full] {
        let options = Options { durability, ..Options::default() };
        apply(&foreseen.path, &[Change::Add(addition.clone())], &options).unwrap();
    }
    // What may take the place of others is not foreseen.
    let replacing = wheel_patch::Addition { replace: true, ..addition };
    apply(&other.path, &[Change::Add(replacing)], &Options::default()).unwrap();
    assert!(foreseen.bytes() == other.bytes());
    assert!(verify(&foreseen.path, Check::Content, &Limits::default()).unwrap().is_empty());
    assert_eq!(foreseen.names()[..names.len()], *names);
    let contents = |made: &Made| made.read().into_iter().map(|(name, _, _, content)| (name, content));
    let before: Vec<_> = contents(&Made::of(&zip(members))).filter(|(name, _)| !name.ends_with("RECORD")).collect();
    let after: Vec<_> = contents(&foreseen).collect();
    assert!(before.iter().all(|kept| after.contains(kept)));
}

#[test]
fn large_members_are_where_they_were() {
    let names = ["demo/__init__.py", "demo/text.txt", "demo/empty.py", "demo/tool", "demo/data.bin", "demo/more.bin"];
    check(&large(), &[&names[..], &["demo/new.txt"]].concat());
}

#[test]
fn large_members_move_to_the_front() {
    let mut members = large();
    members.rotate_right(3);
    check(&members, &["demo/__init__.py", "demo/text.txt"]);
    // Behind one that is alone in front.
    members.rotate_right(3);
    members.swap(0, 6);
    check(&members, &["demo/__init__.py", "demo/data.bin"]);
}

/// What is begun has to make way for a header that is written anew.
#[test]
fn large_members_may_have_to_be_written_in_another_way() {
    for index in [0, 4, 5] {
        let mut members = large();
        members[index].descriptor = Some((16, true));
        check(&members, &["demo/__init__.py"]);
    }
}

#[test]
fn what_was_begun_goes_when_the_change_cannot_be_made() {
    let made = Made::of(&zip(&large()));
    let before = made.bytes();
    let wrong = apply(&made.path, &[Change::Add(file("demo/tool", b"other"))], &Options::default());
    assert!(matches!(wrong, Err(Error::Exists { .. })));
    let mut members = large();
    members[5].local_crc = Some(1);
    let unsound = Made::of(&zip(&members));
    let wrong = apply(&unsound.path, &[Change::Add(file("demo/new.txt", b"new"))], &Options::default());
    assert!(matches!(wrong, Err(Error::Unsound { .. })));
    // Nothing to do is nothing done.
    let mut there = file("demo/tool", b"#!/bin/sh\n");
    there.executable = true;
    let applied = apply(&made.path, &[Change::Add(there)], &Options::default()).unwrap();
    assert_eq!(applied.unchanged, ["demo/tool"]);
    assert!(made.bytes() == before);
    for made in [&made, &unsound] {
        assert_eq!(fs_err::read_dir(made.folder.path()).unwrap().count(), 1);
    }
}
