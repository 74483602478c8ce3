//! The tasks of this workspace.

mod bench_peers;
mod bench_plats;
mod bench_registry;
mod bench_templates;
mod bench_wheels;
mod build_wheel;
mod fuzz;
mod hook_oracle;
mod measuring;
mod say;
mod test;
mod tidy;
mod torture;
mod wheels;
mod workshop;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::say::say;

/// The tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure us beside everybody else who builds Cython modules.
    BenchPeers(bench_peers::Arguments),
    /// Measure how long Platskript takes to become Python, and a text to become a dialect.
    BenchPlats(bench_plats::Arguments),
    /// Measure how long it takes to list, count and collect a cache with ten thousand entries.
    BenchRegistry(bench_registry::Arguments),
    /// Build all templates, check what they promise, and measure them beside their twins in Python.
    BenchTemplates(bench_templates::Arguments),
    /// Measure us beside everybody else who changes finished wheels.
    BenchWheels(bench_wheels::Arguments),
    /// Build both wheels into `dist/`, the second with the first, have them judged, and try them.
    BuildWheel(build_wheel::Arguments),
    /// Feed what reads foreign wheels with what nobody thought of.
    Fuzz(fuzz::Arguments),
    /// Ask the newest interpreters what they do with startup files, and keep their answers.
    HookOracle(hook_oracle::Arguments),
    /// Run what CI runs: formatting, lints, rules, tests in Rust and in Python, stories, torture.
    Test(test::Arguments),
    /// Check the rules about the repository.
    Tidy,
    /// Kill the command, fail its system calls and damage its files, and see that nothing is ever wrong or left.
    Torture(torture::Arguments),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            say(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let root = root()?;
    let good = match &arguments.command {
        Command::BenchPeers(arguments) => bench_peers::run(root, arguments)?,
        Command::BenchPlats(arguments) => bench_plats::run(root, arguments)?,
        Command::BenchRegistry(arguments) => bench_registry::run(root, arguments)?,
        Command::BenchTemplates(arguments) => bench_templates::run(root, arguments)?,
        Command::BenchWheels(arguments) => bench_wheels::run(root, arguments)?,
        Command::BuildWheel(arguments) => build_wheel::run_all(root, arguments)?,
        Command::Fuzz(arguments) => fuzz::run_all(root, arguments)?,
        Command::HookOracle(arguments) => hook_oracle::run_all(root, arguments)?,
        Command::Test(arguments) => test::run(root, arguments)?,
        Command::Tidy => tidy::run(&root)?,
        Command::Torture(arguments) => torture::run(root, arguments)?,
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The folder of the workspace: the parent of this package.
fn root() -> anyhow::Result<PathBuf> {
    // Asked at run time first, so that a checkout can be moved without a rebuild.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let package = fs_err::canonicalize(package).context("cannot find the workspace")?;
    Ok(package.parent().context("the xtask package stands alone")?.to_path_buf())
}
