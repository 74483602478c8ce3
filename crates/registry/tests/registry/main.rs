//! Publishing, reading with mistrust, and quarantine, on a real file system.

mod bundle;
mod collect;
mod export;
mod keep;
mod layers;
mod object;
mod packages;
mod pins;
mod sweep;
mod trust;

use std::{
    collections::BTreeMap,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cache_key::{BuildKey, Dependency, DependencyPath, Digest, RequestKey};
use lock_dir::Held;
use registry::{
    Alias, Damage, Dependencies, Durability, Entry, Error, KnownSet, META_FORMAT, Meta, Options, Overwrite, Places,
    Publication, Registry, Remembered, Trust,
};

/// A registry, a request and its lock.
struct Bench {
    folder: tempfile::TempDir,
    registry: Registry,
    portable: Digest,
    toolchain: Digest,
    request: RequestKey,
    held: Held,
}

/// The files of no package.
static NO_FILES: BTreeMap<String, Digest> = BTreeMap::new();

/// Places of which nothing depends.
fn nowhere(packages: &BTreeMap<String, String>) -> Places<'_> {
    Places {
        source_folder: None,
        search_path: &[],
        packages,
        is_fixed: |_, _| false,
        prefix: Path::new("/usr"),
        package_files: &NO_FILES,
    }
}

/// A build that read nothing.
fn empty_set(key: BuildKey) -> KnownSet {
    KnownSet::new(key, vec![], &nowhere(&BTreeMap::new()), SystemTime::now())
}

impl Bench {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::with(folder.path().join("cache"), options);
        registry.prepare().unwrap();
        let (portable, toolchain) = (Digest::of(b"portable"), Digest::of(b"toolchain"));
        let request = RequestKey::from_parts(portable, toolchain);
        let held = lock_dir::try_lock(&registry.layout().request_lock(&request), "test").unwrap().unwrap();
        Self { folder, registry, portable, toolchain, request, held }
    }

    fn dependencies(number: u8) -> Vec<Dependency> {
        vec![Dependency::File { path: DependencyPath::in_source_folder("k.h"), digest: Digest::of(&[number]) }]
    }

    fn key(&self, number: u8) -> BuildKey {
        BuildKey::new(&self.request, &Self::dependencies(number))
    }

    fn publish(&self, number: u8, content: &[u8]) -> Publication {
        self.publish_as(number, content, |_| {})
    }

    fn publish_as(&self, number: u8, content: &[u8], change: impl FnOnce(&mut Meta)) -> Publication {
        let stage = self.registry.stage(&self.held, &self.request).unwrap();
        let artifact = stage.build().join("out.so");
        fs_err::write(&artifact, content).unwrap();
        let mut meta = sample();
        meta.key = self.key(number);
        meta.request_key = Some(self.request);
        meta.module_name = "square".parse().unwrap();
        meta.artifact = "square.so".into();
        change(&mut meta);
        let staged = stage.complete(("square.pyx", "def f(): pass\n"), &artifact, &[], meta).unwrap();
        self.registry.publish(&self.held, staged).unwrap()
    }

    fn published(&self, number: u8, content: &[u8]) -> Entry {
        match self.publish(number, content) {
            Publication::Published(entry) => entry,
            Publication::AlreadyThere(_) => panic!("there is an entry already"),
            Publication::Collected => panic!("nobody collects"),
        }
    }

    /// Another view of the same cache.
    fn trusting(&self, trust: Trust) -> Registry {
        Registry::with(self.registry.layout().root(), Options { durability: Durability::None, trust })
    }

    /// Publishes an entry that was used last so long ago.
    fn aged(&self, number: u8, content: &[u8], age: Duration) -> BuildKey {
        let entry = self.published(number, content);
        set_age(entry.path(), age);
        *entry.key()
    }

    fn damage(&self, number: u8) -> Damage {
        let entry = self.registry.entry(&self.key(number)).map(|entry| entry.expect("the entry is there"));
        match entry.and_then(|entry| entry.read_artifact()) {
            Err(Error::Damaged { damage, .. }) => damage,
            other => panic!("not seen as damaged: {other:?}"),
        }
    }
}

fn sample() -> Meta {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/meta-samples/1-module.json");
    serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap()
}

