//! What the benchmarks share: where they run, how a command is measured, and numbers out of runs.

pub(crate) mod environment;
pub(crate) mod statistics;
pub(crate) mod stopwatch;
pub(crate) mod worker;
