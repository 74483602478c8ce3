//! Many requests at once.

use std::{
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use crate::{BuildRequest, Built, Error, Event, Patience, Session};

impl Session {
    /// The modules that `requests` ask for, in their order, with at most so many of them under way at a time.
    ///
    /// One that fails does not keep the others. Those that have not begun when `patience` is cancelled fail with that.
    pub fn build_many(
        &self,
        requests: &[BuildRequest],
        jobs: NonZero<usize>,
        patience: &Patience<'_>,
    ) -> Vec<Result<Built, Error>> {
        let mut results = Vec::with_capacity(requests.len());
        self.build_each(requests, jobs, patience, |_, result| results.push(result));
        results
    }

    /// The same; `finished` gets each result with its request as soon as it and all before it are there.
    pub fn build_each<'r>(
        &self,
        requests: &'r [BuildRequest],
        jobs: NonZero<usize>,
        patience: &Patience<'_>,
        mut finished: impl FnMut(&'r BuildRequest, Result<Built, Error>),
    ) {
        let build = |request| {
            if (patience.cancelled)() {
                return Err(Error::Build(cython_driver::Error::Cancelled));
            }
            let result = self.build(request, patience);
            (patience.observe)(Event::Finished);
            result
        };
        if jobs.get() == 1 || requests.len() < 2 {
            for request in requests {
                finished(request, build(request));
            }
            return;
        }
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..jobs.get().min(requests.len()) {
                let (next, build, sender) = (&next, &build, sender.clone());
                scope.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(request) = requests.get(number) else { break };
                        // Nobody listens when `finished` has panicked.
                        let _ = sender.send((number, build(request)));
                    }
                });
            }
            drop(sender);
            let mut early: Vec<Option<Result<Built, Error>>> = requests.iter().map(|_| None).collect();
            let mut told = 0;
            for (number, result) in receiver {
                early[number] = Some(result);
                while let Some(result) = early.get_mut(told).and_then(Option::take) {
                    finished(&requests[told], result);
                    told += 1;
                }
            }
        });
    }
}
