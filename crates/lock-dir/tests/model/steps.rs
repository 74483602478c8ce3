//! What each role does, step by step, and what each mutant does instead.

use crate::tasks::pin;
use crate::world::{Lock, Object, PROCESSES, Pc, Place, Process, World};

/// Who runs. Each stands for calls of the real crates, which the steps name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `Turn::take` in `pyxide`.
    Builder,
    /// The same, in a process that forks once, at any moment. The child drops its copies at any later moment.
    ForkingBuilder,
    /// The same with `Build::Always`: it looks for nothing, and replaces what is there.
    ForcedBuilder,
    /// `Registry::entry` and `verify`: loading, which takes no lock.
    Reader,
    /// Collects the entry, with its lock.
    Collector,
    /// Collects what a request leaves, with the request's lock: its stage, and the lock folder.
    Janitor,
    /// Pins the entry, with its lock.
    Pinner,
}

/// One way to get it wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    NoRecheck,
    ChildUnlocks,
    UnlinkAfterRelease,
    StaleByAge,
    PinsBeforeLock,
    ReplaceInTwoSteps,
    SweepWithoutLock,
    LockOutlivesHolder,
    ReaderGoesByPath,
    NobodyAsksIsExclusive,
}

/// What must never be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    TwoHolders,
    VisibleButIncomplete,
    MixRead,
    PinnedEntryRemoved,
    LivingStageSwept,
    Stuck,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) roles: [Role; PROCESSES],
    pub(crate) is_entry_there: bool,
    /// False on a network file system: no lock is taken, and `Held::is_exclusive` says so.
    pub(crate) is_exclusive: bool,
    pub(crate) mutant: Option<Mutant>,
}

const MOST_CRASHES: u8 = 2;

/// One step of one process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move {
    pub(crate) who: usize,
    pub(crate) is_crash: bool,
    pub(crate) next: World,
    pub(crate) broken: Option<Broken>,
}

impl Role {
    pub(crate) fn builds(self) -> bool {
        matches!(self, Self::Builder | Self::ForkingBuilder | Self::ForcedBuilder)
    }
}

impl Setup {
    pub(crate) fn first(self) -> World {
        World::new(self.roles.map(|role| self.first_step(role)), self.is_entry_there)
    }

    fn first_step(self, role: Role) -> Pc {
        match role {
            Role::Builder | Role::ForkingBuilder => Pc::LookUp,
            Role::ForcedBuilder if self.is(Mutant::SweepWithoutLock) => Pc::SweepUnlocked,
            Role::ForcedBuilder | Role::Janitor => Pc::Open(Lock::Request),
            Role::Reader => Pc::OpenFolder,
            Role::Collector if self.is(Mutant::PinsBeforeLock) => Pc::ReadPinsUnlocked,
            Role::Collector | Role::Pinner => Pc::Open(Lock::Entry),
        }
    }

