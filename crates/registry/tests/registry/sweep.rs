//! What killed processes leave.

use super::*;

#[test]
fn everything_that_nobody_holds_is_removed() {
    let bench = Bench::new();
    let Bench { registry, request, .. } = &bench;
    let layout = registry.layout();
    let (one, two) = (*bench.published(1, b"one").key(), bench.key(2));
    registry.pin(&alias("kept"), &one, false).unwrap();
    bench.published(2, b"two");
    registry.quarantine(&two, "broken").unwrap();
    let set = empty_set(one);
    registry.remember(&bench.held, &bench.portable, &bench.toolchain, &set).unwrap();

    let other = RequestKey::from_parts(bench.toolchain, bench.portable);
    make_folders(layout.stage(&other).join("left/build"));
    make_folders(layout.trash_of(&two).join("left/entry"));
    make_folders(layout.quarantine(&one).join("cell"));
    fs_err::write(layout.quarantine(&one).join("cell/reason.txt"), "why").unwrap();
    // One key is known by its lock and its quarantine, too, the other by this alone.
    fs_err::write(layout.new_pin(&two), "{").unwrap();
    fs_err::write(layout.new_pin(&bench.key(3)), "{").unwrap();
    make_folders(layout.probes());
    fs_err::write(layout.probes().join(".tmpX1y2z3"), "{").unwrap();
    fs_err::write(layout.probes().join("answer.json"), "{}").unwrap();
    make_folders(layout.stages().join("not a key"));
    drop(lock_dir::try_lock(&layout.export_lock(&bench.portable), "test").unwrap());

    let swept = registry.sweep_all().unwrap();
    assert!(swept.failed.is_empty(), "{swept:?}");
    // The request of the bench itself is locked. Entry locks: the pinned one's and the quarantined one's; one of an export.
    assert_eq!((swept.stages, swept.trash, swept.temporary, swept.locks, swept.busy), (1, 1, 4, 3, 1));
    let left: Vec<String> = tree(layout.root())
        .iter()
        .filter(|path| path.is_file() || path.ends_with("not a key"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let manifest = format!("{}.sets", bench.toolchain);
    let mut expected = vec![
        "CACHEDIR.TAG",
        "meta.json",
        "square.pyx",
        "square.so",
        "lock",
        "owner.json",
        &manifest,
        "kept.json",
        "answer.json",
        "meta.json",
        "square.pyx",
        "square.so",
        "reason.txt",
        "not a key",
    ];
    let mut left: Vec<&str> = left.iter().map(String::as_str).collect();
    left.sort_unstable();
    expected.sort_unstable();
    assert_eq!(left, expected);
    assert!(layout.request_lock(request).exists(), "it is ours");
    assert!(!layout.stage(&other).exists() && !layout.quarantine(&one).exists());

    let again = registry.sweep_all().unwrap();
    assert_eq!((again.stages, again.trash, again.temporary, again.locks, again.busy), (0, 0, 0, 0, 1));
}

#[test]
fn what_somebody_holds_is_left_alone() {
    let bench = Bench::new();
    let layout = bench.registry.layout();
    let key = bench.key(1);
    let stage = bench.registry.stage(&bench.held, &bench.request).unwrap();
    let (trash, cell) = (layout.trash_of(&key).join("cell"), layout.quarantine(&key).join("cell"));
    for folder in [&trash, &cell] {
        make_folders(folder);
    }
    make_folders(layout.pins());
    fs_err::write(layout.new_pin(&key), "{").unwrap();
    let export = layout.export_lock(&bench.portable);
    let swept =
        while_locked(&layout.entry_lock(&key), || while_locked(&export, || bench.registry.sweep_all().unwrap()));
    assert_eq!((swept.stages, swept.trash, swept.temporary, swept.locks, swept.busy), (0, 0, 0, 0, 3));
    assert!(stage.build().exists() && trash.exists() && cell.exists() && layout.new_pin(&key).exists());
    drop(stage);
    drop(bench.held);
    let swept = bench.registry.sweep_all().unwrap();
    assert_eq!((swept.trash, swept.temporary, swept.locks, swept.busy), (1, 2, 3, 0));
}

#[test]
fn what_cannot_be_removed_is_told_and_the_rest_goes() {
    let bench = Bench::new();
    let layout = bench.registry.layout();
    let other = RequestKey::from_parts(bench.toolchain, bench.portable);
    // A file where the lock's folder should be.
    make_folders(layout.stage(&other));
    make_folders(layout.request_lock(&other).parent().unwrap());
    fs_err::write(layout.request_lock(&other), "").unwrap();
    make_folders(layout.trash_of(&bench.key(1)));
    let swept = bench.registry.sweep_all().unwrap();
    assert_eq!((swept.stages, swept.trash, swept.failed.len()), (0, 1, 1), "{swept:?}");
    let source = std::error::Error::source(&swept.failed[0]).unwrap().to_string();
    assert!(source.contains(layout.request_lock(&other).to_str().unwrap()), "{source}");
}

#[test]
fn a_link_in_place_of_a_folder_is_not_swept() {
    let bench = Bench::new();
    let precious = bench.folder.path().join("precious");
    fs_err::create_dir(&precious).unwrap();
    fs_err::write(precious.join(".tmp-mine"), "").unwrap();
    symlink(&precious, bench.registry.layout().probes()).unwrap();
    for trust in [Trust::Strict, Trust::Anyone] {
        let error = bench.trusting(trust).sweep_all().unwrap_err();
        assert!(matches!(error, Error::Untrusted { .. }), "{error:?}");
        assert!(precious.join(".tmp-mine").exists());
    }
}

#[test]
fn a_build_that_goes_on_is_not_disturbed() {
    let bench = Bench::new();
    for number in 1..=20 {
        let (registry, barrier) = (bench.trusting(Trust::Strict), std::sync::Barrier::new(2));
        std::thread::scope(|scope| {
            let sweeper = scope.spawn(|| {
                barrier.wait();
                registry.sweep_all().unwrap()
            });
            barrier.wait();
            let entry = bench.published(number, &[number]);
            let set = empty_set(*entry.key());
            bench.registry.remember(&bench.held, &bench.portable, &bench.toolchain, &set).unwrap();
            bench.registry.pin(&alias("newest"), entry.key(), true).unwrap();
            let swept = sweeper.join().unwrap();
            assert!(swept.failed.is_empty(), "{swept:?}");
        });
        assert!(bench.registry.entry(&bench.key(number)).unwrap().is_some());
        assert_eq!(bench.registry.resolve(&alias("newest")).unwrap().unwrap().key, bench.key(number));
    }
}
