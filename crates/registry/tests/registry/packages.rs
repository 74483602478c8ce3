//! External modules, and packages that refer to modules.

use std::collections::BTreeSet;

use cache_key::{Abi, ModuleName};
use registry::{Collected, External, Kind, NewPackage, Origin, PackageEntry, PackageModule, PackagePath, Rules, Swept};

use super::*;

const HOUR: Duration = Duration::from_hours(1);

fn name(text: &str) -> ModuleName {
    text.parse().unwrap()
}

fn abi() -> Abi {
    sample().request.unwrap().portable.abi
}

fn files(content: &str) -> BTreeMap<PackagePath, Vec<u8>> {
    let paths = ["mypkg/__init__.py", "mypkg/sub/__init__.py"];
    paths.into_iter().map(|path| (path.parse().unwrap(), content.as_bytes().to_vec())).collect()
}

impl Bench {
    fn external(&self, content: &[u8]) -> Result<Entry, Error> {
        let module_name = name("fast.square");
        let origin = Origin::Imported { from: "square.so".into() };
        let external = External {
            module_name: &module_name,
            abi: &abi(),
            bytes: content,
            needed: vec!["libc.so.6".into()],
            fingerprint: BTreeMap::new(),
            origin,
        };
        self.registry.publish_external(&external)
    }

    /// A package of the modules with these numbers.
    fn package_of(&self, numbers: &[u8], content: &str) -> Result<PackageEntry, Error> {
        let module = |number: &u8| PackageModule { name: name(&format!("mypkg.m{number}")), key: self.key(*number) };
        let modules: Vec<PackageModule> = numbers.iter().map(module).collect();
        let (name, files) = (name("mypkg"), files(content));
        let package = NewPackage {
            name: &name,
            modules: &modules,
            files: &files,
            fingerprint: sample().fingerprint,
            origin: Origin::Built,
        };
        self.registry.publish_package(&package)
    }

    fn collected(&self, rules: Rules) -> Collected {
        self.registry.collect(&rules, SystemTime::now(), false).unwrap()
    }

    fn modules_there(&self) -> Vec<u8> {
        (0..10).filter(|number| self.registry.entry(&self.key(*number)).unwrap().is_some()).collect()
    }
}

#[test]
fn an_external_module_comes_back_as_it_was_given() {
    let bench = Bench::new();
    let entry = bench.external(b"content").unwrap();
    let again = bench.registry.entry(entry.key()).unwrap().unwrap();
    assert_eq!(again.read_artifact().unwrap().bytes, b"content");
    let meta = again.meta();
    assert_eq!((meta.kind, &meta.interface, again.abi()), (Kind::External, &Some(abi()), &abi()));
    assert_eq!(meta.artifact, format!("square{}", abi().extension_suffix));
    assert_eq!(meta.origin, Origin::Imported { from: "square.so".into() });
    assert_eq!((again.source_path(), again.read_source().unwrap()), (None, None));
    assert_eq!(mode(&again.artifact_path()), 0o444);
    assert_eq!(bench.external(b"content").unwrap().key(), entry.key(), "the same file is the same entry");
    assert_ne!(bench.external(b"other").unwrap().key(), entry.key());
    let listed = bench.registry.list().unwrap();
    let kinds: Vec<Kind> = listed.iter().map(|item| item.entry.as_ref().unwrap().kind).collect();
    assert_eq!(kinds, [Kind::External, Kind::External]);
    assert!(tree(&bench.registry.layout().incoming()).is_empty(), "nothing is left");
}

#[test]
fn a_damaged_entry_is_replaced_by_who_brings_the_file_again() {
    let bench = Bench::new();
    let entry = bench.external(b"content").unwrap();
    set_mode(&entry.artifact_path(), 0o644);
    fs_err::write(entry.artifact_path(), "tnetnoc").unwrap();
    let again = bench.external(b"content").unwrap();
    assert_eq!(again.read_artifact().unwrap().bytes, b"content");
    let kept = tree(&bench.registry.layout().quarantine(entry.key()));
    let reason = kept.iter().find(|path| path.ends_with("reason.txt")).unwrap();
    assert_eq!(fs_err::read_to_string(reason).unwrap(), "its artifact does not have the recorded content\n");
}

