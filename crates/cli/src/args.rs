//! What can be typed.

use std::{num::NonZero, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

use pyxide::{ModuleName, Profile};

use crate::exit;

mod hook;
mod template;
mod wheel;

pub(crate) use hook::{Hook, WriteOptions};
pub(crate) use template::{KindOption, Template};
pub(crate) use wheel::{CheckOption, EditOptions, SchemeOption, Source, Wheel};

/// Cython source to a loaded, verified extension module, built once.
#[derive(Debug, Parser)]
#[command(name = "pyxide", version, after_long_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that can be typed")]
pub(crate) struct Global {
    /// The interpreter that will load the modules
    ///
    /// Without it: `PYXIDE_PYTHON`, the active virtual environment, `.venv`, then `python3` on `PATH`.
    #[arg(long, global = true, value_name = "PROGRAM")]
    pub(crate) python: Option<PathBuf>,

    /// The folder of the cache
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) cache_dir: Option<PathBuf>,

    /// Print data and errors as JSON, one object per line
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,

    /// Print also what the tools of a build are told and what they say
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,

    /// Print nothing but data and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// Do not show what a long build does; it is shown on terminals only, and not where `CI` is set
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On terminals, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build a module if needed, import it, and print what an expression gives
    Run {
        /// A Cython source file
        file: PathBuf,
        /// A Python expression, evaluated in the module's namespace
        #[arg(long, value_name = "EXPRESSION")]
        call: Option<String>,
        /// Build it under this module name instead of the file's
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Show what the tools remarked on a module that is in the cache, too
        #[arg(long)]
        warnings: bool,
        #[command(flatten)]
        build: BuildOptions,
    },
    /// Build modules, and print where they are
    Build {
        /// Cython source files, or folders, which stand for the files in them that match the pattern
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Build the one folder that is given as a package: its `.pyx` files are compiled, its `.py` files go with them
        #[arg(long, value_name = "NAME", conflicts_with_all = ["recursive", "pattern"])]
        package: Option<ModuleName>,
        /// Go into the folders of folders, too
        #[arg(long, short)]
        recursive: bool,
        /// What the names of the files in folders look like
        #[arg(long, value_name = "PATTERN", default_value = "*.pyx")]
        pattern: String,
        /// Show what the tools remarked on modules that are in the cache, too
        #[arg(long)]
        warnings: bool,
        /// Build so many at a time, the longest first; as many as there are processors without it
        #[arg(long, short, value_name = "NUMBER")]
        jobs: Option<NonZero<usize>>,
        #[command(flatten)]
        build: BuildOptions,
    },
    /// Say why the cache has a module or does not have it, without building
    Explain {
        /// A Cython source file
        file: PathBuf,
        #[command(flatten)]
        build: BuildOptions,
    },
    /// Print the keys of a module and everything that is in them, without building
    Signature {
        /// A Cython source file
        file: PathBuf,
        #[command(flatten)]
        build: BuildOptions,
    },
    /// Look into the cache, keep it small and clean
    #[command(subcommand)]
    Cache(Cache),
    /// Show the templates, copy one to begin with, or run one
    #[command(subcommand)]
    Template(Template),
    /// Check finished wheels, change them, and undo that
    #[command(subcommand)]
    Wheel(Wheel),
    /// Write, check and measure what interpreters run when they start: `.pth` and `.start` files
    #[command(subcommand)]
    Hook(Hook),
    /// Say which tools are there, and how to get those that are not
    Doctor,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cache {
    /// List the modules in the cache
    List,
    /// Print everything that is known about a module in the cache
    Show {
        /// Its key, or the beginning of it
        key: String,
    },
    /// Compare modules in the cache with what was published
    Verify {
        /// Their keys, or the beginnings of them; all when none is given
        keys: Vec<String>,
    },
    /// Remove what builders and collectors that were killed left behind
    Sweep,
    /// Remove modules by rules; without a rule nothing is removed
    ///
    /// Pinned modules stay, and so do those that another process is at.
    Gc {
        /// Keep so many, those that were used last
        #[arg(long, value_name = "NUMBER")]
        keep_newest: Option<usize>,
        /// Remove what was not used for so many days
        #[arg(long, value_name = "DAYS", value_parser = days)]
        max_age_days: Option<Duration>,
        /// Remove what was used longest ago until the rest has at most so many bytes (`500M`, `2G`)
        #[arg(long, value_name = "SIZE", value_parser = bytes)]
        max_bytes: Option<u64>,
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
    /// Keep a module from being removed, and give it a name
    Pin {
        /// Its key, or the beginning of it
        key: String,
        /// The name: small letters, digits, `.`, `_` and `-`
        #[arg(long, value_name = "NAME")]
        alias: String,
        /// Take the name from another module that has it
        #[arg(long)]
        overwrite: bool,
    },
    /// Let a pinned module be removed again
    Unpin {
        /// The name it was pinned by
        alias: String,
    },
    /// List the pinned modules
    Pins,
    /// Copy a module out of the cache
    Export {
        /// Its key, or the beginning of it
        key: String,
        /// The file to write, or an existing folder
        destination: PathBuf,
        /// Copy everything the cache has of it, as a new folder
        #[arg(long)]
        whole: bool,
        /// Replace the file if there is one
        #[arg(long, conflicts_with = "whole")]
        overwrite: bool,
    },
}

/// How to build.
#[derive(Debug, Args)]
#[command(next_help_heading = "Build options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that can be typed")]
pub(crate) struct BuildOptions {
    /// What holds where neither the source's header nor another option says anything
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = profiles())]
    pub(crate) profile: String,
    /// Set a Cython directive
    #[arg(long, short = 'X', value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) directive: Vec<(String, String)>,
    /// Search a folder for includes and cimports
    #[arg(long, short = 'I', value_name = "FOLDER")]
    pub(crate) include_dir: Vec<PathBuf>,
    /// Search a folder for libraries
    #[arg(long, short = 'L', value_name = "FOLDER")]
    pub(crate) library_dir: Vec<PathBuf>,
    /// Link with a library
    #[arg(long, short = 'l', value_name = "NAME")]
    pub(crate) library: Vec<String>,
    /// Define a C macro
    #[arg(long, short = 'D', value_name = "NAME[=VALUE]")]
    pub(crate) define: Vec<String>,
    /// Pass an argument to the compiler
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub(crate) compile_arg: Vec<String>,
    /// Pass an argument to the linker
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub(crate) link_arg: Vec<String>,
    /// Let compiler and linker arguments be any, also such as load code, run programs and name files
    #[arg(long)]
    pub(crate) allow_unsafe_flags: bool,
    /// Translate to this language instead of the one in the source's header
    #[arg(long, value_enum)]
    pub(crate) language: Option<Language>,
    /// Run `prange` loops in parallel, with OpenMP
    #[arg(long)]
    pub(crate) openmp: bool,
    /// Keep to the part of Python's interface that stays, so that the module can be loaded from this version on
    #[arg(long, value_name = "VERSION", num_args = 0..=1, default_missing_value = "3.10", require_equals = true)]
    pub(crate) limited_api: Option<String>,
    /// Make a page that shows what each line costs
    #[arg(long)]
    pub(crate) annotate: bool,
    /// Let the generated code say which line of the source it comes from
    #[arg(long)]
    pub(crate) line_directives: bool,
    /// Keep the generated code
    #[arg(long)]
    pub(crate) keep_c: bool,
    /// Build even if the cache has it
    #[arg(long, conflicts_with = "no_build")]
    pub(crate) force: bool,
    /// Use the cache only
    #[arg(long)]
    pub(crate) no_build: bool,
}

