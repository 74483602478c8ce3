//! Bundles: what goes in comes out elsewhere, and nothing else does.

use std::{ffi::CString, path::Path};

use cache_key::{ModuleName, Portable};
use registry::{
    Bundle, CarriedMeta, External, Kind, NewPackage, Origin, PackageModule, PackagePath, Packed, Received, Record,
};
use serde::Serialize;

use super::*;

/// A cache with entries whose keys follow from what they say, and another one.
struct Carrier {
    folder: tempfile::TempDir,
    here: Registry,
    there: Registry,
}

impl Carrier {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = |name: &str| {
            Registry::with(folder.path().join(name), Options { durability: Durability::None, ..Options::default() })
        };
        let (here, there) = (registry("here"), registry("there"));
        here.prepare().unwrap();
        Self { folder, here, there }
    }

    fn module(&self, name: &str, content: &[u8]) -> BuildKey {
        let source = format!("# {name}\n");
        let meta = sample();
        let record = meta.request.unwrap();
        let name: ModuleName = name.parse().unwrap();
        let source_blake3 = Digest::of(source.as_bytes());
        let portable = Portable { source: source_blake3, module_name: Some(name.clone()), ..record.portable };
        let request = RequestKey::new(&portable, &record.toolchain);
        let dependencies = meta.dependencies.list();
        let artifact = format!("{}.so", name.last());
        let meta = Meta {
            kind: Kind::Module,
            key: BuildKey::new(&request, &dependencies),
            request_key: Some(request),
            source_blake3: Some(source_blake3),
            module_name: name,
            artifact_filename: artifact.clone(),
            artifact,
            request: Some(Record { portable, ..record }),
            annotation: Some("annotation.html".into()),
            ..sample()
        };
        let (key, source_name) = (meta.key, meta.source_name().unwrap());
        let held = lock_dir::try_lock(&self.here.layout().request_lock(&request), "test").unwrap().unwrap();
        let stage = self.here.stage(&held, &request).unwrap();
        let (artifact, page) = (stage.build().join("out.so"), stage.build().join("page"));
        fs_err::write(&artifact, content).unwrap();
        fs_err::write(&page, "<html>").unwrap();
        let beside = [("annotation.html".to_owned(), page)];
        let staged = stage.complete((&source_name, &source), &artifact, &beside, meta).unwrap();
        assert!(matches!(self.here.publish(&held, staged).unwrap(), Publication::Published(_)));
        key
    }

    fn external(&self, content: &[u8]) -> BuildKey {
        let (module_name, abi) = ("fast.square".parse().unwrap(), sample().request.unwrap().portable.abi);
        let external = External {
            module_name: &module_name,
            abi: &abi,
            bytes: content,
            needed: vec![],
            fingerprint: BTreeMap::new(),
            origin: Origin::Imported { from: "square.so".into() },
        };
        *self.here.publish_external(&external).unwrap().key()
    }

    fn package(&self) -> BuildKey {
        let module =
            |name: &str| PackageModule { name: name.parse().unwrap(), key: self.module(name, name.as_bytes()) };
        let modules = [module("mypkg.b"), module("mypkg.a")];
        let file = |path: &str| (path.parse::<PackagePath>().unwrap(), b"pass\n".to_vec());
        let files = BTreeMap::from([file("mypkg/__init__.py"), file("mypkg/sub/data.txt")]);
        let package = NewPackage {
            name: &"mypkg".parse().unwrap(),
            modules: &modules,
            files: &files,
            fingerprint: sample().fingerprint,
            origin: Origin::Built,
        };
        *self.here.publish_package(&package).unwrap().key()
    }

    fn packed(&self, keys: &[BuildKey]) -> Packed {
        self.here.pack(keys, &[], false, &self.path(), Overwrite::Yes).unwrap()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("bundle.tar")
    }

    fn received(&self, key: &BuildKey) -> Received {
        self.there.receive(&Bundle::open(&self.path()).unwrap(), key).unwrap()
    }

    /// Why these bytes are no bundle.
    fn refusal(&self, bytes: &[u8]) -> String {
        fs_err::write(self.path(), bytes).unwrap();
        match Bundle::open(&self.path()) {
            Err(Error::Bundle { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }
}

/// A member of a tar file.
#[derive(Debug, Clone)]
struct Member {
    name: String,
    content: Vec<u8>,
    kind: u8,
}

/// The members of a tar file, read by who knows tar files and not bundles.
fn members(bytes: &[u8]) -> Vec<Member> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.split(|byte| *byte == 0).next().unwrap().to_vec()).unwrap();
    let (mut members, mut at) = (Vec::new(), 0);
    while bytes[at] != 0 {
        let header = &bytes[at..at + 512];
        let size = usize::from_str_radix(&text(&header[124..136]), 8).unwrap();
        let (name, folder) = (text(&header[..100]), text(&header[345..500]));
        let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        members.push(Member { name, content: bytes[at + 512..at + 512 + size].to_vec(), kind: header[156] });
        at += 512 + size.next_multiple_of(512);
    }
    members
}

