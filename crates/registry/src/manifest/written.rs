//! How a manifest lies on disk.
//!
//! Each hit reads one, and most of it are the names, digests and stamps of hundreds of headers: as JSON, they would take
//! longer to read than all else that a hit does. So it is a file of our own.
//!
//! | part | bytes |
//! |---|---|
//! | a line that says what it is and its format | [`MAGIC`] |
//! | the request's key | 64 digits |
//! | each set: the build's key | 64 digits |
//! | its length, and the set | 4, and so many |
//!
//! A set is the number of dependencies, these, the number of quiet folders, and these. All numbers have four bytes, the lowest
//! first. A path is how much of the path before it begins it, and the rest. A set that is not looked at is not taken apart.

use std::{
    ffi::OsStr,
    ops::Range,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use cache_key::{Base, BuildKey, Dependency, DependencyPath, Digest, RequestKey};
use fingerprint::FileStamp;

use super::{KnownSet, Remembered};

/// Its number is raised when the meaning of a manifest changes. Others are ignored, which costs a rebuild.
const MAGIC: &[u8] = b"pyxide manifest 3\n";

/// The parts of a dependency's first byte.
const KIND: u8 = 0b0000_0011;
const BASE: u8 = 0b0000_1100;
const STAMPED: u8 = 0b0001_0000;

/// A build, and where its set is in the file.
pub(super) type Place = (BuildKey, Range<usize>);

/// A manifest's request, and its sets with the places where they are in the file. `None` where it is none, or cut short.
pub(super) fn sets(file: &[u8]) -> Option<(RequestKey, Vec<Place>)> {
    let mut reader = Reader(file);
    (reader.take(MAGIC.len())? == MAGIC).then_some(())?;
    let request = reader.digits()?.parse().ok()?;
    let mut sets = Vec::new();
    while !reader.0.is_empty() {
        let key = reader.digits()?.parse().ok()?;
        let length = reader.count()?;
        let start = file.len() - reader.0.len();
        reader.take(length)?;
        sets.push((key, start..start + length));
    }
    Some((request, sets))
}

/// The beginning of a manifest, to which sets are added.
pub(super) fn beginning(request: &RequestKey) -> Vec<u8> {
    [MAGIC, request.to_string().as_bytes()].concat()
}

/// Adds a set, and tells where it is.
pub(super) fn add(file: &mut Vec<u8>, key: &BuildKey, set: &[u8]) -> Range<usize> {
    file.extend_from_slice(key.to_string().as_bytes());
    file.extend_from_slice(&number(set.len()));
    file.extend_from_slice(set);
    file.len() - set.len()..file.len()
}

/// The bytes of a set.
pub(super) fn write(set: &KnownSet) -> Vec<u8> {
    let mut bytes = number(set.dependencies.len()).to_vec();
    let mut before = String::new();
    for Remembered { dependency, stamp } in &set.dependencies {
        let (kind, path) = match dependency {
            Dependency::File { path, .. } => (0, Some(path)),
            Dependency::Exists { path } => (1, Some(path)),
            Dependency::Absent { path } => (2, Some(path)),
            Dependency::Package { .. } => (3, None),
        };
        let base = match path.map(|path| path.base) {
            Some(Base::Source) | None => 0,
            Some(Base::Site) => 1,
            Some(Base::Root) => 2,
            Some(Base::Package) => 3,
        };
        let stamped = if stamp.is_some() { STAMPED } else { 0 };
        bytes.push(kind | base << BASE.trailing_zeros() | stamped);
        match dependency {
            Dependency::Package { name, version } => {
                for text in [name, version] {
                    bytes.extend_from_slice(&number(text.len()));
                    bytes.extend_from_slice(text.as_bytes());
                }
            }
            Dependency::File { path, .. } | Dependency::Exists { path } | Dependency::Absent { path } => {
                write_path(&mut bytes, before.as_bytes(), path.path.as_bytes());
                before.clone_from(&path.path);
            }
        }
        if let Dependency::File { digest, .. } = dependency {
            bytes.extend_from_slice(digest.as_bytes());
        }
        bytes.extend(stamp.iter().flat_map(FileStamp::to_bytes));
    }
    bytes.extend_from_slice(&number(set.quiet.iter().count()));
    let mut before = Path::new("");
    for (folder, stamp) in set.quiet.iter() {
        bytes.push(if stamp.is_some() { STAMPED } else { 0 });
        write_path(&mut bytes, before.as_os_str().as_bytes(), folder.as_os_str().as_bytes());
        before = folder;
        bytes.extend(stamp.iter().flat_map(FileStamp::to_bytes));
    }
    bytes
}

/// The set with these bytes. `None` where they are not one.
pub(super) fn read(build_key: BuildKey, bytes: &[u8]) -> Option<KnownSet> {
    let mut reader = Reader(bytes);
    let count = reader.count()?;
    // Each takes several bytes, so a number that is wrong makes no room for more than there can be.
    let mut dependencies = Vec::with_capacity(count.min(bytes.len()));
    let mut path = Vec::new();
    for _ in 0..count {
        let [first] = reader.array()?;
        (first & !(KIND | BASE | STAMPED) == 0).then_some(())?;
        let base = match (first & BASE) >> BASE.trailing_zeros() {
            0 => Base::Source,
            1 => Base::Site,
            2 => Base::Root,
            _ => Base::Package,
        };
        let mut path = || {
            reader.path(&mut path)?;
            Some(DependencyPath { base, path: str::from_utf8(&path).ok()?.to_owned() })
        };
        let dependency = match first & KIND {
            0 => Dependency::File { path: path()?, digest: Digest::from_bytes(reader.array()?) },
            1 => Dependency::Exists { path: path()? },
            2 => Dependency::Absent { path: path()? },
            _ => Dependency::Package { name: reader.text()?, version: reader.text()? },
        };
        let stamp = reader.stamp(first).ok()?;
        dependencies.push(Remembered { dependency, stamp });
    }
    let mut quiet = Vec::new();
    let mut path = Vec::new();
    for _ in 0..reader.count()? {
        let [first] = reader.array()?;
        reader.path(&mut path)?;
        quiet.push((PathBuf::from(OsStr::from_bytes(&path)), reader.stamp(first).ok()?));
    }
    let is_all = reader.0.is_empty();
    is_all.then(|| KnownSet { build_key, dependencies, quiet: quiet.into_iter().collect() })
}

/// A number that no list and no text in a manifest is too long for.
fn number(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

fn write_path(bytes: &mut Vec<u8>, before: &[u8], path: &[u8]) {
    let same = before.iter().zip(path).take_while(|(one, other)| one == other).count();
    bytes.extend_from_slice(&number(same));
    bytes.extend_from_slice(&number(path.len() - same));
    bytes.extend_from_slice(&path[same..]);
}

/// There is less than there has to be.
struct CutShort;

/// What is left to be read. Whatever is not there is `None`.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    fn digits(&mut self) -> Option<&'a str> {
        str::from_utf8(self.take(64)?).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.count()?;
        str::from_utf8(self.take(length)?).ok().map(str::to_owned)
    }

    /// The stamp that there is if the first byte says so.
    fn stamp(&mut self, first: u8) -> Result<Option<FileStamp>, CutShort> {
        if first & STAMPED == 0 {
            return Ok(None);
        }
        self.array().map(FileStamp::from_bytes).map(Some).ok_or(CutShort)
    }

    /// Makes a path of the one before it.
    fn path(&mut self, path: &mut Vec<u8>) -> Option<()> {
        let (same, rest) = (self.count()?, self.count()?);
        (same <= path.len()).then_some(())?;
        path.truncate(same);
        path.extend_from_slice(self.take(rest)?);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f";

    fn set() -> KnownSet {
        let folder = tempfile::tempdir().unwrap();
        let stamp = FileStamp::of(folder.path()).unwrap();
        assert!(stamp.is_some());
        let path = |base, path: &str| DependencyPath { base, path: path.into() };
        let digest = Digest::of(b"");
        let mut dependencies = Vec::new();
        for base in [Base::Source, Base::Site, Base::Root, Base::Package] {
            for name in ["", "k.h", "k.hpp", "\u{e9}.h", "\u{e8}.h", "/usr/include/c++/12/bits/k.h"] {
                dependencies.push(Dependency::File { path: path(base, name), digest });
                dependencies.push(Dependency::Exists { path: path(base, name) });
                dependencies.push(Dependency::Absent { path: path(base, name) });
            }
        }
        dependencies.push(Dependency::Package { name: "numpy".into(), version: "2.4.6".into() });
        let stamps = [stamp, None].into_iter().cycle();
        let dependencies =
            dependencies.into_iter().zip(stamps).map(|(dependency, stamp)| Remembered { dependency, stamp }).collect();
        let odd = PathBuf::from(OsStr::from_bytes(b"/usr/\xff"));
        let quiet = [("/usr".into(), stamp), ("/usr/lib".into(), None), (odd, stamp)];
        KnownSet { build_key: KEY.parse().unwrap(), dependencies, quiet: quiet.into_iter().collect() }
    }

    #[test]
    fn every_kind_is_read_as_it_was_written() {
        let set = set();
        let bytes = write(&set);
        assert_eq!(read(set.build_key, &bytes), Some(set));
    }

    #[test]
    fn whatever_is_cut_short_or_longer_is_nothing() {
        let set = set();
        let bytes = write(&set);
        for length in 0..bytes.len() {
            assert_eq!(read(set.build_key, &bytes[..length]), None, "{length} bytes");
        }
        assert_eq!(read(set.build_key, &[&bytes[..], b"\0"].concat()), None);
        let mut file = beginning(&KEY.parse().unwrap());
        let start = file.len();
        add(&mut file, &set.build_key, &bytes);
        assert_eq!(sets(&file).unwrap().1.len(), 1);
        for length in (0..file.len()).filter(|length| *length != start) {
            assert!(sets(&file[..length]).is_none(), "{length} bytes");
        }
    }

    #[test]
    fn no_byte_makes_it_break() {
        let set = set();
        let bytes = write(&set);
        for position in 0..bytes.len() {
            for value in [0, 0x7f, 0xff] {
                let mut bytes = bytes.clone();
                bytes[position] = value;
                // Whatever it means now, that it is what its key says is asked before it is used.
                let _ = read(set.build_key, &bytes);
            }
        }
    }
}
