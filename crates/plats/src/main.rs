//! The `plats` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    plats::main(std::env::args_os().collect())
}