/// A tar file of these members.
fn archive(members: &[Member]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Member { name, content, kind } in members {
        let (folder, name) = name.split_once('/').unwrap_or(("", name));
        let mut header = [0; 512];
        let size = format!("{:011o}", content.len());
        let fields: [(usize, &str); 9] = [
            (0, name),
            (100, "0000644"),
            (108, "0000000"),
            (116, "0000000"),
            (124, &size),
            (136, "00000000000"),
            (148, "        "),
            (257, "ustar\x0000"),
            (345, folder),
        ];
        for (at, text) in fields {
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        header[329..336].copy_from_slice(b"0000000");
        header[337..344].copy_from_slice(b"0000000");
        header[156] = *kind;
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes.extend(header);
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend([0; 1024]);
    bytes
}

/// An index as we write it, for what nobody should write.
#[derive(Debug, Clone, Serialize)]
struct Index {
    format: u32,
    entries: Vec<Listed>,
    pins: Vec<(String, String)>,
}

#[derive(Debug, Clone, Serialize)]
struct Listed {
    key: String,
    files: Vec<ListedFile>,
}

#[derive(Debug, Clone, Serialize)]
struct ListedFile {
    name: String,
    size: u64,
    blake3: String,
}

/// The index of these members, which have names in entries.
fn index(members: &[Member]) -> Index {
    let mut entries: Vec<Listed> = Vec::new();
    for member in members {
        let (key, name) = member.name.split_once('/').unwrap();
        let file = ListedFile {
            name: name.to_owned(),
            size: member.content.len() as u64,
            blake3: Digest::of(&member.content).to_string(),
        };
        match entries.last_mut().filter(|entry| entry.key == key) {
            Some(entry) => entry.files.push(file),
            None => entries.push(Listed { key: key.to_owned(), files: vec![file] }),
        }
    }
    Index { format: 1, entries, pins: vec![] }
}

/// A bundle with an index that somebody wrote by hand, and its right digest.
fn bundle(index: &Index, members: &[Member]) -> Vec<u8> {
    let text = serde_json::to_string(index).unwrap();
    let digest = Digest::of(text.as_bytes());
    let content = format!("{{\"bundle\":{text},\"blake3\":\"{digest}\"}}\n").into_bytes();
    let first = Member { name: "index.json".into(), content, kind: b'0' };
    archive(&[&[first], members].concat())
}

/// A bundle whose members were changed, with an index that is right again.
fn forged(bytes: &[u8], change: impl FnOnce(&mut Vec<Member>)) -> Vec<u8> {
    let mut members = members(bytes).split_off(1);
    change(&mut members);
    bundle(&index(&members), &members)
}

/// A bundle whose index was changed.
fn reindexed(bytes: &[u8], change: impl FnOnce(&mut Index)) -> Vec<u8> {
    let members = members(bytes).split_off(1);
    let mut index = index(&members);
    change(&mut index);
    bundle(&index, &members)
}

/// A meta.json in which something was exchanged, with a digest that is right again.
fn resealed(meta: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = str::from_utf8(meta).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    let (content, _) = text.split_once(",\"meta_blake3\":").unwrap();
    let content = content.replace(from, to);
    format!("{content},\"meta_blake3\":\"{}\"}}\n", Digest::of(content.as_bytes())).into_bytes()
}

#[test]
fn what_is_carried_is_what_arrives() {
    let carrier = Carrier::new();
    let (module, external) = (carrier.module("square", b"artifact"), carrier.external(b"other"));
    let package = carrier.package();
    let packed = carrier.packed(&[module, external, package]);
    assert_eq!(packed.keys.len(), 5, "the modules of the package came along");
    let bundle = Bundle::open(&packed.path).unwrap();
    let is_module = |carried: &CarriedMeta| matches!(carried, CarriedMeta::Module(_));
    let mut all: Vec<_> = bundle.entries().collect();
    all.sort_by_key(|(_, carried)| !is_module(carried.what()));
    for (key, _) in &all {
        assert_eq!(carrier.there.receive(&bundle, key).unwrap(), Received::New);
        assert_eq!(carrier.there.receive(&bundle, key).unwrap(), Received::Equal);
    }
    for key in packed.keys.iter().filter(|key| **key != package) {
        let (here, there) = (carrier.here.entry(key).unwrap().unwrap(), carrier.there.entry(key).unwrap().unwrap());
        let from = carrier.path().display().to_string();
        let origin = Origin::Imported { from };
        assert_eq!(*there.meta(), Meta { origin, ..here.meta().clone() });
        assert_eq!(there.read_artifact().unwrap().bytes, here.read_artifact().unwrap().bytes);
        let [here, there] = [here.path(), there.path()].map(tree_in);
        assert_eq!(here, there);
        assert!(there.iter().all(|(name, mode, _)| *mode == 0o444 || name.is_empty()), "{there:?}");
    }
    let [here, there] = [&carrier.here, &carrier.there].map(|registry| registry.package(&package).unwrap().unwrap());
    assert_eq!((&here.meta().modules, &here.meta().files), (&there.meta().modules, &there.meta().files));
    assert_eq!(there.read_file(&there.meta().files[1]).unwrap(), b"pass\n");
    assert!(carrier.there.modules_of(there.meta()).is_ok());
}

/// The files in an entry that its origin does not change, with their modes and content.
fn tree_in(entry: &Path) -> Vec<(String, u32, Vec<u8>)> {
    let mut files: Vec<_> = fs_err::read_dir(entry).unwrap().map(|item| item.unwrap().path()).collect();
    files.retain(|file| !file.ends_with("meta.json"));
    files.sort();
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), mode(file), fs_err::read(file).unwrap())).collect()
}

