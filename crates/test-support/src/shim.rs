//! Stand-ins for tools: how a test places one and reads what it saw.
//!
//! | file | written by | holds |
//! |---|---|---|
//! | `<name>` | the test | a copy of `tool-shim` |
//! | `<name>.shim.json` | the test | a [`ShimBehaviour`] |
//! | `<name>.calls` | the shim | one JSON list of arguments per start |
//!
//! The stand-in is a copy and no link: code that resolves links would follow one to `tool-shim` itself, which has no
//! behaviour beside it, and a hard link would share its change time with the shims of other tests.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::context::real_tool;

/// What a stand-in does when it is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum ShimBehaviour {
    /// Prints this and ends.
    Answer {
        /// The exit code.
        exit_code: u8,
        /// What goes to standard output.
        stdout: String,
        /// What goes to standard error.
        stderr: String,
    },
    /// Becomes this program, with the same arguments.
    PassThrough {
        /// The path of the program.
        program: PathBuf,
    },
}

impl ShimBehaviour {
    /// Prints this and succeeds.
    pub fn answers(stdout: impl Into<String>) -> Self {
        Self::Answer { exit_code: 0, stdout: stdout.into(), stderr: String::new() }
    }

    /// Prints this error and fails.
    pub fn fails(exit_code: u8, stderr: impl Into<String>) -> Self {
        Self::Answer { exit_code, stdout: String::new(), stderr: stderr.into() }
    }

    /// Becomes a real program of the machine.
    ///
    /// # Panics
    ///
    /// If the machine has no program of this name on its `PATH`.
    pub fn passes_through(tool: &str) -> Self {
        let program = real_tool(tool).unwrap_or_else(|| panic!("this test needs `{tool}` on PATH"));
        Self::PassThrough { program }
    }
}

/// Places a shim, or changes the behaviour of one.
pub(crate) fn place(folder: &Path, name: &str, behaviour: &ShimBehaviour) {
    let json = serde_json::to_vec(behaviour).expect("a behaviour has text and numbers only");
    fs_err::write(folder.join(format!("{name}.shim.json")), json).expect("the folder is writable");
    let program = folder.join(name);
    if !program.exists() {
        // The copy is written by a process of its own. Were it written here, a child that another test thread forks at
        // that moment would hold it open for writing, and starting it would fail with "text file busy".
        let status = Command::new("cp").arg("--").arg(tool_shim()).arg(&program).stdin(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "cannot copy tool-shim to `{}`", program.display());
    }
}

/// The arguments of each start of a shim so far.
pub(crate) fn calls(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let calls = folder.join(format!("{name}.calls"));
    if !calls.exists() {
        return Vec::new();
    }
    let text = fs_err::read_to_string(calls).expect("a shim writes text");
    text.lines().map(|line| serde_json::from_str(line).expect("a shim writes whole lines of JSON")).collect()
}

/// The path of `tool-shim`, which cargo builds into the folder above the one of test programs.
fn tool_shim() -> PathBuf {
    let test = env::current_exe().expect("a running program has a path");
    // <target>/<profile>/deps/<test>, and one folder deeper for doc tests.
    let found = test.ancestors().skip(1).take(3).map(|folder| folder.join("tool-shim")).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("there is no tool-shim near `{}`: run `cargo build -p test-support`", test.display());
    })
}
