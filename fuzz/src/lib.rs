//! What the fuzz targets share, with each other and with the tests of the crate.

#[path = "../../crates/wheel-patch/tests/shared/checks.rs"]
pub mod checks;
pub mod room;