#[test]
fn equal_entries_give_equal_bundles() {
    let carrier = Carrier::new();
    let keys = [carrier.module("b", b"1"), carrier.module("a", b"2"), carrier.package()];
    let first = fs_err::read(carrier.packed(&keys).path).unwrap();
    let reversed: Vec<BuildKey> = keys.iter().rev().chain(&keys).copied().collect();
    assert!(fs_err::read(carrier.packed(&reversed).path).unwrap() == first);
    // What who knows tar files would write is the same.
    assert!(archive(&members(&first)) == first);
    assert!(forged(&first, |_| {}) == first && reindexed(&first, |_| {}) == first);
}

#[test]
fn names_that_are_long_or_not_english_are_carried() {
    let carrier = Carrier::new();
    let names = [&"x".repeat(99), &"größe".repeat(14), "变量"];
    let keys: Vec<BuildKey> = names.iter().map(|name| carrier.module(name, b"artifact")).collect();
    let packed = carrier.packed(&keys);
    for (key, name) in keys.iter().zip(names) {
        assert_eq!(carrier.received(key), Received::New);
        assert_eq!(carrier.there.entry(key).unwrap().unwrap().meta().module_name.as_str(), name);
    }
    assert_eq!(packed.size % 512, 0);
}

#[test]
fn pins_come_along_when_asked() {
    let carrier = Carrier::new();
    let (key, other) = (carrier.module("square", b"1"), carrier.module("cube", b"2"));
    for (name, key) in [("mine", &key), ("also-mine", &key), ("other", &other)] {
        carrier.here.pin(&alias(name), key, false).unwrap();
    }
    carrier.packed(&[key]);
    assert_eq!(Bundle::open(&carrier.path()).unwrap().pins(), []);
    carrier.here.pack(&[key], &[], true, &carrier.path(), Overwrite::Yes).unwrap();
    let bundle = Bundle::open(&carrier.path()).unwrap();
    assert_eq!(bundle.pins(), [(alias("also-mine"), key), (alias("mine"), key)]);
}