#[test]
fn a_package_refers_to_its_modules_and_holds_its_files() {
    let bench = Bench::new();
    bench.published(1, b"one");
    bench.published(2, b"two");
    let package = bench.package_of(&[2, 1], "VERSION = 1\n").unwrap();
    let again = bench.registry.package(package.key()).unwrap().unwrap();
    let names: Vec<&str> = again.meta().modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["mypkg.m1", "mypkg.m2"]);
    for file in &again.meta().files {
        assert_eq!(again.read_file(file).unwrap(), b"VERSION = 1\n");
        assert_eq!(fs_err::read(again.file_path(&file.path)).unwrap(), b"VERSION = 1\n");
    }
    assert!(again.files_path().join("mypkg/sub/__init__.py").is_file());
    let modules = bench.registry.modules_of(again.meta()).unwrap();
    assert_eq!(modules.iter().map(|entry| *entry.key()).collect::<Vec<_>>(), [bench.key(1), bench.key(2)]);
    assert_eq!(bench.package_of(&[1, 2], "VERSION = 1\n").unwrap().key(), package.key());
    assert_ne!(bench.package_of(&[1, 2], "VERSION = 2\n").unwrap().key(), package.key());
    assert_ne!(bench.package_of(&[1], "VERSION = 1\n").unwrap().key(), package.key());
    assert_eq!(bench.registry.list_packages().unwrap().len(), 3);
    assert_eq!(bench.registry.list().unwrap().len(), 2, "packages are listed on their own");
    assert!(bench.registry.entry(package.key()).unwrap().is_none());
    assert!(bench.registry.package(&bench.key(1)).unwrap().is_none());
}

#[test]
fn a_package_without_a_module_says_which_one_is_missing() {
    let bench = Bench::new();
    bench.published(1, b"one");
    let lacks = |result: Result<PackageEntry, Error>| match result {
        Err(Error::IncompletePackage { missing, .. }) => missing,
        other => panic!("{other:?}"),
    };
    assert_eq!(lacks(bench.package_of(&[1, 2, 3], "")), [name("mypkg.m2"), name("mypkg.m3")]);
    assert!(bench.registry.list_packages().unwrap().is_empty(), "nothing was shown");
    bench.published(2, b"two");
    let package = bench.package_of(&[1, 2], "").unwrap();
    bench.registry.quarantine(&bench.key(2), "a test").unwrap();
    let error = bench.registry.modules_of(package.meta()).unwrap_err();
    assert!(error.to_string().ends_with("lacks `mypkg.m2`"), "{error}");
    let pinned = bench.registry.pin(&alias("mine"), package.key(), false);
    assert!(matches!(pinned, Err(Error::IncompletePackage { .. })), "{pinned:?}");
}

#[test]
fn a_broken_package_does_not_break_the_list_and_each_damage_is_seen() {
    let bench = Bench::new();
    bench.published(1, b"one");
    let good = *bench.package_of(&[1], "good").unwrap().key();
    let package = bench.package_of(&[1], "bad").unwrap();
    let file = &package.meta().files[1];
    let place = package.file_path(&file.path);
    let damage = || match package.read_file(file) {
        Err(Error::Damaged { damage, .. }) => damage.to_string(),
        other => panic!("{other:?}"),
    };
    set_mode(&place, 0o644);
    fs_err::write(&place, "dab").unwrap();
    assert_eq!(damage(), "its file `mypkg/sub/__init__.py` does not have the recorded content");
    set_mode(&place, 0o666);
    assert!(damage().contains("can be written by everybody"), "{}", damage());
    fs_err::remove_file(&place).unwrap();
    assert_eq!(damage(), "its file `mypkg/sub/__init__.py` is missing");
    let folder = place.parent().unwrap();
    fs_err::remove_dir(folder).unwrap();
    symlink(bench.folder.path(), folder).unwrap();
    assert_eq!(damage(), "`mypkg/sub/__init__.py` in it is in a symbolic link");

    let meta = package.path().join("meta.json");
    let text = fs_err::read_to_string(&meta).unwrap();
    set_mode(&meta, 0o644);
    fs_err::write(&meta, text.replacen("mypkg.m1", "mypkg.m9", 1)).unwrap();
    let listed = bench.registry.list_packages().unwrap();
    let (right, broken): (Vec<_>, Vec<_>) = listed.iter().partition(|item| item.package.is_ok());
    assert_eq!((right[0].key, broken[0].key), (good, *package.key()));
    // What it refers to is not known any more, and nobody can use it: it is collected like everything else.
    assert!(bench.collected(Rules { keep_newest: Some(0), ..Rules::default() }).failed.is_empty());
    assert!(bench.registry.list_packages().unwrap().is_empty());
}

