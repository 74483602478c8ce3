//! What an ELF file says about itself, read without running it.
//!
//! The dynamic loader trusts its input. A module that is cut short kills the process with SIGBUS at the first touch of
//! a missing page, and no handler can save the interpreter. So every number that the loader would believe is compared
//! with the file first, in the order in which the loader would come to it:
//!
//! | part of the file | what must hold | what the loader would do otherwise |
//! |---|---|---|
//! | header | right machine, shared library | refuse, in words that name neither |
//! | loaded segments | inside the file, in ascending order | SIGBUS |
//! | protection | nothing both writable and executable, no executable stack | open the process to attacks |
//! | dynamic section | loaded, ended, readable; no hooks | crash, or load libraries nobody asked for |
//! | symbols | exactly one `PyInit*`, in code, with the right name | `ImportError`, or a jump into data |
//!
//! Symbols are found through the dynamic section, as the loader does it. Section headers are a second opinion that the
//! loader never asks for, so that a file in which the two differ would be judged by the wrong one. They only
//! have to be inside the file.
//!
//! Passing is no promise that loading succeeds or is safe: the code itself is not looked at. A digest is the defence
//! against damage, this module the one against crashes that a digest cannot know of.

use object::elf::{self, DynamicTag, ProgramFlags, ProgramType};
use object::read::elf::{Dyn as _, FileHeader, GnuHashTable, HashTable, ProgramHeader as _, Sym as _};
use object::{Endianness, ReadRef as _};

use crate::{Machine, Part, Refusal};

/// The machine and module an artifact must be for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// `PyInit_square`, or `PyInitU_` and punycode.
    pub init_symbol: &'a str,
    /// Where it is to be loaded.
    pub machine: Machine,
}

/// What a correct artifact says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The libraries that are loaded with it, in the order of the file (`DT_NEEDED`).
    pub needed: Vec<String>,
    /// Where these are looked for, as written, not split at colons (`DT_RPATH` and `DT_RUNPATH`).
    pub run_paths: Vec<String>,
}

/// Reads an artifact without running it, and says what it links to if it may be loaded.
///
/// Takes time in proportion to the artifact, whatever is in it, and never panics.
///
/// # Errors
///
/// [`Refusal`] has one variant per reason. With several reasons, the one that the loader would come to first.
pub fn inspect(artifact: &[u8], wanted: &Wanted<'_>) -> Result<Facts, Refusal> {
    let found = Machine::of(artifact)?;
    if found != wanted.machine {
        return Err(Refusal::OtherMachine { found, wanted: wanted.machine });
    }
    if found.is_64_bit() {
        inspect_class::<elf::FileHeader64<Endianness>>(artifact, wanted)
    } else {
        inspect_class::<elf::FileHeader32<Endianness>>(artifact, wanted)
    }
}

/// The function that starts the module in an artifact, such as `PyInit_square`, read without running it.
///
/// That it can be loaded is for [`inspect`] to say.
///
/// # Errors
///
/// [`Refusal`] when there is not exactly one, or no way to know.
pub fn init_symbol(artifact: &[u8], machine: Machine) -> Result<String, Refusal> {
    let found = Machine::of(artifact)?;
    if found != machine {
        return Err(Refusal::OtherMachine { found, wanted: machine });
    }
    if found.is_64_bit() {
        init_symbol_class::<elf::FileHeader64<Endianness>>(artifact, machine)
    } else {
        init_symbol_class::<elf::FileHeader32<Endianness>>(artifact, machine)
    }
}

/// A hundred times what the largest modules have.
pub(crate) const MAX_SYMBOLS: u32 = 1_000_000;

/// How many symbols are listed in a message, and how long each may be.
pub(crate) const MAX_LISTED: usize = 8;
const MAX_LISTED_LENGTH: usize = 120;