#[test]
fn what_is_there_stays_unless_it_is_damaged() {
    let carrier = Carrier::new();
    let key = carrier.module("square", b"artifact");
    carrier.packed(&[key]);
    assert_eq!(carrier.received(&key), Received::New);
    let entry = carrier.there.entry(&key).unwrap().unwrap();
    let stamp = |entry: &Entry| fs_err::metadata(entry.artifact_path()).unwrap().modified().unwrap();
    let before = stamp(&entry);
    assert_eq!(carrier.received(&key), Received::Equal);
    assert_eq!(stamp(&entry), before);
    set_mode(&entry.artifact_path(), 0o644);
    fs_err::write(entry.artifact_path(), "damaged!").unwrap();
    assert_eq!(carrier.received(&key), Received::New);
    assert_eq!(carrier.there.entry(&key).unwrap().unwrap().read_artifact().unwrap().bytes, b"artifact");
    assert!(carrier.there.layout().quarantine(&key).exists());

    // The same inputs gave other bytes elsewhere.
    let other = Carrier::new();
    assert_eq!(other.module("square", b"other bytes"), key);
    let packed = other.packed(&[key]);
    let bundle = Bundle::open(&packed.path).unwrap();
    assert_eq!(carrier.there.receive(&bundle, &key).unwrap(), Received::Kept);
    assert_eq!(carrier.there.entry(&key).unwrap().unwrap().read_artifact().unwrap().bytes, b"artifact");
}

#[test]
fn what_cannot_be_carried_is_named() {
    let carrier = Carrier::new();
    let (key, package) = (carrier.module("square", b"artifact"), carrier.package());
    let missing: BuildKey = "5f".repeat(32).parse().unwrap();
    let pack = |keys: &[BuildKey]| carrier.here.pack(keys, &[], false, &carrier.path(), Overwrite::No).unwrap_err();
    assert!(matches!(pack(&[key, missing]), Error::NoEntry { key } if key == missing));
    let module = carrier.here.package(&package).unwrap().unwrap().meta().modules[0].key;
    let place = carrier.here.layout().entry(&module);
    fs_err::rename(&place, carrier.folder.path().join("aside")).unwrap();
    assert!(matches!(pack(&[package]), Error::IncompletePackage { .. }));
    let entry = carrier.here.entry(&key).unwrap().unwrap();
    set_mode(&entry.artifact_path(), 0o644);
    fs_err::write(entry.artifact_path(), "damaged!").unwrap();
    assert!(matches!(pack(&[key]), Error::Damaged { damage: Damage::Content, .. }));
    assert!(!carrier.path().exists());
    // As an entry of another version of keys would be.
    let bench = Bench::new();
    bench.published(1, b"artifact");
    let error = bench.registry.pack(&[bench.key(1)], &[], false, &carrier.path(), Overwrite::No).unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    // What a user put there is not carried.
    let other = carrier.module("cube", b"artifact");
    fs_err::write(carrier.here.layout().entry(&other).join("notes.txt"), "mine").unwrap();
    let names: Vec<String> =
        members(&fs_err::read(carrier.packed(&[other]).path).unwrap()).into_iter().map(|member| member.name).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(matches!(
        carrier.here.pack(&[other], &[], false, &carrier.path(), Overwrite::No),
        Err(Error::Exists { can_replace: true, .. })
    ));
}

#[test]
fn no_beginning_of_a_bundle_is_one() {
    let carrier = Carrier::new();
    let packed = carrier.packed(&[carrier.external(b"artifact")]);
    let file = fs_err::OpenOptions::new().write(true).open(&packed.path).unwrap();
    for size in (0..packed.size).rev() {
        file.set_len(size).unwrap();
        let error = Bundle::open(&packed.path).unwrap_err();
        assert!(matches!(error, Error::Bundle { .. }), "{size}: {error}");
    }
}

