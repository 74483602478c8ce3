//! Object files that builds link with.

use registry::Pinned;

use super::*;

impl Bench {
    fn object(&self) -> Option<Vec<u8>> {
        self.registry.object(&self.request).unwrap()
    }

    /// The files of all objects.
    fn objects(&self) -> Vec<PathBuf> {
        let folder = self.registry.layout().root().join("v1/objects");
        fs_err::read_dir(folder).map_or_else(|_| vec![], |names| names.map(|name| name.unwrap().path()).collect())
    }
}

#[test]
fn an_object_is_what_was_kept_or_nothing() {
    let bench = Bench::new();
    assert_eq!(bench.object(), None);
    bench.registry.keep_object(&bench.held, &bench.request, b"code").unwrap();
    assert_eq!(bench.object().as_deref(), Some(&b"code"[..]));
    let other = RequestKey::from_parts(bench.toolchain, bench.portable);
    assert_eq!(bench.registry.object(&other).unwrap(), None);
    assert!(!bench.registry.layout().stage(&bench.request).exists());

    let [file] = &bench.objects()[..] else { panic!("one file") };
    fs_err::write(file, b"another code").unwrap();
    assert_eq!(bench.object(), None);
    assert!(!file.exists(), "a damaged one is in nobody's way");
    // What a link leads to is somebody else's.
    symlink(bench.folder.path().join("elsewhere"), file).unwrap();
    assert_eq!(bench.object(), None);
    bench.registry.keep_object(&bench.held, &bench.request, b"code").unwrap();
    assert!(bench.object().is_some());
    let purged = bench.registry.purge(Pinned::Keep).unwrap();
    assert!(purged.failed.is_empty() && purged.others == 1, "{purged:?}");
    assert_eq!((bench.object(), bench.objects()), (None, vec![]));
}

#[test]
fn an_object_that_others_could_write_is_not_used() {
    let bench = Bench::new();
    bench.registry.keep_object(&bench.held, &bench.request, b"code").unwrap();
    fs_err::set_permissions(&bench.objects()[0], std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(bench.object(), None);
}

#[test]
fn the_objects_that_were_used_last_are_kept() {
    let bench = Bench::new();
    let day = Duration::from_hours(24);
    bench.registry.keep_object(&bench.held, &bench.request, b"code").unwrap();
    set_age(&bench.objects()[0], 100 * day);
    // Its use is noted, and it becomes the newest.
    assert!(bench.object().is_some());
    for number in 0..20_u8 {
        let request = RequestKey::from_parts(Digest::of(&[number]), bench.toolchain);
        let lock = bench.registry.layout().request_lock(&request);
        let held = lock_dir::try_lock(&lock, "test").unwrap().unwrap();
        bench.registry.keep_object(&held, &request, &[number]).unwrap();
        let new = bench.objects().into_iter().find(|path| fs_err::read(path).unwrap() == [number]).unwrap();
        set_age(&new, (50 - u32::from(number)) * day);
    }
    let mut numbers: Vec<_> = bench.objects().iter().map(|path| fs_err::read(path).unwrap()).collect();
    numbers.sort();
    let mut expected: Vec<_> = (5..20_u8).map(|number| vec![number]).collect();
    expected.push(b"code".to_vec());
    assert_eq!(numbers, expected);
}
