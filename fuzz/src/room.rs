//! The room that an input gets: memory, and a folder.

use std::alloc::System;
use std::path::Path;
use std::sync::OnceLock;

use cap::Cap;
use tempfile::TempDir;

/// A wheel must not be able to have more memory taken than this.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, 64 << 20);

/// The folder of the inputs of one process.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("there is a folder for temporary files")).path()
}
