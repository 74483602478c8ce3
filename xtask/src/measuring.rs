//! What the benchmarks share: how a command is measured, and numbers out of runs.

pub(crate) mod statistics;
pub(crate) mod stopwatch;
