//! `cargo xtask bench-wheels`: how long it takes to add files to a finished wheel, beside everybody else, in one run.
//!
//! Each round runs all peers once, begins with another one, and gives each a fresh copy of the wheel that the system has
//! already written to the disk. The slow ones take part in fewer rounds. What each wrote is read by Python's zipfile and has to
//! hold what everybody else's holds, so nobody is measured who is wrong.

mod bench;
mod floor;
mod peers;
mod results;

use std::path::PathBuf;

use clap::ValueEnum as _;
use serde_json::json;

use self::bench::Bench;
use self::peers::{Peer, Subject};
use self::results::{FORMAT, Results};
use crate::measuring::statistics;
use crate::say::{note, say};
use crate::workshop::Workshop;

const ROUNDS: usize = 15;

/// What was asked for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// How many rounds; who takes seconds takes part in every fifth, and with the large wheel in the first.
    #[arg(long, value_name = "N", default_value_t = ROUNDS, conflicts_with = "quick")]
    rounds: usize,
    /// One round with the smallest wheel.
    #[arg(long)]
    quick: bool,
    /// Measure these wheels only; may be repeated.
    #[arg(long, value_enum, value_name = "WHEEL")]
    wheel: Vec<Subject>,
    /// Measure these peers only; may be repeated.
    #[arg(long, value_enum, value_name = "PEER")]
    peer: Vec<Peer>,
    /// Print one JSON object per row and target.
    #[arg(long)]
    json: bool,
    /// Use this interpreter before those that are found.
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// Decompress and hash this wheel, and say how long that takes: what one of the peers runs.
    #[arg(long, value_name = "PATH", hide = true)]
    floor: Option<PathBuf>,
}

impl Arguments {
    fn rounds(&self) -> usize {
        if self.quick { 1 } else { self.rounds.max(1) }
    }

    fn subjects(&self) -> Vec<Subject> {
        match (&self.wheel[..], self.quick) {
            ([], true) => vec![Subject::Numpy],
            ([], false) => Subject::value_variants().to_vec(),
            (chosen, _) => chosen.to_vec(),
        }
    }

    fn peers(&self) -> Vec<Peer> {
        if self.peer.is_empty() { Peer::value_variants().to_vec() } else { self.peer.clone() }
    }
}

/// Measures, prints, and tells whether everybody could be measured.
pub(crate) fn run(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    if let Some(wheel) = &arguments.floor {
        floor::run(wheel)?;
        return Ok(true);
    }
    let workshop = Workshop::open(root, &arguments.python)?;
    let subjects = arguments.subjects();
    let mut bench = Bench::open(&workshop, &subjects)?;
    let about = bench.about()?;
    if arguments.json {
        say(format_args!("{}", json!({ "format": FORMAT, "about": about })));
    } else {
        say(format_args!("{about}\n"));
    }
    let mut results = Results::default();
    for subject in subjects {
        measure(&mut bench, subject, &arguments.peers(), arguments.rounds(), &mut results);
        if !arguments.json {
            say(format_args!("{}", results.table(subject)));
        }
    }
    let targets = results.targets();
    if arguments.json {
        for object in results.objects().into_iter().chain(targets.iter().map(results::Target::object)) {
            say(format_args!("{object}"));
        }
    } else {
        for target in &targets {
            say(format_args!("{}", target.line()));
        }
        for (subject, peer, reason) in results.failures() {
            say(format_args!("failed  {} with {}: {reason}", peer.name(), subject.name()));
        }
    }
    Ok(results.failures().next().is_none())
}

/// Runs the peers with one wheel in turns.
fn measure(bench: &mut Bench, subject: Subject, peers: &[Peer], rounds: usize, results: &mut Results) {
    note(format_args!("{}: {rounds} rounds", subject.name()));
    results.members(subject, bench.members(subject));
    for round in 0..rounds {
        for index in statistics::rotated(peers.len(), round) {
            let peer = peers[index];
            if results.has_failed(subject, peer) || !peer.takes_part(subject, round) {
                continue;
            }
            match bench.measure(subject, peer, round == 0) {
                Ok(measured) => results.add(subject, peer, measured),
                Err(error) => {
                    note(format_args!("{}: {error:#}", peer.name()));
                    results.fail(subject, peer, format!("{error:#}"));
                }
            }
        }
    }
}
