//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit;

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

    /// Print nothing but data and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
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
        #[command(flatten)]
        build: BuildOptions,
    },
    /// Build modules, and print where they are
    Build {
        /// Cython source files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        build: BuildOptions,
    },
    /// Look into the cache
    #[command(subcommand)]
    Cache(Cache),
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
}

/// How to build.
#[derive(Debug, Args)]
#[command(next_help_heading = "Build options")]
pub(crate) struct BuildOptions {
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
    /// Translate to this language instead of the one in the source's header
    #[arg(long, value_enum)]
    pub(crate) language: Option<Language>,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }
}
