//! Whose files are believed.

use std::os::unix::fs::{chown, symlink};

use registry::Distrust;

use super::*;

/// Some user who is neither this one nor root.
const STRANGER: u32 = 54_321;

/// Gives a file to somebody else. Only root can; others cannot be tested then.
fn give_away(path: &Path) -> bool {
    match chown(path, Some(STRANGER), None) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
            false
        }
    }
}

fn untrusted<T: std::fmt::Debug>(result: Result<T, Error>) -> (PathBuf, Distrust) {
    match result {
        Err(Error::Untrusted { path, reason }) => (path, reason),
        other => panic!("trusted: {other:?}"),
    }
}

#[test]
fn a_root_that_others_can_write_is_neither_read_nor_written() {
    let bench = Bench::new();
    let key = *bench.published(1, b"content").key();
    let layout = bench.registry.layout();
    let version = layout.entries().parent().unwrap().to_owned();
    for folder in [layout.root().to_owned(), version, layout.entries(), layout.shard(&key)] {
        let before = mode(&folder);
        for (mode, reason) in [(0o770, Distrust::Group), (0o757, Distrust::Everybody), (0o1777, Distrust::Everybody)] {
            set_mode(&folder, mode);
            assert_eq!(untrusted(bench.registry.entry(&key)), (folder.clone(), reason));
            assert_eq!(untrusted(bench.registry.list()), (folder.clone(), reason));
            if folder != layout.shard(&key) {
                assert_eq!(untrusted(bench.registry.prepare()), (folder.clone(), reason));
            }
            assert!(bench.trusting(Trust::Anyone).entry(&key).unwrap().is_some());
            bench.trusting(Trust::Anyone).prepare().unwrap();
        }
        set_mode(&folder, before);
        assert!(bench.registry.entry(&key).unwrap().is_some(), "what was repaired is seen at once");
    }
}

#[test]
fn the_refusal_says_what_to_do() {
    let bench = Bench::new();
    let root = bench.registry.layout().root();
    set_mode(root, 0o770);
    let error = bench.registry.prepare().unwrap_err();
    let shown = root.display();
    let message = format!("the cache folder `{shown}` can be written by its group, so others could put code into it");
    assert_eq!(error.to_string(), message);
    let hint = error.hint().unwrap();
    assert!(hint.contains(&format!("`chmod go-w '{shown}'`")) && hint.contains("PYXIDE_TRUST_CACHE=1"), "{hint}");
    set_mode(root, 0o700);
    if give_away(root) {
        let error = bench.registry.prepare().unwrap_err();
        assert!(error.to_string().contains("belongs to user 54321, so others"), "{error}");
        assert!(!error.hint().unwrap().contains("chmod"));
    }
}

#[test]
fn nothing_is_written_into_a_root_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("cache");
    fs_err::create_dir(&root).unwrap();
    set_mode(&root, 0o777);
    untrusted(Registry::new(&root).prepare());
    assert_eq!(tree(&root), Vec::<PathBuf>::new());
}

#[test]
fn an_entry_that_others_can_write_is_damaged() {
    let bench = Bench::new();
    let entry = bench.published(1, b"content");
    let (folder, artifact, meta) = (entry.path(), entry.artifact_path(), entry.path().join("meta.json"));
    for (path, what) in [(folder, "folder"), (&meta, "`meta.json`"), (&artifact, "`square.so`")] {
        let before = mode(path);
        for (bits, how) in [(0o020, "by its group"), (0o002, "by everybody")] {
            set_mode(path, before | bits);
            let damage = bench.damage(1).to_string();
            assert_eq!(damage, format!("its {what} can be written {how}, so others could have changed it"));
            let trusting = bench.trusting(Trust::Anyone).entry(&bench.key(1)).unwrap().unwrap();
            assert_eq!(trusting.read_artifact().unwrap().bytes, b"content");
        }
        set_mode(path, before);
        if give_away(path) {
            let damage = bench.damage(1).to_string();
            assert_eq!(damage, format!("its {what} belongs to user 54321, so others could have changed it"));
            chown(path, Some(0), None).unwrap();
        }
        assert!(bench.registry.entry(&bench.key(1)).unwrap().unwrap().read_artifact().is_ok());
    }
    // Whoever sees that moves it away and builds again, which works.
    set_mode(folder, 0o777);
    bench.registry.quarantine(&bench.key(1), "others could have changed it").unwrap();
    bench.published(1, b"content");
}

