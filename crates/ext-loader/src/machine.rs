//! Instruction sets, as ELF files name them.

use std::fmt;

use object::{Endianness, elf};

use crate::{Part, Refusal};

/// An instruction set, with its word size and byte order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Machine {
    class: elf::FileClass,
    encoding: elf::DataEncoding,
    number: elf::Machine,
}

impl Machine {
    /// 64-bit Arm.
    pub const AARCH64: Self = Self::new(elf::ELFCLASS64, elf::ELFDATA2LSB, elf::EM_AARCH64);
    /// 32-bit Arm. Does not tell hard from soft floating point.
    pub const ARM: Self = Self::new(elf::ELFCLASS32, elf::ELFDATA2LSB, elf::EM_ARM);
    /// Little-endian 64-bit PowerPC.
    pub const POWERPC64LE: Self = Self::new(elf::ELFCLASS64, elf::ELFDATA2LSB, elf::EM_PPC64);
    /// 64-bit RISC-V. Does not tell hard from soft floating point.
    pub const RISCV64: Self = Self::new(elf::ELFCLASS64, elf::ELFDATA2LSB, elf::EM_RISCV);
    /// 64-bit IBM Z.
    pub const S390X: Self = Self::new(elf::ELFCLASS64, elf::ELFDATA2MSB, elf::EM_S390);
    /// 32-bit x86.
    pub const X86: Self = Self::new(elf::ELFCLASS32, elf::ELFDATA2LSB, elf::EM_386);
    /// 64-bit x86.
    pub const X86_64: Self = Self::new(elf::ELFCLASS64, elf::ELFDATA2LSB, elf::EM_X86_64);

    const HOST: Self = if cfg!(all(target_arch = "x86_64", target_pointer_width = "64")) {
        Self::X86_64
    } else if cfg!(all(target_arch = "aarch64", target_endian = "little", target_pointer_width = "64")) {
        Self::AARCH64
    } else if cfg!(target_arch = "x86") {
        Self::X86
    } else if cfg!(all(target_arch = "arm", target_endian = "little")) {
        Self::ARM
    } else if cfg!(target_arch = "riscv64") {
        Self::RISCV64
    } else if cfg!(all(target_arch = "powerpc64", target_endian = "little")) {
        Self::POWERPC64LE
    } else if cfg!(target_arch = "s390x") {
        Self::S390X
    } else {
        panic!("modules cannot be checked for this architecture yet: add it to `Machine`")
    };

    /// The machine that this program was compiled for.
    pub const fn host() -> Self {
        Self::HOST
    }

    const fn new(class: elf::FileClass, encoding: elf::DataEncoding, number: elf::Machine) -> Self {
        Self { class, encoding, number }
    }

    /// The machine that a file says it is for.
    pub(crate) fn of(artifact: &[u8]) -> Result<Self, Refusal> {
        if !artifact.starts_with(&elf::ELFMAG) {
            return Err(if artifact.is_empty() { Refusal::Empty } else { Refusal::NotElf });
        }
        // Identification, type and machine have the same place in all files, and the rest of the header has not.
        let Some(&[_, _, _, _, class, encoding, .., first, second]) = artifact.first_chunk::<20>() else {
            return Err(Refusal::Cut { part: Part::Header, end: 20, size: artifact.len() as u64 });
        };
        let encoding = elf::DataEncoding(encoding);
        let number = match encoding {
            elf::ELFDATA2MSB => u16::from_be_bytes([first, second]),
            _ => u16::from_le_bytes([first, second]),
        };
        Ok(Self::new(elf::FileClass(class), encoding, elf::Machine(number)))
    }

    pub(crate) fn is_64_bit(self) -> bool {
        self.class == elf::ELFCLASS64
    }

    pub(crate) fn endianness(self) -> Endianness {
        if self.encoding == elf::ELFDATA2MSB { Endianness::Big } else { Endianness::Little }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::AARCH64 => "AArch64",
            Self::ARM => "32-bit Arm",
            Self::POWERPC64LE => "little-endian PowerPC 64",
            Self::RISCV64 => "RISC-V 64",
            Self::S390X => "s390x",
            Self::X86 => "32-bit x86",
            Self::X86_64 => "x86-64",
            Self { class, encoding, number } => {
                write!(f, "ELF machine {}", number.0)?;
                match class {
                    elf::ELFCLASS32 => write!(f, ", 32-bit")?,
                    elf::ELFCLASS64 => write!(f, ", 64-bit")?,
                    elf::FileClass(other) => write!(f, ", word size code {other}")?,
                }
                return match encoding {
                    elf::ELFDATA2LSB => write!(f, ", little-endian"),
                    elf::ELFDATA2MSB => write!(f, ", big-endian"),
                    elf::DataEncoding(other) => write!(f, ", byte order code {other}"),
                };
            }
        };
        f.write_str(name)
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Machine({self})")
    }
}
