//! What happens during a build, for whoever wants to tell the user.

use cache_key::{BuildKey, ModuleName};
use cython_driver::Phase;
use lock_dir::Owner;

/// Something that a user may want to hear of.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A Cython is being installed, because the interpreter has none.
    InstallingCython {
        /// Its version.
        version: String,
    },
    /// Somebody else builds the same: another process, or another thread of this one.
    Waiting {
        /// What: the module's name if it has one, else what its source is known as.
        label: String,
        /// Who, if that is known.
        owner: Option<Owner>,
    },
    /// A cache entry was damaged, is no longer used, and will be built again.
    Damaged {
        /// Its key.
        key: BuildKey,
        /// What is wrong with it.
        reason: String,
    },
    /// Something that could not be done, and that costs time only.
    Degraded {
        /// What, and why.
        what: String,
    },
    /// A step of a build begins.
    Building {
        /// The module.
        module: ModuleName,
        /// The step.
        phase: Phase,
    },
    /// One of many requests is done, well or not. Told by the thread that has built it.
    Finished,
    /// A build has ended, well or not.
    Told {
        /// What the tools were told and what they said.
        log: String,
    },
    /// There are no tools, so the newest build of the same source and options was taken, whatever tools made it.
    OtherToolchain {
        /// The tools that made it.
        made_by: String,
    },
}

/// Who is told, and who may end it.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    /// Is told what happens.
    pub observe: &'a (dyn Fn(Event) + Sync),
    /// Asked every few milliseconds while waiting and building; `true` ends both.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}
