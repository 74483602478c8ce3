//! What differs between two wheels.

use wheel_patch::{Limits, diff};

use crate::make::{Made, Member, member, sound, zip};

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
