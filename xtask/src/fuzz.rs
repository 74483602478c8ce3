//! `cargo xtask fuzz`: libFuzzer on what reads foreign wheels, for a minute.
//!
//! It needs no nightly compiler and no `cargo-fuzz`: the coverage that libFuzzer steers by is a pass of LLVM that a stable
//! compiler takes, too. There is no address sanitizer, which is for code with `unsafe`; the crates under test have none. What
//! memory may be had is limited by the targets' own allocator.
//!
//! Fuzzing begins with the archives in `data/wheel-seeds` and goes on with what earlier runs found worth keeping, below
//! `target/xtask/fuzz`. An input that fails is kept there, and the command that repeats it is shown.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::say::say;
use crate::workshop::{Workshop, run, status};

const PACKAGE: &str = "fuzz/Cargo.toml";
const SEEDS: &str = "data/wheel-seeds";
/// Each with what its inputs are limited to.
const TARGETS: [(&str, usize); 2] = [("wheel_read", 1 << 16), ("wheel_patch", 1 << 14)];
const SECONDS: u64 = 60;
/// No input may take longer than so many seconds; a busy machine is slow, too.
const SLOWEST: u32 = 10;

/// What was asked for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// How long to go on, all targets together.
    #[arg(long, value_name = "N", default_value_t = SECONDS)]
    seconds: u64,
    /// This target only; may be repeated.
    #[arg(long, value_name = "NAME", value_parser = TARGETS.map(|(name, _)| name))]
    target: Vec<String>,
    /// Run this input once rather than looking for new ones.
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
}

/// Builds the targets, runs each for its part of the time, and tells whether nothing was found.
pub(crate) fn run_all(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let workshop = Workshop::open(root, &[])?;
    let chosen: Vec<_> = TARGETS
        .into_iter()
        .filter(|(name, _)| arguments.target.is_empty() || arguments.target.iter().any(|it| it == name))
        .collect();
    let programs = build(&workshop)?;
    let seconds = (arguments.seconds / chosen.len() as u64).max(1);
    let mut good = true;
    for (name, longest) in chosen {
        let folder = workshop.folder.join("fuzz").join(name);
        let (kept, temporary) = (folder.join("kept"), folder.join("temporary"));
        for path in [&kept, &temporary] {
            fs_err::create_dir_all(path)?;
        }
        let mut command = workshop.program(programs.join(name)).env("TMPDIR", &temporary);
        command = command.arg(format!("-artifact_prefix={}/", folder.display()));
        command = command.args([format!("-timeout={SLOWEST}"), "-rss_limit_mb=1024".into()]);
        if let Some(input) = &arguments.input {
            command = command.arg(std::path::absolute(input)?);
        } else {
            command = command.args([format!("-max_total_time={seconds}"), format!("-max_len={longest}")]);
            command = command.args(["-verbosity=1", "-print_final_stats=1"]).arg(&kept).arg(workshop.root.join(SEEDS));
        }
        if !status(command)?.success() {
            good = false;
            say(format_args!(
                "{name} failed; the input is in `{}`, and `cargo xtask fuzz --target {name} --input FILE` repeats it",
                folder.display()
            ));
        }
    }
    Ok(good)
}

/// Builds the targets with the coverage that libFuzzer asks for.
fn build(workshop: &Workshop) -> anyhow::Result<PathBuf> {
    // Level 4 counts edges and indirect calls. The comparisons let it find magic numbers and lengths by itself. The last two keep
    // the compiler from merging branches that should be told apart.
    const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                         -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                         -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
                         -Ccodegen-units=1 -Cdebug-assertions=on -Coverflow-checks=on";
    let host = host()?;
    let target = workshop.folder.join("fuzz-target");
    // With a target named, build scripts and macros are compiled without these flags.
    let options = ["build", "--release", "--locked", "--manifest-path", PACKAGE, "--target", &host];
    run(workshop.cargo().args(options).env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", FLAGS))?;
    Ok(target.join(host).join("release"))
}

/// The platform that the compiler builds for by itself.
fn host() -> anyhow::Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(Path::new(&rustc)).arg("-vV").output().context("cannot start rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match text.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("rustc does not say for which platform it builds"),
    }
}