/// What Cython translates to.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Language {
    /// C
    #[value(name = "c")]
    C,
    /// C++
    #[value(name = "c++")]
    Cxx,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a directive is written NAME=VALUE, such as boundscheck=False")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// The names of the profiles.
fn profiles() -> clap::builder::PossibleValuesParser {
    Profile::ALL.map(Profile::name).into()
}

fn days(text: &str) -> Result<Duration, String> {
    let days: f64 = text.parse().map_err(|_| "an age is a number of days, such as 30 or 0.5")?;
    Duration::try_from_secs_f64(days * 86_400.0)
        .map_err(|_| "an age is a number of days that is not negative".to_owned())
}

fn bytes(text: &str) -> Result<u64, String> {
    let wrong = || "a size is a number of bytes, possibly with K, M, G or T for the powers of 1024".to_owned();
    let (number, unit) = text.split_at(text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()).len());
    let power = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 1,
        "M" | "MB" | "MIB" => 2,
        "G" | "GB" | "GIB" => 3,
        "T" | "TB" | "TIB" => 4,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << (10 * power)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes_and_ages() {
        assert_eq!([bytes("0"), bytes("12"), bytes("3k"), bytes("2G")], [Ok(0), Ok(12), Ok(3072), Ok(2 << 30)]);
        for wrong in ["", "G", "1.5G", "-1", "1X", "99999999999T"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
        assert_eq!(days("0.5"), Ok(Duration::from_hours(12)));
        for wrong in ["", "x", "-1", "nan", "1e300"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }
}
