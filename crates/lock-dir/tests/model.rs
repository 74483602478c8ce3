//! A model of the whole protocol, and an explorer that tries every order of steps, with crashes at any of them.
//!
//! The model is of what `acquire` argues in words, together with what its callers do: build, publish, read, collect and
//! pin. Files are as the kernel has them: a path names an inode or nothing, a lock belongs to an open file, and that is
//! closed with its last copy. Folders of locks are left out, because `folder::with` makes them again at each step.
//!
//! Each step is one system call that others can see. Three processes run, and at most two of them die.
//! Each mix of roles is tried with the lock, and without it as on a network file system.

#[path = "model/explore.rs"]
mod explore;
#[path = "model/steps.rs"]
mod steps;
#[path = "model/tasks.rs"]
mod tasks;
#[path = "model/world.rs"]
mod world;

use explore::explore;
use steps::Role::{Builder, Collector, ForcedBuilder, ForkingBuilder, Janitor, Pinner, Reader};
use steps::{Broken, Mutant, Role, Setup};

fn holds(roles: [Role; 3]) {
    for is_exclusive in [true, false] {
        for is_entry_there in [false, true] {
            check(Setup { roles, is_entry_there, is_exclusive, mutant: None });
        }
    }
}

fn check(setup: Setup) {
    if let Err(found) = explore(setup) {
        panic!("{setup:?}: {:?}, {} states seen\n{}", found.broken, found.states, found.story);
    }
}

fn is_caught(mutant: Mutant, roles: [Role; 3], is_entry_there: bool, expected: Broken) {
    let is_exclusive = mutant != Mutant::NobodyAsksIsExclusive;
    let setup = Setup { roles, is_entry_there, is_exclusive, mutant: Some(mutant) };
    match explore(setup) {
        Ok(states) => panic!("{setup:?}: nothing found in {states} states"),
        Err(found) => assert_eq!(found.broken, expected, "{setup:?}: {} states seen\n{}", found.states, found.story),
    }
    // It is the mutant that was caught, and not the scenario.
    check(Setup { mutant: None, ..setup });
}

/// All mixes of this role with itself and those after it.
fn mixes_hold(first: Role) {
    const ROLES: [Role; 7] = [ForkingBuilder, Builder, ForcedBuilder, Reader, Collector, Janitor, Pinner];
    let from = |role: Role| ROLES.into_iter().skip_while(move |other| *other != role);
    for second in from(first) {
        for third in from(second) {
            holds([first, second, third]);
        }
    }
}

#[test]
fn builders_with_everybody_hold() {
    mixes_hold(Builder);
}

#[test]
fn forced_builders_with_everybody_hold() {
    mixes_hold(ForcedBuilder);
}

#[test]
fn readers_collectors_janitors_and_pinners_hold() {
    for first in [Reader, Collector, Janitor, Pinner] {
        mixes_hold(first);
    }
}

#[test]
fn builders_that_fork_with_everybody_hold() {
    mixes_hold(ForkingBuilder);
}

/// Somebody opens the file, its holder removes it, and a third makes the next one.
#[test]
fn without_the_second_look_there_are_two_holders() {
    is_caught(Mutant::NoRecheck, [Builder, Builder, Janitor], false, Broken::TwoHolders);
    is_caught(Mutant::NoRecheck, [Collector, Pinner, Pinner], true, Broken::TwoHolders);
}

#[test]
fn a_child_that_unlocks_lets_somebody_in() {
    is_caught(Mutant::ChildUnlocks, [ForkingBuilder, Builder, Builder], false, Broken::TwoHolders);
}

#[test]
fn a_lock_file_removed_after_the_release_is_somebody_elses() {
    is_caught(Mutant::UnlinkAfterRelease, [Builder, Builder, Janitor], false, Broken::TwoHolders);
    is_caught(Mutant::UnlinkAfterRelease, [Collector, Pinner, Pinner], true, Broken::TwoHolders);
}

#[test]
fn a_holder_that_is_judged_stale_may_live() {
    is_caught(Mutant::StaleByAge, [Builder, Builder, Builder], false, Broken::TwoHolders);
}

#[test]
fn pins_read_before_the_lock_are_out_of_date() {
    is_caught(Mutant::PinsBeforeLock, [Collector, Pinner, Builder], true, Broken::PinnedEntryRemoved);
}

/// Without a collector or a crash: a mere rebuild shows half an entry.
#[test]
fn replacing_in_two_steps_shows_what_is_between() {
    is_caught(Mutant::ReplaceInTwoSteps, [ForcedBuilder, Reader, Reader], true, Broken::VisibleButIncomplete);
}

#[test]
fn a_sweep_without_the_lock_takes_what_is_being_built() {
    is_caught(Mutant::SweepWithoutLock, [Builder, Builder, Builder], false, Broken::LivingStageSwept);
    is_caught(Mutant::SweepWithoutLock, [ForcedBuilder, Builder, Reader], true, Broken::LivingStageSwept);
}

/// A lock that is a file, and not the kernel's.
#[test]
fn a_lock_that_outlives_its_holder_is_for_ever() {
    is_caught(Mutant::LockOutlivesHolder, [Builder, Builder, Builder], false, Broken::Stuck);
}

#[test]
fn a_reader_that_goes_by_path_mixes_two_entries() {
    is_caught(Mutant::ReaderGoesByPath, [Reader, ForcedBuilder, Builder], true, Broken::MixRead);
}

/// On a network file system.
#[test]
fn who_removes_things_without_exclusion_removes_too_much() {
    is_caught(Mutant::NobodyAsksIsExclusive, [Builder, Builder, Reader], false, Broken::LivingStageSwept);
    is_caught(Mutant::NobodyAsksIsExclusive, [Janitor, Builder, Reader], false, Broken::LivingStageSwept);
    is_caught(Mutant::NobodyAsksIsExclusive, [Collector, Pinner, Reader], true, Broken::PinnedEntryRemoved);
}

/// Why there are three of them.
#[test]
fn two_processes_prove_nothing() {
    for mutant in [Mutant::NoRecheck, Mutant::UnlinkAfterRelease] {
        let roles = [Builder, Janitor, Reader];
        check(Setup { roles, is_entry_there: false, is_exclusive: true, mutant: Some(mutant) });
    }
}