#[test]
fn what_a_pinned_package_refers_to_is_pinned() {
    let bench = Bench::new();
    for number in 1..=3 {
        bench.aged(number, b"content", 10 * HOUR);
    }
    let package = bench.package_of(&[1, 2], "").unwrap();
    bench.registry.pin(&alias("mine"), package.key(), false).unwrap();
    let collected = bench.collected(Rules { keep_newest: Some(0), ..Rules::default() });
    assert_eq!(collected.removed, [bench.key(3)]);
    let kept: BTreeSet<BuildKey> = collected.kept_pinned.into_iter().collect();
    assert_eq!(kept, BTreeSet::from([bench.key(1), bench.key(2), *package.key()]));
    bench.registry.unpin(&alias("mine")).unwrap();
    let collected = bench.collected(Rules { keep_newest: Some(0), ..Rules::default() });
    assert_eq!(collected.removed.len(), 3);
    assert_eq!(collected.removed[0], *package.key(), "the package goes first");
}

#[test]
fn a_module_was_used_when_its_package_was() {
    let bench = Bench::new();
    for number in 1..=3 {
        bench.published(number, b"content");
    }
    let package = bench.package_of(&[1, 2], "").unwrap();
    for number in 1..=3 {
        set_age(&bench.registry.layout().entry(&bench.key(number)), 50 * HOUR);
    }
    let rules = Rules { max_age: Some(10 * HOUR), ..Rules::default() };
    assert_eq!(bench.collected(rules).removed, [bench.key(3)]);
    // It counts as one.
    let newest = bench.collected(Rules { keep_newest: Some(1), ..Rules::default() });
    assert!(newest.removed.is_empty(), "{newest:?}");
    set_age(package.path(), 20 * HOUR);
    assert_eq!(bench.collected(rules).removed.len(), 3);
    assert!(bench.modules_there().is_empty());
}

#[test]
fn modules_stay_with_a_package_that_cannot_go() {
    let bench = Bench::new();
    for number in 1..=2 {
        bench.published(number, b"content");
    }
    let package = bench.package_of(&[1], "").unwrap();
    let lock = bench.registry.layout().entry_lock(package.key());
    let all = Rules { keep_newest: Some(0), ..Rules::default() };
    let collected = while_locked(&lock, || bench.collected(all));
    assert_eq!((collected.removed, collected.skipped_busy), (vec![bench.key(2)], vec![*package.key()]));
    assert_eq!(bench.modules_there(), [1]);
}

#[test]
fn publishing_a_package_uses_its_modules() {
    let bench = Bench::new();
    let old = bench.aged(1, b"content", 50 * HOUR);
    bench.package_of(&[1], "").unwrap();
    let noted = fs_err::metadata(bench.registry.layout().entry(&old)).unwrap().modified().unwrap();
    assert!(noted.elapsed().unwrap() < HOUR, "a collector that has listed it sees that it was used since");
}

/// Does something to a package while a collector is at its module, and removes the module in the end.
fn beside_a_collector(bench: &Bench, done: impl Fn() -> bool, action: impl FnOnce() -> Result<(), Error> + Send) {
    let lock = bench.registry.layout().entry_lock(&bench.key(1));
    let held = lock_dir::try_lock(&lock, "test").unwrap().unwrap();
    let result = std::thread::scope(|scope| {
        let actor = scope.spawn(action);
        // Without the lock of the module it would be done long before these looks are.
        for _ in 0..5000 {
            if done() {
                break;
            }
            std::thread::yield_now();
        }
        // What a collector does under the lock.
        let gone = bench.folder.path().join(format!("gone-{}", done()));
        fs_err::rename(bench.registry.layout().entry(&bench.key(1)), gone).unwrap();
        drop(held);
        actor.join().unwrap()
    });
    assert!(matches!(result, Err(Error::IncompletePackage { .. })), "{result:?}");
    assert!(!done(), "it was done although the module was being removed");
}

