//! The `pyxide` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(cli::main(std::env::args_os(), &cli::Caller::default()))
}
