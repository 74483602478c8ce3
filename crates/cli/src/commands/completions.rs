//! `pyxide completions`

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::args::Arguments;

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pyxide", &mut script);
    let _ = anstream::stdout().write_all(&script);
}
