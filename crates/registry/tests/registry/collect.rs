//! What goes, and what stays.

use registry::{Collected, Rules};

use super::*;

const DAY: Duration = Duration::from_hours(24);

impl Bench {
    fn collect(&self, rules: Rules) -> Collected {
        self.registry.collect(&rules, SystemTime::now(), false).unwrap()
    }

    fn has(&self, numbers: &[u8]) {
        let keys: Vec<BuildKey> = self.registry.list().unwrap().into_iter().map(|item| item.key).collect();
        let mut expected: Vec<BuildKey> = numbers.iter().map(|number| self.key(*number)).collect();
        expected.sort();
        assert_eq!(keys, expected);
    }

    /// Four entries, the first used most recently.
    fn with_four() -> Self {
        let bench = Self::new();
        for number in 1..=4 {
            bench.aged(number, &[number], DAY * u32::from(number));
        }
        bench
    }
}

fn newest(count: usize) -> Rules {
    Rules { keep_newest: Some(count), ..Rules::default() }
}

fn older_than(age: Duration) -> Rules {
    Rules { max_age: Some(age), ..Rules::default() }
}

fn at_most(bytes: u64) -> Rules {
    Rules { max_bytes: Some(bytes), ..Rules::default() }
}

/// The bytes of an entry's files.
fn size(bench: &Bench, number: u8) -> u64 {
    tree(&bench.registry.layout().entry(&bench.key(number)))
        .iter()
        .map(|file| fs_err::metadata(file).unwrap().len())
        .sum()
}

#[test]
fn without_a_rule_nothing_is_removed() {
    let bench = Bench::with_four();
    let collected = bench.collect(Rules::default());
    assert!(collected.removed.is_empty() && collected.bytes_freed == 0);
    bench.has(&[1, 2, 3, 4]);
}

#[test]
fn the_newest_stay() {
    let bench = Bench::with_four();
    let freed = size(&bench, 3) + size(&bench, 4);
    let collected = bench.collect(newest(2));
    assert_eq!(collected.removed, [bench.key(4), bench.key(3)], "the least recently used goes first");
    assert_eq!(collected.bytes_freed, freed);
    bench.has(&[1, 2]);
    assert!(bench.collect(newest(2)).removed.is_empty());
    bench.collect(newest(0));
    bench.has(&[]);
}

#[test]
fn age_is_the_time_since_the_last_use() {
    let bench = Bench::with_four();
    bench.registry.entry(&bench.key(4)).unwrap().unwrap().record_use(SystemTime::now());
    let collected = bench.collect(older_than(DAY * 5 / 2));
    assert_eq!(collected.removed, [bench.key(3)]);
    bench.has(&[1, 2, 4]);
}

#[test]
fn a_budget_is_met_by_the_least_recently_used() {
    let bench = Bench::with_four();
    let total: u64 = (1..=4).map(|number| size(&bench, number)).sum();
    assert!(bench.collect(at_most(total)).removed.is_empty(), "a budget that is met removes nothing");
    assert_eq!(bench.collect(at_most(total - 1)).removed, [bench.key(4)]);
    let two = size(&bench, 1) + size(&bench, 2);
    assert_eq!(bench.collect(at_most(two)).removed, [bench.key(3)]);
    bench.has(&[1, 2]);
}

#[test]
fn the_newest_stay_whatever_the_other_rules_say() {
    let bench = Bench::with_four();
    let old = Rules { keep_newest: Some(3), max_age: Some(Duration::ZERO), max_bytes: Some(0) };
    assert_eq!(bench.collect(old).removed, [bench.key(4)]);
    // And the other rules decide about the rest.
    let young = Rules { keep_newest: Some(1), max_age: Some(DAY * 5 / 2), max_bytes: None };
    assert_eq!(bench.collect(young).removed, [bench.key(3)]);
    bench.has(&[1, 2]);
}

