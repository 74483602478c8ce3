//! Visits every state that can be reached, nearest first.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::hash::{BuildHasherDefault, Hasher};

use crate::steps::{Broken, Setup};
use crate::world::World;

/// The shortest way to something that must not be.
pub(crate) struct CounterExample {
    pub(crate) broken: Broken,
    pub(crate) story: String,
    pub(crate) states: usize,
}

/// The number of states, or what is wrong with one of them.
pub(crate) fn explore(setup: Setup) -> Result<usize, CounterExample> {
    let first = setup.first();
    let mut numbers: HashMap<World, usize, BuildHasherDefault<Mixer>> = HashMap::default();
    numbers.insert(first, 0);
    let mut states = vec![first];
    // From where each state was first reached, and from where it is reached without a crash.
    let mut origins = vec![None];
    let mut sources: Vec<Vec<usize>> = vec![Vec::new()];
    let mut number = 0;
    while number < states.len() {
        let world = states[number];
        for step in setup.moves(&world) {
            let target = *numbers.entry(step.next).or_insert_with(|| {
                states.push(step.next);
                origins.push(Some((number, step.who)));
                sources.push(Vec::new());
                states.len() - 1
            });
            if !step.is_crash {
                sources[target].push(number);
            }
            if let Some(broken) = step.broken.or_else(|| Setup::broken(&step.next)) {
                let mut story = tell(&states, &origins, number);
                let _ = writeln!(story, "process {}: {:?}", step.who, world.processes[step.who].pc);
                return Err(CounterExample { broken, story, states: states.len() });
            }
        }
        number += 1;
    }

    // Backwards from the states in which all is done: from where these are not reached, somebody waits for ever.
    let mut can_finish: Vec<bool> = states.iter().map(|world| setup.is_finished(world)).collect();
    let mut queue: VecDeque<usize> = (0..states.len()).filter(|&number| can_finish[number]).collect();
    while let Some(number) = queue.pop_front() {
        for &source in &sources[number] {
            if !can_finish[source] {
                can_finish[source] = true;
                queue.push_back(source);
            }
        }
    }
    match can_finish.iter().position(|can| !can) {
        Some(number) => {
            Err(CounterExample { broken: Broken::Stuck, story: tell(&states, &origins, number), states: states.len() })
        }
        None => Ok(states.len()),
    }
}

fn tell(states: &[World], origins: &[Option<(usize, usize)>], last: usize) -> String {
    let mut way = Vec::new();
    let mut number = last;
    while let Some((origin, who)) = origins[number] {
        let (before, after) = (states[origin].processes[who].pc, states[number].processes[who].pc);
        way.push(format!("process {who}: {before:?} -> {after:?}\n"));
        number = origin;
    }
    way.into_iter().rev().collect()
}

/// A hash that is quick without optimisation, which is how tests run.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u8(number.to_le_bytes()[0]);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u8(number.to_le_bytes()[0]);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