#[test]
fn a_package_is_pinned_with_the_locks_of_its_modules() {
    let bench = Bench::with(Options { durability: Durability::None, ..Options::default() });
    bench.published(1, b"content");
    let key = *bench.package_of(&[1], "").unwrap().key();
    let pinned = || bench.registry.layout().pin(&alias("mine")).exists();
    let registry = bench.registry.clone();
    beside_a_collector(&bench, pinned, move || registry.pin(&alias("mine"), &key, false).map(drop));
}

#[test]
fn a_package_is_published_with_the_locks_of_its_modules() {
    let bench = Bench::with(Options { durability: Durability::None, ..Options::default() });
    bench.published(1, b"content");
    let shown = || !bench.registry.list_packages().unwrap().is_empty();
    let (registry, module) = (bench.registry.clone(), bench.key(1));
    beside_a_collector(&bench, shown, move || {
        let package = NewPackage {
            name: &name("mypkg"),
            modules: &[PackageModule { name: name("mypkg.m1"), key: module }],
            files: &files(""),
            fingerprint: BTreeMap::new(),
            origin: Origin::Built,
        };
        registry.publish_package(&package).map(drop)
    });
}

#[test]
fn pins_of_packages_and_collectors_never_lose_a_module() {
    let bench = Bench::with(Options { durability: Durability::None, ..Options::default() });
    for round in 0..20 {
        bench.publish(1, b"one");
        bench.publish(2, b"two");
        let package = bench.package_of(&[1, 2], &round.to_string()).unwrap();
        let barrier = std::sync::Barrier::new(2);
        let pinned = std::thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                bench.collected(Rules { keep_newest: Some(0), ..Rules::default() });
            });
            barrier.wait();
            bench.registry.pin(&alias("mine"), package.key(), false)
        });
        match pinned {
            Ok(pin) => {
                let package = bench.registry.package(&pin.key).unwrap().expect("it is pinned");
                bench.registry.modules_of(package.meta()).expect("they are pinned with it");
                bench.registry.unpin(&alias("mine")).unwrap();
            }
            Err(Error::NoEntry { .. } | Error::IncompletePackage { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn what_a_killed_publisher_left_is_swept() {
    let bench = Bench::new();
    let left = bench.registry.layout().incoming_of(&bench.key(1));
    make_folders(left.join("random/entry"));
    let Swept { stages, failed, .. } = bench.registry.sweep_all().unwrap();
    assert_eq!((stages, failed.len()), (1, 0));
    assert!(!left.exists());
}

#[test]
fn samples_of_the_other_kinds_are_read() {
    let bench = Bench::new();
    bench.published(1, b"content");
    let samples = [
        ("external", bench.external(b"content").unwrap().path().to_owned()),
        ("package", bench.package_of(&[1], "VERSION = 1\n").unwrap().path().to_owned()),
    ];
    for (kind, entry) in samples {
        let name = format!("../../data/meta-samples/{META_FORMAT}-{kind}.json");
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::var_os("UPDATE_META_SAMPLES").is_some() {
            fs_err::copy(entry.join("meta.json"), &sample).unwrap();
            set_mode(&sample, 0o644);
        }
        let text = fs_err::read(&sample).unwrap();
        let of = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        let members = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(members(&of(&text)), members(&of(&fs_err::read(entry.join("meta.json")).unwrap())), "{kind}");
    }
    for format in 3..=META_FORMAT {
        let name = |kind| format!("../../data/meta-samples/{format}-{kind}.json");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        for kind in ["external", "package"] {
            let text = fs_err::read(folder.join(name(kind))).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let key: BuildKey = serde_json::from_value(value["key"].clone()).unwrap();
            let layout = bench.registry.layout();
            let place = if kind == "package" { layout.package(&key) } else { layout.entry(&key) };
            make_folders(&place);
            let file = place.join("meta.json");
            let _ = fs_err::remove_file(&file);
            fs_err::write(&file, text).unwrap();
            set_mode(&file, 0o444);
            let found = match kind {
                "package" => bench.registry.package(&key).unwrap().unwrap().meta().format,
                _ => bench.registry.entry(&key).unwrap().unwrap().meta().format,
            };
            assert_eq!(found, format);
        }
    }
}
