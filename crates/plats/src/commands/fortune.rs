//! `plats fortune`

use std::hash::{BuildHasher as _, RandomState};

use crate::{
    SUCCESS,
    report::Report,
    texts::{SAYINGS, column},
};

/// Says a saying of the voice's region.
pub(crate) fn fortune(seed: Option<u64>, report: &Report) -> u8 {
    // Nothing hangs on this choice, so the keys of a hash table are random enough.
    let number = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
    let sayings = SAYINGS[column(report.voice)];
    let index = number % sayings.len() as u64;
    report.line(sayings.iter().zip(0..).find(|(_, place)| *place == index).map_or("", |(saying, _)| saying));
    SUCCESS
}
