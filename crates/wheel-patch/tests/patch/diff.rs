//! What differs between two wheels.

use wheel_patch::{Limits, diff};

use crate::make::{Made, Member, listed, member, sound, zip};

/// The sound wheel as another version, with these members besides.
fn version(number: &str, more: &[(&str, &str)]) -> Made {
    let mut members: Vec<Member> = more.iter().map(|(name, text)| member(name, text.as_bytes())).collect();
    members.extend(sound());
    for member in &mut members {
        let replaced =
            |text: &[u8]| String::from_utf8(text.to_vec()).unwrap().replace("demo-1.0", &format!("demo-{number}"));
        member.name = replaced(&member.name).into_bytes();
        if member.name.ends_with(b"METADATA") {
            let text = String::from_utf8(member.content.clone()).unwrap();
            member.content = text.replace("Version: 1.0\n", &format!("Version: {number}\n")).into_bytes();
        }
    }
    Made::of(&zip(&members))
}

#[test]
fn what_is_in_dist_info_is_compared_with_that_of_another_version() {
    let old = version("1.0", &[("demo-1.0.data/scripts/run", "one"), ("demo-1.0.dist-info/gone.txt", "x")]);
    let new = version("2.0", &[("demo-1.0.data/scripts/run", "two"), ("demo/new.py", "y")]);
    let found = diff(&old.path, &new.path, &Limits::default()).unwrap();
    let changed: Vec<_> = found.changed.iter().map(|changed| changed.name.as_str()).collect();
    assert_eq!(changed, ["demo-2.0.data/scripts/run", "demo-2.0.dist-info/METADATA"]);
    assert_eq!(
        (&found.added[..], &found.removed[..]),
        (&["demo/new.py".to_owned()][..], &["demo-1.0.dist-info/gone.txt".to_owned()][..])
    );
    assert_eq!(found.moved, [("demo-1.0.dist-info/".to_owned(), "demo-2.0.dist-info/".to_owned())]);
    assert_eq!(found.fields.len(), 1, "{:?}", found.fields);

    // The name of the folder is installed, too.
    let mut members = sound();
    for member in &mut members {
        member.name = String::from_utf8_lossy(&member.name).replace("demo-1.0", "Demo-1.0").into_bytes();
    }
    let (one, other) = (Made::sound(), Made::of(&zip(&members)));
    let found = diff(&one.path, &other.path, &Limits::default()).unwrap();
    assert!(!found.is_same() && found.moved.len() == 1 && found.changed.is_empty(), "{found:?}");
    let same = diff(&one.path, &one.path, &Limits::default()).unwrap();
    assert!(same.is_same() && same.moved.is_empty());
}

#[test]
fn what_has_the_other_versions_name_already_keeps_it() {
    let old = version("1.0", &[("demo-2.0.txt", "x")]);
    let new = version("2.0", &[]);
    let found = diff(&old.path, &new.path, &Limits::default()).unwrap();
    assert!(found.removed.contains(&"demo-2.0.txt".to_owned()), "{:?}", found.removed);
}

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
