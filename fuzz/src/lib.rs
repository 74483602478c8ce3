//! What the fuzz targets share with the tests of the crate.

#[path = "../../crates/wheel-patch/tests/shared/checks.rs"]
pub mod checks;
