//! What can be typed behind `pyxide hook`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use pth_hook::{EntryPoint, FEWEST_ROUNDS, StartPolicy, Version};

#[derive(Debug, Subcommand)]
pub(crate) enum Hook {
    /// Write the files of a startup hook
    ///
    /// They belong at the root of a wheel. From the `.pth` a function is called each time an interpreter starts.
    Write(WriteOptions),
    /// Say what is wrong with startup hooks
    Lint {
        /// Environments, folders, wheels, or `.pth` and `.start` files
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Count warnings as errors
        #[arg(long)]
        strict: bool,
    },
    /// Say what runs when an interpreter starts, in what order, and what it is worth a look for
    ///
    /// Nothing is run for it: files are read.
    Audit {
        /// An environment, a `site-packages` folder, or a wheel
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Say what this version does instead of the one that the environment is for, such as 3.15
        #[arg(long, value_name = "VERSION")]
        python_version: Option<Version>,
        /// Say what is left out, too, and why
        #[arg(long)]
        steps: bool,
    },
    /// Measure how much longer an interpreter takes to start with a hook
    ///
    /// The hook is put into an environment of its own, and each round starts the interpreters with it and without it.
    Measure {
        /// An environment, a folder, a wheel, or a `.pth` or `.start` file
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Measure with this interpreter; may be repeated
        #[arg(long, value_name = "PROGRAM")]
        interpreter: Vec<PathBuf>,
        /// Start each one so many times with the hook and without it, at least 6 times
        #[arg(long, value_name = "NUMBER", default_value_t = 40, value_parser = rounds)]
        rounds: usize,
    },
}

/// What a hook should do.
#[derive(Debug, Args)]
pub(crate) struct WriteOptions {
    /// The name of the files, without their endings
    pub(crate) name: String,
    /// What to call, `package.module:function`
    pub(crate) entry: EntryPoint,
    /// When to write a `.start` file, which Python 3.18 will need and which makes 3.15 to 3.17 start slowly
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = policies())]
    pub(crate) start: String,
    /// The project's `requires-python`
    #[arg(long, value_name = "VERSIONS")]
    pub(crate) requires_python: Option<String>,
    /// Write a tiny module of this name, too, which bears it when the package is gone
    #[arg(long, value_name = "MODULE")]
    pub(crate) shim: Option<String>,
    /// The distribution that the hook is for, to refuse names that its backend uses
    #[arg(long, value_name = "NAME")]
    pub(crate) distribution: Option<String>,
    /// Refuse also the names that backends use in editable wheels
    #[arg(long, requires = "distribution")]
    pub(crate) editable: bool,
    /// Write into this folder
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) to: PathBuf,
    /// Write over files that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Print what would be in the files, and write none
    #[arg(long)]
    pub(crate) dry_run: bool,
}

fn policies() -> clap::builder::PossibleValuesParser {
    StartPolicy::ALL.map(StartPolicy::name).into()
}

/// Fewer rounds say nothing.
fn rounds(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| "it is no number".to_owned())?;
    if number < FEWEST_ROUNDS {
        return Err(format!("at least {FEWEST_ROUNDS} rounds are needed to tell a difference from chance"));
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_the_least_number_of_rounds() {
        assert_eq!(FEWEST_ROUNDS, 6, "the help of `--rounds` says so");
        assert_eq!(rounds("6"), Ok(6));
        assert!(rounds("5").is_err() && rounds("").is_err());
    }
}