#[test]
fn what_is_pinned_stays_and_takes_no_place() {
    let bench = Bench::with_four();
    bench.registry.pin(&alias("first"), &bench.key(1), false).unwrap();
    bench.registry.pin(&alias("last"), &bench.key(4), false).unwrap();
    // Pinning uses the folder of pins and of locks only.
    let collected = bench.collect(newest(1));
    assert_eq!((collected.removed, collected.kept_pinned), (vec![bench.key(3)], vec![bench.key(4)]));
    bench.has(&[1, 2, 4]);
    let collected = bench.collect(at_most(0));
    assert_eq!((collected.removed, collected.kept_pinned), (vec![bench.key(2)], vec![bench.key(4), bench.key(1)]));
    bench.registry.unpin(&alias("last")).unwrap();
    assert_eq!(bench.collect(older_than(Duration::ZERO)).removed, [bench.key(4)]);
    bench.has(&[1]);
}

#[test]
fn a_pin_that_nobody_can_read_stops_the_collector() {
    let bench = Bench::with_four();
    bench.registry.pin(&alias("a"), &bench.key(4), false).unwrap();
    let file = bench.registry.layout().pin(&alias("a"));
    fs_err::write(&file, "{").unwrap();
    let error = bench.registry.collect(&newest(0), SystemTime::now(), false).unwrap_err();
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    bench.has(&[1, 2, 3, 4]);
    // A file that is not called like a pin protects nothing.
    fs_err::rename(&file, file.with_extension("json.bak")).unwrap();
    bench.collect(newest(0));
    bench.has(&[]);
}

#[test]
fn a_pin_of_another_name_stops_it_too() {
    let bench = Bench::with_four();
    bench.registry.pin(&alias("a"), &bench.key(4), false).unwrap();
    let file = bench.registry.layout().pin(&alias("a"));
    fs_err::rename(&file, file.with_file_name("A.json")).unwrap();
    assert!(bench.registry.collect(&newest(0), SystemTime::now(), false).is_err());
    bench.has(&[1, 2, 3, 4]);
}

