//! Copies for elsewhere.

use std::os::unix::fs::{MetadataExt as _, symlink};

use super::*;

struct Exporter {
    bench: Bench,
    key: BuildKey,
    out: PathBuf,
}

impl Exporter {
    fn new() -> Self {
        let bench = Bench::new();
        let key = *bench.published(1, b"content").key();
        let out = fs_err::canonicalize(bench.folder.path()).unwrap().join("out");
        fs_err::create_dir(&out).unwrap();
        Self { bench, key, out }
    }

    fn export(&self, destination: &Path, whole: bool) -> Result<PathBuf, Error> {
        self.bench.registry.export(&self.key, destination, Overwrite::No, whole)
    }

    fn replace(&self, destination: &Path) -> Result<PathBuf, Error> {
        self.bench.registry.export(&self.key, destination, Overwrite::Yes, false)
    }

    /// What lies beside the destinations: nothing else may be left there, nor a lock.
    fn left(&self, expected: &[&str]) {
        let names: Vec<_> =
            tree(&self.out).iter().map(|path| path.strip_prefix(&self.out).unwrap().display().to_string()).collect();
        assert_eq!(names, expected);
        let locks = self.bench.registry.layout().export_locks();
        assert!(!locks.exists() || !tree(&locks).iter().any(|path| path.is_file()), "{:?}", tree(&locks));
    }
}

#[test]
fn an_artifact_is_a_copy_of_what_was_verified() {
    let exporter = Exporter::new();
    let file = exporter.out.join("fast.so");
    assert_eq!(exporter.export(&file, false).unwrap(), file);
    let metadata = fs_err::symlink_metadata(&file).unwrap();
    assert!(metadata.is_file() && metadata.nlink() == 1);
    assert_eq!((mode(&file), fs_err::read(&file).unwrap()), (0o644, b"content".to_vec()));
    exporter.left(&["fast.so"]);
    // What others do with the copy is nothing to the entry.
    fs_err::write(&file, "changed").unwrap();
    let entry = exporter.bench.registry.entry(&exporter.key).unwrap().unwrap();
    assert_eq!(entry.read_artifact().unwrap().bytes, b"content");
}

#[test]
fn a_folder_gets_the_artifact_under_its_own_name() {
    let exporter = Exporter::new();
    assert_eq!(exporter.export(&exporter.out, false).unwrap(), exporter.out.join("square.so"));
    let link = exporter.bench.folder.path().join("link");
    symlink(&exporter.out, &link).unwrap();
    assert_eq!(exporter.replace(&link).unwrap(), exporter.out.join("square.so"));
    exporter.left(&["square.so"]);
}

#[test]
fn a_file_is_replaced_when_asked_for_and_never_written_into() {
    let exporter = Exporter::new();
    let (file, second) = (exporter.out.join("old.so"), exporter.out.join("second name"));
    fs_err::write(&file, "loaded somewhere").unwrap();
    fs_err::hard_link(&file, &second).unwrap();
    exporter.replace(&file).unwrap();
    assert_eq!(fs_err::read(&file).unwrap(), b"content");
    assert_eq!(fs_err::read_to_string(&second).unwrap(), "loaded somewhere");
    // A link is replaced itself.
    let link = exporter.out.join("link.so");
    symlink(&second, &link).unwrap();
    exporter.replace(&link).unwrap();
    assert!(!link.is_symlink());
    assert_eq!(fs_err::read_to_string(&second).unwrap(), "loaded somewhere");
}

#[test]
fn what_is_there_stays_unless_it_may_be_replaced() {
    let exporter = Exporter::new();
    let refused = |destination: &Path, taken: &Path| {
        let error = exporter.export(destination, false).unwrap_err();
        assert!(matches!(&error, Error::Exists { path, can_replace: true } if path == taken), "{error:?}");
        assert_eq!(error.hint().unwrap(), "choose another destination, or `--overwrite`");
    };
    let (file, empty, inside) =
        (exporter.out.join("e.pyx"), exporter.out.join("empty"), exporter.out.join("square.so"));
    for place in [&file, &inside] {
        fs_err::write(place, "mine").unwrap();
    }
    fs_err::write(&empty, "").unwrap();
    // A link is something, too, even if it leads nowhere.
    let (link, dangling) = (exporter.out.join("link"), exporter.out.join("nowhere"));
    symlink(&file, &link).unwrap();
    symlink(exporter.out.join("missing"), &dangling).unwrap();
    for place in [&file, &empty, &link, &dangling] {
        // What a killed export left goes nevertheless.
        fs_err::write(staged(&exporter, place), "half").unwrap();
        refused(place, place);
    }
    refused(&exporter.out, &inside);
    assert_eq!(
        ["e.pyx", "square.so", "empty"].map(|name| fs_err::read(exporter.out.join(name)).unwrap().len()),
        [4, 4, 0]
    );
    assert!(link.is_symlink() && dangling.is_symlink());
    exporter.left(&["e.pyx", "empty", "link", "nowhere", "square.so"]);
}

