//! Fills a cache with as many entries as one wants, for `cargo xtask bench-registry`.
//!
//! `fill ROOT COUNT META`: each entry is what META says, a meta.json of any format, with a key of its own and as many
//! dependencies as a module that is compiled against Python's own headers has.

use std::{env, path::PathBuf};

use cache_key::{Base, BuildKey, Dependency, DependencyPath, Digest, RequestKey};
use registry::{Dependencies, Durability, Meta, Options, Publication, Registry};

/// A module without any cimport reads so many headers of Python, the compiler and the C library.
const HEADERS: u32 = 190;

/// So many names are looked for in vain.
const ABSENT: u32 = 30;

/// The size of an artifact. It is read by nobody here.
const ARTIFACT: usize = 4 << 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = env::args_os().skip(1);
    let (Some(root), Some(count), Some(meta)) = (words.next(), words.next(), words.next()) else {
        return Err("usage: fill ROOT COUNT META".into());
    };
    let count: u32 = count.to_str().ok_or("the count is a number")?.parse()?;
    let sample: Meta = serde_json::from_slice(&fs_err::read(PathBuf::from(meta))?)?;
    let registry = Registry::with(root, Options { durability: Durability::None, ..Options::default() });
    registry.prepare()?;
    let request = RequestKey::from_parts(Digest::of(b"portable"), Digest::of(b"toolchain"));
    let held = lock_dir::try_lock(&registry.layout().request_lock(&request), "fill")?.ok_or("the lock is free")?;
    for number in 0..count {
        let dependencies = dependencies(number);
        let stage = registry.stage(&held, &request)?;
        let artifact = stage.build().join("out.so");
        fs_err::write(&artifact, vec![0; ARTIFACT])?;
        let mut meta = sample.clone();
        meta.request_key = Some(request);
        meta.key = BuildKey::new(&request, &dependencies);
        meta.module_name = format!("module_{number}").parse()?;
        meta.artifact = format!("module_{number}.cpython-311-x86_64-linux-gnu.so");
        meta.artifact_filename.clone_from(&meta.artifact);
        meta.dependencies = Dependencies::new(&dependencies);
        let name = format!("module_{number}.pyx");
        let staged = stage.complete((&name, "def f(): pass\n"), &artifact, &[], meta)?;
        if !matches!(registry.publish(&held, staged)?, Publication::Published(_)) {
            return Err("the cache was not empty".into());
        }
    }
    Ok(())
}

fn dependencies(number: u32) -> Vec<Dependency> {
    let root = |path: String| DependencyPath { base: Base::Root, path };
    let header = |index: u32| Dependency::File {
        path: root(format!("/usr/include/python3.11/internal/header_{index}.h")),
        digest: Digest::of(&index.to_le_bytes()),
    };
    let own =
        Dependency::File { path: DependencyPath::in_source_folder("own.h"), digest: Digest::of(&number.to_le_bytes()) };
    let absent = |index: u32| Dependency::Absent { path: root(format!("/usr/lib/python3.11/absent_{index}.pxd")) };
    (0..HEADERS).map(header).chain((0..ABSENT).map(absent)).chain([own]).collect()
}
