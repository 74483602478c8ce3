//! What holds for every file, tried with hand-made archives of which a few bytes are changed.
//!
//! `cargo xtask fuzz` tries the same for longer, and steers by what the code does.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

#[expect(unreachable_pub, reason = "the fuzz targets have it in a library")]
#[path = "shared/checks.rs"]
mod checks;

const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/wheel-seeds");

static ARCHIVES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut paths: Vec<_> = fs_err::read_dir(SEEDS).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let archives: Vec<_> = paths.iter().map(|path| fs_err::read(path).unwrap()).collect();
    assert!(archives.len() > 100, "the archives are in another place");
    archives
});

/// One change of some bytes.
#[derive(Debug, Clone)]
enum Mutation {
    Set(Index, u8),
    /// A number in a header, in one of the values that headers treat as special.
    Number(Index, u32),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// A part of the archive once more, in another place.
    Repeat(Index, Index, usize),
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let special = prop_oneof![Just(0), Just(1), Just(u32::MAX), Just(u32::MAX - 1), Just(0xffff), any::<u32>()];
    vec(
        prop_oneof![
            4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
            4 => (any::<Index>(), special).prop_map(|(at, number)| Mutation::Number(at, number)),
            1 => (any::<Index>(), vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
            1 => (any::<Index>(), 1..60_usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
            1 => (any::<Index>(), any::<Index>(), 1..200_usize).prop_map(|(from, to, count)| Mutation::Repeat(from, to, count)),
        ],
        0..4,
    )
}

fn mutated(seed: Index, mutations: Vec<Mutation>) -> Vec<u8> {
    let mut data = seed.get(&ARCHIVES).clone();
    for mutation in mutations {
        let place = |at: Index, data: &[u8]| at.index(data.len() + 1);
        match mutation {
            Mutation::Set(at, byte) => {
                let at = place(at, &data);
                data.splice(at..(at + 1).min(data.len()), [byte]);
            }
            Mutation::Number(at, number) => {
                let at = place(at, &data);
                let end = (at + 4).min(data.len());
                data.splice(at..end, number.to_le_bytes());
            }
            Mutation::Insert(at, bytes) => {
                let at = place(at, &data);
                data.splice(at..at, bytes);
            }
            Mutation::Remove(at, count) => {
                let at = place(at, &data);
                let end = (at + count).min(data.len());
                data.drain(at..end);
            }
            Mutation::Repeat(from, to, count) => {
                let (from, to) = (place(from, &data), place(to, &data));
                let part = data[from..(from + count).min(data.len())].to_vec();
                data.splice(to..to, part);
            }
        }
    }
    data
}

fn config(cases: u32) -> ProptestConfig {
    // What fails is printed, and belongs into a test or among the archives.
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn reading_ends_and_readers_agree(seed in any::<Index>(), mutations in mutations()) {
        let folder = tempfile::tempdir().unwrap();
        checks::read(folder.path(), &mutated(seed, mutations));
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_change_is_whole_and_right_or_not_done(seed in any::<Index>(), mutations in mutations()) {
        let folder = tempfile::tempdir().unwrap();
        checks::patch(folder.path(), &mutated(seed, mutations));
    }
}
