//! Who is measured, and with which wheels.

use clap::ValueEnum;

/// A wheel of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Subject {
    /// 16 MB, a thousand members.
    Numpy,
    /// 55 MB, eight hundred members.
    Pyarrow,
    /// 274 MB, 15 682 members, one of which has 788 MB.
    Tensorflow,
}

impl Subject {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Numpy => "numpy",
            Self::Pyarrow => "pyarrow",
            Self::Tensorflow => "tensorflow-cpu",
        }
    }

    /// The file, which is in the corpus.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Numpy => "numpy-2.5.5-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
            Self::Pyarrow => "pyarrow-26.0.1-cp312-cp312-manylinux_2_28_x86_64.whl",
            Self::Tensorflow => "tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl",
        }
    }

    /// Whether it is one of those for which the sharper targets hold.
    pub(super) fn is_large(self) -> bool {
        self == Self::Tensorflow
    }
}

/// What adds the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Peer {
    /// `cp`, which adds nothing: no new file can be made faster.
    Copy,
    /// `cp`, and `mv` over the original: whoever replaces a file has the old one freed, which disks take time for.
    Replace,
    /// Decompressing and hashing all members, and nothing else: who compares them with RECORD is hardly below that.
    Floor,
    /// `pyxide wheel inject --check=structure`.
    Structure,
    /// `pyxide wheel inject`, which compares each member with RECORD first.
    Content,
    /// The first as `cp` does it: to another file, without waiting until that is on the disk.
    StructureBeside,
    /// The second, in the same way.
    ContentBeside,
    /// The seed's way: Python's zipfile takes everything out and puts it into a new archive.
    Seed,
    /// `wheel unpack`, and `wheel pack`.
    Wheel,
}

impl Peer {
    /// Its name in a table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Copy => "cp",
            Self::Replace => "cp + mv",
            Self::Floor => "inflate and hash alone",
            Self::Structure => "pyxide, structure",
            Self::Content => "pyxide, content",
            Self::StructureBeside => "pyxide, structure, beside",
            Self::ContentBeside => "pyxide, content, beside",
            Self::Seed => "extract and repack",
            Self::Wheel => "wheel unpack + pack",
        }
    }

    pub(super) fn is_ours(self) -> bool {
        self.checks_structure_only().is_some()
    }

    /// Whether ours compares headers and RECORD alone. `None` for others.
    pub(super) fn checks_structure_only(self) -> Option<bool> {
        match self {
            Self::Structure | Self::StructureBeside => Some(true),
            Self::Content | Self::ContentBeside => Some(false),
            Self::Copy | Self::Replace | Self::Floor | Self::Seed | Self::Wheel => None,
        }
    }

    /// Whether it takes seconds.
    pub(super) fn is_slow(self) -> bool {
        matches!(self, Self::Floor | Self::Seed | Self::Wheel)
    }

    /// Whether it runs in this round.
    pub(super) fn takes_part(self, subject: Subject, round: usize) -> bool {
        const EVERY: usize = 5;
        !self.is_slow() || round == 0 || (!subject.is_large() && round.is_multiple_of(EVERY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slow_take_part_in_fewer_rounds() {
        let rounds = |peer: Peer, subject| (0..15).filter(|round| peer.takes_part(subject, *round)).count();
        assert_eq!([Peer::Copy, Peer::Content, Peer::Seed].map(|peer| rounds(peer, Subject::Numpy)), [15, 15, 3]);
        assert_eq!([Peer::Structure, Peer::Wheel].map(|peer| rounds(peer, Subject::Tensorflow)), [15, 1]);
    }
}
