//! A program that stands in for a tool: it notes how it was called and does what it was told.
//!
//! Its name is that of the tool, and beside it stands what to do; see the `shim` module of the library.

use std::env;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use test_support::ShimBehaviour;

/// The exit code of a shim that cannot do its work, which no tool uses.
const BROKEN: u8 = 125;

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        // There is nobody left to tell if this fails.
        let _ = writeln!(io::stderr(), "tool-shim: {error}");
        ExitCode::from(BROKEN)
    })
}

fn run() -> io::Result<ExitCode> {
    let program = env::current_exe()?;
    let beside = |extension: &str| {
        let mut path = program.clone().into_os_string();
        path.push(extension);
        path
    };
    let arguments: Vec<String> = env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()).collect();
    let mut call = serde_json::to_vec(&arguments)?;
    call.push(b'\n');
    // One write at the end of the file, so that the lines of shims that run at the same time do not mix.
    fs_err::OpenOptions::new().create(true).append(true).open(beside(".calls"))?.write_all(&call)?;
    match serde_json::from_slice(&fs_err::read(beside(".shim.json"))?)? {
        ShimBehaviour::Answer { exit_code, stdout, stderr } => {
            io::stdout().write_all(stdout.as_bytes())?;
            io::stderr().write_all(stderr.as_bytes())?;
            Ok(ExitCode::from(exit_code))
        }
        ShimBehaviour::PassThrough { program } => Err(Command::new(program).args(env::args_os().skip(1)).exec()),
    }
}
