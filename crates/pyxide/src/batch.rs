//! Many requests at once.
//!
//! Where several are under way at a time, those with the longest sources begin first: one that takes long and begins last
//! keeps one processor busy while all others wait.

use std::{
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use crate::{BuildRequest, Built, Error, Event, Patience, Session, SourceText};

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
        let order = longest_first(requests);
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..jobs.get().min(requests.len()) {
                let (order, next, build, sender) = (&order, &next, &build, sender.clone());
                scope.spawn(move || {
                    while let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        // Nobody listens when `finished` has panicked.
                        let _ = sender.send((number, build(&requests[number])));
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

/// The numbers of the requests, that with the longest source first.
fn longest_first(requests: &[BuildRequest]) -> Vec<usize> {
    let length = |request: &BuildRequest| match &request.source {
        SourceText::Text(text) => text.len() as u64,
        SourceText::File(path) => fs_err::metadata(path).map_or(0, |metadata| metadata.len()),
    };
    let mut order: Vec<(usize, u64)> = requests.iter().map(length).enumerate().collect();
    order.sort_by_key(|&(_, length)| std::cmp::Reverse(length));
    order.into_iter().map(|(number, _)| number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_begin_first_and_equals_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("long.pyx");
        fs_err::write(&file, "x = 1\n".repeat(9)).unwrap();
        let missing = folder.path().join("missing.pyx");
        let requests = [
            BuildRequest::text("x"),
            BuildRequest::file(missing),
            BuildRequest::text("xxx"),
            BuildRequest::file(file),
            BuildRequest::text("y"),
        ];
        assert_eq!(longest_first(&requests), [3, 2, 0, 4, 1]);
    }
}