const HOOKS: [(DynamicTag, &str); 4] = [
    (elf::DT_AUDIT, "DT_AUDIT"),
    (elf::DT_DEPAUDIT, "DT_DEPAUDIT"),
    (elf::DT_FILTER, "DT_FILTER"),
    (elf::DT_AUXILIARY, "DT_AUXILIARY"),
];

fn inspect_class<Elf: FileHeader<Endian = Endianness>>(artifact: &[u8], wanted: &Wanted<'_>) -> Result<Facts, Refusal> {
    let image = Image::<Elf>::read(artifact, wanted.machine.endianness())?;
    image.check_loaded()?;
    image.check_protection()?;
    let dynamic = image.dynamic()?;
    let facts = dynamic.facts()?;
    if let Some((_, tag)) = HOOKS.into_iter().find(|(tag, _)| dynamic.last(*tag).is_some()) {
        return Err(Refusal::Hook { tag });
    }
    dynamic.check_init(wanted.init_symbol)?;
    Ok(facts)
}

fn init_symbol_class<Elf: FileHeader<Endian = Endianness>>(
    artifact: &[u8],
    machine: Machine,
) -> Result<String, Refusal> {
    let image = Image::<Elf>::read(artifact, machine.endianness())?;
    image.check_loaded()?;
    let (_, inits) = image.dynamic()?.inits("")?;
    match inits[..] {
        [] => Err(Refusal::NoInit { wanted: "PyInit_*".to_owned(), found: vec![] }),
        [name] => String::from_utf8(name.to_vec()).map_err(|_| Refusal::Unreadable { tag: "DT_SYMTAB" }),
        _ => Err(Refusal::SeveralInits { found: inits.iter().map(|name| shown(name)).collect() }),
    }
}

/// A file with readable headers. What they say is not yet checked.
struct Image<'data, Elf: FileHeader<Endian = Endianness>> {
    bytes: &'data [u8],
    endianness: Endianness,
    header: &'data Elf,
    segments: &'data [Elf::ProgramHeader],
}

impl<'data, Elf: FileHeader<Endian = Endianness>> Image<'data, Elf> {
    fn read(bytes: &'data [u8], endianness: Endianness) -> Result<Self, Refusal> {
        let size = bytes.len() as u64;
        let cut = |part, end| Refusal::Cut { part, end, size };

        let header = bytes.read_at::<Elf>(0).map_err(|()| cut(Part::Header, size_of::<Elf>() as u64))?;
        let file_type = header.e_type(endianness);
        if file_type != elf::ET_DYN {
            return Err(Refusal::NotLibrary { file_type: file_type.0 });
        }
        let (found, wanted) = (header.e_phentsize(endianness), size_of::<Elf::ProgramHeader>());
        if usize::from(found) != wanted {
            return Err(Refusal::HeaderSize { found, wanted });
        }
        let (offset, count) = (header.e_phoff(endianness).into(), header.e_phnum(endianness));
        let segments = bytes
            .read_slice_at::<Elf::ProgramHeader>(offset, count.into())
            .map_err(|()| cut(Part::ProgramHeaders, offset.saturating_add(wanted as u64 * u64::from(count))))?;
        Ok(Self { bytes, endianness, header, segments })
    }

    /// Whether everything that the loader maps is in the file, and has one place in memory.
    fn check_loaded(&self) -> Result<(), Refusal> {
        let mut occupied = 0;
        for (number, segment) in self.of_type(elf::PT_LOAD) {
            let (_, in_file) = segment.file_range(self.endianness);
            self.check_inside(Part::Segment(number), segment.file_range(self.endianness))?;
            let in_memory = segment.p_memsz(self.endianness).into();
            if in_file > in_memory {
                return Err(Refusal::LargerThanMemory { segment: number, in_file, in_memory });
            }
            let address = segment.p_vaddr(self.endianness).into();
            occupied = match address.checked_add(in_memory) {
                Some(end) if address >= occupied => end,
                _ => return Err(Refusal::Disorder { segment: number }),
            };
        }
        // The loader does not read these, but they are what a cut removes first.
        let sections = self.header.e_shoff(self.endianness).into();
        if sections == 0 {
            return Ok(());
        }
        // Zero stands for "see the first one".
        let count = u64::from(self.header.e_shnum(self.endianness).max(1));
        let each = u64::from(self.header.e_shentsize(self.endianness));
        self.check_inside(Part::SectionHeaders, (sections, each * count))
    }

