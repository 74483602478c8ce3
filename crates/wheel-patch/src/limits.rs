//! How much a wheel may have.

/// How much a wheel may have. What is larger is refused before it costs memory, time or space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many members.
    pub members: u64,
    /// How many bytes a member has when it is decompressed.
    pub member_size: u64,
    /// How many bytes all members have together when they are decompressed.
    pub total_size: u64,
    /// How many times as long as compressed a member is, if it is longer than 10 MiB.
    pub ratio: u64,
    /// How many bytes the central directory and RECORD have each, which are held in memory.
    pub directory: u64,
    /// In how many folders a member is, one within the other. Each of them is compared with all others.
    pub depth: u64,
}

/// Smaller members may be compressed to anything.
pub(crate) const RATIO_FROM: u64 = 10 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self { members: 65_535, member_size: 2 << 30, total_size: 4 << 30, ratio: 200, directory: 64 << 20, depth: 64 }
    }
}

impl Limits {
    /// The names by which they are set.
    pub const NAMES: [&str; 6] = ["members", "member-size", "total-size", "ratio", "directory", "depth"];

    /// The limit of this name, if there is one.
    pub fn by_name(&mut self, name: &str) -> Option<&mut u64> {
        match name {
            "members" => Some(&mut self.members),
            "member-size" => Some(&mut self.member_size),
            "total-size" => Some(&mut self.total_size),
            "ratio" => Some(&mut self.ratio),
            "directory" => Some(&mut self.directory),
            "depth" => Some(&mut self.depth),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name() {
        let mut limits = Limits::default();
        for name in Limits::NAMES {
            *limits.by_name(name).unwrap() = 7;
        }
        assert_eq!(limits, Limits { members: 7, member_size: 7, total_size: 7, ratio: 7, directory: 7, depth: 7 });
        assert_eq!(limits.by_name("nothing"), None);
    }
}
