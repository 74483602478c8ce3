//! Any file: a change of it is done whole and right, or not at all.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| wheel_fuzz::checks::patch(wheel_fuzz::room::folder(), data));