/// A meta.json without its digest, which says that it has another format.
fn unsealed(text: &str, format: u32) -> String {
    let (content, _) = text.split_once(",\"meta_blake3\":").unwrap();
    content.replacen(&format!("\"format\":{META_FORMAT}"), &format!("\"format\":{format}"), 1) + "}"
}

fn alias(text: &str) -> Alias {
    text.parse().unwrap()
}

fn set_age(folder: &Path, age: Duration) {
    fs_err::File::open(folder).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

/// Makes a folder in a cache, which others could not write even if the umask let them.
fn make_folders(path: impl AsRef<Path>) {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs_err::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Does something while another thread, as another process would, holds a lock.
fn while_locked<T>(folder: &Path, action: impl FnOnce() -> T) -> T {
    let (locked, wait) = std::sync::mpsc::channel();
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let _held = lock_dir::try_lock(folder, "test").unwrap().unwrap();
            locked.send(()).unwrap();
            let _ = finished.recv();
        });
        wait.recv().unwrap();
        let result = action();
        drop(finish);
        result
    })
}

/// Every path below a folder, in order.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs_err::read_dir(folder)
        .unwrap()
        .flat_map(|item| {
            let path = item.unwrap().path();
            let below = if path.is_dir() { tree(&path) } else { vec![] };
            std::iter::once(path).chain(below)
        })
        .collect();
    paths.sort();
    paths
}

#[test]
fn the_tree_is_the_one_in_layout() {
    let bench = Bench::new();
    bench.published(1, b"one");
    bench.published(2, b"two");
    let set = empty_set(bench.key(2));
    bench.registry.remember(&bench.held, &bench.portable, &bench.toolchain, &set).unwrap();
    bench.registry.quarantine(&bench.key(1), "its artifact is missing").unwrap();
    bench.registry.pin(&alias("square"), &bench.key(2), false).unwrap();
    bench.registry.keep_log(&bench.held, &bench.request, "m.pyx: the compiler ended with exit code 1\n").unwrap();
    let root = bench.registry.layout().root();
    let shown: Vec<String> = tree(root)
        .iter()
        .map(|path| {
            let parts = path.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap());
            let named = parts.map(|part| match part.len() {
                64 => "KEY",
                69 => "KEY.sets",
                68 => "KEY.log",
                12 if !part.contains('.') => "RANDOM",
                2 if part != "v1" => "KK",
                _ => part,
            });
            named.collect::<Vec<_>>().join("/")
        })
        .filter(|path| path.contains('.') || path.ends_with("lock"))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    CACHEDIR.TAG
    v1/entries/KK/KEY/meta.json
    v1/entries/KK/KEY/square.pyx
    v1/entries/KK/KEY/square.so
    v1/locks/entry/KK/KEY/lock
    v1/locks/entry/KK/KEY/lock
    v1/locks/request/KK/KEY/lock
    v1/locks/request/KK/KEY/owner.json
    v1/logs/KEY.log
    v1/manifests/KK/KEY/KEY.sets
    v1/pins/square.json
    v1/quarantine/KEY/RANDOM/entry/meta.json
    v1/quarantine/KEY/RANDOM/entry/square.pyx
    v1/quarantine/KEY/RANDOM/entry/square.so
    v1/quarantine/KEY/RANDOM/reason.txt
    ");
    assert_eq!(mode(root), 0o700);
    let entry = bench.registry.entry(&bench.key(2)).unwrap().unwrap();
    assert_eq!(mode(&entry.artifact_path()), 0o444, "whatever the umask is");
}

#[test]
fn the_newest_logs_are_kept() {
    let bench = Bench::new();
    let logs = bench.registry.layout().logs();
    make_folders(&logs);
    let old = |number: u64| logs.join(format!("{number:064x}.log"));
    for number in 1..=70 {
        fs_err::write(old(number), "old").unwrap();
        set_age(&old(number), Duration::from_secs(number * 60));
    }
    fs_err::write(logs.join("README"), "not ours").unwrap();
    let path = bench.registry.keep_log(&bench.held, &bench.request, "first").unwrap();
    assert_eq!(bench.registry.keep_log(&bench.held, &bench.request, "second").unwrap(), path);
    assert_eq!(fs_err::read_to_string(&path).unwrap(), "second");
    assert!(old(63).exists() && !old(64).exists(), "the oldest go");
    assert_eq!(tree(&logs).len(), 64 + 1, "what is not ours stays");
    assert!(!bench.registry.layout().stage(&bench.request).exists());
    bench.registry.drop_log(&bench.held, &bench.request);
    assert!(!path.exists());
    bench.registry.drop_log(&bench.held, &bench.request);
}

