//! What is done between taking a lock and releasing it, and what readers do without one.

use crate::steps::{Broken, Mutant, Role, Setup};
use crate::world::{Lock, Object, Part, Pc, Place, World, id};

impl Setup {
    /// With the lock of the request.
    pub(crate) fn build(self, world: &mut World, who: usize) -> Pc {
        let role = self.roles[who];
        match world.processes[who].pc {
            // `Registry::stage` and `Stage::complete`.
            Pc::MakeStage => {
                world.objects[who].place = Place::Stage;
                Pc::StartArtifact
            }
            Pc::StartArtifact => {
                world.objects[who].artifact = Part::Half;
                Pc::EndArtifact
            }
            Pc::EndArtifact => {
                world.objects[who].artifact = Part::Whole;
                Pc::WriteMeta
            }
            Pc::WriteMeta => {
                world.objects[who].meta = Part::Whole;
                Pc::Publish
            }
            // `Registry::publish`: `renameat2(RENAME_NOREPLACE)`. Then `Turn::publish` about what was there.
            Pc::Publish => match world.visible() {
                None => {
                    world.objects[who].place = Place::Visible;
                    Pc::Close(Lock::Request)
                }
                Some(_) if self.is(Mutant::ReplaceInTwoSteps) => Pc::RemoveMeta,
                Some(_) if role == Role::ForcedBuilder => Pc::Open(Lock::Entry),
                Some(_) => {
                    world.objects[who] = Object::NONE;
                    Pc::Close(Lock::Request)
                }
            },
            // The mutant's `remove_dir_all`, before its rename.
            Pc::RemoveMeta => {
                if let Some(there) = world.visible() {
                    world.objects[there].meta = Part::Absent;
                }
                Pc::RemoveRest
            }
            Pc::RemoveRest => {
                if let Some(there) = world.visible() {
                    world.objects[there] = Object::NONE;
                }
                Pc::Publish
            }
            // `Registry::quarantine`, with the lock of the entry. It deletes nothing, so a pin does not forbid it.
            Pc::MoveAway => {
                if let Some(there) = world.visible() {
                    world.objects[there].place = Place::Quarantine;
                }
                Pc::Close(Lock::Entry)
            }
            // `Registry::publish` once more; `Error::Busy` when somebody was faster.
            Pc::PublishAgain if world.visible().is_none() => {
                world.objects[who].place = Place::Visible;
                Pc::Close(Lock::Request)
            }
            Pc::PublishAgain => {
                world.objects[who] = Object::NONE;
                Pc::CloseRefused
            }
            other => unreachable!("{other:?} is a step of another part"),
        }
    }

    /// With the lock of the entry. Pins are read with it.
    pub(crate) fn collect(self, world: &mut World, who: usize, broken: &mut Option<Broken>) -> Pc {
        match world.processes[who].pc {
            Pc::ReadPinsUnlocked if world.is_pinned => Pc::Done,
            Pc::ReadPinsUnlocked => Pc::Open(Lock::Entry),
            Pc::ReadPins if world.is_pinned => Pc::Close(Lock::Entry),
            Pc::ReadPins => Pc::Trash,
            // One rename, after which nobody finds the entry any more.
            Pc::Trash => match world.visible() {
                Some(there) => {
                    *broken = world.is_pin_acknowledged.then_some(Broken::PinnedEntryRemoved);
                    world.objects[there].place = Place::Trash;
                    world.processes[who].folder = Some(id(there));
                    Pc::DeleteMeta
                }
                None => self.remove(Lock::Entry),
            },
            Pc::DeleteMeta => {
                in_folder(world, who).meta = Part::Absent;
                Pc::DeleteRest
            }
            Pc::DeleteRest => {
                *in_folder(world, who) = Object::NONE;
                world.processes[who].folder = None;
                self.remove(Lock::Entry)
            }
            other => unreachable!("{other:?} is a step of another part"),
        }
    }

    /// Without any lock.
    pub(crate) fn read(self, world: &mut World, who: usize, broken: &mut Option<Broken>) -> Pc {
        match world.processes[who].pc {
            // `Registry::entry`: the folder is opened once, and what is in it is read through that.
            Pc::OpenFolder => match world.visible() {
                Some(there) => {
                    world.processes[who].folder = Some(id(there));
                    Pc::ReadMeta
                }
                None => Pc::Done,
            },
            // A file that is gone is a miss, and one that is torn shows as `VisibleButIncomplete` before it is read.
            Pc::ReadMeta => match self.readable(world, who) {
                Some(there) if world.objects[there].meta == Part::Whole => {
                    world.processes[who].meta = Some(id(there));
                    Pc::ReadArtifact
                }
                _ => Pc::Done,
            },
            // `verify`: what is read must be what the meta tells of.
            Pc::ReadArtifact => {
                if let Some(there) = self.readable(world, who)
                    && world.objects[there].artifact != Part::Absent
                {
                    let is_right =
                        world.processes[who].meta == Some(id(there)) && world.objects[there].artifact == Part::Whole;
                    *broken = (!is_right).then_some(Broken::MixRead);
                }
                Pc::Done
            }
            other => unreachable!("{other:?} is a step of another part"),
        }
    }

    fn readable(self, world: &World, who: usize) -> Option<usize> {
        if self.is(Mutant::ReaderGoesByPath) {
            return world.visible();
        }
        world.processes[who].folder.map(usize::from)
    }
}

/// With the lock of the entry. The pin counts when the lock is released, and the caller is told.
pub(crate) fn pin(world: &mut World, who: usize) -> Pc {
    match world.processes[who].pc {
        // The pinner looks and pins with the lock of the entry.
        Pc::CheckEntry if world.visible().is_some() => Pc::WritePin,
        Pc::CheckEntry => Pc::Close(Lock::Entry),
        Pc::WritePin => {
            world.is_pinned = true;
            Pc::ClosePinned
        }
        other => unreachable!("{other:?} is a step of another part"),
    }
}

fn in_folder(world: &mut World, who: usize) -> &mut Object {
    let folder = world.processes[who].folder.expect("the collector knows what it has moved");
    &mut world.objects[usize::from(folder)]
}
