//! The state of the model: lock files as the kernel sees them, the entry and the stages on disk, and the processes.

/// Small, because every state is kept.
pub(crate) const PROCESSES: usize = 3;
/// Each process builds at most one object, and one may be there from the start.
pub(crate) const OLD: usize = PROCESSES;
const INODES: usize = 8;

/// Two lock files: builders hold the one of the request, and who moves the entry away or pins it holds the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lock {
    Request,
    Entry,
}

/// What a process is about to do. The next step of a process depends on nothing else of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Pc {
    LookUp,
    SweepUnlocked,
    ReadPinsUnlocked,
    Open(Lock),
    Flock(Lock),
    Peek(Lock),
    Recheck(Lock),
    LookAgain,
    Sweep,
    MakeStage,
    StartArtifact,
    EndArtifact,
    WriteMeta,
    Publish,
    RemoveMeta,
    RemoveRest,
    MoveAway,
    PublishAgain,
    ReadPins,
    Trash,
    DeleteMeta,
    DeleteRest,
    Unlink(Lock),
    Close(Lock),
    CloseRefused,
    ClosePinned,
    CloseThenUnlink(Lock),
    OpenFolder,
    ReadMeta,
    ReadArtifact,
    CheckEntry,
    WritePin,
    Done,
    Refused,
    Dead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) pc: Pc,
    /// The inode of the open lock file, for each lock.
    pub(crate) open: [Option<u8>; 2],
    /// Between the comparison of inodes and the release.
    pub(crate) inside: [bool; 2],
    /// The inodes of which a forked child has copies, as a set of bits.
    pub(crate) child: Option<u8>,
    pub(crate) has_forked: bool,
    pub(crate) has_taken_over: bool,
    /// The object whose folder is open.
    pub(crate) folder: Option<u8>,
    /// The object whose meta was read.
    pub(crate) meta: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Nowhere,
    Stage,
    Visible,
    Trash,
    Quarantine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Absent,
    Half,
    Whole,
}

/// A folder with an artifact and its meta. No two have the same content, so that a mix of two shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Object {
    pub(crate) place: Place,
    pub(crate) artifact: Part,
    pub(crate) meta: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) processes: [Process; PROCESSES],
    /// The inode that the path of each lock file names.
    pub(crate) name: [Option<u8>; 2],
    /// The process with whose open file each inode is locked. A file that it has forked off is the same open file.
    pub(crate) locked_by: [Option<u8>; INODES],
    pub(crate) inodes: u8,
    pub(crate) objects: [Object; PROCESSES + 1],
    pub(crate) is_pinned: bool,
    pub(crate) is_pin_acknowledged: bool,
    pub(crate) crashes: u8,
}

impl Object {
    pub(crate) const NONE: Self = Self { place: Place::Nowhere, artifact: Part::Absent, meta: Part::Absent };

    pub(crate) fn is_complete(self) -> bool {
        self.artifact == Part::Whole && self.meta == Part::Whole
    }
}

impl World {
    pub(crate) fn new(first: [Pc; PROCESSES], is_entry_there: bool) -> Self {
        let process = |pc| Process {
            pc,
            open: [None; 2],
            inside: [false; 2],
            child: None,
            has_forked: false,
            has_taken_over: false,
            folder: None,
            meta: None,
        };
        let mut objects = [Object::NONE; PROCESSES + 1];
        if is_entry_there {
            objects[OLD] = Object { place: Place::Visible, artifact: Part::Whole, meta: Part::Whole };
        }
        Self {
            processes: first.map(process),
            name: [None; 2],
            locked_by: [None; INODES],
            inodes: 0,
            objects,
            is_pinned: false,
            is_pin_acknowledged: false,
            crashes: 0,
        }
    }

    /// The object that the entry's path names.
    pub(crate) fn visible(&self) -> Option<usize> {
        self.objects.iter().position(|object| object.place == Place::Visible)
    }

    /// `open(O_CREAT)`: what the path names, made if it names nothing.
    pub(crate) fn open(&mut self, who: usize, lock: Lock) {
        let name = &mut self.name[lock as usize];
        let inode = *name.get_or_insert_with(|| {
            self.inodes += 1;
            self.inodes - 1
        });
        self.processes[who].open[lock as usize] = Some(inode);
    }

    /// `flock(LOCK_EX | LOCK_NB)`.
    pub(crate) fn flock(&mut self, who: usize, lock: Lock) -> bool {
        let inode = self.processes[who].open[lock as usize].expect("the lock file is open");
        let locked_by = &mut self.locked_by[usize::from(inode)];
        let is_free = locked_by.is_none();
        if is_free {
            *locked_by = Some(id(who));
        }
        is_free
    }

    pub(crate) fn is_current(&self, who: usize, lock: Lock) -> bool {
        self.processes[who].open[lock as usize] == self.name[lock as usize]
    }

    /// `close`: the kernel unlocks if this was the last copy of the open file.
    pub(crate) fn close(&mut self, who: usize, lock: Lock) {
        let process = &mut self.processes[who];
        process.inside[lock as usize] = false;
        if let Some(inode) = process.open[lock as usize].take()
            && process.child.is_none_or(|copies| copies & (1 << inode) == 0)
        {
            self.unlock(who, inode);
        }
    }

    /// A forked child drops its copies. `unlocks` is what it must not do.
    pub(crate) fn end_child(&mut self, who: usize, unlocks: bool) {
        let process = &mut self.processes[who];
        let (copies, open) = (process.child.take().unwrap_or(0), process.open);
        for inode in (0..self.inodes).filter(|inode| copies & (1 << inode) != 0) {
            if unlocks || !open.contains(&Some(inode)) {
                self.unlock(who, inode);
            }
        }
    }

    fn unlock(&mut self, who: usize, inode: u8) {
        let locked_by = &mut self.locked_by[usize::from(inode)];
        if *locked_by == Some(id(who)) {
            *locked_by = None;
        }
    }
}

/// The index of a process or object, as it is kept.
pub(crate) fn id(index: usize) -> u8 {
    u8::try_from(index).expect("there are few")
}