#[test]
fn an_entry_is_never_replaced() {
    let bench = Bench::new();
    bench.published(1, b"first");
    let second = bench.publish(1, b"second");
    assert!(matches!(second, Publication::AlreadyThere(_)), "{second:?}");
    drop(second);
    let entry = bench.registry.entry(&bench.key(1)).unwrap().unwrap();
    assert_eq!(entry.read_artifact().unwrap().bytes, b"first");
    assert!(!bench.registry.layout().stage(&bench.request).exists(), "the stage is gone with its holder");
}

#[test]
fn each_kind_of_damage_is_seen() {
    let content = b"0123456789abcdef".repeat(64);
    let spoil = |change: &dyn Fn(&Path)| {
        let bench = Bench::new();
        let artifact = bench.published(1, &content).artifact_path();
        change(&artifact);
        bench.damage(1).to_string()
    };
    // A published file is read-only, so each damage puts another file in its place.
    let put = |artifact: &Path, bytes: &[u8]| {
        fs_err::remove_file(artifact).unwrap();
        fs_err::write(artifact, bytes).unwrap();
        set_mode(artifact, 0o444);
    };
    let mut flipped = content.clone();
    flipped[700] ^= 1;
    assert_eq!(spoil(&|file| put(file, &content[..512])), "its artifact has 512 bytes instead of 1024");
    assert_eq!(spoil(&|file| put(file, b"")), "its artifact has 0 bytes instead of 1024");
    assert_eq!(spoil(&|file| put(file, &flipped)), "its artifact does not have the recorded content");
    assert_eq!(spoil(&|file| fs_err::remove_file(file).unwrap()), "its artifact `square.so` is missing");
    assert_eq!(
        spoil(&|file| {
            fs_err::rename(file, file.with_extension("real")).unwrap();
            symlink(file.with_extension("real"), file).unwrap();
        }),
        "its artifact is a symbolic link"
    );
    assert_eq!(
        spoil(&|file| fs_err::hard_link(file, file.with_extension("second")).unwrap()),
        "its artifact is a file with a second name, which could change it"
    );
    assert_eq!(
        spoil(&|file| {
            fs_err::remove_file(file).unwrap();
            fs_err::create_dir(file).unwrap();
        }),
        "its artifact is not a regular file"
    );
}

#[test]
fn meta_json_must_be_itself() {
    let spoil = |change: &dyn Fn(&str) -> String| {
        let bench = Bench::new();
        let meta = bench.published(1, b"content").path().join("meta.json");
        let text = change(&fs_err::read_to_string(&meta).unwrap());
        fs_err::remove_file(&meta).unwrap();
        fs_err::write(&meta, text).unwrap();
        set_mode(&meta, 0o444);
        bench.registry.entry(&bench.key(1)).unwrap_err().to_string()
    };
    let says = |text: &str, words: &str| assert!(text.contains(words), "{text}");
    says(&spoil(&|text| text[..text.len() / 2].to_owned()), "is damaged: its meta.json cannot be understood");
    says(&spoil(&|_| String::new()), "is damaged: its meta.json cannot be understood");
    says(&spoil(&|text| text.replacen("square", "squarf", 1)), "does not have the content that its digest says");
    says(&spoil(&|text| unsealed(text, META_FORMAT)), "has no digest of its content");
    says(
        &spoil(&|text| unsealed(text, 1).replacen("\"key\":\"", "\"kee\":\"", 1)),
        "is damaged: its meta.json cannot be understood",
    );
    let anonymous = |text: &str| unsealed(text, 1).replacen("\"request_key\":", "\"requested\":", 1);
    says(&spoil(&anonymous), "its meta.json lacks what its kind of entry has");
    says(&spoil(&|text| unsealed(text, 1).replace("\"module\"", "\"package\"")), "lacks what its kind of entry has");
    says(&spoil(&|text| unsealed(text, 1).replace("square.so", "../evil.so")), "names an artifact outside the entry");
    says(&spoil(&|text| unsealed(text, META_FORMAT + 1)), "meta.json` has format 4, this version reads up to 3");

    // The folder says which key it is; a meta.json from elsewhere is not believed.
    let bench = Bench::new();
    let (one, two) = (bench.published(1, b"one"), bench.published(2, b"two"));
    fs_err::remove_file(one.path().join("meta.json")).unwrap();
    fs_err::copy(two.path().join("meta.json"), one.path().join("meta.json")).unwrap();
    says(&bench.registry.entry(&bench.key(1)).unwrap_err().to_string(), "its meta.json belongs to `");
}

