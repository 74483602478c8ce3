//! What differs between two wheels, and what only moved.

use wheel_patch::{Limits, diff};

use crate::make::{Made, Member, listed, member, sound, zip};

#[test]
fn any_difference_that_is_installed_is_one() {
    let with = |change: &dyn Fn(&mut Vec<Member>)| {
        let mut members = sound();
        change(&mut members);
        let (one, other) = (Made::sound(), Made::of(&zip(&listed(members))));
        let there = diff(&one.path, &other.path, &Limits::default()).unwrap().is_same();
        assert_eq!(there, diff(&other.path, &one.path, &Limits::default()).unwrap().is_same());
        there
    };
    assert!(with(&|_| {}));
    assert!(with(&|members| members[0].date += 1));
    assert!(!with(&|members| members[0].content.push(b'#')));
    assert!(!with(&|members| members[0].mode = 0o100_755));
    assert!(!with(&|members| members.insert(0, member("a", b"a"))));
    assert!(!with(&|members| members[1].name = b"demo/other.txt".to_vec()));
    assert!(!with(&|members| members[4].content.extend(b"Summary: x\n")));
}

#[test]
fn what_moved_is_told_by_name_and_only_where_it_is_certain() {
    let wheel = |folder: &str| {
        let mut members = sound();
        for (name, content) in
            [("a", "one"), ("b", "two"), ("c", "three"), ("d", "four"), ("empty", ""), ("e", "five"), ("f", "five")]
        {
            members.insert(0, member(&format!("{folder}/{name}"), content.as_bytes()));
        }
        Made::of(&zip(&listed(members)))
    };
    let found = diff(&wheel("old").path, &wheel("new").path, &Limits::default()).unwrap();
    let both = |name: &str| (format!("old/{name}"), format!("new/{name}"));
    assert_eq!(found.moved, ["a", "b", "c", "d"].map(both));
    // Nobody knows which of two equal files went where, and all empty files are equal.
    assert_eq!(found.removed, ["e", "empty", "f"].map(|name| both(name).0));
    assert_eq!(found.added, ["e", "empty", "f"].map(|name| both(name).1));
}
