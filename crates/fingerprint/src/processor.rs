//! The processor that `-march=native` means.
//!
//! A module compiled for the processor of one machine may stop with an illegal instruction on another, or be slower than
//! it could be. So where the compiler is asked to look at the processor, what it sees is part of the build.

use std::fmt::Write as _;

/// What names a kind of processor and what it can do, in the words of Linux on x86, ARM, POWER, RISC-V and s390.
const TELLING: [&str; 13] = [
    "vendor_id",
    "cpu family",
    "model",
    "stepping",
    "flags",
    "CPU implementer",
    "CPU architecture",
    "CPU variant",
    "CPU part",
    "Features",
    "cpu",
    "isa",
    "features",
];

/// The kind of this machine's processor, as a short text. `None` where the system does not tell.
pub fn processor() -> Option<String> {
    let text = fs_err::read_to_string("/proc/cpuinfo").ok()?;
    kind(&text)
}

/// The first processor stands for all: the tools look at the one that they happen to run on.
fn kind(cpuinfo: &str) -> Option<String> {
    let mut told = String::new();
    let mut fields = blake3::Hasher::new();
    for line in cpuinfo.trim_start().lines().take_while(|line| !line.trim().is_empty()) {
        let Some((name, value)) = line.split_once(':').map(|(name, value)| (name.trim(), value.trim())) else {
            continue;
        };
        if !TELLING.contains(&name) {
            continue;
        }
        fields.update(name.as_bytes()).update(b":").update(value.as_bytes()).update(b"\n");
        if value.len() <= 32 {
            // Writing to a String cannot fail.
            let _ = write!(told, "{value} ");
        }
    }
    (!told.is_empty()).then(|| format!("{told}({})", &fields.finalize().to_hex()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CPUINFO: &str = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Intel(R)\nstepping\t: 7\ncpu MHz\t\t: 2799.998\nflags\t\t: fpu avx2 avx512f and many more that do not fit\n\nprocessor\t: 1\n";

    #[test]
    fn the_kind_is_what_a_compiler_can_see() {
        let known = kind(CPUINFO).unwrap();
        assert!(known.starts_with("GenuineIntel 6 85 7 ("), "{known}");
        assert_eq!(kind(&CPUINFO.replace("2799.998", "1200.000").replace("processor\t: 1", "")), Some(known.clone()));
        assert_ne!(kind(&CPUINFO.replace("avx512f ", "")), Some(known.clone()), "what it can do counts");
        assert_ne!(kind(&CPUINFO.replace(": 85", ": 86")), Some(known));
        assert_eq!(kind(""), None);
    }

    #[test]
    fn this_machine_has_one() {
        assert_eq!(processor(), processor());
        assert!(processor().is_some() || !cfg!(target_os = "linux"));
    }
}