#[test]
fn one_of_several_exports_to_one_place_wins() {
    // Caches do not share locks, so that only the last step can tell what appeared meanwhile.
    let exporters: Vec<_> = (0..4).map(|_| Exporter::new()).collect();
    let out = tempfile::tempdir().unwrap();
    for round in 0..50 {
        let place = out.path().join(format!("{round}.so"));
        let barrier = std::sync::Barrier::new(exporters.len());
        let results: Vec<_> = std::thread::scope(|scope| {
            let export = |exporter: &'_ Exporter| {
                let (registry, key) = (exporter.bench.trusting(Trust::Strict), exporter.key);
                let (barrier, place) = (&barrier, &place);
                scope.spawn(move || {
                    barrier.wait();
                    registry.export(&key, place, Overwrite::No, false)
                })
            };
            let started: Vec<_> = exporters.iter().map(export).collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let refused = |result: &&Result<_, _>| matches!(result, Err(Error::Exists { can_replace: true, .. }));
        assert_eq!(results.iter().filter(refused).count(), 3, "{results:?}");
        assert_eq!(fs_err::read(&place).unwrap(), b"content");
    }
    assert_eq!(tree(out.path()).len(), 50, "nothing is left beside them");
}

#[test]
fn a_whole_entry_is_a_new_folder() {
    let exporter = Exporter::new();
    let folder = exporter.out.join("square");
    assert_eq!(exporter.export(&folder, true).unwrap(), folder);
    exporter.left(&["square", "square/meta.json", "square/square.pyx", "square/square.so"]);
    assert_eq!((mode(&folder), mode(&folder.join("meta.json"))), (0o755, 0o644));
    let original = exporter.bench.registry.layout().entry(&exporter.key);
    for name in ["meta.json", "square.pyx", "square.so"] {
        assert_eq!(fs_err::read(folder.join(name)).unwrap(), fs_err::read(original.join(name)).unwrap());
    }
    let remove = "choose another destination, or remove it";
    let replace = "choose another destination, or `--overwrite`";
    for (taken, overwrite, hint) in [
        (&folder, Overwrite::No, replace),
        (&exporter.out, Overwrite::No, remove),
        (&exporter.out, Overwrite::Yes, remove),
    ] {
        let error = exporter.bench.registry.export(&exporter.key, taken, overwrite, true).unwrap_err();
        assert!(matches!(&error, Error::Exists { path, .. } if path == taken), "{error:?}");
        assert_eq!(error.hint().unwrap(), hint);
    }
    fs_err::create_dir(exporter.out.join("empty")).unwrap();
    assert!(matches!(exporter.export(&exporter.out.join("empty"), true), Err(Error::Exists { .. })));
    exporter.left(&["empty", "square", "square/meta.json", "square/square.pyx", "square/square.so"]);
}

#[test]
fn what_is_damaged_or_missing_is_not_exported() {
    let exporter = Exporter::new();
    let file = exporter.out.join("fast.so");
    fs_err::write(&file, "old").unwrap();
    let artifact = exporter.bench.registry.layout().entry(&exporter.key).join("square.so");
    fs_err::remove_file(&artifact).unwrap();
    fs_err::write(&artifact, "CONTENT").unwrap();
    set_mode(&artifact, 0o444);
    for whole in [false, true] {
        let error = exporter.export(&file, whole).unwrap_err();
        assert!(matches!(error, Error::Damaged { damage: Damage::Content, .. }), "{error:?}");
    }
    let error = exporter.bench.registry.export(&exporter.bench.key(9), &file, Overwrite::Yes, false).unwrap_err();
    assert!(matches!(error, Error::NoEntry { .. }), "{error:?}");
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "old");
    exporter.left(&["fast.so"]);
}

#[test]
fn a_link_in_an_entry_is_not_exported() {
    let exporter = Exporter::new();
    let secret = exporter.bench.folder.path().join("secret");
    fs_err::write(&secret, "secret").unwrap();
    symlink(&secret, exporter.bench.registry.layout().entry(&exporter.key).join("notes")).unwrap();
    let error = exporter.export(&exporter.out.join("whole"), true).unwrap_err();
    assert!(error.to_string().ends_with("`notes` in it is a symbolic link"), "{error}");
    exporter.left(&[]);
}

