//! Caches of others, which are read and never written.

use std::{os::unix::fs::chown, sync::Arc};

use registry::{Distrust, Layer};

use super::*;

const DAY: Duration = Duration::from_hours(24);

impl Bench {
    fn layer(&self, users: &[u32]) -> Layer {
        Layer::new(self.registry.layout().root(), users.into())
    }
}

fn owned_by(folder: &Path, user: u32) {
    for path in tree(folder).into_iter().chain([folder.to_owned()]) {
        chown(path, Some(user), Some(user)).unwrap();
    }
}

fn distrusted<T: std::fmt::Debug>(result: Result<T, Error>) -> Distrust {
    match result.unwrap_err() {
        Error::UntrustedLayer { reason, .. } | Error::Damaged { damage: Damage::Untrusted { reason, .. }, .. } => {
            reason
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_layer_is_read_like_a_cache_and_nothing_in_it_changes() {
    let bench = Bench::new();
    let key = bench.aged(1, b"content", 10 * DAY);
    bench.registry.pin(&alias("mine"), &key, false).unwrap();
    let set = empty_set(key);
    bench.registry.remember(&bench.held, &bench.portable, &bench.toolchain, &set).unwrap();
    let state = || -> Vec<_> {
        let root = bench.registry.layout().root();
        let written = |path: PathBuf| fs_err::symlink_metadata(&path).map(|it| (path, it.modified().unwrap())).unwrap();
        tree(root).into_iter().map(written).collect()
    };
    let before = state();
    let layer = bench.layer(&[]);
    let entry = layer.entry(&key).unwrap().unwrap();
    assert_eq!(entry.read_artifact().unwrap().bytes, b"content");
    entry.record_use(SystemTime::now());
    assert_eq!(layer.resolve(&alias("mine")).unwrap().unwrap().key, key);
    assert_eq!(layer.list().unwrap().len(), 1);
    let manifest = layer.manifest(&bench.portable, &bench.toolchain).unwrap().unwrap();
    assert_eq!(manifest.sets().collect::<Vec<_>>(), [set]);
    assert_eq!(layer.manifests(&bench.portable).unwrap().len(), 1);
    assert_eq!(state(), before);
}

#[test]
fn a_layer_that_is_missing_is_empty() {
    let bench = Bench::new();
    let layer = Layer::new(bench.folder.path().join("missing"), Arc::default());
    assert!(layer.entry(&bench.key(1)).unwrap().is_none());
    assert!(layer.manifest(&bench.portable, &bench.toolchain).unwrap().is_none());
    assert!(layer.list().unwrap().is_empty() && layer.list_packages().unwrap().is_empty());
    assert!(!layer.root().exists());
}

#[test]
fn nobody_else_may_be_able_to_write_a_layer() {
    let bench = Bench::new();
    let key = *bench.published(1, b"content").key();
    let set = empty_set(key);
    bench.registry.remember(&bench.held, &bench.portable, &bench.toolchain, &set).unwrap();
    let layout = bench.registry.layout();
    for (mode, reason) in [(0o770, Distrust::Group), (0o707, Distrust::Everybody)] {
        for folder in [layout.root().to_owned(), layout.entries(), layout.shard(&key), layout.entry(&key)] {
            let kept = super::mode(&folder);
            set_mode(&folder, mode);
            assert_eq!(distrusted(bench.layer(&[]).entry(&key)), reason, "{}", folder.display());
            set_mode(&folder, kept);
        }
        let manifest = layout.manifest(&bench.portable, &bench.toolchain);
        let kept = super::mode(&manifest);
        set_mode(&manifest, mode);
        assert_eq!(distrusted(bench.layer(&[]).manifest(&bench.portable, &bench.toolchain)), reason);
        set_mode(&manifest, kept);
    }
    assert!(bench.layer(&[]).entry(&key).unwrap().is_some());
}

/// Says nothing where the tests are not run by root, who alone can give files away.
#[test]
fn a_layer_may_belong_to_users_that_are_named() {
    const OTHER: u32 = 54_321;
    let bench = Bench::new();
    let key = *bench.published(1, b"content").key();
    if chown(bench.registry.layout().root(), Some(OTHER), None).is_err() {
        return;
    }
    owned_by(bench.registry.layout().root(), OTHER);
    let error = bench.layer(&[]).entry(&key).unwrap_err();
    assert!(error.hint().unwrap().contains("name them in PYXIDE_CACHE_LAYER_USERS"), "{:?}", error.hint());
    assert_eq!(distrusted(bench.layer(&[OTHER + 1]).entry(&key)), Distrust::Owner(OTHER));
    let entry = bench.layer(&[OTHER]).entry(&key).unwrap().unwrap();
    assert_eq!(entry.read_artifact().unwrap().bytes, b"content");
    // Also the one whose layer it is must not have let others in.
    set_mode(&entry.artifact_path(), 0o464);
    assert_eq!(distrusted(entry.read_artifact()), Distrust::Group);
}