    fn check_protection(&self) -> Result<(), Refusal> {
        if self.of_type(elf::PT_INTERP).next().is_some() {
            return Err(Refusal::Program);
        }
        let has = |segment: &Elf::ProgramHeader, flag: ProgramFlags| segment.p_flags(self.endianness).0 & flag.0 != 0;
        for (number, segment) in self.segments.iter().enumerate() {
            let is_stack = segment.p_type(self.endianness) == elf::PT_GNU_STACK;
            if !is_stack && has(segment, elf::PF_W) && has(segment, elf::PF_X) {
                return Err(Refusal::WritableCode { segment: number });
            }
        }
        // On most machines the loader takes silence for consent, so that a file without this header is refused too.
        let mut stack = self.of_type(elf::PT_GNU_STACK).peekable();
        if stack.peek().is_none() || stack.any(|(_, segment)| has(segment, elf::PF_X)) {
            return Err(Refusal::ExecutableStack);
        }
        Ok(())
    }

    fn dynamic(&self) -> Result<Dynamic<'_, 'data, Elf>, Refusal> {
        let mut found = self.of_type(elf::PT_DYNAMIC);
        let (Some((_, segment)), None) = (found.next(), found.next()) else {
            return Err(Refusal::DynamicCount { found: self.of_type(elf::PT_DYNAMIC).count() });
        };
        let (offset, size) = segment.file_range(self.endianness);
        self.check_inside(Part::Dynamic, (offset, size))?;
        // The loader uses the address and everybody else the offset. They must not tell different stories.
        let address = segment.p_vaddr(self.endianness).into();
        if self.loaded(address).is_none_or(|(start, end)| start != offset || end - start < size) {
            return Err(Refusal::Dynamic { problem: "is not loaded from where it says" });
        }
        let entries = usize::try_from(size)
            .ok()
            .and_then(|size| self.bytes.read_slice_at::<Elf::Dyn>(offset, size / size_of::<Elf::Dyn>()).ok())
            .ok_or(Refusal::Dynamic { problem: "cannot be read" })?;
        // The loader reads on until it finds the end, wherever that is.
        let end = entries
            .iter()
            .position(|entry| entry.d_tag(self.endianness) == elf::DT_NULL)
            .ok_or(Refusal::Dynamic { problem: "has no end" })?;
        Ok(Dynamic { image: self, entries: &entries[..end] })
    }