#[test]
fn no_byte_can_be_another() {
    use std::os::unix::fs::FileExt as _;
    let carrier = Carrier::new();
    let packed = carrier.packed(&[carrier.external(b"artifact")]);
    let bytes = fs_err::read(&packed.path).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&packed.path).unwrap();
    // Most are zeros between two files.
    for (at, byte) in (0..).zip(&bytes).filter(|(at, byte)| **byte != 0 || at % 13 == 0) {
        file.write_at(&[byte ^ 0x20], at).unwrap();
        let error = Bundle::open(&packed.path).unwrap_err();
        assert!(matches!(error, Error::Bundle { .. }), "{at}: {error}");
        file.write_at(&[*byte], at).unwrap();
    }
    Bundle::open(&packed.path).unwrap();
}

#[test]
fn what_no_bundle_has_is_refused() {
    let carrier = Carrier::new();
    let good = fs_err::read(carrier.packed(&[carrier.module("square", b"artifact")]).path).unwrap();
    let check = |bytes: &[u8], expected: &str| {
        let reason = carrier.refusal(bytes);
        assert!(reason.contains(expected), "{expected}: {reason}");
    };
    let end = good.len();
    for bytes in [&b""[..], b"hello", b"PK\x03\x04", &[0; 2048], &good[512..]] {
        check(bytes, "does not begin as a bundle does");
    }
    check(&good[..end - 1], &format!("is cut short: it has {} of {end} bytes", end - 1));
    check(&[&good, &b"x"[..]].concat(), "has 1 bytes behind its end");
    check(&[&good[..], &good[..]].concat(), &format!("has {end} bytes behind its end"));
    check(&[&good[..], &[0; 512]].concat(), "has 512 bytes behind its end");

    // What a tar file may have, and a bundle has not: the header is another one then.
    let header = |change: &dyn Fn(&mut Member)| {
        let mut all = members(&good);
        change(&mut all[2]);
        archive(&all)
    };
    for kind in *b"1234567LKxgS" {
        check(&header(&|member| member.kind = kind), "has another byte at");
    }
    for name in ["../evil", "/etc/evil", "index.json", "annotation.htm"] {
        check(&header(&|member| member.name = name.to_owned()), "has another byte at");
    }
    let mut twice = members(&good);
    twice.push(twice[2].clone());
    check(&archive(&twice), "bytes behind its end");
    let mut padded = good.clone();
    let content = members(&good)[0].content.len();
    padded[512 + content] = 1;
    check(&padded, "has another byte at");
    // A size that would take all memory.
    let mut large = good.clone();
    large[124..135].copy_from_slice(b"77777777777");
    check(&large, "does not begin as a bundle does");
    let huge = Member { name: "index.json".into(), content: vec![], kind: b'0' };
    let mut header = archive(&[huge])[..512].to_vec();
    let sum = |header: &mut [u8]| {
        header[124..135].copy_from_slice(format!("{:011o}", 1_u64 << 32).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    };
    sum(&mut header);
    check(&header, "has an index of 4294967296 bytes");

    let pipe = carrier.folder.path().join("pipe");
    let name = CString::new(pipe.to_str().unwrap()).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &name, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    for path in [&pipe, carrier.folder.path()] {
        let error = Bundle::open(path).unwrap_err().to_string();
        assert!(error.ends_with("is not a regular file"), "{error}");
    }
    assert!(matches!(Bundle::open(&carrier.folder.path().join("missing")), Err(Error::Io { .. })));
}

#[test]
fn an_index_that_lies_is_refused() {
    let carrier = Carrier::new();
    let keys = [carrier.module("square", b"artifact"), carrier.external(b"other")];
    let good = fs_err::read(carrier.packed(&keys).path).unwrap();
    let check = |change: &dyn Fn(&mut Index), expected: &str| {
        let reason = carrier.refusal(&reindexed(&good, change));
        assert!(reason.contains(expected), "{expected}: {reason}");
    };
    check(&|index| index.format = 2, "has format 2, and this version reads up to 1");
    check(&|index| index.entries.reverse(), "lists an entry twice, or not in order");
    check(&|index| index.entries.push(index.entries[1].clone()), "lists an entry twice, or not in order");
    check(&|index| drop(index.entries.pop()), "bytes behind its end");
    check(&|index| index.entries[0].key = "5F".repeat(32), "cannot be understood");
    check(&|index| index.entries[0].files.clear(), "lists no meta.json first");
    check(&|index| index.entries[0].files.reverse(), "lists no meta.json first");
    check(&|index| index.entries[0].files[1..].reverse(), "lists a file in");
    check(&|index| index.entries[0].files[0].size = 17 << 20, "is larger than one may be");
    check(&|index| index.entries[0].files[1].size = (512 << 20) + 1, "is larger than one may be");
    check(&|index| index.entries[0].files[1].size = u64::MAX, "is larger than one may be");
    check(&|index| index.entries[0].files[1].size += 1, "has another byte at");
    check(&|index| index.entries[0].files[1].blake3 = "5f".repeat(32), "does not have the recorded content");
    for name in ["", "..", "../evil", "/etc/evil", "a/../b", "a\0", "a\n", "a\\b", "."] {
        let lie = |index: &mut Index| index.entries[0].files[1].name = name.to_owned();
        check(&lie, "which cannot be one of an entry");
    }
    let (known, unknown) = (keys[0].to_string(), "5f".repeat(32));
    check(&|index| index.pins = vec![("mine".into(), unknown.clone())], "`mine` of an entry that is not in it");
    check(&|index| index.pins = vec![("../x".into(), known.clone())], "cannot be understood");
    check(&|index| index.pins = vec![("a".into(), known.clone()); 2], "lists an alias twice");
    check(&|index| index.entries = vec![index.entries[0].clone(); 10_001], "has more than 10000 entries");

    let mut changed = members(&good);
    let text = String::from_utf8(changed[0].content.clone()).unwrap();
    for (from, to, expected) in [
        ("\"pins\":[]", "\"pins\":[ ]", "has an index with other content than its digest says"),
        ("{\"bundle\"", "{ \"bundle\"", "has an index that is not written as we write them"),
        ("{\"bundle\"", "{\"more\":1,\"bundle\"", "has an index that is not written as we write them"),
        ("{\"bundle\"", "[\"bundle\"", "cannot be understood"),
    ] {
        changed[0].content = text.replacen(from, to, 1).into_bytes();
        let reason = carrier.refusal(&archive(&changed));
        assert!(reason.contains(expected), "{expected}: {reason}");
    }
}

#[test]
fn an_entry_that_lies_is_refused() {
    let carrier = Carrier::new();
    let pack = |key: BuildKey| fs_err::read(carrier.packed(&[key]).path).unwrap();
    let (module, external) = (pack(carrier.module("square", b"artifact")), pack(carrier.external(b"other")));
    let check = |good: &[u8], change: &dyn Fn(&mut Vec<Member>), expected: &str| {
        let reason = carrier.refusal(&forged(good, change));
        assert!(reason.contains(expected) && reason.starts_with("has a damaged entry `"), "{expected}: {reason}");
    };
    let reseal = |from: &'static str, to: &'static str| {
        move |members: &mut Vec<Member>| members[0].content = resealed(&members[0].content, from, to)
    };
    // Its members are meta.json, annotation.html, square.pyx and square.so.
    check(
        &module,
        &|members| members[0].content[40] ^= 1,
        "its meta.json does not have the content that its digest says",
    );
    check(&module, &|members| members[0].content.clear(), "its meta.json cannot be understood");
    check(&module, &reseal("\"format\":3", "\"format\":4"), "format 4, and this version reads up to 3");
    check(&module, &reseal("\"key\":\"", "\"key\":\"5f"), "cannot be understood");
    let not_its_key = "its key is not the one that follows from what its meta.json says";
    check(&module, &reseal("\"language\":\"c\",\"directives\"", "\"language\":\"c++\",\"directives\""), not_its_key);
    check(&module, &reseal("\"kind\":\"module\"", "\"kind\":\"external\""), "lacks what its kind of entry has");
    check(
        &module,
        &|members| members[3].content.push(0),
        "its artifact `square.so` does not have the recorded content",
    );
    check(&module, &|members| drop(members.remove(3)), "its artifact `square.so` is missing");
    check(&module, &|members| members[2].content.push(0), "its source is not the one that it was built from");
    let stray = |name: &str, at: usize| {
        let name = name.to_owned();
        move |members: &mut Vec<Member>| {
            let key = members[0].name.split_once('/').unwrap().0.to_owned();
            members.insert(at, Member { name: format!("{key}/{name}"), content: vec![], kind: b'0' });
        }
    };
    check(&module, &stray("evil.py", 2), "its meta.json knows nothing of its file `evil.py`");
    check(&module, &reseal("annotation.html", ".annotation"), "knows nothing of its file `annotation.html`");
    check(
        &module,
        &reseal("\"artifact\":\"square.so\"", "\"artifact\":\"../x.so\""),
        "knows nothing of its file `square.so`",
    );
    check(&external, &reseal("fast.square", "fast.cube"), not_its_key);
    check(&external, &reseal("\"version\":[3,", "\"version\":[4,"), not_its_key);
    check(&external, &|members| members[1].content.push(0), "does not have the recorded content");
    // One entry under the key of another.
    let swap = |members: &mut Vec<Member>| {
        let key = members[0].name.split_once('/').unwrap().0.to_owned();
        for member in members {
            member.name = member.name.replace(&key, &"5f".repeat(32));
        }
    };
    check(&module, &swap, "its meta.json belongs to `");
}

#[test]
fn a_package_that_lies_is_refused() {
    let carrier = Carrier::new();
    let key = carrier.package();
    let good = fs_err::read(carrier.packed(&[key]).path).unwrap();
    let check = |change: &dyn Fn(&mut Vec<Member>), expected: &str| {
        let reason = carrier.refusal(&forged(&good, change));
        assert!(reason.contains(expected), "{expected}: {reason}");
    };
    let is_of = |member: &Member, key: &BuildKey| member.name.starts_with(&key.to_string());
    let position = |members: &[Member], name: &str| {
        members.iter().position(|member| is_of(member, &key) && member.name.ends_with(name)).unwrap()
    };
    let module = carrier.here.package(&key).unwrap().unwrap().meta().modules[0].clone();
    let lacks = format!("its module `{}` is not in the bundle", module.name);
    check(&|members| members.retain(|member| !is_of(member, &module.key)), &lacks);
    check(&|members| drop(members.remove(position(members, "__init__.py"))), "`mypkg/__init__.py` is missing");
    let edit = |members: &mut Vec<Member>| {
        let at = position(members, "data.txt");
        members[at].content.push(0);
    };
    check(&edit, "`mypkg/sub/data.txt` does not have the recorded content");
    let stray = |members: &mut Vec<Member>| {
        let at = position(members, "data.txt");
        members.insert(at + 1, Member { name: format!("{key}/files/mypkg/sub/evil.py"), content: vec![], kind: b'0' });
    };
    check(&stray, "its meta.json knows nothing of its file `files/mypkg/sub/evil.py`");
    let rename = |members: &mut Vec<Member>| {
        let at = position(members, "meta.json");
        members[at].content = resealed(&members[at].content, "mypkg.a", "mypkg.c");
    };
    check(&rename, "its key is not the one that follows");
}

#[test]
fn a_bundle_that_is_changed_afterwards_is_not_published() {
    let carrier = Carrier::new();
    let key = carrier.module("square", b"artifact");
    let packed = carrier.packed(&[key]);
    let bundle = Bundle::open(&packed.path).unwrap();
    let bytes = fs_err::read(&packed.path).unwrap();
    let at = bytes.windows(8).position(|window| window == b"artifact").unwrap();
    let text = [&bytes[..at], b"ARTIFACT", &bytes[at + 8..]].concat();
    let replaced: Vec<u8> = text.iter().map(|byte| if *byte == b'a' { b'A' } else { *byte }).collect();
    fs_err::write(&packed.path, replaced).unwrap();
    let error = carrier.there.receive(&bundle, &key).unwrap_err().to_string();
    assert!(error.ends_with("it was changed while it was read"), "{error}");
    assert!(carrier.there.entry(&key).unwrap().is_none());
    assert!(matches!(carrier.there.receive(&bundle, &"5f".repeat(32).parse().unwrap()), Err(Error::NoEntry { .. })));
}
