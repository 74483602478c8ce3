//! Cython's own code for memoryviews, compiled once for a cache, an interpreter and its tools.

use cache_key::{Abi, Digest, RequestKey};
use cython_driver::{Tools, Utility, Workspace, build_utility};
use lock_dir::{Held, Outcome, Request};

use crate::{Error, Event, Patience, Session, chain, turn::not_exclusive};

/// What people are told that it is.
const LABEL: &str = "Cython's code for memoryviews";

/// The object file in a session's cache.
pub(crate) struct CachedUtility<'a> {
    session: &'a Session,
    tools: Tools<'a>,
    patience: &'a Patience<'a>,
    key: RequestKey,
}

impl<'a> CachedUtility<'a> {
    /// That of these tools, which have this digest.
    pub(crate) fn new(session: &'a Session, tools: Tools<'a>, toolchain: Digest, patience: &'a Patience<'a>) -> Self {
        let interpreter = &tools.python.interpreter;
        let key = RequestKey::utility(&Abi::from(interpreter), &interpreter.full_version, toolchain);
        Self { session, tools, patience, key }
    }

    fn made(&self, patience: &Patience<'_>) -> Result<Vec<u8>, Error> {
        let registry = &self.session.registry;
        let folder = registry.layout().request_lock(&self.key);
        let lock = Request {
            folder: &folder,
            wait: self.session.settings.wait,
            cancelled: patience.cancelled,
            waiting: &|owner| self.tell(Event::Waiting { label: LABEL.into(), owner: owner.cloned() }),
            not_exclusive: &|file_system| self.tell(not_exclusive(file_system, &folder)),
            purpose: "build Cython's code for memoryviews",
        };
        let sweep = |held: &Held| if held.is_exclusive() { registry.sweep(held, &self.key) } else { Ok(()) };
        match lock_dir::acquire(&lock, || registry.object(&self.key), sweep)? {
            Outcome::Published(object) => Ok(object),
            Outcome::Held(held) => {
                let stage = registry.stage(&held, &self.key)?;
                let worker = self.session.workers.worker(&self.tools.python.interpreter, self.tools.cython);
                let limits = self.session.limits(patience);
                let object = build_utility(&worker, &self.tools, &Workspace::new(stage.build()), &limits);
                let object = object.map_err(Error::Build)?;
                drop(stage);
                registry.keep_object(&held, &self.key, &object)?;
                Ok(object)
            }
        }
    }

    fn tell(&self, event: Event) {
        (self.patience.observe)(event);
    }
}

impl Utility for CachedUtility<'_> {
    fn find(&self) -> Option<Vec<u8>> {
        // Whatever is wrong is told by who makes a new one.
        self.session.registry.object(&self.key).ok().flatten()
    }

    fn make(&self, cancelled: &(dyn Fn() -> bool + Sync)) -> Result<Option<Vec<u8>>, cython_driver::Error> {
        use cython_driver::Error::{Cancelled, TimedOut};
        match self.made(&Patience { cancelled, ..*self.patience }) {
            Ok(object) => Ok(Some(object)),
            Err(Error::Build(error @ (Cancelled | TimedOut { .. }))) => Err(error),
            Err(Error::Lock(lock_dir::Error::Cancelled)) => Err(Cancelled),
            Err(error) => {
                let what = format!("{LABEL} is compiled with each module that has some: {}", chain(&error));
                self.tell(Event::Degraded { what });
                Ok(None)
            }
        }
    }
}
