//! Ctrl-C and its relatives: the first one ends the work in an orderly way, the second one at once.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

/// The last signal that asked this process to end.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    received: Arc<AtomicUsize>,
}

impl Signals {
    /// Starts to listen. What replaces this process by `exec` starts with the system's defaults again.
    pub(crate) fn listen() -> io::Result<Self> {
        let signals = Self::default();
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the first signal finds `again` unset and sets it, the second one ends the process.
            flag::register_conditional_default(signal, again.clone())?;
            flag::register(signal, again.clone())?;
            flag::register_usize(signal, signals.received.clone(), usize::try_from(signal).unwrap_or_default())?;
        }
        Ok(signals)
    }

    /// The signal that came, if one did.
    pub(crate) fn received(&self) -> Option<u8> {
        u8::try_from(self.received.load(Ordering::Relaxed)).ok().filter(|signal| *signal > 0)
    }
}
