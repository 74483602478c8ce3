//! Counting, weighing and emptying a cache, and its quarantine.

use registry::{Collected, Pinned, Purged, Rules, Stats, utc};

use super::*;

const DAY: Duration = Duration::from_hours(24);

impl Bench {
    /// The bytes in all files below a folder, counted another way.
    fn weighed(folder: &Path) -> u64 {
        tree(folder)
            .iter()
            .map(|path| fs_err::symlink_metadata(path).unwrap())
            .filter(|it| !it.is_dir())
            .map(|it| it.len())
            .sum()
    }

    fn purged(&self, pinned: Pinned) -> Purged {
        let purged = self.registry.purge(pinned).unwrap();
        assert!(purged.failed.is_empty() && purged.entries.failed.is_empty(), "{purged:?}");
        purged
    }

    /// All files below the version's folder, without locks.
    fn left(&self) -> Vec<PathBuf> {
        let root = self.registry.layout().root();
        let files = tree(root).into_iter().filter(|path| path.is_file());
        let files = files.map(|path| path.strip_prefix(root).unwrap().to_owned());
        files.filter(|path| !path.starts_with("v1/locks")).collect()
    }
}

#[test]
fn stats_count_what_is_there() {
    let bench = Bench::new();
    assert_eq!(bench.registry.stats().unwrap(), Stats::default(), "of an empty cache, and of one that is missing");
    let missing = Registry::new(bench.folder.path().join("missing"));
    assert_eq!(missing.stats().unwrap(), Stats::default());
    assert!(!missing.layout().root().exists());

    let (old, new) = (bench.aged(1, b"one", 3 * DAY), bench.aged(2, &vec![0; 50_000], DAY));
    bench.aged(3, b"three", 2 * DAY);
    bench.registry.pin(&alias("mine"), &new, false).unwrap();
    bench.registry.pin(&alias("other"), &new, false).unwrap();
    fs_err::write(bench.registry.layout().pins().join("broken.json"), "{").unwrap();
    let stats = bench.registry.stats().unwrap();
    assert_eq!((stats.modules, stats.packages, stats.broken_pins, stats.quarantined), (3, 0, 1, 0));
    assert_eq!(stats.bytes, Bench::weighed(&bench.registry.layout().entries()));
    assert_eq!(stats.pins, [(alias("mine"), new), (alias("other"), new)]);
    let used = |key: &BuildKey| fs_err::metadata(bench.registry.layout().entry(key)).unwrap().modified().unwrap();
    assert_eq!((stats.newest_use, stats.oldest_use), (Some(used(&new)), Some(used(&old))));
    assert_eq!(bench.registry.size_of(&new), Bench::weighed(&bench.registry.layout().entry(&new)));
    // A broken entry is one all the same.
    fs_err::remove_file(bench.registry.layout().entry(&old).join("meta.json")).unwrap();
    assert_eq!(bench.registry.stats().unwrap().modules, 3);
    bench.registry.quarantine(&old, "a test").unwrap();
    let stats = bench.registry.stats().unwrap();
    assert_eq!((stats.modules, stats.quarantined), (2, 1));
}

#[test]
fn the_parts_of_a_cache_are_all_of_it() {
    let bench = Bench::new();
    let key = *bench.published(1, &[0; 3000]).key();
    bench.registry.remember(&bench.held, &bench.portable, &bench.toolchain, &empty_set(key)).unwrap();
    bench.registry.keep_log(&bench.held, &bench.request, "the compiler said no\n").unwrap();
    let sizes = bench.registry.sizes().unwrap();
    let of = |part: &str| sizes.iter().find(|size| size.part == part).unwrap().bytes;
    assert_eq!(of("modules"), bench.registry.size_of(&key));
    assert_eq!(of("logs"), 21);
    assert!(of("known dependencies") > 0);
    let total: u64 = sizes.iter().map(|size| size.bytes).sum();
    assert_eq!(total, Bench::weighed(bench.registry.layout().root()));
}

#[test]
fn what_many_threads_look_at_is_in_order() {
    let bench = Bench::with(Options { durability: Durability::None, ..Options::default() });
    // With so many there are enough folders of entries for several threads.
    for number in 0..=255 {
        bench.publish(number, &[number]);
    }
    let listed = bench.registry.list().unwrap();
    assert_eq!(listed.len(), 256);
    assert!(listed.is_sorted_by_key(|item| item.key) && listed.iter().all(|item| item.entry.is_ok()));
    assert_eq!(bench.registry.stats().unwrap().modules, 256);
    let shard = bench.registry.layout().shard(&bench.key(7));
    set_mode(&shard, 0o777);
    assert!(matches!(bench.registry.list(), Err(Error::Untrusted { .. })), "one of the threads says so");
}

