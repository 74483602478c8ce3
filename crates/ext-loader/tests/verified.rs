//! From a published entry to an importer, with every way of not getting there.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    process::Command,
};

use cache_key::{Abi, BuildKey, Digest, RequestKey};
use ext_loader::{Error, Importer, Verified, verify};
use registry::{Damage, Entry, Meta, Publication, Registry};

/// A registry with one entry whose artifact is a real shared object.
struct Bench {
    _folder: tempfile::TempDir,
    registry: Registry,
    key: BuildKey,
}

impl Bench {
    fn new(code: &str, change: impl FnOnce(&mut Meta)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::new(folder.path().join("cache"));
        registry.prepare().unwrap();
        let artifact = compile(folder.path(), code);
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/meta-samples/1-module.json");
        let mut meta: Meta = serde_json::from_slice(&fs_err::read(sample).unwrap()).unwrap();
        let request = RequestKey::from_parts(Digest::of(b"portable"), Digest::of(b"toolchain"));
        meta.request_key = Some(request);
        meta.key = BuildKey::new(&request, &[]);
        meta.module_name = "square".parse().unwrap();
        meta.artifact = "square.so".into();
        meta.needed = vec!["libc.so.6".into()];
        change(&mut meta);
        let key = meta.key;
        let held = lock_dir::try_lock(&registry.layout().request_lock(&request), "test").unwrap().unwrap();
        let stage = registry.stage(&held, &request).unwrap();
        let staged = stage.complete(("square.pyx", "\n"), &artifact, &[], meta).unwrap();
        assert!(matches!(registry.publish(&held, staged).unwrap(), Publication::Published(_)));
        Self { _folder: folder, registry, key }
    }

    fn entry(&self) -> Entry {
        self.registry.entry(&self.key).unwrap().unwrap()
    }
}

const GOOD: &str = "int PyInit_square(void) { return 0; }";

fn compile(folder: &Path, code: &str) -> PathBuf {
    let (source, artifact) = (folder.join("m.c"), folder.join("m.so"));
    fs_err::write(&source, code).unwrap();
    let mut gcc = Command::new("gcc");
    let status = gcc.args(["-shared", "-fPIC", "-Wl,--no-as-needed", "-o"]).arg(&artifact).arg(&source).status();
    assert!(status.expect("these tests need gcc").success());
    artifact
}

fn abi(entry: &Entry) -> Abi {
    entry.abi().clone()
}

/// Notes what it was asked to import, and does something to the file first.
struct Recorder<'a> {
    imported: RefCell<Vec<(String, PathBuf)>>,
    meanwhile: &'a dyn Fn(&Path),
}

impl Importer for Recorder<'_> {
    type Module = &'static str;
    type Error = std::io::Error;

    fn import(&mut self, verified: &Verified) -> Result<&'static str, std::io::Error> {
        let copy = verified.path().with_file_name("square.pyx");
        assert_eq!(verified.sources().iter().collect::<Vec<_>>(), [("square.pyx", copy.as_path())]);
        (self.meanwhile)(verified.path());
        self.imported.borrow_mut().push((verified.module().to_string(), verified.path().to_owned()));
        Ok("the module")
    }
}

fn load(entry: &Entry, meanwhile: &dyn Fn(&Path)) -> Result<&'static str, Error<std::io::Error>> {
    let mut recorder = Recorder { imported: RefCell::default(), meanwhile };
    let loaded = verify(entry, &abi(entry)).unwrap().load(&mut recorder);
    assert_eq!(recorder.imported.into_inner(), [("square".to_owned(), entry.artifact_path())]);
    loaded
}

#[test]
fn what_was_published_is_handed_to_the_importer() {
    let bench = Bench::new(GOOD, |_| {});
    assert_eq!(load(&bench.entry(), &|_| {}).unwrap(), "the module");
}

#[test]
fn a_module_that_was_collected_meanwhile_is_still_the_module() {
    let bench = Bench::new(GOOD, |_| {});
    assert!(load(&bench.entry(), &|path| fs_err::remove_file(path).unwrap()).is_ok());
}

#[test]
fn an_exchange_during_the_import_does_not_go_unnoticed() {
    let bench = Bench::new(GOOD, |_| {});
    let exchange = |path: &Path| {
        let other = path.with_extension("other");
        fs_err::copy(path, &other).unwrap();
        fs_err::rename(&other, path).unwrap();
    };
    let error = load(&bench.entry(), &exchange).unwrap_err();
    assert!(error.to_string().ends_with("square.so` was exchanged while it was imported"), "{error}");
}

#[test]
fn an_intact_file_that_is_no_such_module_is_not_verified() {
    let check = |code: &str, change: fn(&mut Meta), reason: &str| {
        let bench = Bench::new(code, change);
        let entry = bench.entry();
        match verify(&entry, &abi(&entry)) {
            Err(Error::Entry(registry::Error::Damaged { damage: Damage::Unloadable(found), .. })) => {
                assert!(found.contains(reason), "{found}");
            }
            other => panic!("{other:?}"),
        }
    };
    check("int PyInit_other(void) { return 0; }", |_| {}, "PyInit_other");
    check("int nothing;", |_| {}, "PyInit_square");
    check(GOOD, |meta| meta.needed = vec![], "it needs [\"libc.so.6\"], and was published as needing []");
}

#[test]
fn an_entry_for_another_interpreter_is_not_damaged_but_refused() {
    let bench = Bench::new(GOOD, |_| {});
    let entry = bench.entry();
    let mut other = abi(&entry);
    other.version.1 += 1;
    other.soabi = "cpython-312-x86_64-linux-gnu".into();
    let error = verify(&entry, &other).unwrap_err();
    assert!(matches!(error, Error::OtherInterpreter { .. }));
    let words = error.to_string();
    assert!(words.contains("was built for CPython 3.11 (") && words.contains("this is CPython 3.12 ("), "{words}");
}