#[test]
fn every_bit_of_meta_json_counts() {
    let bench = Bench::new();
    let meta = bench.published(1, b"content").path().join("meta.json");
    let text = fs_err::read(&meta).unwrap();
    set_mode(&meta, 0o644);
    for position in 0..text.len() {
        let mut turned = text.clone();
        turned[position] ^= 1 << (position % 8);
        fs_err::write(&meta, turned).unwrap();
        let error = bench.registry.entry(&bench.key(1)).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "byte {position}: {error}");
    }
    fs_err::write(&meta, text).unwrap();
    assert!(bench.registry.entry(&bench.key(1)).is_ok());
}

#[test]
fn samples_of_all_formats_are_read() {
    for format in 1..=META_FORMAT {
        let name = format!("../../data/meta-samples/{format}-module.json");
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let bench = Bench::new();
        let entry = bench.published(1, b"content");
        if std::env::var_os("UPDATE_META_SAMPLES").is_some() && format == META_FORMAT {
            fs_err::copy(entry.path().join("meta.json"), &sample).unwrap();
            set_mode(&sample, 0o644);
        }
        let text = fs_err::read(&sample).unwrap();
        let key: BuildKey = serde_json::from_slice::<Meta>(&text).unwrap().key;
        let place = bench.registry.layout().entry(&key);
        make_folders(&place);
        fs_err::write(place.join("meta.json"), text).unwrap();
        set_mode(&place.join("meta.json"), 0o444);
        assert_eq!(bench.registry.entry(&key).unwrap().unwrap().meta().format, format);
    }
}

#[test]
fn dependencies_come_last_and_are_found_wherever_they_are() {
    let dependency = |name: &str| Dependency::Absent { path: DependencyPath::in_source_folder(name) };
    // Names that look like the places where a list begins and ends.
    for names in [&[][..], &["k.pxd"], &["a],b", "k.pxd"], &[",\"dependencies\":[", "k.pxd"], &["]", "\\"]] {
        let bench = Bench::new();
        let list: Vec<Dependency> = names.iter().map(|name| dependency(name)).collect();
        let published = bench.publish_as(1, b"content", |meta| {
            meta.dependencies = Dependencies::new(&list);
            meta.warnings = vec![",\"dependencies\":[]".into(), "],".into()];
        });
        let Publication::Published(entry) = published else { panic!("nothing is there yet") };
        let text = fs_err::read_to_string(entry.path().join("meta.json")).unwrap();
        assert_eq!(entry.meta().dependencies.list(), list, "{text}");
        assert_eq!(entry.meta().warnings, [",\"dependencies\":[]", "],"]);
        let whole: Meta = serde_json::from_str(&text).unwrap();
        assert_eq!(&whole, entry.meta());
        let place = text.rfind("\"dependencies\":[").unwrap();
        assert!(place > text.rfind("\"warnings\":[").unwrap(), "{text}");
    }
}

#[test]
fn unknown_fields_are_ignored_and_absent_ones_have_defaults() {
    let mut old = serde_json::to_value(sample()).unwrap();
    old["of the future"] = true.into();
    for name in ["needed", "support_files", "support_paths", "extra_sources", "dependencies", "timings", "warnings"] {
        old.as_object_mut().unwrap().remove(name);
    }
    let meta: Meta = serde_json::from_value(old).unwrap();
    assert!(meta.dependencies.list().is_empty() && meta.warnings.is_empty());
}

