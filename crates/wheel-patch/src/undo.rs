//! Getting the original bytes back.
//!
//! From the wheel alone, when its marks (see `mark.rs`) say how: members that were added go, and RECORD's data is cut where
//! it ended. Or from an undo file, which knows the original as pieces of the changed wheel and bytes of its own:
//!
//! ```text
//! pyxide-undo 1\n
//! sha256 of the changed wheel, sha256 of the original           32 bytes each
//! number of pieces                                              8 bytes
//! pieces of the original, in its order                          17 bytes each: 0 the wheel's, 1 ours; offset; length
//! bytes of our own
//! ```

use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::FileExt as _;

use crate::{
    Check, Durability, Error, Limits, Options, Patience,
    apply::{Rewrite, is_original, read_sound, record_member},
    change::Change,
    hash::Hasher,
    mark::{self, Original},
    output::{Output, Piece, copy_range, write_all_at},
    plan::plan,
    prepare::Preparing,
    replace::{WheelFile, open_file},
    window::u64_at,
};

const MAGIC: &[u8] = b"pyxide-undo 1\n";
const HEAD: usize = MAGIC.len() + 32 + 32 + 8;
const PIECE: usize = 17;
/// No wheel has more pieces than a directory has members.
const MOST_PIECES: u64 = 1 << 24;

/// How to bring a wheel back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UndoOptions {
    /// The file that the change left, for wheels that do not know the way themselves.
    pub undo_file: Option<PathBuf>,
    /// How much the wheel may have.
    pub limits: Limits,
    /// Whether the wheel that is back is on disk when it is there.
    pub durability: Durability,
    /// How to wait for others who have locked the wheel.
    pub patience: Patience,
}

/// What was undone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Undone {
    /// The members that are gone, if it was undone from the wheel alone.
    pub removed: Vec<String>,
}

/// Brings back the bytes that a wheel had before it was changed.
///
/// With an undo file those before the change that left it, otherwise those before the first change. Either way they are
/// compared with a digest of the original before they take the wheel's place.
///
/// # Errors
/// [`Error::NoUndo`] when the wheel does not know the way, [`Error::UndoFile`] when the file is another wheel's.
pub fn undo(wheel: &Path, options: &UndoOptions) -> Result<Undone, Error> {
    let target = WheelFile::open(wheel, None)?;
    match &options.undo_file {
        None => from_wheel(&target, options),
        Some(path) => from_file(&target, path, options).map(|()| Undone::default()),
    }
}

fn from_wheel(target: &WheelFile, given: &UndoOptions) -> Result<Undone, Error> {
    let limits = &given.limits;
    let (wheel, _) = read_sound(target, Check::Structure, limits)?;
    let none = |why| Error::NoUndo { wheel: target.wheel().to_owned(), why };
    let record = record_member(&wheel);
    let original = Original::of(record).ok_or_else(|| none("it has no marks of what was added"))?;
    let added = wheel.archive.members.iter().filter(|member| mark::is_added(member));
    let changes: Vec<Change> = added.map(|member| Change::Remove(member.name.to_string())).collect();
    let plan = plan(&wheel, &changes, false, &|_, _| Ok(false))?;
    let draft = target.draft()?;
    let options = Options { limits: *limits, durability: given.durability, ..Options::default() };
    let output = Output::new(&target.file, &draft.file, options.durability);
    let mut rewrite = Rewrite::write(output, &target.file, &wheel, &plan, &mut Preparing::none(), &options)?;
    let (archive, _) = rewrite.check(target, &draft, &wheel.archive, &plan, limits)?;
    if !is_original(&original, &archive, &draft)? {
        return Err(none("it was changed by something else, too"));
    }
    rewrite.settle()?;
    target.replace(draft, given.durability, given.patience)?;
    Ok(Undone { removed: plan.applied.removed })
}

/// Writes what leads from a changed wheel back to the old one.
pub(crate) fn write(
    old: &fs_err::File,
    new: &fs_err::File,
    pieces: &[Piece],
    into: &fs_err::File,
) -> Result<(), Error> {
    write_file(old, new, pieces, into).map_err(|source| Error::Io { action: "write the undo file", source })
}

