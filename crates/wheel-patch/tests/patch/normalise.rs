//! Equal contents in equal bytes.

use wheel_patch::{Compression, NormaliseOptions, normalise};

use crate::make::{Made, listed, member, sound, with, zip};

#[test]
fn recompressing_forgets_how_it_was_compressed() {
    let line = |line: u32| format!("{} {line}\n", line.wrapping_mul(0x9e37_79b9).rotate_left(line % 7) % 5000);
    let content: String = (0..60_000).map(line).collect();
    let options = NormaliseOptions { compression: Compression::Redone, ..NormaliseOptions::default() };
    let made = [false, true].map(|stored| {
        let large = with(member("demo/large.txt", content.as_bytes()), |member| member.stored = stored);
        let made = Made::of(&zip(&listed([sound(), vec![large]].concat())));
        normalise(&made.path, &options).unwrap();
        made
    });
    assert!(made[0].bytes() == made[1].bytes());
    let again = normalise(&made[0].path, &options).unwrap();
    assert_eq!(again.decisions, []);
    assert!(made[0].bytes() == made[1].bytes());
}

#[test]
fn what_only_local_headers_say_is_put_right() {
    let made = Made::sound();
    normalise(&made.path, &NormaliseOptions::default()).unwrap();
    let right = made.bytes();
    let mut bytes = right.clone();
    // The version of the format that it needs.
    bytes[4] -= 10;
    fs_err::write(&made.path, bytes).unwrap();
    let done = normalise(&made.path, &NormaliseOptions::default()).unwrap();
    let decisions: Vec<_> = done.decisions.iter().map(|it| (it.what, it.members)).collect();
    assert_eq!(decisions, [("given plain local headers", 7)]);
    assert_eq!(made.bytes(), right);
}