    fn of_type(&self, wanted: ProgramType) -> impl Iterator<Item = (usize, &'data Elf::ProgramHeader)> + '_ {
        self.segments.iter().enumerate().filter(move |(_, segment)| segment.p_type(self.endianness) == wanted)
    }

    fn check_inside(&self, part: Part, (offset, size): (u64, u64)) -> Result<(), Refusal> {
        let end = offset.saturating_add(size);
        let available = self.bytes.len() as u64;
        // A sum that was too large is as large as can be, and no file is.
        if end > available { Err(Refusal::Cut { part, end, size: available }) } else { Ok(()) }
    }

    /// The bytes of the file that are loaded at an address, as offsets of the first one and of the segment's end.
    fn loaded(&self, address: u64) -> Option<(u64, u64)> {
        self.of_type(elf::PT_LOAD).find_map(|(_, segment)| {
            let (offset, size) = segment.file_range(self.endianness);
            let inside = address.checked_sub(segment.p_vaddr(self.endianness).into())?;
            (inside < size).then(|| (offset + inside, offset + size))
        })
    }

    /// Whether a function could be at an address.
    fn is_code(&self, address: u64) -> bool {
        self.of_type(elf::PT_LOAD).any(|(_, segment)| {
            let (_, size) = segment.file_range(self.endianness);
            segment.p_flags(self.endianness).0 & elf::PF_X.0 != 0
                && address.checked_sub(segment.p_vaddr(self.endianness).into()).is_some_and(|inside| inside < size)
        })
    }
}

/// The function that was looked for, and the names of a few that start modules.
type Inits<'data, Elf> = (Option<&'data <Elf as FileHeader>::Sym>, Vec<&'data [u8]>);

/// What the loader is told to do: the dynamic section up to its end.
struct Dynamic<'image, 'data, Elf: FileHeader<Endian = Endianness>> {
    image: &'image Image<'data, Elf>,
    entries: &'data [Elf::Dyn],
}

impl<'data, Elf: FileHeader<Endian = Endianness>> Dynamic<'_, 'data, Elf> {
    fn facts(&self) -> Result<Facts, Refusal> {
        let names = self.names()?;
        let mut facts = Facts { needed: Vec::new(), run_paths: Vec::new() };
        // Entries may share a name, so that a small file could ask for much memory.
        let mut budget = self.image.bytes.len();
        for (entry_tag, value) in self.entries() {
            let (list, tag) = match entry_tag {
                elf::DT_NEEDED => (&mut facts.needed, "DT_NEEDED"),
                elf::DT_RPATH => (&mut facts.run_paths, "DT_RPATH"),
                elf::DT_RUNPATH => (&mut facts.run_paths, "DT_RUNPATH"),
                _ => continue,
            };
            let name = c_string(names, value).ok_or(Refusal::Unreadable { tag })?;
            budget = budget.checked_sub(name.len() + 1).ok_or(Refusal::TooMuchText)?;
            let name = str::from_utf8(name).map_err(|_| Refusal::Unreadable { tag })?;
            list.push(name.to_owned());
        }
        Ok(facts)
    }

    /// Whether importing would find one function, the right one, and land in code.
    fn check_init(&self, wanted: &str) -> Result<(), Refusal> {
        let (init, inits) = self.inits(wanted)?;
        let found = || inits.iter().map(|name| shown(name)).collect();
        let Some(init) = init else {
            return Err(Refusal::NoInit { wanted: wanted.to_owned(), found: found() });
        };
        if inits.len() > 1 {
            return Err(Refusal::SeveralInits { found: found() });
        }
        if !self.image.is_code(init.st_value(self.image.endianness).into()) {
            return Err(Refusal::InitOutsideCode { wanted: wanted.to_owned() });
        }
        Ok(())
    }