#[test]
fn below_the_root_no_link_is_followed() {
    let check = |pick: &dyn Fn(&Bench, &BuildKey) -> PathBuf, is_entry: bool| {
        let bench = Bench::new();
        let key = *bench.published(1, b"content").key();
        let path = pick(&bench, &key);
        let real = bench.folder.path().join("real");
        fs_err::rename(&path, &real).unwrap();
        symlink(&real, &path).unwrap();
        for trust in [Trust::Strict, Trust::Anyone] {
            let error = bench.trusting(trust).entry(&key).unwrap_err();
            if is_entry {
                assert!(error.to_string().ends_with("the entry is a symbolic link"), "{error}");
            } else {
                assert_eq!(untrusted(Err::<(), _>(error)), (path.clone(), Distrust::Link));
            }
        }
    };
    check(&|bench, _| bench.registry.layout().entries().parent().unwrap().to_owned(), false);
    check(&|bench, _| bench.registry.layout().entries(), false);
    check(&|bench, key| bench.registry.layout().shard(key), false);
    check(&|bench, key| bench.registry.layout().entry(key), true);

    let bench = Bench::new();
    let meta = bench.published(1, b"content").path().join("meta.json");
    fs_err::rename(&meta, bench.folder.path().join("meta.json")).unwrap();
    symlink(bench.folder.path().join("meta.json"), &meta).unwrap();
    assert_eq!(bench.damage(1).to_string(), "its meta.json is a symbolic link");
}

#[test]
fn the_root_may_be_reached_through_links() {
    let bench = Bench::new();
    let key = *bench.published(1, b"content").key();
    let link = bench.folder.path().join("link");
    symlink(bench.registry.layout().root(), &link).unwrap();
    let registry = Registry::new(&link);
    registry.prepare().unwrap();
    assert!(registry.entry(&key).unwrap().is_some());
    assert_eq!(registry.list().unwrap().len(), 1);
}

#[test]
fn a_root_that_is_not_there_has_no_entries() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::new(folder.path().join("cache"));
    let key = "5f".repeat(32).parse().unwrap();
    assert!(registry.entry(&key).unwrap().is_none());
    assert!(registry.list().unwrap().is_empty());
    assert!(registry.pins().unwrap().is_empty());
    assert!(!registry.unpin(&alias("a")).unwrap());
    assert!(
        registry
            .collect(&registry::Rules { keep_newest: Some(0), ..Default::default() }, SystemTime::now(), false)
            .unwrap()
            .removed
            .is_empty()
    );
    assert_eq!(registry.sweep_all().unwrap().locks, 0);
    assert_eq!(tree(folder.path()), Vec::<PathBuf>::new(), "looking makes nothing");
}

#[test]
fn what_we_make_only_we_can_write_whatever_the_umask_is() {
    // The umask is the whole process's, and other tests make files at the same time.
    if std::env::var_os("PYXIDE_TEST_UMASK").is_none() {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", "umask 0; exec \"$0\" --exact trust::what_we_make_only_we_can_write_whatever_the_umask_is"]);
        let output = shell.arg(std::env::current_exe().unwrap()).env("PYXIDE_TEST_UMASK", "0").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let bench = Bench::new();
    bench.published(1, b"content");
    let stage = bench.registry.stage(&bench.held, &bench.request).unwrap();
    bench.registry.quarantine(&bench.key(1), "broken").unwrap();
    bench.published(1, b"content");
    bench.registry.pin(&alias("a"), &bench.key(1), false).unwrap();
    let open: Vec<_> = tree(bench.registry.layout().root())
        .into_iter()
        .filter(|path| path.is_dir() && mode(path) & 0o022 != 0)
        .collect();
    drop(stage);
    assert_eq!(open, Vec::<PathBuf>::new());
    assert_eq!(mode(bench.registry.layout().root()), 0o700);
}
