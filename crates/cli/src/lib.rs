//! The pyxide command