#[test]
fn a_list_shows_the_same_from_the_beginning_of_a_file_as_from_all_of_it() {
    let bench = Bench::new();
    let key = *bench.published(1, b"content").key();
    let overview = |bench: &Bench| bench.registry.list().unwrap().remove(0).entry;
    let from_beginning = overview(&bench).unwrap();
    let entry = bench.registry.entry(&key).unwrap().unwrap();
    let meta = entry.meta();
    assert_eq!(from_beginning.module_name, meta.module_name);
    assert_eq!((from_beginning.artifact_size, &from_beginning.artifact), (meta.artifact_size, &meta.artifact));
    assert_eq!((&*from_beginning.fingerprint, &from_beginning.origin), (&meta.fingerprint, &meta.origin));
    assert_eq!((from_beginning.kind, &from_beginning.created_utc), (meta.kind, &meta.created_utc));

    // An older one has another order, is not sealed, and is read as a whole.
    let file = entry.path().join("meta.json");
    let text = fs_err::read_to_string(&file).unwrap();
    let rewrite = |text: &str| {
        set_mode(&file, 0o644);
        fs_err::write(&file, text).unwrap();
    };
    rewrite(&unsealed(&text, 1));
    assert_eq!(overview(&bench).unwrap(), from_beginning);
    rewrite(&unsealed(&text, META_FORMAT + 1));
    assert!(matches!(overview(&bench), Err(Error::TooNew { .. })));
    // One that is cut behind what a list reads first, one with a bit turned in it, and one of another entry.
    let long = text.replacen(",\"meta_blake3\"", &format!(",\"more\":\"{}\",\"meta_blake3\"", "w".repeat(10_000)), 1);
    rewrite(&long);
    assert_eq!(overview(&bench).unwrap(), from_beginning, "the rest is for who opens the entry");
    assert!(bench.registry.entry(&key).is_err());
    for broken in [&long[..long.len() - 1], &long[..9000], &text.replacen("square", "squarf", 1), ""] {
        rewrite(broken);
        assert!(matches!(overview(&bench), Err(Error::Damaged { .. })), "{} bytes", broken.len());
    }
    set_mode(&file, 0o666);
    assert!(matches!(overview(&bench), Err(Error::Damaged { damage: Damage::Untrusted { .. }, .. })));
}

#[test]
fn a_cache_is_emptied_but_for_what_is_pinned() {
    let bench = Bench::new();
    for number in 1..=3 {
        bench.published(number, &[number]);
    }
    let (kept, request) = (bench.key(2), bench.request);
    bench.registry.remember(&bench.held, &bench.portable, &bench.toolchain, &empty_set(kept)).unwrap();
    let other = Digest::of(b"other");
    let lock = bench.registry.layout().request_lock(&RequestKey::from_parts(other, bench.toolchain));
    let held = lock_dir::try_lock(&lock, "test").unwrap().unwrap();
    bench.registry.remember(&held, &other, &bench.toolchain, &empty_set(bench.key(1))).unwrap();
    drop(held);
    bench.registry.keep_log(&bench.held, &request, "a log\n").unwrap();
    bench.registry.quarantine(&bench.key(3), "a test").unwrap();
    make_folders(bench.registry.layout().probes());
    fs_err::write(bench.registry.layout().probes().join("gcc.json"), "{}").unwrap();
    bench.registry.pin(&alias("mine"), &kept, false).unwrap();

    let purged = bench.purged(Pinned::Keep);
    assert_eq!((purged.entries.removed, purged.entries.kept_pinned), (vec![bench.key(1)], vec![kept]));
    assert_eq!((purged.quarantine.removed.len(), purged.others, purged.unpinned.len()), (1, 3, 0));
    assert!(bench.registry.entry(&kept).unwrap().is_some());
    assert!(bench.registry.manifest(&bench.portable, &bench.toolchain).is_some(), "its request is still known");
    assert!(bench.registry.manifest(&other, &bench.toolchain).is_none());

    let purged = bench.purged(Pinned::Remove);
    assert_eq!((purged.entries.removed, purged.unpinned), (vec![kept], vec![alias("mine")]));
    assert_eq!(bench.left(), [Path::new("CACHEDIR.TAG")]);
    assert!(bench.purged(Pinned::Keep).entries.removed.is_empty(), "again");
}

