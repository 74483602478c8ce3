//! What moved from one wheel to another.

use wheel_patch::{Limits, diff};

use crate::make::{Made, listed, member, sound, zip};

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
