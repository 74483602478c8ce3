//! Any file: reading it ends, and what is a wheel is the same wheel to all readers.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| wheel_fuzz::checks::read(wheel_fuzz::room::folder(), data));