#[test]
fn a_refusal_leaves_what_was_there_and_names_it() {
    let exporter = Exporter::new();
    // The artifact is written beside it and cannot be renamed to it.
    let taken = exporter.out.join("taken");
    fs_err::create_dir_all(taken.join("square.so")).unwrap();
    let error = exporter.export(&taken, false).unwrap_err();
    assert!(matches!(error, Error::Exists { can_replace: false, .. }), "{error:?}");
    let error = exporter.replace(&taken).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains(taken.join("square.so").to_str().unwrap()), "{source}");
    exporter.left(&["taken", "taken/square.so"]);
    let error = exporter.export(&exporter.out.join("missing/fast.so"), false).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("missing"), "{source}");
}

#[test]
fn the_next_export_removes_what_a_killed_one_left() {
    let exporter = Exporter::new();
    let (file, folder) = (exporter.out.join("fast.so"), exporter.out.join("whole"));
    for (place, whole) in [(&file, false), (&folder, true)] {
        // Where it is written is seen when it cannot be shown.
        let left = staged(&exporter, place);
        fs_err::create_dir(&left).unwrap();
        fs_err::write(left.join("half"), "half").unwrap();
        exporter.export(place, whole).unwrap();
        assert!(!left.exists(), "{}", left.display());
    }
    exporter.left(&["fast.so", "whole", "whole/meta.json", "whole/square.pyx", "whole/square.so"]);
}

/// The name under which an export to this place is written, as the names of these digests give it.
fn staged(exporter: &Exporter, place: &Path) -> PathBuf {
    let root = fs_err::canonicalize(exporter.bench.registry.layout().root()).unwrap();
    let digits = [root.as_path(), place].map(|path| Digest::of(path.as_os_str().as_encoded_bytes()).to_string());
    exporter.out.join(format!(".pyxide-{}.new", &Digest::of(digits.concat().as_bytes()).to_string()[..32]))
}

#[test]
fn exports_to_one_place_take_turns_however_it_is_spelled() {
    let exporter = Exporter::new();
    let file = exporter.out.join("fast.so");
    let lock = exporter.bench.registry.layout().export_lock(&Digest::of(file.as_os_str().as_encoded_bytes()));
    let held = lock_dir::try_lock(&lock, "test").unwrap().unwrap();
    let link = exporter.bench.folder.path().join("link");
    symlink(&exporter.out, &link).unwrap();
    for spelling in [&file, &link.join("fast.so"), &exporter.out.join("../out/fast.so")] {
        // Another thread would wait; who holds the lock is told at once that this would be for ever.
        let result = exporter.export(spelling, false);
        assert!(matches!(result, Err(Error::Lock(lock_dir::Error::WouldDeadlock))), "{result:?}");
    }
    exporter.export(&exporter.out.join("other.so"), false).unwrap();
    drop(held);
    exporter.export(&link.join("fast.so"), false).unwrap();
    exporter.left(&["fast.so", "other.so"]);
}

#[test]
fn a_whole_entry_takes_the_place_of_an_earlier_export_and_of_nothing_else() {
    let exporter = Exporter::new();
    let place = exporter.out.join("whole");
    let export = || exporter.bench.registry.export(&exporter.key, &place, Overwrite::Yes, true);
    let listed = || exporter.left(&["whole", "whole/meta.json", "whole/square.pyx", "whole/square.so"]);
    export().unwrap();
    fs_err::write(place.join("square.so"), "changed").unwrap();
    fs_err::remove_file(place.join("square.pyx")).unwrap();
    export().unwrap();
    listed();
    assert_ne!(fs_err::read(place.join("square.so")).unwrap(), b"changed");

    let refused = || assert!(matches!(export(), Err(Error::Exists { can_replace: false, .. })));
    // Something of the user's own.
    fs_err::write(place.join("notes.txt"), "mine").unwrap();
    refused();
    assert_eq!(fs_err::read(place.join("notes.txt")).unwrap(), b"mine");
    fs_err::remove_file(place.join("notes.txt")).unwrap();
    // The export of another entry.
    let other = *exporter.bench.published(9, b"other").key();
    assert!(exporter.bench.registry.export(&other, &place, Overwrite::Yes, true).is_err());
    // A link to an earlier export, and an empty folder.
    let aside = exporter.out.join("aside");
    fs_err::rename(&place, &aside).unwrap();
    symlink(&aside, &place).unwrap();
    refused();
    fs_err::remove_file(&place).unwrap();
    fs_err::create_dir(&place).unwrap();
    refused();
    fs_err::remove_dir(&place).unwrap();
    fs_err::write(&place, "a file").unwrap();
    refused();
    assert_eq!(fs_err::read(&place).unwrap(), b"a file");
}