#[test]
fn a_broken_entry_does_not_break_the_list() {
    let bench = Bench::new();
    for number in 1..=3 {
        bench.published(number, &[number]);
    }
    let broken = bench.key(2);
    fs_err::remove_file(bench.registry.layout().entry(&broken).join("meta.json")).unwrap();
    fs_err::write(bench.registry.layout().entries().join("README"), "not ours").unwrap();
    let listed = bench.registry.list().unwrap();
    let bad: Vec<BuildKey> = listed.iter().filter(|item| item.entry.is_err()).map(|item| item.key).collect();
    assert_eq!((listed.len(), bad), (3, vec![broken]));
    assert!(listed.is_sorted_by_key(|item| item.key));
}

#[test]
fn quarantine_keeps_the_entry_and_the_reason() {
    let bench = Bench::new();
    let key = bench.key(1);
    for round in 1..=2 {
        bench.published(1, b"content");
        bench.registry.quarantine(&key, "its artifact is missing").unwrap();
        assert!(bench.registry.entry(&key).unwrap().is_none());
        let kept = tree(&bench.registry.layout().quarantine(&key));
        assert_eq!(kept.iter().filter(|path| path.ends_with("entry/square.so")).count(), round);
        let reason = kept.iter().find(|path| path.ends_with("reason.txt")).unwrap();
        assert_eq!(fs_err::read_to_string(reason).unwrap(), "its artifact is missing\n");
    }
    // Nothing there is nothing to keep.
    bench.registry.quarantine(&key, "again").unwrap();
    assert_eq!(fs_err::read_dir(bench.registry.layout().quarantine(&key)).unwrap().count(), 2);

    let _busy = lock_dir::try_lock(&bench.registry.layout().entry_lock(&key), "test").unwrap().unwrap();
    let other = std::thread::scope(|scope| scope.spawn(|| bench.registry.quarantine(&key, "busy")).join().unwrap());
    assert!(matches!(other, Err(Error::Busy { .. })), "{other:?}");
}

#[test]
fn an_unwritable_root_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Registry::new(file.path().join("cache")).prepare().unwrap_err();
    assert!(error.to_string().starts_with("the cache folder `"), "{error}");
    assert!(error.hint().unwrap().contains("PYXIDE_CACHE_DIR"));
}

#[test]
fn the_next_holder_sweeps_what_a_dead_one_left() {
    let bench = Bench::new();
    let left = bench.registry.layout().stage(&bench.request).join("left");
    make_folders(&left);
    // A link in a stage leads to the user's own folder, which must survive.
    let precious = bench.folder.path().join("project");
    fs_err::create_dir(&precious).unwrap();
    fs_err::write(precious.join("m.pyx"), "").unwrap();
    symlink(&precious, left.join("project-root")).unwrap();
    bench.registry.sweep(&bench.held, &bench.request).unwrap();
    assert!(!left.exists() && precious.join("m.pyx").exists());
    bench.registry.sweep(&bench.held, &bench.request).unwrap();
}

#[test]
fn manifests_come_back_as_they_were_written() {
    let bench = Bench::new();
    assert_eq!(bench.registry.manifest(&bench.portable, &bench.toolchain), None);
    let header = bench.folder.path().join("k.h");
    fs_err::write(&header, "#define K 1\n").unwrap();
    let now = std::time::SystemTime::now() + std::time::Duration::from_mins(1);
    let packages = BTreeMap::new();
    let read = vec![Remembered::file(DependencyPath::in_source_folder("k.h"), &header, now).unwrap()];
    let set = KnownSet::new(bench.key(1), read, &nowhere(&packages), now);
    bench.registry.remember(&bench.held, &bench.portable, &bench.toolchain, &set).unwrap();
    let manifest = bench.registry.manifest(&bench.portable, &bench.toolchain).unwrap();
    assert_eq!((manifest.request_key, manifest.sets().collect::<Vec<_>>()), (bench.request, vec![set.clone()]));
    assert_eq!(bench.registry.manifests(&bench.portable), std::slice::from_ref(&manifest));
    let places = Places { source_folder: Some(bench.folder.path()), ..nowhere(&packages) };
    assert!(set.check(&places).is_ok());

    fs_err::write(bench.registry.layout().manifest(&bench.portable, &bench.toolchain), "{").unwrap();
    assert_eq!(bench.registry.manifest(&bench.portable, &bench.toolchain), None, "a broken manifest knows nothing");
}

