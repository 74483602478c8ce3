//! What can be typed about templates.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::BuildOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum Template {
    /// List the templates and what they are about
    List {
        /// Only those of a category, such as `memoryview`
        category: Option<String>,
        /// Those for Cython, or their twins in Python
        #[arg(long, value_enum, default_value_t = KindOption::Cython)]
        kind: KindOption,
    },
    /// Print the source of a template
    Show {
        /// Its name: `category/name`, or the name alone
        name: String,
        /// The one for Cython, or its twin in Python
        #[arg(long, value_enum)]
        kind: Option<KindOption>,
    },
    /// Copy a template and what belongs to it, to begin with
    Copy {
        /// Its name
        name: String,
        /// The folder to copy it to
        #[arg(default_value = ".")]
        destination: PathBuf,
        /// The one for Cython, or its twin in Python
        #[arg(long, value_enum)]
        kind: Option<KindOption>,
        /// Replace files that are there
        #[arg(long)]
        overwrite: bool,
    },
    /// Build a template if needed, and run its examples
    Run {
        /// Its name
        name: String,
        /// Evaluate this expression instead of the examples
        #[arg(long, value_name = "EXPRESSION")]
        call: Option<String>,
        #[command(flatten)]
        build: Box<BuildOptions>,
    },
}

/// How a template is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KindOption {
    /// For Cython
    Cython,
    /// For Python alone
    Python,
}
