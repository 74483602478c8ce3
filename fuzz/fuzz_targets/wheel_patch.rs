//! Any file: a change of it is done whole and right, or not at all.

#![no_main]

use std::alloc::System;
use std::sync::OnceLock;

use cap::Cap;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A wheel must not be able to have more memory taken than this.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, 64 << 20);

static FOLDER: OnceLock<TempDir> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("there is a folder for temporary files"));
    wheel_fuzz::checks::patch(folder.path(), data);
});
