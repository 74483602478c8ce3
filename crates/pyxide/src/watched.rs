//! What to look at to know that nothing has changed.

use std::{
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use fingerprint::{FileStamp, Witnesses};

/// What comes with the system or the interpreter, and no user edits: the folders below `/usr` that the packaging system
/// fills, and the standard library below `prefix`. Containers often keep projects in others, such as `/usr/app`.
pub(crate) fn is_fixed(path: &Path, prefix: &Path) -> bool {
    const SYSTEM: [&[u8]; 10] = [
        b"/usr/lib",
        b"/usr/include",
        b"/usr/bin",
        b"/usr/libexec",
        b"/usr/share",
        b"/usr/lib64",
        b"/usr/lib32",
        b"/usr/libx32",
        b"/lib",
        b"/lib64",
    ];
    // As bytes: a hit asks about hundreds of paths.
    let path = path.as_os_str().as_bytes();
    let is_below = |folder: &&[u8]| path.strip_prefix(*folder).is_some_and(|inside| matches!(inside, [] | [b'/', ..]));
    if SYSTEM.iter().any(is_below) {
        return true;
    }
    let inside =
        path.strip_prefix(prefix.as_os_str().as_bytes()).and_then(|inside| inside.strip_prefix(b"/lib/python"));
    let mut parts = inside.into_iter().flat_map(|inside| inside.split(|&byte| byte == b'/'));
    inside.is_some() && parts.all(|part| part != b"site-packages" && part != b"dist-packages")
}

/// The stamps of files, taken before they are read. `None` when one is too young to be relied on.
pub(crate) fn stamps<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> Option<Witnesses> {
    let now = SystemTime::now();
    let stamp = |path: &PathBuf| {
        let stamp = FileStamp::of(path).ok()?;
        // Under the path by which it is known if it was read by another name, too, so that one look is enough.
        let named = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        stamp.is_none_or(|stamp| stamp.is_settled(now)).then_some((named, stamp))
    };
    files.into_iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_looked_at_under_one_name() {
        let relative = std::path::PathBuf::from("Cargo.toml");
        let watched = stamps([&relative]).unwrap();
        assert_eq!(watched.paths().collect::<Vec<_>>(), [std::path::absolute(&relative).unwrap()]);
        assert!(watched.hold());
    }

    #[test]
    fn what_comes_with_the_system_is_fixed() {
        let is_fixed = |path: &str| is_fixed(Path::new(path), Path::new("/usr/local"));
        for path in
            ["/usr/include/stdio.h", "/lib64/libc.so.6", "/usr/local/lib/python3.11", "/usr/local/lib/python311.zip"]
        {
            assert!(is_fixed(path), "{path}");
        }
        let others = [
            "/usr/local/include",
            "/usr/local/lib/python3.11/site-packages",
            "/usr/local/lib/libz.so",
            "/project/usr/k.h",
            "/usr/app/k.h",
            "/usr/library/k.h",
        ];
        for path in others {
            assert!(!is_fixed(path), "{path}");
        }
    }
}