#[test]
fn what_is_busy_is_skipped_and_named() {
    let bench = Bench::with_four();
    let lock = bench.registry.layout().entry_lock(&bench.key(4));
    let collected = while_locked(&lock, || bench.collect(at_most(size(&bench, 1) + size(&bench, 2))));
    assert_eq!(collected.skipped_busy, [bench.key(4)]);
    assert_eq!(collected.removed, [bench.key(3), bench.key(2)], "the budget is met by others");
    bench.has(&[1, 4]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let bench = Bench::with_four();
    bench.registry.pin(&alias("a"), &bench.key(4), false).unwrap();
    // So that taking a lock would show.
    bench.registry.sweep_all().unwrap();
    let before = tree(bench.registry.layout().root());
    let dry = bench.registry.collect(&newest(1), SystemTime::now(), true).unwrap();
    assert_eq!(tree(bench.registry.layout().root()), before);
    let wet = bench.collect(newest(1));
    assert_eq!((dry.removed, dry.kept_pinned, dry.bytes_freed), (wet.removed, wet.kept_pinned, wet.bytes_freed));
}

#[test]
fn nothing_is_left_of_what_was_removed() {
    let bench = Bench::with_four();
    let layout = bench.registry.layout();
    // A dead collector's.
    make_folders(layout.trash_of(&bench.key(4)).join("left/entry"));
    bench.collect(newest(0));
    assert_eq!(tree(&layout.trash()), Vec::<PathBuf>::new());
    let locks: Vec<_> = tree(&layout.entry_locks()).into_iter().filter(|path| path.ends_with("lock")).collect();
    assert_eq!(locks, Vec::<PathBuf>::new());
}

#[test]
fn readers_go_on_while_an_entry_is_removed() {
    let bench = Bench::new();
    bench.aged(1, b"content", DAY);
    let entry = bench.registry.entry(&bench.key(1)).unwrap().unwrap();
    bench.collect(newest(0));
    // Its folder is still open, and what is not there any more is missing, not wrong.
    let error = entry.read_artifact().unwrap_err();
    assert!(matches!(error, Error::Damaged { damage: Damage::Missing(_), .. }), "{error:?}");
}

#[test]
fn damaged_entries_are_collected_like_others() {
    let bench = Bench::with_four();
    let place = |number| bench.registry.layout().entry(&bench.key(number));
    fs_err::remove_file(place(3).join("meta.json")).unwrap();
    set_age(&place(3), DAY * 3);
    fs_err::remove_dir_all(place(4)).unwrap();
    fs_err::write(place(4), "not a folder").unwrap();
    set_age(&place(4), DAY * 4);
    let collected = bench.collect(newest(2));
    assert_eq!(collected.removed, [bench.key(4), bench.key(3)]);
    assert!(collected.failed.is_empty());
    bench.has(&[1, 2]);
}

#[test]
fn what_cannot_be_removed_is_told_and_the_others_go() {
    let bench = Bench::with_four();
    let lock = bench.registry.layout().entry_lock(&bench.key(4));
    make_folders(lock.parent().unwrap());
    fs_err::write(&lock, "a file, not a folder").unwrap();
    let collected = bench.collect(newest(2));
    assert_eq!(collected.removed, [bench.key(3)]);
    let [(key, error)] = &collected.failed[..] else { panic!("{collected:?}") };
    assert_eq!(*key, bench.key(4));
    let source = std::error::Error::source(error).unwrap().to_string();
    assert!(source.contains(lock.to_str().unwrap()), "{error}: {source}");
    bench.has(&[1, 2, 4]);
}

#[test]
fn pinning_and_collecting_at_once_never_leaves_a_pin_without_an_entry() {
    for round in 0..40 {
        let bench = Bench::new();
        let key = bench.aged(1, b"content", DAY);
        let barrier = std::sync::Barrier::new(2);
        let (pinned, collected) = std::thread::scope(|scope| {
            let (other, barrier) = (bench.trusting(Trust::Strict), &barrier);
            let pin = scope.spawn(move || {
                barrier.wait();
                other.pin(&alias("a"), &key, false)
            });
            barrier.wait();
            let collected = bench.collect(newest(0));
            (pin.join().unwrap(), collected)
        });
        assert!(collected.failed.is_empty(), "{collected:?}");
        let is_there = bench.registry.entry(&key).unwrap().is_some();
        assert_eq!(pinned.is_ok(), is_there, "round {round}: {pinned:?} {collected:?}");
        assert_eq!(bench.registry.pins().unwrap().len(), usize::from(is_there));
    }
}

#[test]
fn what_is_pinned_or_used_after_it_was_listed_stays() {
    const COUNT: u8 = 60;
    let bench = Bench::with(Options { durability: Durability::None, trust: Trust::Strict });
    for number in 0..COUNT {
        // The last is collected last.
        bench.aged(number, &[number], DAY * u32::from(COUNT - number));
    }
    let (pinned, used) = (bench.key(COUNT - 2), bench.registry.entry(&bench.key(COUNT - 1)).unwrap().unwrap());
    let first = bench.registry.layout().entry(&bench.key(0));
    let root = bench.registry.layout().root();
    let (pin, collected) = std::thread::scope(|scope| {
        // This one waits for the disk each time, so there is time enough to come in between.
        let collector = scope.spawn(|| Registry::new(root).collect(&newest(0), SystemTime::now(), false).unwrap());
        while first.exists() && !collector.is_finished() {
            std::thread::yield_now();
        }
        used.record_use(SystemTime::now());
        let pin = bench.registry.pin(&alias("a"), &pinned, false);
        (pin, collector.join().unwrap())
    });
    assert!(pin.is_ok(), "{pin:?}");
    assert_eq!(collected.kept_pinned, [pinned]);
    assert_eq!(collected.removed.len(), usize::from(COUNT) - 2);
    bench.has(&[COUNT - 2, COUNT - 1]);
}
