//! Why an artifact must not be loaded.

use std::fmt;

use object::elf;

use crate::{
    Machine,
    elf::{MAX_LISTED, MAX_SYMBOLS},
};

/// Why an artifact must not be loaded. The message completes "`square.so` is not loaded: …".
///
/// Segments are counted from zero, as `readelf -l` prints them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There are no bytes at all.
    #[error("it is empty")]
    Empty,
    /// It does not start like an ELF file.
    #[error("it is not an ELF file")]
    NotElf,
    /// It was built for another architecture.
    #[error("it is for {found}, and {wanted} is needed")]
    OtherMachine {
        /// What the file says.
        found: Machine,
        /// What was asked for.
        wanted: Machine,
    },
    /// It is an object file, a fixed-address program or a core dump.
    #[error("it is {}, not a shared library", kind(*.file_type))]
    NotLibrary {
        /// The `e_type` of the header.
        file_type: u16,
    },
    /// It says that it is longer than it is.
    #[error("it is cut short: {part} ends at byte {end} of {size}")]
    Cut {
        /// What reaches beyond the end.
        part: Part,
        /// Where that would end. The largest possible number if it is larger than that.
        end: u64,
        /// How many bytes there are.
        size: u64,
    },
    /// The header describes a table of something other than program headers.
    #[error("its program headers have {found} bytes each instead of {wanted}")]
    HeaderSize {
        /// The `e_phentsize` of the header.
        found: u16,
        /// What is right for this word size.
        wanted: usize,
    },
    /// A segment does not fit where it is to be loaded.
    #[error("segment {segment} has {in_file} bytes in the file, but only {in_memory} in memory")]
    LargerThanMemory {
        /// Its number.
        segment: usize,
        /// Its `p_filesz`.
        in_file: u64,
        /// Its `p_memsz`.
        in_memory: u64,
    },
    /// The loader reserves memory from the first to the last segment, and overwrites what is not in order.
    #[error("segment {segment} is not loaded behind the one before it")]
    Disorder {
        /// The number of the later one.
        segment: usize,
    },
    /// It names a dynamic loader, so it is to be started rather than imported.
    #[error("it is a program, not a module")]
    Program,
    /// Whoever can write to the segment decides what is run.
    #[error("segment {segment} is both writable and executable")]
    WritableCode {
        /// Its number.
        segment: usize,
    },
    /// Loading it would make all stacks of the process executable.
    #[error("it asks for an executable stack")]
    ExecutableStack,
    /// Exactly one segment tells the loader what to do.
    #[error("it has {found} dynamic sections instead of one")]
    DynamicCount {
        /// How many there are.
        found: usize,
    },
    /// The loader would read past the dynamic section, or something else in its place.
    #[error("its dynamic section {problem}")]
    Dynamic {
        /// What is wrong with it, completing the message.
        problem: &'static str,
    },
    /// The dynamic section lacks what the loader needs to find a function.
    #[error("its dynamic section has no `{tag}`")]
    Missing {
        /// The name of the entry.
        tag: &'static str,
    },
    /// A table cannot be read where the dynamic section says.
    #[error("its `{tag}` points to something that is not in the file")]
    Outside {
        /// The name of the entry.
        tag: &'static str,
    },
    /// A name does not end inside the table of names, or is not UTF-8.
    #[error("its `{tag}` has a name that cannot be read")]
    Unreadable {
        /// The name of the entry.
        tag: &'static str,
    },
    /// Many entries share long names.
    #[error("its dynamic section names more text than the file has bytes")]
    TooMuchText,
    /// It asks the loader to load or search libraries behind everybody's back.
    #[error("it has a `{tag}`, which modules do not need")]
    Hook {
        /// The name of the entry.
        tag: &'static str,
    },
    /// No module has that many.
    #[error("it has {found} symbols, more than {MAX_SYMBOLS}")]
    TooManySymbols {
        /// How many there are.
        found: u32,
    },
    /// It is a module of another name, or none.
    #[error("it has no function `{wanted}`, {}", instead(.found))]
    NoInit {
        /// The function that was looked for.
        wanted: String,
        /// A few `PyInit*` functions that are there, shortened, and escaped for display.
        found: Vec<String>,
    },
    /// It is several modules in one.
    #[error("it has more than one module: {}", join(.found))]
    SeveralInits {
        /// A few `PyInit*` functions, shortened, and escaped for display.
        found: Vec<String>,
    },
    /// Importing would jump into data.
    #[error("its function `{wanted}` is not in executable code")]
    InitOutsideCode {
        /// The function that was looked for.
        wanted: String,
    },
}

/// What may reach beyond the end of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The file header.
    Header,
    /// The table of segments.
    ProgramHeaders,
    /// A loaded segment, by number.
    Segment(usize),
    /// The segment that tells the loader what to do.
    Dynamic,
    /// The table of sections, which is not needed for loading, but cut off first.
    SectionHeaders,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // All in the singular, as the message needs it.
            Self::Header => f.write_str("the header"),
            Self::ProgramHeaders => f.write_str("the segment table"),
            Self::Segment(number) => write!(f, "segment {number}"),
            Self::Dynamic => f.write_str("the dynamic section"),
            Self::SectionHeaders => f.write_str("the section table"),
        }
    }
}

fn kind(file_type: u16) -> String {
    match elf::FileType(file_type) {
        elf::ET_REL => "an object file".to_owned(),
        elf::ET_EXEC => "a program".to_owned(),
        elf::ET_CORE => "a core dump".to_owned(),
        elf::FileType(other) => format!("an ELF file of type {other}"),
    }
}

fn instead(found: &[String]) -> String {
    if found.is_empty() { "and is no module at all".to_owned() } else { format!("but {}", join(found)) }
}

fn join(found: &[String]) -> String {
    let listed: Vec<_> = found.iter().take(MAX_LISTED).map(|name| format!("`{name}`")).collect();
    let more = if found.len() > MAX_LISTED { " and more" } else { "" };
    format!("{}{more}", listed.join(", "))
}
