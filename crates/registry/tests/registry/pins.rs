//! Names that keep entries.

use std::os::unix::fs::symlink;

use super::*;

fn listed(registry: &Registry) -> Vec<(String, BuildKey)> {
    let pins = registry.pins().unwrap().into_iter().map(|listed| listed.pin.unwrap());
    pins.map(|pin| (pin.alias.to_string(), pin.key)).collect()
}

#[test]
fn a_pin_means_its_entry_until_it_is_taken_away() {
    let bench = Bench::new();
    let registry = &bench.registry;
    let (one, two) = (*bench.published(1, b"one").key(), *bench.published(2, b"two").key());
    let pin = registry.pin(&alias("square"), &one, false).unwrap();
    assert_eq!((pin.alias.as_str(), pin.key), ("square", one));
    assert!(pin.created_utc.ends_with('Z') && pin.created_utc.len() == 20, "{}", pin.created_utc);
    assert_eq!(registry.resolve(&alias("square")).unwrap(), Some(pin.clone()));
    assert_eq!(registry.resolve(&alias("cube")).unwrap(), None);
    assert_eq!(registry.pin(&alias("square"), &one, false).unwrap(), pin, "again is no error and changes nothing");
    registry.pin(&alias("other"), &one, false).unwrap();
    registry.pin(&alias("third"), &two, false).unwrap();
    assert_eq!(listed(registry), [("other".into(), one), ("square".into(), one), ("third".into(), two)]);

    let taken = registry.pin(&alias("square"), &two, false).unwrap_err();
    assert!(matches!(taken, Error::AliasTaken { key, .. } if key == one), "{taken:?}");
    assert_eq!(registry.resolve(&alias("square")).unwrap(), Some(pin));
    registry.pin(&alias("square"), &two, true).unwrap();
    assert_eq!(registry.resolve(&alias("square")).unwrap().unwrap().key, two);

    assert!(registry.unpin(&alias("square")).unwrap());
    assert!(!registry.unpin(&alias("square")).unwrap());
    assert_eq!(listed(registry), [("other".into(), one), ("third".into(), two)]);
    let names: Vec<_> = tree(&registry.layout().pins());
    assert_eq!(names.len(), 2, "nothing is left of writing: {names:?}");
}

#[test]
fn what_is_not_there_or_broken_cannot_be_pinned() {
    let bench = Bench::new();
    let missing = bench.registry.pin(&alias("a"), &bench.key(1), false).unwrap_err();
    assert!(matches!(missing, Error::NoEntry { key } if key == bench.key(1)), "{missing:?}");
    assert!(!bench.registry.layout().entry_lock(&bench.key(1)).exists(), "a mistyped key leaves nothing");
    let entry = bench.published(1, b"content");
    fs_err::remove_file(entry.path().join("meta.json")).unwrap();
    let broken = bench.registry.pin(&alias("a"), &bench.key(1), false).unwrap_err();
    assert!(matches!(broken, Error::Damaged { .. }), "{broken:?}");
    assert!(bench.registry.pins().unwrap().is_empty());
}

#[test]
fn two_who_pin_two_entries_under_one_alias_do_not_both_succeed() {
    let bench = Bench::new();
    let keys = [*bench.published(1, b"one").key(), *bench.published(2, b"two").key()];
    for round in 0..50 {
        let name = alias(&format!("round-{round}"));
        let barrier = std::sync::Barrier::new(2);
        let pinned: Vec<_> = std::thread::scope(|scope| {
            let threads = keys.map(|key| {
                let (barrier, name) = (&barrier, &name);
                let registry = bench.trusting(Trust::Strict);
                scope.spawn(move || {
                    barrier.wait();
                    registry.pin(name, &key, false)
                })
            });
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(pinned.iter().filter(|result| result.is_ok()).count(), 1, "{pinned:?}");
        let winner = pinned.iter().find_map(|result| result.as_ref().ok()).unwrap();
        assert_eq!(bench.registry.resolve(&name).unwrap().as_ref(), Some(winner));
    }
}

#[test]
fn what_a_killed_one_was_writing_is_in_nobodys_way() {
    let bench = Bench::new();
    let key = *bench.published(1, b"content").key();
    let left = bench.registry.layout().new_pin(&key);
    make_folders(left.parent().unwrap());
    fs_err::write(&left, "{\"format\":").unwrap();
    assert!(bench.registry.pins().unwrap().is_empty());
    bench.registry.pin(&alias("a"), &key, false).unwrap();
    assert!(!left.exists());
    assert_eq!(listed(&bench.registry), [("a".into(), key)]);
}

#[test]
fn a_broken_pin_is_listed_with_its_reason() {
    let check = |spoil: &dyn Fn(&Path), reason: &str| {
        let bench = Bench::new();
        let key = *bench.published(1, b"content").key();
        bench.registry.pin(&alias("a"), &key, false).unwrap();
        bench.registry.pin(&alias("b"), &key, false).unwrap();
        let file = bench.registry.layout().pin(&alias("a"));
        spoil(&file);
        let mut pins = bench.registry.pins().unwrap();
        assert_eq!(pins.len(), 2);
        assert!(pins.remove(1).pin.is_ok(), "one that is broken does not hide the others");
        let listed = pins.remove(0);
        assert_eq!(listed.path, file);
        let message = listed.pin.unwrap_err().to_string();
        assert!(message.starts_with(&format!("the pin `{}` is broken: it ", file.display())), "{message}");
        assert!(message.contains(reason), "{message}");
        assert!(bench.registry.resolve(&alias("a")).is_err());
        assert!(bench.registry.pin(&alias("a"), &key, false).is_err(), "nobody knows what it would replace");
        bench.registry.pin(&alias("a"), &key, true).unwrap();
        assert_eq!(bench.registry.resolve(&alias("a")).unwrap().unwrap().key, key);
        spoil(&file);
        assert!(bench.registry.unpin(&alias("a")).unwrap());
        assert!(!file.is_symlink() && !file.exists());
    };
    let edit = |file: &Path, from: &str, to: &str| {
        let text = fs_err::read_to_string(file).unwrap();
        assert!(text.contains(from), "{text}");
        fs_err::write(file, text.replace(from, to)).unwrap();
    };
    check(&|file| fs_err::write(file, "").unwrap(), "cannot be understood");
    check(&|file| fs_err::write(file, "{\"format\":1}").unwrap(), "cannot be understood");
    check(&|file| edit(file, "\"format\":1", "\"format\":3"), "has format 3, and this version reads up to 2");
    check(&|file| edit(file, "\"alias\":\"a\"", "\"alias\":\"b\""), "belongs to the alias `b`");
    check(&|file| edit(file, "\"alias\":\"a\"", "\"alias\":\"../a\""), "cannot be understood");
    check(&|file| set_mode(file, 0o664), "can be written by its group");
    check(
        &|file| {
            fs_err::remove_file(file).unwrap();
            symlink(file.with_file_name("b.json"), file).unwrap();
        },
        "is a symbolic link",
    );
}

#[test]
fn a_pin_is_written_with_the_lock_of_its_entry() {
    let bench = Bench::new();
    let key = *bench.published(1, b"content").key();
    let _held = lock_dir::try_lock(&bench.registry.layout().entry_lock(&key), "test").unwrap().unwrap();
    // Another thread would wait; who holds the lock is told at once that this would be for ever.
    let pinned = bench.registry.pin(&alias("a"), &key, false);
    assert!(matches!(pinned, Err(Error::Lock(lock_dir::Error::WouldDeadlock))), "{pinned:?}");
    assert!(bench.registry.pins().unwrap().is_empty());
}