#[test]
fn a_broken_pin_keeps_everything_unless_pins_go_too() {
    let bench = Bench::new();
    bench.published(1, b"one");
    make_folders(bench.registry.layout().pins());
    let pin = bench.registry.layout().pins().join("broken.json");
    fs_err::write(&pin, "{").unwrap();
    assert!(matches!(bench.registry.purge(Pinned::Keep), Err(Error::BrokenPin { .. })));
    assert!(bench.registry.entry(&bench.key(1)).unwrap().is_some());
    let purged = bench.purged(Pinned::Remove);
    assert_eq!((purged.entries.removed.len(), purged.others), (1, 1));
    assert!(!pin.exists());
}

#[test]
fn who_is_at_an_entry_is_named_when_a_cache_is_emptied() {
    let bench = Bench::new();
    bench.published(1, b"one");
    bench.published(2, b"two");
    let lock = bench.registry.layout().entry_lock(&bench.key(1));
    let purged = while_locked(&lock, || bench.purged(Pinned::Keep));
    let Collected { removed, skipped_busy, .. } = purged.entries;
    assert_eq!((removed, skipped_busy), (vec![bench.key(2)], vec![bench.key(1)]));
    assert!(purged.swept.busy >= 1);
}

#[test]
fn the_quarantine_can_be_looked_at_and_cleared() {
    let bench = Bench::new();
    assert!(bench.registry.quarantined().unwrap().is_empty());
    for content in [b"one", b"two"] {
        bench.published(1, content);
        bench.registry.quarantine(&bench.key(1), &format!("because of {}", content[0])).unwrap();
    }
    bench.published(2, b"three");
    bench.registry.quarantine(&bench.key(2), "a test").unwrap();
    // What a killed process left is no entry.
    make_folders(bench.registry.layout().quarantine(&bench.key(3)).join("random"));
    let listed = bench.registry.quarantined().unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed.is_sorted_by_key(|item| item.key));
    let mut reasons: Vec<&str> = listed.iter().map(|item| item.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["a test", "because of 111", "because of 116"]);
    assert!(listed.iter().all(|item| item.bytes > 0 && item.path.is_dir() && item.since.is_some()));

    let lock = bench.registry.layout().entry_lock(&bench.key(2));
    let cleared = while_locked(&lock, || bench.registry.clear_quarantine(Some(&[bench.key(2)])).unwrap());
    assert_eq!((cleared.removed.len(), cleared.skipped_busy), (0, vec![bench.key(2)]));
    let cleared = bench.registry.clear_quarantine(Some(&[bench.key(2)])).unwrap();
    assert_eq!(cleared.removed.iter().map(|item| item.key).collect::<Vec<_>>(), [bench.key(2)]);
    assert_eq!(bench.registry.clear_quarantine(None).unwrap().removed.len(), 2);
    assert!(bench.registry.quarantined().unwrap().is_empty());
    assert!(!bench.registry.layout().quarantine(&bench.key(1)).exists());
}

#[test]
fn a_dry_collection_tells_the_sizes_that_a_real_one_frees() {
    let bench = Bench::new();
    for number in 1..=4 {
        bench.aged(number, &vec![0; 1000 * usize::from(number)], DAY * u32::from(number));
    }
    let rules = [
        Rules { keep_newest: Some(2), ..Rules::default() },
        Rules { max_bytes: Some(bench.registry.stats().unwrap().bytes - 1), ..Rules::default() },
    ];
    for (rules, next) in rules.into_iter().zip(9..) {
        let dry = bench.registry.collect(&rules, SystemTime::now(), true).unwrap();
        let before = bench.registry.stats().unwrap().bytes;
        let real = bench.registry.collect(&rules, SystemTime::now(), false).unwrap();
        assert_eq!((dry.removed, dry.bytes_freed), (real.removed, real.bytes_freed));
        assert_eq!(before - bench.registry.stats().unwrap().bytes, real.bytes_freed);
        // What the second rule is about is the rest.
        bench.published(next, b"another");
    }
}

#[test]
fn times_are_written_in_utc() {
    let times = [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)].map(utc);
    assert_eq!(times, ["1970-01-01T00:00:00Z", "2023-11-14T22:13:20Z"]);
}