fn write_file(old: &fs_err::File, new: &fs_err::File, pieces: &[Piece], into: &fs_err::File) -> std::io::Result<()> {
    let size = old.metadata()?.len();
    let mut pieces = pieces.to_vec();
    pieces.sort_by_key(|piece| piece.from);
    let (mut table, mut own, mut at) = (Vec::new(), Vec::new(), 0);
    let mut count = 0_u64;
    let mut add = |kind: u8, offset: u64, length: u64| {
        table.push(kind);
        table.extend(offset.to_le_bytes());
        table.extend(length.to_le_bytes());
        count += 1;
    };
    let mut own_length = 0;
    for piece in pieces.iter().copied().chain([Piece { from: size, to: 0, length: 0 }]) {
        if piece.from > at {
            add(1, own_length, piece.from - at);
            own.push((at, piece.from - at));
            own_length += piece.from - at;
        }
        if piece.length > 0 {
            add(0, piece.to, piece.length);
        }
        at = piece.from + piece.length;
    }
    let head = [MAGIC, &digest(new)?, &digest(old)?, &count.to_le_bytes(), &table].concat();
    write_all_at(into, &head, 0)?;
    let mut place = head.len() as u64;
    for (from, length) in own {
        copy_range(old, into, from, place, length)?;
        place += length;
    }
    Ok(())
}

fn from_file(target: &WheelFile, path: &Path, options: &UndoOptions) -> Result<(), Error> {
    let io = |source| Error::Io { action: "undo", source };
    let wrong = |why| Error::UndoFile { path: path.to_owned(), why };
    let (undo, metadata) = open_file(path, "undo")?;
    let size = metadata.len();
    let mut head = [0; HEAD];
    if size < HEAD as u64 {
        return Err(wrong("it is no undo file"));
    }
    undo.read_exact_at(&mut head, 0).map_err(io)?;
    let (changed, original) = (&head[MAGIC.len()..MAGIC.len() + 32], &head[MAGIC.len() + 32..MAGIC.len() + 64]);
    let count = u64_at(&head, HEAD - 8);
    if !head.starts_with(MAGIC) || count > MOST_PIECES || (size - HEAD as u64) / (PIECE as u64) < count {
        return Err(wrong("it is no undo file"));
    }
    if digest(&target.file).map_err(io)? != *changed {
        return Err(wrong("the wheel is not the one that it was written for"));
    }
    let wheel_size = target.file.metadata().map_err(io)?.len();
    let mut table = vec![0; usize::try_from(count).unwrap_or(0) * PIECE];
    undo.read_exact_at(&mut table, HEAD as u64).map_err(io)?;
    let own = HEAD as u64 + table.len() as u64;
    let draft = target.draft()?;
    let mut at = 0_u64;
    for piece in table.chunks_exact(PIECE) {
        let (offset, length) = (u64_at(piece, 1), u64_at(piece, 9));
        let (file, offset, end) = match piece[0] {
            0 => (&target.file, Some(offset), wheel_size),
            1 => (&undo, offset.checked_add(own), size),
            _ => return Err(wrong("it is damaged")),
        };
        let reaches = offset.and_then(|offset| offset.checked_add(length)).is_none_or(|last| last > end);
        let (Some(offset), false) = (offset, reaches) else { return Err(wrong("it is damaged")) };
        copy_range(file, &draft.file, offset, at, length).map_err(io)?;
        at += length;
    }
    if digest(&draft.file).map_err(io)? != *original {
        return Err(wrong("it is damaged"));
    }
    target.replace(draft, options.durability, options.patience)
}

/// Copies a file as it is.
pub(crate) fn copy_whole(from: &fs_err::File, to: &fs_err::File) -> Result<(), Error> {
    let copied = from.metadata().and_then(|metadata| copy_range(from, to, 0, 0, metadata.len()));
    copied.map_err(|source| Error::Io { action: "copy the wheel", source })
}

/// The sha256 of a file.
fn digest(file: &fs_err::File) -> std::io::Result<[u8; 32]> {
    let size = file.metadata()?.len();
    let (mut hasher, mut at, mut buffer) = (Hasher::new(), 0, vec![0; 256 << 10]);
    while at < size {
        let length = usize::try_from(size - at).unwrap_or(usize::MAX).min(buffer.len());
        file.read_exact_at(&mut buffer[..length], at)?;
        hasher.update(&buffer[..length]);
        at += length as u64;
    }
    Ok(hasher.sha256())
}
