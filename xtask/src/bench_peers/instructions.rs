//! How many instructions a run executes, which a busy machine does not change.
//!
//! `perf` counts them where the machine has counters; a virtual machine often has none. There callgrind counts those of one
//! process, some fifty times slower than it runs, which is good enough for a warm hit.

use std::path::Path;
use std::process::Command;

use crate::measuring::stopwatch::Order;

/// What can count here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counter {
    /// `perf stat`, whole trees of processes.
    Perf,
    /// callgrind, single processes.
    Callgrind,
}

impl Counter {
    /// What this machine has.
    pub(super) fn find() -> Option<Self> {
        let says = |program: &str, arguments: &[&str], wanted: &dyn Fn(&str) -> bool| {
            let output = Command::new(program).args(arguments).output();
            output.is_ok_and(|output| output.status.success() && wanted(&String::from_utf8_lossy(&output.stderr)))
        };
        let perf = ["stat", "-x,", "-e", "instructions:u", "true"];
        let valgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "true"];
        if says("perf", &perf, &|text| perf_count(text).is_some()) {
            Some(Self::Perf)
        } else if says("valgrind", &valgrind, &|text| callgrind_count(text).is_some()) {
            Some(Self::Callgrind)
        } else {
            None
        }
    }

    /// What to say about it.
    pub(super) fn sentence(counter: Option<Self>) -> &'static str {
        match counter {
            Some(Self::Perf) => "instructions are counted with perf",
            Some(Self::Callgrind) => {
                "perf cannot count instructions here; callgrind counts those of one process in a warm hit"
            }
            None => "instructions are not counted: neither perf nor callgrind can do it here",
        }
    }

    /// The same process, counted, with what it counts in this file.
    pub(super) fn around(self, order: &Order, log: &Path) -> Order {
        let log = log.display();
        let mut arguments: Vec<String> = match self {
            Self::Perf => {
                ["/usr/bin/env", "perf", "stat", "-x,", "-e", "instructions:u", "-o"].map(str::to_owned).into()
            }
            Self::Callgrind => ["/usr/bin/env", "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
                .map(str::to_owned)
                .into(),
        };
        match self {
            Self::Perf => arguments.push(log.to_string()),
            Self::Callgrind => arguments.push(format!("--log-file={log}")),
        }
        arguments.extend(order.arguments.iter().cloned());
        Order { arguments, ..order.clone() }
    }

    /// The number in such a file.
    pub(super) fn read(self, log: &str) -> Option<f64> {
        match self {
            Self::Perf => perf_count(log),
            Self::Callgrind => callgrind_count(log),
        }
    }
}

fn perf_count(text: &str) -> Option<f64> {
    text.lines().find(|line| line.contains("instructions"))?.split(',').next()?.trim().parse().ok()
}

fn callgrind_count(text: &str) -> Option<f64> {
    let (_, number) = text.lines().find(|line| line.contains("I   refs:"))?.rsplit_once(':')?;
    number.replace(',', "").trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_the_tools_write_them() {
        let check = |counter: Counter, log: &str, expected: Option<f64>| assert_eq!(counter.read(log), expected);
        check(Counter::Perf, "# started on Sat\n\n48370822,,instructions:u,1,100.00,,\n", Some(48_370_822.0));
        check(Counter::Perf, "<not supported>,,instructions:u,0,100.00,,\n", None);
        check(Counter::Callgrind, "==7== Events    : Ir\n==7== I   refs:      48,370,822\n", Some(48_370_822.0));
        check(Counter::Callgrind, "valgrind: not here\n", None);
    }

    #[test]
    fn a_counted_order_is_the_same_order() {
        let order = Order { arguments: vec!["python".into()], environment: [].into(), folder: "/project".into() };
        let counted = Counter::Perf.around(&order, Path::new("/log"));
        assert_eq!(counted.arguments[7..], ["/log", "python"]);
        assert_eq!(counted.folder, order.folder);
    }
}