#[test]
fn a_manifest_is_written_where_the_next_holder_sweeps() {
    let bench = Bench::new();
    let stage = bench.registry.layout().stage(&bench.request);
    let remember = |registry: &Registry| {
        let set = empty_set(bench.key(1));
        registry.remember(&bench.held, &bench.portable, &bench.toolchain, &set)
    };
    // A file where the stage should be shows where the manifest is written.
    make_folders(stage.parent().unwrap());
    fs_err::write(&stage, "").unwrap();
    let error = remember(&bench.registry).unwrap_err();
    assert!(format!("{:?}", std::error::Error::source(&error)).contains(stage.to_str().unwrap()), "{error:?}");
    fs_err::remove_file(&stage).unwrap();

    for registry in [&bench.registry, &bench.trusting(Trust::Strict)] {
        remember(registry).unwrap();
        assert!(registry.manifest(&bench.portable, &bench.toolchain).is_some());
        assert!(!stage.exists(), "nothing is left");
    }
    let manifest = bench.registry.layout().manifest(&bench.portable, &bench.toolchain);
    assert_eq!(tree(manifest.parent().unwrap()), [manifest]);
}

#[test]
fn without_durability_everything_else_is_the_same() {
    let bench = Bench::with(Options { durability: Durability::None, trust: Trust::Strict });
    let entry = bench.published(1, b"content");
    assert_eq!(entry.read_artifact().unwrap().bytes, b"content");
    assert_eq!(mode(&entry.artifact_path()), 0o444);
    bench.registry.pin(&alias("a"), entry.key(), false).unwrap();
    assert!(bench.registry.unpin(&alias("a")).unwrap());
    bench.registry.export(entry.key(), &bench.folder.path().join("out.so"), Overwrite::No, false).unwrap();
}

#[test]
fn a_use_is_noted_once_an_hour_and_never_fails() {
    let bench = Bench::new();
    let entry = bench.published(1, b"content");
    let modified = || fs_err::metadata(entry.path()).unwrap().modified().unwrap();
    let published = modified();
    let hours = |count: u64| published + Duration::from_hours(count);
    entry.record_use(published + Duration::from_mins(59));
    assert_eq!(modified(), published, "not yet an hour");
    entry.record_use(hours(2));
    assert_eq!(modified(), hours(2));
    entry.record_use(hours(1));
    assert_eq!(modified(), hours(1), "a clock that was wrong once is not believed for ever");
    assert_eq!(bench.registry.entry(&bench.key(1)).unwrap().unwrap().read_artifact().unwrap().bytes, b"content");

    // One that is gone is not noted, and nobody is told.
    fs_err::remove_dir_all(entry.path()).unwrap();
    entry.record_use(hours(9));
    assert!(!entry.path().exists());
}

#[test]
fn a_torn_cache_tag_is_written_again() {
    let bench = Bench::new();
    let tag = bench.registry.layout().cache_tag();
    let whole = fs_err::read(&tag).unwrap();
    fs_err::write(&tag, &whole[..10]).unwrap();
    bench.registry.prepare().unwrap();
    assert_eq!(fs_err::read(&tag).unwrap(), whole);
    // What a user wrote below the signature is the user's.
    fs_err::write(&tag, [&whole[..43], b"\n# mine\n"].concat()).unwrap();
    bench.registry.prepare().unwrap();
    assert!(fs_err::read_to_string(&tag).unwrap().ends_with("# mine\n"));
}

#[test]
fn a_quarantine_that_fails_leaves_nothing() {
    let bench = Bench::new();
    let key = bench.key(1);
    // A mount point, or a folder that belongs to another, cannot be renamed; a parent that is a file is as good.
    let shard = bench.registry.layout().shard(&key);
    fs_err::write(&shard, "").unwrap();
    let error = bench.registry.quarantine(&key, "broken").unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error:?}");
    assert_eq!(tree(&bench.registry.layout().quarantines()), Vec::<PathBuf>::new());
}
