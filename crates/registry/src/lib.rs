//! Finished builds on disk: published whole, found by key, verified on every read