    pub(crate) fn is(self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Whether a holder asks `Held::is_exclusive`, and is told no.
    fn leaves_things_alone(self) -> bool {
        !self.is_exclusive && !self.is(Mutant::NobodyAsksIsExclusive)
    }

    /// Everything that can happen next.
    pub(crate) fn moves(self, world: &World) -> Vec<Move> {
        let mut moves = Vec::with_capacity(8);
        for who in 0..PROCESSES {
            let process = &world.processes[who];
            if process.child.is_some() {
                let mut next = *world;
                // `after_fork_in_child`, or the end of the child.
                next.end_child(who, self.is(Mutant::ChildUnlocks));
                moves.push(Move { who, is_crash: false, next, broken: None });
            }
            if matches!(process.pc, Pc::Done | Pc::Refused | Pc::Dead) {
                continue;
            }
            if self.roles[who] == Role::ForkingBuilder && !process.has_forked && process.open != [None; 2] {
                let mut next = *world;
                let forker = &mut next.processes[who];
                forker.has_forked = true;
                forker.child = Some(forker.open.iter().flatten().fold(0, |copies, inode| copies | 1 << inode));
                moves.push(Move { who, is_crash: false, next, broken: None });
            }
            if self.is(Mutant::StaleByAge)
                && let Pc::Peek(lock) = process.pc
                && !process.has_taken_over
            {
                let mut next = *world;
                next.close(who, lock);
                next.name[lock as usize] = None;
                next.processes[who].pc = Pc::Open(lock);
                next.processes[who].has_taken_over = true;
                moves.push(Move { who, is_crash: false, next, broken: None });
            }
            let mut next = *world;
            let broken = self.step(&mut next, who);
            if next != *world {
                moves.push(Move { who, is_crash: false, next, broken });
            }
            if world.crashes < MOST_CRASHES {
                moves.push(Move { who, is_crash: true, next: self.crash(world, who), broken: None });
            }
        }
        moves
    }

    /// `SIGKILL`: the kernel closes what was open, and a child lives on.
    fn crash(self, world: &World, who: usize) -> World {
        let mut next = *world;
        next.crashes += 1;
        for lock in [Lock::Request, Lock::Entry] {
            if self.is(Mutant::LockOutlivesHolder) {
                next.processes[who].open[lock as usize] = None;
            }
            next.close(who, lock);
        }
        // What a dead process remembers makes no difference.
        let Process { open, inside, child, .. } = next.processes[who];
        next.processes[who] = Process {
            pc: Pc::Dead,
            open,
            inside,
            child,
            has_forked: true,
            has_taken_over: true,
            folder: None,
            meta: None,
        };
        next
    }

    fn step(self, world: &mut World, who: usize) -> Option<Broken> {
        let mut broken = None;
        let then = match world.processes[who].pc {
            Pc::LookUp | Pc::LookAgain | Pc::Sweep | Pc::SweepUnlocked => self.look_or_sweep(world, who, &mut broken),
            Pc::Open(_) | Pc::Flock(_) | Pc::Peek(_) | Pc::Recheck(_) => self.lock(world, who),
            Pc::Unlink(_) | Pc::CloseThenUnlink(_) | Pc::Close(_) | Pc::CloseRefused | Pc::ClosePinned => {
                self.release(world, who)
            }
            Pc::ReadPinsUnlocked | Pc::ReadPins | Pc::Trash | Pc::DeleteMeta | Pc::DeleteRest => {
                self.collect(world, who, &mut broken)
            }
            Pc::OpenFolder | Pc::ReadMeta | Pc::ReadArtifact => self.read(world, who, &mut broken),
            Pc::CheckEntry | Pc::WritePin => pin(world, who),
            _ => self.build(world, who),
        };
        let process = &mut world.processes[who];
        process.pc = then;
        if then == Pc::Done {
            // Likewise what a finished process remembers.
            (process.folder, process.meta, process.has_forked, process.has_taken_over) = (None, None, true, true);
        }
        broken
    }

    /// Before the build: is it there, and what is left of the dead?
    fn look_or_sweep(self, world: &mut World, who: usize, broken: &mut Option<Broken>) -> Pc {
        let role = self.roles[who];
        match world.processes[who].pc {
            // `Turn::look_up`, before the lock.
            Pc::LookUp if world.visible().is_some() => Pc::Done,
            Pc::LookUp if self.is(Mutant::SweepWithoutLock) => Pc::SweepUnlocked,
            Pc::LookUp => Pc::Open(Lock::Request),
            // `published` with the lock, in `acquire`.
            Pc::LookAgain if world.visible().is_some() => Pc::Close(Lock::Request),
            Pc::LookAgain if self.is(Mutant::SweepWithoutLock) => Pc::MakeStage,
            Pc::LookAgain => Pc::Sweep,
            // `Turn::sweep` asks first.
            Pc::Sweep if self.leaves_things_alone() => Pc::MakeStage,
            // `Registry::sweep`, one stage at a time.
            pc @ (Pc::Sweep | Pc::SweepUnlocked) => {
                match (0..PROCESSES).find(|&other| other != who && world.objects[other].place == Place::Stage) {
                    Some(other) => {
                        let is_alive = !matches!(world.processes[other].pc, Pc::Dead | Pc::Done | Pc::Refused);
                        *broken = is_alive.then_some(Broken::LivingStageSwept);
                        world.objects[other] = Object::NONE;
                        pc
                    }
                    None if pc == Pc::SweepUnlocked => Pc::Open(Lock::Request),
                    None if role == Role::Janitor => self.remove(Lock::Request),
                    None => Pc::MakeStage,
                }
            }
            other => unreachable!("{other:?} is a step of another part"),
        }
    }

    /// `acquire` and `try_lock`, as far as they are the same.
    fn lock(self, world: &mut World, who: usize) -> Pc {
        let role = self.roles[who];
        match world.processes[who].pc {
            // `attempt` on a file system that is shared between machines.
            Pc::Open(lock) if !self.is_exclusive => self.enter(world, who, lock),
            // `LockFile::open`.
            Pc::Open(lock) => {
                world.open(who, lock);
                Pc::Flock(lock)
            }
            // `LockFile::try_lock`, in `attempt`.
            Pc::Flock(lock) => match world.flock(who, lock) {
                true if self.is(Mutant::NoRecheck) => self.enter(world, who, lock),
                true => Pc::Recheck(lock),
                false => Pc::Peek(lock),
            },
            // The refused: `published` in the loop of `acquire`; `try_lock` gives up.
            Pc::Peek(lock) => match role {
                Role::Builder | Role::ForkingBuilder if world.visible().is_some() => {
                    world.close(who, lock);
                    Pc::Done
                }
                Role::Collector | Role::Janitor => {
                    world.close(who, lock);
                    Pc::Done
                }
                // `Registry::quarantine` says `Busy`, and `Turn::publish` tries once more.
                Role::ForcedBuilder if lock == Lock::Entry => {
                    world.close(who, lock);
                    Pc::PublishAgain
                }
                _ => Pc::Flock(lock),
            },
            // `LockFile::is_current`, in `attempt`.
            Pc::Recheck(lock) if world.is_current(who, lock) => self.enter(world, who, lock),
            Pc::Recheck(lock) => {
                world.close(who, lock);
                Pc::Open(lock)
            }
            other => unreachable!("{other:?} is a step of another part"),
        }
    }

    /// The end of a `Held`.
    fn release(self, world: &mut World, who: usize) -> Pc {
        let role = self.roles[who];
        match world.processes[who].pc {
            // `Held::remove`. From here on another process may own the folder.
            Pc::Unlink(lock) => {
                world.name[lock as usize] = None;
                world.processes[who].inside[lock as usize] = false;
                if self.is(Mutant::UnlinkAfterRelease) { Pc::Done } else { Pc::Close(lock) }
            }
            Pc::CloseThenUnlink(lock) => {
                world.close(who, lock);
                Pc::Unlink(lock)
            }
            // `Place::drop`.
            Pc::Close(lock) => {
                world.close(who, lock);
                let is_between = role == Role::ForcedBuilder && lock == Lock::Entry;
                if is_between { Pc::PublishAgain } else { Pc::Done }
            }
            Pc::CloseRefused => {
                world.close(who, Lock::Request);
                Pc::Refused
            }
            Pc::ClosePinned => {
                world.close(who, Lock::Entry);
                world.is_pin_acknowledged = true;
                Pc::Done
            }
            other => unreachable!("{other:?} is a step of another part"),
        }
    }

    /// The lock is ours: `Held::locked`.
    fn enter(self, world: &mut World, who: usize, lock: Lock) -> Pc {
        world.processes[who].inside[lock as usize] = self.is_exclusive;
        match (self.roles[who], lock) {
            (Role::Collector | Role::Janitor, _) if self.leaves_things_alone() => Pc::Close(lock),
            (Role::ForcedBuilder, Lock::Entry) => Pc::MoveAway,
            (Role::ForcedBuilder, Lock::Request) if self.is(Mutant::SweepWithoutLock) => Pc::MakeStage,
            (Role::ForcedBuilder | Role::Janitor, _) => Pc::Sweep,
            (Role::Collector, _) if self.is(Mutant::PinsBeforeLock) => Pc::Trash,
            (Role::Collector, _) => Pc::ReadPins,
            (Role::Pinner, _) => Pc::CheckEntry,
            (Role::Builder | Role::ForkingBuilder | Role::Reader, _) => Pc::LookAgain,
        }
    }

    pub(crate) fn remove(self, lock: Lock) -> Pc {
        if self.is(Mutant::UnlinkAfterRelease) { Pc::CloseThenUnlink(lock) } else { Pc::Unlink(lock) }
    }

    /// What is wrong with a state, whatever happened before.
    pub(crate) fn broken(world: &World) -> Option<Broken> {
        let inside = |lock: Lock| world.processes.iter().filter(|process| process.inside[lock as usize]).count();
        if inside(Lock::Request) > 1 || inside(Lock::Entry) > 1 {
            return Some(Broken::TwoHolders);
        }
        let is_complete = world.visible().is_none_or(|there| world.objects[there].is_complete());
        (!is_complete).then_some(Broken::VisibleButIncomplete)
    }

    /// Whether each builder has what it wanted, or is dead.
    ///
    /// A builder that has ended has found the entry or shown it; what a collector does afterwards is none of its
    /// business. A forced one may have been refused, because somebody else was at the entry.
    pub(crate) fn is_finished(self, world: &World) -> bool {
        world
            .processes
            .iter()
            .zip(self.roles)
            .all(|(process, role)| !role.builds() || matches!(process.pc, Pc::Done | Pc::Dead | Pc::Refused))
    }
}