    /// The function of this name, and the names of a few that start modules.
    fn inits(&self, wanted: &str) -> Result<Inits<'data, Elf>, Refusal> {
        let names = self.names()?;
        let (mut init, mut inits) = (None, Vec::new());
        for symbol in self.symbols()? {
            let offset = u64::from(symbol.st_name(self.image.endianness));
            if !is_exported_function::<Elf>(symbol, self.image.endianness) {
                continue;
            }
            // Only the start is looked at, so that many symbols with one long name cost little.
            let name = usize::try_from(offset).ok().and_then(|offset| names.get(offset..)).unwrap_or_default();
            if name.strip_prefix(wanted.as_bytes()).is_some_and(|rest| rest.starts_with(&[0])) {
                init = Some(symbol);
            }
            // One more than is shown stands for all others.
            let is_init = name.starts_with(b"PyInit_") || name.starts_with(b"PyInitU_");
            if is_init && inits.len() <= MAX_LISTED {
                inits.push(c_string(names, offset).ok_or(Refusal::Unreadable { tag: "DT_SYMTAB" })?);
            }
        }
        // The order in the table is the linker's.
        inits.sort_unstable();
        Ok((init, inits))
    }

    fn symbols(&self) -> Result<&'data [Elf::Sym], Refusal> {
        let count = self.symbol_count()?;
        if count > MAX_SYMBOLS {
            return Err(Refusal::TooManySymbols { found: count });
        }
        self.table(elf::DT_SYMTAB, "DT_SYMTAB")?
            .read_slice_at(0, count as usize)
            .map_err(|()| Refusal::Outside { tag: "DT_SYMTAB" })
    }

    /// The symbol table does not say how long it is. What a hash table does not reach, the loader does not find.
    fn symbol_count(&self) -> Result<u32, Refusal> {
        let endianness = self.image.endianness;
        // The loader, too, ignores the old table if there is a new one.
        if self.last(elf::DT_GNU_HASH).is_some() {
            let tag = "DT_GNU_HASH";
            let table = GnuHashTable::<Elf>::parse(endianness, self.table(elf::DT_GNU_HASH, tag)?)
                .map_err(|_| Refusal::Outside { tag })?;
            // An empty one does not say either, and there is nothing to find.
            return Ok(table.symbol_table_length(endianness).unwrap_or(0));
        }
        let tag = "DT_HASH";
        let table = HashTable::<Elf>::parse(endianness, self.table(elf::DT_HASH, tag)?)
            .map_err(|_| Refusal::Outside { tag })?;
        Ok(table.symbol_table_length())
    }

    fn names(&self) -> Result<&'data [u8], Refusal> {
        let size = self.last(elf::DT_STRSZ).ok_or(Refusal::Missing { tag: "DT_STRSZ" })?;
        let available = self.table(elf::DT_STRTAB, "DT_STRTAB")?;
        usize::try_from(size).ok().and_then(|size| available.get(..size)).ok_or(Refusal::Outside { tag: "DT_STRTAB" })
    }

    /// What is loaded at the address that an entry names, up to the end of its segment.
    fn table(&self, entry: DynamicTag, tag: &'static str) -> Result<&'data [u8], Refusal> {
        let address = self.last(entry).ok_or(Refusal::Missing { tag })?;
        self.image
            .loaded(address)
            .and_then(|(start, end)| self.image.bytes.read_bytes_at(start, end - start).ok())
            .ok_or(Refusal::Outside { tag })
    }

    /// The value that counts: the loader lets later entries replace earlier ones.
    fn last(&self, wanted: DynamicTag) -> Option<u64> {
        self.entries().filter(|(tag, _)| *tag == wanted).map(|(_, value)| value).last()
    }

    fn entries(&self) -> impl Iterator<Item = (DynamicTag, u64)> {
        let endianness = self.image.endianness;
        self.entries.iter().map(move |entry| (entry.d_tag(endianness), entry.d_val(endianness).into()))
    }
}

fn is_exported_function<Elf: FileHeader<Endian = Endianness>>(symbol: &Elf::Sym, endianness: Endianness) -> bool {
    symbol.st_type() == elf::STT_FUNC
        && !symbol.is_undefined(endianness)
        && matches!(symbol.st_bind(), elf::STB_GLOBAL | elf::STB_WEAK)
        && matches!(symbol.st_visibility(), elf::STV_DEFAULT | elf::STV_PROTECTED)
}

fn c_string(names: &[u8], offset: u64) -> Option<&[u8]> {
    let name = names.get(usize::try_from(offset).ok()?..)?;
    let end = name.iter().position(|byte| *byte == 0)?;
    Some(&name[..end])
}

/// A name out of an untrusted file, fit for a terminal.
fn shown(name: &[u8]) -> String {
    let start = &name[..name.len().min(MAX_LISTED_LENGTH)];
    let ellipsis = if start.len() < name.len() { "…" } else { "" };
    format!("{}{ellipsis}", start.escape_ascii())
}
