//! What is measured.

use clap::ValueEnum;

use super::workloads::Workload;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Kind {
    /// A module that is in the cache, in a new process.
    Warm,
    /// A module that this process has asked for before.
    SameProcess,
    /// A module that is to be built, in a new process.
    Cold,
    /// A module that is to be built, in a process that has built another one.
    WarmWorker,
    /// Many modules that are in the cache, in a new process.
    BatchWarm,
    /// Many modules that are to be built, with one job.
    BatchCold1,
    /// The same with two jobs.
    BatchCold2,
}

impl Kind {
    /// What it is, for people.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Warm => "warm hit in a new process",
            Self::SameProcess => "hit in the same process, same source",
            Self::Cold => "cold in a new process",
            Self::WarmWorker => "cold in a process that has built another module",
            Self::BatchWarm => "20 modules, warm, in a new process",
            Self::BatchCold1 => "20 modules, cold, 1 job",
            Self::BatchCold2 => "20 modules, cold, 2 jobs",
        }
    }

    /// Whether it is about many modules.
    pub(super) fn is_batch(self) -> bool {
        matches!(self, Self::BatchWarm | Self::BatchCold1 | Self::BatchCold2)
    }

    /// Whether each run begins with nothing that was built.
    pub(super) fn is_cold(self) -> bool {
        !matches!(self, Self::Warm | Self::SameProcess | Self::BatchWarm)
    }

    /// Whether it measures this workload.
    pub(super) fn has(self, workload: Workload) -> bool {
        match self {
            Self::Warm | Self::Cold => workload != Workload::W5,
            Self::SameProcess => matches!(workload, Workload::W1 | Workload::W2),
            Self::WarmWorker => workload == Workload::W1,
            Self::BatchWarm | Self::BatchCold1 | Self::BatchCold2 => workload == Workload::W5,
        }
    }

    /// How many builds may run at once.
    pub(super) fn jobs(self) -> usize {
        if self == Self::BatchCold2 { 2 } else { 1 }
    }

    /// Whether what counts is what the process measured itself, rather than all of it.
    pub(super) fn is_inside(self) -> bool {
        matches!(self, Self::SameProcess | Self::WarmWorker)
    }

    /// How often it is measured in so many rounds: what is quick is measured more often.
    pub(super) fn repetitions(self, workload: Workload, rounds: usize) -> usize {
        match (self, workload) {
            (Self::Warm, _) => rounds * 4,
            (Self::BatchWarm, _) => rounds * 2,
            (Self::SameProcess | Self::WarmWorker, _) | (Self::Cold, Workload::W1) => rounds,
            (Self::Cold, _) => rounds.div_ceil(2),
            (Self::BatchCold1 | Self::BatchCold2, _) => rounds.div_ceil(3),
        }
    }
}
